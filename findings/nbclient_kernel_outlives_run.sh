#!/usr/bin/env bash
# nbclient 0.11.0 (nbclient/client.py, async_setup_kernel) with jupyter_client 8.10.0 and ipykernel 7.4.0.
#
# Guess: execute() ends the kernel that it started ("stops the client's zmq channels, and shuts down the kernel", says the
# docstring of the context manager that it uses).
# Behaviour: it does so only if it made the kernel manager, too. A manager that was handed over without a kernel (the way
# to choose another kernel spec) gets its kernel started by execute(), and the kernel lives on after it, with all that it
# holds; shutdown_kernel="immediate" changes nothing. Nobody is told. execute(cleanup_kc=True), a name that speaks of the
# client, ends the kernel.
#
# Output seen:
#   no manager given: 0 kernels after the run
#   a manager without a kernel given: 1 kernel after the run
#   the same, cleanup_kc=True: 0 kernels after the run
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check nbclient==0.11.0 jupyter_client==8.10.0 \
  ipykernel==7.4.0 nbformat==5.11.1 psutil==7.1.3
"$work/venv/bin/python" -m ipykernel install --sys-prefix --name plain > "$work/log" 2>&1
cat > "$work/try.py" <<'PY'
import psutil
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import v4


def alive() -> list:
    mine = psutil.Process().children(recursive=True)
    return [one for one in mine if "ipykernel_launcher" in " ".join(one.cmdline())]


def count(given: bool, **options) -> int:
    notebook = v4.new_notebook(cells=[v4.new_code_cell("held = list(range(10))")])
    manager = AsyncKernelManager(kernel_name="plain") if given else None
    NotebookClient(
        notebook, km=manager, kernel_name="plain", shutdown_kernel="immediate"
    ).execute(**options)
    left = alive()
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=10)
    return len(left)


found = count(False), count(True), count(True, cleanup_kc=True)
print(f"no manager given: {found[0]} kernels after the run")
print(f"a manager without a kernel given: {found[1]} kernel after the run")
print(f"the same, cleanup_kc=True: {found[2]} kernels after the run")
assert found == (0, 1, 0), found
PY
"$work/venv/bin/python" "$work/try.py"
