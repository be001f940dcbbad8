"""Checks of lesson 47, StyleGAN2: its convolution."""

import numpy as np

from course_utils import check

LEAK, GAIN = 0.2, np.sqrt(2)


def _case(n: int, size: int, channels: tuple[int, int], kernel_size: int = 3):
    """Pictures, a kernel and styles, float32; no channel, place or picture is like another."""
    rng = np.random.default_rng([n, size, *channels, kernel_size])
    before, after = channels
    x = rng.normal(0.3, 1, size=(n, size, size + 1, before))
    kernel = rng.normal(0.2, 1, size=(kernel_size, kernel_size, before, after))
    styles = rng.normal(1.0, 0.6, size=(n, before)) + 0.5 * np.arange(n)[:, None]
    return [a.astype("float32") for a in (x, kernel, styles)]


def _conv(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolution of pictures with one kernel, padding "same": a sum over the places of the window."""
    size, (height, width) = len(kernel), x.shape[1:3]
    edge = size // 2
    padded = np.pad(x.astype(float), [(0, 0), (edge, edge), (edge, edge), (0, 0)])
    total = 0.0
    for a in range(size):
        for b in range(size):
            total = total + padded[:, a : a + height, b : b + width] @ kernel[a, b].astype(float)
    return total


def _modulated(x, kernel, styles, how="times", on="input", whose="own"):
    """Convolution of each picture with its own kernel, by the definition; slips as options."""
    used = {"own": styles, "first": styles[:1].repeat(len(x), axis=0), "mean": styles.mean(0)[None].repeat(len(x), 0)}
    if whose == "reversed":
        used["reversed"] = styles[::-1]
    shown = []
    for picture, s in zip(x, used[whose], strict=True):
        factor = s[:, None] if on == "input" else s[None, :]  # the latter fails where sizes differ
        kernels = {
            "times": lambda factor=factor: kernel * factor,
            "plus": lambda factor=factor: kernel + factor,
            "1 +": lambda factor=factor: kernel * (1 + factor),
            "divide": lambda factor=factor: kernel / factor,
            "none": lambda: kernel,
        }
        shown.append(_conv(picture[None], kernels[how]())[0])
    return np.array(shown)


SLIPS = {
    "the styles are added to the kernel; modulation multiplies.": {"how": "plus"},
    "the factor is s, not 1 + s.": {"how": "1 +"},
    "this divides by the styles; modulation multiplies.": {"how": "divide"},
    "the styles are not used.": {"how": "none"},
    "the styles scale the output channels; modulation scales the input channels.": {"on": "output"},
    "every picture gets the first picture's styles; each has its own.": {"whose": "first"},
    "every picture gets the mean of the styles; each has its own.": {"whose": "mean"},
}


def check_modulated(kernels_of, loop, fast, n: int, size: int, channels: tuple[int, int], kernel_size: int = 3) -> None:
    """Hold the kernels, the loop and the one convolution against the definition by NumPy, each by itself."""
    x, kernel, styles = _case(n, size, channels, kernel_size)
    kernels = np.stack([kernel * s[:, None] for s in styles])
    mistakes = {
        "the styles are added; modulation multiplies.": lambda: np.stack([kernel + s[:, None] for s in styles]),
        "the styles scale the output channels (last axis); modulation scales the input channels.": lambda: np.stack(
            [kernel * s for s in styles]
        ),
        "the factor is s, not 1 + s.": lambda: np.stack([kernel * (1 + s[:, None]) for s in styles]),
        "this divides by the styles; modulation multiplies.": lambda: np.stack([kernel / s[:, None] for s in styles]),
        "every picture gets the first picture's styles.": lambda: np.stack([kernel * styles[0][:, None]] * n),
    }
    mistakes = {words: value for words, value in _values(mistakes).items()}
    name = "the modulated kernels"
    check.close(check.call(kernels_of, kernel, styles), kernels, name, mistakes=mistakes)

    right = np.array([_conv(a[None], k)[0] for a, k in zip(x, kernels, strict=True)])
    mistakes = {
        "every picture is convolved with the first kernel.": _conv(x, kernels[0]),
        "every picture is convolved with the last kernel.": _conv(x, kernels[-1]),
        "this is one picture convolved with all kernels.": np.concatenate([_conv(x[:1], k) for k in kernels]),
        'padding "valid" cuts the edges off; use padding="same".': _inside(right, kernel_size),
        "only the last picture is returned.": right[-1:],
        "the pictures are stacked with an axis too many; concatenate them.": right[:, None],
        "this is the sum over the pictures.": right.sum(axis=0),
    }
    check.close(check.call(loop, x, kernels), right, "loop_conv", rtol=1e-3, mistakes=mistakes)

    mistakes = check.slips(lambda **slips: _modulated(x, kernel, styles, **slips), SLIPS)
    mistakes['padding "valid" cuts the edges off; use padding="same".'] = _inside(right, kernel_size)
    mistakes["the styles are added to the picture; modulation multiplies."] = _conv(x + styles[:, None, None], kernel)
    check.close(check.call(fast, x, kernel, styles), right, "modulated_conv", rtol=1e-3, mistakes=mistakes)
    specs = (None, *x.shape[1:]), kernel.shape, (None, channels[0])
    answers = check.compiled(fast, *specs, inputs=(x, kernel, styles))
    check.close(answers[0], right, "modulated_conv, compiled for batches of any size", rtol=1e-3)


def _inside(x: np.ndarray, kernel_size: int) -> np.ndarray | None:
    edge = kernel_size // 2
    return x[:, edge:-edge, edge:-edge] if edge else None


def _values(mistakes: dict) -> dict:
    """What each function gives; those that fail are left out."""
    found = {}
    with np.errstate(all="ignore"):
        for words, function in mistakes.items():
            try:
                found[words] = function()
            except ValueError:
                continue
    return found


def _demodulation(kernel, styles, epsilon, axes="pi", root=True, inverse=True, where="in", square=True, mean=False):
    """The factors by the definition, from every modulated kernel, with slips as options."""
    k = kernel.astype(float)[None] * (styles.astype(float)[:, None, None, :, None] if where != "no style" else 1.0)
    if where == "no style":
        k = np.repeat(k, len(styles), axis=0)
    over = {"pi": (1, 2, 3), "p": (1, 2), "i": (3,), "po": (1, 2, 4), "n": (0, 1, 2, 3), "all": (1, 2, 3, 4)}[axes]
    parts = k**2 if square else np.abs(k)
    total = (np.mean if mean else np.sum)(parts, axis=over)
    if where == "out":
        total = np.sqrt(total) + epsilon
    elif where == "none":
        total = np.sqrt(total)
    else:
        total = total + epsilon
        total = np.sqrt(total) if root else total
    return 1 / total if inverse else total


def check_demodulation(
    demodulation,
    n: int,
    channels: tuple[int, int],
    kernel_size: int = 3,
    epsilon: float | None = None,
    zero: bool = False,
) -> None:
    """Hold demodulation factors against the definition; with zero, one picture's styles are all 0."""
    _, kernel, styles = _case(n, 3, channels, kernel_size)
    if zero:
        styles[-1] = 0
    given = () if epsilon is None else (epsilon,)
    small = 1e-8 if epsilon is None else epsilon
    answer = check.call(demodulation, kernel, styles, *given)
    options = {
        "the sum must go over the window and the input channels; this goes over the window alone.": {"axes": "p"},
        "the sum must go over the window and the input channels; this goes over the input channels alone.": {
            "axes": "i"
        },
        "the sum goes over the output channels; it must go over the input channels.": {"axes": "po"},
        "the sum goes over all channels; each output channel has a factor of its own.": {"axes": "all"},
        "the sum goes over the batch as well; each picture has factors of its own.": {"axes": "n"},
        "the root is missing.": {"root": False},
        "this is the standard deviation; demodulation divides by it.": {"inverse": False},
        "the styles are not used.": {"where": "no style"},
        "the squares are missing.": {"square": False},
        "this is a mean over the kernel; take the sum.": {"mean": True},
    }
    if epsilon is not None:
        options["epsilon stands outside the root; add it to the sum."] = {"where": "out"}
        options["epsilon is left out, or fixed at 1e-8; use the argument."] = {"where": "none"}

    def formula(**slips):
        return _demodulation(kernel, styles, small, **slips)

    mistakes = check.slips(formula, options)
    plain = (kernel.astype(float) ** 2).sum(axis=(0, 1))
    mistakes["the styles are not squared, the kernel is."] = _safe(lambda: 1 / np.sqrt(styles @ plain + small))
    if zero:
        values = np.asarray(answer)
        check.require(
            values.dtype.kind != "f" or np.isfinite(values).all(),
            "With styles that are all 0 the factors are infinite or NaN: epsilon belongs under the root.",
        )
    check.close(answer, formula(), "the demodulation factors", rtol=1e-4, mistakes=mistakes)
    answers = check.compiled(demodulation, kernel.shape, (None, channels[0]), small, inputs=(kernel, styles))
    check.close(answers[0], formula(), "the factors, compiled for batches of any size", mistakes=mistakes)


def _safe(function):
    with np.errstate(all="ignore"):
        return function()


def check_unit_variance(demodulation, channels: tuple[int, int]) -> None:
    """Exact: with inputs of unit covariance, each demodulated output has variance d² Σ (s k)² = 1."""
    _, kernel, styles = _case(5, 3, channels)
    factors = check.array(
        check.call(demodulation, kernel, styles), "the demodulation factors", shape=(5, channels[1])
    ).astype(float)
    flat = (kernel.astype(float)[None] * styles.astype(float)[:, None, None, :, None]).reshape(5, -1, channels[1])
    variances = factors**2 * np.square(flat).sum(axis=1)
    check.close(variances, np.ones_like(variances), "variances of outputs, for inputs of variance 1", rtol=1e-3)
    check.require(bool((factors > 0).all()), "A factor is negative: it is 1 over a standard deviation.")


def _leaky(x):
    return GAIN * np.maximum(x, LEAK * x)


def check_styled(styled, n: int, size: int, channels: tuple[int, int]) -> None:
    """Without noise: hold a layer against convolution, demodulation, bias and activation by NumPy."""
    x, kernel, styles = _case(n, size, channels)
    kernel = kernel / 3
    bias = np.linspace(-0.8, 1.1, channels[1]).astype("float32") + np.float32(0.2)
    d = _demodulation(kernel, styles, 1e-8)[:, None, None, :]
    y = _modulated(x, kernel, styles)

    def formula(factor="d", bias_at="inside", end="leaky"):
        total = {"d": y * d, "none": y, "divide": y / d, "twice": y * d * d}[factor]
        total = total + {"inside": 1, "none": 0, "outside": 0, "minus": -1}[bias_at] * bias
        if bias_at == "first":
            total = (y + bias) * d
        total = {
            "leaky": lambda v: _leaky(v),
            "no gain": lambda v: _leaky(v) / GAIN,
            "none": lambda v: v,
            "relu": lambda v: np.maximum(v, 0),
            "twice": lambda v: _leaky(_leaky(v)),
        }[end](total)
        return total + bias if bias_at == "outside" else total

    options = {
        "the demodulation is missing.": {"factor": "none"},
        "the demodulation divides; multiply by d.": {"factor": "divide"},
        "the demodulation is applied twice.": {"factor": "twice"},
        "the bias is missing.": {"bias_at": "none"},
        "the bias is added after the activation; it stands before.": {"bias_at": "outside"},
        "the bias has the wrong sign.": {"bias_at": "minus"},
        "the factor √2 is missing: use `leaky`.": {"end": "no gain"},
        "the activation is missing.": {"end": "none"},
        "this is a plain ReLU: use `leaky`.": {"end": "relu"},
        "the activation is applied twice.": {"end": "twice"},
    }
    mistakes = check.slips(formula, options)
    mistakes["the bias is added before the demodulation; it stands after."] = _leaky((y + bias) * d)
    answer = check.call(styled, x, kernel, styles, 0.0, bias)
    check.close(answer, formula(), "the layer with noise of strength 0", rtol=1e-3, mistakes=mistakes)


def check_noise(styled, n: int, size: int, channels: tuple[int, int]) -> None:
    """Take the layer apart to see its noise: one number a pixel, new for every picture and call."""
    x, kernel, styles = _case(n, size, channels)
    bias = np.full(channels[1], 20.0, "float32")  # so that the activation is a straight line here
    clean = _modulated(x, kernel, styles) * _demodulation(kernel, styles, 1e-8)[:, None, None, :]

    def noise(strength):
        shown = check.array(check.call(styled, x, kernel, styles, strength, bias), "the layer", shape=clean.shape)
        return (shown.astype(float) / GAIN - 20.0 - clean) / strength

    first, second, weak = noise(2.0), noise(2.0), noise(0.5)
    spread = first.std()
    check.require(spread > 1e-2, "There is no noise, or `strength` is not used.")
    check.require(
        not np.allclose(first, second, atol=1e-2),
        "Two calls give the same noise: draw new noise in every call, without a fixed seed.",
    )
    check.require(
        n == 1 or not np.allclose(first, first[:1], atol=1e-2),
        "All pictures of the batch get the same noise: draw (n, height, width, 1) numbers.",
    )
    flat = np.allclose(first, first[:, :1, :1], atol=1e-2)
    check.require(not flat, "One number for a whole picture: the noise differs from pixel to pixel.")
    lines = np.allclose(first, first[:, :1], atol=1e-2) or np.allclose(first, first[:, :, :1], atol=1e-2)
    check.require(not lines, "The noise is the same along rows or columns: it differs from pixel to pixel.")
    alike = np.allclose(first, first[..., :1], atol=1e-2)
    check.require(alike, "The noise differs from channel to channel: one number for each pixel, the same in all.")
    one = first[..., 0]
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
        abs(one.std() - 1) < 0.12,
        f"The noise has the standard deviation {one.std():.2f}, not 1: a standard normal distribution.",
    )
    tails = np.mean(np.abs(one) > 1.9)
    check.require(tails > 0.02, "The noise has no tails: it is to be normal, not uniform.")
    shapes = (None, *x.shape[1:]), kernel.shape, (None, styles.shape[1]), 2.0, bias.shape
    found = check.compiled(styled, *shapes, inputs=[x, kernel, styles, bias])
    again = "Compiled, two calls give the same noise: NumPy draws once, while it is compiled. Use keras.random.normal."
    check.differ(*found, again)
