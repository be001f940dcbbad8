"""The picture of a class: points and exercises. It names no student."""

import math
from datetime import date

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from course_utils.grading.desk.insight import OUTCOMES, Insight
from course_utils.grading.desk.summary import counted
from course_utils.style import COLORS

# what stands for an outcome, in their order
SHADES = (COLORS[2], COLORS[5], COLORS[4], COLORS[1], "#BBBBBB")


def picture(found: Insight) -> Figure:
    """Points of the class, and the outcome of each exercise."""
    graded = found.graded()
    height = max(3.5, 1.4 + 0.42 * len(found.exercises))
    fig = Figure(figsize=(9.2, height), layout="constrained")
    # the picture may be shown by itself, and before everything is marked
    whose = f"{len(graded)} of {counted(len(found.rows), 'student')}"
    title = f"{found.lesson}: {whose}, {date.today()}"
    if unmarked := [sum(row.unmarked.values()) for row in found.rows if row.unmarked]:
        points, students = counted(sum(unmarked), "point"), counted(len(unmarked), "student")
        title += f"\nnot final: {points} of {students} still to be marked"
    elif any(row.waiting for row in found.rows):
        title += "\nnot final: marks still to be confirmed"
    fig.suptitle(title, fontsize=12)
    marks, exercises = fig.subplots(1, 2, width_ratios=[1, 1.5])

    scores = [row.score for row in graded]
    bins = _bins(max([found.max_score, *scores]))
    marks.hist(scores, bins=bins, color=COLORS[0], edgecolor="white")
    marks.set(title="Points", xlabel=f"points of {found.max_score:g}", ylabel="students")
    marks.set_xlim(bins[0], bins[-1])
    marks.xaxis.set_major_locator(MaxNLocator(integer=True))
    marks.yaxis.set_major_locator(MaxNLocator(integer=True))

    names = [f"{e.title} ({e.points:g})" for e in found.exercises]
    left = [0.0] * len(names)
    for outcome, color in zip(OUTCOMES, SHADES, strict=True):
        shares = [e.share(outcome) for e in found.exercises]
        if any(shares):
            exercises.barh(names, shares, left=left, color=color, label=outcome, edgecolor="white")
            left = [a + b for a, b in zip(left, shares, strict=True)]
    exercises.set(title="Exercises (points)", xlabel="share of the graded submissions", xlim=(0, 1))
    exercises.invert_yaxis()
    exercises.xaxis.set_major_formatter(PercentFormatter(1))
    exercises.grid(False)
    fig.legend(loc="outside lower center", ncols=len(OUTCOMES), fontsize=9)
    return fig


def _bins(most: float) -> list[float]:
    """At most 21 bins of whole points, each in the bin's middle (or spread evenly over it)."""
    width = max(1, math.ceil(most / 20))
    return [n * width - 0.5 for n in range(math.floor((most + 0.5) / width) + 2)]
