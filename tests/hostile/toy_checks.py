"""The checks of :mod:`tests.hostile` as functions of a module, as ``course_utils/checks`` has them.

Tests copy this file there. Each function does what the cell of its name does.
"""

import numpy as np

from course_utils import check

NEAR, FAR = 1e-9, 1e-6
SIZES = [1, 2, 4, 5]
LIMITS = {"far": [1e-6]}
FACTORS = np.ones(3)


def numbers(n):
    """The first numbers."""
    return np.arange(1.0, n + 1)


def check_double(double, x):
    """Twice."""
    assert double(x) == 2 * x


def check_square(square, x, words=""):
    """A bare comparison."""
    assert square(x) == x * x, words


def check_mean(mean, values, words=""):
    """NumPy's own assertions."""
    got = mean(values)
    np.testing.assert_allclose(got, sum(values) / len(values), err_msg=words)
    assert abs(got - sum(values) / len(values)) < LIMITS["far"][0]


def check_norm(norm, n, words="the norm", *, rtol=1e-4):
    """By way of course_utils.check."""
    check.require(all(isinstance(x, float) for x in [float(check.call(norm, numbers(n)))]), "float")
    right = sum(k * k for k in numbers(n)) ** 0.5
    check.close(check.call(norm, numbers(n)) * FACTORS, right * FACTORS, words, rtol=rtol)


def right(share, *, near=None):
    """How many are right, of partial credit."""
    return sum(abs(share(n) - 1 / n) < (near or NEAR) for n in SIZES) / len(SIZES)
