"""Run jobs on this machine, several at a time: a thread for each sandboxed process."""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from course_utils.grading.host.warmed import SchedulingError, Warmed, WorkerRefused, words
from course_utils.grading.intake.jobs import ResultError


def run_here(
    todo: dict[str, dict], workers: int, sandbox: str, make: Callable, keep: Callable
) -> dict[str, str]:
    """Run jobs and keep their results as they come; returns key -> reason of what failed.

    The arguments are those of :func:`course_utils.grading.host.scheduling.run_jobs`; ``keep`` is
    called in the caller's thread, which Ctrl-C interrupts: then all processes are ended.
    """
    failed, free = {}, queue.SimpleQueue()
    pool = [Warmed(sandbox, make) for _ in range(min(workers, len(todo)))]
    for warmed in pool:
        free.put(warmed)

    def run(key: str) -> dict:
        warmed = free.get()
        try:
            return warmed.run(todo[key])
        finally:
            free.put(warmed)

    # its threads outlive the sandboxes that they start: the kernel ends one with the other
    threads = ThreadPoolExecutor(len(pool))
    try:
        running = {threads.submit(run, key): key for key in todo}
        for future in as_completed(list(running)):
            key, error = running.pop(future), future.exception()
            if isinstance(error, WorkerRefused):
                message = f"this machine refuses: {error}"
                raise SchedulingError(message, dict.fromkeys(todo, message))
            if error is None:
                try:
                    keep(todo[key], future.result())
                except ResultError as problem:
                    error = problem
            if error is not None:
                failed[key] = words(error)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for warmed in pool:
            warmed.end()
        threads.shutdown()
    return failed
