"""What `course grade` has nbgrader do: score a student, and make pages of feedback."""

import contextlib
import copy
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
from course_utils.grading.desk.scoring import AutogradeStaged
from course_utils.grading.intake.staging import STAGED, Staged

# of the steps, and of nbgrader's gradebook, which logs every error's traceback before it raises
LOGGERS = ("traitlets", "tornado.application")


def api_of(config: Config) -> NbGraderAPI:
    """nbgrader's own commands, on what was staged of this course."""
    config = copy.deepcopy(config)
    config.CourseDirectory.submitted_directory = str(STAGED)
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def score(api: NbGraderAPI, lesson: str, one: Staged) -> str | None:
    """Score one student's submission; returns why there are no points."""
    with _quiet(), temp_attrs(api.coursedir, assignment_id=lesson, student_id=one.student):
        step = AutogradeStaged(coursedir=api.coursedir, parent=api)
        step.staged, step.force = one, True
        return _what_failed(api, capture_log(step))


def make_feedback(api: NbGraderAPI, lesson: str, student: str) -> str | None:
    """Make one student's page of feedback; returns why there is none."""
    with _quiet():
        return _what_failed(api, api.generate_feedback(lesson, student, force=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep nbgrader's logs off the screen: what matters of them is in the summary."""
    with contextlib.ExitStack() as stack:
        for name in LOGGERS:
            silent = {"propagate": False, "handlers": [logging.NullHandler()]}
            stack.enter_context(temp_attrs(logging.getLogger(name), **silent))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", SAWarning)  # of nbgrader's ways with SQLAlchemy
        yield


def _what_failed(api: NbGraderAPI, told: dict) -> str | None:
    """The line of nbgrader's log that says what went wrong, if anything did.

    What nbgrader takes for one student's failure, and what is everyone's, is let through.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        DiskFullError: there is no room left.
        GradebookError: the gradebook is damaged.
    """
    if told["success"]:
        return None
    log, error = told.get("log", ""), told.get("error", "")
    if error.endswith("\nKeyboardInterrupt\n"):
        raise KeyboardInterrupt
    raise_in_words(log + error, gradebook_path(api.config), Path(api.coursedir.root))
    lines = [line for line in log.splitlines() if line.strip()]
    # neither nbgrader's own lines, nor a traceback's, nor SQLAlchemy's advertisement
    beside = ("[", " ", "Traceback", "(Background on")
    errors = [line for line in lines if not line.startswith(beside)]
    return (errors or lines or ["nbgrader gave no reason"])[-1][:500]
