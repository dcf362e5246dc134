"""The consultation request: each detail checked, corrections understood, sent once and only with consent."""

from __future__ import annotations

import pytest

from actions.consultation_form import (
    ActionAskConsultationConsent,
    ActionSubmitConsultation,
    ValidateConsultationForm,
)
from actions.services import services
from clinic import consultations
from clinic.database.models import ConsultationRequest
from tests.actions.helpers import NO, QUESTION, UNSURE, YES, Data, Outcome, run, stored, tracker

FORM = "consultation_form"
FILLED = {
    "consultation_name": "Ana Li",
    "consultation_contact": "(415) 555-0132",
    "consultation_contact_kind": "phone",
    "consultation_time": "mornings",
    "consultation_concern": "acne scars",
}
SLOTS = {*FILLED, "consultation_consent"}


async def say(
    asks: str, text: str, intent: str = "nlu_fallback", *entities: Data, **more: Data | list[str]
) -> Outcome:
    """Say something while a detail is asked for; the details before it are filled."""
    slots: Data = {}
    for name, value in FILLED.items():
        if name == f"consultation_{asks}":
            break
        slots[name] = value
    return await run(
        ValidateConsultationForm(),
        tracker(text, intent, *entities, form=FORM, asks=f"consultation_{asks}", **{"slots": slots, **more}),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("asks", [None, "screening_age"])
async def test_a_request_that_opens_forgets_the_one_before(asks: str | None) -> None:
    latest = tracker("book please", "book_consultation", form=FORM, asks=asks, slots=FILLED)
    done = await run(ValidateConsultationForm(), latest)
    assert done.slots == dict.fromkeys(SLOTS)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana Li", "Ana Li"),
        ("my name is Ana Li", "Ana Li"),
        ("  it's   José  ", "José"),
        ("<b>Ana</b>", "<b>Ana</b>"),
        ("Robert'); DROP TABLE consultation_requests;--", "Robert'); DROP TABLE consultation_requests;--"),
        ("李娜", "李娜"),
    ],
)
async def test_a_name_is_kept_as_it_is_written(text: str, name: str) -> None:
    done = await say("name", text, "ask_bot")
    assert done.slots == {"consultation_name": name}
    assert done.responses == []


@pytest.mark.parametrize("text", ["12345", "🙂", "...", "x" * 200])
async def test_what_has_no_name_in_it_is_asked_again(text: str) -> None:
    done = await say("name", text)
    assert done.slots == {"consultation_name": None}
    assert done.responses == ["utter_consultation_name_invalid"]


@pytest.mark.parametrize(
    ("text", "intent", "entity"),
    [
        ("no", "deny", NO),
        ("ok yes", "affirm", YES),
        ("not sure", "not_sure", UNSURE),
        ("why?", "nlu_fallback", QUESTION),
    ],
)
async def test_yes_no_or_a_question_is_no_name(text: str, intent: str, entity: Data) -> None:
    done = await say("name", text, intent, entity)
    assert done.slots == {"consultation_name": None}
    assert done.responses == ["utter_consultation_name_invalid"]


@pytest.mark.parametrize(
    ("text", "contact", "kind"),
    [
        ("415 555 0132", "(415) 555-0132", "phone"),
        ("call me on (415) 555-0132 please", "(415) 555-0132", "phone"),
        ("+44 20 7946 0018", "+44 20 7946 0018", "phone"),
        ("Ana@Example.COM", "Ana@example.com", "email"),
        ("it's ana at example dot com", "ana@example.com", "email"),
    ],
)
async def test_a_number_or_an_address_is_found_and_normalised(text: str, contact: str, kind: str) -> None:
    done = await say("contact", text)
    assert done.slots == {"consultation_contact": contact, "consultation_contact_kind": kind}


@pytest.mark.parametrize(
    "text", ["12345", "555 0132", "ana@", "ana at home", "no", "<script>", "1' OR '1'='1"]
)
async def test_an_impossible_contact_is_asked_again(text: str) -> None:
    done = await say("contact", text)
    assert done.slots == {"consultation_contact": None}
    assert done.responses == ["utter_consultation_contact_invalid"]


async def test_a_contact_is_taken_whatever_the_intent() -> None:
    done = await say("contact", "can you call me on 415 555 0132?", "request_human", QUESTION)
    assert done.slots["consultation_contact"] == "(415) 555-0132"


@pytest.mark.parametrize("asks", ["time", "concern"])
async def test_a_detail_is_kept_in_the_persons_words(asks: str) -> None:
    done = await say(asks, " no preference\n really ", "deny", NO)
    assert done.slots == {f"consultation_{asks}": "no preference really"}


async def test_nothing_said_is_no_time() -> None:
    done = await say("time", "???")
    assert done.slots == {"consultation_time": None}
    assert done.responses == ["utter_consultation_time_invalid"]


@pytest.mark.parametrize("asks", ["name", "contact", "time", "concern", "consent"])
async def test_a_question_on_a_topic_is_left_to_the_rules(asks: str) -> None:
    assert (await say(asks, "what happens at the treatment?", "ask_procedure", QUESTION)).events == []


@pytest.mark.parametrize("asks", ["name", "contact", "time", "concern", "consent"])
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("cancel, forget my number", "stop"),
        ("let me talk to someone about it", "request_human"),
        ("delete my name", "ask_privacy"),
    ],
)
async def test_a_wish_to_leave_is_left_to_the_rules_whatever_it_names(
    asks: str, text: str, intent: str
) -> None:
    assert (await say(asks, text, intent)).events == []


async def test_an_interruption_changes_nothing_when_the_form_comes_back() -> None:
    done = await say("time", "does it hurt", "ask_pain", QUESTION, since=["utter_ask_pain"])
    assert done.events == []


async def test_an_earlier_contact_is_corrected_while_another_detail_is_asked() -> None:
    done = await say("time", "sorry, my email is ana@example.com")
    assert done.slots == {
        "consultation_contact": "ana@example.com",
        "consultation_contact_kind": "email",
        "consultation_consent": None,
    }


@pytest.mark.parametrize("asks", ["contact", "time", "concern"])
async def test_an_earlier_name_is_corrected_while_another_detail_is_asked(asks: str) -> None:
    done = await say(asks, "oh wait, my name is Anna Lee", "nlu_fallback")
    assert done.slots == {"consultation_name": "Anna Lee", "consultation_consent": None}


async def test_a_detail_that_opens_with_no_is_no_correction() -> None:
    assert (await say("concern", "no idea, dark spots", "not_sure")).slots == {
        "consultation_concern": "no idea, dark spots"
    }


async def ask_consent(
    text: str, intent: str, *entities: Data, asks: str = "consent", since: tuple[str, ...] = ()
) -> list[str]:
    latest = tracker(
        text, intent, *entities, form=FORM, asks=f"consultation_{asks}", slots=FILLED, since=since
    )
    return (await run(ActionAskConsultationConsent(), latest)).responses


async def test_the_summary_is_shown_before_anything_is_sent() -> None:
    assert await ask_consent("acne scars", "ask_scars", asks="concern") == ["utter_consultation_summary"]
    assert await ask_consent("no idea", "deny", NO, asks="concern") == ["utter_consultation_summary"]


@pytest.mark.parametrize("text", ["yes", "yes send it", "yes that's my name", "yes, my number is right"])
async def test_a_plain_yes_is_consent(text: str) -> None:
    assert (await say("consent", text, "affirm", YES)).slots == {"consultation_consent": "yes"}


async def test_no_asks_what_to_change() -> None:
    assert (await say("consent", "no", "deny", NO)).slots == {"consultation_consent": None}
    assert await ask_consent("no", "deny", NO) == ["utter_consultation_change"]


@pytest.mark.parametrize(
    ("text", "intent", "entity"), [("not sure", "not_sure", UNSURE), ("purple", "nlu_fallback", None)]
)
async def test_anything_else_is_no_consent_and_shows_the_summary_again(
    text: str, intent: str, entity: Data | None
) -> None:
    entities = [entity] if entity else []
    assert (await say("consent", text, intent, *entities)).slots == {"consultation_consent": None}
    assert await ask_consent(text, intent, *entities) == ["utter_consultation_summary"]


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("no, it's 415 555 0199", "deny", [NO]),
        ("yes but my number is 415 555 0199", "affirm", [YES]),
        ("yes, 415-555-0199", "affirm", [YES]),
        ("415 555 0199", "ask_clinic", []),
        ("can you use 415 555 0199?", "request_human", [QUESTION]),
    ],
)
async def test_a_new_number_at_the_summary_is_taken_and_the_summary_shown_again(
    text: str, intent: str, entities: list[Data]
) -> None:
    done = await say("consent", text, intent, *entities)
    assert done.slots == {
        "consultation_contact": "(415) 555-0199",
        "consultation_contact_kind": "phone",
        "consultation_consent": None,
    }
    assert await ask_consent(text, intent, *entities) == ["utter_consultation_summary"]


async def test_the_same_number_again_with_a_yes_is_consent() -> None:
    assert (await say("consent", "yes, 415 555 0132", "affirm", YES)).slots == {"consultation_consent": "yes"}


@pytest.mark.parametrize(
    ("text", "intent", "entities"),
    [
        ("no, my name is Anna Lee", "deny", [NO]),
        ("yes but my name is Anna Lee", "affirm", [YES]),
        ("change the name to Anna Lee", "deny", []),
        ("my name should be Anna Lee", "ask_bot", []),
        ("can you change the name to Anna Lee", "ask_bot", [QUESTION]),
    ],
)
async def test_a_new_name_at_the_summary_is_taken(text: str, intent: str, entities: list[Data]) -> None:
    done = await say("consent", text, intent, *entities)
    assert done.slots == {"consultation_name": "Anna Lee", "consultation_consent": None}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("the name", "name"),
        ("my name is wrong", "name"),
        ("my name is not right", "name"),
        ("the name is misspelled", "name"),
        ("my phone", "contact"),
        ("the email", "contact"),
        ("a different time", "time"),
        ("the concern", "concern"),
    ],
)
@pytest.mark.parametrize("intent", ["deny", "nlu_fallback", "ask_clinic"])
async def test_a_detail_named_at_the_summary_is_asked_again(text: str, detail: str, intent: str) -> None:
    done = await say("consent", text, intent)
    assert done.slots == {f"consultation_{detail}": None, "consultation_consent": None}


@pytest.mark.parametrize("intent", ["deny", "not_sure"])
async def test_a_yes_that_reads_as_a_no_is_no_consent(intent: str) -> None:
    done = await say("consent", "sure, not", intent, YES)
    assert done.slots == {"consultation_consent": None}


async def test_yes_but_is_no_consent() -> None:
    assert (await say("consent", "yes but hang on", "affirm", YES)).slots == {"consultation_consent": None}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what time do you open?", "ask_clinic"),
        ("how much is the treatment?", "ask_cost"),
        ("what about scars?", "ask_scars"),
    ],
)
async def test_a_question_at_the_summary_changes_no_detail(text: str, intent: str) -> None:
    assert (await say("consent", text, intent, QUESTION)).events == []
    assert await ask_consent(text, intent, QUESTION, since=("utter_ask_x", FORM)) == [
        "utter_consultation_summary"
    ]


async def submit(message_id: str = "m1") -> Outcome:
    slots = {**FILLED, "consultation_consent": "yes"}
    return await run(
        ActionSubmitConsultation(), tracker("yes", "affirm", YES, slots=slots, message_id=message_id)
    )


async def test_a_request_is_stored_encrypted_and_its_reference_given() -> None:
    done = await submit()
    assert done.responses == ["utter_consultation_done"]
    assert done.slots == dict.fromkeys(SLOTS)
    [row] = await stored(ConsultationRequest)
    assert row.reference == done.messages[0]["reference"]
    assert "Ana" not in row.name_encrypted
    async with services().database.session() as session:
        [request] = await consultations.list_open(session, services().settings)
    assert (request.name, request.contact, request.contact_kind) == ("Ana Li", "(415) 555-0132", "phone")
    assert (request.preferred_time, request.concern) == ("mornings", "acne scars")


async def test_the_same_message_again_sends_nothing_twice() -> None:
    references = {(await submit()).messages[0]["reference"] for _ in range(2)}
    assert len(references) == 1
    assert len(await stored(ConsultationRequest)) == 1


async def test_another_consent_later_is_another_request() -> None:
    await submit("m1")
    await submit("m2")
    assert len(await stored(ConsultationRequest)) == 2


async def test_back_asks_for_the_detail_before_again() -> None:
    assert (await say("time", "go back please", "go_back")).slots == {"consultation_contact": None}


async def test_a_concern_that_opens_with_back_is_a_concern() -> None:
    assert (await say("concern", "back acne", "go_back")).slots == {"consultation_concern": "back acne"}
