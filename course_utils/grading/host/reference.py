"""The reference: a job in a fresh Jupyter kernel, slow and unprotected."""

import os
import re
import tempfile
import time

from course_utils.grading.host.execution import entry, error_output, late
from course_utils.grading.host.sandbox import environment
from course_utils.grading.intake import jobs
from course_utils.paths import PACKAGE

_NUMBER = re.compile(r"^(?:np\.\w+\()?([-+]?[\d.]+(?:e[-+]?\d+)?|[-+]?(?:inf|nan))\)?$")


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
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=max(1, round(limits["cell_seconds"])),
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout={"ename": "CellTimeoutError", "evalue": "", "traceback": []},
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
            for place, (cell, executed) in enumerate(
                zip(job["cells"], notebook.cells, strict=True)
            ):
                begun = time.monotonic()
                if dead or begun - started > limits["job_seconds"]:
                    words = "an earlier cell had ended the kernel: not run"
                    shown = [error_output("NotRun", words)] if cell["role"] == "check" else []
                    cells.append(entry(cell, "not run", shown))
                    continue
                replies.append({})
                try:
                    client.execute_cell(executed, place)
                except DeadKernelError:
                    dead = True
                status, outputs, value = _outcome(cell, executed, replies[-1], dead, limits)
                cells.append(entry(cell, status, outputs, time.monotonic() - begun, value))
    seconds = round(time.monotonic() - started, 3)
    result = {"key": job["key"], "sandbox": "none (kernel)", "seconds": seconds}
    return result | {"cells": cells}


def _environment(folder: str) -> dict[str, str]:
    """The sandbox's settings, for a kernel that finds this course."""
    own = ("HOME", "PATH", "MPLCONFIGDIR")
    env = {k: v for k, v in environment(folder).items() if k not in own}
    path, course = os.environ.get("PYTHONPATH"), str(PACKAGE.parent)
    return env | {"PYTHONPATH": f"{course}{os.pathsep}{path}" if path else course}


def _outcome(
    cell: dict, executed, reply: dict, dead: bool, limits: dict
) -> tuple[str, list[dict], float | None]:
    """Status, outputs and value of a cell that went through a kernel."""
    outputs = jobs.clean_outputs(executed.outputs, limits["output_kb"])
    if dead:
        return "died", [*outputs, error_output("DeadProcessError", "the kernel ended here")], None
    if reply.get("ename") == "CellTimeoutError":
        outputs = [o for o in outputs if o["output_type"] != "error"]
        return "timeout", [*outputs, late(cell, limits)], None
    if reply.get("status") != "ok" and cell["source"].strip():  # an empty cell is not run
        if not any(o["output_type"] == "error" for o in outputs):
            outputs.append(error_output(str(reply.get("ename")), str(reply.get("evalue"))))
        return "error", outputs, None
    value = None
    # the kernel shows a result only of a last line that is an expression
    shown = [o for o in outputs if o["output_type"] == "execute_result"]
    if shown and cell["role"] == "check":
        number = _NUMBER.match(shown[-1]["data"].get("text/plain", ""))
        if number and abs(float(number[1])) < 1e300:
            value = float(number[1])
    return "ok", outputs, value
