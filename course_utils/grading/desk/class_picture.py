"""The picture of a class: points, exercises, times. It names no student."""

import math
from datetime import date

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from course_utils.grading.desk.insight import OUTCOMES, Insight, waiting_words
from course_utils.grading.desk.summary import counted
from course_utils.style import COLORS, GREY

# what stands for an outcome, in their order
SHADES = (COLORS[2], COLORS[5], COLORS[4], COLORS[1], "#BBBBBB")


def picture(found: Insight) -> Figure:
    """Points of the class, outcome of each exercise and, if known, time of each notebook."""
    graded = found.graded()
    times = [row.seconds for row in graded if row.seconds is not None]
    panels = 3 if times else 2
    height = max(3.0, 0.9 + 0.42 * len(found.exercises))
    # the picture may be shown by itself, and before everything is marked
    fig = Figure(figsize=(4.6 * panels, height + 0.5), layout="constrained")
    whose = f"{len(graded)} of {counted(len(found.rows), 'student')}"
    title = f"{found.lesson}: {whose}, {date.today()}"
    if unmarked := sum(bool(row.unmarked) for row in found.rows):
        points = counted(found.unmarked(written=True) + found.unmarked(written=False), "point")
        title += f"\nnot final: {points} of {counted(unmarked, 'student')} still to be marked"
    elif waiting_words(found):
        title += "\nnot final: marks still to be confirmed"
    fig.suptitle(title, fontsize=12)
    axes = fig.subplots(1, panels, width_ratios=[1, 1.5, 0.8][:panels])

    scores = [row.score for row in graded]
    bins = _bins(max([found.max_score, *scores]))
    axes[0].hist(scores, bins=bins, color=COLORS[0], edgecolor="white")
    axes[0].set_xlim(bins[0], bins[-1])
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0].set(title="Points", xlabel=f"points of {found.max_score:g}", ylabel="students")
    axes[0].yaxis.set_major_locator(MaxNLocator(integer=True))

    names = [f"{e.title} ({e.points:g})" for e in found.exercises]
    left = [0.0] * len(names)
    for outcome, color in zip(OUTCOMES, SHADES, strict=True):
        shares = [e.share(outcome) for e in found.exercises]
        if any(shares):
            axes[1].barh(names, shares, left=left, color=color, label=outcome, edgecolor="white")
            left = [a + b for a, b in zip(left, shares, strict=True)]
    axes[1].invert_yaxis()
    axes[1].set(title="Exercises (points)", xlabel="share of the graded submissions", xlim=(0, 1))
    axes[1].xaxis.set_major_formatter(PercentFormatter(1))
    axes[1].grid(False)
    fig.legend(loc="outside lower center", ncols=len(OUTCOMES), fontsize=9)
    if times:
        axes[2].hist(times, bins=20, color=GREY)
        axes[2].set(title="Time to grade a notebook", xlabel="seconds", ylabel="notebooks")
        axes[2].yaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


def _bins(most: float) -> list[float]:
    """At most 21 bins of whole points, each in the bin's middle (or spread evenly over it)."""
    width = max(1, math.ceil(most / 20))
    return [n * width - 0.5 for n in range(math.floor((most + 0.5) / width) + 2)]
