"""Checks of lesson 47, StyleGAN2: styles that are mixed, truncated and searched."""

import keras
import numpy as np
from keras import layers

from course_utils import check


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
    mistakes = mistakes | check.slips(formula, options)
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
