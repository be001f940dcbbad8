"""What an autograded notebook says of a learner's work: the grader's notes, answers, time-outs."""

import json
import re
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from course_utils.grading.desk.summary import UNTOUCHED
from course_utils.grading.desk.verdicts import Verdict
from course_utils.grading.intake.course_files import NOTE
from course_utils.grading.intake.released import Released

MAX_MESSAGE = 300  # characters


def said_of(given: dict[str, Verdict], job: dict, released: Released) -> dict[str, list[str]]:
    """What is to be said of each check, the cause first, for the notes."""
    sources = {cell["id"]: cell["source"].strip() for cell in job["cells"]}
    said = {}
    for check, verdict in given.items():
        answer = released.answer_of(check)
        stub = released.cells[answer].stub.strip() if answer in sources else None
        untouched = verdict.reasons and stub and sources[answer] == stub
        said[check] = [UNTOUCHED] if untouched else verdict.reasons
    return said


def read_notebook(
    coursedir: CourseDirectory, step: str, student: str, lesson: str, name: str
) -> tuple[list[dict], dict]:
    """Cells of a notebook and the grader's notes on it; none of what cannot be read."""
    path = Path(coursedir.format_path(step, student, lesson), f"{name}.ipynb")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [], {}
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook["cells"], notebook.get("metadata", {}).get(NOTE, {})


def name_of(cell: dict) -> str | None:
    """By which nbgrader knows a cell; None for one that it does not know."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def answers_in(cells: list[dict]) -> dict[str, str]:
    """Sources of the code cells that are answers, by name."""
    return {
        name_of(cell): cell["source"]
        for cell in cells
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution")
    }


def late_cells(cells: list[dict]) -> list[str]:
    """What is to be said of the cells that were stopped since they took too long."""
    return [
        f"{name_of(cell) or 'another cell'}: {output['evalue']}"
        for cell in cells
        for output in cell.get("outputs", [])
        if output.get("ename") == "CellTimeoutError"
    ]


def plain(text: str | None) -> str:
    """One line of plain text: no colours of a terminal, no control characters, cut to size."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text or "")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
