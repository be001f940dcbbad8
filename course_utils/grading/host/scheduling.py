"""Run jobs, several at a time: on this machine, or on a Dask cluster."""

import queue
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

from course_utils.grading.host.warmed import (
    SchedulingError,
    Warmed,
    WorkerRefused,
    warmed_worker,
    words,
)
from course_utils.grading.intake.jobs import ResultError, ResultStore


def run_jobs(
    jobs: Iterable[dict],
    store: ResultStore,
    workers: int = 2,
    scheduler: str | None = None,
    sandbox: str = "auto",
    progress: Callable[[int, int, str], None] = lambda done, total, key: None,
    make: Callable = warmed_worker,
) -> None:
    """Run jobs; results land in the store as they come, in place of older ones.

    Equal jobs run once.

    Args:
        jobs: from :func:`course_utils.grading.intake.jobs.make_job`.
        store: takes the results.
        workers: processes on this machine; of no meaning with ``scheduler``.
        scheduler: address of a Dask scheduler, e.g. ``"tcp://10.0.0.5:8786"``.
        sandbox: kind of sandbox, as :func:`course_utils.grading.host.sandbox.probe` takes it.
        progress: called as ``progress(done, total, key)`` for each result that comes, from the
            caller's thread.
        make: what makes a warmed worker from ``sandbox``: a module's function, which a
            cluster's workers import.

    Raises:
        SchedulingError: no scheduler, no worker, a worker refuses all (then nothing more is run),
            or single jobs failed (then all others have their results).
    """
    todo = {job["key"]: job for job in jobs}
    done, failed = 0, {}

    def settle(key: str, outcome: dict | str) -> None:
        """Keep a job's result, or why there is none."""
        nonlocal done
        if isinstance(outcome, str):
            failed[key] = outcome
            return
        try:
            store.put(todo[key], outcome)
        except ResultError as error:
            failed[key] = words(error)
            return
        done += 1
        progress(done, len(todo), key)

    if not todo:
        return
    if scheduler:
        from course_utils.grading.host.cluster import run_there  # Dask's import takes a second

        run_there(todo, scheduler, sandbox, make, settle)
    else:
        _run_here(todo, workers, sandbox, make, settle)
    if failed:
        why = "; ".join(sorted(set(failed.values())))
        raise SchedulingError(f"{len(failed)} of {len(todo)} jobs have no result: {why}", failed)


def _run_here(
    todo: dict[str, dict], workers: int, sandbox: str, make: Callable, settle: Callable
) -> None:
    """Run jobs on this machine, with a thread for each sandboxed process.

    ``settle`` is called in the caller's thread, which Ctrl-C interrupts: then all processes are
    ended.
    """
    pool = [Warmed(sandbox, make) for _ in range(min(workers, len(todo)))]
    free = queue.SimpleQueue()
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
                raise SchedulingError(f"this machine refuses: {error}", {})
            settle(key, words(error) if error else future.result())
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for warmed in pool:
            warmed.end()
        threads.shutdown()
