"""Task: a plot of the time that each turn of one conversation took."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.engine_tasks.files import run

_COLOURS = ("#b3541e", "#7a8b99", "#0b5563")
_WINDOW = 9


def smoothed(times: list[float], window: int = _WINDOW) -> list[float]:
    """Return the running median, over fewer values at the ends."""
    half = window // 2
    return [statistics.median(times[max(0, place - half) : place + half + 1]) for place in range(len(times))]


def plot(request: dict[str, Any]) -> None:
    """Write an SVG to `request["path"]`; `curves` gives the seconds of each turn by the bot's name."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "needlewise"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.0))
    for (name, times), colour in zip(request["curves"].items(), _COLOURS, strict=False):
        milliseconds = [1000 * seconds for seconds in smoothed(times)]
        axes.plot(range(1, len(times) + 1), milliseconds, color=colour, label=name)
    axes.set(xlabel="Turn of the conversation", ylabel="Milliseconds (running median of 9)")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", fontsize=9, frameon=False)
    figure.tight_layout()
    figure.savefig(request["path"], format="svg", metadata={"Date": None})


if __name__ == "__main__":
    run(plot)
