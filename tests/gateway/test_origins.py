"""Which pages may use the chat API, as their browsers ask."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.gateway.chat import Gateway, assert_problem

CLINIC = "https://clinic.example"
ELSEWHERE = "https://elsewhere.example"


def preflight(client: httpx.Client, origin: str, path: str = "/api/messages") -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.request("OPTIONS", path, headers=headers)


@pytest.fixture
def client(run: Callable[..., Gateway]) -> httpx.Client:
    return run(allowed_origins=f"{CLINIC}, https://www.clinic.example").client()


def test_an_allowed_page_is_told_what_it_may_do(client: httpx.Client) -> None:
    for path in ("/api/conversations", "/api/messages", "/api/events", "/api/conversation"):
        response = preflight(client, CLINIC, path)
        assert response.status_code == 204
        assert response.headers["access-control-allow-origin"] == CLINIC
        assert response.headers["access-control-allow-methods"] == "GET, POST, DELETE"
        assert (
            response.headers["access-control-allow-headers"] == "Authorization, Content-Type, Last-Event-ID"
        )
        assert int(response.headers["access-control-max-age"]) <= 7200
        assert "Origin" in response.headers["vary"]
        assert "access-control-allow-credentials" not in response.headers


def test_an_allowed_page_may_read_answers_and_errors(client: httpx.Client) -> None:
    headers = {"Origin": "https://www.clinic.example"}
    for response in (
        client.post("/api/conversations", headers=headers),
        client.get("/api/messages", headers=headers),
        client.get("/api/nothing", headers=headers),
    ):
        assert response.headers["access-control-allow-origin"] == "https://www.clinic.example"
        assert response.headers["access-control-expose-headers"] == "Retry-After"
        assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "null", "https://clinic.example.evil.example", "http://clinic.example"]
)
def test_any_other_page_is_refused(client: httpx.Client, origin: str) -> None:
    refused = [
        preflight(client, origin),
        client.post("/api/conversations", headers={"Origin": origin}),
        client.get("/api/messages", headers={"Origin": origin}),
        client.delete("/api/conversation", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}),
    ]
    for response in refused:
        problem = assert_problem(response, 403, "origin-not-allowed")
        assert "NEEDLEWISE_ALLOWED_ORIGINS" in problem["detail"]
        assert "access-control-allow-origin" not in response.headers
        assert "Origin" in response.headers["vary"]


def test_our_own_page_needs_no_permission(gateway: Gateway) -> None:
    client = gateway.client()
    assert client.post("/api/conversations", headers={"Origin": gateway.url}).status_code == 201
    # Behind a proxy that hides the name that the browser used.
    headers = {"Origin": "https://chat.clinic.example", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/conversations", headers=headers).status_code == 201
    # As browsers do, none is named for what is no page's script.
    assert client.post("/api/conversations").status_code == 201
    assert_problem(client.post("/api/conversations", headers={"Origin": CLINIC}), 403)


def test_answers_for_pages_of_our_own_name_no_origin(gateway: Gateway) -> None:
    response = gateway.client().post("/api/conversations", headers={"Origin": gateway.url})
    assert "access-control-allow-origin" not in response.headers
    assert "Origin" in response.headers["vary"]


def test_other_addresses_are_not_shared(client: httpx.Client) -> None:
    for path in ("/", "/healthz", "/readyz"):
        response = client.get(path, headers={"Origin": CLINIC})
        assert response.status_code == 200
        assert "access-control-allow-origin" not in response.headers


def test_options_alone_is_no_preflight(client: httpx.Client) -> None:
    assert_problem(client.options("/api/messages", headers={"Origin": CLINIC}), 405)
