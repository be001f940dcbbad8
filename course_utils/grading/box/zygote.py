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

from course_utils.grading.box import isolate, wire

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

LIGHT = tuple(
    name
    for line in (
        "numpy numpy.testing unittest unittest.mock math operator inspect functools copy",
        "matplotlib matplotlib.pyplot matplotlib_inline.backend_inline IPython.display",
        "ipykernel.zmqshell ipykernel.compiler course_utils.check",
        "course_utils.progress course_utils.data course_utils.grading.box.judge",
        "course_utils.grading.box.witness",
    )
    for name in line.split()
)
HEAVY = tuple(
    name
    for line in (
        "tensorflow keras pandas scipy.linalg scipy.stats scipy.ndimage scipy.optimize tqdm",
        "scipy.integrate scipy.special scipy.spatial.distance psutil",
        "PIL.Image sklearn.decomposition sklearn.datasets sklearn.metrics",
        "sklearn.linear_model sklearn.manifold sklearn.neighbors sklearn.cluster",
        "sklearn.ensemble sklearn.model_selection skimage.data skimage.metrics",
        "skimage.restoration skimage.transform skimage.filters chess chess.pgn",
        "course_utils.plots course_utils.training course_utils.report course_utils.classifier",
        "course_utils.chess_games course_utils.explorers",
    )
    for name in line.split()
)


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
        gc.collect()
        gc.freeze()  # no needless copies of pages in children
        threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
        wire.send(self.control, {"ready": True, "threads": threads})
        with contextlib.suppress(EOFError):
            while True:
                request = wire.receive(self.control)[0]
                wire.send(self.control, getattr(self, f"do_{request['do']}")(request))
        for name in list(self.children):
            self._kill(name)

    def do_start(self, request: dict) -> dict:
        """Fork a child; it connects to the door by itself."""
        sys.stdout.flush()
        sys.stderr.flush()
        if self.mode != "namespaces":
            child = os.fork()
            if child == 0:
                self._be_child(request)
            self.children[request["name"]] = child, request["user"]
            return {"ok": True}
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            # a process enters a new PID namespace only with its children
            try:
                os.close(reading)
                user = 0 if self.settings["root"] else isolate.NEWUSER
                # or the maps of users could not be written
                isolate.prctl(isolate.PR_SET_DUMPABLE, 1)
                isolate.call(
                    "unshare",
                    isolate.NEWNS | isolate.NEWPID | isolate.NEWIPC | isolate.NEWUTS | user,
                )
                if user:
                    isolate.map_user()
                pid = os.fork()
                if pid == 0:
                    os.close(writing)
                    self._be_child(request)
                os.write(writing, str(pid).encode())
            except BaseException as error:
                os.write(writing, f"failed: {error}".encode())
            os._exit(0)
        os.close(writing)
        with open(reading) as file:
            said = file.read()
        os.waitpid(between, 0)
        if not said.isdigit():
            return {"ok": False, "why": said or "no child"}
        self.children[request["name"]] = int(said), request["user"]
        return {"ok": True}

    def _be_child(self, request: dict) -> None:
        """Isolate this process, then work. Never returns."""
        try:
            self.control.close()
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
        except EOFError:
            os._exit(0)
        except BaseException as error:
            with contextlib.suppress(Exception):
                why = f"{type(error).__name__}: {error}"
                wire.send(channel, {"isolated": False, "why": why})
            os._exit(1)
        try:
            if self.shell is None:  # a trial
                os._exit(0)
            from course_utils.grading.box import judge, witness

            kind = {"judge": judge.Bench, "learner": witness.Desk}[request["role"]]
            kind(channel, self.shell, self.outputs).serve()
        finally:
            os._exit(0)

    def _isolate(self, request: dict) -> str:
        limits, job = request["limits"], f"{self.settings['scratch']}/{request['name']}"
        if self.mode == "namespaces":
            isolate.own_folders(limits["file_mb"])
            isolate.hide(os.path.dirname(self.door))
            isolate.freeze(self.settings["home"])
            checks = f"{self.settings['course']}/course_utils/checks"
            if request["role"] == "learner" and os.path.isdir(checks):
                isolate.hide(checks)
            job = "/tmp/learner"
        os.makedirs(job, mode=0o700)
        for name in ("work", "cache", "tmp"):
            os.mkdir(f"{job}/{name}", 0o700)
        made = f"{self.settings['home']}/cache"
        for name in os.listdir(made) if os.path.isdir(made) else ():
            os.symlink(f"{made}/{name}", f"{job}/cache/{name}")
        ordinary = self.settings["root"]
        if ordinary:
            for folder in (*(f"{job}/{name}" for name in ("work", "cache", "tmp")), job):
                os.chown(folder, request["user"], request["user"])
        os.environ |= {"HOME": job, "COURSE_HOME": job, "IPYTHONDIR": f"{job}/.ipython"}
        if self.mode != "namespaces":
            os.environ["TMPDIR"] = f"{job}/tmp"
        isolate.limit(limits) if self.mode != "plain" else None
        if ordinary:
            isolate.become(request["user"])
        if self.mode != "plain":
            isolate.drop_capabilities()
            if os.getuid() == 0 or os.geteuid() == 0:
                raise OSError("the child is still root")
            # as an ordinary program: it may read its own /proc/self
            isolate.prctl(isolate.PR_SET_DUMPABLE, 1)
        return f"{job}/work"

    def do_interrupt(self, request: dict) -> dict:
        """Interrupt the child's cell, as a kernel is interrupted."""
        child, _ = self.children.get(request["name"], (None, 0))
        if child:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGINT)
        return {"ok": True}

    def do_stat(self, request: dict) -> dict:
        """Memory (MB), processor time (s) and number of a child and all that it started."""
        child, _ = self.children.get(request["name"], (None, 0))
        if not child or not os.path.isdir("/proc/self"):
            return {"mb": 0.0, "peak_mb": 0.0, "processes": 0, "cpu": 0.0}
        pids, total, peak, cpu = isolate.descendants(child), 0.0, 0.0, 0.0
        for pid in pids:
            with contextlib.suppress(OSError, KeyError, ValueError):
                with open(f"/proc/{pid}/status") as file:
                    fields = dict(line.split(":", 1) for line in file)
                total += int(fields["VmRSS"].split()[0]) / 1000
                peak = max(peak, int(fields["VmHWM"].split()[0]) / 1000)
                with open(f"/proc/{pid}/stat") as file:
                    # user and system time, its own and of children that have ended
                    ticks = file.read().rpartition(")")[2].split()[11:15]
                cpu += sum(map(int, ticks)) / TICKS
        if total > request["limit_mb"]:
            # pages that a fork shares with us were counted once for each: look closer
            total = sum(_proportional_mb(pid) for pid in pids)
        return {"mb": total, "peak_mb": peak, "processes": len(pids), "cpu": cpu}

    def do_stop(self, request: dict) -> dict:
        """End the child and all that it started; says how it had ended."""
        status = self._kill(request["name"])
        if self.mode == "users":
            shutil.rmtree(f"{self.settings['scratch']}/{request['name']}", ignore_errors=True)
        return {"status": status}

    def _kill(self, name: str) -> int | None:
        """Kill a child with all its descendants; returns its wait status."""
        child, user = self.children.pop(name, (None, 0))
        status = None
        if child is None:
            return None
        others = {pid for pid, _ in self.children.values()}
        family = [child] if self.mode == "namespaces" else isolate.descendants(child)
        for _ in range(100):
            for pid in family:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if self.mode == "users":
                _kill_user(user)
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
            status = _reap(child) if status is None else status
            family = [pid for pid in _strays(others) if pid != child or status is None]
            if not family:
                break
            time.sleep(0.01)
        return status


def _reap(child: int) -> int | None:
    """The wait status of a child that was killed."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(child, 0)[1]
    return None


def _strays(others: set[int]) -> list[int]:
    """Processes below this one that belong to none of the other children; orphans come to us."""
    found = isolate.descendants(os.getpid())  # first: what another child starts now is its own
    kept = {os.getpid()}
    for pid in others:
        kept.update(isolate.descendants(pid))
    found = [pid for pid in found if pid not in kept]
    for pid in found:
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)
    return [pid for pid in found if os.path.isdir(f"/proc/{pid}")]


def _kill_user(user: int) -> None:
    """Kill everything that belongs to a child's user."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            isolate.become(user)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


def _proportional_mb(pid: int) -> float:
    with contextlib.suppress(OSError, ValueError, KeyError):
        with open(f"/proc/{pid}/smaps_rollup") as file:
            fields = dict(line.split(":", 1) for line in list(file)[1:])
        return int(fields["Pss"].split()[0]) / 1000
    return 0.0


def warm(more: bool | list[str]) -> None:
    """Import what every cell needs, and these modules or (True) all that lessons use.

    No operation of TensorFlow may run: children would hang.
    """
    _link_cache()
    for name in (*LIGHT, *(HEAVY if more is True else more or ())):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if more is True:
        with contextlib.suppress(Exception):
            from course_utils import data

            data.load_digits()
            data.load_chess()
        with contextlib.suppress(Exception):
            from matplotlib import font_manager

            font_manager.findfont("DejaVu Sans")


def _link_cache() -> None:
    """Arrays that the course made earlier from its data need not be made again."""
    made, ours = os.path.join(sys.path[0], "data", ".cache"), os.environ["COURSE_HOME"]
    if not os.path.isdir(made) or os.access(made, os.W_OK):
        return
    os.makedirs(f"{ours}/cache", exist_ok=True)
    for name in os.listdir(made):
        if name.endswith(".npz"):
            os.symlink(f"{made}/{name}", f"{ours}/cache/{name}")


def main() -> None:
    """Start as the worker's command line says: one argument, JSON."""
    settings = json.loads(sys.argv[1])
    os.umask(0o022)
    Zygote(settings).serve()
