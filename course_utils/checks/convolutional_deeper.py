"""Checks of the continuation of lesson 14, convolutional autoencoders."""

import math

import numpy as np

from course_utils import check


def check_size(output_size, size: int, kernel: int, stride: int, padding: str) -> None:
    """Compare with the number of places, counted one by one."""
    if padding == "same":
        right = len(range(0, size, stride))
    else:
        right = sum(place % stride == 0 for place in range(size - kernel + 1))
    name = f"{size} pixels, kernel {kernel}, stride {stride}, {padding!r}"
    value = check.number(check.call(output_size, size, kernel, stride, padding), name)
    if padding == "valid":
        mistakes = {
            "one too few: the square's first position counts, too.": right - 1,
            "rounded up, so the last square sticks out of the picture.": math.ceil((size - kernel) / stride) + 1,
            'this is the size for "same"; here the square must fit inside.': math.ceil(size / stride),
            "the size of the kernel is not taken into account.": size // stride,
            "the stride is not taken into account.": size - kernel + 1,
        }
    else:
        mistakes = {
            'rounded down; with "same" a part of a step gives a unit, too.': size // stride,
            'this is the size for "valid"; with "same" the picture is padded.': (size - kernel) // stride + 1,
            "this is the size of the input: the stride is not taken into account.": size,
            "one too many.": right + 1,
        }
    look = lambda: "that is not a whole number; what becomes of a rest?" if value % 1 else ""  # noqa: E731
    check.close(value, right, name, rtol=0, mistakes=mistakes, otherwise=look)


def _field(kernels, strides, own=False, last=False, whole=False, still=False, first=1):
    """Pixels seen, layer by layer, with the popular slips as options."""
    seen, step = 0 if whole else first, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        step = step * stride if own else step
        seen += (kernel if whole else kernel - 1) * step
        if not own and not still:
            step = stride if last else step * stride
    return seen


def check_field(receptive_field, kernels: list[int], strides: list[int]) -> None:
    """Compare with the pixels that one unit of the last layer reaches, found from the top down."""
    reached = {0}
    for kernel, stride in reversed(list(zip(kernels, strides, strict=True))):
        reached = {place * stride + k for place in reached for k in range(kernel)}
    right = max(reached) + 1
    name = f"kernels {kernels}, strides {strides}"
    mistakes = check.slips(
        lambda reverse=False, **slips: _field(
            *((kernels[::-1], strides[::-1]) if reverse else (kernels, strides)), **slips
        ),
        {
            "the strides are not taken into account.": {"still": True},
            "a layer's own stride does not widen its own view, only that of the layers after it.": {"own": True},
            "strides multiply from layer to layer; here only the layer before counts.": {"last": True},
            "the layers were taken in the reverse order.": {"reverse": True},
            "this sums whole kernels; neighbouring views overlap, so k - 1 steps are added.": {"whole": True},
            "one too few: the pixel to begin with counts, too.": {"first": 0},
        },
    )
    mistakes |= {
        "this adds up the kernels.": sum(kernels),
        "this multiplies the kernels.": math.prod(kernels),
        "this is the step between two units, not what one unit sees.": math.prod(strides),
        "this is the number of pixels in the square; wanted is its side.": right**2,
    }
    value = check.number(check.call(receptive_field, list(kernels), list(strides)), name)
    check.close(value, right, name, rtol=0, mistakes=mistakes)


def check_ssim(ssim, seed: int) -> None:
    """Hold SSIM within one window against scikit-image's, with a window of the picture's size."""
    from skimage.metrics import structural_similarity

    rng = np.random.default_rng(seed)
    x, noise = rng.random((2, 7, 7))
    for y, what in ((0.6 * x + 0.4 * noise, "a noisy copy"), (1 - x, "a negative"), (x, "the same picture")):
        options = {"win_size": 7, "data_range": 1.0, "use_sample_covariance": False, "full": True}
        right = structural_similarity(x, y, **options)[1][3, 3]
        mx, my, vx, vy = x.mean(), y.mean(), x.var(), y.var()
        cov = np.mean((x - mx) * (y - my))

        def formula(c1=1e-4, c2=9e-4, two=2, cov=cov, vx=vx, vy=vy, mx=mx, my=my):
            return (two * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))

        mistakes = check.slips(
            formula,
            {
                "the two constants are exchanged.": {"c1": 9e-4, "c2": 1e-4},
                "the constants are missing.": {"c1": 0.0, "c2": 0.0},
                "a factor 2 is missing.": {"two": 1},
                "these are standard deviations; take variances.": {"vx": vx**0.5, "vy": vy**0.5},
                "the covariance has n - 1 below; take the mean.": {"cov": cov * 49 / 48},
                "the product's mean is no covariance; subtract the means.": {"cov": np.mean(x * y)},
            },
        )
        check.close(check.call(ssim, x, y), right, f"SSIM of a picture and {what}", mistakes=mistakes)
