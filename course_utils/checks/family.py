"""Checks of lesson 44, the family of GANs: losses and the table; see also the files imported here."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import expit

from course_utils import check
from course_utils.checks.family_bounds import check_flat_critic as check_flat_critic
from course_utils.checks.family_bounds import check_penalty as check_penalty
from course_utils.checks.family_bounds import check_spectral as check_spectral
from course_utils.checks.family_bounds import one_number
from course_utils.checks.family_bounds import some_pictures as some_pictures
from course_utils.checks.family_head import check_projection as check_projection
from course_utils.probes import family as probes

# --- the losses -------------------------------------------------------------------------------------

# of a real logit, of a fake one, and of a fake one for the generator
PARTS = {
    "least_squares": (lambda a: (a - 1) ** 2 / 2, lambda b: b**2 / 2, lambda b: (b - 1) ** 2 / 2),
    "hinge": (lambda a: np.maximum(0, 1 - a), lambda b: np.maximum(0, 1 + b), lambda b: -b),
    "wasserstein": (lambda a: -a, lambda b: b, lambda b: -b),
}
HOW = {
    "mean": lambda one, two, a, b: one(a).mean() + two(b).mean(),
    "sum": lambda one, two, a, b: one(a).sum() + two(b).sum(),
    "pooled": lambda one, two, a, b: np.concatenate([one(a).ravel(), two(b).ravel()]).mean(),
    "fixed": lambda one, two, a, b: one(a).sum() / 3 + two(b).sum() / 2,  # sizes of the lesson's first call
    "mean first": lambda one, two, a, b: one(a.mean()) + two(b.mean()),
}
# mistakes in the discriminator's loss that only one kind of loss has
D_SLIPS = {
    "least_squares": {
        "here the target of fakes is 0, not -1.": {"two": lambda b: (b + 1) ** 2 / 2},
        "the target of the real pictures is 1, not -1.": {"one": lambda a: (a + 1) ** 2 / 2},
        "the target 1 of the real pictures is missing.": {"one": lambda a: a**2 / 2},
        "the factor 1/2 belongs to both parts; that of the real pictures lacks it.": {"k_real": 2.0},
        "the factor 1/2 belongs to both parts; that of the fakes lacks it.": {"k_fake": 2.0},
        "these are absolute values; take squares.": {"one": lambda a: abs(a - 1) / 2, "two": lambda b: abs(b) / 2},
        "each logit's distance is squared, then comes the mean; not the other way round.": {"how": "mean first"},
    },
    "hinge": {
        "max(0, ...) is missing: beyond the margin there is no loss.": {"one": lambda a: 1 - a, "two": lambda b: 1 + b},
        "max(0, ...) belongs inside the mean: each logit has its margin.": {"how": "mean first"},
        "the margin 1 is missing.": {"one": lambda a: np.maximum(0, -a), "two": lambda b: np.maximum(0, b)},
        "for the real pictures it is 1 - a, not 1 + a.": {"one": lambda a: np.maximum(0, 1 + a)},
        "for the real pictures it is 1 - a, not a - 1.": {"one": lambda a: np.maximum(0, a - 1)},
        "the hinge has no square.": {"one": lambda a: np.maximum(0, 1 - a) ** 2, "two": lambda b: np.maximum(0, 1 + b) ** 2},
        "this is softplus; max(0, ...) is relu.": {"one": lambda a: np.logaddexp(0, 1 - a), "two": lambda b: np.logaddexp(0, 1 + b)},
    },
    "wasserstein": {
        "this is the generator's loss; the critic's has a part of the real pictures, and the other sign.": {
            "one": lambda a: 0 * a, "two": lambda b: -b,
        },
        "this is the non-saturating loss.": {"one": lambda a: np.logaddexp(0, -a), "two": lambda b: np.logaddexp(0, b)},
    },
}  # fmt: skip
# the same for the generator
G_SLIPS = {
    "least_squares": {
        "the generator's target is 1: it wants its fakes taken for real.": {"each": lambda b: b**2 / 2},
        "the generator's target is 1, not -1.": {"each": lambda b: (b + 1) ** 2 / 2},
        "these are absolute values; take squares.": {"each": lambda b: abs(b - 1) / 2},
        "each logit's distance is squared, then comes the mean; not the other way round.": {"how": "mean first"},
    },
    "hinge": {
        "the generator's loss has no max(0, ...) and no margin 1: it is -mean(b).": {
            "each": lambda b: np.maximum(0, 1 - b)
        },
        "the generator's loss has no max(0, ...): it is -mean(b).": {"each": lambda b: -np.maximum(0, b)},
        "this is the discriminator's part; the generator's loss is -mean(b).": {"each": lambda b: np.maximum(0, 1 + b)},
        "the generator's loss has no margin 1 and no max(0, ...): it is -mean(b).": {"each": lambda b: 1 - b},
    },
    "wasserstein": {"this is an absolute value.": {"each": lambda b: abs(b)}},
}


def _d_slips(kind: str, real, fake) -> dict:
    of_real, of_fake, _ = PARTS[kind]

    def formula(a=real, b=fake, one=of_real, two=of_fake, how="mean", k=1.0, k_real=1.0, k_fake=1.0):
        return k * HOW[how](lambda x: k_real * one(x), lambda x: k_fake * two(x), a, b)

    or_absolute = ", or an absolute value is taken" if kind == "wasserstein" else ""
    known = {
        f"real and fake logits are exchanged{or_absolute}.": {"a": fake, "b": real},
        "the sign is wrong.": {"k": -1.0},
        "twice the right value: is a factor 1/2 missing?": {"k": 2.0},
        "half of the right value: a sum of two means, as in the formula.": {"k": 0.5},
        "this is a sum over the batch; take the mean.": {"how": "sum"},
        "only the real pictures count here.": {"k_fake": 0.0},
        "only the fakes count here.": {"k_real": 0.0},
        "the part of the real pictures has the wrong sign.": {"k_real": -1.0},
        "the part of the fakes has the wrong sign.": {"k_fake": -1.0},
        "take the two means apart: the batches differ in size.": {"how": "pooled"},
        "the fakes are treated as if they were real.": {"two": of_real},
        "the logits' sign is wrong.": {"one": lambda a: of_real(-a), "two": lambda b: of_fake(-b)},
        "there is no sigmoid in the formula; take the logits as they are.": {
            "one": lambda a: of_real(expit(a)), "two": lambda b: of_fake(expit(b)),
        },
    }  # fmt: skip
    more = {
        "sums are divided by fixed numbers; take the mean of whatever the batch holds.": formula(how="fixed"),
        "the 1 belongs inside max(0, ...).": (1 - np.maximum(0, real)).mean() + (1 + np.maximum(0, fake)).mean(),
    }
    return check.slips(formula, known | D_SLIPS[kind]) | more


def _g_slips(kind: str, fake) -> dict:
    of_g = PARTS[kind][2]

    def formula(each=of_g, how="mean", k=1.0):
        return k * (each(fake.mean()) if how == "mean first" else getattr(each(fake), how)())

    known = {
        "the sign is wrong.": {"k": -1.0},
        "twice the right value: is a factor 1/2 missing, or is this a sum over the batch?": {"k": 2.0},
        "half of the right value.": {"k": 0.5},
        "this is a sum over the batch; take the mean.": {"how": "sum"},
        "this is the non-saturating loss.": {"each": lambda b: np.logaddexp(0, -b)},
        "this is the saturating loss.": {"each": lambda b: -np.logaddexp(0, b)},
        "the logits' sign is wrong.": {"each": lambda b: of_g(-b)},
        "there is no sigmoid in the formula; take the logits as they are.": {"each": lambda b: of_g(expit(b))},
    }
    return check.slips(formula, known | G_SLIPS[kind])


def check_losses(losses: dict, real, fake) -> None:
    """Compare the pairs of losses, and their slopes, with NumPy.

    Args:
        losses: name -> (discriminator's loss, generator's loss), the learner's functions.
        real, fake: logits (n, 1) and (m, 1).
    """
    real, fake = (np.asarray(v, dtype="float32") for v in (real, fake))
    for kind in PARTS:
        _check_loss(losses[kind][0], kind, "d", real, fake)
        _check_loss(losses[kind][1], kind, "g", fake)


def _check_loss(function: Callable, kind: str, role: str, *logits) -> None:
    of_real, of_fake, of_g = PARTS[kind]
    parts = (of_real, of_fake) if role == "d" else (of_g,)
    rows = " and ".join(f"{len(v)} {who}" for v, who in zip(logits[::-1], ("fake", "real"), strict=False))
    name = f"{kind}_{role} for {rows} logits"
    try:
        traced = check.trace(function, *logits)
    except check.CheckError as error:
        if role == "g" or len(logits[0]) == len(logits[1]) or "ncompatible shapes" not in str(error):
            raise
        raise check.CheckError(f"{error} Batches of real and fake logits may differ in size: take two means.") from None
    wide = [v.astype(float) for v in logits]

    def right(*wide) -> float:
        return sum(part(v.astype(float)).mean() for part, v in zip(parts, wide, strict=True))

    wanted = right(*wide)
    one_number(traced.value, name)
    slips = _d_slips if role == "d" else _g_slips
    given = dict(zip(("real", "fake")[-len(wide) :], logits, strict=True))
    otherwise = lambda: check.behaviour(function, right, lambda f, *x: check.trace(f, *x).value, **given)  # noqa: E731
    check.close(traced.value, wanted, name, rtol=1e-4, mistakes=lambda: slips(kind, *wide), otherwise=otherwise)
    for part, v, slope in zip(parts, wide, traced.gradients(), strict=True):
        right = (part(v + 1e-4) - part(v - 1e-4)) / (2e-4 * len(v))
        check.close(slope, right, f"the slope of {name}", rtol=1e-3)


def check_losses_in_training(losses: dict) -> None:
    """All losses inside one compiled function.

    Args:
        losses: as for :func:`check_losses`.
    """
    pairs = {f"{kind}_{role}": f for kind, pair in losses.items() for role, f in zip("dg", pair, strict=True)}
    check.beside(probes.compiled_losses, list(pairs), *pairs.values())


# --- the table --------------------------------------------------------------------------------------

COLUMNS = ["mean", "lowest", "highest", "surely better than"]


def _wrong_counts(mine: np.ndarray, others: list[np.ndarray]) -> dict[str, float]:
    """What known mistakes count for one member."""
    low, mean, high = mine.min(), mine.mean(), mine.max()
    beaten = sum(high < o.min() for o in others)
    behind = [high < o.min() for o in sorted(others, key=np.mean) if o.mean() > mean]
    return {
        "equal distances are no sure difference: use <, not <=.": sum(high <= o.min() for o in others),
        "the means are compared; the intervals must not meet.": sum(mean < o.mean() for o in others),
        "this counts members that are surely better, not worse.": sum(low > o.max() for o in others),
        "the lowest values are compared; the intervals must not meet.": sum(low < o.min() for o in others),
        "the highest values are compared; the intervals must not meet.": sum(high < o.max() for o in others),
        "a mean below the other's lowest is not enough.": sum(mean < o.min() for o in others),
        "a highest below the other's mean is not enough.": sum(high < o.mean() for o in others),
        "a mean below the other's highest is not enough.": sum(mean < o.max() for o in others),
        "a lowest below the other's mean is not enough.": sum(low < o.mean() for o in others),
        "members whose intervals meet count as well.": sum(low <= o.max() for o in others),
        "members whose intervals meet count as well: compare the highest with the other's lowest.": sum(
            low < o.max() for o in others
        ),
        "standard deviations are compared; compare the highest with the other's lowest.": sum(
            mean + mine.std() < o.mean() - o.std() for o in others
        ),
        "the names were counted, not the pairs; leave the member itself out.": beaten + 1,
        "this says whether there are any; count the members.": beaten > 0,
        "this says whether it is better than all; count the members.": beaten == len(others),
        "this is a share; count the members.": beaten / max(len(others), 1),
        "single seeds are counted; count the members.": sum((high < o).sum() for o in others),
        "pairs of seeds are counted; count the members.": sum((mine[:, None] < o).sum() for o in others),
        "counting stops at the first that is not surely worse; go through all.": [*behind, False].index(False),
        "members are counted of which not all are surely better.": len(others) - beaten,
    }


def _column(answer: pd.DataFrame, name: str) -> np.ndarray:
    try:
        return np.array([*answer[name]], dtype=float)
    except (TypeError, ValueError):
        raise check.CheckError(
            f'The column "{name}" holds {answer[name].iloc[0]!r}; expected a number in each row.'
        ) from None


def check_table(rank: Callable, values: dict) -> None:
    """Compare with a table made value by value.

    Args:
        rank: the learner's function.
        values: name -> distances, one for each seed.
    """
    values = {name: np.asarray(v, dtype=float) for name, v in values.items()}
    try:
        answer = check.call(rank, values)
    except check.CheckError as error:
        if "broadcast" not in str(error):
            raise
        raise check.CheckError(f"{error} Members may differ in the number of seeds.") from None
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    check.require(isinstance(answer, pd.DataFrame), f"Return a pandas DataFrame, not {type(answer).__name__}.")
    check.require(list(answer.index) != COLUMNS, "Rows and columns are exchanged: a row for each name (see .T).")
    check.require(list(answer.columns) == COLUMNS, f"The columns are {list(answer.columns)}, expected {COLUMNS}.")
    names = list(answer.index)
    check.require(sorted(map(str, names)) == sorted(values), f"The index is {names}; expected the names.")
    _check_means(answer, [values[name] for name in names])
    order = sorted(values, key=lambda name: sum(values[name]) / len(values[name]))
    falling = len(order) > 1 and names == order[::-1]
    check.require(not falling, "The rows are in falling order; the lowest mean distance comes first.")
    check.require(names == order, "The rows are not in the order of the means, lowest first.")
    _check_columns(answer, [values[name] for name in order])


def _compare(answer: pd.DataFrame, name: str, function: Callable, rows: list, wrong: dict) -> None:
    """One column; ``wrong`` has functions of a member's distances."""

    def of(f: Callable) -> np.ndarray:
        return np.array([f(row) for row in rows], dtype=float)

    def mistakes() -> dict:
        return {message: of(f) for message, f in wrong.items()}

    check.close(_column(answer, name), of(function), f'the column "{name}"', mistakes=mistakes)


def _check_means(answer: pd.DataFrame, rows: list[np.ndarray]) -> None:
    wrong = {
        "this is the median.": np.median,
        "this is the sum.": np.sum,
        "this is the middle between lowest and highest.": lambda v: (v.min() + v.max()) / 2,
        "it is NaN where there is one seed alone, which has no standard deviation.": lambda v: (
            v.mean() if len(v) > 1 else np.nan
        ),
    }
    _compare(answer, "mean", np.mean, rows, wrong)


def _check_columns(answer: pd.DataFrame, rows: list[np.ndarray]) -> None:
    wrong = {
        "this is the highest.": np.max,
        "this is the first seed's, not the lowest.": lambda v: v[0],
        "it is one of the distances, not the mean minus a standard deviation.": lambda v: v.mean() - v.std(),
    }
    _compare(answer, "lowest", np.min, rows, wrong)
    wrong = {
        "this is the last seed's, not the highest.": lambda v: v[-1],
        "it is one of the distances, not the mean plus a standard deviation.": lambda v: v.mean() + v.std(),
    }
    _compare(answer, "highest", np.max, rows, wrong)
    others = [[other for other in rows if other is not mine] for mine in rows]
    beaten = [sum(mine.max() < other.min() for other in them) for mine, them in zip(rows, others, strict=True)]

    def mistakes() -> dict:
        counts = [_wrong_counts(mine, them) for mine, them in zip(rows, others, strict=True)]
        return {message: [count[message] for count in counts] for message in counts[0]}

    check.close(_column(answer, COLUMNS[3]), beaten, f'the column "{COLUMNS[3]}"', mistakes=mistakes)
