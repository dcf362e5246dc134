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

from clinic import consultations, questions
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


def _field(label: str, value: str | None) -> None:
    lines = textwrap.wrap(_printable(_UNREADABLE if value is None else value), 88) or ["(nothing)"]
    for number, line in enumerate(lines):
        print(f"  {label + ':' if number == 0 else '':<10}{line}")


def _printable(text: str) -> str:
    # What a stranger typed must not steer the terminal it is read on.
    return "".join(character if character.isprintable() else " " for character in text)


if __name__ == "__main__":
    sys.exit(main())
