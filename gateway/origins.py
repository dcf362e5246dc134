"""Which web pages may use the chat API: ours, and those of the origins that the clinic allows.

A browser names the page's origin; other programs need not. The token alone opens a conversation, so this
keeps other sites from offering the clinic's chat as their own, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problems import ProblemError

PREFLIGHT_SECONDS: Final = 7200
"""How long a browser remembers what a preflight allowed."""

_ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
}
_EXPOSED: Final = "Retry-After"


class Origins:
    """Cross-origin resource sharing on paths under ``prefix``, without credentials.

    ``allowed`` are origins as browsers send them. A page of any other origin gets 403.
    """

    def __init__(self, app: ASGIApp, prefix: str, allowed: Collection[str]) -> None:
        self.app = app
        self.prefix = prefix
        self.allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        shared = origin is not None and origin in self.allowed

        async def marked_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = MutableHeaders(scope=message)
                fields.add_vary_header("Origin")
                if shared and origin is not None:
                    fields["Access-Control-Allow-Origin"] = origin
                    fields.setdefault("Access-Control-Expose-Headers", _EXPOSED)
            await send(message)

        if origin is not None and not shared and not _is_ours(headers, origin):
            await _FOREIGN.response()(scope, receive, marked_send)
        elif shared and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await Response(status_code=204, headers=_ALLOWED)(scope, receive, marked_send)
        else:
            await self.app(scope, receive, marked_send)


_FOREIGN: Final = ProblemError(
    403,
    "Pages of this origin may not use the chat. The clinic can allow it in NEEDLEWISE_ALLOWED_ORIGINS.",
    kind="origin-not-allowed",
)


def _is_ours(headers: Headers, origin: str) -> bool:
    # A proxy may hide the name that the browser used; the browser's own word cannot be set by a script.
    if headers.get("sec-fetch-site") == "same-origin":
        return True
    return urlsplit(origin).netloc == headers.get("host", "").lower() != ""
