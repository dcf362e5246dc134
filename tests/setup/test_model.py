"""The model is trained again when, and only when, something it is made from has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import model
from scripts.console import SetUpError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "config.yml",
        "domain.yml",
        "data/education/ask_pain.yml",
        "data/smalltalk/greet.yml",
        "knowledge/conditions.yml",
        "knowledge/symptoms.yml",
        "engine/nlu/extractor.py",
        "engine/policies/turn.py",
        "engine/requirements.lock",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_nothing_changed_means_the_same_fingerprint(project):
    before = model.fingerprint(project)
    (project / "config.yml").write_text("config.yml")
    assert model.fingerprint(project) == before


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain.yml",
        "data/smalltalk/greet.yml",
        "knowledge/symptoms.yml",
        "engine/nlu/extractor.py",
    ],
)
def test_a_changed_file_changes_it(project, name):
    before = model.fingerprint(project)
    (project / name).write_text("changed")
    assert model.fingerprint(project) != before


def test_a_new_a_lost_and_a_renamed_file_change_it(project):
    seen = {model.fingerprint(project)}
    new = project / "data" / "smalltalk" / "thank.yml"
    new.write_text("")
    seen.add(model.fingerprint(project))
    new.rename(new.with_name("thanks.yml"))
    seen.add(model.fingerprint(project))
    (project / "data" / "education" / "ask_pain.yml").unlink()
    seen.add(model.fingerprint(project))
    assert len(seen) == 4


def test_what_the_model_is_not_made_from_leaves_it_alone(project):
    before = model.fingerprint(project)
    (project / "endpoints.yml").write_text("changed")
    (project / "knowledge" / "clinic.yml").write_text("changed")
    (project / "engine" / "nlu" / "__pycache__").mkdir()
    (project / "engine" / "nlu" / "__pycache__" / "extractor.pyc").write_text("")
    assert model.fingerprint(project) == before


def test_a_missing_file_is_named(project):
    (project / "domain.yml").unlink()
    with pytest.raises(SetUpError, match=r"domain\.yml"):
        model.fingerprint(project)


@pytest.fixture
def training(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Puts the project in place of this one, and a recorder in place of the training."""
    runs: list[list[str]] = []

    def run_step(label: str, command: list[str], **_: object) -> None:
        runs.append(command)
        (project / "models" / "needlewise.tar.gz").touch()

    whole = model.fingerprint
    monkeypatch.setattr(model, "fingerprint", lambda: whole(project))
    monkeypatch.setattr(model, "run_step", run_step)
    monkeypatch.setattr(model, "MODEL", project / "models" / "needlewise.tar.gz")
    monkeypatch.setattr(model, "FINGERPRINT", project / "models" / "needlewise.fingerprint")
    monkeypatch.setattr(model, "ROOT", project)
    return runs


def test_it_trains_once_and_again_after_a_change(project, training):
    assert model.train()
    assert not model.train()
    (project / "domain.yml").write_text("changed")
    assert model.train()
    assert len(training) == 2


def test_a_lost_model_is_made_again(project, training):
    model.train()
    (project / "models" / "needlewise.tar.gz").unlink()
    assert model.train()


def test_a_training_that_failed_is_not_taken_for_a_model(project, training, monkeypatch):
    model.train()
    (project / "domain.yml").write_text("broken")

    def fail(*_: object, **__: object) -> None:
        raise SetUpError("Training the model failed")

    with monkeypatch.context() as broken:
        broken.setattr(model, "run_step", fail)
        with pytest.raises(SetUpError):
            model.train()
    assert not model.is_current()
    assert model.train()
