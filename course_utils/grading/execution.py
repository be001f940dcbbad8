"""Run jobs: in a warmed, sandboxed process that forks a child for each, or in a fresh kernel.

The worker here, outside the sandbox, holds the cells and the clock; the child inside gets one
cell at a time (``inside.py``) and what it answers is only a claim. Before every check come two
*canaries*: comparisons of random unequal numbers, sent like checks, which must fail.
"""

import ast
import contextlib
import json
import os
import random
import re
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from course_utils.grading import inside, jobs
from course_utils.grading.sandbox import ControlGroup, Sandbox, environment
from course_utils.paths import PACKAGE

START_SECONDS = 180  # importing TensorFlow on a busy machine
GRACE_SECONDS = 3.0  # for a cell that was interrupted to come to an end
PING_SECONDS = 10.0
POLL_SECONDS = 0.25
MAX_REPLY = 16_000_000  # bytes that a cell may answer with
MAX_FORGED = 20  # lines that nobody asked for, before the child is stopped
WRONG = ("AssertionError", "CheckError")


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


# ---- the sandboxed process -------------------------------------------------------------------


class Process:
    """The warmed process in its sandbox, seen from outside. A context manager.

    Args:
        sandbox: from :func:`course_utils.grading.sandbox.probe`.
        warm: import all that lessons use, TensorFlow too; otherwise only what every cell needs, and
            these modules.
        trial: import nothing, run nothing: only to see whether it starts and is tight.
    """

    def __init__(self, sandbox: Sandbox, warm: bool | tuple[str, ...] = True, trial: bool = False):
        self.sandbox, self.control, self.count = sandbox, None, 0
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
            self.control = self._accept(START_SECONDS)
            ready = self._receive(self.control, START_SECONDS)
            if ready.get("threads", 1) > 1:
                raise WorkerError(
                    f"the warmed process has {ready['threads']} threads and cannot be forked safely"
                )
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _accept(self, seconds: float) -> socket.socket:
        """Wait for the process, or for a child, to connect.

        Raises:
            WorkerError: it does not.
        """
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
            message = inside.receive(channel)
        except (OSError, ValueError) as error:
            raise WorkerError(f"the sandbox does not answer ({error}): {self._said()}") from None
        finally:
            channel.settimeout(None)
        if message is None:
            raise WorkerError(f"the sandbox has ended: {self._said()}")
        return message

    def _said(self) -> str:
        """The last that the process wrote on standard error."""
        with contextlib.suppress(OSError, ValueError):
            self.log.seek(0)
            text = self.log.read()[-2000:].decode("utf-8", "replace").strip()
            return text or "it said nothing"
        return "it said nothing"

    def ask(self, do: str, **details) -> dict:
        """Have the warmed process do something.

        Raises:
            WorkerError: it does not answer.
        """
        try:
            inside.send(self.control, {"do": do} | details)
        except OSError as error:
            raise WorkerError(f"the sandbox has ended ({error}): {self._said()}") from None
        return self._receive(self.control, 60)

    def start_child(
        self, limits: dict, key: bytes, group: ControlGroup | None = None
    ) -> tuple[socket.socket, socket.socket]:
        """Fork a child and lock it in; returns the channel to it and the one of its alarm.

        Raises:
            WorkerError: the child does not come, or is not isolated.
        """
        self.count += 1
        # another user for every job, that no account has
        user = 500_000 + secrets.randbelow(1_000_000)
        answer = self.ask("start", limits=limits, user=user, name=f"job-{self.count}")
        if not answer["ok"]:
            raise WorkerError(f"no child could be started: {answer['why']}")
        channel, alarm = self._accept(30), None
        try:
            alarm = self._accept(30)
            if group:
                peer = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                group.add(struct.unpack("iII", peer)[0])
            inside.send(channel, {"key": key.hex()})
            self.seen = self._receive(channel, 30)
            if self.seen.get("isolated") is not True:
                raise WorkerError(f"a child could not be isolated: {self.seen.get('why')}")
        except BaseException:
            channel.close()
            if alarm:
                alarm.close()
            raise
        return channel, alarm

    def stop_child(self) -> int | None:
        """End the child and all that it started; returns its wait status."""
        status = self.ask("stop", name=f"job-{self.count}")["status"]
        if self.sandbox.name == "none":
            shutil.rmtree(self.folder / "scratch" / f"job-{self.count}", ignore_errors=True)
        return status

    def look_around(self) -> dict:
        """What a child sees from where it is locked in."""
        for channel in self.start_child(jobs.LIMITS, bytes(32)):
            channel.close()
        self.stop_child()
        return self.seen

    def close(self) -> None:
        """End the process, all its children, and its folder."""
        if self.control is not None:
            with contextlib.suppress(Exception):
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


# ---- one job ---------------------------------------------------------------------------------


class _Gone(Exception):
    """The child is not there any more, or must be ended; says which and why."""

    def __init__(self, status: str, why: str):
        super().__init__(why)
        self.status, self.why = status, why


class _Child:
    """The conversation with the child of one job."""

    def __init__(self, process: Process, limits: dict):
        self.process, self.limits = process, limits
        self.end = time.monotonic() + limits["job_seconds"]
        self.peak_mb, self.suspicions, self.alarm_open = 0.0, [], True
        self.group = None
        with contextlib.suppress(OSError):
            if process.sandbox.name != "none":
                self.group = ControlGroup(limits)
        try:
            self.key = secrets.token_bytes(32)
            self.channel, self.alarm = process.start_child(limits, self.key, self.group)
        except BaseException:
            self._close_group()
            raise

    def suspect(self, cell_id: str, what: str) -> None:
        """Note that something is not as it is with honest work."""
        entry = {"id": cell_id, "what": what}
        if entry not in self.suspicions and len(self.suspicions) < jobs.MAX_SUSPICIONS:
            self.suspicions.append(entry)

    def ask(self, do: str, cell: dict, source: str = "", seconds: float | None = None) -> dict:
        """Send a request and wait for the one answer that carries its nonce.

        Raises:
            _Gone: the child ended, floods, or is out of time and does not stop.
        """
        forged = 0
        while select.select([self.channel], [], [], 0)[0]:
            self._one(time.monotonic() + 1)  # raises at the end of the stream
            self.suspect(cell["id"], "the notebook's process reported a result out of turn")
            forged += 1
            if forged > MAX_FORGED:
                raise _Gone("died", "it sent results that nobody had asked for")
        nonce = secrets.token_hex(16)
        request = {"do": do, "nonce": nonce, "id": cell["id"], "source": source}
        limit = min(time.monotonic() + (seconds or self.limits["cell_seconds"]), self.end)
        self.channel.settimeout(max(limit - time.monotonic(), 0.1))
        try:
            self.channel.sendall(inside.seal(self.key, request))
        except OSError:
            raise self._how_it_ended() from None
        late = False
        while True:
            try:
                answer = self._one(limit)
            except TimeoutError:
                if late:
                    raise _Gone("timeout", "it could not be interrupted") from None
                grace = min(GRACE_SECONDS, self.limits["cell_seconds"])
                late, limit = True, time.monotonic() + grace
                self.process.ask("interrupt")
                continue
            if isinstance(answer, dict) and answer.get("nonce") == nonce:
                if late:
                    answer["status"] = "timeout"
                return answer
            self.suspect(cell["id"], "the notebook's process reported a forged result")
            forged += 1
            if forged > MAX_FORGED:
                raise _Gone("died", "it sent results that nobody had asked for")

    def _one(self, limit: float):
        """One message of the child, whatever it is; None if it is not sealed as it should.

        Raises:
            TimeoutError: none came in time.
            _Gone: the child ended, or sends too much, or takes too much.
        """
        head = self._bytes(4, limit)
        size = struct.unpack(">I", head)[0]
        if size > MAX_REPLY:
            raise _Gone("died", "it flooded its output")
        body = self._bytes(size, limit)
        try:
            return inside.unseal(self.key, body)
        except (ValueError, RecursionError):
            return None

    def _bytes(self, size: int, limit: float) -> bytes:
        parts = []
        while size:
            now = time.monotonic()
            if now >= limit:
                # a message that stands still half-way would be taken for the next one's head
                raise TimeoutError if not parts else _Gone("timeout", "its answer broke off")
            ready = select.select([self.channel], [], [], min(POLL_SECONDS, limit - now))[0]
            if not ready:
                self._watch()
                continue
            try:
                part = self.channel.recv(min(size, 1 << 20))
            except OSError:
                part = b""
            if not part:
                raise self._how_it_ended()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _watch(self) -> None:
        """Look at the memory of the child and its own children.

        Raises:
            _Gone: it is too much.
        """
        if self.group is not None:
            return
        limit = self.limits["memory_mb"]
        used = self.process.ask("stat", limit_mb=limit)
        self.peak_mb = max(self.peak_mb, used["mb"], used["peak_mb"])
        if used["mb"] > limit and self.process.sandbox.name != "none":
            raise _Gone("died", f"it used more than {limit:.0f} MB of memory")
        if used["processes"] > self.limits["processes"]:
            raise _Gone("died", f"it started more than {self.limits['processes']} processes")

    def listen_to_alarm(self, cell: dict) -> None:
        """Suspect what the child's watch has told since, or that it was silenced."""
        while select.select([self.alarm], [], [], 0)[0]:
            try:
                text = self.alarm.recv(4000)
            except OSError:
                text = b""
            if not text:
                self.alarm_open = False
                return
            for line in text.decode("utf-8", "replace").splitlines()[:20]:
                what = re.sub(r"[^ -~]+", " ", line[:200])
                self.suspect(cell["id"], f"the notebook's code used {what}")

    def _how_it_ended(self) -> _Gone:
        if self.group is not None and self.group.ran_out():
            return _Gone("died", f"it used more than {self.limits['memory_mb']:.0f} MB of memory")
        status = self.process.stop_child()
        if status is None:
            return _Gone("died", "it ended by itself")
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGKILL:
                return _Gone("died", "it closed its connection, or was killed")
            name = signal.Signals(number).name if number in set(signal.Signals) else number
            return _Gone("died", f"it was ended by the signal {name}")
        return _Gone(
            "died", f"it ended by itself (exit status {os.waitstatus_to_exitcode(status)})"
        )

    def close(self) -> None:
        """End the child; nothing of it is left."""
        try:
            if self.group is None:
                with contextlib.suppress(_Gone):
                    self._watch()
            else:
                self.peak_mb = max(self.peak_mb, self.group.peak_mb())
            self.channel.close()
            self.alarm.close()
            self.process.stop_child()
        finally:
            self._close_group()

    def _close_group(self) -> None:
        if self.group is not None:
            self.group.close()


def _canaries() -> list[str]:
    """Two comparisons that must fail, of random kinds and numbers."""
    pick = random.SystemRandom()

    def unequal() -> tuple[float, float]:
        first = round(pick.uniform(0.1, 9), 3)
        return first, round(first + pick.uniform(0.5, 5), 3)

    words = secrets.token_hex(4)
    forms = (
        "assert {a} == {b}",
        "assert abs({a} - {b}) < 0.01, '{words}'",
        "__import__('numpy').testing.assert_allclose({a}, {b}, rtol=0.001)",
        "__import__('numpy').testing.assert_array_equal([{a}, 1.0], [{b}, 1.0])",
        "assert __import__('numpy').allclose([{a}], [{b}]), '{words}'",
        "__import__('unittest').TestCase().assertEqual({a}, {b})",
        "__import__('unittest').TestCase().assertAlmostEqual({a}, {b}, places=3)",
        "__import__('course_utils.check', fromlist=['check']).close({a}, {b}, '{words}')",
        "__import__('course_utils.check', fromlist=['check']).require({a} > {b}, '{words}')",
    )
    sources = []
    for form in (
        [forms[0], *pick.sample(forms[1:], 1)] if pick.random() < 0.5 else pick.sample(forms, 2)
    ):
        a, b = unequal()
        sources.append(form.format(a=a, b=b, words=words))
    return sources


def _spread(suspicions: list[dict], cells: list[dict]) -> list[dict]:
    """What is suspected at a check holds for all checks after it, too: the process is the same."""
    spread, known = list(suspicions), {one["id"] for one in suspicions}
    first = None
    for cell in cells:
        if cell["role"] != "check":
            continue
        found = [one for one in suspicions if one["id"] == cell["id"]]
        first = first or (found and found[0])
        if first and cell["id"] not in known:
            what = f"after what was found at {first['id']}: {first['what']}"
            spread.append({"id": cell["id"], "what": what})
    return spread[: jobs.MAX_SUSPICIONS]


def ends_in_expression(source: str) -> bool:
    """Whether a check can give partial credit: its last statement is a bare expression."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # magics: the shell knows
    return bool(tree.body) and isinstance(tree.body[-1], ast.Expr)


def _error(name: str, text: str) -> dict:
    line = f"{name}: {text}"
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [line]}


def _entry(cell: dict, status: str, outputs=(), seconds: float = 0.0, value=None) -> dict:
    return {
        "id": cell["id"],
        "status": status,
        "outputs": list(outputs),
        "seconds": round(seconds, 3),
        "value": value,
    }


def _late(cell: dict, limits: dict) -> dict:
    words = f"it took longer than {limits['cell_seconds']:g} s and was stopped"
    return _error("CellTimeoutError", words)


class Worker:
    """A warmed, sandboxed process that runs one job after the other. A context manager."""

    def __init__(self, sandbox: Sandbox, warm: bool | tuple[str, ...] = True):
        self.sandbox = sandbox
        self.process = Process(sandbox, warm)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self) -> None:
        """End the process."""
        self.process.close()

    def run(self, job: dict, on_progress: Callable[[int, int], None] | None = None) -> dict:
        """Run a job in a child of its own; returns its result, checked and cut to size.

        Args:
            job: see :mod:`course_utils.grading.jobs`.
            on_progress: called with the number of cells done and of all cells.

        Raises:
            JobError: not a job.
            WorkerError: the sandboxed process broke down; the job is not to blame.
        """
        jobs.check_job(job)
        started = time.monotonic()
        child = _Child(self.process, job["limits"])
        cells = []
        try:
            for place, cell in enumerate(job["cells"]):
                cells.append(self._cell(child, cell))
                child.listen_to_alarm(cell)
                if not child.alarm_open and not cells[-1].get("last"):
                    child.suspect(cell["id"], "the notebook's code closed the grader's connections")
                if on_progress:
                    on_progress(place + 1, len(job["cells"]))
                if cells[-1].pop("last", False):
                    break
        finally:
            child.close()
        for cell in job["cells"][len(cells) :]:
            text = "an earlier cell had ended the notebook's process: not run"
            shown = [_error("NotRun", text)] if cell["role"] == "check" else []
            cells.append(_entry(cell, "not run", shown))
        return jobs.check_result(
            job,
            {
                "key": job["key"],
                "sandbox": self.sandbox.name,
                "seconds": round(time.monotonic() - started, 3),
                "peak_mb": round(child.peak_mb, 1),
                "cells": cells,
                "suspicions": _spread(child.suspicions, job["cells"]),
            },
        )

    def _cell(self, child: _Child, cell: dict) -> dict:
        """Run one cell; the entry's ``last`` says that the child cannot go on."""
        started, limits = time.monotonic(), child.limits
        is_check = cell["role"] == "check"
        try:
            if is_check:
                for source in _canaries():
                    answer = child.ask("check", cell, source)
                    self._note(child, cell, answer)
                    _judge_canary(child, cell, answer)
            do = cell["role"] if cell["role"] in ("check", "given") else "cell"
            answer = child.ask(do, cell, cell["source"])
            if is_check and answer.get("status") == "ok":
                # whoever reports a result and then ends, or goes on reporting, is found out
                self._note(child, cell, child.ask("ping", cell, seconds=PING_SECONDS))
        except _Gone as gone:
            name = {"timeout": "CellTimeoutError", "died": "DeadProcessError"}[gone.status]
            text = f"the notebook's process was stopped here: {gone.why}"
            seconds = time.monotonic() - started
            return _entry(cell, gone.status, [_error(name, text)], seconds) | {"last": True}
        status = answer.get("status")
        if status not in ("ok", "error", "timeout"):
            child.suspect(cell["id"], "the notebook's process reported no sensible status")
            status = "error"
        try:
            outputs = jobs.clean_outputs(answer.get("outputs"), limits["output_kb"])
        except jobs.ResultError as error:
            child.suspect(
                cell["id"], f"the notebook's process reported outputs that are none: {error}"
            )
            outputs, status = [], "error"
        if status == "timeout":
            outputs = [o for o in outputs if o["output_type"] != "error"] + [_late(cell, limits)]
        self._note(child, cell, answer)
        value = self._value(child, cell, answer) if is_check and status == "ok" else None
        entry = _entry(cell, status, outputs, time.monotonic() - started, value)
        if answer.get("exit") is True:
            entry["last"] = True
        return entry

    def _note(self, child: _Child, cell: dict, answer: dict) -> None:
        """Take over what the child itself found strange."""
        notes = answer.get("notes")
        for note in notes[:20] if isinstance(notes, list) else ():
            child.suspect(cell["id"], str(note)[:300])

    def _value(self, child: _Child, cell: dict, answer: dict) -> float | None:
        value = answer.get("value")
        if value is None:
            return None
        if not ends_in_expression(cell["source"]):
            child.suspect(cell["id"], "a value was reported of a check that gives none")
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            child.suspect(cell["id"], f"the check gave {str(value)[:20]}")
            return None
        return float(value)


def _judge_canary(child: _Child, cell: dict, answer: dict) -> None:
    """Suspect a child in which a comparison of unequal numbers did not fail."""
    outputs = answer.get("outputs")
    names = {
        o.get("ename")
        for o in (outputs if isinstance(outputs, list) else ())
        if isinstance(o, dict) and o.get("output_type") == "error"
    }
    if answer.get("status") == "timeout":
        child.suspect(cell["id"], "a comparison of two numbers took for ever")
    elif answer.get("status") != "error" or not names & set(WRONG):
        child.suspect(cell["id"], "two different numbers were taken for equal before this check")


# ---- the reference: a fresh Jupyter kernel ---------------------------------------------------

_NUMBER = re.compile(r"^(?:np\.\w+\()?([-+]?[\d.]+(?:e[-+]?\d+)?|[-+]?(?:inf|nan))\)?$")


def run_in_kernel(job: dict) -> dict:
    """Run a job in a fresh Jupyter kernel, unprotected: the slow reference for :class:`Worker`.

    Only for work that one may run oneself, such as one's own.

    Raises:
        JobError: not a job.
        RuntimeError: no kernel starts.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    jobs.check_job(job)
    limits, started, replies = job["limits"], time.monotonic(), []
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell["source"]) for cell in job["cells"]]
    late = {"ename": "CellTimeoutError", "evalue": "", "traceback": []}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=max(1, round(limits["cell_seconds"])),
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout=late,
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
        own = ("HOME", "PATH", "MPLCONFIGDIR")
        env = {k: v for k, v in environment(folder).items() if k not in own}
        path = os.environ.get("PYTHONPATH")
        course = str(PACKAGE.parent)
        env["PYTHONPATH"] = f"{course}{os.pathsep}{path}" if path else course
        with client.setup_kernel(env=os.environ | env):
            for cell, place in zip(job["cells"], range(len(job["cells"])), strict=True):
                if dead or time.monotonic() - started > limits["job_seconds"]:
                    shown = [
                        _error(
                            "NotRun",
                            "an earlier cell had ended the kernel: not run",
                        )
                    ]
                    cells.append(_entry(cell, "not run", shown if cell["role"] == "check" else ()))
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
    return jobs.check_result(job, result | {"cells": cells, "suspicions": []})


def _from_kernel(cell: dict, executed, replies: list[dict], dead: bool, limits: dict) -> dict:
    """A cell's entry after it went through a kernel."""
    outputs = json.loads(json.dumps(executed.outputs))
    outputs = jobs.clean_outputs(outputs, limits["output_kb"])
    reply = replies[-1] if replies else {}
    if dead:
        lost = _error("DeadProcessError", "the kernel ended here")
        return _entry(cell, "died", [*outputs, lost])
    if reply.get("ename") == "CellTimeoutError":
        outputs = [o for o in outputs if o["output_type"] != "error"]
        return _entry(cell, "timeout", [*outputs, _late(cell, limits)])
    if reply.get("status") != "ok" and cell["source"].strip():  # an empty cell is not run
        if not any(o["output_type"] == "error" for o in outputs):
            outputs.append(_error(str(reply.get("ename")), str(reply.get("evalue"))))
        return _entry(cell, "error", outputs)
    value = None
    if cell["role"] == "check" and ends_in_expression(cell["source"]):
        shown = [o for o in outputs if o["output_type"] == "execute_result"]
        number = _NUMBER.match(shown[-1]["data"].get("text/plain", "")) if shown else None
        if number and abs(float(number[1])) < 1e300:
            value = float(number[1])
    return _entry(cell, "ok", outputs, value=value)
