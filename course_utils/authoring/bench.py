"""Time and memory of every lesson, of the build, and of ``make lab`` from a fresh clone."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pandas as pd

from course_utils.authoring.build import build, plan, read_lessons, repository_root
from course_utils.authoring.run import run_notebook


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
    rows = []
    for lesson in read_lessons(root):
        row = {"lesson": lesson.slug}
        for name, quick in (("quick", True), ("full", False)) if full else (("quick", True),):
            run = run_notebook(lesson.path.with_suffix(".ipynb"), quick=quick)
            row |= {f"{name} s": run.seconds, f"{name} MB": run.peak_mb}
        rows.append(row)
    print("\nlimits: quick 20 s, full 120 s (part 4: 240 s), 1500 MB, on 2 cores")
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.0f"))
    return 0
