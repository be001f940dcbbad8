"""Checks of lesson 52: the radial spectrum."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from course_utils import check

WRONG_AXES = {"last axes": (2, 3), "first axes": (0, 1), "all axes": (0, 1, 2, 3)}


def _frequencies(pictures: np.ndarray, change: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Power (size, size) and distance from zero of each frequency, by a sum of cosines and sines."""
    size = pictures.shape[1]
    turns = np.exp(-2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size)
    if change == "mean picture":
        pictures = pictures.mean(axis=0, keepdims=True)
    if change == "grey":
        pictures = pictures.mean(axis=-1, keepdims=True)
    if change == "first picture":
        pictures = pictures[:1]
    if change == "mean subtracted":
        pictures = pictures - pictures.mean(axis=(1, 2), keepdims=True)
    planes = np.moveaxis(pictures, -1, 1)
    waves = turns @ planes @ turns.T
    if change in WRONG_AXES:
        waves = np.moveaxis(np.fft.fftn(pictures, axes=WRONG_AXES[change]), -1, 1)
    power = np.abs(waves) ** 2 if change != "amplitude" else np.abs(waves)
    if change == "real part":
        power = waves.real**2
    k = np.minimum(np.arange(size), size - np.arange(size))
    if change == "not wrapped":
        k = np.arange(size)
    if change == "shifted":
        k = np.abs(np.arange(size) - size // 2)
    k = k / size if change == "shares" else k
    power, radius = power.mean(axis=(0, 1)), np.hypot(k[:, None], k[None, :])
    if change == "half":
        return power[:, : size // 2 + 1], radius[:, : size // 2 + 1]
    return power, radius


def _ring_means(waves, change="", rounding=np.round, how="mean", length=0, scale=1.0, drop_zero=False):
    power, radius = waves(change)
    rings = rounding(radius)
    wanted = np.arange(len(power) // 2 + 1 + length)
    found = np.array([getattr(np, how)(power[rings == r]) if (rings == r).any() else np.nan for r in wanted])
    found = found[1:] if drop_zero else found
    return found * scale


def _slips(size: int, channels: int) -> dict:
    corners = round(float(np.hypot(size // 2, size // 2))) - size // 2
    return {
        "the transform ran over width and channels; give fft2 axes=(1, 2), height and width.": {"change": "last axes"},
        "the transform ran over pictures and height; give fft2 axes=(1, 2), height and width.": {
            "change": "first axes"
        },
        "this is the amplitude |F|; the power is its square.": {"change": "amplitude"},
        "the pictures were averaged first; average their powers.": {"change": "mean picture"},
        "the channels were averaged first; average their powers.": {"change": "grey"},
        "only the real part was squared; the power is |F| squared.": {"change": "real part"},
        "frequencies above size / 2 are negative ones: np.fft.fftfreq(size) * size gives them all.": {
            "change": "not wrapped"
        },
        "zero frequency is at [0, 0] unless you shift: power and radius do not fit together.": {"change": "shifted"},
        "np.fft.fftfreq(size) gives periods per pixel; times size, they are whole numbers.": {"change": "shares"},
        "rfft2 gives one half of the frequencies; the others count, too: take fft2.": {"change": "half"},
        "the radius was cut off, not rounded.": {"rounding": np.floor},
        "the radius was rounded up; round to the nearest.": {"rounding": np.ceil},
        "the corners were put into the last ring; leave them out.": {
            "rounding": lambda radius: np.minimum(np.round(radius), size // 2)
        },
        "this is the sum over a ring; take the mean.": {"how": "sum"},
        "entry size // 2 is missing.": {"length": -1},
        "the rings beyond size // 2 (the corners) are not asked for.": {"length": corners},
        "entry 0, the zero frequency, is missing.": {"drop_zero": True},
        "the power was divided by the number of pixels; leave |F|² as it is.": {"scale": 1 / size**2},
        "the power was divided by the number of pixels twice; leave |F|² as it is.": {"scale": 1 / size**4},
        "this is the sum over the channels; take the mean.": {"scale": channels},
    }


def check_spectrum(radial_spectrum: Callable, n: int, size: int, channels: int = 3, seed: int = 0) -> None:
    """Compare with rings over a Fourier transform that is done by matrices.

    Args:
        radial_spectrum: the learner's function.
        n, size, channels: of the pictures.
        seed: of their pixels.
    """
    x = _pictures(n, size, channels, seed)
    right = _ring_means(lambda change: _frequencies(x, change))
    name = f"the radial spectrum of {n} picture(s) of {size} x {size} pixels"

    def answer(pictures):
        return check.call(radial_spectrum, pictures)

    def smallest() -> str:
        return check.first_wrong(answer, _cases())

    found = answer(x)
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    known = partial(
        check.confirmed, answer, _known, (x,), [(_pictures(n + 1, 8, channels, seed + 1),)], everywhere=True
    )
    check.close(found, right, name, rtol=1e-4, mistakes=known, otherwise=smallest)
    check.close(  # entry 0 is far larger than the others: each has its own tolerance
        np.asarray(found, dtype=float) / right, np.ones(len(right)), f"{name}, divided by the right one", rtol=2e-3,
        mistakes=lambda: {told: one / right for told, one in known().items() if np.shape(one) == right.shape},
        otherwise=smallest,
    )  # fmt: skip


def _pictures(n: int, size: int, channels: int, seed: int) -> np.ndarray:
    """Pictures (n, size, size, channels), each with a bright half."""
    rng = np.random.default_rng([seed, n, size, channels])
    x = rng.random((n, size, size, channels)) ** 2
    x[:, : size // 2] += rng.random((n, 1, 1, channels))
    return x


def _known(x: np.ndarray) -> dict:
    """What known mistakes give for pictures x."""
    waves = cache(lambda change: _frequencies(x, change))
    mistakes = dict(check.slips(lambda **slip: _ring_means(waves, **slip), _slips(x.shape[1], x.shape[3])))
    for change, message in {
        "all axes": "the transform ran over pictures and channels, too; take fft2 with axes=(1, 2).",
        "first picture": "only the first picture counts here; take the mean over all.",
        "mean subtracted": "the mean of each picture was taken away first; entry 0 belongs to it.",
    }.items():
        mistakes[message] = _ring_means(waves, change)
    mistakes["this is the median of a ring; take the mean."] = _ring_means(waves, how="median")
    logs = _logs(_ring_means(waves))
    return mistakes | {f"this is the logarithm; return the power itself ({k}).": one for k, one in logs.items()}


def _cases():
    """Pictures with a known spectrum, see :func:`first_wrong`."""
    y, x = np.indices((4, 4))
    wave, point = np.cos(2 * np.pi * x / 4), (x == 0) & (y == 0)
    for told, planes in (
        ("a picture of 4 x 4 ones", [[1 + 0 * x]]),
        ("a picture of 4 x 4 pixels, one of them 1, the others 0", [[point]]),
        ("a wave of one period along the width, 4 x 4 pixels", [[wave]]),
        ("a wave of one period along the height, 4 x 4 pixels", [[wave.T]]),
        ("a diagonal wave of one period each way, 4 x 4 pixels", [[np.cos(2 * np.pi * (x + y) / 4)]]),
        ("4 columns, 1 and -1 in turn, 4 x 4 pixels", [[(-1) ** x]]),
        ("a chess-board of 1 and -1, 4 x 4 pixels", [[(-1) ** (x + y)]]),
        ("two pictures, 4 x 4 ones and 4 x 4 twos", [[1 + 0 * x], [2 + 0 * x]]),
        ("two pictures, 4 x 4 ones and 4 x 4 minus ones", [[1 + 0 * x], [-1 + 0 * x]]),
        ("a picture of two channels, 4 x 4 ones and 4 x 4 twos", [[1 + 0 * x, 2 + 0 * x]]),
        ("a picture of two channels, 4 x 4 ones and 4 x 4 minus ones", [[1 + 0 * x, -1 + 0 * x]]),
        ("two waves, one along the width and two along the height, 4 x 4 pixels", [[wave + (-1) ** y]]),
        ("a picture of 5 x 5 pixels, one of them 1, the others 0", [[np.eye(5)[:1].T * np.eye(5)[:1]]]),
        ("a picture of 6 x 6 pixels, one of them 1, the others 0", [[np.eye(6)[:1].T * np.eye(6)[:1]]]),
        ("a diagonal of ones, 6 x 6 pixels", [[np.eye(6)]]),
        (
            "2 periods along the width times 4 along the height, 8 x 8 pixels",
            [[np.outer((-1.0) ** np.arange(8), np.cos(np.pi * np.arange(8) / 2))]],
        ),
        (
            "8 periods along the width times 3 along the height, 20 x 20 pixels",
            [[np.outer(np.cos(np.pi * np.arange(20) * 0.3), np.cos(np.pi * np.arange(20) * 0.8))]],
        ),
        ("three pictures, 4 x 4 ones, twos and fives", [[1 + 0 * x], [2 + 0 * x], [5 + 0 * x]]),
    ):
        pictures = np.moveaxis(np.array(planes, dtype=float), 1, -1)
        right = _ring_means(lambda change, pictures=pictures: _frequencies(pictures, change))
        yield f"for {told}", (pictures,), np.round(right, 9), ""


def _logs(right: np.ndarray) -> dict:
    return {"natural": np.log(right), "base 10": np.log10(right), "1 added": np.log1p(right)}
