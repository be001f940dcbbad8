"""What of a lesson is still to be run and to be scored; a killed run goes on by it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.intake.course_files import NOTE
from course_utils.grading.intake.handed_in import STAMP_FILE
from course_utils.grading.intake.jobs import ResultStore
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.staging import (
    SECRET,
    Staged,
    folders_of,
    read_if_there,
    read_lesson,
    stage,
)
from course_utils.grading.shared import WORK
from course_utils.paths import write_atomically

UNFINISHED = WORK / "unfinished"


@dataclass
class Unfinished:
    """What a regrading of a lesson has still to do: a file, to outlive a kill.

    ``scope`` holds the students of a run that has not come to its end; regrading them once more
    goes on with that run.
    """

    path: Path
    scope: set[str] = field(default_factory=set)
    students: set[str] = field(default_factory=set)  # still to be scored
    keys: set[str] = field(default_factory=set)  # jobs still to be run

    @classmethod
    def read(cls, path: Path) -> "Unfinished":
        """What the file says; nothing if there is none."""
        if not path.exists():
            return cls(path)
        return cls(path, *map(set, json.loads(path.read_text(encoding="utf-8"))))

    def write(self) -> None:
        """Keep it; without anything to do there is no file."""
        if self.scope or self.students or self.keys:
            content = [sorted(self.scope), sorted(self.students), sorted(self.keys)]
            write_atomically(self.path, json.dumps(content).encode())
        else:
            self.path.unlink(missing_ok=True)

    def ran(self, key: str) -> None:
        """Strike off a job."""
        if key in self.keys:
            self.keys.remove(key)
            self.write()

    def scored(self, student: str) -> None:
        """Strike off a student."""
        if student in self.students:
            self.students.remove(student)
            self.write()


class Store(ResultStore):
    """A store that knows what came in this run, and strikes it off the regradings."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.received: set[str] = set()
        self.unfinished: list[Unfinished] = []

    def put(self, job: dict, result: dict) -> dict:
        """Keep a result in place of an older one."""
        clean = super().put(job, result)
        self.received.add(job["key"])
        for one in self.unfinished:
            one.ran(job["key"])
        return clean


@dataclass
class Plan:
    """What a lesson's submissions need."""

    lesson: str
    released: Released
    unfinished: Unfinished
    resumed: bool = False
    unfit: dict[str, str] = field(default_factory=dict)  # folders that nobody can be graded from
    staged: list[Staged] = field(default_factory=list)
    jobs: dict[str, dict] = field(default_factory=dict)  # by key
    wanted: dict[str, dict] = field(default_factory=dict)  # those without a usable result
    current: set[str] = field(default_factory=set)  # students whose grades say all of it


def make_plan(root, config, lesson, students, regrade, sandbox, store, progress) -> Plan:
    """Stage a lesson's submissions and find what is to be run and to be scored."""
    coursedir = CourseDirectory(config=config)
    about = read_lesson(coursedir, lesson, config.Exchange.get("timezone", "UTC"))
    folders, unfit = folders_of(root, coursedir, lesson, students)
    plan = Plan(lesson, about.released, Unfinished.read(root / UNFINISHED / f"{lesson}.json"))
    plan.unfit = unfit
    for student, folder in folders.items():
        plan.staged.append(stage(root, student, folder, about))
        progress(f"reading {lesson}", len(plan.staged), len(folders))
    plan.jobs = {one.job["key"]: one.job for one in plan.staged if one.job}
    left = plan.unfinished
    plan.resumed = bool(left.scope & folders.keys())
    if students is None:  # what is no longer handed in is not waited for
        left.scope &= folders.keys()
        left.students &= folders.keys()
        left.keys &= plan.jobs.keys()
    if regrade:
        fresh = [one for one in plan.staged if one.student not in left.scope]
        left.students |= {one.student for one in fresh}
        left.keys |= {one.job["key"] for one in fresh if one.job}
        left.scope |= folders.keys()
    plan.wanted = {
        key: job
        for key, job in plan.jobs.items()
        if key in left.keys or not usable(store, key, sandbox)
    }
    with Gradebook(coursedir.db_url) as gradebook:
        for one in plan.staged:
            new = one.job and one.job["key"] in plan.wanted
            again = new or one.student in left.students
            if not again and _is_current(one, plan, coursedir, gradebook):
                plan.current.add(one.student)
    return plan


def usable(store: ResultStore, key: str, sandbox: str) -> bool:
    """Whether a stored result may be taken; one made without a sandbox only where none is asked."""
    result = store.get(key)
    return result is not None and (result["sandbox"] != "none" or sandbox == "none")


def _is_current(one: Staged, plan: Plan, coursedir: CourseDirectory, gradebook) -> bool:
    """Whether the autograded notebook and the gradebook already say all of this submission."""
    folder = Path(coursedir.format_path(coursedir.autograded_directory, one.student, plan.lesson))
    try:
        entry = gradebook.find_submission(plan.lesson, one.student)
        path = folder / f"{plan.released.notebook}.ipynb"
        note = json.loads(path.read_bytes())["metadata"][NOTE]
    except (MissingEntry, OSError, ValueError, KeyError, TypeError):
        return False
    said = {
        "submitted": one.digest,
        "done": True,
        "late": entry.total_seconds_late,
        "asks": one.asks,
        "key": one.job and one.job["key"],
        "repairs": one.repairs,
    }
    beside = {STAMP_FILE: one.timestamp, SECRET: one.secret}
    return all(note.get(name) == value for name, value in said.items()) and all(
        read_if_there(folder / name) == raw for name, raw in beside.items()
    )
