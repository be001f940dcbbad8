"""The closing table of a run: what became of each student's submission."""

import contextlib

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course_utils.grading.desk.notebook_words import read_notebook
from course_utils.grading.desk.plan import Plan
from course_utils.grading.desk.summary import BELOW, Row, counted


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


def rows_of(plan: Plan, problems: dict[str, str], config: Config) -> dict[str, Row]:
    """The closing table, with points as the gradebook has them, less what lateness costs."""
    rows, coursedir = first_rows(plan), CourseDirectory(config=config)
    with Gradebook(coursedir.db_url) as gradebook:
        for one in plan.staged:
            row = rows[one.student]
            row.problem = problems.get(one.student)
            if row.problem:
                row.state = "no verdict"
            else:
                row.state = "unchanged" if row.state == "unchanged" else "graded"
                where = coursedir.autograded_directory, one.student, plan.lesson
                _, note = read_notebook(coursedir, *where, plan.released.notebook)
                row.said = note.get("said", {})
            with contextlib.suppress(MissingEntry):
                entry = gradebook.find_submission(plan.lesson, one.student)
                row.late = float(entry.total_seconds_late)
                row.penalty = float(entry.late_submission_penalty or 0.0)
                row.points, row.most = max(0.0, entry.score - row.penalty), entry.max_score
                row.waits = _waits(entry, bool(row.hopeless or row.asks))
    return rows


def _waits(entry, asks: bool) -> list[str]:
    """What a person is needed for; a submission that ``asks`` waits with its first graded cell."""
    grades = [grade for notebook in entry.notebooks for grade in notebook.grades]
    waiting = [grade for grade in grades if grade.needs_manual_grade]
    by_hand = any(grade.manual_score is not None for grade in waiting)
    left = [grade.auto_score for grade in waiting if grade.manual_score is None]
    written = left.count(None)
    waits = [BELOW] if asks and waiting else []
    waits += ["points given by hand before"] if by_hand else []
    waits += ["check without a verdict"] if len(left) > written and not asks else []
    return waits + ([f"{counted(written, 'written answer')} to mark"] if written else [])
