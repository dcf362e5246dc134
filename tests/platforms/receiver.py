"""A clinic's own program behind the generic webhook; signatures are its library's, not ours."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.platforms.server import Event, Platform

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Receiver(Platform):
    """Takes signed messages, each once."""

    def reset(self) -> None:
        super().reset()
        self.gone = False
        self.repeats = 0
        self.pings = 0
        self._seen: set[str] = set()
        self._ids = itertools.count(1)

    @property
    def address(self) -> str:
        return f"{self.url}/answers"

    def routes(self) -> list[Route]:
        return [Route("/answers", self._create, methods=["POST"])]

    def event(self, payload: Any, *, secret: str = SECRET, at: datetime | None = None) -> Event:
        """A signed request."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        moment = at or datetime.now(UTC)
        event_id = f"msg_{next(self._ids)}"
        signature = Webhook(secret).sign(event_id, moment, body.decode("utf-8", "replace"))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature,
        }
        return Event(body, headers)

    def text(self, text: str, sender: str = "visitor-1", **more: Any) -> Event:
        return self.event({"id": f"event-{next(self._ids)}", "sender": sender, "text": text, **more})

    async def _create(self, request: Request) -> Response:
        return await self.guarded(request, self._take)

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        try:
            Webhook(SECRET).verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            self.refuse(str(error))
            return JSONResponse({"error": str(error)}, 401)
        if self.gone:
            return JSONResponse({}, 410)
        message = json.loads(body)
        if message["type"] == "ping":
            self.pings += 1
        elif request.headers["webhook-id"] in self._seen:
            self.repeats += 1
        else:
            self._seen.add(request.headers["webhook-id"])
            self.messages.append(message)
        return Response(status_code=204)
