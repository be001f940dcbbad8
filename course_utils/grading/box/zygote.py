"""The warmed process in the sandbox: it forks a child for a learner's cells, and one for checks.

It imports the packages that lessons use and then only forks: it never sees a cell. A child locks
itself in further, connects to the worker's socket and does what comes from there. The files of
``course_utils.checks``, with their oracles, are neither imported here nor to be read by a learner's
child. Whatever such a child sends is only a claim.
"""

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import socket
import sys
import time

import psutil

from course_utils.grading.box import isolate, wire

LIGHT = [
    "numpy.testing", "unittest.mock", "matplotlib.pyplot", "matplotlib_inline.backend_inline",
    "IPython.display", "ipykernel.zmqshell", "ipykernel.compiler",
    "course_utils.check", "course_utils.progress", "course_utils.data",
    "course_utils.grading.box.judge", "course_utils.grading.box.witness",
]  # fmt: skip
HEAVY = [
    "tensorflow", "keras", "pandas", "tqdm", "PIL.Image", "chess.pgn",
    "scipy.linalg", "scipy.stats", "scipy.ndimage", "scipy.optimize", "scipy.integrate",
    "scipy.special", "scipy.spatial.distance",
    "sklearn.decomposition", "sklearn.datasets", "sklearn.metrics", "sklearn.linear_model",
    "sklearn.manifold", "sklearn.neighbors", "sklearn.cluster", "sklearn.ensemble",
    "sklearn.model_selection",
    "skimage.data", "skimage.metrics", "skimage.restoration", "skimage.transform",
    "skimage.filters",
    "course_utils.plots", "course_utils.training", "course_utils.report",
    "course_utils.classifier", "course_utils.chess_games", "course_utils.explorers",
]  # fmt: skip


class Zygote:
    """The warmed process: forks a child for every notebook, and ends it."""

    def __init__(self, settings: dict):
        # mode "namespaces": each child gets its own; "users": its own user (in a container, which
        # forbids namespaces); "plain": no protection at all
        self.settings, self.mode = settings, settings["mode"]
        self.door = settings["door"]
        self.children: dict[str, tuple[int, int]] = {}  # by name: process and user
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(self.door)

    def serve(self) -> None:
        """Warm up, then do what the worker asks, until it goes."""
        self.shell = self.outputs = None
        if not self.settings["trial"]:
            warm(self.settings["warm"])
            from course_utils.grading.box.shell import make_shell

            self.shell, self.outputs = make_shell()
        with contextlib.suppress(OSError):
            # children that were left alone come to us, and nobody attaches a debugger to us
            isolate.prctl(isolate.PR_SET_CHILD_SUBREAPER, 1)
            isolate.prctl(isolate.PR_SET_DUMPABLE, 0)
        gc.freeze()  # no needless copies of pages in children
        gc.enable()
        wire.send(self.control, {"ready": True, "threads": psutil.Process().num_threads()})
        with contextlib.suppress(EOFError):
            while True:
                request = wire.receive(self.control)[0]
                wire.send(self.control, getattr(self, f"do_{request['do']}")(request))
        for name in list(self.children):
            self._kill(name)

    # ---- starting a child

    def do_start(self, request: dict) -> dict:
        """Fork a child; it connects to the door by itself."""
        if self.mode == "namespaces":
            said = self._fork_in_namespaces(request)
        else:
            said = str(self._fork(request))
        if not said.isdigit():
            return {"ok": False, "why": said or "no child"}
        self.children[request["name"]] = int(said), request["user"]
        return {"ok": True}

    def _fork(self, request: dict) -> int:
        child = os.fork()
        if child == 0:
            self._be_child(request)
        return child

    def _fork_in_namespaces(self, request: dict) -> str:
        """A process enters a new PID namespace only with its children, so one stands between."""
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            try:
                isolate.enter_namespaces(new_user=not self.settings["root"])
                said = str(self._fork(request | {"pipe": (reading, writing)}))
            except BaseException as error:
                said = f"failed: {error}"
            os.write(writing, said.encode())
            os._exit(0)
        os.close(writing)
        with open(reading) as file:
            said = file.read()
        os.waitpid(between, 0)
        return said

    def _be_child(self, request: dict) -> None:
        """Isolate this process, then work. Never returns."""
        try:
            self.control.close()
            for number in request.get("pipe", ()):
                os.close(number)
            os.setsid()
            channel = socket.socket(socket.AF_UNIX)
            channel.connect(self.door)
            wire.receive(channel)  # the worker puts us into a control group before it says go
            home = self._isolate(request)
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            os.close(null)
            os.chdir(home)
            wire.send(channel, {"isolated": True} | isolate.look_around())
        except BaseException as error:
            with contextlib.suppress(Exception):  # or the worker has gone
                why = f"{type(error).__name__}: {error}"
                wire.send(channel, {"isolated": False, "why": why})
            os._exit(1)
        try:
            if self.shell is not None:  # else it is a trial
                from course_utils.grading.box import judge, witness

                kind = {"judge": judge.Bench, "learner": witness.Desk}[request["role"]]
                kind(channel, self.shell, self.outputs).serve()
        finally:
            os._exit(0)

    def _isolate(self, request: dict) -> str:
        """Lock this process in; returns its working folder."""
        settings, limits, user = self.settings, request["limits"], request["user"]
        job = f"{settings['scratch']}/{request['name']}"
        if self.mode == "namespaces":
            isolate.own_folders(limits["file_mb"])
            isolate.hide(os.path.dirname(self.door))
            isolate.freeze(settings["home"])
            checks = f"{settings['course']}/course_utils/checks"
            if request["role"] == "learner" and os.path.isdir(checks):
                isolate.hide(checks)
            job = "/tmp/learner"
        else:
            os.environ["TMPDIR"] = f"{job}/tmp"
        os.environ |= {"HOME": job, "COURSE_HOME": job, "IPYTHONDIR": f"{job}/.ipython"}
        os.mkdir(job, mode=0o700)
        if self.mode != "plain":
            isolate.limit(limits)
            if settings["root"]:
                os.chown(job, user, user)
                isolate.become(user)
            isolate.drop_capabilities()
            if os.getuid() == 0 or os.geteuid() == 0:
                raise OSError("the child is still root")
            # as an ordinary program: it may read its own /proc/self
            isolate.prctl(isolate.PR_SET_DUMPABLE, 1)
        for name in ("work", "cache", "tmp"):
            os.mkdir(f"{job}/{name}")
        made = f"{settings['home']}/cache"  # arrays that were made from data while warming up
        for name in os.listdir(made) if os.path.isdir(made) else ():
            os.symlink(f"{made}/{name}", f"{job}/cache/{name}")
        return f"{job}/work"

    # ---- watching and ending a child

    def do_interrupt(self, request: dict) -> dict:
        """Interrupt the child's cell, as a kernel is interrupted."""
        if request["name"] in self.children:
            with contextlib.suppress(OSError):
                os.kill(self.children[request["name"]][0], signal.SIGINT)
        return {"ok": True}

    def do_stat(self, request: dict) -> dict:
        """Memory (MB), processor time (s) and number of a child and all that it started."""
        child, _ = self.children.get(request["name"], (None, 0))
        family = _family(child) if child else []
        memory = cpu = 0.0
        for one in family:
            with contextlib.suppress(psutil.Error):
                memory += one.memory_info().rss / 1e6
                # user and system time, its own and of children that have ended
                cpu += sum(one.cpu_times()[:4])
        if memory > request["limit_mb"]:
            memory = 0.0
            # pages that a fork shares with us were counted once for each: look closer
            for one in family:
                with contextlib.suppress(psutil.Error):
                    memory += one.memory_full_info().pss / 1e6
        return {"mb": memory, "processes": len(family), "cpu": cpu}

    def do_stop(self, request: dict) -> dict:
        """End the child and all that it started; says how it had ended."""
        status = self._kill(request["name"])
        if self.mode == "users":
            shutil.rmtree(f"{self.settings['scratch']}/{request['name']}", ignore_errors=True)
        return {"status": status}

    def _kill(self, name: str) -> int | None:
        """Kill a child with all its descendants; returns its wait status."""
        child, user = self.children.pop(name, (None, 0))
        if child is None:
            return None
        status, family = None, {child, *self._strays()}
        for _ in range(100):
            for pid in family:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if self.mode == "users":
                _kill_user(user)
            for pid in family:
                with contextlib.suppress(ChildProcessError):
                    ended = os.waitpid(pid, 0 if pid == child else os.WNOHANG)[1]
                    status = ended if pid == child else status
            family = self._strays()
            if not family:
                break
            time.sleep(0.01)
        return status

    def _strays(self) -> list[int]:
        """Processes below this one that belong to none of the children; orphans come to us."""
        found = _family(os.getpid())[1:]  # first: what another child starts now is its own
        kept = {one.pid for child, _ in self.children.values() for one in _family(child)}
        return [one.pid for one in found if one.pid not in kept]


def _family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        one = psutil.Process(pid)
        return [one, *one.children(recursive=True)]
    except psutil.Error:
        return []


def _kill_user(user: int) -> None:
    """Kill everything that belongs to a child's user."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            isolate.become(user)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


def warm(everything: bool) -> None:
    """Import what every cell needs, or all that lessons use.

    No operation of TensorFlow may run: children would hang.
    """
    for name in (*LIGHT, *(HEAVY if everything else ())):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if everything:
        with contextlib.suppress(Exception):
            from course_utils import data

            data.load_digits()
            data.load_chess()
        with contextlib.suppress(Exception):
            from matplotlib import font_manager

            font_manager.findfont("DejaVu Sans")


def main() -> None:
    """Start as the worker's command line says: one argument, JSON."""
    settings = json.loads(sys.argv[1])
    gc.disable()  # of what is imported nothing is to be collected: the search takes a tenth longer
    os.umask(0o022)
    Zygote(settings).serve()
