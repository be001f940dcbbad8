"""Checks of lesson 37, images and words."""

import numpy as np
from scipy.stats import norm

from course_utils import check


def _by_quadrature(means, log_vars, given) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the product of densities and the prior, by sums over a fine grid."""
    z = np.linspace(-9, 9, 6001)
    log = np.tile(norm.logpdf(z), (*means.shape[::2], 1))  # (n, k, grid)
    for j in range(means.shape[1]):
        here = norm.logpdf(z, means[:, j, :, None], np.exp(log_vars[:, j, :, None] / 2))
        log = log + given[:, j, None, None] * here
    weights = np.exp(log - log.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    mean = (weights * z).sum(axis=2)
    return mean, (weights * (z - mean[..., None]) ** 2).sum(axis=2)


def _product(m, v, g, prior=1.0, sign=-1.0, scale=1.0, how="sum", mask=True, weigh="precision", of_prior=True):
    """Mean and log variance of the product, with its popular slips as options."""
    g = (g if mask else np.ones_like(g))[:, :, None]
    precisions = g * np.exp(scale * sign * v)
    if how == "variances":  # multiplied instead of adding precisions
        variance = np.prod(np.where(g > 0, np.exp(v), 1), axis=1)
        total = 1 / variance
    elif how == "mean":
        total = (prior + precisions.sum(axis=1)) / (prior + g.sum(axis=1))
    else:
        total = prior + precisions.sum(axis=1)
    if weigh == "plain":
        mean = (g * m).sum(axis=1) / (prior + g.sum(axis=1))
    elif weigh == "none":
        mean = (precisions * m).sum(axis=1)
    else:
        below = total if of_prior else precisions.sum(axis=1)
        mean = (precisions * m).sum(axis=1) / below
    return mean, -np.log(total)


PRODUCT_SLIPS = {
    "the prior expert is forgotten: its precision of 1 belongs to the sum.": {"prior": 0.0},
    "the precisions are averaged; they add up.": {"how": "mean"},
    "the variances are multiplied; add the precisions.": {"how": "variances"},
    "variances are added; precisions add up, exp(-log_var).": {"sign": 1.0},
    "σ stands where σ² belongs: log_var is log σ².": {"scale": 0.5},
    "experts that are missing still take part: use `given`.": {"mask": False},
    "the means are averaged without their precisions.": {"weigh": "plain"},
    "the weighted means are not divided by the whole precision.": {"weigh": "none"},
    "the prior is left out of the mean: divide by the whole precision, the prior's 1 included.": {"of_prior": False},
}


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
    lost = not all(np.isfinite(np.asarray(part, dtype=float)).all() for part in (mean, log_var))
    empty = "not finite where no expert is given. The prior is always one of the experts, with mean 0 and precision 1."
    check.require(not (lost and n > 3), f"The product is {empty}")
    right_mean, right_var = _by_quadrature(*wide)
    right = {0: right_mean, 1: np.log(right_var)}
    slips = check.slips(lambda **options: np.stack(_product(*wide, **options)), PRODUCT_SLIPS)
    for place, part, name in ((1, log_var, "the log variance"), (0, mean, "the mean")):
        mistakes = {text: value[place] for text, value in slips.items() if place == 1 or "forgotten" not in text}
        if place == 1:
            mistakes |= {
                "this is the variance; return its logarithm.": right_var,
                "this is the precision; return the log variance.": 1 / right_var,
                "this is the log of the precision; the sign is wrong.": -right[1],
                "this is the log of the standard deviation.": right[1] / 2,
                "the two results are exchanged.": right_mean,
            }
        check.close(part, right[place], f"{name} of the product", rtol=1e-3, mistakes=mistakes)
    shapes = (None, m, k), (None, m, k), (None, m)
    for answer in check.compiled(product, *shapes, inputs=[means, log_vars, given]):
        check.close(answer[0], right_mean, "the mean, compiled as in training", rtol=1e-3)


def _elbo(
    x, c, b, p, m, v, s, sigma, weight, half=2.0, square=2, how="sum", sign=-1.0, kl=1.0, swap=False, all_scored=False,
    weigh=True, kl_half=0.5, sd=1.0, one=1.0, on="caption", only=True, pairs="sum",
):  # fmt: skip
    """The negative ELBO, with its popular slips as options."""
    total = getattr(np, how)
    picture = total((x - c) ** 2, axis=1) / (half * sigma**square)
    words = sign * np.sum((b if only else 1) * p, axis=1)
    terms = kl_half * total(m**2 + np.exp(sd * v) - one - v, axis=1)
    s = np.ones_like(s) if all_scored else s[:, ::-1] if swap else s
    first, second = (1.0, weight) if on == "caption" else (weight, 1.0)
    if not weigh:
        first, second = 1.0, 1.0
    return s[:, 0] * first * picture + s[:, 1] * second * words + kl * terms


ELBO_SLIPS = {
    "the factor ½ of the squared error is missing: divide by 2 σ².": {"half": 1.0},
    "divided by σ, not by σ².": {"square": 1},
    "multiplied by σ², not divided: put 2 σ² in brackets.": {"square": -2},
    "divided by (2 σ)²; divide by 2 σ².": {"half": 4.0},
    "averaged over pixels and dimensions; nats add up.": {"how": "mean"},
    "the caption's sign is wrong: its log-probability lowers the loss.": {"sign": 1.0},
    "the KL term is missing.": {"kl": 0.0},
    "the KL term has the wrong sign: it is added.": {"kl": -1.0},
    "the columns of `scored` are exchanged; the picture is first.": {"swap": True},
    "what is not scored still counts: use `scored`.": {"all_scored": True},
    "`weight` is not used.": {"weigh": False},
    "`weight` stands at the picture; it belongs to the caption.": {"on": "picture"},
    "the ½ of the KL term is missing.": {"kl_half": 1.0},
    "σ stands where σ² belongs in the KL term: log_var is log σ².": {"sd": 0.5},
    "σ⁴ stands where σ² belongs in the KL term: log_var is log σ².": {"sd": 2.0},
    "the -1 of the KL term is missing.": {"one": 0.0},
    "all words count, said or not: multiply by the bags.": {"only": False},
}


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
    wide = [one.astype(float) for one in arrays]
    traced = check.trace(negative_elbo, *arrays, 0.3, 4.0)
    mistakes = check.slips(lambda **slips: _elbo(*wide, 0.3, 4.0, **slips), ELBO_SLIPS)
    right = _elbo(*wide, 0.3, 4.0)
    mistakes["the mean over the rows was taken; return one number for each row."] = right.mean()
    mistakes["summed over the rows; return one number for each row."] = right.sum()
    mistakes["this is the ELBO; the loss is its negative."] = -right
    check.close(traced.value, right, "the negative ELBO", rtol=1e-3, mistakes=mistakes)
    slopes = traced.gradients(by=[1, 4])
    pull = wide[6][:, :1] * (wide[1] - wide[0]) / 0.3**2
    check.close(slopes[0], pull, "the gradient of the negative ELBO by the copies", rtol=1e-3)
    check.close(slopes[1], wide[4], "the gradient of the negative ELBO by the mean", rtol=1e-3)
    shapes = [(None, one.shape[1]) for one in arrays]
    for answer in check.compiled(negative_elbo, *shapes, 0.3, 4.0, inputs=arrays):
        check.close(answer, right, "the negative ELBO, compiled as in training", rtol=1e-3)


def _pictures(codes: np.ndarray, d: int) -> np.ndarray:
    """A lopsided stand-in for a decoder, (rows, d), that also leaves the values from 0 to 1."""
    weights = np.linspace(0.5, 1.5, codes.shape[1])
    return np.stack([np.sin(3 * j + codes @ weights) * 1.5 for j in range(d)], axis=1)


def check_imagine(imagine, m: int, k: int, d: int, n: int = 3000) -> None:
    """Are codes drawn from each of m Gaussians, each with noise of its own, decoded and cut?"""
    rng = np.random.default_rng([m, k, d])
    mean, log_var = rng.normal(size=(m, k)) + 1, rng.uniform(-2.0, 1.5, size=(m, k))
    got = []

    def decode(codes):
        codes = check.array(codes, "what `decode` gets", shape=(None, k))
        got.append(np.array(codes, dtype=float))
        return _pictures(got[-1], d)

    def made(seed, rows=n):
        got.clear()
        pictures = check.call(imagine, mean, log_var, decode, rows, seed)
        check.require(bool(got), "`decode` was not called: the samples are decoded.")
        codes = check.array(np.concatenate(got), "all that `decode` gets", shape=(m * rows, k))
        raw = _pictures(codes, d).reshape(m, rows, d)
        swapped = np.clip(raw.reshape(rows, m, d).transpose(1, 0, 2), 0, 1)
        mistakes = {
            "they are not cut to values from 0 to 1.": raw,
            "the axes are (m, n, d): captions first.": np.clip(raw.transpose(1, 0, 2), 0, 1),
            "these are the codes; decode them.": codes.reshape(m, rows, k),
            "these are the pictures in one row after the other; give them the shape (m, n, d).": np.clip(
                raw.reshape(-1, d), 0, 1
            ),
        }
        right = np.clip(raw, 0, 1)
        value = np.asarray(pictures)
        if m > 1 and value.shape == swapped.shape and np.allclose(value, swapped, atol=1e-5):
            return codes.reshape(rows, m, k).transpose(1, 0, 2)  # decoded picture by picture
        check.close(pictures, right, "the pictures", rtol=1e-3, mistakes=mistakes)
        return codes.reshape(m, rows, k)

    codes = made(3)
    _require_noise(codes, mean, log_var)
    first = made(5, 6)
    same = np.allclose(made(5, 6), first, rtol=1e-9)
    check.require(same, "The same seed gives other pictures at a second call: use np.random.default_rng(seed).")
    check.differ(made(6, 6), first, "Another seed gives the same codes: use np.random.default_rng(seed).")
    check.require(made(7, 1).shape == (m, 1, k), "It must work for one picture of each caption.")


def _require_noise(codes: np.ndarray, mean: np.ndarray, log_var: np.ndarray) -> None:
    """Moments of codes (m, n, k), and independence of captions, pictures and dimensions."""
    m, n, k = codes.shape
    sd, bound = np.exp(log_var / 2), 6 / np.sqrt(n)
    varied = np.ptp(codes, axis=1).min() > 0
    check.require(varied, "All pictures of a caption have the same code: each picture needs noise of its own.")
    spread = codes.std(axis=1)
    mistakes = {
        "the variance stands where the standard deviation belongs: halve the logarithm.": sd**2,
        "log_var itself was used as standard deviation; take the exponential of its half.": np.abs(log_var),
        "half of log_var was used as standard deviation; take its exponential.": np.abs(log_var / 2),
        "the noise is not scaled by the standard deviation.": np.ones((m, k)),
        "the sign of log_var is wrong.": 1 / sd,
    }
    name = "the standard deviations of the codes"
    mistakes = {text: value / sd for text, value in mistakes.items()}
    check.close(spread / sd, np.ones((m, k)), name, rtol=0.1, mistakes=mistakes)
    standard = (codes - mean[:, None]) / sd[:, None]
    shift = np.abs(standard.mean(axis=1)).max()
    check.require(shift < bound, "The codes do not lie around the mean: add the mean to the noise.")
    check.require((standard**4).mean() > 2.4, "The noise is not normally distributed: use rng.normal.")
    linked = 0.0 if k == 1 else np.abs(np.corrcoef(standard[0].T) - np.eye(k)).max()
    check.require(linked < bound, "The dimensions of a code get the same noise; each needs its own.")
    shared = 0.0 if m == 1 else np.abs(np.corrcoef(standard[:, :, 0]) - np.eye(m)).max()
    shifted = 0.0 if m == 1 else abs(np.corrcoef(standard[0, 1:, 0], standard[1, :-1, 0])[0, 1])
    check.require(shifted < bound, "Noise occurs twice, at other captions; draw all of it from one generator.")
    check.require(shared < bound, "The captions get the same noise; each picture needs its own.")


def _bags(rng, n: int, sizes, said: float) -> np.ndarray:
    """Bags with one word of each topic, or none with probability 1 - said."""
    parts = []
    for size in sizes:
        part = np.eye(size)[(size * rng.random(n) ** 1.5).astype(int)]
        part[1:] *= (rng.random((n, 1)) < said)[1:]
        parts.append(part)
    return np.concatenate(parts, axis=1).astype("float32")


def check_obedience(obedience, n: int, sizes: list[int]) -> None:
    """Count obeyed words one by one, with the usual mistakes."""
    rng = np.random.default_rng([n, *sizes])
    asked, seen = _bags(rng, n, sizes, 0.6), _bags(rng, n, sizes, 1.1)
    edges = np.cumsum([0, *sizes])
    blocks = [(asked[:, a:b], seen[:, a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    for wanted, found in blocks:  # most are obeyed, some topics more than others
        obeyed = rng.random(n) < rng.uniform(0.4, 0.8)
        for row in np.flatnonzero(obeyed & (wanted.sum(axis=1) > 0)):
            found[row] = wanted[row]
    count = np.array([sum(a.argmax() == b.argmax() for a, b in zip(*p, strict=True) if a.any()) for p in blocks])
    said = np.array([sum(a.any() for a in p[0]) for p in blocks])
    right = count / said
    cut = [np.split(bags, sizes[:-1], axis=1) for bags in (asked, seen)]
    wrong_cuts = [(a * b).sum() / max((a.sum(axis=1) > 0).sum(), 1) for a, b in zip(*cut, strict=True)]
    answer = check.call(obedience, asked, seen, list(sizes))
    values = np.asarray(answer)
    nan = values.dtype.kind == "f" and np.isnan(values).any()
    where = "A share is NaN: no row asks for that topic. Are the blocks cut at the sums of the sizes, np.cumsum(sizes)[:-1]?"
    check.require(not nan, where)
    check.close(
        answer,
        right,
        "the shares",
        mistakes={
            "the blocks are cut at the sizes; cut at their sums, np.cumsum(sizes)[:-1].": np.array(wrong_cuts),
            "divide by the rows in which the topic is asked, not by all rows.": count / n,
            "what was not asked counts as obeyed; leave it out.": (count + n - said) / n,
            "each word counts as an entry; ask whether the asked word is seen.": np.array(
                [np.mean(p[0] == p[1]) for p in blocks]
            ),
            "these are numbers of rows; divide by how often the topic is asked.": count,
            "this is the share that is not obeyed.": 1 - right,
            "this is one share for all topics; give one for each.": count.sum() / said.sum(),
            "this is the mean over the topics; give one share for each.": right.mean(),
            "`argmax` says word 0 where nothing is asked; leave these rows out.": np.array(
                [np.mean(p[0].argmax(axis=1) == p[1].argmax(axis=1)) for p in blocks]
            ),
        },
    )


def check_describe(describe, n: int, sizes: list[int], tie: bool = False) -> None:
    """Is it the most probable word of each topic, as a bag?"""
    rng = np.random.default_rng([n, *sizes, tie])
    edges = np.cumsum([0, *sizes])
    logits = 2 * rng.normal(size=(n, edges[-1]))
    if tie:
        logits = np.zeros_like(logits)
    spans = list(zip(edges[:-1], edges[1:], strict=True))
    log_p = np.concatenate(
        [logits[:, a:b] - np.log(np.exp(logits[:, a:b]).sum(axis=1, keepdims=True)) for a, b in spans], axis=1
    )
    right, last, least = np.zeros((3, n, edges[-1]))
    for a, b in spans:
        for row in range(n):
            right[row, a + int(np.argmax(log_p[row, a:b]))] = 1
            last[row, b - 1 - int(np.argmax(log_p[row, a:b][::-1]))] = 1
            least[row, a + int(np.argmin(log_p[row, a:b]))] = 1
    whole = np.eye(edges[-1])[log_p.argmax(axis=1)]
    best = np.stack([log_p[:, a:b].argmax(axis=1) for a, b in spans], axis=1)
    check.close(
        check.call(describe, log_p, list(sizes)),
        right,
        "the bags",
        mistakes={
            "these are the least probable words.": least,
            "only one word is said; say one of each topic.": whole,
            "of equal words the last is said; say the first.": last,
            "these are the numbers of the words in their topics; return bags of words.": best,
            "these are the numbers of the words; return bags of words.": best + edges[:-1],
            "these are the probabilities; say only the most probable words.": np.exp(log_p),
            "all words of at least probability ½ are said; say the most probable one.": np.exp(log_p) > 0.5,
        },
    )
