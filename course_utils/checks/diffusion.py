"""Checks of lesson 51, Diffusion."""

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.probes import diffusion as probes


def check_alpha_bars(alpha_bars_of, betas) -> None:
    """Hold the table against a product multiplied up one factor at a time."""
    betas = np.asarray(betas, dtype=float)
    right = [1.0]
    for beta in betas:
        right.append(right[-1] * (1 - beta))
    right, n = np.array(right), len(betas)
    answer = check.call(alpha_bars_of, betas)
    products = np.cumprod(betas)
    mistakes = {
        "the entry for t = 0 is missing: begin with 1.": right[1:],
        "the last entry is missing: there are T + 1.": right[:-1],
        "the entry 1 belongs in front, for t = 0, not to the end.": np.append(right[1:], 1.0),
        "these are 1 - beta, not multiplied up.": np.append(1.0, 1 - betas),
        "these are 1 - beta, not multiplied up, and the entry for t = 0 is missing.": 1 - betas,
        "these are products of the betas; multiply 1 - beta.": np.append(1.0, products),
        "these are products of the betas, and the entry for t = 0 is missing; multiply 1 - beta.": products,
        "these are 1 minus the products of the betas; multiply 1 - beta.": np.append(1.0, 1 - products),
        "the betas were added up; 1 - beta is multiplied.": np.append(1.0, 1 - np.cumsum(betas)),
        "the betas were added up, and the entry for t = 0 is missing; 1 - beta is multiplied.": 1 - np.cumsum(betas),
        "these are sums of 1 - beta; multiply them.": np.append(1.0, np.cumsum(1 - betas)),
        "these are the shares of the noise, 1 - alpha-bar.": 1 - right,
        "the root was taken; it is taken later, in diffuse.": np.sqrt(right),
        "the roots of 1 - beta were multiplied, without the entry for t = 0; the root is taken later.": np.sqrt(
            right[1:]
        ),
        "a row of zeros stands in front; the entry for t = 0 is 1.": np.append(0.0, right[1:]),
        "the exponential of the summed betas is only close; multiply 1 - beta.": np.exp(
            -np.append(0.0, np.cumsum(betas))
        ),
        "it runs from T to 0; entry t belongs to step t.": right[::-1],
        "this is one number, the last product; all of them are needed.": right[-1],
    }
    check.close(answer, right, f"the alpha-bars of {n} steps", rtol=1e-6, mistakes=mistakes)


def check_diffuse(diffuse, shape: tuple[int, ...]) -> None:
    """Hold the mixture against the formula, also compiled for any number of pictures."""
    rng = np.random.default_rng(shape)
    x0 = rng.uniform(-1, 1, shape).astype("float32") + 0.3
    noise = rng.normal(size=shape).astype("float32")
    ones = (1,) * (len(shape) - 1)
    some = np.linspace(0.2, 0.9, shape[0]) if shape[0] > 1 else np.array([0.3])
    alpha_bar = some.reshape(-1, *ones).astype("float32")

    def formula(signal="root", rest="root", swap=False, sign=1.0, order=(x0, noise), weights="both", to="1 - a"):
        a = alpha_bar.astype(float)
        a, b = (1 - a, a) if swap else (a, 1 - a)
        first, second = order
        below = {"root": np.sqrt, "plain": lambda v: v, "square": np.square, "one": np.ones_like}
        noise_share = 1 - below[signal](a) if to == "1 - root" else below[rest](b)
        one = below[signal](a) * first if weights != "noise" else 0 * first
        other = noise_share * second if weights != "signal" else 0 * second
        return one + sign * other

    options = {
        "the roots are missing.": {"signal": "plain", "rest": "plain"},
        "the root of alpha-bar is missing.": {"signal": "plain"},
        "the root of 1 - alpha-bar is missing.": {"rest": "plain"},
        "the picture is not multiplied by the root of alpha-bar.": {"signal": "one"},
        "the noise is not multiplied by the root of 1 - alpha-bar.": {"rest": "one"},
        "the two weights are exchanged: alpha-bar belongs to the picture.": {"swap": True},
        "the sign of the noise is wrong.": {"sign": -1.0},
        "x0 and noise are exchanged.": {"order": (noise, x0)},
        "the noise's weight is the root of 1 - alpha-bar, not 1 minus the root.": {"to": "1 - root"},
        "the noise is missing.": {"weights": "signal"},
        "the picture is missing.": {"weights": "noise"},
        "the weights were squared; take roots.": {"signal": "square", "rest": "square"},
    }
    name = "the noisy pictures"
    told = [tf.constant(one) for one in (x0, noise, alpha_bar)]
    answer, right = check.call(diffuse, *told), formula()
    check.close(answer, right, name, rtol=1e-5, mistakes=check.slips(formula, options))
    specs = [(None, *shape[1:])] * 2 + [(None, *ones)]
    compiled, _ = check.compiled(diffuse, *specs, inputs=[x0, noise, alpha_bar])
    check.close(compiled, right, f"{name}, compiled as in training", rtol=1e-5)


def _loss_formula(
    case, target, at=0, compare="target", mean=True, power=2, one_t=False, noisy=True, half=1.0, root=False,
    share="right", per="all",
):  # fmt: skip
    """The loss, with its usual slips as options."""
    t = np.full_like(case["t"], case["t"][0]) if one_t else case["t"]
    x0, noise = case["x0"].astype(float), case["noise"].astype(float)
    a = case["alpha_bars"].astype(float)[np.clip(t + at, 0, len(case["alpha_bars"]) - 1)].reshape(-1, 1, 1, 1)
    weights = {
        "right": (np.sqrt(a), np.sqrt(1 - a)),
        "plain": (a, 1 - a),
        "exchanged": (np.sqrt(1 - a), np.sqrt(a)),
    }[share]
    x = weights[0] * x0 + weights[1] * noise if noisy else x0
    output = probes.stand_in(x, case["t"].astype(float), case["labels"].astype(float))
    other = {"clean": "noise", "noise": "clean"}[target]
    goals = {"clean": x0, "noise": noise, "noisy": x}
    wanted = goals[{"target": target, "other": other, "noisy": "noisy"}[compare]]
    gap = output - wanted
    error = np.abs(gap) if power == 1 else gap**power
    if per == "picture":
        return half * error.mean(axis=(1, 2, 3))
    value = error.mean() if mean else error.sum()
    value = error.sum() / len(error) if mean == "pictures" else value
    return half * (np.sqrt(value) if root else value)


def check_loss(loss, rows: int, size: int, target: str, channels: int = 1) -> None:
    """Hold the loss against the formula, with a stand-in for the network; also its gradient, and compiled."""
    rng = np.random.default_rng([rows, size, channels])
    shape = rows, size, size, channels
    steps = 12
    case = {
        "x0": rng.uniform(-1, 1, shape).astype("float32") + 0.2,
        "labels": rng.integers(0, 11, rows).astype("int32"),
        "t": rng.integers(1, steps + 1, rows).astype("int32"),
        "noise": rng.normal(size=shape).astype("float32"),
        "alpha_bars": np.cumprod(np.linspace(1, 0.55, steps + 1)).astype("float32"),
    }
    if rows > 1:
        case["t"][:2] = [2, steps]
    options = {
        "alpha-bar is that of step t - 1; entry t belongs to step t.": {"at": -1},
        "alpha-bar is that of step t + 1; entry t belongs to step t.": {"at": 1},
        "each picture has a step of its own; one alpha-bar was used for all.": {"one_t": True},
        f'the output is compared with the wrong one of the two; target is "{target}".': {"compare": "other"},
        "the output is compared with the noisy pictures.": {"compare": "noisy"},
        "the network got the clean pictures; it must see the noisy ones.": {"noisy": False},
        "the sum was taken over all; take the mean.": {"mean": False},
        "the sum over each picture's pixels was taken; take the mean over all entries.": {"mean": "pictures"},
        "these are absolute errors; square them.": {"power": 1},
        "the root was taken; the loss is the mean square.": {"root": True},
        "halved.": {"half": 0.5},
        "the noisy pictures are mixed without roots.": {"share": "plain"},
        "in the noisy pictures the two weights are exchanged.": {"share": "exchanged"},
        "this is one number for each picture; take the mean over the batch, too.": {"per": "picture"},
    }

    def formula(**slip):
        return _loss_formula(case, target, **slip)

    right, mistakes = formula(), check.slips(formula, options)
    value, slope, given = check.beside(probes.loss, loss, case, target, False)
    name = f'the loss with target "{target}"'
    x, t, labels = given
    check.require(
        not (np.array_equal(t, case["labels"]) and np.array_equal(labels, case["t"])) or np.array_equal(t, labels),
        "t and labels are exchanged: the network is called as network([noisy pictures, t, labels]).",
    )
    check.require(
        x.shape == shape,
        f"The network got pictures of shape {x.shape}, expected {shape}. alpha-bar needs the shape (n, 1, 1, 1).",
    )
    check.close(t, case["t"], "the steps that the network got", rtol=0)
    check.close(labels, case["labels"], "the labels that the network got", rtol=0)
    check.close(value, right, name, rtol=1e-4, mistakes=mistakes)
    step = 1e-3
    ends = [_scaled(case, target, 1 + step), _scaled(case, target, 1 - step)]
    slopes = {"no gradient gets through; use keras.ops, without stop_gradient.": 0.0}
    check.close(slope, (ends[0] - ends[1]) / (2 * step), f"the gradient of {name}", rtol=1e-2, mistakes=slopes)
    value, _, _ = check.beside(probes.loss, loss, case, target, True)
    check.close(value, right, f"{name}, compiled as in training", rtol=1e-4)


def _scaled(case, target: str, factor: float) -> float:
    """The loss if the network's output is multiplied by a factor."""
    a = case["alpha_bars"].astype(float)[case["t"]].reshape(-1, 1, 1, 1)
    x = np.sqrt(a) * case["x0"] + np.sqrt(1 - a) * case["noise"]
    output = factor * probes.stand_in(x, case["t"].astype(float), case["labels"].astype(float))
    return float(np.mean((output - case["x0" if target == "clean" else "noise"]) ** 2))


def _arrays(shape: tuple[int, ...], n: int) -> list[np.ndarray]:
    """Lopsided arrays, each with a mean of its own."""
    rng = np.random.default_rng([*shape, n])
    return [rng.normal(size=shape) * (0.5 + k) + 0.4 * k - 0.3 for k in range(n)]


def check_ddpm(ddpm_step, shape: tuple[int, ...], alpha_bar: float, alpha_bar_new: float) -> None:
    """Hold a step against Bayes' rule: the product of two Gaussians by their precisions."""
    x, clean, z = _arrays(shape, 3)
    answer = check.call(ddpm_step, x, clean, alpha_bar, alpha_bar_new, z)

    def formula(
        variance="posterior", scale="std", noise=1.0, to="clean", beta_for="", prior=True, swap=False,
        last_noise=False,
    ):  # fmt: skip
        old, new = (alpha_bar_new, alpha_bar) if swap else (alpha_bar, alpha_bar_new)
        alpha = old / new
        beta = 1 - alpha
        share = 1 - new
        below = 1 - old
        if beta_for == "bar":
            beta = 1 - old
        if beta_for == "difference":
            beta = new - old
        if to == "clean":
            mean = (np.sqrt(new) * beta * clean + np.sqrt(alpha) * share * x) / below
        elif to == "noise":  # the estimate taken for the noise
            mean = (x - beta / np.sqrt(below) * clean) / np.sqrt(alpha)
        elif to == "no root":
            mean = (new * beta * clean + alpha * share * x) / below
        elif to == "other root":
            mean = (np.sqrt(old) * beta * clean + np.sqrt(alpha) * share * x) / below
        elif to == "bar root":
            mean = (np.sqrt(new) * beta * clean + np.sqrt(old) * share * x) / below
        elif to == "exchanged":
            mean = (np.sqrt(new) * beta * x + np.sqrt(alpha) * share * clean) / below
        elif to == "undivided":
            mean = np.sqrt(new) * beta * clean + np.sqrt(alpha) * share * x
        else:  # the share of the old noise
            mean = (np.sqrt(new) * beta * clean + np.sqrt(alpha) * below * x) / below
        spread = {"posterior": beta * share / below, "beta": beta, "other": beta * below / max(share, 1e-12)}[variance]
        spread = {"std": np.sqrt(spread), "variance": spread, "one": 1.0}[scale]
        return mean + noise * spread * z

    # the same by precisions: x = root(alpha) x' + noise of variance beta, x' = root(new) x0 + the rest
    alpha = alpha_bar / alpha_bar_new
    if alpha_bar_new < 1:
        precision = alpha / (1 - alpha) + 1 / (1 - alpha_bar_new)
        pull = np.sqrt(alpha) * x / (1 - alpha) + np.sqrt(alpha_bar_new) * clean / (1 - alpha_bar_new)
        right = pull / precision + z / np.sqrt(precision)
    else:
        right = clean
    options = {
        "z is multiplied by the variance; take its root.": {"scale": "variance"},
        "z is not multiplied by sigma.": {"scale": "one"},
        "the variance is beta; here it is multiplied by (1 - alpha-bar') / (1 - alpha-bar).": {"variance": "beta"},
        "the variance's fraction is upside down.": {"variance": "other"},
        "z is not used.": {"noise": 0.0},
        "z was subtracted; add it.": {"noise": -1.0},
        "beta is 1 - alpha-bar here; it is 1 - alpha, with alpha = alpha-bar / alpha-bar'.": {"beta_for": "bar"},
        "beta is the difference of the alpha-bars here; it is 1 minus their quotient.": {"beta_for": "difference"},
        "`clean` was taken for the noise; it is an estimate of the clean pictures.": {"to": "noise"},
        "the roots of alpha-bar' and alpha are missing.": {"to": "no root"},
        "the estimate's weight has the root of alpha-bar'; yours is that of alpha-bar.": {"to": "other root"},
        "the weight of x has the root of alpha, not of alpha-bar.": {"to": "bar root"},
        "the two weights are exchanged.": {"to": "exchanged"},
        "the division by 1 - alpha-bar is missing.": {"to": "undivided"},
        "the weight of x has 1 - alpha-bar', not 1 - alpha-bar.": {"to": "old share"},
        "alpha_bar and alpha_bar_new are exchanged.": {"swap": True},
    }
    name = f"a step of DDPM from alpha-bar {alpha_bar:g} to {alpha_bar_new:g}"
    if alpha_bar_new == 1:
        options = {k: v for k, v in options.items() if v != {"variance": "other"}}
    check.close(answer, right, name, rtol=1e-6, mistakes=check.slips(formula, options))


def check_ddim(ddim_step, shape: tuple[int, ...], alpha_bar: float, alpha_bar_new: float) -> None:
    """Hold a step against the formula; and steps there and back give the start."""
    x, clean = _arrays(shape, 2)

    def formula(
        old=alpha_bar, new=alpha_bar_new, take="noise", to=("root", "root"), use="new", divide=True, root=True, sign=1.0,
        only="",
    ):  # fmt: skip
        first = np.sqrt(old) if root else old
        noise = x - first * clean
        if divide:
            noise = noise / (np.sqrt(1 - old) if root else 1 - old)
        estimate = clean
        if take == "clean":  # the estimate taken for the noise
            noise, estimate = clean, (x - np.sqrt(1 - old) * clean) / np.sqrt(old)
        if take == "x":
            noise = x
        how = {"root": np.sqrt, "plain": lambda v: v}
        one = how[to[0]](new if use in ("new", "noise old") else old) * estimate
        other = how[to[1]](1 - (new if use in ("new", "clean old") else old)) * noise
        if only:
            return {"noise": noise, "signal": one}[only]
        return one + sign * other

    options = {
        "the root of alpha-bar' is missing.": {"to": ("plain", "root")},
        "the root of 1 - alpha-bar' is missing.": {"to": ("root", "plain")},
        "the roots of the new weights are missing.": {"to": ("plain", "plain")},
        "the roots are missing in the noise.": {"root": False},
        "the noise is not divided by the root of 1 - alpha-bar.": {"divide": False},
        "the noise's sign is wrong.": {"sign": -1.0},
        "`clean` was taken for the noise; it is an estimate of the clean pictures.": {"take": "clean"},
        "x was used for the noise; work out the noise in it first.": {"take": "x"},
        "the step goes nowhere: the new weights are those of alpha_bar_new.": {"use": "old"},
        "the clean pictures' new weight is the root of alpha_bar_new.": {"use": "clean old"},
        "the noise's new weight is the root of 1 - alpha_bar_new.": {"use": "noise old"},
        "this is the noise alone; mix it with the estimate.": {"only": "noise"},
        "the noise is missing.": {"only": "signal"},
    }
    if alpha_bar_new < 1:
        options["alpha_bar and alpha_bar_new are exchanged."] = {"old": alpha_bar_new, "new": alpha_bar}
    answer = check.call(ddim_step, x, clean, alpha_bar, alpha_bar_new)
    right = x + (np.sqrt(alpha_bar_new) - np.sqrt(alpha_bar)) * clean
    right += (np.sqrt(1 - alpha_bar_new) / np.sqrt(1 - alpha_bar) - 1) * (x - np.sqrt(alpha_bar) * clean)
    name = f"a step of DDIM from alpha-bar {alpha_bar:g} to {alpha_bar_new:g}"
    check.close(answer, right, name, rtol=1e-6, mistakes=check.slips(formula, options))


def check_sample(sample, times: list[int], shape: tuple[int, ...]) -> None:
    """Hold the walk against one of our own, with lopsided stand-ins for denoiser and step."""
    (start,) = _arrays(shape, 1)
    alpha_bars = 1 / (1.0 + np.arange(max(times) + 2)) ** 0.5  # each time has its own

    def denoise(x, t):
        return 0.3 * np.asarray(x) + 0.01 * float(t) + 0.2

    def step(x, clean, alpha_bar, alpha_bar_new):
        a, b = float(alpha_bar), float(alpha_bar_new)
        return 0.6 * np.asarray(x) + 0.5 * a * np.asarray(clean) + 0.1 * b + 0.03 * a

    def journey(to="old", table="times", from_="last", keep="all", swap=False, off=0, order=1, at=None):
        states = [start]
        path = times[::order]
        for t, new in zip(path[:-1], path[1:], strict=True):
            x = states[-1] if from_ == "last" else start
            clean = denoise(x, {"old": t, "new": new}[to])
            if from_ == "clean":
                clean = denoise(states[-1], t)
            a, b = (t, new) if table == "times" else (t, max(t - 1, 0))
            a, b = (b, a) if swap else (a, b)
            pair = (a, b) if at else (alpha_bars[a + off], alpha_bars[b + off])
            states.append(step(x, clean, *pair))
        return np.array({"all": states, "later": states[1:], "not last": states[:-1], "last": states[-1]}[keep])

    answer = check.call(sample, denoise, step, start, times, alpha_bars)
    check.require(answer is not None, "The sampler returns nothing. Is the `return` missing?")
    options = {
        "the estimate is made at the new time; x is still at the old one.": {"to": "new"},
        "alpha_bar and alpha_bar_new are exchanged.": {"swap": True},
        "the new alpha-bar is that of t - 1; take that of the next time in `times`.": {"table": "steps"},
        "every step begins at `start`; go on from the last result.": {"from_": "start"},
        "the start is missing; it is the first entry.": {"keep": "later"},
        "the last step is missing.": {"keep": "not last"},
        "these are the last pictures alone; return the pictures at each time.": {"keep": "last"},
        "the alpha-bars are those one step later.": {"off": 1},
        "the step got the times; it wants their alpha-bars.": {"at": "times"},
        "the times were walked backwards, from 0.": {"order": -1},
    }
    mistakes = check.slips(journey, options)
    right = journey()
    check.require(
        isinstance(answer, list | tuple | np.ndarray),
        f"The sampler returns {type(answer).__name__}, expected a list of the pictures at each time.",
    )
    name = f"the pictures at {len(times)} times"
    sizes = {np.shape(one) for one in answer}
    check.require(
        len(sizes) == 1,
        f"{name}: they have different shapes, {sorted(sizes)[:3]}.",
    )
    check.close(np.array([np.asarray(one) for one in answer]), right, name, mistakes=mistakes)
    check.close(check.call(sample, denoise, step, start, times, alpha_bars)[-1], right[-1], "a second call")


def check_guided(guided, shape: tuple[int, ...], w: float, no_label: int) -> None:
    """Hold guidance against the formula, with a stand-in that looks at pictures, time and labels."""
    (x,) = _arrays(shape, 1)
    labels = (np.arange(shape[0]) * 3 + 1) % 10
    t = 7

    def denoise(x, t, labels):
        seen = np.asarray(labels)
        check.require(
            seen.shape == (len(x),),
            f"`denoise` got labels of shape {seen.shape}, expected one for each picture, {(len(x),)}: np.full_like.",
        )
        some = seen.reshape(-1, *(1,) * (x.ndim - 1))
        return 0.4 * x + 0.05 * float(t) + np.sin(1.3 * some + 0.5) * (1 + 0.2 * x)

    one, none = denoise(x, t, labels), denoise(x, t, np.full_like(labels, no_label))

    def formula(weight=w, start="none", order=1, zero=False):
        base = denoise(x, t, np.zeros_like(labels)) if zero else none
        first = {"none": base, "label": one, "nothing": 0.0}[start]
        return first + weight * order * (one - base)

    options = {
        "this is the paper's weight, ours minus 1: start from the answer without a label.": {"start": "label"},
        "the difference has the wrong sign: with label minus without.": {"order": -1},
        "the difference alone was returned; add it to the answer without a label.": {"start": "nothing"},
        "the weight is not used.": {"weight": 1.0},
        "the weight is too small by 1.": {"weight": w - 1},
        "label 0 was taken for no label; use no_label.": {"zero": True},
    }
    mistakes = {
        "the labels are ignored at this weight.": none,
        "the two answers are exchanged: w = 0 must ignore the labels.": one + w * (none - one),
    } | check.slips(formula, options)
    answer = check.call(guided, denoise, x, t, labels, w, no_label)
    check.close(answer, formula(), f"the estimate with guidance weight {w:g}", mistakes=mistakes)
