"""What nbgrader's folders and gradebook hold: files handed in, notebooks released."""

import functools
import os
import stat
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.intake.reading import MAX_BYTES
from course_utils.grading.intake.released import Released, read_released
from course_utils.grading.shared import WORK

STORE = WORK / "results"  # in the course's folder
NOTE = "course_grading"  # key of our notes in an autograded notebook's metadata
MISSING = "the graded notebook {} is missing"


def read_submission(path: Path) -> bytes:
    """The bytes of a file that a learner handed in; of one that is too large, a byte too many.

    Raises:
        ValueError: it is a link, a pipe, or behind a link: nothing that a learner may hand in.
        OSError: it cannot be read.
    """
    if path.parent.is_symlink():
        raise ValueError("the folder is a link")
    try:
        # no waiting for a pipe, and no link to a file that only the instructor may read
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        if path.is_symlink():
            raise ValueError("it is a link to another file") from None
        raise
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not an ordinary file")
        return file.read(MAX_BYTES + 1)


@functools.lru_cache(maxsize=4)
def gradebook_at(url: str, course_id: str = "default_course") -> Gradebook:
    """A gradebook for many a ``with``: each connects anew, but queries are compiled only once."""
    return Gradebook(url, course_id)


@functools.lru_cache(maxsize=64)
def _released(database: str, assignment: str, notebook: str, path: Path, stamp: tuple) -> Released:
    with Gradebook(database) as gradebook:
        return read_released(gradebook, assignment, notebook, path)


def released_of(coursedir: CourseDirectory, assignment: str, notebook: str) -> Released:
    """What is known of a released notebook; read again when it is released again."""
    folder = coursedir.format_path(coursedir.release_directory, ".", assignment)
    path = Path(folder, f"{notebook}.ipynb")
    if not path.is_file():
        return _released.__wrapped__(coursedir.db_url, assignment, notebook, path, ())
    about = path.stat()
    stamp = (about.st_mtime_ns, about.st_ino, about.st_size)
    return _released(coursedir.db_url, assignment, notebook, path, stamp)
