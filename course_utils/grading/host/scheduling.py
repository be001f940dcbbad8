"""Run jobs in parallel on Dask: processes of this machine, or a cluster that is there already.

Each Dask worker keeps one warmed worker of :mod:`course_utils.grading.host.execution`, so that
TensorFlow is imported once a process. Jobs and results travel as JSON text; the store and the
gradebook stay with the process that calls :func:`run_jobs`. A job whose worker dies is given to
another one.
"""

import atexit
import contextlib
import json
import logging
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from course_utils.grading.intake import jobs as plain
from course_utils.grading.intake.jobs import ResultError, ResultStore

WAIT_FOR_WORKERS = 120  # seconds

# ---- what runs in a Dask worker --------------------------------------------------------------

_lock = threading.Lock()  # a warmed worker runs one job at a time
_kept: dict = {}  # what it was made for -> (worker, how to close it); at most one entry


class WorkerRefused(RuntimeError):
    """This Dask worker cannot run any job at all: no sandbox, or other versions."""


def warmed_worker(sandbox: str):
    """The worker that really runs jobs: sandboxed, TensorFlow imported."""
    from course_utils.grading.host.execution import Worker
    from course_utils.grading.host.sandbox import SandboxError, probe

    try:
        return Worker(probe(sandbox))
    except SandboxError as error:
        raise WorkerRefused(str(error)) from None


def _get_worker(sandbox: str, make: Callable):
    wanted = (sandbox, make.__module__, make.__qualname__)
    if wanted not in _kept:
        close_worker()
        stack = contextlib.ExitStack()
        worker = stack.enter_context(make(sandbox))
        _kept[wanted] = worker, stack.close
    return _kept[wanted][0]


def close_worker() -> None:
    """Close the warmed worker of this process, if there is one."""
    while _kept:
        _, (_, close) = _kept.popitem()
        with contextlib.suppress(Exception):
            close()


atexit.register(close_worker)


def close_idle_worker() -> None:
    """Close the warmed worker unless it runs a job: a cluster may serve others as well."""
    if _lock.acquire(blocking=False):
        try:
            close_worker()
        finally:
            _lock.release()


def dask_setup(worker) -> None:
    """Make a Dask worker on this machine deaf to Ctrl-C: called by Dask, as a preload of its.

    A terminal sends SIGINT to every process, and a worker would only print a traceback: whoever
    started it ends it. The handler does nothing. Ignoring or blocking the signal would be inherited
    by the sandboxes, in which SIGINT ends a cell that takes too long.
    """
    signal.signal(signal.SIGINT, lambda number, frame: None)


def _must_be_equal(wanted: dict, here: dict) -> None:
    """Refuse jobs that another version of a package would judge.

    Raises:
        WorkerRefused: names the packages.
    """
    differ = [
        f"{name} {here.get(name, 'absent')} instead of {version}"
        for name, version in wanted.items()
        if here.get(name) != version
    ]
    if differ:
        raise WorkerRefused(f"it has {', '.join(differ)}")


def run_job(text: str, sandbox: str, make: Callable) -> str:
    """Run one job (JSON) in this process's warmed worker; returns the result (JSON).

    A warmed worker that breaks down is replaced once.

    Raises:
        WorkerRefused: nothing can run here; the message names the machine.
        Exception: whatever the second warmed worker broke down with.
    """
    job = json.loads(text)
    try:
        with _lock:
            _must_be_equal(job["versions"], plain.versions())
            for last in (False, True):
                try:
                    return json.dumps(_get_worker(sandbox, make).run(job))
                except WorkerRefused:
                    raise
                except Exception:
                    close_worker()
                    if last:
                        raise
    except WorkerRefused as error:
        raise WorkerRefused(f"the worker on {socket.gethostname()} refuses: {error}") from None


# ---- what runs beside the gradebook ----------------------------------------------------------


class SchedulingError(RuntimeError):
    """Jobs are left without a result; ``missing`` says which (key -> reason)."""

    def __init__(self, message: str, missing: dict[str, str]):
        super().__init__(message)
        self.missing = missing


def _own_certificate():
    """Keys for this run alone, so that no other user of the machine can give the workers tasks.

    Dask's ports on the loopback are open to every local user, and a task is code that runs as us.
    """
    from distributed.security import Security

    openssl = shutil.which("openssl")
    if not openssl:
        warnings.warn(
            "there is no `openssl` here, so other users of this machine could reach the grading "
            "processes while they run: install it where you are not the only user",
            stacklevel=4,
        )
        return Security(require_encryption=False)
    with tempfile.TemporaryDirectory() as folder:
        key, cert = Path(folder) / "key.pem", Path(folder) / "cert.pem"
        command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
        command += ["-subj", "/CN=grading", "-keyout", str(key), "-out", str(cert)]
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        key, cert = key.read_text(), cert.read_text()
    roles = {f"tls_{role}_key": key for role in ("client", "scheduler", "worker")}
    roles |= {f"tls_{role}_cert": cert for role in ("client", "scheduler", "worker")}
    return Security(require_encryption=True, tls_ca_file=cert, **roles)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C for the seconds in which Dask's processes start.

    They inherit it until :func:`dask_setup` takes over; half a cluster cannot be closed, either.
    """
    if threading.current_thread() is not threading.main_thread():  # others may not set handlers
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _local_client(workers: int):
    import dask
    from distributed import Client, LocalCluster

    security = _own_certificate()
    # nobody looks at Dask's web pages, which are open to every user of the machine
    settings = {f"distributed.{role}.http.routes": [] for role in ("scheduler", "worker")}
    # a job whose worker has died twice is tried again later, alone
    settings["distributed.scheduler.allowed-failures"] = 1
    settings["distributed.worker.preload"] = [__name__]  # its `dask_setup`
    with (
        dask.config.set(settings),
        tempfile.TemporaryDirectory(prefix="grading-") as folder,
    ):
        with _interrupts_ignored():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                protocol="tls://" if security.require_encryption else "tcp://",
                security=security,
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                # the sandbox limits memory; Dask would kill for innocent use
                memory_limit=0,
                local_directory=folder,
                env={"TMPDIR": folder},  # what a worker that was killed leaves behind goes with it
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster, set_as_default=False) as client:
            yield client


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


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _drain(client, todo: dict[str, dict], sandbox: str, make: Callable, keep: Callable) -> dict:
    """Give jobs to Dask and keep results as they come; returns key -> reason of what failed.

    Raises:
        SchedulingError: a worker refuses every job.
    """
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
                failed[key] = _words(error)
        except ResultError as problem:
            failed[key] = _words(problem)
        future.release()
        return True

    stream = as_completed([submit(key, 1) for key in todo], loop=client.loop)
    given_up = [future.key[1] for future in stream if not settle(future)]
    # Dask blames a death on every job that was at the worker: alone, the guilty one shows itself
    for key in given_up:
        if not settle(submit(key, 2)):
            failed[key] = "every worker that took it died"
    return failed


def run_jobs(
    jobs: Iterable[dict],
    store: ResultStore,
    workers: int = 2,
    scheduler: str | None = None,
    sandbox: str = "auto",
    progress: Callable[[int, int, str], None] | None = None,
    make: Callable = warmed_worker,
    again: bool = False,
) -> None:
    """Run every job that has no result yet; results land in the store as they come.

    Equal jobs run once. Killed at any moment and called again, it runs only what is left.

    Args:
        jobs: from :func:`course_utils.grading.intake.jobs.make_job`.
        store: takes the results.
        workers: processes on this machine; of no meaning with ``scheduler``.
        scheduler: address of a Dask scheduler, e.g. ``"tcp://10.0.0.5:8786"``.
        sandbox: kind of sandbox, as :func:`course_utils.grading.host.sandbox.probe` takes it.
        progress: called as ``progress(done, total, key)``, for each result that is there already
            and for each that comes; from the caller's thread.
        make: what makes a warmed worker from ``sandbox``: a module's function, which Dask's
            workers import.
        again: run also what has a result, which stays until the new one comes.

    Raises:
        SchedulingError: no scheduler, no worker, a worker refuses all (then nothing more is run),
            or single jobs failed (then all others have their results).
    """
    unique = {job["key"]: job for job in jobs}
    done = 0

    def step(key: str) -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, len(unique), key)

    todo = {key: job for key, job in unique.items() if again or store.get(key) is None}
    for key in unique.keys() - todo.keys():
        step(key)
    if not todo:
        return

    def keep(job: dict, result: dict) -> None:
        store.put(job, result)
        step(job["key"])

    connect = _remote_client(scheduler) if scheduler else _local_client(min(workers, len(todo)))
    with connect as client:
        try:
            failed = _drain(client, todo, sandbox, make, keep)
        finally:
            with contextlib.suppress(Exception):
                client.run(close_idle_worker)
    if failed:
        why = "; ".join(sorted(set(failed.values())))
        raise SchedulingError(f"{len(failed)} of {len(todo)} jobs have no result: {why}", failed)
