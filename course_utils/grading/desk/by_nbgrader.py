"""What `course grade` has nbgrader do: score student after student, and make feedback."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log, temp_attrs
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from course_utils.grading.desk.gradebook_file import gradebook_path, raise_in_words
from course_utils.grading.desk.plan import Plan, Store
from course_utils.grading.desk.scoring import AutogradeStaged
from course_utils.grading.desk.summary import Summary
from course_utils.grading.intake.staging import STAGED, Staged

# of the steps, and of nbgrader's gradebook, which logs every error's traceback before it raises
LOGGERS = ("traitlets", "tornado.application")


def api_of(config: Config) -> NbGraderAPI:
    """nbgrader's own commands, on this course."""
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep nbgrader's logs off the screen: what matters of them is in the summary."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before, silent = [logger.propagate for logger in loggers], logging.NullHandler()
    for logger in loggers:
        logger.propagate = False
        logger.addHandler(silent)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of nbgrader's ways with SQLAlchemy
            yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(silent)
            logger.propagate = propagate


class Scoring:
    """Has nbgrader score the students of a lesson who need it; ``problems`` by student."""

    def __init__(self, root: Path, config: Config, plan: Plan, store: Store):
        self.root, self.config = root, config
        self.plan, self.store, self.problems = plan, store, {}
        self.todo = {one.student: one for one in plan.staged if one.student not in plan.current}
        config = Config(config)
        config.CourseDirectory.submitted_directory = str(STAGED)
        config.SandboxExecute.run_missing = False
        config.Repair.notes = {
            one.student: {"repairs": one.odd, "refused": one.hopeless, "undated": one.undated}
            for one in self.todo.values()
            if one.odd or one.hopeless or one.undated
        }
        self.api = api_of(config)

    def _waits(self, one: Staged) -> bool:
        """Whether this student's points still wait for a result."""
        key = one.job and one.job["key"]
        return key in self.plan.wanted and key not in self.store.received

    def came(self, key: str) -> None:
        """Score whoever waited for this job's result."""
        for one in list(self.todo.values()):
            if one.job and one.job["key"] == key and not self._waits(one):
                self._score(one)

    def finish(self, refusals: dict[str, str], progress) -> None:
        """Score all others; those whose jobs have no result keep their old points."""
        left = list(self.todo.values())
        for done, one in enumerate(left, start=1):
            if self._waits(one):
                self.problems[one.student] = refusals.get(one.job["key"], "it was not executed")
            else:
                self._score(one)
            progress(f"scoring {self.plan.lesson}", done, len(left))

    def _score(self, one: Staged) -> None:
        del self.todo[one.student]
        with (
            quiet(),
            temp_attrs(self.api.coursedir, assignment_id=self.plan.lesson, student_id=one.student),
        ):
            step = AutogradeStaged(coursedir=self.api.coursedir, parent=self.api)
            step.force = True
            told = capture_log(step)
        stop_if_all_is_over(told, self.root, self.config)
        if told["success"]:
            self.plan.unfinished.scored(one.student)
        else:
            self.problems[one.student] = last_words(told)


def stop_if_all_is_over(told: dict, root: Path, config: Config) -> None:
    """Let through what nbgrader takes for one student's failure, and what is everyone's.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        DiskFullError: there is no room left.
        GradebookError: the gradebook is damaged.
    """
    if told["success"]:
        return
    if told.get("error", "").endswith("\nKeyboardInterrupt\n"):
        raise KeyboardInterrupt
    raise_in_words(f"{told.get('log')}{told.get('error')}", gradebook_path(config), root)


def last_words(told: dict) -> str:
    """The line of nbgrader's log that says what went wrong."""
    lines = [line for line in told.get("log", "").splitlines() if line.strip()]
    # neither nbgrader's own lines, nor a traceback's, nor SQLAlchemy's advertisement
    beside = ("[", " ", "Traceback", "(Background on")
    errors = [line for line in lines if not line.startswith(beside)]
    return (errors or lines or ["nbgrader gave no reason"])[-1][:500]


def make_feedback(root: Path, config: Config, lesson: str, summary: Summary, progress) -> None:
    """Make the pages of feedback; a student without one gets a ``problem``."""
    api = api_of(config)
    done = [student for student, row in summary.rows.items() if row.state != "no verdict"]
    with quiet():
        for place, student in enumerate(done, start=1):
            told = api.generate_feedback(lesson, student, force=True)
            stop_if_all_is_over(told, root, config)
            if not told["success"]:
                summary.rows[student].problem = f"no feedback: {last_words(told)}"
            progress(f"feedback {lesson}", place, len(done))
