"""Checks of lesson 47, StyleGAN2: a whole layer, with noise, bias and activation."""

import numpy as np

from course_utils import check
from course_utils.checks.stylegan2_parts import GAIN, case, channel_factors, leaky, modulated

LAYER_SLIPS = {
    "the demodulation is missing.": {"factor": "none"},
    "the demodulation divides; multiply by d.": {"factor": "divide"},
    "the demodulation is applied twice.": {"factor": "twice"},
    "the demodulation does not know the styles.": {"factor": "no styles"},
    "the modulation is missing: the convolution does not know the styles.": {"conv": "none"},
    "the styles modulate twice.": {"conv": "square"},
    "the bias is missing.": {"bias_at": "none"},
    "the bias is added after the activation; it stands before.": {"bias_at": "outside"},
    "the bias is added before the demodulation; it stands after, and before the activation.": {"bias_at": "first"},
    "the bias has the wrong sign.": {"bias_at": "minus"},
    "the bias is added twice.": {"bias_at": "twice"},
    "the bias is multiplied; it is added.": {"bias_at": "times"},
    "the mean of the biases is added to all; each output channel has its own.": {"bias_at": "mean"},
    "the factor √2 is missing: use `leaky`.": {"end": "no gain"},
    "the factor √2 stands in `leaky` already.": {"end": "more gain"},
    "the activation is missing.": {"end": "none"},
    "this is a plain ReLU: use `leaky`.": {"end": "relu"},
    "this is a hyperbolic tangent: use `leaky`.": {"end": "tanh"},
    "the slope of the activation is another: use `leaky`.": {"end": "slope"},
    "the activation is applied twice.": {"end": "twice"},
}


def _layer(
    y: dict, d: np.ndarray, other: np.ndarray, bias: np.ndarray, factor="d", conv="own", bias_at="in", end="leaky"
):
    """The layer without noise, from convolutions y, factors d and factors of styles 1; slips as options."""
    y = y[conv] + (bias if bias_at == "first" else 0)
    total = {"d": y * d, "none": y, "divide": y / d, "twice": y * d * d, "no styles": y * other}[factor]
    plus = {"in": bias, "minus": -bias, "twice": 2 * bias, "mean": bias.mean()}.get(bias_at, 0.0)
    total = total * bias if bias_at == "times" else total + plus
    total = {
        "leaky": lambda v: leaky(v),
        "no gain": lambda v: leaky(v) / GAIN,
        "more gain": lambda v: leaky(v) * GAIN,
        "none": lambda v: v,
        "relu": lambda v: np.maximum(v, 0),
        "tanh": np.tanh,
        "slope": lambda v: leaky(v, 0.01),
        "twice": lambda v: leaky(leaky(v)),
    }[end](total)
    return total + bias if bias_at == "outside" else total


def check_styled(styled, n: int, size: int, channels: tuple[int, int]) -> None:
    """Without noise: hold a layer against convolution, demodulation, bias and activation by NumPy."""
    x, kernel, styles = case(n, size, channels)
    kernel = kernel / 3
    bias = np.linspace(-0.8, 1.1, channels[1]).astype("float32") + np.float32(0.2)
    d, other = (channel_factors(kernel, styles, 1e-8, used=used)[:, None, None, :] for used in ("own", "none"))
    y = {used: modulated(x, kernel, styles, used=used) for used in ("own", "none", "square")}

    def formula(**slips):
        return _layer(y, d, other, bias, **slips)

    answer = check.call(styled, x, kernel, styles, 0.0, bias)

    def look() -> str:
        again = np.asarray(check.call(styled, x, kernel, styles, 0.0, bias))
        if np.shape(again) == np.shape(answer) and not np.allclose(again, np.asarray(answer), atol=1e-3):
            return "with strength 0 there is noise still: multiply the noise by strength."
        if bias.size == 1:
            return ""
        parts = {"the demodulated convolution": y["own"] * d, "the bias": np.broadcast_to(bias, y["own"].shape)}
        words = check.weights(_straight(np.asarray(answer, dtype=float)), y["own"] * d + bias, parts)
        return words and f"before the activation, {words}"

    slips, name = check.slips(formula, LAYER_SLIPS), "the layer with noise of strength 0"
    check.close(answer, formula(), name, mistakes=slips, otherwise=look)


def _straight(y: np.ndarray) -> np.ndarray:
    """What stood before the activation."""
    return np.where(y < 0, y / 0.2, y) / GAIN


def _same(x: np.ndarray, other: np.ndarray, near: float = 1e-2) -> bool:
    return np.allclose(x, other, atol=near)


def _require_places(noise: np.ndarray, clean: np.ndarray, d: np.ndarray) -> None:
    """One number a pixel, the same in all channels, and the reasons why it may be otherwise."""
    check.require(
        len(noise) == 1 or not _same(noise, noise[:1]),
        "All pictures of the batch get the same noise: draw (n, height, width, 1) numbers.",
    )
    check.require(
        not _same(noise, noise[:, :1, :1]), "One number for a whole picture: the noise differs from pixel to pixel."
    )
    lines = _same(noise, noise[:, :1]) or _same(noise, noise[:, :, :1])
    check.require(not lines, "The noise is the same along rows or columns: it differs from pixel to pixel.")
    flat = noise - noise.mean(axis=(1, 2), keepdims=True)
    alike = np.abs(np.mean(flat[:, :, 1:] * flat[:, :, :-1], axis=(0, 1, 2)) / np.mean(flat**2, axis=(0, 1, 2)))
    if _same(noise, noise[..., :1]):
        words = "Neighbouring pixels get the same noise, or nearly: each pixel has a number of its own."
        return check.require(alike.max() < 0.1, words)
    before, times = noise / d, noise / clean
    check.require(
        not _same(before, before[..., :1], 0.05),
        "The noise is added before the demodulation, which multiplies it by d: add it after.",
    )
    check.require(
        not np.median(np.abs(times - times[..., :1])) < 1e-2,
        "The noise multiplies the picture: it is added.",
    )
    check.require(
        alike.max() < 0.1,
        "The noise of neighbouring pixels is alike, and differs from channel to channel: is it added before the "
        "convolution? It is added after the demodulation.",
    )
    check.require(False, "The noise differs from channel to channel: one number for each pixel, the same in all.")


def _require_normal(one: np.ndarray, weak: np.ndarray) -> None:
    """Numbers from a standard normal distribution, times the strength."""
    spread = one.std()
    ratio = weak.std() / spread
    check.require(
        abs(ratio - 1) < 0.2,
        f"With a quarter of the strength the noise is {ratio / 4:.2f} of what it was, not 0.25: multiply it by strength.",
    )
    check.require(
        abs(one.mean()) < 0.15,
        f"The noise has the mean {one.mean():.2f}, not 0: a standard normal distribution (keras.random.normal).",
    )
    check.require(
        np.abs(one).max() > 2.8 * spread,
        "The noise has no tails: it is to be normal, neither uniform nor truncated.",
    )
    check.require(
        abs(spread * GAIN - 1) > 0.06,
        "The noise is 1/√2 of what it should be: is it added after the activation? It stands before, with the bias.",
    )
    check.require(
        abs(spread / GAIN - 1) > 0.06,
        "The noise is √2 times what it should be: the factor stands in `leaky` already.",
    )
    check.require(
        abs(spread - 1) < 0.1,
        f"The noise has the standard deviation {spread:.2f}, not 1: a standard normal distribution.",
    )


def check_noise(styled, n: int, size: int, channels: tuple[int, int]) -> None:
    """Take the layer apart to see its noise: one number a pixel, new for every picture and call."""
    x, kernel, styles = case(n, size, channels)
    bias = np.full(channels[1], 20.0, "float32")  # so that the activation is a straight line here
    d = channel_factors(kernel, styles, 1e-8)[:, None, None, :]
    clean = modulated(x, kernel, styles) * d

    def noise(strength):
        shown = check.array(check.call(styled, x, kernel, styles, strength, bias), "the layer", shape=clean.shape)
        return (shown.astype(float) / GAIN - 20.0 - clean) / strength

    first, second, weak = noise(2.0), noise(2.0), noise(0.5)
    check.require(first.std() > 1e-2, "There is no noise, or `strength` is not used.")
    check.require(
        not _same(first, second), "Two calls give the same noise: draw new noise in every call, without a fixed seed."
    )
    _require_places(first, clean, d)
    _require_normal(first[..., 0], weak[..., 0])
    shapes = (None, *x.shape[1:]), kernel.shape, (None, styles.shape[1]), (), bias.shape
    found = check.compiled(styled, *shapes, inputs=[x, kernel, styles, 2.0, bias])
    again = "Compiled, two calls give the same noise: NumPy draws once, while it is compiled. Use keras.random.normal."
    check.differ(*found, again)
