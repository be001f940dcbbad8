"""What an autograded notebook says of a learner's work. No schema is asked of it."""

import json
import re
from pathlib import Path

from course_utils.grading.desk.verdicts import error_words
from course_utils.grading.intake.course_files import NOTE

STUB = "NotImplementedError"
MAX_MESSAGE = 300  # characters


def plain(text, limit: int = MAX_MESSAGE) -> str:
    """One line of plain text: no colours of a terminal, no control characters, cut to size."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text if isinstance(text, str) else "")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def read_notebook(path: Path) -> tuple[list[dict], dict]:
    """Cells of a notebook and the grader's notes on it; none of what cannot be read.

    No schema is asked for: it is only shown.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
        note = notebook.get("metadata", {}).get(NOTE)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return [], {}
    return cells, note if isinstance(note, dict) else {}


def marks_of(cell: dict) -> dict:
    """nbgrader's marks on a cell."""
    marks = cell.get("metadata", {}).get("nbgrader", {})
    return marks if isinstance(marks, dict) else {}


def error_of(cell: dict) -> tuple[str, str] | None:
    """Name and message of the last error among a cell's outputs."""
    for output in reversed(cell.get("outputs") or []):
        if isinstance(output, dict) and output.get("output_type") == "error":
            return plain(output.get("ename"), 80), plain(output.get("evalue"))
    return None


def messages_of(cells: list[dict]) -> dict[str, str]:
    """Check's name -> why it failed, or :data:`STUB` if there is nothing in the exercise yet."""
    answers = {
        str(marks_of(cell).get("grade_id")): error_of(cell)
        for cell in cells
        if marks_of(cell).get("solution") and cell.get("cell_type") == "code"
    }
    found, before = {}, None
    for cell in cells:
        marks, error = marks_of(cell), error_of(cell)
        name = str(marks.get("grade_id"))
        if name in answers and not marks.get("grade"):
            before = name
        elif marks.get("grade") and error:
            own = name.removeprefix("check_")
            # the answer's own error is the cause: the check only misses what it did not define
            cause = answers.get(own if own in answers else before) or error
            found[name] = STUB if cause[0] == STUB else error_words(*cause)
    return found


def late_cells(cells: list[dict]) -> list[str]:
    """What is to be said of the cells that were stopped since they took too long."""
    errors = [
        (str(marks_of(cell).get("grade_id") or "another cell"), error_of(cell)) for cell in cells
    ]
    return [
        f"{name}: {error[1]}" for name, error in errors if error and error[0] == "CellTimeoutError"
    ]


def answers_in(cells: list[dict]) -> dict[str, str]:
    """Sources of the code cells that are answers, by name."""
    return {
        str(marks_of(cell).get("grade_id")): text_of(cell)
        for cell in cells
        if marks_of(cell).get("solution") and cell.get("cell_type") == "code"
    }


def text_of(cell: dict) -> str:
    """A cell's source, which may be a list of lines; empty if it is neither."""
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
