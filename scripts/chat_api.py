"""A client of the chat API for one conversation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

TIMEOUT = 30.0
"""Seconds to wait for an answer; the gateway itself gives up on the engine after 10."""

TOKEN_EXPIRED = "urn:needlewise:problem:token-expired"


class Away(Exception):
    """The assistant does not answer, or says that it cannot now. The message may be sent again as it is."""


class TooFast(Exception):
    """The rate limit was reached; `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Ended(Exception):
    """The conversation is over: erased, or its token is not valid any more."""


class Refused(Exception):
    """The message cannot be taken; the text says why."""


@dataclass(frozen=True)
class Button:
    """A choice: what it says, and the token that stands for it."""

    title: str
    token: str


@dataclass(frozen=True)
class Reply:
    """One reply of the assistant, as the API gives it."""

    text: str
    kind: str
    severity: str | None
    buttons: tuple[Button, ...]
    source: str | None


@dataclass(frozen=True)
class Message:
    """Something to send: a text or a button's token. Its id makes sending it twice harmless."""

    text: str | None = None
    button: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def body(self) -> dict[str, str]:
        """What goes over the wire."""
        content = {"text": self.text} if self.button is None else {"button": self.button}
        return {"id": self.id, **{key: value for key, value in content.items() if value is not None}}


class Conversation:
    """A conversation over the chat API. Every method raises Away, TooFast, Ended or Refused."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._token: str | None = None

    @property
    def started(self) -> bool:
        return self._token is not None

    def start(self) -> list[Reply]:
        """Begin a new conversation; returns the greeting."""
        self._token = None
        started = self._call("POST", "/api/conversations").json()
        self._token = started["token"]
        return _replies(started)

    def send(self, message: Message) -> list[Reply]:
        """Send a message. The same one again gives the same replies."""
        return _replies(self._call("POST", "/api/messages", json=message.body()).json())

    def transcript(self) -> str:
        """The conversation as text."""
        return self._call("GET", "/api/transcript").text

    def erase(self) -> None:
        """Erase the conversation everywhere. It is over then."""
        self._call("DELETE", "/api/conversation")
        self._token = None

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        response = self._request(method, path, **content)
        if response.status_code == 401 and _problem(response).get("type") == TOKEN_EXPIRED:
            renewed = self._request("POST", "/api/token")
            if renewed.is_success:
                self._token = renewed.json()["token"]
                response = self._request(method, path, **content)
        if response.is_success:
            return response
        if response.status_code == 401:
            self._token = None
            raise Ended
        if response.status_code == 429:
            raise TooFast(_seconds(response.headers.get("Retry-After")))
        if response.status_code >= 500:
            raise Away
        raise Refused(_explanation(_problem(response)) or f"HTTP {response.status_code}")

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            return self._http.request(method, path, headers=headers, **content)
        except httpx.TransportError as error:
            raise Away from error


def _replies(body: dict[str, Any]) -> list[Reply]:
    return [
        Reply(
            text=reply["text"],
            kind=reply["kind"],
            severity=reply["severity"],
            buttons=tuple(Button(button["title"], button["token"]) for button in reply["buttons"]),
            source=reply["source"]["title"] if reply["source"] else None,
        )
        for reply in body["replies"]
    ]


def _problem(response: httpx.Response) -> dict[str, Any]:
    """The problem+json of an error, or nothing when it is of another kind."""
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _explanation(problem: dict[str, Any]) -> str:
    errors = problem.get("errors") or ()
    return " ".join(error["detail"] for error in errors) or str(problem.get("detail") or "")


def _seconds(retry_after: str | None) -> int:
    return int(retry_after) if retry_after and retry_after.isdigit() else 5
