"""Checks of lesson 47, StyleGAN2: its modulated convolution and its demodulation."""

from functools import partial

import numpy as np

from course_utils import check
from course_utils.checks.stylegan2_layer import check_noise, check_styled
from course_utils.checks.stylegan2_parts import (
    STYLE_SLIPS,
    case,
    channel_factors,
    channel_weights,
    conv,
    each,
    modulated,
    own_kernels,
)

__all__ = ["check_demodulation", "check_modulated", "check_noise", "check_styled", "check_unit_variance"]

MODULATION_SLIPS = {
    "the styles are added; modulation multiplies.": {"how": "plus"},
    "the styles scale the output channels; modulation scales the input channels.": {"on": "output"},
    **STYLE_SLIPS,
}


def check_modulated(kernels_of, loop, fast, n: int, size: int, channels: tuple[int, int], kernel_size: int = 3) -> None:
    """Hold the kernels, the loop and the one convolution against the definition by NumPy, each by itself."""
    x, kernel, styles = case(n, size, channels, kernel_size)
    kernels = own_kernels(kernel, styles).astype("float32")
    found = check.call(kernels_of, kernel, styles)
    known, look = partial(_kernel_slips, kernel, styles), partial(_wrong_factors, found, kernel, styles)
    check.close(found, kernels, "the modulated kernels", mistakes=known, otherwise=look)

    right = each(x, kernels)
    looped = check.call(loop, x, kernels)
    known, look = partial(_loop_slips, x, kernels, right), partial(_of_shape, looped, x, kernels, right)
    check.close(looped, right, "loop_conv", mistakes=known, otherwise=look)

    answer = check.call(fast, x, kernel, styles)
    known = partial(_fast_slips, right, x, kernel, styles)
    look = lambda: _of_shape(answer, x, kernels, right) or channel_weights(answer, right, x, kernel)  # noqa: E731
    check.close(answer, right, "modulated_conv", mistakes=known, otherwise=look)
    specs = (None, *x.shape[1:]), kernel.shape, (None, channels[0])
    answers = check.compiled(fast, *specs, inputs=(x, kernel, styles))
    check.close(answers[0], right, "modulated_conv, compiled for batches of any size")


def _kernel_slips(kernel, styles) -> dict:
    right = own_kernels(kernel, styles)
    return dict(check.slips(lambda **slips: own_kernels(kernel, styles, **slips), MODULATION_SLIPS)) | {
        "the batch is the last axis; it comes first.": np.moveaxis(right, 0, -1),
        "this is the sum over the pictures; each has a kernel of its own.": right.sum(axis=0),
    }


def _wrong_factors(answer, kernel, styles) -> str:
    """What is wrong with the kernels' shape, or which factors are not the styles."""
    shape = np.shape(answer)
    if shape in (kernel.shape, (1, *kernel.shape)) and len(styles) > 1:
        return "this is one kernel; each picture has its own, along a first axis."
    if len(shape) == 5 and shape[1:3] == (3, 3) != kernel.shape[:2]:
        return "a window of 3 x 3 is written in; take its size from the kernel."
    if shape != (len(styles), *kernel.shape):
        return ""
    factors = np.asarray(answer, dtype=float) / kernel
    if not np.allclose(factors, factors[:, :1, :1], rtol=1e-3, atol=1e-3):
        return "the factors differ from place to place of the window; an input channel has one for all."
    if not np.allclose(factors, factors[..., :1], rtol=1e-3, atol=1e-3):
        return "the factors differ from one output channel to the other; an input channel has one for all."
    off = np.abs(factors[:, 0, 0, :, 0] - styles) > 1e-3
    n, i = np.argwhere(off)[0] if off.any() else (0, 0)
    return (
        "each input channel of each kernel is multiplied by a number, but that is not its style: for picture "
        f"{n}, channel {i} it is {factors[n, 0, 0, i, 0]:.3g}, and the style is {styles[n, i]:.3g}."
    )


def _inside(x: np.ndarray, kernel_size: int) -> np.ndarray | None:
    edge = kernel_size // 2
    return x[:, edge:-edge, edge:-edge] if edge else None


def _border_slips(x, kernels, right) -> dict:
    """What other edges or another window give."""
    edge = kernels.shape[1] // 2
    padded = np.pad(x, [(0, 0), (edge, edge), (edge, edge), (0, 0)])
    known = {'padding "valid" cuts the edges off; use padding="same".': _inside(right, kernels.shape[1])}
    if edge:
        known |= {
            'the pictures are padded by hand, and once more by padding="same".': each(padded, kernels),
            'beyond the edges the picture is reflected; padding "same" puts zeros there.': each(x, kernels, "reflect"),
            'beyond the edges the picture is repeated; padding "same" puts zeros there.': each(x, kernels, "edge"),
            "the kernels are turned round, as in signal processing; `ops.conv` does not turn them.": each(
                x, kernels[:, ::-1, ::-1]
            ),
            "height and width of the window are exchanged.": each(x, kernels.swapaxes(1, 2)),
        }
    return known


def _of_shape(answer, x, kernels, right) -> str:
    """What the shape of the answer tells."""
    n, height, width, channels = right.shape
    edge, shape = kernels.shape[1] // 2, np.shape(answer)
    if shape == (n, -(-height // 2), -(-width // 2), channels):
        return "every second pixel is missing: the strides are 1."
    if x.shape[-1] > 1 and shape == (n, height, width, x.shape[-1] * channels):
        return "the input channels are kept apart; a convolution adds up what comes from them."
    if edge and shape == (n, height - 2 * edge, width - 2 * edge, channels):
        return 'the edges are cut off, as by padding "valid"; and what is left differs, too.'
    return ""


def _loop_slips(x, kernels, right) -> dict:
    """What goes wrong with pictures and kernels in pairs, with joining them, and at the borders."""
    all_pairs = [conv(x, k) for k in kernels]
    known = {
        "every picture is convolved with the first kernel.": all_pairs[0],
        "every picture is convolved with the last kernel.": all_pairs[-1],
        "every picture is convolved with the mean of the kernels.": np.mean(all_pairs, axis=0),
        "every picture is convolved with all kernels, and the results are added.": np.sum(all_pairs, axis=0),
        "each picture is convolved with the kernel before its own.": each(x, np.roll(kernels, 1, axis=0)),
        "each picture is convolved with the kernel after its own.": each(x, np.roll(kernels, -1, axis=0)),
        "the kernels are taken in reversed order.": each(x, kernels[::-1]),
        "this is one picture convolved with all kernels.": np.concatenate([one[:1] for one in all_pairs]),
        "each picture is convolved with all kernels; it has one of its own.": np.concatenate(all_pairs),
        "only the first picture is returned.": right[:1],
        "only the last picture is returned.": right[-1:],
        "the last picture is missing: does the loop end too early?": right[:-1],
        "the first picture is missing: does the loop begin too late?": right[1:],
        "the pictures are stacked with an axis too many; concatenate them.": right[:, None],
        "the pictures are joined along their height; the batch is the first axis.": np.concatenate(right[:, None], 1),
        "the pictures are joined along their width; the batch is the first axis.": np.concatenate(right[:, None], 2),
        "the pictures are joined along their channels; the batch is the first axis.": np.concatenate(right[:, None], 3),
        "this is the sum over the pictures.": right.sum(axis=0),
    }
    return known | _border_slips(x, kernels, right)


def _fast_slips(right, x, kernel, styles) -> dict:
    """What goes wrong with the one convolution."""
    known = {"the styles are added to the picture; modulation multiplies.": conv(x + styles[:, None, None], kernel)}
    known |= check.slips(lambda **slips: modulated(x, kernel, styles, **slips), MODULATION_SLIPS)
    known |= _border_slips(x, own_kernels(kernel, styles), right)
    d = channel_factors(kernel, styles, 1e-8)[:, None, None]
    return known | {"this is demodulated already, which is the next exercise.": right * d}


def _demodulation_options(given: bool) -> tuple[dict, dict]:
    """Two lists of slips; those of epsilon only where it is large enough to be seen."""
    first = {
        "the sum must go over the window and the input channels; this goes over the window alone.": {"axes": "p"},
        "the sum must go over the window and the input channels; this goes over the input channels alone.": {
            "axes": "i"
        },
        "the sum goes over the output channels; it must go over the input channels.": {"axes": "po"},
        "the sum goes over all channels; each output channel has a factor of its own.": {"axes": "all"},
        "the sum goes over the batch as well; each picture has factors of its own.": {"axes": "n"},
        "the root is missing.": {"end": "1 /"},
        "this is the standard deviation; demodulation divides by it.": {"end": "root"},
        "this is the variance; demodulation divides by its root.": {"end": "as it is"},
        "the styles are not used.": {"used": "none"},
        "the squares are missing.": {"parts": "abs"},
        "the sum is squared; add up the squares.": {"parts": "of the sum"},
        "a mean is subtracted before squaring, as np.std does; add up the squares as they are.": {"parts": "centred"},
        "the styles are not squared, the kernel is.": {"parts": "kernel"},
        "the kernel is not squared, the styles are.": {"parts": "styles"},
        "this is a mean over the kernel; take the sum.": {"mean": "pi"},
        "this is a mean over the window; take the sum.": {"mean": "p"},
        "this is a mean over the input channels; take the sum.": {"mean": "i"},
    }
    second = {words: slip for words, slip in STYLE_SLIPS.items() if slip["used"] != "none"}
    if given:
        first["epsilon stands outside the root; add it to the sum."] = {"where": "out"}
        first["epsilon is left out, fixed at 1e-8, or a lower limit; add the argument to the sum."] = {"where": "none"}
        second["epsilon is squared; add it as it is."] = {"where": "square"}
        second["epsilon is added to every term; add it once, to the sum."] = {"where": "each"}
    return first, second


def _demodulation_slips(kernel, styles, epsilon: float, given: bool) -> dict:
    def formula(**slips):
        return channel_factors(kernel, styles, epsilon, **slips)

    known, right = {}, formula()
    for options in _demodulation_options(given):
        known |= {words: value for words, value in check.slips(formula, options).items() if words not in known}
    wide = right[:, None, None, None]
    return known | {
        "axes of length 1 are left: the shape is (n, out).": wide,
        "these are the demodulated kernels; return the factors alone.": own_kernels(kernel, styles) * wide,
        "the factors are all 1.": np.ones_like(right),
    }


def _what_enters(answer, kernel, styles, epsilon: float) -> str:
    """Which part of the sum of squares is wrong, for any slip: the styles' or the kernel's."""
    n, out = len(styles), kernel.shape[-1]
    if np.shape(answer) == (1, out) and n > 1:
        return "these are factors for one picture; each has its own."
    if np.shape(answer) != (n, out):
        return ""
    factors = np.asarray(answer, dtype=float)
    if np.allclose(np.abs(factors), channel_factors(kernel, styles, epsilon), rtol=1e-4):
        return "their size is right, but some are negative: a standard deviation is positive."
    sums = 1 / np.square(factors) - epsilon
    if not np.isfinite(sums).all():
        return ""
    s, window = np.square(styles.astype(float)), np.square(kernel.astype(float)).sum(axis=(0, 1))
    near, added = 1e-3 * np.abs(sums).max(), sums - s @ window + epsilon
    if epsilon > 1e-3 and np.ptp(added) < 0.01 * epsilon:
        return f"{added.mean():.3g} is added to the sum, and epsilon is {epsilon:g}."
    if len(s) <= s.shape[1] or np.linalg.matrix_rank(s) < s.shape[1]:
        return ""
    found = np.linalg.lstsq(s, sums, rcond=None)[0]
    if not np.allclose(s @ found, sums, rtol=0, atol=near):
        return (
            "one over their square is no sum of the squared styles, each times a number. Do the squares of the "
            "styles enter, each picture's its own, and are they added up before the root?"
        )
    i, o = np.unravel_index(np.abs(found - window).argmax(), window.shape)
    return (
        "the styles enter as they should, but what stands beside them is not the sum of the kernel's squares over the "
        f"window: for input channel {i} and output channel {o} it is {found[i, o]:.3g}, expected {window[i, o]:.3g}."
    )


def check_demodulation(
    factors_of,
    n: int,
    channels: tuple[int, int],
    kernel_size: int = 3,
    epsilon: float | None = None,
    zero: bool = False,
) -> None:
    """Hold demodulation factors against the definition; with zero, one picture's styles are all 0."""
    _, kernel, styles = case(n, 3, channels, kernel_size)
    if zero:
        styles[-1] = 0
    given = () if epsilon is None else (epsilon,)
    small = 1e-8 if epsilon is None else epsilon
    answer = check.call(factors_of, kernel, styles, *given)
    if zero:
        values = np.asarray(answer)
        check.require(
            values.dtype.kind != "f" or np.isfinite(values).all(),
            "With styles that are all 0 the factors are infinite or NaN: epsilon belongs under the root.",
        )
    right = channel_factors(kernel, styles, small)
    known = partial(_demodulation_slips, kernel, styles, small, epsilon is not None)
    look = partial(_what_enters, answer, kernel, styles, small)
    check.close(answer, right, "the demodulation factors", mistakes=known, otherwise=look)
    answers = check.compiled(factors_of, kernel.shape, (None, channels[0]), small, inputs=(kernel, styles))
    check.close(answers[0], right, "the factors, compiled for batches of any size")


def check_unit_variance(factors_of, channels: tuple[int, int]) -> None:
    """Exact: with inputs of unit covariance, each demodulated output has variance d² Σ (s k)² = 1."""
    _, kernel, styles = case(5, 3, channels)
    found = check.array(
        check.call(factors_of, kernel, styles), "the demodulation factors", shape=(5, channels[1])
    ).astype(float)
    flat = own_kernels(kernel, styles).reshape(5, -1, channels[1])
    variances = found**2 * np.square(flat).sum(axis=1)
    check.close(variances, np.ones_like(variances), "variances of outputs, for inputs of variance 1", rtol=1e-3)
    check.require(bool((found > 0).all()), "A factor is negative: it is 1 over a standard deviation.")
