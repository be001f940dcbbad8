"""Checks of lesson 13, deep autoencoders."""

import numpy as np
from scipy.special import expit, ndtr, softmax

from course_utils import check
from course_utils.training import set_seed

ACTIVATIONS = {
    None: lambda t: t,
    "relu": lambda t: np.maximum(t, 0),
    "gelu": lambda t: t * ndtr(t),
    "tanh": np.tanh,
    "sigmoid": expit,
    "softplus": lambda t: np.logaddexp(0, t),
    "softmax": lambda t: softmax(t, axis=-1),
}


CENTRES = {
    "mean": np.mean,
    "best": np.min,
    "worst": np.max,
    "first": lambda e: e[0],
    "median": np.median,
    "sum": np.sum,
}


def _chain(sizes) -> str:
    return ", ".join(f"{a} → {b}" for a, b in sizes) or "none"


def _layers_of(network, sizes: list[int], name: str) -> list[tuple[int, int]]:
    """Places of kernel and bias of each dense layer among a network's weights, by their shapes.

    Args:
        network: a model that has been called.
        sizes: of the layers, inputs first; no pair of neighbours twice.
        name: what to call it in messages.
    """
    shapes = [w.shape for w in network.get_weights()]
    wanted = list(zip(sizes, sizes[1:], strict=False))
    kernels = [shape for shape in shapes if len(shape) == 2]
    hint = ""
    if sorted(kernels) == sorted((b, a) for a, b in wanted):
        hint = " Are the two halves exchanged?"
    elif len(kernels) > len(wanted):
        hint = " There is a layer too many."
    elif len(kernels) < len(wanted):
        hint = " A layer is missing." + " Are all of `widths` used?" * (len(wanted) > 1 and name != "the model")
    elif [b for _, b in kernels[:-1]] == sizes[-2:0:-1]:
        hint = " The widths are in the wrong order: the decoder mirrors the encoder."
    title = name[0].upper() + name[1:]
    check.require(
        sorted(kernels) == sorted(wanted),
        f"{title} has dense layers {_chain(kernels)}; expected {_chain(wanted)}.{hint}",
    )
    left = dict(enumerate(shapes))
    places = []
    for a, b in wanted:
        pair = [next((k for k, shape in left.items() if shape == one), None) for one in ((a, b), (b,))]
        check.require(None not in pair, f"A dense layer of {name} has no bias ({a} → {b}).")
        places.append(tuple(pair))
        left = {k: shape for k, shape in left.items() if k not in pair}
    check.require(not left, f"{title} has more weights than these dense layers have. Dense layers only.")
    return places


def _require_forward(network, sizes: list[int], activations: list, name: str) -> None:
    """Compare a network with NumPy, for weights drawn at random.

    Args:
        network: a model that has been called.
        sizes: of the layers, inputs first.
        activations: name of the activation of each layer.
        name: what to call it in messages.
    """
    rng = np.random.default_rng(len(sizes))
    places = _layers_of(network, sizes, name)
    weights = [np.zeros_like(w) for w in network.get_weights()]
    for (kernel, bias), n_in in zip(places, sizes, strict=False):
        weights[kernel] = rng.normal(size=weights[kernel].shape) * 1.5 / np.sqrt(n_in)
        weights[bias] = rng.normal(size=weights[bias].shape)
    x = rng.random((5, sizes[0]))

    def forward(hidden=None, last="as asked", both=None):
        y, kinds = x, list(activations)
        if hidden is not None:
            kinds[:-1] = [hidden if hidden != "none" else None] * (len(kinds) - 1)
        if last != "as asked":
            kinds[-1] = last
        for (kernel, bias), kind in zip(places, kinds, strict=True):
            y = ACTIVATIONS[kind](y @ weights[kernel] + weights[bias])
        return y if both is None else ACTIVATIONS[both](y)

    where = "on the code" if name == "the encoder" else "at the output"
    inside = "on the code" if name == "the model" else "in the hidden layers"
    wrong = {}
    for kind in ACTIVATIONS:
        said, asked = kind or "no activation", activations[-1] or "none"
        wrong[f"there is {said} {where}; expected {asked}."] = {"last": kind}
        if len(activations) > 1:
            asked = activations[0] or "none"
            wrong[f"there is {said} {inside}; expected {asked}."] = {"hidden": kind or "none"}
    if activations[-1]:
        wrong[f"the {activations[-1]} is there twice."] = {"both": activations[-1]}
    answer = check.with_weights(network, weights, x.astype("float32"))
    mistakes = {} if np.allclose(answer, forward(), atol=1e-3) else check.slips(forward, wrong)
    check.close(answer, forward(), f"what {name} answers, held against NumPy", rtol=1e-3, mistakes=mistakes)


def check_shallow(build, latent_dim: int, output: str | None) -> None:
    """Two dense layers, no activation on the code: sizes, biases, activations, fresh weights.

    ``build`` is the learner's function of ``latent_dim`` and ``output``, the output's activation or None.
    """
    set_seed(0)
    network = check.call(build, latent_dim, output)
    check.probe(network, takes=(784,), gives=(784,), random=True)
    _require_forward(network, [784, latent_dim, 784], [None, output], "the model")
    check.model(build, latent_dim, output, takes=(784,), gives=(784,))


def check_deep(build, latent_dim: int, **options) -> None:
    """Both halves: sizes, biases, activations against NumPy, fresh weights at every call.

    Args:
        build: the learner's function.
        latent_dim: latent dimension.
        options: widths, activation and code_activation, or some of them.
    """
    set_seed(0)
    asked = {"widths": (256,), "activation": "gelu", "code_activation": None} | options
    widths, kind = list(asked["widths"]), asked["activation"]
    names = "the encoder", "the decoder"
    halves, again = (check.several(check.call(build, latent_dim, **options), *names) for _ in range(2))
    chains = [784, *widths, latent_dim], [latent_dim, *widths[::-1], 784]
    ends = asked["code_activation"], "sigmoid"
    for name, first, second, chain, end in zip(names, halves, again, chains, ends, strict=True):
        _require_takes(first, chain[0], name)
        check.probe(first, takes=(chain[0],), gives=(None,), name=name)
        _require_forward(first, chain, [kind] * len(widths) + [end], name)
        check.call(second, np.zeros((1, chain[0]), "float32"))  # makes its weights
        check.fresh(first, second, name)


def _require_takes(network, n_in: int, name: str) -> None:
    """Does it take so many numbers, and if not, are the halves exchanged?"""
    shape = getattr(network, "input_shape", None)
    check.require(
        not isinstance(shape, tuple) or shape[-1] in (None, n_in),
        f"{name[0].upper()}{name[1:]} takes inputs of {shape and shape[-1]}, expected {n_in}. Are the two halves "
        "exchanged, or is a size written into the code?",
    )


def _squares(f, x):
    return float(((f(x) - x) ** 2).mean())


def check_held_out_ratio(ratio, networks, baseline, seen, unseen) -> None:
    """Hold mean and spread of the ratios against a direct computation.

    Args:
        ratio: the learner's function.
        networks, baseline: functions of points (n, d), give their reconstructions.
        seen, unseen: points of the training, and others.
    """
    n = len(networks)
    both = np.concatenate([seen, unseen])
    points = {"unseen": unseen, "seen": seen, "both": both}
    measures = {
        "mse": _squares,
        "mae": lambda f, x: np.abs(f(x) - x).mean(),
        "rmse": lambda f, x: np.sqrt(_squares(f, x)),
        "sum": lambda f, x: ((f(x) - x) ** 2).sum(),
    }

    def ratios(on="unseen", base="unseen", kind="mse", flip=False, divide=True):
        below = measures[kind](baseline, points[base]) if divide else 1.0
        values = np.array([measures[kind](f, points[on]) for f in networks]) / below
        return 1 / values if flip else values

    def centre(how="mean", removed=False, **slips):
        value = CENTRES[how](ratios(**slips))
        return 1 - value if removed else value

    mean, spread = check.several(
        check.call(ratio, networks, baseline, seen, unseen), "the mean", "the standard deviation"
    )
    mistakes = check.slips(
        centre,
        {
            "both errors were measured on the training points.": {"on": "seen", "base": "seen"},
            "the networks were measured on their training points.": {"on": "seen"},
            "the baseline was measured on its training points.": {"base": "seen"},
            "measured on training and unseen points together.": {"on": "both", "base": "both"},
            "upside down; divide the network's error by the baseline's.": {"flip": True},
            "this is the share that is removed; the share that is left is asked.": {"removed": True},
            "computed from absolute errors; square them.": {"kind": "mae"},
            "this is the ratio of root mean squared errors.": {"kind": "rmse"},
            "this is only the best of the seeds.": {"how": "best"},
            "this is only the worst of the seeds.": {"how": "worst"},
            "this is only the first of the seeds.": {"how": "first"},
            "this is the median of the seeds; the mean is asked.": {"how": "median"},
            "the ratios are summed; take their mean.": {"how": "sum"},
            "this is an error, not yet divided by the baseline's.": {"divide": False},
            "sums of squares were divided, of different numbers of points.": {"kind": "sum", "on": "seen"},
        },
    )
    check.close(mean, centre(), "the mean ratio", mistakes=_more_means(networks, baseline, unseen, ratios) | mistakes)
    mistakes = _spread_mistakes(ratios, n)
    each_point = np.array([((f(unseen) - unseen) ** 2).mean(axis=1) for f in networks]) / _squares(baseline, unseen)
    mistakes["this is the spread over the points, too; the spread of the seeds is asked."] = each_point.std(ddof=1)
    mistakes["this is the spread over the points, divided by n; the spread of the seeds is asked."] = each_point.std()
    check.close(spread, ratios().std(ddof=1), "the standard deviation", mistakes=mistakes)


def _more_means(networks, baseline, unseen, ratios) -> dict:
    """Mistakes in the mean that are no options of the formula."""
    averaged = np.mean([f(unseen) for f in networks], axis=0)
    each = ((baseline(unseen) - unseen) ** 2).mean(axis=1)
    points = [((f(unseen) - unseen) ** 2).mean(axis=1) / each for f in networks]
    pooled = np.mean((averaged - unseen) ** 2) / _squares(baseline, unseen)
    return {
        "this is the standard deviation; return the mean first.": ratios().std(ddof=1),
        "this is the standard deviation; return the mean first, and divide by n - 1.": ratios().std(),
        "this is the mean of one ratio for each point; average the errors first.": np.mean(points),
        "the reconstructions were averaged before measuring; measure each network.": pooled,
        "the networks are compared with the baseline's copies; compare both with the points.": np.mean(
            [np.mean((f(unseen) - baseline(unseen)) ** 2) for f in networks]
        )
        / _squares(baseline, unseen),
    }


def _spread_mistakes(ratios, n: int) -> dict:
    def spread(how="std", ddof=1, error=False, **slips):
        values = ratios(**slips)
        found = {"std": values.std(ddof=ddof), "var": values.var(ddof=ddof), "range": np.ptp(values)}[how]
        return found / np.sqrt(n) if error else found

    return check.slips(
        spread,
        {
            "divided by n; divide by n - 1 (see ddof).": {"ddof": 0},
            "this is the variance; take its root.": {"how": "var"},
            "this is the standard error of the mean; the spread of the seeds is asked.": {"error": True},
            "this is the spread of the errors, not of the ratios.": {"divide": False},
            "this is the range from lowest to highest.": {"how": "range"},
            "this is the spread on the training points.": {"on": "seen", "base": "seen"},
        },
    )


def check_linear_networks(ratio, n: int, d: int) -> None:
    """:func:`check_held_out_ratio` for n networks, each a scale and a shift, on points of d numbers."""
    rng = np.random.default_rng([n, d])
    seen, unseen = rng.normal(size=(31, d)) ** 2, 1.5 * rng.normal(size=(20, d)) + 0.3
    scales, shifts = rng.uniform(0.3, 0.95, n), rng.normal(size=n)

    def network(scale, shift):
        return lambda x: scale * x + shift

    networks = [network(*pair) for pair in zip(scales, shifts, strict=True)]
    networks.sort(key=lambda f: -_squares(f, unseen))
    if n > 2:  # neither the best, nor the worst, nor the middle one comes first
        networks = [networks[1], networks[-1], networks[0], *networks[2:-1]]
    check_held_out_ratio(ratio, networks, lambda x: 0.5 * x + 0.6, seen, unseen)


def check_gain_shares(shares, baseline_error: float, ladder) -> None:
    """Hold the shares against a computation step by step.

    ``shares`` is the learner's function, ``ladder`` holds the errors of each model, one for each seed.
    """
    steps = [np.asarray(errors, dtype=float) for errors in ladder]

    def formula(how="mean", sign=1.0, by="total", scale=1.0, cumulative=False, back=False, skip=False, root=False):
        levels = [baseline_error, *(CENTRES[how](errors) for errors in steps)]
        levels = np.sqrt(levels) if root else np.array(levels)
        found = [levels[k] - levels[k + 1] for k in range(len(steps))]
        if cumulative:
            found = [sum(found[: k + 1]) for k in range(len(found))]
        whole, before, last = levels[0] - levels[-1], levels[:-1], levels[-1]
        totals = {"total": whole, "baseline": levels[0], "before": before, "last": last, "one": 1.0}
        found = sign * scale * np.array(found) / totals[by]
        return found[::-1] if back else found[1:] if skip else found

    mistakes = check.slips(
        formula,
        {
            "the sign is wrong: a step that lowers the error has a positive share here.": {"sign": -1.0},
            "divided by the baseline's error; divide by the whole gain.": {"by": "baseline"},
            "each step was divided by the error before it; divide by the whole gain.": {"by": "before"},
            "divided by the last error; divide by the whole gain.": {"by": "last"},
            "these are gains, not yet divided by the whole gain.": {"by": "one"},
            "these are the shares of all steps up to each one; take the steps one by one.": {"cumulative": True},
            "the order is wrong: the first step comes first.": {"back": True},
            "the first step is missing, from the baseline to the first model.": {"skip": True},
            "these are per cent; return shares that sum to 1.": {"scale": 100.0},
            "the best seed was taken; take the mean over the seeds.": {"how": "best"},
            "the worst seed was taken; take the mean over the seeds.": {"how": "worst"},
            "the first seed was taken; take the mean over the seeds.": {"how": "first"},
            "the median over the seeds was taken; take the mean.": {"how": "median"},
            "the errors of the seeds were summed; take their mean.": {"how": "sum"},
            "the errors' roots were compared; compare the errors.": {"root": True},
        },
    )
    one_each = np.concatenate([[baseline_error], *steps])
    mistakes["every seed was taken for a step; average over the seeds first."] = -np.diff(one_each) / (
        one_each[0] - one_each[-1]
    )
    answer = check.array(check.call(shares, baseline_error, [e.copy() for e in steps]), "the shares")
    check.close(answer, formula(), f"the shares of {len(steps)} steps", mistakes=mistakes)


def _peak(codes, axis):
    return np.abs(codes).max(axis=axis)


_CANCEL = "positive and negative values cancel; compare magnitudes."
_FAINT = "many small values are still silence, and one large value makes a unit alive: look at the largest magnitude."
_SAME = "a unit that always gives the same value, not near 0, is not silent."
DEAD_MISTAKES = {
    "negative values were taken for silence; compare magnitudes.": {"of": lambda c, axis: c.max(axis=axis)},
    "a unit whose magnitude equals the tolerance is dead, too (<=).": {"strict": True},
    "the tolerance is not used.": {"used": False},
    "this counts examples without any active unit; count units (axis).": {"axis": 1},
    "this counts single zeros; a dead unit is silent on every example.": {"of": lambda c, axis: np.abs(c)},
    "this counts the living units.": {"counted": "living"},
    "this is the share of dead units; their number is asked.": {"counted": "share"},
    "silent on some example is not dead; a unit must be silent on every one.": {"of": lambda c, a: np.abs(c).min(a)},
    "silent on most examples is not dead; a unit must be silent on all.": {
        "of": lambda c, axis: np.quantile(np.abs(c), 0.9, axis=axis, method="lower")
    },
    f"this looks at the mean: {_CANCEL}": {"of": lambda c, axis: np.abs(c.mean(axis=axis))},
    f"this looks at the sum: {_CANCEL}": {"of": lambda c, axis: np.abs(c.sum(axis=axis))},
    f"this looks at the mean of the magnitudes; {_FAINT}": {"of": lambda c, axis: np.abs(c).mean(axis=axis)},
    f"this looks at the sum of the magnitudes; {_FAINT}": {"of": lambda c, axis: np.abs(c).sum(axis=axis)},
    f"this looks at the norm of the column; {_FAINT}": {"of": lambda c, axis: np.linalg.norm(c, axis=axis)},
    f"this looks at the range of the values; {_SAME}": {"of": lambda c, axis: np.ptp(c, axis=axis)},
    f"this looks at the standard deviation; {_SAME}": {"of": lambda c, axis: c.std(axis=axis)},
    f"this looks at the variance; {_SAME}": {"of": lambda c, axis: c.var(axis=axis)},
    "this looks only at the last example.": {"of": lambda c, axis: np.abs(c[-1])},
    "this looks only at the first example.": {"of": lambda c, axis: np.abs(c[0])},
    "the values were squared, the tolerance was not.": {"of": lambda c, axis: np.square(c).max(axis=axis)},
}


def check_dead(count_dead_units, codes, tolerance: float | None = None, known: bool = False) -> None:
    """Compare with a plain loop.

    Args:
        count_dead_units: the learner's function.
        codes: latent codes (n, units).
        tolerance: None to leave the argument out.
        known: whether to name the usual mistakes; in few units several give the same count.
    """
    codes = np.asarray(codes, dtype=float)
    limit = tolerance or 0.0
    right = sum(all(abs(v) <= limit for v in unit) for unit in codes.T.tolist())

    def count(of=_peak, axis=0, strict=False, used=True, counted="dead"):
        values = of(codes, axis)
        level = limit if used else 0.0
        silent = values < level if strict else values <= level
        return {"dead": silent.sum(), "living": (~silent).sum(), "share": silent.mean()}[counted]

    arguments = (codes,) if tolerance is None else (codes, tolerance)
    name = f"the count for {len(codes)} examples, {codes.shape[1]} units, tolerance {limit:g}"
    mistakes = check.slips(count, DEAD_MISTAKES) if known else {}
    dead = np.abs(codes).max(axis=0) <= limit
    mistakes["this says which units are dead; return their number."] = dead
    mistakes["these are the places of the dead units; return their number."] = np.flatnonzero(dead)
    check.close(check.call(count_dead_units, *arguments), right, name, rtol=0, mistakes=mistakes)


def check_dead_by_design(count_dead_units, tolerance: float) -> None:
    """:func:`check_dead` on 76 units in which each usual mistake, and nearly each pair, gives another count."""
    codes = np.zeros((12, 12))
    codes[2, 1] = codes[:, 2] = 0.5
    codes[[1, 3], 3] = [1, -1]
    codes[[2, 4], 4] = 0.6
    codes[5, 5] = 3
    codes[0, 6] = codes[:, 10] = codes[8:, 11] = 30
    codes[:3, 7], codes[8:, 8] = 20, -20
    codes[8:, 9] = [10, -10, 20, -20]
    times = [4, 9, 9, 5, 8, 9, 8, 7, 4, 1, 3, 9]
    check_dead(count_dead_units, tolerance * np.repeat(codes, times, axis=1), tolerance, known=True)


def check_dead_on_random(count_dead_units, rows: int, units: int, zeros: float, tolerance: float | None) -> None:
    """:func:`check_dead` on random codes with a share of zeros."""
    rng = np.random.default_rng([rows, units])
    codes = np.where(rng.random((rows, units)) < zeros, 0, rng.normal(size=(rows, units)))
    check_dead(count_dead_units, codes, tolerance)
