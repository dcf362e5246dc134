"""Task: a plot of in-scope accuracy and out-of-scope recall over the threshold."""

from __future__ import annotations

from typing import Any

from benchmarks.engine_tasks.files import run

_COLOURS = {"dev": "#7a8b99", "test": "#0b5563"}


def plot(request: dict[str, Any]) -> None:
    """Write an SVG to `request["path"]`.

    `curves` gives, for each half, the lists `threshold`, `in_scope` and `out_of_scope`; `configured` is the
    threshold in use.
    """
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "needlewise"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    for half, curve in request["curves"].items():
        colour = _COLOURS.get(half, "black")
        axes.plot(curve["threshold"], curve["in_scope"], color=colour, label=f"in-scope accuracy, {half}")
        axes.plot(
            curve["threshold"],
            curve["out_of_scope"],
            color=colour,
            linestyle="--",
            label=f"out-of-scope recall, {half}",
        )
    axes.axvline(request["configured"], color="#b3541e", linewidth=1, label="threshold in use")
    axes.set(xlabel="Confidence threshold", ylabel="Share", xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.25)
    axes.legend(loc="lower left", fontsize=8, frameon=False)
    figure.tight_layout()
    figure.savefig(request["path"], format="svg", metadata={"Date": None})


if __name__ == "__main__":
    run(plot)
