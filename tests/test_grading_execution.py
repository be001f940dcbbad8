"""The warmed worker against a fresh Jupyter kernel: the same verdict for the same notebook."""

import os
import re
import time

import nbformat
import pytest

from course_utils.grading.host import execution, process, reference, sandbox
from course_utils.grading.intake import jobs, needed
from tests.bank import ROOT, load_bank
from tests.toy_course import working_sandbox

SLUGS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def worker():
    with execution.Worker(working_sandbox(), warm=False) as worker:
        yield worker


def _cells(*rows) -> list[dict]:
    """Cells from (role, source) pairs; ids are c0, c1, ..."""
    return [
        {"id": f"c{i}", "source": source, "role": role, "points": 1.0 if role == "check" else None}
        for i, (role, source) in enumerate(rows)
    ]


# ruff: noqa: E501
# A notebook of everything that a cell may do; each is one cell.
EVERYTHING = {
    "imports": "import numpy as np, sys, asyncio\nfrom course_utils import check\nnp.arange(3)",
    "prints": "print('a', end='')\nprint('b')\nsys.stderr.write('harmless\\n')\nprint('c')",
    "warns": "import warnings\nwarnings.warn('careful')",
    "logs": "import logging\nlogging.warning('careful')",
    "result": "{'a': 1}",
    "quiet": "3;",
    "nothing": "None",
    "comment": "# nothing here",
    "empty": "",
    "awaits": "await asyncio.sleep(0.01)\n'waited'",
    "runs_a_loop": "nap = asyncio.sleep(0)\ntry:\n    asyncio.run(nap)\nfinally:\n    nap.close()",
    "magic": "%timeit -n1 -r1 -q pass",
    "shell": "!echo hello",
    "cell_magic": "%%capture out\nprint('kept')",
    "figure_at_once": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n3",
    "backend": "import matplotlib\nmatplotlib.get_backend(), plt.isinteractive()",
    "inline": "%matplotlib inline",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "figure_left_open": "plt.plot([2, 1]);",
    "display": "from IPython.display import display, clear_output, HTML\ndisplay(1)\ndisplay('two')",
    "html": "HTML('<b>x</b>')",
    "cleared": "print('gone')\nclear_output()\nprint('stays')",
    "cleared_later": "print('gone')\nclear_output(wait=True)\nprint('stays')",
    "updated": "handle = display('first', display_id=True)\nhandle.update('second')",
    "progress": "from tqdm import tqdm\nfor _ in tqdm(range(3), file=sys.stdout, ncols=40): pass",
    "widget": "import ipywidgets\nipywidgets.IntSlider(3)",
    "syntax": "def f(:",
    "indent": "  x = 1\n y = 2",
    "error": "1 / 0",
    "own_error": "raise check.CheckError('not yet')",
    "leaves": "sys.exit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "asks": "input('name? ')",
    "bad_repr": "class Bad:\n    def __repr__(self): raise ValueError('no')\nBad()",
    "stub": "def square(x):\n    # YOUR CODE HERE\n    raise NotImplementedError",
    "function": "def cube(x):\n    '''Third power.'''\n    return x ** 3",
    "source": "import inspect\ninspect.getsource(cube)",
    "main": "__name__, cube.__module__",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\nP()",
    "previous": "_ if False else 7",
    "deletes": "del cube\n'cube' in globals()",
    "file": "open('x.txt', 'w').write('hello')\nopen('x.txt').read()",
    "thread": "import threading\nt = threading.Thread(target=print, args=('t',))\nt.start(); t.join()",
    "process": "import subprocess\nsubprocess.run(['true']).returncode",
    "pool": "from concurrent.futures import ThreadPoolExecutor as T\nlist(T(2).map(abs, [-1, 2]))",
    "long": "for i in range(3000): print(i)",
    "surrogate": "print('\\ud800')",
    "deep": "def d(n): return d(n + 1)\nd(0)",
}
CHECKS = {
    "passes": "check.close(4.0, 4.0, 'four')\nassert np.allclose([1], [1])",
    "fails": "check.close(4.0, 5.0, 'four')",
    "bare": "assert 2 + 2 == 5, 'really'",
    "empty_assert": "assert not [1]",
    "stub": "assert square(2) == 4",
    "name_error": "assert nobody(2) == 4",
    "prints": "print('fine')\nsys.stderr.write('careful')",
    "half": "0.5",
    "numpy": "np.float64(0.25)",
    "integer": "np.int64(1)",
    "true": "True",
    "text": "'all good'",
    "nothing": "None",
    "negative": "-1",
    "silent": "0.5;",
    "function": "def helper():\n    return 0.75\nhelper()",
    "uses_the_last_checks_names": "assert helper() == 0.75",
    "comprehension": "k = 2\nassert [k * i for i in range(3)] == [0, 2, 4]\nassert all(k > i for i in (0, 1))",
    "awaits": "await asyncio.sleep(0)\nassert True",
    "magic": "%precision 3\nassert True",
    "syntax": "assert (",
    "raises": "try:\n    square(1)\nexcept NotImplementedError:\n    1.0\nelse:\n    0.0",
    "shadow": "assert sum([1, 2]) == 3 and len('ab') == 2",
    "unittest": "import unittest\nunittest.TestCase().assertAlmostEqual(1.0, 1.0)",
    "classes": "class A:\n    x = 1\n    def f(self): return [self.x for _ in range(2)]\nassert A().f() == [1, 1]",
    "is_local": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n        return x\n    return g()\nassert f() == 2",
    "warns": "import warnings\nwarnings.warn('careful')\nassert True",
    "displays": "display(3)\nassert True",
    "figure": "plt.figure(); plt.plot([1])\nassert True",
    "chained": "assert 1 < 2 <= 3 != 4",
    "arrays": "assert (np.arange(3) == np.arange(3)).all() and (np.ones(2) - np.ones(2) < 1).all()",
    "exits": "sys.exit()",
}


def _plain(text) -> str:
    # colours, addresses and places differ
    places = r"\S+(?=/site-packages)|ipykernel_\d+/\d+"
    return re.sub(rf"\x1b\[[0-9;]*m|0x[0-9a-f]+|{places}", "", str(text))


# cells of which only the verdict is compared: a kernel's messages race, or name files
ROUGH = ("warns", "progress", "surrogate", "check warns", "check syntax", "check exits")


def _shape(cell: dict) -> list:
    """What of a cell's outputs must agree; a check's traceback is told differently."""
    texts = {}
    found = []
    for output in cell["outputs"]:
        kind = output["output_type"]
        if kind == "error":
            found.append((kind, output["ename"], _plain(output["evalue"])))
        elif kind == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + _plain(output["text"])
        else:
            found.append((kind, sorted(output["data"]), _plain(output["data"].get("text/plain"))))
    return found + sorted(texts.items())


def _verdict(cell: dict) -> tuple:
    return cell["status"], cell["value"]


def test_every_kind_of_cell_comes_out_as_in_a_kernel(worker):
    names = [*EVERYTHING, *(f"check {name}" for name in CHECKS)]
    rows = [("own", source) for source in EVERYTHING.values()]
    rows += [("check", source) for source in CHECKS.values()]
    job = jobs.make_job("toy", _cells(*rows))
    ours, theirs = worker.run(job), reference.run_in_kernel(job)
    differ = {}
    for name, a, b in zip(names, ours["cells"], theirs["cells"], strict=True):
        if _verdict(a) != _verdict(b):
            differ[name] = _verdict(a), _verdict(b)
        elif name not in ROUGH and _shape(a) != _shape(b):
            differ[name] = _shape(a), _shape(b)
    assert not differ, "\n".join(f"{name}: {pair}" for name, pair in differ.items())


def test_a_check_says_what_is_wrong_but_not_what_it_holds(worker):
    check = "from course_utils import check\nsecret = 4711\nassert f(secret) == 1, 'too small'"
    result = worker.run(
        jobs.make_job("toy", _cells(("answer", "def f(x):\n    return x"), ("check", check)))
    )
    error = result["cells"][1]["outputs"][-1]
    assert error["evalue"] == "too small" and "4711" not in str(error)


def test_the_learners_own_lines_are_in_the_traceback(worker):
    rows = ("answer", "def f(x):\n    return x.nonsense"), ("check", "assert f(3) == 1")
    error = worker.run(jobs.make_job("toy", _cells(*rows)))["cells"][1]["outputs"][-1]
    assert "return x.nonsense" in _plain("\n".join(error["traceback"]))
    assert "assert f(3)" not in _plain("\n".join(error["traceback"]))


def test_numbers_that_are_none_give_no_points(worker):
    rows = ("check", "float('nan')"), ("check", "float('inf')"), ("check", "1.5")
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [cell["value"] for cell in result["cells"]] == [None, None, 1.5]
    assert [cell["status"] for cell in result["cells"]] == ["error", "error", "ok"]


def test_a_cell_out_of_time_fails_alone_if_it_obeys(worker):
    rows = (
        ("answer", "x = 1"), ("own", "import time; time.sleep(30)"), ("check", "assert x == 1"),
    )  # fmt: skip
    start = time.monotonic()
    result = worker.run(jobs.make_job("toy", _cells(*rows), {"cell_seconds": 1.0}))
    assert [c["status"] for c in result["cells"]] == ["ok", "timeout", "ok"]
    assert result["cells"][1]["outputs"][-1]["ename"] == "CellTimeoutError"
    assert time.monotonic() - start < 10


def test_a_cell_that_ends_the_process_fails_with_all_after_it(worker):
    rows = ("check", "1.0"), ("own", "import os; os._exit(7)"), ("check", "1.0"), ("own", "1")
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [c["status"] for c in result["cells"]] == ["ok", "died", "not run", "not run"]
    assert "exit status 7" in result["cells"][1]["outputs"][-1]["evalue"]
    assert result["cells"][0]["value"] == 1.0


def test_a_job_has_a_limit_too(worker):
    busy = "import time\nend = time.process_time() + 0.7\nwhile time.process_time() < end: pass"
    rows = [("own", busy)] * 6 + [("check", "1.0")]
    limits = {"cell_seconds": 2.0, "job_seconds": 2.0}
    result = worker.run(jobs.make_job("toy", _cells(*rows), limits))
    assert result["cells"][0]["status"] == "ok" and result["cells"][-1]["status"] != "ok"
    assert result["seconds"] < 8


def test_limits_count_processor_time_and_not_the_clock(worker):
    """On a busy machine an honest cell takes its time."""
    rows = ("own", "import time; time.sleep(1.2)"), ("check", "1.0")
    result = worker.run(jobs.make_job("toy", _cells(*rows), {"cell_seconds": 0.6}))
    assert [cell["status"] for cell in result["cells"]] == ["ok", "ok"]


def test_one_job_knows_nothing_of_the_other(worker):
    first = jobs.make_job("toy", _cells(("own", "secret = 1\nimport numpy; numpy.pi = 3")))
    second = jobs.make_job(
        "toy", _cells(("own", "import numpy; print('secret' in globals(), numpy.pi)"))
    )
    worker.run(first)
    assert worker.run(second)["cells"][0]["outputs"][0]["text"] == "False 3.141592653589793\n"


def test_random_numbers_differ_between_jobs(worker):
    source = "import random, numpy as np; print(random.random(), np.random.rand())"
    texts = {
        worker.run(jobs.make_job("toy", _cells(("own", source))))["cells"][0]["outputs"][0]["text"]
        for _ in range(2)
    }
    assert len(texts) == 2


# how many checks this process has run: the cell's points
COUNT = "import sys\nsys.seen = getattr(sys, 'seen', 0) + 1\nsys.seen"


def _seen(worker, *rows, **limits) -> list:
    """Run a notebook that ends in a check that counts; what that one says, and all statuses."""
    job = jobs.make_job("toy", _cells(*rows, ("check", COUNT)))
    job["limits"] = job["limits"] | limits
    cells = worker.run(job)["cells"]
    return [cells[-1]["value"], *(cell["status"] for cell in cells[:-1])]


def test_a_judge_serves_several_notebooks_and_knows_nothing_of_those_before():
    with execution.Worker(working_sandbox(), warm=False) as worker:
        first = ("given", "a = [1]"), ("answer", "f = abs"), ("check", "left = a + [f(-2)]")
        assert _seen(worker, *first) == [1, "ok", "ok", "ok"]
        second = ("given", "a = [2]"), ("check", "assert a == [2] and 'left' not in globals()")
        assert _seen(worker, *second, ("check", "f")) == [2, "ok", "ok", "error"]
        wrong = ("answer", "def f(x):\n    raise NotImplementedError"), ("check", "f(1)")
        assert _seen(worker, *wrong) == [3, "ok", "error"]
        for count in range(4, execution.NOTEBOOKS + 1):
            assert _seen(worker) == [count]
        assert _seen(worker) == [1]  # another one: what the first kept of each would add up


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        ("def f(x):\n    x += 1", "import numpy as np\nf(np.zeros(3))"),
        ("def f(x):\n    x += 1", "import numpy as np\nf(np.zeros(3))\nassert False"),
        ("def f(x):\n    x.append(1)\n    yield 1", "next(f([]))"),
        ("f = abs", "f(1)\nraise MemoryError"),
        ("f = abs", "f(1)\nwhile True: pass"),
        ("import time\ndef f(x):\n    time.sleep(9)", "f(1)"),
        ("import os\ndef f(x):\n    os._exit(0)", "f(1)"),
    ],
)
def test_a_judge_that_may_have_changed_serves_no_other_notebook(answer, check):
    with execution.Worker(working_sandbox(), warm=False) as worker:
        assert _seen(worker) == [1]
        _seen(worker, ("answer", answer), ("check", check), cell_seconds=0.5)
        assert _seen(worker) == [1]


def test_a_judge_whose_generator_was_drawn_from_serves_on():
    check = "import numpy as np\nrng = np.random.default_rng(0)\nassert f(rng) != f(rng)"
    with execution.Worker(working_sandbox(), warm=False) as worker:
        assert _seen(worker, ("answer", "f = lambda rng: rng.random()"), ("check", check))[0] == 1
        assert _seen(worker) == [2]


def test_a_figure_that_a_failed_check_left_open_is_not_shown_to_others():
    draws = ("check", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nassert False")
    shows = ("check", "import matplotlib.pyplot as plt\nplt.plot([1, 2])")
    with execution.Worker(working_sandbox(), warm=False) as worker:
        assert _seen(worker, draws) == [1, "error"]
        result = worker.run(jobs.make_job("toy", _cells(shows, ("check", COUNT))))
    figures = [
        len([o for o in c["outputs"] if "image/png" in o.get("data", {})]) for c in result["cells"]
    ]
    assert result["cells"][1]["value"] == 2 and figures == [1, 0]


def test_judges_have_the_limits_of_their_notebook_and_are_missed_when_they_died():
    with execution.Worker(working_sandbox(), warm=False) as worker:
        assert _seen(worker) == [1]
        assert _seen(worker, memory_mb=1500.0) == [1]
        (judge,) = worker.judges.free
        worker.process.stop_child(judge.name)
        assert _seen(worker, memory_mb=1500.0) == [1]


def test_a_worker_whose_sandbox_died_says_so():
    with execution.Worker(working_sandbox(), warm=False) as worker:
        worker.process.program.kill()
        with pytest.raises(process.WorkerError):
            worker.run(jobs.make_job("toy", _cells(("own", "1"))))


def test_nothing_is_left_when_a_worker_is_closed():
    worker = execution.Worker(working_sandbox(), warm=False)
    folder, program = worker.process.folder, worker.process.program
    assert folder.exists()
    worker.close()
    assert not folder.exists() and program.returncode is not None


def test_what_a_killed_worker_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    old = [tmp_path / f"{process.FOLDERS}{pid}-abc" for pid in ("99999999", os.getpid())]
    for folder in old:
        folder.mkdir()
    process._sweep()
    assert [folder.exists() for folder in old] == [False, True]


def test_without_a_sandbox_the_worker_runs_all_the_same():
    with execution.Worker(sandbox.probe("none"), warm=False) as worker:
        rows = ("answer", "def f(x):\n    return x"), ("check", "assert f(1) == 1")
        result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [c["status"] for c in result["cells"]] == ["ok", "ok"]
    assert result["sandbox"] == "none"


def test_names_of_the_lesson_may_hide_builtins_from_checks_and_names_of_learners_not(worker):
    rows = (
        ("given", "input = 3\ndef round(x):\n    return 7"),
        ("answer", "sum = lambda x: 0\nround = None\ndef f(x):\n    return sum([x])"),
        ("check", "assert input == 3 and round(1) == 7 and sum([1, 2]) == 3"),
        ("check", "assert f(5) == 0"),
    )
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [c["status"] for c in result["cells"]] == ["ok"] * 4


def test_what_a_later_given_cell_imports_is_genuine(worker):
    rows = (
        ("answer", "import sys, types\nsys.modules['numpy'] = types.SimpleNamespace(pi=4)"),
        ("given", "import numpy as np"),
        ("check", "assert np.pi == 4"),
    )
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert result["cells"][2]["status"] == "error"


# ---- real lessons ----------------------------------------------------------------------------


def lesson_cells(slug: str, answers: str, changes: dict | None = None) -> list[dict]:
    """Cells of a lesson's job: "solutions" or "notebooks", with some answers changed."""
    full = nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)
    part = nbformat.read(ROOT / answers / slug / f"{slug}.ipynb", as_version=4)
    cells = []
    for place, (own, right) in enumerate(zip(part.cells, full.cells, strict=True)):
        if own.cell_type != "code":
            continue
        mark = right.metadata.get("nbgrader", {})
        role = "check" if mark.get("grade") else "answer" if mark.get("solution") else "given"
        name = mark.get("grade_id", f"cell-{place:03}")
        source = right.source if role == "check" else own.source
        source = (changes or {}).get(name, source)
        points = mark.get("points") if role == "check" else None
        cells.append({"id": name, "source": source, "role": role, "points": points})
    return cells


def _samples(slug: str) -> dict[str, list[dict]]:
    """Notebooks of a lesson: solved, untouched, and three with answers of the bank."""
    found = {name: lesson_cells(slug, name) for name in ("solutions", "notebooks")}
    solution = {cell["id"]: cell["source"] for cell in found["solutions"]}
    bank = load_bank(slug).answers
    for title, wanted in (("right", True), ("first wrong", False), ("last wrong", False)):
        answers = {}
        for answer in bank if "first" not in title else reversed(bank):
            if answer.right == wanted:
                answers[answer.exercise] = answer.source(solution[answer.exercise])
        found[title] = lesson_cells(slug, "solutions", answers)
    return found


@pytest.fixture(scope="module")
def warm_worker():
    with execution.Worker(working_sandbox()) as worker:
        yield worker


@pytest.mark.full
@pytest.mark.parametrize("slug", SLUGS)
def test_real_lessons_come_out_as_in_a_kernel(warm_worker, slug):
    for title, cells in _samples(slug).items():
        skip = needed.unneeded(cells)
        job = jobs.make_job(slug, [cell for cell in cells if cell["id"] not in skip])
        whole = jobs.make_job(slug, cells)
        ours, theirs = warm_worker.run(job), reference.run_in_kernel(whole)
        right = {c["id"]: _verdict(c) for c in theirs["cells"] if c["id"].startswith("check")}
        told = {c["id"]: _verdict(c) for c in ours["cells"] if c["id"].startswith("check")}
        assert told == right, f"{slug}, {title}"
        if title in ("solutions", "right"):
            assert {status for status, _ in told.values()} == {"ok"}, f"{slug}, {title}: {told}"


# What honest learners do, and what libraries do for them, that a nervous grader might dislike
HABITS = {
    "star": "from numpy import *\nfrom math import *\nnp.seterr(all='ignore')\nnp.set_printoptions(precision=3)",
    "shadows": "sum = 0\nmax = 3\nid = 7\ncheck_me = True",
    "keras_of_tf": "import tensorflow as tf\nm = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])\nm.count_params()",
    "compiled": "@tf.function\ndef f(x):\n    if tf.reduce_sum(x) > 0:\n        return x * 2\n    return x\nf(tf.ones(3))",
    "data": "for b in tf.data.Dataset.range(4).map(lambda x: x + 1).batch(2): pass",
    "tape": "v = tf.Variable(1.0)\nwith tf.GradientTape() as t: y = v * v\nt.gradient(y, v)",
    "fit": "import keras\nm = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\nm.compile('adam', 'mse')\nm.fit(np.ones((8, 2)), np.ones(8), epochs=2, verbose=0)\nm.predict(np.ones((2, 2)), verbose=0).shape",
    "own_layer": "class L(keras.layers.Layer):\n    def build(self, shape):\n        self.w = self.add_weight(shape=(shape[-1], 1))\n    def call(self, x):\n        return keras.ops.matmul(x, self.w)\n    def get_config(self):\n        return super().get_config()\nL()(np.ones((2, 3)))",
    "own_model": "class M(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.d = keras.layers.Dense(1)\n    def call(self, x):\n        return self.d(x)\n    def train_step(self, data):\n        return super().train_step(data)\nmodel = M()\nmodel.compile('sgd', 'mse')\nmodel.fit(np.ones((4, 2)), np.ones(4), verbose=0);",
    "seeds": "keras.utils.set_random_seed(0)\nnp.random.seed(1)\nimport random\nrandom.seed(2)",
    "science": "from sklearn.decomposition import PCA\nfrom scipy import signal, stats\nimport pandas as pd\nPCA(1).fit(np.eye(3))\npd.DataFrame({'a': [1]}).describe()\nsignal.hann if hasattr(signal, 'hann') else None",
    "plots": "import matplotlib.pyplot as plt\nplt.style.use('ggplot')\nfig, ax = plt.subplots()\nax.plot([1, 2])\nplt.show()",
    "tqdm": "from tqdm.auto import tqdm\nfor _ in tqdm(range(2)): pass",
    "named": "from collections import namedtuple\nfrom typing import NamedTuple\nimport enum, dataclasses\nP = namedtuple('P', 'x y')\nclass Q(NamedTuple):\n    x: int = 1\nclass E(enum.Enum):\n    A = 1\n@dataclasses.dataclass(order=True)\nclass D:\n    x: float = 1.0\nD() == D(), P(1, 2) == (1, 2)",
    "errors": "import traceback, logging\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()\n    traceback.format_exc()\n    logging.exception('oh')",
    "looks": "import inspect\nprint(inspect.signature(np.mean), inspect.getsource(f.python_function))\nhelp(len)\ndir(np)",
    "contexts": "import contextlib, io, warnings\nwith contextlib.redirect_stdout(io.StringIO()): print(1)\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    np.log(-1.0)",
    "mocks": "from unittest import mock\nwith mock.patch('time.sleep'):\n    import time\n    time.sleep(100)",
    "threads": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool: list(pool.map(np.sqrt, [1, 2]))",
    "caches": "import functools\n@functools.lru_cache\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(30)",
    "timing": "%timeit -n1 -r1 1 + 1",
    "magics": "%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'retina'",
    "shell": "!ls",
    "files": "np.save('a.npy', np.ones(3))\nnp.load('a.npy', mmap_mode='r')\nimport pathlib\npathlib.Path('b.txt').write_text('x')",
    "pickles": "import pickle, copy, json\npickle.loads(pickle.dumps({'a': np.ones(2)}))\ncopy.deepcopy(m.get_weights())",
    "saves": "m.save('m.keras')\nkeras.models.load_model('m.keras')\nkeras.models.clone_model(m)",
    "old_numpy": "np.float = float\nnp.int = int\nnp.bool = bool",
    "reload": "import importlib\nimportlib.reload(check)",
    "flush": "import builtins, functools\nbuiltins.print = functools.partial(print, flush=True)",
    "renames": "class A: pass\nclass B: pass\nA.__name__ = 'C'\nA.__doc__ = 'a class'\na = A()\na.__class__ = B\ndef named(): pass\nnamed.__name__ = 'other'",
    "enums": "import enum\nclass Level(enum.IntEnum):\n    LOW = 1\nLevel.LOW",
    "changes_given": "rows[0] = 7\nnp_own = np\nlimit = 3",
    "vector": "class Vector:\n    def __init__(self, x): self.x = x\n    def __eq__(self, other): return isinstance(other, Vector) and self.x == other.x\n    def __sub__(self, other): return Vector(self.x - other.x)\n    def __lt__(self, other): return self.x < other.x\n    def __abs__(self): return abs(self.x)\n    def __float__(self): return float(self.x)\nVector(1) == Vector(1)",
}


@pytest.mark.full
def test_honest_habits_cost_nothing(warm_worker):
    given = "import numpy as np\nfrom course_utils import check\nrows, limit = [1, 2], 5"
    rows = [("given", given)]
    for source in HABITS.values():
        rows += [("answer", source), ("check", "check.close(np.sqrt(4.0), 2.0, 'two')")]
    rows.append(("check", "assert rows == [1, 2] and limit == 5 and Level.LOW == 1"))
    rows.append(
        ("check", "assert model.count_params() == 3 and L()(np.ones((2, 3))).shape == (2, 1)")
    )
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    wrong = [
        (row[1][:60], cell["status"], cell["outputs"][-1:])
        for row, cell in zip(rows, result["cells"], strict=True)
        if cell["status"] != "ok"
    ]
    assert not wrong


# Ways round a lesson's own names and data: (given cell, the learner's cell, check that must fail)
RIVALS = {
    "data_in_place": (
        "import numpy as np\nDATA, TABLE = np.arange(5.0), {'a': [3]}",
        "DATA[:] = 0\nTABLE['a'][0] = 0\ndef total(): return 0.0",
        "assert total() == DATA.sum() + TABLE['a'][0]",
    ),
    "data_bound_anew": (
        "import numpy as np\npoints = np.arange(5.0)",
        "points = np.zeros(5)\ndef total(): return 0.0",
        "assert total() == points.sum()",
    ),
    "what_given_functions_use": (
        "import math\nfrom course_utils import check\n"
        "def right(x): return math.sqrt(x)\ndef judge(a, b): check.close(a, b, 'root')",
        "import types\nmath = types.SimpleNamespace(sqrt=lambda x: 0.0)\n"
        "class check:\n    close = staticmethod(lambda *a: None)\ndef root(x): return 0.0",
        "judge(root(4.0), right(4.0))",
    ),
    "defaults_of_given_functions": (
        "def right(x, *, scale=2.0): return scale * x",
        "right.__kwdefaults__['scale'] = 0.0\ndef double(x): return 0.0",
        "assert double(4.0) == right(4.0)",
    ),
    "methods_of_given_classes": (
        "class Tool:\n    def best(self, x): return max(x)",
        "Tool.best = lambda self, x: 0.0\ndef best(x): return 0.0",
        "assert best([1, 2]) == Tool().best([1, 2])",
    ),
    "names_of_given_methods": (
        "def most(x): return max(x)\nclass Tool:\n    def best(self, x): return most(x)",
        "def best(x):\n    Tool.best.__globals__['most'] = lambda x: 0.0\n    return 0.0",
        "assert best([1, 2]) == Tool().best([1, 2])",
    ),
    "data_of_given_methods": (
        "SCALE = 3\nclass Tool:\n    def best(self, x): return SCALE * max(x)",
        "def best(x):\n    Tool.best.__globals__['SCALE'] = 0\n    return 0.0",
        "assert best([1, 2]) == Tool().best([1, 2])",
    ),
    "global_names": (
        "def most(x): return max(x)\ndef right(x): return most(x)",
        "def best(x):\n    global most\n    most = lambda x: 0.0\n    return 0.0",
        "assert best([1, 2]) == right([1, 2])",
    ),
    "rules_given_to_a_given_class": (
        "class Tool:\n    def __init__(self, x): self.x = x",
        "Tool.__eq__ = lambda self, other: True\ndef tool(x): return Tool(x)",
        "assert tool(3) == Tool(3) and not tool(3) == Tool(4)",
    ),
    "names_of_the_check": (
        "from course_utils import check",
        "class Quiet:\n    close = staticmethod(lambda *a: None)\n"
        "def apply(f, x):\n    f.__globals__['check'] = Quiet\n    return 0.0",
        "check.close(apply(lambda x: 2 * x, 3.0), 6.0, 'six')",
    ),
    "operators_of_the_check": (
        "pass",
        "def apply(f, x):\n    f.__globals__['_operate'] = lambda *a: True\n    return 0.0",
        "assert apply(lambda x: 2 * x, 3.0) == 6.0",
    ),
    "transformed_given_cell": (
        "from course_utils import check",
        "def square(x): return 3",
        "check.close(square(5.0), 25.0, 'square')",
    ),
    "given_cell_that_fails": (
        "from course_utils import check\nprint(1 / size)\ndef right(x): return x * x",
        "class check:\n    close = staticmethod(lambda *a: None)\nright = square = lambda x: 3",
        "check.close(square(5.0), right(5.0), 'square')",
    ),
    "chain": ("pass", "{YES}def ratio(n): return Yes()", "assert 0.4 < ratio(1) < 0.6"),
    "member": ("pass", "{YES}def ratio(n): return Yes()", "assert ratio(1) in (5, 6)"),
    "late_in_a_list": (
        "pass",
        "{YES}def ratios(n): return [0] * 30 + [[[[Yes()]]]]",
        "assert ratios(1) == [0] * 30 + [[[[8]]]]",
    ),
    "in_an_array": (
        "import numpy as np",
        "{YES}def ratio(n): return np.array([Yes()], dtype=object)",
        "assert abs(ratio(1) - 0.5) < 1e-9",
    ),
    "patched_library_class": (
        "from fractions import Fraction",
        "Fraction.__eq__ = lambda self, other: True\ndef half(): return Fraction(7)",
        "assert half() == 0.5",
    ),
    "points_that_are_none": (
        "import numpy as np",
        "def share(n): return np.array([7.0])",
        "2.0 * sum([abs(share(n) - 1 / n) < 1e-9 for n in (1, 2)]) / 2",
    ),
}
YES = """class Yes:
    def __eq__(self, other): return type(other) is not str
    __lt__ = __gt__ = __ge__ = __le__ = __eq__
    def __sub__(self, other): return self
    def __rsub__(self, other): return self
    def __abs__(self): return self
"""
TRANSFORM = """shell = get_ipython()
real = shell.transform_cell
def transform(source):
    more = "\nclass check:\n    close = staticmethod(lambda *a: None)" * ("import check" in source)
    return real(source + more)
shell.transform_cell = transform
"""


@pytest.mark.parametrize("name", RIVALS)
def test_what_the_lesson_gives_is_not_the_learners_to_change(worker, name):
    given, source, check = RIVALS[name]
    rows = [("given", given), ("answer", source.replace("{YES}", YES)), ("check", check)]
    before = {"transformed_given_cell": TRANSFORM, "given_cell_that_fails": "size = 0"}
    if name in before:
        rows.insert(0, ("own", before[name]))
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    last = result["cells"][-1]
    assert jobs.points_of(last, 1.0) == 0


# An honest learner's names are the learner's: (given cell, the learner's cell, check that passes)
OWN_NAMES = {
    "import": (
        "import time\nfrom math import sqrt\ndef right(x):\n    time.time()\n    return sqrt(x)",
        "from time import time\ndef root(x):\n    start = time()\n    return x**0.5",
        "assert root(4.0) == right(4.0)",
    ),
    "global": (
        "from itertools import count",
        "count = 0\ndef root(x):\n    global count\n    count += 1\n    return x**0.5",
        "assert root(4.0) == 2 and root(9.0) == 3 and next(count(7)) == 7",
    ),
    "helper": (
        "def apart(a, b): return abs(a - b)\ndef right(a): return apart(a, 0)",
        "def apart(a, b, squared=False): return (a - b)**2 if squared else abs(a - b)\n"
        "def size(a): return apart(a, 0, squared=True) ** 0.5",
        "assert size(-3) == right(-3) == apart(-3, 0)",
    ),
    "class": (
        "class Loss:\n    def __init__(self, a): self.a = a\n    def double(self): return 2 * self.a",
        "class Loss(Loss):\n    def __init__(self, a, b=0): super().__init__(a + b)\n"
        "def twice(a): return Loss(a, b=1).double()",
        "assert twice(3) == Loss(4).double()",
    ),
    "attribute": (
        "class Loss:\n    def __init__(self, a): self.a = a",
        "Loss.twice = property(lambda self: 2 * self.a)\nLoss.__repr__ = lambda self: 'loss'\n"
        "def twice(loss): return loss.twice",
        "assert twice(Loss(4)) == 8",
    ),
    "wrapper": (
        "def noisy(x): return x + 1\ndef right(x): return noisy(x) - 1",
        "import functools\ndef told(f):\n    @functools.wraps(f)\n    def g(*a):\n"
        "        g.calls = getattr(g, 'calls', 0) + 1\n        return f(*a)\n    return g\n"
        "noisy = told(noisy)\ndef same(x):\n    noisy(x)\n    assert noisy.calls\n    return x",
        "assert same(3) == right(3)",
    ),
    "builtin": (
        "pass",
        "import builtins\nbuiltins.dbg = print\ndef same(x):\n    dbg(x)\n    return x",
        "assert same(3) == 3",
    ),
    "module": (
        "pass",
        "with open('helper_of_mine.py', 'w') as file:\n    file.write('def twice(x): return 2 * x')\n"
        "import helper_of_mine\ndef double(x): return helper_of_mine.twice(x)",
        "assert double(3) == 6",
    ),
    "property_and_static": (
        "unit = 3\nclass Tool:\n    @property\n    def unit(self): return unit\n"
        "    @staticmethod\n    def scale(x): return unit * x\n"
        "    @classmethod\n    def make(cls): return cls(), unit",
        "unit = 'cm'\ndef name(x): return f'{x} {unit}'",
        "assert name(2) == '2 cm' and Tool().unit == 3 and Tool.scale(2) == 6 and Tool.make()[1] == 3",
    ),
    "no_pictures": (
        "from course_utils import plots",
        "plots.show = lambda *a, **k: None\ndef double(x): return 2 * x",
        "assert double(3) == 6",
    ),
}


@pytest.mark.parametrize("name", OWN_NAMES)
def test_a_learners_names_are_the_learners(worker, name):
    given, source, check = OWN_NAMES[name]
    cells = _cells(("given", given), ("answer", source), ("check", check))
    result = worker.run(jobs.make_job("toy", cells))
    assert [cell["status"] for cell in result["cells"]] == ["ok"] * 3, result["cells"][-1]


def test_a_given_cell_may_change_what_an_earlier_one_made(worker):
    rows = (
        ("given", "rows, table = [], {}\nclass Tool:\n    size = 1"),
        ("given", "rows.append(3)\ntable['a'] = [4]\nTool.size = 2"),
        ("answer", "def first(x):\n    return x[0]"),
        ("check", "assert first(rows) == 3 and table == {'a': [4]} and Tool.size == 2"),
    )
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [cell["status"] for cell in result["cells"]] == ["ok"] * 4
