"""The work of one ``course grade``: read, run, score, tell. See :mod:`grade`, its front door."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from traitlets.config import Config

from course_utils.grading.desk.by_nbgrader import Scoring, make_feedback
from course_utils.grading.desk.plan import Plan, Store, make_plan
from course_utils.grading.desk.rows import first_rows, rows_of
from course_utils.grading.desk.summary import Options, Summary
from course_utils.grading.intake.course_files import STORE
from course_utils.grading.intake.staging import STAGED


class Batch:
    """Some lessons that are graded together; the caller holds the course's lock."""

    def __init__(
        self,
        root: Path,
        config: Config,
        options: Options,
        progress: Callable[[str, int, int], None],
    ):
        self.root, self.config, self.options, self.progress = root, config, options, progress
        self.start = time.perf_counter()
        self.store = Store(root / STORE)
        self.plans: list[Plan] = []

    def read(self, lessons: list[str], students: list[str] | None) -> None:
        """Stage what was handed in, and find what is to be done."""
        shutil.rmtree(self.root / STAGED, ignore_errors=True)
        about = self.options.regrade, self.options.sandbox, self.store, self.progress
        self.plans = [
            make_plan(self.root, self.config, lesson, students, *about) for lesson in lessons
        ]
        self.wanted = {key: job for plan in self.plans for key, job in plan.wanted.items()}

    def preview(self) -> list[Summary]:
        """What a run would do; neither gradebook nor results change."""
        shutil.rmtree(self.root / STAGED, ignore_errors=True)
        summaries = []
        for plan in self.plans:
            summary = self._summary(plan, "")
            summary.rows = first_rows(plan)
            summaries.append(summary)
        return summaries

    def run(self) -> list[Summary]:
        """Execute, score and tell."""
        options, level, refusals = self.options, "", {}
        if self.wanted:
            level = _level(options.scheduler, options.sandbox)
        self.store.unfinished = [plan.unfinished for plan in self.plans]
        for one in self.store.unfinished:
            one.write()
        scorings = [Scoring(self.root, self.config, plan, self.store) for plan in self.plans]
        if self.wanted:
            refusals = _execute(self.wanted, self.store, options, scorings, self.progress)
        summaries = []
        for plan, scoring in zip(self.plans, scorings, strict=True):
            scoring.finish(refusals, self.progress)
            summary = self._summary(plan, level)
            summary.rows = rows_of(plan, scoring.problems, self.config)
            if options.feedback:
                make_feedback(self.root, self.config, plan.lesson, summary, self.progress)
            summary.seconds = time.perf_counter() - self.start
            plan.unfinished.scope -= summary.rows.keys()  # the next regrading is a new one
            plan.unfinished.write()
            summaries.append(summary)
        shutil.rmtree(self.root / STAGED, ignore_errors=True)
        return summaries

    def _summary(self, plan: Plan, level: str) -> Summary:
        ran = len(self.store.received & plan.wanted.keys())
        return Summary(
            plan.lesson,
            {},
            sandbox=level if ran else "",
            to_run=len(plan.wanted),
            ran=ran,
            stored=len(plan.jobs) - len(plan.wanted),
            resumed=plan.resumed,
            dry_run=self.options.dry_run,
        )


def _level(scheduler: str | None, sandbox: str) -> str:
    """Words on the sandbox; refuses before work is spread."""
    from course_utils.grading.host import sandbox as sandboxes

    if scheduler:  # on other machines each worker probes for itself
        return f"as the workers of {scheduler} have it"
    return sandboxes.probe(sandbox).level_text


def _execute(wanted, store, options, scorings, progress) -> dict[str, str]:
    """Run jobs into the store, and score whoever is done; returns why a key has no result."""
    from course_utils.grading.host import scheduling

    def tell(done: int, total: int, key: str) -> None:
        progress("running", done, total)
        for scoring in scorings:
            scoring.came(key)

    tell(0, len(wanted), "")  # the sandboxes take some seconds to warm up
    refusals = {}
    try:
        scheduling.run_jobs(
            list(wanted.values()),
            store,
            workers=options.workers,
            scheduler=options.scheduler,
            sandbox=options.sandbox,
            progress=tell,
            again=True,  # an old result stays until the new one is there
        )
    except scheduling.SchedulingError as error:
        refusals = dict.fromkeys(wanted, str(error)) | error.missing
    return refusals
