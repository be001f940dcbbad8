"""A lesson as a page: what a learner sees, with figures; solutions and checks behind a click."""

import base64
import hashlib
import html
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from course_utils.authoring import build, frame
from course_utils.authoring.markdown import unwrap
from course_utils.authoring.sources import Cell, Lesson, without_region
from course_utils.paths import is_published

DATA_URI = re.compile(r"data:(image/png|audio/wav|audio/midi);base64,([A-Za-z0-9+/=\s]+)")
SUFFIXES = {"image/png": "png", "audio/wav": "wav", "audio/midi": "mid"}
WIDGET = "application/vnd.jupyter.widget-view+json"
STUB = "raise NotImplementedError"
FOLDS = {"imports": "Show the imports", "numbers": "Show the numbers that the text relies on"}
FILES = "../../files"  # in the HTML of a lesson's page
SOURCE_FILES = "../../extra/files"  # in its Markdown, which Sphinx reads


class Files:
    """Pictures and sounds of the pages, as files named by their content."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, data: bytes, suffix: str) -> str:
        """Write a file; returns its name."""
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"
        if not (self.folder / name).is_file():
            (self.folder / name).write_bytes(data)
        return name

    def taken_out(self, text: str, folder: str) -> str:
        """Text of Markdown or HTML with its ``data:`` addresses turned into files.

        ``folder`` is how the page calls the folder of the files.
        """

        def file_of(found) -> str:
            return f"{folder}/{self.add(base64.b64decode(found[2]), SUFFIXES[found[1]])}"

        return DATA_URI.sub(file_of, text)


def linked_terms(text: str, terms: list[str]) -> tuple[str, list[str]]:
    """Link the first bold place of each term to the glossary; also gives the terms not found."""
    left = []
    for term in terms:
        words = r"\s+".join(map(re.escape, term.split()))
        bold = re.compile(rf"\*\*({words})\*\*", re.I)
        text, n = bold.subn(lambda found, term=term: _term(found[1], term), text, count=1)
        if not n:
            left.append(term)
    return text, left


def _term(words: str, term: str) -> str:
    return f"{{term}}`{' '.join(words.split())} <{term}>`"


def _without_marks(code: str) -> str:
    return re.sub(r"(?m)^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", "", code)


def _joined(outputs: list) -> list:
    """Outputs with what was printed in one piece, as a terminal shows it at the end."""
    joined = []
    for one in outputs:
        before = joined[-1] if joined else None
        if before and one.output_type == before.output_type == "stream" and one.name == before.name:
            joined[-1] = new_output("stream", name=one.name, text=before.text + one.text)
        else:
            joined.append(one)
    for one in joined:
        if one.output_type == "stream":
            # a progress bar goes back to the start of its line
            one.text = re.sub(r"[^\n]*\r(?=[^\n])", "", one.text).replace("\r", "")
    return [one for one in joined if one.output_type != "stream" or one.text.strip()]


def _output(one, files: Files):
    """An output as the page shows it, or None: pictures become files, widgets go."""
    if one.output_type == "stream":
        return None if one.name == "stderr" else one
    data = one.get("data", {})
    if WIDGET in data:
        return None
    if "image/png" in data:
        about = one.metadata.get("image/png", {})
        name = files.add(base64.b64decode(data["image/png"]), "png")
        width = f' width="{about["width"]}"' if "width" in about else ""
        alt = html.escape(about.get("alt", ""), quote=True)
        tag = f'<img class="figure" src="{FILES}/{name}" alt="{alt}"{width} loading="lazy">'
        return new_output("display_data", {"text/html": tag})
    if "text/html" in data:
        text = files.taken_out(data["text/html"], FILES)
        text = text.replace("<audio ", '<audio preload="none" ')
        if "<table" in text:
            # one that is wider than the page scrolls by itself
            text = f'<div class="table">{text}</div>'
        return new_output("display_data", {"text/html": text})
    return one


def _code(source: str, outputs: list, files: Files, fold: str = "") -> nbformat.NotebookNode:
    """A code cell with its outputs; ``fold``: what the line says that shows its code."""
    shown = [new for one in _joined(outputs) if (new := _output(one, files))]
    about = {"tags": ["hide-input"], "mystnb": {"code_prompt_show": fold}} if fold else {}
    return new_code_cell(source, outputs=shown, metadata=about)


def _exercise(cell: Cell, outputs: list, files: Files) -> list:
    stub = without_region(cell.source, "SOLUTION", STUB)
    solution = _without_marks(cell.source)
    return [
        new_code_cell(stub),
        _code(solution, outputs, files, "Show a solution (but solve it first)"),
    ]


def _answer(cell: Cell) -> list:
    model = _without_marks(unwrap(cell.source)).strip()
    fold = (
        f"<details><summary>Show a model answer and its rubric</summary>\n\n{model}\n\n</details>"
    )
    return [new_markdown_cell(fold)]


def _cells(lesson: Lesson, cell: Cell, outputs: dict, files: Files) -> list:
    """What becomes of a cell of the source."""
    if cell.kind == "answer":
        return _answer(cell)
    if cell.cell_type == "markdown":
        return [new_markdown_cell(unwrap(cell.source))]
    here = outputs[cell.line]
    if cell.kind == "exercise":
        return _exercise(cell, here, files)
    if cell.kind == "check":
        visible = without_region(cell.source, "HIDDEN TESTS")
        return [_code(visible, here, files, f"Show the check of {cell.name}")]
    if cell.kind == "folded":
        fold = {
            "imports": "Show the imports",
            "numbers": "Show the numbers that the text relies on",
        }
        return [_code(cell.source, here, files, fold[cell.name])]
    return [_code(cell.source, here, files)]


def launch(lesson: Lesson, url: str) -> str:
    """Where the page's lesson can be worked through."""
    path = f"notebooks/{lesson.slug}/{lesson.name}.ipynb"
    if is_published(url):
        return f"Work through it: {frame.launch_links(url, path)}"
    return f"Work through it in JupyterLab: `{path}` (after `make lab`)."


def _head(lesson: Lesson, url: str, files: Files, root: Path, demo: str) -> str:
    picture = ""
    drawn = frame.picture_path(root, lesson.slug)
    if lesson.picture and drawn.is_file():
        name = files.add(drawn.read_bytes(), "png")
        picture = f"![{lesson.picture}]({SOURCE_FILES}/{name})"
    shown = f"{demo or picture}\n\n{frame.facts(lesson)}"
    where = "" if lesson.deeper else f"\n\n{launch(lesson, url)}"
    return frame.opening(lesson, shown) + where


def without_strange_links(text: str, known: set[str], url: str) -> str:
    """Markdown whose links to what is no page lead to the repository, or are words without one.

    Args:
        text: Markdown.
        known: names of the pages, without folder and suffix.
        url: of the repository.
    """

    def link(found) -> str:
        words, where = found[1], found[2]
        name = Path(where.split("#")[0]).stem
        if where.startswith(("http", "#", "data:", "mailto:")) or name in known:
            return found[0]
        path = where.lstrip("./")
        return f"[{words}]({url}/blob/main/{path})" if is_published(url) else words

    return re.sub(r"(?<![!\]])\[([^\]]+)\]\(([^)\s]+)\)", link, text)


def lesson_page(
    lesson: Lesson, outputs: dict, files: Files, root: Path, url: str, known: set[str], demo: str
):
    """The notebook from which Sphinx makes the page of a lesson.

    Args:
        lesson: as its source says it.
        outputs: line of a code cell in the source -> the outputs of that cell.
        files: where pictures and sounds go.
        root: the checkout.
        url: of the repository.
        known: names of all pages.
        demo: HTML of a demo, shown in place of the header's picture; "" for none.
    """
    cells = [new_markdown_cell(_head(lesson, url, files, root, demo))]
    for cell in lesson.cells:
        cells += _cells(lesson, cell, outputs, files)
    if lesson.continuation.is_file() and not lesson.deeper:
        cells.append(
            new_markdown_cell(
                f"## Going deeper\n\n[The continuation]({lesson.name}_deeper.ipynb) goes on where "
                "this lesson stops. It is optional."
            )
        )
    left = [] if lesson.deeper else list(lesson.terms)  # the glossary is that of the cores
    for cell in cells:
        if cell.cell_type == "markdown":
            text = without_strange_links(cell.source, known, url)
            cell.source, left = linked_terms(text, left)
    return build.finish(cells, lesson.name)
