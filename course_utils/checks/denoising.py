"""Checks of lesson 21, denoising."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.denoising_epochs import check_epochs as check_epochs
from course_utils.checks.denoising_network import check_denoiser as check_denoiser
from course_utils.checks.denoising_table import check_table as check_table


def _noise_on(add_noise: Callable, images: np.ndarray, kind: str, amount, seed: int = 0) -> np.ndarray:
    """Call the function, and test what holds for any kind."""
    name = f"add_noise of kind {kind!r}"

    def call(rng):
        return check.array(check.call(add_noise, images, kind, amount, rng), name, shape=images.shape).astype(float)

    noisy = call(np.random.default_rng(seed))
    check.require(
        noisy.min() >= 0 and noisy.max() <= 1,
        f"{name}: the pixels reach from {noisy.min():.2f} to {noisy.max():.2f}. Clip them to 0 to 1.",
    )
    check.require(
        np.array_equal(noisy, call(np.random.default_rng(seed))),
        f"{name}: two generators with the same seed gave different noise. Draw from `rng` only.",
    )
    rng = np.random.default_rng(seed)
    check.differ(call(rng), call(rng), f"{name}: a second call gave the same noise again. Draw from `rng`.")
    return noisy


def _require_independent(add_noise: Callable, images: np.ndarray, kind: str, amount: float) -> None:
    """On even pictures: what one pixel gets tells nothing of the next one's, nor of another call's."""
    rng = np.random.default_rng(3)
    one, two = (np.array(check.call(add_noise, images, kind, amount, rng), dtype=float) for _ in range(2))
    one, two = one - one.mean(), two - two.mean()
    pairs = {
        "two calls": (one, two),
        "neighbouring pictures": (one[1:], one[:-1]),
        "every other picture": (one[2:], one[:-2]),
        "neighbouring rows": (one[:, 1:], one[:, :-1]),
        "neighbouring columns": (one[:, :, 1:], one[:, :, :-1]),
    }
    for where, (first, second) in pairs.items():
        alike = np.mean(first * second) / np.mean(one**2)
        check.require(
            abs(alike) < 0.05,
            f"Kind {kind!r}: the noise of {where} is correlated ({alike:.2f}, expected about 0). Draw each number, "
            "or colour, for itself, from `rng`.",
        )


def check_gaussian(add_noise: Callable, level: float, amount: float, shape: tuple = (40, 50, 50)) -> None:
    """Gaussian noise on an even grey, far from both edges, so that clipping plays no part."""
    noise = _noise_on(add_noise, np.full(shape, level), "gaussian", amount) - level
    check.require(noise.std() > 1e-9, "Gaussian noise: nothing was added.")
    for axis, what in ((0, "every picture"), (1, "every row"), (2, "every column")):
        check.require(
            noise.mean(axis=axis).std() < 0.5 * noise.std(),
            f"The noise is the same for {what}: draw one number for each pixel of each picture.",
        )
    tilted = {
        "only the noise was clipped, so none of it is negative; clip the sum.": amount * 0.3989,
        "the noise is never negative: leave the normal distribution as it is.": amount * 0.7979,
        "that is uniform noise from 0 to 1; draw from the normal distribution.": amount / 2,
    }
    check.close(noise.mean(), 0, "the mean of the Gaussian noise", atol=0.05 * amount, mistakes=tilted)
    mistakes = {
        "`amount` is the standard deviation, not the variance.": amount**0.5,
        "the amount was squared; it is the standard deviation.": amount**2,
        "much too weak: the pictures go from 0 to 1, not to 255.": amount / 255,
        "that is uniform noise; draw from the normal distribution.": amount / 3**0.5,
        "the noise was multiplied by the picture; add it.": amount * level,
        "the amount is not used.": 1.0,
    }
    name = f"the standard deviation of the Gaussian noise of amount {amount}"
    check.close(noise.std(), amount, name, rtol=0.03, mistakes=mistakes)
    beyond = np.mean(np.abs(noise) > 2 * amount)
    check.close(beyond, 0.0455, "the share of the noise beyond two standard deviations", atol=0.01)
    _require_independent(add_noise, np.full(shape, level), "gaussian", amount)


def check_replaced(add_noise: Callable, kind: str, amount: float, shape: tuple = (40, 50, 50)) -> None:
    """Salt and pepper or masking on pixels of 0.4, which are recognised when replaced."""
    noisy = _noise_on(add_noise, np.full(shape, 0.4), kind, amount)
    hit = np.abs(noisy - 0.4) > 1e-6
    strange = np.unique(noisy[hit & ~np.isin(noisy, [0, 1])].round(2))
    new = "0 or 1" if kind == "salt" else "0"
    check.require(
        len(strange) == 0, f"Kind {kind!r}: a replaced pixel is {new}; some of yours are {strange[:4].tolist()}."
    )
    mistakes = {
        "that is the share kept, not the share replaced.": 1 - amount,
        "each colour got the whole amount; together they replace it.": 2 * amount,
        "the second colour overwrites part of the first.": amount * (2 - amount),
        "the second colour overwrites part of the first; draw once for both.": amount * (1 - amount / 4),
        "too few; half of the amount for white and half for black.": amount / 2,
    }
    name = f"the share of pixels replaced, kind {kind!r}, amount {amount}"
    check.close(hit.mean(), amount, name, atol=0.012, rtol=0, mistakes=mistakes)
    for axis, what in ((0, "picture"), (1, "row"), (2, "column")):
        check.require(
            hit.mean(axis=axis).std() < 0.25,
            f"Kind {kind!r}: the same pixels are hit in every {what}: draw for each pixel anew.",
        )
    white = noisy[hit].mean()
    if kind == "salt" and 0.2 < white < 0.8:
        check.require(
            np.all([0.1 < p[h].mean() < 0.9 for p, h in zip(noisy, hit, strict=True)]),
            "In some pictures the replaced pixels are nearly all of one colour: draw for each pixel.",
        )
    wanted = 0.5 if kind == "salt" else 0.0
    colours = {"all are black.": 0.0, "all are white.": 1.0, "half are white; those of masking are all black.": 0.5}
    name = f"the share of white among the replaced pixels, kind {kind!r}"
    check.close(white, wanted, name, atol=0.02, rtol=0, mistakes=colours)
    _require_independent(add_noise, np.full(shape, 0.4), kind, amount)


def check_amounts(add_noise: Callable) -> None:
    """Clipping at the edge, and an amount for each picture."""
    edge = _noise_on(add_noise, np.zeros((40, 50, 50)), "gaussian", 0.4)
    check.close(np.mean(edge == 0), 0.5, "the share of black paper that stays at 0", atol=0.02)
    one_each = np.array([0.0, 0.2, 0.6])[:, None, None]
    for kind, unit in (("mask", 1), ("salt", 1), ("gaussian", 0.1)):
        what = f"an amount for each picture, kind {kind!r}: "
        try:
            each = _noise_on(add_noise, np.full((3, 60, 60), 0.5), kind, unit * one_each) - 0.5
        except check.CheckError as error:
            raise check.CheckError(f"{what}an `amount` of shape (3, 1, 1) fails: {error}") from None
        got = each.std(axis=(1, 2)) if kind == "gaussian" else (each != 0).mean(axis=(1, 2))
        what += "standard deviations" if kind == "gaussian" else "shares replaced"
        wanted = unit * one_each[:, 0, 0]
        alike = {"all pictures got the mean of the amounts; each has its own.": 0 * wanted + wanted.mean()}
        check.close(got, wanted, what, atol=0.05 * unit, mistakes=alike)


def check_picture_kept(add_noise: Callable) -> None:
    """A ramp stays recognisable, and whole where the amount is 0."""
    ramp = np.linspace(0, 1, 30 * 40 * 50).reshape(30, 40, 50).astype("float32")
    for kind in ("gaussian", "salt", "mask"):
        still = check.call(add_noise, ramp, kind, 0.0, np.random.default_rng(1))
        check.close(still, ramp, f"pictures after noise of kind {kind!r} and amount 0")
        noisy = _noise_on(add_noise, ramp, kind, 0.4)
        check.require(np.corrcoef(noisy.ravel(), ramp.ravel())[0, 1] > 0.3, f"Kind {kind!r}: the picture was lost.")
    kept = _noise_on(add_noise, ramp, "salt", 0.4)
    kept = kept[~np.isin(kept, [0, 1])]
    check.require(np.isin(kept.astype("float32"), ramp).all(), "Kind 'salt': other pixels stay as they are.")


def pictures(name: str) -> tuple:
    """Clean and restored pictures (n, height, width), and the peak, by the name of the case."""
    rng = np.random.default_rng(0)
    if name == "three":
        off = np.array([0.1, 0.05, 0.01])[:, None, None] * np.linspace(0.2, 1, 16).reshape(4, 4)
        clean = 0.5 + rng.random((3, 4, 4)) / 4
        return clean, clean + off, 1.0
    if name == "8-bit":
        return *rng.integers(0, 256, (2, 5, 6, 7)).astype("uint8"), 255.0
    if name == "dark 8-bit":
        return *rng.integers(0, 60, (2, 3, 8, 8)).astype("uint8"), 255.0
    if name == "large":
        clean = rng.random((40, 64, 50))
        return clean, clean + 3 * rng.random((40, 1, 1)) * rng.normal(size=clean.shape), 1.0  # some below 0 dB
    spread, clean = rng.random((6, 1, 1)) ** 3, 0.6 * rng.random((6, 9, 4)).astype("float32")
    noise = rng.normal(size=clean.shape)
    return {
        "six": (clean, (clean + spread * noise).astype("float32"), 1.0),
        "peak 200": (200 * clean, 200 * clean + 3 * spread + noise, 200.0),
        "one": (clean[:1], 0.9 * clean[:1] + 0.05, 1.0),
    }[name]


GREY, EIGHT = np.full((1, 2, 2), 0.5), np.ones((1, 2, 2), "uint8")
ONE, PAIR, THREE = np.array([[0.2, 0], [0, 0]]), np.full((2, 2, 2), 0.5), np.full((3, 2, 2), 0.5)
MANY, OFF = np.full((40, 2, 2), 0.5), np.array([0.1] * 39 + [0.001])[:, None, None]


def _psnr_formula(clean, restored, peak, log=np.log10, factor=10.0, power=2.0, axis="picture", how=np.mean, sum_=False):
    """Mean PSNR, with its usual slips as options."""
    squares = (clean.astype(float) - restored.astype(float)) ** 2
    axes = {"picture": (1, 2), "all": None, "row": 2, "place": 0}[axis]
    errors = np.sum(squares, axis=axes) if sum_ else np.mean(squares, axis=axes)
    return how(factor * log(peak**power / errors))


PSNR_CASES = {
    "one picture, each pixel 0.1 too light, so the squared error is 0.01": (GREY, GREY + 0.1, 1.0),
    "one picture, one pixel of four 0.2 too light, so the squared error is 0.01": (GREY, GREY + ONE, 1.0),
    "one picture, peak 10, each pixel 0.1 too light": (GREY, GREY + 0.1, 10.0),
    "one picture, each pixel twice as large as the peak, where it is 0": (0 * GREY, 0 * GREY + 2, 1.0),
    "one picture of 8-bit integers, 3 where it is 5, peak 255": (3 * EIGHT, 5 * EIGHT, 255.0),
    "one picture of 8-bit integers, 200 where it is 0, peak 255": (200 * EIGHT, 0 * EIGHT, 255.0),
    "two pictures, of 20 and of 40 decibels": (PAIR, PAIR + [[[0.1]], [[0.01]]], 1.0),
    "three pictures, of 20, 40 and 20 decibels": (THREE, THREE + [[[0.1]], [[0.01]], [[0.1]]], 1.0),
    "forty pictures, of 20 decibels but for the last one, of 60": (MANY, MANY + OFF, 1.0),
}


def check_psnr(psnr: Callable, clean: np.ndarray, restored: np.ndarray, peak: float) -> None:
    """Compare with the formula in float64, and know the usual mistakes."""
    name = f"the PSNR of {len(clean)} pictures of {clean.dtype}, peak {peak:g}"
    value = check.call(psnr, clean, restored) if peak == 1 else check.call(psnr, clean, restored, peak)
    shape = np.shape(value)
    check.require(shape == (), f"{name}: expected one number, the mean over the pictures; got shape {shape}.")
    mistakes = check.slips(
        lambda **slips: _psnr_formula(clean, restored, peak, **slips),
        {
            "that is the PSNR of the mean error; take the mean of the pictures' PSNRs.": {"axis": "all"},
            "that is the natural logarithm; decibels use the one to base 10.": {"log": np.log},
            "that is the logarithm to base 2; decibels use the one to base 10.": {"log": np.log2},
            "the sign is wrong: a better picture has a higher PSNR.": {"factor": -10.0},
            "the factor is 10, since the squared error is used (20 goes with its root).": {"factor": 20.0},
            "the peak is missing, or its place in the formula.": {"power": 0.0},
            "the peak is squared in the formula.": {"power": 1.0},
            "the pictures were divided by the peak, whose place is then taken by 1.": {"power": 4.0},
            "the factor 10 is missing.": {"factor": 1.0},
            "the factor is 20 with the root of the error, 10 with the squared error.": {"factor": 5.0},
            "that is the sum over the pictures; take the mean.": {"how": np.sum},
            "that is the median over the pictures; take the mean.": {"how": np.median},
            "the squared error is a mean over height and width, not a sum.": {"sum_": True},
            "that is a mean over rows; each picture has one squared error.": {"axis": "row"},
            "the error is a mean over the pictures; it is one over height and width.": {"axis": "place"},
        },
    )
    spread = np.var(clean.astype(float) - restored, axis=(1, 2))
    mistakes["that is the variance of the differences; take the mean of their squares."] = np.mean(
        10 * np.log10(peak**2 / spread)
    )
    first = _psnr_formula(clean[:1], restored[:1], peak)
    mistakes["that is the first picture's alone. Does the `return` stand inside the loop?"] = first
    absolute = np.abs(clean.astype(float) - restored).mean(axis=(1, 2))
    mistakes["the differences are squared, not taken absolute."] = np.mean(10 * np.log10(peak**2 / absolute))
    largest = float(clean.max())
    mistakes["the peak is the largest value that a pixel can have, not the largest that it has."] = _psnr_formula(
        clean, restored, largest
    )
    if clean.dtype == np.uint8:
        wrapped, wide = clean - restored, clean.astype("int16") - restored.astype("int16")
        with np.errstate(all="ignore"):
            for how, squares in {
                "": wrapped**2,
                " Squares, too.": wrapped.astype(float) ** 2,
                " 16 bits are too few for squares.": wide**2,
            }.items():
                value_of = np.mean(10 * np.log10(peak**2 / np.mean(squares, axis=(1, 2))))
                mistakes[f"8-bit integers wrap around: convert to float before subtracting.{how}"] = value_of
    right = _psnr_formula(clean, restored, peak)
    check.close(
        value,
        right,
        name,
        rtol=1e-5,
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(psnr, check.worked(_psnr_formula, PSNR_CASES)),
    )


def check_score(score: Callable, kind: str, shape: tuple, sigma: float) -> None:
    """Compare with Tweedie's formula, and know the usual mistakes."""
    denoise = {"line": lambda y: 0.3 * y + 1, "curve": np.tanh}[kind]
    y = np.linspace(-2, 2.5, int(np.prod(shape))).reshape(shape)

    def formula(sign=1.0, power=2.0, scale=1.0, minus=True, inside=1.0):
        return sign * (denoise(y / inside) - (y if minus else 0)) / (scale * sigma**power)

    mistakes = check.slips(
        formula,
        {
            "the sign is wrong: the score points to where the denoiser moves.": {"sign": -1.0},
            "divide by sigma squared, not by sigma.": {"power": 1.0},
            "divide by sigma squared alone, not by twice that.": {"scale": 2.0},
            "not divided by sigma squared.": {"power": 0.0},
            "multiplied by sigma squared; solve the formula for the score.": {"power": -2.0},
            "y was not subtracted.": {"minus": False},
            "the denoiser was to be called with y as it is.": {"inside": sigma},
        },
    )
    mistakes = {
        "brackets are missing: y / sigma**2 is computed first.": denoise(y) - y / sigma**2,
        "this is the denoiser's answer, not yet the score.": denoise(y),
    } | mistakes
    answer = check.call(score, denoise, y, sigma)
    check.close(answer, formula(), f"the score of a {kind}", mistakes=mistakes, otherwise=lambda: _small_score(score))


def _small_score(score: Callable) -> str:
    two, row = lambda y: 0 * y + 2.0, np.array([0.5, -1.0])
    cases = {
        "y is [0.5], the denoiser always answers 2, sigma 1": (two, row[:1], 1.0),
        "y is [0.5], the denoiser always answers 2, sigma 2": (two, row[:1], 2.0),
        "y is [0.5], the denoiser always answers 2, sigma 0.5": (two, row[:1], 0.5),
        "y is [0.5], the denoiser always answers 2, sigma 0.7": (two, row[:1], 0.7),
        "y is [0.5, -1], the denoiser always answers 2, sigma 1": (two, row, 1.0),
        "y is [0.5, -1], the denoiser answers y / 2, sigma 1": (lambda y: y / 2, row, 1.0),
        "y is [[0.5, -1]], the denoiser answers y / 2, sigma 2": (lambda y: y / 2, row[None], 2.0),
    }
    return check.first_wrong(score, check.worked(lambda denoise, y, sigma: (denoise(y) - y) / sigma**2, cases))


def check_score_of_gaussian(score: Callable, sigma: float) -> None:
    """The best denoiser of a Gaussian implies the slope of its log density."""
    covariance = np.array([[2.0, 0.6], [0.6, 1.0]]) + sigma**2 * np.eye(2)
    precision = np.linalg.inv(covariance)
    y = np.random.default_rng(1).normal(size=(7, 2))
    found = check.call(score, lambda y: y - sigma**2 * y @ precision, y, sigma)
    check.close(found, -y @ precision, "the score of a Gaussian from its best denoiser")
