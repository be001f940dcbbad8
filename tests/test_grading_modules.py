"""Checks that are functions of ``course_utils.checks``: as fair and as strict as those in cells."""

from pathlib import Path

import pytest

from course_utils.grading.host import execution
from course_utils.grading.intake import jobs
from tests import hostile, toy_course
from tests.test_grading_execution import HABITS

pytestmark = pytest.mark.xdist_group("modules")
HOSTILE = Path(hostile.__file__).with_name("toy_checks.py").read_text()
# what lessons' modules do with learners' objects; other_checks imports it
CHECKS = '''
import functools
import numpy as np
from course_utils import check

STEPS, TABLE = (1, 2, 3), {"a": [1.0, 2.0], "f": np.mean}


@functools.cache
def oracle(n):
    return 2.0 * n


def check_twice(double, x):
    """By way of check.call: on a copy, errors in words."""
    x = np.asarray(x, dtype=float)
    check.close(check.call(double, x), 2 * x, "twice", mistakes={"not doubled.": x})


def check_items(make, n):
    """Of a generator."""
    items = [item for item in check.call(make, n)]
    check.require(items == list(range(n)), f"the items are {items}.")


def check_direct(double, rounds=3):
    """Called as it is, in a comprehension, with a double of the check's own that is called back."""
    seen = []

    def note(value):
        seen.append(value)
        return value

    assert all(double(note(k)) == oracle(k) for k in range(rounds))
    assert len(seen) - rounds == 0 and 0 <= sum(seen) < 100


def check_class(kind):
    """A class of the learner's, and what one of its objects does."""
    box = check.call(kind, 3)
    check.require(box.size == 3 and box.double() - 6 == 0, "the box")
    check.require(not hasattr(box, "other"), "the box")


def check_root(root, x):
    """Partial credit."""
    return sum(abs(root(v) - v**0.5) < 1e-9 for v in x) / len(x)
'''
MORE = '''
from course_utils.checks import toy
from course_utils.checks.toy import check_twice

def check_both(double):
    """Another module's checks."""
    check_twice(double, [1.0])
    toy.check_direct(double)
'''
# with Keras and TensorFlow
MODELS = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from course_utils import check


def check_model(build):
    model = check.model(build, 3, takes=(3,), gives=(2,), parameters=8)
    x = np.ones((4, 3), "float32")
    kernel, bias = model.get_weights()
    check.close(np.asarray(model(x)), x @ kernel + bias, "what it computes")


def check_tensors(square):
    x = np.array([[1.0, -2.0], [3.0, 0.5]])
    traced = check.trace(square, x)
    check.close(traced.value, x**2, "the square")
    check.close(traced.gradients()[0], 2 * x, "its gradient")
    for values in check.compiled(square, (None, 2)):
        check.require(values.shape[1] == 2 and (values >= 0).all(), "compiled")
"""


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def worker(patch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    toy_course.add_checks(patch, folder, toy=CHECKS, other=MORE)
    with execution.Worker(toy_course.working_sandbox(), warm=False) as worker:
        yield worker


@pytest.fixture(scope="module")
def hostile_worker(patch, tmp_path_factory):
    toy_course.add_checks(patch, tmp_path_factory.mktemp("hostile"), toy=HOSTILE)
    with execution.Worker(toy_course.working_sandbox(), warm=False) as worker:
        yield worker


def _cells(*rows) -> list[dict]:
    return [
        {"id": f"c{i}", "source": text, "role": role, "points": 1.0 if role == "check" else None}
        for i, (role, text) in enumerate(rows)
    ]


GIVEN = "import numpy as np\nfrom course_utils.checks import other, toy"
# (the learner's cell, a check that it passes)
HONEST = {
    "a function": ("def double(x):\n    return 2 * x", "toy.check_twice(double, [1, 2])"),
    "a helper and a constant": (
        "TWO = 2\nnp_own = np\ndef times(x, n): return n * np_own.asarray(x)\n"
        "def double(x):\n    global TWO\n    TWO = TWO + 0\n    return times(x, TWO)",
        "toy.check_twice(double, [1, 2])",
    ),
    "the check's names": (
        "toy = 3\nother = check = oracle = note = None\ndef double(x):\n    return 2 * x + 0 * toy",
        "toy.check_twice(double, [1, 2])\nother.check_both(double)",
    ),
    "a generator": (
        "def items(n):\n    k = 0\n    while k < n:\n        yield k\n        k += 1",
        "toy.check_items(items, 4)\ntoy.check_items(items, 0)",
    ),
    "a closure with a memory": (
        "from functools import lru_cache\n@lru_cache\ndef double(x):\n    return x + x",
        "toy.check_direct(double)",
    ),
    "a class": (
        "class Box:\n    def __init__(self, size): self.size = size\n"
        "    def double(self): return 2 * self.size\n    def __repr__(self): return 'box'",
        "toy.check_class(Box)",
    ),
    "a dataclass": (
        "from dataclasses import dataclass\n@dataclass(order=True)\nclass Box:\n    size: int\n"
        "    def double(self): return self.size * 2",
        "toy.check_class(Box)",
    ),
    "part of the points": ("def root(x):\n    return x**0.5", "1.0 * toy.check_root(root, [4, 9])"),
    "NumPy's old names": (
        "np.float = float\nnp.int = int\ndef double(x):\n    return np.float(2) * x",
        "toy.check_twice(double, [1.0])",
    ),
    "patches what is none of it": (
        "import builtins, functools, unittest.mock\n"
        "builtins.print = functools.partial(print, flush=True)\nbuiltins.log = []\n"
        "def double(x):\n    with unittest.mock.patch('builtins.print'):\n        print(x)\n"
        "    log.append(x)\n    return 2 * x",
        "toy.check_twice(double, [1.0])\ntoy.check_direct(double)",
    ),
    "prints and warns": (
        "import sys, warnings\ndef double(x):\n    print(x, file=sys.stderr)\n    print(x)\n"
        "    warnings.warn('careful')\n    return 2 * x",
        "toy.check_twice(double, [1.0])\ntoy.check_direct(double)",
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_earns_its_points(worker, name):
    source, check = HONEST[name]
    cells = _cells(("given", GIVEN), ("answer", source), ("check", check), ("check", check))
    result = worker.run(jobs.make_job("toy", cells))
    assert [cell["status"] for cell in result["cells"]] == ["ok"] * 4, result["cells"]
    assert [jobs.points_of(cell, 1.0) for cell in result["cells"][2:]] == [1.0, 1.0]


# (the learner's cell, a check that fails, what the learner is told)
WRONG = {
    "a known mistake": ("def f(x): return x", "toy.check_twice(f, [3.0])", "twice: not doubled."),
    "in place": (
        "def f(x):\n    x *= 2\n    return x",
        "toy.check_twice(f, [3.0])",
        "The argument `x` of `f` was changed in place.",
    ),
    "an error": ("def f(x): return x.nonsense", "toy.check_twice(f, [3.0])", "`f` stops with Attr"),
    "a bare error": ("def f(x): return 1 / 0", "toy.check_direct(f)", "division by zero"),
    "in a generator": (
        "def f(n):\n    yield 0\n    raise KeyError('one')",
        "toy.check_items(f, 3)",
        "`f` stops with KeyError",
    ),
    "a stub": ("def f(x): raise NotImplementedError", "toy.check_twice(f, [3.0])", ""),
    "nothing": ("def f(x): pass", "toy.check_twice(f, [3.0])", "Is the `return` missing?"),
    "no function": ("f = 3", "toy.check_twice(f, [3.0])", "is no function"),
    "a bare comparison": ("def f(x): return 3", "toy.check_direct(f)", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told(worker, name):
    source, check, words = WRONG[name]
    cells = _cells(("given", GIVEN), ("answer", source), ("check", check), ("check", "1.0"))
    result = worker.run(jobs.make_job("toy", cells))
    error = result["cells"][2]["outputs"][-1]
    assert words in error["evalue"]
    assert result["cells"][3]["value"] == 1.0
    kinds = {"a stub": "NotImplementedError", "a bare error": "ZeroDivisionError"}
    assert error["ename"] == kinds.get(name, "AssertionError" if words == "" else "CheckError")


def test_a_learners_process_has_no_checks_and_says_so(worker):
    look = "import os\nimport course_utils as c\nprint(c.__file__)\n"
    look += "print(os.listdir(os.path.dirname(c.__file__) + '/checks'))"
    use = "from course_utils.checks import toy\ntoy.check_twice(lambda x: 2 * x, 1)"
    result = worker.run(jobs.make_job("toy", _cells(("own", look), ("own", use))))
    shown, error = (cell["outputs"][-1] for cell in result["cells"])
    assert shown["text"] == "/course/course_utils/__init__.py\n[]\n"
    assert error["ename"] == "CheckError"
    assert "course_utils.checks.toy.check_twice is not here" in error["evalue"]


def test_a_module_that_cannot_be_loaded_stops_nobody_else(tmp_path, monkeypatch):
    broken = "import nothing_of_that_name\n"
    toy_course.add_checks(monkeypatch, tmp_path, toy=CHECKS, other=MORE, broken=broken)
    with execution.Worker(toy_course.working_sandbox(), warm=False) as worker:
        source, check = HONEST["a function"]
        rows = [("given", GIVEN), ("answer", source), ("check", check)]
        rows.append(("given", "from course_utils.checks import broken"))
        rows += [("check", "broken.check(double)"), ("check", check)]
        result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [cell["status"] for cell in result["cells"]] == ["ok"] * 4 + ["error", "ok"]
    assert "nothing_of_that_name" in result["cells"][4]["outputs"][-1]["evalue"]


# ---- answers that try to be right without being right ----------------------------------------


def _earned(worker, source: str, module: bool) -> list[str]:
    source = source.replace("$COURSE", "/nowhere").replace("$PORT", "1")
    cells = hostile.cells(source, module=module)
    result = worker.run(jobs.make_job("toy", cells, hostile.LIMITS))
    checks = [cell for cell in result["cells"] if cell["id"].startswith("check_")]
    return [cell["id"] for cell in checks if jobs.points_of(cell, 2.0)]


@pytest.mark.parametrize("module", [False, True])
def test_right_answers_earn_all_points(hostile_worker, module):
    assert _earned(hostile_worker, hostile.RIGHT, module) == list(hostile.CHECKS)


@pytest.mark.parametrize("name", hostile.ANSWERS)
def test_an_answer_that_is_not_right_earns_nothing(hostile_worker, name):
    assert _earned(hostile_worker, hostile.ANSWERS[name], module=True) == ["check_double"]


# ---- with Keras ------------------------------------------------------------------------------

LEARNERS = {
    "build": """\
def build(n):
    return keras.Sequential([keras.Input((n,)), keras.layers.Dense(2)])""",
    "build by class": """\
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)
    def call(self, x, training=False):
        return self.dense(x)
def build(n):
    net = Net()
    net(np.zeros((1, n)))
    return net""",
    "square": "def square(x):\n    return keras.ops.square(x)",
    "compiled square": "@tf.function\ndef square(x):\n    return x * x",
}


@pytest.fixture(scope="module")
def warm_worker(patch, tmp_path_factory):
    toy_course.add_checks(patch, tmp_path_factory.mktemp("warm"), toy=CHECKS, models=MODELS)
    with execution.Worker(toy_course.working_sandbox()) as worker:
        yield worker


@pytest.mark.full
def test_models_and_tensors_of_honest_learners(warm_worker):
    given = "import keras\nimport numpy as np\nimport tensorflow as tf\n"
    rows = [("given", given + "from course_utils.checks import models, toy")]
    checks = {"build": "check_model(build)", "square": "check_tensors(square)"}
    for name, source in LEARNERS.items():
        kind = next(kind for kind in checks if kind in name)
        rows += [("answer", source), ("check", f"models.{checks[kind]}")]
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    wrong = [c for c in result["cells"] if c["status"] != "ok"]
    assert not wrong


@pytest.mark.full
def test_a_model_is_what_it_computes_not_what_it_says(warm_worker):
    lie = LEARNERS["build by class"].replace("layers.Dense(2)", "layers.Dense(2, use_bias=False)")
    lie = lie.replace("def build", "    def count_params(self):\n        return 8\ndef build")
    given = "import keras\nimport numpy as np\nfrom course_utils.checks import models"
    rows = ("given", given), ("answer", lie), ("check", "models.check_model(build)")
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    assert "has 6 parameters, expected 8" in result["cells"][2]["outputs"][-1]["evalue"]


@pytest.mark.full
def test_honest_habits_beside_the_modules_cost_nothing(warm_worker):
    given = (
        "import numpy as np\nfrom course_utils import check\nfrom course_utils.checks import toy"
    )
    rows = [("given", given + "\nrows, limit = [1, 2], 5")]
    for source in HABITS.values():
        rows += [("answer", source), ("check", "toy.check_twice(lambda x: 2 * x, [1.0])")]
        rows.append(("check", "toy.check_root(np.sqrt, [4.0])"))
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    wrong = [c for c in result["cells"] if c["status"] != "ok"]
    assert not wrong
