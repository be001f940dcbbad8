"""Checks of lesson 33, conditions and edits."""

import numpy as np
from scipy.special import erf

from course_utils import check

ACTIVATIONS = {
    "GELU": lambda a: a * (1 + erf(a / np.sqrt(2))) / 2,
    "ReLU": lambda a: np.maximum(a, 0),
    "tanh": np.tanh,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "no activation": lambda a: a,
}


def check_network(build, k: int, m: int, d: int, hidden: int) -> None:
    """Hold an untrained network for inputs (n, k) and labels (n, m) against its two parts by NumPy."""
    both = k + m
    size = (both + 1) * d + (both + 1) * hidden + (hidden + 1) * d
    told = {"takes": [(k,), (m,)], "gives": (d,), "name": "the network"}
    try:
        model = check.model(build, k, m, d, hidden, **told)
    except check.CheckError as error:
        if "KerasTensor" not in str(error):
            raise
        raise check.CheckError(
            "What is returned is not a model but a layer's output: end with keras.Model([first, label], output)."
        ) from None
    named = [layer for layer in model.layers if layer.name == "linear"]
    check.require(bool(named), 'The network has no layer called "linear": give the linear part name="linear".')
    shapes = {"linear": (both, d), "hidden": (both, hidden), "last": (hidden, d)}
    parts = _parts(model, named[0], shapes)
    rng = np.random.default_rng([k, m, d])
    z, c = rng.normal(size=(4, k)).astype("float32"), rng.normal(size=(4, m)).astype("float32")
    missing = ", ".join(name for name in shapes if name not in parts)
    check.require(not missing, f"A layer is missing, or does not reach the output: {missing}.")
    check.probe(model, parameters=size, **told)
    last = parts["last"][0]
    check.require(
        not np.any(np.asarray(last.get_weights()[0])),
        'The deep part does not start at zero: its last layer needs kernel_initializer="zeros".',
    )
    check.require(
        np.any(np.asarray(named[0].get_weights()[0])),
        "The linear part starts at zero, too. Only the last layer of the deep part does.",
    )
    _check_formula(model, parts, z, c)


def _parts(model, linear, shapes: dict) -> dict:
    """Each part's layer and the places of its kernel and bias in model.get_weights()."""
    found, place = {}, 0
    for layer in model.layers:
        weights = layer.get_weights()
        if not weights:
            continue
        shape = weights[0].shape
        names = ["linear"] if layer is linear else ["hidden", "last"]
        name = next((name for name in names if shape == shapes[name] and name not in found), None)
        wanted = ", ".join(f"{name} {size}" for name, size in shapes.items())
        check.require(
            name is not None and len(weights) == 2,
            f"The layer {layer.name!r} has a kernel of shape {shape}; expected are {wanted}, each with a bias. "
            "Both parts get both inputs.",
        )
        found[name] = layer, place
        place += 2
    return found


def _check_formula(model, parts: dict, z: np.ndarray, c: np.ndarray) -> None:
    """With random weights: is it linear(a) + last(gelu(hidden(a))), a the joined input and label?"""
    rng = np.random.default_rng(7)
    weights = [rng.normal(size=w.shape).astype("float32") for w in model.get_weights()]
    answer = check.with_weights(model, weights, z, c)
    of = {name: [w.astype(float) for w in weights[p : p + 2]] for name, (_, p) in parts.items()}

    def formula(kind="GELU", end="no activation", order=(z, c), use=("linear", "deep"), product=False):
        a = np.concatenate(order, axis=1).astype(float)
        total = 0.0
        if "linear" in use:
            total = total + a @ of["linear"][0] + of["linear"][1]
        if "deep" in use:
            inner = ACTIVATIONS[kind](a @ of["hidden"][0] + of["hidden"][1])
            second = inner @ of["last"][0] + of["last"][1]
            total = total * second if product else total + second
        return ACTIVATIONS[end](total)

    options = {
        f"the hidden layer has {kind} instead of GELU.": {"kind": kind} for kind in ACTIVATIONS if kind != "GELU"
    }
    options |= {
        f"there is an activation at the end ({kind}); leave it out.": {"end": kind}
        for kind in ("GELU", "ReLU", "sigmoid")
    }
    options |= {
        "the label is joined first; the label comes second.": {"order": (c, z)},
        "this is the product of the two parts; add them.": {"product": True},
        "only the linear part reaches the output.": {"use": ("linear",)},
        "only the deep part reaches the output; add the linear one.": {"use": ("deep",)},
    }
    name = "the network's output for given weights"
    check.close(answer, formula(), name, rtol=1e-3, mistakes=check.slips(formula, options))


def _direction_formula(codes, has, groups, sign=1.0, how="mean", kind="right", length=False):
    """The attribute direction, with its popular slips as options."""
    if kind == "pooled":
        groups = np.zeros(len(codes))
    found, sizes, skipped = [], [], 0
    for group in np.unique(groups):
        inside = groups == group
        if has[inside].all() or not has[inside].any():
            skipped += 1
            continue
        first, second = codes[inside & has].mean(axis=0), codes[inside & ~has].mean(axis=0)
        if kind == "from all":
            second = codes[inside].mean(axis=0)
        if kind == "with only":
            second = 0.0
        found.append(first - second)
        sizes.append(inside.sum())
    result = {
        "mean": lambda: np.mean(found, axis=0),
        "sum": lambda: np.sum(found, axis=0),
        "sizes": lambda: np.average(found, axis=0, weights=sizes),
        "all": lambda: np.sum(found, axis=0) / (len(found) + skipped),
        "first": lambda: found[0],
        "last": lambda: found[-1],
    }[how]()
    result = sign * result
    return result / np.linalg.norm(result) if length else result


def check_direction(direction, n: int, k: int, groups=None, seed: int = 0, one_sided: bool = False) -> None:
    """Hold an attribute direction of n codes against NumPy; with one_sided, some groups have one kind only."""
    rng = np.random.default_rng([n, k, seed])
    codes = rng.normal(size=(n, k)) * np.linspace(1, 3, k) + 0.5
    has = rng.random(n) < 0.4
    has[:2] = [True, False]
    named = None
    if groups is not None:
        named = np.array(groups)[np.sort(rng.integers(0, len(groups), n) * rng.integers(0, 2, n))]
        for number, group in enumerate(groups):  # of each kind two at least, unevenly
            named[4 * number : 4 * number + 4] = group
            has[4 * number : 4 * number + 4] = [True, False, False, True]
        codes = codes + 2.0 * np.unique(named, return_inverse=True)[1][:, None] * (has[:, None] + 1)
        if one_sided:
            has[named == groups[0]], has[named == groups[-1]] = True, False
    arguments = (codes, has) if named is None else (codes, has, named)
    answer = check.call(direction, *arguments)
    name = "the direction" if named is None else "the direction with groups"
    values = np.asarray(answer)
    check.require(
        values.dtype.kind != "f" or not np.isnan(values).any(),
        f"{name} is NaN: a mean over no code at all. "
        + ("Leave out groups in which all or none have the attribute." if one_sided else "Which rows are meant?"),
    )
    options = {
        "the sign is wrong: those with minus those without.": {"sign": -1.0},
        "the mean of all codes was subtracted, not that of those without.": {"kind": "from all"},
        "the mean of those without is not subtracted.": {"kind": "with only"},
        "the direction was scaled to length 1; its length matters here.": {"length": True},
    }
    if named is not None:
        options |= {
            "the groups are not used: this is one difference over all.": {"kind": "pooled"},
            "the differences of the groups are added; take their mean.": {"how": "sum"},
            "larger groups count more; give each group the same weight.": {"how": "sizes"},
            "only the first group is used.": {"how": "first"},
            "only the last group is used; is the return inside the loop, or a list overwritten?": {"how": "last"},
        }
    if one_sided:
        options["the groups that are left out still count in the mean."] = {"how": "all"}

    def formula(**slips):
        return _direction_formula(codes, has, np.zeros(n) if named is None else named, **slips)

    check.close(answer, formula(), name, mistakes=check.slips(formula, options))


def check_edit(edit, n: int, k: int, target: float) -> None:
    """Hold edited codes against the step by a formula of our own, and the probe's answers against the target."""
    rng = np.random.default_rng([n, k])
    codes = rng.normal(size=(n, k)) + 0.3
    direction, normal = rng.normal(size=k) + 0.5, 2 * rng.normal(size=k) + 0.7
    offset = 0.8

    def formula(sign=1.0, off=1.0, over="wd", wanted=1.0, mean=False, along="direction", have=1.0, step=True):
        missing = wanted * target - have * (codes @ normal) - off * offset
        below = {"wd": direction @ normal, "dd": direction @ direction, "ww": normal @ normal, "one": 1.0}
        below["length"] = np.linalg.norm(direction)
        steps = sign * missing / below[over]
        if mean:
            steps = np.full(n, steps.mean())
        way = direction if along == "direction" else normal
        return (codes if step else 0) + steps[:, None] * way

    answer = check.call(edit, codes, direction, normal, offset, target)
    options = {
        "the step goes the wrong way: target minus the present answer.": {"sign": -1.0},
        "the offset is forgotten.": {"off": 0.0},
        "the offset has the wrong sign.": {"off": -1.0},
        "divide by normal · direction, not by the square of the direction's length.": {"over": "dd"},
        "divide by normal · direction, not by the square of the normal's length.": {"over": "ww"},
        "divide by normal · direction, not by the direction's length.": {"over": "length"},
        "the division by normal · direction is missing.": {"over": "one"},
        "all codes get the same step; each needs its own.": {"mean": True},
        "the codes are moved along the normal, not along the direction.": {"along": "normal"},
        "the codes' own answers are not taken off the target.": {"have": 0.0, "off": 0.0},
        "these are the steps alone; add them to the codes.": {"step": False},
    }
    if target:
        options["the target is not used; the probe now answers 0."] = {"wanted": 0.0}
    mistakes = check.slips(formula, options) if n else {}
    check.close(answer, formula(), "the edited codes", mistakes=mistakes)


def check_swap(swap, n: int, k: int, m: int) -> None:
    """Hold swapped codes against the projection by the pseudo-inverse; m directions of k dimensions."""
    rng = np.random.default_rng([n, k, m])
    codes, donors = rng.normal(size=(n, k)), 2 * rng.normal(size=(n, k)) + 1
    directions = rng.normal(size=(m, k)) * np.linspace(0.6, 2.5, m)[:, None] + 0.5
    right = np.linalg.pinv(directions) @ directions
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    q = np.linalg.qr(directions.T)[0]
    projections = {
        "right": right,
        "raw": directions.T @ directions,
        "unit": unit.T @ unit,
        "rest": np.eye(k) - right,
        "first": np.outer(q[:, 0], q[:, 0]),
        "all": np.eye(k),
    }

    def formula(by="right", sign=1.0, own=1.0, other=1.0, start=codes):
        return start + sign * (other * donors - own * codes) @ projections[by]

    answer = check.call(swap, codes, donors, directions)
    mistakes = check.slips(
        formula,
        {
            "the donor's part is added, but the code's own part is not taken off.": {"own": 0.0},
            "the part is taken off, but the donor's part is not added.": {"other": 0.0},
            "the sign is wrong: donor minus code.": {"sign": -1.0},
            "the rest was swapped and the part in the span kept: donors and codes are exchanged.": {"by": "rest"},
            "these are the donors themselves; keep what is perpendicular to the span.": {"by": "all"},
        }
        | (
            {
                "the directions are not of length 1, or not perpendicular: make them orthonormal first.": {"by": "raw"},
            }
        )
        | (
            {
                "the directions have length 1 now, but are not perpendicular to each other: use np.linalg.qr.": {
                    "by": "unit"
                },
                "only the first direction is used.": {"by": "first"},
            }
            if m > 1
            else {}
        ),
    )
    mistakes["this is the swapped part alone; add the rest of the code."] = donors @ right
    check.close(answer, formula(), "the swapped codes", mistakes=mistakes)


def _information(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information of two columns of categories in nats, from their counts."""
    a, b = (np.unique(one, return_inverse=True)[1] for one in (a, b))
    joint = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(joint, (a, b), 1 / len(a))
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    some = joint > 0
    return float(np.sum(joint[some] * np.log(joint[some] / apart[some])))


def check_gap(gap, n: int, k: int, kinds: int, words: bool = False, tie: bool = False) -> None:
    """Hold a mutual information gap against our own count; two of the k dimensions know the factor best."""
    rng = np.random.default_rng([n, k, kinds])
    factor = (kinds * rng.random(n) ** 1.6).astype(int)
    factor[:kinds] = np.arange(kinds)
    bins = rng.integers(0, 5, (n, k))
    first, second = (1, 0) if k > 1 else (0, 0)
    bins[:, first] = np.where(rng.random(n) < 0.9, 3 * factor, bins[:, first])
    bins[:, second] = bins[:, first] if tie else np.where(rng.random(n) < 0.6, factor, bins[:, second])
    labels = np.array([f"kind {one}" for one in range(kinds)])[factor] if words else factor
    told = np.sort([_information(factor, column) for column in bins.T])[::-1]
    entropy = _information(factor, factor)

    def formula(against="second", over="entropy", sign=1.0):
        below = {"entropy": entropy, "one": 1.0, "log": np.log(kinds), "best": told[0], "bits": entropy / np.log(2)}
        less = {"second": told[1], "worst": told[-1], "mean": told[1:].mean(), "nothing": 0.0, "all": told.mean()}
        return sign * (told[0] - less[against]) / below[over]

    answer = check.number(check.call(gap, bins, labels), "the gap")
    options = {
        "the second best dimension is not taken off.": {"against": "nothing"},
        "the gap is taken to the worst dimension, not to the second best.": {"against": "worst"},
        "the gap is taken to the mean of the others, not to the second best.": {"against": "mean"},
        "the gap is taken to the mean of all dimensions, not to the second best.": {"against": "all"},
        "not divided by the factor's entropy.": {"over": "one"},
        "divided by the logarithm of the number of categories; that is the entropy only if all are equally frequent.": {
            "over": "log"
        },
        "divided by the best information; divide by the factor's entropy.": {"over": "best"},
        "the entropy is in bits, the information in nats.": {"over": "bits"},
        "the sign is wrong: best minus second best.": {"sign": -1.0},
    }
    check.close(answer, formula(), "the mutual information gap", mistakes=check.slips(formula, options))
