"""Build the notebooks of instructor and learner from the lessons' sources."""

import copy
import json
import logging
import re
from pathlib import Path

import jupytext
import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import PyFileConfigLoader

from course_utils.authoring.sources import Cell, Lesson, SourceError, find_sources, read_lesson
from course_utils.paths import repository_url, write_atomically

START = "00_start_here"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SETUP = """\
# Set-up. On Colab this installs the course's helpers and leaves Colab's own packages alone;
# elsewhere it does nothing.
import os
import subprocess
import sys

if "COLAB_RELEASE_TAG" in os.environ:
    packages = ["course_utils @ git+{url}", "anywidget", "chess", "psygnal"]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    subprocess.run([*pip, *packages], check=True)"""
REMEMBER = "from course_utils.progress import passed"


def repository_root() -> Path:
    """The checkout to work in: the nearest folder upwards that holds ``nbgrader_config.py``.

    Raises:
        FileNotFoundError: the command was started outside a checkout.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return folder
    raise FileNotFoundError(f"{here} is not inside a checkout of the course: go there first")


def _launch_links(url: str, path: str) -> str:
    # words, not pictures of buttons: a lesson looks whole without a network
    owner_and_name = "/".join(url.rstrip("/").split("/")[-2:])
    colab = f"https://colab.research.google.com/github/{owner_and_name}/blob/main/{path}"
    binder = f"https://mybinder.org/v2/gh/{owner_and_name}/main?labpath={path}"
    return f"[Open in Colab]({colab}) · [Open in Binder]({binder})"


def _navigation(slug: str, order: list[str]) -> str:
    place = order.index(slug)
    links = [f"[Map of the course](../{START}.ipynb)"]
    if place > 0:
        before = order[place - 1]
        links.insert(0, f"[← {before}](../{before}/{before}.ipynb)")
    if place + 1 < len(order):
        after = order[place + 1]
        links.append(f"[{after} →](../{after}/{after}.ipynb)")
    return " · ".join(links)


def _header(lesson: Lesson, order: list[str], url: str) -> str:
    path = f"notebooks/{lesson.slug}/{lesson.slug}.ipynb"
    goals = "\n".join(f"- {goal}" for goal in lesson.goals)
    exercises = lesson.graded("check")
    points = sum(g["points"] for g in exercises + lesson.graded("answer"))
    return (
        f"# {lesson.slug[:2]} · {lesson.title}\n\n"
        f"{_navigation(lesson.slug, order)}\n\n{_launch_links(url, path)}\n\n"
        f"**{lesson.question}**\n\n"
        f"About {lesson.minutes} minutes · {len(exercises)} graded exercises and "
        f"{len(lesson.graded('answer'))} written question · {points:g} points\n\n"
        f"After this lesson you can\n\n{goals}"
    )


def _footer(lesson: Lesson, order: list[str], url: str) -> str:
    source = f"{url}/blob/main/solutions/{lesson.slug}/{lesson.slug}.py"
    return (
        "---\n### Compare with a solution\n\n"
        "Solve the exercises first: a solution that you read is one that you did not find.\n\n"
        "- **In JupyterLab:** open a terminal (File → New → Terminal), go to the course's folder "
        f"and run `.venv/bin/course solution {lesson.slug}`. It writes the executed notebook "
        f"`solutions/{lesson.slug}/{lesson.slug}.ipynb`, figures and all; drag its tab beside "
        "this one.\n"
        f"- **On Colab or Binder:** read [the same lesson with its answers]({source}), a plain "
        "Python file.\n\n"
        f"{_navigation(lesson.slug, order)}"
    )


def _grading_metadata(cell: Cell) -> dict:
    """What nbgrader's schema 3 wants to know of a marked cell."""
    grade_id = f"check_{cell.name}" if cell.kind == "check" else cell.name
    metadata = {
        "grade": cell.kind in ("check", "answer"),
        "grade_id": grade_id,
        "locked": cell.kind == "check",
        "schema_version": 3,
        "solution": cell.kind in ("exercise", "answer"),
        "task": False,
    }
    if metadata["grade"]:
        metadata["points"] = cell.points
    return metadata


def _finish(cells: list, slug: str):
    """Make a notebook whose ids and metadata follow from the lesson alone."""
    notebook = new_notebook(cells=cells)
    for place, cell in enumerate(notebook.cells):
        cell.id = f"{slug.replace('_', '-')}-{place:03d}"
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC})
    return notebook


def instructor_notebook(lesson: Lesson, order: list[str], url: str):
    """The complete notebook: answers, hidden tests and nbgrader's metadata."""
    cells = [
        new_markdown_cell(_header(lesson, order, url)),
        new_code_cell(f"{SETUP.format(url=url)}\n\n{REMEMBER}"),
    ]
    for cell in lesson.cells:
        source = cell.source
        metadata = {"nbgrader": _grading_metadata(cell)} if cell.kind else {}
        if cell.kind == "check":
            # folded to its first line, in JupyterLab and on Colab: one click shows the code
            source = f"# @title Check of {cell.name}: run this cell\n{source}\n"
            source += f'passed("{lesson.slug}", "{cell.name}")'
            metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
        make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
        cells.append(make(source, metadata=metadata))
    cells.append(new_markdown_cell(_footer(lesson, order, url)))
    return _finish(cells, lesson.slug)


def learner_exporter(root: Path) -> NotebookExporter:
    """An exporter that makes the learner's notebook with nbgrader's own preprocessors."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    exporter = NotebookExporter(config=config)
    for preprocessor in GenerateAssignment.preprocessors.default_args[0]:
        if preprocessor is not SaveCells:  # the gradebook is the instructor's to write
            exporter.register_preprocessor(preprocessor(config=config), enabled=True)
    return exporter


def _start_notebook(root: Path, url: str):
    source = (root / "solutions" / f"{START}.py").read_text(encoding="utf-8")
    body = jupytext.reads(source, fmt="py:percent").cells
    head = f"{body[0].source}\n\n{_launch_links(url, f'notebooks/{START}.ipynb')}"
    cells = [new_markdown_cell(head), new_code_cell(SETUP.format(url=url))]
    for cell in body[1:]:
        make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
        cells.append(make(cell.source))
    return _finish(cells, START)


def _catalogue(lessons: list[Lesson]) -> str:
    entries = {
        lesson.slug: {
            "title": lesson.title,
            "question": lesson.question,
            "minutes": lesson.minutes,
            "exercises": lesson.graded("check"),
            "answers": lesson.graded("answer"),
        }
        for lesson in lessons
    }
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


def _same_cells(path: Path, notebook) -> bool:
    """Whether a notebook on disk has these sources, e.g. an executed solution."""
    try:
        old = nbformat.read(path, as_version=4)
    except Exception:
        return False
    return [(c.cell_type, c.source, c.metadata.get("nbgrader")) for c in old.cells] == [
        (c.cell_type, c.source, c.metadata.get("nbgrader")) for c in notebook.cells
    ]


def read_lessons(root: Path) -> list[Lesson]:
    """All lessons of a checkout.

    Raises:
        SourceError: with the problems of every source.
    """
    lessons, problems = [], []
    for path in find_sources(root / "solutions"):
        try:
            lessons.append(read_lesson(path))
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError(problems)
    return lessons


def plan(root: Path) -> tuple[dict[Path, str], dict[Path, str]]:
    """Compute every generated file without touching the disk.

    Returns:
        The committed files (path -> text) and the instructor's notebooks, which git ignores.

    Raises:
        SourceError: a source breaks the rules.
    """
    # nbgrader announces every cell whose checksum it computes
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    lessons = read_lessons(root)
    order, url = [lesson.slug for lesson in lessons], repository_url()
    exporter = learner_exporter(root)
    committed = {root / "course_utils" / "lessons.json": _catalogue(lessons)}
    start = _start_notebook(root, url)
    committed[root / "notebooks" / f"{START}.ipynb"] = nbformat.writes(start) + "\n"
    private = {}
    for lesson in lessons:
        full = instructor_notebook(lesson, order, url)
        path = lesson.path.with_suffix(".ipynb")
        if not _same_cells(path, full):
            private[path] = nbformat.writes(full) + "\n"
        text, _ = exporter.from_notebook_node(copy.deepcopy(full))
        committed[root / "notebooks" / lesson.slug / f"{lesson.slug}.ipynb"] = text
    return committed, private


def _orphans(root: Path, committed: dict[Path, str]) -> list[Path]:
    found = (root / "notebooks").glob("*/*.ipynb")
    return sorted(p for p in found if p not in committed and re.match(r"\d\d_", p.name))


def stale(root: Path) -> list[Path]:
    """Generated, committed files that do not match the sources (or have none)."""
    committed, _ = plan(root)
    differ = [
        path
        for path, text in committed.items()
        if not path.is_file() or path.read_bytes() != text.encode()
    ]
    return differ + _orphans(root, committed)


def build(root: Path, only_private: bool = False) -> list[Path]:
    """Write what changed; returns the paths. Nothing is touched if a source has a problem.

    ``only_private`` writes the instructor's notebooks and leaves every committed file alone.
    """
    committed, private = plan(root)
    written = []
    for path, text in (private if only_private else committed | private).items():
        if not path.is_file() or path.read_bytes() != text.encode():
            write_atomically(path, text.encode())
            written.append(path)
    for path in [] if only_private else _orphans(root, committed):
        path.unlink()
        written.append(path)
    return written
