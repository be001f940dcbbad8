"""What a graded lesson says about its class: a page and a picture, and tables for other systems.

Everything is read from nbgrader's gradebook and from the autograded notebooks, so that it serves
grades of any origin. Times come from the record of the last `course grade`, if there is one.
"""

import base64
import csv
import html
import io
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from course_utils.grading.grade import duration
from course_utils.grading.scoring import NOTE, error_words
from course_utils.paths import write_atomically
from course_utils.plots import COLORS, GREY

# how an exercise went, best first, and the colour that stands for it
OUTCOMES = {
    "full points": COLORS[2],
    "some points": COLORS[5],
    "waits for a person": COLORS[4],
    "no points": COLORS[1],
    "not attempted": "#BBBBBB",
}
LAYOUTS = ("csv", "canvas", "moodle")
STUB = "NotImplementedError"
# kinds of remarks on a submission: what a person should look at first stands first
SUSPICIOUS, PROBLEM, TIMEOUT, CHECK, REPAIRED = (
    "suspicious",
    "problem",
    "time-out",
    "check to mark",
    "repaired",
)
KINDS = (SUSPICIOUS, PROBLEM, TIMEOUT, CHECK, REPAIRED)
MAX_MESSAGE = 300  # characters


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
        for remark in map(_plain, remarks):
            if remark not in self.notes.setdefault(kind, []):
                self.notes[kind].append(remark)

    @property
    def name(self) -> str:
        """Last, first: the way gradebooks sort."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part)


@dataclass
class Insight:
    """A lesson's class: everyone in the gradebook, and every graded cell in order."""

    lesson: str
    max_score: float
    rows: list[Row]
    exercises: list[Exercise]

    def graded(self) -> list[Row]:
        """Rows of those who handed in something that was graded."""
        return [row for row in self.rows if row.score is not None]

    def unmarked(self, written: bool) -> float:
        """Points of the class that wait for a person: of written answers, or of checks."""
        names = {exercise.name for exercise in self.exercises if exercise.written == written}
        return sum(n for row in self.rows for name, n in row.unmarked.items() if name in names)


def course_directory(root: Path) -> CourseDirectory:
    """nbgrader's own view of the folders, with the settings of the repository."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    return CourseDirectory(config=config)


def open_gradebook(course: CourseDirectory) -> Gradebook:
    """The gradebook that is there (nbgrader would make an empty one).

    Raises:
        FileNotFoundError: there is none yet.
    """
    path = course.db_url.removeprefix("sqlite:///")
    if path != course.db_url and not Path(path).is_file():
        raise FileNotFoundError(f"there is no gradebook {path}: release a lesson first")
    return Gradebook(course.db_url, course.course_id)


def _plain(text, limit: int = MAX_MESSAGE) -> str:
    """One line of plain text: no colours of a terminal, no control characters, cut to size."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text if isinstance(text, str) else "")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _read_notebook(path: Path) -> tuple[list[dict], dict]:
    """Cells of a notebook and the grader's notes on it; none of what cannot be read.

    No schema is asked for: it is only shown.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
        note = notebook.get("metadata", {}).get(NOTE)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return [], {}
    return cells, note if isinstance(note, dict) else {}


def _marks(cell: dict) -> dict:
    marks = cell.get("metadata", {}).get("nbgrader", {})
    return marks if isinstance(marks, dict) else {}


def _error(cell: dict) -> tuple[str, str] | None:
    """Name and message of the last error among a cell's outputs."""
    for output in reversed(cell.get("outputs") or []):
        if isinstance(output, dict) and output.get("output_type") == "error":
            return _plain(output.get("ename"), 80), _plain(output.get("evalue"))
    return None


def _messages(cells: list[dict]) -> dict[str, str]:
    """Check's name -> why it failed, or :data:`STUB` if there is nothing in the exercise yet."""
    answers = {
        str(_marks(cell).get("grade_id")): _error(cell)
        for cell in cells
        if _marks(cell).get("solution") and cell.get("cell_type") == "code"
    }
    found, before = {}, None
    for cell in cells:
        marks, error = _marks(cell), _error(cell)
        name = str(marks.get("grade_id"))
        if name in answers and not marks.get("grade"):
            before = name
        elif marks.get("grade") and error:
            own = name.removeprefix("check_")
            # the answer's own error is the cause: the check only misses what it did not define
            cause = answers.get(own if own in answers else before) or error
            found[name] = STUB if cause[0] == STUB else error_words(*cause)
    return found


def _late(cells: list[dict]) -> list[str]:
    """What is to be said of the cells that were stopped since they took too long."""
    errors = [(str(_marks(cell).get("grade_id") or "another cell"), _error(cell)) for cell in cells]
    return [
        f"{name}: {error[1]}" for name, error in errors if error and error[0] == "CellTimeoutError"
    ]


def _exercises(course: CourseDirectory, assignment) -> dict[tuple[str, str], Exercise]:
    """Graded cells by (notebook, name), in the order of the released notebooks."""
    found, notebooks = {}, [n for n in assignment.notebooks if n.grade_cells or n.task_cells]
    for notebook in notebooks:
        folder = course.format_path(course.release_directory, ".", assignment.name)
        cells, _ = _read_notebook(Path(folder) / f"{notebook.name}.ipynb")
        place = {str(_marks(cell).get("grade_id")): n for n, cell in enumerate(cells)}
        graded = [*notebook.grade_cells, *notebook.task_cells]
        graded.sort(key=lambda cell: (place.get(cell.name, len(cells)), cell.name))
        written = {cell.name for cell in [*notebook.solution_cells, *notebook.task_cells]}
        for cell in graded:
            name = cell.name
            if len(notebooks) > 1:  # a continuation, in which nothing is graded, is none of them
                name = f"{notebook.name}/{name}"
            if cell.max_score:
                exercise = Exercise(name, cell.max_score, cell.name in written)
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
    return Path(root) / ".grading" / f"{lesson}.json"


def _record(root: Path, lesson: str) -> dict:
    try:
        told = json.loads(record_path(root, lesson).read_text(encoding="utf-8"))["students"]
        return told if isinstance(told, dict) else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _of_student(told: dict, student: str) -> dict:
    remarks = told.get(student)
    return remarks if isinstance(remarks, dict) else {}


def gather(root: Path, lesson: str) -> Insight:
    """Read what the gradebook and the autograded notebooks hold of a lesson.

    Raises:
        FileNotFoundError: there is no gradebook.
        ValueError: the gradebook does not know the lesson.
    """
    course = course_directory(root)
    told = _record(root, lesson)
    with open_gradebook(course) as gradebook:
        try:
            assignment = gradebook.find_assignment(lesson)
        except MissingEntry:
            known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
            raise ValueError(f"the gradebook has no lesson {lesson!r}; it has: {known}") from None
        exercises = _exercises(course, assignment)
        rows = {
            s.id: Row(
                s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or ""
            )
            for s in gradebook.students
        }
        for submission in gradebook.assignment_submissions(lesson):
            row = rows[submission.student_id]
            row.submitted = str(submission.timestamp or "")
            grades = [
                (notebook.name, grade)
                for notebook in submission.notebooks
                for grade in notebook.grades
            ]
            if all(g.auto_score is None and g.manual_score is None for _, g in grades):
                row.note(PROBLEM, "handed in, but not graded yet")
                continue
            penalty = submission.late_submission_penalty or 0.0
            row.score = max(0.0, submission.score - penalty)
            # what it cost: nobody loses more than there is
            row.penalty = submission.score - row.score if penalty else 0.0
            row.seconds_late = submission.total_seconds_late
            messages, senseless = {}, set()
            for notebook in submission.notebooks:
                folder = course.format_path(course.autograded_directory, row.student, lesson)
                cells, note = _read_notebook(Path(folder) / f"{notebook.name}.ipynb")
                # the notebook's own notes are never older than the record
                if (note or _of_student(told, row.student)).get("hopeless"):
                    senseless.add(notebook.name)
                if note.get("missing"):
                    row.note(PROBLEM, *note["missing"])
                messages |= {(notebook.name, n): m for n, m in _messages(cells).items()}
                if late := _late(cells):
                    row.note(TIMEOUT, *late)
            checks = []
            for notebook, grade in grades:
                where = notebook, grade.name
                if where not in exercises:
                    continue
                exercise = exercises[where]
                row.points[exercise.name] = grade.score
                message = STUB if notebook in senseless else messages.get(where, "")
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
            if checks:
                row.note(CHECK, *checks)
        for student in told:
            if student in rows and (remarks := _of_student(told, student)):
                # nothing ran for those of whose work no sense could be made
                rows[student].seconds = remarks.get("seconds") or None
                row = rows[student]
                if remarks.get("problem"):
                    row.note(PROBLEM, remarks["problem"])
                if remarks.get("hopeless"):
                    row.note(PROBLEM, f"no sense could be made of it: {remarks['hopeless']}")
                if remarks.get("asks"):
                    row.note(PROBLEM, *remarks["asks"])
                if remarks.get("suspicions"):
                    row.note(SUSPICIOUS, *remarks["suspicions"])
                    row.notes.pop(CHECK, None)  # it waits because of them
                if remarks.get("repairs"):
                    row.note(REPAIRED, *remarks["repairs"])
        max_score = float(assignment.max_score)
    in_order = [rows[student] for student in sorted(rows)]
    return Insight(lesson, max_score, in_order, list(exercises.values()))


# ---- the page and the picture ----------------------------------------------------------------


def _count(number: float, what: str) -> str:
    """1 student, 2 students."""
    return f"{number:g} {what}{'' if number == 1 else 's'}"


def _median(values: list[float]) -> float:
    middle = len(values) // 2
    values = sorted(values)
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _waiting(found: Insight) -> str:
    """Whose work waits for a person, and how many points with it; empty if nobody's."""
    waiting = sum(bool(row.waiting) for row in found.rows)
    if not waiting:
        return ""
    written, checks = found.unmarked(written=True), found.unmarked(written=False)
    parts = [f"{_count(written, 'point')} of written answers"] if written else []
    parts += [f"{_count(checks, 'point')} of checks"] if checks else []
    confirm = sum(len(row.waiting) - len(row.unmarked) for row in found.rows)
    parts += [f"{_count(confirm, 'mark')} given before to confirm"] if confirm else []
    return f"{_count(waiting, 'student')} ({', '.join(parts)})"


def in_words(found: Insight) -> list[str]:
    """The report in a few sentences: they stand above the picture and for it."""
    graded = found.graded()
    scores = [row.score for row in graded]
    words = [
        f"Graded: the work of {len(graded)} of {_count(len(found.rows), 'student')}; the median is "
        f"{_median(scores):g} of {found.max_score:g} points, the range {min(scores):g} to "
        f"{max(scores):g}."
    ]
    if waiting := _waiting(found):
        words.append(f"Still to be marked by a person: {waiting}. The points are not final.")
    checked = [e for e in found.exercises if not e.written]
    if checked:
        hardest = min(checked, key=lambda e: e.share("full points"))
        words.append(
            f"The hardest exercise is {hardest.title}: {hardest.share('full points'):.0%} have its "
            f"full points, {hardest.share('not attempted'):.0%} did not attempt it."
        )
        if hardest.messages:
            message, count = hardest.commonest(1)[0]
            told = f"({count} of {len(graded)}): “{message}”"
            if count > 1:
                words.append(f"The commonest message there {told}")
            elif len(hardest.messages) == 1:
                words.append(f"The only message there {told}")
            else:
                words.append(f"No two of the {len(hardest.messages)} messages there are alike.")
    times = [row.seconds for row in graded if row.seconds is not None]
    if times:
        words.append(
            f"A notebook took {_median(times):.1f} s to grade (median), the longest "
            f"{max(times):.1f} s."
        )
    return words


def picture(found: Insight) -> Figure:
    """Points of the class, outcome of each exercise and, if known, time of each notebook."""
    graded = found.graded()
    times = [row.seconds for row in graded if row.seconds is not None]
    panels = 3 if times else 2
    height = max(3.0, 0.9 + 0.42 * len(found.exercises))
    # the picture may be shown by itself, and before everything is marked
    fig = Figure(figsize=(4.6 * panels, height + 0.5), layout="constrained")
    title = f"{found.lesson}: {len(graded)} of {_count(len(found.rows), 'student')}, {date.today()}"
    if unmarked := sum(bool(row.unmarked) for row in found.rows):
        points = _count(found.unmarked(written=True) + found.unmarked(written=False), "point")
        title += f"\nnot final: {points} of {_count(unmarked, 'student')} still to be marked"
    elif _waiting(found):
        title += "\nnot final: marks still to be confirmed"
    fig.suptitle(title, fontsize=12)
    axes = fig.subplots(1, panels, width_ratios=[1, 1.5, 0.8][:panels])

    scores = [row.score for row in graded]
    bins = _bins(max([found.max_score, *scores]))
    axes[0].hist(scores, bins=bins, color=COLORS[0], edgecolor="white")
    axes[0].set_xlim(bins[0], bins[-1])
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0].set(title="Points", xlabel=f"points of {found.max_score:g}", ylabel="students")
    axes[0].yaxis.set_major_locator(MaxNLocator(integer=True))

    names = [f"{e.title} ({e.points:g})" for e in found.exercises]
    left = [0.0] * len(names)
    for outcome, color in OUTCOMES.items():
        shares = [e.share(outcome) for e in found.exercises]
        if any(shares):
            axes[1].barh(names, shares, left=left, color=color, label=outcome, edgecolor="white")
            left = [a + b for a, b in zip(left, shares, strict=True)]
    axes[1].invert_yaxis()
    axes[1].set(title="Exercises (points)", xlabel="share of the graded submissions", xlim=(0, 1))
    axes[1].xaxis.set_major_formatter(PercentFormatter(1))
    axes[1].grid(False)
    fig.legend(loc="outside lower center", ncols=len(OUTCOMES), fontsize=9)
    if times:
        axes[2].hist(times, bins=20, color=GREY)
        axes[2].set(title="Time to grade a notebook", xlabel="seconds", ylabel="notebooks")
        axes[2].yaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


def _bins(most: float) -> list[float]:
    """At most 21 bins of whole points, each in the bin's middle (or spread evenly over it)."""
    width = max(1, math.ceil(most / 20))
    return [n * width - 0.5 for n in range(math.floor((most + 0.5) / width) + 2)]


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
img{max-width:100%;height:auto}table{border-collapse:collapse;margin:.6em 0}
th,td{text-align:left;padding:.25em .9em .25em 0;border-bottom:1px solid #ddd;vertical-align:top}
td.n,th.n{text-align:right}h2{margin-top:1.8em;font-size:1.2em}p.small{color:#555;font-size:.9em}
"""


def _table(head: list[str], rows: list[list], numbers: int = 0) -> str:
    """An HTML table; ``numbers`` columns after the first are set right."""

    def line(cells, tag):
        kinds = [' class="n"' if 0 < n <= numbers else "" for n in range(len(cells))]
        texts = [html.escape(str(cell)) for cell in cells]
        return "".join(
            f"<{tag}{kind}>{text}</{tag}>" for kind, text in zip(kinds, texts, strict=True)
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>\n" for row in rows)
    return f"<table><thead><tr>{line(head, 'th')}</tr></thead><tbody>\n{body}</tbody></table>"


def page(found: Insight, png: bytes) -> str:
    """The report as one HTML file: no script, nothing fetched, every foreign text escaped."""
    words = in_words(found)
    title = f"{found.lesson}: how the class did"
    outcomes = list(OUTCOMES)
    shares = [
        [e.title, f"{e.points:g}", *(f"{e.share(outcome):.0%}" for outcome in outcomes)]
        for e in found.exercises
    ]
    messages = [
        [e.title, count, message] for e in found.exercises for message, count in e.commonest()
    ]
    repeated = any(count > 1 for _, count, _ in messages)
    late = [
        [row.student, duration(row.seconds_late), _points(row.penalty), _points(row.score)]
        for row in found.rows
        if row.seconds_late > 0 or row.penalty
    ]
    attention = [
        [row.student, kind, "; ".join(row.notes[kind])]
        for kind in KINDS
        for row in found.rows
        if kind in row.notes
    ]
    written = [row.student for row in found.rows if row.waiting and not row.notes]
    both = [row.student for row in found.rows if row.waiting and row.notes]
    missing = [row.student for row in found.rows if not row.submitted and row.score is None]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(title)}</h1>",
        *(f"<p>{html.escape(sentence)}</p>" for sentence in words),
        f'<img alt="{html.escape(" ".join(words), quote=True)}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}">',
        "<h2>Exercises</h2>",
        _table(["exercise", "points", *outcomes], shares, numbers=1 + len(outcomes)),
        f"<h2>{'Commonest messages' if repeated else 'Messages'} of failed checks</h2>",
        _table(["exercise", "students", "message"], messages, numbers=1)
        if messages
        else "<p>None.</p>",
        '<p class="small">Messages that differ only in numbers count as one.</p>',
        "<h2>For a person to look at</h2>",
        _table(["student", "kind", "remarks"], attention) if attention else "<p>No remarks.</p>",
    ]
    for whose, students in (
        ("Answers to mark, and in the table above", both),
        ("Only written answers to mark", written),
    ):
        if students:
            parts.append(f"<p>{whose}: {html.escape(', '.join(students))}</p>")
    if late:
        head = ["student", "late by", "points lost", "points left"]
        parts += ["<h2>Handed in late</h2>", _table(head, late, numbers=3)]
    if missing:
        parts.append(f"<h2>Nothing handed in</h2><p>{html.escape(', '.join(missing))}</p>")
    return "\n".join([*parts, "</body></html>\n"])


def _gather_graded(root: Path, lesson: str) -> Insight:
    found = gather(root, lesson)
    if not found.graded():
        raise ValueError(f"nothing is graded yet for {lesson}: run `course grade {lesson}`")
    return found


def write_report(root: Path, lesson: str, folder: Path | None = None) -> Path:
    """Write ``<lesson>.html`` and ``<lesson>.png``; returns the path of the page.

    The picture names no student, the page does.

    Args:
        root: the course's folder.
        lesson: the lesson's slug.
        folder: where to; ``artifacts/reports`` of the course by default.

    Raises:
        FileNotFoundError: there is no gradebook.
        ValueError: the gradebook does not know the lesson, or nothing of it is graded.
    """
    found = _gather_graded(root, lesson)
    folder = Path(folder) if folder else Path(root) / "artifacts" / "reports"
    buffer = io.BytesIO()
    picture(found).savefig(buffer, format="png", dpi=120, facecolor="white")
    write_atomically(folder / f"{lesson}.png", buffer.getvalue())
    write_atomically(folder / f"{lesson}.html", page(found, buffer.getvalue()).encode())
    return folder / f"{lesson}.html"


# ---- tables for other systems ----------------------------------------------------------------


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _points(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4):g}"


def _as_csv(found: Insight) -> list[list[str]]:
    names = [exercise.name for exercise in found.exercises]
    head = ["student_id", "last_name", "first_name", "email", "submitted", "score"]
    rows = [[*head, "late_penalty", "max_score", "waits_for_marks", *names]]
    for row in found.rows:
        who = [_cell(t) for t in (row.student, row.last_name, row.first_name, row.email)]
        rows.append(
            [
                *who,
                row.submitted,
                _points(row.score),
                _points(row.penalty),
                f"{found.max_score:g}",
                " ".join(row.waiting),
                *(_points(row.points.get(name)) for name in names),
            ]
        )
    return rows


def _as_canvas(found: Insight) -> list[list[str]]:
    """Canvas finds a student by ID, else by SIS login, else by name; an empty grade stays as is."""
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", found.lesson],
        ["    Points Possible", "", "", "", "", f"{found.max_score:g}"],
    ]
    for row in found.rows:
        own_id = row.lms_id if row.lms_id.isdigit() else ""
        name = _cell(row.name or row.student)
        rows.append([name, own_id, "", _cell(row.student), "", _points(row.score)])
    return rows


def _as_moodle(found: Insight) -> list[list[str]]:
    """The columns of Moodle's own export; only graded students, since a gap erases a grade."""
    item = f"Assignment: {found.lesson} (Real)"
    rows = [["First name", "Last name", "Username", "ID number", "Email address", item]]
    for row in found.graded():
        who = (row.first_name, row.last_name, row.student, row.lms_id, row.email)
        rows.append([*map(_cell, who), _points(row.score)])
    return rows


def export(root: Path, lesson: str, layout: str, path: Path) -> str:
    """Write a lesson's points as CSV; returns what to tell the instructor.

    Args:
        root: the course's folder.
        lesson: the lesson's slug.
        layout: "csv" (points of every exercise), "canvas" or "moodle".
        path: the file to write.

    Raises:
        FileNotFoundError: there is no gradebook.
        ValueError: unknown layout, the gradebook does not know the lesson, or nothing is graded.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"unknown layout {layout!r}: use {', '.join(LAYOUTS)}")
    found = _gather_graded(root, lesson)
    rows = {"csv": _as_csv, "canvas": _as_canvas, "moodle": _as_moodle}[layout](found)
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    # Excel takes a file without a byte order mark for one of its own encoding; Canvas and Moodle
    # read both
    write_atomically(Path(path), buffer.getvalue().encode("utf-8-sig"))
    graded = found.graded()
    words = [f"wrote {path}: {_count(len(graded), 'student')} with points"]
    if waiting := _waiting(found):
        words.append(f"still to be marked by a person: {waiting}")
    absent = len(found.rows) - len(graded)
    if absent:
        how = {"csv": "a row without score", "canvas": "a row without grade: Canvas keeps its own"}
        words.append(
            f"without graded work: {absent} ({how.get(layout, 'left out: a gap would erase')})"
        )
    nameless = sum(not row.email for row in graded)
    if layout == "moodle" and nameless:
        words.append(
            f"without e-mail address in the gradebook: {nameless}; map Username, or add addresses "
            "with `nbgrader db student add ID --email=…`"
        )
    return "; ".join(words)
