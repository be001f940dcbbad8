"""A known mistake is told only if it explains what an answer gives elsewhere, too.

One number, such as a share of a few cases, is easily equal to what some other mistake would give.
"""

from collections.abc import Callable, Iterable

import numpy as np

from course_utils.check import CheckError
from course_utils.check.likeness import near


def answer(function: Callable, *case) -> np.ndarray | None:
    """What a function gives for a case as an array, or None if it stops or gives no numbers."""
    try:
        return np.asarray(function(*case), dtype=float)
    except (CheckError, TypeError, ValueError):
        return None


def confirmed(function: Callable, mistakes_of: Callable, case: tuple, elsewhere: Iterable[tuple]) -> dict:
    """Known mistakes of a case, for ``close(mistakes=...)``: those that explain other cases, too.

    Args:
        function: what calls the learner's function for a case.
        mistakes_of: function of a case; message -> the value that this mistake would give. A message
            that is missing for another case, as where the mistake makes no difference, is not refuted.
        case: the arguments of both.
        elsewhere: other cases, in which hardly two mistakes give the same.
    """
    found = dict(mistakes_of(*case))
    for other in elsewhere:
        value, known = answer(function, *other), mistakes_of(*other)
        found = {words: wrong for words, wrong in found.items() if words not in known or _gives(value, known[words])}
    return found


def _gives(value: np.ndarray | None, wrong) -> bool:
    return value is not None and wrong is not None and near(value, np.asarray(wrong, dtype=float), 1e-4, 1e-9)
