"""`make lock`: writes the hashed lock files from the two pyproject.toml.

They hold for every platform and name no package index. Pins that still fit are kept, unless `--upgrade`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from scripts.console import ROOT, entry, run_step
from scripts.environments import ENGINE, ENGINE_PYTHON, NETWORK_HINT, find_uv
from scripts.interpreters import find_cpython

MAIN_PYTHON = (3, 11)


def main() -> int:
    """Write all six lock files."""
    parser = argparse.ArgumentParser(prog="python -m scripts.lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    main_python = Path(os.path.realpath(sys.executable))
    engine_python = find_cpython(ENGINE_PYTHON) or ENGINE.python
    compile_ = ["pip", "compile", "--universal", "--generate-hashes", "--quiet"]
    compile_ += ["--custom-compile-command", "make lock", *upgrade]
    dev = ["--group", "dev", "--constraints", "requirements.lock"]
    uv = find_uv()
    for folder, python, version, source, output in (
        (ROOT, main_python, MAIN_PYTHON, ["pyproject.toml"], "requirements.lock"),
        (ROOT, main_python, MAIN_PYTHON, ["pyproject.toml", *dev], "requirements-dev.lock"),
        (ROOT, main_python, MAIN_PYTHON, ["--group", "tools"], "scripts/uv-requirements.lock"),
        (ROOT, main_python, MAIN_PYTHON, ["--group", "node"], "scripts/node-requirements.lock"),
        (ROOT / "engine", engine_python, ENGINE_PYTHON, ["pyproject.toml"], "requirements.lock"),
        (ROOT / "engine", engine_python, ENGINE_PYTHON, ["pyproject.toml", *dev], "requirements-dev.lock"),
    ):
        minimum = ".".join(map(str, version))
        interpreter = ["--python", str(python), "--python-version", minimum]
        run_step(
            f"Locking {(folder / output).relative_to(ROOT)}",
            [uv, "--directory", str(folder), *compile_, *interpreter, *source, "--output-file", output],
            hint=NETWORK_HINT,
        )
    return 0


if __name__ == "__main__":
    entry(main)
