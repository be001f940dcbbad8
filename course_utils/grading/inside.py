"""What runs inside the sandbox: a warmed process that forks a child for every notebook.

Started by path (``python -I inside.py JSON``), never imported there as part of the package. The
warmed process imports the packages that lessons use, takes references for :class:`Guard`, and
then only forks: it never sees a cell. A child isolates itself further, connects to the worker's
socket and runs the cells that come, one at a time, so that nothing of a later cell is in memory
before its turn. Whatever a child sends is only a claim.

Messages are JSON behind a length of four bytes.
"""

import ast
import asyncio
import builtins
import contextlib
import copy
import ctypes
import gc
import hashlib
import hmac
import importlib
import importlib.machinery
import inspect
import io
import itertools
import json
import linecache
import math
import operator
import os
import random
import shutil
import signal
import socket
import struct
import sys
import threading
import time
import types
import weakref

MAX_MESSAGE = 1 << 26
# The names of a cell's file start so, in the kernel too (ipykernel.compiler)
CELL_FILES = ("/tmp/ipykernel_", "<ipython-input", "<cell")

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER, PR_CAPBSET_DROP = 4, 38, 36, 24

LIGHT = tuple(
    name
    for line in (
        "numpy numpy.testing unittest unittest.mock math operator inspect functools copy",
        "matplotlib matplotlib.pyplot matplotlib_inline.backend_inline IPython.display",
        "ipykernel.zmqshell ipykernel.compiler course_utils.check",
        "course_utils.progress course_utils.data",
    )
    for name in line.split()
)
HEAVY = tuple(
    name
    for line in (
        "tensorflow keras pandas scipy.linalg scipy.stats scipy.ndimage scipy.optimize tqdm",
        "PIL.Image sklearn.decomposition sklearn.datasets sklearn.metrics",
        "sklearn.linear_model sklearn.manifold sklearn.neighbors sklearn.cluster",
        "sklearn.ensemble sklearn.model_selection skimage.data skimage.metrics",
        "skimage.restoration skimage.transform skimage.filters chess chess.pgn",
        "course_utils.plots course_utils.training course_utils.report course_utils.classifier",
        "course_utils.chess_games course_utils.explorers",
    )
    for name in line.split()
)


# ---- messages --------------------------------------------------------------------------------


def send(channel: socket.socket, message: dict) -> None:
    """Send one message."""
    body = json.dumps(message).encode()
    channel.sendall(struct.pack(">I", len(body)) + body)


def receive(channel: socket.socket) -> dict | None:
    """Wait for one message; None when the other side has gone."""
    head = _read(channel, 4)
    body = _read(channel, struct.unpack(">I", head)[0]) if head else b""
    return json.loads(body) if body else None


def _read(channel: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = channel.recv(min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def seal(key: bytes, message: dict) -> bytes:
    """A message that only a holder of the key can read, or could have written."""
    body, salt = json.dumps(message).encode(), os.urandom(16)
    tag = hmac.digest(key, salt + body, "sha256")
    body = tag + body
    stream = hashlib.shake_256(key + salt).digest(len(body))
    mixed = int.from_bytes(body, "big") ^ int.from_bytes(stream, "big")
    return struct.pack(">I", len(body) + 16) + salt + mixed.to_bytes(len(body), "big")


def unseal(key: bytes, sealed: bytes):
    """What :func:`seal` sealed (without the length).

    Raises:
        ValueError: not sealed with this key, or no JSON.
    """
    salt, mixed = sealed[:16], sealed[16:]
    stream = hashlib.shake_256(key + salt).digest(len(mixed))
    body = int.from_bytes(mixed, "big") ^ int.from_bytes(stream, "big")
    body = body.to_bytes(len(mixed), "big")
    tag, body = body[:32], body[32:]
    if not hmac.compare_digest(tag, hmac.digest(key, salt + body, "sha256")):
        raise ValueError("sealed with another key")
    return json.loads(body)


# ---- isolation of a child --------------------------------------------------------------------

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments) -> None:
    """Call a function of the C library.

    Raises:
        OSError: it failed.
    """
    if getattr(_libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    _call("prctl", option, ctypes.c_ulong(value), zero, zero, zero)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    names = [text.encode() if text else None for text in (source, target, kind)]
    _call("mount", *names, ctypes.c_ulong(flags), options.encode() or None)


def _drop_capabilities() -> None:
    for number in range(64):
        try:
            _prctl(PR_CAPBSET_DROP, number)
        except OSError:
            break  # no more of them, or no right to drop (then there are none to lose)
    header = struct.pack("Ii", 0x20080522, 0)
    _call("capset", header, bytes(24))
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _limit(limits: dict) -> None:
    """Limits of a single process; the worker outside watches the sum over all of them."""
    import resource  # not on Windows, where only the reference runs

    mega = 1_000_000
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    data = int(fields["VmData"].split()[0]) * 1024
    for name, value in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_DATA", data + int(limits["memory_mb"] * mega)),
        ("RLIMIT_FSIZE", int(limits["file_mb"] * mega)),
        ("RLIMIT_NPROC", int(limits["processes"])),
        ("RLIMIT_NOFILE", 1024),
        ("RLIMIT_CPU", int(limits["job_seconds"] * 4) + 5),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _own_folders(size: float) -> None:
    """One small file system of its own for /tmp, /dev/shm and the home folder."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    options = f"size={int(size * 1e6)},nr_inodes=20000,mode=1777"
    _mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options)
    os.mkdir("/tmp/.shm", 0o1777)
    os.chmod("/tmp/.shm", 0o1777)
    if os.path.isdir("/dev/shm"):
        _mount("/tmp/.shm", "/dev/shm", None, MS_BIND)


def _hide(folder: str) -> None:
    _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4096,mode=0555")


def _freeze(folder: str) -> None:
    """From now on nobody here writes to it, whoever owns it."""
    _mount(folder, folder, None, MS_BIND)
    _mount("none", folder, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _map_user() -> None:
    """In a new user namespace: an ordinary user, whoever we are outside."""
    with open("/proc/self/setgroups", "w") as file:
        file.write("deny")
    for name, outer in (("uid_map", _OUTER_UID), ("gid_map", _OUTER_GID)):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(f"1000 {outer} 1")


_OUTER_UID, _OUTER_GID = os.getuid(), os.getgid()


def _become(uid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _descendants(pid: int) -> list[int]:
    """All processes below one, itself included, as this process sees them."""
    found, queue = [], [pid]
    while queue:
        one = queue.pop()
        found.append(one)
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children") as file:
                    queue += [int(word) for word in file.read().split()]
    return found


def _look_around() -> dict:
    """What this process is and sees: the worker holds it against what was promised."""
    interfaces = [name for _, name in socket.if_nameindex() if name != "lo"]
    seen = {"user": os.getuid(), "interfaces": interfaces}
    with contextlib.suppress(OSError):
        seen["processes"] = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        with open("/proc/self/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        seen["capabilities"] = int(fields["CapEff"], 16) | int(fields["CapPrm"], 16)
    return seen


# ---- the warmed process ----------------------------------------------------------------------


class Zygote:
    """The warmed process: forks a child for every notebook, and ends it."""

    def __init__(self, settings: dict):
        # mode "namespaces": each child gets its own; "users": its own user (in a container, which
        # forbids namespaces); "plain": no protection at all
        self.settings, self.mode = settings, settings["mode"]
        self.door = settings["door"]
        self.child, self.user = None, 0
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(self.door)

    def serve(self) -> None:
        """Warm up, then do what the worker asks, until it goes."""
        self.shell = self.outputs = self.guard = None
        if not self.settings["trial"]:
            warm(self.settings["warm"])
            self.shell, self.outputs = make_shell()
            self.guard = Guard()
        with contextlib.suppress(OSError):
            # children that were left alone come to us, and nobody attaches a debugger to us
            _prctl(PR_SET_CHILD_SUBREAPER, 1)
            _prctl(PR_SET_DUMPABLE, 0)
        gc.collect()
        gc.freeze()  # no needless copies of pages in children
        threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
        send(self.control, {"ready": True, "threads": threads})
        while request := receive(self.control):
            answer = getattr(self, f"do_{request['do']}")(request)
            send(self.control, answer)
        self._kill()

    def do_start(self, request: dict) -> dict:
        """Fork a child; it connects to the door by itself."""
        self._kill()
        self.user = request["user"]
        sys.stdout.flush()
        sys.stderr.flush()
        if self.mode != "namespaces":
            self.child = os.fork()
            if self.child == 0:
                self._be_child(request)
            return {"ok": True}
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            # a process enters a new PID namespace only with its children
            try:
                os.close(reading)
                user = 0 if self.settings["root"] else NEWUSER
                _prctl(PR_SET_DUMPABLE, 1)  # or the maps of users could not be written
                _call("unshare", NEWNS | NEWPID | NEWIPC | NEWUTS | user)
                if user:
                    _map_user()
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
        self.child = int(said)
        return {"ok": True}

    def _be_child(self, request: dict) -> None:
        """Isolate this process, then run cells. Never returns."""
        try:
            self.control.close()
            os.setsid()
            channel = socket.socket(socket.AF_UNIX)
            channel.connect(self.door)
            alarm = socket.socket(socket.AF_UNIX)
            alarm.connect(self.door)
            # the worker puts us into a control group before it says go
            go = receive(channel)
            if not go:
                os._exit(0)
            home = self._isolate(request)
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(null, number)
            os.close(null)
            os.chdir(home)
            sys.path.append("")  # a module that the learner writes can be imported
            send(channel, {"isolated": True} | _look_around())
        except BaseException as error:
            with contextlib.suppress(Exception):
                send(channel, {"isolated": False, "why": f"{type(error).__name__}: {error}"})
            os._exit(1)
        try:
            watch(alarm)
            key = bytes.fromhex(go["key"])
            Runner(channel, key, self.shell, self.outputs, self.guard).serve()
        finally:
            os._exit(0)

    def _isolate(self, request: dict) -> str:
        limits, job = request["limits"], f"{self.settings['scratch']}/{request['name']}"
        if self.mode == "namespaces":
            _own_folders(limits["file_mb"])
            _hide(os.path.dirname(self.door))
            _freeze(self.settings["home"])
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
                os.chown(folder, self.user, self.user)
        os.environ |= {"HOME": job, "COURSE_HOME": job, "IPYTHONDIR": f"{job}/.ipython"}
        if self.mode != "namespaces":
            os.environ["TMPDIR"] = f"{job}/tmp"
        _limit(limits) if self.mode != "plain" else None
        if ordinary:
            _become(self.user)
        if self.mode != "plain":
            _drop_capabilities()
            if os.getuid() == 0 or os.geteuid() == 0:
                raise OSError("the child is still root")
            _prctl(PR_SET_DUMPABLE, 1)  # as an ordinary program: it may read its own /proc/self
        return f"{job}/work"

    def do_interrupt(self, request: dict) -> dict:
        """Interrupt the child's cell, as a kernel is interrupted."""
        if self.child:
            with contextlib.suppress(OSError):
                os.kill(self.child, signal.SIGINT)
        return {"ok": True}

    def do_stat(self, request: dict) -> dict:
        """Memory of the child and all that it started, in MB, and their number."""
        if not self.child or not os.path.isdir("/proc/self"):
            return {"mb": 0.0, "peak_mb": 0.0, "processes": 0}
        pids, total, peak = _descendants(self.child), 0.0, 0.0
        for pid in pids:
            with contextlib.suppress(OSError, KeyError, ValueError):
                with open(f"/proc/{pid}/status") as file:
                    fields = dict(line.split(":", 1) for line in file)
                total += int(fields["VmRSS"].split()[0]) / 1000
                peak = max(peak, int(fields["VmHWM"].split()[0]) / 1000)
        if total > request["limit_mb"]:
            # pages that a fork shares with us were counted once for each: look closer
            total = sum(_proportional_mb(pid) for pid in pids)
        return {"mb": total, "peak_mb": peak, "processes": len(pids)}

    def do_stop(self, request: dict) -> dict:
        """End the child and all that it started; says how it had ended."""
        status = self._kill()
        if self.mode == "users":
            shutil.rmtree(f"{self.settings['scratch']}/{request['name']}", ignore_errors=True)
        return {"status": status}

    def _kill(self) -> int | None:
        """Kill the child with all its descendants; returns its wait status."""
        child, self.child, status = self.child, None, None
        if child is None:
            return None
        family = [child] if self.mode == "namespaces" else _descendants(child)
        for _ in range(100):
            for pid in family:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if self.mode == "users":
                self._kill_user()
            with contextlib.suppress(OSError):
                os.killpg(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                # all others are orphans of the learner's that came to us
                while True:
                    pid, ended = os.waitpid(-1, 0 if self.mode == "namespaces" else os.WNOHANG)
                    if pid == child:
                        status = ended
                    if pid == 0:
                        break
            family = [pid for pid in _descendants(os.getpid()) if pid != os.getpid()]
            if not family:
                break
            time.sleep(0.01)
        return status

    def _kill_user(self) -> None:
        """Kill everything that belongs to the child's user."""
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                _become(self.user)
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
    sys.meta_path.insert(0, Checks)
    for name in (*LIGHT, *(HEAVY if more is True else more or ())):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in Checks.names() if more is True else ():
        with contextlib.suppress(Exception):  # a broken one is for its own lesson to tell
            importlib.import_module(name)
    # a learner's function that a check of the course's calls is followed by a look, too
    sys.modules["course_utils.check.calls"].heed = look_at
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


# ---- a shell that answers as a kernel's does -------------------------------------------------


class Outputs:
    """Collects what a cell shows, as nbformat's outputs."""

    def __init__(self):
        self.begin()

    def begin(self, limit: int = 2_000_000) -> None:
        """Forget everything: a new cell starts."""
        self.items, self.clear_next, self.room = [], False, limit
        self.written = self.shown = 0

    def stream(self, name: str, text: str) -> None:
        """Text on stdout or stderr; what does not fit is dropped."""
        self.written += len(text)
        if self.room <= 0:
            return
        self._clear_if_due()
        if self.written > self.room:
            text = text[: self.room] + "\n[the rest of this cell's text was cut]\n"
            self.room = 0
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            # kept in pieces: a million short prints must not take quadratic time
            last["text"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "text": [text]})

    def message(self, kind: str, content: dict) -> None:
        """A message that a kernel would publish."""
        if kind == "clear_output":
            self.clear_next = content.get("wait", False)
            if not self.clear_next:
                self.items = []
        elif kind == "update_display_data":
            wanted = content["transient"].get("display_id")
            for item in self.items:
                if wanted and item.get("display_id") == wanted:
                    item["data"] = content["data"]
        elif kind in ("display_data", "execute_result", "error"):
            self._clear_if_due()
            item = {"output_type": kind} | content
            identity = item.pop("transient", {}).get("display_id")
            if identity:
                item["display_id"] = identity
            size = sum(len(str(value)) for value in item.get("data", {}).values())
            # what is too much is dropped here, before it counts as a flood
            if kind == "error" or len(self.items) < 1000 and self.shown + size < 8_000_000:
                self.shown += size
                self.items.append(item)

    def _clear_if_due(self) -> None:
        if self.clear_next:
            self.items, self.clear_next = [], False

    def take(self) -> list[dict]:
        """The outputs of the cell so far."""
        found = []
        for item in self.items:
            item = {name: value for name, value in item.items() if name != "display_id"}
            if item["output_type"] == "stream":
                item["text"] = "".join(item["text"])
            found.append(item)
        return found


class Stream(io.TextIOBase):
    """What stands for stdout or stderr while a cell runs."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, name: str, outputs: Outputs):
        super().__init__()
        self._name, self._outputs = name, outputs

    @property
    def name(self) -> str:
        """As ipykernel calls its streams."""
        return f"<{self._name}>"

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Show text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.stream(self._name, text)
        return len(text)

    def fileno(self) -> int:
        """Where the text of other programs goes: nowhere."""
        return {"stdout": 1, "stderr": 2}[self._name]


def _no_input(prompt=""):
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def make_shell():
    """The shell that ipykernel uses, its messages collected instead of sent."""
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from jupyter_client.session import Session
    from traitlets.config import Config

    outputs = Outputs()

    class Recorder(Session):
        def send(self, stream, msg_or_type, content=None, *args, **kwargs):
            if isinstance(msg_or_type, dict):
                msg_or_type, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
            outputs.message(msg_or_type, content)

    class Shell(ZMQInteractiveShell):
        def enable_gui(self, gui=None):
            """There is no window to show."""

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    kernel = types.SimpleNamespace(eventloop=None)
    shell = Shell.instance(config=config, kernel=kernel, compiler_class=XCachingCompiler)
    session = Recorder(key=b"")
    for publisher in (shell.displayhook, shell.display_pub):
        publisher.session, publisher.topic = session, b""
    builtins.input = _no_input
    # a kernel does so when pyplot is imported, which happened before there was a shell
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    activate_matplotlib("module://matplotlib_inline.backend_inline")
    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    # what is imported with the first error, or the first result, is better here already
    try:
        raise AssertionError
    except AssertionError as error:
        shell.InteractiveTB.structured_traceback(AssertionError, error, error.__traceback__)
    shell.display_formatter.format(shell)
    ast.parse(shell.transform_cell("pass"))
    shell._orig_sys_modules_main_mod = types.ModuleType("__main__")  # not this file
    return shell, outputs


# ---- references that no learner's code has touched -------------------------------------------

TRUSTED = (
    "builtins",
    "math",
    "operator",
    "inspect",
    "functools",
    "copy",
    "types",
    "itertools",
    "statistics",
    "time",
    "zlib",
    "numpy",
    "unittest",
    "course_utils",
)
# Of larger packages, what checks ask: functions of these modules, methods of these classes
ASKED = (
    ("keras", "keras.ops", "keras.ops.numpy", "keras.layers", "keras.models", "keras.losses")
    + ("keras.metrics", "keras.random", "keras.utils", "keras.activations", "keras.initializers")
    + ("scipy", "scipy.linalg", "scipy.stats", "scipy.ndimage", "scipy.optimize", "scipy.special")
    + ("scipy.spatial", "scipy.spatial.distance", "scipy.integrate", "sklearn.decomposition")
    + ("sklearn.metrics", "sklearn.neighbors", "sklearn.linear_model", "sklearn.cluster")
    + ("skimage.metrics", "skimage.filters", "skimage.restoration", "skimage.transform", "pandas")
    + ("tensorflow", "tensorflow.math", "tensorflow.random", "chess", "chess.pgn")
)
CLASSES = (
    ("keras.Model", "keras.Sequential", "keras.layers.Layer", "keras.Variable", "keras.KerasTensor")
    + ("keras.layers.Dense", "keras.layers.Conv2D", "keras.layers.Conv2DTranspose")
    + ("keras.src.models.functional.Functional", "keras.src.ops.operation.Operation")
    + ("keras.src.backend.tensorflow.trainer.TensorFlowTrainer", "tensorflow.Tensor")
    + ("keras.src.backend.tensorflow.layer.TFLayer", "keras.src.backend.tensorflow.core.Variable")
    + ("tensorflow.python.framework.ops._EagerTensorBase", "tensorflow.Variable")
    + ("sklearn.decomposition.PCA", "pandas.DataFrame", "pandas.Series", "numpy.random.Generator")
)
OURS = ("asyncio", "json", "struct", "socket", "ast", "contextlib")
# no verdict rests on them
HARMLESS = ("input", "print", "time.sleep", "course_utils.plots.show", "Model.summary")
HARMLESS += ("DataFrame.__repr__", "Series.__repr__", "DataFrame._repr_html_")
# looked at after every call in a check, too: a patch could take itself back
NEAREST = ("course_utils.check", "course_utils.check.calls", "course_utils.check.networks")
NEAREST += ("course_utils.check.values", "course_utils.check.words", "numpy.testing")
NEAR = ("numpy", "numpy.testing._private.utils")  # after so many calls only the nearest
MANY_CALLS = 2000


class Guard:
    """Remembers what checks rest on, before any learner's code has run; puts it back.

    Modules of :data:`TRUSTED` and :data:`ASKED`: their functions, classes and modules by name,
    the code of their functions, and the methods of their classes written in Python. Of the course's
    checks, everything that has a name in them, and what is in their lists, tables and arrays.
    """

    def __init__(self):
        self.builtins, self.private = dict(vars(builtins)), dict(Checks.builtins)
        self.modules, self.functions, self.classes = [], {}, {}
        for name, module in list(sys.modules.items()):
            root = name.partition(".")[0]
            if not isinstance(module, types.ModuleType):
                continue
            if root not in TRUSTED + OURS and name not in ASKED:
                continue
            kept = {
                key: value
                for key, value in list(vars(module).items())
                # (larger packages load some of their modules only when they are asked for)
                if callable(value)
                or (isinstance(value, types.ModuleType) and name not in ASKED)
                or (_is_of_checks(name) and (not key.startswith("__") or key == "__builtins__"))
            }
            kept.pop("__warningregistry__", None)
            self.modules.append((name, module, vars(module), kept, root not in OURS))
            for value in kept.values():
                self._keep(value)
        self._keep_ourselves()
        for number, kind in _all_types().items():
            KNOWN[number] = kind, _rules(kind)
            if not _is_statement(kind) and kind not in PROXIES:
                SAFE[number] = kind
        INSTALLED[:] = [sys.prefix, sys.base_prefix, "/usr/", f"{sys.path[0]}/course_utils/"]
        for path in CLASSES:
            module, _, name = path.rpartition(".")
            found = getattr(sys.modules.get(module), name, None)
            if isinstance(found, type):
                self._keep_class(found)
        self.sizes = {name: len(space) for name, _, space, _, _ in self.modules}
        checks = [one for one in self.modules if _is_of_checks(one[0])]
        self.data = [
            (f"{name}.{key}", value, _copied(value))
            for name, _, _, kept, _ in checks
            for key, value in kept.items()
            if key != "__builtins__" and _is_copied(value)
        ]
        # keywords' defaults can be changed in place, which no hook tells
        self.keywords = [
            (one, _state(one))
            for _, _, _, kept, _ in checks
            for one in kept.values()
            if isinstance(one, types.FunctionType) and one.__kwdefaults__
        ]
        self.ready()

    def _keep_ourselves(self) -> None:
        """This file is reached from its classes, which Python lists."""
        self.ours = {
            key: value
            for key, value in globals().items()
            if callable(value) or isinstance(value, types.ModuleType)
        }
        for value in self.ours.values():
            if isinstance(value, type) and value.__module__ == __name__:
                self._keep_class(value)
            elif isinstance(value, types.FunctionType):
                self._keep(value)
        self.operators = dict(OPERATORS)

    def _keep(self, value) -> None:
        for inner in ("_implementation", "__wrapped__"):  # behind numpy's dispatchers, and others
            found = None
            with contextlib.suppress(Exception):
                found = getattr(value, inner, None)
            if isinstance(found, types.FunctionType) and id(found) not in self.functions:
                self._keep(found)
        home = str(getattr(value, "__module__", "")).partition(".")[0]
        if isinstance(value, types.FunctionType):
            self.functions[id(value)] = value, _state(value), home not in OURS
        elif isinstance(value, type) and home in TRUSTED + OURS:
            self._keep_class(value)

    def _keep_class(self, value: type) -> None:
        if id(value) in self.classes:
            return
        trusted = str(value.__module__).partition(".")[0] not in OURS
        attributes = {k: v for k, v in vars(value).items() if callable(v) or _is_method(v)}
        self.classes[id(value)] = value, attributes, trusted
        for one in attributes.values():
            if isinstance(one, types.FunctionType):
                self.functions[id(one)] = one, _state(one), trusted

    def ready(self) -> None:
        """Lay the references out so that all are compared within a millisecond or two."""
        places = [
            (space, key, value, _told(name, key) if trusted else "")
            for name, _, space, kept, trusted in self.modules
            for key, value in kept.items()
        ]
        places += [(globals(), key, value, f"grader.{key}") for key, value in self.ours.items()]
        places += [(Checks.builtins, k, v, _told("builtins", k)) for k, v in self.private.items()]
        outside = len(places)
        places += [
            (vars(cls), key, value, _told(cls.__qualname__, key) if trusted else "")
            for cls, attributes, trusted in self.classes.values()
            for key, value in attributes.items()
        ]
        self.spaces, self.keys, self.values, self.names = map(list, zip(*places, strict=True))
        self.getters = [space.get for space in self.spaces]
        self.owners = [None] * outside
        self.owners += [cls for cls, kept, _ in self.classes.values() for _ in kept]
        self.attend(set())

    def attend(self, homes: set[str]) -> None:
        """Get ready to look near, also at those modules of the course's checks."""
        self.nearest = self._references(homes | {*NEAREST})
        self.near = self._references(homes | {*NEAREST, *NEAR})
        self.calls = 0

    def _references(self, names: set[str]) -> tuple:
        """Getters, keys and values of some modules' references, and of builtins that they use."""
        places, spoken = [], {"_operate", "_look_at"}
        for name, _, space, kept, _ in self.modules:
            if name in names:
                places += [(space.get, key, value) for key, value in kept.items()]
                if _is_of_checks(name):
                    spoken.update(*(_words(getattr(f, "__wrapped__", f)) for f in kept.values()))
        for space, kept in ((vars(builtins), self.builtins), (Checks.builtins, self.private)):
            places += [(space.get, key, kept[key]) for key in spoken & kept.keys()]
        return tuple(zip(*places, strict=True))

    def look_near(self) -> list[str]:
        """After a call in a check: what it changed of that on which the check goes on to rest."""
        self.calls += 1
        getters, keys, values = self.near if self.calls < MANY_CALLS else self.nearest
        if all(map(operator.is_, map(operator.call, getters, keys), values)) and not TOUCHED:
            return []
        return self.restore()

    def restore(self) -> list[str]:
        """Put everything back; returns what checks rest on and was not as it had been."""
        changed = []
        for name, module, space, kept, trusted in self.modules:
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                if trusted:
                    changed.append(f"the module {name} was replaced")
            if trusted and name != "builtins" and len(space) != self.sizes.get(name):
                for key in [k for k in space if k in self.builtins and k not in kept]:
                    if space[key] is self.builtins[key]:
                        continue  # np.float = float, the usual cure for old code
                    if callable(space[key]) and not key.startswith("__"):
                        del space[key]
                        changed.append(f"{name}.{key} was put before the builtin")
        # through map: no step of Python's own for each of ten thousand
        same = map(operator.is_, map(operator.call, self.getters, self.keys), self.values)
        for place in [n for n, is_same in enumerate(same) if not is_same]:
            key, value, owner = self.keys[place], self.values[place], self.owners[place]
            again = _is_reloaded(self.getters[place](key), value)
            if owner is None:
                self.spaces[place][key] = value
            else:
                with contextlib.suppress(TypeError, AttributeError):
                    setattr(owner, key, value)
            if self.names[place] and not again:
                changed.append(f"{self.names[place]} was replaced")
        for name, value, kept in self.data:
            if not _equal(value, kept):
                _refill(value, kept)
                changed.append(f"{name} was changed")
        for function, state in self.keywords:
            if _put_back(function, state):
                changed.append(f"the code of {function.__qualname__} was changed")
        if self.operators != OPERATORS:
            OPERATORS.clear()
            OPERATORS.update(self.operators)
            changed.append("the grader's operators were replaced")
        if TOUCHED:
            changed += self._restore_code()
            TOUCHED.clear()
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        threading.setprofile(None)
        sys.displayhook, sys.excepthook = sys.__displayhook__, sys.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        gc.callbacks.clear()
        self._restore_signals()
        return changed

    def _restore_code(self) -> list[str]:
        changed = []
        for function, state, trusted in self.functions.values():
            if _put_back(function, state) and trusted:
                changed.append(f"the code of {function.__qualname__} was changed")
        return changed

    @staticmethod
    def _restore_signals() -> None:
        for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _told(home: str, key: str) -> str:
    """The name under which a replacement is told of; "" where it is only put back."""
    name = f"{home}.{key}"
    return "" if key in HARMLESS or name in HARMLESS else name


def _state(function: types.FunctionType) -> tuple:
    """What a function does: its code and its defaults."""
    keywords = function.__kwdefaults__
    return function.__code__, function.__defaults__, keywords and dict(keywords)


def _state_of(value):
    """What a function or a class of the lesson's does; None of others."""
    if isinstance(value, types.FunctionType):
        return _state(value)
    if isinstance(value, type) and _space(value).get("__module__") == "__main__":
        return dict(_space(value))
    return None


def _with_names(thing, old: dict, new: dict):
    """A copy of a function or a method that takes its names from ``new`` instead of ``old``.

    Everything else, and functions that take them from elsewhere, is returned as it is.
    """
    if isinstance(thing, staticmethod | classmethod):
        inner = _with_names(thing.__func__, old, new)
        return thing if inner is thing.__func__ else type(thing)(inner)
    if type(thing) is property:
        parts = thing.fget, thing.fset, thing.fdel
        inner = [_with_names(one, old, new) for one in parts]
        return thing if _same(inner, parts) else property(*inner, thing.__doc__)
    if not isinstance(thing, types.FunctionType) or thing.__globals__ is not old:
        return thing
    again = types.FunctionType(
        thing.__code__, new, thing.__name__, thing.__defaults__, thing.__closure__
    )
    again.__kwdefaults__, again.__annotations__ = thing.__kwdefaults__, thing.__annotations__
    again.__qualname__, again.__module__ = thing.__qualname__, thing.__module__
    again.__doc__ = thing.__doc__
    again.__dict__.update(thing.__dict__)
    return again


def _same(first: list, second: tuple) -> bool:
    return all(map(operator.is_, first, second))


def _words(thing) -> set[str]:
    """Names that the code of a function, or of a class's methods, speaks of."""
    if isinstance(thing, types.FunctionType):
        found, stack = set(), [thing.__code__]
        while stack:
            code = stack.pop()
            found.update(code.co_names)
            stack += [one for one in code.co_consts if isinstance(one, types.CodeType)]
        return found
    if isinstance(thing, type) and _is_statement(thing):
        return set().union(*map(_words, _space(thing).values()))
    return set()


def _attributes(tree: ast.AST) -> set[str]:
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _put_back(function: types.FunctionType, state: tuple) -> bool:
    """Give a function its code and defaults again; returns whether they had been changed."""
    code, defaults, keywords = state
    now = function.__kwdefaults__
    if (
        function.__code__ is code
        and function.__defaults__ is defaults
        and (now is keywords or (now and keywords and _identical(now, keywords)))
    ):
        return False
    function.__code__, function.__defaults__ = code, defaults
    function.__kwdefaults__ = keywords and dict(keywords)
    return True


def _identical(first: dict, second: dict) -> bool:
    """Whether two dictionaries hold the very same objects."""
    return first.keys() == second.keys() and all(first[k] is second[k] for k in second)


def _is_reloaded(now, before) -> bool:
    """Whether a function or class came anew from the same file: its module was loaded again."""
    if type(now) is not type(before):
        return False
    if isinstance(now, types.FunctionType):
        home = now.__code__.co_filename
        return now.__code__ == before.__code__ and home.startswith(tuple(INSTALLED))
    if isinstance(now, type):
        return now.__qualname__ == before.__qualname__ and not _is_learners(now)
    return _is_plain(now) and _equal(now, before)


def _is_of_checks(name: str) -> bool:
    """Whether a module holds checks of the course's, or what these rest on."""
    return name.startswith("course_utils.check")


def _is_copied(value) -> bool:
    return type(value) in (list, tuple, set, dict, sys.modules["numpy"].ndarray)


def _copied(value):
    """A copy of a list, table or array with what is in it; everything else as it is."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(one) for key, one in value.items()}
    if kind in (list, tuple, set):
        return kind(map(_copied, value))
    return value.copy() if _is_copied(value) else value


def _refill(value, kept) -> None:
    """Give a list, table or array the content again that it had when it was copied."""
    with contextlib.suppress(Exception):
        if type(value) is tuple:
            for pair in zip(value, kept, strict=True):
                _refill(*pair)
        elif type(value) is dict:
            value.clear(), value.update(_copied(kept))
        elif type(value) is set:
            value.clear(), value.update(kept)
        else:
            value[:] = _copied(kept)


def _is_method(value) -> bool:
    return isinstance(value, staticmethod | classmethod | property)


# ---- a watch over what only a forger needs ----------------------------------------------------

# Ways to other functions' variables, to raw memory and to code under a false name
WATCHED = (
    ("sys._getframe", "sys._current_frames", "sys._current_exceptions", "sys.settrace")
    + ("sys.setprofile", "gc.get_objects", "gc.get_referrers", "gc.get_referents")
    + ("code.__new__", "marshal.loads", "sys.addaudithook", "cpython._PySys_ClearAuditHooks")
    + ("os.fork", "os.forkpty")
)
FRAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame", "f_code")
# files of the standard library whose functions give away what they get
HELPERS = ("inspect.py", "traceback.py", "asyncio/base_tasks.py", "ctypes/__init__.py")
HELPERS += ("logging/__init__.py", "pandas/core/computation/scope.py")
# of a class, no matter for a verdict
LOOKS = ("__doc__", "__repr__", "__str__")
# what makes a function another one; a name or a docstring does not
SET = ("__code__", "__defaults__", "__kwdefaults__", "__class__", "__bases__")
LOADED = ("_cffi_backend", "cffi", "greenlet")


# functions whose code or defaults were set since the guard last looked; the hook fills it
TOUCHED: list = []


def watch(alarm: socket.socket) -> None:
    """Tell the worker at once, over a connection of its own, when the learner's code uses them.

    Python calls an audit hook before it does the thing, and a hook cannot be removed.
    """
    number = alarm.detach()
    mark = os.fstat(number).st_ino
    trusted = tuple({sys.prefix, sys.base_prefix, "/usr/", sys.path[0], "<frozen", "<check>"})
    trusted += ("<__array_function__",)
    getframe, write, fstat, leave, cells = sys._getframe, os.write, os.fstat, os._exit, CELL_FILES
    watched, frames, helpers, said = set(WATCHED), FRAMES, HELPERS, set()
    settable, loaded, made_here = SET, LOADED, _is_learners
    busy, touched = False, TOUCHED

    def strange(frame) -> bool:
        name = frame.f_code.co_filename
        return name.startswith(cells) or not name.startswith(trusted)

    def learners() -> bool:
        frame = getframe(2)  # past this function and the hook
        if strange(frame):
            return True
        above = frame.f_back
        return frame.f_code.co_filename.endswith(helpers) and above is not None and strange(above)

    def tell(what: str) -> None:
        if what in said:
            return
        said.add(what)
        try:
            if fstat(number).st_ino != mark:
                leave(97)
            write(number, f"{what[:200]}\n".encode())
        except BaseException:
            leave(97)

    def hook(event, arguments):
        nonlocal busy
        if busy:
            return
        if event in watched or event.startswith("ctypes."):
            what = event
        elif event == "object.__getattr__":
            what = arguments[1]
            if what not in frames:
                return
        elif event == "object.__setattr__":
            if arguments[1] not in settable:
                return
            if arguments[1] == "__class__" and made_here(type(arguments[0])):
                return  # a learner's own object
            what = f"setting {arguments[1]}"
            touched.append(1)
        elif event == "import":
            if arguments[0] not in loaded:
                return
            what = f"importing {arguments[0]}"
        elif event == "compile":
            name = arguments[1]
            if not isinstance(name, str) or not name.startswith(trusted):
                return
            what = f"compile under the name {name}"
        elif event == "open":
            name = arguments[0]
            if not (isinstance(name, str) and name.startswith("/proc/") and name.endswith("/mem")):
                return
            tell(f"opened {name}")
            return
        else:
            return
        busy = True
        try:
            if learners():
                tell(what)
        finally:
            busy = False

    sys.addaudithook(hook)


# ---- cells -----------------------------------------------------------------------------------


class Runner:
    """Runs cells in the child, one at a time, as the worker sends them."""

    def __init__(self, channel, key: bytes, shell, outputs: Outputs, guard: Guard):
        self.shell, self.outputs, self.guard = shell, outputs, guard
        # sealed: a thread or a signal's handler of the learner's may get hold of the socket
        self.channel, self.key = channel, key
        # names that given cells bound to functions, classes and modules, and what they meant
        self.given: dict = {}
        # names that they bound to arrays, tables and numbers: the object and a copy of it
        self.data: dict = {}
        # names that may hide a builtin from checks: the lesson's own cells chose them
        self.chosen: set[str] = set()
        manager = shell.input_transformer_manager
        self.hooks = [
            (hooks, list(hooks))
            for hooks in (
                shell.ast_transformers, manager.cleanup_transforms, manager.line_transforms,
                manager.token_transformers, *shell.events.callbacks.values(),
            )
        ]  # fmt: skip
        self.notes: list[str] = []
        self.restore = self._restore  # kept: another one put into the class is not called

    def _restore(self) -> list[str]:
        for hooks, before in self.hooks:
            hooks[:] = before
        return self.guard.restore()

    def serve(self) -> None:
        """Answer until the worker goes."""
        _seed()
        sys.stdout, sys.stderr = Stream("stdout", self.outputs), Stream("stderr", self.outputs)
        sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._serve())

    def _receive(self) -> dict | None:
        head = _read(self.channel, 4)
        body = _read(self.channel, struct.unpack(">I", head)[0]) if head else b""
        return unseal(self.key, body) if body else None

    def _send(self, message: dict) -> None:
        self.channel.sendall(seal(self.key, message))

    async def _serve(self) -> None:
        while True:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            request = self._receive()
            if request is None:
                return
            if request["do"] == "ping":
                # what a check's functions changed while it ran, it sees, too
                notes = [note[:300] for note in self.restore()[:20]]
                self._send({"nonce": request["nonce"], "status": "ok", "notes": notes})
                continue
            self._send(await self._run(request))

    async def _run(self, request: dict) -> dict:
        self.outputs.begin()
        self.notes, Seen.notes, value = [], [], None
        try:
            if request["do"] == "check":
                ok, value = await self._check([request.pop("source")])
            else:
                if request["do"] == "given":
                    ok = await self._given(request.pop("source"), request["id"])
                else:
                    ok = await self._cell(request["source"], request["id"])
        except BaseException as error:  # an interrupt that came late, or a broken shell
            ok = False
            self._show_error(error)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        answer = {
            "nonce": request["nonce"],
            "status": "ok" if ok else "error",
            "outputs": self.outputs.take(),
            "value": value,
            "notes": [str(note)[:300] for note in (self.notes + Seen.notes)[:20]],
            "exit": bool(self.shell.exit_now),
        }
        try:
            json.dumps(answer)
        except Exception:
            answer["outputs"] = []
        return answer

    async def _cell(self, source: str, identity: str) -> bool:
        """Run a cell as ipykernel does (ipkernel.do_execute)."""
        shell = self.shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
        broken = None
        try:
            transformed = shell.transform_cell(source)
        except Exception:
            transformed, broken = source, sys.exc_info()
        if shell.should_run_async(
            source, transformed_cell=transformed, preprocessing_exc_tuple=broken
        ):
            try:
                result = await shell.run_cell_async(
                    source,
                    store_history=True,
                    transformed_cell=transformed,
                    preprocessing_exc_tuple=broken,
                    cell_id=identity,
                )
            finally:
                shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        else:
            result = shell.run_cell(source, store_history=True, cell_id=identity)
        shown = getattr(shell, "_last_traceback_during_displayhook", False)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not any(o["output_type"] == "error" for o in self.outputs.items):
            self._show_error(error)
        return bool(result.success and not shown)

    async def _given(self, source: str, identity: str) -> bool:
        """Run a cell of the lesson's without the shell, which the learner could have changed.

        What it imports and defines is kept: it is not the learner's to change.
        """
        self.notes += self.restore()
        self._put_back_given()
        try:
            tree = _parse(source)
        except SyntaxError:  # a cell's magic
            return await self._cell(source, identity)
        name = f"{CELL_FILES[0]}lesson/{identity}.py"
        lines = source.splitlines(keepends=True)
        linecache.cache[name] = len(source), None, lines, name  # AutoGraph reads its source
        ok, shown = await self._evaluate(_compile(tree, name, source), self.shell.user_ns)
        if not ok:  # over the learner's work, perhaps: what it defines is the lesson's all the same
            tree.body = [node for node in tree.body if isinstance(node, DEFINITIONS)]
            for node in tree.body:
                with contextlib.suppress(BaseException):
                    exec(compile(ast.Module([node], []), name, "exec"), self.shell.user_ns)
        self._remember(tree)
        if shown is not None:
            self._show(shown)
        return ok

    async def _evaluate(self, codes: list, space: dict) -> tuple[bool, object]:
        """Run statements, and a last expression; whether it went through, and that one's value."""
        shown = None
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            while codes:
                shown = await _execute(codes, space)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except BaseException as error:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._show_error(error)
            return False, None
        with contextlib.suppress(Exception):
            import matplotlib_inline.backend_inline as inline

            inline.flush_figures()
        return True, shown

    def _remember(self, tree: ast.Module) -> None:
        """Keep what a given cell bound: functions, classes and modules, and plain data.

        What it changed of earlier cells' is kept as it is now.
        """
        names, bound, space = set(), set(), self.shell.user_ns
        self.given = {name: (value, _state_of(value)) for name, (value, _) in self.given.items()}
        for name, (value, kept) in self.data.items():
            if not _equal(value, kept):
                self.data[name] = value, copy.deepcopy(value)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        self.chosen |= bound
        for node in tree.body:
            if isinstance(node, DEFINITIONS):
                names |= _names_defined(node)
        for name in names & space.keys():
            self.given[name] = space[name], _state_of(space[name])
        for name in bound & space.keys() - names:
            self.given.pop(name, None)
            self.data.pop(name, None)
            if _is_plain(space[name]) and _size(space[name]) < MAX_KEPT:
                self.data[name] = space[name], copy.deepcopy(space[name])

    def _put_back_given(self) -> None:
        """Undo what the learner's cells did to the lesson's own functions, classes and data."""
        for name, (value, state) in self.given.items():
            changed = False
            if isinstance(value, types.FunctionType):
                changed = _put_back(value, state)
            elif state:
                now = _space(value)
                for key in [k for k in now.keys() - state.keys() if k in RULES | ANSWERS]:
                    type.__delattr__(value, key)
                for key in [k for k, kept in state.items() if now.get(k) is not kept]:
                    changed = changed or key not in LOOKS
                    type.__setattr__(value, key, state[key])
            if changed:
                self.notes.append(f"the code of {name}, which the lesson gives, was changed")
        for name, (value, kept) in list(self.data.items()):
            if not _equal(value, kept):
                self.data[name] = copy.deepcopy(kept), kept

    def _namespace(self) -> dict:
        """What the lesson's functions see: the learner's names, or the course's if both claim one.

        Builtins are a copy that nobody else holds, so that patching them has no effect, not even
        while the check runs.
        """
        self._put_back_given()
        theirs = self.shell.user_ns
        space = {
            n: v for n, v in theirs.items() if n in self.chosen or n not in self.guard.builtins
        }
        space["__builtins__"] = dict(self.guard.builtins)
        for name, (value, _) in (self.data | self.given).items():
            space[name] = _with_names(value, theirs, space)
        space["__name__"] = "__main__"
        return space

    @contextlib.contextmanager
    def _lesson_sees(self, space: dict):
        """Let the methods of the lesson's classes use these names, as copies of its functions do.

        The learner's functions go on with their own.
        """
        theirs, undo = self.shell.user_ns, []
        for value, state in self.given.values():
            if not isinstance(value, types.FunctionType):
                for key, one in (state or {}).items():
                    again = _with_names(one, theirs, space)
                    if again is not one:
                        undo.append((value, key, one))
                        type.__setattr__(value, key, again)
        try:
            yield
        finally:
            for value, key, one in undo:
                type.__setattr__(value, key, one)

    async def _check(self, sources: list[str]) -> tuple[bool, object]:
        """Run a check without the shell, whose every part the learner could have replaced.

        Returns whether it went through, and the value of its last expression. Its source and code
        are held by no name: who finds a way to our variables, finds nothing to read in them.
        """
        self.notes += self.restore()
        Seen.look_near = self.guard.look_near
        lesson, tree = self._namespace(), _parse(sources[0])
        # a dictionary of its own, to which no function leads that a learner could get hold of
        space = lesson | {"__builtins__": dict(self.guard.builtins)}
        space |= {"_operate": operate, "_look_at": look_at}
        seen, before, own = dict(lesson), dict(space), _names_bound(tree)
        Seen.asked = _attributes(tree).union(*(_words(one) for one, _ in self.given.values()))
        homes = Checks.homes(lesson.values())
        Seen.asked.update(*(Checks.attributes[home] for home in homes))
        self.guard.attend(homes)
        codes = _compile(Comparisons().visit(tree), "<check>", sources.pop())
        del tree
        theirs = self.shell.user_ns
        try:
            with self._lesson_sees(lesson):
                ok, shown = await self._evaluate(codes, space)
        finally:
            Seen.look_near = None  # a learner's own cell may call the course's checks, too
            for name, value in space.items():
                if before.get(name) is not value and not name.startswith("__") and name in own:
                    theirs[name] = value
                    self.chosen.add(name)
        for name in self.given.keys() | {"_operate", "_look_at"}:
            if name not in own and space.get(name) is not before[name]:
                self.notes.append(f"{name} was replaced while the check ran")
        for name in self.given.keys() | self.data.keys():
            if lesson.get(name) is not seen.get(name):
                self.notes.append(f"{name}, which the lesson gives, was replaced in a check")
        if not _identical(space["__builtins__"], self.guard.builtins):
            self.notes.append("builtins were replaced while the check ran")
        if not ok:
            return False, None
        value = _number(shown)
        if shown is not None:
            if value is None and type(shown) not in DATA:
                self.notes.append("the check ended in something that is no number")
            self._show(shown)
        return True, value

    def _show(self, value) -> None:
        try:
            data, metadata = self.shell.display_formatter.format(value)
            data = {k: v for k, v in data.items() if isinstance(v, str)}
        except Exception:
            data = {"text/plain": type(value).__name__}
        content = {"data": data, "metadata": {}, "execution_count": None}
        self.outputs.message("execute_result", content)

    def _show_error(self, error: BaseException) -> None:
        """Show an error as a kernel would; the check's own lines stay out of it."""
        name, text = type(error).__name__, ""
        with contextlib.suppress(BaseException):
            text = str(error)
        lines = [f"{name}: {text}"]
        with contextlib.suppress(BaseException):
            trace = _without_us(error.__traceback__)
            if hasattr(error, "_render_traceback_"):
                lines = error._render_traceback_()
            elif _in_a_cell(trace):
                lines = self.shell.InteractiveTB.structured_traceback(type(error), error, trace)
        lines = [str(line) for line in lines]
        lines, text = [line[:20_000] for line in lines[:200]], str(text)[:20_000]
        content = {"ename": str(name), "evalue": text, "traceback": lines}
        self.outputs.message("error", content)


class Comparisons(ast.NodeTransformer):
    """Have the values in a check looked at.

    ``a == b`` becomes ``_operate("Eq", a, b)``, ``a < b < c`` becomes ``_operate("Lt Lt", a, b,
    c)``, ``a - b`` likewise; ``f(x)`` becomes ``_look_at(f(x))``.
    """

    def _operate(self, node, kinds, values):
        words = [ast.Constant(" ".join(kinds)), *values]
        call = ast.Call(ast.Name("_operate", ast.Load()), words, keywords=[])
        return ast.copy_location(call, node)

    def visit_Compare(self, node):
        """Replace a comparison."""
        self.generic_visit(node)
        kinds = [type(one).__name__ for one in node.ops]
        if not OPERATORS.keys() >= set(kinds):
            return node
        return self._operate(node, kinds, [node.left, *node.comparators])

    def visit_BinOp(self, node):
        """Replace a difference."""
        self.generic_visit(node)
        kind = type(node.op).__name__
        return self._operate(node, [kind], [node.left, node.right]) if kind == "Sub" else node

    def visit_Call(self, node):
        """Replace a call."""
        self.generic_visit(node)
        call = ast.Call(ast.Name("_look_at", ast.Load()), [node], keywords=[])
        return ast.copy_location(call, node)


class Checks(importlib.machinery.SourceFileLoader):
    """Loads modules of ``course_utils.checks`` so that values in them are looked at, as in a check.

    The class itself stands in ``sys.meta_path``.
    """

    folder = "course_utils.checks."
    attributes: dict[str, set[str]] = {}  # of which a module speaks, by its name
    builtins: dict = {}  # theirs alone: patching builtins has no effect in them

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        """Python's question where a module is."""
        if not name.startswith(cls.folder):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = cls(name, spec.origin)
        return spec

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """All of them, in the order of the alphabet."""
        folder = os.path.join(sys.path[0], *cls.folder.split("."))
        files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return tuple(cls.folder + f[:-3] for f in files if f.endswith(".py") and f[0] != "_")

    @classmethod
    def homes(cls, values) -> set[str]:
        """Names of these modules that are among some values, or that functions come from.

        And of those among theirs.
        """
        found, open_ones = set(), list(values)
        while open_ones:
            one = open_ones.pop()
            kinds = {types.ModuleType: "__name__", types.FunctionType: "__module__"}
            name = getattr(one, kinds[type(one)], "") if type(one) in kinds else ""
            if type(name) is str and name in cls.attributes and name not in found:
                found.add(name)
                open_ones += vars(sys.modules[name]).values()
        return found

    def get_code(self, name):
        """The module's code, never from a cache."""
        path = self.get_filename(name)
        tree = ast.parse(self.get_data(path), path)
        self.attributes[name] = _attributes(tree)
        tree = ast.fix_missing_locations(Comparisons().visit(tree))
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module):
        """Run it, with what its code calls."""
        if not self.builtins:
            self.builtins.update(vars(builtins), _operate=operate, _look_at=look_at)
        vars(module)["__builtins__"] = self.builtins
        super().exec_module(module)


OPERATORS = {
    "Sub": operator.sub,
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "In": lambda one, many: one in many,
    "NotIn": lambda one, many: one not in many,
}
# With one of these a class has rules of its own for what is equal, or less, or which number it is
RULES = frozenset(
    f"__{name}__"
    for line in (
        "eq ne lt le gt ge sub rsub add radd mul rmul truediv rtruediv pow rpow neg abs round",
        "bool float int index complex len iter contains getitem getattr getattribute class",
        "array array_ufunc array_function array_interface array_struct",
    )
    for name in line.split()
)
BY_C = type(int.__eq__) | type(str.join)  # methods that are no Python functions
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
DATA = frozenset((bool, int, float, complex, str, bytes, type(None), range, slice))
MAX_PARTS = 20_000  # objects looked at in one value
MAX_KEPT = 64_000_000  # bytes of an array that is copied, to be put back
# classes that were there before the learner's code; by id, as a class may compare as it likes
KNOWN: dict[int, tuple[type, dict]] = {}
SAFE: dict[int, type] = {}  # those made by C, which nobody can change
INSTALLED: list[str] = []  # folders of packages, and the course's own
PROXIES = (weakref.ProxyType, weakref.CallableProxyType)
# objects of these packages are made to be equal to others, or to almost anything
MOCKS = frozenset(("unittest", "mock", "_pytest", "pytest", "hamcrest"))


def _all_types() -> dict[int, type]:
    found, open_ones = {id(object): object}, [object]
    while open_ones:
        for kind in type.__subclasses__(open_ones.pop()):
            if id(kind) not in found:
                found[id(kind)] = kind
                open_ones.append(kind)
    return found


def _space(kind: type) -> dict:
    # of the class itself: its metaclass has no say in that
    return type.__getattribute__(kind, "__dict__")


def _rules(kind: type) -> dict:
    return {name: one for name, one in _space(kind).items() if name in RULES}


def _is_statement(kind: type) -> bool:
    """Whether a class was made by a statement, and not by C."""
    return bool(type.__getattribute__(kind, "__flags__") & 1 << 9)


def _is_learners(kind: type) -> bool:
    """Whether a class, or a rule of it, is the learner's work, whatever module it claims."""
    if not _is_statement(kind):
        return False
    if id(kind) in KNOWN:
        return not _identical(_rules(kind), KNOWN[id(kind)][1])
    space, installed = _space(kind), tuple(INSTALLED)
    module = found = sys.modules.get(space.get("__module__"))
    for part in type.__getattribute__(kind, "__qualname__").split("."):
        found = getattr(found, "__dict__", {}).get(part)
    rules = [one for one in _rules(kind).values() if one is not None]
    functions = [one for one in space.values() if isinstance(one, types.FunctionType)]
    return (
        found is not kind
        or not str(getattr(module, "__file__", "")).startswith(installed)
        or any(not f.__code__.co_filename.startswith(installed) for f in functions)
        or any(not isinstance(one, types.FunctionType | BY_C) for one in rules)
    )


def _parts(value, skipped=SAFE):
    """The objects in a value: of its lists, tuples, sets, dictionaries and object arrays.

    Without plain data and without objects of the classes ``skipped``, by id.
    """
    array, stack, count = sys.modules["numpy"].ndarray, [value], 0
    while stack and count < MAX_PARTS:
        one, count = stack.pop(), count + 1
        kind = type(one)
        if kind in (list, tuple, set, frozenset):
            stack.extend(itertools.islice(one, MAX_PARTS))
        elif kind is dict:
            stack.extend(itertools.islice(itertools.chain(one, one.values()), MAX_PARTS))
        elif kind is array and one.dtype.hasobject:
            stack.extend(itertools.islice(one.flat, MAX_PARTS))
        elif id(kind) in KNOWN and hasattr(kind, "__dataclass_fields__"):  # the course's data sets
            stack.extend(vars(one).values())
        elif kind not in DATA and id(kind) not in skipped:
            yield one


def _is_ruled(kind: type) -> bool:
    """Whether objects of a class follow rules of the learner's own."""
    if kind in PROXIES:
        return True
    family = type.__getattribute__(kind, "__mro__")
    return any(_is_learners(one) and RULES & _space(one).keys() for one in family)


def _is_mock(kind: type) -> bool:
    family = type.__getattribute__(kind, "__mro__")
    homes = (str(_space(one).get("__module__")).partition(".")[0] for one in family)
    return kind in PROXIES or not MOCKS.isdisjoint(homes)


def _is_true(answer) -> bool:
    with contextlib.suppress(Exception):
        return bool(sys.modules["numpy"].any(answer))
    return True


def operate(kinds: str, *values):
    """``a == b``, ``a < b < c`` and the like.

    Notes an object that follows rules of its own where plain data were asked for.
    """
    pairs = zip(kinds.split(), values, values[1:], strict=False)
    for place, (kind, left, right) in enumerate(pairs, start=2):
        answer = OPERATORS[kind](left, right)
        for mine, other in ((left, right), (right, left)):
            for one in _parts(mine):
                if _is_mock(type(one)):
                    lies = True
                elif _is_ruled(type(one)):
                    plain = not any(_is_ruled(type(part)) for part in _parts(other))
                    holds = kind == "Sub" or (kind[:3] != "Not" and _is_true(answer))
                    lies = (plain and holds) or _lies(one)
                else:
                    continue
                if lies:
                    name = type.__getattribute__(type(one), "__name__")
                    Seen.note(f"an object of the class {name} compares as it likes")
        if place < len(values) and not answer:
            return answer
    return answer


def _lies(one) -> bool:
    """Whether an object is equal to any number."""
    pick = random.SystemRandom().random
    with contextlib.suppress(Exception):
        return bool(one == pick()) or bool(one < -math.inf) or bool(one > math.inf)
    return False


def _is_plain(value) -> bool:
    """Whether a value consists of numbers, text, arrays and containers of them alone."""
    numpy = sys.modules["numpy"]
    return all(
        isinstance(one, numpy.generic) or type(one) is numpy.ndarray for one in _parts(value, ())
    )


def _size(value) -> int:
    array = sys.modules["numpy"].ndarray
    return sum(one.nbytes for one in _parts(value, ()) if type(one) is array)


def _equal(first, second) -> bool:
    """Whether two plain values are alike; NaN is like NaN."""
    numpy = sys.modules["numpy"]
    if type(first) is not type(second):
        return False
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(_equal, first, second))
    if isinstance(first, dict):
        return list(first) == list(second) and all(map(_equal, first.values(), second.values()))
    if hasattr(type(first), "__dataclass_fields__"):
        return _equal(vars(first), vars(second))
    if type(first) is numpy.ndarray:
        if (first.shape, first.dtype) != (second.shape, second.dtype):
            return False
        if first.dtype.kind in "biuf" and first.dtype.itemsize in (1, 2, 4, 8):  # bit by bit
            bits = f"u{first.dtype.itemsize}"
            return numpy.array_equal(first.view(bits), second.view(bits))
    with contextlib.suppress(Exception):
        same = first == second
        return bool(numpy.all(same | ((first != first) & (second != second))))
    return False


class Seen:
    """What was found strange while a check ran."""

    notes: list[str] = []
    look_near = None  # set before a check, as is
    asked: set[str] = set()  # attributes of which it and the lesson's functions speak

    @classmethod
    def note(cls, what: str) -> None:
        """Add something, once."""
        if what not in cls.notes and len(cls.notes) < 20:
            cls.notes.append(what)


# What a check believes of a model; a learner's own model answers it by what it computes
ANSWERS = frozenset(
    ("count_params", "predict", "evaluate", "get_weights", "weights", "trainable_weights")
    + ("variables", "trainable_variables", "layers", "__call__", "__getattribute__", "__class__")
    + ("numpy", "input_shape", "output_shape")
)
# ... of which these matter only where they are asked for: nothing else rests on them
ASKED_FOR = frozenset(("predict", "evaluate", "input_shape", "output_shape"))


def look_at(value):
    """Note an object of the learner's own that acts as an array or a number; returns it.

    Notes, too, what the call that gave it changed of that on which checks rest.
    """
    for what in Seen.look_near() if Seen.look_near else ():
        Seen.note(what)
    numpy = sys.modules["numpy"]
    bases = {int, float, complex, str, numpy.ndarray, numpy.generic}
    layer = getattr(sys.modules.get("keras"), "Layer", None)
    answers = ANSWERS - (ASKED_FOR - Seen.asked)
    for one in _parts(value):
        kind = type(one)
        name, family = (type.__getattribute__(kind, word) for word in ("__name__", "__mro__"))
        own = [_space(c) for c in family if _is_learners(c)]
        if _is_ruled(kind) and (
            type(value) is numpy.ndarray  # of objects
            or any(
                rule.startswith("__array") or rule == "__class__"
                for o in own
                for rule in RULES & o.keys()
            )
            or any(parent is base for parent in family for base in bases)
        ):
            Seen.note(f"an object of the class {name} stood for an array or a number")
        if layer is not None and any(parent is layer for parent in family):
            for answer in sorted(answers & {n for space in own for n in space}):
                Seen.note(f"the model {name} has its own {answer}")
    layer = getattr(sys.modules.get("keras"), "Layer", None)
    if layer is not None and isinstance(value, layer):
        for answer in answers & set(object.__getattribute__(value, "__dict__")):
            Seen.note(f"a model was given its own {answer}")
    return value


def _parse(source: str) -> ast.Module:
    """A cell as a tree; in what is no Python, IPython's own words are replaced first.

    Raises:
        SyntaxError: it is not a cell.
    """
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(source))


def _names_defined(node: ast.stmt) -> set[str]:
    """Names that an import or a definition binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(one.asname or one.name).partition(".")[0] for one in node.names}
    return {node.name}


def _names_bound(tree: ast.Module) -> set[str]:
    """All names that a cell binds somewhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, DEFINITIONS):
            found |= _names_defined(node)
        elif isinstance(getattr(node, "name", None), str):  # "except … as", "case … as"
            found.add(node.name)
    return found


def _compile(tree: ast.Module, name: str, source: str) -> list:
    """Code of a cell: its statements, and its last expression if it ends in one."""
    tree, last = ast.fix_missing_locations(tree), None
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        expression = ast.Expression(tree.body[-1].value)
        tree = ast.Module(tree.body[:-1], tree.type_ignores)
        last = compile(expression, name, "eval", flags, dont_inherit=True)
    body = compile(tree, name, "exec", flags, dont_inherit=True)
    return [body] if last is None else [body, last]


async def _execute(codes: list, space: dict):
    """Run the first of these; while it runs no variable holds it."""
    waits = codes[0].co_flags & inspect.CO_COROUTINE
    result = eval(codes.pop(0), space)
    return await result if waits else result


def _number(value) -> float | str | None:
    """Partial credit: a number that a check ended in; "nan" or "inf" if it is not finite."""
    import numpy

    if isinstance(value, bool | numpy.bool_):
        return None
    if type(value) not in (int, float) and not isinstance(value, numpy.integer | numpy.floating):
        return None
    number = float(value)
    return number if abs(number) < 1e300 else str(number)


def _without_us(trace):
    """A traceback from the check on, without the frames of this file."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _in_a_cell(trace) -> bool:
    """Whether an error went through the learner's code, so that its lines help."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(CELL_FILES):
            return True
        trace = trace.tb_next
    return False


def _seed() -> None:
    """Other random numbers in every child than in its siblings."""
    random.seed()
    with contextlib.suppress(Exception):
        sys.modules["numpy"].random.seed()


def main() -> None:
    """Start as the worker's command line says: one argument, JSON."""
    settings = json.loads(sys.argv[1])
    sys.path.insert(0, settings["course"])
    os.umask(0o022)
    Zygote(settings).serve()


if __name__ == "__main__":
    main()
