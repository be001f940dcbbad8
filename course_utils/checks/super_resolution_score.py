"""Checks of lesson 22, super-resolution: PSNR and SSIM."""

from collections.abc import Callable
from functools import partial

import numpy as np
from skimage.metrics import structural_similarity

from course_utils import check


def pictures(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A true picture and one to judge, (height, width) each, from 0 to 1.

    The judged one is poor near the edges, and a little too bright everywhere.
    """
    height, width, noise, seed = {
        "small": (40, 50, 0.03, 0), "wide": (31, 90, 0.1, 1), "large": (200, 160, 0.01, 2), "faint": (48, 48, 0.002, 3),
    }[name]  # fmt: skip
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    truth = 0.45 + 0.3 * np.sin(x / 4) * np.cos(y / 6) + 0.1 * rng.random((height, width))
    edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    judged = truth + noise * (0.5 + rng.normal(size=truth.shape) * (1 + 4 * (edge < 5) + 2 * (x > width - 8)))
    return truth.astype("float32"), np.clip(judged, 0, 1).astype("float32")


def _cut(picture, border: int, side: str):
    """Cut the border off; a slip leaves some sides, or cuts another number of pixels."""
    (height, width), b = picture.shape, border
    rows, columns = {
        "all": ((b, height - b), (b, width - b)),
        "none": ((0, height), (0, width)),
        "first": ((b, height), (b, width)),
        "last": ((0, height - b), (0, width - b)),
        "rows": ((b, height - b), (0, width)),
        "columns": ((0, height), (b, width - b)),
        "height": ((b, height - b), (b, height - b)),
        "exchanged": ((b, width - b), (b, height - b)),
        "twice": ((2 * b, height - 2 * b), (2 * b, width - 2 * b)),
        "half": ((b // 2, height - b // 2), (b // 2, width - b // 2)),
        "end less": ((b, height - b - 1), (b, width - b - 1)),
        "end more": ((b, height - b + 1), (b, width - b + 1)),
        "less": ((b - 1, height - b + 1), (b - 1, width - b + 1)),
        "more": ((b + 1, height - b - 1), (b + 1, width - b - 1)),
        "eight": ((8, height - 8), (8, width - 8)),
        "zeros": ((0, height), (0, width)),
    }[side]
    rows, columns = (slice(max(first, 0), last) for first, last in (rows, columns))
    if side == "zeros":
        empty = np.zeros_like(picture)
        inside = slice(b, height - b), slice(b, width - b)
        empty[inside] = picture[inside]
        return empty
    return picture[rows, columns]


ERRORS = {
    "mean": lambda a, b: np.mean((a - b) ** 2),
    "sum": lambda a, b: np.sum((a - b) ** 2),
    "root": lambda a, b: np.sqrt(np.mean((a - b) ** 2)),
    "absolute": lambda a, b: np.mean(np.abs(a - b)),
    "variance": lambda a, b: np.var(a - b),
    "early": lambda a, b: np.mean(a - b) ** 2,
    "squares": lambda a, b: np.abs(np.mean(a**2 - b**2)),
    "bits": lambda a, b: np.mean((np.round(255 * a) / 255 - np.round(255 * b) / 255) ** 2),
    "each": lambda a, b: (a - b) ** 2,
    "rows": lambda a, b: np.mean((a - b) ** 2, axis=1),
    "columns": lambda a, b: np.mean((a - b) ** 2, axis=0),
}


def _psnr(truth, judged, border, side="all", factor=10.0, log=np.log10, peak=1.0, error="mean"):
    """PSNR, with its usual slips as options."""
    truth, judged = (_cut(p.astype(float), border, side) for p in (truth, judged))
    top = {"truth": truth.max(), "judged": judged.max()}.get(peak, peak)
    return np.mean(factor * log(top**2 / ERRORS[error](truth, judged)))


def _ssim(truth, judged, border, side="all", data_range=1.0, **options):
    parts = (_cut(p, border, side) for p in (truth, judged))
    return structural_similarity(*parts, data_range=data_range, **options)


SIDES = {
    "the border was not cut off.": {"side": "none"},
    "the border was cut at the top and the left only.": {"side": "first"},
    "the border was cut at the bottom and the right only.": {"side": "last"},
    "the border was cut at the top and the bottom only.": {"side": "rows"},
    "the border was cut at the left and the right only.": {"side": "columns"},
    "the height was used for the width, too: truth.shape has both.": {"side": "height"},
    "height and width are exchanged where the border is cut.": {"side": "exchanged"},
    "twice the border was cut off on each side.": {"side": "twice"},
    "half the border was cut off on each side.": {"side": "half"},
}
MORE_SIDES = {
    "one pixel too many was cut off at the bottom and the right.": {"side": "end less"},
    "one pixel too few was cut off at the bottom and the right: a slice ends before its last index.": {
        "side": "end more"
    },
    "one pixel too few was cut off on each side.": {"side": "less"},
    "one pixel too many was cut off on each side.": {"side": "more"},
    "8 pixels were cut off, whatever `border` is; take the argument.": {"side": "eight"},
    "the border was set to 0, but it still counts; cut it off.": {"side": "zeros"},
}
FORMULA = {
    "the largest value is 1, not 255.": {"peak": 255.0},
    "that is the natural logarithm; decibels use the one to base 10.": {"log": np.log},
    "that is the logarithm to base 2; decibels use the one to base 10.": {"log": np.log2},
    "the sign is wrong: a better picture has a higher PSNR.": {"factor": -10.0},
    "the factor is 10 with the squared error; 20 goes with its root.": {"factor": 20.0},
    "the root of the squared error needs the factor 20.": {"error": "root"},
    "the squared error is a mean, not a sum.": {"error": "sum"},
    "the errors are absolute ones; square them.": {"error": "absolute"},
}
MORE_FORMULA = {
    "the factor 10 is missing: 10 log₁₀ (1 / MSE).": {"factor": 1.0},
    "this is a variance: the mean of the difference was subtracted. An error that is the same everywhere counts, too.": {
        "error": "variance"
    },
    "the mean was taken before the square; square each difference first.": {"error": "early"},
    "the difference of the squares was taken; square the difference.": {"error": "squares"},
    "the pictures were rounded to 256 values; take them as they are.": {"error": "bits"},
    "this is a mean of logarithms of all pixels; take the logarithm of the mean.": {"error": "each"},
    "this is a mean over the rows' own PSNR; take the mean squared error of all pixels first.": {"error": "rows"},
    "this is a mean over the columns' own PSNR; take the mean squared error of all pixels first.": {"error": "columns"},
    "the largest value that a pixel can have is 1; the largest of this original was taken.": {"peak": "truth"},
    "the largest value that a pixel can have is 1; the largest of the judged picture was taken.": {"peak": "judged"},
    "that is log(1 + x), not the logarithm to base 10.": {"factor": -10.0, "log": lambda x: np.log1p(1 / x)},
}
RANGES = {
    "data_range is the range of the values, 1; with 255 every picture looks perfect.": {"data_range": 255.0},
    "data_range is 1, from black to white; 2 is the default of some programs for floats.": {"data_range": 2.0},
    "this is SSIM with Gaussian weights; leave the options of structural_similarity alone.": {"gaussian_weights": True},
    "this is SSIM with use_sample_covariance=False; leave the options of structural_similarity alone.": {
        "use_sample_covariance": False
    },
}


def _with(words: dict, formula: Callable, *args) -> dict:
    """Mistakes that are tried alone."""
    return {message: (lambda slip=slip: formula(*args, **slip)) for message, slip in words.items()}


def _psnr_mistakes(args: tuple) -> dict:
    found = {"the two results are exchanged: PSNR first, then SSIM.": _ssim(*args)}
    pairs = check.slips(lambda **slips: _psnr(*args, **slips), SIDES | FORMULA)
    alone = {words: pairs[words] for words in SIDES | FORMULA if words in pairs}
    return found | alone | _with(MORE_SIDES | MORE_FORMULA, _psnr, *args) | dict(pairs)


def _ssim_mistakes(args: tuple) -> dict:
    truth, judged, border = args
    pairs = check.slips(lambda **slips: _ssim(*args, **slips), SIDES | RANGES)
    alone = {words: pairs[words] for words in SIDES | RANGES if words in pairs}
    found = alone | _with(MORE_SIDES, _ssim, *args)
    own = "data_range is 1, what pixels can have, not what these have."
    for number, picture in enumerate((truth, judged, _cut(truth, border, "all"), _cut(judged, border, "all"))):
        words = f"{own}{' ' * number}"  # the same sentence for four values
        found[words] = _ssim(*args, data_range=float(np.ptp(picture)))
        found[f"{words} (The largest of these values was taken.)"] = _ssim(*args, data_range=float(picture.max()))
    for size in (3, 5, 9, 11):
        found[f"the windows are {size} pixels wide; leave the options of structural_similarity alone."] = _ssim(
            *args, win_size=size
        )
    _, local = structural_similarity(truth, judged, data_range=1.0, full=True)
    found["SSIM was computed with the border, which was cut from its map; cut the pictures first."] = np.mean(
        _cut(local, border, "all")
    )
    found["this is 1 - SSIM; return SSIM."] = 1 - _ssim(*args)
    eight = (np.round(255 * one).astype("uint8") for one in (truth, judged))
    found["the pictures were rounded to 256 values; take them as they are."] = _ssim(*eight, border, data_range=255)
    return found | dict(pairs)


EMPTY = "For border 0 a slice `[border:-border]` is empty: end at `height - border` instead."


def check_score(score: Callable, truth: np.ndarray, judged: np.ndarray, border: int) -> None:
    """Compare PSNR and SSIM with their definitions, and know the usual mistakes."""
    args = truth, judged, border
    where = f"of {truth.shape[0]} × {truth.shape[1]} pixels, border {border}"
    try:
        answer = check.call(score, *args)
    except check.CheckError as error:
        check.require(border or "win_size" not in str(error), f"{EMPTY} ({error})")
        raise
    psnr, ssim = check.several(answer, "PSNR", "SSIM")
    if border == 0:
        _require_something(psnr, "PSNR")
        _require_something(ssim, "SSIM")
    elif np.ndim(psnr) == 0 and psnr is not None and np.isnan(np.asarray(psnr, dtype=float)):
        raise check.CheckError(
            f"PSNR {where} is NaN: a logarithm of something below 0. Square the difference: (a - b) ** 2."
        )

    def words(place: int, right: Callable) -> str:
        given = {"truth": truth, "judged": judged, "border": border}
        return check.behaviour(score, right, lambda f, *x: check.call(f, *x)[place], **given)

    for place, (name, value, right, mistakes) in enumerate(
        (("PSNR", psnr, _psnr, _psnr_mistakes), ("SSIM", ssim, _ssim, _ssim_mistakes))
    ):
        check.close(
            value, right(*args), f"{name} {where}", rtol=(2e-5, 1e-4)[place],
            mistakes=partial(mistakes, args), otherwise=partial(words, place, right),
        )  # fmt: skip


def _require_something(value, name: str) -> None:
    bad = np.ndim(value) == 0 and not np.isfinite(np.asarray(value, dtype=float))
    check.require(not bad, f"{name} is not finite. {EMPTY}")
