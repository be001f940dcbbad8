"""What a run of ``course grade`` is to do, what it did, and the words on it; without nbgrader."""

import math
from dataclasses import dataclass, field

from course_utils.grading.shared import some_names

BELOW = "what is said below"  # what a person is needed for
UNTOUCHED = "not attempted"  # what is said of a check whose answer is the released stub


@dataclass(frozen=True)
class Options:
    """What a run is to do, beside lessons and students."""

    workers: int = 2  # sandboxes that run at the same time, on this machine
    scheduler: str | None = None  # address of a Dask scheduler to use instead
    regrade: bool = False  # run and score everything again; after a kill, what was left of it
    sandbox: str = "auto"  # or "bubblewrap", "container", "none"
    dry_run: bool = False  # only say what would be done; neither gradebook nor results change
    feedback: bool = False  # also make the pages of feedback


@dataclass
class Row:
    """What became of one student's submission.

    ``state`` is "graded", "unchanged", "to grade" (dry run) or "no verdict", with ``problem``.
    ``points`` are those that count, as in the exports: the gradebook's score less the penalty.
    """

    state: str = "to grade"
    points: float | None = None
    most: float | None = None
    waits: list[str] = field(default_factory=list)  # what a person is needed for
    said: dict[str, list[str]] = field(default_factory=dict)  # check -> what is to be said of it
    repairs: list[str] = field(default_factory=list)
    hopeless: str | None = None
    asks: list[str] = field(default_factory=list)  # what else a person must look at
    late: float = 0.0  # seconds
    penalty: float = 0.0  # points for it, taken off already
    problem: str | None = None

    @property
    def review(self) -> bool:
        """Whether a person is needed."""
        return bool(self.waits)


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


def counted(number: float, what: str) -> str:
    """1 point, 2 points."""
    return f"{number:g} {what}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """3 h 5 min, and days where there are any."""
    minutes = math.ceil(seconds / 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def words(summary: Summary) -> str:
    """The summary as text for a terminal, without what a learner's text could do to one."""
    lines = _preview(summary) if summary.dry_run else _told(summary)
    return "".join(c if c.isprintable() or c == "\n" else " " for c in "\n".join(lines))


def _preview(summary: Summary) -> list[str]:
    rows = {s: row for s, row in summary.rows.items() if row.state == "to grade"}
    lines = [
        f"{summary.lesson}: {len(rows)} of {len(summary.rows)} to grade; "
        f"{counted(summary.to_run, 'notebook')} to run, {counted(summary.stored, 'result')} stored"
    ]
    for student, row in rows.items():
        lines += [f"  {student}", *_odd(row)]
    return lines


def _told(summary: Summary) -> list[str]:
    rows = summary.rows
    # what was told before is told again only where it still waits for a decision
    quiet = [
        student
        for student, row in rows.items()
        if row.state == "unchanged" and not row.problem and BELOW not in row.waits
    ]
    lines = [summary.lesson]
    for student in sorted(rows.keys() - set(quiet)):
        lines += _of_student(student, rows[student])
    if quiet:
        lines.append(f"unchanged: {some_names(quiet)}")
        lines.append(f"for all remarks: `course report {summary.lesson}`")
    states = [row.state for row in rows.values()]
    lacking = summary.to_run - summary.ran
    lines.append(
        f"{summary.lesson}: {states.count('graded')} graded, {states.count('unchanged')} "
        f"unchanged, {states.count('no verdict')} without a verdict; "
        f"{counted(summary.ran, 'notebook')} run, {f'{lacking} not run, ' if lacking else ''}"
        f"{summary.stored} taken from the store; {summary.seconds:.1f} s"
    )
    if summary.resumed:
        lines.append("this run went on with a regrading that had been stopped")
    if repaired := sum(bool(row.repairs) for row in rows.values()):
        lines.append(f"{repaired} repaired")
    if hopeless := sum(bool(row.hopeless) for row in rows.values()):
        lines.append(f"{hopeless} that no sense could be made of")
    if waiting := sum(row.review for row in rows.values()):
        verb = "waits" if waiting == 1 else "wait"
        lines.append(f"{waiting} {verb} for a person, in formgrader")
    if summary.sandbox:
        lines.append(f"sandbox: {summary.sandbox}")
    return lines


def _of_student(student: str, row: Row) -> list[str]:
    points = "no points" if row.points is None else f"{row.points:g} of {row.most:g} points"
    parts = [points, *([row.state] if row.state != "graded" else [])]
    parts += [f"needs a person: {', '.join(row.waits)}"] if row.review else []
    lines = [f"{student:24s} {' · '.join(parts)}"]
    if row.problem:
        lines.append(f"    {'NO VERDICT: ' * (row.state == 'no verdict')}{row.problem}")
    if row.late:
        cost = f": {counted(row.penalty, 'point')} off" if row.penalty else ""
        lines.append(f"    late by {duration(row.late)}{cost}")
    lines += _odd(row)
    untouched = [check for check, why in row.said.items() if why == [UNTOUCHED]]
    if len(untouched) == len(row.said) > 1:
        lines.append(f"    {UNTOUCHED}: all {len(untouched)}")
    elif untouched:
        names = ", ".join(check.removeprefix("check_") for check in untouched)
        lines.append(f"    {UNTOUCHED}: {names}")
    for check, why in row.said.items():
        if why and check not in untouched:
            lines.append(f"    {check}: {' '.join(' '.join(why).split())[:200]}")
    return lines


def _odd(row: Row) -> list[str]:
    lines = [f"    no sense could be made of it: {row.hopeless}"] if row.hopeless else []
    lines += [f"    to be looked at: {what}" for what in row.asks]
    return lines + [f"    repaired: {repair}" for repair in row.repairs]
