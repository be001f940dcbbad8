"""What was handed in for a lesson, under the names that nbgrader expects."""

import contextlib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.intake.course_files import read_submission, released_of
from course_utils.grading.intake.handed_in import (
    STAMP_FILE,
    pick,
    same_name,
    stamp,
    student_folders,
)
from course_utils.grading.intake.reading import code_texts
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.sanitise import job_of
from course_utils.grading.shared import WORK, GradeError, some_names

STAGED = WORK / "staged"
SECRET = "submission_secret.txt"  # by which nbgrader's exchange finds the pages of a submission


@dataclass
class Staged:
    """One student's submission, under the names that nbgrader expects."""

    student: str
    digest: str  # by which its file is known again
    job: dict | None  # None where no sense can be made of it
    odd: list[str]  # what is to be told of the file
    repairs: list[str]  # with what was repaired in it
    hopeless: str | None  # why no sense can be made of it
    undated: str | None  # why its time stamp cannot be read
    asks: list[str]  # what a person must look at, besides marking it
    timestamp: bytes | None
    secret: bytes | None  # of nbgrader's exchange


@dataclass(frozen=True)
class Lesson:
    """An assignment as it was released: one notebook that is graded, and others.

    A lesson's continuation is one of the others: it is copied, and never run.
    """

    name: str
    released: Released
    others: set[str]
    texts: dict[str, set[str]]  # of the code cells of its notebooks, by name
    zone: str  # of times that name none


def read_lesson(coursedir: CourseDirectory, name: str, zone: str) -> Lesson:
    """What the gradebook and the released files say of an assignment.

    Raises:
        GradeError: there is none, or nothing in it that can be graded.
    """
    names, known = [], set()
    with Gradebook(coursedir.db_url) as gradebook:
        with contextlib.suppress(MissingEntry):
            names = [notebook.name for notebook in gradebook.find_assignment(name).notebooks]
        known = {one.name for one in gradebook.assignments}
    if not names:
        sources = Path(coursedir.root) / coursedir.source_directory
        if (sources / name).is_dir():
            raise GradeError(
                f"the gradebook does not know {name!r}: "
                f"release it first, with `nbgrader generate_assignment {name}`"
            )
        known |= {path.name for path in sources.glob("[!._]*") if path.is_dir()}
        raise GradeError(f"there is no lesson {name!r}{meant(name, known, 'there are')}")
    graded = [one for one in (released_of(coursedir, name, n) for n in names) if one.graded]
    if len(graded) != 1:
        several = f"{name} has several notebooks with points: `nbgrader autograde` takes it"
        raise GradeError(several if graded else f"nothing in {name} gives points")
    own = graded[0]
    folder = Path(coursedir.format_path(coursedir.release_directory, ".", name))
    texts = {own.notebook: set()}
    texts |= {path.stem: code_texts(path.read_bytes()) for path in folder.glob("*.ipynb")}
    return Lesson(name, own, set(names) - {own.notebook}, texts, zone)


def meant(name: str, known: Iterable[str], which: str) -> str:
    """The end of a message on a name that is none: the nearest ones, or else all there are."""
    if near := get_close_matches(name, known, n=2):
        return f": did you mean {' or '.join(near)}?"
    return f"; {which}: {some_names(sorted(known))}" if known else ""


def folders_of(
    root: Path, coursedir: CourseDirectory, lesson: str, students: list[str] | None
) -> tuple[dict[str, Path], dict[str, str]]:
    """The folders handed in for a lesson, by student; and those that are unfit, with why."""
    base = root / coursedir.submitted_directory
    with Gradebook(coursedir.db_url) as gradebook:
        found, unfit = student_folders(base, lesson, [one.id for one in gradebook.students])
    if students is not None:
        alike = {same_name(student): student for student in found}
        students = [alike.get(same_name(student), student) for student in students]
        absent = [student for student in students if student not in found | unfit]
        if absent:
            hint = meant(absent[0] if len(absent) == 1 else "", found, "it was handed in by")
            if any("," in student for student in absent):
                hint += "; names are separated by spaces"
            raise GradeError(f"nothing for {lesson} was handed in by {', '.join(absent)}{hint}")
        found = {student: found[student] for student in students if student in found}
        unfit = {name: why for name, why in unfit.items() if name in students}
    if not found and not unfit:
        raise GradeError(f"nothing was handed in: there is no {base}/STUDENT/{lesson}")
    return found, unfit


def stage(root: Path, student: str, folder: Path, lesson: Lesson) -> Staged:
    """Copy a submission to where nbgrader will read it, and make its job.

    What is not graded is copied, too: nbgrader shows a student that there is feedback when there
    is a page for each notebook that was handed in.
    """
    known, target = lesson.released, root / STAGED / student / lesson.name
    names = [SECRET, *(f"{name}.ipynb" for name in lesson.others)]
    if folder.is_symlink():  # what is behind it is not the student's
        names = []
    files = {name: read_if_there(folder / name) for name in names}
    raw, clean, odd = pick(folder, known, lesson.texts)
    timestamp, undated = stamp(folder, lesson.zone)
    files |= {f"{known.notebook}.ipynb": raw, STAMP_FILE: timestamp}
    target.mkdir(parents=True)
    for name, content in files.items():
        if content is not None:
            (target / name).write_bytes(content)
    return Staged(
        student,
        digest=hashlib.sha256(raw).hexdigest(),
        job=None if clean.hopeless else job_of(clean.notebook, known),
        odd=odd,
        repairs=[*odd, *clean.repairs],
        hopeless=clean.hopeless,
        undated=undated,
        asks=[what for what in (undated, clean.damaged) if what],
        timestamp=timestamp,
        secret=files.get(SECRET),
    )


def read_if_there(path: Path) -> bytes | None:
    """What is in a file of a submission; nothing if it is none, or cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        return read_submission(path)
    return None
