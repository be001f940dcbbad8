"""Say of a wrong sum of known arrays which of its weights is wrong."""

from collections.abc import Mapping

import numpy as np

NEAR = 1e-3


def weights(
    value,
    expected,
    parts: Mapping[str, object],
    each: str = "",
    why: Mapping[str, str] | None = None,
) -> str:
    """What is wrong with a weighted sum of arrays, for ``close(otherwise=...)``.

    The weights are found by least squares, so that any slip in one of them is told by its place.

    Args:
        value: the learner's answer.
        expected: the right one, a sum of the parts, each times a number.
        parts: what a learner calls it -> an array of the same shape.
        each: what to call a row, if each row has weights of its own, e.g. ``"picture"``.
        why: name of a part -> what its weight should be, in words.

    Returns:
        words; nothing if the weights are right, if the shape is another or if there are too few
        numbers to find them.
    """
    try:
        found, right = np.asarray(value, dtype=float), np.asarray(expected, dtype=float)
    except Exception:
        return ""
    if found.shape != right.shape or not np.isfinite(found).all():
        return ""
    arrays = [np.asarray(one, dtype=float) for one in parts.values()]
    rows = range(len(right)) if each else [...]
    for row in rows:
        words = _wrong(
            found[row],
            right[row],
            dict(zip(parts, (a[row] for a in arrays), strict=True)),
            why or {},
        )
        if words:
            return f"in {each} {row}, {words}" if each else words
    return ""


def _wrong(found: np.ndarray, right: np.ndarray, parts: dict, why: Mapping[str, str]) -> str:
    """What is wrong with one sum, or nothing."""
    columns = np.stack([one.ravel() for one in parts.values()], axis=1)
    if len(columns) < len(parts) + 2 or np.linalg.matrix_rank(columns) < len(parts):
        return ""
    have, want = (np.linalg.lstsq(columns, one.ravel(), rcond=None)[0] for one in (found, right))
    scale = np.abs(found).max() + np.abs(right).max()
    if np.abs(columns @ have - found.ravel()).max() > NEAR * scale:
        names = " and ".join([", ".join(list(parts)[:-1]), list(parts)[-1]])
        return (
            f"it is no sum of multiples of {names}. Does something else enter, such as numbers "
            "drawn anew, a mean, or a clip?"
        )
    off = np.abs(have - want) > NEAR * np.maximum(1, np.abs(want))
    told = [
        f"that of {name} is {_short(a)}, expected {_short(b)}{', ' if name in why else ''}"
        + why.get(name, "")
        for name, a, b, wrong in zip(parts, have, want, off, strict=True)
        if wrong
    ]
    rest = ". The others are right." if told and len(told) < len(parts) else "."
    return f"a weight is wrong: {'; '.join(told)}{rest}" if told else ""


def _short(weight: float) -> str:
    return "0" if abs(weight) < NEAR**2 else f"{weight:.3g}"
