"""The files of the chat widget, as its build leaves them in ``widget/dist``."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.problems import ProblemError
from gateway.web.files import StaticFile

logger = logging.getLogger(__name__)

DIST: Final = Path(__file__).parents[2] / "widget" / "dist"
LOADER: Final = "needlewise.js"

_NAME: Final = re.compile(r"needlewise(-[0-9A-Za-z.-]+)?\.js")
_MEDIA_TYPE: Final = "text/javascript; charset=utf-8"
# Other sites load it with integrity, which needs CORS; it is the same for everybody.
_FOR_ALL: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable", **_FOR_ALL}
_FOR_A_WHILE: Final = {"Cache-Control": "public, max-age=300", **_FOR_ALL}


class Manifest(BaseModel):
    """What the build says of the file it made."""

    model_config = ConfigDict(frozen=True)

    version: str
    file: str
    integrity: str


class WidgetFiles:
    """The built widget in ``folder``; a new build is noticed without a restart."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder
        self._files: dict[str, tuple[int, StaticFile]] = {}

    def manifest(self) -> Manifest | None:
        """The manifest of the build, or None while there is no build that can be served."""
        try:
            found = Manifest.model_validate_json((self._folder / "manifest.json").read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            logger.warning("the widget's manifest cannot be read: build the widget again")
            return None
        return found if _NAME.fullmatch(found.file) and (self._folder / found.file).is_file() else None

    async def serve(self, request: Request) -> Response:
        """The response to ``GET /widget/{name}``."""
        name = request.path_params["name"]
        file = self._file(name) if _NAME.fullmatch(name) else None
        if file is None:
            raise ProblemError(404, "There is no such file of the widget.")
        return file.response(request)

    def _file(self, name: str) -> StaticFile | None:
        path = self._folder / name
        try:
            changed = path.stat().st_mtime_ns
            known = self._files.get(name)
            if known is None or known[0] != changed:
                headers = _FOR_A_WHILE if name == LOADER else _FOR_EVER
                known = self._files[name] = changed, StaticFile(path.read_bytes(), _MEDIA_TYPE, headers)
        except OSError:
            self._files.pop(name, None)
            return None
        return known[1]
