"""The check of lesson 41's alternating update: two linear players, whose steps can be done by hand."""

import itertools
from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.probes import game as probes


class _Players(probes.Players):
    """The two players, and what a round makes of them by NumPy."""

    def slope(self, w, real, fake):
        if self.squares:
            return 2 * real.T @ (real @ w - 1) / len(real) + 2 * fake.T @ (fake @ w) / len(fake)
        return (fake.mean(0) - 1.5 * real.mean(0))[:, None]

    def value(self, w, real, fake) -> float:
        if self.squares:
            return np.mean((real @ w - 1) ** 2) + np.mean((fake @ w) ** 2)
        return np.mean(fake @ w) - 1.5 * np.mean(real @ w)

    def descend(self, w, real, noise, a=None):
        return w - probes.RATES["d"] * self.slope(w, real, noise @ (self.a if a is None else a))

    def path(self) -> list[np.ndarray]:
        """The discriminator's weights after each of its steps."""
        found = [self.w]
        for real, noise in zip(self.reals, self.noises[:-1], strict=True):
            found.append(self.descend(found[-1], real, noise))
        return found


def _of_discriminator(p: _Players, path: list, new_a) -> dict:
    new_w, early = path[-1], p.w  # early: had the generator moved first
    pull = p.noises[-1].mean(0)[:, None]
    for real, noise in zip(p.reals, p.noises[:-1], strict=True):
        early = p.descend(early, real, noise, p.a + probes.RATES["g"] * pull @ p.w.T)
    mistakes = {
        "the generator's step changed them, too: take gradients for the generator's variables only.": new_w
        + probes.RATES["g"] * (p.noises[-1] @ p.a).mean(0)[:, None],
        "the generator's loss was applied to them, too.": new_w
        + probes.RATES["d"] * (p.noises[-1] @ p.a).mean(0)[:, None],
        "the generator's loss was applied to them after its step.": new_w
        + probes.RATES["g"] * (p.noises[-1] @ new_a).mean(0)[:, None],
        "they went uphill: the optimizer subtracts the gradient of the loss.": 2 * p.w - new_w,
        "the generator moved first; it has to wait for the discriminator.": early,
        "this is noise of the generator's step; each step has its own.": p.descend(path[-2], p.reals[-1], p.noises[-1]),
        "they have not changed. Were d_optimizer's gradients applied to them?": p.w,
        "real and fake were exchanged in d_loss: it takes (discriminator, real, fake).": p.w
        - probes.RATES["d"] * p.slope(p.w, p.noises[0] @ p.a, p.reals[0]),
    }
    if p.k > 1:
        first, turns, a = p.w, p.w, p.a
        for real, noise in zip(p.reals, p.noises[:-1], strict=True):
            first = p.descend(first, real, p.noises[0])
            turns = p.descend(turns, real, noise, a)
            a = a + probes.RATES["g"] * pull @ turns.T
        mistakes |= {
            "each step has its own noise; this takes the first batch of noise for all.": first,
            "the generator moved between the steps; it moves once, after the last.": turns,
            "the gradients of all steps were added up; take one step after the other.": p.w
            - probes.RATES["d"] * sum(p.slope(p.w, r, z @ p.a) for r, z in zip(p.reals, p.noises[:-1], strict=True)),
        }
        steps = [p.descend(p.w, r, z) for r, z in zip(p.reals, p.noises[:-1], strict=True)]
        mistakes |= {
            "only one step was taken; there is one for each batch in reals.": path[1],
            "only the last batch was used.": steps[-1],
            "one step on all batches together; take one step after the other.": np.mean(steps, axis=0),
        }
    return mistakes


def _sum_of_steps(update: Callable, k: int, who: str) -> str:
    """Words on the steps of which a player's whole move is made, found over several rounds with linear losses."""
    found, right, parts = [], [], []
    for seed in range(20, 25):
        p = _Players(k, seed, squares=False)
        start = p.w if who == "discriminator" else p.a
        path, pulls = p.path(), [noise.mean(0)[:, None] for noise in p.noises]
        if who == "discriminator":
            pieces = {f"its step on batch {s + 1}": path[s + 1] - path[s] for s in range(k)}
            pieces["a step of d_optimizer on the generator's loss"] = (
                probes.RATES["d"] * (p.noises[-1] @ p.a).mean(0)[:, None]
            )
            right.append(path[-1] - start)
        else:
            steps = probes.RATES["g"] * np.array([pull @ path[-1].T for pull in pulls])
            pieces = {"its step with the last noise against the updated discriminator": steps[-1]}
            pieces["one against the discriminator of the beginning"] = probes.RATES["g"] * pulls[-1] @ p.w.T
            pieces |= {f"one with noise {s + 1}": steps[s] for s in range(k)}
            downhill = {f"one on d_loss of batch {s + 1}": -probes.RATES["g"] * pulls[s] @ path[s].T for s in range(k)}
            pieces |= downhill
            right.append(steps[-1])
        found.append(check.beside(probes.one_round, update, k, seed, False)[who] - start)
        parts.append(pieces)
    stacked = {name: np.stack([one[name] for one in parts]) for name in parts[0]}
    words = check.weights(np.stack(found), np.stack(right), stacked)
    if words.startswith("a weight"):
        return f"as a sum of steps, {words}"
    if np.allclose(found, right, rtol=1e-4, atol=1e-6):
        return ""
    rate = probes.RATES[who[0]]
    return (
        f"each step is one of SGD: {rate:g} times the gradient of the player's own loss is subtracted, as the tape gives it. "
        f"The first number should move by {right[-1].flat[0]:.4g}; yours moves by {found[-1].flat[0]:.4g}."
    )


def check_update(update: Callable, k: int, seed: int, squares: bool = False) -> None:
    """One round with k steps of the discriminator, against the same steps in NumPy."""
    p = _Players(k, seed, squares)
    path = p.path()
    new_w, pull = path[-1], p.noises[-1].mean(0)[:, None]
    new_a = p.a + probes.RATES["g"] * pull @ new_w.T
    done = check.beside(probes.one_round, update, k, seed, squares)
    result = check.several(done["result"], "the discriminator's loss", "the generator's loss")
    name = f"{k} step{'s' * (k > 1)} of the discriminator"
    for who in ("discriminator", "generator"):
        check.require(done[f"{who} learns"], f"{name}: the {who} was left frozen (trainable=False).")
    got_a, got_w = done["generator"], done["discriminator"]
    what = f"the discriminator's weights after {name}"
    check.close(
        got_w,
        new_w,
        what,
        rtol=1e-4,
        mistakes=lambda: _of_discriminator(p, path, new_a),
        otherwise=lambda: _sum_of_steps(update, k, "discriminator"),
    )
    of_generator = {
        "they have not changed. Does the gradient reach them (generator inside the tape, no stop_gradient)?": p.a,
        "the generator played against the old discriminator: it answers to the *updated* one.": p.a
        + probes.RATES["g"] * pull @ p.w.T,
        "the generator played against the discriminator before its last step.": p.a
        + probes.RATES["g"] * pull @ path[-2].T,
        "they went uphill: the optimizer subtracts the gradient of the loss.": p.a - probes.RATES["g"] * pull @ new_w.T,
        "this is not the step of g_optimizer; call its apply_gradients.": p.a + probes.RATES["d"] * pull @ new_w.T,
        "one step for each batch in reals; the generator takes a single one.": p.a
        + p.k * probes.RATES["g"] * pull @ new_w.T,
    }
    for noise in p.noises[:-1]:
        used = p.a + probes.RATES["g"] * noise.mean(0)[:, None] @ new_w.T
        of_generator[f"the last batch of noise is for the generator; that of shape {noise.shape} was used."] = used
    check.close(
        got_a,
        new_a,
        f"the generator's weights after {name}",
        rtol=1e-4,
        mistakes=of_generator,
        otherwise=lambda: _sum_of_steps(update, k, "generator"),
    )
    _check_losses(p, path, new_a, result, name)


def _check_losses(p: _Players, path: list, new_a, result, name: str) -> None:
    new_w = path[-1]
    pairs = zip(path[:-1], p.reals, p.noises[:-1], strict=True)
    each = [p.value(w, real, noise @ p.a) for w, real, noise in pairs]
    loss_d, loss_g = each[-1], -np.mean(p.noises[-1] @ p.a @ new_w)
    swapped = "the losses are swapped; the discriminator's comes first."
    later = "this is the loss after the step; return the one that the gradient was taken of."
    d_wrong = {
        swapped: loss_g,
        later: p.value(new_w, p.reals[-1], p.noises[-2] @ p.a),
        "this is the loss after both steps; return the one that the gradient was taken of.": p.value(
            new_w, p.reals[-1], p.noises[-2] @ new_a
        ),
        "the mean of all steps; return the last one's.": np.mean(each),
        "the sum of all steps; return the last one's.": np.sum(each),
        "the first step's; return the last one's.": each[0],
    } | _other_noises(p)
    g_wrong = {swapped: loss_d, later: -np.mean(p.noises[-1] @ new_a @ new_w)}
    for sign, words in ((1, "d_loss"), (-1, "-d_loss")):
        words = f"this is {words} of the last batch; the generator's loss is g_loss(discriminator, fake)."
        g_wrong[words] = sign * p.value(new_w, p.reals[-1], p.noises[-1] @ p.a)
    told = (
        "d_loss(discriminator, the last real batch, the fake of its noise), just before the discriminator's last step, is",
        "g_loss(discriminator, the fake of the last noise), after the discriminator's steps and before the generator's, is",
    )
    for place, (who, right, known) in enumerate((("discriminator", loss_d, d_wrong), ("generator", loss_g, g_wrong))):
        check.close(
            result[place],
            right,
            f"the {who}'s loss, {name}",
            rtol=1e-4,
            mistakes=known,
            otherwise=lambda place=place, right=right: (
                "" if np.ndim(result[place]) else f"{told[place]} {right:.6g}; yours is {float(result[place]):.6g}."
            ),
        )


def _other_noises(p: _Players) -> dict:
    """The discriminator's last loss if its steps had taken other batches of noise."""
    found = {}
    for order in itertools.product(range(p.k + 1), repeat=p.k):
        w = p.w
        for step, place in enumerate(order):
            before, w = w, p.descend(w, p.reals[step], p.noises[place])
        *early, last = (place + 1 for place in order)
        told = f", and those before it {', '.join(map(str, sorted(early)))} in some order" if early else ""
        words = f"each step of the discriminator takes the next batch of noise; here the last step took number {last}{told}."
        found[words] = p.value(before, p.reals[-1], p.noises[order[-1]] @ p.a)
    return found


def check_update_compiled(update: Callable, k: int, seed: int) -> None:
    """The same inside tf.function, as training runs it."""
    wanted = _Players(k, seed, squares=False).path()[-1]
    got = check.beside(probes.compiled_round, update, k, seed)
    check.close(got, wanted, "the discriminator's weights after a compiled update", rtol=1e-4)
