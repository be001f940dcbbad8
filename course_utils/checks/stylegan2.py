"""Checks of lesson 47, StyleGAN2."""

import keras
import numpy as np
from keras import layers

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


def check_mix(mix, crossover: list[int], n_layers: int, d: int) -> None:
    """Hold mixed styles against a loop over rows and layers."""
    n = len(crossover)
    rng = np.random.default_rng([n, n_layers, d])
    first = rng.normal(size=(n, d)).astype("float32")
    second = rng.normal(3, 1, size=(n, d)).astype("float32")
    cut = np.array(crossover)

    def formula(swap=False, late=0, whose="own", clip=True):
        a, b = (second, first) if swap else (first, second)
        cuts = {"own": cut, "first": cut[:1].repeat(n), "last": cut[-1:].repeat(n)}[whose]
        rows = [[a[i] if layer < cuts[i] + late else b[i] for layer in range(n_layers)] for i in range(n)]
        return np.array(rows)

    options = {
        "the styles are exchanged: the first one goes to the layers before the crossover.": {"swap": True},
        "one layer too many has the first style: the crossover's own layer gets the second.": {"late": 1},
        "one layer too few has the first style.": {"late": -1},
        "all rows use the first row's crossover; each has its own.": {"whose": "first"},
        "all rows use the last row's crossover; each has its own.": {"whose": "last"},
    }
    mistakes = check.slips(formula, options)
    right = formula()
    mistakes["the axes of rows and layers are exchanged: (n, n_layers, d)."] = right.transpose(1, 0, 2)
    share = np.clip(cut / n_layers, 0, 1)[:, None, None]
    mistakes["this is a mean of the two styles; each layer gets one of them."] = np.repeat(
        share * first[:, None] + (1 - share) * second[:, None], n_layers, axis=1
    )
    name = f"mixed styles with crossover {', '.join(map(str, crossover[:4]))}{' ...' if n > 4 else ''}"
    answer = check.call(mix, first, second, cut, n_layers)
    check.close(answer, right, name, mistakes=mistakes)
    import tensorflow as tf

    specs = [(None, d), (None, d), tf.TensorSpec([None], "int32"), n_layers]
    answers = check.compiled(mix, *specs, inputs=(first, second, cut))
    check.close(answers[0], right, "mixed styles, compiled for batches of any size")


def _synthesis(n_layers: int, d: int, shape=(2, 3, 3), seed: int = 0) -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """A linear stand-in for a synthesis network: the model, its kernel (n_layers, d, pixels) and bias."""
    size = int(np.prod(shape))
    rng = np.random.default_rng([n_layers, d, seed])
    kernel = rng.normal(size=(n_layers * d, size)) * np.repeat(np.linspace(0.5, 1.5, n_layers), d)[:, None]
    bias = rng.normal(size=size)
    dense = layers.Dense(size)
    model = keras.Sequential([keras.Input((n_layers, d)), layers.Flatten(), dense, layers.Reshape(shape)])
    dense.set_weights([kernel.astype("float32"), bias.astype("float32")])
    return (
        model,
        kernel.astype("float32").astype(float).reshape(n_layers, d, size),
        bias.astype("float32").astype(float),
    )


def check_table(table, r: int, c: int, crossover: int, n_layers: int, d: int) -> None:
    """Hold a table of mixtures against a loop over rows and columns, with a linear stand-in."""
    model, kernel, bias = _synthesis(n_layers, d)
    rng = np.random.default_rng([r, c, d])
    shapes, colors = rng.normal(size=(r, d)).astype("float32"), rng.normal(2, 1, size=(c, d)).astype("float32")

    def formula(swap=False, late=0):
        a, b = (colors, shapes) if swap else (shapes, colors)
        cut = crossover + late
        before = np.einsum("nd,ldp->np", a, kernel[: max(cut, 0)])
        after = np.einsum("nd,ldp->np", b, kernel[max(cut, 0) :])
        pairs = after[:, None] + before[None] if swap else before[:, None] + after[None]
        return (pairs + bias).reshape(r, c, 2, 3, 3)

    mistakes = check.slips(
        formula,
        {
            "rows and columns are exchanged: the rows' styles come before the crossover.": {"swap": True},
            "one layer too many has the style of the row.": {"late": 1},
            "one layer too few has the style of the row.": {"late": -1},
        },
    )
    right = formula()
    mistakes["rows and columns of the table are exchanged: (rows, columns, h, w, 3)."] = right.swapaxes(0, 1)
    mistakes["the pairs are in another order: the columns change fastest."] = (
        right.swapaxes(0, 1).reshape(r * c, 2, 3, 3).reshape(right.shape)
    )
    mistakes["these are all pictures in one row; reshape to (rows, columns, h, w, 3)."] = right.reshape(r * c, 2, 3, 3)
    answer = check.call(table, model, shapes, colors, crossover)
    check.close(answer, right, f"a table of {r} x {c} mixtures", rtol=1e-3, mistakes=mistakes)


def check_mean_style(mean_style, n: int, k: int, d: int) -> None:
    """Hold the mean style against NumPy, for a mapping that is not linear."""
    rng = np.random.default_rng([n, k, d])
    weights = [rng.normal(size=(k, d)).astype("float32"), rng.normal(size=d).astype("float32")]
    mapping = keras.Sequential([keras.Input((k,)), layers.Dense(d, activation="softplus")])
    mapping.set_weights(weights)
    z = rng.normal(0.4, 1, size=(n, k)).astype("float32")

    def style(codes):
        return np.log1p(np.exp(codes.astype(float) @ weights[0] + weights[1]))

    right = style(z).mean(axis=0)
    mistakes = {
        "this is the style of the mean code; the mean is taken of the styles.": style(z.mean(axis=0, keepdims=True))[0],
        "this is the style of the code 0; take the mean of the styles of all codes.": style(np.zeros((1, k)))[0],
        "this is the sum of the styles; take their mean.": style(z).sum(axis=0),
        "this is the median; take the mean.": np.median(style(z), axis=0),
        "this is one number; each of the d dimensions has a mean of its own.": style(z).mean(),
        "the mean is over the dimensions; it must be over the codes.": style(z).mean(axis=1),
        "this is the mean of the codes, not of their styles.": z.mean(axis=0),
        "there is an axis too many: the shape is (d,).": right[None],
        "these are the styles of all codes; take their mean.": style(z),
        "this is the zero vector; take the mean of the styles.": np.zeros(d),
    }
    answer = check.call(mean_style, mapping, z)
    check.close(answer, right, f"the mean style of {n} codes", rtol=1e-3, mistakes=mistakes)


def check_truncate(truncate, n: int, d: int, psi: float) -> None:
    """Hold truncated styles against a weighted mean."""
    rng = np.random.default_rng([n, d])
    w, center = rng.normal(1, 2, size=(n, d)).astype("float32"), rng.normal(3, 1, size=d).astype("float32")
    right = np.array([(1 - psi) * center.astype(float) + psi * row.astype(float) for row in w])
    mistakes = {
        "the styles are moved towards zero, not towards the center.": psi * w,
        "psi and 1 - psi are exchanged: psi = 1 leaves the styles.": psi * center + (1 - psi) * w,
        "the center is not added back.": psi * (w - center),
        "the center is not subtracted first.": center + psi * w,
        "the sign is wrong: styles minus center.": center + psi * (center - w),
        "psi is not used.": w,
        "the styles are clipped; truncation here means scaling their distance from the center.": np.clip(
            w, center - psi, center + psi
        ),
        "this starts from the styles: the factor is psi, not 1 + psi.": w + psi * (w - center),
    }
    answer = check.call(truncate, w, center, psi)
    check.close(answer, right, f"styles truncated with psi = {psi}", mistakes=mistakes)


def _adam(kernel, bias, targets, start, steps, rate, sign=1.0, at="start", kind="adam", shared=True, loss="square"):
    """Adam (or a slip of it) on a linear synthesis network, in float64."""
    total = kernel.sum(axis=0) if shared else kernel[0]
    n, size = len(targets), targets[0].size
    flat = targets.reshape(n, size).astype(float)
    w = np.tile(start.astype(float), (n, 1)) if at == "start" else np.zeros((n, len(start)))
    m, v = np.zeros_like(w), np.zeros_like(w)
    for step in range(1, steps + 1):
        gap = w @ total + bias - flat
        slope = (2 * gap if loss == "square" else np.sign(gap)) @ total.T / size
        slope = sign * slope
        if kind == "sgd":
            w = w - rate * slope
            continue
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        if kind == "new":  # a new optimizer in each step
            m, v = 0.1 * slope, 0.001 * slope**2
        t = 1 if kind == "new" else step
        w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return w


def check_project(project, n: int, n_layers: int, d: int, steps: int, rate: float = 0.25) -> None:
    """Hold the path of a projection against Adam by NumPy on a linear synthesis network."""
    model, kernel, bias = _synthesis(n_layers, d, seed=steps)
    rng = np.random.default_rng([n, n_layers, d, steps])
    targets = rng.normal(0, 2, size=(n, 2, 3, 3)).astype("float32")
    start = rng.normal(0.5, 1, size=d).astype("float32")
    saved = [np.array(one) for one in model.get_weights()]
    answer = check.call(project, model, targets, start, steps, rate)
    if hasattr(answer, "numpy"):
        answer = answer.numpy()

    def formula(less=0, **slips):
        return _adam(kernel, bias, targets, start, steps - less, slips.pop("rate", rate), **slips)

    options = {
        "the styles move away from the targets: the sign of the gradient.": {"sign": -1.0},
        "every row starts at zero; it should start at `start`.": {"at": "zero"},
        "this is plain gradient descent; use Adam.": {"kind": "sgd"},
        "Adam is made anew in every step and forgets: make it once, before the loop.": {"kind": "new"},
        "only the first layer gets the style; all layers get the same one.": {"shared": False},
        "one step too few.": {"less": 1},
        "one step too many.": {"less": -1},
        "the learning rate is Keras's default; use the argument.": {"rate": 0.001},
        "the loss is the absolute error; use the squared one.": {"loss": "abs"},
    }
    if steps > 1:
        options["only one step was done."] = {"less": steps - 1}
    mistakes = {"the styles are as at the start; did a step run?": np.tile(start, (n, 1))}
    mistakes |= check.slips(formula, options)
    right = formula()
    mistakes["there is a style for each layer; one for all was asked for, (n, d)."] = np.repeat(
        right[:, None], n_layers, axis=1
    )
    pictures = (np.asarray(answer, dtype=float) if np.ndim(answer) == 4 else right @ kernel.sum(axis=0) + bias).reshape(
        (-1, 2, 3, 3)
    )
    mistakes["these are the pictures; return their styles."] = pictures if np.ndim(answer) == 4 else right
    mistakes["this is one style for all targets; each has its own."] = right.mean(axis=0)
    check.close(answer, right, f"styles after {steps} steps", rtol=5e-3, mistakes=mistakes)
    same = all(np.array_equal(a, b) for a, b in zip(saved, model.get_weights(), strict=True))
    check.require(same, "The weights of the synthesis network have changed: only the styles may move.")


def check_project_far(project, n: int, n_layers: int, d: int) -> None:
    """Many steps reach the least-squares solution, the exact optimum of a linear synthesis network."""
    model, kernel, bias = _synthesis(n_layers, d, seed=1)
    rng = np.random.default_rng([n, n_layers, d])
    total = kernel.sum(axis=0)
    best = rng.normal(0, 1, size=(n, d))
    targets = (best @ total + bias).reshape(n, 2, 3, 3) + 0.3 * rng.normal(size=(n, 2, 3, 3))
    targets = targets.astype("float32")
    exact = np.linalg.lstsq(total.T, (targets.reshape(n, -1) - bias).T, rcond=None)[0].T
    start = np.zeros(d, "float32")
    answer = check.call(project, model, targets, start, 100, 0.1)
    check.close(answer, exact, "styles after 100 steps, beside least squares", rtol=0.05)
