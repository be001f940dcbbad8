"""Jupyter kernels that are forked from a process in which the libraries are imported already.

Importing TensorFlow and the others takes 4 s of a processor, once for each lesson otherwise.
``warm.py SOCKET`` is that process; ``warm.py SOCKET -f FILE`` asks it for a kernel, as a kernel's
command line does, and lives as long as the kernel.
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from course_utils.grading.box.zygote import HEAVY, LIGHT

# What the grading's warmed process imports. Of the course only what must come before TensorFlow:
# its modules read their settings when a lesson imports them.
IMPORTED = (
    "course_utils",
    *(name for name in (*LIGHT, *HEAVY) if not name.startswith("course_utils.")),
    "ipykernel.kernelapp",
)


@contextlib.contextmanager
def launcher(folder: Path) -> Iterator[list[str]]:
    """The command line that starts such kernels, while a process stands by in the background."""
    place, words = folder / "kernels.socket", [sys.executable, __file__]
    more = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    with subprocess.Popen([*words, str(place)], env=dict(os.environ) | more) as process:
        try:
            while not place.exists():
                if process.poll() is not None:
                    raise RuntimeError(f"no kernels: ended with {process.returncode}")
                time.sleep(0.05)
            yield [*words, str(place)]
        finally:
            process.terminate()


def serve(place: str) -> None:
    """Import, then fork a kernel for each that asks."""
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(place + ".new")
        door.listen()
        os.rename(place + ".new", place)
        while True:
            asked, _ = door.accept()
            with asked:
                if os.fork() == 0:
                    door.close()
                    _be_kernel(asked)


def _be_kernel(asked: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = json.loads(asked.makefile("rb").readline())
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["folder"])
    sys.path[0] = ""  # as in a kernel
    sys.argv = ["ipykernel_launcher", *told["arguments"]]

    def end_with_asker():
        asked.recv(1)
        os._exit(0)

    threading.Thread(target=end_with_asker, daemon=True).start()
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
    os._exit(0)


def ask(place: str, arguments: list[str]) -> None:
    """Ask for a kernel, and end when it ends."""
    told = {"arguments": arguments, "env": dict(os.environ), "folder": os.getcwd()}
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(place)
        line.sendall(json.dumps(told).encode() + b"\n")
        line.recv(1)


if __name__ == "__main__":
    ask(sys.argv[1], sys.argv[2:]) if sys.argv[2:] else serve(sys.argv[1])
