"""The page of a class, from what :mod:`insight` gathers; its picture: class_picture.py."""

import base64
import html
import io
from pathlib import Path
from statistics import median

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


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
img{max-width:100%;height:auto}table{border-collapse:collapse;margin:.6em 0}
th,td{text-align:left;padding:.25em .9em .25em 0;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right}h2{margin-top:1.8em;font-size:1.2em}p.small{color:#555;font-size:.9em}
"""


def _table(head: list[str], rows: list[list], numbers: int = 0) -> str:
    """An HTML table; ``numbers`` columns after the first are set right."""

    def line(cells, tag):
        kinds = [' class="n"' if 0 < n <= numbers else "" for n in range(len(cells))]
        texts = [html.escape(str(cell)) for cell in cells]
        return "".join(
            f"<{tag}{kind}>{text}</{tag}>" for kind, text in zip(kinds, texts, strict=True)
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>\n" for row in rows)
    return f"<table><thead><tr>{line(head, 'th')}</tr></thead><tbody>\n{body}</tbody></table>"


def _alike(found: Insight) -> list[str]:
    """Whose answers are alike, and where so many are that it says nothing."""
    told = [
        group
        for one in found.answers
        for group in alike.groups(one.exercise, one.by_student, one.stub, one.public)
    ]
    rows = [
        [group.exercise, ", ".join(group.students), "the public solution" if group.public else ""]
        for group in told
        if group.told
    ]
    many = [
        f"{group.exercise} ({len(group.students)}{', the public solution' * group.public})"
        for group in told
        if not group.told
    ]
    if not told:
        return []
    parts = ["<h2>Answers that are alike</h2>"]
    if rows:
        parts.append(_table(["exercise", "students", "equal to"], rows))
    if many:
        words = f"Left out, since more than {alike.MAX_SHARE:.0%} of the answers are the same: "
        parts.append(f"<p>{html.escape(words + '; '.join(many))}</p>")
    return [
        *parts,
        '<p class="small">Equal but for names, comments and layout. That proves nothing: '
        "look at them. No points change.</p>",
    ]


def page(found: Insight, png: bytes) -> str:
    """The report as one HTML file: no script, nothing fetched, every foreign text escaped."""
    words = in_words(found)
    title = f"{found.lesson}: how the class did"
    shares = [
        [e.title, f"{e.points:g}", *(f"{e.share(outcome):.0%}" for outcome in OUTCOMES)]
        for e in found.exercises
    ]
    messages = [
        [e.title, count, message] for e in found.exercises for message, count in e.commonest()
    ]
    late = [
        [row.student, duration(row.seconds_late), points_text(row.penalty), points_text(row.score)]
        for row in found.rows
        if row.seconds_late > 0 or row.penalty
    ]
    attention = [
        [row.student, kind, "; ".join(row.notes[kind])]
        for kind in KINDS
        for row in found.rows
        if kind in row.notes
    ]
    written = [row.student for row in found.rows if row.waiting and not row.notes]
    both = [row.student for row in found.rows if row.waiting and row.notes]
    missing = [row.student for row in found.rows if not row.submitted and row.score is None]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(title)}</h1>",
        *(f"<p>{html.escape(sentence)}</p>" for sentence in words),
        f'<img alt="{html.escape(" ".join(words), quote=True)}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}">',
        "<h2>Exercises</h2>",
        _table(["exercise", "points", *OUTCOMES], shares, numbers=1 + len(OUTCOMES)),
        "<h2>Messages of failed checks, the commonest first</h2>",
        _table(["exercise", "students", "message"], messages, numbers=1)
        if messages
        else "<p>None.</p>",
        '<p class="small">Messages that differ only in numbers count as one.</p>',
        "<h2>For a person to look at</h2>",
        _table(["student", "kind", "remarks"], attention) if attention else "<p>No remarks.</p>",
    ]
    for whose, students in (
        ("Answers to mark, and in the table above", both),
        ("Only written answers to mark", written),
    ):
        if students:
            parts.append(f"<p>{whose}: {html.escape(', '.join(students))}</p>")
    parts += _alike(found)
    if late:
        head = ["student", "late by", "points lost", "points left"]
        parts += ["<h2>Handed in late</h2>", _table(head, late, numbers=3)]
    if missing:
        parts.append(f"<h2>Nothing handed in</h2><p>{html.escape(', '.join(missing))}</p>")
    return "\n".join([*parts, "</body></html>\n"])


def write_report(root: Path, lesson: str, folder: Path | None = None) -> Path:
    """Write ``<lesson>.html`` and ``<lesson>.png``; returns the path of the page.

    The picture names no student, the page does.

    Args:
        root: the course's folder.
        lesson: the lesson's slug.
        folder: where to; ``artifacts/reports`` of the course by default.
    """
    found = gather_graded(root, lesson)
    folder = Path(folder) if folder else Path(root) / "artifacts" / "reports"
    from course_utils.grading.desk.class_picture import picture  # matplotlib, for whom it is drawn

    buffer = io.BytesIO()
    picture(found).savefig(buffer, format="png", dpi=120, facecolor="white")
    write_atomically(folder / f"{lesson}.png", buffer.getvalue())
    write_atomically(folder / f"{lesson}.html", page(found, buffer.getvalue()).encode())
    return folder / f"{lesson}.html"
