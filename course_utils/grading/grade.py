"""The command ``course grade``: from ``submitted/`` to the gradebook.

Every submission is staged under the name that nbgrader expects; the jobs that have no result yet
run in parallel, in sandboxes; this process alone lets nbgrader score student after student, those
whose jobs are done while others still run. Each step can be killed and started again: results are
stored by content, and a student's points are written in one transaction, followed by the autograded
notebook. What a ``--regrade`` has still to renew is written down, as old results stay until new
ones come.
"""

import contextlib
import hashlib
import json
import logging
import math
import shutil
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log, temp_attrs
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from course_utils.grading.handed_in import pick, same_name, stamp, student_folders
from course_utils.grading.jobs import ResultStore
from course_utils.grading.reading import code_texts, plain
from course_utils.grading.released import Released
from course_utils.grading.sanitise import job_of
from course_utils.grading.scoring import (
    NOTE,
    SPREAD,
    STORE,
    WAITS,
    AutogradeStaged,
    Verdict,
    released_of,
    verdicts,
)
from course_utils.paths import write_atomically

WORK = Path(".grading")
STAGED = WORK / "staged"
UNFINISHED = WORK / "unfinished"
MAX_NAMES = 30  # told in one line
BELOW = "what is said below"  # what a person is needed for


class GradeError(RuntimeError):
    """Grading cannot start; says why and what to do."""


@dataclass
class Row:
    """What became of one student's submission.

    ``state`` is "graded", "unchanged", "to grade" (dry run) or "no verdict", with ``problem``.
    ``points`` are those that count, as in the exports: the gradebook's score less the penalty.
    ``failures`` leaves out the exercises that were not attempted, and bare suspicions.
    """

    state: str = "to grade"
    points: float | None = None
    most: float | None = None
    review: bool = False
    waits: list[str] = field(default_factory=list)  # what a person is needed for
    exercises: int = 0
    untouched: list[str] = field(default_factory=list)  # exercises that were not attempted
    failures: dict[str, str] = field(default_factory=dict)  # check -> what is to be said of it
    suspicions: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    hopeless: str | None = None
    asks: list[str] = field(default_factory=list)  # what else a person must look at
    late: float = 0.0  # seconds
    penalty: float = 0.0  # points for it, taken off already
    seconds: float = 0.0
    peak_mb: float = 0.0
    problem: str | None = None


@dataclass
class Summary:
    """What a run of the command did; ``rows`` by student.

    ``to_run`` counts the notebooks without a usable result, ``ran`` those that got one.
    """

    lesson: str
    rows: dict[str, Row]
    sandbox: str = ""
    to_run: int = 0
    ran: int = 0
    stored: int = 0
    resumed: bool = False  # an earlier regrading had been stopped
    dry_run: bool = False
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every submission has a verdict."""
        return all(row.state in ("graded", "unchanged") for row in self.rows.values())


@dataclass
class _Staged:
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
    damaged: dict[str, str | None] = field(default_factory=dict)  # notebook -> what is lost of it

    def asks(self, name: str) -> list[str]:
        """What a person must look at in a notebook, besides marking it."""
        return [what for what in (self.undated, self.damaged[name]) if what]


@dataclass
class _Unfinished:
    """What a regrading of a lesson has still to do: a file, to outlive a kill.

    ``scope`` holds the students of a run that has not come to its end; regrading them once more
    goes on with that run.
    """

    path: Path
    scope: set[str] = field(default_factory=set)
    students: set[str] = field(default_factory=set)  # still to be scored
    keys: set[str] = field(default_factory=set)  # jobs still to be run

    @classmethod
    def read(cls, path: Path) -> "_Unfinished":
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


class _Store(ResultStore):
    """A store that knows what came in this run, and strikes it off the regradings."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.received: set[str] = set()
        self.unfinished: list[_Unfinished] = []

    def put(self, job: dict, result: dict) -> dict:
        """Keep a result in place of an older one."""
        clean = super().put(job, result)
        self.received.add(job["key"])
        for one in self.unfinished:
            one.ran(job["key"])
        return clean


@dataclass
class _Plan:
    """What a lesson's submissions need."""

    lesson: str
    released: dict[str, Released]  # those that are graded
    unfinished: _Unfinished
    resumed: bool = False
    unfit: dict[str, str] = field(default_factory=dict)  # folders that nobody can be graded from
    staged: list[_Staged] = field(default_factory=list)
    jobs: dict[str, dict] = field(default_factory=dict)  # by key
    wanted: dict[str, dict] = field(default_factory=dict)  # those without a usable result
    current: set[str] = field(default_factory=set)  # students whose grades say all of it


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
        store = _Store(root / STORE)
        plans = [
            _plan(root, config, lesson, students, regrade, sandbox, store, progress)
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
        scorings = [_Scoring(config, plan, store) for plan in plans]
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
                    row = _row(one, "unchanged" if one.student in plan.current else "to grade")
                    summary.rows[one.student] = row
                summary.rows |= _unfit_rows(plan)
                continue
            scoring.finish(refusals, progress)
            summary.rows = _rows(plan, scoring.problems, store, config) | _unfit_rows(plan)
            if feedback:
                _feedback(config, plan.lesson, summary, progress)
            summary.seconds = time.perf_counter() - start
            _remember(root, summary)
            plan.unfinished.scope -= summary.rows.keys()  # the next regrading is a new one
            plan.unfinished.write()
        shutil.rmtree(root / STAGED, ignore_errors=True)
    return summaries


def _plan(root, config, lesson, students, regrade, sandbox, store, progress) -> _Plan:
    """Stage a lesson's submissions and find what is to be run and to be scored."""
    coursedir = CourseDirectory(config=config)
    released = _released(coursedir, lesson)
    folders, unfit = _folders(root, coursedir, lesson, students)
    plan = _Plan(lesson, released, _Unfinished.read(root / UNFINISHED / f"{lesson}.json"))
    plan.unfit = unfit
    texts, zone = _texts(coursedir, lesson, released), config.Exchange.get("timezone", "UTC")
    for student, folder in folders.items():
        plan.staged.append(_stage(root, student, folder, lesson, released, texts, zone))
        progress(f"reading {lesson}", len(plan.staged), len(folders))
    plan.jobs = {job["key"]: job for one in plan.staged for job in one.jobs.values() if job}
    left = plan.unfinished
    plan.resumed = bool(left.scope & folders.keys())
    if students is None:  # what is no longer handed in is not waited for
        left.scope &= folders.keys()
        left.students &= folders.keys()
        left.keys &= plan.jobs.keys()
    if regrade:
        fresh = [one for one in plan.staged if one.student not in left.scope]
        left.students |= {one.student for one in fresh}
        left.keys |= {job["key"] for one in fresh for job in one.jobs.values() if job}
        left.scope |= folders.keys()
    plan.wanted = {
        key: job
        for key, job in plan.jobs.items()
        if key in left.keys or not _usable(store, key, sandbox)
    }
    with Gradebook(coursedir.db_url) as gradebook:
        for one in plan.staged:
            new = any(job and job["key"] in plan.wanted for job in one.jobs.values())
            again = new or one.student in left.students
            if not again and _is_current(one, lesson, coursedir, gradebook):
                plan.current.add(one.student)
    return plan


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


def _released(coursedir: CourseDirectory, lesson: str) -> dict[str, Released]:
    """The released notebooks of an assignment that are graded, by name.

    A lesson's continuation is none of them: it is neither staged nor run.
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
        raise GradeError(f"there is no lesson {lesson!r}{_meant(lesson, known, 'there are')}")
    released = {name: released_of(coursedir, lesson, name) for name in names}
    released = {name: one for name, one in released.items() if one.graded}
    if not released:
        raise GradeError(f"nothing in {lesson} gives points")
    return released


def _texts(
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


def _meant(name: str, known: Iterable[str], which: str) -> str:
    """The end of a message on a name that is none: the nearest ones, or else all there are."""
    if near := get_close_matches(name, known, n=2):
        return f": did you mean {' or '.join(near)}?"
    return f"; {which}: {_names(sorted(known))}" if known else ""


# ---- staging ---------------------------------------------------------------------------------


def _folders(
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
            hint = _meant(absent[0], found, which) if len(absent) == 1 else _meant("", found, which)
            if any("," in student for student in absent):
                hint += "; names are separated by spaces"
            raise GradeError(f"nothing for {lesson} was handed in by {', '.join(absent)}{hint}")
        found = {student: found[student] for student in students if student in found}
        unfit = {name: why for name, why in unfit.items() if name in students}
    if not found and not unfit:
        raise GradeError(f"nothing was handed in: there is no {base}/STUDENT/{lesson}")
    return found, unfit


def _stage(
    root: Path,
    student: str,
    folder: Path,
    lesson: str,
    released: dict[str, Released],
    texts: dict[str, set[str]],
    zone: str,
) -> _Staged:
    """Copy a submission to where nbgrader will read it, and make its jobs."""
    one = _Staged(student, {}, {}, {}, None, [], None, *stamp(folder, zone))
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
    return one


# ---- what is there already -------------------------------------------------------------------


def _usable(store: ResultStore, key: str, sandbox: str) -> bool:
    """Whether a stored result may be taken; one made without a sandbox only where none is asked."""
    result = store.get(key)
    return result is not None and (result["sandbox"] != "none" or sandbox == "none")


def _is_current(one: _Staged, lesson: str, coursedir: CourseDirectory, gradebook) -> bool:
    """Whether the autograded notebooks and the gradebook already say all of this submission."""
    folder = Path(coursedir.format_path(coursedir.autograded_directory, one.student, lesson))
    try:
        entry = gradebook.find_submission(lesson, one.student)
        stamp = folder / "timestamp.txt"
        if (stamp.read_bytes() if stamp.exists() else None) != one.timestamp:
            return False
        for name, job in one.jobs.items():
            note = json.loads((folder / f"{name}.ipynb").read_bytes())["metadata"][NOTE]
            same = note["submitted"] == one.digests[name] and note.get("done") is True
            same = same and note.get("late") == entry.total_seconds_late
            repairs = [*one.repairs, *one.found[name]]
            same = same and note.get("asks") == one.asks(name)
            if not same or note.get("key") != (job and job["key"]) or note["repairs"] != repairs:
                return False
    except (MissingEntry, OSError, ValueError, KeyError, TypeError):
        return False
    return True


# ---- executing and scoring -------------------------------------------------------------------


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


def _api(config: Config) -> NbGraderAPI:
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep nbgrader's log off the screen: what matters of it is in the summary."""
    logger = logging.getLogger("traitlets")
    before, logger.propagate = logger.propagate, False
    silent = logging.NullHandler()
    logger.addHandler(silent)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of nbgrader's ways with SQLAlchemy
            yield
    finally:
        logger.removeHandler(silent)
        logger.propagate = before


class _Scoring:
    """Has nbgrader score the students of a lesson who need it; ``problems`` by student."""

    def __init__(self, config: Config, plan: _Plan, store: _Store):
        self.plan, self.store, self.problems = plan, store, {}
        self.todo = {one.student: one for one in plan.staged if one.student not in plan.current}
        config = Config(config)
        config.CourseDirectory.submitted_directory = str(STAGED)
        config.SandboxExecute.run_missing = False
        config.Repair.notes = {
            one.student: {"repairs": one.repairs, "refused": one.refused, "undated": one.undated}
            for one in self.todo.values()
            if one.repairs or one.refused or one.undated
        }
        self.api = _api(config)

    def _lacking(self, one: _Staged) -> list[str]:
        """Keys of the jobs that this student's points still wait for."""
        keys = [job["key"] for job in one.jobs.values() if job]
        return [k for k in keys if k in self.plan.wanted and k not in self.store.received]

    def came(self, key: str) -> None:
        """Score whoever waited for this job's result alone."""
        if key in self.plan.wanted:
            for one in list(self.todo.values()):
                mine = any(job and job["key"] == key for job in one.jobs.values())
                if mine and not self._lacking(one):
                    self._score(one)

    def finish(self, refusals: dict[str, str], progress) -> None:
        """Score all others; those whose jobs have no result keep their old points."""
        left = list(self.todo.values())
        for done, one in enumerate(left, start=1):
            if lacking := self._lacking(one):
                self.problems[one.student] = refusals.get(lacking[0], "it was not executed")
            else:
                self._score(one)
            progress(f"scoring {self.plan.lesson}", done, len(left))

    def _score(self, one: _Staged) -> None:
        del self.todo[one.student]
        with (
            _quiet(),
            temp_attrs(self.api.coursedir, assignment_id=self.plan.lesson, student_id=one.student),
        ):
            step = AutogradeStaged(coursedir=self.api.coursedir, parent=self.api)
            step.force = True
            told = capture_log(step)
        _stop_if_interrupted(told)
        if told["success"]:
            self.plan.unfinished.scored(one.student)
        else:
            self.problems[one.student] = _last_words(told)


def _stop_if_interrupted(told: dict) -> None:
    """Let a Ctrl-C through, which nbgrader takes for one student's failure."""
    if told.get("error", "").endswith("\nKeyboardInterrupt\n"):
        raise KeyboardInterrupt


def _last_words(told: dict) -> str:
    """The line of nbgrader's log that says what went wrong."""
    lines = [line for line in told.get("log", "").splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith(("[", " ", "Traceback"))]
    return (errors or lines or ["nbgrader gave no reason"])[-1][:500]


def _row(one: _Staged, state: str) -> Row:
    """A row with what is known before anything runs."""
    repairs = one.repairs + [repair for found in one.found.values() for repair in found]
    asks = [what for name in one.jobs for what in one.asks(name)]
    hopeless = one.refused or one.hopeless
    return Row(state, repairs=repairs, hopeless=hopeless, asks=list(dict.fromkeys(asks)))


def _unfit_rows(plan: _Plan) -> dict[str, Row]:
    return {student: Row("no verdict", problem=why) for student, why in plan.unfit.items()}


def _rows(plan: _Plan, problems: dict[str, str], store, config: Config) -> dict[str, Row]:
    """The closing table, with points as the gradebook has them, less what lateness costs."""
    rows = {}
    with Gradebook(CourseDirectory(config=config).db_url) as gradebook:
        for one in plan.staged:
            row = _row(one, "unchanged" if one.student in plan.current else "graded")
            rows[one.student] = row
            row.problem = problems.get(one.student)
            if row.problem:
                row.state = "no verdict"
            known = {}
            for name, job in one.jobs.items():
                result = store.get(job["key"]) if job else None
                if result is None:
                    continue
                row.seconds += result["seconds"]
                row.peak_mb = max(row.peak_mb, result["peak_mb"])
                given = verdicts(job, result, {"hopeless": None}, plan.released[name])
                row.suspicions += _suspected(given, result["suspicions"])
                _tell_failures(row, job, given, plan.released[name])
                known |= {(name, check): verdict for check, verdict in given.items()}
            with contextlib.suppress(MissingEntry):
                entry = gradebook.find_submission(plan.lesson, one.student)
                row.late = float(entry.total_seconds_late)
                row.penalty = float(entry.late_submission_penalty or 0.0)
                row.points, row.most = max(0.0, entry.score - row.penalty), entry.max_score
                row.review = bool(entry.needs_manual_grade)
                row.waits = _waits(entry, known)
                if row.review and (row.hopeless or row.asks):
                    row.waits.insert(0, BELOW)
    return rows


def _suspected(given: dict[str, Verdict], suspicions: list[dict]) -> list[str]:
    """Each suspicion once, with where it arose and the checks that it holds back."""
    places: dict[str, list[str]] = {}
    for one in suspicions:
        if not one["what"].startswith(SPREAD):
            places.setdefault(one["what"], []).append(one["id"])
    held: dict[str, list[str]] = {what: [] for what in places}
    for check, verdict in given.items():
        for what in verdict.evidence:
            if what.startswith(SPREAD):  # the words after the place may have been cut short
                plain = what.partition(": ")[2]
                what = next((one for one in places if one.startswith(plain)), what)
            held.setdefault(what, []).append(check)
    lines = []
    for what, checks in held.items():
        arose = [place for place in dict.fromkeys(places.get(what, [])) if place]
        others = [check for check in dict.fromkeys(checks) if check not in arose]
        notes = [f"at {', '.join(arose)}"] if arose else []
        also = "also " if given.keys() & set(arose) else ""
        notes += [f"{also}held back: {', '.join(others)}"] if others else []
        lines.append(f"{what} ({'; '.join(notes)})" if notes else what)
    return lines


def _tell_failures(row: Row, job: dict, given: dict[str, Verdict], released: Released) -> None:
    """Note in a row which exercises were not attempted, and what is to be said of others."""
    cells = {cell["id"]: cell for cell in job["cells"]}
    row.exercises += len({released.answer_of(check) or check for check in given})
    for check, verdict in given.items():
        if verdict.points >= cells[check]["points"] and not verdict.reasons:
            continue
        answer = released.answer_of(check)
        stub = released.cells[answer].stub if answer in cells else None
        if stub and cells[answer]["source"].strip() == stub.strip() and not verdict.evidence:
            row.untouched += [answer] if answer not in row.untouched else []
        elif plain := [why for why in verdict.reasons if why != WAITS]:
            row.failures[check] = " ".join(plain)


def _waits(entry, known: dict[tuple[str, str], Verdict]) -> list[str]:
    """What a person is needed for in a submission, as the gradebook has it."""
    written, others = 0, []
    for notebook in entry.notebooks:
        for one in notebook.grades:
            verdict = known.get((notebook.name, one.name))
            if not one.needs_manual_grade:
                continue
            if verdict and verdict.evidence:
                others.append("suspicion")
            elif verdict and verdict.review:
                others.append("check without a verdict")
            elif one.manual_score is not None:
                others.append("points given by hand before")
            elif one.auto_score is None:
                written += 1
    marking = [f"{_many(written, 'written answer')} to mark"] if written else []
    return [*dict.fromkeys(others), *marking]


def _feedback(config: Config, lesson: str, summary: Summary, progress) -> None:
    api = _api(config)
    done = [student for student, row in summary.rows.items() if row.state != "no verdict"]
    with _quiet():
        for place, student in enumerate(done, start=1):
            told = api.generate_feedback(lesson, student, force=True)
            _stop_if_interrupted(told)
            if not told["success"]:
                summary.rows[student].problem = f"no feedback: {_last_words(told)}"
            progress(f"feedback {lesson}", place, len(done))


def _remember(root: Path, summary: Summary) -> None:
    """Keep the summary for ``course report``; rows of students not in this run stay."""
    path = root / WORK / f"{summary.lesson}.json"
    known = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(path.read_text(encoding="utf-8"))["students"]
    known |= {student: asdict(row) for student, row in summary.rows.items()}
    content = json.dumps({"lesson": summary.lesson, "students": known}, indent=1)
    write_atomically(path, content.encode())


# ---- words -----------------------------------------------------------------------------------


def words(summary: Summary) -> str:
    """The summary as text for a terminal, without what a learner's text could do to one."""
    text = "\n".join(_lines(summary))
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _odd(row: Row) -> list[str]:
    lines = [f"    no sense could be made of it: {row.hopeless}"] if row.hopeless else []
    lines += [f"    to be looked at: {what}" for what in row.asks]
    lines += [f"    suspicious: {what}" for what in row.suspicions]
    return lines + [f"    repaired: {repair}" for repair in row.repairs]


def _many(count: int | str, what: str) -> str:
    return f"{count} {what}" if str(count) == "1" else f"{count} {what}s"


def _names(students: list[str]) -> str:
    more = f" and {len(students) - MAX_NAMES} more" if len(students) > MAX_NAMES else ""
    return ", ".join(students[:MAX_NAMES]) + more


def duration(seconds: float) -> str:
    """3 h 5 min, and days where there are any."""
    minutes = math.ceil(seconds / 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _of_student(student: str, row: Row) -> list[str]:
    points = "no points" if row.points is None else f"{row.points:g} of {row.most:g} points"
    marks = [row.state] if row.state != "graded" else []
    marks += [f"needs a person: {', '.join(row.waits)}"] if row.review else []
    lines = [f"{student:24s} {points}{''.join(f' · {mark}' for mark in marks)}"]
    if row.problem:
        lines.append(f"    {'NO VERDICT: ' * (row.state == 'no verdict')}{row.problem}")
    if row.late:
        cost = f": {_many(f'{row.penalty:g}', 'point')} off" if row.penalty else ""
        lines.append(f"    late by {duration(row.late)}{cost}")
    lines += _odd(row)
    if row.untouched:
        everything = row.exercises == len(row.untouched) > 1
        names = f"all {row.exercises}" if everything else ", ".join(row.untouched)
        lines.append(f"    not attempted: {names}")
    for check, why in row.failures.items():
        lines.append(f"    {check}: {' '.join(why.split())[:200]}")
    return lines


def _lines(summary: Summary) -> list[str]:
    rows, lines = summary.rows, []
    states = [row.state for row in rows.values()]
    if summary.dry_run:
        lines.append(
            f"{summary.lesson}: {states.count('to grade')} of {len(rows)} to grade; "
            f"{_many(summary.to_run, 'notebook')} to run, {_many(summary.stored, 'result')} stored"
        )
        for student, row in rows.items():
            if row.state == "to grade":
                lines += [f"  {student}", *_odd(row)]
        return lines
    # what was told before is told again only where it still waits for a decision
    quiet = [
        student
        for student, row in rows.items()
        if row.state == "unchanged" and not row.problem and not {"suspicion", BELOW} & {*row.waits}
    ]
    told = rows.keys() - set(quiet)
    lines.append(summary.lesson)
    suspicious = sorted(student for student in told if rows[student].suspicions)
    for student in sorted(told, key=lambda s: (s not in suspicious, s)):
        lines += _of_student(student, rows[student])
    if quiet:
        lines.append(f"unchanged: {_names(quiet)}")
        lines.append(f"for all remarks: `course report {summary.lesson}`")
    lacking = summary.to_run - summary.ran
    lines.append(
        f"{summary.lesson}: {states.count('graded')} graded, {states.count('unchanged')} "
        f"unchanged, {states.count('no verdict')} without a verdict; "
        f"{_many(summary.ran, 'notebook')} run, {f'{lacking} not run, ' if lacking else ''}"
        f"{summary.stored} taken from the store; {summary.seconds:.1f} s"
    )
    if summary.resumed:
        lines.append("this run went on with a regrading that had been stopped")
    if suspicious:
        lines.append(f"{len(suspicious)} suspicious, to be looked at first: {_names(suspicious)}")
    for count, what in (
        (sum(bool(row.repairs) for row in rows.values()), "repaired"),
        (sum(bool(row.hopeless) for row in rows.values()), "that no sense could be made of"),
    ):
        if count:
            lines.append(f"{count} {what}")
    if waiting := sum(row.review for row in rows.values()):
        verb = "waits" if waiting == 1 else "wait"
        lines.append(f"{waiting} {verb} for a person, in formgrader")
    if summary.sandbox:
        lines.append(f"sandbox: {summary.sandbox}")
    return lines
