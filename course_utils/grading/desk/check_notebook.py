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


def _read(path: Path) -> tuple[list[dict], list[str]]:
    """The cells of a notebook, and what was odd in the file."""
    try:
        found = reading.read(path.read_bytes())
    except reading.UnreadableError as error:
        raise ValueError(f"{path} is not a notebook that can be read: {error}") from None
    return found.cells, found.repairs


def _lesson_of(path: Path, cells: list[dict]) -> dict:
    """What the catalogue says of a notebook's lesson: known by its checks, else by its name."""
    names, known = {cell["name"] for cell in cells}, progress.lessons()
    checks = {slug: {f"check_{e['name']}" for e in one["exercises"]} for slug, one in known.items()}
    shared = {slug: (len(names & mine), slug in path.stem) for slug, mine in checks.items()}
    best = max(shared, key=shared.get, default=None)
    return known[best] if best and any(shared[best]) else {}


def _role(cell: dict, given: set[str], remarks: list[str]) -> dict | None:
    """A cell as a job has it, of the type that it was released with; None of texts."""
    marks, role, points = cell["marks"] or {}, "own", None
    title = UNMARKED.match(cell["source"])
    if cell["name"] is not None and marks.get("solution") and not marks.get("grade"):
        role = "answer"
    elif cell["name"] is not None and marks.get("grade") and not marks.get("solution"):
        role, points = "check", float(marks.get("points") or 0)
    elif cell["cell_type"] == "code" and reading.digest(cell["source"]) in given and not title:
        role = "given"
    label = str(cell["name"]) if role in ("answer", "check") else f"cell-{cell['place'] - 1:03d}"
    if cell["cell_type"] != "code":
        if role == "own" and not title:
            return None
        name = label if role != "own" else f"check_{title[1]}"
        remarks.append(f"{name}: it is a {cell['cell_type']} cell; the grader makes it code again")
    return {"id": label, "source": cell["source"], "role": role, "points": points}


def _know_by_title(cells: list[dict], seen: set, worth: dict[str, float], remarks: list) -> None:
    """Find checks without marks, and the answers above them: a continuation's, or lost ones."""
    for place, cell in enumerate(cells):
        found = UNMARKED.match(cell["source"]) if cell["role"] == "own" else None
        name = f"check_{found[1]}" if found else None
        if name is None or name in seen:
            continue
        seen.add(name)
        cell |= {"id": name, "role": "check", "points": worth.get(found[1])}
        if found[1] in worth:
            remarks.append(f"{name}: its mark is lost; the grader knows it by its text")
        above = cells[place - 1] if place else cell
        if above["role"] == "own":
            above |= {"id": found[1], "role": "answer"}


def job_of(path: Path) -> tuple[dict, list[dict], list[str]]:
    """The job of a learner's notebook, the marks of its written answers, and remarks.

    The checks of a continuation are worth no points (None).
    """
    everything, remarks = _read(path)
    lesson = _lesson_of(path, everything)
    given, cells, written, seen = set(lesson.get("given", "").split()), [], [], set()
    for cell in everything:
        name, marks = cell["name"], cell["marks"] or {}
        if name is not None and name in seen:
            remarks.append(f"two cells have the mark {name}: the grader takes one of them")
            cell |= {"marks": None, "name": None}
        elif marks.get("grade") and marks.get("solution"):
            written.append(marks)
            continue
        seen.add(name)
        if made := _role(cell, given, remarks):
            cells.append(made)
    worth = {e["name"]: float(e["points"]) for e in lesson.get("exercises", [])}
    if path.stem.endswith(DEEPER):
        worth = {}
    _know_by_title(cells, seen, worth, remarks)
    if not any(cell["role"] == "check" for cell in cells):
        raise ValueError(f"{path} has no checks: is it a lesson's notebook?")
    for name in worth:
        if f"check_{name}" not in seen:
            remarks.append(f"the check of {name} is missing: the grader puts it back")
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
        if cell["role"] != "check":
            if told["status"] != "ok":
                behind = _why(told)
                lines += [f"    {cell['id']} fails: {behind}"] if behind != NOT_YET else []
            continue
        most = cell["points"] if graded else 1.0
        points = points_of(told, most)
        got, possible = got + points, possible + most
        mark = "\N{CHECK MARK}" if points == most else "\N{BALLOT X}"
        name = cell["id"].removeprefix("check_")
        words = ""
        if points < most:
            stub = behind == NOT_YET and told["status"] != "ok"
            words = "part of the points" if told["status"] == "ok" else _why(told)
            words = f"   {NOT_YET if stub else words}"
        worth = f" {points:g} of {most:g} " * graded
        lines.append(f"  {mark} {name:34s}{worth} {told['seconds']:5.1f} s{words}")
        behind = ""
    for marks in written:
        name, points = marks.get("grade_id"), marks.get("points") or 0
        lines.append(f"  – {name!s:34s} {points:g} points: a person marks it")
    end = "points by the visible checks; hidden tests look further"
    if not graded:
        end = "checks passed; a continuation gives no points"
    lines.append(f"{got:g} of {possible:g} {end}")
    return lines, got == possible


def notebook_of(named: Path) -> Path:
    """The notebook that a learner means: a file, a lesson's folder, or a lesson's name."""
    named = Path(named)
    lesson = named.resolve().name if named.is_dir() else named.name.removesuffix(".ipynb")
    named = named / f"{lesson}.ipynb" if named.is_dir() else named
    if named.is_file():
        return named
    here, lessons = Path.cwd(), {}
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
