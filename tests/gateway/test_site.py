"""The clinic's page and the widget's files, as a browser and a cache see them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from clinic.settings import Settings
from gateway.app import create_app
from tests.gateway.chat import Gateway, assert_problem
from tests.gateway.conftest import KNOWLEDGE

CODE = b"customElements.define('needlewise-chat', class extends HTMLElement {});\n" * 20
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


def build(folder: Path, code: bytes = CODE, version: str = "1.2.3") -> str:
    """The widget as its build leaves it; returns the integrity."""
    folder.mkdir(parents=True, exist_ok=True)
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(code).digest()).decode()
    file = f"needlewise-{version}.js"
    (folder / file).write_bytes(code)
    (folder / "needlewise.js").write_bytes(code)
    manifest = {"version": version, "file": file, "integrity": integrity, "loader": "needlewise.js"}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"gzip_bytes": 1}))
    return integrity


Serve = Callable[..., httpx.Client]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    return tmp_path / "dist"


@pytest.fixture
def serve(make_settings: Callable[..., Settings], empty_database: Path, dist: Path) -> Iterator[Serve]:
    """Starts a gateway whose widget is in ``dist``, with these changes to the settings."""
    started: list[Gateway] = []

    def start(**changes: Any) -> httpx.Client:
        settings = make_settings(**changes)
        gateway = Gateway(settings, lambda: create_app(settings, widget_dir=dist))
        shutil.copy(empty_database, gateway.file)
        started.append(gateway.start())
        return gateway.client()

    yield start
    for gateway in started:
        gateway.stop()


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_page_names_the_clinic_and_is_said_to_be_a_sample(serve: Serve) -> None:
    response = serve().get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(response.text)
    for said in (
        "Sample Microneedling Clinic is not a real clinic",
        "+1 415-555-0132",
        "100 Example Street",
        "Monday to Friday, 9 am to 5 pm",
        "You get a written quote",
        "at least 48 hours",
        "3 to 6 treatments",
        "4 to 6 weeks",
        "eczema or psoriasis",
        "kept for 180 days",
    ):
        assert said in page.text
    assert {"name": "robots", "content": "noindex"} in page.attributes("meta")


def test_a_real_clinic_is_no_sample_and_its_words_are_text(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, folder)
    profile = yaml.safe_load((folder / "clinic.yml").read_text())
    profile |= {"sample": False, "name": 'Skin & "Co"', "price_text": "From $200 a visit."}
    del profile["waits"]["makeup"]
    (folder / "clinic.yml").write_text(yaml.safe_dump(profile))
    response = serve(knowledge_dir=folder).get("/")
    assert "not a real clinic" not in response.text
    assert "noindex" not in response.text
    assert "<title>Microneedling · Skin &amp; &#34;Co&#34;</title>" in response.text
    page = Page(response.text)
    assert "From $200 a visit." in page.text
    assert "no makeup ." not in page.text


def test_the_page_keeps_to_a_strict_policy(serve: Serve, dist: Path) -> None:
    build(dist)
    response = serve().get("/")
    assert response.headers["content-security-policy"] == POLICY
    page = Page(response.text)
    assert page.attributes("style") == []
    assert all("src" in script for script in page.attributes("script"))
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    # Nothing is fetched from anywhere else.
    fetched = [a.get("src") for _, a in page.tags] + [a.get("href") for a in page.attributes("link")]
    assert all(address.startswith("/") for address in fetched if address)
    style = serve().get("/clinic.css").text
    assert "url(" not in style and "@import" not in style


def test_the_page_says_what_the_clinic_may_say(serve: Serve) -> None:
    rules = yaml.safe_load((KNOWLEDGE / "never_say.yml").read_text())
    text = Page(serve().get("/").text).text
    patterns = [rule["pattern"] for rule in rules["patterns"]]
    assert patterns
    for pattern in patterns:
        assert not re.search(pattern, text, re.IGNORECASE), pattern


def test_the_page_loads_the_widget_by_its_integrity(serve: Serve, dist: Path) -> None:
    integrity = build(dist)
    client = serve()
    [script] = Page(client.get("/").text).attributes("script")
    assert script["integrity"] == integrity
    assert "crossorigin" in script and "async" in script
    assert script["src"] is not None
    code = client.get(script["src"])
    assert code.content == CODE
    digest = base64.b64encode(hashlib.sha384(code.content).digest()).decode()
    assert f"sha384-{digest}" == integrity


def test_without_a_build_the_page_says_how_to_make_one(serve: Serve, dist: Path) -> None:
    client = serve()
    first = client.get("/")
    page = Page(first.text)
    assert page.attributes("script") == []
    assert "npm run build" in page.text
    assert not any("data-needlewise-open" in attributes for _, attributes in page.tags)
    assert_problem(client.get("/widget/needlewise.js"), 404, "not-found")
    # A build is noticed without a restart.
    build(dist)
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert "npm run build" not in again.text
    integrity = build(dist, CODE + b"//", "1.2.4")
    assert integrity in client.get("/").text
    # The file of before is still there for pages that name it.
    assert client.get("/widget/needlewise-1.2.3.js").content == CODE


@pytest.mark.parametrize("manifest", ["{", "{}", '{"version": "1", "file": "../x.js", "integrity": "x"}'])
def test_a_broken_build_is_no_build(serve: Serve, dist: Path, manifest: str) -> None:
    build(dist)
    (dist / "manifest.json").write_text(manifest)
    response = serve().get("/")
    assert response.status_code == 200
    assert "npm run build" in response.text


def test_the_widget_is_for_every_site_and_cached_as_its_name_allows(serve: Serve, dist: Path) -> None:
    build(dist)
    client = serve()
    for name, cached in (
        ("needlewise-1.2.3.js", "public, max-age=31536000, immutable"),
        ("needlewise.js", "public, max-age=300"),
    ):
        response = client.get(f"/widget/{name}", headers={"Origin": "https://anywhere.example"})
        assert response.status_code == 200
        assert response.headers["cache-control"] == cached
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert client.head(f"/widget/{name}").status_code == 200


def test_the_widget_is_sent_compressed_to_those_who_take_it(serve: Serve, dist: Path) -> None:
    build(dist)
    client = serve()
    tags = set()
    for accepted, packed in (("gzip, br", True), ("identity", False), ("gzip;q=0", False), ("", False)):
        with client.stream("GET", "/widget/needlewise.js", headers={"Accept-Encoding": accepted}) as response:
            raw = b"".join(response.iter_raw())
        assert response.headers.get("content-encoding") == ("gzip" if packed else None)
        assert response.headers["vary"] == "Accept-Encoding"
        assert (gzip.decompress(raw) if packed else raw) == CODE
        tags.add(response.headers["etag"])
    assert len(tags) == 2


@pytest.mark.parametrize("path", ["/", "/clinic.css", "/favicon.svg", "/widget/needlewise.js"])
def test_what_a_browser_has_is_not_sent_again(serve: Serve, dist: Path, path: str) -> None:
    build(dist)
    client = serve()
    tag = client.get(path).headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = client.get(path, headers={"If-None-Match": sent})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "..%2fmanifest.json",
        "%2e%2e/settings.py",
        "needlewise-9.js",
        "x.js",
        "needlewise.js%00",
    ],
)
def test_nothing_else_of_the_disk_is_served(serve: Serve, dist: Path, name: str) -> None:
    build(dist)
    assert serve().get(f"/widget/{name}").status_code == 404


def test_others_may_frame_the_page_only_if_they_are_named(serve: Serve) -> None:
    response = serve(frame_ancestors="https://clinic.example, https://www.clinic.example:8443").get("/")
    assert (
        "frame-ancestors https://clinic.example https://www.clinic.example:8443;"
        in response.headers["content-security-policy"]
    )


def test_pages_take_no_other_method(serve: Serve) -> None:
    for path in ("/", "/clinic.css", "/widget/needlewise.js"):
        assert_problem(serve().post(path), 405, "method-not-allowed")
