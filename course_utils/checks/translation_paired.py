"""Checks of lesson 46: the losses of pairs."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_utils import check


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


def _map(*pictures) -> np.ndarray:
    """Rows of numbers, one row for each picture, as maps (n, 1, w, 1)."""
    return np.array(pictures, dtype=float)[:, None, :, None]


def _d_cases():
    """Small cases of the discriminator's loss, see :func:`first_wrong`."""
    for told, real, fake in (
        ("one patch with the logit 0, real and fake", _map([0]), _map([0])),
        ("one patch, its logit 2 for the real picture and 0 for the fake", _map([2]), _map([0])),
        ("one patch, its logit 0 for the real picture and 2 for the fake", _map([0]), _map([2])),
        ("two patches, their logits 3 and -1 for the real picture and 0 for the fake", _map([3, -1]), _map([0, 0])),
        ("two patches, their logits 0 for the real picture, 3 and -1 for the fake", _map([0, 0]), _map([3, -1])),
        ("two real pictures with the logits 3 and -1, a fake with 1", _map([3], [-1]), _map([1])),
        ("one patch with the logit 9, real and fake", _map([9]), _map([9])),
    ):
        a, b = _softplus(-real).mean(), _softplus(fake).mean()
        yield told, (real, fake), (a + b) / 2, f"{a:.4g} / 2 + {b:.4g} / 2"


def _g_cases():
    """Small cases of the generator's loss, see :func:`first_wrong`."""
    dark, grey = _map([0.2]), _map([0.7])
    for told, logits, fake, target, weight in (
        ("one patch with the logit 0, a fake like its target, weight 1", _map([0]), grey, grey, 1.0),
        ("one patch with the logit 2, a fake like its target, weight 1", _map([2]), grey, grey, 1.0),
        ("two patches with the logits 3 and -1, a fake like its target, weight 1", _map([3, -1]), grey, grey, 1.0),
        ("one patch with the logit 0, a pixel 0.7 for 0.2, weight 1", _map([0]), grey, dark, 1.0),
        ("one patch with the logit 0, a pixel 0.2 for 0.7, weight 1", _map([0]), dark, grey, 1.0),
        ("one patch with the logit 0, a pixel 0.7 for 0.2, weight 3", _map([0]), grey, dark, 3.0),
        ("one patch with the logit 0, pixels 0.7, 0.2 for 0.2, 0.6, weight 1", _map([0]),
         _map([0.7, 0.2]), _map([0.2, 0.6]), 1.0),
        ("two fakes with the logits 3 and -1, pixels 0.7 and 0.2 for 0.2 and 0.6, weight 2", _map([3], [-1]),
         _map([0.7], [0.2]), _map([0.2], [0.6]), 2.0),
        ("one patch with the logit 0, a pixel of the colours 0.7, 0.2, 0.5 for 0.2, 0.6, 0.1, weight 1", _map([0]),
         np.reshape([0.7, 0.2, 0.5], (1, 1, 1, 3)), np.reshape([0.2, 0.6, 0.1], (1, 1, 1, 3)), 1.0),
        ("one patch with the logit 9, a fake like its target, weight 1", _map([9]), grey, grey, 1.0),
    ):  # fmt: skip
        game, far = _softplus(-logits).mean(), np.abs(fake - target).mean()
        yield told, (logits, fake, target, weight), game + weight * far, f"{game:.4g} + {weight:g} · {far:.4g}"


CUT = "the loss is right, but not its gradient. Does a stop_gradient, or a number from outside TensorFlow, cut a way to it?"


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
    _compare(found, _d_loss(real, fake_logits), name, d_loss, (real, fake_logits), _d_slips, _d_cases)
    n, m = fake_logits.size, real.size
    slopes = (-1 / (1 + np.exp(real)) / (2 * m), 1 / (1 + np.exp(-fake_logits)) / (2 * n))
    for told, slope, right in zip(("real", "fake"), found.gradients(), slopes, strict=True):
        check.close(slope, right, f"the slope of {name} by the {told} logits", rtol=1e-3, otherwise=lambda: CUT)
    found = check.trace(g_loss, fake_logits, fake, target, weight)
    name = f"generator_loss with weight {weight:g}"
    given = fake_logits, fake, target, weight
    _compare(found, _g_loss(*given), name, g_loss, given, _g_slips, _g_cases)
    slopes = (-1 / (1 + np.exp(fake_logits)) / n, weight * np.sign(fake - target) / fake.size)
    for told, slope, right in zip(("logits", "fake pictures"), found.gradients(by=[0, 1]), slopes, strict=True):
        check.close(slope, right, f"the slope of {name} by the {told}", rtol=1e-3, otherwise=lambda: CUT)


def _compare(traced, wanted, name: str, loss: Callable, given: tuple, mistakes: Callable, cases: Callable) -> None:
    check.require(traced.value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    shape = np.shape(traced.value)
    check.require(shape == (), f"{name}: expected one number for the batch, got shape {shape}. Take the mean.")

    def answer(*some):
        return check.trace(loss, *some).value

    other = some_pairs((2, 3, 5, 4), patches=(3, 2), seed=9, more=3)
    real, *rest = other.values()
    second = (real, rest[0]) if len(given) == 2 else tuple(rest)
    check.close(
        traced.value, wanted, name, mistakes=partial(check.confirmed, answer, mistakes, given, [second], everywhere=True),
        otherwise=lambda: check.first_wrong(answer, cases()),
    )  # fmt: skip


def _d_slips(real, fake_logits):
    return check.slips(lambda **slip: _d_loss(real, fake_logits, **slip), D_SLIPS)


def _g_slips(*given):
    return check.slips(lambda **slip: _g_loss(*given, **slip), G_SLIPS)
