"""Hiding who somebody is and what they wrote, in what the channels store."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from clinic.crypto import Cipher
from clinic.settings import Settings
from gateway.channels.types import Inbound


class Vault:
    """Keyed hashes of ids, by which rows are found again, and encrypted contents."""

    def __init__(self, settings: Settings) -> None:
        self._key = hmac.digest(settings.secret("signing"), b"needlewise channels", "sha256")
        self._cipher = Cipher(settings.secret("encryption"))

    def hash(self, *parts: str) -> str:
        """The same 64 hexadecimal digits for the same parts; the parts cannot be told from them."""
        text = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()

    def seal(self, value: object) -> str:
        """JSON, encrypted."""
        return self._cipher.encrypt(json.dumps(value))

    def unseal(self, sealed: str) -> Any:
        """What was sealed. Raises DecryptionError."""
        return json.loads(self._cipher.decrypt(sealed))

    def seal_inbound(self, inbound: Inbound) -> str:
        """The message, encrypted."""
        return self.seal(asdict(inbound) | {"at": inbound.at and inbound.at.isoformat()})

    def unseal_inbound(self, sealed: str) -> Inbound:
        """The message that was sealed. Raises DecryptionError."""
        values: Mapping[str, Any] = self.unseal(sealed)
        at = values["at"]
        return Inbound(**{**values, "at": datetime.fromisoformat(at) if at else None})
