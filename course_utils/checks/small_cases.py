"""What is said of one number that comes out of many steps: small worked cases, and mistakes confirmed elsewhere."""

from collections.abc import Callable, Iterable

import numpy as np

from course_utils import check


def first_wrong(function: Callable, cases: Iterable[tuple], rtol: float = 1e-3) -> str:
    """Call a function on worked cases, the simplest first, and tell the first that goes wrong.

    Args:
        function: the learner's; it returns one number.
        cases: (words, arguments, right number); the words work it out and end before the number,
            e.g. "two equal pictures have no entropy, so the score is".
        rtol: allowed difference, relative to the right number or to 1.

    Returns:
        words for the learner, or nothing if all cases are right.
    """
    for words, arguments, right in cases:
        try:
            got = np.asarray(check.call(function, *arguments), dtype=float)
        except (TypeError, ValueError):
            return ""
        if got.shape:
            return ""  # its shape says more
        if not abs(got - right) <= rtol * max(1, abs(right)):
            return f"wrong. A smaller case to begin with: {words} {right:.4g}; yours gives {got:.4g}."
    return ""


def confirmed(known: Callable, answer: Callable, first: tuple, further: Iterable[tuple]) -> dict:
    """The known mistakes that explain an answer on further data, too.

    One number, or a share of few points, is often equal to that of a mistake by chance.

    Args:
        known: gives message -> value, for ``check.close``, of the data; one that is not given for further data
            needs no confirmation there.
        answer: gives the learner's value of the data.
        first: the data of the check.
        further: more data, each as ``first``.

    Returns:
        message -> value for the first data.
    """
    found = known(*first)
    for data in further:
        got, other = answer(*data), known(*data)
        found = {
            words: value
            for words, value in found.items()
            if words not in other or np.allclose(got, other[words], rtol=1e-3, equal_nan=True)
        }
    return found


def either(right: np.ndarray, both: dict, *names: str) -> dict:
    """Mistakes in both of two numbers, and the same ones in each number alone.

    Args:
        right: the right numbers.
        both: message -> the two numbers with this mistake.
        names: of the two numbers; a message that begins with one of them is about it already.
    """
    found = dict(both)
    for words, values in both.items():
        if words.startswith(("they", "the second", *names)):  # these are about one number or about the pair
            continue
        found[f"{names[0]}: {words}"] = np.array([values[0], right[1]])
        found[f"{names[1]}: {words}"] = np.array([right[0], values[1]])
    return found
