"""Checks of lesson 51, Diffusion: the forward process and the loss; more stand in :mod:`diffusion_steps` and
:mod:`diffusion_walk`."""

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.checks.diffusion_steps import check_ddim as check_ddim
from course_utils.checks.diffusion_steps import check_ddpm as check_ddpm
from course_utils.checks.diffusion_walk import check_guided as check_guided
from course_utils.checks.diffusion_walk import check_sample as check_sample
from course_utils.probes import diffusion as probes


def check_alpha_bars(alpha_bars_of, betas) -> None:
    """Hold the table against a product multiplied up one factor at a time."""
    betas = np.asarray(betas, dtype=float)
    right, n = _table(betas), len(betas)
    answer = check.call(alpha_bars_of, betas)
    check.require(
        n == 200 or getattr(answer, "shape", None) != (201,),
        f"The table has 201 entries for {n} betas. Take their number from len(betas).",
    )
    name = f"the alpha-bars of {n} steps"
    look = lambda: check.behaviour(alpha_bars_of, _table, betas=betas)  # noqa: E731
    check.close(answer, right, name, rtol=1e-5, mistakes=lambda: _table_slips(betas, right), otherwise=look)


def _table(betas) -> np.ndarray:
    right = [1.0]
    for beta in betas:
        right.append(right[-1] * (1 - beta))
    return np.array(right)


def _table_slips(betas: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    """Usual mistakes in the table of the alpha-bars; those that lack only the entry for t = 0 as well."""
    kept = 1 - betas
    tables = {
        "these are 1 - beta, not multiplied up": kept,
        "these are products of the betas; multiply 1 - beta": np.cumprod(betas),
        "these are 1 minus the products of the betas; multiply 1 - beta": 1 - np.cumprod(betas),
        "the betas were added up; 1 - beta is multiplied": 1 - np.cumsum(betas),
        "these are sums of 1 - beta; multiply them": np.cumsum(kept),
        "the root was taken; it is taken later, in diffuse": np.sqrt(right[1:]),
        "the exponential of the summed betas is only close; multiply 1 - beta": np.exp(-np.cumsum(betas)),
        "the products begin with the last beta; begin with the first": np.cumprod(kept[::-1]),
        "these are the betas as they are; multiply 1 - beta": betas,
        "these are products of 1 + beta; multiply 1 - beta": np.cumprod(1 + betas),
        "these are 1 over the products": 1 / right[1:],
        "these are the shares of the noise, 1 - alpha-bar, with a 1 in front": 1 - right[1:],
        "these are powers of 1 - beta; multiply 1 - beta of all steps up to t": kept ** np.arange(1, len(kept) + 1),
        "the betas were squared; multiply 1 - beta": np.cumprod(1 - betas**2),
        "the roots of the betas were taken; multiply 1 - beta": np.cumprod(1 - np.sqrt(betas)),
    }
    found = {
        "the entry for t = 0 is missing: begin with 1.": right[1:],
        "the last entry is missing: there are T + 1.": right[:-1],
        "the entry 1 belongs in front, for t = 0, not to the end.": np.append(right[1:], 1.0),
        "the 1 stands in place of the first product; put it in front of all of them.": np.append(1.0, right[2:]),
        "these are the shares of the noise, 1 - alpha-bar.": 1 - right,
        "a row of zeros stands in front; the entry for t = 0 is 1.": np.append(0.0, right[1:]),
        "it runs from T to 0; entry t belongs to step t.": right[::-1],
        "this is one number, the last product; all of them are needed.": right[-1],
        "the 1 in front is there twice.": np.append([1.0, 1.0], right[1:]),
        "these are 1 and the last product; all between are needed, too.": right[[0, -1]],
        "it was multiplied up in numbers of 16 bits, which is too coarse.": np.cumprod(
            np.append(1, kept).astype("float16")
        ),
        "the table holds whole numbers, so that every fraction became 0.": np.append(1.0, 0 * kept),
        "the last entry was not filled in: the loop ends a step too early.": np.append(right[:-1], 1.0),
        "the last entry was not filled in, it is 0: the loop ends a step too early.": np.append(right[:-1], 0.0),
        "entry t has the beta of step t + 1: beta of step t is betas[t - 1].": np.concatenate(
            [[1.0], np.cumprod(kept[1:]), [1.0]]
        ),
    }
    for words, table in tables.items():
        found[f"{words}."] = np.append(1.0, table)
        found[f"{words}; and the entry for t = 0 is missing."] = table
    return found | {f"it is rounded to {k} places.": np.round(right, k) for k in (2, 3, 4)}


def _mixed(
    x0, noise, alpha_bar, signal="root", rest="root", swap=False, sign=1.0, exchange=False, weights="both", all_as=None
):  # fmt: skip
    """The noisy pictures, with usual slips as options."""
    a = alpha_bar.astype(float)
    if all_as == "first":
        a = np.broadcast_to(a[:1], a.shape)
    if all_as == "mean":
        a = np.broadcast_to(a.mean(), a.shape)
    a, b = (1 - a, a) if swap else (a, 1 - a)
    first, second = (noise, x0) if exchange else (x0, noise)
    below = {"root": np.sqrt, "plain": lambda v: v, "square": np.square, "one": np.ones_like}
    others = {
        "1 - root": 1 - below[signal](a), "1 - square": np.sqrt(1 - a**2), "root of root": np.sqrt(1 - np.sqrt(a)),
        "same": below[signal](a),
    }  # fmt: skip
    one = below[signal](a) * first if weights != "noise" else 0 * first
    other = others[rest] if rest in others else below[rest](b)
    return one + sign * (other * second if weights != "signal" else 0 * second)


def check_diffuse(diffuse, shape: tuple[int, ...]) -> None:
    """Hold the mixture against the formula, also compiled for any number of pictures, and with one number for all."""
    rng = np.random.default_rng(shape)
    x0 = rng.uniform(-1, 1, shape).astype("float32") + 0.3
    noise = rng.normal(size=shape).astype("float32")
    ones = (1,) * (len(shape) - 1)
    some = np.linspace(0.2, 0.9, shape[0]) if shape[0] > 1 else np.array([0.3])
    alpha_bar = some.reshape(-1, *ones).astype("float32")
    options = {
        "the roots are missing.": {"signal": "plain", "rest": "plain"},
        "the root of alpha-bar is missing.": {"signal": "plain"},
        "the root of 1 - alpha-bar is missing.": {"rest": "plain"},
        "the picture is not multiplied by the root of alpha-bar.": {"signal": "one"},
        "the noise is not multiplied by the root of 1 - alpha-bar.": {"rest": "one"},
        "the two weights are exchanged: alpha-bar belongs to the picture.": {"swap": True},
        "the sign of the noise is wrong.": {"sign": -1.0},
        "x0 and noise are exchanged.": {"exchange": True},
        "the noise's weight is the root of 1 - alpha-bar, not 1 minus the root.": {"rest": "1 - root"},
        "the noise's weight is the root of 1 - alpha-bar; alpha-bar is not squared in it.": {"rest": "1 - square"},
        "the noise's weight is the root of 1 - alpha-bar; yours takes a second root in it.": {"rest": "root of root"},
        "the noise has the picture's weight; its own is the root of 1 - alpha-bar.": {"rest": "same"},
        "the noise is missing.": {"weights": "signal"},
        "the picture is missing.": {"weights": "noise"},
        "the weights were squared; take roots.": {"signal": "square", "rest": "square"},
        "each picture has an alpha-bar of its own; the first was used for all.": {"all_as": "first"},
        "each picture has an alpha-bar of its own; their mean was used for all.": {"all_as": "mean"},
    }
    name, right = "the noisy pictures", _mixed(x0, noise, alpha_bar)
    told = [tf.constant(one) for one in (x0, noise, alpha_bar)]
    answer = check.call(diffuse, *told)

    def mistakes():
        found = dict(check.slips(_mixed, options, x0=x0, noise=noise, alpha_bar=alpha_bar))
        found["they were clipped to -1 to 1; noise goes beyond."] = right.clip(-1, 1)
        found["alpha_bar already has as many axes as the pictures; leave its shape."] = right[None, None]
        return found

    look = lambda: check.weights(answer, right, {"x0": x0, "noise": noise}, each="picture")  # noqa: E731
    check.close(answer, right, name, rtol=1e-5, mistakes=mistakes, otherwise=look)
    specs = [(None, *shape[1:])] * 2 + [(None, *ones)]
    compiled, _ = check.compiled(diffuse, *specs, inputs=[x0, noise, alpha_bar])
    check.close(compiled, right, f"{name}, compiled as in training", rtol=1e-5)
    number = alpha_bar.ravel()[-1]
    of_all = _mixed(x0, noise, np.full_like(alpha_bar, number))
    answer = check.call(diffuse, x0, noise, number)
    check.close(answer, of_all, f"{name}, NumPy arrays and one alpha-bar for all", rtol=1e-5)


def _loss(case, target, noisy, goal="target", power=2, reduce="all", factor=1.0, clip=np.inf):
    """The loss of an output that is right, with usual slips as options."""
    a = case["alpha_bars"].astype(float)[case["t"]].reshape(-1, 1, 1, 1)
    x0, noise = case["x0"].astype(float), case["noise"].astype(float)
    output = probes.stand_in(noisy, case["t"].astype(float), case["labels"].astype(float))
    output = output.clip(-clip, clip)
    if goal == "turned":  # the output taken for the other one of the two, and turned into this one
        other = (noisy - np.sqrt(a) * output) / np.sqrt(1 - a)
        output = other if target == "noise" else (noisy - np.sqrt(1 - a) * output) / np.sqrt(a)
    if goal == "estimate":
        output = (noisy - np.sqrt(1 - a) * output) / np.sqrt(a)
    goals = {
        "target": {"clean": x0, "noise": noise}[target], "other": {"clean": noise, "noise": x0}[target],
        "noisy": noisy, "difference": noisy - x0, "noise scaled": np.sqrt(1 - a) * noise,
        "picture scaled": np.sqrt(a) * x0, "turned": {"clean": x0, "noise": noise}[target], "estimate": x0,
    }  # fmt: skip
    error = np.abs(output - goals.get(goal, x0)) ** power
    error = error + (output - noise) ** 2 if goal == "both" else error
    ways = {
        "all": error.mean, "sum": error.sum, "entry": lambda: error,
        "picture": lambda: error.mean(axis=(1, 2, 3)), "channels": lambda: error.mean(axis=-1),
        "pixels": lambda: error.sum() / len(error), "256": lambda: error.sum() / len(error) / 256,
        "root": lambda: np.sqrt(error.mean()), "square of mean": lambda: (output - goals[goal]).mean() ** 2,
        "by share": lambda: (a / (1 - a) * error).mean(),
    }  # fmt: skip
    return factor * ways[reduce]()


def _require_inputs(case, given, noisy) -> None:
    """Hold what the network got against what it must get."""
    x, t, labels = given
    check.require(
        not (np.array_equal(t, case["labels"]) and np.array_equal(labels, case["t"])) or np.array_equal(t, labels),
        "t and labels are exchanged: the network is called as network([noisy pictures, t, labels]).",
    )
    check.require(
        x.shape == noisy.shape,
        f"The network got pictures of shape {x.shape}, expected {noisy.shape}. alpha-bar needs the shape (n, 1, 1, 1).",
    )
    steps, T = case["t"].astype(float), len(case["alpha_bars"]) - 1
    known = {
        "these are alpha-bars; give it t.": case["alpha_bars"][case["t"]],
        "t was divided by T; give it t as it is, the network divides.": steps / T,
        "t was divided by T + 1; give it t as it is, the network divides.": steps / (T + 1),
        "these are t - 1; give it t.": steps - 1,
        "these are the first picture's; each picture has a step of its own.": 0 * steps + steps[0],
        "they have an axis too many; give it t as it is.": steps[:, None],
        "they have axes too many; give it t as it is.": steps[:, None, None, None],
    }
    look = lambda: "they were changed on the way; give it t as it is."  # noqa: E731
    check.close(t, case["t"], "the steps that the network got", rtol=0, mistakes=known, otherwise=look)
    known = {"these are zeros; give it `labels`.": 0 * steps, "these are the steps; give it `labels`.": steps}
    look = lambda: "they were changed on the way; give it `labels` as they are."  # noqa: E731
    check.close(labels, case["labels"], "the labels that the network got", rtol=0, mistakes=known, otherwise=look)

    def formula(at=0, one_t=False, what="noisy", share="right"):
        step = np.full_like(case["t"], case["t"][0]) if one_t else case["t"]
        a = case["alpha_bars"].astype(float)[np.clip(step + at, 0, T)].reshape(-1, 1, 1, 1)
        if what != "noisy":
            return case[what]
        roots = np.sqrt(a), np.sqrt(1 - a)
        shares = {"right": roots, "plain": (a, 1 - a), "exchanged": roots[::-1], "one": (1.0, 1.0)}
        return shares[share][0] * case["x0"] + shares[share][1] * case["noise"]

    options = {
        "alpha-bar is that of step t - 1; entry t belongs to step t.": {"at": -1},
        "alpha-bar is that of step t + 1; entry t belongs to step t.": {"at": 1},
        "each picture has a step of its own; one alpha-bar was used for all.": {"one_t": True},
        "the network got the clean pictures; it must see the noisy ones.": {"what": "x0"},
        "the network got the noise alone; it must see the noisy pictures.": {"what": "noise"},
        "the noisy pictures are mixed without roots.": {"share": "plain"},
        "in the noisy pictures the two weights are exchanged.": {"share": "exchanged"},
        "picture and noise were added without their weights; call `diffuse`.": {"share": "one"},
    }

    parts, name = {"x0": case["x0"], "noise": case["noise"]}, "the noisy pictures that the network got"
    look = lambda: check.weights(x, noisy, parts, each="picture")  # noqa: E731
    check.close(x, noisy, name, rtol=1e-4, mistakes=check.slips(formula, options), otherwise=look)


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
        f'the output is compared with the wrong one of the two; target is "{target}".': {"goal": "other"},
        "the output is compared with the noisy pictures.": {"goal": "noisy"},
        "the output is compared with noisy minus x0; compare it with `noise`.": {"goal": "difference"},
        "the noise in the comparison is scaled; compare the output with `noise` itself.": {"goal": "noise scaled"},
        "the picture in the comparison is scaled; compare the output with x0 itself.": {"goal": "picture scaled"},
        "the errors against x0 and against the noise were added; `target` says which one counts.": {"goal": "both"},
        "the output was turned into the other one of the two; compare it as it is.": {"goal": "turned"},
        "the output was turned into an estimate of x0; compare it with `noise` as it is.": {"goal": "estimate"},
        "the sum was taken over all; take the mean.": {"reduce": "sum"},
        "the sum over each picture's pixels was taken; take the mean over all entries.": {"reduce": "pixels"},
        "256 is written into the code; pictures may have other sizes. Take the mean.": {"reduce": "256"},
        "these are absolute errors; square them.": {"power": 1},
        "the root was taken; the loss is the mean square.": {"reduce": "root"},
        "the mean was squared; square first.": {"reduce": "square of mean"},
        "the errors were weighted by alpha-bar / (1 - alpha-bar); all weigh the same.": {"reduce": "by share"},
        "the output was clipped to -1 to 1; compare it as it is.": {"clip": 1.0},
        "it was halved; the loss is the plain mean.": {"factor": 0.5},
        "this is one number for each picture; take the mean over the batch, too.": {"reduce": "picture"},
        "this is one number for each pixel; take the mean over the pixels and the batch, too.": {"reduce": "channels"},
        "this is one number for each entry; take their mean.": {"reduce": "entry"},
    }
    a = case["alpha_bars"].astype(float)[case["t"]].reshape(-1, 1, 1, 1)
    noisy = np.sqrt(a) * case["x0"] + np.sqrt(1 - a) * case["noise"]
    name, of = f'the loss with target "{target}"', {"case": case, "target": target, "noisy": noisy}
    value, slope, given = check.beside(probes.loss, loss, case, target, False)
    _require_inputs(case, given, noisy)
    right = _loss(**of)
    last = "the network got the right pictures, so the comparison is wrong: the mean of (output - goal) ** 2."

    known = check.slips(_loss, options, **of)
    known["the sign is wrong; the loss is the mean square itself."] = -right
    look = lambda: last + _small_loss(loss, target) if np.shape(value) == () else ""  # noqa: E731
    check.close(value, right, name, rtol=1e-4, mistakes=known, otherwise=look)
    slopes = {"no gradient gets through; use keras.ops, without stop_gradient.": 0.0}
    check.close(slope, _slope(**of), f"the gradient of {name}", rtol=1e-2, mistakes=slopes)
    value, _, _ = check.beside(probes.loss, loss, case, target, True)
    check.close(value, right, f"{name}, compiled as in training", rtol=1e-4)


def _small_loss(loss, target: str) -> str:
    """The smallest of some cases in which a learner's loss is wrong, in words."""
    for shape in ((1, 1, 1, 1), (2, 1, 1, 1), (1, 1, 1, 2), (1, 2, 2, 1)):
        rows, n = shape[0], np.prod(shape)
        case = {
            "x0": np.linspace(0.5, -0.4, n).reshape(shape).astype("float32"),
            "labels": np.arange(rows, dtype="int32"),
            "t": np.arange(1, rows + 1, dtype="int32"),
            "noise": np.linspace(-1, 1.2, n).reshape(shape).astype("float32"),
            "alpha_bars": np.array([1, 0.64, 0.36], dtype="float32"),
        }
        a = case["alpha_bars"].astype(float)[case["t"]].reshape(-1, 1, 1, 1)
        noisy = np.sqrt(a) * case["x0"] + np.sqrt(1 - a) * case["noise"]
        right = _loss(case, target, noisy)
        try:
            value, _, _ = check.beside(probes.loss, loss, case, target, False)
        except check.CheckError:
            continue
        if np.shape(value) == () and not np.isclose(value, right, rtol=1e-3):
            output = probes.stand_in(noisy, case["t"].astype(float), case["labels"].astype(float))
            goal = case["x0" if target == "clean" else "noise"]
            told = f"output {check.in_digits(output.ravel())} and goal {check.in_digits(goal.ravel())}"
            return f" A small case of shape {shape}: {told}: got {float(value):.4g}, expected {right:.4g}."
    return ""


def _slope(case, target: str, noisy) -> float:
    """The gradient of the loss by a factor at the network's output, at 1."""
    output = probes.stand_in(noisy, case["t"].astype(float), case["labels"].astype(float))
    goal = case["x0" if target == "clean" else "noise"]
    return float(np.mean(2 * (output - goal) * output))
