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
from course_utils.grading.intake import jobs as plain
from course_utils.grading.intake.jobs import ResultError

WAIT_FOR_WORKERS = 120  # seconds

# ---- what runs in a Dask worker --------------------------------------------------------------

_lock = threading.Lock()  # a warmed worker runs one job at a time
_kept: dict[tuple, Warmed] = {}  # what it was made for -> a worker; at most one entry


def _get_warmed(sandbox: str, make: Callable) -> Warmed:
    wanted = (sandbox, make.__module__, make.__qualname__)
    if wanted not in _kept:
        close_worker()
        _kept[wanted] = Warmed(sandbox, make)
    return _kept[wanted]


def close_worker() -> None:
    """Close the warmed worker of this process, if there is one."""
    while _kept:
        _kept.popitem()[1].close()


atexit.register(close_worker)


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
            _must_be_equal(job["versions"], plain.versions())
            return json.dumps(_get_warmed(sandbox, make).run(job))
    except WorkerRefused as error:
        raise WorkerRefused(f"the worker on {socket.gethostname()} refuses: {error}") from None


# ---- what runs beside the gradebook ----------------------------------------------------------


@contextlib.contextmanager
def _remote_client(address: str):
    from distributed import Client

    # certificates, if the cluster asks for them, come from Dask's own configuration
    try:
        client = Client(address, set_as_default=False, timeout=30)
    except (OSError, ValueError) as error:
        raise SchedulingError(f"no Dask scheduler answers at {address}: {error}", {}) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS)
        except TimeoutError:
            message = f"the scheduler at {address} has no worker after {WAIT_FOR_WORKERS} s"
            raise SchedulingError(message, {}) from None
        yield client


def _drain(client, todo: dict[str, dict], sandbox: str, make: Callable, keep: Callable) -> dict:
    """Give jobs to Dask and keep results as they come; returns key -> reason of what failed."""
    from distributed import KilledWorker, as_completed

    failed = {}

    def submit(key: str, time: int):
        # one name for all: Dask then hands them out one by one, and few wait at a worker that dies
        name = ("grade", key, time)
        return client.submit(run_job, json.dumps(todo[key]), sandbox, make, key=name, pure=False)

    def settle(future) -> bool:
        """Keep what came of a job; False if Dask has given it up, since workers died."""
        key, error = future.key[1], future.exception()
        if isinstance(error, KilledWorker):
            return False
        if isinstance(error, WorkerRefused):
            raise SchedulingError(str(error), dict.fromkeys(todo, str(error)))
        if isinstance(error, ModuleNotFoundError):
            message = f"a worker lacks a package: {error}"
            raise SchedulingError(message, dict.fromkeys(todo, message))
        try:
            if error is None:
                keep(todo[key], json.loads(future.result()))
            else:
                failed[key] = words(error)
        except ResultError as problem:
            failed[key] = words(problem)
        future.release()
        return True

    stream = as_completed([submit(key, 1) for key in todo], loop=client.loop)
    given_up = [future.key[1] for future in stream if not settle(future)]
    # Dask blames a death on every job that was at the worker: alone, the guilty one shows itself
    for key in given_up:
        if not settle(submit(key, 2)):
            failed[key] = "every worker that took it died"
    return failed


def run_there(
    todo: dict[str, dict], scheduler: str, sandbox: str, make: Callable, keep: Callable
) -> dict[str, str]:
    """Run jobs and keep their results as they come; returns key -> reason of what failed.

    The arguments are those of :func:`course_utils.grading.host.scheduling.run_jobs`.
    """
    with _remote_client(scheduler) as client:
        try:
            return _drain(client, todo, sandbox, make, keep)
        finally:
            with contextlib.suppress(Exception):
                client.run(close_idle_worker)
