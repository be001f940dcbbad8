"""``course check``: the visible checks of a learner's notebook, run as the grader runs them.

A fresh kernel, from top to bottom, on the quick budget, with the grader's limits of time and its
rules: an error counts, words on standard error do not. Needs neither nbgrader nor a sandbox: the
code is the learner's own. Hidden tests are the instructor's and look further.
"""

import json
import re
from difflib import get_close_matches
from pathlib import Path

from course_utils import progress
from course_utils.grading.jobs import check_result, make_job, points_of
from course_utils.grading.needed import unneeded

DEEPER = "_deeper"  # ends the name of a continuation
UNMARKED = re.compile(r"# @title Check of (\w+): run this cell$", re.MULTILINE)  # in one


def _cells(path: Path) -> list[dict]:
    """The cells of a notebook.

    Raises:
        ValueError: the file is no notebook.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise ValueError("no list of cells")
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is not a notebook that can be read: {error}") from None
    return cells


def _source(cell: dict) -> str:
    source = cell.get("source") or ""
    return source if isinstance(source, str) else "".join(map(str, source))


def _marks(cell: dict) -> dict:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return marks if isinstance(marks, dict) else {}


def job_of(path: Path) -> tuple[dict, list[dict], list[str]]:
    """The job of a learner's notebook; the checks of a continuation are worth no points (None).

    Returns:
        The job, the marks of the written answers (a person gives their points), and remarks on
        what the grader would repair or leave out.

    Raises:
        ValueError: the file is no notebook, or nothing in it is checked.
    """
    cells, written, remarks, seen = [], [], [], set()
    # the build names the cells of a lesson so; JupyterLab gives others a random id
    ours = path.stem.replace("_", "-") + "-"
    for place, cell in enumerate(_cells(path)):
        marks = _marks(cell)
        name = marks.get("grade_id")
        if name is not None and name in seen:
            remarks.append(f"two cells have the mark {name}: the grader takes one of them")
            marks, name = {}, None
        seen.add(name)
        if cell.get("cell_type") != "code":
            if marks.get("grade") and marks.get("solution"):
                written.append(marks)
            continue
        role, points = "given" if str(cell.get("id")).startswith(ours) else "own", None
        if name is not None and marks.get("solution"):
            role = "answer"
        elif name is not None and marks.get("grade"):
            role, points = "check", float(marks.get("points") or 0)
        label = str(name) if role in ("answer", "check") else f"cell-{place:03d}"
        cells.append({"id": label, "source": _source(cell), "role": role, "points": points})
    if not any(cell["role"] == "check" for cell in cells):
        for cell in cells:
            if found := UNMARKED.match(cell["source"]):
                cell |= {"id": f"check_{found[1]}", "role": "check"}
    if not any(cell["role"] == "check" for cell in cells):
        raise ValueError(f"{path} has no checks: is it a lesson's notebook?")
    for exercise in progress.lessons().get(path.stem, {}).get("exercises", []):
        if f"check_{exercise['name']}" not in seen:
            remarks.append(f"the check of {exercise['name']} is missing: the grader puts it back")
    left_out = unneeded(cells)
    if left_out:
        remarks.append(f"cells that no exercise needs are not run: {len(left_out)}")
    job = make_job(path.stem, [cell for cell in cells if cell["id"] not in left_out])
    return job, written, remarks


def _why(told: dict) -> str:
    """What a cell ended with, in a line."""
    fixed = {
        "timeout": "it took too long and was stopped",
        "died": "Python itself died in this cell",
        "not run": "not run: a cell before it took the kernel along",
    }
    for output in reversed(told["outputs"]):
        if output["output_type"] == "error" and told["status"] == "error":
            text = re.sub(r"\x1b\[[0-9;]*m", "", output["evalue"]).strip()
            if output["ename"] == "NotImplementedError":
                return "not attempted yet"
            return text if output["ename"] == "CheckError" else f"{output['ename']}: {text}"
    return fixed.get(told["status"], told["status"])


def report(job: dict, result: dict, written: list[dict]) -> tuple[list[str], bool]:
    """Lines to print, and whether every visible check passed."""
    lines, got, possible, behind = [], 0.0, 0.0, ""
    graded = any(cell["points"] is not None for cell in job["cells"])
    for cell, told in zip(job["cells"], result["cells"], strict=True):
        if cell["role"] != "check":
            if told["status"] != "ok":
                stub = _why(told) == "not attempted yet"
                behind = "not attempted yet" if stub else f"{cell['id']} fails: {_why(told)}"
                if not stub:
                    lines.append(f"    {behind}")
            continue
        most = cell["points"] if graded else 1.0
        points = points_of(told, most)
        got, possible = got + points, possible + most
        mark = "\N{CHECK MARK}" if points == most else "\N{BALLOT X}"
        name = cell["id"].removeprefix("check_")
        words = "" if points == most else f"   {_why(told)}"
        if points < most and told["status"] == "ok":
            words = "   part of the points"
        elif words and behind == "not attempted yet":
            words = "   not attempted yet"
        worth = f" {points:g} of {most:g} " * graded
        lines.append(f"  {mark} {name:34s}{worth} {told['seconds']:5.1f} s{words}")
        behind = ""
    for marks in written:
        name, points = marks.get("grade_id"), marks.get("points") or 0
        lines.append(f"  – {name!s:34s} {points:g} points: a person marks it")
    lines += [f"    {suspicion['what']}" for suspicion in result["suspicions"]]
    end = "points by the visible checks; hidden tests look further"
    if not graded:
        end = "checks passed; a continuation gives no points"
    lines.append(f"{got:g} of {possible:g} {end}")
    return lines, got == possible and not result["suspicions"]


def notebook_of(named: Path) -> Path:
    """The notebook that a learner means: a file, a lesson's folder, or a lesson's name.

    Raises:
        FileNotFoundError: there is none; names the nearest lesson.
    """
    named = Path(named)
    if named.is_file():
        return named
    if named.is_dir():
        lesson = named.resolve().name
        inside = sorted(named.glob("*.ipynb"))
        for path in inside:
            if path.stem == lesson:
                return path
        which = f"one of {', '.join(p.name for p in inside)}" if inside else "a notebook"
        raise FileNotFoundError(f"the folder {named} has no {lesson}.ipynb: name {which}")
    here, lessons = Path.cwd(), {}
    # a name alone is looked for in the course's folder, from wherever in it one is
    for folder in (here, *here.parents):
        found = folder.glob("notebooks/*/*.ipynb")
        lessons = {p.stem: p for p in found if p.stem.removesuffix(DEEPER) == p.parent.name}
        if lessons:
            break
    lesson = named.name.removesuffix(".ipynb")
    if lesson in lessons and str(named) == lesson:
        return lessons[lesson]
    near = get_close_matches(lesson, lessons, n=1) or lessons.keys() & {named.parent.name}
    hint = f": did you mean {min(near)}?" if near else ": name a notebook or a lesson"
    raise FileNotFoundError(f"there is no notebook {named}{hint}")


def check(path: Path) -> int:
    """Run and print the visible checks of a notebook; returns 0 if all of them pass.

    Args:
        path: the notebook, or its lesson's folder or name.

    Raises:
        ValueError: the file is no lesson's notebook.
        OSError: it cannot be read.
    """
    from course_utils.grading.execution import run_in_kernel

    path = notebook_of(path)
    job, written, remarks = job_of(path)
    print(f"{path.stem}: running the cells as the grader does (quick budget) ...", flush=True)
    result = check_result(job, run_in_kernel(job))
    lines, fine = report(job, result, written)
    print("\n".join([*(f"  ! {remark}" for remark in remarks), *lines]))
    return 0 if fine else 1
