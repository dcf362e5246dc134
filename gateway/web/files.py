"""Small files served from memory, with what caches and browsers want to know of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_TOO_SMALL: Final = 200
"""Bytes below which nothing is gained by compressing."""


class StaticFile:
    """Bytes under a media type, plain and compressed, each with its own ETag (RFC 9110)."""

    def __init__(self, content: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        tag = base64.urlsafe_b64encode(hashlib.sha256(content).digest()[:15]).decode()
        self._plain = content, f'"{tag}"'
        self._packed: tuple[bytes, str] | None = None
        if len(content) >= _TOO_SMALL:
            self._packed = gzip.compress(content, 9, mtime=0), f'"{tag}-gzip"'
        self._headers = {**headers, "Content-Type": media_type, "Vary": "Accept-Encoding"}

    def response(self, request: Request) -> Response:
        """The file, or a 304 if the client has it."""
        packed = self._packed if _takes_gzip(request.headers.get("accept-encoding", "")) else None
        content, tag = packed or self._plain
        headers = {**self._headers, "ETag": tag}
        if _matches(request.headers.get("if-none-match", ""), tag):
            del headers["Content-Type"]
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    for item in accepted.split(","):
        coding, _, parameters = item.strip().lower().partition(";")
        if coding.strip() in ("gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _matches(wanted: str, tag: str) -> bool:
    # A proxy that compresses makes our tag a weak one.
    return wanted.strip() == "*" or tag in (item.strip().removeprefix("W/") for item in wanted.split(","))
