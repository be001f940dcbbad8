"""What was handed in for a lesson, under the names that nbgrader expects."""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from course_utils.grading.released import MISSING, read_submission, released_of
from course_utils.grading.sanitise import Released, Sanitised, code_texts, job_of, sanitise
from course_utils.grading.summary import WORK, GradeError, some_names

STAGED = WORK / "staged"
SECRET = "submission_secret.txt"  # by which nbgrader's exchange finds the pages of a submission
MAX_FILES = 50  # notebooks looked at in one student's folder,
MAX_READ = 50_000_000  # and their bytes


@dataclass
class Staged:
    """One student's submission, under the names that nbgrader expects."""

    student: str
    jobs: dict[str, dict | None]  # notebook -> its job, or None where no sense can be made of it
    digests: dict[str, str]
    found: dict[str, list[str]]  # notebook -> what was repaired in it
    hopeless: str | None
    repairs: list[str]
    refused: str | None
    timestamp: bytes | None
    secret: bytes | None  # of nbgrader's exchange


def released_notebooks(
    coursedir: CourseDirectory, lesson: str
) -> tuple[dict[str, Released], set[str]]:
    """The released notebooks of an assignment that are graded, by name; and the others' names.

    A lesson's continuation is one of the others: it is copied, and never run.
    """
    names, known = [], set()
    with Gradebook(coursedir.db_url) as gradebook:
        with contextlib.suppress(MissingEntry):
            names = [notebook.name for notebook in gradebook.find_assignment(lesson).notebooks]
        known = {one.name for one in gradebook.assignments}
    if not names:
        sources = Path(coursedir.root) / coursedir.source_directory
        if (sources / lesson).is_dir():
            raise GradeError(
                f"the gradebook does not know {lesson!r}: "
                f"release it first, with `nbgrader generate_assignment {lesson}`"
            )
        known |= {path.name for path in sources.glob("[!._]*") if path.is_dir()}
        raise GradeError(f"there is no lesson {lesson!r}{meant(lesson, known, 'there are')}")
    released = {name: released_of(coursedir, lesson, name) for name in names}
    released = {name: one for name, one in released.items() if one.graded}
    if not released:
        raise GradeError(f"nothing in {lesson} gives points")
    return released, set(names) - released.keys()


def texts_of(
    coursedir: CourseDirectory, lesson: str, released: dict[str, Released]
) -> dict[str, set[str]]:
    """Texts of the code cells of a lesson's notebooks: the graded ones, then its continuation."""
    texts = {
        name: {text.strip() for text in (*one.given, *(cell.stub for cell in one.cells.values()))}
        for name, one in released.items()
    }
    folder = Path(coursedir.format_path(coursedir.release_directory, ".", lesson))
    others = [path for path in sorted(folder.glob("*.ipynb")) if path.stem not in texts]
    return texts | {path.stem: code_texts(path.read_bytes()) for path in others}


def meant(name: str, known: Iterable[str], which: str) -> str:
    """The end of a message on a name that is none: the nearest ones, or else all there are."""
    if near := get_close_matches(name, known, n=2):
        return f": did you mean {' or '.join(near)}?"
    return f"; {which}: {some_names(sorted(known))}" if known else ""


def folders_of(
    root: Path, coursedir: CourseDirectory, lesson: str, students: list[str] | None
) -> dict[str, Path]:
    """The folders handed in for a lesson, by student."""
    base = root / coursedir.submitted_directory
    found = {p.name: p / lesson for p in sorted(base.glob("*")) if (p / lesson).is_dir()}
    if students is not None:
        absent = [student for student in students if student not in found]
        if absent:
            which = "it was handed in by"
            hint = meant(absent[0], found, which) if len(absent) == 1 else meant("", found, which)
            if any("," in student for student in absent):
                hint += "; names are separated by spaces"
            raise GradeError(f"nothing for {lesson} was handed in by {', '.join(absent)}{hint}")
        found = {student: found[student] for student in students}
    if not found:
        raise GradeError(f"nothing was handed in: there is no {base}/STUDENT/{lesson}")
    return found


def _notebooks_in(folder: Path, wanted: str) -> list[Path]:
    """Files that may be notebooks, in this folder and below; links are not followed."""
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        paths = (Path(place) / name for name in sorted(names) if not name.startswith("."))
        found += [path for path in paths if ".ipynb" in path.name.lower()]
        if len(found) >= MAX_FILES:
            break
    # the one that was asked for comes first, whatever else there is
    return sorted(found, key=lambda path: path != folder / wanted)[:MAX_FILES]


def _pick(
    folder: Path, released: Released, texts: dict[str, set[str]]
) -> tuple[bytes, str | None, Sanitised, list[str]]:
    """The file that is the learner's notebook: its bytes, why not, what it gives, what was odd.

    Args:
        folder: what was handed in.
        released: the notebook that is looked for.
        texts: of the code cells of each notebook of the lesson.
    """
    if folder.is_symlink():  # to the solutions, say
        return b"", "the folder is a link", sanitise(b"", released), []
    best, refused, read, beside = None, "there is no notebook among the files", 0, None
    wanted = f"{released.notebook}.ipynb"
    for path in _notebooks_in(folder, wanted):
        if read > MAX_READ:
            break
        named = path == folder / wanted
        try:
            raw = read_submission(path)
        except (ValueError, OSError) as error:
            if named or best is None:
                refused = f"{path.name}: {error}"
            continue
        clean = sanitise(raw, released)
        read += len(raw)
        if not clean.graded and _is_another(raw, path.stem, released.notebook, texts):
            beside = beside or path.name
            continue
        rank = (clean.hopeless is None, clean.answered > 0, named, clean.answered)
        if best is None or rank > best[0]:
            best = (rank, raw, clean, path.relative_to(folder))
        if rank[:3] == (True, True, True):
            break  # the file that was asked for, with work in it
    there = beside != wanted and os.path.lexists(folder / wanted)
    if beside and not there and not (best and best[0][0]):
        # nothing but the continuation makes sense
        best = None
        refused = f"{beside} holds the lesson's continuation, which is not graded"
        if beside != wanted:
            refused = f"{MISSING.format(wanted)}; {refused}"
    if best is None:
        return b"", refused, sanitise(b"", released), []
    rank, raw, clean, path = best
    repairs = [] if rank[2] else [f"the file's name was {str(path)[:100]!r}"]
    return raw, None, clean, repairs


def _is_another(raw: bytes, name: str, wanted: str, texts: dict[str, set[str]]) -> bool:
    """Whether a file is rather another notebook of the lesson, by its texts, then by its name."""
    if not texts.keys() - {wanted}:
        return False
    mine = code_texts(raw)
    alike = {one: (len(mine & known), one == name) for one, known in texts.items()}
    return max(alike, key=alike.get) != wanted


def _timestamp(folder: Path) -> tuple[bytes | None, list[str]]:
    path = folder / "timestamp.txt"
    if not path.exists() and not path.is_symlink():
        return None, []
    try:
        text = read_submission(path)[:1000].decode().strip()
        if text:
            parse_utc(text)
            return text.encode(), []
    except Exception:  # a broken date must not stop the batch, in whatever way it is broken
        pass
    return None, ["its time stamp could not be read"]


def stage(
    root: Path,
    student: str,
    folder: Path,
    lesson: str,
    released: dict[str, Released],
    texts: dict[str, set[str]],
    others: set[str],
) -> Staged:
    """Copy a submission to where nbgrader will read it, and make its jobs.

    Args:
        root: the course's folder.
        student: who handed it in.
        folder: where it is.
        lesson: the assignment.
        released: its notebooks that are graded.
        texts: of the code cells of all its notebooks.
        others: the notebooks that are not graded. nbgrader shows a student that there is feedback
            when there is a page for each notebook that was handed in.
    """
    timestamp, repairs = _timestamp(folder)
    secret = read_if_there(folder / SECRET)
    one = Staged(student, {}, {}, {}, None, repairs, None, timestamp, secret)
    target = root / STAGED / student / lesson
    target.mkdir(parents=True)
    for name, known in released.items():
        raw, refused, clean, odd = _pick(folder, known, texts)
        one.refused = one.refused or refused
        one.repairs += odd
        one.found[name] = clean.repairs
        one.hopeless = one.hopeless or clean.hopeless
        one.digests[name] = hashlib.sha256(raw).hexdigest()
        lost = refused or clean.hopeless
        one.jobs[name] = None if lost else job_of(clean.notebook, known)
        (target / f"{name}.ipynb").write_bytes(raw)
    if timestamp:
        (target / "timestamp.txt").write_bytes(timestamp)
    beside = {f"{name}.ipynb": read_if_there(folder / f"{name}.ipynb") for name in others}
    for name, raw in (beside | {SECRET: secret}).items():
        if raw is not None:
            (target / name).write_bytes(raw)
    return one


def read_if_there(path: Path) -> bytes | None:
    """What is in a file of a submission; nothing if it is none, or cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        return read_submission(path)
    return None
