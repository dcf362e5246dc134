"""`make test` runs every suite, passes their closing lines on, and fails if one of them failed."""

from __future__ import annotations

import sys

import pytest

from scripts.checks import Suite, report, run
from scripts.console import SetUpError, entry, run_step
from scripts.rasa_data import faults


def suite(name: str, code: str) -> Suite:
    return Suite(name, [sys.executable, "-c", code])


def test_a_suite_gives_its_exit_code_and_closing_line(capsys):
    result = run(suite("one", "print('working'); print('3 passed in 0.1s'); print(); raise SystemExit(2)"))
    assert (result.code, result.closing_line) == (2, "3 passed in 0.1s")
    assert "working" in capsys.readouterr().out


def test_the_report_repeats_the_closing_lines_and_one_failure_fails_it(capsys):
    good = run(suite("good", "print('3 passed')"))
    bad = run(suite("bad", "print('1 failed'); raise SystemExit(1)"))
    capsys.readouterr()
    assert report([bad, good]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("FAILED bad")
    assert lines[-2].endswith("1 failed")
    assert lines[-1].startswith("ok     good")
    assert lines[-1].endswith("3 passed")
    assert report([good]) == 0


def test_rasas_warnings_are_found_but_not_those_about_responses_that_actions_use():
    output = [
        "2026-11-20 10:00:00 INFO     rasa.validator  - Validating intents...",
        "\x1b[0m\x1b[93m/x/site-packages/rasa/shared/utils/io.py:100: UserWarning: "
        "The utterance 'utter_deny' is not used in any story or rule.",
        "\x1b[93m/x/rasa/utils/io.py:100: UserWarning: The intent 'greet' is not used in any story or rule.",
        "/x/tensorflow/lite/util.py:52: DeprecationWarning: something old",
        "2026-11-20 10:00:00 ERROR    rasa.validator  - The intent 'x' has no examples",
    ]
    assert faults(output) == [
        "The intent 'greet' is not used in any story or rule.",
        "rasa.validator  - The intent 'x' has no examples",
    ]


def test_a_step_that_fails_shows_its_output_and_says_what_to_do(capfd):
    with pytest.raises(SetUpError, match=r"Installing failed after \d+ s\. Check the network\."):
        run_step(
            "Installing",
            [sys.executable, "-c", "print('no route to host'); raise SystemExit(1)"],
            hint="Check the network.",
        )
    assert "no route to host" in capfd.readouterr().err


def test_a_step_that_works_shows_only_its_name_and_seconds(capfd):
    run_step("Installing", [sys.executable, "-c", "print('noise')"], hint="")
    said = capfd.readouterr()
    assert said.out.startswith("Installing …\nInstalling: done in ")
    assert "noise" not in said.out + said.err


def test_a_set_up_error_becomes_one_line_and_exit_code_1(capsys):
    def main() -> int:
        raise SetUpError("Port 8000 is taken by another program.")

    with pytest.raises(SystemExit) as left:
        entry(main)
    assert left.value.code == 1
    assert capsys.readouterr().err == "needlewise: Port 8000 is taken by another program.\n"
