"""Compare values, and recognise the mistake that a wrong value comes from."""

import functools
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from itertools import combinations

import numpy as np

from course_utils.check.likeness import in_common, near, other_shape

# Words that are small after "; and", even where a message begins with them
SMALL = ("A", "An", "It", "No", "Not", "Only", "The", "There", "These", "This", "Those", "What")
MAX_OPTIONS = 20


class CheckError(AssertionError):
    """An answer is not right yet; the message says what and, if it can, why."""

    def _render_traceback_(self):
        """IPython's hook: show the message instead of a traceback."""
        return [f"\N{BALLOT X} Not yet: {self}"]


class StubError(NotImplementedError):
    """A learner's function still raises NotImplementedError; this class has the same name."""

    def _render_traceback_(self):
        return [f"\N{WHITE CIRCLE} {self}"]


StubError.__name__ = "NotImplementedError"


def require(condition: bool, message: str) -> None:
    """Raise :class:`CheckError` with ``message`` unless ``condition`` holds."""
    if not bool(condition):
        raise CheckError(message)


def array(
    value, name: str, shape: Sequence[int | None] | None = None, kind: str = ""
) -> np.ndarray:
    """Check that ``value`` is an array of finite numbers and return it as NumPy array.

    Args:
        value: what the learner's code returned (NumPy array, tensor or nested list).
        name: what to call it in messages, e.g. ``"the codes"``.
        shape: expected shape; ``None`` stands for any length of that axis.
        kind: ``"float"``, ``"integer"``, or empty for any numbers.

    Raises:
        CheckError: nothing was returned, not numbers, wrong shape or kind, NaN or infinity.
    """
    result = _numbers(value, name)
    if shape is not None:
        _require_shape(result, tuple(shape), name)
    if kind:
        groups = {"float": "f", "integer": "iu"}
        require(
            result.dtype.kind in groups[kind],
            f"{name}: expected {kind} numbers, got {result.dtype}.",
        )
    if result.dtype.kind == "f":
        _require_finite(result, np.isfinite(result), name)
    return result


def not_list(value, name: str) -> None:
    """Check that it is no list or tuple: later cells compute with it as with an array."""
    kind = type(value).__name__
    require(
        not isinstance(value, list | tuple),
        f"{name}: return an array, np.array(...), not a {kind}.",
    )


def number(value, name: str) -> float:
    """Check that ``value`` is one finite number and return it as float."""
    return float(array(value, name, shape=()))


def close(
    value,
    expected,
    name: str,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    mistakes: Mapping[str, object] | Callable[[], Mapping[str, object]] | None = None,
    otherwise: Callable[[], str] | None = None,
) -> None:
    """Check that ``value`` equals ``expected`` within a tolerance.

    A known mistake is recognised first, also where it gives another shape, NaN or infinity.

    Args:
        value: number or array from the learner's code.
        expected: the right number, bool or array. Infinity matches itself only, NaN nothing.
        name: what to call it in messages.
        rtol: allowed difference relative to the largest finite expected one; of 16 bits <= 1e-4.
        atol: allowed absolute difference.
        mistakes: message -> the value that this known mistake would give, of any shape, or a
            function that computes it. The first one that equals the answer gives the message; one
            that equals ``expected`` is passed over. Or a function that gives all this.
        otherwise: a function that gives words about an answer that no known mistake explains, or
            nothing. What the values have in common with the right ones is said first. Functions
            take no arguments and are called only if the answer is wrong.

    Raises:
        CheckError: a known mistake, wrong shape, not finite, 16 bits, or too far away.
    """
    expected = np.asarray(expected, dtype=float)
    result = _numbers(value, name).astype(float)
    coarse = getattr(getattr(value, "dtype", None), "name", "") in ("float16", "bfloat16")
    allowed = min(rtol, 1e-4) if coarse else rtol
    if near(result, expected, allowed, atol) and not np.isnan(expected).any():
        return
    require(
        not (coarse and near(result, expected, 0.01, 1e-3)),
        f"{name}: these are numbers of 16 bits, which is too coarse. Compute with float32.",
    )
    fine = min(max(rtol, 1e-5), 1e-3)  # how near values must come to what is said of them
    with np.errstate(all="ignore"):
        known = mistakes() if callable(mistakes) else mistakes or {}
    for message, wrong in known.items():
        wrong = _floats(wrong() if callable(wrong) else wrong)
        if wrong is None or near(wrong, expected, rtol, atol):
            continue
        require(not near(result, wrong, rtol, atol), f"{name}: {_sentence(message)}")
    with np.errstate(all="ignore"):
        if otherwise and (words := otherwise()):
            _tell(result, expected, name, _after(result, expected, fine, _sentence(words)))
    require(
        not isinstance(value, tuple) or result.shape == expected.shape,
        f"{name}: a tuple of {len(result) if result.ndim else 0} was returned, expected one result "
        f"of the shape {_shape(expected.shape)}.",
    )
    if result.shape != expected.shape:
        _require_shape(result, expected.shape, name, other_shape(result, expected, fine))
    _require_finite(result, np.isfinite(result) | (result == expected), name)
    _complain(result, expected, name, in_common(result, expected, fine))


def _after(result: np.ndarray, expected: np.ndarray, rtol: float, words: str) -> str:
    """Words, after what values of the same shape have in common with the right ones."""
    common = in_common(result, expected, rtol) if result.shape == expected.shape else ""
    return f"{common.strip()} {_capital(words)}" if common else words


def _tell(result: np.ndarray, expected: np.ndarray, name: str, words: str) -> None:
    """Words about a wrong answer; those that hold no number follow the worst one of it."""
    alike = result.shape == expected.shape and np.isfinite([result, expected]).all()
    if alike and not any(map(str.isdigit, words)):
        _complain(result, expected, name, f" {_capital(words)}")
    raise CheckError(f"{name}: {words}")


def slips(formula: Callable, wrong: Mapping[str, Mapping], /, **fixed) -> Mapping[str, object]:
    """What known mistakes in a formula give, alone and two at a time.

    Args:
        formula: a function of keyword options, the right one by default. It returns a number or an
            array.
        wrong: message -> the options that make this mistake, e.g. ``{"the ½ is missing":
            {"half": 1.0}}``; at most 20.
        fixed: further options, for every call.

    Returns:
        message -> value, for ``close(mistakes=...)``, computed when it is looked at. Single
        mistakes come first, then pairs that set different options ("the ½ is missing; and the sign
        is wrong"). What raises or equals the right value is left out, and what is nowhere finite
        unless a single mistake alone gives that.

    Raises:
        ValueError: more than 20 mistakes: the pairs would take long.
    """
    if len(wrong) > MAX_OPTIONS:
        raise ValueError(f"{len(wrong)} mistakes, at most {MAX_OPTIONS}")
    return _Slips(lambda: _wrong_values(formula, wrong, fixed))


class _Slips(MutableMapping):
    """Known mistakes, computed when somebody looks: a right answer needs none of them."""

    def __init__(self, compute: Callable[[], dict]):
        self._compute, self._added = compute, {}

    @functools.cached_property
    def _values(self) -> dict:
        return self._compute() | self._added

    def __getitem__(self, message):
        return self._values[message]

    def __setitem__(self, message, value):
        vars(self).get("_values", self._added)[message] = value  # without computing the others

    def __delitem__(self, message):
        del self._values[message]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __or__(self, other):
        return _Slips(lambda: dict(self) | dict(other))

    def __ror__(self, other):
        return _Slips(lambda: dict(other) | dict(self))


def _wrong_values(formula: Callable, wrong: Mapping[str, Mapping], fixed: dict) -> dict:
    found, nowhere = {}, {}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right = _floats(formula(**fixed))
        for size in (1, 2):
            for group in combinations(wrong.items(), size):
                options = [name for _, settings in group for name in settings]
                if len(options) > len(set(options)):
                    continue
                settings = fixed | {k: v for _, chosen in group for k, v in chosen.items()}
                try:
                    value = formula(**settings)
                except Exception:
                    continue
                numbers = _floats(value)
                if numbers is None or (right is not None and near(numbers, right, 1e-9, 0.0)):
                    continue
                told = found if np.isfinite(numbers).any() else nowhere
                told[_both(*(message for message, _ in group))] = value
    alone = [message for message in nowhere if message in wrong]
    return found | ({alone[0]: nowhere[alone[0]]} if len(alone) == 1 else {})


def differ(first, second, message: str, atol: float = 1e-9) -> None:
    """Check that two results are not the same, e.g. for two different inputs."""
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    same = first.shape == second.shape and np.allclose(first, second, rtol=0, atol=atol)
    require(not same, message)


def several(value, *names: str) -> tuple:
    """Check that a function returned as many results as ``names`` and return them.

    A tuple, a list, or an array with one axis.
    """
    wanted = ", ".join(names)
    require(value is not None, f"nothing was returned, expected {wanted}. Is the `return` missing?")
    if isinstance(value, np.ndarray) and value.shape == (len(names),):
        value = list(value)
    require(
        isinstance(value, tuple | list) and len(value) == len(names),
        f"expected {len(names)} results ({wanted}), got "
        + (f"{len(value)}." if isinstance(value, tuple | list) else f"{type(value).__name__}."),
    )
    return tuple(value)


def _numbers(value, name: str) -> np.ndarray:
    """The value as an array of real numbers, finite or not."""
    require(value is not None, f"{name}: the function returned nothing. Is the `return` missing?")
    wrong = f"{name}: expected an array of numbers, got {type(value).__name__}."
    if isinstance(value, tuple):
        wrong += " Return one result alone."
    if callable(value) and not hasattr(value, "__array__"):
        raise CheckError(f"{wrong} Is the call missing, with its brackets?")
    try:
        result = np.asarray(value)
        if result.dtype.kind == "V" and result.dtype.names is None:  # bfloat16
            result = result.astype("float32")
    except Exception:
        raise CheckError(wrong) from None
    if result.dtype.kind == "O" and isinstance(value, np.ndarray):
        wrong = f"{name}: expected an array of numbers, got one of objects (None, a generator?)."
    require(result.dtype.kind in "biuf", wrong)
    return result


def _floats(value) -> np.ndarray | None:
    """A value as float64; None of what is no real number or array."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return None if value is None else np.asarray(value, dtype=float)
    except Exception:
        return None


def _shape(sizes: Sequence[int | None]) -> str:
    text = ", ".join("any" if n is None else str(int(n)) for n in sizes)
    return f"({text},)" if len(sizes) == 1 else f"({text})"


def _require_shape(result: np.ndarray, shape: tuple, name: str, hint: str = "") -> None:
    have = result.shape
    if len(have) == len(shape) and all(
        want is None or size == want for size, want in zip(have, shape, strict=True)
    ):
        return
    hint = hint or _about_shapes(have, shape)
    raise CheckError(f"{name}: the shape is {have}, expected {_shape(shape)}.{hint}")


def _about_shapes(have: tuple, shape: tuple) -> str:
    """What a wrong shape may come from, whatever the values are."""
    if _long(have) == _long(shape) and len(have) != len(shape):
        if len(have) > len(shape):
            return " There is an axis of length 1 too many (see keepdims, squeeze)."
        return " An axis of length 1 is missing (see keepdims, or index with None)."
    if not shape:
        return " One number is wanted: is a mean or a sum over all entries missing?"
    if not have:
        return " This is one number for everything."
    if len(have) > 1 and have == shape[::-1]:
        return " Rows and columns are exchanged."
    if len(have) > len(shape) and have[: len(shape)] == shape:
        return " Is a sum or mean over the last axis missing?"
    return ""


def _long(shape: tuple) -> list:
    """The axes that are longer than 1."""
    return [n for n in shape if n != 1]


def _require_finite(result: np.ndarray, good: np.ndarray, name: str) -> None:
    bad = int(result.size - good.sum())
    require(bad == 0, f"{name}: {bad} of {result.size} values are NaN or infinite.")


def _complain(result: np.ndarray, expected: np.ndarray, name: str, hint: str) -> None:
    """Name the place of the largest difference; both arrays have the same shape."""
    if expected.ndim == 0:
        raise CheckError(f"{name}: got {result:.6g}, expected {expected:.6g}.{hint}")
    with np.errstate(all="ignore"):
        gap = np.where(result == expected, 0.0, np.abs(result - expected))
    worst = np.unravel_index(np.argmax(gap), gap.shape)
    place = ", ".join(str(int(i)) for i in worst)
    raise CheckError(
        f"{name}: wrong values; the largest difference is at [{place}]: "
        f"got {result[worst]:.6g}, expected {expected[worst]:.6g}.{hint}"
    )


def _sentence(message: str) -> str:
    message = message.strip()
    return message if message.endswith((".", "!", "?", ")")) else f"{message}."


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _both(first: str, second: str | None = None) -> str:
    """One message, or two in one sentence."""
    if second is None:
        return first
    start = second.strip()
    if start.partition(" ")[0] in SMALL:
        start = start[0].lower() + start[1:]
    return f"{first.strip().rstrip('.;')}; and {start}"
