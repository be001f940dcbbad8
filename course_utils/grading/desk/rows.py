"""The closing table of a run: what became of each student's submission."""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course_utils.grading.desk.plan import Plan
from course_utils.grading.desk.summary import BELOW, Row, Summary, counted
from course_utils.grading.desk.verdicts import Verdict, verdicts
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.staging import Staged
from course_utils.grading.shared import WORK
from course_utils.paths import write_atomically


def new_row(one: Staged, state: str) -> Row:
    """A row with what is known before anything runs."""
    return Row(state, repairs=one.repairs, hopeless=one.hopeless, asks=one.asks)


def unfit_rows(plan: Plan) -> dict[str, Row]:
    """Rows of folders that nobody can be graded from."""
    return {student: Row("no verdict", problem=why) for student, why in plan.unfit.items()}


def rows_of(plan: Plan, problems: dict[str, str], store, config: Config) -> dict[str, Row]:
    """The closing table, with points as the gradebook has them, less what lateness costs."""
    rows = {}
    with Gradebook(CourseDirectory(config=config).db_url) as gradebook:
        for one in plan.staged:
            row = new_row(one, "unchanged" if one.student in plan.current else "graded")
            rows[one.student] = row
            row.problem = problems.get(one.student)
            if row.problem:
                row.state = "no verdict"
            if one.job and (result := store.get(one.job["key"])):
                row.seconds = result["seconds"]
                given = verdicts(one.job, result, plan.released)
                _tell_failures(row, one.job, given, plan.released)
            with contextlib.suppress(MissingEntry):
                entry = gradebook.find_submission(plan.lesson, one.student)
                row.late = float(entry.total_seconds_late)
                row.penalty = float(entry.late_submission_penalty or 0.0)
                row.points, row.most = max(0.0, entry.score - row.penalty), entry.max_score
                row.review = bool(entry.needs_manual_grade)
                row.waits = _waits(entry)
                if row.review and (row.hopeless or row.asks):
                    row.waits.insert(0, BELOW)
    return rows


def _tell_failures(row: Row, job: dict, given: dict[str, Verdict], released: Released) -> None:
    """Note in a row which exercises were not attempted, and what is to be said of others."""
    cells = {cell["id"]: cell for cell in job["cells"]}
    row.exercises += len({released.answer_of(check) or check for check in given})
    for check, verdict in given.items():
        if verdict.points >= cells[check]["points"] and not verdict.reasons:
            continue
        answer = released.answer_of(check)
        stub = released.cells[answer].stub if answer in cells else None
        if stub and cells[answer]["source"].strip() == stub.strip():
            row.untouched += [answer] if answer not in row.untouched else []
        elif verdict.reasons:
            row.failures[check] = " ".join(verdict.reasons)


def _waits(entry) -> list[str]:
    """What a person is needed for in a submission, as the gradebook has it."""
    written, others = 0, []
    grades = [one for notebook in entry.notebooks for one in notebook.grades]
    for one in (one for one in grades if one.needs_manual_grade):
        if one.manual_score is not None:
            others.append("points given by hand before")
        elif one.auto_score is None:
            written += 1
    marking = [f"{counted(written, 'written answer')} to mark"] if written else []
    return [*dict.fromkeys(others), *marking]


def remember(root: Path, summary: Summary) -> None:
    """Keep the summary for ``course report``; rows of students not in this run stay."""
    path = root / WORK / f"{summary.lesson}.json"
    known = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(path.read_text(encoding="utf-8"))["students"]
    known |= {student: asdict(row) for student, row in summary.rows.items()}
    content = json.dumps({"lesson": summary.lesson, "students": known}, indent=1)
    write_atomically(path, content.encode())
