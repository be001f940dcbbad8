"""A warmed worker that is made when it is first needed, and made anew when it breaks down."""

import contextlib
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
    """Runs one job after the other."""

    def __init__(self, sandbox: str, make: Callable):
        self.sandbox, self.make = sandbox, make
        self.stack, self.ended = contextlib.ExitStack(), False
        self.worker = None

    def run(self, job: dict) -> dict:
        """The result of a job. A worker that breaks down is replaced once.

        Raises:
            WorkerRefused: nothing can run here.
            Exception: whatever the second worker broke down with.
        """
        for last in (False, True):
            try:
                if self.worker is None:
                    self.worker = self.stack.enter_context(self.make(self.sandbox))
                if self.ended:
                    raise RuntimeError("it was stopped")
                return self.worker.run(job)
            except WorkerRefused:
                raise
            except Exception:
                self.close()
                if last or self.ended:
                    raise

    def close(self) -> None:
        """Close the worker, if there is one."""
        self.worker = None
        with contextlib.suppress(Exception):
            self.stack.close()

    def end(self) -> None:
        """Close it for good, from another thread, whatever runs in it."""
        self.ended = True
        self.close()


def words(error: BaseException) -> str:
    """What went wrong, in a line."""
    return f"{type(error).__name__}: {error}"[:500]
