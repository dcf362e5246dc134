"""All platforms, played on fixed ports, for a try on one machine: ``python -m tests.platforms``.

Run the gateway with the settings of ``docs/examples/channels.env``. What is typed here is a WhatsApp message
to it (a number presses that button), and what it sends is shown here.
"""

from __future__ import annotations

import sys
import threading
import time

import httpx

from tests.gateway.channels.talks import Read, pressed, said, seen
from tests.platforms import meta, receiver, telegram, twilio
from tests.platforms.server import Event, Platform

GATEWAY = "http://127.0.0.1:8000"
PORTS = {"twilio": 9101, "meta": 9102, "telegram": 9103, "receiver": 9104}


def main() -> int:
    """Serve until the end of standard input."""
    whatsapp = meta.Meta(target=f"{GATEWAY}/channels/whatsapp")
    played: dict[str, Platform] = {
        "twilio": twilio.Twilio(f"{GATEWAY}/channels/twilio-sms"),
        "meta": whatsapp,
        "telegram": telegram.Telegram(),
        "receiver": receiver.Receiver(),
    }
    for name, platform in played.items():
        platform.start(PORTS[name])
    threading.Thread(target=_show, args=(whatsapp,), daemon=True).start()
    print("The platforms are played. Type a WhatsApp message.", flush=True)
    for line in sys.stdin:
        if line.strip():
            _post(whatsapp, _event(whatsapp, line.strip()))
    time.sleep(2)
    for platform in played.values():
        platform.stop()
    return 0


def _event(whatsapp: meta.Meta, text: str) -> Event:
    """The person's text, or the button of the last message whose number it is."""
    shown = list((seen(whatsapp) or [Read("", "", {})])[-1].buttons.items())
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(shown):
        title, token = shown[int(text) - 1]
        print(f"person > [{title}]", flush=True)
        return pressed("whatsapp", whatsapp, token, title)
    print(f"person > {text}", flush=True)
    return said("whatsapp", whatsapp, text)


def _post(whatsapp: meta.Meta, event: Event) -> None:
    try:
        answer = whatsapp.post(event)
    except httpx.TransportError:
        print(f"the gateway does not answer at {GATEWAY}", flush=True)
        return
    if answer.status_code != 200:
        print(f"the gateway answered {answer.status_code}: {answer.text}", flush=True)


def _show(whatsapp: meta.Meta) -> None:
    told = 0
    while True:
        for one in seen(whatsapp)[told:]:
            told += 1
            print("clinic < " + one.text.replace("\n", "\n         "), flush=True)
            for number, title in enumerate(one.buttons, 1):
                print(f"         {number} [{title}]", flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
