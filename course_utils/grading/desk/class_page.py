"""The page of a class and its picture, from what :mod:`insight` gathers."""

import base64
import io
import math
from datetime import date
from pathlib import Path
from statistics import median

from jinja2 import Environment, FileSystemLoader

from course_utils.grading.desk import alike
from course_utils.grading.desk.insight import (
    KINDS,
    OUTCOMES,
    Insight,
    gather_graded,
    points_text,
    waiting_words,
)
from course_utils.grading.desk.summary import counted, duration
from course_utils.paths import write_atomically

TEMPLATES = Path(__file__).parent / "templates"


def in_words(found: Insight) -> list[str]:
    """The report in a few sentences: they stand above the picture and for it."""
    graded = found.graded()
    scores = [row.score for row in graded]
    words = [
        f"Graded: the work of {len(graded)} of {counted(len(found.rows), 'student')}; the "
        f"median is {median(scores):g} of {found.max_score:g} points, the range {min(scores):g} to "
        f"{max(scores):g}."
    ]
    if waiting := waiting_words(found):
        words.append(f"Still to be marked by a person: {waiting}. The points are not final.")
    times = [row.seconds for row in graded if row.seconds is not None]
    if times:
        words.append(
            f"A notebook took {median(times):.1f} s to grade (median), the longest "
            f"{max(times):.1f} s."
        )
    return words


def page(found: Insight, png: bytes) -> str:
    """The report as one HTML file: the template ``class_page.html.j2``, filled in."""
    groups = []
    for one in found.answers:
        groups += alike.groups(one.exercise, one.by_student, one.stub, one.public)
    jinja = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    return jinja.get_template("class_page.html.j2").render(
        found=found,
        words=in_words(found),
        picture=base64.b64encode(png).decode(),
        outcomes=OUTCOMES,
        remarks=[(row, kind) for kind in KINDS for row in found.rows if kind in row.notes],
        noted=[row.student for row in found.rows if row.waiting and row.notes],
        written=[row.student for row in found.rows if row.waiting and not row.notes],
        groups=groups,
        most=alike.MAX_SHARE,
        late=[row for row in found.rows if row.seconds_late > 0 or row.penalty],
        missing=[row.student for row in found.rows if row.score is None and not row.notes],
        duration=duration,
        points_text=points_text,
    )


def picture(found: Insight):
    """A figure of the class, which names no student: points, and the outcome of each exercise."""
    # a third of a second, which no export needs
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    from course_utils.style import COLORS

    # what stands for an outcome, in their order
    shades = (COLORS[2], COLORS[5], COLORS[4], COLORS[1], "#BBBBBB")
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
    for outcome, color in zip(OUTCOMES, shades, strict=True):
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


def write_report(root: Path, lesson: str, folder: Path | None = None) -> Path:
    """Write ``<lesson>.html`` and ``<lesson>.png``; returns the path of the page.

    The picture names no student, the page does. ``folder`` is ``artifacts/reports`` of the course
    by default.
    """
    found = gather_graded(root, lesson)
    folder = folder or root / "artifacts" / "reports"
    buffer = io.BytesIO()
    picture(found).savefig(buffer, format="png", dpi=120, facecolor="white")
    write_atomically(folder / f"{lesson}.png", buffer.getvalue())
    write_atomically(folder / f"{lesson}.html", page(found, buffer.getvalue()).encode())
    return folder / f"{lesson}.html"
