"""Encryption of contact fields at rest (Fernet: AES-128-CBC with HMAC-SHA256)."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from clinic.settings import SettingsError


class DecryptionError(Exception):
    """A stored value was not written with any of the keys, or was changed since."""


class Cipher:
    """Encrypts with the first key and decrypts with any, so that keys can be rotated.

    To rotate, put a new key on a line above the old one; remove the old line when nothing that it
    encrypted is kept any more.
    """

    def __init__(self, keys: bytes) -> None:
        """``keys`` holds one Fernet key a line, the newest first. Raises SettingsError."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys.split()])
        except ValueError:
            raise SettingsError(
                "encryption.key: each line must be a Fernet key (32 bytes, URL-safe base64)"
            ) from None

    def encrypt(self, text: str) -> str:
        """``text`` encrypted; twice the same text gives two different values."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text that was encrypted. Raises DecryptionError."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise DecryptionError("a stored value cannot be decrypted with the keys given") from None
