""" "Why?", "more" and "say that simpler" are about what was said last."""

from __future__ import annotations

import pytest

from actions.action_elaborate import ActionElaborate
from actions.conversation import asks_about_question
from actions.screening_form import ValidateScreeningForm
from actions.services import services
from tests.actions.helpers import (
    QUESTION,
    UNSURE,
    Data,
    Outcome,
    bot,
    condition,
    responses,
    run,
    tracker,
    user,
)

WAYS = {"ask_more": "more", "ask_simpler": "simple"}
TOPICS = sorted(
    {
        response["metadata"]["topic"]
        for response in responses().values()
        if response["metadata"]["kind"] in ("answer", "flag")
    }
    - set(services().conditions.conditions)
)
SLOTS = [name.removeprefix("utter_explain_") for name in responses() if name.startswith("utter_explain_")]


def flagged(key: str, kind: str = "flag") -> list[Data]:
    """Events of a text about a condition, with the offer that follows a flag."""
    said = {"event": "bot", "text": "…", "metadata": {"metadata": {"kind": kind, "topic": key}}}
    return [user(), said, *([bot("utter_flag_offer")] if kind == "flag" else [])]


async def elaborate(intent: str, *before: Data) -> Outcome:
    return await run(ActionElaborate(), tracker("why?", intent, before=before))


@pytest.mark.parametrize("intent", WAYS)
@pytest.mark.parametrize("topic", TOPICS)
async def test_every_topic_has_more_to_say_and_a_simple_wording(topic: str, intent: str) -> None:
    answer = next(
        name
        for name, response in responses().items()
        if response["metadata"]["topic"] == topic and response["metadata"]["kind"] in ("answer", "flag")
    )
    done = await elaborate(intent, user(), bot(answer))
    assert done.responses == [f"utter_{WAYS[intent]}_{topic}"]
    assert responses()[done.responses[0]]["metadata"]["topic"] == topic
    assert done.events == []


@pytest.mark.parametrize("kind", ["flag", "answer"])
async def test_more_about_a_condition_is_its_reason_and_offers_a_consultation(kind: str) -> None:
    for key in services().conditions.conditions:
        done = await elaborate("ask_more", *flagged(key, kind))
        assert done.responses == [f"utter_more_condition_{key}"]
        metadata = responses()[done.responses[0]]["metadata"]
        assert (metadata["kind"], metadata["topic"], metadata["offer"]) == (
            "answer",
            key,
            "book_consultation",
        )


@pytest.mark.parametrize("key", ["eczema", "pregnancy", "sunburn", "diabetes", "implanted_device"])
async def test_a_condition_in_simple_words_goes_by_its_category(key: str) -> None:
    done = await elaborate("ask_simpler", *flagged(key))
    known = services().conditions.conditions[key]
    assert done.responses == [f"utter_simple_condition_{known.category}"]
    assert done.messages[0]["condition_name"] == known.name
    assert done.messages[0]["metadata"]["topic"] == key
    assert done.messages[0]["metadata"]["source"] == known.source


async def test_more_twice_says_so_and_offers_a_person() -> None:
    done = await elaborate("ask_more", user(), bot("utter_ask_pain"), user(), bot("utter_more_pain"))
    assert done.responses == ["utter_elaborate_enough"]
    assert done.messages[0]["metadata"] == {"kind": "handoff", "topic": "pain", "offer": "book_consultation"}


async def test_a_third_time_still_knows_the_topic() -> None:
    enough = {
        "event": "bot",
        "text": "…",
        "metadata": {
            "utter_action": "utter_elaborate_enough",
            "metadata": {"kind": "handoff", "topic": "pain"},
        },
    }
    before = [user(), bot("utter_ask_pain"), user(), bot("utter_more_pain"), user(), enough]
    assert (await elaborate("ask_more", *before)).responses == ["utter_elaborate_enough"]
    assert (await elaborate("ask_simpler", *before)).responses == ["utter_simple_pain"]


async def test_more_and_simpler_do_not_stand_in_each_others_way() -> None:
    before = [user(), bot("utter_ask_pain"), user(), bot("utter_more_pain")]
    assert (await elaborate("ask_simpler", *before)).responses == ["utter_simple_pain"]
    before += [user(), bot("utter_simple_pain")]
    assert (await elaborate("ask_more", *before)).responses == ["utter_elaborate_enough"]


async def test_a_question_asked_anew_can_be_explained_anew() -> None:
    before = [user(), bot("utter_ask_pain"), user(), bot("utter_more_pain"), user(), bot("utter_ask_pain")]
    assert (await elaborate("ask_more", *before)).responses == ["utter_more_pain"]


async def test_the_last_of_several_answers_is_meant() -> None:
    done = await elaborate("ask_more", user(), bot("utter_ask_pain"), bot("utter_ask_cost"))
    assert done.responses == ["utter_more_cost"]


@pytest.mark.parametrize("intent", WAYS)
@pytest.mark.parametrize("before", [[], [user(), bot("utter_greet")], [user(), bot("utter_thank")]])
async def test_with_nothing_before_it_gets_help(intent: str, before: list[Data]) -> None:
    assert (await elaborate(intent, *before)).responses == ["utter_help"]


@pytest.mark.parametrize("intent", WAYS)
@pytest.mark.parametrize("name", [name for name in responses() if name.startswith("utter_triage_")])
async def test_a_triage_is_repeated_with_the_same_severity_and_numbers(name: str, intent: str) -> None:
    [repeated] = (await elaborate(intent, user(), bot(name))).responses
    said, again = responses()[name], responses()[repeated]
    assert again["metadata"]["kind"] == "triage"
    assert again["metadata"]["severity"] == said["metadata"]["severity"]
    first_line = again["text"].split("\n")[0]
    if said["metadata"]["severity"] == "emergency":
        assert first_line.split("]")[0] == said["text"].split("]")[0]
    for number in ("{emergency_number}", "{crisis_number}", "{poison_number}"):
        if number in said["text"].split("\n")[0]:
            assert number in again["text"]
    assert "{clinic_phone}" in again["text"] or said["metadata"]["severity"] == "emergency"
    assert (await elaborate(intent, user(), bot(name), user(), bot(repeated))).responses == [repeated]


async def test_all_lines_to_call_are_repeated_and_only_those_of_the_last_turn() -> None:
    before = [user(), bot("utter_triage_call_clinic"), user(), bot("utter_triage_poison")]
    done = await elaborate("ask_more", *before, bot("utter_triage_crisis"))
    assert done.responses == ["utter_again_triage_poison", "utter_again_triage_crisis"]


@pytest.mark.parametrize("slot", SLOTS)
async def test_an_open_question_is_explained(slot: str) -> None:
    form = {"screening": "screening_form", "consultation": "consultation_form", "triage": "triage_form"}
    latest = tracker("why do you ask", "ask_more", form=form[slot.split("_")[0]], asks=slot)
    assert (await run(ActionElaborate(), latest)).responses == [f"utter_explain_{slot}"]


def test_every_question_of_a_form_has_an_explanation() -> None:
    asked = {
        name.split("_form_")[1] for name in responses() if name.startswith("utter_ask_") and "_form_" in name
    }
    assert asked - set(SLOTS) == set()
    assert {"screening_confirmed", "consultation_consent"} <= set(SLOTS)


async def test_the_screening_leaves_a_question_about_its_question_to_the_rules() -> None:
    latest = tracker("why do you ask", "ask_more", QUESTION, form="screening_form", asks="screening_health")
    assert (await run(ValidateScreeningForm(), latest)).events == []


async def test_the_screening_takes_no_answer_from_what_is_asked_about() -> None:
    latest = tracker(
        "what do you mean by eczema",
        "ask_simpler",
        QUESTION,
        condition("eczema", "general"),
        form="screening_form",
        asks="screening_skin_conditions",
        since=["action_elaborate"],
    )
    done = await run(ValidateScreeningForm(), latest)
    assert done.slots == {}
    assert done.messages == []


@pytest.mark.parametrize(
    ("text", "entities", "asks", "expected"),
    [
        ("explain", [], "screening_health", True),
        ("not sure what you mean", [UNSURE], "screening_health", False),
        ("why do you need it", [QUESTION], "consultation_name", True),
        ("in plain english", [], "consultation_concern", True),
    ],
)
def test_what_counts_as_asking_about_a_question(
    text: str, entities: list[Data], asks: str, *, expected: bool
) -> None:
    form = f"{asks.split('_')[0]}_form"
    assert asks_about_question(tracker(text, "ask_simpler", *entities, form=form, asks=asks)) is expected
    assert not asks_about_question(tracker(text, "ask_pain", *entities, form=form, asks=asks))


def test_a_doubtful_reading_does_not_swallow_a_name() -> None:
    latest = tracker("Elaine Moore", "ask_more", form="consultation_form", asks="consultation_name")
    latest.latest_message["intent"]["confidence"] = 0.5
    assert not asks_about_question(latest)
