"""Run jobs: each in two children of a warmed, sandboxed process.

One child runs the learner's cells, the other the checks; the worker here, outside the sandbox,
holds the cells and the clock, and sends one cell at a time. A verdict comes from the judge's child
alone, which never runs a learner's code: it asks the learner's child for values. Whatever that one
says is only a claim. A learner's child serves one notebook, a judge several, one after the other.
"""

import contextlib
import os
import select
import signal
import socket
import time

from course_utils.grading.box import wire
from course_utils.grading.host.control_groups import ControlGroup
from course_utils.grading.host.names import needs_of_checks
from course_utils.grading.host.process import Process
from course_utils.grading.host.sandbox import Sandbox
from course_utils.grading.intake import jobs

GRACE_SECONDS = 3.0  # for a cell that was interrupted to come to an end
POLL_SECONDS = 0.25
WALL = 4.0  # limits count processor time; the clock may run so much longer on a busy machine
MAX_REPLY = 32_000_000  # bytes that a cell may answer with
NOTEBOOKS = 10  # that a judge serves: what it keeps of each adds up


class _GoneError(Exception):
    """A child is not there any more, or must be ended; says which way and why."""

    def __init__(self, status: str, why: str):
        super().__init__(why)
        self.status, self.why = status, why


class _Child:
    """The conversation with one child."""

    def __init__(self, process: Process, role: str, limits: dict):
        self.process, self.limits = process, limits
        self.cpu, self.before, self.count, self.group = 0.0, 0.0, 0, None
        self.partner: _Child | None = None  # whose processor time counts, too
        self.notebooks, self.spent = 1, False
        with contextlib.suppress(OSError):
            if process.sandbox.name != "none":
                self.group = ControlGroup(limits)
        try:
            self.name, self.channel = process.start_child(role, limits, self.group)
        except BaseException:
            self._close_group()
            raise

    def tell(self, do: str, line: socket.socket | None = None, **details) -> None:
        """Send a request; ``line`` is an end of a socket for it to keep."""
        self.count += 1
        request = {"do": do, "n": self.count, "line": line is not None} | details
        self.channel.settimeout(max(self.limits["cell_seconds"], 1))
        try:
            wire.send(self.channel, request)
            if line is not None:
                socket.send_fds(self.channel, [b"x"], [line.fileno()])
        except OSError:
            raise self._how_it_ended() from None

    def hear(self, seconds: float, wall: float | None = None) -> dict:
        """The answer to the last request.

        Args:
            seconds: of processor time for it.
            wall: by the clock; :data:`WALL` times as much if it is not given.

        Raises:
            TimeoutError: none came in time.
            _GoneError: the child ended, sends something else, or takes too much.
        """
        end = time.monotonic() + (WALL * seconds if wall is None else wall)
        budget = self._used() + seconds
        sizes = wire.HEAD.unpack(self._bytes(wire.HEAD.size, end, budget))
        if sum(sizes) > MAX_REPLY:
            raise _GoneError("died", "it flooded its output")
        body = self._bytes(sum(sizes), end, budget)
        try:
            answer = wire.decode(body[: sizes[0]])
        except wire.WireError:
            answer = None
        if not isinstance(answer, dict) or answer.get("n") != self.count:
            raise _GoneError("died", "it sent something that nobody had asked for")
        return answer

    def hear_late(self) -> dict:
        """The answer of a child that was out of time and is interrupted."""
        self.process.ask("interrupt", name=self.name)
        try:
            return self.hear(1e9, self.grace)
        except TimeoutError:
            raise _GoneError("timeout", "it could not be interrupted") from None

    @property
    def grace(self) -> float:
        """Seconds by the clock for what was interrupted to come to an end."""
        return min(GRACE_SECONDS, self.limits["cell_seconds"])

    def _bytes(self, size: int, end: float, budget: float) -> bytes:
        parts = []
        while size:
            late = time.monotonic() >= end
            if late or not select.select([self.channel], [], [], POLL_SECONDS)[0]:
                if late or self._watch_both() >= budget:
                    # a message that stands still half-way would be taken for the next one's head
                    raise _GoneError("timeout", "its answer broke off") if parts else TimeoutError
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

    def _used(self) -> float:
        return self.cpu + (self.partner.cpu if self.partner else 0.0)

    def _watch_both(self) -> float:
        """Look at the child and its partner; the processor time that they have used."""
        self._watch()
        if self.partner:
            self.partner._watch()
        return self._used()

    def _watch(self) -> None:
        """Look at the child and its own children."""
        limit = self.limits["memory_mb"]
        used = self.process.ask("stat", name=self.name, limit_mb=limit)
        self.cpu = max(self.cpu, used["cpu"] - self.before)
        if self.group is not None:
            return
        if used["mb"] > limit and self.process.sandbox.name != "none":
            raise _GoneError("died", f"it used more than {limit:.0f} MB of memory")
        if used["processes"] > self.limits["processes"]:
            raise _GoneError("died", f"it started more than {self.limits['processes']} processes")

    def begins_again(self) -> bool:
        """Count anew, for another notebook; whether the child is still there and has time left."""
        used = self.process.ask("stat", name=self.name, limit_mb=float("inf"))
        self.cpu, self.before = 0.0, used["cpu"]
        self.notebooks += 1
        return used["mb"] > 0 and used["cpu"] < self.limits["job_seconds"]

    def _how_it_ended(self) -> _GoneError:
        if self.group is not None and self.group.ran_out():
            limit = self.limits["memory_mb"]
            return _GoneError("died", f"it used more than {limit:.0f} MB of memory")
        status = self.process.stop_child(self.name)
        if status is None:
            return _GoneError("died", "it ended by itself")
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGKILL:
                return _GoneError("died", "it closed its connection, or was killed")
            name = signal.Signals(number).name if number in set(signal.Signals) else number
            return _GoneError("died", f"it was ended by the signal {name}")
        code = os.waitstatus_to_exitcode(status)
        return _GoneError("died", f"it ended by itself (exit status {code})")

    def close(self) -> None:
        """End the child; nothing of it is left."""
        try:
            self.channel.close()
            self.process.stop_child(self.name)
        finally:
            self._close_group()

    def _close_group(self) -> None:
        if self.group is not None:
            self.group.close()


class _Judges:
    """The judges of a worker; one that is free and fit serves the next notebook.

    A judge never runs a learner's code, so nothing of a notebook is left in it but what the checks
    themselves keep. One whose check was stopped, or whose own arrays a learner's function changed,
    says that it is spent, and serves no other.
    """

    def __init__(self, process: Process):
        self.process, self.free = process, []

    def take(self, limits: dict) -> _Child:
        """A judge that had no notebook yet, or is done with all it had."""
        with contextlib.suppress(IndexError):
            judge = self.free.pop()
            if judge.limits == limits and judge.begins_again():
                return judge
            judge.close()
        return _Child(self.process, "judge", limits)

    def give_back(self, judge: _Child) -> None:
        """Keep a judge for the next notebook, or end it."""
        judge.partner = None
        if judge.spent or judge.notebooks >= NOTEBOOKS:
            judge.close()
        else:
            self.free.append(judge)


def error_output(name: str, text: str) -> dict:
    """An error as nbformat has it."""
    line = f"{name}: {text}"
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [line]}


def entry(cell: dict, status: str, outputs=(), seconds: float = 0.0, value=None) -> dict:
    """A cell's entry in a result."""
    return {
        "id": cell["id"],
        "status": status,
        "outputs": list(outputs),
        "seconds": round(seconds, 3),
        "value": value,
    }


def late(cell: dict, limits: dict) -> dict:
    """The error of a cell that took too long."""
    words = f"it took longer than {limits['cell_seconds']:g} s and was stopped"
    return error_output("CellTimeoutError", words)


class _Job:
    """One job at work: its two children, and the results of its cells so far."""

    def __init__(self, process: Process, judges: _Judges, job: dict):
        self.process, self.judges, self.job, self.limits = process, judges, job, job["limits"]
        self.needs = needs_of_checks(job["cells"])
        self.end = time.monotonic() + WALL * self.limits["job_seconds"]
        self.judge = None
        self.learner = _Child(process, "learner", self.limits)

    def close(self) -> None:
        """End the learner's child; the judge is free."""
        try:
            if self.judge is not None:
                self.judges.give_back(self.judge)
        finally:  # the judge's process may be gone, and say so
            self.learner.close()

    def _left(self) -> float:
        """Seconds of processor time that the job may still take."""
        used = self.learner.cpu + (self.judge.cpu if self.judge else 0.0)
        return self.limits["job_seconds"] - used

    def _limits_now(self) -> tuple[float, float]:
        """Seconds that a cell may take: of the processor's, and by the clock."""
        seconds = min(self.limits["cell_seconds"], self._left())
        return seconds, min(WALL * seconds, self.end - time.monotonic())

    def run(self, cell: dict) -> dict:
        """Run one cell; the entry's ``last`` says that the learner's process cannot go on."""
        started = time.monotonic()
        if self._left() <= 0 or started >= self.end:
            text = f"the notebook took longer than {self.limits['job_seconds']:g} s in all"
            return entry(cell, "timeout", [error_output("CellTimeoutError", text)])
        try:
            if cell["role"] == "check":
                answer = self._check(cell)
            else:
                self.learner.tell("cell", id=cell["id"], source=cell["source"])
                answer = self._hear(self.learner)
        except _GoneError as gone:
            name = {"timeout": "CellTimeoutError", "died": "DeadProcessError"}[gone.status]
            text = f"the notebook's process was stopped here: {gone.why}"
            shown, seconds = [error_output(name, text)], time.monotonic() - started
            return entry(cell, gone.status, shown, seconds) | {"last": True}
        return self._entry(cell, answer, time.monotonic() - started)

    def _hear(self, child: _Child) -> dict:
        try:
            return child.hear(*self._limits_now())
        except TimeoutError:
            return child.hear_late() | {"status": "timeout"}

    def _check(self, cell: dict) -> dict:
        """Let the judge run a check while the learner's process answers it."""
        new = self.judge is None
        if new:
            self.judge = self.judges.take(self.limits)
            self.judge.partner = self.learner
        self.judge.spent = True  # unless it says otherwise
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.learner.tell("answer", theirs)
            needs = self.needs[cell["id"]]
            self.judge.tell("check", ours, source=cell["source"], new=new, **needs)
        answer, broken = self._verdict(cell)
        try:
            said = self.learner.hear(1e9, GRACE_SECONDS)
        except TimeoutError:
            said = self.learner.hear_late()
        if broken:
            self.judge.close()
            self.judge = None
        if answer.get("status") == "gone":  # it has closed the line, and lives
            text = "the notebook's process hung up on the check"
            answer = {"status": "error", "outputs": [error_output("DeadProcessError", text)]}
        own = said.get("outputs")
        shown = [o for o in own if o.get("output_type") != "error"] if isinstance(own, list) else []
        return answer | {"outputs": shown + answer.get("outputs", [])}

    def _verdict(self, cell: dict) -> tuple[dict, bool]:
        """What the judge says, and whether it must be ended."""
        try:
            answer = self.judge.hear(*self._limits_now())
            self.judge.spent = answer.get("spent") is not False
            return answer, False
        except TimeoutError:
            # the learner's code is interrupted first: the judge then has its answer, and ends
            self.process.ask("interrupt", name=self.learner.name)
        except _GoneError as gone:
            text = (
                f"a value of yours could not be judged: the check's process was stopped: {gone.why}"
            )
            return {"status": "error", "outputs": [error_output("CheckError", text)]}, True
        timeout = {"status": "timeout", "outputs": [late(cell, self.limits)]}
        try:
            self.judge.hear(1e9, self.judge.grace)
            return timeout, False
        except (TimeoutError, _GoneError):
            return timeout, True

    def _entry(self, cell: dict, answer: dict, seconds: float) -> dict:
        """A cell's entry from what its process says."""
        status = answer.get("status")
        if status not in ("ok", "error", "timeout"):
            status = "error"
        try:
            outputs = jobs.clean_outputs(answer.get("outputs"), self.limits["output_kb"])
        except jobs.ResultError as problem:
            text = f"the notebook's process reported outputs that are none: {problem}"
            outputs, status = [error_output("DeadProcessError", text)], "error"
        if status == "timeout":
            outputs = [o for o in outputs if o["output_type"] != "error"]
            outputs.append(late(cell, self.limits))
        value = None
        if cell["role"] == "check" and status == "ok":
            value = answer.get("value")
        last = {"last": True} if answer.get("exit") is True else {}
        return entry(cell, status, outputs, seconds, value) | last


class Worker:
    """A warmed, sandboxed process that runs jobs, of several threads too. A context manager."""

    def __init__(self, sandbox: Sandbox, warm: bool = True):
        self.sandbox = sandbox
        self.process = Process(sandbox, warm)
        self.judges = _Judges(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self) -> None:
        """End the process."""
        self.process.close()

    def run(self, job: dict) -> dict:
        """Run a job in a child of its own, and with a judge; returns its result."""
        started, cells = time.monotonic(), []
        work = _Job(self.process, self.judges, job)
        try:
            for cell in job["cells"]:
                cells.append(work.run(cell))
                if cells[-1].pop("last", False):
                    break
        finally:
            work.close()
        for cell in job["cells"][len(cells) :]:
            text = "an earlier cell had ended the notebook's process: not run"
            shown = [error_output("NotRun", text)] if cell["role"] == "check" else []
            cells.append(entry(cell, "not run", shown))
        return {
            "key": job["key"],
            "sandbox": self.sandbox.name,
            "seconds": round(time.monotonic() - started, 3),
            "cells": cells,
        }
