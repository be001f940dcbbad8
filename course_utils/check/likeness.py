"""What wrong values have in common with the right ones."""

import numpy as np


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


def in_common(result: np.ndarray, expected: np.ndarray) -> str:
    """What wrong values have in common with the right ones, if it is something simple."""

    def like(other) -> bool:
        return near(result, np.asarray(other), 1e-5, 1e-9)

    if not (np.isfinite(expected).all() and np.any(result)):
        return ""
    many = expected.size > 2  # one or two values may be alike by chance
    for digits in range(0 if many else 2, 6):
        rounded = np.round(expected, digits)
        if like(rounded) and (many or np.all(rounded != np.round(expected))):
            places = f"{digits} digit{'s' if digits != 1 else ''}"
            return f" The values are rounded to {places}: return them as they are."
    if many and like(np.trunc(expected)):
        return " The values are cut to whole numbers: the array that holds them needs dtype=float."
    lost = (result == 0) & (expected != 0)
    if many and np.any(lost) and like(np.where(lost, 0, expected)):
        if np.array_equal(lost, expected < 0):
            return " Values below 0 became 0, the others are right. Was a maximum or a clip taken?"
        return (
            f" {lost.sum()} of {result.size} values are 0 by mistake, the others are right. Does a "
            "loop end too early, or is a case left out?"
        )
    if np.all(np.abs(expected) > 1e-9):
        for words, other in _kin(expected).items():
            if like(other):
                return f" {words}"
    if not many:
        return ""
    ratio = np.sum(result * expected) / max(np.sum(expected**2), 1e-300)
    if np.ptp(expected) and like(ratio * expected):
        return f" Every value is {ratio:.4g} times the right one."
    shift = np.mean(result - expected)
    if np.ptp(expected) and like(expected + shift):
        return f" Every value is the right one {'plus' if shift > 0 else 'minus'} {abs(shift):.4g}."
    return " The order is reversed." if expected.ndim and like(expected[::-1]) else ""


def _kin(expected: np.ndarray) -> dict[str, np.ndarray]:
    """Values that one gets by a slip of the last step, none of which is 0."""
    kin = {
        "This is 100 times as large. Is it in per cent?": 100 * expected,
        "This is a hundredth of it. Was it to be in per cent?": expected / 100,
        "The sign is the other way round.": -expected,
        "This is the reciprocal, upside down.": 1 / expected,
    }
    if np.any(expected != np.round(expected)):  # whole numbers are so by chance
        with np.errstate(invalid="ignore"):
            root = np.sqrt(expected)
        kin["This is half of it."], kin["This is twice as large."] = expected / 2, 2 * expected
        kin["This is its square root."], kin["This is its square."] = root, np.square(expected)
    return kin
