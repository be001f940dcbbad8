"""Other cases than the check's own: they confirm a known mistake, or show it in a few numbers."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from course_utils.check.calls import call
from course_utils.check.values import CheckError, close

MOST_SHOWN = 30  # numbers of a result


def confirmed(
    function: Callable,
    mistakes_of: Callable,
    case: tuple,
    elsewhere: Iterable[tuple],
    everywhere: bool = False,
) -> dict:
    """Known mistakes that explain other cases, too: for the ``mistakes`` of ``close``.

    One number, such as a share of a few points, is often equal by chance to what some other mistake
    would give.

    Args:
        function: gives the learner's value for a case. Where it stops, nothing is refuted.
        mistakes_of: message -> the value of this mistake, for a case.
        case: the arguments of both in the check.
        elsewhere: those of other cases, in which hardly two mistakes give the same.
        everywhere: whether a mistake is refuted by a case for which it is missing.

    Returns:
        message -> value for the check's case.
    """
    found = dict(mistakes_of(*case))
    for other in elsewhere:
        value = numbers_of(function, *other)
        if value is None:
            continue
        known = dict(mistakes_of(*other))
        fits = {words for words in found.keys() & known.keys() if _gives(value, known[words])}
        kept = fits if everywhere else fits | (found.keys() - known.keys())
        found = {words: wrong for words, wrong in found.items() if words in kept}
    return found


def first_wrong(
    function: Callable, cases: Iterable[tuple], rtol: float = 1e-4, atol: float = 1e-6
) -> str:
    """The first of some small cases that goes wrong, in words: for the ``otherwise`` of ``close``.

    Args:
        function: gives the learner's value. A case in which it stops is passed over.
        cases: tuples of what is asked, in words; the arguments; the right value; and, if it is not
            plain, how that comes about. The simplest one comes first, and each shows one step more.
        rtol, atol: as in ``close``.

    Returns:
        a sentence, or nothing if all are right.
    """
    for told, arguments, right, *why in cases:
        try:
            value = call(function, *arguments)
        except (CheckError, TypeError, ValueError):
            continue
        try:
            close(value, right, told, rtol=rtol, atol=atol)
        except CheckError as error:
            got, right = numbers_of(np.asarray, value), np.asarray(right, dtype=float)
            if got is None or got.shape != right.shape:
                return f"a small case: {error}"
            reason = f"{why[0]} = " if why and why[0] else ""
            wanted = f"{reason}{in_digits(right)}"
            return f"a small case: {told}: got {in_digits(got)}, expected {wanted}."
    return ""


def worked(right: Callable, cases: Mapping[str, tuple]) -> Iterator[tuple]:
    """Cases for :func:`first_wrong`, of words -> arguments, with what a right function gives."""
    for told, arguments in cases.items():
        yield told, arguments, right(*arguments)


def in_digits(value) -> str:
    """A number or a small array in four digits, on one line."""
    value = np.asarray(value, dtype=float)
    if value.size > MOST_SHOWN:
        return f"an array of shape {value.shape}"
    if value.ndim:
        return f"[{', '.join(map(in_digits, value))}]"
    return f"{float(value):.4g}" if abs(value) > 1e-9 or np.isnan(value) else "0"


def _gives(value: np.ndarray, wrong) -> bool:
    wrong = numbers_of(wrong) if callable(wrong) else numbers_of(np.asarray, wrong)
    if wrong is None or wrong.shape != value.shape:
        return False
    return np.allclose(value, wrong, rtol=1e-3, atol=1e-6, equal_nan=True)


def numbers_of(function: Callable, *arguments) -> np.ndarray | None:
    """What a function gives, as an array; None if it stops or gives no numbers."""
    try:
        return np.asarray(function(*arguments), dtype=float)
    except (CheckError, TypeError, ValueError):
        return None
