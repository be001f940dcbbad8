"""Jobs, several at a time, here or on Dask: each gets its result, whatever befalls the workers."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import distributed  # noqa: F401  (its settings come first)
import pytest
from dask import config as dask_config

from course_utils import commands
from course_utils.grading.host import process, scheduling, warmed
from course_utils.grading.host.execution import Worker
from course_utils.grading.host.sandbox import probe
from course_utils.grading.host.scheduling import SchedulingError, run_jobs
from course_utils.grading.intake.jobs import ResultStore, make_job
from tests import fake_worker
from tests.bank import ROOT
from tests.toy_course import working_sandbox

pytestmark = pytest.mark.xdist_group("scheduling")


def _job(order: str, folder, number: int = 0) -> dict:
    sources = [order, str(folder), f"{number}"]
    cells = [
        {"id": f"cell-{place}", "source": source, "role": "own", "points": None}
        for place, source in enumerate(sources)
    ]
    return make_job("toy", cells)


def _tries(folder, job) -> int:
    path = folder / job["key"]
    return len(path.read_text().split()) if path.exists() else 0


@pytest.fixture
def place(tmp_path):
    (tmp_path / "tries").mkdir()
    return tmp_path / "tries", ResultStore(tmp_path / "results")


def test_every_job_gets_a_result_and_equal_jobs_run_once(place):
    folder, store = place
    jobs = [_job("ok", folder, number) for number in range(12)]
    jobs += [_job("break once", folder), _job("ok", folder, 0)]
    told = []
    run_jobs(jobs, store, workers=2, make=fake_worker.make, progress=lambda *a: told.append(a))
    assert all(store.get(job["key"])["sandbox"] == "fake" for job in jobs)
    assert [done for done, _, _ in told] == list(range(1, 14))
    assert {total for _, total, _ in told} == {13}, "the last job equals the first"
    assert [_tries(folder, job) for job in jobs[:13]] == 12 * [1] + [2], "a broken one is replaced"
    assert not [t for t in threading.enumerate() if "serve" in t.name]


def test_no_worker_starts_for_nothing_and_a_new_result_replaces_an_old_one(place):
    folder, store = place
    job = _job("ok", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduling, "_run_here", lambda *a: pytest.fail("a worker started"))
        run_jobs([], store)
    store.put(job, fake_worker.make("fake").run(job) | {"sandbox": "older"})
    told = []
    run_jobs([job], store, workers=1, make=fake_worker.make, progress=lambda *a: told.append(a))
    assert told == [(1, 1, job["key"])]
    assert _tries(folder, job) == 2 and store.get(job["key"])["sandbox"] == "fake"


def test_a_job_that_always_fails_is_named_and_the_others_have_their_results(place):
    folder, store = place
    good = [_job("ok", folder, number) for number in range(4)]
    broken, liar = _job("break always", folder), _job("another's key", folder)
    with pytest.raises(SchedulingError, match="2 of 6 jobs have no result") as caught:
        run_jobs([broken, liar, *good], store, workers=2, make=fake_worker.make)
    missing = caught.value.missing
    assert set(missing) == {broken["key"], liar["key"]}
    assert "the pipe is closed" in missing[broken["key"]]
    assert "another job" in missing[liar["key"]]
    assert all(store.get(job["key"]) for job in good)
    assert store.get(liar["key"]) is None


def test_what_befalls_the_store_stops_the_run(place):
    folder, store = place
    jobs = [_job("sleep 0.1", folder, number) for number in range(9)]

    def fail(done, total, key):
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        run_jobs(jobs, store, workers=2, make=fake_worker.make, progress=fail)
    assert len(list(folder.iterdir())) < 9


def _run_slowly(folder, store):
    """What the tests below interrupt."""
    jobs = [_job("sleep 0.3", folder, number) for number in range(9)]
    run_jobs(jobs, ResultStore(store), workers=2, make=fake_worker.make)


def _in_sandboxes(store):
    """What the test below kills."""
    naps = [{"id": "a", "source": f"import time\ntime.sleep(0.3)  # {n}"} for n in range(9)]
    jobs = [make_job("toy", [nap | {"role": "own", "points": None}]) for nap in naps]
    left = [job for job in jobs if ResultStore(store).get(job["key"]) is None]
    run_jobs(left, ResultStore(store), workers=2, make=_cold_worker)


def _cold_worker(sandbox):
    return Worker(probe(sandbox), warm=False)


def test_workers_share_one_warmed_process_and_what_breaks_it_is_tried_alone(place):
    """Two at a time in one process that is started before; it is killed under both of them once."""
    working_sandbox()
    _, store = place
    made, together = [], []

    def make(sandbox):
        made.append(_cold_worker(sandbox))
        return made[-1]

    def watch(done, total, key):
        together.append(len(made))
        if done == 2:
            os.killpg(made[0].process.program.pid, signal.SIGKILL)

    naps = [{"id": "a", "source": f"import time\ntime.sleep(0.3)\n{n}"} for n in range(6)]
    jobs = [make_job("toy", [nap | {"role": "own", "points": None}]) for nap in naps]
    early = warmed.Warmed("auto", make)
    early.warm_up()
    run_jobs(jobs, store, workers=2, progress=watch, warmed=early)
    shown = {store.get(job["key"])["cells"][0]["outputs"][0]["data"]["text/plain"] for job in jobs}
    assert shown == {f"{n}" for n in range(6)}
    assert together[:2] == [1, 1], "one process for both"
    assert 2 <= len(made) <= 4, "a new one for the rest, and one for each job that was broken off"
    assert not early.workers


def _sandboxes_of(pid: int) -> list[str]:
    """Processes that serve the program with that number, alive or not yet buried."""
    found, mark = [], f"{process.FOLDERS}{pid}-".encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes():
                found.append(path.parent.name)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_killed_in_the_middle_it_leaves_no_process_and_goes_on_where_it_was(place):
    working_sandbox()
    _, store = place
    words = f"import tests.test_grading_scheduling as t; t._in_sandboxes({str(store.folder)!r})"
    program = subprocess.Popen([sys.executable, "-c", words], cwd=ROOT)
    end = time.monotonic() + 60
    while len(list(store.folder.glob("*/*.json"))) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(_sandboxes_of(program.pid)) >= 2
    program.kill()
    program.wait()
    kept = {path.stem: path.stat().st_mtime_ns for path in store.folder.glob("*/*.json")}
    assert 3 <= len(kept) < 9
    while _sandboxes_of(program.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _sandboxes_of(program.pid), "sandboxes end with the one who started them"
    _in_sandboxes(store.folder)
    now = {path.stem: path.stat().st_mtime_ns for path in store.folder.glob("*/*.json")}
    assert len(now) == 9
    assert {key: now[key] for key in kept} == kept, "what was done is left alone"


def _interrupted(folder, store):
    """What the test below interrupts: the command's way with Ctrl-C, around the jobs."""
    try:
        with commands.one_interrupt():
            _run_slowly(folder, store)
    except KeyboardInterrupt:
        sys.exit(130)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_ctrl_c_reaches_the_whole_group_and_only_one_answers(place, tmp_path):
    folder, store = place
    words = f"import tests.test_grading_scheduling as t; t._interrupted({str(folder)!r}, "
    words += f"{str(store.folder)!r})"
    heard = tmp_path / "stderr"
    with open(heard, "wb") as file:
        program = subprocess.Popen(
            [sys.executable, "-c", words], cwd=ROOT, stderr=file, start_new_session=True
        )
    end = time.monotonic() + 60
    while not list(store.folder.glob("*/*.json")) and time.monotonic() < end:
        time.sleep(0.05)
    for _ in range(3):  # as a terminal does, for somebody who is impatient
        os.killpg(program.pid, signal.SIGINT)
        time.sleep(0.3)
        assert heard.read_text() == "\nstopping ...\n"
    assert program.wait(timeout=60) == 130
    assert heard.read_text() == "\nstopping ...\n", "no worker printed a traceback"
    assert 1 <= len(list(store.folder.glob("*/*.json"))) < 9


def test_a_machine_without_a_sandbox_stops_the_run_with_its_reason(place):
    folder, store = place
    job = _job("ok", folder)
    with pytest.raises(SchedulingError, match="this machine refuses: there is no sandbox here"):
        run_jobs([job], store, workers=1, sandbox="refuse", make=fake_worker.make)
    assert store.get(job["key"]) is None


def test_a_worker_with_other_versions_refuses():
    with pytest.raises(warmed.WorkerRefused, match="keras 3.0 instead of 3.1, b absent"):
        scheduling._must_be_equal({"keras": "3.1", "b": "1"}, {"keras": "3.0"})


def test_without_a_scheduler_the_error_names_the_address(place, monkeypatch):
    folder, store = place
    monkeypatch.setattr("distributed.Client", _refuse)
    with pytest.raises(SchedulingError, match="no Dask scheduler answers at tcp://nowhere:1"):
        run_jobs([_job("ok", folder)], store, scheduler="tcp://nowhere:1", make=fake_worker.make)


def _refuse(*args, **kwargs):
    raise OSError("connection refused")


def _encrypted(folder) -> dict:
    """Dask's settings for TLS, as the page for many machines shows them."""
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=grading", "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    roles = {role: {"cert": cert, "key": key} for role in ("scheduler", "worker", "client")}
    return {"distributed": {"comm": {"require-encryption": True, "tls": {"ca-file": cert} | roles}}}


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers as other machines have them: started by Dask's own commands."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the cluster's certificate")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = _encrypted(tmp_path)
    settings["distributed"]["scheduler"] = {"allowed-failures": 1}
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "distributed.yaml").write_text(json.dumps(settings))
    address = f"tls://127.0.0.1:{port}"
    dask = os.path.join(os.path.dirname(sys.executable), "dask")
    env = os.environ | {"PYTHONPATH": str(ROOT), "DASK_CONFIG": str(tmp_path / "dask")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
    command = [dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    command += ["--protocol", "tls"]
    started = [subprocess.Popen(command, start_new_session=True, **quiet)]
    for _ in range(2):
        command = [dask, "worker", address, "--nthreads", "1", "--no-dashboard"]
        command += ["--local-directory", str(tmp_path / "work")]
        started.append(subprocess.Popen(command, start_new_session=True, **quiet))
    try:
        comm = settings["distributed"]["comm"]
        mine = {f"distributed.comm.tls.{name}": value for name, value in comm["tls"].items()}
        with dask_config.set({"distributed.comm.require-encryption": True} | mine):
            yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_an_existing_cluster_loses_a_worker_and_no_job(place, cluster):
    folder, store = place
    address, started = cluster
    jobs = [_job("sleep 0.3", folder, number) for number in range(10)]

    def kill_one(done, total, key):
        if done == 2:
            started[-1].send_signal(signal.SIGKILL)

    start = time.perf_counter()
    run_jobs(jobs, store, scheduler=address, make=fake_worker.make, progress=kill_one)
    assert time.perf_counter() - start < 60
    assert all(store.get(job["key"]) for job in jobs)
    assert started[-1].wait(timeout=10) == -signal.SIGKILL
    assert started[1].poll() is None, "the other worker is still there, for the next run"


def test_a_job_that_kills_every_worker_of_a_cluster_is_named_and_costs_no_other(place, cluster):
    folder, store = place
    address, _ = cluster
    good = [_job("ok", folder, number) for number in range(4)]
    once, killer = _job("die once", folder), _job("die always", folder)
    with pytest.raises(SchedulingError, match="1 of 6 jobs have no result") as caught:
        run_jobs([killer, once, *good], store, scheduler=address, make=fake_worker.make)
    assert set(caught.value.missing) == {killer["key"]}
    assert "died" in caught.value.missing[killer["key"]]
    assert all(store.get(job["key"]) for job in [once, *good])
    assert _tries(folder, once) >= 2


def test_a_cluster_without_a_sandbox_stops_the_run_with_its_reason(place, cluster):
    folder, store = place
    with pytest.raises(SchedulingError, match="the worker on .* refuses: there is no sandbox"):
        run_jobs(
            [_job("ok", folder)],
            store,
            scheduler=cluster[0],
            sandbox="refuse",
            make=fake_worker.make,
        )
