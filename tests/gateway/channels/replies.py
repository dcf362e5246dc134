"""Replies as the assistant gives them."""

from __future__ import annotations

from typing import Any

from gateway.api.models import Button, Progress, Reply, Source


def reply(text: str = "Hello.", *titles: str, **fields: Any) -> Reply:
    """A reply with one button a title; the token of the n-th is ``token-n``."""
    buttons = [
        Button(title=title, token=f"token-{number}", role="choice") for number, title in enumerate(titles, 1)
    ]
    progress = fields.pop("progress", None)
    source = fields.pop("source", None)
    return Reply(
        id="1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        text=text,
        kind=fields.pop("kind", "answer"),
        topic=fields.pop("topic", None),
        severity=fields.pop("severity", None),
        buttons=buttons,
        source=Source(title=source, reviewed="2026-11-20") if source else None,
        progress=Progress(step=progress[0], total=progress[1]) if progress else None,
        input=None,
    )


EMERGENCY = (
    "**[Call 911 now](tel:911).** What you describe may be an emergency. Do not wait.\n\n"
    "- Do not drive yourself.\n- Stay with someone if you can.\n"
    "- Say that you had microneedling or numbing cream, if you did, and when.\n\n"
    "Once help is on the way, tell the clinic: [+1 415-555-0132](tel:+14155550132)."
)
QUESTION = (
    "Do you have any of these, or did you have them in the past?\n\n"
    "- Eczema.\n- Psoriasis.\n- Rosacea.\n- Cold sores (fever blisters)."
)
