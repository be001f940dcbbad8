"""Run jobs, several at a time: on this machine, or on a Dask cluster."""

from collections.abc import Callable, Iterable

from course_utils.grading.host.pool import run_here
from course_utils.grading.host.warmed import SchedulingError, Warmed, warmed_worker
from course_utils.grading.intake.jobs import ResultStore


def run_jobs(
    jobs: Iterable[dict],
    store: ResultStore,
    workers: int = 2,
    scheduler: str | None = None,
    sandbox: str = "auto",
    progress: Callable[[int, int, str], None] | None = None,
    make: Callable = warmed_worker,
    again: bool = False,
    warmed: Warmed | None = None,
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
        make: what makes a warmed worker from ``sandbox``: a module's function, which a
            cluster's workers import.
        again: run also what has a result, which stays until the new one comes.
        warmed: a worker on this machine that was started before; ended afterwards.

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

    if scheduler:
        from course_utils.grading.host.cluster import run_there  # Dask's import takes a second

        failed = run_there(todo, scheduler, sandbox, make, keep)
    else:
        failed = run_here(todo, workers, warmed or Warmed(sandbox, make), keep)
    if failed:
        why = "; ".join(sorted(set(failed.values())))
        raise SchedulingError(f"{len(failed)} of {len(todo)} jobs have no result: {why}", failed)
