"""The warmed process in its sandbox, seen from outside."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from course_utils.grading.box import wire
from course_utils.grading.host.control_groups import ControlGroup
from course_utils.grading.intake import jobs

START_SECONDS = 180  # importing TensorFlow on a busy machine
FOLDERS = "course-sandbox-"


def _sweep() -> None:
    """Remove what workers left that were killed before they could."""
    if not os.path.isdir("/proc/self"):
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        pid = folder.name.removeprefix(FOLDERS).split("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(folder, ignore_errors=True)


class WorkerError(RuntimeError):
    """The sandboxed process does not do its work; says why. Another one may."""


class Process:
    """The warmed process in its sandbox, seen from outside. A context manager.

    It warms up by itself; the first child waits for that. Several threads may use it: it does one
    thing after the other.

    Args:
        sandbox: from :func:`course_utils.grading.host.sandbox.probe`.
        warm: import all that lessons use, TensorFlow too; otherwise only what every cell needs.
        trial: import nothing, run nothing: only to see whether it starts and is tight.
    """

    def __init__(self, sandbox, warm: bool = True, trial: bool = False):
        self.sandbox, self.control, self.count = sandbox, None, 0
        self.turn = threading.RLock()
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-"))
        for name in ("door", "home", "scratch"):
            (self.folder / name).mkdir(mode=0o700)
        self.door = socket.socket(socket.AF_UNIX)
        self.log = open(self.folder / "log", "w+b")  # noqa: SIM115
        self.program = None
        try:
            self.door.bind(str(self.folder / "door" / "socket"))
            self.door.listen(1)
            settings = sandbox.settings(self.folder) | {"warm": warm, "trial": trial}
            self.program = subprocess.Popen(
                sandbox.command([json.dumps(settings)], self.folder),
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _wait_until_warm(self) -> None:
        try:
            self.control = self._accept(START_SECONDS)
            threads = self._receive(self.control, START_SECONDS).get("threads", 1)
            if threads > 1:
                raise WorkerError(
                    f"the warmed process has {threads} threads and cannot be forked safely"
                )
        except BaseException:
            self.close()
            raise

    def _accept(self, seconds: float) -> socket.socket:
        """Wait for the process, or for a child, to connect."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.door.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                channel = self.door.accept()[0]
                channel.settimeout(None)
                return channel
            if self.program.poll() is not None:
                break
        raise WorkerError(f"the sandbox does not start: {self._said()}")

    def _receive(self, channel: socket.socket, seconds: float) -> dict:
        channel.settimeout(seconds)
        try:
            return wire.receive(channel)[0]
        except EOFError:
            raise WorkerError(f"the sandbox has ended: {self._said()}") from None
        except (OSError, ValueError) as error:
            raise WorkerError(f"the sandbox does not answer ({error}): {self._said()}") from None
        finally:
            channel.settimeout(None)

    def _said(self) -> str:
        """The last that the process wrote on standard error."""
        with contextlib.suppress(OSError, ValueError):
            self.log.seek(0)
            text = self.log.read()[-2000:].decode("utf-8", "replace").strip()
            return text or "it said nothing"
        return "it said nothing"

    def ask(self, do: str, **details) -> dict:
        """Have the warmed process do something."""
        with self.turn:
            try:
                wire.send(self.control, {"do": do} | details)
            except OSError as error:
                raise WorkerError(f"the sandbox has ended ({error}): {self._said()}") from None
            return self._receive(self.control, 60)

    def start_child(
        self, role: str, limits: dict, group: ControlGroup | None = None
    ) -> tuple[str, socket.socket]:
        """Fork a child and lock it in; returns its name and the channel to it."""
        # another user for every child, that no account has
        user = 500_000 + secrets.randbelow(1_000_000)
        with self.turn:  # or the next to connect might be another's child
            if self.control is None:
                self._wait_until_warm()
            self.count += 1
            name = f"job-{self.count}"
            answer = self.ask("start", role=role, limits=limits, user=user, name=name)
            if not answer["ok"]:
                raise WorkerError(f"no child could be started: {answer['why']}")
            channel = self._accept(30)
        try:
            if group:
                peer = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                group.add(struct.unpack("iII", peer)[0])
            wire.send(channel, "go")
            seen = self._receive(channel, 30)
            if seen.get("isolated") is not True:
                raise WorkerError(f"a child could not be isolated: {seen.get('why')}")
            self.seen = seen
        except BaseException:
            channel.close()
            raise
        return name, channel

    def stop_child(self, name: str) -> int | None:
        """End a child and all that it started; returns its wait status."""
        status = self.ask("stop", name=name)["status"]
        if self.sandbox.name == "none":
            shutil.rmtree(self.folder / "scratch" / name, ignore_errors=True)
        return status

    def look_around(self) -> dict:
        """What a learner's child sees from where it is locked in."""
        name, channel = self.start_child("learner", jobs.LIMITS)
        channel.close()
        self.stop_child(name)
        return self.seen

    def close(self) -> None:
        """End the process, all its children, and its folder."""
        if self.control is not None:
            with contextlib.suppress(OSError):
                self.control.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for an answer
            self.control.close()  # it ends by itself, and its children before
        if self.program is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.program.wait(3 if self.control is not None else 0.01)
            with contextlib.suppress(OSError):
                os.killpg(self.program.pid, signal.SIGKILL)
            self.program.wait()
        self.door.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
