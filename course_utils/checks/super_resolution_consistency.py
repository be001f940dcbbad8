"""Checks of lesson 22, super-resolution: consistency with the small picture."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from course_utils import check


def pillow_matrix(n_in: int, n_out: int) -> np.ndarray:
    """The matrix (n_out, n_in) by which Pillow's antialiased bicubic filter resizes n_in numbers."""
    identity = Image.fromarray(np.eye(n_in, dtype="float32"))
    return np.asarray(identity.resize((n_in, n_out), Image.Resampling.BICUBIC), dtype=float)


def _nearest(picture, low, rows, columns) -> np.ndarray:
    """The nearest consistent picture: what no small pixel sees is kept, the rest is solved for."""
    seen = [np.linalg.svd(one, full_matrices=False)[2] for one in (rows, columns)]
    visible = seen[0].T @ (seen[0] @ picture @ seen[1].T) @ seen[1]
    half = np.linalg.lstsq(rows, low, rcond=None)[0]
    return picture - visible + np.linalg.lstsq(columns, half.T, rcond=None)[0].T


def check_consistent(make_consistent: Callable, height: int, width: int, factor: int, seed: int = 0) -> None:
    """Hold the result against least squares and the SVD, for a shrinking by Pillow's filter."""
    rng = np.random.default_rng([height, width, seed])
    rows, columns = (pillow_matrix(n, n // factor) for n in (height, width))
    picture, low = rng.random((height, width)), rng.random((height // factor, width // factor))
    up, down = np.linalg.pinv(rows), np.linalg.pinv(columns).T
    gap = low - rows @ picture @ columns.T
    mistakes = {
        "nothing was changed.": picture,
        "this is the correction alone; add it to the picture.": up @ gap @ down,
        "the sign of the correction is wrong.": picture - up @ gap @ down,
        "the picture was ignored: this is A⁺ Y (B⁺)ᵀ.": up @ low @ down,
        "the transpose stands where the pseudo-inverse belongs.": picture + rows.T @ gap @ columns,
        "Y itself was enlarged and added; only the gap Y - A X Bᵀ is.": picture + up @ low @ down,
        "the pseudo-inverse is only used along the rows; along the columns it is the transpose.": picture
        + up @ gap @ columns,
        "the pseudo-inverse is only used along the columns; along the rows it is the transpose.": picture
        + rows.T @ gap @ down,
        "the result was clipped; it may leave the range from 0 to 1.": np.clip(picture + up @ gap @ down, 0, 1),
        "every block got its gap evenly. That changes the picture more than needed.": picture
        + np.kron(gap, np.ones((factor, factor))),
    }
    name = f"the consistent picture of {height} × {width} pixels"
    answer = check.array(check.call(make_consistent, picture, low, rows, columns), name, shape=(height, width))
    shrinks = np.allclose(rows @ answer @ columns.T, low, atol=1e-4)
    try:
        check.close(answer, _nearest(picture, low, rows, columns), name, rtol=1e-4, mistakes=mistakes)
    except check.CheckError as error:
        more = "" if shrinks or "wrong values" not in str(error) else " The result does not shrink to `low`."
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


def _two_pictures(height: int, width: int, factor: int) -> tuple:
    """Matrices that shrink, an original, a guess that is part right, and their invisible parts."""
    rows, columns = (pillow_matrix(n, n // factor) for n in (height, width))
    rng = np.random.default_rng([height, width, factor])
    truth = rng.random((height, width))
    guess = 0.4 * truth + 0.3 * rng.random((height, width))
    none = np.zeros((height // factor, width // factor))
    return rows, columns, truth, guess, *(_nearest(one, none, rows, columns) for one in (truth, guess))


def check_invisible(invisible: Callable, height: int, width: int, factor: int) -> None:
    """Hold the invisible part against the one from the SVD."""
    rows, columns, picture, _, right, _ = _two_pictures(height, width, factor)
    lost = [np.eye(one.shape[1]) - np.linalg.pinv(one) @ one for one in (rows, columns)]
    mistakes = {
        "this is the part that the small picture determines; the invisible part is the rest.": picture - right,
        "this is invisible along both axes; a part that vanishes along one axis vanishes, too.": lost[0]
        @ picture
        @ lost[1].T,
        "only what vanishes along the columns of the picture is in it; what vanishes along its rows is missing.": lost[
            0
        ]
        @ picture,
        "only what vanishes along the rows of the picture is in it; what vanishes along its columns is missing.": picture
        @ lost[1].T,
        "this is the whole picture.": picture,
        "this is 0: a picture agrees with its own small one. To which small picture must it shrink?": 0 * picture,
        "the sign is wrong.": -right,
        "the transpose stands where the pseudo-inverse belongs.": picture
        - rows.T @ rows @ picture @ columns.T @ columns,
    }
    answer = check.call(invisible, picture, rows, columns)
    name = f"the invisible part of {height} × {width} pixels"
    check.close(answer, right, name, mistakes=mistakes)


def check_recovered(recovered: Callable, height: int, width: int, factor: int, border: int) -> None:
    """Compare the share with its formula, and know the usual mistakes."""
    rows, columns, truth, guess, real, drawn = _two_pictures(height, width, factor)
    edge = border

    def share(one=1.0, hundred=1.0, below=real, parts=(real, drawn), power=1.0, sign=-1.0, cut=edge):
        inside = slice(cut, height - cut), slice(cut, width - cut)
        ratio = np.mean((parts[1] - parts[0])[inside] ** 2) / np.mean(below[inside] ** 2)
        return hundred * (one + sign * ratio**power)

    whole = "the whole pictures were compared; only their invisible parts count."
    mistakes = check.slips(
        share,
        {
            "1 - ... is missing: this is the share that is wrong.": {"one": 0.0, "sign": 1.0},
            "this is in per cent; return a share.": {"hundred": 100.0},
            "divide by the mean square of the original's invisible part, not of the drawn one.": {"below": drawn},
            "divide by the mean square of the original's invisible part, not of the whole original.": {"below": truth},
            whole: {"parts": (truth, guess), "below": truth},
            "the difference is that of the whole pictures; only their invisible parts count.": {
                "parts": (truth, guess)
            },
            "there is no root in it: mean squares are compared.": {"power": 0.5},
            "the border was not left out.": {"cut": 0},
        },
    )
    inside = slice(edge, height - edge), slice(edge, width - edge)
    mistakes |= {
        "this compares how much was drawn, not whether it is right.": np.mean(drawn[inside] ** 2)
        / np.mean(real[inside] ** 2),
        "this is a correlation; a guess that is too strong or too weak must count, too.": np.corrcoef(
            real[inside].ravel(), drawn[inside].ravel()
        )[0, 1],
    }
    name = f"the recovered share of {height} × {width} pixels, border {border}"
    answer = check.call(recovered, truth, guess, rows, columns, border)
    check.require(
        border or np.ndim(answer) or not np.isnan(np.asarray(answer, dtype=float)),
        f"{name} is NaN. A slice `[0:-0]` is empty: end at `height - border` instead.",
    )
    check.close(answer, share(), name, mistakes=mistakes)
    nothing = check.call(recovered, truth, truth - real, rows, columns, border)
    check.close(nothing, 0.0, "the recovered share of a picture without an invisible part", atol=1e-6)
    perfect = check.call(recovered, truth, 0.5 * (truth - real) + real, rows, columns, border)
    check.close(perfect, 1.0, "the recovered share where only the determined part is wrong")
