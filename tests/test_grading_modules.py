"""Checks that are functions of ``course_utils.checks``: as fair and as strict as those in cells."""

import shutil
from pathlib import Path

import pytest

from course_utils.grading import execution, jobs
from tests import hostile, toy_course
from tests.hostile import modules
from tests.test_grading_execution import HABITS
from tests.test_grading_hostile import RIGHT

pytestmark = pytest.mark.xdist_group("modules")
TOY = "course_utils.checks.toy"
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
    check.require(isinstance(box, kind) and not hasattr(box, "other"), "the box")


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
MODELS = '''
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from course_utils import check


class Half(layers.Layer):
    """A double of the check's own."""

    def call(self, x):
        return x / 2


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


def check_graph(branch):
    """AutoGraph reads the source of the learner's function, and of this module's."""
    graph = tf.function(lambda x: branch(x) if tf.reduce_sum(x) < 1e9 else x)
    check.close(graph(tf.constant([3.0])), [9.0], "the square, by tf.function")


def check_training(kind):
    """A subclass of keras.Model, built, trained and compiled by the check."""
    encoder = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model = check.call(kind, encoder, Half())
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    before = [w.copy() for w in encoder.get_weights()]
    logs = check.call(model.train_step, tf.ones((4, 3)))
    check.require(set(logs) == {"loss"}, "the logs")
    moved = [np.abs(a - b).max() for a, b in zip(before, encoder.get_weights(), strict=True)]
    check.require(min(moved) > 0, "no weight has moved")
    model.fit(np.ones((8, 3), "float32"), batch_size=4, verbose=0)
    check.require(model.count_params() == 8 and isinstance(model, keras.Model), "the model")
'''


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def worker(patch, tmp_path_factory):
    """A light one, which has the modules all the same."""
    folder = tmp_path_factory.mktemp("package")
    toy_course.add_checks(patch, folder, toy=CHECKS, other=MORE)
    more = (TOY, "course_utils.checks.other")
    with execution.Worker(toy_course.working_sandbox(), warm=more) as worker:
        yield worker


@pytest.fixture(scope="module")
def hostile_worker(patch, tmp_path_factory):
    toy_course.add_checks(patch, tmp_path_factory.mktemp("hostile"), toy=HOSTILE)
    with execution.Worker(toy_course.working_sandbox(), warm=(TOY,)) as worker:
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
    "looks at the module": (
        "import inspect\nprint(inspect.getsource(toy.check_twice))\nhelp(toy.check_items)\n"
        "def double(x):\n    return 2 * x",
        "toy.check_twice(double, [1.0])",
    ),
    "loads it again": (
        "import importlib\nimportlib.reload(other)\nother.check_both(lambda x: 2 * x)\n"
        "def double(x):\n    return 2 * x",
        "toy.check_twice(double, [1.0])\nother.check_both(double)",
    ),
    "runs the check in a cell": (
        "def double(x):\n    return x\ntry:\n    toy.check_twice(double, [1.0])\n"
        "except AssertionError as error:\n    print(error)\ndef double(x):\n    return x * 2.0\n"
        "%time toy.check_twice(double, [1.0])\ntoy.check_direct(double, rounds=4)",
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
    assert result["suspicions"] == []


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
def test_a_mistake_is_told_and_not_suspected(worker, name):
    source, check, words = WRONG[name]
    cells = _cells(("given", GIVEN), ("answer", source), ("check", check), ("check", "1.0"))
    result = worker.run(jobs.make_job("toy", cells))
    error = result["cells"][2]["outputs"][-1]
    assert words in error["evalue"] and result["suspicions"] == []
    assert result["cells"][3]["value"] == 1.0
    kinds = {"a stub": "NotImplementedError", "a bare error": "ZeroDivisionError"}
    assert error["ename"] == kinds.get(name, "AssertionError" if words == "" else "CheckError")


def test_the_sandbox_has_this_package(worker):
    """Not one that is installed: its files are where the worker put them."""
    look = "import course_utils as c\nfrom course_utils.checks import toy as t\n"
    look += "print(c.__file__, t.__file__)"
    result = worker.run(jobs.make_job("toy", _cells(("own", look))))
    files = "/course/course_utils/__init__.py /course/course_utils/checks/toy.py\n"
    assert result["cells"][0]["outputs"][0]["text"] == files


def test_what_is_put_back_is_whole_again(worker):
    """A trick is undone before the next cell of the lesson's, so that others lose nothing."""
    trick = (
        "toy.STEPS, toy.TABLE['a'][:] = (9,), [0.0]\ntoy.TABLE['f'] = None\n"
        "toy.check_twice = toy.oracle = toy.sum = lambda *a, **k: 0"
    )
    look = "assert toy.STEPS == (1, 2, 3) and toy.TABLE == {'a': [1.0, 2.0], 'f': np.mean}"
    rows = [("given", GIVEN), ("answer", f"{trick}\ndef double(x): return 2 * x")]
    rows += [("check", look), ("check", "toy.check_direct(double)\ntoy.check_twice(double, [1.0])")]
    result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [cell["status"] for cell in result["cells"]] == ["ok"] * 4
    told = {s["what"] for s in result["suspicions"] if s["id"] == "c2"}
    assert told == {
        f"{TOY}.{what}"
        for what in (
            "STEPS was replaced", "TABLE was changed", "check_twice was replaced",
            "oracle was replaced", "sum was put before the builtin",
        )
    }  # fmt: skip


def test_a_module_that_cannot_be_loaded_stops_nobody_else(tmp_path, monkeypatch):
    broken = "import nothing_of_that_name\n"
    toy_course.add_checks(monkeypatch, tmp_path, toy=CHECKS, other=MORE, broken=broken)
    shutil.rmtree(tmp_path / "course_utils" / "checks" / "__pycache__", ignore_errors=True)
    names = (TOY, "course_utils.checks.other", "course_utils.checks.broken")
    with execution.Worker(toy_course.working_sandbox(), warm=names) as worker:
        source, check = HONEST["a function"]
        rows = [("given", GIVEN), ("answer", source), ("check", check)]
        rows.append(("given", "from course_utils.checks import broken"))
        result = worker.run(jobs.make_job("toy", _cells(*rows)))
    assert [cell["status"] for cell in result["cells"]] == ["ok", "ok", "ok", "error"]


# ---- tricks ----------------------------------------------------------------------------------


def _gained(result: dict) -> list[str]:
    """Checks with points that no suspicion holds back."""
    odd = {one["id"] for one in result["suspicions"]}
    checks = [c for c in result["cells"] if c["id"].startswith("check_") and c["id"] not in odd]
    if odd & {"", "square"}:  # a suspicion about a cell concerns all checks after it
        checks = [cell for cell in checks if cell["id"] == "check_double"]
    return [cell["id"] for cell in checks if jobs.points_of(cell, 2.0)]


def _run(worker, source: str) -> dict:
    source = source.replace("$COURSE", "/nowhere").replace("$PORT", "1")
    cells = hostile.cells(source, module=True)
    return worker.run(jobs.make_job("toy", cells, hostile.LIMITS))


def test_the_checks_of_the_hostile_class_pass_honest_work(hostile_worker):
    result = _run(hostile_worker, RIGHT)
    assert _gained(result) == list(hostile.MODULE_CHECKS) and result["suspicions"] == []


@pytest.mark.parametrize("name", modules.KINDS)
def test_whoever_changes_the_checks_earns_nothing(hostile_worker, name):
    assert _gained(_run(hostile_worker, modules.KINDS[name])) == ["check_double"]


@pytest.mark.full
def test_tricks_against_checks_in_cells_earn_nothing_either(hostile_worker):
    gained = {name: _gained(_run(hostile_worker, text)) for name, text in hostile.KINDS.items()}
    assert {name: checks for name, checks in gained.items() if checks != ["check_double"]} == {}


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
    "branch": """\
def branch(x):
    if tf.reduce_sum(x) > 1e9:
        return x
    total = tf.zeros_like(x)
    for _ in tf.range(1):
        total += x * x
    return total""",
    "Auto": """\
class Auto(keras.Model):
    def __init__(self, encoder, decoder, weight=helper(1.0)):
        super().__init__()
        self.encoder, self.decoder, self.weight = encoder, decoder, weight
    def call(self, x):
        return self.decoder(self.encoder(x))
    def train_step(self, x):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.ops.square(self(x))) * self.weight
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        return {"loss": loss}""",
}


@pytest.fixture(scope="module")
def warm_worker(patch, tmp_path_factory):
    toy_course.add_checks(patch, tmp_path_factory.mktemp("warm"), toy=CHECKS, models=MODELS)
    with execution.Worker(toy_course.working_sandbox()) as worker:
        yield worker


@pytest.mark.full
def test_models_and_tensors_of_honest_learners(warm_worker):
    given = "import keras\nimport numpy as np\nimport tensorflow as tf\n"
    given += "from course_utils.checks import models, toy"
    rows = [("given", given), ("given", "def helper(x):\n    return 1.0 * x")]
    checks = {"build": "check_model(build)", "square": "check_tensors(square)"}
    checks["branch"] = "check_graph(branch)"
    for name, source in LEARNERS.items():
        kind = next((kind for kind in checks if kind in name), "")
        rows += [
            ("answer", source),
            ("check", f"models.{checks.get(kind, 'check_training(Auto)')}"),
        ]
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    wrong = [c for c in result["cells"] if c["status"] != "ok"]
    assert not wrong and result["suspicions"] == []


@pytest.mark.full
def test_a_model_that_lies_about_itself_is_seen(warm_worker):
    lie = LEARNERS["build by class"].replace("layers.Dense(2)", "layers.Dense(2, use_bias=False)")
    lie = lie.replace("def build", "    def count_params(self):\n        return 8\ndef build")
    given = "import keras\nimport numpy as np\nfrom course_utils.checks import models"
    rows = ("given", given), ("answer", lie), ("check", "models.check_model(build)")
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    assert "the model Net has its own count_params" in str(result["suspicions"])


@pytest.mark.full
def test_honest_habits_beside_the_modules_raise_no_suspicion(warm_worker):
    given = (
        "import numpy as np\nfrom course_utils import check\nfrom course_utils.checks import toy"
    )
    rows = [("given", given + "\nrows, limit = [1, 2], 5")]
    for source in HABITS.values():
        rows += [("answer", source), ("check", "toy.check_twice(lambda x: 2 * x, [1.0])")]
        rows.append(("check", "toy.check_root(np.sqrt, [4.0])"))
    result = warm_worker.run(jobs.make_job("toy", _cells(*rows)))
    wrong = [c for c in result["cells"] if c["status"] != "ok"]
    assert not wrong and result["suspicions"] == []
