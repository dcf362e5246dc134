"""Entry point of the engine: `python -m engine run` and `python -m engine train`."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from pathlib import Path
from typing import Any

from engine import deferred_imports, training
from engine.settings import EngineSettings, SettingsError

_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "SQLALCHEMY_WARN_20": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def main() -> None:
    """Parse the command line and run the chosen command."""
    parser = argparse.ArgumentParser(prog="python -m engine", description="Needlewise's Rasa engine")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="answer the gateway")
    run.add_argument("--model", type=Path, default=Path("models/needlewise.tar.gz"))
    train = commands.add_parser("train", help="train the model")
    train.add_argument("--out", type=Path, default=Path("models/needlewise.tar.gz"))
    arguments = parser.parse_args()
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Rasa's old libraries warn of each other's age; filters do not last, as some of them reset these.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    try:
        settings = EngineSettings.from_environ()
        if arguments.command == "run":
            # Nearly all that a start makes stays: looking through it for what doesn't took 0.8 of 6.9 s.
            gc.disable()
            deferred_imports.apply()
        _configure_logging()
        if arguments.command == "train":
            training.train(arguments.out)
        else:
            _run(settings, arguments.model)
    except SettingsError as error:
        sys.exit(f"needlewise engine: {error}")


def _configure_logging() -> None:
    """Log warnings only: Rasa's informational and debug lines quote what patients write."""
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_logging_and_warnings(log_level=logging.WARNING, logging_config_file=None, warn_only_once=False)
    configure_structlog(logging.WARNING)


def _run(settings: EngineSettings, model: Path) -> None:
    if not model.is_file():
        raise SettingsError(f"There is no model at {model}: run `make train`")
    settings.gateway_key()
    # endpoints.yml names these variables.
    os.environ["NEEDLEWISE_ACTIONS_URL"] = settings.actions_url
    os.environ["NEEDLEWISE_TRACKER_URL"] = settings.tracker_url
    os.environ["NEEDLEWISE_PROFILE_VALUES"] = str(settings.profile_values)

    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints

    from engine import upstream_fixes

    upstream_fixes.apply(settings.action_timeout)
    _collect_garbage_after_loading(rasa.core.run)
    rasa.core.run.serve_application(
        model_path=str(model),
        interface=settings.host,
        port=settings.port,
        credentials="credentials.yml",
        endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"),
        enable_api=False,
    )


def _collect_garbage_after_loading(runner: Any) -> None:
    """Look for garbage again from when the model is loaded, but not in what was loaded, which stays."""
    load = runner.load_agent_on_start

    async def load_and_keep(*arguments: Any) -> Any:
        try:
            return await load(*arguments)
        finally:
            gc.collect()
            gc.freeze()
            gc.enable()

    runner.load_agent_on_start = load_and_keep


if __name__ == "__main__":
    main()
