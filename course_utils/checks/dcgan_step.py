"""Checks of the training step of lesson 42: a tiny GAN, and what one step makes of it by NumPy."""

import functools

import numpy as np
from scipy.special import expit

from course_utils import check
from course_utils.probes import dcgan as probes
from course_utils.probes.dcgan import Case, d_loss, flat, g_loss, of_fakes, of_real


class _Net:
    """A dense layer, a batch normalisation and tanh in NumPy, and, in a discriminator, a dense unit.

    ``w`` lists the weights as the same network of Keras does, but running averages last.
    """

    def __init__(self, w, averages):
        self.w, self.averages = [np.array(x, float) for x in w], [np.array(x, float) for x in averages]

    def __call__(self, x, training=True, learn=True):
        head = len(self.w) > 3  # kernel, (bias,) gamma, beta, (kernel, bias)
        x = x @ self.w[0] + (self.w[1] if head else 0.0)
        gamma, beta = self.w[1 + head : 3 + head]
        mean, var = (x.mean(axis=0), x.var(axis=0)) if training else self.averages
        if training and learn:
            new = mean, var
            self.averages = [0.99 * old + 0.01 * now for old, now in zip(self.averages, new, strict=True)]
        x = np.tanh(gamma * (x - mean) / np.sqrt(var + 1e-3) + beta)
        return x @ self.w[4] + self.w[5] if head else x

    def slopes(self, value) -> list[np.ndarray]:
        """Gradient of a value by finite differences."""
        found = [np.zeros_like(w) for w in self.w]
        for w, slope in zip(self.w, found, strict=True):
            for place in np.ndindex(w.shape):
                kept, ends = w[place], []
                for change in (1e-5, -1e-5):
                    w[place] = kept + change
                    ends.append(value())
                w[place], slope[place] = kept, (ends[0] - ends[1]) / 2e-5
        return found

    def move(self, slopes, rate: float) -> None:
        """A step of gradient descent."""
        for w, slope in zip(self.w, slopes, strict=True):
            w -= rate * slope


class _Case(Case):
    """The tiny GAN with known weights, and what one step makes of it, by NumPy."""

    def step(
        self, g1=True, d1=True, g2=True, d2=True, joined=False, swapped=False, fresh=False, own="dg",
        order="right", d_goal="d", g_goal="g", rates=Case.RATES, d_all=False, g_all=False, late="", out=1,
        d1_fake=None, sigmoid="", pair="ab",
    ):  # fmt: skip
        """What one step does: movements of the discriminator and of the generator, and the two losses."""
        g, d = _Net(*self.g), _Net(*self.d)
        z, real = [self.noises[0], self.noises[1 if fresh else 0]], self.real

        def soft(x, mean):
            return mean(np.logaddexp(0, x))

        def of_d(a, b):
            a, b = (b, a) if swapped else (a, b)
            a, b = (a, a) if pair == "aa" else (b, b) if pair == "bb" else (a, b)
            a, b = (expit(a), expit(b)) if "d" in sigmoid else (a, b)
            return d_loss(a, b, np.mean) if "d" in own else soft(-a, np.mean) + soft(b, np.mean)

        def of_g(b):
            b = expit(b) if "g" in sigmoid else b
            return g_loss(b, np.mean) if "g" in own else soft(-b, np.mean)

        def both(g_on, d_on, k, learn):
            fake = g(z[k], g_on, learn)
            if joined:
                logits = d(np.concatenate([real, fake]), d_on, learn)
                return logits[: len(real)], logits[len(real) :]
            own = k == 0 and d1_fake is not None  # a flag of its own for the fakes of step 1
            return d(real, d_on, learn), d(fake, d1_fake if own else d_on, learn)

        def for_d(learn=False):
            a, b = both(g1, d1, 0, learn)
            return of_d(a, b) if d_goal == "d" else of_g(b)

        def for_g(learn=False):
            if g_goal == "d":
                return of_d(*both(g2, d2, 1, learn))
            return of_g(d(g(z[1], g2, learn), d2, learn))

        learned = d1_fake is False  # without the flag, the fakes meet averages that the real pictures have moved
        losses = self._moves(g, d, for_d, for_g, order, rates, (d_all, g_all), learned)
        losses = [for_d() if "d" in late else losses[0], for_g() if "g" in late else losses[1]]
        moved = [flat(net.w) - start for net, start in zip((d, g), self.starts(), strict=True)]
        return [*moved, np.array(losses[::out])]

    @staticmethod
    def _moves(g, d, for_d, for_g, order, rates, everything, learned) -> list[float]:
        turns = [(d, g, for_d, rates[0], everything[0]), (g, d, for_g, rates[1], everything[1])]
        if order == "generator first":
            turns = turns[::-1]
        losses, waiting = [], []
        for mine, other, value, rate, also in turns:
            if learned:
                losses.append(value(True))
            moves = [(net, net.slopes(value), rate) for net in (mine, other)[: 1 + also]]
            if not learned:
                losses.append(value(True))
            if order == "together":
                waiting += moves
                continue
            for net, slopes, size in moves:
                net.move(slopes, size)
        for net, slopes, size in waiting:
            net.move(slopes, size)
        return losses[::-1] if order == "generator first" else losses


def _mistakes(case: _Case, joined) -> dict:
    """What known mistakes make of one step; `joined` makes one array of :meth:`_Case.step`'s parts."""
    d_rate, g_rate = case.RATES
    alone = {
        "the networks were not called with training=True.": dict.fromkeys(("g1", "d1", "g2", "d2"), False),
        "the networks were not called with training=True in step 1.": {"g1": False, "d1": False},
        "the networks were not called with training=True in step 2.": {"g2": False, "d2": False},
        "G was not called with training=True in step 1 (frozen counts as False).": {"g1": False},
        "D was not called with training=True in step 1 (frozen counts as False).": {"d1": False},
        "G was not called with training=True in step 2 (frozen counts as False).": {"g2": False},
        "D was not called with training=True in step 2 (frozen counts as False).": {"d2": False},
        "real and fake pictures in one batch; batch normalisation needs separate calls.": {"joined": True},
        "the logits of real and of fake pictures are exchanged in self.d_loss.": {"swapped": True},
        "new noise in step 2; the noise of step 1 serves there, too.": {"fresh": True},
        "the losses are not those of the model: use self.d_loss and self.g_loss.": {"own": ""},
        "the discriminator's loss is not that of the model: use self.d_loss.": {"own": "g"},
        "the generator's loss is not that of the model: use self.g_loss.": {"own": "d"},
    }
    others = {
        "the generator was updated first; its turn is second.": {"order": "generator first"},
        "the generator's gradient is that of the old discriminator; update that one first.": {"order": "together"},
        "the discriminator was trained on the generator's loss.": {"d_goal": "g"},
        "the generator helps the discriminator: it was trained on the discriminator's loss.": {"g_goal": "d"},
        "each network goes with its own optimizer; they are exchanged.": {"rates": (g_rate, d_rate)},
        "the discriminator's optimizer serves both networks.": {"rates": (d_rate, d_rate)},
        "the generator's optimizer serves both networks.": {"rates": (g_rate, g_rate)},
        "the discriminator went uphill: the optimizer itself subtracts the gradient.": {"rates": (-d_rate, g_rate)},
        "the generator went uphill: the optimizer itself subtracts the gradient.": {"rates": (d_rate, -g_rate)},
        "both went uphill: the optimizer itself subtracts the gradient.": {"rates": (-d_rate, -g_rate)},
        "step 1 changes the generator, too; only the discriminator's weights belong to it.": {"d_all": True},
        "step 2 changes the discriminator, too; only the generator's weights belong to it.": {"g_all": True},
        "the generator's loss is that after its own update; expected before.": {"late": "g"},
        "the discriminator's loss is that after the updates; expected before.": {"late": "d"},
        "both losses are those after the updates; expected before.": {"late": "dg"},
        "the two losses are exchanged.": {"out": -1},
    }

    rare = {
        "a sigmoid before self.d_loss and self.g_loss; they take logits.": {"sigmoid": "dg"},
        "a sigmoid before self.d_loss; it takes logits.": {"sigmoid": "d"},
        "a sigmoid before self.g_loss; it takes logits.": {"sigmoid": "g"},
        "self.d_loss gets the logits of the real pictures twice.": {"pair": "aa"},
        "self.d_loss gets the logits of the fakes twice.": {"pair": "bb"},
        "D was not called with training=True on the fakes of step 1.": {"d1_fake": False},
        "D was not called with training=True on the real pictures of step 1.": {"d1": False, "d1_fake": True},
    }

    def formula(**slips):
        return joined(case.step(**slips))

    return check.slips(formula, alone) | check.slips(formula, others) | check.slips(formula, rare)


def _joined(parts: list, scales: list) -> np.ndarray:
    return np.concatenate([part / scale for part, scale in zip(parts, scales, strict=False)])


@functools.cache
def _wrong_steps(rows: int, seed: int, n_parts: int) -> dict:
    """What known mistakes make of a step, in one array each; it takes some seconds."""
    case = _Case(rows, seed)
    scales = [np.abs(part).max() for part in case.step()[:n_parts]]
    return dict(_mistakes(case, lambda parts: _joined(parts, scales)))


def _in_parts(model_class, rows: int, seed: int, off: list) -> str:
    """Which part of a step is right and which is not, where no known mistake explains it.

    `off` says how far the two movements, d_loss and g_loss are from the right ones.
    """
    d_moves, g_moves, d_value, g_value = (gap < 2e-3 for gap in off)
    if d_moves and g_moves:
        names = " and ".join(key for key, fits in (("d_loss", d_value), ("g_loss", g_value)) if not fits)
        return f"both networks move as they should, but what is returned as {names} is not right."
    if d_moves and g_value:
        return "step 1 is right, and so is g_loss. Look at its gradient, and at what self.g_optimizer gets."
    if d_moves:
        return "step 1 is right; g_loss is not. In step 2 look at the noise, at the fakes and at their logits."
    if d_value:
        return "in step 1 d_loss is right. Look at its gradient, and at what self.d_optimizer gets."
    case = _Case(rows, seed)
    g, d = _Net(*case.g), _Net(*case.d)
    logits, fits = (d(case.real), d(g(case.noises[0]))), []
    for goal, loss in (("real", of_real), ("fakes", of_fakes)):
        value = float(check.beside(probes.one_step, model_class, rows, seed, goal)["logs"]["d_loss"])
        fits.append(abs(value / loss(*logits, np.mean) - 1) < 2e-3)
    if any(fits):
        good, bad = ("real pictures", "fakes") if fits[0] else ("fakes", "real pictures")
        return f"d_loss is right as far as it depends on the {good}, and wrong in what depends on the {bad}."
    return "d_loss is wrong, both in what depends on the real pictures and in what depends on the fakes."


def _compare(rows: int, seed: int, weights: list, logs=None, model_class=None) -> None:
    case = _Case(rows, seed)
    right, starts = case.step(), case.starts()
    found = [after - start for after, start in zip(weights, starts, strict=True)]
    names = ["how the discriminator's weights moved", "how the generator's weights moved"]
    if logs is not None:
        found.append([np.asarray(logs[key], float) for key in ("d_loss", "g_loss")])
        names.append("the returned d_loss and g_loss")
    for value, name in zip(found, names, strict=True):
        check.array(value, name)
    scales = [np.abs(part).max() for part in right[: len(found)]]
    off = [np.abs(value - part).max() / scale for value, part, scale in zip(found, right, scales, strict=False)]
    if max(off) < 2e-3:
        return
    mine, wanted = _joined(found, scales), _joined(right, scales)
    mistakes = _wrong_steps(rows, seed, len(found))
    for size in np.cumsum([len(part) for part in found])[::-1]:  # all of it; then the movements; then the first
        for message, wrong in mistakes.items():
            limit = 3e-3 * max(np.abs(wrong[:size]).max(), 1)
            telling = np.abs(wrong - wanted)[:size].max() > limit
            check.require(
                not telling or np.abs(mine - wrong[: len(mine)])[:size].max() > limit,
                f"one step of training: {message}",
            )
    worst = next(k for k, gap in enumerate(off) if gap >= 2e-3)
    if worst < 2:
        _require_one_size(found[worst], right[worst], names[worst])
    otherwise = None
    if logs is not None:
        off[2:] = np.abs(found[2] / right[2] - 1)  # of each loss
        otherwise = lambda: _in_parts(model_class, rows, seed, off)  # noqa: E731
    check.close(found[worst], right[worst], names[worst], rtol=2e-3, otherwise=otherwise)


def _require_one_size(moved, right, name: str) -> None:
    """Name a movement that is a multiple of the right one, or has the same size everywhere."""
    times = moved @ right / (right @ right)
    check.require(
        np.abs(moved - times * right).max() > 2e-3 * np.abs(times * right).max(),
        f"{name}: {times:.3g} times as far as in one step. Apply the optimizer once, to the gradient of the loss as it is.",
    )
    sizes = np.quantile(np.abs(moved), [0.3, 1])  # of biases before a batch normalisation nothing moves
    check.require(
        sizes[0] < 0.95 * sizes[1],
        f"{name}: all by the same size, as with a new Adam, or with gradients that are clipped. Give the gradients as "
        "they are to self.d_optimizer and self.g_optimizer.",
    )


def check_step(model_class, rows: int, seed: int) -> None:
    """One step on known weights, held against gradients by finite differences.

    Args:
        model_class: the learner's class.
        rows: of the batch.
        seed: of weights and batch.
    """
    case = _Case(rows, seed)
    try:
        done = check.beside(probes.one_step, model_class, rows, seed)
    except check.CheckError as problem:
        where = " The fakes of step 2 must be made inside its tape." * ("No gradients provided" in str(problem))
        raise check.CheckError(f"{problem}{where}") from None
    logs, weights = done["logs"], done["weights"]
    for name, frozen in done["frozen"].items():
        check.require(not frozen, f"After the step the {name} is frozen, for every later step.")
    check.require(done["drawn"] > 0, "Take the noise from self.noise_for(real).")
    start_d, start_g = case.starts()
    check.differ(weights[0], start_d, "The discriminator did not change.", atol=1e-6)
    check.differ(weights[1], start_g, "The generator did not change.", atol=1e-6)
    keys = sorted(logs) if isinstance(logs, dict) else type(logs).__name__
    check.require(keys == ["d_loss", "g_loss"], f'Return {{"d_loss": ..., "g_loss": ...}}; got {keys}.')
    for key, value in logs.items():
        check.array(value, f"the returned {key}", shape=())
    try:
        _compare(rows, seed, weights, logs, model_class)
    except check.CheckError:
        again = check.beside(probes.one_step, model_class, rows, seed)["weights"]
        by_chance = "Two equal steps end differently: draw no noise but that of self.noise_for(real)."
        check.require(all(np.allclose(a, b, atol=1e-5) for a, b in zip(weights, again, strict=True)), by_chance)
        raise
    for name, now in done["averages"].items():
        kept = case.g[1][0] if name == "generator" else case.d[1][0]
        check.differ(now, kept, f"The {name}'s running averages did not move: training=True is missing.")


def check_step_in_training(model_class, rows: int, seed: int) -> None:
    """Does the step do the same when Keras compiles it, and does it go on learning?"""
    path = check.beside(probes.three_steps, model_class, rows, seed)
    for before, after in zip(path, path[1:], strict=False):
        check.differ(before[0], after[0], "A later step left the discriminator as it was.")
        check.differ(before[1], after[1], "A later step left the generator as it was.")
    _compare(rows, seed, check.beside(probes.fit_once, model_class, rows, seed))
