"""Checks of lesson 61, a VAE that draws characters: its start from PCA, and its loss."""

import functools

import numpy as np

from course_utils import check


@functools.cache
def _pictures(n: int, d: int, k: int) -> np.ndarray:
    """Rows with k clear directions and a mean far from zero."""
    rng = np.random.default_rng([n, d, k])
    spread = np.concatenate([np.linspace(2.5, 1.2, k), np.full(d - k, 0.15)])
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (rng.normal(size=(n, d)) * spread) @ turn + rng.uniform(2, 5, d)


def _of_parts(parts: list[np.ndarray], x: np.ndarray, directions: np.ndarray) -> str:
    """Which part of the two layers keeps copies from being those of PCA."""
    into, shift, out, bias = parts
    mean = x.mean(axis=0)
    outside = into - directions.T @ (directions @ into)
    share = np.linalg.norm(outside) / np.linalg.norm(into)
    if share > 0.05:
        return f"the encoder's kernel does not lie in the first {len(directions)} principal directions: {share:.0%} of it lies outside"
    zero = -shift @ out + mean - mean @ into @ out  # what the bias must be, given the rest
    of_mean = (mean @ into + shift) @ out + bias
    i = np.argmax(np.abs(of_mean - mean))
    if abs(of_mean[i] - mean[i]) > 0.03 * np.abs(mean).max():
        return f"the copy of the mean picture must be the mean picture; in value {i} it is {of_mean[i]:.4g}, expected {mean[i]:.4g}. The decoder's bias would have to be {zero[i]:.4g} there, got {bias[i]:.4g}"
    wanted = np.linalg.pinv(directions @ into) @ directions
    for j, (have, want) in enumerate(zip(out, wanted, strict=True)):
        factor = have @ want / (want @ want)
        if np.linalg.norm(have - factor * want) > 0.05 * np.linalg.norm(have):
            return f"row {j} of the decoder's kernel is no multiple of the direction of code {j}"
        if abs(factor - 1) > 0.02:
            return f"row {j} of the decoder's kernel is {factor:.4g} times what undoes the encoder"
    return ""


def check_weights(linear_weights, n: int, d: int, k: int) -> None:
    """Are codes of the training pictures white, and are copies PCA's?"""
    x = _pictures(n, d, k)
    centred = x - x.mean(axis=0)
    _, s, v = np.linalg.svd(centred, full_matrices=False)
    found = check.several(check.call(linear_weights, x.astype("float32"), k), "encoder", "decoder")
    shapes = (("encoder", (d, k), (k,)), ("decoder", (k, d), (d,)))
    parts = []
    for (name, kernel, bias), part in zip(shapes, found, strict=True):
        weights = check.several(part, f"the {name}'s kernel", f"the {name}'s bias")
        exchanged = np.ndim(weights[0]) == 1 and np.ndim(weights[1]) == 2
        check.require(not exchanged, f"The {name}: the kernel comes first, then the bias.")
        turned = np.shape(weights[0]) == kernel[::-1] and kernel[0] != kernel[1]
        check.require(
            not turned, f"The {name}'s kernel has shape {kernel[::-1]}, expected {kernel}: inputs first, as in Keras."
        )
        parts += [
            check.array(weights[0], f"the {name}'s kernel", shape=kernel).astype(float),
            check.array(weights[1], f"the {name}'s bias", shape=bias).astype(float),
        ]
    into, shift, out, mean = parts
    codes = x @ into + shift
    _check_codes(codes, s[:k] ** 2 / n, x, into, k)
    new = _pictures(7, d, k) + 0.3
    for some, label in ((x, "training pictures"), (new, "new pictures")):
        projected = (some - x.mean(axis=0)) @ v[:k].T @ v[:k]
        codes = some @ into + shift
        ratio = np.linalg.lstsq(codes, projected, rcond=None)[0]
        mistakes = {
            "the mean picture is missing in the decoder's bias.": projected,
            "the decoder does not undo the encoder's division: its rows need the standard deviations.": codes
            @ (ratio / s[:k, None] * np.sqrt(n))
            + x.mean(axis=0),
            "the decoder's rows are divided by the standard deviations; multiply.": codes
            @ (ratio / s[:k, None] ** 2 * n)
            + x.mean(axis=0),
            "the decoder's rows are multiplied by the variances; take their roots.": codes
            @ (ratio * s[:k, None] / np.sqrt(n))
            + x.mean(axis=0),
            "the components are in another order in the decoder.": codes[:, ::-1] @ ratio + x.mean(axis=0),
            "the decoder's bias has the wrong sign: it is the mean picture.": projected - x.mean(axis=0),
            "directions of the smallest variances; eigh gives the largest last.": (some - x.mean(axis=0))
            @ v[-k:].T
            @ v[-k:]
            + x.mean(axis=0),
        }
        extra = {} if k > 1 else {"the components are in another order in the decoder."}
        check.close(
            codes @ out + mean,
            projected + x.mean(axis=0),
            f"the copies of {label}",
            rtol=0.015,
            atol=0.01,
            mistakes={m: value for m, value in mistakes.items() if m not in extra},
            otherwise=lambda: _of_parts(parts, x, v[:k]),
        )


def _check_codes(codes: np.ndarray, variances: np.ndarray, x: np.ndarray, into: np.ndarray, k: int) -> None:
    """Mean 0, variance 1, no correlation: in words."""
    off = np.abs(codes.mean(axis=0)).max()
    raw = np.abs(x.mean(axis=0) @ into).max()
    check.require(
        off < 0.02 * max(1, raw),
        f"The mean code is off zero by {off:.3g}. The encoder's bias must take the mean picture off: -mean @ kernel.",
    )
    found = codes.T @ codes / len(codes)
    spread = np.diag(found)
    for words, wrong in (
        ("not divided by the standard deviations: the codes' variances are those of the components.", variances),
        ("divided by the variances; divide by the standard deviations, their roots.", 1 / variances),
        ("multiplied by the standard deviations; divide.", variances**2),
        (
            "scaled by the root of the number of pictures as well: variances are squared singular values over n.",
            np.full(k, 1 / len(codes)),
        ),
    ):
        if np.allclose(np.sort(spread), np.sort(wrong), rtol=0.06):
            raise check.CheckError(f"The encoder: {words}")
    check.require(
        np.allclose(spread, 1, atol=0.06),
        f"Codes of the training pictures have variances from {spread.min():.3g} to {spread.max():.3g}; expected is 1.",
    )
    between = np.abs(found - np.diag(spread)).max()
    check.require(between < 0.05, f"Two dimensions of the codes are correlated ({between:.2f}); components are not.")


def _elbo_case(n: int, shape: tuple[int, ...], k: int) -> list[np.ndarray]:
    rng = np.random.default_rng([n, k, *shape])
    x, copy = rng.uniform(size=(n, *shape)), rng.uniform(-0.1, 1.3, size=(n, *shape))
    mean, log_var = rng.normal(size=(n, k)) * 1.5 + 0.4, rng.uniform(-3, 0.8, size=(n, k))
    return [a.astype("float32") for a in (x, copy, mean, log_var)]


def _negative_elbo(
    x, copy, mean, log_var, sigma, pixels="sum", latents="sum", half=1.0, noise=2, of="var", sign=1.0, one=1.0,
    square=True, use="both", kl_half=0.5, ends=False, constant=0.0, log_sign=-1.0, power=2, whole=False,
):  # fmt: skip
    """The loss of each picture, with the usual slips as options."""
    x, copy, mean, log_var = (a.astype(float) for a in (x, copy, mean, log_var))
    axes = tuple(range(1, x.ndim))
    gap = (x - copy) ** 2 if square else np.abs(x - copy)
    error = getattr(np, pixels)(gap, axis=axes) / (2 * half * sigma**noise)
    error = np.full(len(x), error.sum()) if whole else error
    error = error + constant * x[:1].size * np.log(2 * np.pi * sigma**2)
    var = {"var": np.exp(log_var), "sigma": np.exp(2 * log_var), "raw": log_var}[of]
    log = 2 * log_var if of == "sigma" else log_var
    size = sign * mean**power
    kl = kl_half * getattr(np, latents)(size + var - one + log_sign * log, axis=1)
    found = {"both": error + kl, "error": error, "kl": kl, "minus": error - kl, "less": -(error + kl)}[use]
    return np.full(len(x), found.mean()) if ends else found


ELBO_SLIPS = {
    "squared errors are averaged over the pixels; sum them.": {"pixels": "mean"},
    "the KL term is averaged over the dimensions; sum it.": {"latents": "mean"},
    "the 2 in 2 σ² is missing.": {"half": 0.5},
    "divided by σ, not by σ².": {"noise": 1},
    "not divided by σ².": {"noise": 0},
    "log_var was taken for log σ: the variance is exp(log_var).": {"of": "sigma"},
    "the variance in the KL term is exp(log_var), not log_var.": {"of": "raw"},
    "the sign of mean² in the KL term is wrong.": {"sign": -1.0},
    "the 1 in the KL term is missing.": {"one": 0.0},
    "absolute differences instead of squares.": {"square": False},
    "the KL term is missing.": {"use": "error"},
    "only the KL term is here; add the error.": {"use": "kl"},
    "the KL term is subtracted; both terms are costs.": {"use": "minus"},
    "this is the ELBO; its negative is the loss.": {"use": "less"},
    "the ½ of the KL term is missing.": {"kl_half": 1.0},
    "this is the mean over the pictures for each; every picture has its own.": {"ends": True},
    "1 / 2 * σ² multiplies by σ²; write / (2 * sigma**2), with brackets.": {"noise": -2},
    "the constant is there; leave it out.": {"constant": 0.5},
    "log_var is added; it is subtracted in the KL term.": {"log_sign": 1.0},
    "squared errors are summed over all pictures; every picture has its own sum.": {"whole": True},
}


def _of_one_change(loss, k: int, shape: tuple[int, ...]) -> str:
    """The smallest case with a wrong loss: all is at zero but one part."""
    zero, d = np.zeros((2, *shape), "float32"), int(np.prod(shape))
    still, one = np.zeros((2, k), "float32"), zero.copy()
    one[0].flat[0] = 2.0
    first = still.copy()
    first[0, 0] = 2.0
    start = {"x": zero, "copy": zero, "mean": still, "log_var": still, "sigma": 1.0}
    cases = {
        "x = copy, mean = 0, log_var = 0, sigma = 1": {},
        "only one value of picture 0 differs from its copy, by 2": {"x": one},
        f"only the copies differ, by 2 in all {d} values": {"copy": zero + 2},
        "only one value of picture 0 differs from its copy, by 2, with sigma = 0.5": {"x": one, "sigma": 0.5},
        "only mean[0, 0] is not zero: it is 2": {"mean": first},
        f"only the mean is not zero: all {k} entries are 2": {"mean": still + 2},
        "only log_var[0, 0] is not zero: it is 2": {"log_var": first},
        "only log_var[0, 0] is not zero: it is -2": {"log_var": -first},
        f"only log_var is not zero: all {k} entries are 2": {"log_var": still + 2},
        "sigma = 0.5, and all else at zero": {"sigma": 0.5},
        "sigma = 0.5, and only mean[0, 0] is not zero: it is 2": {"sigma": 0.5, "mean": first},
        "sigma = 0.5, and only log_var[0, 0] is not zero: it is 2": {"sigma": 0.5, "log_var": first},
    }
    for words, change in cases.items():
        case = list((start | change).values())
        found = np.asarray(check.trace(loss, *case).value, float)
        right = _negative_elbo(*case)
        if found.shape == right.shape and not np.allclose(found, right, rtol=1e-3, atol=1e-4):
            i = np.argmax(np.abs(found - right))
            return f"a small case, where {words}: the loss of picture {i} is {found[i]:.5g}, expected {right[i]:.5g}"
    return ""


def check_elbo(negative_elbo, n: int, shape: tuple[int, ...], k: int, sigma: float) -> None:
    """Compare the loss of each picture with NumPy, its gradient with the formula's, and compile it."""
    case = _elbo_case(n, shape, k)
    x, copy, mean, log_var = case
    formula = functools.partial(_negative_elbo, *case, sigma)
    traced = check.trace(negative_elbo, *case, sigma)
    value = traced.value
    check.require(value is not None, "The loss: nothing was returned. Is the `return` missing?")
    check.require(
        np.shape(value) != () or n == 0,
        "This is one number; the loss of each picture is wanted: sum over its own values only.",
    )
    check.require(np.shape(value) != (n, k), "The KL term is not summed over the dimensions of the code.")
    mistakes = check.slips(formula, ELBO_SLIPS)
    mistakes["the means of the codes are not squared."] = formula(power=1)
    mistakes["this is for σ = 0.06, the notebook's SIGMA; use the argument sigma."] = _negative_elbo(*case, 0.06)
    words = functools.partial(_of_one_change, negative_elbo, k, shape)
    check.close(value, formula(), "the loss of each picture", rtol=1e-3, mistakes=mistakes, otherwise=words)
    slopes = traced.gradients(by=[1, 2, 3])
    wanted = (copy - x) / sigma**2, mean, 0.5 * (np.exp(log_var) - 1)
    for name, found, right in zip(("copy", "mean", "log_var"), slopes, wanted, strict=True):
        check.close(found, right, f"the gradient by {name}", rtol=1e-3, atol=1e-4)
    specs = (None, *shape), (None, *shape), (None, k), (None, k)
    compiled, _ = check.compiled(negative_elbo, *specs, float(sigma), inputs=case)
    check.close(compiled, formula(), "the loss, compiled as in training", rtol=1e-3)
