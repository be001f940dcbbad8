"""Checks accept what is right, and say in words what is not."""

import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import mutual_info_score

from course_utils import check
from course_utils.check import CheckError
from course_utils.check.words import HINTS, in_short
from course_utils.session import keras

INF, NAN = np.inf, np.nan


def says(*words, of):
    """The message of the CheckError that this function ends in; all words are in it."""
    with pytest.raises(CheckError) as caught:
        of()
    message = str(caught.value)
    for word in words:
        assert word in message, message
    return message


# ---- values ----------------------------------------------------------------------------------


def test_array_accepts_lists_and_returns_numpy():
    result = check.array([[1, 2], [3, 4]], "codes", shape=(None, 2), kind="integer")
    assert result.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_array_accepts_a_tensor(kind):
    import keras

    tensor = keras.ops.ones((2, 3), dtype=kind)
    assert check.array(tensor, "codes", shape=(2, 3), kind="float").sum() == 6


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [
        (None, {}, "return"),
        ("text", {}, "got str"),
        (np.mean, {}, "Is the call missing"),
        ([[1.0], [1.0, 2.0]], {}, "got list"),
        (np.ones((3, 2)), {"shape": (None, 3)}, "shape is (3, 2), expected (any, 3)"),
        (np.ones(3), {"shape": (3, 1)}, "shape"),
        (np.float64(3), {"shape": (3,)}, "expected (3,). This is one number for everything"),
        (np.ones((2, 3)), {"shape": (3, 2)}, "Rows and columns are exchanged"),
        (np.ones((4, 1)), {"shape": (4,)}, "axis of length 1 too many"),
        (np.ones((4, 2)), {"shape": (4,)}, "sum or mean over the last axis"),
        (np.ones((4, 2)), {"shape": ()}, "One number is wanted"),
        ((np.ones(3), 1.0), {}, "Return one result alone"),
        (np.ones(3), {"kind": "integer"}, "expected integer"),
        ([1.0, NAN, INF], {}, "2 of 3 values are NaN or infinite"),
        (np.array([1 + 2j]), {}, "expected an array of numbers"),
    ],
)
def test_array_says_what_is_wrong(value, options, words):
    says(words, of=lambda: check.array(value, "codes", **options))


def test_number_refuses_an_array_and_takes_a_numpy_scalar():
    assert check.number(np.float32(0.5), "entropy") == 0.5
    says("shape", of=lambda: check.number([0.5], "entropy"))


def test_close_has_a_tolerance_relative_to_the_largest_value():
    check.close([1e6, 1.0], [1e6 + 50, 1.0], "values", rtol=1e-4)
    says("at [1]", of=lambda: check.close([1e6, 500.0], [1e6, 1.0], "values", rtol=1e-4))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(1 / 3), 1 / 3),
        (3.0, 3),
        (True, True),
        ([1, 0], [True, False]),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ([INF, 1.0], [INF, 1.0]),
        (np.int64(2**40), 2.0**40),
    ],
)
def test_close_accepts_what_is_equal(value, expected):
    check.close(value, expected, "x")


def test_close_names_a_known_mistake():
    message = says(
        of=lambda: check.close(0.693147, 1.0, "entropy", mistakes={"this is in nats": np.log(2)})
    )
    assert message == "entropy: this is in nats."


@pytest.mark.parametrize("end", [".", "!", "?", ")", " "])
def test_close_ends_a_message_with_one_mark(end):
    message = says(of=lambda: check.close(2.0, 1.0, "x", mistakes={f"doubled{end}": 2.0}))
    assert message == f"x: doubled{'.' if end == ' ' else end}"


def test_close_falls_back_to_the_numbers():
    says("got 3, expected 2", of=lambda: check.close(3.0, 2.0, "x", mistakes={"halved": 1.0}))
    wrong = partial(check.close, [[1.0, 2.0], [3.0, 9.0]], [[1.0, 2.0], [3.0, 4.0]], "x")
    says("[1, 1]", "got 9, expected 4", of=wrong)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1.2, 2.3, 5.7], "are rounded to 1 digit:"),
        ([1.0, 2.0, 5.0], "dtype=float"),
        ([3.69, 6.936, 17.034], "Every value is 3 times the right one."),
        ([0.23, 1.312, 4.678], "Every value is the right one minus 1."),
        ([5.678, 2.312, 1.23], "order is reversed"),
        ([1.23, 2.312, 0.0], "1 of 3 values are 0 by mistake, the others are right"),
        ([-0.23, -1.312, -4.678], "1 minus the right value"),
        (np.exp([1.23, 2.312, 5.678]), "a logarithm missing"),
        (np.log([1.23, 2.312, 5.678]), "an exponential missing"),
        (np.log10(np.e) * np.array([1.23, 2.312, 5.678]), "log10 for the natural logarithm"),
        ([1.0, 1.0, 1.23], ""),
        (np.array([1.23, 2.312, 5.678]) / 9.22, "divided by their sum"),
        (np.array([1.23, 2.312, 5.678]) / 5.678, "divided by the largest"),
        ([1.23, 3.542, 9.22], "cumulated"),
        ([2.312, 5.678, 1.23], "right values in another order"),
        ([3.0733333] * 3, "the mean of all right ones"),
        ([1.23] * 3, "the first of the right ones"),
        ([4.0] * 3, "All values are the same"),
        ([1.23, 2.312, 7.0], "Only the last value is wrong, the others are right"),
        ([0.7, 2.312, 5.678], "Only the first value is wrong, the others are right"),
    ],
)
def test_close_tells_what_wrong_values_have_in_common_with_the_right_ones(value, words):
    says("wrong values", words, of=lambda: check.close(value, [1.23, 2.312, 5.678], "x"))


TABLE = np.array([[0.3, 1.1, -2.0, 0.4], [4.2, 0.9, 5.1, 3.3], [7.7, 1.9, 0.2, -6.0]])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (TABLE[:, ::-1], "The order is reversed along axis 1"),
        (np.abs(TABLE), "The signs are lost"),
        (np.clip(TABLE, -1, 1), "clipped to -1 to 1"),
        (np.sort(TABLE, axis=1), "sorted along axis 1"),
        (np.roll(TABLE, 1, axis=1), "one place later than they should along axis 1"),
        (TABLE * [[2], [3], [0.5]], "Within each of the rows all values are wrong by one factor"),
        (TABLE + [2, 3, -1, 9], "Within each of the columns all values are wrong by one shift"),
        (np.tile(TABLE.mean(axis=0), (3, 1)), "the mean of the right ones over axis 0"),
        (np.tile(TABLE[:1], (3, 1)), "All values along axis 0 are the first"),
        (TABLE + [[0] * 4, [0] * 4, [1, 2, 4, 3]], "Only the last row is wrong"),
        (TABLE + [1, 0, 0, 0], "Only the first column is wrong"),
        (TABLE + np.outer([0, 1, 0], [0, 1, 2, 0]), "Only 2 of 12 values are wrong"),
    ],
)
def test_close_tells_what_a_wrong_table_has_in_common_with_the_right_one(value, words):
    says("wrong values", words, of=lambda: check.close(value, TABLE, "x"))


def test_close_tells_of_a_square_that_it_lies_on_its_side():
    says("columns are exchanged", of=lambda: check.close(TABLE[:, :3].T, TABLE[:, :3], "x"))
    says("0 and 1 are exchanged", of=lambda: check.close(1 - np.eye(3), np.eye(3), "x"))


@pytest.mark.parametrize(
    ("value", "expected", "words"),
    [
        (TABLE, TABLE.sum(axis=1), "A sum over axis 1 is missing"),
        (TABLE, TABLE.mean(), "A mean over the axes 0 and 1 is missing"),
        (TABLE.max(axis=0), TABLE, "The maximum over axis 0 was taken; it is not asked for"),
        (TABLE.mean(), TABLE, "one number for everything, the mean over the axes 0 and 1"),
        (TABLE.T, TABLE, "Rows and columns are exchanged"),
        (TABLE.reshape(2, 6), TABLE, "The values are right, the shape is not"),
        (TABLE[:-1], TABLE, "The last one along axis 0 is missing"),
        (TABLE, TABLE[:, 2:], "The first 2 along axis 1 are too many"),
        (TABLE + 1, TABLE[0], "the shape is (3, 4), expected (4,)."),
    ],
)
def test_close_tells_what_values_of_another_shape_have_in_common(value, expected, words):
    says("the shape is", words, of=lambda: check.close(value, expected, "x"))


def test_close_tells_that_values_below_0_were_cut_off():
    says("below 0 became 0", of=lambda: check.close([0.0, 2.5, 0.0], [-1.3, 2.5, -0.2], "x"))


def test_close_sees_nothing_in_values_that_are_only_wrong():
    for value, right in (
        ([1.0, 2.0, 4.0], [1.23, 2.312, 5.678]),
        ([0.0, 0.0, 0.0], [0.1, 0.2, 0.3]),
    ):
        assert says(of=lambda v=value, r=right: check.close(v, r, "x")).endswith(f"{right[-1]}.")


@pytest.mark.parametrize(
    ("value", "expected", "words"),
    [
        (57.5163, 0.575163, "100 times as large"),
        ([0.1, 0.2], [10.0, 20.0], "a hundredth"),
        ([-1.5, 2.5], [1.5, -2.5], "the other way round"),
        (4.0, 0.25, "upside down"),
        (1.25, 2.5, "half of it"),
        (0.84, 0.42, "twice as large"),
        (1.5, 2.25, "square root"),
        ([0.58, 0.39], [0.575163, 0.389542], "rounded to 2 digits"),
    ],
)
def test_close_says_what_is_simple(value, expected, words):
    says("got ", words, of=lambda: check.close(value, expected, "x"))


@pytest.mark.parametrize(
    ("value", "expected"), [(1.0, 0.998), (0.0, 0.002), ([0.0, 1.0], [0.0, -1.0]), (3.0, 2.0)]
)
def test_close_guesses_nothing_where_chance_would_do(value, expected):
    message = says("got ", of=lambda: check.close(value, expected, "x", 1e-6))
    assert re.search(r"expected \S+$", message)


def test_close_ignores_a_mistake_of_another_shape():
    says("wrong values", of=lambda: check.close([3.0, 3.0], [2.0, 2.0], "x", mistakes={"no": 3.0}))


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        (2.0, 2.0),  # one number for all rows
        ([[1.0, 2.0], [3.0, 4.0]], [[1, 2], [3, 4]]),
        ([NAN, 1.0], [NAN, 1.0]),
        ([INF, 1.0], [INF, 1.0]),
        ([NAN, NAN], [NAN, NAN]),
        ([5.0, 6.0], lambda: [5.0, 6.0]),
        ([True, False], [True, False]),
    ],
)
def test_close_looks_at_mistakes_before_shape_and_nan(value, mistake):
    mistakes = {"a known one": mistake}
    says("a known one", of=lambda: check.close(value, [7.0, 8.0], "x", mistakes=mistakes))


@pytest.mark.parametrize(
    ("value", "mistake", "words"),
    [
        (3.0, INF, "got 3, expected 2"),  # an infinite scale is no tolerance
        ([3.0, 3.0], [INF, 5.0], "wrong values"),
        ([3.0, 3.0], [-INF, 3.0], "wrong values"),
        ([INF, 3.0], [-INF, 3.0], "NaN or infinite"),
        ([INF, 3.0], [3.0, INF], "NaN or infinite"),
        ([NAN, 3.0], [INF, 3.0], "NaN or infinite"),
        ([NAN, 3.0], [NAN, 4.0], "NaN or infinite"),
        ([3.0, 3.0], [NAN, NAN], "wrong values"),
        ([3.0, 3.0], "text", "wrong values"),
        ([3.0, 3.0], [1 + 1j, 3.0], "wrong values"),
        ([3.0, 3.0], None, "wrong values"),
    ],
)
def test_an_infinite_mistake_matches_only_its_like(value, mistake, words):
    expected = 2.0 if np.ndim(value) == 0 else [2.0, 2.0]
    message = says(words, of=lambda: check.close(value, expected, "x", mistakes={"odd": mistake}))
    assert "odd" not in message


def test_a_mistake_that_gives_the_right_value_says_nothing():
    mistakes = {"collides": 2.0 + 1e-9, "halved": 1.0}
    says("got 2.5", of=lambda: check.close(2.5, 2.0, "x", mistakes=mistakes))
    close = partial(check.close, 2.0003, 2.0, "x", mistakes={"collides": 2.00019})
    says("got 2.0003", of=close)


def test_close_tells_of_a_tuple_and_of_16_bits():
    x = np.array([1.0, 2.0])
    says("a tuple of 2", of=lambda: check.close((x, x), x, "codes"))
    check.close((1.0, 2.0), x, "codes")
    says("16 bits", of=lambda: check.close((x / 3).astype("float16"), x / 3, "codes"))
    says("wrong values", of=lambda: check.close((x / 3).astype("float16"), x, "codes"))
    says("16 bits", of=lambda: check.close((x / 3).astype("float16"), x / 3, "codes", rtol=1e-3))
    check.close(x.astype("float16"), x, "codes", rtol=1e-3)


def test_words_for_any_wrong_answer_say_what_it_has_in_common_with_the_right_one():
    value = np.array([20.0, 30.0, 50.0])
    with pytest.raises(CheckError, match=r"This is 100 times as large\. .* Topic 0 is wrong\."):
        check.close(value, [0.2, 0.3, 0.5], "the shares", otherwise=lambda: "topic 0 is wrong")


def test_words_for_any_wrong_answer_come_after_known_mistakes():
    known = {"this is 0": 0.0}
    close = partial(check.close, name="x", mistakes=known, otherwise=lambda: "look at the sign")
    says("this is 0", of=lambda: close(0.0, 1.5))
    says("look at the sign", of=lambda: close([1.0, np.nan], 1.5))
    says("got 2", of=lambda: check.close(2.0, 1.3, "x", otherwise=lambda: ""))
    says("at [1]: got 7, expected 2. Look at the sign.", of=lambda: close([1.0, 7.0], [1.0, 2.0]))
    message = says("step 3", of=lambda: check.close(2.0, 1.3, "x", otherwise=lambda: "see step 3"))
    assert "got" not in message  # words with numbers tell the place themselves
    close(1.5, 1.5)


def test_close_computes_mistakes_for_a_wrong_answer_only():
    called = []

    def mistakes():
        called.append(1)
        return {"this is 0": np.log(1.0), "a root of it": np.sqrt(-1.0)}

    check.close(1.0, 1.0, "x", mistakes=mistakes)
    assert not called
    says("this is 0", of=lambda: check.close(0.0, 1.0, "x", mistakes=mistakes))


def weighed(value, expected, *parts, **options) -> str:
    names = dict(zip("xyz", parts, strict=False))
    return check.weights(value, expected, names, **options)


def test_weights_tells_which_weight_of_a_sum_is_wrong():
    x, y = np.random.default_rng(0).normal(size=(2, 5, 3))
    right = 0.5 * x + 2 * y
    told = weighed(0.5 * x, right, x, y, why={"y": "the root of 4"})
    assert (
        told
        == "a weight is wrong: that of y is 0, expected 2, the root of 4. The others are right."
    )
    told = weighed(2 * x + 0.5 * y, right, x, y)
    assert told == "a weight is wrong: that of x is 2, expected 0.5; that of y is 0.5, expected 2."
    assert "no sum of multiples of x and y" in weighed(np.abs(right), right, x, y)
    wrong = right.astype("float32")
    wrong[3] += y[3]
    assert weighed(wrong[:, :], right, x, y).startswith("it is no sum")
    wide = np.random.default_rng(1).normal(size=(2, 5, 9))
    wrong = 0.5 * wide[0] + np.arange(5)[:, None] * wide[1]
    told = weighed(wrong, 0.5 * wide[0], *wide, each="picture")
    assert told.startswith("in picture 1, a weight is wrong: that of y is 1, expected 0.")
    says("that of y", of=lambda: check.close(
        x, right, "sum", otherwise=lambda: check.weights(x, right, {"x": x, "y": y})
    ))  # fmt: skip


def test_weights_says_nothing_where_nothing_can_be_told():
    x, y = np.random.default_rng(0).normal(size=(2, 5, 3))
    for value in (x + y, None, "text", x[:2], np.full_like(x, NAN)):
        assert weighed(value, x + y, x, y) == ""
    assert weighed(x, x + x, x, x) == ""  # the two parts are the same
    assert weighed(x[0], x[0] + y[0], x[0], y[0]) == ""  # three numbers for two weights


def test_close_says_where_an_expected_infinity_is_missing():
    says("at [0]", "expected inf", of=lambda: check.close([3.0, 1.0], [INF, 1.0], "x"))


def test_nothing_equals_an_expected_nan():
    says("NaN or infinite", of=lambda: check.close(NAN, NAN, "x"))
    says("got 1, expected nan", of=lambda: check.close(1.0, NAN, "x"))
    says("return", of=lambda: check.close(None, None, "x, called twice"))


def formula(half=0.5, sign=1, one=1.0, square=2, power=None):
    x = np.array([0.3, -2.0, 1.5])
    if power == "broken":
        raise ZeroDivisionError
    return half * sign * (x**square - one)


WRONG = {
    "the ½ is missing": {"half": 1.0},
    "The sign is wrong.": {"sign": -1},
    "KL is not squared": {"square": 1},
    "a fraction of a negative number": {"square": 0.5},
    "it breaks": {"power": "broken"},
    "nothing": {"one": 1},
    "the ½ is squared": {"half": 0.25},
}


def test_slips_gives_single_mistakes_and_then_pairs():
    found = check.slips(formula, WRONG)
    names = list(found)
    assert names[:5] == [n for n in WRONG if n not in ("it breaks", "nothing")]
    assert all("; and " in name for name in names[5:])
    pair = found["the ½ is missing; and the sign is wrong."]
    np.testing.assert_allclose(pair, formula(half=1.0, sign=-1))
    assert "The sign is wrong; and KL is not squared" in found
    assert not any("½ is missing; and the ½" in name for name in names)  # the same option
    assert np.isnan(found["a fraction of a negative number"]).sum() == 1


def test_slips_leaves_out_what_equals_the_right_value_and_passes_options_on():
    found = check.slips(formula, {"a": {"half": -0.5}, "b": {"sign": -1}}, one=3.0)
    assert list(found) == ["a", "b"]  # two signs are none
    np.testing.assert_allclose(found["b"], formula(sign=-1, one=3.0))


def test_slips_that_are_nowhere_finite_explain_something_only_alone():
    def formula(base=2.0, shift=0.0):
        return np.log(np.array([1.0, 3.0]) - shift) / np.log(base)

    shifted, base = {"shifted": {"shift": 2.0}}, {"base one": {"base": 1.0}}  # nan, 0; nan, inf
    assert list(check.slips(formula, shifted | base)) == ["shifted", "base one"]
    far = {"shifted far": {"shift": 5.0}}  # nan, nan: which of the two gave no number?
    assert list(check.slips(formula, shifted | base | far)) == ["shifted"]


def test_slips_work_in_close():
    right, mistakes = formula(), check.slips(formula, WRONG)
    for options, words in (
        ({"half": 1.0}, "x: the ½ is missing."),
        ({"half": 1.0, "square": 1}, "the ½ is missing; and KL is not squared."),
        ({"square": 0.5}, "a fraction of a negative number."),
    ):
        with np.errstate(all="ignore"):
            value = formula(**options)
        says(words, of=partial(check.close, value, right, "x", mistakes=mistakes))


def test_slips_may_give_another_shape():
    def mean(axis=1, scale=1):
        return scale * np.arange(6.0).reshape(2, 3).mean(axis=axis)

    found = check.slips(mean, {"one mean for all": {"axis": None}, "doubled": {"scale": 2}})
    say = partial(check.close, 5.0, mean(), "the means", mistakes=found)
    says("one mean for all; and doubled.", of=say)


def test_slips_are_computed_for_a_wrong_answer_only():
    calls = []

    def counted(**options):
        calls.append(options)
        return formula(**options)

    further = {"it is something else": formula() + 1}
    mistakes = further | check.slips(counted, {"the sign is wrong": {"sign": -1}}) | {}
    mistakes["it is doubled"] = 2 * formula()
    check.close(formula(), formula(), "x", mistakes=mistakes)
    assert calls == []
    say = partial(check.close, -formula(), formula(), "x", mistakes=mistakes)
    says("the sign is wrong", of=say)
    assert list(mistakes) == ["it is something else", "the sign is wrong", "it is doubled"]
    says("it is doubled", of=partial(check.close, 2 * formula(), formula(), "x", mistakes=mistakes))
    mistakes["it is nothing"] = 0 * formula()
    assert list(mistakes)[-1] == "it is nothing"
    says(
        "something else", of=partial(check.close, formula() + 1, formula(), "x", mistakes=mistakes)
    )
    assert len(calls) == 2  # the right one and the wrong one, once


def test_slips_refuses_what_takes_long():
    with pytest.raises(ValueError, match="at most 20"):
        check.slips(formula, {str(n): {"half": n} for n in range(21)})


def test_differ():
    check.differ([1.0], [2.0], "constant")
    says("constant", of=lambda: check.differ([1.0], [1.0], "constant"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "return"),
        (3, "got int"),
        ((1,), "got 1"),
        ("ab", "got str"),
        (np.ones(3), "got ndarray"),
    ],
)
def test_several_counts_the_results(value, words):
    says(words, of=lambda: check.several(value, "mean", "components"))


def test_several_returns_the_results():
    assert check.several([1, 2], "a", "b") == (1, 2)
    assert check.several(np.array([1, 2]), "a", "b") == (1, 2)


def test_a_notebook_shows_the_message_without_a_traceback():
    assert CheckError("too few rows")._render_traceback_() == ["✗ Not yet: too few rows"]


def test_importing_checks_loads_no_heavy_package():
    code = "import sys, course_utils.check, course_utils.checks\n"
    code += "sys.exit(bool({'tensorflow', 'keras', 'pandas', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---- calls -----------------------------------------------------------------------------------


def test_call_returns_the_result_and_passes_arguments_on():
    assert check.call(lambda a, *b, c, **d: (a, b, c, d), 1, 2, 3, c=4, e=5) == (
        *(1, (2, 3), 4),
        {"e": 5},
    )
    assert check.call(sum, [1, 2]) == 3  # written in C


def test_call_gives_copies_of_data_and_everything_else_as_it_is():
    import pandas as pd

    data = np.ones(3), [np.ones(2)], {"a": [1]}, pd.DataFrame({"a": [1]})
    kept = np.random.default_rng(0), print, object()
    result = check.call(lambda *x: x, *data, *kept)
    assert all(a is not b for a, b in zip(result, data, strict=False))
    assert result[1][0] is not data[1][0] and result[2]["a"] is not data[2]["a"]
    assert all(a is b for a, b in zip(result[4:], kept, strict=True))


def _write(x, key):
    x[key] = 7


def _spoil(function):
    def spoiled(images, other=None):
        function(images)
        return 3

    return spoiled


def _table():
    import pandas as pd

    return pd.DataFrame({"a": [1.0, np.nan], "b": ["x", "y"]})


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (lambda: np.ones((2, 2)), lambda x: _write(x, (0, 1))),
        (lambda: np.array([1.0, NAN]), lambda x: _write(x, 1)),
        (lambda: [1, 2], lambda x: x.append(3)),
        (lambda: [np.ones(2)], lambda x: _write(x[0], 0)),
        (lambda: ([1],), lambda x: _write(x[0], 0)),
        (lambda: {"a": np.ones(2)}, lambda x: _write(x["a"], 0)),
        (lambda: {"a": 1, "b": 2}, lambda x: x.update(a=x.pop("a"))),
        (lambda: {1, 2}, lambda x: x.add(3)),
        (lambda: np.array([[1], [2, 3]], dtype=object), lambda x: x[0].append(3)),
        (_table, lambda x: x.insert(0, "c", 1)),
        (_table, lambda x: x.rename(columns={"a": "z"}, inplace=True)),
        (_table, lambda x: x.__setitem__("a", 5.0)),
    ],
)
def test_call_says_which_argument_was_changed_in_place(make, change):
    says(
        "argument `images` of `spoiled`", "in place", of=partial(check.call, _spoil(change), make())
    )
    original = make()
    says("`other`", of=lambda: check.call(lambda images, other: change(other), 1, other=original))
    assert check.call(_spoil(lambda x: None), original) == 3
    assert str(original) == str(make())


def flatten(images):
    return images.reshape(len(images), 784)


def invert(matrix):
    return np.linalg.inv(matrix)


def look_up(table):
    return table["nothing"]


def too_few(x):
    return flatten()


def add(x, y):
    return x + y


def product(x, y):
    return x @ y


def assign(x):
    x[0] = 1


def divide(n):
    return 1 / n


def undefined(x):
    return x + nowhere  # noqa: F821


def gradient_of_numpy(x):
    with tf.GradientTape() as tape:
        loss = np.mean(x.numpy())
    return tape.gradient(loss, x)


def two_of(x):
    first, second = x
    return first + second


def positive(x):
    assert x > 0


def twice(layer):
    return layer(layer(np.ones((1, 2))))


def of_nothing(x):
    return print(end="") + 1


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (flatten, [np.ones((2, 3, 3))], "784 is written into the code"),
        (lambda x: x.reshape(5), [np.ones(4)], "does not fit the new shape"),
        (invert, [np.ones((2, 2))], "no inverse"),
        (invert, [np.ones((2, 3))], "Only a square matrix"),
        (np.linalg.svd, [np.full((3, 3), NAN)], "NaN or infinity"),
        (look_up, [{"a": 1}], "no entry of that name"),
        (look_up, [[1]], "must be an integer"),
        (lambda x: x[5], [np.ones(3)], "beyond the end"),
        (lambda x: x.sum()[:, None], [np.ones(3)], "one number for all rows"),
        (lambda x: np.max(x) + 1, [np.array(["a", "b"])], "cannot compute with words"),
        (lambda x: mutual_info_score(x, [1]), [[1, 2]], "Were rows taken for columns"),
        (too_few, [1], "too few arguments"),
        (add, [np.ones(3), np.ones(4)], "Two shapes do not fit"),
        (product, [np.ones((2, 3)), np.ones((2, 3))], "inner sizes must agree"),
        (lambda x: np.swapaxes(x, 1, 2), [np.ones((2, 3))], "fewer axes than the code counts with"),
        (lambda x: tf.transpose(x, (0, 1, 2)), [np.ones((2, 3))], "fewer axes"),
        (lambda x: x @ tf.transpose(x), [tf.ones((2, 3, 4, 5))], "Transpose the last two only"),
        (lambda x: tf.gather(x, [3]), [tf.ones(3)], "beyond the end"),
        (lambda x: 8 ** (-x), [np.arange(3)], "write 2.0 for 2"),
        (divide, [0], "is 0"),
        (undefined, [1], "name spelt"),
        (of_nothing, [1], "Something is None"),
        (lambda x: 1 if x > 0 else 2, [np.ones(3)], "An array is no condition"),
        (lambda x: np.zeros(x / 2), [4], "must be an integer"),
        (two_of, [np.ones(3)], "more or fewer values than names"),
        (lambda f: f(np.ones(2), axis=3), [np.sum], "fewer axes than the code counts with"),
        (lambda f: f / 2, [two_of], "where its result is meant"),
        (lambda f: f[0], [two_of], "where its result is meant"),
        (lambda f: f.predict(1), [two_of], "nothing after a dot"),
        (lambda x: x - x, [[1]], "np.array(list(...))"),
        (lambda x: x(1), [[two_of]], "Is it a list of them"),
        (lambda x: x.reverse(), [(1, 2)], "A tuple cannot be changed"),
        (lambda x: np.average_of(x), [[1]], "The module has nothing of that name"),
        (lambda x: np.array([[x], [x, x]]), [1], "Take them one by one"),
        (keras.layers.Dense, [0], "whole numbers, 1 or more"),
        (keras.layers.Dense, [np.int64(8)], "int(...) makes it"),
        (lambda layer: keras.Sequential(layer, layer), [keras.layers.Dense(3)], "as one list"),
        (lambda n: keras.layers.Dense(n, output="relu"), [3], "no argument of that name"),
        (keras.activations.get, ["None"], "No activation has this name"),
        (lambda kind: keras.Sequential([kind]), ["relu"], "made of layers alone"),
        (lambda layer: keras.layers.Dense(2)(layer), [keras.layers.Dense(3)], "Is a call missing"),
        (twice, [keras.layers.Dense(3)], "inputs of another size"),
        (gradient_of_numpy, [tf.Variable(1.0)], "NumPy lets no gradient through"),
        (lambda x: x[tf.constant([0, 1])], [tf.ones(3)], "ops.take(table, numbers)"),
        (positive, [-1], "An `assert` of the code stops it"),
    ],
)
def test_an_exception_is_put_into_words_with_a_hint(function, arguments, words):
    says("stops with", words, of=lambda: check.call(function, *arguments))


def test_an_exception_names_function_line_and_arguments():
    said = says(of=lambda: check.call(add, np.ones((2, 3), "float32"), [1, 2, 3, 4]))
    assert said.startswith("`add` stops with ValueError: operands could not be broadcast")
    assert "The line is: `return x + y`." in said
    assert "x: shape (2, 3) of float32, y: a list of 4." in said


def test_tensorflow_errors_get_one_line():
    import keras

    ops = keras.ops
    said = says("Two shapes", of=lambda: check.call(add, ops.ones((2, 3)), ops.ones((2, 4))))
    assert "\n" not in said and "{{" not in said
    matrices = ops.ones((2, 3)), ops.ones((2, 3))
    says("inner sizes", of=lambda: check.call(ops.matmul, *matrices))
    says("cannot be changed entry", of=lambda: check.call(assign, ops.ones(3)))


def test_784_is_no_guess_where_the_data_have_it():
    said = says(of=lambda: check.call(add, np.ones(784), np.ones(3)))
    assert "written into the code" not in said


def test_a_strange_exception_is_told_all_the_same():
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError

    def fail(x):
        raise Odd

    says("`fail` stops with Odd.", of=lambda: check.call(fail, 3))
    assert in_short(object()) == "a object" and in_short("x" * 99) == repr("x" * 99)[:40]
    assert all(len(hint) == 3 for hint in HINTS)


def test_stubs_and_checks_within_pass_and_other_parameters_are_told():
    def stub(x):
        raise NotImplementedError

    def unsure(x):
        raise CheckError("words of its own")

    with pytest.raises(NotImplementedError, match="^`stub` is not written yet") as told:
        check.call(stub, 1)
    assert told.type.__name__ == "NotImplementedError"
    assert told.value._render_traceback_() == [f"\N{WHITE CIRCLE} {told.value}"]
    with pytest.raises(CheckError, match="^words of its own$"):
        check.call(unsure, 1)
    says("`add` cannot be called as the exercise asks", "'y'", of=lambda: check.call(add, 1))
    says("no function but int", of=lambda: check.call(3))


def test_call_keeps_warnings_off_the_screen(recwarn):
    assert check.call(lambda x: np.log(x), np.zeros(1))[0] == -INF
    assert not recwarn.list


def test_a_generator_is_watched_to_its_end():
    def items(x, bad):
        yield x[0]
        if bad == "error":
            x[9]
        x[0] = 5
        yield 2

    assert next(check.call(items, [1], None)) == 1
    says("`items` stops with IndexError", of=lambda: list(check.call(items, [1], "error")))
    says("argument `x`", "in place", of=lambda: list(check.call(items, [1], None)))


def test_trace_gives_values_and_gradients():
    from keras import ops

    def terms(x, scale, y):
        return {"a": ops.sum(x**2, axis=1) * scale, "b": ops.take(y, [0, 0], axis=0)}

    x, y = np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    traced = check.trace(terms, x, 0.5, y)
    assert np.allclose(traced.value["a"], [2.5])
    assert np.allclose(traced.gradients("a", by=["x"])[0], x)
    assert np.allclose(traced.gradients("b", by=[2])[0], [[2], [0]])  # comes as IndexedSlices
    first, second = traced.gradients()
    assert np.allclose(first, x) and np.allclose(second, [[2], [0]])
    says("from output 'a' of `terms` to `y`", of=lambda: traced.gradients("a"))
    says("`terms` has no output 'c'", of=lambda: traced.gradients("c"))


def test_trace_says_where_no_gradient_comes_from():
    import tensorflow as tf

    def plain(x):
        return np.sum(x)

    def cut(x):
        return tf.stop_gradient(x)

    says("`plain` returns is no tensor", of=check.trace(plain, [1.0]).gradients)
    says("No gradient gets through", "to `x`", of=check.trace(cut, [1.0]).gradients)
    says("None", "return", of=check.trace(lambda x: None, [1.0]).gradients)
    pair = check.trace(lambda x: (x, plain(x)), [1.0])
    assert np.allclose(pair.gradients(0), 1)
    says("Output 1", "no tensor", of=lambda: pair.gradients(1))
    says("stops with", of=lambda: check.trace(lambda x: x[4], [1.0]))
    assert check.trace(lambda x, n: n, [1.0], np.array([1, 2])).value.dtype == "int64"


def test_compiled_runs_twice():
    import keras
    import tensorflow as tf

    first, second = check.compiled(lambda x: x + keras.random.normal((3,)), (None, 3))
    assert first.shape == (5, 3) and np.any(first != second)
    frozen = check.compiled(lambda x: x + np.random.normal(size=3), (None, 3))  # noqa: NPY002
    assert np.all(frozen[0] == frozen[1])
    spec = tf.TensorSpec((None,), "int32")
    runs = check.compiled(lambda n: (n + 1, n), spec, inputs=[[4, 5]])
    assert runs[0][0].tolist() == [5, 6] and runs[1][1].tolist() == [4, 5]


def test_compiled_says_why_it_fails():
    import keras

    def numpy(x):
        return np.square(x)

    def sized(x):
        return x + keras.random.normal(x.shape)

    def counted(x):
        return x / len(x)

    def broken(x):
        return x @ x

    def stub(x):
        raise NotImplementedError

    says(
        "`numpy` works when called directly", "keras.ops", of=lambda: check.compiled(numpy, (2, 3))
    )
    says("keras.ops", of=lambda: check.compiled(numpy, (None, 3)))
    for function in (sized, counted):
        says("ops.shape(x)", "known size", of=partial(check.compiled, function, (None, 3)))
    assert check.compiled(sized, (2, 3))[0].shape == (2, 3)
    says("`broken` stops with", of=lambda: check.compiled(broken, (None, 3)))
    with pytest.raises(NotImplementedError):
        check.compiled(stub, (None, 3))


def test_compiled_names_a_layer_that_is_made_at_each_call():
    import keras

    def fresh(x):
        return keras.layers.GaussianNoise(1.0)(x, training=True)

    says("outside the function", of=lambda: check.compiled(fresh, (None, 3)))


# ---- networks --------------------------------------------------------------------------------


def network(*layers, takes=(4,)):
    import keras

    return keras.Sequential([keras.Input(takes), *layers])


def dense(*arguments, **options):
    import keras

    return keras.layers.Dense(*arguments, **options)


@pytest.fixture
def build():
    import keras

    keras.utils.set_random_seed(0)
    return lambda n: network(dense(8, "relu"), dense(n, "sigmoid"))


def test_model_returns_a_fresh_model(build):
    first = check.model(build, 3, takes=(4,), gives=(3,), parameters=67)
    assert first.count_params() == 67
    check.model(build, 3, takes=(4,), gives=(None,))


def test_model_leaves_weights_as_they_were(build):
    import keras

    only = network(keras.layers.BatchNormalization(), dense(2))
    before = only.get_weights()
    check.probe(only, takes=(4,), gives=(2,))
    assert all(np.array_equal(a, b) for a, b in zip(before, only.get_weights(), strict=True))


def test_model_may_have_several_inputs_and_outputs():
    import keras

    def two():
        a, b = keras.Input((4,)), keras.Input((2, 2))
        return keras.Model([a, b], [dense(3)(a), keras.layers.Flatten()(b)])

    check.model(two, takes=[(4,), (2, 2)], gives=[(3,), (4,)])
    says("has 2 outputs, expected 1", of=lambda: check.model(two, takes=[(4,), (2, 2)], gives=(3,)))
    wrong = partial(check.model, two, takes=[(4,), (2, 2)], gives=[(3,), (5,)])
    says("Output 2 of the model", "(4,), expected (5,)", of=wrong)


def test_a_subclassed_model_is_a_model():
    import keras

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = dense(3)

        def call(self, x):
            return self.inner(x)

    check.model(Own, takes=(4,), gives=(3,), parameters=15)


def wrong_models():
    import keras

    layers, shared = keras.layers, dense(3)
    frozen = dense(3)
    frozen.trainable = False

    class Stacks(layers.Layer):
        def call(self, x):
            return keras.ops.concatenate([x, x], axis=0)

    def seeded():
        keras.utils.set_random_seed(3)
        return network(dense(3))

    def broken():
        return keras.layers.Dense(3)(np.ones(3))

    good = network(dense(3))
    return {
        "return": lambda: None,
        "got tuple": lambda: (network(dense(3)), 1),
        "the class Sequential": lambda: keras.Sequential,
        "row make one in keras.Sequential": lambda: [dense(3)],
        "keras.Model(inputs, outputs)": lambda: network(dense(3)).outputs[0],
        "not what it answers": lambda: network(dense(3))(np.ones((1, 4))),
        "got Dense": lambda: dense(3),
        "expected (3,)": lambda: network(dense(2)),
        "one input has the shape (1, 3)": lambda: network(dense(3), layers.Reshape((1, 3))),
        "does not take inputs of 4": lambda: network(dense(3), takes=(5,)),
        "Expected shape": lambda: network(layers.Flatten(), dense(3), takes=(2, 2)),
        "6 outputs of 3 inputs": lambda: network(dense(3), Stacks()),
        "The biases are missing": lambda: network(dense(3, use_bias=False)),
        "has 27 parameters, expected 15": lambda: network(dense(3), dense(3)),
        "frozen": lambda: network(frozen),
        "No dropout": lambda: network(layers.Dropout(0.5), dense(3)),
        "build new layers": lambda: network(shared),
        "new layers in every call": lambda: good,
        "do not fix the random seed": seeded,
        "NaN": lambda: network(dense(3, bias_initializer=keras.initializers.Constant(NAN))),
        "`broken` stops with": broken,
    }


@pytest.mark.parametrize("words", list(wrong_models()))
def test_model_says_what_is_wrong(words):
    build = wrong_models()[words]
    says(
        words, of=lambda: check.model(build, takes=(4,), gives=(3,), parameters=15, name="the net")
    )


def test_zeros_at_the_end_do_not_hide_dropout():
    import keras

    def build():
        zeros = dense(3, kernel_initializer="zeros")
        return network(keras.layers.Dropout(0.5), zeros)

    says("No dropout", of=lambda: check.model(build, takes=(4,), gives=(3,)))


def test_a_stub_within_a_model_stays_a_stub():
    import keras

    class Own(keras.Model):
        def call(self, x):
            raise NotImplementedError

    for build in (Own, Own().call):
        with pytest.raises(NotImplementedError):
            check.model(lambda b=build: b() if b is Own else b(1), takes=(4,), gives=(3,))


@pytest.mark.parametrize("size", [1, 2, 10])
@pytest.mark.parametrize("wanted", [None, "sigmoid", "tanh", "relu"])
def test_activation_knows_the_last_layer(size, wanted):
    import keras

    layers = keras.layers
    right = network(dense(5, "relu"), dense(size, wanted))
    before = right.get_weights()
    check.activation(right, wanted, takes=(4,))
    assert all(np.array_equal(a, b) for a, b in zip(before, right.get_weights(), strict=True))
    apart = network(layers.BatchNormalization(), dense(size), layers.Activation(wanted or "linear"))
    check.activation(apart, wanted, takes=(4,))
    for other in {None, "sigmoid", "tanh", "relu", "softmax", "gelu"} - {wanted}:
        told = f"the end is {other}, expected" if other else "no activation at the end, expected"
        wrong = partial(check.activation, network(dense(size, other)), wanted, takes=(4,))
        says(told, wanted or "none", of=wrong)


def test_activation_of_pictures_and_other_cases():
    import keras

    layers = keras.layers
    flat = network(dense(12, "sigmoid"), layers.Reshape((3, 4)))
    check.activation(flat, "sigmoid", takes=(4,))
    channels = network(layers.Conv2DTranspose(2, 2, activation="tanh"), takes=(3, 3, 1))
    check.activation(channels, "tanh", takes=(3, 3, 1))
    twice = network(dense(3, "sigmoid"), layers.Activation("sigmoid"))
    says("the sigmoid is there twice", of=lambda: check.activation(twice, "sigmoid", takes=(4,)))
    none = network(dense(3, use_bias=False))
    says("no bias", of=lambda: check.activation(none, None, takes=(4,), name="the encoder"))
    inner = network(dense(3), dense(4, use_bias=False))
    says("3 biases for 4 outputs", of=lambda: check.activation(inner, None, takes=(4,)))


def test_with_weights_puts_them_back(build):
    model = build(2)
    before = model.get_weights()
    answer = check.with_weights(model, [np.zeros_like(w) for w in before], np.ones((3, 4)))
    assert np.allclose(answer, 0.5) and answer.dtype == float
    with pytest.raises(ValueError):
        check.with_weights(model, before[:1], np.ones((3, 4)))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_nonlinear_tells_a_line_from_a_curve():
    check.nonlinear(np.tanh, "the layer")
    check.nonlinear(lambda x: max(x, 0.0), "the layer", grows=True)
    says("The layer is linear", of=lambda: check.nonlinear(lambda x: 3 * x - 1, "the layer"))
    says("levels off", of=lambda: check.nonlinear(np.tanh, "the layer", grows=True))


def test_one_function_is_seen_once_to_build_new_models():
    import keras

    built = []

    def build(units):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
        built.append(model)
        return built[0] if units == 3 else model

    for units in (1, 2):
        check.model(build, units, takes=(2,), gives=(units,))
    assert len(built) == 3
    built.clear()
    with pytest.raises(CheckError, match="Two calls return the same weights"):
        check.model(lambda units: build(units), 3, takes=(2,), gives=(3,))
