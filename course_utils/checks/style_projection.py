"""Checks of lesson 47, StyleGAN2: the search for the styles of given pictures."""

import keras
import numpy as np
from keras import layers

from course_utils import check

# what may be wrong with a projection, as options of _adam and of how it is called
PROJECTION_SLIPS = {
    "the styles move away from the targets: the sign of the gradient.": {"sign": -1.0},
    "every row starts at zero; it should start at `start`.": {"at": "zero"},
    "the numbers of `start` are in another order in the rows: each row is a copy of it.": {"at": "mixed"},
    "this is plain gradient descent; use Adam.": {"kind": "sgd"},
    "this is gradient descent with momentum; use Adam.": {"kind": "momentum"},
    "this is RMSprop; use Adam.": {"kind": "rmsprop"},
    "this is AdamW, which also shrinks the styles; use Adam.": {"kind": "adamw"},
    "Adam has other betas than Keras's defaults.": {"kind": "betas"},
    "Adam is made anew in every step and forgets: make it once, before the loop.": {"kind": "new"},
    "only the first layer gets the style; all layers get the same one.": {"tied": "first"},
    "each layer has a style of its own, of which the mean is returned; search one style for all layers.": {
        "tied": "mean"
    },
    "each layer has a style of its own, of which the first is returned; search one style for all layers.": {
        "tied": "one of them"
    },
    "one step too few.": {"less": 1},
    "one step too many.": {"less": -1},
    "the learning rate is Keras's default; use the argument.": {"rate": 0.001},
    "the loss is the absolute error; use the squared one.": {"loss": "abs"},
    "the error is not squared.": {"loss": "plain"},
    "the loss is the root of the mean squared error; leave the root out.": {"loss": "root"},
    "every row searches the first target; each has its own.": {"whose": "first"},
    "one style is searched for all targets; each has its own.": {"whose": "together"},
}


def linear_synthesis(n_layers: int, d: int, shape=(2, 3, 3), seed: int = 0):
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


def _slope(gap: np.ndarray, loss: str) -> np.ndarray:
    """Gradient of a loss by the pictures, from gaps (n, pixels)."""
    size = gap.shape[1]
    return {
        "square": lambda: 2 * gap / size,
        "abs": lambda: np.sign(gap) / size,
        "plain": lambda: np.ones_like(gap) / size,
        "root": lambda: gap / size / np.sqrt(np.mean(gap**2, axis=1, keepdims=True)),
    }[loss]()


def _adam(
    kernel, bias, targets, start, steps, rate, sign=1.0, at="start", kind="adam", tied="all", loss="square", whose="own"
):
    """Adam, or a slip of it, on a linear synthesis network, in float64: styles (n, d)."""
    kernel, n = (kernel[:1] if tied == "first" else kernel), len(targets)
    flat = targets.reshape(n, -1).astype(float)
    flat = flat[:1] * np.ones((n, 1)) if whose == "first" else flat
    rows = {"start": np.tile(start, (n, 1)), "zero": np.zeros((n, len(start)))}
    rows["mixed"] = np.repeat(start, n).reshape(n, -1)
    w = np.repeat(rows[at][:, None].astype(float), len(kernel), axis=1)
    m, v = np.zeros_like(w), np.zeros_like(w)
    b1, b2 = {"betas": (0.0, 0.99), "rmsprop": (0.0, 0.9), "momentum": (0.9, 0.0)}.get(kind, (0.9, 0.999))
    for step in range(1, steps + 1):
        gap = np.einsum("nld,ldp->np", w, kernel) + bias - flat
        slope = sign * np.einsum("np,ldp->nld", _slope(gap, loss), kernel)
        if tied in ("all", "first"):
            slope = np.repeat(slope.sum(axis=1, keepdims=True), len(kernel), axis=1)
        if whose == "together":
            slope = slope.sum(axis=0, keepdims=True) * np.ones_like(w)
        if kind == "sgd":
            w = w - rate * slope
        elif kind == "momentum":
            m = b1 * m - rate * slope
            w = w + m
        else:
            m, v = (0 * m, 0 * v) if kind == "new" else (m, v)
            m, v = b1 * m + (1 - b1) * slope, b2 * v + (1 - b2) * slope**2
            t = {"new": 1, "rmsprop": 10**9}.get(kind, step)
            w = w * (1 - 0.004 * rate) if kind == "adamw" else w
            w = w - rate * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + 1e-7)
    return w.mean(axis=1) if tied == "mean" else w[:, 0]


def check_project(project, n: int, n_layers: int, d: int, steps: int, rate: float = 0.25) -> None:
    """Hold the path of a projection against Adam by NumPy on a linear synthesis network."""
    model, kernel, bias = linear_synthesis(n_layers, d, seed=steps)
    rng = np.random.default_rng([n, n_layers, d, steps])
    targets = rng.normal(0, 2, size=(n, 2, 3, 3)).astype("float32")
    start = rng.normal(0.5, 1, size=d).astype("float32")
    saved = [np.array(one) for one in model.get_weights()]

    answer = check.call(project, model, targets, start, steps, rate)
    same = all(np.array_equal(a, b) for a, b in zip(saved, model.get_weights(), strict=True))
    check.require(same, "The weights of the synthesis network have changed: only the styles may move.")

    def formula(less=0, rate=rate, **slips):
        return _adam(kernel, bias, targets, start, steps - less, rate, **slips)

    right = formula()

    def mistakes():
        best = np.linalg.lstsq(kernel.sum(axis=0).T, (targets.reshape(n, -1) - bias).T, rcond=None)[0].T
        known = {
            "the styles are as at the start; did a step run?": np.tile(start, (n, 1)),
            "the styles are at the end of the search already: are there more steps than `steps`?": best,
        }
        known |= check.slips(formula, PROJECTION_SLIPS)
        known |= _other_results(right, kernel, bias, formula)
        if steps > 1:
            way = np.mean([formula(less=k) for k in range(steps)], axis=0)
            known["this is the mean of the styles of all steps; return the last ones."] = way
        for k in range(1, 2 * steps + 2):
            known.setdefault(f"these are the styles after {k} step{'s' * (k > 1)}.", formula(less=steps - k))
        return known

    name = f"styles after {steps} step{'s' * (steps > 1)}"
    look = lambda: _first_step(project, answer, right, kernel, rate)  # noqa: E731
    check.close(answer, right, name, rtol=1e-3, mistakes=mistakes, otherwise=look)
    check.not_list(answer, name)
    check.require(
        not hasattr(answer, "numpy"),
        f"The {name} are right, but they are a {type(answer).__name__}: return a NumPy array, as later cells reshape it.",
    )


def _other_results(right, kernel, bias, formula) -> dict:
    """Other things than a style for each target."""
    n_layers = len(kernel)
    known = {
        "there is a style for each layer; one for all was asked for, (n, d).": np.repeat(right[:, None], n_layers, 1),
        "this is one style for all targets; each has its own.": formula(whose="together")[0],
        "this is one style for all targets, each has its own.": formula(whose="together")[:1],
        "this is the mean of the styles; each target has its own.": right.mean(axis=0),
        "this is the style of the first target alone.": right[0],
        "this is the style of the last target alone.": right[-1],
    }
    for less in (0, 1):  # the pictures may be those before the last step
        pictures = formula(less=less) @ kernel.sum(axis=0) + bias
        known["these are the pictures; return their styles." + " " * less] = pictures.reshape(-1, 2, 3, 3)
    return known


def _first_step(project, answer, right, kernel, rate: float) -> str:
    """What the first step of a larger search says, for any slip: Adam's moves each number by the learning rate."""
    shape = tuple(np.shape(answer))
    if not shape:
        return "this is one number, perhaps the loss; return the styles."
    if shape != right.shape:
        words = "these are styles for each layer, (n, n_layers, d); one for all was asked for, (n, d)."
        return words if len(shape) == 3 and shape[::2] == right.shape else ""
    model, kernel, bias = linear_synthesis(len(kernel), 5, seed=0)
    rng = np.random.default_rng(0)
    targets, start = rng.normal(0, 2, size=(6, 2, 3, 3)).astype("float32"), rng.normal(size=5).astype("float32")
    moves = []
    for steps in (0, 1):
        try:
            moves.append(np.asarray(check.call(project, model, targets, start, steps, rate), dtype=float) - start)
        except Exception:
            moves.append(np.zeros(()))
    begun, moved = moves
    wanted = _adam(kernel, bias, targets, start, 1, rate) - start
    return _said_of_step(begun, moved, wanted, rate) if moved.shape == wanted.shape else ""


def _said_of_step(begun: np.ndarray, moved: np.ndarray, wanted: np.ndarray, rate: float) -> str:
    """What is wrong with the start or the first step, or that it must be with the later ones."""
    size, wrong = np.abs(moved), int((np.sign(moved) != np.sign(wanted)).sum())
    if np.isfinite(begun).all() and np.abs(begun).max() > 1e-3:
        return "with steps = 0 the rows are not copies of `start`; with 0 steps nothing moves."
    if np.ptp(size) > 0.02 * size.max():
        return (
            f"the first step of Adam moves every number by the learning rate, here {rate:g}; yours moves them by "
            f"{size.min():.2g} to {size.max():.2g}. Is it Adam, and does nothing else change the styles?"
        )
    if abs(size.mean() - rate) > 0.02 * rate:
        return f"the first step moves every number by {size.mean():.2g}; with Adam that is the learning rate, {rate:g}."
    if wrong:
        return (
            f"the first step goes the wrong way in {wrong} of {moved.size} numbers. So the gradient is that of another "
            "loss, by other targets, or by a style that does not go to all layers."
        )
    return (
        "the first step is right, later ones are not. Is it Adam, the same in all steps, does its rate stay, and is the "
        "loss the mean squared error alone?"
    )


def check_project_far(project, n: int, n_layers: int, d: int) -> None:
    """Many steps reach the least-squares solution, the exact optimum of a linear synthesis network."""
    model, kernel, bias = linear_synthesis(n_layers, d, seed=1)
    rng = np.random.default_rng([n, n_layers, d])
    total = kernel.sum(axis=0)
    best = rng.normal(0, 1, size=(n, d))
    targets = (best @ total + bias).reshape(n, 2, 3, 3) + 0.3 * rng.normal(size=(n, 2, 3, 3))
    targets = targets.astype("float32")
    exact = np.linalg.lstsq(total.T, (targets.reshape(n, -1) - bias).T, rcond=None)[0].T
    start = np.zeros(d, "float32")
    answer = check.call(project, model, targets, start, 100, 0.1)
    words = "they are not where the error is smallest. Does a clip, a penalty or a falling rate hold the styles back?"
    check.close(answer, exact, "styles after 100 steps, beside least squares", rtol=0.05, otherwise=lambda: words)
