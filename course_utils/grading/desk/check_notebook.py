"""``course check``: the visible checks of a learner's notebook, run as the grader runs them.

A fresh kernel, from top to bottom, on the quick budget, with the grader's limits of time and its
rules: an error counts, words on standard error do not. Needs neither nbgrader nor a sandbox: the
code is the learner's own. Hidden tests are the instructor's and look further.
"""

import re
from difflib import get_close_matches
from pathlib import Path

from course_utils import progress
from course_utils.grading.desk.verdicts import reason_of
from course_utils.grading.intake import reading
from course_utils.grading.intake.jobs import make_job, points_of
from course_utils.grading.intake.needed import unneeded

DEEPER = "_deeper"  # ends the name of a continuation
NOT_YET = "not attempted yet"
UNMARKED = re.compile(r"# @title Check of (\w+): run this cell$", re.MULTILINE)  # in one


def _lesson_of(path: Path, names: set) -> dict:
    """What the catalogue says of a notebook's lesson: known by its checks, else by its name."""
    known = progress.lessons()

    def likeness(slug: str) -> tuple[int, bool]:
        checks = {f"check_{one['name']}" for one in known[slug]["exercises"]}
        return len(names & checks), slug in path.stem

    best = max(known, key=likeness, default=None)
    return known[best] if best and any(likeness(best)) else {}


def _role(cell: dict, marks: dict, given: set[str]) -> str:
    """A cell's role as a job has it, or "written" or "text", which no job has."""
    if marks.get("grade"):
        return "written" if marks.get("solution") else "check"
    if marks.get("solution"):
        return "answer"
    if cell["cell_type"] != "code":
        return "text"
    return "given" if reading.digest(cell["source"]) in given else "own"


def job_of(path: Path) -> tuple[dict, list[dict], list[str]]:
    """The job of a learner's notebook, the marks of its written answers, and remarks.

    The checks of a continuation are worth no points (None).
    """
    try:
        found = reading.read(path.read_bytes())
    except reading.UnreadableError as error:
        raise ValueError(f"{path} is not a notebook that can be read: {error}") from None
    remarks, names = found.repairs, {cell["name"] for cell in found.cells}
    lesson = _lesson_of(path, names)
    given = set(lesson.get("given", "").split())
    worth = {f"check_{e['name']}": float(e["points"]) for e in lesson.get("exercises", [])}
    if path.stem.endswith(DEEPER):
        worth = {}
    cells, written, seen = [], [], set()
    for cell in found.cells:
        name, title, lost = cell["name"], UNMARKED.match(cell["source"]), False
        if name is not None and name in seen:
            remarks.append(f"two cells have the mark {name}: the grader takes one of them")
            name = None
        seen.add(name)
        marks = (cell["marks"] or {}) if name is not None else {}
        role = _role(cell, marks, given)
        points = float(marks.get("points") or 0) if role == "check" else None
        if not marks and title and f"check_{title[1]}" not in names:
            # a continuation's check, or one that lost its mark; the answer stands above it
            name, role = f"check_{title[1]}", "check"
            names.add(name)
            lost, points = name in worth, worth.get(name)
            if cells and cells[-1]["role"] == "own":
                cells[-1] |= {"id": title[1], "role": "answer"}
        if role == "written":
            written.append(marks)
        if role in ("written", "text"):
            continue
        if cell["cell_type"] != "code":
            kind = cell["cell_type"]
            remarks.append(f"{name}: it is a {kind} cell; the grader makes it code again")
        if lost:
            remarks.append(f"{name}: its mark is lost; the grader knows it by its text")
        label = name if role in ("answer", "check") else f"cell-{cell['place'] - 1:03d}"
        cells.append({"id": label, "source": cell["source"], "role": role, "points": points})
    if not any(cell["role"] == "check" for cell in cells):
        raise ValueError(f"{path} has no checks: is it a lesson's notebook?")
    for name in worth:
        if name not in names:
            exercise = name.removeprefix("check_")
            remarks.append(f"the check of {exercise} is missing: the grader puts it back")
    idle = unneeded(cells)
    if idle:
        remarks.append(f"cells that no exercise needs are not run: {len(idle)}")
    job = make_job(path.stem, [cell for cell in cells if cell["id"] not in idle])
    return job, written, remarks


def _why(told: dict) -> str:
    """What a cell ended with, in a line."""
    errors = [output["ename"] for output in told["outputs"] if output["output_type"] == "error"]
    if errors and errors[-1] == "NotImplementedError":
        return NOT_YET
    return re.sub(r"\x1b\[[0-9;]*m", "", reason_of(told))


def report(job: dict, result: dict, written: list[dict]) -> tuple[list[str], bool]:
    """Lines to print, and whether every visible check passed."""
    lines, got, possible, behind = [], 0.0, 0.0, ""
    graded = any(cell["points"] is not None for cell in job["cells"])
    for cell, told in zip(job["cells"], result["cells"], strict=True):
        why = _why(told) if told["status"] != "ok" else ""
        if cell["role"] != "check":
            behind = why or behind
            if why and why != NOT_YET:
                lines.append(f"    {cell['id']} fails: {why}")
            continue
        most = (cell["points"] or 0.0) if graded else 1.0
        points = points_of(told, most)
        got, possible = got + points, possible + most
        mark = "\N{CHECK MARK}" if points == most else "\N{BALLOT X}"
        words = ""
        if points < most:
            words = NOT_YET if why and behind == NOT_YET else why or "part of the points"
        name, worth = cell["id"].removeprefix("check_"), f" {points:g} of {most:g} " * graded
        line = f"  {mark} {name:34s}{worth} {told['seconds']:5.1f} s   {words}"
        lines.append(line.rstrip())
        behind = ""
    for marks in written:
        lines.append(
            f"  – {marks['grade_id']:34s} {marks.get('points') or 0:g} points: a person marks it"
        )
    end = "points by the visible checks; hidden tests look further"
    if not graded:
        end = "checks passed; a continuation gives no points"
    lines.append(f"{got:g} of {possible:g} {end}")
    return lines, got == possible


def notebook_of(named: Path) -> Path:
    """The notebook that a learner means: a file, a lesson's folder, or a lesson's name."""
    named = Path(named)
    if named.is_dir():
        named = named / f"{named.resolve().name}.ipynb"
    if named.is_file():
        return named
    lesson, here, lessons = named.name.removesuffix(".ipynb"), Path.cwd(), {}
    # a name alone is looked for in the course's folder, from wherever in it one is
    for folder in (here, *here.parents):
        found = folder.glob("notebooks/*/*.ipynb")
        lessons = {p.stem: p for p in found if p.stem.removesuffix(DEEPER) == p.parent.name}
        if lessons:
            break
    if lesson in lessons and str(named) == lesson:
        return lessons[lesson]
    near = get_close_matches(lesson, lessons, n=1) or lessons.keys() & {named.parent.name}
    hint = f": did you mean {min(near)}?" if near else ": name a notebook or a lesson"
    raise FileNotFoundError(f"there is no notebook {named}{hint}")


def check(path: Path) -> int:
    """Run and print the visible checks of a notebook; returns 0 if all of them pass."""
    from course_utils.grading.host.reference import run_in_kernel

    path = notebook_of(path)
    job, written, remarks = job_of(path)
    print(f"{path.stem}: running the cells as the grader does (quick budget) ...", flush=True)
    lines, fine = report(job, run_in_kernel(job), written)
    print("\n".join([*(f"  ! {remark}" for remark in remarks), *lines]))
    return 0 if fine else 1
