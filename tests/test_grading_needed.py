"""Which cells grading may leave out, and that this decides nothing."""

import re

import pytest

from course_utils.authoring.sources import find_sources
from course_utils.grading.intake import needed
from tests import bank

SLUGS = [path.stem for path in find_sources(bank.ROOT / "solutions")]
BEFORE = ("given", "import numpy as np\nx = np.arange(4)\nrows = []")


def left_out(*cells):
    """Sources of the cells that are left out, of (role, source) pairs."""
    job = [{"id": str(i), "role": r, "source": s} for i, (r, s) in enumerate([BEFORE, *cells])]
    return [cell["source"] for cell in job if cell["id"] in needed.unneeded(job)]


ANSWER = ("answer", "def double(a):\n    return 2 * a")


@pytest.mark.parametrize(
    "source",
    [
        "model = train()",
        "figure = plot(double(x))\nfigure.show()",
        "np.add(x, 1)",  # a module's function changes no object of the lesson's
        "for k in x:\n    print(k)",
    ],
)
def test_training_and_figures_that_nobody_uses_are_left_out(source):
    assert left_out(ANSWER, ("given", source), ("check", "assert double(2) == 4")) == [source]


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("limit = 3", "assert double(1) < limit"),
        ("def helper(): return 2", "def check(): return double(1) == helper()\nassert check()"),
        ("class Net: ...", "def check(net: Net): ...\ncheck(None)"),
        ("from math import pi", "assert double(pi) > 6"),
        ("rows.append(1)", "assert rows"),
        ("x[0] = 5", "assert double(x)[0] == 10"),
        ("x.flags.writeable = False", "double(x)"),
        ("x += 1", "double(x)"),
        ("del x", "double(x)"),
        ("def hide():\n    global limit\n    limit = 1\nhide()", "assert limit"),
        ("with open('f') as file:\n    text = file.read()", "assert text"),
        ("if x.any():\n    most = 3", "assert most == 3"),
        ("(a, *others), b = (1, 2), 3", "assert others"),
        ("known = [1]", "assert [k for k in known]"),
        ("known = [1]", "assert (lambda: known)()"),
        ("known = [1]", "if False:\n    known = 2\nassert known"),
        ("known = [1]", "for known in []: ...\nassert known"),
        ("known = [1]", "known = known + [2]"),
        ("known = [1]", "try:\n    pass\nfinally:\n    print(known)"),
        ("known = [1]", "f'{known}'"),
    ],
)
def test_whatever_a_check_uses_is_kept(source, use):
    assert left_out(ANSWER, ("given", source), ("check", use)) == []


def test_a_name_that_the_check_binds_itself_is_not_taken_from_outside():
    check = "rng = 1\nfor row in [rng]:\n    print(row)\nwith a() as file:\n    file.read()"
    unused = "rng = 2; row = 3; file = 4"
    assert left_out(ANSWER, ("given", unused), ("check", "def a(): ...\n" + check)) == [unused]


def test_needed_cells_need_others():
    chain = [("given", "first = 1"), ("given", "second = first + 1"), ("given", "third = second")]
    assert left_out(ANSWER, *chain, ("check", "assert second")) == ["third = second"]


def test_what_a_function_changes_is_changed_by_calling_it():
    filling = [
        ("given", "def put(k):\n    known[k] = 1\n\ndef fill():\n    put(3)\nknown = {}"),
        ("given", "def nothing(other):\n    other[0] = 2\nnothing({})"),
        ("given", "fill()\ny = 1"),
    ]
    assert left_out(ANSWER, *filling, ("check", "assert known[3]")) == [filling[1][1]]


def test_a_module_is_not_changed_by_calling_what_it_holds():
    cells = [("given", "import numpy as np"), ("given", "def put(x):\n    return np.sort(x)")]
    cells += [ANSWER, ("given", "y = put([2, 1])"), ("check", "assert np.sum(1) == double(0.5)")]
    assert "y = put([2, 1])" in left_out(*cells)


def test_a_learners_own_cell_keeps_what_it_uses():
    trained = ("given", "model = train()")
    assert left_out(ANSWER, trained, ("own", "model.predict(x)")) == []
    assert left_out(("answer", "def double(a):\n    return model(a)"), trained) == []


@pytest.mark.parametrize(
    "trick",
    [
        "exec('y = model')",
        "globals()['model']",
        "%time exec('y = mod' + 'el')",
        "%time \uff45xec('y = mod' + 'el')",  # Python reads the wide letter as an e
        "%time %run other.py",
        "%%capture\n%run other.py",
        "%run other.py",
        "run other.py",
        "%load_ext mine",
        "get_ipython().run_line_magic(name, 'x')\n%matplotlib inline",
        "get_ipython().user_ns['model']\n!ls",
        9000 * "-" + "1",  # Python itself gives up
        "%matplotlib inline\ny = (1\n    / model)",  # no magic, but who knows
    ],
)
def test_a_learner_who_reaches_names_unseen_gets_all_cells(trick):
    assert left_out(ANSWER, ("given", "model = train()"), ("own", trick)) == []


@pytest.mark.parametrize("role", ["answer", "own"])
@pytest.mark.parametrize(
    "cell",
    [
        "def double(a:\n    return model",
        "print(model",
        "def",
        "%matplotlib inline",
        "%time double(x)",
        "y = %timeit -n 3 double(x)",
        "%%time\ny = double(x)\nprint(100 % 7)",
        "%%timeit\ndouble(x)",
        "%%capture out\nprint(double(x))",
        "%load_ext autoreload\n%autoreload 2",
        "%precision 3",
        "%config InlineBackend.figure_format = 'retina'",
        "!ls",
        "files = !ls *.py",
        "!pip install x",
        "double?",
        "'" + 20_000 * "x" + "'\n!ls",
        11 * "!ls\n",
        19_000 * ";",  # each is a magic
        "a note on the model",
    ],
)
def test_a_magic_or_a_broken_cell_does_not_bring_the_training_back(role, cell):
    trained = ("given", "model = train()")
    assert left_out(ANSWER, trained, (role, cell), ("check", "assert double")) == [trained[1]]


@pytest.mark.parametrize(
    "cell",
    [
        "%time model.predict(x)",
        "%time y = model",
        "time model.predict(x)",  # IPython takes a single line without %, too
        "%timeit -n 3 model(x)",
        "%%time\nmodel(x)",
        "%%capture\n%time model(x)",
        "def f():\n    %time model(x)",
        "!echo {model}",
        "model?",
        "%matplotlib inline\nmodel(x)",
        "%matplotlib inline\ny = model(x)  # right?",
        "%matplotlib inline\ny = [\n    1\n    % model\n]",
    ],
)
def test_what_a_magic_uses_is_kept(cell):
    unused = ("given", "other = train()")
    assert left_out(ANSWER, ("given", "model = train()"), unused, ("own", cell)) == [unused[1]]


def test_a_given_magic_is_always_run():
    assert left_out(ANSWER, ("given", "%time y = x"), ("given", "z = 1")) == ["z = 1"]


def test_plain_python_has_no_magics():
    assert needed.is_python("x = 1") and not needed.is_python("%time x = 1")
    assert not needed.is_python("def")
    assert needed.names_taken("def") == set()
    assert needed.names_taken("%time x") == {"time", "x"}


@pytest.mark.parametrize(
    "source", ["import math\nwarm_up()", "import math", "np.random.seed(0)", "np.options.a = 3"]
)
def test_what_sets_something_up_without_a_name_is_kept(source):
    assert left_out(("given", source), ANSWER, ("given", "y = 1")) == ["y = 1"]
    assert left_out(ANSWER, ("given", source), ("given", "y = 1")) == ["y = 1"]


@pytest.mark.parametrize(
    "picture",
    [
        "ax = plt.gca()\nax.plot(x)\nplots.show(ax)\nprint(x)",
        "def table():\n    return rows\ntable().round(2)",
        "pd.DataFrame(rows).T.round(3)",
    ],
)
def test_a_picture_before_the_first_exercise_is_left_out(picture):
    assert left_out(("given", picture), ANSWER) == [picture]


# a lesson of the light form: what imports, what trains, what is measured
LIGHT = {
    "imports": "# @title Imports\nimport numpy as np\nfrom course_utils.checks import toy\n"
    "from course_utils.training import fit, set_seed",
    "helper": "def network(n):\n    return Net(n)",
    "data": "points = np.arange(4)",
    "training": "set_seed(0)\nmodel = network(3)\nfit(model, points, epochs=2)",
    "numbers": "# @title Numbers that the text relies on\nreport('loss', model.loss)",
}
CHECK = (
    "# @title Check of double: run this cell\ntoy.check_double(double, {})\npassed('11', 'double')"
)


def _light(argument: str, *more: tuple[str, str], first=("imports", "helper", "data", "training")):
    """Names of a lesson's given cells that are left out; ``first`` stand before the exercise."""
    cells = [("given", LIGHT[name]) for name in first] + [ANSWER]
    cells += [("given", text) for name, text in LIGHT.items() if name not in first]
    gone = left_out(*cells, ("check", CHECK.format(argument)), *more)
    return {name for name, text in LIGHT.items() if text in gone}


def test_a_check_that_calls_functions_of_modules_needs_their_imports_alone():
    everything = {"helper", "data", "training", "numbers"}
    assert _light("2.0") == everything
    assert _light("2.0", first=("imports",)) == everything
    assert _light("points") == everything - {"data"}
    assert _light("[network(3)]") == everything - {"helper"}
    # a learner's own imports before the exercise make the lesson's come late
    assert _light("2.0", first=()) == everything


def test_what_a_model_was_trained_by_belongs_to_it():
    assert _light("2.0", ("own", "model.predict(points)")) == {"numbers"}
    before = "model = network(3)"
    for fit in ("fit(model, points, epochs=1)", "log = training.fit(model, points, epochs=1)"):
        rows = [("given", before), ANSWER, ("given", fit), ("own", "model.predict(3)")]
        assert left_out(*rows) == []
        assert left_out(*rows[:-1], ("own", "points[0]")) == [before, fit]
    assert left_out(ANSWER, ("given", "m = 1\nm.fit(x)"), ("check", "double(x)")) == [
        "m = 1\nm.fit(x)"
    ]


def test_a_learners_own_cell_keeps_a_picture():
    picture = "ax = plt.gca()\nax.plot(x)\nplots.show(ax)"
    assert left_out(("given", picture), ANSWER, ("own", "ax.set(title='mine')")) == []


@pytest.mark.parametrize("slug", SLUGS)
def test_a_lesson_trains_nothing_while_it_is_graded(slug):
    lesson = bank.read_lesson(bank.ROOT / "solutions" / slug / f"{slug}.py")
    roles = {"exercise": "answer", "check": "check"}
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    cells = [
        {"id": str(i), "source": c.source, "role": roles.get(c.kind, "given")}
        for i, c in enumerate(code)
    ]
    skip = needed.unneeded(cells)
    run = [c["source"] for c in cells if c["role"] == "given" and c["id"] not in skip]
    assert len(run) < len(skip)
    statements = re.compile(r"^(?!def |class |#)\S.*", re.MULTILINE)
    trains = re.compile(r"(\bfit|fit_seeds|train\w*|progress_bar|ProgressBar)\(")
    assert not [s for s in run if any(map(trains.search, statements.findall(s)))]
