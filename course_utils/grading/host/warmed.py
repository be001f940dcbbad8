"""A warmed worker that is made when it is first needed, and made anew when it breaks down."""

import contextlib
import threading
from collections.abc import Callable


class WorkerRefused(RuntimeError):
    """No job at all can run here: no sandbox, or other versions."""


class SchedulingError(RuntimeError):
    """Jobs are left without a result; ``missing`` says which (key -> reason)."""

    def __init__(self, message: str, missing: dict[str, str]):
        super().__init__(message)
        self.missing = missing


def warmed_worker(sandbox: str):
    """The worker that really runs jobs: sandboxed, TensorFlow imported."""
    from course_utils.grading.host.execution import Worker
    from course_utils.grading.host.sandbox import SandboxError, probe

    try:
        return Worker(probe(sandbox))
    except SandboxError as error:
        raise WorkerRefused(str(error)) from None


class Warmed:
    """One warmed worker that runs the jobs of several threads.

    Its children share the memory of what it has imported, and the time that this took.
    """

    def __init__(self, sandbox: str, make: Callable):
        self.sandbox, self.make = sandbox, make
        self.lock, self.common = threading.Lock(), None
        self.workers = []  # those that are there
        self.ended = False

    def run(self, job: dict) -> dict:
        """The result of a job. When the worker breaks down, the job is tried once more.

        Raises:
            WorkerRefused: nothing can run here.
            Exception: whatever the second worker broke down with.
        """
        worker = None
        try:
            worker = self._common()
            return worker.run(job)
        except WorkerRefused:
            raise
        except Exception:
            if self.ended:
                raise
            self._close_common(worker)
        # alone: whichever job it was that broke the common worker, it harms no other again
        worker = self._start()
        try:
            return worker.run(job)
        finally:
            self._close(worker)

    def warm_up(self) -> None:
        """Start the worker before there is a job for it; what goes wrong, the first job is told."""
        with contextlib.suppress(Exception):
            self._common()

    def _common(self):
        with self.lock:
            if self.common is None:
                self.common = self._start()
            return self.common

    def _start(self):
        worker = self.make(self.sandbox)
        self.workers.append(worker)
        if self.ended:  # meanwhile, from another thread
            self._close(worker)
            raise RuntimeError("it was stopped")
        return worker

    def _close_common(self, worker) -> None:
        """Have the next job start another; other jobs in this one break off, and try again."""
        with self.lock:
            if worker is not None and worker is self.common:
                self.common = None
                self._close(worker)

    def _close(self, worker) -> None:
        with contextlib.suppress(ValueError):
            self.workers.remove(worker)
        with contextlib.suppress(Exception):
            worker.close()

    def close(self) -> None:
        """Close the worker, if there is one; the next job starts another."""
        self.common = None
        for worker in list(self.workers):
            self._close(worker)

    def end(self) -> None:
        """Close it for good, from another thread, whatever runs in it."""
        self.ended = True
        self.close()


def words(error: BaseException) -> str:
    """What went wrong, in a line."""
    return f"{type(error).__name__}: {error}"[:500]
