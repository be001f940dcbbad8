"""Run jobs on this machine, several at a time: threads that share a warmed process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from course_utils.grading.host.warmed import SchedulingError, Warmed, WorkerRefused, words
from course_utils.grading.intake.jobs import ResultError


def run_here(todo: dict[str, dict], workers: int, warmed: Warmed, keep: Callable) -> dict[str, str]:
    """Run jobs and keep their results as they come; returns key -> reason of what failed.

    ``keep`` is called in the caller's thread, which Ctrl-C interrupts. At the end, and then, all
    processes are ended, those of ``warmed`` too.
    """
    failed = {}
    # its threads outlive the sandboxes that they start: the kernel ends one with the other
    threads = ThreadPoolExecutor(min(workers, len(todo)))
    try:
        running = {threads.submit(warmed.run, job): key for key, job in todo.items()}
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
        warmed.end()
        threads.shutdown()
    return failed
