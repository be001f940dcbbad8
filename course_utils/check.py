"""Checks that tell a learner in words what is wrong.

Each function returns nothing when all is well and raises :class:`CheckError` otherwise. In a
notebook the error shows its message alone, without a traceback.
"""

from collections.abc import Mapping, Sequence

import numpy as np


class CheckError(AssertionError):
    """An answer is not right yet; the message says what and, if it can, why."""

    def _render_traceback_(self):
        """IPython's hook: show the message instead of a traceback."""
        return [f"\N{BALLOT X} Not yet: {self}"]


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
    require(value is not None, f"{name}: the function returned nothing. Is the `return` missing?")
    try:
        result = np.asarray(value)
    except Exception:
        raise CheckError(
            f"{name}: expected an array of numbers, got {type(value).__name__}."
        ) from None
    if result.dtype.kind not in "biuf":
        raise CheckError(f"{name}: expected an array of numbers, got {type(value).__name__}.")
    if shape is not None:
        fits = len(result.shape) == len(shape) and all(
            want is None or have == want for have, want in zip(result.shape, shape, strict=True)
        )
        sizes = ", ".join("any" if n is None else str(n) for n in shape)
        wanted = f"({sizes},)" if len(shape) == 1 else f"({sizes})"
        require(fits, f"{name}: the shape is {result.shape}, expected {wanted}.")
    if kind:
        groups = {"float": "f", "integer": "iu"}
        require(
            result.dtype.kind in groups[kind],
            f"{name}: expected {kind} numbers, got {result.dtype}.",
        )
    if result.dtype.kind == "f":
        bad = int(np.size(result) - np.isfinite(result).sum())
        require(bad == 0, f"{name}: {bad} of {result.size} values are NaN or infinite.")
    return result


def number(value, name: str) -> float:
    """Check that ``value`` is one finite number and return it as float."""
    return float(array(value, name, shape=()))


def close(
    value,
    expected,
    name: str,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    mistakes: Mapping[str, object] | None = None,
) -> None:
    """Check that ``value`` equals ``expected`` within a tolerance.

    Args:
        value: number or array from the learner's code.
        expected: the right one, of the same shape.
        name: what to call it in messages.
        rtol: allowed difference relative to the largest expected magnitude.
        atol: allowed absolute difference.
        mistakes: message -> the value that this known mistake would give; if the answer equals
            one of these, its message is shown instead of the bare difference.

    Raises:
        CheckError: wrong shape, not finite, or too far away.
    """
    expected = np.asarray(expected, dtype=float)
    result = array(value, name, shape=expected.shape).astype(float)

    def near(other) -> bool:
        other = np.asarray(other, dtype=float)
        if other.shape != result.shape:
            return False
        scale = np.max(np.abs(other), initial=0.0)
        return bool(np.max(np.abs(result - other), initial=0.0) <= atol + rtol * scale)

    if near(expected):
        return
    for message, wrong in (mistakes or {}).items():
        if near(wrong):
            raise CheckError(f"{name}: {message}")
    if expected.ndim == 0:
        raise CheckError(f"{name}: got {result:.6g}, expected {expected:.6g}.")
    worst = np.unravel_index(np.argmax(np.abs(result - expected)), result.shape)
    place = ", ".join(str(int(i)) for i in worst)
    raise CheckError(
        f"{name}: wrong values; the largest difference is at [{place}]: "
        f"got {result[worst]:.6g}, expected {expected[worst]:.6g}."
    )


def differ(first, second, message: str, atol: float = 1e-9) -> None:
    """Check that two results are not the same, e.g. for two different inputs."""
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    same = first.shape == second.shape and np.allclose(first, second, rtol=0, atol=atol)
    require(not same, message)


def unchanged(before, after, name: str) -> None:
    """Check that a function left its argument as it was."""
    require(
        np.array_equal(np.asarray(before), np.asarray(after)),
        f"{name} was changed in place: work on a copy, others still need the original.",
    )


def several(value, *names: str) -> tuple:
    """Check that a function returned as many results as ``names`` and return them."""
    wanted = ", ".join(names)
    require(value is not None, f"nothing was returned, expected {wanted}. Is the `return` missing?")
    require(
        isinstance(value, tuple | list) and len(value) == len(names),
        f"expected {len(names)} results ({wanted}), got "
        + (f"{len(value)}." if isinstance(value, tuple | list) else f"{type(value).__name__}."),
    )
    return tuple(value)
