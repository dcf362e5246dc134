"""Starts the real three processes once and gives tests a person who talks to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.assistant import Assistant, Person
from scripts.console import ROOT

__all__ = ["ROOT", "Assistant", "Person"]


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The running assistant, shared by the tests of a session."""
    running = Assistant(tmp_path_factory.mktemp("needlewise"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def person(assistant: Assistant) -> Person:
    """Somebody who has just opened a conversation."""
    return assistant.person()
