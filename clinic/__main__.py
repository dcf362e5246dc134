"""The command line: ``python -m clinic --help``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

from clinic import consultations, feedback, questions, staff
from clinic.announcements import Announcer
from clinic.database.migrate import MigrationError, upgrade
from clinic.database.session import Database, DatabaseUnavailable
from clinic.knowledge import Knowledge, KnowledgeError, load_knowledge
from clinic.profile import ProfileError
from clinic.settings import Settings, SettingsError, get_settings

PROFILE_VALUES = "profile.json"
"""The file under ``var`` from which the engine, which cannot read the profile, fills its answers."""

_ERRORS = (
    SettingsError,
    ProfileError,
    KnowledgeError,
    DatabaseUnavailable,
    MigrationError,
    consultations.UnknownReference,
    staff.UnknownConversation,
    staff.UnusableReply,
)
_UNREADABLE = "(cannot be decrypted with the keys in encryption.key)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 1 after an error, which is one line on standard error."""
    options = _parser().parse_args(arguments)
    # What is written here, the database included, is not for other users of the machine.
    os.umask(0o077)
    try:
        settings = get_settings()
        match options.command:
            case "prepare":
                _prepare(settings)
            case "check":
                _check(settings)
            case "migrate":
                upgrade(settings.database_url)
                print("The database is up to date.")
            case "consultations" if options.done:
                asyncio.run(_close(settings, options.done))
            case "consultations":
                asyncio.run(_list_consultations(settings))
            case "unanswered":
                asyncio.run(_list_unanswered(settings, options.limit))
            case "conversations":
                asyncio.run(_list_conversations(settings, options.limit, waiting=options.waiting))
            case "reply":
                text = sys.stdin.read() if options.text is None else options.text
                asyncio.run(_reply(settings, options.conversation, text))
            case "feedback":
                asyncio.run(_list_feedback(settings))
    except _ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m clinic", description="The clinic's side of Needlewise.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("prepare", help="check everything, make the secrets, migrate: before each start")
    commands.add_parser("check", help="check the settings, the profile and the knowledge files")
    commands.add_parser("migrate", help="bring the database to the current tables")
    listed = commands.add_parser("consultations", help="list the open consultation requests")
    listed.add_argument("--done", metavar="REFERENCE", help="close this request")
    unanswered = commands.add_parser("unanswered", help="list the latest unanswered questions")
    unanswered.add_argument("--limit", type=_positive, default=50, help="how many (default: 50)")
    held = commands.add_parser("conversations", help="list conversations by their ids and times")
    held.add_argument("--waiting", action="store_true", help="only those in which a person is asked for")
    held.add_argument("--limit", type=_positive, default=20, help="how many without --waiting (default: 20)")
    answer = commands.add_parser("reply", help="answer in a conversation, from standard input or --text")
    answer.add_argument("conversation", help="its id, or the reference of its consultation request")
    answer.add_argument("--text", help="the reply; other users of this machine may see it while it is sent")
    commands.add_parser("feedback", help="count which answers people called helpful, by topic")
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def _check(settings: Settings) -> Knowledge:
    knowledge = load_knowledge(settings.knowledge_dir, retention_days=settings.retention_days)
    print(
        f"Settings, profile and knowledge are fine: {len(knowledge.conditions.conditions)} conditions, "
        f"{len(knowledge.symptoms.signs)} signs, {len(knowledge.screening.questions)} screening questions."
    )
    if knowledge.profile.sample:
        path = settings.knowledge_dir / "clinic.yml"
        print(f"Note: {path} is the sample profile; put in the clinic's own before patients use it.")
    return knowledge


def _prepare(settings: Settings) -> None:
    knowledge = _check(settings)
    values = knowledge.profile.template_values(settings.retention_days)
    _write(settings.var_dir / PROFILE_VALUES, json.dumps(values, ensure_ascii=False, indent=2) + "\n")
    upgrade(settings.database_url)


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, so that a process that starts now reads all of it."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror})") from None


async def _list_consultations(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        async with database.session(read_only=True) as session:
            found = await consultations.list_open(session, settings)
    finally:
        await database.dispose()
    if not found:
        print("There are no open consultation requests.")
        return
    for item in found:
        print(f"{item.reference}  {item.created_at:%Y-%m-%d %H:%M} UTC")
        _field("Name", item.name)
        _field("Phone" if item.contact_kind == "phone" else "E-mail", item.contact)
        _field("Time", item.preferred_time)
        _field("Concern", item.concern)
        print()
    print(f"{len(found)} open. Close one with: python -m clinic consultations --done {found[0].reference}")


async def _close(settings: Settings, reference: str) -> None:
    database = Database(settings.database_url)
    try:
        async with database.session() as session:
            await consultations.mark_done(session, reference)
    finally:
        await database.dispose()
    print(f"{reference.strip().upper()} is done.")


async def _list_unanswered(settings: Settings, limit: int) -> None:
    database = Database(settings.database_url)
    try:
        async with database.session(read_only=True) as session:
            found = await questions.list_unanswered(session, limit)
    finally:
        await database.dispose()
    if not found:
        print("There are no unanswered questions.")
    for item in found:
        print(f"{item.created_at:%Y-%m-%d %H:%M} UTC")
        _field("Question", item.text)
        _field("Offered", ", ".join(item.suggestions) or "nothing")


async def _list_conversations(settings: Settings, limit: int, *, waiting: bool) -> None:
    database = Database(settings.database_url)
    try:
        async with database.session(read_only=True) as session:
            found = await (staff.waiting(session) if waiting else staff.latest(session, limit))
    finally:
        await database.dispose()
    if not found:
        print("Nobody is waiting for a person." if waiting else "There are no conversations.")
        return
    for item in found:
        asked = f"  asked for a person {item.asked_at:%Y-%m-%d %H:%M} UTC" if item.asked_at else ""
        print(f"{item.id}  last active {item.last_active_at:%Y-%m-%d %H:%M} UTC{asked}")
    if waiting:
        print(f"{len(found)} waiting. Answer one with: python -m clinic reply {found[0].id}")


async def _reply(settings: Settings, conversation: str, text: str) -> None:
    database, announcer = Database(settings.database_url), Announcer(settings)
    try:
        async with database.session() as session:
            conversation_id = await staff.reply(session, conversation, text)
            await announcer.within(session, conversation_id)
        await announcer.after(conversation_id)
    finally:
        await announcer.close()
        await database.dispose()
    print("The reply is in the conversation. An open chat shows it at once, another one when it is opened.")


async def _list_feedback(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        async with database.session(read_only=True) as session:
            found = await feedback.tallies(session)
    finally:
        await database.dispose()
    if not found:
        print("Nobody has said yet whether an answer helped.")
        return
    print(f"{'topic':<28}{'helpful':>8}{'not':>6}")
    for item in found:
        print(f"{item.topic or '(none)':<28}{item.helpful:>8}{item.not_helpful:>6}")


def _field(label: str, value: str | None) -> None:
    lines = textwrap.wrap(_printable(_UNREADABLE if value is None else value), 88) or ["(nothing)"]
    for number, line in enumerate(lines):
        print(f"  {label + ':' if number == 0 else '':<10}{line}")


def _printable(text: str) -> str:
    # What a stranger typed must not steer the terminal it is read on.
    return "".join(character if character.isprintable() else " " for character in text)


if __name__ == "__main__":
    sys.exit(main())
