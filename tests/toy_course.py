"""A course of one small lesson, and a stand-in for the sandbox, for tests of grading.

The lesson may have a continuation, which nobody grades. One of its exercises has a name that the
lesson has, too.
"""

import contextlib
import io
import os
import shutil
import sys
import traceback
import types
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from course_utils.authoring.build import instructor_notebook
from course_utils.authoring.sources import read_lesson
from course_utils.grading.host import sandbox
from tests.bank import ROOT

SLUG = "11_toy"
SOURCE = '''\
# ---
# title: A toy
# question: Does it add up?
# draft: true
# seconds: 1
# goals:
#   - add
# ---

# %% [markdown]
# ## Add

# %%
import math

# %% exercise="double"
def double(x: float) -> float:
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double" points=2
from course_utils import check
check.close(double(2.0), 4.0, "twice two")
### BEGIN HIDDEN TESTS
check.close(double(-1.5), -3.0, "twice -1.5 (hidden)")
### END HIDDEN TESTS

# %%
picture = [math.sin(x) for x in range(10)]

# %% exercise="triple"
def triple(x: float) -> float:
    """Three times x."""
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION

# %% check="triple" points=3
check.close(triple(2.0), 6.0, "thrice two")
### BEGIN HIDDEN TESTS
check.close(triple(-1.0), -3.0, "thrice -1 (hidden)")
### END HIDDEN TESTS

# %% [markdown] answer="why" points=1
# **Model answer.** Because.
'''

# the same in the light form: its checks are functions of a module, course_utils.checks.toy
LIGHT = '''\
# ---
# title: A toy
# question: Does it add up?
# draft: true
# seconds: 1
# goals:
#   - add
# terms:
#   sum: what adding gives
# ---

# %% [markdown]
# ## Add: a **sum**

# %% folded="imports"
import math

from course_utils.checks import toy

# %%
numbers = [1.0, 2.0]

# %% exercise="double"
def double(x: float) -> float:
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double" points=2
toy.check_double(double, 2.0)
### BEGIN HIDDEN TESTS
toy.check_double(double, -1.5)
### END HIDDEN TESTS

# %%
picture = [math.sin(x) for x in range(10)]

# %% folded="numbers"
print(f"{len(picture)} points")

# %% exercise="triple"
def triple(x: float) -> float:
    """Three times x."""
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION

# %% check="triple" points=3
toy.check_triple(triple, *numbers[1:])
### BEGIN HIDDEN TESTS
toy.check_triple(triple, -1.0)
### END HIDDEN TESTS

# %% [markdown] answer="why" points=1
# **Model answer.** Because.
'''
CHECKS = '''\
"""Checks of the toy."""

from course_utils import check


def check_double(double, x: float) -> None:
    """Is it twice x?"""
    check.close(check.call(double, x), 2 * x, f"twice {x:g}")


def check_triple(triple, x: float) -> None:
    """Is it three times x?"""
    check.close(check.call(triple, x), 3 * x, f"thrice {x:g}")
'''
# of a continuation
DEEPER = '''\
# ---
# title: More of the toy
# question: Does it add up for many?
# seconds: 1
# goals:
#   - add many
# ---

# %% [markdown]
# ## Add many

# %% folded="imports"
from course_utils import check

# %% exercise="double"
def double(many: list) -> list:
    """Twice each."""
    ### BEGIN SOLUTION
    return [2 * one for one in many]
    ### END SOLUTION

# %% check="double"
check.require(double([1, 2]) == [2, 4], "not twice each")

# %%
total = sum(double([1, 2, 3]))

# %% exercise="halve"
def halve(many: list) -> list:
    """Half of each."""
    ### BEGIN SOLUTION
    return [one / 2 for one in many]
    ### END SOLUTION

# %% check="halve"
check.require(halve([2, 4]) == [1, 2], "not half of each")
'''
FURTHER = f"{SLUG}_deeper"


def working_sandbox() -> sandbox.Sandbox:
    """The sandbox of this machine; without one the test is skipped, unless it is required."""
    try:
        return sandbox.probe("bubblewrap")
    except sandbox.SandboxError as error:
        if os.environ.get("COURSE_REQUIRE_SANDBOX") == "1":
            raise
        pytest.skip(str(error))


def add_checks(monkeypatch, folder: Path, **modules: str) -> None:
    """Let sandboxes see a package with further modules of ``course_utils.checks``.

    Args:
        monkeypatch: pytest's.
        folder: an empty one, for a copy of the package.
        modules: name -> source.
    """
    package = folder / "course_utils"
    shutil.copytree(sandbox.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, source in modules.items():
        (package / "checks" / f"{name}.py").write_text(source)
    monkeypatch.setattr(sandbox, "PACKAGE", package)


def config(folder: Path):
    """nbgrader's configuration of a toy course."""
    loaded = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    loaded.CourseDirectory.root = str(folder)
    return loaded


def api(folder: Path) -> NbGraderAPI:
    settings = config(folder)
    return NbGraderAPI(coursedir=CourseDirectory(config=settings), config=settings)


def make_course(folder: Path, source: str = SOURCE, deeper: str = "") -> Path:
    """A course's folder with the lesson released and known to the gradebook.

    Args:
        folder: where to.
        source: the lesson's.
        deeper: of its continuation, if it is to have one.
    """
    write_lesson(folder, source, deeper)
    told = api(folder).generate_assignment(SLUG, force=True)
    assert told["success"], told
    return folder


def write_lesson(folder: Path, source: str = SOURCE, deeper: str = "") -> None:
    """The sources and the instructor's notebooks of the lesson."""
    solutions = folder / "solutions" / SLUG
    solutions.mkdir(parents=True, exist_ok=True)
    if not (folder / "nbgrader_config.py").exists():
        shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name, text in ((SLUG, source), (FURTHER, deeper)):
        if not text:
            continue
        path = solutions / f"{name}.py"
        path.write_text(text)
        notebook = instructor_notebook(read_lesson(path), [SLUG], "https://example.org/o/r")
        for cell in notebook.cells:  # as the build's last line would mark progress of this machine
            cell.source = cell.source.replace("from course_utils.progress import passed", "")
            lines = cell.source.split("\n")
            cell.source = "\n".join(line for line in lines if not line.startswith("passed("))
        nbformat.write(notebook, path.with_suffix(".ipynb"))


def released(folder: Path, name: str = SLUG):
    return nbformat.read(folder / "notebooks" / SLUG / f"{name}.ipynb", as_version=4)


def continued(folder: Path, *more: str, **changes: str):
    """The released continuation, with other answers by grade id, and further cells."""
    notebook = released(folder, FURTHER)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = changes.get(name, cell.source)
    notebook.cells += map(nbformat.v4.new_code_cell, more)
    return notebook


def solved(folder: Path, **changes: str):
    """The released notebook with right answers, or others by grade id."""
    answers = {
        "double": "def double(x):\n    return x + x",
        "triple": "def triple(x):\n    return x + x + x",
        "why": "Because it does.",
    } | changes
    notebook = released(folder)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers and answers[name] is not None:
            cell.source = answers[name]
    return notebook


def submit(folder: Path, student: str, notebook, name: str = f"{SLUG}.ipynb", stamp=True) -> Path:
    """Hand in a notebook (or any bytes)."""
    target = folder / "submitted" / student / SLUG
    target.mkdir(parents=True, exist_ok=True)
    raw = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    (target / name).write_bytes(raw)
    if stamp:
        (target / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")
    return target / name


def zipped(**members: bytes) -> bytes:
    """A zip archive of files by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def scores(folder: Path) -> dict[str, dict]:
    """Grades by student and cell: automatic, manual, waiting for a person."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        return {
            submission.student.id: {
                grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(SLUG)
        }


def comments(folder: Path, student: str) -> dict[str, str | None]:
    """The automatic comments in the lesson's notebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(SLUG, student)
        own = [n for n in submission.notebooks if n.name == SLUG]
        return {c.name: c.auto_comment for n in own for c in n.comments}


def fake_run_jobs(jobs, store, progress=None, **options) -> None:
    """In place of ``scheduling.run_jobs``: one job after the other, here."""
    for done, job in enumerate(jobs, start=1):
        store.put(job, run_here(job))
        if progress:
            progress(done, len(jobs), job["key"])


def fake_sandbox(monkeypatch, run=fake_run_jobs) -> None:
    """Let ``course grade`` run its jobs in this very process."""
    from course_utils.grading.host import sandbox, scheduling

    level = types.SimpleNamespace(name="bubblewrap", level_text="pretended")
    monkeypatch.setattr(sandbox, "probe", lambda kind="auto": level)
    monkeypatch.setattr(scheduling, "run_jobs", run)


def run_here(job: dict) -> dict:
    """Run a job in this very process: for tests whose submissions are harmless."""
    space, told = {"__name__": "__main__"}, []
    for cell in job["cells"]:
        out, err, status, outputs = io.StringIO(), io.StringIO(), "ok", []
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                exec(compile(cell["source"], "cell", "exec"), space)
            except Exception as error:
                status = "error"
                lines = traceback.format_exception_only(*sys.exc_info()[:2])
                outputs.append(
                    {"output_type": "error", "ename": type(error).__name__, "evalue": str(error)}
                    | {"traceback": lines}
                )
        for name, text in (("stderr", err.getvalue()), ("stdout", out.getvalue())):
            if text:
                outputs.insert(0, {"output_type": "stream", "name": name, "text": text})
        told.append(
            {"id": cell["id"], "status": status, "outputs": outputs, "seconds": 0.0, "value": None}
        )
    return {
        "key": job["key"],
        "sandbox": "bubblewrap",
        "seconds": 0.01,
        "cells": told,
    }
