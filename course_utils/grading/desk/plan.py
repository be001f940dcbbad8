"""What of a lesson is still to be run and to be scored; a killed run goes on by it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.desk.summary import Options
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
from course_utils.grading.shared import WORK, GradeError
from course_utils.paths import write_atomically

UNFINISHED = WORK / "unfinished"
# what a regrading has still to do for a student
RUN, SCORE, DONE = "run", "score", "done"


@dataclass
class Plan:
    """What a lesson's submissions need.

    ``regrading`` says for each student of a regrading that has not come to its end how far it is.
    It is kept in ``file``, to outlive a kill; regrading once more goes on with it.
    """

    lesson: str
    released: Released
    file: Path
    regrading: dict[str, str] = field(default_factory=dict)
    resumed: bool = False
    unfit: dict[str, str] = field(default_factory=dict)  # folders that nobody can be graded from
    staged: list[Staged] = field(default_factory=list)
    jobs: dict[str, dict] = field(default_factory=dict)  # by key
    wanted: dict[str, dict] = field(default_factory=dict)  # those without a usable result
    current: set[str] = field(default_factory=set)  # students whose grades say all of it
    todo: dict[str, Staged] = field(default_factory=dict)  # the others, until they are scored
    problems: dict[str, str] = field(default_factory=dict)  # why students have no verdict

    def came_to(self, student: str, step: str) -> None:
        """Write down how far a regrading has come with a student."""
        if student in self.regrading:
            self.regrading[student] = step
            self.write()

    def write(self) -> None:
        """Keep what is to be regraded; without anything there is no file."""
        if self.regrading:
            write_atomically(self.file, json.dumps(self.regrading).encode())
        else:
            self.file.unlink(missing_ok=True)

    def end(self) -> None:
        """Forget whom a regrading is done with: the next one is a new one."""
        for one in self.staged:
            if self.regrading.get(one.student) == DONE:
                del self.regrading[one.student]
        self.write()


def key_of(one: Staged) -> str | None:
    """The key of a submission's job; None where no sense can be made of it."""
    return one.job and one.job["key"]


def make_plan(root, config, lesson, students, options: Options, store, progress) -> Plan:
    """Stage a lesson's submissions and find what is to be run and to be scored."""
    coursedir = CourseDirectory(config=config)
    about = read_lesson(coursedir, lesson, config.Exchange.get("timezone", "UTC"))
    folders, unfit = folders_of(root, coursedir, lesson, students)
    plan = Plan(lesson, about.released, root / UNFINISHED / f"{lesson}.json", unfit=unfit)
    for student, folder in folders.items():
        plan.staged.append(stage(root, student, folder, about))
        progress(f"reading {lesson}", len(plan.staged), len(folders))
    plan.jobs = {one.job["key"]: one.job for one in plan.staged if one.job}
    plan.regrading = _read(plan.file)
    plan.resumed = not plan.regrading.keys().isdisjoint(folders)
    if students is None:  # what is no longer handed in is not waited for
        plan.regrading = {name: plan.regrading[name] for name in plan.regrading if name in folders}
    if options.regrade:
        for one in plan.staged:
            plan.regrading.setdefault(one.student, RUN if one.job else SCORE)
    again = {key_of(one) for one in plan.staged if plan.regrading.get(one.student) == RUN}
    plan.wanted = {
        key: job
        for key, job in plan.jobs.items()
        if key in again or not usable(store, key, options.sandbox)
    }
    with Gradebook(coursedir.db_url) as gradebook:
        for one in plan.staged:
            ready = plan.regrading.get(one.student, DONE) == DONE and key_of(one) not in plan.wanted
            if ready and _is_current(one, plan, coursedir, gradebook):
                plan.current.add(one.student)
            else:
                plan.todo[one.student] = one
    return plan


def _read(file: Path) -> dict[str, str]:
    """What a regrading has still to do.

    Raises:
        GradeError: the file is damaged.
    """
    try:
        told = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        told = None
    if not isinstance(told, dict) or any(one not in (RUN, SCORE, DONE) for one in told.values()):
        raise GradeError(f"{file} is damaged: delete it, then regrade once more with --regrade")
    return told


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
        "key": key_of(one),
        "repairs": one.repairs,
    }
    beside = {STAMP_FILE: one.timestamp, SECRET: one.secret}
    return all(note.get(name) == value for name, value in said.items()) and all(
        read_if_there(folder / name) == raw for name, raw in beside.items()
    )
