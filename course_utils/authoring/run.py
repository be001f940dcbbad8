"""Run lessons in a real Jupyter kernel and measure time, memory, points and numbers."""

import base64
import copy
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbgrader.utils import determine_grade, is_grade

# the last cell of a run: peak memory of the kernel in KiB (bytes on macOS)
_PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def _write_kernelspec(folder: Path, launcher: Sequence[str]) -> None:
    folder.mkdir(parents=True)
    argv = [*launcher, "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "other", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def _kernel_manager(name: str, folders: list[str]) -> AsyncKernelManager:
    specs = KernelSpecManager()
    specs.kernel_dirs = folders + specs.kernel_dirs
    return AsyncKernelManager(kernel_name=name, kernel_spec_manager=specs)


def _doubled(cell) -> list:
    """A cell and, before a code cell, the same once more."""
    if cell.cell_type != "code":
        return [cell]
    first = copy.deepcopy(cell)
    first.metadata["first"] = True
    first.id = f"{cell.id}-first"
    return [first, cell]


@dataclass
class Run:
    """What happened when a notebook ran."""

    notebook: nbformat.NotebookNode
    seconds: float
    peak_mb: float
    reports: list[dict] = field(default_factory=list)

    def errors(self) -> list[str]:
        """Names of the exceptions that cells ended with, in order."""
        return [o.ename for c in self._code() for o in c.outputs if o.output_type == "error"]

    def stderr(self) -> str:
        """Everything written to standard error."""
        streams = (o for c in self._code() for o in c.outputs if o.output_type == "stream")
        return "".join(o.text for o in streams if o.name == "stderr")

    def points(self) -> tuple[float, float]:
        """Points of the automatic checks: earned and possible, as nbgrader counts them."""
        scores = [determine_grade(c) for c in self._code() if is_grade(c)]
        return sum(s for s, _ in scores), sum(m for _, m in scores)

    def out_of_range(self) -> list[dict]:
        """Reported numbers that left their range, on the full budget."""
        # written so that NaN counts as outside
        return [r for r in self.reports if not (r["quick"] or r["low"] <= r["value"] <= r["high"])]

    def save_figures(self, folder: Path) -> None:
        """Write every picture that the notebook shows, numbered in order, as a PNG."""
        folder.mkdir(parents=True, exist_ok=True)
        outputs = (o for c in self._code() for o in c.outputs if "image/png" in o.get("data", {}))
        for number, output in enumerate(outputs, start=1):
            picture = base64.b64decode(output.data["image/png"])
            (folder / f"{number:02d}.png").write_bytes(picture)

    def _code(self) -> list:
        return [c for c in self.notebook.cells if c.cell_type == "code"]


def run_notebook(
    path: Path,
    quick: bool = True,
    keep_going: bool = False,
    figures: Path | None = None,
    launcher: Sequence[str] = (),
    twice: bool = False,
    more_env: Mapping[str, str] | None = None,
) -> Run:
    """Execute a notebook in a fresh kernel, in its own folder; the file is left as it is.

    Args:
        path: the notebook.
        quick: run on the small budget.
        keep_going: go on after a cell that fails, as nbgrader does.
        figures: folder to save named figures in.
        launcher: command line that starts the kernel, to which ``-f CONNECTION_FILE`` is added;
            by default the Jupyter kernel ``python3``.
        twice: run every code cell twice in a row, as a learner may; the second run counts.
        more_env: further variables of the kernel's environment.

    Raises:
        RuntimeError: a cell failed and ``keep_going`` is False; the message shows the cell.
    """
    notebook = nbformat.read(path, as_version=4)
    if twice:
        notebook.cells = [copy for cell in notebook.cells for copy in _doubled(cell)]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.jsonl"
        env = dict(os.environ)
        env |= {
            "COURSE_QUICK": "1" if quick else "0",
            "COURSE_REPORT": str(report),
            "COURSE_HOME": str(Path(folder) / "home"),
            "COURSE_FIGURES": str(figures.absolute()) if figures else "",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            **(more_env or {}),
        }
        kernels = []
        if launcher:
            _write_kernelspec(Path(folder) / "kernels" / "other", launcher)
            kernels = [str(Path(folder) / "kernels")]
        notebook.cells.append(nbformat.v4.new_code_cell(_PEAK))
        client = NotebookClient(
            notebook,
            timeout=900,
            km=_kernel_manager("other" if launcher else "python3", kernels),
            allow_errors=keep_going,
            shutdown_kernel="immediate",
            extra_arguments=["--IPKernelApp.log_level=40"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        start = time.perf_counter()
        try:
            # nbclient (0.11) leaves a kernel running whose manager it was given, unless it is told
            client.execute(env=env, cleanup_kc=True)
        except CellExecutionError as error:
            raise RuntimeError(f"{path}: a cell failed\n{error}") from None
        seconds = time.perf_counter() - start
        peak = int(notebook.cells.pop().outputs[0].text)
        reports = []
        if report.exists():
            reports = [json.loads(line) for line in report.read_text().splitlines()]
    if twice:
        notebook.cells = [cell for cell in notebook.cells if not cell.metadata.pop("first", False)]
        reports = list({row["name"]: row for row in reports}.values())
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of execution: they only make diffs
    return Run(notebook, seconds, peak * unit / 1e6, reports)
