"""Checks of lesson 22, super-resolution: consistency with the small picture."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from course_utils import check


def pillow_matrix(n_in: int, n_out: int) -> np.ndarray:
    """The matrix (n_out, n_in) by which Pillow's antialiased bicubic filter resizes n_in numbers."""
    identity = Image.fromarray(np.eye(n_in, dtype="float32"))
    return np.asarray(identity.resize((n_in, n_out), Image.Resampling.BICUBIC), dtype=float)


def nearest(picture, low, rows, columns) -> np.ndarray:
    """The nearest consistent picture: what no small pixel sees is kept, the rest is solved for."""
    seen = [np.linalg.svd(one, full_matrices=False)[2] for one in (rows, columns)]
    visible = seen[0].T @ (seen[0] @ picture @ seen[1].T) @ seen[1]
    half = np.linalg.lstsq(rows, low, rcond=None)[0]
    return picture - visible + np.linalg.lstsq(columns, half.T, rcond=None)[0].T


def _consistency_mistakes(picture, low, rows, columns) -> dict:
    """What known mistakes in making a picture consistent give."""
    up, down = np.linalg.pinv(rows), np.linalg.pinv(columns).T
    gap = low - rows @ picture @ columns.T
    change = up @ gap @ down
    taller, wider = (pillow_matrix(n, m) for n, m in zip(low.shape, picture.shape, strict=True))
    factors = tuple(m // n for n, m in zip(low.shape, picture.shape, strict=True))
    known = {
        "nothing was changed.": picture,
        "this is the correction alone; add it to the picture.": change,
        "the sign of the correction is wrong.": picture - change,
        "the picture was ignored: this is A⁺ Y (B⁺)ᵀ.": up @ low @ down,
        "the transpose stands where the pseudo-inverse belongs.": picture + rows.T @ gap @ columns,
        "Y itself was enlarged and added; only the gap Y - A X Bᵀ is.": picture + up @ low @ down,
        "the pseudo-inverse is only used along the rows; along the columns it is the transpose.": picture
        + up @ gap @ columns,
        "the pseudo-inverse is only used along the columns; along the rows it is the transpose.": picture
        + rows.T @ gap @ down,
        "the result was clipped; it may leave the range from 0 to 1.": np.clip(picture + change, 0, 1),
        "every block got its gap evenly. That changes the picture more than needed.": picture
        + np.kron(gap, np.ones(factors)),
        "the transposes, multiplied by a number, are no pseudo-inverse; take np.linalg.pinv.": picture
        + np.prod(factors) * rows.T @ gap @ columns,
        "the gap was enlarged by bicubic interpolation; the pseudo-inverses enlarge it.": picture
        + taller @ gap @ wider.T,
        "this is `low` with each pixel repeated; the picture was ignored.": np.kron(low, np.ones(factors)),
        "this is `low`, enlarged by bicubic interpolation; the picture was ignored.": taller @ low @ wider.T,
        "only the mean was corrected; each small pixel must be right.": picture + (low.mean() - picture.mean()),
        "the gap was taken without its sign; it may be negative.": picture + up @ np.abs(gap) @ down,
        "this is the small picture; the large one is wanted.": low,
        "this is the gap; enlarge it by the pseudo-inverses, and add it to the picture.": gap,
    }
    for times in (0.5, 2.0, 4.0, 0.25):
        known[f"the correction was multiplied by {times:g}; add it as it is."] = picture + times * change
    return known


def _properties(answer, picture, low, rows, columns) -> str:
    """Which of the two properties a wrong result has: it shrinks to `low`, and nothing unseen changed."""
    none = np.zeros(low.shape)
    shrinks = np.allclose(rows @ answer @ columns.T, low, atol=1e-4)
    kept = np.allclose(nearest(answer - picture, none, rows, columns), 0, atol=1e-4)
    if np.abs(answer).max() > 1e3:
        return " The values are huge: was a matrix inverted that has no inverse? AᵀA has none, only A Aᵀ has."
    if shrinks:
        return (
            " The result shrinks to `low`, but another picture that does is nearer: what no small pixel sees was "
            "changed. A⁺ (gap) (B⁺)ᵀ is the smallest change."
        )
    if kept:
        return (
            " The result does not shrink to `low`. Is the gap Y - A X Bᵀ right? Were A⁺ and B⁺ used in full, or small "
            "steps taken, which need very many?"
        )
    return " The result does not shrink to `low`, and what no small pixel sees was changed, too."


def call_with_matrices(function: Callable, low_shape: tuple, shape: tuple, *args):
    """Call a learner's function; where shapes did not fit, say those of the formula."""
    try:
        return check.call(function, *args)
    except check.CheckError as error:
        text, hint = str(error), ""
        if any(word in text for word in ("broadcast", "matmul", "core dimension", "aligned")):
            (h, w), (height, width) = low_shape, shape
            hint = (
                f" Here A X Bᵀ is ({h}, {w}), A⁺ ({height}, {h}), (B⁺)ᵀ ({w}, {width}). `@` is the matrix product; take "
                "the matrices `rows` and `columns` that are given."
            )
        if "Singular matrix" in text or "Only a square matrix" in text:
            hint = " A is not square, and AᵀA has no inverse, only A Aᵀ has. np.linalg.pinv gives A⁺."
        raise check.CheckError(f"{error}{hint}") from None


def check_consistent(make_consistent: Callable, height: int, width: int, factor: int, seed: int = 0) -> None:
    """Hold the result against least squares and the SVD, for a shrinking by Pillow's filter."""
    rng = np.random.default_rng([height, width, seed])
    rows, columns = (pillow_matrix(n, n // factor) for n in (height, width))
    picture, low = rng.random((height, width)), rng.random((height // factor, width // factor))
    given = picture, low, rows, columns
    name = f"the consistent picture of {height} × {width} pixels"
    answer = call_with_matrices(make_consistent, low.shape, picture.shape, *given)
    try:
        check.close(answer, nearest(*given), name, rtol=1e-4, mistakes=lambda: _consistency_mistakes(*given))
    except check.CheckError as error:
        more = ""
        if "wrong values" in str(error) and "rounded" not in str(error):
            more = _properties(np.asarray(answer, dtype=float), *given)
        raise check.CheckError(f"{error}{more}") from None


def check_already_consistent(make_consistent: Callable, height: int, width: int) -> None:
    """A picture that fits already must stay, whatever its invisible part is; and an empty one is filled."""
    rows, columns = pillow_matrix(height, height // 2), pillow_matrix(width, width // 2)
    picture = np.random.default_rng(height).random((height, width)).astype("float32")
    low = rows @ picture @ columns.T
    name = "a picture that shrinks to Y already"
    check.close(check.call(make_consistent, picture, low, rows, columns), picture, name, rtol=1e-4)
    nothing = np.zeros_like(picture)
    filled = np.asarray(check.call(make_consistent, nothing, low, rows, columns), dtype=float)
    check.close(rows @ filled @ columns.T, low, "what a result from a black picture shrinks to", rtol=1e-4)
