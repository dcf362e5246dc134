"""E-mails to the clinic's staff: that a consultation request arrived, never what it says."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from clinic.database.models import utc_now
from clinic.settings import Settings
from clinic.templates import fill
from gateway.notices import EmailTexts
from gateway.outbox import DeliveryError, Handler, Payload

TIMEOUT: Final = 30
"""Seconds that the mail server has."""
_IMPLICIT_TLS_PORT: Final = 465


def mailer(settings: Settings, texts: EmailTexts) -> Handler:
    """The outbox handler of ``email``."""

    async def send(payload: Payload) -> None:
        if not settings.notifies_by_email:
            raise DeliveryError("NEEDLEWISE_SMTP_HOST is not set")
        implicit = settings.smtp_port == _IMPLICIT_TLS_PORT
        try:
            await aiosmtplib.send(
                compose(settings, texts, str(payload["reference"])),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
                use_tls=implicit,
                start_tls=settings.smtp_starttls and not implicit,
                timeout=TIMEOUT,
            )
        except aiosmtplib.SMTPResponseException as error:
            raise DeliveryError(f"the mail server answered {error.code}") from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryError(f"the mail server cannot be used ({type(error).__name__})") from None

    return send


def compose(settings: Settings, texts: EmailTexts, reference: str) -> EmailMessage:
    """The message that tells the clinic of the request ``reference``."""
    sender = settings.smtp_from or ""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = settings.notify_email or ""
    message["Subject"] = fill(texts.consultation_subject, {"reference": reference})
    message["Date"] = format_datetime(utc_now())
    # The same for each try, so that a mailbox can tell a repeat.
    message["Message-ID"] = f"<{reference}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(fill(texts.consultation_body, {"reference": reference}))
    return message
