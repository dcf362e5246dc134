"""The trained model: made again only when what it is made from has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from scripts.console import ROOT, SetUpError, entry, run_step, say
from scripts.environments import ENGINE, exclusively, set_up
from scripts.processes import child_environment

SOURCES = (
    "config.yml",
    "domain.yml",
    "data",
    "knowledge/conditions.yml",
    "knowledge/symptoms.yml",
    "engine/nlu",
    "engine/policies",
    "engine/requirements.lock",
)
MODEL = ROOT / "models" / "needlewise.tar.gz"
FINGERPRINT = ROOT / "models" / "needlewise.fingerprint"


def fingerprint(root: Path = ROOT) -> str:
    """SHA-256 over the names and contents of everything the model depends on.

    Raises SetUpError naming the file when one of the fixed files is missing.
    """
    whole = hashlib.sha256()
    for path in _files(root):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SetUpError(f"Cannot read {path} ({error.strerror}). Restore it from git.") from error
        whole.update(path.relative_to(root).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = root / source
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
            yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


def is_current() -> bool:
    """Whether the model was trained from the files as they are now."""
    try:
        return MODEL.exists() and FINGERPRINT.read_text(encoding="ascii").strip() == fingerprint()
    except OSError:
        return False


def train() -> bool:
    """Train if the model is not current; says whether it did. Raises SetUpError when training fails."""
    with exclusively():
        made_from = fingerprint()
        if is_current():
            return False
        MODEL.parent.mkdir(exist_ok=True)
        FINGERPRINT.unlink(missing_ok=True)
        run_step(
            "Training the model",
            [str(ENGINE.python), "-m", "engine", "train", "--out", str(MODEL.relative_to(ROOT))],
            env=child_environment(),
            hint="See the lines above; they name the file that is wrong.",
        )
        FINGERPRINT.write_text(made_from + "\n", encoding="ascii")
        return True


def main() -> int:
    """Set up, and train if needed."""
    set_up()
    if not train():
        say("The model is up to date.")
    return 0


if __name__ == "__main__":
    entry(main)
