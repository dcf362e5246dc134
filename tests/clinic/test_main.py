"""The command line: plain answers, one line for an error, honest exit codes."""

from __future__ import annotations

import asyncio
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic import consultations, conversations, feedback, questions
from clinic.__main__ import main
from clinic.database.models import Message
from clinic.database.session import Database
from clinic.settings import get_settings
from tests.clinic.knowledge_files import PROFILE, changed, write_all

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NEEDLEWISE_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NEEDLEWISE_KNOWLEDGE_DIR", str(write_all(tmp_path / "knowledge")))
    get_settings.cache_clear()
    yield tmp_path / "var"
    get_settings.cache_clear()


def fill(name: str = "Sample Person", question: str = "do you do tattoos?") -> str:
    async def run() -> str:
        settings = get_settings()
        database = Database(settings.database_url)
        async with database.session() as session:
            await conversations.ensure(session, "c")
            await questions.record_unanswered(session, "c", question, ["ask_cost"])
            reference = await consultations.create_request(
                session,
                settings,
                "c",
                name=name,
                contact="a.b@example.org",
                contact_kind="email",
                preferred_time="mornings",
                concern="acne scars",
                idempotency_key="m",
            )
        await database.dispose()
        return reference

    assert main(["prepare"]) == 0
    return asyncio.run(run())


def test_prepare_makes_everything_that_a_start_needs(var_dir: Path, capsys: Output) -> None:
    assert main(["prepare"]) == 0
    assert "is the sample profile" in capsys.readouterr().out
    assert json.loads((var_dir / "profile.json").read_text())["clinic_phone"] == "+1 415-555-0132"
    assert sorted(path.name for path in (var_dir / "secrets").iterdir()) == [
        "encryption.key",
        "engine.key",
        "signing.key",
    ]
    for path in (var_dir / "needlewise.db", var_dir / "profile.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert main(["prepare"]) == 0


def test_check_finds_good_files_good(capsys: Output) -> None:
    assert main(["check"]) == 0
    assert "7 conditions" in capsys.readouterr().out


def test_a_profile_of_a_real_clinic_gets_no_note(tmp_path: Path, capsys: Output) -> None:
    write_all(tmp_path / "knowledge", clinic=changed(PROFILE, "sample", False))
    assert main(["check"]) == 0
    assert "Note" not in capsys.readouterr().out


def test_a_wrong_profile_stops_the_start_in_one_line(tmp_path: Path, var_dir: Path, capsys: Output) -> None:
    write_all(tmp_path / "knowledge", clinic=changed(PROFILE, "phone", "call us"))
    assert main(["prepare"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "phone: must be a telephone number" in error
    assert error.count("\n") == 1
    assert not (var_dir / "needlewise.db").exists()


def test_a_wrong_setting_stops_the_start_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("NEEDLEWISE_PORT", "eighty")
    assert main(["check"]) == 1
    assert capsys.readouterr().err.startswith("error: NEEDLEWISE_PORT is 'eighty': ")


def test_a_database_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("NEEDLEWISE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert main(["migrate"]) == 1
    assert capsys.readouterr().err == "error: the database cannot be reached\n"


@pytest.mark.parametrize("command", ["consultations", "unanswered", "conversations", "feedback"])
def test_without_tables_it_says_what_to_run(command: str, capsys: Output) -> None:
    assert main([command]) == 1
    assert "python -m clinic migrate" in capsys.readouterr().err


def test_open_requests_are_listed(capsys: Output) -> None:
    reference = fill()
    assert main(["consultations"]) == 0
    output = capsys.readouterr().out
    for text in (
        reference,
        "Sample Person",
        "E-mail:",
        "a.b@example.org",
        "mornings",
        "acne scars",
        "1 open",
    ):
        assert text in output


def test_a_request_can_be_closed_once_it_is_answered(capsys: Output) -> None:
    reference = fill()
    assert main(["consultations", "--done", reference.lower()]) == 0
    assert f"{reference} is done." in capsys.readouterr().out
    assert main(["consultations"]) == 0
    assert capsys.readouterr().out == "There are no open consultation requests.\n"


def test_an_unknown_reference_is_an_error(capsys: Output) -> None:
    fill()
    assert main(["consultations", "--done", "NW-XXXXXX"]) == 1
    assert capsys.readouterr().err == "error: there is no consultation request NW-XXXXXX\n"


def test_what_a_stranger_typed_cannot_steer_the_terminal(capsys: Output) -> None:
    fill(name="\x1b[2JSample\x07", question="\x1b]0;title\x07why?")
    main(["consultations"])
    main(["unanswered"])
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert "\x07" not in output


def test_unanswered_questions_are_listed(capsys: Output) -> None:
    fill()
    assert main(["unanswered", "--limit", "1"]) == 0
    output = capsys.readouterr().out
    assert "do you do tattoos?" in output
    assert "ask_cost" in output


def add(*replies: tuple[str, str | None], conversation: str = "c") -> None:
    async def run() -> None:
        database = Database(get_settings().database_url)
        async with database.session() as session:
            await conversations.ensure(session, conversation)
            for number, (kind, topic) in enumerate(replies):
                session.add(
                    Message(
                        conversation_id=conversation,
                        direction="out",
                        text="private words",
                        kind=kind,
                        topic=topic,
                        reply_id=f"{conversation}{number}",
                    )
                )
                await session.flush()
        await database.dispose()

    assert main(["prepare"]) == 0
    asyncio.run(run())


def messages() -> list[tuple[str, str | None, str | None]]:
    async def run() -> list[tuple[str, str | None, str | None]]:
        database = Database(get_settings().database_url)
        async with database.session() as session:
            rows = await conversations.transcript(session, "c")
        await database.dispose()
        return [(row.text, row.kind, row.topic) for row in rows]

    return asyncio.run(run())


def test_those_who_wait_for_a_person_are_listed_by_id_and_time_alone(capsys: Output) -> None:
    add(("answer", "pain"), conversation="content")
    add(("handoff", "human"), ("handoff", "staff"), conversation="answered")
    add(("handoff", "human"), ("handoff", "staff"), ("handoff", "human"), conversation="again")
    add(("handoff", "human"), ("answer", "pain"), conversation="c")
    capsys.readouterr()
    assert main(["conversations", "--waiting"]) == 0
    again, c, closing = capsys.readouterr().out.splitlines()
    assert again.startswith("again  last active 20")
    assert " UTC  asked for a person 20" in c
    assert closing == "2 waiting. Answer one with: python -m clinic reply again"
    assert main(["conversations"]) == 0
    listed = capsys.readouterr().out
    assert sorted(line.split()[0] for line in listed.splitlines()) == ["again", "answered", "c", "content"]
    assert "private" not in listed


def test_nobody_waiting_is_said(capsys: Output) -> None:
    assert main(["prepare"]) == 0
    for arguments, said in (
        (["conversations", "--waiting"], "Nobody is waiting for a person.\n"),
        (["conversations"], "There are no conversations.\n"),
        (["feedback"], "Nobody has said yet whether an answer helped.\n"),
    ):
        capsys.readouterr()
        assert main(arguments) == 0
        assert capsys.readouterr().out == said


def test_a_person_answers_by_the_id_or_the_reference(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = fill()
    add(("handoff", "human"))
    monkeypatch.setattr("sys.stdin", io.StringIO("We can see you\r\non Monday.\x1b[2J\n"))
    assert main(["reply", "c"]) == 0
    assert main(["reply", reference.lower(), "--text", "Until then!"]) == 0
    assert messages()[1:] == [
        ("We can see you\non Monday.[2J", "handoff", "staff"),
        ("Until then!", "handoff", "staff"),
    ]
    capsys.readouterr()
    main(["conversations", "--waiting"])
    assert capsys.readouterr().out == "Nobody is waiting for a person.\n"


@pytest.mark.parametrize(
    ("conversation", "text", "says"),
    [
        ("nowhere", "hello", "there is no conversation nowhere"),
        ("c", " \n\x07", "the reply is empty"),
        ("c", "x" * 4001, "the reply is too long: at most 4000 characters fit"),
    ],
)
def test_a_reply_that_cannot_be_given_is_one_line(
    conversation: str, text: str, says: str, capsys: Output
) -> None:
    add(("handoff", "human"))
    assert main(["reply", conversation, "--text", text]) == 1
    assert capsys.readouterr().err == f"error: {says}\n"
    assert len(messages()) == 1


def test_feedback_is_counted_by_topic(capsys: Output) -> None:
    add(("answer", "pain"), ("answer", "pain"), ("answer", "cost"), ("notice", None))

    async def run() -> None:
        database = Database(get_settings().database_url)
        async with database.session() as session:
            for reply, helpful in (("c0", True), ("c1", False), ("c2", True), ("c3", True), ("c2", False)):
                await feedback.give(session, "c", reply, helpful)
        await database.dispose()

    asyncio.run(run())
    capsys.readouterr()
    assert main(["feedback"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["topic", "helpful", "not"],
        ["pain", "1", "1"],
        ["cost", "0", "1"],
        ["(none)", "1", "0"],
    ]


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["reply"], ["unanswered", "--limit", "0"], ["unanswered", "--limit", "x"]]
)
def test_a_wrong_command_is_explained(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err
