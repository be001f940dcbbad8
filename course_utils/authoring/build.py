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

from course_utils.authoring import budget, frame
from course_utils.authoring.glossary import glossary_notebook
from course_utils.authoring.markdown import unwrap
from course_utils.authoring.sources import (
    Cell,
    Lesson,
    Problem,
    SourceError,
    find_continuations,
    find_sources,
    read_lesson,
)
from course_utils.grading.intake.reading import digest
from course_utils.paths import repository_url, write_atomically
from course_utils.progress import parts

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SETUP = """\
# @title Set-up: installs the course's helpers on Colab, does nothing elsewhere
import os
import subprocess
import sys

if "COLAB_RELEASE_TAG" in os.environ:
    packages = ["course_utils @ git+{url}", "anywidget", "chess", "psygnal"]
    packages += ["dicebear-core<11", "dicebear-schema<3", "dicebear-styles<11", "resvg-py<1"]{more}
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    subprocess.run([*pip, *packages], check=True)"""
# packages that only the lessons with this import need, and Colab lacks
MORE = {
    "from course_utils.content_credentials import": ["c2pa-python<0.39"],
    "from course_utils.midi_files import": ["mido<2"],
}
REMEMBER = "from course_utils.progress import passed"
FIRST = "import course_utils  # before Keras, so that TensorFlow starts without words"


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


def finish(cells: list, slug: str):
    """Make a notebook whose ids and metadata follow from the lesson alone."""
    notebook = new_notebook(cells=cells)
    for place, cell in enumerate(notebook.cells):
        cell.id = f"{slug.replace('_', '-')}-{place:03d}"
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC})
    return notebook


FOLD = {"jupyter": {"source_hidden": True}, "cellView": "form"}
FOLD_TITLES = {
    "imports": "# @title Imports",
    "numbers": "# @title Numbers that the text relies on",
}


def _cell(lesson: Lesson, cell: Cell):
    """One cell of a source as the notebook has it."""
    if cell.cell_type == "markdown":
        source, make = unwrap(cell.source), new_markdown_cell
    else:
        source, make = cell.source, new_code_cell
    graded = cell.kind in ("exercise", "check", "answer")
    if lesson.deeper and cell.kind == "check":
        graded = False  # nbgrader knows nothing of it
    metadata = {"nbgrader": _grading_metadata(cell)} if graded else {}
    if cell.kind == "check":
        # folded to its first line, in JupyterLab and on Colab: one click shows the code
        ticked = f'passed("{lesson.slug}", "{cell.name}")'
        if lesson.deeper:
            ticked = f'print("\N{CHECK MARK} {cell.name}")'
        source = f"# @title Check of {cell.name}: run this cell\n{source}\n{ticked}"
        metadata |= FOLD
    if cell.kind == "folded":
        source = f"{FOLD_TITLES[cell.name]}\n{source}"
        metadata |= FOLD | {"tags": [cell.name]}
    return make(source, metadata=metadata)


def instructor_notebook(lesson: Lesson, order: list[str], url: str):
    """The complete notebook: answers, hidden tests and nbgrader's metadata."""
    code = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "code")
    more = [package for text, packages in MORE.items() if text in code for package in packages]
    more = f"\n    packages += {json.dumps(more)}" if more else ""
    setup = f"{SETUP.format(url=url, more=more)}\n\n{FIRST if lesson.deeper else REMEMBER}"
    cells = [
        new_markdown_cell(frame.header(lesson, order, url)),
        new_code_cell(setup, metadata=FOLD),
        *(_cell(lesson, cell) for cell in lesson.cells),
        new_markdown_cell(frame.footer(lesson, order, url)),
    ]
    return finish(cells, lesson.name)


def learner_exporter(root: Path) -> NotebookExporter:
    """An exporter that makes the learner's notebook with nbgrader's own preprocessors."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    exporter = NotebookExporter(config=config)
    for preprocessor in GenerateAssignment.preprocessors.default_args[0]:
        if preprocessor is not SaveCells:  # the gradebook is the instructor's to write
            exporter.register_preprocessor(preprocessor(config=config), enabled=True)
    return exporter


def _start_notebook(root: Path, url: str, lessons: list[Lesson]):
    source = (root / "solutions" / f"{frame.START}.py").read_text(encoding="utf-8")
    body = jupytext.reads(source, fmt="py:percent").cells
    head = (
        f"{unwrap(body[0].source)}\n\n{frame.launch_links(url, f'notebooks/{frame.START}.ipynb')}"
    )
    cells = [
        new_markdown_cell(head),
        new_markdown_cell(map_in_words(lessons)),
        new_markdown_cell(unwrap(body[1].source)),
        new_code_cell(SETUP.format(url=url, more=""), metadata=FOLD),
        *(new_code_cell(cell.source) for cell in body[2:]),
    ]
    return finish(cells, frame.START)


def map_in_words(lessons: list[Lesson]) -> str:
    """The map of the course, readable before any cell is run: a picture and a list a part."""
    known, text = {lesson.slug: lesson for lesson in lessons}, ["## The map"]
    for number, part in enumerate(parts(), start=1):
        here = [known[slug] for slug in part["lessons"] if slug in known]
        text.append(f"### Part {number} · {part['name']}")
        drawn = next((lesson for lesson in here if lesson.picture), None)
        if drawn:
            text.append(frame.picture(drawn).strip())
        rows = [
            f"- [{lesson.slug[:2]} {lesson.title}]({lesson.slug}/{lesson.slug}.ipynb): "
            f"{lesson.question} ({budget.count(lesson).shown_minutes} min)"
            for lesson in here
        ]
        coming = [title for slug, title in part["lessons"].items() if slug not in known]
        if coming:
            rows.append(f"- In preparation: {', '.join(coming)}")
        text.append("\n".join(rows))
    return "\n\n".join(text)


def _given(notebook: str) -> list[str]:
    """Digests of a built notebook's code cells that are the lesson's own, by which a copy shows."""
    cells = json.loads(notebook)["cells"]
    code = (c for c in cells if c["cell_type"] == "code" and "nbgrader" not in c["metadata"])
    return [digest("".join(cell["source"])) for cell in code]


def _catalogue(lessons: list[Lesson], given: dict[str, list[str]]) -> str:
    entries = {
        lesson.slug: {
            "title": lesson.title,
            "question": lesson.question,
            "minutes": budget.count(lesson).shown_minutes,
            "exercises": lesson.graded("check"),
            "answers": lesson.graded("answer"),
            "given": " ".join(sorted(set(given[lesson.slug]))),
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
    """All cores of a checkout, in order.

    Raises:
        SourceError: with the problems of every source.
    """
    return [lesson for lesson in read_all(root) if not lesson.deeper]


def read_all(root: Path) -> list[Lesson]:
    """All cores, then all continuations.

    Raises:
        SourceError: with the problems of every source.
    """
    lessons, problems = [], []
    solutions = root / "solutions"
    for path in find_sources(solutions) + find_continuations(solutions):
        try:
            lessons.append(read_lesson(path))
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError(problems)
    return lessons


def _missing_parts(lesson: Lesson) -> list[str]:
    """What a core must have beside exercises: headings, and a place in the map."""
    if lesson.deeper:
        return []
    prose = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    wanted = ("Break it", "Summary", "References")
    said = [
        f"there is no heading `## {heading}`"
        for heading in wanted
        if not re.search(rf"^## {heading}", prose, re.M)
    ]
    if not any(lesson.slug in part["lessons"] for part in parts()):
        said.append("it stands in no part of course_utils/course_map.toml")
    return said


def _refuse_excesses(lessons: list[Lesson]) -> None:
    problems = []
    for lesson in lessons:
        if lesson.draft:
            continue
        problems += budget.problems(lesson)
        others = [*frame.picture_problems(lesson), *_missing_parts(lesson)]
        problems += [Problem(lesson.path, 1, words) for words in others]
    if problems:
        raise SourceError(problems)


def plan(root: Path, draft: bool = False) -> tuple[dict[Path, str], dict[Path, str]]:
    """Compute every generated file without touching the disk.

    With ``draft`` a lesson may exceed its budget and lack its picture: it can be run while it is
    written.

    Returns:
        The committed files (path -> text) and the instructor's notebooks, which git ignores.

    Raises:
        SourceError: a source breaks the rules, or a lesson exceeds its budget.
    """
    # nbgrader announces every cell whose checksum it computes
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    everything = read_all(root)
    if not draft:
        _refuse_excesses(everything)
    lessons = [lesson for lesson in everything if not lesson.deeper]
    order, url = [lesson.slug for lesson in lessons], repository_url(root)
    exporter = learner_exporter(root)
    notebooks = root / "notebooks"
    start = _start_notebook(root, url, lessons)
    glossary = finish(glossary_notebook(lessons, frame.START), frame.GLOSSARY)
    committed = {
        notebooks / f"{frame.START}.ipynb": nbformat.writes(start) + "\n",
        notebooks / f"{frame.GLOSSARY}.ipynb": nbformat.writes(glossary) + "\n",
    }
    private, given = {}, {lesson.slug: [] for lesson in everything}
    for lesson in everything:
        full = instructor_notebook(lesson, order, url)
        path = lesson.path.with_suffix(".ipynb")
        if not _same_cells(path, full):
            private[path] = nbformat.writes(full) + "\n"
        text, _ = exporter.from_notebook_node(copy.deepcopy(full))
        committed[notebooks / lesson.slug / f"{lesson.name}.ipynb"] = text
        given[lesson.slug] += _given(text)
    committed[root / "course_utils" / "lessons.json"] = _catalogue(lessons, given)
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
    committed, private = plan(root, draft=only_private)
    written = []
    for path, text in (private if only_private else committed | private).items():
        if not path.is_file() or path.read_bytes() != text.encode():
            write_atomically(path, text.encode())
            written.append(path)
    for path in [] if only_private else _orphans(root, committed):
        path.unlink()
        written.append(path)
    return written


def publish(root: Path, owner: str) -> list[Path]:
    """Put an owner into the repository's address, and build everything that shows it.

    Raises:
        ValueError: not the name of an account.
    """
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", owner):
        raise ValueError(f"{owner!r} is no account's name: use letters, digits and hyphens")
    old = repository_url(root)
    new = "/".join([*old.split("/")[:-2], owner, old.split("/")[-1]])
    old_name, new_name = ("/".join(url.split("/")[-2:]) for url in (old, new))
    written = []
    for name in ("pyproject.toml", "README.md", "CITATION.cff"):
        path = root / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        changed = text.replace(old_name, new_name)
        if changed != text:
            write_atomically(path, changed.encode())
            written.append(path)
    return written + build(root)
