"""The command ``course grade``: from ``submitted/`` to the gradebook.

Every submission is staged under the name that nbgrader expects; the jobs that have no result yet
run in parallel, in sandboxes; this process alone lets nbgrader score student after student, those
whose jobs are done while others still run. Each step can be killed and started again: results are
stored by content, and a student's points are written in one transaction, followed by the autograded
notebook. What a ``--regrade`` has still to renew is written down, as old results stay until new
ones come.
"""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from traitlets.config import Config, PyFileConfigLoader

from course_utils.grading.by_nbgrader import Scoring, make_feedback
from course_utils.grading.plan import Store, make_plan
from course_utils.grading.released import STORE
from course_utils.grading.rows import new_row, remember, rows_of
from course_utils.grading.staging import STAGED, WORK, GradeError
from course_utils.grading.summary import Summary


def grade(course_root: Path, lesson: str, students: list[str] | None = None, **options) -> Summary:
    """Grade what was submitted for one lesson; see :func:`grade_lessons`."""
    return grade_lessons(course_root, [lesson], students, **options)[0]


def grade_lessons(
    course_root: Path,
    lessons: list[str],
    students: list[str] | None = None,
    workers: int = 2,
    scheduler: str | None = None,
    regrade: bool = False,
    sandbox: str = "auto",
    dry_run: bool = False,
    feedback: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Summary]:
    """Grade what was submitted for some lessons; their notebooks run in one go.

    Args:
        course_root: the folder with ``nbgrader_config.py`` and ``submitted/``.
        lessons: the assignments' names.
        students: only these; None for everyone who handed something in.
        workers: sandboxes that run at the same time, on this machine.
        scheduler: address of a Dask scheduler to use instead.
        regrade: run everything and score everyone again; after a kill, what was left of it.
        sandbox: "auto", "bubblewrap", "container" or "none".
        dry_run: only say what would be done; neither gradebook nor results change.
        feedback: also make the pages of feedback.
        progress: called with the step's name, what is done and what there is.

    Raises:
        GradeError: there is nothing to grade, or another run is at work.
        SandboxError: there is no sandbox of that kind here.
    """
    if workers < 1:
        raise GradeError(f"at least one worker is needed, not {workers}")
    start, root = time.perf_counter(), Path(course_root).resolve()
    progress = progress or (lambda step, done, total: None)
    config = _config(root)
    with _alone(root):
        shutil.rmtree(root / STAGED, ignore_errors=True)
        store = Store(root / STORE)
        plans = [
            make_plan(root, config, lesson, students, regrade, sandbox, store, progress)
            for lesson in dict.fromkeys(lessons)
        ]
        wanted = {key: job for plan in plans for key, job in plan.wanted.items()}
        level, refusals = "", {}
        if wanted and not dry_run:
            level = _level(scheduler, sandbox)
        if not dry_run:
            store.unfinished = [plan.unfinished for plan in plans]
            for one in store.unfinished:
                one.write()
        scorings = [Scoring(config, plan, store) for plan in plans]
        if wanted and not dry_run:
            refusals = _execute(wanted, store, workers, scheduler, sandbox, scorings, progress)
        summaries = []
        for plan, scoring in zip(plans, scorings, strict=True):
            ran = len(store.received & plan.wanted.keys())
            summary = Summary(
                plan.lesson,
                {},
                sandbox=level if ran else "",
                to_run=len(plan.wanted),
                ran=ran,
                stored=len(plan.jobs) - len(plan.wanted),
                resumed=plan.resumed,
                dry_run=dry_run,
            )
            summaries.append(summary)
            if dry_run:
                for one in plan.staged:
                    row = new_row(one, "unchanged" if one.student in plan.current else "to grade")
                    summary.rows[one.student] = row
                continue
            scoring.finish(refusals, progress)
            summary.rows = rows_of(plan, scoring.problems, store, config)
            if feedback:
                make_feedback(config, plan.lesson, summary, progress)
            summary.seconds = time.perf_counter() - start
            remember(root, summary)
            plan.unfinished.scope -= summary.rows.keys()  # the next regrading is a new one
            plan.unfinished.write()
        shutil.rmtree(root / STAGED, ignore_errors=True)
    return summaries


def _config(root: Path) -> Config:
    if not (root / "nbgrader_config.py").is_file():
        raise GradeError(f"{root} has no nbgrader_config.py: is it the course's folder?")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    return config


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the course's lock: the gradebook has one writer. The lock ends with the process."""
    try:
        import fcntl
    except ImportError:
        raise GradeError("grading needs Linux or macOS; on Windows use WSL") from None
    folder = root / WORK
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise GradeError("another `course grade` is at work in this course") from None
        yield


def _level(scheduler: str | None, sandbox: str) -> str:
    """Words on the sandbox; refuses before work is spread.

    Raises:
        SandboxError: there is no sandbox of that kind here.
    """
    from course_utils.grading import sandbox as sandboxes

    if scheduler:  # on other machines each worker probes for itself
        return f"as the workers of {scheduler} have it"
    return sandboxes.probe(sandbox).level_text


def _execute(wanted, store, workers, scheduler, sandbox, scorings, progress) -> dict[str, str]:
    """Run jobs into the store, and score whoever is done; returns why a key has no result."""
    from course_utils.grading import scheduling

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
            workers=workers,
            scheduler=scheduler,
            sandbox=sandbox,
            progress=tell,
            again=True,  # an old result stays until the new one is there
        )
    except scheduling.SchedulingError as error:
        refusals = dict.fromkeys(wanted, str(error)) | error.missing
    return refusals
