"""Time and memory of every lesson, of the build, and of ``make lab`` from a fresh clone."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from course_utils.authoring import bench_steps
from course_utils.authoring.budget import DEEPER_SECONDS, limits
from course_utils.authoring.build import build, plan, read_all, read_lessons
from course_utils.authoring.run import Run, run_notebook
from course_utils.paths import repository_root


def _seconds_until_serving(folder: Path) -> float:
    """Run ``make lab`` until JupyterLab answers, then stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["make", "lab", f"LAB_ARGS=--no-browser --port={port} --ServerApp.port_retries=0"]
    start = time.perf_counter()
    server = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        while time.perf_counter() - start < 900:
            if server.poll() is not None:
                raise RuntimeError(f"`make lab` ended with status {server.returncode}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=1).read()
                return time.perf_counter() - start
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError("JupyterLab did not answer within 15 minutes")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@contextlib.contextmanager
def _former_course(root: Path, commit: str) -> Iterator[Path]:
    """A work tree of an earlier commit, with its instructor's notebooks built."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "former"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit],
                       cwd=root, check=True)  # fmt: skip
        try:
            command = [sys.executable, "-c", "from course_utils.cli import main; main(['build'])"]
            env = os.environ | {"PYTHONPATH": str(tree)}
            subprocess.run(command, cwd=tree, env=env, check=True, stdout=subprocess.DEVNULL)
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=root, check=True)


def _run_of(tree: Path, path: Path, quick: bool) -> Run:
    """Run a notebook with the ``course_utils`` of a work tree."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(tree)
    try:
        return run_notebook(path, quick=quick)
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


def compare(commit: str, full: bool = True) -> int:
    """Run the lessons of an earlier commit and of now in turn; print seconds and ratios.

    Lessons and checks that both have are compared; continuations are not counted.
    """
    root = repository_root()
    build(root, only_private=True)
    rows = []
    with _former_course(root, commit) as tree:
        for lesson in read_lessons(root):
            path = lesson.path.with_suffix(".ipynb")
            former = tree / path.relative_to(root)
            if not former.is_file():
                continue
            row = {"lesson": lesson.slug}
            for name, quick in (("quick", True), ("full", False)) if full else (("quick", True),):
                old, new = _run_of(tree, former, quick), _run_of(root, path, quick)
                row |= {f"{name} then": old.seconds, f"{name} now": new.seconds}
            print(row, flush=True)
            rows.append(row)
    table = pd.DataFrame(rows).set_index("lesson")
    table.loc["all together"] = table.sum()
    for name in ("quick", "full") if full else ("quick",):
        table[f"{name} ratio"] = table[f"{name} now"] / table[f"{name} then"]
    print(f"\nseconds on this machine, {commit} and now in turn")
    print(table.to_string(float_format="%.2f"))
    return 0


def main(full: bool = True) -> int:
    """Print the tables; returns 0."""
    root = repository_root()
    build(root)
    start = time.perf_counter()
    plan(root)
    rows = [{"what": "build of all lessons (limit 5)", "seconds": time.perf_counter() - start}]
    if full:
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            subprocess.run(["git", "clone", "--quiet", root, clone], check=True)
            for what in ("make lab, fresh clone (limit 180)", "make lab again (limit 10)"):
                rows.append({"what": what, "seconds": _seconds_until_serving(clone)})
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.1f"), flush=True)
    if full:
        bench_steps.main()
    rows = []
    for lesson in read_all(root):
        most = DEEPER_SECONDS if lesson.deeper else limits(lesson).seconds
        row = {"lesson": lesson.name, "header s": lesson.seconds, "limit s": most}
        for name, quick in (("quick", True), ("full", False)) if full else (("quick", True),):
            run = run_notebook(lesson.path.with_suffix(".ipynb"), quick=quick)
            row |= {f"{name} s": run.seconds, f"{name} MB": run.peak_mb}
        rows.append(row)
    print("\nlimits on 2 cores: quick 10 s, full as the column says, 1500 MB")
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.0f"))
    return 0
