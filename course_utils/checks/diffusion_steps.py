"""Checks of lesson 51, Diffusion: one step of DDPM and one of DDIM."""

import numpy as np

from course_utils import check


def arrays(shape: tuple[int, ...], n: int) -> list[np.ndarray]:
    """Lopsided arrays, each with a mean of its own."""
    rng = np.random.default_rng([*shape, n])
    return [rng.normal(size=shape) * (0.5 + k) + 0.4 * k - 0.3 for k in range(n)]


def _ddpm(
    x, clean, z, old, new, alpha="quotient", beta="", of_clean="root new", of_x="root alpha", share="new",
    sigma="right", divide=True, noise=1.0, order="right", what="step",
):  # fmt: skip
    """A step of DDPM, with usual slips as options."""
    if order == "exchanged":
        old, new = new, old
    alpha = {"quotient": old / new, "bar": old, "difference": 1 - (new - old)}[alpha]
    beta = {"": 1 - alpha, "bar": 1 - old, "root": 1 - np.sqrt(alpha), "difference": new - old}[beta]
    rest, below = (1 - new if share == "new" else 1 - old), 1 - old
    roots = {
        "root new": np.sqrt(new), "new": new, "root old": np.sqrt(old), "root alpha": np.sqrt(alpha), "alpha": alpha,
        "one": 1.0,
    }  # fmt: skip
    pair = (x, clean) if order == "x and clean" else (clean, x)
    parts = roots[of_clean] * beta * pair[0], roots[of_x] * rest * pair[1]
    if what == "paper":  # the estimate taken for the noise
        parts = x * below / np.sqrt(alpha), -beta * np.sqrt(below) * clean / np.sqrt(alpha)
    mean = {True: (parts[0] + parts[1]) / below, False: parts[0] + parts[1], "x": parts[0] + parts[1] / below}[divide]
    variance = beta * (1 - new) / below
    spread = {
        "right": np.sqrt(variance), "variance": variance, "one": 1.0, "root beta": np.sqrt(beta),
        "root rest": np.sqrt(1 - new), "flipped": np.sqrt(beta * below / (1 - new)) if new < 1 else np.nan,
        "twice": variance**0.25, "divided": np.sqrt(variance) / below,
    }[sigma]  # fmt: skip
    return mean + noise * spread * z


DDPM_SLIPS = {
    "z is multiplied by the variance; take its root.": {"sigma": "variance"},
    "z is not multiplied by sigma.": {"sigma": "one"},
    "the variance is beta; here it is multiplied by (1 - alpha-bar') / (1 - alpha-bar).": {"sigma": "root beta"},
    "the variance's fraction is upside down.": {"sigma": "flipped"},
    "the root of sigma was taken; sigma is the root already.": {"sigma": "twice"},
    "sigma z was divided by 1 - alpha-bar, too; it stands outside the fraction.": {"sigma": "divided"},
    "z is not used.": {"noise": 0.0},
    "z was subtracted; add it.": {"noise": -1.0},
    "beta is 1 - alpha-bar here; it is 1 - alpha, with alpha = alpha-bar / alpha-bar'.": {"beta": "bar"},
    "beta is 1 - alpha; yours takes a root in it.": {"beta": "root"},
    "alpha is a quotient; yours is alpha-bar.": {"alpha": "bar"},
    "beta is the difference of the alpha-bars here; it is 1 minus their quotient.": {"beta": "difference"},
    "`clean` was taken for the noise; it is an estimate of the clean pictures.": {"what": "paper"},
    "the roots of alpha-bar' and alpha are missing.": {"of_clean": "new", "of_x": "alpha"},
    "the estimate's weight has the root of alpha-bar'; yours is that of alpha-bar.": {"of_clean": "root old"},
    "the weight of x has the root of alpha, not of alpha-bar.": {"of_x": "root old"},
    "the two weights are exchanged.": {"order": "x and clean"},
    "the division by 1 - alpha-bar is missing.": {"divide": False},
    "the weight of x has 1 - alpha-bar', not 1 - alpha-bar.": {"share": "old"},
    "alpha_bar and alpha_bar_new are exchanged.": {"order": "exchanged"},
}


def _not_finite(**numbers) -> str:
    right = ", ".join(f"{name} = {number:.4g}" for name, number in numbers.items())
    return f"there are values that are no finite numbers. Print what they are made of; right are {right}."


def with_case(told: str, small) -> str:
    """Words about weights; where they name none, a small case comes after them."""
    if not told or "weight is wrong" in told:
        return told
    case = small()
    return f"{told} {case[:1].upper()}{case[1:]}".strip()


def _small_step(step, formula, **more) -> str:
    """A step from alpha-bar 0.36 to 0.64 that goes wrong with one number or two, in words."""
    cases = {}
    for n in (1, 2):
        given = {
            "x": np.array([2.0, -1.0])[:n],
            "clean": np.array([0.5, 1.5])[:n],
            "alpha-bar": 0.36,
            "alpha-bar'": 0.64,
        }
        given |= {name: np.array(numbers)[:n] for name, numbers in more.items()}
        cases[", ".join(f"{name} = {check.in_digits(one)}" for name, one in given.items())] = tuple(given.values())
    return check.first_wrong(step, check.worked(formula, cases))


def check_ddpm(ddpm_step, shape: tuple[int, ...], alpha_bar: float, alpha_bar_new: float) -> None:
    """Hold a step against Bayes' rule: the product of two Gaussians by their precisions."""
    x, clean, z = arrays(shape, 3)
    old, new = alpha_bar, alpha_bar_new
    answer = check.call(ddpm_step, x, clean, alpha_bar, alpha_bar_new, z)
    # x = root(alpha) x' + noise of variance beta, and x' = root(new) x0 + the rest
    alpha = old / new
    if new < 1:
        precision = alpha / (1 - alpha) + 1 / (1 - new)
        pull = np.sqrt(alpha) * x / (1 - alpha) + np.sqrt(new) * clean / (1 - new)
        right = pull / precision + z / np.sqrt(precision)
    else:
        right = clean
    given = {"x": x, "clean": clean, "z": z, "old": old, "new": new}
    rest, sigma = np.sqrt(1 - new), np.sqrt((1 - alpha) * (1 - new) / (1 - old))

    def mistakes():
        found = {
            "the estimate came back as it was; go one step, to alpha_bar_new.": clean,
            "this is the estimate with new noise; x has a weight, too.": np.sqrt(new) * clean + rest * z,
            "this is the step of DDIM; here fresh noise comes in.": _ddim(x, clean, old, new),
            "the result was clipped to -1 to 1; noisy pictures go beyond.": right.clip(-1, 1),
            "the bracket is missing: both parts are divided by 1 - alpha-bar.": _ddpm(**given, divide="x"),
            "the root of alpha-bar' is missing in the estimate's weight.": _ddpm(**given, of_clean="new"),
            "the root of alpha is missing in the weight of x.": _ddpm(**given, of_x="alpha"),
            "alpha is the quotient of the alpha-bars, beta 1 minus it.": _ddpm(**given, alpha="difference"),
            "sigma is the root of 1 - alpha-bar' here; take the formula's.": _ddpm(**given, sigma="root rest"),
        }
        found |= check.slips(_ddpm, DDPM_SLIPS, **given)
        return {words: wrong for words, wrong in found.items() if np.isfinite(wrong).all()}  # NaN has many causes

    def look() -> str:
        if not np.isfinite(np.asarray(answer, dtype=float)).all():
            turned = check.call(ddpm_step, x, clean, alpha_bar_new, alpha_bar, z)
            if np.shape(turned) == right.shape and np.allclose(turned, right):
                return "alpha_bar and alpha_bar_new are exchanged."
            return _not_finite(alpha=alpha, beta=1 - alpha, sigma=sigma)
        why = {
            "`clean`": "root(alpha-bar') beta / (1 - alpha-bar)",
            "`x`": "root(alpha) (1 - alpha-bar') / (1 - alpha-bar)",
            "`z`": "sigma",
        }
        told = check.weights(answer, right, {"`clean`": clean, "`x`": x, "`z`": z}, why=why)
        given = {"x": x, "clean": clean, "alpha_bar": alpha_bar, "alpha_bar_new": alpha_bar_new, "z": z}
        formula = lambda x, clean, a, b, z: _ddpm(x, clean, z, a, b)  # noqa: E731
        told = with_case(told, lambda: _small_step(ddpm_step, formula, z=[1.0, -2.0]))
        return told or check.behaviour(ddpm_step, formula, **given)

    name = f"a step of DDPM from alpha-bar {old:g} to {new:g}"
    check.close(answer, right, name, rtol=1e-6, mistakes=mistakes, otherwise=look)


def _ddim(x, clean, old, new, first="right", second="right", take="noise", use="new", sign=1.0, back=1.0, only=""):
    """A step of DDIM, with usual slips as options."""
    a, b = np.sqrt(old), np.sqrt(1 - old)
    noise = {
        "right": lambda: (x - a * clean) / b, "plain": lambda: (x - old * clean) / (1 - old),
        "no root": lambda: (x - old * clean) / b, "no root below": lambda: (x - a * clean) / (1 - old),
        "undivided": lambda: x - a * clean, "bracket": lambda: x - a * clean / b, "no weight": lambda: (x - clean) / b,
        "difference": lambda: x - clean, "plus": lambda: (x + a * clean) / b, "turned": lambda: (x - b * clean) / a,
        "square": lambda: (x - old**2 * clean) / b, "1 - root": lambda: (x - a * clean) / (1 - a),
    }[first]()  # fmt: skip
    estimate = clean
    if take == "clean":  # the estimate taken for the noise
        noise, estimate = clean, (x - b * clean) / a
    if take == "exchanged":
        noise, estimate = clean, noise
    if take == "x":
        noise = x
    if take == "x for clean":
        estimate = x
    for_clean, for_noise = (new if use in ("new", "noise old") else old), (new if use in ("new", "clean old") else old)
    one, other = np.sqrt(for_clean) * estimate, np.sqrt(1 - for_noise) * noise
    ways = {
        "right": one + sign * other, "no root at clean": for_clean * estimate + other,
        "no root at noise": one + (1 - for_noise) * noise, "plain": for_clean * estimate + (1 - for_noise) * noise,
        "1 - root": one + (1 - np.sqrt(for_noise)) * noise, "clean as it is": estimate + other,
        "noise as it is": one + noise, "bracket": np.sqrt(for_clean) * (estimate + other),
    }  # fmt: skip
    return {"": ways[second], "noise": noise, "signal": one, "clean": clean, "mean": one + 0 * other}[only]


DDIM_FIRST = {
    "the roots are missing in the noise.": "plain",
    "in the noise, the root of alpha-bar is missing.": "no root",
    "in the noise, the root of 1 - alpha-bar is missing.": "no root below",
    "the noise is not divided by the root of 1 - alpha-bar.": "undivided",
    "in the noise, the bracket is missing: all of it is divided by the root of 1 - alpha-bar.": "bracket",
    "in the noise, `clean` is not multiplied by the root of alpha-bar.": "no weight",
    "the noise is not x - clean: both have weights, as in the formula.": "difference",
    "in the noise, `clean` is subtracted, not added.": "plus",
    "in the noise, the two roots are exchanged.": "turned",
    "in the noise, alpha-bar was squared; take its root.": "square",
    "in the noise, divide by the root of 1 - alpha-bar, not by 1 minus the root.": "1 - root",
}
DDIM_SECOND = {
    "the root of alpha-bar' is missing.": "no root at clean",
    "the root of 1 - alpha-bar' is missing.": "no root at noise",
    "the roots of the new weights are missing.": "plain",
    "the noise's new weight is the root of 1 - alpha-bar', not 1 minus the root.": "1 - root",
    "`clean` is not multiplied by the root of alpha-bar'.": "clean as it is",
    "the noise is not multiplied by the root of 1 - alpha-bar'.": "noise as it is",
    "the root of alpha-bar' belongs to `clean` alone; a bracket is too large.": "bracket",
}
DDIM_OTHERS = {
    "the noise's sign is wrong.": {"sign": -1.0},
    "`clean` was taken for the noise; it is an estimate of the clean pictures.": {"take": "clean"},
    "the two new weights are exchanged: the root of alpha-bar' belongs to `clean`.": {"take": "exchanged"},
    "x was used for the noise; work out the noise in it first.": {"take": "x"},
    "x was used for the estimate; that is `clean`.": {"take": "x for clean"},
    "the step goes nowhere, x comes back: the noise takes alpha_bar, the new weights alpha_bar_new.": {"use": "old"},
    "the clean pictures' new weight is the root of alpha_bar_new.": {"use": "clean old"},
    "the noise's new weight is the root of 1 - alpha_bar_new.": {"use": "noise old"},
    "this is the noise alone; mix it with the estimate.": {"only": "noise"},
    "the noise is missing.": {"only": "signal"},
    "the estimate came back as it was; mix it with the noise in x.": {"only": "clean"},
}


def check_ddim(ddim_step, shape: tuple[int, ...], alpha_bar: float, alpha_bar_new: float) -> None:
    """Hold a step against the formula, as a change of x; steps towards noise, too."""
    x, clean = arrays(shape, 2)
    old, new = alpha_bar, alpha_bar_new
    answer = check.call(ddim_step, x, clean, alpha_bar, alpha_bar_new)
    noise = (x - np.sqrt(old) * clean) / np.sqrt(1 - old)
    right = x + (np.sqrt(new) - np.sqrt(old)) * clean + (np.sqrt(1 - new) - np.sqrt(1 - old)) * noise
    given = {"x": x, "clean": clean, "old": old, "new": new}

    def mistakes():
        found = dict(check.slips(_ddim, DDIM_OTHERS, **given))
        if new < 1:
            found["alpha_bar and alpha_bar_new are exchanged."] = _ddim(x, clean, new, old)
        for words, first in DDIM_FIRST.items():
            found[words] = _ddim(**given, first=first)
        for words, second in DDIM_SECOND.items():
            found[words] = _ddim(**given, second=second)
        for one, first in DDIM_FIRST.items():
            for two, second in DDIM_SECOND.items():
                found[f"{one[:-1]}; and {two}"] = _ddim(**given, first=first, second=second)
        found["the result was clipped to -1 to 1; noisy pictures go beyond."] = right.clip(-1, 1)
        found["this is the mean of DDPM's step; DDIM keeps the noise that is in x."] = _ddpm_mean(**given)
        found["the two parts are in a list; add them."] = np.stack([np.sqrt(new) * clean, np.sqrt(1 - new) * noise])
        found["x was only scaled; work out the noise in it, and mix it with `clean`."] = np.sqrt(new / old) * x
        found["the noise was averaged; each entry keeps its own."] = (
            np.sqrt(new) * clean + np.sqrt(1 - new) * noise.mean()
        )
        return found

    name = f"a step of DDIM from alpha-bar {old:g} to {new:g}"

    def look() -> str:
        given = {"x": x, "clean": clean, "alpha_bar": alpha_bar, "alpha_bar_new": alpha_bar_new}
        if not np.isfinite(np.asarray(answer, dtype=float)).all():
            return _not_finite(**{"root(1 - alpha-bar)": np.sqrt(1 - old), "root(1 - alpha-bar')": np.sqrt(1 - new)})
        told = check.weights(answer, right, {"`clean`": clean, "the noise": noise})
        told = with_case(told, lambda: _small_step(ddim_step, _ddim))
        return told or check.behaviour(ddim_step, _ddim, **given)

    check.close(answer, right, name, rtol=1e-6, mistakes=mistakes, otherwise=look)


def _ddpm_mean(x, clean, old, new):
    return _ddpm(x, clean, 0 * x, old, new)
