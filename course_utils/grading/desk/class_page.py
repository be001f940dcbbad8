"""The page of a class, from what :mod:`insight` gathers; its picture: class_picture.py."""

import base64
import io
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


def write_report(root: Path, lesson: str, folder: Path | None = None) -> Path:
    """Write ``<lesson>.html`` and ``<lesson>.png``; returns the path of the page.

    The picture names no student, the page does. ``folder`` is ``artifacts/reports`` of the course
    by default.
    """
    found = gather_graded(root, lesson)
    folder = folder or root / "artifacts" / "reports"
    from course_utils.grading.desk.class_picture import picture  # matplotlib, for whom it is drawn

    buffer = io.BytesIO()
    picture(found).savefig(buffer, format="png", dpi=120, facecolor="white")
    write_atomically(folder / f"{lesson}.png", buffer.getvalue())
    write_atomically(folder / f"{lesson}.html", page(found, buffer.getvalue()).encode())
    return folder / f"{lesson}.html"
