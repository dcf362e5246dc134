"""Real reverse proxies: the machine's own, or Debian's packages unpacked beside the project's tools."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[2]
HOST = "chat.clinic.example"


def program(name: str) -> str:
    """The path of a proxy; where there is none to be had, the test is skipped with the reason, or fails in CI."""
    found = shutil.which(name)
    if found:
        return found
    folder = ROOT / "var" / "tools" / "proxies" / name
    for place in ("usr/sbin", "usr/bin"):
        if (folder / place / name).exists():
            return str(folder / place / name)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        _missing(f"{name} is not installed, and this is no Debian where it could be got as root")
    folder.mkdir(parents=True, exist_ok=True)
    for step in (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", name]):
        done = subprocess.run(step, cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            _missing(f"{name} is not installed, and Debian's package could not be got: {done.stderr[-300:]}")
    [package] = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    package.unlink()
    return program(name)


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for ``HOST`` that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "clinic.pem", folder / "clinic.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


class Proxy:
    """A proxy that runs between ``start`` and ``stop``."""

    def __init__(self, command: Sequence[str], folder: Path, port: int) -> None:
        self._command = command
        self._folder = folder
        self.port = port

    def start(self) -> Self:
        """Start it and wait until it listens; fails with what it wrote."""
        self._log = (self._folder / "log").open("w+")
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=os.environ | {"HOME": str(self._folder), "XDG_DATA_HOME": str(self._folder)},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.written()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"it does not listen: {self.written()}")

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(timeout=15)
        self._log.close()

    def written(self) -> str:
        """What it has written."""
        return (self._folder / "log").read_text()


def replaced(text: str, *changes: tuple[str, str]) -> str:
    """The example with what a clinic changes in it; each of it must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
