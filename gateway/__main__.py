"""Starts the gateway: ``python -m gateway``."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import resource
import socket
import sys
from typing import Final

from clinic.profile import ProfileError
from clinic.settings import Settings, SettingsError, get_settings
from gateway.app import create_app
from gateway.notices import NoticesError
from gateway.server import make_server

UNACKNOWLEDGED_SECONDS: Final = 60
"""After which a client that acknowledges nothing that is sent to it counts as gone."""

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
    _allow_files(2 * settings.connections)
    server = make_server(app, settings)
    logger.info("listening on http://%s:%d", settings.host, settings.port)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return 0


def _allow_files(count: int) -> None:
    """Let this process open ``count`` files, connections among them, if its account may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(settings: Settings) -> socket.socket:
    """A socket on the settings' host and port. Raises AddressError."""
    where = f"port {settings.port} of {settings.host}"
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
    except socket.gaierror:
        raise AddressError(f"NEEDLEWISE_HOST: {settings.host!r} is not a host of this machine") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressError(
                f"{where} is in use: stop the program that uses it, or set NEEDLEWISE_PORT to another one"
            ) from None
        raise AddressError(f"cannot listen on {where}: {os.strerror(error.errno or 0).lower()}") from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Accepted connections have it too. Without it a phone that left its network counts for a quarter hour.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * UNACKNOWLEDGED_SECONDS)
    return listener


if __name__ == "__main__":
    sys.exit(main())
