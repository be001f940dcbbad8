"""Run jobs, several at a time: on this machine, or on a Dask cluster.

Each Dask worker keeps one warmed worker, so that TensorFlow is imported once a process. Jobs and
results travel as JSON text; the store and the gradebook stay with the process that asked. A job
whose worker dies is given to another one.
"""

import atexit
import contextlib
import functools
import json
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed

from course_utils.grading.host.warmed import (
    SchedulingError,
    Warmed,
    WorkerRefused,
    warmed_worker,
    words,
)
from course_utils.grading.intake.jobs import ResultError, ResultStore, versions

WAIT_FOR_WORKERS = 120  # seconds


def run_jobs(
    jobs: Iterable[dict],
    store: ResultStore,
    workers: int = 2,
    scheduler: str | None = None,
    sandbox: str = "auto",
    progress: Callable[[int, int, str], None] = lambda done, total, key: None,
    make: Callable = warmed_worker,
    warmed: Warmed | None = None,
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
        warmed: a worker on this machine that was started before; ended afterwards.

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
        _run_there(todo, scheduler, sandbox, make, settle)
    else:
        _run_here(todo, workers, warmed or Warmed(sandbox, make), settle)
    if failed:
        why = "; ".join(sorted(set(failed.values())))
        raise SchedulingError(f"{len(failed)} of {len(todo)} jobs have no result: {why}", failed)


@functools.cache
def kept_worker(sandbox: str, make: Callable = warmed_worker) -> Warmed:
    """A warmed worker for one job after the other, until this process ends."""
    worker = Warmed(sandbox, make)
    atexit.register(worker.close)
    return worker


def _run_here(todo: dict[str, dict], workers: int, warmed: Warmed, settle: Callable) -> None:
    """Run jobs on this machine, in threads that share a warmed process.

    ``settle`` is called in the caller's thread, which Ctrl-C interrupts. At the end, and then, all
    processes are ended, those of ``warmed`` too.
    """
    # its threads outlive the sandboxes that they start: the kernel ends one with the other
    threads = ThreadPoolExecutor(min(workers, len(todo)))
    try:
        running = {threads.submit(warmed.run, job): key for key, job in todo.items()}
        for future in as_completed(list(running)):
            key, error = running.pop(future), future.exception()
            if isinstance(error, WorkerRefused):
                raise SchedulingError(f"this machine refuses: {error}", {})
            settle(key, words(error) if error else future.result())
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        warmed.end()
        threads.shutdown()


# ---- on a Dask cluster that is there already: beside the gradebook ----------------------------


def _run_there(
    todo: dict[str, dict], scheduler: str, sandbox: str, make: Callable, settle: Callable
) -> None:
    """Run jobs on a cluster's workers."""
    import distributed  # which takes a second

    # certificates, if the cluster asks for them, come from Dask's own configuration
    try:
        client = distributed.Client(scheduler, set_as_default=False, timeout=30)
    except (OSError, ValueError) as error:
        raise SchedulingError(f"no Dask scheduler answers at {scheduler}: {error}", {}) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS)
        except TimeoutError:
            message = f"the scheduler at {scheduler} has no worker after {WAIT_FOR_WORKERS} s"
            raise SchedulingError(message, {}) from None
        try:
            _drain(client, todo, sandbox, make, settle)
        finally:
            with contextlib.suppress(Exception):
                client.run(_close_idle_worker, sandbox, make)


def _drain(client, todo: dict[str, dict], sandbox: str, make: Callable, settle: Callable) -> None:
    """Give jobs to Dask, and once more, one by one, those that it gives up as workers died."""
    import distributed

    def submit(key: str, time: int):
        # one name for all: Dask then hands them out one by one, and few wait at a worker that dies
        name = ("grade", key, time)
        return client.submit(run_job, json.dumps(todo[key]), sandbox, make, key=name, pure=False)

    def outcome(future) -> dict | str | None:
        """A job's result, or why there is none; None if Dask has given it up, as workers died."""
        error = future.exception()
        if isinstance(error, distributed.KilledWorker):
            return None
        if isinstance(error, WorkerRefused):
            raise SchedulingError(str(error), {})
        if isinstance(error, ModuleNotFoundError):
            raise SchedulingError(f"a worker lacks a package: {error}", {})
        return words(error) if error else json.loads(future.result())

    given_up, first = [], [submit(key, 1) for key in todo]
    for future in distributed.as_completed(first, loop=client.loop):
        key, found = future.key[1], outcome(future)
        if found is None:
            given_up.append(key)
        else:
            settle(key, found)
    # Dask blames a death on every job that was at the worker: alone, the guilty one shows itself
    for key in given_up:
        settle(key, outcome(submit(key, 2)) or "every worker that took it died")


# ---- in a Dask worker ------------------------------------------------------------------------

_lock = threading.Lock()  # a warmed worker runs one job at a time


def _close_idle_worker(sandbox: str, make: Callable) -> None:
    """Close the warmed worker unless it runs a job: a cluster may serve others as well."""
    if _lock.acquire(blocking=False):
        try:
            kept_worker(sandbox, make).close()
        finally:
            _lock.release()


def _must_be_equal(wanted: dict, here: dict) -> None:
    """Refuse jobs that another version of a package would judge."""
    differ = [
        f"{name} {here.get(name, 'absent')} instead of {version}"
        for name, version in wanted.items()
        if here.get(name) != version
    ]
    if differ:
        raise WorkerRefused(f"it has {', '.join(differ)}")


def run_job(text: str, sandbox: str, make: Callable) -> str:
    """Run one job (JSON) in this process's warmed worker; returns the result (JSON)."""
    job = json.loads(text)
    try:
        with _lock:
            _must_be_equal(job["versions"], versions())
            return json.dumps(kept_worker(sandbox, make).run(job))
    except WorkerRefused as error:
        raise WorkerRefused(f"the worker on {socket.gethostname()} refuses: {error}") from None
