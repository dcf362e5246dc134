"""Writes docs/evaluation.md and its plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

import yaml

from benchmarks import thresholds
from benchmarks.engine_env import run_task
from benchmarks.evaluate.figures import Figure, Share, by_group
from benchmarks.evaluate.measure import Half
from benchmarks.evaluate.messages import OUT_OF_SCOPE
from benchmarks.evaluate.near_copies import Check
from benchmarks.evaluate.triage import TIERS, confusion
from benchmarks.tables import percent, table
from scripts.console import ROOT, say

FOLDER = ROOT / "docs"
REPORT = "evaluation.md"
PLOT = "evaluation-threshold.svg"

TITLES = {
    "messages": "Right reply",
    "typos": "Typos",
    "triage": "Triage",
    "assertions": "Assertion",
    "compound": "Compound questions",
    "followups": "Follow-ups",
    "redteam": "Red team",
}

_INTRODUCTION = """\
# Evaluation

Written by `make evaluate` on {date}. Do not edit by hand.

The evaluation set (`tests/evaluation/`) was written apart from the training data. Its **dev** half is looked at while
tuning. Its **test** half is opened only for this report: no failure in it is read, so the test column is the one that
says how Needlewise does on patients it has not met. Ranges are 95 % confidence intervals (Wilson).

## Data

{sizes}

Training data: {examples} examples of {intents} intents. Refused entries are near-copies of a training example and are
not scored. Each of {compared} messages was compared with each example: a near-copy shares 90 % of its letter triples,
or has a cosine of 0.95 or more (all-MiniLM-L6-v2) and shares 75 %. The cosine to the nearest example has a median
of {median:.2f} and a ninth decile of {decile:.2f}. {short} messages of one or two words are exempt; {same_short} of
them stand in the training data.

## Method

The three processes run as `make run` starts them, rate limits off. Each message opens a conversation of its own through
the chat API, {parallel} at a time. A reply is right when its topic and kind are; a flag that is missing or that nobody
asked for makes the whole turn wrong, and so does a reply that did not come. Assertions are scored on the entities of
the trained model's parse, the threshold on its intent ranking. The corrupted copy has one slip in {per_slip} words and
at least one in a message: neighbouring keys, dropped and doubled letters, missing spaces, a phone's autocorrect. The
red team's rules check the never-say list, the lines to call, amounts, prices, echoes and typed commands; the dev half's
replies are kept for a person to read as well.
"""


def write(halves: Sequence[Half], check: Check, folder: Path = FOLDER) -> None:
    """Write the report and the plot of both halves into a folder."""
    from benchmarks.evaluate.chat import PARALLEL
    from benchmarks.evaluate.near_copies import training_examples
    from benchmarks.evaluate.typos import WORDS_PER_SLIP

    introduction = _INTRODUCTION.format(
        date=datetime.now(UTC).date().isoformat(),
        sizes=_sizes(halves),
        examples=check.examples,
        intents=len({example.intent for example in training_examples()}),
        compared=check.compared,
        median=check.quantile(0.5),
        decile=check.quantile(0.9),
        short=check.short,
        same_short=check.same_short,
        parallel=PARALLEL,
        per_slip=WORDS_PER_SLIP,
    )
    folder.mkdir(exist_ok=True)
    threshold = _threshold(halves, folder / PLOT)
    sections = [introduction, *_parts(halves), threshold, _tiers(halves), _intents(halves)]
    text = "\n\n".join(section.strip() for section in sections) + "\n"
    (folder / REPORT).write_text(text, encoding="utf-8")
    say(f"Written: {REPORT} and {PLOT} in {folder.name}/")


def _sizes(halves: Sequence[Half]) -> str:
    head = ["file", *(f"{half.name}: scored (refused)" for half in halves)]
    rows = (
        [f"`{part}.yml`", *(f"{len(half.entries[part])} ({half.refused[part]})" for half in halves)]
        for part in halves[0].entries
    )
    return table(head, rows)


def _parts(halves: Sequence[Half]) -> Iterator[str]:
    for part, title in TITLES.items():
        columns = [half.figures.get(part, []) for half in halves]
        rows = [
            [figures[0].name, *(_cell(figure) for figure in figures), figures[0].goal, _state(figures[-1])]
            for figures in zip_longest(*columns)
        ]
        yield f"## {title}\n\n" + table(["", *(half.name for half in halves), "goal", "on test"], rows)


def _cell(figure: Figure) -> str:
    if isinstance(figure.value, Share) and figure.value.whole:
        low, high = figure.value.interval()
        return f"{figure}, {100 * low:.0f} to {100 * high:.0f}"
    return str(figure)


def _state(figure: Figure) -> str:
    return {True: "met", False: "**missed**", None: ""}[figure.is_met]


def configured_threshold() -> float:
    """Return the fallback threshold of config.yml."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return float(next(c["threshold"] for c in pipeline if c["name"] == "FallbackClassifier"))


def _threshold(halves: Sequence[Half], plot: Path) -> str:
    configured = configured_threshold()
    curves = {half.name: thresholds.curve(half.predictions, OUT_OF_SCOPE) for half in halves}
    run_task(
        "plot",
        {
            "path": str(plot),
            "configured": configured,
            "curves": {
                name: {
                    "threshold": [p.threshold for p in points],
                    "in_scope": [p.in_scope for p in points],
                    "out_of_scope": [p.out_of_scope for p in points],
                }
                for name, points in curves.items()
            },
        },
    )
    kinds = ("in-scope accuracy", "out-of-scope recall")
    head = ["threshold", *(f"{name}: {kind}" for name in curves for kind in kinds)]
    steps = range(0, 100, 5)
    rows = [
        [
            f"{step / 100:.2f}",
            *(
                percent(s)
                for points in curves.values()
                for s in (points[step].in_scope, points[step].out_of_scope)
            ),
        ]
        for step in steps
    ]
    chosen = thresholds.choose(curves["dev"])
    choice = (
        "No threshold reaches 80 % out-of-scope recall within 2 points of in-scope loss on the dev half."
        if chosen is None
        else f"The lowest threshold with 80 % out-of-scope recall and at most 2 points of in-scope loss on the dev "
        f"half is {chosen.threshold:.2f}."
    )
    at_work = []
    for half in halves:
        here = thresholds.point(half.predictions, configured, OUT_OF_SCOPE)
        loss = 100 * (curves[half.name][0].in_scope - here.in_scope)
        at_work.append([half.name, percent(here.in_scope), f"{loss:.1f}", percent(here.out_of_scope)])
    return "\n\n".join(
        [
            "## Threshold",
            f"A message counts as out of scope when the classifier says so or is less sure than the threshold, here "
            f"{configured:g}. {choice}",
            table(["half", "in-scope accuracy", "in-scope loss, points", "out-of-scope recall"], at_work),
            f"![In-scope accuracy and out-of-scope recall over the threshold]({plot.name})",
            table(head, rows),
        ]
    )


def _tiers(halves: Sequence[Half]) -> str:
    sections = [
        "## Tiers",
        "Rows: the right tier. Columns: the tier given. A lower tier may be right as well.",
    ]
    for half in halves:
        counts = confusion(half.outcomes["triage"])
        columns = [*TIERS, "none"]
        rows = [[right, *(counts.get((right, seen), 0) for seen in columns)] for right in TIERS]
        sections.append(table([half.name, *columns], rows))
    return "\n\n".join(sections)


def _intents(halves: Sequence[Half]) -> str:
    groups = [by_group(half.outcomes["messages"]) for half in halves]
    names = sorted({name for group in groups for name in group})
    rows = [[f"`{name}`", *(Share.of(group.get(name, ())) for group in groups)] for name in names]
    return "## Right replies by intent\n\n" + table(["intent", *(half.name for half in halves)], rows)
