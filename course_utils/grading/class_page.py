"""The page and the picture of a class, from what :mod:`insight` gathers."""

import base64
import html
import io
import math
from datetime import date
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from course_utils.grading.insight import (
    KINDS,
    OUTCOMES,
    Insight,
    counted,
    gather_graded,
    median,
    points_text,
    waiting_words,
)
from course_utils.grading.summary import duration
from course_utils.paths import write_atomically
from course_utils.plots import COLORS, GREY


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
    checked = [e for e in found.exercises if not e.written]
    if checked:
        hardest = min(checked, key=lambda e: e.share("full points"))
        words.append(
            f"The hardest exercise is {hardest.title}: {hardest.share('full points'):.0%} have its "
            f"full points, {hardest.share('not attempted'):.0%} did not attempt it."
        )
        if hardest.messages:
            message, count = hardest.commonest(1)[0]
            told = f"({count} of {len(graded)}): “{message}”"
            if count > 1:
                words.append(f"The commonest message there {told}")
            elif len(hardest.messages) == 1:
                words.append(f"The only message there {told}")
            else:
                words.append(f"No two of the {len(hardest.messages)} messages there are alike.")
    times = [row.seconds for row in graded if row.seconds is not None]
    if times:
        words.append(
            f"A notebook took {median(times):.1f} s to grade (median), the longest "
            f"{max(times):.1f} s."
        )
    return words


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
    for outcome, color in OUTCOMES.items():
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


def page(found: Insight, png: bytes) -> str:
    """The report as one HTML file: no script, nothing fetched, every foreign text escaped."""
    words = in_words(found)
    title = f"{found.lesson}: how the class did"
    outcomes = list(OUTCOMES)
    shares = [
        [e.title, f"{e.points:g}", *(f"{e.share(outcome):.0%}" for outcome in outcomes)]
        for e in found.exercises
    ]
    messages = [
        [e.title, count, message] for e in found.exercises for message, count in e.commonest()
    ]
    repeated = any(count > 1 for _, count, _ in messages)
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
        _table(["exercise", "points", *outcomes], shares, numbers=1 + len(outcomes)),
        f"<h2>{'Commonest messages' if repeated else 'Messages'} of failed checks</h2>",
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

    Raises:
        FileNotFoundError: there is no gradebook.
        ValueError: the gradebook does not know the lesson, or nothing of it is graded.
    """
    found = gather_graded(root, lesson)
    folder = Path(folder) if folder else Path(root) / "artifacts" / "reports"
    buffer = io.BytesIO()
    picture(found).savefig(buffer, format="png", dpi=120, facecolor="white")
    write_atomically(folder / f"{lesson}.png", buffer.getvalue())
    write_atomically(folder / f"{lesson}.html", page(found, buffer.getvalue()).encode())
    return folder / f"{lesson}.html"
