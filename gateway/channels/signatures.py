"""Signatures over raw bytes, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac


def same(given: str, expected: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def hmac_sha1_base64(key: bytes, signed: bytes) -> str:
    """HMAC-SHA1 in base 64, as Twilio signs."""
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha1)).decode()


def hmac_sha256_hex(key: bytes, signed: bytes) -> str:
    """HMAC-SHA256 in hexadecimal, as Meta signs."""
    return hmac.digest(key, signed, hashlib.sha256).hex()


def hmac_sha256_base64(key: bytes, signed: bytes) -> str:
    """HMAC-SHA256 in base 64, as Standard Webhooks signs."""
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
