"""The examples of ``docs/examples``, in the real servers, in front of a real gateway."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.chat import Chat, Gateway, assert_problem, wait_until
from tests.gateway.proxies import HOST, ROOT, Proxy, certificate, free_port, program, replaced
from tests.gateway.streams import Stream

EXAMPLES = ROOT / "docs" / "examples"
ANSWER = ("You said: hello", "And more at [our page](https://clinic.example).")


@pytest.fixture
def gateway(run: Callable[..., Gateway]) -> Gateway:
    return run(rate_per_address=30, allowed_origins="https://clinic.example")


@pytest.fixture(params=["nginx", "caddy"])
def client(request: pytest.FixtureRequest, gateway: Gateway, tmp_path: Path) -> Iterator[httpx.Client]:
    """A visitor that comes through the proxy by HTTPS."""
    path = program(request.param)
    folder = tmp_path / "proxy"
    folder.mkdir()
    public, private = certificate(folder)
    port = free_port()
    make = with_nginx if request.param == "nginx" else with_caddy
    proxy = Proxy(make(path, folder, port, gateway.url, public, private), folder, port).start()
    context = ssl.create_default_context(cafile=str(public))
    transport = httpx.HTTPTransport(verify=context)
    client = httpx.Client(
        base_url=f"https://127.0.0.1:{port}",
        transport=_Named(transport),
        timeout=20,
        trust_env=False,
    )
    yield client
    client.close()
    proxy.stop()


class _Named(httpx.BaseTransport):
    """Asks for ``HOST`` at the address of the proxy."""

    def __init__(self, transport: httpx.HTTPTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Host"] = HOST
        request.extensions["sni_hostname"] = HOST
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()


def with_nginx(path: str, folder: Path, port: int, backend: str, public: Path, private: Path) -> list[str]:
    example = replaced(
        (EXAMPLES / "nginx.conf").read_text(),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("/etc/ssl/clinic.example.pem", str(public)),
        ("/etc/ssl/clinic.example.key", str(private)),
        ("http://127.0.0.1:8000", backend),
    )
    (folder / "site.conf").write_text(example)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {folder}/site.conf;\n}}\n"
    )
    return [path, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def with_caddy(path: str, folder: Path, port: int, backend: str, public: Path, private: Path) -> list[str]:
    example = replaced(
        (EXAMPLES / "Caddyfile").read_text(),
        (f"{HOST} {{", f"https://{HOST}:{port} {{\n\ttls {public} {private}"),
        ("127.0.0.1:8000", backend.removeprefix("http://")),
    )
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + example)
    return [path, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def test_a_chat_through_the_proxy(client: httpx.Client, gateway: Gateway) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    chat = Chat(client).start()
    assert chat.replies("hello")[0]["text"] == ANSWER[0]
    own = client.get("/api/messages", headers=chat.headers | {"Origin": f"https://{HOST}"})
    assert own.status_code == 200
    allowed = {"Origin": "https://clinic.example", "Access-Control-Request-Method": "POST"}
    assert client.options("/api/messages", headers=allowed).status_code == 204
    foreign = {"Origin": "https://elsewhere.example"}
    assert_problem(client.post("/api/conversations", headers=foreign), 403, "origin-not-allowed")


def test_events_come_through_at_once(client: httpx.Client, gateway: Gateway) -> None:
    chat = Chat(client).start()
    with Stream(chat, client=client) as page:
        chat.send("hello")
        page.wait_for("hello", *ANSWER)
    # A page that was closed is no longer counted.
    wait_until(lambda: len(gateway.app.state.services.hub) == 0)


def test_a_visitor_cannot_lie_about_the_address(client: httpx.Client) -> None:
    statuses = [
        client.post("/api/conversations", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(32)
    ]
    assert statuses[0] == 201
    assert statuses[-1] == 429


def test_what_is_for_machines_stays_inside(client: httpx.Client) -> None:
    assert client.get("/healthz").status_code == 404
    assert client.get("/readyz").status_code == 404


def test_a_large_body_is_refused(client: httpx.Client) -> None:
    assert client.post("/api/conversations", content=b"x" * 100_000).status_code == 413
