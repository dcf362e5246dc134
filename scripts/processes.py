"""The three processes: their addresses, from the settings, and the environment they run in."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from scripts.console import SetUpError

QUIET = {
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",  # Rasa is on SQLAlchemy 1.4
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONUNBUFFERED": "1",
}
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
        "TF_INTRA_OP_PARALLELISM_THREADS",
        "TF_INTER_OP_PARALLELISM_THREADS",
    ),
    "1",
)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Address:
    """Where a process listens, and the setting that says so with an example of another port."""

    process: str
    host: str
    port: int
    remedy: str

    @property
    def url(self) -> str:
        """The address for a client on this machine."""
        host = EVERY_ADDRESS.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Addresses:
    """The addresses of the three processes."""

    gateway: Address
    engine: Address
    actions: Address

    def __iter__(self) -> Iterator[Address]:
        return iter((self.gateway, self.engine, self.actions))


def addresses(env: Mapping[str, str] = os.environ) -> Addresses:
    """The addresses that the NEEDLEWISE_* settings give. Raises SetUpError naming a setting that is wrong."""
    host = env.get("NEEDLEWISE_HOST") or "127.0.0.1"
    port = _port("NEEDLEWISE_PORT", env.get("NEEDLEWISE_PORT") or "8000")
    found = Addresses(
        Address("gateway", host, port, f"NEEDLEWISE_PORT={_another(port)}"),
        _local("engine", "NEEDLEWISE_ENGINE_URL", env, 5005),
        _local("actions", "NEEDLEWISE_ACTIONS_URL", env, 5055),
    )
    ports = [address.port for address in found]
    if len(set(ports)) < len(ports):
        raise SetUpError(
            "NEEDLEWISE_PORT, NEEDLEWISE_ENGINE_URL and NEEDLEWISE_ACTIONS_URL need three different ports, "
            f"not {ports[0]}, {ports[1]} and {ports[2]}."
        )
    return found


def _port(setting: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise SetUpError(f"{setting} must be a port from 1 to 65535, not {value!r}.")
    return int(value)


def _another(port: int) -> int:
    return port + 1 if port < 65535 else 8000


def _local(process: str, setting: str, env: Mapping[str, str], port: int) -> Address:
    value = env.get(setting) or f"http://127.0.0.1:{port}"
    try:
        parts = urlsplit(value)
        given = parts.port
    except ValueError:
        parts, given = urlsplit(""), None
    if parts.scheme != "http" or not parts.hostname or not given or parts.path not in ("", "/"):
        raise SetUpError(f"{setting} must look like http://127.0.0.1:{port}, not {value!r}.")
    if parts.hostname not in LOOPBACK:
        raise SetUpError(f"{setting} must be on this machine (http://127.0.0.1:{port}), not {value!r}.")
    return Address(process, parts.hostname, given, f"{setting}=http://127.0.0.1:{_another(given)}")


def require_free(found: Addresses) -> None:
    """Raises SetUpError if a process could not listen at its address."""
    for address in found:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address.host, address.port))
                probe.listen(1)
        except OSError as error:
            raise SetUpError(_why_not(address, error)) from error


def _why_not(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        remedy = f"Stop that, or choose another port: {address.remedy} make run"
        return f"Port {address.port} is taken by another program. {remedy}"
    if isinstance(error, PermissionError):
        remedy = f"Choose one above 1023: {address.remedy} make run"
        return f"Your account may not open port {address.port}. {remedy}"
    return (
        f"The {address.process} cannot listen at {address.host}:{address.port} ({error.strerror}). "
        "Set NEEDLEWISE_HOST to an address of this machine."
    )


def child_environment(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment our processes run in: quiet libraries, one thread for each pool, loopback inside.

    A thread count that is set already is kept.
    """
    return {**ONE_THREAD, **env, **QUIET, "SANIC_HOST": "127.0.0.1"}
