"""Tables of points for spreadsheets, Canvas and Moodle, from what :mod:`insight` gathers."""

import csv
import io
from pathlib import Path

from course_utils.grading.desk.insight import Insight, gather_graded, points_text, waiting_words
from course_utils.grading.desk.summary import counted
from course_utils.paths import write_atomically


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _as_csv(found: Insight) -> list[list[str]]:
    names = [exercise.name for exercise in found.exercises]
    head = ["student_id", "last_name", "first_name", "email", "submitted", "score"]
    rows = [[*head, "late_penalty", "max_score", "waits_for_marks", *names]]
    for row in found.rows:
        who = map(_cell, (row.student, row.last_name, row.first_name, row.email))
        marks = [row.submitted, points_text(row.score), points_text(row.penalty)]
        marks += [f"{found.max_score:g}", " ".join(row.waiting)]
        rows.append([*who, *marks, *(points_text(row.points.get(name)) for name in names)])
    return rows


def _as_canvas(found: Insight) -> list[list[str]]:
    """Canvas finds a student by ID, else by SIS login, else by name; an empty grade stays as is."""
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", found.lesson],
        ["    Points Possible", "", "", "", "", f"{found.max_score:g}"],
    ]
    for row in found.rows:
        own_id = row.lms_id if row.lms_id.isdigit() else ""
        name = ", ".join(part for part in (row.last_name, row.first_name) if part) or row.student
        who = [_cell(name), own_id, "", _cell(row.student), ""]
        rows.append([*who, points_text(row.score)])
    return rows


def _as_moodle(found: Insight) -> list[list[str]]:
    """The columns of Moodle's own export; only graded students, since a gap erases a grade."""
    item = f"Assignment: {found.lesson} (Real)"
    rows = [["First name", "Last name", "Username", "ID number", "Email address", item]]
    for row in found.graded():
        who = (row.first_name, row.last_name, row.student, row.lms_id, row.email)
        rows.append([*map(_cell, who), points_text(row.score)])
    return rows


LAYOUTS = {"csv": _as_csv, "canvas": _as_canvas, "moodle": _as_moodle}
ABSENT = {  # what becomes of students without graded work
    "csv": "a row without score",
    "canvas": "a row without grade: Canvas keeps its own",
    "moodle": "left out: a gap would erase",
}


def export(root: Path, lesson: str, layout: str, path: Path) -> str:
    """Write a lesson's points as CSV in one of the :data:`LAYOUTS`; returns what to tell of it."""
    if layout not in LAYOUTS:
        raise ValueError(f"unknown layout {layout!r}: use {', '.join(LAYOUTS)}")
    found = gather_graded(root, lesson)
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(LAYOUTS[layout](found))
    # Excel takes a file without a byte order mark for one of its own encoding; Canvas and Moodle
    # read both
    write_atomically(path, buffer.getvalue().encode("utf-8-sig"))
    graded = found.graded()
    words = [f"wrote {path}: {counted(len(graded), 'student')} with points"]
    if waiting := waiting_words(found):
        words.append(f"still to be marked by a person: {waiting}")
    if absent := len(found.rows) - len(graded):
        words.append(f"without graded work: {absent} ({ABSENT[layout]})")
    nameless = sum(not row.email for row in graded)
    if layout == "moodle" and nameless:
        words.append(
            f"without e-mail address in the gradebook: {nameless}; map Username, or add addresses "
            "with `nbgrader db student add ID --email=…`"
        )
    return "; ".join(words)
