"""What wrong values have in common with the right ones."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import numpy as np

# a ratio of all values that says where it comes from
RATIOS = {
    1 / np.log(2): "log2 for the natural logarithm",
    np.log(2): "the natural logarithm for log2",
    1 / np.log(10): "log10 for the natural logarithm",
    np.log(10): "the natural logarithm for log10",
    180 / np.pi: "degrees for radians",
    np.pi / 180: "radians for degrees",
    255.0: "0 to 255 for 0 to 1",
    1 / 255: "0 to 1 for 0 to 255",
    2 * np.pi: "a 2π too much",
    1 / (2 * np.pi): "a 2π missing",
}
AXES = {0: "rows", 1: "columns"}  # of a table


def near(value: np.ndarray, other: np.ndarray, rtol: float, atol: float) -> bool:
    """Same shape and non-finite entries; finite ones near, relative to the largest of ``other``."""
    if value.shape != other.shape:
        return False
    finite = np.isfinite(other)
    if not np.array_equal(value[~finite], other[~finite], equal_nan=True):
        return False
    value, other = value[finite], other[finite]
    scale = np.max(np.abs(other), initial=0.0)
    with np.errstate(all="ignore"):
        return bool(np.max(np.abs(value - other), initial=0.0) <= atol + rtol * scale)


def in_common(result: np.ndarray, expected: np.ndarray, rtol: float = 1e-5) -> str:
    """What wrong values have in common with the right ones of the same shape, if it is simple.

    Args:
        result: what the learner's code gave, of any shape.
        expected: the right values, of the same shape.
        rtol: how near they must come to what is told, relative to the largest.

    Returns:
        a sentence that begins with a space, or nothing.
    """
    with np.errstate(all="ignore"):
        if not (np.isfinite(expected).all() and np.isfinite(result).all() and np.any(result)):
            return ""
        candidates = [_last_steps]
        if expected.size > 2:  # one or two values may be alike by chance
            orders, parts = partial(_orders, rtol), partial(_parts, rtol)
            candidates += [_losses, orders, parts, _means, _scales]
        for kind in (_roundings, *candidates):
            exact = 1e-6 if kind is _roundings else rtol
            for words, other in kind(result, expected):
                other = np.asarray(other, dtype=float)
                if near(result, other, exact, 1e-9) and not near(other, expected, rtol, 1e-9):
                    return f" {words}"
    return ""


Candidates = Iterator[tuple[str, np.ndarray]]


def _roundings(result: np.ndarray, expected: np.ndarray) -> Candidates:
    many = expected.size > 2
    for digits in range(0 if many else 2, 6):
        rounded = np.round(expected, digits)
        if many or np.all(rounded != np.round(expected)):
            places = f"{digits} digit{'s' if digits != 1 else ''}"
            if not many and np.all(rounded == np.round(expected, digits - 1)):
                places = f"{digits - 1} or {digits} digits"
            yield f"The values are rounded to {places}: return them as they are.", rounded
    if many:
        words = "The values are cut to whole numbers: the array that holds them needs dtype=float."
        yield words, np.trunc(expected)


def _last_steps(result: np.ndarray, expected: np.ndarray) -> Candidates:
    """What one gets by a slip of the last step."""
    has_zero = np.any(np.abs(expected) <= 1e-9)  # a 0 is its own square, root and double
    if not has_zero:
        yield "This is 100 times as large. Is it in per cent?", 100 * expected
        yield "This is a hundredth of it. Was it to be in per cent?", expected / 100
        if expected.size > 1 or np.any(expected != np.round(expected)):  # 3 and -3 may be by chance
            yield "The sign is the other way round.", -expected
        yield "This is the reciprocal, upside down.", 1 / expected
    whole = np.all(expected == np.round(expected))  # whole numbers are so by chance
    if not (has_zero or whole):
        yield "This is half of it.", expected / 2
        yield "This is twice as large.", 2 * expected
        yield "This is its square root.", np.sqrt(expected)
        yield "This is its square.", np.square(expected)
    if not whole:
        yield "This is 1 minus the right value.", 1 - expected
        yield "This is its exponential: is a logarithm missing?", np.exp(expected)
        yield "This is its logarithm: is an exponential missing?", np.log(expected)
    elif expected.size > 2 and np.isin(expected, (0, 1)).all():
        yield "0 and 1 are exchanged.", 1 - expected


def _losses(result: np.ndarray, expected: np.ndarray) -> Candidates:
    """Some values became something simple, and the others are right."""
    lost = (result == 0) & (expected != 0)
    if np.any(lost) and np.array_equal(lost, expected < 0):
        words = "Values below 0 became 0, the others are right. Was a maximum or a clip taken?"
        yield words, np.where(lost, 0, expected)
    if np.any(lost):
        words = f"{lost.sum()} of {result.size} values are 0 by mistake, the others are right. "
        words += "Does a loop end too early, or is a case left out?"
        yield words, np.where(lost, 0, expected)
    yield "The signs are lost: these are absolute values.", np.abs(expected)
    yield "The values were clipped to 0 to 1.", np.clip(expected, 0, 1)
    yield "The values were clipped to -1 to 1.", np.clip(expected, -1, 1)


def _orders(rtol: float, result: np.ndarray, expected: np.ndarray) -> Candidates:
    """The right values, in other places; of two kinds of values many are so by chance."""
    if len(np.unique(expected)) < 3:
        return
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1]:
        yield "Rows and columns are exchanged.", expected.T
    for axis in range(expected.ndim):
        along = f" along axis {axis}" if expected.ndim > 1 else ""
        yield f"The order is reversed{along}.", np.flip(expected, axis)
        for shift, way, end in ((1, "later", 0), (-1, "earlier", -1)):
            moved = np.roll(expected, shift, axis)
            moved[(slice(None),) * axis + (end,)] = result.take(end, axis)  # whatever stands there
            if expected.shape[axis] > 3:
                yield f"The values stand one place {way} than they should{along}.", moved
        yield f"The values were sorted{along}.", np.sort(expected, axis)
        yield f"These are cumulated{along}.", np.cumsum(expected, axis)
    values = np.sort(expected, axis=None)
    if near(np.sort(result, axis=None), values, rtol, 1e-9):
        yield "These are the right values in another order.", result


def _scales(result: np.ndarray, expected: np.ndarray) -> Candidates:
    """One factor or one shift between all values; or one for each row or column."""
    if not np.ptp(expected):
        return
    yield "The values were divided by their sum.", expected / expected.sum()
    yield "The values were divided by the largest.", expected / expected.max()
    yield "The values were divided by their norm.", expected / np.linalg.norm(expected)
    spread = (expected - expected.min()) / np.ptp(expected)
    yield "The values were stretched to 0 to 1.", spread
    yield "Their mean was subtracted.", expected - expected.mean()
    ratio = np.sum(result * expected) / max(np.sum(expected**2), 1e-300)
    cause = next((f": {c}?" for r, c in RATIOS.items() if np.isclose(ratio, r, rtol=1e-4)), ".")
    yield f"Every value is {ratio:.4g} times the right one{cause}", ratio * expected
    shift = np.mean(result - expected)
    way = "plus" if shift > 0 else "minus"
    yield f"Every value is the right one {way} {abs(shift):.4g}.", expected + shift
    if expected.ndim != 2 or min(expected.shape) < 2:
        return
    for axis, name in AXES.items():  # the values of a row have their mean over axis 1
        over = 1 - axis
        if expected.shape[over] > 2:
            size = np.sum(result * expected, over) / np.sum(expected**2, over)
            words = f"Within each of the {name} all values are wrong by one factor"
            yield f"{words}, which differs between {name}.", np.expand_dims(size, over) * expected
            step = np.mean(result - expected, over)
            words = f"Within each of the {name} all values are wrong by one shift"
            yield f"{words}, which differs between {name}.", np.expand_dims(step, over) + expected


def _means(result: np.ndarray, expected: np.ndarray) -> Candidates:
    """One value stands for many."""
    if not np.ptp(expected):
        return
    yield "Every value is the mean of all right ones.", np.full(expected.shape, expected.mean())
    yield "Every value is the first of the right ones.", np.full(expected.shape, expected.flat[0])
    yield "Every value is the last of the right ones.", np.full(expected.shape, expected.flat[-1])
    for axis in range(expected.ndim if expected.ndim > 1 else 0):
        mean = np.broadcast_to(expected.mean(axis, keepdims=True), expected.shape)
        yield f"Every value is the mean of the right ones over axis {axis}.", mean
        first = np.broadcast_to(expected.take([0], axis), expected.shape)
        yield f"All values along axis {axis} are the first of the right ones.", first
    yield "All values are the same; they should differ.", np.full(expected.shape, result.flat[0])


def _parts(rtol: float, result: np.ndarray, expected: np.ndarray) -> Candidates:
    """Most values are right: where the wrong ones stand."""
    scale = max(np.max(np.abs(expected)), 1e-300)
    wrong = np.abs(result - expected) > rtol * scale
    count = int(wrong.sum())
    if not 0 < 2 * count < wrong.size:
        return
    for axis in range(expected.ndim):
        where = np.unique(np.nonzero(wrong)[axis])
        last = expected.shape[axis] - 1
        name = "value" if expected.ndim == 1 else AXES[axis][:-1] if expected.ndim == 2 else ""
        name = name or f"entry along axis {axis}"
        for places, title in (([0], f"the first {name} is"), ([last], f"the last {name} is")):
            if last > 0 and list(where) == places:
                yield f"Only {title} wrong, the others are right.", result
        if last > 2 and list(where) == [0, last]:
            words = f"Only the first and the last {name} are wrong, the others are right."
            yield f"{words} Is it a matter of the border?", result
    yield f"Only {count} of {wrong.size} values are wrong, the others are right.", result


def other_shape(result: np.ndarray, expected: np.ndarray, rtol: float = 1e-5) -> str:
    """What values of a wrong shape have in common with the right ones, if it is simple.

    Returns:
        a sentence that begins with a space, or nothing.
    """
    with np.errstate(all="ignore"):
        squeezed = result.squeeze().shape == expected.squeeze().shape  # the shapes alone say it
        if not squeezed and expected.size and result.size and np.isfinite(expected).all():
            for words, mine, right in _other_shapes(result, expected):
                # a single whole number may be alike by chance
                telling = right.size > 1 or result.size > 2 or np.any(right != np.round(right))
                if telling and near(mine, right, rtol, 1e-9):
                    return f" {words}"
    return ""


def _other_shapes(result: np.ndarray, expected: np.ndarray):
    """Words, and what is equal if they are true."""
    for words, function in (("sum", np.sum), ("mean", np.mean), ("root mean square", _rms)):
        for axes in _groups(result.ndim, result.ndim - expected.ndim):
            yield f"A {words} over {_named(axes)} is missing.", function(result, axes), expected
    for words, function in (("sum", np.sum), ("mean", np.mean), ("maximum", np.max)):
        for axes in _groups(expected.ndim, expected.ndim - result.ndim):
            more = f"The {words} over {_named(axes)} was taken; it is not asked for."
            if not result.ndim:
                more = f"This is one number for everything, the {words} over {_named(axes)}."
            yield more, result, function(expected, axes)
    if result.size == expected.size:
        if result.T.shape == expected.shape:
            yield "Rows and columns are exchanged.", result.T, expected
        yield "The values are right, the shape is not.", result.ravel(), expected.ravel()
    if result.ndim == expected.ndim:
        for axis in range(result.ndim):
            short, long = sorted((result, expected), key=lambda one: one.shape[axis])
            size, more = short.shape[axis], long.shape[axis] - short.shape[axis]
            if not size or not more:
                continue
            what = "missing" if short is result else "too many"
            along = f" along axis {axis}" if result.ndim > 1 else ""
            for place, title in ((slice(size), "last"), (slice(more, None), "first")):
                cut = long[(slice(None),) * axis + (place,)]
                ends = f"The {title} {more if more > 1 else 'one'}{along}"
                yield f"{ends} {'are' if more > 1 else 'is'} {what}.", cut, short


def _rms(values: np.ndarray, axes) -> np.ndarray:
    return np.sqrt(np.mean(np.square(values), axes))


def _groups(ndim: int, count: int):
    """Sets of so many of the axes."""
    return combinations(range(ndim), count) if count > 0 else ()


def _named(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"the axes {' and '.join(map(str, axes))}"
