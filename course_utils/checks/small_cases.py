"""Words about a wrong answer that no known mistake explains: the smallest case that shows it."""

from collections.abc import Callable, Iterable

import numpy as np

from course_utils import check


def smallest(function: Callable, cases: Iterable[tuple[str, tuple, object]], **tolerance) -> str:
    """Try small cases in turn, for ``check.close(otherwise=...)``.

    Args:
        function: the learner's.
        cases: the simplest one first: what the result is called, the arguments, the right result.
        tolerance: of ``check.close``.

    Returns:
        what the function gives in the first case where it is wrong, and what is right; nothing if it is right
        in all of them.
    """
    for name, args, right in cases:
        value = None
        try:
            value = check.call(function, *args)
            check.close(value, right, name, **tolerance)
        except check.CheckError as error:
            words = _got(value, right, name) or str(error)
            return f"a small case shows what is wrong. {words[0].upper()}{words[1:]}"
    return ""


def _got(value, right, name: str) -> str:
    """Both results in full, if they have one shape."""
    try:
        got, right = np.asarray(value, dtype=float), np.asarray(right, dtype=float)
    except (TypeError, ValueError):
        return ""
    if value is None or got.shape != right.shape:
        return ""
    return f"{name}: got {got.round(4).tolist()}, expected {right.round(4).tolist()}."
