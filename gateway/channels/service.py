"""The channels of a running gateway: their parts, made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from fastapi import APIRouter

from clinic.database.session import Database
from clinic.settings import Settings, SettingsError
from gateway.channels.adapter import Adapter
from gateway.channels.answers import Answers
from gateway.channels.capabilities import Channel
from gateway.channels.delivery import Delivery
from gateway.channels.desk import Desk
from gateway.channels.intake import Intake
from gateway.channels.registry import build_channels
from gateway.channels.routes import build_routes, path_of
from gateway.channels.sending import new_client
from gateway.channels.settings import ChannelSettings
from gateway.channels.texts import ChannelTexts, ChannelTextsError, load_channel_texts
from gateway.channels.vault import Vault
from gateway.channels.worker import Worker
from gateway.turns import Turns


@dataclass(frozen=True)
class Channels:
    """The channels that are on; there may be none, and then nothing runs."""

    adapters: Mapping[Channel, Adapter]
    router: APIRouter
    worker: Worker
    client: httpx.AsyncClient

    @property
    def paths(self) -> frozenset[str]:
        """Where platforms call us."""
        return frozenset(path_of(adapter) for adapter in self.adapters.values())

    def start(self) -> None:
        """Begin to work; needs a running event loop."""
        if self.adapters:
            self.worker.start()

    async def stop(self, seconds: float) -> None:
        """Finish what was begun, in bounded time, and close the connections."""
        await self.worker.stop(seconds)
        await self.client.aclose()


def load_texts(settings: Settings, values: Mapping[str, str]) -> ChannelTexts:
    """The texts of the channels. Raises SettingsError."""
    try:
        return load_channel_texts(settings.knowledge_dir / "channels.yml", values)
    except ChannelTextsError as error:
        raise SettingsError(str(error)) from None


def build(
    settings: Settings,
    channel_settings: ChannelSettings,
    texts: ChannelTexts,
    database: Database,
    turns: Turns,
) -> Channels:
    """The parts as the settings ask for."""
    adapters = build_channels(channel_settings, texts)
    vault, client = Vault(settings), new_client()
    intake, answers = Intake(database, vault), Answers(vault)
    worker = Worker(
        database,
        {str(name): adapter for name, adapter in adapters.items()},
        Desk(database, turns, vault, intake, answers, texts),
        Delivery(database, client, vault, answers),
        answers,
        settings.var_dir / "channels.lock",
    )
    return Channels(adapters, build_routes(adapters.values(), intake, worker.wake), worker, client)
