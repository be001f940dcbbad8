"""Figures of estimates with their intervals; lessons call them by ``plots``."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from course_utils.style import COLORS, GREY


def intervals(rows: Mapping[str, tuple[float, float, float]], title: str, xlabel: str) -> Figure:
    """Ratios with their intervals, one row each from the top; marked by where the interval lies.

    Args:
        rows: label -> ratio, lower and upper end, all above 0.
        title: above the figure.
        xlabel: what the ratio is of.
    """
    looks = {"below 1": ("o", COLORS[0]), "holds 1": ("s", GREY), "above 1": ("^", COLORS[1])}
    fig, ax = plt.subplots(figsize=(8, 1.2 + 0.3 * len(rows)))
    for place, (ratio, low, high) in enumerate(rows.values()):
        marker, color = looks["below 1" if high < 1 else "above 1" if low > 1 else "holds 1"]
        ax.plot([low, high], [-place, -place], color=color)
        ax.plot(ratio, -place, marker, color=color)
    for label, (marker, color) in looks.items():
        ax.plot([], [], marker + "-", color=color, label=f"interval {label}")
    ax.axvline(1, color=GREY, linestyle="--")
    ax.set(xscale="log", title=title, xlabel=xlabel, yticks=-np.arange(len(rows)))
    ax.set_yticklabels(rows)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 6, 8)))
    ax.xaxis.set_major_formatter("{x:.3g}")
    ax.xaxis.set_minor_formatter("")
    ax.legend()
    return fig


def shares(
    found: Mapping[str, np.ndarray],
    groups: Sequence[str],
    expected: Sequence[float],
    title: str = "",
    xlabel: str = "",
) -> Figure:
    """Shares of groups with their intervals, side by side for several sources.

    Args:
        found: source -> ``(groups, 3)``: share, low and high end of its interval, 0 to 1.
        groups: their names.
        expected: the share that each group should have, drawn as a dashed line.
        title: above the figure.
        xlabel: what the groups are.
    """
    fig, ax = plt.subplots(figsize=(8, 3.4))
    places, step = np.arange(len(groups)), 0.7 / max(len(found), 1)
    for k, (label, rows) in enumerate(found.items()):
        share, low, high = 100 * np.asarray(rows, dtype=float).T
        at = places + step * (k - (len(found) - 1) / 2)
        spans = np.clip([share - low, high - share], 0, None)
        ax.errorbar(at, share, spans, fmt="os^Dvp*X"[k % 8], markersize=5, label=label)
    ends = places - 0.42, places + 0.42
    ax.hlines(100 * np.asarray(expected), *ends, color=GREY, linestyle="--", label="expected")
    ax.set_xticks(places, groups)
    ax.set(title=title, xlabel=xlabel, ylabel="share (%), 95 % interval", ylim=(0, None))
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return fig
