"""Runs the evaluation: `python -m benchmarks.evaluate [--half dev|test] [--part PART]`."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.assistant import Assistant
from benchmarks.evaluate import chat, measure, near_copies
from benchmarks.evaluate.entries import HALVES, PARTS
from benchmarks.evaluate.report import write
from benchmarks.evaluate.screen import print_half
from scripts.console import ROOT, entry, say

REPLIES = ROOT / "results" / "evaluation-dev.json"
"""Where the replies to the dev half are put, for the person who tunes."""


def main() -> int:
    """Evaluate both halves and write the report, or one half for the screen only."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluate", description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="only this half; no report is written")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; no report is written")
    options = parser.parse_args()
    parts = options.part or PARTS
    check = near_copies.check()
    halves = [measure.read(name, check, parts) for name in ([options.half] if options.half else HALVES)]
    _say_refused(check, [half.name for half in halves])
    answer(halves)
    for half in halves:
        measure.score(half)
        if half.name == "dev":
            _keep_replies(half)
        print_half(half)
    if not options.half and not options.part:
        write(halves, check)
    return 0


def answer(halves: Sequence[measure.Half]) -> None:
    """Start the assistant and hold the conversations of the halves with it."""
    wanted = [turns for half in halves for turns in measure.conversations(half)]
    if not wanted:
        return
    with tempfile.TemporaryDirectory(prefix="needlewise-") as folder:
        assistant = Assistant(Path(folder))
        say("Starting the assistant …")
        assistant.start()
        try:
            answered = chat.hold(assistant.url, wanted)
        finally:
            assistant.stop()
    for half in halves:
        half.answered = {turns: answered[turns] for turns in measure.conversations(half)}


def _say_refused(check: near_copies.Check, halves: Sequence[str]) -> None:
    copies = [copy for copy in check.copies if copy.message.half in halves]
    say(
        f"{check.compared} messages compared with {check.examples} training examples: {len(check.copies)} near-copies; "
        f"{check.short} of one or two words exempt, {check.same_short} of them in the training data"
    )
    for copy in copies:
        if copy.message.half == "dev":
            say(f"  {copy}")


def _keep_replies(half: measure.Half) -> None:
    REPLIES.parent.mkdir(exist_ok=True)
    kept = [
        {
            "turns": turns,
            "replies": [[{"is": str(r), "text": r.text} for r in replies] for replies in answers],
        }
        for turns, answers in half.answered.items()
    ]
    REPLIES.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    entry(main)
