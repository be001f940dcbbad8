"""Answers that are alike but for names and layout are named; short or different ones are not."""

import pytest

from course_utils import cli
from course_utils.grading.desk import alike, grade, insight
from tests import toy_course
from tests.bank import ROOT
from tests.toy_course import SLUG, scores, solved, submit

pytestmark = pytest.mark.xdist_group("toy")

STUB = '''
def shares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Shares of y in classes of x."""
    # YOUR CODE HERE
    raise NotImplementedError
'''
ANSWER = '''
def shares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Shares of y in classes of x."""
    kinds = np.unique(x, axis=0, return_index=False)
    totals: list[float] = []
    for kind in kinds:
        chosen = [b for a, b in zip(x, y) if np.all(a == kind)]
        totals.append(np.sum(chosen, axis=0, keepdims=False) / len(y))
    return np.asarray(totals)
'''
ALIKE = {
    "as it is": ANSWER,
    "other names": ANSWER.replace("kind", "sort").replace("totals", "res").replace("chosen", "c"),
    "other comments": ANSWER.replace("    for", "    # go through them\n\n    for"),
    "another docstring": ANSWER.replace("Shares of y in classes of x", "Mine"),
    "no docstring": ANSWER.replace('    """Shares of y in classes of x."""\n', ""),
    "no annotations": ANSWER.replace(": np.ndarray", "")
    .replace(" -> np.ndarray", "")
    .replace(": list[float]", ""),
    "keyword arguments in another order": ANSWER.replace(
        "axis=0, return_index=False", "return_index=False, axis=0"
    ).replace("axis=0, keepdims=False", "keepdims=False, axis=0"),
    "other parameters": ANSWER.replace("(x:", "(one:")
    .replace(" y:", " two:")
    .replace("(x,", "(one,")
    .replace("zip(one, y)", "zip(one, two)")
    .replace("len(y)", "len(two)"),
    "another layout": ANSWER.replace("np.unique(", "np.unique(\n        ").replace("    ", "  "),
    "exchanged names": ANSWER.replace("chosen", "@")
    .replace("totals", "chosen")
    .replace("@", "totals"),
}
DIFFERENT = {
    "another function of NumPy": ANSWER.replace("np.sum", "np.mean"),
    "another number": ANSWER.replace("axis=0, keep", "axis=1, keep"),
    "another way": """
def shares(x, y):
    kinds, where = np.unique(x, axis=0, return_inverse=True)
    sums = np.zeros((len(kinds), *y.shape[1:]))
    np.add.at(sums, where.ravel(), y)
    return sums / len(y) if len(y) else sums
""",
    "one name for two": ANSWER.replace("chosen", "kinds"),
    "a global of the notebook": ANSWER.replace("len(y)", "len(images)"),
}
SHORT = "def shares(x, y):\n    return np.bincount(x, weights=y, minlength=10) / len(y)\n"


def _groups(*sources: str, **options):
    answers = {f"s{number}": source for number, source in enumerate(sources)}
    return alike.groups("shares", answers, STUB, **options)


@pytest.mark.parametrize("how", ALIKE)
def test_what_is_left_aside_does_not_hide_that_answers_are_alike(how):
    assert _groups(ANSWER, ALIKE[how]) == [
        alike.Group("shares", ("s0", "s1"), public=False, told=True)
    ]
    assert _groups(ALIKE[how], public=ANSWER) == [
        alike.Group("shares", ("s0",), public=True, told=True)
    ]


@pytest.mark.parametrize("how", DIFFERENT)
def test_really_different_answers_are_not_alike(how):
    assert _groups(ANSWER, DIFFERENT[how], public=STUB) == []
    assert _groups(DIFFERENT[how], DIFFERENT[how]), "the answer itself is long enough"


def test_own_names_are_followed_into_classes_and_calls():
    one = '''
class Box(keras.Model):
    """A box."""
    def __init__(self, width, depth=2):
        super().__init__()
        self.width = width
        self.inner = layers.Dense(units=width, activation="relu")

    def call(self, x):
        return measure(points=self.inner(x), scale=self.width) + x.shape[0]

def measure(points, scale):
    global total
    total = 0
    try:
        return points * scale
    except ValueError as problem:
        raise TypeError from problem
'''
    other = one
    for old, new in (("width", "w"), ("inner", "dense"), ("points", "p"), ("scale", "s")):
        other = other.replace(old, new)
    other = other.replace("measure", "mine").replace("problem", "e").replace("total", "t")
    other = other.replace("mine(p=self.dense(x), s=self.w)", "mine(s=self.w, p=self.dense(x))")
    assert alike.form(one)[0] == alike.form(other)[0]
    # what keras calls a thing is no name of one's own
    assert alike.form(one)[0] != alike.form(other.replace("units=w", "use_bias=w"))[0]
    assert alike.form(one)[0] != alike.form(other.replace("x.shape", "x.size"))[0]


def test_short_answers_and_what_is_no_python_are_left_out():
    assert _groups(SHORT, SHORT, public=SHORT) == []
    assert _groups(STUB, STUB) == [] and _groups("def f(:", "def f(:") == []
    deep = "x = " + "(" * 150 + "1" + ")" * 150 + "\n" + "y = " + "-" * 5000 + "1\n"
    assert _groups(deep, deep) == []
    # code that was given is nobody's: it does not make an answer long
    given = STUB.replace("    raise NotImplementedError\n", ANSWER.split('x."""\n')[1])
    answers = {"s0": given.replace("# YOUR", "pass  #"), "s1": given.replace("# YOUR", "pass  #")}
    assert alike.groups("shares", answers, given) == []


def test_a_form_that_many_share_says_nothing_and_is_only_counted():
    others = [ANSWER.replace("axis=0, keep", f"axis={n}, keep") for n in range(2, 14)]
    assert [g.told for g in _groups(*[ANSWER] * 3, *others[:1])] == [True], "three are few"
    assert [g.told for g in _groups(*[ANSWER] * 4, *others)] == [False]
    assert [g.told for g in _groups(*[ANSWER] * 3, *others)] == [True]


@pytest.fixture
def course(tmp_path, monkeypatch):
    toy_course.fake_sandbox(monkeypatch)
    source = toy_course.SOURCE.replace("    return 2 * x\n", f"{_body('x')}\n")
    folder = toy_course.make_course(tmp_path / "course", source)
    monkeypatch.chdir(folder)
    return folder


def _body(x: str) -> str:
    """Twice x, the long way."""
    lines = (
        f"parts = [{x} / 8 for number in range(8)]",
        "whole = sum(part + part for part in parts)",
        f"if abs(whole - 2 * {x}) > 1e-6 * abs({x}):",
        f"    raise ValueError('rounding', {x}, whole, parts[0], parts[-1])",
        "return whole",
    )
    return "\n".join(f"    {line}" for line in lines)


def test_the_report_names_them_and_no_points_change(course, capsys):
    public = f"def double(x):\n{_body('x')}"
    mine = f"def double(value):\n    # mine\n{_body('value').replace('parts', 'p')}"
    other = mine.replace("range(8)", "range(0, 8)")
    submit(course, "alice", solved(course, double=public))
    submit(course, "bob", solved(course, double=mine.replace("whole", "w")))
    submit(course, "carol", solved(course, double=other))
    submit(course, "dave", solved(course, double=other.replace("number", "n")))
    submit(course, "erin", solved(course))
    assert grade.grade(course, SLUG).complete
    before = scores(course)
    assert cli.main(["report", SLUG]) == 0
    page = (course / "artifacts" / "reports" / f"{SLUG}.html").read_text()
    part = page.split("<h2>Answers that are alike</h2>")[1].split("<h2>")[0]
    assert "<td>double</td><td>alice, bob</td><td>the public solution</td>" in part
    assert "<td>double</td><td>carol, dave</td><td></td>" in part
    assert "erin" not in part and "proves nothing" in part
    assert scores(course) == before and all(s["check_double"][0] == 2 for s in before.values())


def test_without_the_instructors_notebook_students_are_still_compared(course):
    (course / "solutions" / SLUG / f"{SLUG}.ipynb").rename(course / "away.ipynb")
    for student in ("alice", "bob"):
        submit(course, student, solved(course, double=f"def double(x):\n{_body('x')}"))
    grade.grade(course, SLUG)
    found = next(one for one in insight.gather(course, SLUG).answers if one.exercise == "double")
    assert found.public is None and sorted(found.by_student) == ["alice", "bob"]
    told = alike.groups(found.exercise, found.by_student, found.stub, found.public)
    assert [group.students for group in told] == [("alice", "bob")]


def test_a_class_without_likeness_has_no_such_part(course):
    submit(course, "alice", solved(course))
    grade.grade(course, SLUG)
    assert cli.main(["report", SLUG]) == 0
    assert "alike" not in (course / "artifacts" / "reports" / f"{SLUG}.html").read_text()


def test_the_rule_in_the_docs_is_the_rule():
    text = " ".join((ROOT / "docs" / "instructors.md").read_text().split())
    assert f"at least {alike.MIN_NODES} nodes" in text
    assert f"more than {alike.MAX_GROUP} students" in text and f"{alike.MAX_SHARE:.0%}" in text
