"""Run jobs on a Dask cluster that is there already.

Each Dask worker keeps one warmed worker, so that TensorFlow is imported once a process. Jobs and
results travel as JSON text; the store and the gradebook stay with the process that asked. A job
whose worker dies is given to another one.
"""

import atexit
import contextlib
import json
import socket
import threading
from collections.abc import Callable

from course_utils.grading.host.warmed import SchedulingError, Warmed, WorkerRefused, words
from course_utils.grading.intake.jobs import versions

WAIT_FOR_WORKERS = 120  # seconds

# ---- what runs in a Dask worker --------------------------------------------------------------

_lock = threading.Lock()  # a warmed worker runs one job at a time
_kept: dict[tuple, Warmed] = {}  # what it was made for -> a worker; at most one entry


@atexit.register
def close_worker() -> None:
    """Close the warmed worker of this process, if there is one."""
    while _kept:
        _kept.popitem()[1].close()


def close_idle_worker() -> None:
    """Close the warmed worker unless it runs a job: a cluster may serve others as well."""
    if _lock.acquire(blocking=False):
        try:
            close_worker()
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
            if (sandbox, make) not in _kept:
                close_worker()
                _kept[sandbox, make] = Warmed(sandbox, make)
            return json.dumps(_kept[sandbox, make].run(job))
    except WorkerRefused as error:
        raise WorkerRefused(f"the worker on {socket.gethostname()} refuses: {error}") from None


# ---- what runs beside the gradebook ----------------------------------------------------------


def run_there(
    todo: dict[str, dict], scheduler: str, sandbox: str, make: Callable, settle: Callable
) -> None:
    """Run jobs there and settle them as they come.

    The arguments are those of :func:`course_utils.grading.host.scheduling.run_jobs`.
    """
    from distributed import Client

    # certificates, if the cluster asks for them, come from Dask's own configuration
    try:
        client = Client(scheduler, set_as_default=False, timeout=30)
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
                client.run(close_idle_worker)


def _drain(client, todo: dict[str, dict], sandbox: str, make: Callable, settle: Callable) -> None:
    """Give jobs to Dask, and once more, one by one, those that it gives up as workers died."""
    from distributed import KilledWorker, as_completed

    def submit(key: str, time: int):
        # one name for all: Dask then hands them out one by one, and few wait at a worker that dies
        name = ("grade", key, time)
        return client.submit(run_job, json.dumps(todo[key]), sandbox, make, key=name, pure=False)

    def outcome(future) -> dict | str | None:
        """A job's result, or why there is none; None if Dask has given it up, as workers died."""
        error = future.exception()
        if isinstance(error, KilledWorker):
            return None
        if isinstance(error, WorkerRefused):
            raise SchedulingError(str(error), {})
        if isinstance(error, ModuleNotFoundError):
            raise SchedulingError(f"a worker lacks a package: {error}", {})
        return words(error) if error else json.loads(future.result())

    given_up = []
    for future in as_completed([submit(key, 1) for key in todo], loop=client.loop):
        key, found = future.key[1], outcome(future)
        if found is None:
            given_up.append(key)
        else:
            settle(key, found)
    # Dask blames a death on every job that was at the worker: alone, the guilty one shows itself
    for key in given_up:
        settle(key, outcome(submit(key, 2)) or "every worker that took it died")
