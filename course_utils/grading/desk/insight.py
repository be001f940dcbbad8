"""What a graded lesson says about its class, for the page (class_page.py) and tables (exports.py).

Everything is read from nbgrader's gradebook and from the autograded notebooks, so that it serves
grades of any origin. Times come from the record of the last `course grade`, if there is one.
"""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.desk.gradebook_file import (
    check_whole,
    course_config,
    gradebook_path,
    words_for_accidents,
)
from course_utils.grading.desk.notebook_words import (
    STUB,
    answers_in,
    late_cells,
    marks_of,
    messages_of,
    plain,
    read_notebook,
)
from course_utils.grading.desk.summary import counted
from course_utils.grading.shared import WORK

# how an exercise went, best first
OUTCOMES = ("full points", "some points", "waits for a person", "no points", "not attempted")
# kinds of remarks on a submission: what a person should look at first stands first
KINDS = PROBLEM, TIMEOUT, CHECK, REPAIRED = ("problem", "time-out", "check to mark", "repaired")


@dataclass
class Exercise:
    """A graded cell, over the whole class; ``written`` if a person marks it."""

    name: str
    points: float
    written: bool = False
    outcomes: Counter = field(default_factory=Counter)
    messages: Counter = field(default_factory=Counter)

    @property
    def title(self) -> str:
        """The exercise's name, without the prefix that marks its check."""
        return self.name.removeprefix("check_")

    def share(self, outcome: str) -> float:
        """Part of the graded submissions with this outcome, 0 to 1."""
        return self.outcomes[outcome] / max(self.outcomes.total(), 1)

    def commonest(self, most: int = 5) -> list[tuple[str, int]]:
        """The commonest messages, those that differ in numbers alone taken as one."""
        groups: dict[str, Counter] = {}
        for message, count in self.messages.items():
            pattern = re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "#", message, flags=re.IGNORECASE)
            groups.setdefault(pattern, Counter())[message] += count
        found = [(g.most_common(1)[0][0], g.total()) for g in groups.values()]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]


@dataclass
class Row:
    """A student's standing in one lesson; ``score`` is None where nothing was graded.

    ``penalty`` is what lateness took off the score, ``unmarked`` what a person may still give.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    submitted: str = ""
    score: float | None = None
    penalty: float = 0.0
    seconds_late: float = 0.0
    waiting: list[str] = field(default_factory=list)
    unmarked: dict[str, float] = field(default_factory=dict)  # waiting exercise -> its points
    points: dict[str, float] = field(default_factory=dict)
    seconds: float | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)  # kind of remark -> remarks

    def note(self, kind: str, *remarks: str) -> None:
        """Add remarks of one of the :data:`KINDS`, each once."""
        if remarks:
            known = self.notes.get(kind, [])
            self.notes[kind] = list(dict.fromkeys([*known, *map(plain, remarks)]))

    @property
    def name(self) -> str:
        """Last, first: the way gradebooks sort."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part)


@dataclass
class Answers:
    """What the class wrote into one code cell, the released stub, and the public solution."""

    exercise: str
    stub: str
    public: str | None = None
    by_student: dict[str, str] = field(default_factory=dict)


@dataclass
class Insight:
    """A lesson's class: everyone in the gradebook, and every graded cell in order."""

    lesson: str
    max_score: float
    rows: list[Row]
    exercises: list[Exercise]
    answers: list["Answers"] = field(default_factory=list)

    def graded(self) -> list[Row]:
        """Rows of those who handed in something that was graded."""
        return [row for row in self.rows if row.score is not None]

    def unmarked(self, written: bool) -> float:
        """Points of the class that wait for a person: of written answers, or of checks."""
        names = {exercise.name for exercise in self.exercises if exercise.written == written}
        return sum(n for row in self.rows for name, n in row.unmarked.items() if name in names)


@contextlib.contextmanager
def open_gradebook(root: Path) -> Iterator[tuple[CourseDirectory, Gradebook]]:
    """nbgrader's view of a course's folders, and the gradebook that is there."""
    config = course_config(Path(root))
    path = gradebook_path(config)
    if path and not path.is_file():
        raise FileNotFoundError(f"there is no gradebook {path}: release a lesson first")
    if path:
        check_whole(path, Path(root))
    course = CourseDirectory(config=config)
    with (
        words_for_accidents(path, Path(root)),
        Gradebook(course.db_url, course.course_id) as gradebook,
    ):
        yield course, gradebook


def _graded_notebooks(assignment) -> list:
    """Notebooks in which something is graded: not a continuation."""
    return [n for n in assignment.notebooks if n.grade_cells or n.task_cells]


def _exercises(course: CourseDirectory, assignment) -> dict[tuple[str, str], Exercise]:
    """Graded cells by (notebook, name), in the order of the released notebooks."""
    found = {}
    for notebook in _graded_notebooks(assignment):
        folder = course.format_path(course.release_directory, ".", assignment.name)
        cells, _ = read_notebook(Path(folder) / f"{notebook.name}.ipynb")
        place = {str(marks_of(cell).get("grade_id")): n for n, cell in enumerate(cells)}
        graded = [*notebook.grade_cells, *notebook.task_cells]
        graded.sort(key=lambda cell: (place.get(cell.name, len(cells)), cell.name))
        written = {cell.name for cell in [*notebook.solution_cells, *notebook.task_cells]}
        for cell in graded:
            if cell.max_score:
                exercise = Exercise(cell.name, cell.max_score, cell.name in written)
                found[notebook.name, cell.name] = exercise
    return found


def _outcome(grade, exercise: Exercise, message: str) -> str:
    if grade.needs_manual_grade:
        return "waits for a person"
    if grade.score >= exercise.points:
        return "full points"
    if grade.score > 0:
        return "some points"
    # nbgrader gives points to a written answer by itself only where nothing was written
    unwritten = exercise.written and grade.manual_score is None
    return "not attempted" if unwritten or message == STUB else "no points"


def record_path(root: Path, lesson: str) -> Path:
    """Where the last `course grade` of a lesson left its times and remarks, as JSON."""
    return Path(root) / WORK / f"{lesson}.json"


def _record(root: Path, lesson: str) -> dict[str, dict]:
    try:
        told = json.loads(record_path(root, lesson).read_text(encoding="utf-8"))["students"]
        return {student: row for student, row in told.items() if isinstance(row, dict)}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def gather(root: Path, lesson: str) -> Insight:
    """Read what the gradebook and the autograded notebooks hold of a lesson.

    Raises:
        FileNotFoundError: there is no gradebook.
        GradeError: it is damaged.
        ValueError: the gradebook does not know the lesson.
    """
    told = _record(root, lesson)
    with open_gradebook(root) as (course, gradebook):
        try:
            assignment = gradebook.find_assignment(lesson)
        except MissingEntry:
            known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
            raise ValueError(f"the gradebook has no lesson {lesson!r}; it has: {known}") from None
        exercises, answers = _exercises(course, assignment), _answers(course, assignment)
        rows = {
            s.id: Row(
                s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or ""
            )
            for s in gradebook.students
        }
        for submission in gradebook.assignment_submissions(lesson):
            row = rows[submission.student_id]
            if not _take_score(row, submission):
                continue
            messages = _take_notebooks(row, submission, course, told, answers)
            _take_grades(row, submission, exercises, messages)
        max_score = float(assignment.max_score)
    for student in told.keys() & rows.keys():
        _take_record(rows[student], told[student])
    in_order = [rows[student] for student in sorted(rows)]
    return Insight(lesson, max_score, in_order, list(exercises.values()), list(answers.values()))


def _answers(course: CourseDirectory, assignment) -> dict[tuple[str, str], Answers]:
    """Code cells that are to be written, by (notebook, name); nobody's answer is in them yet."""
    found = {}
    for notebook in _graded_notebooks(assignment):
        steps = course.release_directory, course.source_directory
        folders = [Path(course.format_path(step, ".", assignment.name)) for step in steps]
        paths = [folder / f"{notebook.name}.ipynb" for folder in folders]
        stubs, public = (answers_in(read_notebook(path)[0]) for path in paths)
        for name, stub in stubs.items():
            found[notebook.name, name] = Answers(name, stub, public.get(name))
    return found


def _take_score(row: Row, submission) -> bool:
    """Note what the gradebook says of a submission as a whole; False if nothing is graded."""
    row.submitted = str(submission.timestamp or "")
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if all(grade.auto_score is None and grade.manual_score is None for grade in grades):
        row.note(PROBLEM, "handed in, but not graded yet")
        return False
    penalty = submission.late_submission_penalty or 0.0
    row.score = max(0.0, submission.score - penalty)
    # what it cost: nobody loses more than there is
    row.penalty = submission.score - row.score if penalty else 0.0
    row.seconds_late = submission.total_seconds_late
    return True


def _take_notebooks(row: Row, submission, course, told: dict, answers: dict) -> dict:
    """Read a student's autograded notebooks; returns (notebook, check) -> why it failed."""
    messages: dict[tuple[str, str], str] = {}
    lesson = submission.assignment.name
    for notebook in submission.notebooks:
        folder = course.format_path(course.autograded_directory, row.student, lesson)
        cells, note = read_notebook(Path(folder) / f"{notebook.name}.ipynb")
        found = messages_of(cells)
        # the notebook's own notes are never older than the record
        if (note or told.get(row.student, {})).get("hopeless"):
            found = {grade.name: STUB for grade in notebook.grades}
        messages |= {(notebook.name, name): message for name, message in found.items()}
        row.note(PROBLEM, *note.get("missing", ()))
        row.note(TIMEOUT, *late_cells(cells))
        for name, source in answers_in(cells).items():
            if (notebook.name, name) in answers:
                answers[notebook.name, name].by_student[row.student] = source
    return messages


def _take_grades(row: Row, submission, exercises: dict, messages: dict) -> None:
    """Note a student's points, in the row and in the exercises."""
    checks = []
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            where = notebook.name, grade.name
            if where not in exercises:
                continue
            exercise, message = exercises[where], messages.get(where, "")
            row.points[exercise.name] = grade.score
            outcome = _outcome(grade, exercise, message)
            exercise.outcomes[outcome] += 1
            if outcome == "waits for a person":
                row.waiting.append(exercise.name)
                # points given before count already: a person is only asked to confirm them
                if grade.manual_score is None:
                    row.unmarked[exercise.name] = exercise.points
                if not exercise.written:
                    checks.append(exercise.title)
            if message not in ("", STUB) and outcome != "full points":
                exercise.messages[message] += 1
    row.note(CHECK, *checks)


def _take_record(row: Row, told: dict) -> None:
    """Add what the last `course grade` said of a student."""
    # nothing ran for those of whose work no sense could be made
    row.seconds = told.get("seconds") or None
    row.note(PROBLEM, *filter(None, [told.get("problem")]))
    if told.get("hopeless"):
        row.note(PROBLEM, f"no sense could be made of it: {told['hopeless']}")
    row.note(PROBLEM, *told.get("asks", ()))
    row.note(REPAIRED, *told.get("repairs", ()))


def gather_graded(root: Path, lesson: str) -> Insight:
    """:func:`gather`, where there is something to tell."""
    found = gather(root, lesson)
    if not found.graded():
        raise ValueError(f"nothing is graded yet for {lesson}: run `course grade {lesson}`")
    return found


def waiting_words(found: Insight) -> str:
    """Whose work waits for a person, and how many points with it; empty if nobody's."""
    waiting = sum(bool(row.waiting) for row in found.rows)
    if not waiting:
        return ""
    written, checks = found.unmarked(written=True), found.unmarked(written=False)
    parts = [f"{counted(written, 'point')} of written answers"] if written else []
    parts += [f"{counted(checks, 'point')} of checks"] if checks else []
    confirm = sum(len(row.waiting) - len(row.unmarked) for row in found.rows)
    parts += [f"{counted(confirm, 'mark')} given before to confirm"] if confirm else []
    return f"{counted(waiting, 'student')} ({', '.join(parts)})"


def points_text(value: float | None) -> str:
    """Points as a table has them; empty where there are none."""
    return "" if value is None else f"{round(value, 4):g}"
