"""The closing table of a run: what became of each student's submission."""

import contextlib

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course_utils.grading.desk.plan import Plan
from course_utils.grading.desk.summary import BELOW, Row, counted
from course_utils.grading.desk.verdicts import Verdict, verdicts
from course_utils.grading.intake.released import Released


def first_rows(plan: Plan) -> dict[str, Row]:
    """What is known before anything runs; folders that nobody can be graded from stand last."""
    rows = {
        one.student: Row(
            "unchanged" if one.student in plan.current else "to grade",
            repairs=one.repairs,
            hopeless=one.hopeless,
            asks=one.asks,
        )
        for one in plan.staged
    }
    return rows | {student: Row("no verdict", problem=why) for student, why in plan.unfit.items()}


def rows_of(plan: Plan, problems: dict[str, str], store, config: Config) -> dict[str, Row]:
    """The closing table, with points as the gradebook has them, less what lateness costs."""
    rows = first_rows(plan)
    with Gradebook(CourseDirectory(config=config).db_url) as gradebook:
        for one in plan.staged:
            row = rows[one.student]
            row.problem = problems.get(one.student)
            if row.problem:
                row.state = "no verdict"
            elif row.state == "to grade":
                row.state = "graded"
            given = {}
            if one.job and (result := store.get(one.job["key"])):
                row.seconds = result["seconds"]
                given = verdicts(one.job, result, {"hopeless": None}, plan.released)
                _tell_failures(row, one.job, given, plan.released)
            with contextlib.suppress(MissingEntry):
                entry = gradebook.find_submission(plan.lesson, one.student)
                row.late = float(entry.total_seconds_late)
                row.penalty = float(entry.late_submission_penalty or 0.0)
                row.points, row.most = max(0.0, entry.score - row.penalty), entry.max_score
                row.review = bool(entry.needs_manual_grade)
                row.waits = _waits(entry, given)
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


def _waits(entry, given: dict[str, Verdict]) -> list[str]:
    """What a person is needed for in a submission, as the gradebook has it."""
    written, others = 0, []
    grades = [one for notebook in entry.notebooks for one in notebook.grades]
    for one in (one for one in grades if one.needs_manual_grade):
        if one.name in given and given[one.name].review:
            others.append("check without a verdict")
        elif one.manual_score is not None:
            others.append("points given by hand before")
        elif one.auto_score is None:
            written += 1
    marking = [f"{counted(written, 'written answer')} to mark"] if written else []
    return [*dict.fromkeys(others), *marking]
