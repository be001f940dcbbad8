"""Executed lessons, kept by content: one runs again only when its code or its imports changed."""

import ast
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from course_utils.authoring.build import instructor_notebook
from course_utils.authoring.run import Run, run_notebook
from course_utils.authoring.site import demos
from course_utils.authoring.sources import Lesson
from course_utils.grading.intake.jobs import version_of
from course_utils.paths import write_atomically

# their results are shown
PACKAGES = ("keras", "matplotlib", "numpy", "scikit-learn", "scipy")


def _imported(code: str) -> set[str]:
    """Dotted names of course_utils that code imports; a name may be a module or a thing in one."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "course_utils"}


def modules_of(code: str, root: Path) -> list[Path]:
    """The files of course_utils that code imports, directly or by others, in order."""
    found, waiting = set(), [code]
    while waiting:
        for name in _imported(waiting.pop()):
            base = root.joinpath(*name.split("."))
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path.is_file() and path not in found:
                    found.add(path)
                    waiting.append(path.read_text(encoding="utf-8"))
    return sorted(found)


def _demo_cell(lesson: Lesson) -> str:
    """The code that writes the numbers of the lesson's demo; "" if it has none."""
    demo = demos.of_lesson(lesson.name)
    if demo is None:
        return ""
    place = 'os.environ["COURSE_DEMO"]'
    lines = ["import os", "from course_utils.authoring.site import numbers"]
    return "\n".join([*lines, f'numbers.save("{demo.name}", globals(), {place})'])


def content_key(root: Path, lesson: Lesson, quick: bool) -> str:
    """A digest of all that the outputs of a lesson depend on; its prose is not among it."""
    built = instructor_notebook(lesson, [lesson.slug], "").cells
    code = [cell.source for cell in built if cell.cell_type == "code"]
    code.append(_demo_cell(lesson))
    parts = [*code, "quick" if quick else "full"]
    parts += [path.read_text(encoding="utf-8") for path in modules_of("\n\n".join(code), root)]
    pieces = [p for end in ("js", "html", "css") for p in root.glob(f"course_utils/*.{end}")]
    named = [piece for piece in sorted(pieces) if any(piece.stem in part for part in parts)]
    parts += [piece.read_text(encoding="utf-8") for piece in named]
    parts += [f"{name} {version_of(name)}" for name in PACKAGES]
    parts.append(version_of("tensorflow-cpu", "tensorflow"))
    parts.append((root / "data" / "README.md").read_text(encoding="utf-8"))  # the data's checksums
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Executed:
    """A folder of executed lessons, ``NAME-KEY/`` each.

    It holds ``notebook.ipynb``, ``run.json`` (a :class:`Run` without its notebook, and whether
    every cell ran twice), the demo's JSON, and in ``home/`` what the lesson gave its learner.
    ``launcher`` starts the kernels, as in :func:`course_utils.authoring.run.run_notebook`.
    """

    def __init__(self, root: Path, quick: bool, launcher: Sequence[str] = ()):
        self.root, self.quick, self.launcher = root, quick, launcher
        self.folder = root / "artifacts" / "site" / ("executed-quick" if quick else "executed")

    def place(self, lesson: Lesson) -> Path:
        """Where an executed lesson lies, or will lie."""
        return self.folder / f"{lesson.name}-{content_key(self.root, lesson, self.quick)}"

    def kept(self, lesson: Lesson, twice: bool = False) -> Run | None:
        """The run that is kept of a lesson as it is now; None if there is none.

        Args:
            lesson: the lesson.
            twice: only a run in which every cell ran twice counts.
        """
        place = self.place(lesson)
        if not (place / "run.json").is_file():
            return None
        told = json.loads((place / "run.json").read_text(encoding="utf-8"))
        if twice and not told["twice"]:
            return None
        del told["twice"]
        return Run(nbformat.read(place / "notebook.ipynb", as_version=4), **told)

    def run(self, lesson: Lesson, twice: bool = False) -> Run:
        """Execute a lesson, with the lines that write its demo, and keep it.

        Args:
            lesson: the lesson.
            twice: run every cell twice in a row (for tests).

        Raises:
            RuntimeError: a cell failed; nothing is kept.
        """
        work = self.folder / f"{lesson.name}.running"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        notebook = instructor_notebook(lesson, [lesson.slug], "")
        demo = _demo_cell(lesson)
        if demo:
            notebook.cells.append(new_code_cell(demo))
        path = work / "notebook.ipynb"
        nbformat.write(notebook, path)
        env = {"COURSE_DEMO": str(work.absolute()), "COURSE_HOME": str(work.absolute() / "home")}
        done = run_notebook(
            path, quick=self.quick, twice=twice, more_env=env, launcher=self.launcher
        )
        if demo:
            done.notebook.cells.pop()
        write_atomically(path, nbformat.writes(done.notebook).encode())
        told = {name: value for name, value in vars(done).items() if name != "notebook"}
        (work / "run.json").write_text(json.dumps(told | {"twice": twice}), encoding="utf-8")
        self.forget(lesson)
        work.rename(self.place(lesson))
        return done

    def forget(self, lesson: Lesson) -> None:
        """Remove what is kept of a lesson."""
        for old in self.folder.glob(f"{lesson.name}-*"):
            shutil.rmtree(old)

    def read(self, lesson: Lesson) -> dict[int, list]:
        """Line of each code cell in the lesson's source -> its outputs."""
        kept = nbformat.read(self.place(lesson) / "notebook.ipynb", as_version=4)
        code = [cell for cell in kept.cells if cell.cell_type == "code"]
        outputs = [cell.outputs for cell in code[1:]]  # without the set-up cell
        marked = [cell for cell in lesson.cells if cell.cell_type == "code"]
        return dict(zip([cell.line for cell in marked], outputs, strict=True))
