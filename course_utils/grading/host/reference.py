"""The reference: a job in a fresh Jupyter kernel, slow and unprotected."""

import ast
import json
import os
import re
import tempfile
import time

from course_utils.grading.host.execution import entry, error_output, late
from course_utils.grading.host.sandbox import environment
from course_utils.grading.intake import jobs
from course_utils.paths import PACKAGE

_NUMBER = re.compile(r"^(?:np\.\w+\()?([-+]?[\d.]+(?:e[-+]?\d+)?|[-+]?(?:inf|nan))\)?$")


def ends_in_expression(source: str) -> bool:
    """Whether a check can give partial credit: its last statement is a bare expression."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # magics: the shell knows
    return bool(tree.body) and isinstance(tree.body[-1], ast.Expr)


def run_in_kernel(job: dict) -> dict:
    """Run a job in a fresh Jupyter kernel, unprotected: the slow reference for :class:`Worker`.

    Only for work that one may run oneself, such as one's own.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    limits, started, replies = job["limits"], time.monotonic(), []
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell["source"]) for cell in job["cells"]]
    out_of_time = {"ename": "CellTimeoutError", "evalue": "", "traceback": []}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=max(1, round(limits["cell_seconds"])),
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout=out_of_time,
        extra_arguments=[
            "--IPKernelApp.log_level=50",
            "--HistoryManager.hist_file=:memory:",
            "--IPKernelApp.capture_fd_output=False",
        ],
        on_cell_executed=lambda **told: replies.append(told["execute_reply"]["content"]),
    )
    cells, dead = [], False
    with tempfile.TemporaryDirectory() as folder:
        client.resources = {"metadata": {"path": folder}}
        with client.setup_kernel(env=os.environ | _environment(folder)):
            for cell, place in zip(job["cells"], range(len(job["cells"])), strict=True):
                if dead or time.monotonic() - started > limits["job_seconds"]:
                    words = "an earlier cell had ended the kernel: not run"
                    shown = [error_output("NotRun", words)]
                    cells.append(entry(cell, "not run", shown if cell["role"] == "check" else ()))
                    continue
                begun = time.monotonic()
                replies.clear()
                try:
                    client.execute_cell(notebook.cells[place], place)
                except DeadKernelError:
                    dead = True
                cells.append(
                    _from_kernel(cell, notebook.cells[place], replies, dead, limits)
                    | {"seconds": round(time.monotonic() - begun, 3)}
                )
    seconds = round(time.monotonic() - started, 3)
    result = {"key": job["key"], "sandbox": "none (kernel)", "seconds": seconds, "peak_mb": 0.0}
    return result | {"cells": cells}


def _environment(folder: str) -> dict[str, str]:
    """The sandbox's settings, for a kernel that finds this course."""
    own = ("HOME", "PATH", "MPLCONFIGDIR")
    env = {k: v for k, v in environment(folder).items() if k not in own}
    path, course = os.environ.get("PYTHONPATH"), str(PACKAGE.parent)
    return env | {"PYTHONPATH": f"{course}{os.pathsep}{path}" if path else course}


def _from_kernel(cell: dict, executed, replies: list[dict], dead: bool, limits: dict) -> dict:
    """A cell's entry after it went through a kernel."""
    outputs = json.loads(json.dumps(executed.outputs))
    outputs = jobs.clean_outputs(outputs, limits["output_kb"])
    reply = replies[-1] if replies else {}
    if dead:
        lost = error_output("DeadProcessError", "the kernel ended here")
        return entry(cell, "died", [*outputs, lost])
    if reply.get("ename") == "CellTimeoutError":
        outputs = [o for o in outputs if o["output_type"] != "error"]
        return entry(cell, "timeout", [*outputs, late(cell, limits)])
    if reply.get("status") != "ok" and cell["source"].strip():  # an empty cell is not run
        if not any(o["output_type"] == "error" for o in outputs):
            outputs.append(error_output(str(reply.get("ename")), str(reply.get("evalue"))))
        return entry(cell, "error", outputs)
    value = None
    if cell["role"] == "check" and ends_in_expression(cell["source"]):
        shown = [o for o in outputs if o["output_type"] == "execute_result"]
        number = _NUMBER.match(shown[-1]["data"].get("text/plain", "")) if shown else None
        if number and abs(float(number[1])) < 1e300:
            value = float(number[1])
    return entry(cell, "ok", outputs, value=value)
