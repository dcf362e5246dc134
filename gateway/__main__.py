"""Starts the gateway: ``python -m gateway``."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import sys
from typing import Final

import uvicorn

from clinic.profile import ProfileError
from clinic.settings import Settings, SettingsError, get_settings
from gateway import logs
from gateway.app import create_app
from gateway.notices import NoticesError

SHUTDOWN_SECONDS: Final = 5
"""How long open requests may go on after the process is told to stop."""
KEEP_ALIVE_SECONDS: Final = 30

logger = logging.getLogger("gateway")


class AddressError(Exception):
    """The address cannot be listened on; the message is one line that says what to do."""


def main() -> int:
    """Run until a signal; the exit code is 1 when the start is refused, with one line that says why."""
    try:
        settings = get_settings()
        app = create_app(settings)
        listener = listen(settings)
    except (SettingsError, ProfileError, NoticesError, AddressError) as error:
        print(error, file=sys.stderr)
        return 1
    config = uvicorn.Config(
        app,
        log_config=logs.CONFIG,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    logger.info("listening on http://%s:%d", settings.host, settings.port)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def listen(settings: Settings) -> socket.socket:
    """A socket on the settings' host and port. Raises AddressError."""
    where = f"port {settings.port} of {settings.host}"
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except socket.gaierror:
        raise AddressError(f"NEEDLEWISE_HOST: {settings.host!r} is not a host of this machine") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressError(
                f"{where} is in use: stop the program that uses it, or set NEEDLEWISE_PORT to another one"
            ) from None
        raise AddressError(f"cannot listen on {where}: {os.strerror(error.errno or 0).lower()}") from None


if __name__ == "__main__":
    sys.exit(main())
