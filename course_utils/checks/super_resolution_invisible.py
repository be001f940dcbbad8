"""Checks of lesson 22, super-resolution: the invisible part, and how much of it is right."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.super_resolution_consistency import call_with_matrices, nearest, pillow_matrix


def _two_pictures(height: int, width: int, factor: int) -> tuple:
    """Matrices that shrink, an original, a guess that is part right, and their invisible parts."""
    rows, columns = (pillow_matrix(n, n // factor) for n in (height, width))
    rng = np.random.default_rng([height, width, factor])
    truth = rng.random((height, width))
    guess = 0.4 * truth + 0.3 * rng.random((height, width))
    none = np.zeros((height // factor, width // factor))
    return rows, columns, truth, guess, *(nearest(one, none, rows, columns) for one in (truth, guess))


def _invisible_mistakes(picture, right, rows, columns) -> dict:
    """What known mistakes in the invisible part give."""
    lost = [np.eye(one.shape[1]) - np.linalg.pinv(one) @ one for one in (rows, columns)]
    low = rows @ picture @ columns.T
    taller, wider = (pillow_matrix(n, m) for n, m in zip(low.shape, picture.shape, strict=True))
    factors = tuple(m // n for n, m in zip(low.shape, picture.shape, strict=True))
    filled = nearest(0 * picture, np.ones(low.shape), rows, columns)  # shrinks to 1 everywhere
    return {
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
        "it shrinks to 1 everywhere; the invisible part shrinks to 0.": right + filled,
        "it shrinks to the mean of the picture; the invisible part shrinks to 0.": right + picture.mean() * filled,
        "it shrinks to the mean of the small picture; the invisible part shrinks to 0.": right + low.mean() * filled,
        "the mean of the picture was subtracted. Only what shrinks to 0 belongs in it.": right
        - picture.mean() * (1 - filled),
        "the mean of the result was subtracted; then it no longer shrinks to 0.": right - right.mean(),
        "values below 0 were cut off; an invisible part has both signs.": np.clip(right, 0, 1),
        "this is its absolute value; an invisible part has both signs.": np.abs(right),
        "this is what bicubic interpolation lacks (the residual), which does not shrink to 0.": picture
        - taller @ low @ wider.T,
        "this is what a picture of blocks lacks, which does not shrink to 0.": picture - np.kron(low, np.ones(factors)),
        "this is the small picture; the large invisible part is wanted.": low,
        "half of each picture was taken.": picture / 2,
    }


def check_invisible(invisible: Callable, height: int, width: int, factor: int) -> None:
    """Hold the invisible part against the one from the SVD."""
    rows, columns, picture, _, right, _ = _two_pictures(height, width, factor)
    low_shape = height // factor, width // factor
    answer = call_with_matrices(invisible, low_shape, picture.shape, picture, rows, columns)
    name = f"the invisible part of {height} × {width} pixels"
    try:
        check.close(answer, right, name, mistakes=lambda: _invisible_mistakes(picture, right, rows, columns))
    except check.CheckError as error:
        more = ""
        if "wrong values" in str(error):
            vanishes = np.allclose(rows @ np.asarray(answer, dtype=float) @ columns.T, 0, atol=1e-4)
            more = (
                " It shrinks to 0, as it must, but the rest, picture minus result, is not all determined."
                if vanishes
                else " It does not shrink to 0: rows @ result @ columns.T must be 0 everywhere."
            )
        raise check.CheckError(f"{error}{more}") from None


SQUARE = {
    "mean": lambda x: np.mean(x**2),
    "sum": lambda x: np.sum(x**2),
    "variance": np.var,
    "absolute": lambda x: np.mean(np.abs(x)),
    "early": lambda x: np.mean(x) ** 2,
    "largest": lambda x: np.max(np.abs(x)),
    "root": lambda x: np.sqrt(np.mean(x**2)),
    "one": lambda x: 1.0,
}


def _share(
    pictures, border, form="share", below="real", parts="drawn", power=1.0, over="mean", under="mean", cut="all"
):
    """The recovered share of `pictures` (name -> height, width), with its usual slips as options."""
    height, width = pictures["real"].shape
    b = border
    inside = {
        "all": np.s_[b : height - b, b : width - b],
        "none": np.s_[:, :],
        "first": np.s_[b:, b:],
        "last": np.s_[: height - b, : width - b],
        "rows": np.s_[b : height - b, :],
        "columns": np.s_[:, b : width - b],
        "height": np.s_[b : height - b, b : height - b],
        "less": np.s_[max(b - 1, 0) : height - b + 1, max(b - 1, 0) : width - b + 1],
        "more": np.s_[b + 1 : height - b - 1, b + 1 : width - b - 1],
    }[cut]
    first, second = {"drawn": ("drawn", "real"), "whole": ("guess", "truth"), "mixed": ("guess", "real")}[parts]
    above = SQUARE[over]((pictures[first] - pictures[second])[inside])
    ratio = above / SQUARE[under](pictures[below][inside])
    return {
        "share": 1 - ratio**power,
        "wrong": ratio**power,
        "percent": 100 * (1 - ratio**power),
        "upside": 1 - 1 / ratio,
        "plus": 1 + ratio,
        "decibels": -10 * np.log10(ratio),
    }[form]


def _recovered_mistakes(pictures: dict, border: int) -> dict:
    """What known mistakes in the recovered share give."""

    def share(**slips):
        return _share(pictures, border, **slips)

    slips = {
        "1 - ... is missing: this is the share that is wrong.": {"form": "wrong"},
        "this is in per cent; return a share.": {"form": "percent"},
        "divide by the mean square of the original's invisible part, not of the drawn one.": {"below": "drawn"},
        "divide by the mean square of the original's invisible part, not of the whole original.": {"below": "truth"},
        "the whole pictures were compared; only their invisible parts count.": {"parts": "whole", "below": "truth"},
        "the difference is that of the whole pictures; only their invisible parts count.": {"parts": "whole"},
        "there is no root in it: mean squares are compared.": {"power": 0.5},
        "the border was not left out.": {"cut": "none"},
        "the border was left out at the top and the left only.": {"cut": "first"},
        "the border was left out at the bottom and the right only.": {"cut": "last"},
        "the border was left out at the top and the bottom only.": {"cut": "rows"},
        "the border was left out at the left and the right only.": {"cut": "columns"},
        "the height was used for the width, too, where the border is left out.": {"cut": "height"},
        "the absolute values were compared; square them.": {"over": "absolute", "under": "absolute"},
        "variances were compared; mean squares are wanted, without subtracting a mean.": {
            "over": "variance",
            "under": "variance",
        },
        "the variance stands below; the mean square belongs there.": {"under": "variance"},
        "the mean was taken before the square.": {"over": "early", "under": "early"},
        "the difference was not divided by the mean square of the original's invisible part.": {"under": "one"},
        "a sum stands above and a mean below; take the mean of both.": {"over": "sum"},
        "a mean stands above and a sum below; take the mean of both.": {"under": "sum"},
    }
    pairs = check.slips(share, slips)
    found = {words: pairs[words] for words in slips if words in pairs}
    more = {
        "the fraction is upside down.": {"form": "upside"},
        "the share that is wrong is subtracted from 1, not added.": {"form": "plus"},
        "this is in decibels; a share is wanted.": {"form": "decibels"},
        "the drawn invisible part is wanted, not the whole enlarged picture.": {"parts": "mixed"},
        "one pixel too many was left out on each side.": {"cut": "more"},
        "one pixel too few was left out on each side.": {"cut": "less"},
        "the largest values were compared; take mean squares.": {"over": "largest", "under": "largest"},
    }
    found |= {words: (lambda slip=slip: share(**slip)) for words, slip in more.items()}
    height, width = pictures["real"].shape
    inside = np.s_[border : height - border, border : width - border]
    real, drawn = pictures["real"][inside], pictures["drawn"][inside]
    wrong, whole = np.mean((drawn - real) ** 2), np.mean(real**2)
    close = np.abs(np.mean(drawn**2) - whole)
    found |= {
        "this compares how much was drawn, not whether it is right.": np.mean(drawn**2) / whole,
        "this compares how much was drawn, not whether it is right. ": 1 - close / whole,
        "this is a correlation; a guess that is too strong or too weak must count, too.": np.corrcoef(
            real.ravel(), drawn.ravel()
        )[0, 1],
        "this is the mean product of both parts over a mean square; square their difference.": np.mean(drawn * real)
        / whole,
        "each pixel was divided by its own square; divide the mean squares.": 1
        - np.mean((drawn - real) ** 2 / real**2),
        "the border was left out of the difference only.": 1 - wrong / np.mean(pictures["real"] ** 2),
        "the border was left out of the original's part only.": 1
        - np.mean((pictures["drawn"] - pictures["real"]) ** 2) / whole,
        "this is a difference of mean squares; divide it by the mean square of the original's invisible part.": whole
        - wrong,
        "this is 1: was the original compared with itself?": 1.0,
        "this is the negative of the share.": wrong / whole - 1,
    }
    return found | dict(pairs)


def check_recovered(recovered: Callable, height: int, width: int, factor: int, border: int) -> None:
    """Compare the share with its formula, and know the usual mistakes."""
    rows, columns, truth, guess, real, drawn = _two_pictures(height, width, factor)
    pictures = {"truth": truth, "guess": guess, "real": real, "drawn": drawn}
    name = f"the recovered share of {height} × {width} pixels, border {border}"
    try:
        answer = check.call(recovered, truth, guess, rows, columns, border)
    except check.CheckError as error:
        hint = ""
        if any(word in str(error) for word in ("broadcast", "matmul", "core dimension")):
            hint = " The matrices fit whole pictures: compute both invisible parts first, then leave out the border."
        raise check.CheckError(f"{error}{hint}") from None
    check.require(
        border or answer is None or np.ndim(answer) or not np.isnan(np.asarray(answer, dtype=float)),
        f"{name} is NaN. A slice `[0:-0]` is empty: end at `height - border` instead.",
    )
    check.close(answer, _share(pictures, border), name, mistakes=lambda: _recovered_mistakes(pictures, border))
    worse = check.call(recovered, truth, truth - 1.5 * real, rows, columns, border)
    check.close(
        worse,
        -1.25,
        "the recovered share where half of the invisible part is drawn with the wrong sign",
        mistakes={
            "a guess that is worse than none has a negative share; return it as it is, and not at least 0.": 0.0,
            "a guess that is worse than none has a negative share; its sign was taken away (abs?).": 1.25,
        },
    )
    perfect = check.call(recovered, truth, 0.5 * (truth - real) + real, rows, columns, border)
    check.close(perfect, 1.0, "the recovered share where only the determined part is wrong")
