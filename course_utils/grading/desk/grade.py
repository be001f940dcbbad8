"""The command ``course grade``: from ``submitted/`` to the gradebook.

Every submission is staged under the name that nbgrader expects; the jobs that have no result yet
run in parallel, in sandboxes; this process alone lets nbgrader score student after student, those
whose jobs are done while others still run. Each step can be killed and started again: results are
stored by content, and a student's points are written in one transaction, followed by the autograded
notebook. What a ``--regrade`` has still to renew is written down, as old results stay until new
ones come.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from course_utils.grading.desk.gradebook_file import (
    check_whole,
    course_config,
    gradebook_path,
    words_for_accidents,
)
from course_utils.grading.desk.summary import Options, Summary
from course_utils.grading.host import light
from course_utils.grading.host.warmed import Warmed, warmed_worker
from course_utils.grading.shared import WORK, GradeError


def grade(course_root: Path, lesson: str, students: list[str] | None = None, **options) -> Summary:
    """Grade what was submitted for one lesson; see :func:`grade_lessons`."""
    return grade_lessons(course_root, [lesson], students, **options)[0]


def grade_lessons(
    course_root: Path,
    lessons: list[str],
    students: list[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    **options,
) -> list[Summary]:
    """Grade what was submitted for some lessons; their notebooks run in one go.

    Args:
        course_root: the folder with ``nbgrader_config.py`` and ``submitted/``.
        lessons: the assignments' names.
        students: only these; None for everyone who handed something in.
        progress: called with the step's name, what is done and what there is.
        options: see :class:`~course_utils.grading.desk.summary.Options`.

    Raises:
        GradeError: there is nothing to grade, another run is at work, the gradebook is damaged, or
            there is no room left.
        SandboxError: there is no sandbox of that kind here.
    """
    wanted, root = Options(**options), Path(course_root).resolve()
    if wanted.workers < 1:
        raise GradeError(f"at least one worker is needed, not {wanted.workers}")
    config = course_config(root)
    path = gradebook_path(config)
    with words_for_accidents(path, root), _alone(root), contextlib.ExitStack() as stack:
        if path:
            check_whole(path, root)
        warmed = None if wanted.dry_run else _early_worker(root, config, wanted, lessons, stack)
        # a second of imports, which none of the refusals above needs
        light.import_nbgrader()
        from course_utils.grading.desk.batch import Batch

        tell = progress or (lambda step, done, total: None)
        batch = Batch(root, config, wanted, tell, warmed)
        return batch.grade(list(dict.fromkeys(lessons)), students)


def _early_worker(root, config, options, lessons, stack) -> Warmed | None:
    """A worker that warms up while we read, if it is for this machine and there is work to see."""
    base = root / config.CourseDirectory.get("submitted_directory", "submitted")
    if options.scheduler or not all(any(base.glob(f"*/{lesson}")) for lesson in lessons):
        return None
    warmed = Warmed(options.sandbox, warmed_worker)
    stack.callback(warmed.end)
    warmed.warm_up()
    return warmed


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
