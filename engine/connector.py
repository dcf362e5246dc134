"""Rasa input channel for the gateway, the engine's only caller.

Rasa's own REST channel takes any caller's word for who is speaking, lets a typed `/intent{...}` set
slots, and drops the metadata of responses. This one does none of that, and answers a message id that
it has seen before with the same replies.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from engine.outgoing_guard import SAFE_RESPONSE, OutgoingGuard
from engine.progress import Progress, form_progress
from engine.settings import EngineSettings
from engine.turn_planner import plan
from engine.upstream_fixes import TurnFailed

logger = logging.getLogger(__name__)

CHANNEL = "needlewise"
MAX_TEXT = 4096
_HEALTH_TIMEOUT = 2.0
_REPLY_METADATA = ("kind", "topic", "severity", "source", "reviewed", "offer", "input")


class ReplyChannel(OutputChannel):
    """Collects what the assistant says in one turn, metadata included."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as responses may be written for one channel."""
        return CHANNEL

    def __init__(self, progress: Progress | None = None) -> None:
        """Start with no replies.

        Args:
            progress: Where the counted questions stand in their forms, by response.
        """
        self.replies: list[dict[str, Any]] = []
        self._progress = progress or {}

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message instead of splitting it into texts and buttons."""
        self.replies.append(reply(message.get("text"), message.get("buttons"), message, self._progress))


class GatewayInput(InputChannel):
    """HTTP interface of the engine: messages, erasure and health, for holders of the key."""

    def __init__(self, key: str, actions_url: str, guard: OutgoingGuard) -> None:
        """Construct the channel.

        Args:
            key: Secret that the gateway sends as a bearer token.
            actions_url: Base URL of the action server, for the health call.
            guard: Withholds replies that say what may never be said.
        """
        self._guard = guard
        self._key = key.encode()
        self._actions_url = actions_url

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is also its URL prefix."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayInput:
        """Construct the channel from the environment; `credentials.yml` holds no secret."""
        settings = EngineSettings.from_environ()
        guard = OutgoingGuard.load(settings.knowledge_dir / "never_say.yml")
        return cls(settings.gateway_key(), settings.actions_url, guard)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("needlewise_gateway", strict_slashes=False)

        @routes.middleware("request")
        async def authenticate(request: Request) -> HTTPResponse | None:
            return None if self._is_gateway(request) else error(401, "wrong key")

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            ready = bool(agent and agent.is_ready())
            body = {"model": ready, "actions": await self._actions_answer()}
            return response.json(body, status=200 if ready else 503)

        @routes.post("/messages")
        async def messages(request: Request) -> HTTPResponse:
            body: Any = request.json if request.body else None
            problem = body_problem(body)
            if problem:
                return error(422, problem)
            agent = request.app.ctx.agent
            if not agent.is_ready():
                return error(503, "no model")
            # One lock for both steps: a repeat must not slip between the look-up and the turn.
            async with agent.lock_store.lock(body["sender"]):
                tracker = await agent.tracker_store.retrieve(body["sender"])
                progress = form_progress(agent.domain)
                replies = replies_to(tracker, body["message_id"], progress) if tracker else None
                if replies is None:
                    channel = ReplyChannel(progress)
                    try:
                        for message in await user_messages(body, channel, tracker, agent.processor):
                            await agent.processor.handle_message(message)
                    except TurnFailed as failure:
                        logger.error("A turn failed: %s in %s", _locations(failure.__cause__), failure)
                        return error(500, "action")
                    replies = channel.replies
            return response.json({"replies": await self._allowed(asked_once(replies), agent.processor.nlg)})

        @routes.delete("/conversations/<sender>")
        async def erase(request: Request, sender: str) -> HTTPResponse:
            agent = request.app.ctx.agent
            async with agent.lock_store.lock(sender):
                await agent.tracker_store.delete(sender)
            return response.empty()

        @routes.exception(Exception)
        async def failure(_request: Request, exception: Exception) -> HTTPResponse:
            status = getattr(exception, "status_code", 500)
            if status < 500:
                return error(status, type(exception).__name__)
            # The chain of causes may quote what the patient wrote: log where, not what.
            logger.error("A turn failed: %s", _locations(exception))
            return error(500, "engine")

        return routes

    def _is_gateway(self, request: Request) -> bool:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(key.strip().encode(), self._key)

    async def _allowed(
        self, replies: list[dict[str, Any]], nlg: NaturalLanguageGenerator
    ) -> list[dict[str, Any]]:
        """Return the replies, or the safe one if any says what may never be said.

        A summary repeats the person's own words, which are theirs to say.
        """
        if self._guard.allows(
            [said["text"] for said in replies if said["metadata"].get("kind") != "summary"]
        ):
            return replies
        nobody = DialogueStateTracker("", None)
        safe = await nlg.generate(SAFE_RESPONSE, nobody, CHANNEL) or {}
        return [reply(safe.get("text"), safe.get("buttons"), safe, {})]

    async def _actions_answer(self) -> bool:
        timeout = aiohttp.ClientTimeout(total=_HEALTH_TIMEOUT)
        url = f"{self._actions_url}/health"
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
                return bool(answer.status == 200)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            return False


def body_problem(body: Any) -> str | None:
    """Return what is wrong with the body of a message call, or `None`."""
    if not isinstance(body, dict):
        return "the body must be a JSON object"
    for name in ("sender", "message_id"):
        if not isinstance(body.get(name), str) or not 0 < len(body[name]) <= 100:
            return f"{name} must be a text of 1 to 100 characters"
    given = [name for name in ("text", "payload") if body.get(name) is not None]
    if len(given) != 1 or not isinstance(body[given[0]], str) or not 0 < len(body[given[0]]) <= MAX_TEXT:
        return f"exactly one of text and payload must be a text of 1 to {MAX_TEXT} characters"
    if given == ["payload"] and not body["payload"].startswith("/"):
        return "payload must start with /"
    return None


async def user_messages(
    body: dict[str, Any],
    channel: ReplyChannel,
    tracker: DialogueStateTracker | None,
    processor: MessageProcessor,
) -> list[UserMessage]:
    """Return Rasa's messages for a checked body: one for a payload, one for each question that was typed."""

    def message(text: str, parse: dict[str, Any] | None) -> UserMessage:
        return UserMessage(
            text=text,
            output_channel=channel,
            sender_id=body["sender"],
            parse_data=parse,  # type: ignore[arg-type]  # Rasa's own default is None
            input_channel=CHANNEL,
            message_id=body["message_id"],
        )

    async def parse(text: str) -> dict[str, Any]:
        return dict(await processor.parse_message(UserMessage(text, sender_id=body["sender"])))

    if body.get("payload") is not None:
        return [message(body["payload"], None)]
    parts = await plan(typed_text(body["text"]), tracker, parse)
    return [message(part.text, part.parse) for part in parts]


def typed_text(text: str) -> str:
    """Return what a person typed, without the prefix by which Rasa knows a payload.

    Examples:
        >>> typed_text('/book_consultation{"x": 1}')
        'book_consultation{"x": 1}'
    """
    return text.lstrip("/ \t\r\n").rstrip() or "?"


def replies_to(
    tracker: DialogueStateTracker, message_id: str, progress: Progress | None = None
) -> list[dict[str, Any]] | None:
    """Return the replies given to a message, or `None` if the tracker does not know it.

    Args:
        tracker: The conversation.
        message_id: The message's id.
        progress: Where the counted questions stand in their forms, by response.
    """
    replies: list[dict[str, Any]] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if event.message_id == message_id:
                # A message with several questions is several in the tracker, under one id.
                replies = replies or []
            elif replies is not None:
                break
        elif isinstance(event, BotUttered) and replies is not None:
            replies.append(reply(event.text, event.data.get("buttons"), event.metadata, progress or {}))
    return replies


def asked_once(replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the replies of a turn with each question at its last place only.

    A form asks its open question again after each of several answers.
    """
    return [
        said
        for at, said in enumerate(replies)
        if said["metadata"].get("kind") != "question" or said not in replies[at + 1 :]
    ]


def reply(
    text: str | None,
    buttons: list[dict[str, Any]] | None,
    event_metadata: dict[str, Any] | None,
    progress: Progress,
) -> dict[str, Any]:
    """Return a reply for the gateway.

    A response's `metadata:` section is one entry of the bot event's metadata, which Rasa spreads over
    the message that it sends.
    """
    event_metadata = event_metadata or {}
    metadata = event_metadata.get("metadata") or {}
    told = {name: metadata[name] for name in _REPLY_METADATA if name in metadata}
    place = progress.get(str(event_metadata.get("utter_action")))
    return {
        "text": text or "",
        "buttons": [{"title": button["title"], "payload": button["payload"]} for button in buttons or []],
        "metadata": {**told, "progress": place} if place else told,
    }


def error(status: int, message: str) -> HTTPResponse:
    """Return an error that holds nothing of the request."""
    return response.json({"error": message}, status=status)


def _locations(exception: BaseException | None) -> str:
    parts: list[str] = []
    while exception is not None and len(parts) < 5:
        frame = exception.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
        parts.append(f"{type(exception).__name__} at {place}")
        exception = exception.__cause__ or exception.__context__
    return " from ".join(parts)
