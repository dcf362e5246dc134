"""The clinic's page: what microneedling is, in plain words, with the clinic's own facts and the chat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clinic.profile import ClinicProfile
from clinic.settings import Settings
from gateway.web.files import StaticFile
from gateway.web.widget import Manifest, WidgetFiles

_FOLDER: Final = Path(__file__).parent
# Asked for again each time, and answered with a 304 while it is the same.
_ALWAYS_ASK: Final = {"Cache-Control": "no-cache"}
_BEFORE: Final = (
    ("Retinol and other retinoids", "retinoid"),
    ("Acids and peels at home", "acids"),
    ("Waxing and threading", "recent_waxing"),
    ("Sunburn or a fresh tan", "sunburn"),
    ("Alcohol", "alcohol_before"),
)
"""What to leave off before a treatment, and the profile's key of how long."""


class Site:
    """The page and the files that it uses."""

    def __init__(self, settings: Settings, profile: ClinicProfile, widget: WidgetFiles) -> None:
        environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("clinic.html")
        self._settings = settings
        self._profile = profile
        self._widget = widget
        self._policy = content_security_policy(settings.frame_ancestors)
        self._style = StaticFile(
            (_FOLDER / "clinic.css").read_bytes(), "text/css; charset=utf-8", _ALWAYS_ASK
        )
        # Rendered now, so that a mistake in the template stops the start and not a visitor.
        self._page: tuple[Manifest | None, StaticFile] = None, self._render(None)
        self._icon = StaticFile((_FOLDER / "favicon.svg").read_bytes(), "image/svg+xml", _ALWAYS_ASK)

    def routes(self) -> list[Route]:
        """The routes of the pages and of the widget's files."""
        return [
            Route("/", self._show),
            Route("/clinic.css", self._show_style),
            Route("/favicon.svg", self._show_icon),
            Route("/widget/{name}", self._widget.serve),
        ]

    async def _show(self, request: Request) -> Response:
        manifest = self._widget.manifest()
        if self._page[0] != manifest:
            self._page = manifest, self._render(manifest)
        return self._page[1].response(request)

    async def _show_style(self, request: Request) -> Response:
        return self._style.response(request)

    async def _show_icon(self, request: Request) -> Response:
        return self._icon.response(request)

    def _render(self, manifest: Manifest | None) -> StaticFile:
        page = self._template.render(
            clinic=self._profile,
            widget=manifest,
            retention_days=self._settings.retention_days,
            before=_BEFORE,
        )
        headers = {**_ALWAYS_ASK, "Content-Security-Policy": self._policy}
        return StaticFile(page.encode(), "text/html; charset=utf-8", headers)


def content_security_policy(frame_ancestors: Sequence[str]) -> str:
    """A policy that lets the page use its own files and API, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors " + (" ".join(frame_ancestors) or "'none'"),
            "require-trusted-types-for 'script'",
        )
    )
