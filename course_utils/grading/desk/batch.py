"""The work of one ``course grade``: read, run, score, tell. See :mod:`grade`, its front door."""

import contextlib
import copy
import logging
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from nbgrader import utils
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from course_utils.grading.desk.gradebook_file import gradebook_path, keep_copy, raise_in_words
from course_utils.grading.desk.plan import DONE, SCORE, Plan, key_of, make_plan
from course_utils.grading.desk.rows import first_rows, rows_of
from course_utils.grading.desk.summary import Options, Summary
from course_utils.grading.host import sandbox, scheduling
from course_utils.grading.host.warmed import Warmed
from course_utils.grading.intake.course_files import STORE, gradebook_at
from course_utils.grading.intake.jobs import ResultStore
from course_utils.grading.intake.staging import STAGED, Staged

# of the steps, and of nbgrader's gradebook, which logs every error's traceback before it raises
LOGGERS = ("traitlets", "tornado.application")


class Batch:
    """Some lessons that are graded together; the caller holds the course's lock."""

    def __init__(
        self,
        root: Path,
        config: Config,
        options: Options,
        progress: Callable[[str, int, int], None],
        warmed: Warmed | None = None,
    ):
        self.root, self.config, self.options, self.progress = root, config, options, progress
        self.warmed = warmed  # a worker that was started before it was known what there is to do
        self.start, self.store = time.perf_counter(), ResultStore(root / STORE)
        self.plans: list[Plan] = []
        config = copy.deepcopy(config)  # for nbgrader's own commands
        config.CourseDirectory.submitted_directory = str(STAGED)
        self.api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)

    def grade(self, lessons: list[str], students: list[str] | None) -> list[Summary]:
        """Stage what was handed in, find what is to be done, and do or only tell it."""
        shutil.rmtree(self.root / STAGED, ignore_errors=True)  # a killed run's
        about = self.options, self.store, self.progress
        try:
            for lesson in lessons:
                self.plans.append(make_plan(self.root, self.config, lesson, students, *about))
            with _quiet():
                return self._preview() if self.options.dry_run else self._run()
        finally:
            shutil.rmtree(self.root / STAGED, ignore_errors=True)

    def _preview(self) -> list[Summary]:
        """What a run would do; neither gradebook nor results change."""
        summaries = []
        for plan in self.plans:
            summary = self._summary(plan, ran=0)
            summary.rows = first_rows(plan)
            summaries.append(summary)
        return summaries

    def _run(self) -> list[Summary]:
        """Execute, score and tell."""
        if path := gradebook_path(self.config):
            keep_copy(path, self.root)
        wanted = {key: job for plan in self.plans for key, job in plan.wanted.items()}
        level, missing = "", {}
        if wanted and self.options.scheduler:  # on other machines each worker probes for itself
            level = f"as the workers of {self.options.scheduler} have it"
        elif wanted:  # refuses before work is spread
            level = sandbox.probe(self.options.sandbox).level_text
        for plan in self.plans:
            plan.write()
        if wanted:
            missing = self._execute(wanted)
        return [self._finish(plan, missing, level) for plan in self.plans]

    def _execute(self, wanted: dict[str, dict]) -> dict[str, str]:
        """Run jobs, and score whoever is done; returns why a key has no result."""
        came, options = set(), self.options

        def tell(done: int, total: int, key: str) -> None:
            self.progress("running", done, total)
            came.add(key)
            for plan in self.plans:
                ready = [one for one in plan.todo.values() if key_of(one) == key]
                for one in ready:
                    plan.came_to(one.student, SCORE)
                for one in ready:
                    self._score(plan, one)

        self.progress("running", 0, len(wanted))  # the sandbox takes some seconds to warm up
        try:
            scheduling.run_jobs(
                list(wanted.values()),
                self.store,
                workers=options.workers,
                scheduler=options.scheduler,
                sandbox=options.sandbox,
                progress=tell,
                warmed=self.warmed,
            )
        except scheduling.SchedulingError as error:
            return {key: error.missing.get(key, str(error)) for key in wanted.keys() - came}
        return {}

    def _score(self, plan: Plan, one: Staged) -> None:
        """Have nbgrader score one student's submission."""
        del plan.todo[one.student]
        coursedir, student = self.api.coursedir, one.student
        with utils.temp_attrs(coursedir, assignment_id=plan.lesson, student_id=student):
            step = AutogradeStaged(coursedir=coursedir, parent=self.api)
            step.staged, step.force = one, True
            told = utils.capture_log(step)
        if problem := self._what_failed(told):
            plan.problems[student] = problem
        else:
            plan.came_to(student, DONE)

    def _what_failed(self, told: dict) -> str | None:
        """The line of nbgrader's log that says what went wrong with a student, if anything did.

        Raises:
            KeyboardInterrupt: Ctrl-C, which nbgrader takes for one student's failure.
            GradeError: the disk is full or the gradebook damaged, for the next student as well.
        """
        if told["success"]:
            return None
        log, error = told.get("log", ""), told.get("error", "")
        if error.endswith("\nKeyboardInterrupt\n"):
            raise KeyboardInterrupt
        raise_in_words(log + error, gradebook_path(self.config), self.root)
        lines = [line for line in log.splitlines() if line.strip()]
        # neither nbgrader's own lines, nor a traceback's, nor SQLAlchemy's advertisement
        beside = ("[", " ", "Traceback", "(Background on")
        errors = [line for line in lines if not line.startswith(beside)]
        return (errors or lines or ["nbgrader gave no reason"])[-1][:500]

    def _finish(self, plan: Plan, missing: dict[str, str], level: str) -> Summary:
        """Score all others of a lesson; those whose jobs have no result keep their old points."""
        left = list(plan.todo.values())
        for done, one in enumerate(left, start=1):
            if key_of(one) in missing:
                plan.problems[one.student] = missing[key_of(one)]
            else:
                self._score(plan, one)
            self.progress(f"scoring {plan.lesson}", done, len(left))
        ran = len(plan.wanted.keys() - missing.keys())
        summary = self._summary(plan, ran, level if ran else "")
        summary.rows = rows_of(plan, plan.problems, self.config)
        if self.options.feedback:
            self._make_feedback(plan.lesson, summary)
        summary.seconds = time.perf_counter() - self.start
        plan.end()
        return summary

    def _make_feedback(self, lesson: str, summary: Summary) -> None:
        graded = [row for row in summary.rows.items() if row[1].state != "no verdict"]
        for done, (student, row) in enumerate(graded, start=1):
            told = self.api.generate_feedback(lesson, student, force=True)
            if problem := self._what_failed(told):
                row.problem = f"no feedback: {problem}"
            self.progress(f"feedback {lesson}", done, len(graded))

    def _summary(self, plan: Plan, ran: int, level: str = "") -> Summary:
        return Summary(
            plan.lesson,
            {},
            sandbox=level,
            to_run=len(plan.wanted),
            ran=ran,
            stored=len(plan.jobs) - len(plan.wanted),
            resumed=plan.resumed,
            dry_run=self.options.dry_run,
        )


class AutogradeStaged(Autograde):
    """nbgrader's own autograding, of submissions that `course grade` has staged.

    Every notebook is there, under its name, so that one connection to the gradebook does where
    nbgrader opens six: half of the time that it needs for a student.
    """

    staged = None  # the :class:`Staged` submission, which the steps find in their resources

    def init_single_notebook_resources(self, notebook_filename):
        """Tell the steps what was found before nbgrader ran."""
        resources = super().init_single_notebook_resources(notebook_filename)
        return resources | {"staged": self.staged}

    def init_assignment(self, assignment_id, student_id):
        """Copy files that belong to the assignment; know the student and the submission."""
        BaseConverter.init_assignment(self, assignment_id, student_id)
        coursedir = self.coursedir
        when = coursedir.get_existing_timestamp(self._format_source(assignment_id, student_id))
        with gradebook_at(coursedir.db_url, coursedir.course_id) as gradebook:
            gradebook.update_or_create_student(student_id)
            gradebook.update_or_create_submission(assignment_id, student_id, timestamp=when)
        source = coursedir.format_path(coursedir.source_directory, ".", assignment_id)
        for path in utils.find_all_files(source, [*coursedir.ignore, "*.ipynb"]):
            name = os.path.relpath(path, source)
            if name not in self.exclude_overwriting.get(assignment_id, []):
                target = Path(self._format_dest(assignment_id, student_id), name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(path, target)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep nbgrader's logs off the screen: what matters of them is in the summary."""
    with contextlib.ExitStack() as stack:
        for name in LOGGERS:
            silent = {"propagate": False, "handlers": [logging.NullHandler()]}
            stack.enter_context(utils.temp_attrs(logging.getLogger(name), **silent))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", SAWarning)  # of nbgrader's ways with SQLAlchemy
        yield
