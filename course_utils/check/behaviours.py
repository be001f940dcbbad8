"""What a function does when one thing is changed, beside what the right one does."""

from collections.abc import Callable, Iterator

import numpy as np

from course_utils.check.calls import call
from course_utils.check.cases import in_digits

MOST_SHOWN = 8  # numbers of an example
NEAR = 1e-3
MOST_STEP = 16
FACTORS = (0.25, 0.5, 2, 4, 8, 16)
SIZES = {0.25: "a quarter", 0.5: "half", 2: "twice"}


def behaviour(function: Callable, right: Callable, call: Callable = call, /, **given) -> str:
    """Words about a wrong function, whatever its mistake: for the ``otherwise`` of ``close``.

    One thing is changed at a time, and both functions show how their results follow: all numbers
    of an argument doubled, one row changed, every row twice. Told are the first change that they
    follow differently, what can be set to 0 or 1 to make the result right, and a small case.

    Args:
        function: the learner's. It takes the values of ``given`` in their order and gives an array
            or a number.
        right: the right one, of the same arguments.
        call: how to call the learner's; :func:`check.call` by default.
        given: arguments by their names. Arrays of floating-point numbers and Python floats are
            changed, but numbers from 0 to 1 stay there, and none becomes negative if none is. All
            others stay, and arrays of 0 and 1 alone.

    Returns:
        at most three sentences, which are true of these arguments; or nothing.
    """
    pair = _Pair(lambda **values: call(function, *values.values()), right, given)
    if pair.now is None or _same(*pair.now):
        return ""
    if pair.draws():
        return "Two calls with the same arguments give two results: nothing random is wanted."
    found = _first_difference(pair), _right_without(pair), _small_case(pair)
    return " ".join(one for one in found if one)


class _Pair:
    """A learner's function and the right one, called with the same arguments."""

    def __init__(self, function: Callable, right: Callable, given: dict):
        self.function, self.right, self.given = function, right, given
        self.now = self.both()
        arrays = {name: np.asarray(value) for name, value in given.items()}
        self.floats = {
            name: value
            for name, value in arrays.items()
            if value.dtype.kind == "f" and not (value.ndim and np.isin(value, (0, 1)).all())
        }
        # arrays that have a first axis in common (rows), or a last one (columns)
        lengths = [len(v) for v in arrays.values() if v.ndim]
        size = len(self.now[1]) if self.now and self.now[1].ndim else 0
        self.by_row = size in lengths  # a row of the result for each of theirs
        self.n = size if self.by_row else next(iter(lengths), 0)
        self.rows = {k: v for k, v in arrays.items() if v.ndim and len(v) == self.n}
        self.d = next((v.shape[-1] for v in arrays.values() if v.ndim > 1), 0)
        self.columns = {
            name: value
            for name, value in arrays.items()
            if value.ndim
            and value.shape[-1] == self.d
            and (value.ndim > 1 or name not in self.rows)
        }

    def both(self, **changed) -> tuple[np.ndarray, np.ndarray] | None:
        """Both results, of one shape and finite; or nothing."""
        values = self.given | changed
        try:
            mine = np.asarray(self.function(**values), dtype=float)
            wanted = np.asarray(self.right(*values.values()), dtype=float)
        except Exception:
            return None
        fit = mine.shape == wanted.shape and np.isfinite(mine).all() and np.isfinite(wanted).all()
        return (mine, wanted) if fit and mine.size else None

    def draws(self) -> bool:
        """Whether the learner's function gives something else each time."""
        again = self.both()
        return again is None or not _same(again[0], self.now[0])


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    if first.shape != second.shape:
        return False
    scale = max(np.max(np.abs(second), initial=0.0), 1e-9)
    return bool(np.max(np.abs(first - second), initial=0.0) <= NEAR * scale)


def _effect(before: np.ndarray, after: np.ndarray) -> str:
    """What became of a result, as a verb in its plain form."""
    if before.shape != after.shape:
        return "change its shape"
    if _same(after, before):
        return "stay the same"
    if not np.any(before):
        return "change"
    if _same(after, -before):
        return "change its sign"
    for factor in FACTORS:
        if _same(after, factor * before):
            return f"become {SIZES.get(factor, f'{factor} times')} as large"
    step = round(float(np.clip(np.mean(after - before), -MOST_STEP, MOST_STEP)))
    if step and np.max(np.abs(after - before - step)) <= NEAR:
        return f"{'grow' if step > 0 else 'fall'} by {abs(step)}"
    return "change"


def _said(change: str, mine: str, wanted: str) -> str:
    verb, _, rest = mine.partition(" ")
    yours = f"yours {verb}s {rest}".strip()
    if wanted == "change" and mine != "stay the same":
        return f"If {change}, {yours}; the right one does not."
    if mine == "change" and wanted != "stay the same":
        yours = "yours does not"
    return f"If {change}, the result should {wanted}; {yours}."


def _said_of_rows(change: str, wanted: str) -> str:
    if wanted == "stay the same":
        return f"If {change}, the result's rows should do the same, and no more; yours do not."
    return f"If {change}, your result's rows do the same; the right ones do not."


def _first_difference(pair: _Pair) -> str:
    """What the right result obeys and the learner's does not; else what only the learner's does."""
    later = ""
    for kind in (_one_row, _numbers, _orders, _sizes):
        for change, changed, follow in kind(pair):
            found = pair.both(**changed)
            if found is None:
                continue
            olds = [follow(old) for old in pair.now]
            if kind is _one_row:
                if _same(found[1][1:], olds[1]) and not _same(found[0][1:], olds[0]):
                    return f"If {change}, the other rows of the result should not change; yours do."
                continue
            mine, wanted = map(_effect, olds, found)
            if kind is _numbers:
                mine, wanted = (s if s == "stay the same" else "change" for s in (mine, wanted))
            if mine != wanted and follow is not _as_it_is:
                if "stay the same" in (mine, wanted):
                    return _said_of_rows(change, wanted)
            elif mine != wanted:
                said = _said(change, mine, wanted)
                if wanted != "change" or mine == "stay the same":
                    return said
                later = later or said
    return later


# words, the changed arguments, and what the old result becomes if only the order or the number of
# its rows changes
Changes = Iterator[tuple[str, dict, Callable]]


def _one_row(pair: _Pair) -> Changes:
    rows = {name: value for name, value in pair.rows.items() if name in pair.floats}
    if rows and pair.n > 1 and pair.by_row:
        moved = {name: np.concatenate([_other(v[:1]), v[1:]]) for name, v in rows.items()}
        yield f"only the first row of {_names(rows)} is changed", moved, lambda old: old[1:]


def _numbers(pair: _Pair) -> Changes:
    for name, value in pair.floats.items():
        yield f"other numbers are in `{name}`", {name: _like(value, _other(value))}, _as_it_is


def _other(value: np.ndarray) -> np.ndarray:
    """Other numbers of the same domain."""
    rng = np.random.default_rng(0)
    if _in_unit(value):
        return 0.7 * value + 0.3 * rng.random(value.shape)
    more = (0.5 + np.std(value)) * rng.random(value.shape)
    return value + more


def _in_unit(value: np.ndarray) -> bool:
    return bool(np.min(value) >= 0 and np.max(value) <= 1)


def _orders(pair: _Pair) -> Changes:
    """Rows or columns in another order, or twice."""
    if pair.n > 1 and pair.rows:
        names = _names(pair.rows)
        turned = {name: value[::-1].copy() for name, value in pair.rows.items()}
        yield f"the rows of {names} are reversed", turned, np.flipud if pair.by_row else _as_it_is
        twice = {name: np.concatenate([value, value]) for name, value in pair.rows.items()}
        yield f"every row of {names} comes twice", twice, _twice if pair.by_row else _as_it_is
    shape = pair.now[1].shape
    if pair.d > 1 and pair.columns and (not shape or shape[-1] != pair.d):
        names = _names(pair.columns)
        turned = {name: value[..., ::-1].copy() for name, value in pair.columns.items()}
        yield f"the last axis of {names} is reversed", turned, _as_it_is
        twice = {name: np.concatenate([value, value], -1) for name, value in pair.columns.items()}
        yield f"every entry along the last axis of {names} comes twice", twice, _as_it_is


def _sizes(pair: _Pair) -> Changes:
    arrays = {name: value for name, value in pair.floats.items() if value.ndim}
    groups = [arrays] if len(arrays) > 1 else []
    for group in [*groups, *({name: value} for name, value in pair.floats.items())]:
        where = f"every number in {_names(group)}" if arrays.keys() & group else _names(group)
        changes = {"{} is halved": lambda v: v / 2}
        if not any(map(_in_unit, group.values())):
            changes = {"{} is doubled": lambda v: 2 * v, "1 is added to {}": lambda v: v + 1}
        if any(np.min(value) < 0 for value in group.values()):
            changes["the sign of {} is changed"] = np.negative
        for words, change in changes.items():
            changed = {name: _like(value, change(value)) for name, value in group.items()}
            yield words.format(where), changed, _as_it_is


def _right_without(pair: _Pair) -> str:
    """Which argument can be set to a plain value to make the result right."""
    for name, value in pair.floats.items():
        for plain in (0.0,) if value.ndim else (0.0, 1.0):
            found = pair.both(**{name: _like(value, np.full_like(value, plain))})
            if found is None or not np.any(found[1]) or not _same(*found):
                continue
            where = f"every number in `{name}`" if value.ndim else f"`{name}`"
            more = f": look at what is done with `{name}`" if len(pair.floats) > 1 else ""
            return f"Where {where} is {plain:g} yours is right{more}."
    return ""


def _small_case(pair: _Pair) -> str:
    """The smallest case that is still wrong."""
    for size, wide in ((1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1)):
        if size > pair.n or wide > pair.d > 0:
            continue
        small = {name: value[:size] for name, value in pair.rows.items()}
        small |= {k: small.get(k, v)[..., :wide] for k, v in pair.columns.items()}
        values = (pair.given | small).items()
        shown = {k: v for k, v in values if np.asarray(v).dtype.kind in "biufU"}
        found = pair.both(**small)
        if found and sum(map(np.size, shown.values())) <= MOST_SHOWN and not _same(*found):
            case = ", ".join(f"{name} = {_text(value)}" for name, value in shown.items())
            mine, wanted = map(_text, found)
            if mine != wanted:  # to four digits
                return f"A small case: for {case} you get {mine}, expected {wanted}."
    return ""


def _like(value: np.ndarray, changed: np.ndarray):
    """A changed argument, of the old one's kind."""
    return np.asarray(changed, value.dtype) if value.ndim else float(changed)


def _as_it_is(result: np.ndarray) -> np.ndarray:
    return result


def _twice(result: np.ndarray) -> np.ndarray:
    return np.concatenate([result, result])


def _names(group: dict) -> str:
    return " and ".join(f"`{name}`" for name in group)


def _text(value) -> str:
    array = np.asarray(value)
    return repr(array.tolist()) if array.dtype.kind in "bU" else in_digits(array)
