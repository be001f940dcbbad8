"""Turn whatever a learner handed in into a notebook that can be graded.

Works on data alone and runs none of it. What decides points comes from the gradebook: the source
of every locked cell, its points and its marks. What the learner wrote is taken as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import nbformat

from course_utils.grading.intake.jobs import MAX_CELLS, make_job
from course_utils.grading.intake.needed import unneeded
from course_utils.grading.intake.reading import UnreadableError, plain, read
from course_utils.grading.intake.released import Released, Source

MAX_REPAIRS = 30  # told one by one
MAX_TOTAL = 5_000_000  # characters of all the learner's sources
FLAGS = ("grade", "solution", "locked", "task", "points", "schema_version")
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
MISSING = (
    "This cell (id:{name}) was missing from the submission. It was added back for grading.\n\n"
)


@dataclass
class Sanitised:
    """A notebook that can be graded, what was repaired in it, or why there is none.

    ``hopeless`` says why no sense can be made of a submission; the notebook then holds the
    released graded cells alone. ``damaged`` says what of the file is lost: a person must look.
    ``answered`` counts solution cells that differ from their stub, ``graded`` the cells in it that
    give points.
    """

    notebook: nbformat.NotebookNode
    repairs: list[str] = field(default_factory=list)
    hopeless: str | None = None
    answered: int = 0
    graded: int = 0
    damaged: str | None = None


def job_of(notebook: nbformat.NotebookNode, released: Released) -> dict:
    """The job of a sanitised notebook: the code cells that a verdict needs, with their roles.

    Where a learner changed or removed a given cell, the released one runs as well, before the
    next graded cell: what the lesson imports and defines for its checks is not the learner's.
    """
    cells, present = [], {cell.source for _, cell in named_code(notebook)}
    for name, cell in named_code(notebook):
        for number, (text, follows) in enumerate(released.given.items()):
            if follows == name and text not in present:
                row = {"id": f"lesson-{number:03d}", "source": text, "role": "given"}
                cells.append(row | {"points": None})
        source = released.cells.get(name)
        role, points = ("given" if cell.source in released.given else "own"), None
        if source:
            role = "check" if source.check else "answer"
            points = float(source.marks["points"]) if source.check else None
        cells.append({"id": name, "source": cell.source, "role": role, "points": points})
    idle = unneeded(cells)
    return make_job(released.notebook, [cell for cell in cells if cell["id"] not in idle])


def named_code(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Code cells with the names that they have in a job: grade ids, or their place.

    Not the ids that a learner's tools gave to cells, so that equal work is an equal job.
    """
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{place:03d}", cell


def sanitise(raw: bytes, released: Released) -> Sanitised:
    """Make a notebook that can be graded out of any bytes. Never raises for what is in them."""
    try:
        return _sanitise(raw, released)
    except UnreadableError as error:
        reason = str(error)
    except Exception as error:  # a stranger's file must not stop the batch, whatever is in it
        reason = f"reading it failed with {type(error).__name__}"
    return hopeless(reason, released)


def hopeless(why: str, released: Released) -> Sanitised:
    """What stands for a submission of which no sense can be made."""
    return Sanitised(_notebook([], released, [])[0], hopeless=why)


def _sanitise(raw: bytes, released: Released) -> Sanitised:
    found = read(raw)
    cells, repairs = found.cells, found.repairs
    total = sum(len(cell["source"]) for cell in cells)
    if len(cells) > MAX_CELLS * 3 // 4 or total > MAX_TOTAL:
        raise UnreadableError(f"{len(cells)} cells with {total} characters are too much")
    owners = _owners(cells, released, repairs)
    if not owners:
        raise UnreadableError("none of this lesson's exercises is in it")
    graded = sum(released.cells[name].marks["grade"] for name in owners)
    _drop_copies(cells, owners, released, repairs)
    notebook, answered = _notebook(cells, released, repairs)
    if len(repairs) > MAX_REPAIRS:
        repairs[MAX_REPAIRS:] = [f"and {len(repairs) - MAX_REPAIRS} more"]
    return Sanitised(notebook, repairs, None, answered, graded, found.damaged)


# ---- which cell is which ---------------------------------------------------------------------


def defined_names(source: str) -> set[str]:
    """Names of the functions and classes that a cell defines at its top level, valid or not."""
    return set(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", source, re.MULTILINE))


def _owners(cells: list[dict], released: Released, repairs: list[str]) -> dict[str, list[dict]]:
    """Which cells claim each grade id, in order.

    Cells whose mark is lost or unknown are recognised by nbformat's cell id, by their text, by
    the functions that they define, or, for written answers, by the cell above them.
    """
    owners: dict[str, list[dict]] = {}
    known = {source.cell_id: name for name, source in released.cells.items() if source.cell_id}
    claimed, above = {cell["name"] for cell in cells}, ""
    for cell in cells:
        meant = known.get(cell["id"]) if isinstance(cell["id"], str) else None
        if meant and meant not in claimed and cell["name"] in released.cells:
            # another cell's mark got here: what stands here must not be overwritten with it
            cell["name"], cell["marks"] = meant, None
            repairs.append(f"{meant}: its mark was lost; the cell was recognised")
        if cell["name"] in released.cells:
            owners.setdefault(cell["name"], []).append(cell)
        cell["plain"], cell["above"] = plain(cell["source"]), above
        above = cell["plain"]
    for fits in (_is_alike, _defines, _stands_where):
        for name in [name for name in released.cells if name not in owners]:
            free = [cell for cell in cells if cell["name"] not in owners]
            found = [cell for cell in free if fits(cell, released.cells[name], released)]
            if found:
                found[-1]["name"] = name
                owners[name] = found[-1:]
                repairs.append(f"{name}: its mark was lost; the cell was recognised")
    return owners


def _is_alike(cell: dict, source: Source, released: Released) -> bool:
    if source.cell_id and cell["id"] == source.cell_id:
        return True
    return bool(source.stub.strip()) and cell["plain"] == plain(source.stub)


def _defines(cell: dict, source: Source, released: Released) -> bool:
    wanted = defined_names(source.stub) if source.marks["solution"] else set()
    return bool(wanted) and _is_code(cell) and wanted <= defined_names(cell["source"])


def _stands_where(cell: dict, source: Source, released: Released) -> bool:
    """Whether a text of the learner's stands where a written answer stood."""
    below = source.above and cell["above"] == source.above
    return bool(below) and not _is_code(cell) and cell["plain"] not in released.told


def _is_code(cell: dict) -> bool:
    return cell["cell_type"] == "code"


def _same(cell: dict, source: Source) -> bool:
    return plain(cell["source"]) in (plain(source.stub), plain(source.source))


def _drop_copies(cells: list[dict], owners: dict, released: Released, repairs: list[str]) -> None:
    """Leave one cell for each grade id; copies lose their marks, untouched copies go."""
    for name, claims in owners.items():
        if len(claims) < 2:
            continue
        source = released.cells[name]
        if source.locked:
            answer = owners.get(released.answer_of(name), [])
            after = max((cell["place"] for cell in answer), default=0)
            behind = [cell for cell in claims if cell["place"] > after]
            chosen, which = (behind or claims[-1:])[0], "the check was run once"
        else:
            worked = [cell for cell in claims if not _same(cell, source)]
            chosen, which = (worked or claims)[-1], "the last one with work in it counts"
        repairs.append(f"{name}: there were {len(claims)} cells of this id; {which}")
        for cell in claims:
            if cell is not chosen:
                cell["name"] = cell["marks"] = None
                if _same(cell, source):  # nothing of the learner's is in it: it would run again
                    cells.remove(cell)


# ---- writing ---------------------------------------------------------------------------------


def _put_in_place(cells: list[dict], released: Released, repairs: list[str]) -> None:
    """Put lost graded cells back, and checks behind their answers."""
    before = None  # the graded cell before
    for name, source in released.cells.items():
        place = {cell["name"]: index for index, cell in enumerate(cells) if cell["name"]}
        answer = released.answer_of(name) if source.check else None
        if name in place and place[name] >= place.get(answer, 0):
            before = name
            continue
        if name in place:
            cell = cells.pop(place[name])
            place[answer] -= 1
            repairs.append(f"{name}: it stood before its answer and was moved behind it")
        elif source.marks["grade"] or source.marks["task"]:
            text = source.source if source.locked else MISSING.format(name=name) + source.source
            cell = {"cell_type": source.cell_type, "id": source.cell_id, "source": text}
            cell |= {"metadata": {"deletable": False}, "marks": None, "name": name, "place": 0}
            repairs.append(f"{name}: the cell was missing and was put back")
        else:  # a lost answer stays lost: its stub would undo what the learner wrote elsewhere
            repairs.append(f"{name}: the answer's cell is missing")
            continue
        anchor = answer if answer in place else before
        cells.insert(place[anchor] + 1 if anchor in place else len(cells), cell)
        before = name


def _restore(cell: dict, source: Source, repairs: list[str]) -> None:
    """Give a known cell its type, its marks and, if it is locked, its source."""
    if cell["cell_type"] != source.cell_type:
        repairs.append(f"{source.name}: it was a {cell['cell_type']} cell, not {source.cell_type}")
        cell["cell_type"] = source.cell_type
    marks = cell["marks"]
    if marks is not None and any(marks.get(flag) != source.marks.get(flag) for flag in FLAGS):
        repairs.append(f"{source.name}: its marks for grading were not the released ones")
    if source.locked and cell["source"] != source.source:
        if not _same(cell, source):
            repairs.append(f"{source.name}: the check's text was not the released one")
        cell["source"] = source.source
    elif cell["place"] and plain(cell["source"]) == plain(source.stub):
        cell["source"] = source.stub  # untouched, whatever blanks a tool put behind it
    cell["metadata"]["nbgrader"] = dict(source.marks)


def _cell_ids(cells: list[dict]) -> None:
    seen = set()
    for index, cell in enumerate(cells):
        cell_id = cell["id"]
        if not isinstance(cell_id, str) or not CELL_ID.fullmatch(cell_id) or cell_id in seen:
            cell_id = f"cell-{index:04d}"
            while cell_id in seen:
                cell_id += "x"
        seen.add(cell_id)
        cell["id"] = cell_id


def _notebook(cells: list[dict], released: Released, repairs: list[str]):
    """The notebook of these cells, with every graded cell as the gradebook has it."""
    _put_in_place(cells, released, repairs)
    _cell_ids(cells)
    given = {plain(text): text for text in released.given}
    made, answered = [], 0
    for cell in cells:
        source = released.cells.get(cell["name"])
        if source:
            _restore(cell, source, repairs)
            if source.marks["solution"] and cell["place"]:
                answered += not _same(cell, source)
        elif _is_code(cell):  # the lesson's own, in which a tool may have changed blanks
            cell["source"] = given.get(plain(cell["source"]), cell["source"])
        node = {"cell_type": cell["cell_type"], "id": cell["id"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            node |= {"execution_count": None, "outputs": []}
        if cell["cell_type"] == "markdown" and "attachments" in cell:
            node["attachments"] = cell["attachments"]
        made.append(node | {"source": cell["source"]})
    metadata = {"language_info": LANGUAGE, "kernelspec": released.kernelspec}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}
    return nbformat.from_dict(content), answered
