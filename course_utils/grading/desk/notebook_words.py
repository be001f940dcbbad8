"""What an autograded notebook says of a learner's work."""

import json
import re
from pathlib import Path

from course_utils.grading.desk.verdicts import error_words
from course_utils.grading.intake.course_files import NOTE

STUB = "NotImplementedError"
MAX_MESSAGE = 300  # characters


def plain(text: str | None) -> str:
    """One line of plain text: no colours of a terminal, no control characters, cut to size."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text or "")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"


def read_notebook(path: Path) -> tuple[list[dict], dict]:
    """Cells of a notebook and the grader's notes on it; none of what cannot be read."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [], {}
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook["cells"], notebook.get("metadata", {}).get(NOTE, {})


def _marks_of(cell: dict) -> dict:
    """nbgrader's marks on a cell."""
    return cell["metadata"].get("nbgrader", {})


def name_of(cell: dict) -> str | None:
    """By which nbgrader knows a cell; None for one that it does not know."""
    return _marks_of(cell).get("grade_id")


def answers_in(cells: list[dict]) -> dict[str, dict]:
    """The code cells that are answers, by name."""
    return {
        name_of(cell): cell
        for cell in cells
        if _marks_of(cell).get("solution") and cell["cell_type"] == "code"
    }


def error_of(cell: dict) -> tuple[str, str] | None:
    """Name and message of the last error among a cell's outputs."""
    errors = [out for out in cell.get("outputs", []) if out["output_type"] == "error"]
    return (plain(errors[-1]["ename"]), plain(errors[-1]["evalue"])) if errors else None


def messages_of(cells: list[dict]) -> dict[str, str]:
    """Check's name -> why it failed, or :data:`STUB` if there is nothing in the exercise yet."""
    answers = answers_in(cells)
    found, before = {}, None
    for cell in cells:
        name, error = name_of(cell), error_of(cell)
        graded = _marks_of(cell).get("grade")
        if name in answers and not graded:
            before = name
        elif graded and error:
            own = name.removeprefix("check_")
            # the answer's own error is the cause: the check only misses what it did not define
            answer = answers.get(own if own in answers else before)
            cause = (answer and error_of(answer)) or error
            found[name] = STUB if cause[0] == STUB else error_words(*cause)
    return found


def late_cells(cells: list[dict]) -> list[str]:
    """What is to be said of the cells that were stopped since they took too long."""
    errors = [(name_of(cell) or "another cell", error_of(cell)) for cell in cells]
    late = [(name, error) for name, error in errors if error and error[0] == "CellTimeoutError"]
    return [f"{name}: {words}" for name, (_, words) in late]
