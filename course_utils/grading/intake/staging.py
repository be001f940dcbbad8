"""What was handed in for a lesson, under the names that nbgrader expects."""

import contextlib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.intake.course_files import read_submission, released_of
from course_utils.grading.intake.handed_in import pick, same_name, stamp, student_folders
from course_utils.grading.intake.reading import code_texts, plain
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.sanitise import job_of
from course_utils.grading.shared import WORK, GradeError, some_names

STAGED = WORK / "staged"
SECRET = "submission_secret.txt"  # by which nbgrader's exchange finds the pages of a submission


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
    undated: str | None  # why its time stamp cannot be read
    secret: bytes | None = None  # of nbgrader's exchange
    damaged: dict[str, str | None] = field(default_factory=dict)  # notebook -> what is lost of it

    def asks(self, name: str) -> list[str]:
        """What a person must look at in a notebook, besides marking it."""
        return [what for what in (self.undated, self.damaged[name]) if what]


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
        name: {plain(text) for text in (*one.given, *(cell.stub for cell in one.cells.values()))}
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
            which = "it was handed in by"
            hint = meant(absent[0], found, which) if len(absent) == 1 else meant("", found, which)
            if any("," in student for student in absent):
                hint += "; names are separated by spaces"
            raise GradeError(f"nothing for {lesson} was handed in by {', '.join(absent)}{hint}")
        found = {student: found[student] for student in students if student in found}
        unfit = {name: why for name, why in unfit.items() if name in students}
    if not found and not unfit:
        raise GradeError(f"nothing was handed in: there is no {base}/STUDENT/{lesson}")
    return found, unfit


def stage(
    root: Path,
    student: str,
    folder: Path,
    lesson: str,
    released: dict[str, Released],
    texts: dict[str, set[str]],
    others: set[str],
    zone: str,
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
        zone: of times that name none.
    """
    names = [SECRET, *(f"{name}.ipynb" for name in others)]
    if folder.is_symlink():  # what is behind it is not the student's
        names = []
    beside = {name: read_if_there(folder / name) for name in names}
    secret = beside.get(SECRET)
    one = Staged(student, {}, {}, {}, None, [], None, *stamp(folder, zone), secret)
    target = root / STAGED / student / lesson
    target.mkdir(parents=True)
    for name, known in released.items():
        found = pick(folder, known, texts)
        clean = found.clean
        one.refused = one.refused or found.refused
        one.repairs += found.odd
        one.found[name], one.damaged[name] = clean.repairs, clean.damaged
        one.hopeless = one.hopeless or clean.hopeless
        one.digests[name] = hashlib.sha256(found.raw).hexdigest()
        lost = found.refused or clean.hopeless
        one.jobs[name] = None if lost else job_of(clean.notebook, known)
        (target / f"{name}.ipynb").write_bytes(found.raw)
    if one.timestamp:
        (target / "timestamp.txt").write_bytes(one.timestamp)
    for name, raw in beside.items():
        if raw is not None:
            (target / name).write_bytes(raw)
    return one


def read_if_there(path: Path) -> bytes | None:
    """What is in a file of a submission; nothing if it is none, or cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        return read_submission(path)
    return None
