"""Checks of lesson 46, translation of pictures: left-out drawings, patches, and the losses of pairs and of cycles."""

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import Ridge

from course_utils import check

# ---- means by kin, and drawings by a regression that did not see the kin


def check_by_kin(by_kin: Callable, errors, kin) -> None:
    """Compare with a sum over fonts, each with the weight 1 / (fonts of its kin) / (kins).

    Args:
        by_kin: the learner's function.
        errors: (n,).
        kin: n names.
    """
    errors, kin = np.asarray(errors, dtype=float), np.asarray(kin)
    names, place, counts = np.unique(kin, return_inverse=True, return_counts=True)
    of_kin = np.bincount(place, errors) / counts
    middles = [np.median(errors[kin == name]) for name in names]
    mistakes = {
        "this is the mean over the fonts: a kin with many fonts counts more. Take the mean of each kin first.": errors.mean(),
        "this is the sum over the kins; take the mean of their means.": of_kin.sum(),
        "the sum over the kins is divided by the number of fonts; divide by the number of kins.": of_kin.sum()
        / len(errors),
        "inside each kin the sum is taken; take the mean.": np.bincount(place, errors).mean(),
        "inside each kin the median is taken; take the mean.": np.mean(middles),
        "this is the median over the kins; take the mean.": np.median(of_kin),
        "only the first font of each kin counts here.": np.mean([errors[kin == name][0] for name in names]),
        "these are the means of the kins; one number is wanted, their mean.": of_kin,
    }
    found = check.call(by_kin, errors, kin)
    name = f"the mean over {len(names)} kins of {len(errors)} fonts"
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.close(found, (errors / counts[place]).sum() / len(names), name, mistakes=mistakes)


def fonts(sizes, d: int, m: int, folds: int, seed: int) -> dict:
    """Made-up fonts: the arguments of ``left_out_drawings``.

    Args:
        sizes: number of fonts of each kin.
        d, m: pixels of the references, and of the letters.
        folds: into how many parts the kins are dealt.
        seed: random seed.
    """
    rng = np.random.default_rng(seed)
    names = np.array(["Nova" + " Sans" * i for i in range(len(sizes))])  # one name is a part of the next
    n = int(sum(sizes))
    kin = rng.permutation(np.repeat(names, sizes))
    references = rng.random((n, d)) + 0.4
    letters = 0.5 + (references - 0.9) @ rng.normal(size=(d, m)) / d + 0.6 * rng.normal(size=(n, m))
    return {
        "references": references.astype("float32"), "letters": letters.astype("float32"), "kin": kin, "strength": 0.7,
        "folds": np.array_split(rng.permutation(names), folds),
    }  # fmt: skip


def _drawn(references, letters, kin, strength, folds, seen="others", clip=False) -> np.ndarray:
    """The drawings by scikit-learn; ``seen`` says which fonts the regression is fitted to."""
    drawings = np.zeros(letters.shape)
    wide, targets = references.astype(float), letters.astype(float)
    for number, fold in enumerate([[name] for name in np.unique(kin)] if seen == "each kin" else folds):
        out = np.isin(kin, fold)
        if seen == "each font":
            for row in np.flatnonzero(out):
                rest = np.arange(len(kin)) != row
                drawings[row] = Ridge(strength).fit(wide[rest], targets[rest]).predict(wide[[row]])[0]
            continue
        following = np.isin(kin, folds[(number + 1) % len(folds)])
        fit, draw = {"all": (out | True, out), "same": (out, out), "turned": (out, ~out), "next": (following, out)}.get(
            seen, (~out, out)
        )
        model = Ridge(strength).fit(wide[fit], targets[fit])
        drawings[draw] = model.predict(wide[draw]).reshape(draw.sum(), -1)
    return np.clip(drawings, 0, 1) if clip else drawings


LEFT_OUT_SLIPS = {
    "the regression has seen the very fonts that it draws. Fit it to the fonts outside the fold.": {"seen": "all"},
    "the regression is fitted to the fold itself; fit it to all the others.": {"seen": "same"},
    "the two sides are exchanged: fit to the fonts outside the fold, draw those inside.": {"seen": "turned"},
    "each font alone was left out: its kin was still in the fit. Leave out all kins of a fold together.": {
        "seen": "each font"
    },
    "each kin alone was left out; leave out all kins of a fold together.": {"seen": "each kin"},
    "the regression is fitted to one other fold; fit it to all the others.": {"seen": "next"},
    "the strength is not the one that was given.": {"strength": 1.0},
    "the strength is not used.": {"strength": 1e-9},
    "nothing is to be clipped here.": {"clip": True},
}


def check_left_out(left_out_drawings: Callable, **given) -> None:
    """Compare with scikit-learn's ridge regression, fitted to the fonts of the other folds.

    Args:
        left_out_drawings: the learner's function.
        given: what :func:`fonts` makes.
    """
    n, kins = len(given["kin"]), len(set(given["kin"]))
    name = f"the drawings of {n} fonts of {kins} kins in {len(given['folds'])} folds"
    found = check.call(left_out_drawings, **given)
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    wanted = _drawn(**given)
    mistakes = check.slips(lambda **slip: _drawn(**(given | slip)), LEFT_OUT_SLIPS)
    places = [np.flatnonzero(np.isin(given["kin"], fold)) for fold in given["folds"]]
    mistakes["the rows come fold by fold; put each drawing in the row of its font."] = wanted[np.concatenate(places)]
    by_name = wanted[np.argsort(given["kin"], kind="stable")]
    mistakes["the rows come kin by kin; put each drawing in the row of its font."] = by_name
    for which, rows in (("first", places[0]), ("last", places[-1])):
        alone = np.zeros_like(wanted)
        alone[rows] = wanted[rows]
        mistakes[f"only the rows of the {which} fold are filled, the others are 0. Does the loop reach every fold?"] = (
            alone
        )
    check.close(found, wanted, name, rtol=2e-3, mistakes=mistakes)


# ---- patches


def _patch(kernels, strides, slip="") -> tuple[int, int]:
    """Side and step from the last layer back to the first."""
    side = step = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        side, step = (side - 1) * stride + kernel, step * stride
    if slip == "own stride too":  # the product includes the layer's own stride
        side = 1 + sum((k - 1) * int(np.prod(strides[: i + 1])) for i, k in enumerate(kernels))
    elif slip == "no strides":
        side = 1 + sum(k - 1 for k in kernels)
    elif slip == "last strides":
        side = 1 + sum((k - 1) * int(np.prod(strides[i + 1 :])) for i, k in enumerate(kernels))
    elif slip == "kernels":
        side = 1 + sum(k * int(np.prod(strides[:i])) for i, k in enumerate(kernels))
    elif slip == "stride before":
        side = 1 + sum((k - 1) * ([1, *strides][i]) for i, k in enumerate(kernels))
    elif slip == "no one":
        side -= 1
    return side, step


PATCH_SLIPS = {
    "a layer's own stride does not widen its own patch: multiply the strides of the layers before it.": "own stride too",
    "the strides are missing: the pixels of a later layer lie further apart.": "no strides",
    "the strides of the layers after are used; it is those before.": "last strides",
    "k where k - 1 belongs.": "kernels",
    "only the stride of the layer just before is used; multiply all strides before.": "stride before",
    "the 1 in front is missing: without a layer a logit sees one pixel.": "no one",
}


def check_patch(patch: Callable, kernels: list[int], strides: list[int]) -> None:
    """Compare with the recursion from the last layer back, which needs no product over layers.

    Args:
        patch: the learner's function.
        kernels, strides: of each layer, the first one first.
    """
    name = f"the patch for kernels {kernels} and strides {strides}"
    found = check.call(patch, list(kernels), list(strides))
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    side, step = check.several(found, "side", "step")
    right_side, right_step = _patch(kernels, strides)
    mistakes = {words: _patch(kernels, strides, slip)[0] for words, slip in PATCH_SLIPS.items()}
    mistakes["side and step are exchanged."] = right_step
    mistakes["the layers are taken in the wrong order."] = _patch(kernels[::-1], strides[::-1])[0]
    check.close(side, right_side, f"{name}: the side", mistakes=mistakes)
    check.close(
        step, right_step, f"{name}: the step",
        mistakes={
            "this is the sum of the strides; take the product.": sum(strides),
            "the last layer's stride counts as well.": int(np.prod(strides[:-1])),
            "this is the last stride alone; take the product of all.": (strides or [1])[-1],
            "this is the largest stride; take the product of all.": max(strides, default=1),
        },
    )  # fmt: skip


# ---- the paired losses


def some_pairs(shape: tuple, patches: tuple, seed: int, more: int = 0) -> dict:
    """Logits, a fake, its target and a weight: arguments of :func:`check_paired`.

    Args:
        shape: of the pictures (n, h, w, c).
        patches: of the map of logits (h, w).
        seed: random seed.
        more: how many more real pictures than fakes.
    """
    rng = np.random.default_rng(seed)
    n = shape[0]
    return {
        "real": rng.normal(0.7, 2, (n + more, *patches, 1)), "fake_logits": rng.normal(-0.5, 2.5, (n, *patches, 1)),
        "fake": rng.random(shape), "target": rng.random(shape) ** 2, "weight": 7.0 + seed,
    }  # fmt: skip


def _softplus(x):
    return np.logaddexp(0, x)


def _probability(x):
    """What Keras's cross-entropy makes of a logit, if nobody says that it is one."""
    return np.clip(x.astype("float32"), np.float32(1e-7), np.float32(1 - 1e-7))


def _d_loss(real, fake, swapped=False, scale=0.5, how="each", sign=1.0, total="mean", only=""):
    if swapped:
        real, fake = fake, real
    if how == "patches first":
        real, fake = (x.mean(axis=(1, 2, 3)) for x in (real, fake))
    elif how == "batch first":
        real, fake = (x.mean() for x in (real, fake))
    elif how == "pooled":
        return 2 * scale * np.concatenate([_softplus(-sign * real).ravel(), _softplus(sign * fake).ravel()]).mean()
    one, two = _softplus(-sign * real), _softplus(sign * fake)
    if how == "fooled":
        two = _softplus(-fake)
    elif how == "both fake":
        one = _softplus(real)
    elif how == "squares":
        one, two = (real - 1) ** 2, fake**2
    elif how == "probabilities":
        one, two = -np.log(_probability(real)), -np.log(1 - _probability(fake))
    parts = {"": (one, two), "real": (one,), "fake": (two,)}[only]
    return scale * sum(getattr(np, total)(part) for part in parts)


D_SLIPS = {
    "the patches were averaged before the loss. Each patch has its own loss; the mean comes last.": {
        "how": "patches first"
    },
    "all logits were averaged before the loss. Each patch has its own loss; the mean comes last.": {
        "how": "batch first"
    },
    "real and fake logits are exchanged.": {"swapped": True},
    "twice the right value: the factor 1/2 is missing.": {"scale": 1.0},
    "half of the right value.": {"scale": 0.25},
    "this is a sum; take the mean over pictures and patches.": {"total": "sum"},
    "only the real pictures count here.": {"only": "real"},
    "only the fakes count here.": {"only": "fake"},
    "take the two means apart: there may be more real pictures than fakes.": {"how": "pooled"},
    "the fakes are treated as if they were real.": {"how": "fooled"},
    "the real ones are treated as if they were fakes.": {"how": "both fake"},
    "these are least squares; here the loss is log(1 + exp(x)), ops.softplus(x).": {"how": "squares"},
    "the logits are taken for probabilities; a cross-entropy of Keras needs from_logits=True.": {
        "how": "probabilities"
    },
}


def _g_loss(
    fake_logits, fake, target, weight, game="non-saturating", how="each", far="l1", total="mean", on="l1", sign=1.0
):
    logits = fake_logits
    if how == "patches first":
        logits = logits.mean(axis=(1, 2, 3))
    elif how == "batch first":
        logits = logits.mean()
    each = {
        "non-saturating": _softplus(-logits), "saturating": -_softplus(logits), "discriminator": _softplus(logits),
        "none": 0 * logits, "half": _softplus(-logits) / 2, "squares": (logits - 1) ** 2,
        "probabilities": -np.log(_probability(logits)), "picture": _softplus(-logits) * logits.size / len(fake),
    }[game]  # fmt: skip
    gap = {
        "l1": np.abs(fake - target), "l2": (fake - target) ** 2, "signed": fake - target, "mean first": np.abs((fake - target).mean()), "none": 0 * fake,
        "size": np.abs(fake), "target": np.abs(target),
    }[far]  # fmt: skip
    # a sum over the pixels of each picture is a common slip
    size = np.sum(gap) / len(fake) if total == "picture" else getattr(np, total)(gap)
    a, b = {"l1": (1, weight), "thirty": (1, 30), "game": (weight, 1), "none": (1, 1), "both": (weight, weight)}[on]
    return sign * (a * np.mean(each) + b * size)


G_SLIPS = {
    "the patches were averaged before the loss. Each patch has its own loss; the mean comes last.": {
        "how": "patches first"
    },
    "all logits were averaged before the loss. Each patch has its own loss; the mean comes last.": {
        "how": "batch first"
    },
    "the adversarial part is the discriminator's: the generator wants its fakes taken for real.": {
        "game": "discriminator"
    },
    "this is the saturating loss.": {"game": "saturating"},
    "the adversarial part has no factor 1/2 here.": {"game": "half"},
    "the adversarial part is missing.": {"game": "none"},
    "the distance to the target is missing.": {"far": "none"},
    "this is the squared distance; L1 is the mean of absolute differences.": {"far": "l2"},
    "the absolute value is missing, or stands outside the mean.": {"far": "signed"},
    "the mean comes before the absolute value: positive and negative differences cancel.": {"far": "mean first"},
    "the distance is taken over all pixels of a picture as a sum; take the mean.": {"total": "picture"},
    "the distance is a sum; take the mean.": {"total": "sum"},
    "the weight belongs to the L1 part, not to the adversarial one.": {"on": "game"},
    "the weight is missing.": {"on": "none"},
    "the weight belongs to the L1 part alone.": {"on": "both"},
    "the weight is fixed at 30; use the argument.": {"on": "thirty"},
    "these are least squares; here the loss is log(1 + exp(x)), ops.softplus(x).": {"game": "squares"},
    "the logits are taken for probabilities; a cross-entropy of Keras needs from_logits=True.": {
        "game": "probabilities"
    },
    "the patches of each picture are summed; take the mean.": {"game": "picture"},
}


def check_paired(d_loss: Callable, g_loss: Callable, real, fake_logits, fake, target, weight) -> None:
    """Compare both losses and their slopes with NumPy.

    Args:
        d_loss, g_loss: the learner's functions.
        real, fake_logits: maps of logits (m, h, w, 1) and (n, h, w, 1).
        fake, target: pictures (n, height, width, channels).
        weight: of the L1 part.
    """
    found = check.trace(d_loss, real, fake_logits)
    name = f"discriminator_loss of {real.shape[0]} x {real.shape[1]} x {real.shape[2]} patches"
    slips = check.slips(lambda **slip: _d_loss(real, fake_logits, **slip), D_SLIPS)
    _compare(found, _d_loss(real, fake_logits), name, slips)
    n, m = fake_logits.size, real.size
    slopes = (-1 / (1 + np.exp(real)) / (2 * m), 1 / (1 + np.exp(-fake_logits)) / (2 * n))
    for told, slope, right in zip(("real", "fake"), found.gradients(), slopes, strict=True):
        check.close(slope, right, f"the slope of {name} by the {told} logits", rtol=1e-3)
    found = check.trace(g_loss, fake_logits, fake, target, weight)
    name = f"generator_loss with weight {weight:g}"
    slips = check.slips(lambda **slip: _g_loss(fake_logits, fake, target, weight, **slip), G_SLIPS)
    _compare(found, _g_loss(fake_logits, fake, target, weight), name, slips)
    slopes = (-1 / (1 + np.exp(fake_logits)) / n, weight * np.sign(fake - target) / fake.size)
    for told, slope, right in zip(("logits", "fake pictures"), found.gradients(by=[0, 1]), slopes, strict=True):
        check.close(slope, right, f"the slope of {name} by the {told}", rtol=1e-3)


def _compare(traced, wanted, name: str, mistakes: dict) -> None:
    check.require(traced.value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    shape = np.shape(traced.value)
    check.require(shape == (), f"{name}: expected one number for the batch, got shape {shape}. Take the mean.")
    check.close(traced.value, wanted, name, mistakes=mistakes)
