"""Lesson 12's check of the principal angles between two subspaces."""

import numpy as np
from scipy.linalg import subspace_angles

from course_utils import check

# In float32 a cosine of 1 was off by 7e-7 on one machine, and its arc cosine by 1.15e-3
ROUNDING = 2e-3


def _cut(matrix: np.ndarray, k: int | None = None) -> np.ndarray:
    """The first k arc cosines of a matrix's singular values."""
    return np.arccos(np.clip(np.linalg.svd(matrix, compute_uv=False), 0, 1))[:k]


def _angle_mistakes(a: np.ndarray, b: np.ndarray, right: np.ndarray) -> dict:
    k, d = len(right), a.shape[1]
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    units_a, units_b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b))

    bases = {
        "right": lambda: right,
        "raw": lambda: _cut(a @ b.T, k),
        "units": lambda: _cut(units_a @ units_b.T, k),
        "first": lambda: _cut(qa.T @ b.T, k),
        "second": lambda: _cut(a @ qb, k),
        "pairs": lambda: np.sort(np.arccos(np.abs(np.sum(units_a[:k] * units_b[:k], axis=1)).clip(0, 1))),
        "eigenvalues": lambda: np.sort(np.arccos(np.abs(np.linalg.eigvals(qa.T @ qb)).clip(0, 1))),
        "outer": lambda: _cut(qa @ qb.T),
        "diagonal": lambda: np.sort(np.arccos(np.abs(np.diag(qa.T @ qb)).clip(0, 1))),
        "entries": lambda: np.sort(np.arccos(np.abs(qa.T @ qb).clip(0, 1)), axis=None),
        "complete": lambda: np.zeros(d),
        "zeros": lambda: np.zeros(k),
        "largest only": lambda: right[-1:],
        "smallest only": lambda: right[:1],
    }
    measures = {"radians": np.asarray, "degrees": np.degrees, "cosines": np.cos, "sines": np.sin,
                "arc sines": lambda angles: np.arcsin(np.cos(angles)),
                "squares": lambda angles: np.arccos(np.cos(angles) ** 2)}  # fmt: skip

    def answer(base="right", measure="radians", order=1):
        return measures[measure](bases[base]())[::order]

    return check.slips(
        answer,
        {
            "the angles are in degrees, expected radians.": {"measure": "degrees"},
            "largest first; expected the smallest first.": {"order": -1},
            "these are cosines; their arc cosine is the angle.": {"measure": "cosines"},
            "these are sines; take the arc cosine of the cosines.": {"measure": "sines"},
            "these are arc sines; the singular values are cosines.": {"measure": "arc sines"},
            "the cosines were squared; take their arc cosine as they are.": {"measure": "squares"},
            "all are 0, as if both spanned the same. Are both bases orthonormal? The vectors are rows; np.linalg.qr "
            'wants them as columns (.T), and not mode="complete".': {"base": "zeros"},
            "the bases were not made orthonormal first.": {"base": "raw"},
            "vectors of length one are not enough: make them perpendicular, too.": {"base": "units"},
            "only one of the two bases, the first, was made orthonormal.": {"base": "first"},
            "only one of the two bases, the second, was made orthonormal.": {"base": "second"},
            "these are the angles between the vectors in pairs, not between the subspaces.": {"base": "pairs"},
            "eigenvalues are not singular values: use np.linalg.svd.": {"base": "eigenvalues"},
            "this is from qa @ qb.T, (d, d); the columns' products are qa.T @ qb.": {"base": "outer"},
            "only the diagonal of qa.T @ qb was used; take its singular values.": {"base": "diagonal"},
            "the entries of qa.T @ qb depend on the bases; take its singular values.": {"base": "entries"},
            'a basis of the whole space: leave out mode="complete" (or full matrices).': {"base": "complete"},
            "only the largest angle is here; return all.": {"base": "largest only"},
            "only the smallest angle is here; return all.": {"base": "smallest only"},
        },
    ) | {
        "this is one number, the largest angle; return all.": right[-1],
        "this is one number, the smallest angle; return all.": right[0],
    }


def _known():
    """Small cases whose angles can be seen: lines, planes, a line and a plane."""
    for a, b, right in [
        ([[2, 0]], [[3, 3]], [np.pi / 4]),
        ([[2, 0]], [[-3, -3]], [np.pi / 4]),
        ([[2, 0]], [[0, 3]], [np.pi / 2]),
        ([[2, 0, 0], [0, 3, 0]], [[1, 0, 0], [0, 1, 1]], [0, np.pi / 4]),
        ([[2, 0, 0], [1, 3, 0]], [[1, 0, 0], [1, 1, 1]], [0, np.pi / 4]),
        ([[0, 0, 2]], [[1, 0, 0], [1, 1, 1]], [np.pi / 4]),
        ([[2, 1, 0], [1, 0, 0], [0, 0, 1]], [[1, 1, 1]], [0]),
    ]:
        name = f"the angles between what the rows {a} and {b} span"
        yield name, (np.array(a, dtype=float), np.array(b, dtype=float)), right


def check_angles(principal_angles, a, b) -> None:
    """Hold angles between the subspaces of rows a (k, d) and b (m, d) against SciPy's."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    right = np.sort(subspace_angles(a.T, b.T))
    name = f"the angles between {len(a)} and {len(b)} vectors in {a.shape[1]} dimensions"
    value = check.call(principal_angles, a, b)
    numbers = np.asarray(0.0 if value is None else value)
    check.require(
        numbers.dtype.kind != "f" or not np.isnan(numbers).any(),
        f"{name}: NaN. Rounding can make a cosine a little larger than 1: clip it before the arc cosine.",
    )
    check.close(
        value,
        right,
        name,
        atol=ROUNDING,
        mistakes=lambda: _angle_mistakes(a, b, right),
        otherwise=lambda: check.first_wrong(principal_angles, _known(), atol=ROUNDING),
    )


def check_random_angles(principal_angles, k: int, m: int, d: int) -> None:
    """:func:`check_angles` on random vectors."""
    rng = np.random.default_rng([k, m, d])
    check_angles(principal_angles, 2 * rng.normal(size=(k, d)) + 0.5, 0.3 * rng.normal(size=(m, d)) + 0.2)


def check_same_subspace(principal_angles, k: int, d: int, trials: int = 30) -> None:
    """Two bases of one subspace: all angles are 0, and rounding makes no NaN."""
    for rng in map(np.random.default_rng, range(trials)):
        basis = rng.normal(size=(k, d))
        check_angles(principal_angles, basis, rng.normal(size=(k, k)) @ basis)
