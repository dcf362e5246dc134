"""Instagram messages.

https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/messaging-api
https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from gateway.channels.adapter import given
from gateway.channels.messenger import MessengerAdapter


class Instagram(MessengerAdapter):
    """An Instagram professional account."""

    channel = "instagram"
    platform = "instagram"
    webhook_object = "instagram"

    @property
    def account(self) -> str:
        return given(self.settings.instagram_id)

    def app_secrets(self) -> tuple[SecretStr | None, ...]:
        own = self.settings.instagram_app_secret
        return (own,) if own is not None else (self.settings.meta_app_secret,)

    @property
    def token(self) -> SecretStr | None:
        return self.settings.instagram_token

    @property
    def api_url(self) -> str:
        return self.settings.instagram_api_url

    @property
    def check_path(self) -> str:
        return f"{self.account}?fields=username"

    def describe(self, answer: Mapping[str, Any]) -> str:
        return f"the account is {answer.get('username')}"

    def steps(self) -> tuple[str, ...]:
        return (
            "In Meta's App Dashboard open Instagram > API setup with Instagram login > Configure webhooks.",
            f"Callback URL: {self.address}",
            "Verify token: the value of NEEDLEWISE_META_VERIFY_TOKEN. Verify and save.",
            "Subscribe to messages, messaging_postbacks and message_edit.",
            "If that page shows an Instagram app secret, set it as NEEDLEWISE_INSTAGRAM_APP_SECRET.",
        )
