"""Jobs and results: what travels, and what is let in."""

import json
import math
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.grading.intake import jobs

CELLS = [
    {"id": "cell-001", "source": "x = 1", "role": "given", "points": None},
    {"id": "f", "source": "def f(): ...", "role": "answer", "points": None},
    {"id": "check_f", "source": "f()", "role": "check", "points": 2.0},
]


def _job(**limits):
    return jobs.make_job("12_pca", CELLS, limits)


def _result(job, **changes):
    cells = [
        {"id": cell["id"], "status": "ok", "outputs": [], "seconds": 0.1, "value": None}
        for cell in job["cells"]
    ]
    told = {"key": job["key"], "sandbox": "bubblewrap", "seconds": 1, "cells": cells}
    return told | changes


def test_the_key_follows_from_the_content_alone():
    job = _job()
    assert job == _job()
    assert job["key"] != _job(cell_seconds=5)["key"]
    assert job["key"] != jobs.make_job("12_pca", CELLS[:2])["key"]
    assert json.loads(json.dumps(job)) == job


def test_a_result_of_the_right_shape_passes_unchanged():
    job = _job()
    told = _result(job)
    told["cells"][2] |= {
        "value": 1.5,
        "outputs": [
            {"output_type": "stream", "name": "stderr", "text": "a warning\n"},
            {
                "output_type": "display_data",
                "data": {"image/png": "iVBORw0", "text/plain": "<Figure>"},
                "metadata": {"image/png": {"alt": "a curve", "width": 300}},
            },
        ],
    }
    assert jobs.check_result(job, told) == told


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(key="0" * 64),
        lambda told: told["cells"].pop(),
        lambda told: told["cells"].reverse(),
        lambda told: told["cells"][0].update(status="perfect"),
        lambda told: told["cells"][0].update(seconds=math.nan),
        lambda told: told["cells"][0].update(seconds=-1),
        lambda told: told["cells"][0].update(value=1.0),  # not a check
        lambda told: told["cells"][2].update(value=math.inf),
        lambda told: told["cells"][2].update(value=True),
        lambda told: told["cells"][2].update(value="2"),
        lambda told: told["cells"][0].update(outputs={}),
        lambda told: told["cells"][0].update(outputs=[{"output_type": "update_display_data"}]),
        lambda told: told["cells"][0].update(outputs=[{"output_type": "stream", "name": "x"}]),
        lambda told: told.update(sandbox=None),
    ],
)
def test_a_claim_of_another_shape_is_refused(spoil):
    job = _job()
    told = _result(job)
    spoil(told)
    with pytest.raises(jobs.ResultError):
        jobs.check_result(job, told)


def test_scripts_unknown_fields_and_floods_are_left_out():
    job = _job(output_kb=10)
    told = _result(job, evil="x")
    flood = {"output_type": "stream", "name": "stdout", "text": "y" * 10_000_000}
    script = {
        "output_type": "display_data",
        "data": {"application/javascript": "alert(1)", "text/plain": "\ud800"},
        "metadata": {"more": 1},
        "transient": {},
    }
    error = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["E: why"]}
    told["cells"][1]["outputs"] = [script, *[flood] * 300, error]
    told["cells"][1]["source"] = "passed()"
    clean = jobs.check_result(job, told)
    assert "evil" not in clean and set(clean["cells"][1]) == {
        "id", "status", "outputs", "seconds", "value",
    }  # fmt: skip
    outputs = clean["cells"][1]["outputs"]
    assert outputs[0]["data"] == {"text/plain": "?"} and outputs[0]["metadata"] == {}
    assert len(json.dumps(clean)) < 40_000
    assert any(out["output_type"] == "error" and out["evalue"] == "why" for out in outputs)


def test_a_notebook_that_shows_too_much_is_cut_but_its_errors_stay():
    cells = [{"id": f"c{n}", "source": "1", "role": "own", "points": None} for n in range(100)]
    job = jobs.make_job("12_pca", cells)
    told = _result(job)
    error = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["E: why"]}
    data = {"image/png": "A" * 900_000}
    picture = {"output_type": "display_data", "data": data, "metadata": {}}
    for cell in told["cells"]:
        cell["outputs"] = [picture, error]
    clean = jobs.check_result(job, told)["cells"]
    assert clean[0]["outputs"][0]["data"] == data and clean[99]["outputs"] == [error]
    assert len(json.dumps(clean)) < 21_000_000


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(st.sampled_from(["key", "sandbox", "seconds", "cells"]), _values),
    st.dictionaries(
        st.sampled_from(["id", "status", "outputs", "seconds", "value", "data"]), _values
    ),
)
def test_any_data_are_a_result_or_refused(whole, of_a_cell):
    job = _job()
    told = _result(job)
    told["cells"][2] |= of_a_cell
    for claim in (told, told | whole, whole, of_a_cell):
        try:
            clean = jobs.check_result(job, claim)
        except jobs.ResultError:
            continue
        assert json.loads(json.dumps(clean, allow_nan=False).encode()) == clean


def test_a_store_keeps_whole_results_or_none(tmp_path):
    job, store = _job(), jobs.ResultStore(tmp_path / "store")
    assert store.get(job["key"]) is None
    kept = store.put(job, _result(job))
    assert jobs.ResultStore(tmp_path / "store").get(job["key"]) == kept
    path = store.path(job["key"])
    path.write_bytes(path.read_bytes()[:50])  # a torn file, as of a power cut
    assert store.get(job["key"]) is None
    store.put(job, _result(job))
    with pytest.raises(jobs.ResultError):
        store.put(job, _result(job, cells=[]))
    assert store.get(job["key"]) == kept
    assert list(tmp_path.rglob("*.part")) == []
    with pytest.raises(ValueError, match="not a key"):
        store.get("../../etc/passwd")


def test_a_writer_that_is_killed_leaves_no_half_result(tmp_path):
    program = (
        "import sys; from course_utils.grading.intake import jobs\n"
        "from tests.test_grading_jobs import *\n"
        "from tests.test_grading_jobs import _job, _result\n"
        "job = _job(); told = _result(job); store = jobs.ResultStore(sys.argv[1])\n"
        "told['cells'][0]['outputs'] = [{'output_type': 'stream', 'name': 'stdout', "
        "'text': 'x' * 150_000}]\n"
        "print('ready', flush=True)\nwhile True: store.put(job, told)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    )
    process.stdout.readline()
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    job = _job()
    whole = jobs.ResultStore(tmp_path).get(job["key"])
    assert whole and len(whole["cells"][0]["outputs"][0]["text"]) == 150_000


def test_versions_name_what_a_verdict_rests_on(monkeypatch):
    assert {"course_utils", "keras", "nbgrader", "numpy", "tensorflow"} == set(jobs.versions())
    assert jobs.version_of("no-such-package") == "absent"
