"""The gradebook as a file: is it whole, copies of it, and words for what can befall it.

Nothing here needs nbgrader, whose import takes longer than all of it.
"""

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from traitlets.config import Config, PyFileConfigLoader

from course_utils.grading.shared import WORK, GradeError

COPIES = WORK / "gradebooks"  # in the course's folder
MAX_COPIES = 10
# what a full disk is called by Python and by SQLite
FULL = re.compile(r"No space left on device|Disk quota exceeded|database or disk is full")
DAMAGED = re.compile(r"database disk image is malformed|file is not a database")


def course_config(root: Path) -> Config:
    """nbgrader's settings of a course, with its folder in them."""
    if not (root / "nbgrader_config.py").is_file():
        raise FileNotFoundError(f"{root} has no nbgrader_config.py: is it the course's folder?")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    return config


def gradebook_path(config: Config) -> Path | None:
    """Where the gradebook lies, by a course's settings; None if it is not a file of SQLite's."""
    about = config.CourseDirectory
    url = about.get("db_url") or f"sqlite:///{about['root']}/gradebook.db"
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _copies(root: Path) -> list[Path]:
    """The copies that are kept, oldest first."""
    return sorted((root / COPIES).glob("gradebook-*.db"))


def _damaged(path: Path, root: Path, why: object) -> GradeError:
    copies = _copies(root)
    cure = f"the newest copy is {copies[-1]}" if copies else f"there is no copy in {root / COPIES}"
    words = f"the gradebook {path} is damaged ({why}): move it aside, put a whole one in its place"
    return GradeError(f"{words} ({cure}), and run the command again")


def _unusable(path: Path | None, why: str) -> GradeError:
    cure = "if nbgrader is new here, make a copy and run `nbgrader db upgrade`"
    if "locked" in why:
        cure = "another program holds it: wait for it or close it, and run the command again"
    elif "unable to open" in why:
        cure = "may you read and write it?"
    return GradeError(f"the gradebook {path} cannot be used: {why.splitlines()[0]}; {cure}")


def check_whole(path: Path, root: Path) -> None:
    """Make sure that a gradebook can be read from its first page to its last.

    Raises:
        GradeError: it is damaged, or may not be read.
    """
    if not path.is_file():
        return
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            told = db.execute("pragma quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        # locked, or not to be opened: nothing is said of what is in it
        raise _unusable(path, str(error)) from None
    except sqlite3.DatabaseError as error:
        raise _damaged(path, root, error) from None
    if told != "ok":
        raise _damaged(path, root, " ".join(told.split()))


def keep_copy(path: Path, root: Path) -> None:
    """Keep a dated copy of a gradebook beside the last ones; the oldest give way."""
    if not path.is_file():
        return
    folder, stamp = root / COPIES, path.stat().st_mtime_ns
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = _copies(root)
    if before and before[-1].stat().st_mtime_ns == stamp:
        return
    target = folder / f"gradebook-{datetime.now():%Y-%m-%d-%H%M%S-%f}.db"
    part = folder / f".{target.name}.part"
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("vacuum into ?", [str(part)])
        os.chmod(part, 0o600)
        os.utime(part, ns=(stamp, stamp))  # by which an unchanged gradebook is known
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    for old in [*before, target][:-MAX_COPIES]:
        old.unlink(missing_ok=True)


def raise_in_words(text: str, path: Path | None, root: Path) -> None:
    """Raise what an error's text says of a full disk or a damaged gradebook; else nothing."""
    if FULL.search(text):
        raise GradeError(
            f"the disk is full ({root}): make room and run the same command again; "
            "what was done before is kept, and nothing is half-written"
        )
    if path and (found := DAMAGED.search(text)):
        raise _damaged(path, root, found[0])


@contextlib.contextmanager
def words_for_accidents(path: Path | None, root: Path) -> Iterator[None]:
    """Turn errors of the disk and of the database into words on what to do.

    Raises:
        GradeError: the disk is full, or the gradebook is damaged, locked, or of another version.
    """
    try:
        yield
    except OSError as error:
        raise_in_words(str(error), None, root)
        raise
    except Exception as error:
        # nbgrader's ways to the database are SQLAlchemy's, whose import is dear
        if not type(error).__module__.startswith(("sqlalchemy", "sqlite3")):
            raise
        raise_in_words(str(error), path, root)
        raise _unusable(path, str(error)) from error
