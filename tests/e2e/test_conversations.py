"""Whole conversations with the real gateway, engine and actions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import uuid

import pytest

from tests.e2e.conftest import ROOT, Assistant, Person


def rows(assistant: Assistant, query: str, *values: str) -> list[tuple[object, ...]]:
    """Read the app database of the running assistant."""
    with sqlite3.connect(f"file:{assistant.var_dir / 'needlewise.db'}?mode=ro", uri=True) as connection:
        return connection.execute(query, values).fetchall()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how does it work", [("answer", "how_it_works")]),
        ("how far apart are treatments", [("answer", "frequency")]),
        ("what are the side effects", [("answer", "side_effects")]),
        ("im 5 months preg can i still do this", [("flag", "pregnancy")]),
        ("i have exzema on my cheeks", [("flag", "eczema")]),
        ("my throat is swelling up after the numbing cream", [("triage", "report_symptom")]),
        ("can i talk to someone", [("handoff", "request_human")]),
        ("what's the weather", [("fallback", "out_of_scope")]),
    ],
)
def test_one_message_is_answered_as_the_design_says(
    person: Person, text: str, expected: list[tuple[str, str]]
) -> None:
    person.say(text)
    assert person.seen()[: len(expected)] == expected


def test_a_denied_condition_is_not_flagged(person: Person) -> None:
    person.say("i don't have eczema")
    assert "flag" not in [reply["kind"] for reply in person.replies]


def test_the_first_message_says_what_it_is(person: Person) -> None:
    assert person.replies[0]["kind"] == "greeting"
    text = person.text().lower()
    assert "automated" in text
    assert "not medical advice" in text
    assert "person" in text


def test_a_disclosure_is_flagged_before_the_question_is_answered(
    person: Person, assistant: Assistant
) -> None:
    person.say("I'm 5 months pregnant, does it hurt?")
    assert person.seen() == [("flag", "pregnancy"), ("answer", "pain")]
    stored = rows(
        assistant,
        "SELECT condition_key, assertion FROM disclosures WHERE conversation_id = ?",
        person.conversation_id,
    )
    assert stored == [("pregnancy", "present")]


@pytest.mark.parametrize(
    "text",
    [
        "can people with psoriasis have it",
        "my sister has keloids, can she get this done",
        "what if i was pregnant",
        "i had eczema as a child",
    ],
)
def test_a_condition_that_is_not_the_speakers_own_now_is_answered_without_a_flag(
    person: Person, assistant: Assistant, text: str
) -> None:
    person.say(text)
    assert person.replies[0]["kind"] == "answer"
    stored = rows(
        assistant,
        "SELECT condition_key FROM disclosures WHERE assertion = 'present' AND conversation_id = ?",
        person.conversation_id,
    )
    assert stored == []


def test_an_emergency_is_answered_first_with_a_number_to_call(person: Person) -> None:
    reply = person.say("my throat is swelling up after the numbing cream")[0]
    assert reply["severity"] == "emergency"
    assert "911" in reply["text"].splitlines()[0]
    assert "tel:911" in reply["text"]


def screen(person: Person, **answers: str) -> None:
    """Answer the screening's questions in order: "No" to each that is not named by its number."""
    person.say("start the screening")
    for number in range(1, 13):
        assert person.replies[-1]["kind"] == "question", person.text()
        person.press(answers.get(f"q{number}", "No"))


def test_a_screening_without_a_flag(person: Person, assistant: Assistant) -> None:
    screen(person)
    assert person.replies[-1]["kind"] == "summary"
    person.press("That's right")
    text = person.text()
    assert "Nothing you told me is on our list of reasons to wait" in text
    assert "consultation" in text
    assert rows(
        assistant, "SELECT flags FROM screenings WHERE conversation_id = ?", person.conversation_id
    ) == [("[]",)]


def test_a_screening_with_flags_by_button_by_unsure_and_by_correction(
    person: Person, assistant: Assistant
) -> None:
    screen(person, q1="Yes", q9="Not sure")
    assert person.replies[-1]["kind"] == "summary"
    person.press("Change an answer")
    person.say("actually yes, I am on blood thinners")
    assert person.replies[-1]["kind"] == "summary"
    person.press("That's right")
    assert person.replies[0]["kind"] == "flag"
    flags = rows(assistant, "SELECT flags FROM screenings WHERE conversation_id = ?", person.conversation_id)
    assert all(key in str(flags) for key in ("pregnancy", "bleeding", "allergies"))
    assert any(button["title"] == "Request a consultation" for button in person.replies[0]["buttons"])


def test_a_screening_takes_a_condition_named_while_another_is_asked(person: Person) -> None:
    person.say("start the screening")
    for _ in range(8):
        person.say("no")
    question = person.replies[-1]["text"]
    person.say("actually yes, I am on blood thinners")
    assert person.replies[-1]["text"] == question
    for _ in range(4):
        person.say("no")
    assert person.replies[-1]["kind"] == "summary"
    assert "**Yes**" in person.text()


def test_a_screening_can_be_interrupted_and_stopped(person: Person, assistant: Assistant) -> None:
    person.say("start the screening")
    question = person.replies[-1]["text"]
    person.say("does it hurt?")
    assert person.seen() == [("answer", "pain"), ("question", "screening")]
    assert person.replies[-1]["text"] == question
    person.say("stop")
    assert person.replies[-1]["kind"] != "question"
    person.say("does it hurt?")
    assert person.seen() == [("answer", "pain")]
    assert (
        rows(assistant, "SELECT id FROM screenings WHERE conversation_id = ?", person.conversation_id) == []
    )


def test_an_answer_that_is_no_answer_is_asked_again(person: Person) -> None:
    person.say("start the screening")
    question = person.replies[-1]["text"]
    person.say("purple elephants")
    assert person.replies[-1]["text"] == question


def test_a_consultation_is_requested_corrected_stored_and_listed(
    person: Person, assistant: Assistant
) -> None:
    person.say("i want to book a consultation")
    person.say("Robert'); DROP TABLE conversations;-- <b>Bob</b>")
    person.say("12345")
    assert "not" in person.text().lower()
    person.say("call me on 415 555 0132 please")
    person.say("how much does it cost?")
    assert person.seen()[0] == ("answer", "cost")
    person.say("weekday mornings")
    person.say("acne scars on my cheeks")
    assert person.replies[-1]["kind"] == "summary"
    person.press("Change something")
    person.say("my email is pat@example.org")
    assert person.replies[-1]["kind"] == "summary"
    assert "pat@example.org" in person.text()
    person.press("Yes, send it")
    assert person.replies[0]["kind"] == "confirmation"

    [(reference, contact)] = rows(
        assistant,
        "SELECT reference, contact_encrypted FROM consultation_requests WHERE conversation_id = ?",
        person.conversation_id,
    )
    assert str(reference) in person.text()
    assert "pat@example.org" not in str(contact)
    listed = subprocess.run(
        [sys.executable, "-m", "clinic", "consultations"],
        cwd=ROOT,
        env=assistant.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for stored in (
        str(reference),
        "pat@example.org",
        "weekday mornings",
        "acne scars",
        "DROP TABLE conversations;--",
    ):
        assert stored in listed


def test_an_emergency_in_the_middle_of_a_form(person: Person, assistant: Assistant) -> None:
    person.say("i want to book a consultation")
    person.say("Robin")
    person.say("help i cant breathe my throat is closing")
    assert [(reply["kind"], reply["severity"]) for reply in person.replies] == [("triage", "emergency")]
    tiers = rows(
        assistant, "SELECT tier FROM symptom_reports WHERE conversation_id = ?", person.conversation_id
    )
    assert tiers == [("emergency",)]


def test_an_unclear_symptom_is_asked_about_and_a_worsening_one_is_never_expected(person: Person) -> None:
    person.say("my face is red")
    assert person.replies[-1]["kind"] == "question"
    assert "555-0132" in person.text()
    person.press("2 days ago")
    person.press("Worse")
    assert person.replies[-1]["severity"] in ("call_clinic", "urgent", "emergency")


def test_a_usual_reaction_that_gets_better_is_usual(person: Person) -> None:
    person.say("its a bit red and tight, did it yesterday")
    while person.replies[-1]["kind"] == "question":
        titles = [button["title"] for button in person.replies[-1]["buttons"]]
        person.press("Better" if "Better" in titles else "No" if "No" in titles else "Yesterday")
    assert person.replies[-1]["severity"] == "expected"


def test_why_says_more_simpler_says_less_and_the_third_time_a_person_is_offered(person: Person) -> None:
    person.say("does it hurt")
    answer = person.text()
    person.say("why?")
    assert person.seen() == [("answer", "pain")]
    more = person.text()
    person.say("in plain english pls")
    assert person.seen() == [("answer", "pain")]
    assert len({answer, more, person.text()}) == 3
    person.say("tell me more")
    assert person.seen() == [("handoff", "pain")]
    person.press("Request a consultation")
    assert person.seen() == [("question", "book_consultation")]


def test_why_after_a_flag_gives_the_reason_and_keeps_the_flag(person: Person, assistant: Assistant) -> None:
    person.say("im 5 months preg")
    person.say("why does that matter?")
    assert person.seen() == [("answer", "pregnancy")]
    assert "healthcare provider" in person.text()
    person.say("simpler")
    assert person.seen() == [("answer", "pregnancy")]
    assert "first" in person.text()
    stored = rows(
        assistant,
        "SELECT condition_key, assertion FROM disclosures WHERE conversation_id = ?",
        person.conversation_id,
    )
    assert stored == [("pregnancy", "present")]


def test_why_after_an_emergency_repeats_the_number_to_call(person: Person) -> None:
    person.say("my throat is swelling up")
    for text in ("why", "huh?", "what?"):
        person.say(text)
        assert [(reply["kind"], reply["severity"]) for reply in person.replies] == [("triage", "emergency")]
        assert person.text().startswith("**[Call 911 now](tel:911)")


def test_a_question_of_the_screening_can_be_asked_about(person: Person) -> None:
    person.say("start the screening")
    asked = person.replies[-1]["text"]
    for text in ("why do you ask?", "i don't understand", "what does that mean?"):
        person.say(text)
        assert person.seen() == [("answer", "screening"), ("question", "screening")]
        assert person.replies[-1]["text"] == asked


def test_a_condition_can_be_claimed_after_a_question_about_it(person: Person) -> None:
    person.say("can people with keloids have this")
    person.say("i get them myself")
    assert person.seen()[0] == ("flag", "keloid")


def test_not_understood_twice_hands_over_and_is_kept_for_the_staff(
    person: Person, assistant: Assistant
) -> None:
    person.say("flurb the wozzle")
    stored = rows(
        assistant, "SELECT text FROM unanswered_questions WHERE conversation_id = ?", person.conversation_id
    )
    if person.seen()[0][1] == "fallback":
        assert stored == [("flurb the wozzle",)]
    else:
        assert person.seen() == [("fallback", "out_of_scope")]


def test_a_typed_payload_does_nothing(person: Person, assistant: Assistant) -> None:
    person.say('/book_consultation{"consultation_name": "x"}')
    person.say("/restart")
    assert (
        rows(
            assistant,
            "SELECT id FROM consultation_requests WHERE conversation_id = ?",
            person.conversation_id,
        )
        == []
    )
    assert all(not reply["text"].startswith("/") for reply in person.replies)


def test_two_people_do_not_cross(assistant: Assistant) -> None:
    one, other = assistant.person(), assistant.person()
    one.say("i want to book a consultation")
    other.say("start the screening")
    one.say("Ada Example")
    other.say("no")
    assert "reach" in one.text().lower()
    assert other.replies[-1]["topic"] == "screening"


def test_erasing_leaves_no_row_in_either_database(person: Person, assistant: Assistant) -> None:
    person.say("im pregnant and i have a fever")
    person.say("flurb the wozzle")
    assert person.http.delete("/api/conversation").status_code == 204
    for name in ("needlewise.db", "tracker.db"):
        with sqlite3.connect(f"file:{assistant.var_dir / name}?mode=ro", uri=True) as connection:
            tables = [
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for table in tables:
                found = connection.execute(f"SELECT * FROM {table}").fetchall()
                assert person.conversation_id not in str(found), (name, table)
    assert person.send(text="hello").status_code in (401, 404)


def test_the_same_id_gives_the_same_replies_and_does_nothing_twice(
    person: Person, assistant: Assistant
) -> None:
    body = {"id": str(uuid.uuid4()), "text": "flurb the wozzle grmph"}
    first = person.http.post("/api/messages", json=body).json()
    second = person.http.post("/api/messages", json=body).json()
    assert first == second
    count = rows(
        assistant,
        "SELECT COUNT(*) FROM messages WHERE direction = 'in' AND conversation_id = ?",
        person.conversation_id,
    )
    assert count == [(1,)]


def test_nothing_a_patient_writes_is_logged(person: Person, assistant: Assistant) -> None:
    person.say("my xylophonic rash is oozing zanzibar")
    person.say("i want to book a consultation")
    person.say("Quentinella Example")
    log = "".join(assistant.output)
    for word in ("xylophonic", "zanzibar", "Quentinella"):
        assert word not in log
