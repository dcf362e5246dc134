"""The channels' command line: ``python -m gateway.channels --help``."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from sqlalchemy import select

from clinic.database.models import ChannelContact, ChannelInbound, ChannelOutbound, utc_now
from clinic.database.session import Database, DatabaseUnavailable
from clinic.profile import ProfileError, load_profile
from clinic.settings import PREFIX, Settings, SettingsError, get_settings
from gateway.channels import queues, service
from gateway.channels.adapter import Adapter
from gateway.channels.capabilities import CHANNELS
from gateway.channels.registry import build_channels
from gateway.channels.sending import new_client
from gateway.channels.settings import ChannelSettings, load_channel_settings, needed_settings
from gateway.channels.types import SendError


class UnknownLetter(Exception):
    """There is no dead letter with this number, or it cannot be sent again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 1 after an error or when a channel does not work."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)
    try:
        settings = get_settings()
        if options.command == "check":
            return asyncio.run(_check(settings, load_channel_settings()))
        asyncio.run(_dead(settings, options.retry, options.drop))
    except (SettingsError, ProfileError, DatabaseUnavailable, UnknownLetter) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gateway.channels", description="The messaging channels of Needlewise."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("check", help="try each channel's settings and tell its platform our address")
    dead = commands.add_parser("dead", help="list messages that could not be sent or worked on")
    choice = dead.add_mutually_exclusive_group()
    choice.add_argument("--retry", metavar="NUMBER", help="send it once more")
    choice.add_argument("--drop", metavar="NUMBER", help="forget it")
    return parser


async def _check(settings: Settings, channel_settings: ChannelSettings) -> int:
    profile = load_profile(settings.knowledge_dir / "clinic.yml")
    texts = service.load_texts(settings, profile.template_values(settings.retention_days))
    adapters = build_channels(channel_settings, texts)
    faults = 0
    for channel in CHANNELS:
        if channel in adapters:
            faults += not await _check_one(adapters[channel])
        else:
            needed = (*needed_settings(channel), f"{PREFIX}PUBLIC_URL")
            print(f"{channel}: off. It needs {', '.join(needed)}")
    return 1 if faults else 0


async def _check_one(adapter: Adapter) -> bool:
    async with new_client() as client:
        try:
            registration = await adapter.register(client)
        except SendError as error:
            print(f"{adapter.channel}: NOT WORKING: {error}")
            return False
        checked = await adapter.check(client)
    print(f"{adapter.channel}: {'works' if checked.ok else 'NOT WORKING'}: {checked.detail}")
    for step in registration.steps:
        print(f"  {step}")
    return checked.ok


async def _dead(settings: Settings, retry: str | None, drop: str | None) -> None:
    database = Database(settings.database_url)
    try:
        if retry or drop:
            await _settle(database, retry or drop or "", again=retry is not None)
        else:
            await _list(database)
    finally:
        await database.dispose()


async def _list(database: Database) -> None:
    async with database.session(read_only=True) as session:
        outbound = list(
            await session.execute(
                select(ChannelOutbound, ChannelContact.channel)
                .join(ChannelContact, ChannelContact.conversation_id == ChannelOutbound.conversation_id)
                .where(ChannelOutbound.state == "dead")
                .order_by(ChannelOutbound.id)
            )
        )
        inbound = list(
            await session.execute(
                select(ChannelInbound, ChannelContact.channel)
                .join(ChannelContact, ChannelContact.conversation_id == ChannelInbound.conversation_id)
                .where(ChannelInbound.state == "dead")
                .order_by(ChannelInbound.id)
            )
        )
    for sent, channel in outbound:
        _show(str(sent.id), "to", channel, sent)
    for taken, channel in inbound:
        _show(f"i{taken.id}", "from", channel, taken)
    if not outbound and not inbound:
        print("There are no dead letters.")
        return
    print("Send one again with --retry NUMBER, forget one with --drop NUMBER.")


def _show(number: str, way: str, channel: str, row: ChannelInbound | ChannelOutbound) -> None:
    when = f"{row.created_at:%Y-%m-%d %H:%M} UTC"
    print(
        f"{number:>6}  {when}  {way} a person on {channel}  {row.reason}  conversation {row.conversation_id}"
    )


async def _settle(database: Database, number: str, *, again: bool) -> None:
    kind = ChannelInbound if number.startswith("i") else ChannelOutbound
    digits = number.removeprefix("i")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 18):
        raise UnknownLetter(f"there is no dead letter {number}")
    async with database.session() as session:
        row: ChannelInbound | ChannelOutbound | None = await session.get(kind, int(digits))
        if row is None or row.state != "dead":
            raise UnknownLetter(f"there is no dead letter {number}")
        contact = await queues.locked(session, row.conversation_id)
        if not again:
            row.state, row.payload_encrypted = "dropped" if kind is ChannelOutbound else "done", None
        elif row.payload_encrypted is None:
            raise UnknownLetter(
                f"{number} was taken by the platform, and its text is only in the conversation"
            )
        else:
            row.state, row.attempts, row.next_attempt_at = "pending", 0, utc_now()
            row.created_at = utc_now()
            contact.due_at = utc_now()
    print(f"{number} is {'to be done again' if again else 'forgotten'}.")


if __name__ == "__main__":
    sys.exit(main())
