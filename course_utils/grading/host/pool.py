"""Run jobs on this machine, several at a time: a thread for each sandboxed process."""

import queue
import threading
from collections import deque
from collections.abc import Callable

from course_utils.grading.host.warmed import SchedulingError, Warmed, WorkerRefused, words
from course_utils.grading.intake.jobs import ResultError


def run_here(
    todo: dict[str, dict], workers: int, sandbox: str, make: Callable, keep: Callable
) -> dict[str, str]:
    """Run jobs and keep their results as they come; returns key -> reason of what failed.

    The arguments are those of :func:`course_utils.grading.host.scheduling.run_jobs`; ``keep`` is
    called in the caller's thread, which Ctrl-C interrupts: then all processes are ended.

    Raises:
        SchedulingError: this machine refuses every job.
    """
    waiting, came, failed = deque(todo), queue.SimpleQueue(), {}
    pool = [Warmed(sandbox, make) for _ in range(min(workers, len(todo)))]

    def serve(warmed: Warmed) -> None:
        # the thread that starts a sandbox must outlive it: the kernel ends one with the other
        try:
            while not warmed.ended:
                try:
                    key = waiting.popleft()
                except IndexError:
                    return
                try:
                    came.put((key, warmed.run(todo[key]), None))
                except BaseException as error:
                    came.put((key, None, error))
        finally:
            warmed.close()

    threads = [threading.Thread(target=serve, args=(warmed,), daemon=True) for warmed in pool]
    for thread in threads:
        thread.start()
    try:
        for _ in todo:
            key, result, error = came.get()
            if isinstance(error, WorkerRefused):
                message = f"this machine refuses: {error}"
                raise SchedulingError(message, dict.fromkeys(todo, message))
            if error is None:
                try:
                    keep(todo[key], result)
                except ResultError as problem:
                    error = problem
            if error is not None:
                failed[key] = words(error)
    finally:
        waiting.clear()
        for warmed in pool:
            warmed.end()
        for thread in threads:
            thread.join()
    return failed
