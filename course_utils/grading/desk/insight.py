"""What a graded lesson says about its class, for the page (class_page.py) and tables (exports.py).

Everything is read from nbgrader's gradebook and from the autograded notebooks with the grader's
notes, so that it serves `course grade`, `nbgrader autograde` and formgrader's button alike.
"""

import re
from collections import Counter
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
    answers_in,
    late_cells,
    name_of,
    plain,
    read_notebook,
)
from course_utils.grading.desk.summary import UNTOUCHED, counted

# how an exercise went, best first
OUTCOMES = ("full points", "some points", "waits for a person", "no points", UNTOUCHED)
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
    answers: list[Answers]

    def graded(self) -> list[Row]:
        """Rows of those who handed in something that was graded."""
        return [row for row in self.rows if row.score is not None]


def gather(root: Path, lesson: str) -> Insight:
    """Read what the gradebook and the autograded notebooks hold of a lesson.

    Raises:
        FileNotFoundError: there is no gradebook.
        GradeError: it is damaged.
        ValueError: the gradebook does not know the lesson.
    """
    config = course_config(root)
    path = gradebook_path(config)
    if path and not path.is_file():
        raise FileNotFoundError(f"there is no gradebook {path}: release a lesson first")
    if path:
        check_whole(path, root)
    course = CourseDirectory(config=config)
    with words_for_accidents(path, root), Gradebook(course.db_url, course.course_id) as gradebook:
        return _gather(course, gradebook, lesson)


def _gather(course: CourseDirectory, gradebook: Gradebook, lesson: str) -> Insight:
    try:
        assignment = gradebook.find_assignment(lesson)
    except MissingEntry:
        known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
        raise ValueError(f"the gradebook has no lesson {lesson!r}; it has: {known}") from None
    rows = {
        s.id: Row(s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or "")
        for s in sorted(gradebook.students, key=lambda s: s.id)
    }
    released = {notebook.name: _released(course, notebook) for notebook in assignment.notebooks}
    for submission in gradebook.assignment_submissions(lesson):
        row = rows[submission.student_id]
        _take_score(row, submission)
        if row.score is None:
            continue
        for notebook in submission.notebooks:
            where = course.autograded_directory, row.student, lesson, notebook.name
            cells, note = read_notebook(course, *where)
            _take_notebook(row, notebook.grades, cells, note, *released[notebook.name])
    for row in rows.values():
        folder = course.format_path(course.submitted_directory, row.student, lesson)
        if row.score is None and (row.submitted or Path(folder).exists()):
            row.note(PROBLEM, "handed in, but not graded yet")
    exercises = [one for graded, _ in released.values() for one in graded.values()]
    answers = [one for _, written in released.values() for one in written.values()]
    return Insight(lesson, float(assignment.max_score), list(rows.values()), exercises, answers)


def _released(course: CourseDirectory, notebook) -> tuple[dict[str, Exercise], dict[str, Answers]]:
    """Graded cells by name, in the order of the released notebook, and cells of answers.

    Both are empty for a continuation.
    """
    graded = [*notebook.grade_cells, *notebook.task_cells]
    if not graded:
        return {}, {}
    where = ".", notebook.assignment.name, notebook.name
    cells, _ = read_notebook(course, course.release_directory, *where)
    solved, _ = read_notebook(course, course.source_directory, *where)
    place = {name_of(cell): n for n, cell in enumerate(cells)}
    graded.sort(key=lambda cell: (place.get(cell.name, len(cells)), cell.name))
    written = {cell.name for cell in [*notebook.solution_cells, *notebook.task_cells]}
    exercises = {
        cell.name: Exercise(cell.name, cell.max_score, cell.name in written)
        for cell in graded
        if cell.max_score
    }
    public = answers_in(solved)
    answers = {
        name: Answers(name, stub, public.get(name)) for name, stub in answers_in(cells).items()
    }
    return exercises, answers


def _take_score(row: Row, submission) -> None:
    """Note what the gradebook says of a submission as a whole; there may be no score yet."""
    row.submitted = str(submission.timestamp or "")
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if all(grade.auto_score is None and grade.manual_score is None for grade in grades):
        return
    penalty = submission.late_submission_penalty or 0.0
    row.score = max(0.0, submission.score - penalty)
    # what it cost: nobody loses more than there is
    row.penalty = submission.score - row.score if penalty else 0.0
    row.seconds_late = submission.total_seconds_late


def _take_notebook(
    row: Row, grades: list, cells: list[dict], note: dict, exercises: dict, answers: dict
) -> None:
    """Note a student's points, answers and remarks; ``note`` is the grader's on the notebook."""
    row.seconds = note.get("seconds", row.seconds)
    hopeless = note.get("hopeless")
    if hopeless:
        row.note(PROBLEM, f"no sense could be made of it: {hopeless}")
    row.note(PROBLEM, *note.get("asks", ()), *note.get("missing", ()))
    row.note(TIMEOUT, *late_cells(cells))
    row.note(REPAIRED, *note.get("repairs", ()))
    for name, source in answers_in(cells).items():
        if name in answers:
            answers[name].by_student[row.student] = source
    for grade in grades:
        if grade.name in exercises:
            reasons = [UNTOUCHED] if hopeless else note.get("said", {}).get(grade.name)
            _take_grade(row, grade, exercises[grade.name], reasons)


def _take_grade(row: Row, grade, exercise: Exercise, reasons: list[str] | None) -> None:
    """Note the points of one graded cell, and the first of the reasons why it has no more."""
    message = plain(reasons[0]) if reasons else ""
    row.points[exercise.name] = grade.score
    outcome = _outcome(grade, exercise, message)
    exercise.outcomes[outcome] += 1
    if grade.needs_manual_grade:
        row.waiting.append(exercise.name)
        # points given before count already: a person is only asked to confirm them
        if grade.manual_score is None:
            row.unmarked[exercise.name] = exercise.points
        if not exercise.written:
            row.note(CHECK, exercise.title)
    if message not in ("", UNTOUCHED) and outcome != "full points":
        exercise.messages[message] += 1


def _outcome(grade, exercise: Exercise, message: str) -> str:
    if grade.needs_manual_grade:
        return "waits for a person"
    if grade.score >= exercise.points:
        return "full points"
    if grade.score > 0:
        return "some points"
    # nbgrader gives points to a written answer by itself only where nothing was written
    unwritten = exercise.written and grade.manual_score is None
    return UNTOUCHED if unwritten or message == UNTOUCHED else "no points"


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
    by_hand = {exercise.name for exercise in found.exercises if exercise.written}
    unmarked = [pair for row in found.rows for pair in row.unmarked.items()]
    written = sum(points for name, points in unmarked if name in by_hand)
    checks = sum(points for name, points in unmarked if name not in by_hand)
    confirm = sum(len(row.waiting) - len(row.unmarked) for row in found.rows)
    parts = [f"{counted(written, 'point')} of written answers"] if written else []
    parts += [f"{counted(checks, 'point')} of checks"] if checks else []
    parts += [f"{counted(confirm, 'mark')} given before to confirm"] if confirm else []
    return f"{counted(waiting, 'student')} ({', '.join(parts)})"


def points_text(value: float | None) -> str:
    """Points as a table has them; empty where there are none."""
    return "" if value is None else f"{round(value, 4):g}"
