"""Checks of lesson 37, images and words: the product of experts and the loss; see also the files imported here."""

from functools import partial

import numpy as np
from scipy.stats import norm

from course_utils import check
from course_utils.checks.multimodal_pictures import check_imagine as check_imagine
from course_utils.checks.multimodal_words import check_describe as check_describe
from course_utils.checks.multimodal_words import check_obedience as check_obedience


def _by_quadrature(means, log_vars, given) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the product of densities and the prior, by sums over a fine grid."""
    z = np.linspace(-9, 9, 1201)
    log = np.tile(norm.logpdf(z), (*means.shape[::2], 1))  # (n, k, grid)
    for j in range(means.shape[1]):
        here = norm.logpdf(z, means[:, j, :, None], np.exp(log_vars[:, j, :, None] / 2))
        log = log + given[:, j, None, None] * here
    weights = np.exp(log - log.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    mean = (weights * z).sum(axis=2)
    return mean, (weights * (z - mean[..., None]) ** 2).sum(axis=2)


# how a precision is computed from a log variance v and from g, 1 where an expert is given
PRECISIONS = {
    "right": lambda v, g: g * np.exp(-v),
    "all": lambda v, g: np.exp(-v),
    "variance": lambda v, g: g * np.exp(v),
    "root": lambda v, g: g * np.exp(-v / 2),
    "square": lambda v, g: g * np.exp(-2 * v),
    "inverse": lambda v, g: g / v,
    "minus": lambda v, g: -g * v,
    "inside": lambda v, g: np.exp(-g * v),
}


def _product(m, v, g, prior="one", precision="right", how="sum", weigh="precision", of_prior=True, axis=1):
    """Mean and log variance of the product, with its popular slips as options."""
    g = np.broadcast_to(g[:, :, None], m.shape)
    parts = PRECISIONS[precision](v, g)
    total = parts.sum(axis=axis)
    own = {
        "one": 1.0, "none": 0.0, "two": 2.0, "each": m.shape[1], "each given": g.sum(axis=axis),
        "alone": 1.0 * (total == 0), "tiny": 1e-6,
    }[prior]  # fmt: skip
    if how == "variances":  # multiplied instead of adding precisions
        total = 1 / np.prod(np.where(g > 0, np.exp(v), 1), axis=axis)
    elif how == "mean":
        total = (own + total) / (1 + g.sum(axis=axis))
    elif how == "mean of all":
        total = own + parts.mean(axis=axis)
    else:
        total = own + total
    weights = {"precision": parts, "plain": g, "variance": g * np.exp(v), "unmasked": np.exp(-v)}.get(weigh, parts)
    count = 1 + g.sum(axis=axis)
    below = {"plain": count, "count": count, "none": 1.0, "times": 1 / total}.get(weigh, total)
    if not of_prior:
        below = parts.sum(axis=axis)
    return ((weigh == "one more") + (weights * m).sum(axis=axis)) / below, -np.log(total)


PRODUCT_SLIPS = {
    "the prior expert is forgotten: its precision of 1 belongs to the sum.": {"prior": "none"},
    "the precisions are averaged; they add up.": {"how": "mean"},
    "the variances are multiplied; add the precisions.": {"how": "variances"},
    "variances are added; precisions add up, exp(-log_var).": {"precision": "variance"},
    "σ stands where σ² belongs: log_var is log σ².": {"precision": "root"},
    "σ⁴ stands where σ² belongs: log_var is log σ².": {"precision": "square"},
    "experts that are missing still take part: use `given`.": {"precision": "all"},
    "the means are averaged without their precisions.": {"weigh": "plain"},
    "the weighted means are not divided by the whole precision.": {"weigh": "none"},
    "the prior is left out of the mean: divide by the whole precision, the prior's 1 included.": {"of_prior": False},
    "the sum runs over the codes; sum over the experts, axis=1.": {"axis": 0},
    "the sum runs over the dimensions; sum over the experts, axis=1.": {"axis": 2},
    "the prior is counted twice.": {"prior": "two"},
    "the prior is counted once for each expert; there is one prior.": {"prior": "each"},
    "the prior is counted once for each given expert; there is one prior.": {"prior": "each given"},
    "the prior counts only where nothing is given; it always takes part.": {"prior": "alone"},
    "the prior's precision is 1, not a tiny number.": {"prior": "tiny"},
}
# seldom met together with others
PRODUCT_SINGLES = {
    "a precision is exp(-log_var), not 1 / log_var.": {"precision": "inverse"},
    "a precision is exp(-log_var); the exponential is missing.": {"precision": "minus"},
    "`given` stands in the exponent; a missing expert then has precision 1. Multiply the precision.": {
        "precision": "inside"
    },
    "the mean of all precisions was added to the prior's; they add up.": {"how": "mean of all"},
    "the weighted means are multiplied by the precision; divide by it.": {"weigh": "times"},
    "the means are weighted by variances; weigh them by precisions.": {"weigh": "variance"},
    "experts that are missing still enter the mean: use `given` there, too.": {"weigh": "unmasked"},
    "the weighted means are divided by the number of experts; divide by the whole precision.": {"weigh": "count"},
    "the prior's precision is added to the weighted means; its mean is 0, so it adds nothing there.": {
        "weigh": "one more"
    },
}


def _told(precisions, part, place: int, total, weighted) -> str:
    """For an answer that no known mistake gives: what adds up to what at the worst place."""
    values = np.asarray(part)
    if values.shape == total.shape[1:] and len(total) > 1:
        return "one row for all codes; each code has its own. A mask as an index, [given > 0], mixes them."
    if values.shape != total.shape or values.dtype.kind != "f":
        return ""
    lost, known = ~np.isfinite(values).all(axis=1), (precisions > 0).any(axis=(1, 2))
    if lost.any():
        words = "it is not finite where no expert is given; there the prior alone is left, with mean 0 and precision 1."
        return "" if (lost & known).any() else words
    right = weighted / total if place == 0 else -np.log(total)
    row, k = np.unravel_index(np.argmax(np.abs(values - right)), right.shape)
    given = precisions[row, :, k][precisions[row, :, k] > 0]
    ones = " + ".join(f"{one:.3g}" for one in given[:4]) + " + ..." * (len(given) > 4)
    where = f"at [{row}, {k}] "
    if place == 0:
        words = f"the weighted means add up to {weighted[row, k]:.3g} and the whole precision is {total[row, k]:.3g}"
        return f"{where}{words}, so the mean is {right[row, k]:.3g}, not {values[row, k]:.3g}."
    words = f"the precisions given add up to {ones or '0'}, with the prior's 1 to {total[row, k]:.3g}"
    return f"{where}{words}; yours is {np.exp(-values[row, k]):.3g}."


def check_product(product, n: int, m: int, k: int) -> None:
    """Hold a product of m experts against densities multiplied on a grid; then compile it."""
    rng = np.random.default_rng([n, m, k])
    means = (1.2 * rng.normal(size=(n, m, k)) + 0.4).astype("float32")
    log_vars = rng.uniform(-1.5, 2.0, size=(n, m, k)).astype("float32")
    given = (rng.random((n, m)) < 0.6).astype("float32")
    given[0] = 1
    if n > 1:
        given[-1, 0] = 0
    if n > 3:
        given[1] = 0  # nothing is known: the prior
    wide = means.astype(float), log_vars.astype(float), given.astype(float)
    traced = check.trace(product, means, log_vars, given)
    mean, log_var = check.several(traced.value, "mean", "log_var")
    right_mean, right_var = _by_quadrature(*wide)
    right = {0: right_mean, 1: np.log(right_var)}
    precisions = wide[2][:, :, None] * np.exp(-wide[1])
    sums = 1 + precisions.sum(axis=1), (precisions * wide[0]).sum(axis=1)

    def mistakes(place: int) -> dict:
        def formula(**options):
            return _product(*wide, **options)[place]

        only = {"weigh", "of_prior"}  # what the mean gets wrong where the variance is right
        known = {text: one for text, one in PRODUCT_SLIPS.items() if place == 1 or only & set(one)}
        found = dict(check.slips(formula, known))
        with np.errstate(all="ignore"):
            found |= {text: formula(**options) for text, options in PRODUCT_SINGLES.items()}
        if place == 1:
            found |= {
                "this is the variance; return its logarithm.": right_var,
                "this is the precision; return the log variance.": 1 / right_var,
                "this is the log of the precision; the sign is wrong.": -right[1],
                "this is the log of the standard deviation.": right[1] / 2,
                "the two results are exchanged.": right_mean,
                "the precisions are averaged over the dimensions; each has its own.": -np.log((1 / right_var).mean(1)),
                "1 is added once more in the logarithm (log1p).": -np.log1p(1 / right_var),
            }
        return found

    for place, part, name in ((1, log_var, "the log variance"), (0, mean, "the mean")):
        known, look = partial(mistakes, place), partial(_told, precisions, part, place, *sums)
        check.close(part, right[place], f"{name} of the product", rtol=1e-3, mistakes=known, otherwise=look)
    shapes = (None, m, k), (None, m, k), (None, m)
    for answer in check.compiled(product, *shapes, inputs=[means, log_vars, given]):
        check.close(answer[0], right_mean, "the mean, compiled as in training", rtol=1e-3)
        check.close(answer[1], right[1], "the log variance, compiled as in training", rtol=1e-3)


# what is made of pixels, of words, of the code's Gaussian
SQUARES = {
    "right": lambda x, c: np.sum((x - c) ** 2, axis=1),
    "mean": lambda x, c: np.mean((x - c) ** 2, axis=1),
    "absolute": lambda x, c: np.sum(np.abs(x - c), axis=1),
    "root": lambda x, c: np.sqrt(np.sum((x - c) ** 2, axis=1)),
    "of the sum": lambda x, c: np.sum(x - c, axis=1) ** 2,
    "all rows": lambda x, c: np.full(len(x), np.sum((x - c) ** 2)),
}
WORDS = {
    "right": lambda b, p: np.sum(b * p, axis=1),
    "all": lambda b, p: np.sum(p, axis=1),
    "unsaid": lambda b, p: np.sum((1 - b) * p, axis=1),
    "said mean": lambda b, p: np.sum(b * p, axis=1) / b.sum(axis=1),
    "mean": lambda b, p: np.mean(b * p, axis=1),
    "probability": lambda b, p: np.sum(b * np.exp(p), axis=1),
    "twice": lambda b, p: np.sum(b * np.log(p), axis=1),
    "once more": lambda b, p: np.sum(b * np.log(-p), axis=1),
    "each alone": lambda b, p: np.sum(b * p + (1 - b) * np.log(1 - np.exp(p)), axis=1),
    "all rows": lambda b, p: np.full(len(b), np.sum(b * p)),
}
TERMS = {
    "right": lambda m, v: m**2 + np.exp(v) - 1 - v,
    "no one": lambda m, v: m**2 + np.exp(v) - v,
    "plus one": lambda m, v: m**2 + np.exp(v) + 1 - v,
    "root": lambda m, v: m**2 + np.exp(v / 2) - 1 - v,
    "square": lambda m, v: m**2 + np.exp(2 * v) - 1 - v,
    "plain mean": lambda m, v: m + np.exp(v) - 1 - v,
    "plus log": lambda m, v: m**2 + np.exp(v) - 1 + v,
    "no exponential": lambda m, v: m**2 - 1,
    "log of it": lambda m, v: m**2 + v - 1 - np.log(np.abs(v)),
    "inverse": lambda m, v: m**2 + np.exp(-v) - 1 + v,
}
# which part counts by which column of `scored`: picture, caption, KL term
SCORES = {
    "right": lambda s: (s[:, 0], s[:, 1], 1),
    "exchanged": lambda s: (s[:, 1], s[:, 0], 1),
    "all": lambda s: (1, 1, 1),
    "KL with picture": lambda s: (s[:, 0], s[:, 1], s[:, 0]),
    "KL with caption": lambda s: (s[:, 0], s[:, 1], s[:, 1]),
    "KL with each": lambda s: (s[:, 0], s[:, 1], s.sum(axis=1)),
    "KL with any": lambda s: (s[:, 0], s[:, 1], s.max(axis=1)),
    "product": lambda s: (s.prod(axis=1), s.prod(axis=1), 1),
    "unscored": lambda s: (1 - s[:, 0], 1 - s[:, 1], 1),
    "all but caption": lambda s: (1, s[:, 1], 1),
    "all but picture": lambda s: (s[:, 0], 1, 1),
}


def _elbo(
    x, c, b, p, m, v, s, sigma, weight, divide="right", squares="right", words="right", sign=-1.0, kl=0.5,
    terms="right", dims="sum", scores="right", on="caption",
):  # fmt: skip
    """The negative ELBO, with its popular slips as options."""
    below = {
        "right": 2 * sigma**2, "no half": sigma**2, "sd": 2 * sigma, "of two": (2 * sigma) ** 2,
        "times": 2 / sigma**2, "none": 1.0,
    }[divide]  # fmt: skip
    first, second, third = {
        "caption": (1, weight, 1), "picture": (weight, 1, 1), "none": (1, 1, 1), "KL": (1, 1, weight),
        "caption and KL": (1, weight, weight), "picture and caption": (weight, weight, 1),
        "everything": (weight, weight, weight), "divided": (1, 1 / weight, 1),
    }[on]  # fmt: skip
    one, two, three = SCORES[scores](s)
    gap = kl * getattr(np, dims)(TERMS[terms](m, v), axis=1)
    caption = sign * second * two * WORDS[words](b, p)
    return one * first * SQUARES[squares](x, c) / below + caption + three * third * gap


ELBO_SLIPS = {
    "the factor ½ of the squared error is missing: divide by 2 σ².": {"divide": "no half"},
    "divided by σ, not by σ².": {"divide": "sd"},
    "multiplied by σ², not divided: put 2 σ² in brackets.": {"divide": "times"},
    "divided by (2 σ)²; divide by 2 σ².": {"divide": "of two"},
    "the squared error is averaged over the pixels; nats add up.": {"squares": "mean"},
    "the KL term is averaged over the dimensions; nats add up.": {"dims": "mean"},
    "the caption's sign is wrong: its log-probability lowers the loss.": {"sign": 1.0},
    "the KL term is missing.": {"kl": 0.0},
    "the KL term has the wrong sign: it is added.": {"kl": -0.5},
    "the columns of `scored` are exchanged; the picture is first.": {"scores": "exchanged"},
    "what is not scored still counts: use `scored`.": {"scores": "all"},
    "the KL term counts only where something is scored; it always counts.": {"scores": "KL with any"},
    "`weight` is not used.": {"on": "none"},
    "`weight` stands at the picture; it belongs to the caption.": {"on": "picture"},
    "the ½ of the KL term is missing.": {"kl": 1.0},
    "σ stands where σ² belongs in the KL term: log_var is log σ².": {"terms": "root"},
    "σ⁴ stands where σ² belongs in the KL term: log_var is log σ².": {"terms": "square"},
    "the -1 of the KL term is missing.": {"terms": "no one"},
    "all words count, said or not: multiply by the bags.": {"words": "all"},
    "the caption's part is averaged over the words; nats add up.": {"words": "mean"},
}
# seldom met together with others
ELBO_SINGLES = {
    "the error is absolute, not squared.": {"squares": "absolute"},
    "the norm is not squared.": {"squares": "root"},
    "the differences are summed before they are squared.": {"squares": "of the sum"},
    "the squared errors of all rows are summed; each row has its own: axis=1.": {"squares": "all rows"},
    "the log-probabilities of all rows are summed; each row has its own: axis=1.": {"words": "all rows"},
    "the squared error is not divided by 2 σ².": {"divide": "none"},
    "the words that are not said count; multiply by the bags.": {"words": "unsaid"},
    "the caption's part is averaged over the said words; nats add up.": {"words": "said mean"},
    "probabilities are added where log-probabilities belong: log_p is a logarithm already.": {"words": "probability"},
    "the logarithm is taken again: log_p is a logarithm already.": {"words": "twice"},
    "the logarithm of -log_p is taken: log_p is a logarithm already.": {"words": "once more"},
    "the words that are not said add ln(1 - p); only what is said counts.": {"words": "each alone"},
    "`weight` stands at the KL term; it belongs to the caption.": {"on": "KL"},
    "`weight` stands at the KL term, too; it belongs to the caption alone.": {"on": "caption and KL"},
    "`weight` stands at the picture, too; it belongs to the caption alone.": {"on": "picture and caption"},
    "`weight` stands at the whole loss; it belongs to the caption alone.": {"on": "everything"},
    "the caption is divided by `weight`; multiply.": {"on": "divided"},
    "the KL term counts only with a picture; it always counts.": {"scores": "KL with picture"},
    "the KL term counts only with a caption; it always counts.": {"scores": "KL with caption"},
    "the KL term counts once for each scored part; it always counts once.": {"scores": "KL with each"},
    "picture and caption count only where both are scored; each has its own column.": {"scores": "product"},
    "what is *not* scored counts: `scored` is 1 where a part counts.": {"scores": "unscored"},
    "the picture counts even where it is not scored.": {"scores": "all but caption"},
    "the caption counts even where it is not scored.": {"scores": "all but picture"},
    "the means of the KL term are not squared.": {"terms": "plain mean"},
    "the sign of log_var is wrong in the KL term.": {"terms": "plus log"},
    "the sign of the 1 is wrong in the KL term.": {"terms": "plus one"},
    "the KL term has the sign of log_var wrong twice: the variance is exp(log_var).": {"terms": "inverse"},
    "the exponential is missing in the KL term: log_var is log σ².": {"terms": "no exponential"},
    "log_var is taken for σ² in the KL term; it is log σ².": {"terms": "log of it"},
    "0.1 and 50 stand in the code: use `sigma` and `weight`.": {"sigma": 0.1, "weight": 50.0},
    "0.1 stands in the code: use `sigma`.": {"sigma": 0.1},
    "50 stands in the code: use `weight`.": {"weight": 50.0},
}


def _elbo_mistakes(right, wide: dict) -> dict:
    """What known mistakes give."""

    def formula(**options):
        return _elbo(**wide | options)

    gap = right - formula(kl=0.0)
    constant = wide["x"].shape[1] * np.log(wide["sigma"] * np.sqrt(2 * np.pi))
    found = dict(check.slips(formula, ELBO_SLIPS))
    found |= {text: formula(**options) for text, options in ELBO_SINGLES.items()}
    return found | {
        "the mean over the rows was taken; return one number for each row.": right.mean(),
        "summed over the rows; return one number for each row.": right.sum(),
        "this is the ELBO; the loss is its negative.": -right,
        "the KL term is averaged over the rows; each row has its own.": right - gap + gap.mean(),
        "the KL terms of all rows are summed; each row has its own: axis=1.": right - gap + gap.sum(),
        "the constant d ln(σ √(2π)) is added; leave it out, as the formula does.": right + constant * wide["s"][:, 0],
        "the constant d ln(σ √(2π)) is added, even where no picture is scored; leave it out.": right + constant,
    }


def _wrong_elbo(answer, right, wide: dict) -> str:
    """Which number stands before which part, or which part is wrong."""
    x, c, b, p, m, v, s = list(wide.values())[:7]
    if np.shape(answer) == (len(x),) * 2:
        return "the axes do not fit: a column (n, 1) and a row (n,) give (n, n). Leave keepdims out."
    parts = {
        "the squared error": s[:, 0] * SQUARES["right"](x, c),
        "the said log-probabilities": s[:, 1] * WORDS["right"](b, p),
        "the sum of mean²": (m**2).sum(axis=1),
        "the sum of exp(log_var)": np.exp(v).sum(axis=1),
        "the sum of log_var": v.sum(axis=1),
        "the number of dimensions": np.full(len(x), v.shape[1]),
    }
    why = {"the squared error": "1 / (2 σ²)", "the said log-probabilities": "-weight"}
    words = check.weights(answer, right, parts, why=why)
    return words if words.startswith("a weight") else _wrong_part(answer, right, s)


def _wrong_part(answer, right, scored) -> str:
    """Which of the three parts of an answer is wrong."""
    values = np.asarray(answer)
    if values.shape != right.shape or values.dtype.kind not in "fiu":
        return ""
    off = np.abs(values - right) > 1e-3 * np.abs(right).max()
    for counts, words in (
        ((0, 0), "where nothing is scored, the KL term alone is left"),
        ((1, 0), "where only the picture is scored, the squared error / (2 σ²) and the KL term are left"),
        ((0, 1), "where only the caption is scored, its part and the KL term are left"),
        ((1, 1), "where both are scored, the sum is wrong, though right where one alone is"),
    ):
        rows = np.flatnonzero((scored == counts).all(axis=1) & off)
        if len(rows):
            row = rows[0]
            return f"{words}: row {row} has {values[row]:.4g}, expected {right[row]:.4g}."
    return ""


def check_elbo(negative_elbo, n: int, d: int, v: int, k: int) -> None:
    """Hold the negative ELBO of n rows against NumPy, and its gradients by copies and code."""
    rng = np.random.default_rng([n, d, v, k])
    x, copies = rng.normal(size=(2, n, d)).astype("float32")
    bags = (rng.random((n, v)) < 0.6).astype("float32")
    bags[:, 0] = 1
    if v > 1:
        bags[:, 1] = 0  # unsaid, in rows of all kinds
    log_p = np.log(rng.uniform(0.1, 0.9, size=(n, v))).astype("float32")
    mean, log_var = rng.normal(size=(2, n, k)).astype("float32")
    scored = np.resize([[1, 0], [1, 1], [0, 1], [0, 0]], (n, 2)).astype("float32")
    if n == 1:
        scored[:] = [[0, 1]]
    arrays = (x, copies, bags, log_p, mean, log_var, scored)
    wide = dict(zip("xcbpmvs", (one.astype(float) for one in arrays), strict=True))
    wide |= {"sigma": 0.3, "weight": 4.0}
    traced = check.trace(negative_elbo, *arrays, 0.3, 4.0)
    answer, right = traced.value, _elbo(**wide)
    known, look = partial(_elbo_mistakes, right, wide), partial(_wrong_elbo, answer, right, wide)
    check.close(answer, right, "the negative ELBO", rtol=1e-3, mistakes=known, otherwise=look)
    slopes = traced.gradients(by=[1, 4])
    pull = wide["s"][:, :1] * (wide["c"] - wide["x"]) / 0.3**2
    check.close(slopes[0], pull, "the gradient of the negative ELBO by the copies", rtol=1e-3)
    check.close(slopes[1], wide["m"], "the gradient of the negative ELBO by the mean", rtol=1e-3)
    shapes = [(None, one.shape[1]) for one in arrays]
    for answer in check.compiled(negative_elbo, *shapes, 0.3, 4.0, inputs=arrays):
        check.close(answer, right, "the negative ELBO, compiled as in training", rtol=1e-3)
