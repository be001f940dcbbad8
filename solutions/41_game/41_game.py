# ---
# title: The game of two networks
# question: Can two networks learn to create by working against each other, and do their losses tell you how it goes?
# minutes: 60
# goals:
#   - derive the perfect discriminator, hold a trained one against it, and read a divergence off the value of the game
#   - tell a loss whose gradient dies from one that lives, and know what each of them really minimises
#   - compute the Wasserstein distance by linear programming and see what it knows that Jensen–Shannon does not
#   - cause mode collapse on a ring of eight Gaussians, measure it, and find out which of five repairs work
#   - work out what the losses of such a game tell, the missing modes at the end, and what they do not
# ---

# %%
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops
from scipy.integrate import trapezoid
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist
from scipy.special import expit, xlogy
from scipy.stats import norm, wasserstein_distance

from course_utils import check, plots
from course_utils.report import report
from course_utils.training import budget, progress_bar, set_seed

# %% [markdown]
# ## A picture first
#
# A forger makes numbers. A detective gets a number, does not know where it is from, and says how likely it
# is to be real. The forger's numbers follow a broad bell; the real ones have two humps. Here is a
# detective without any cleverness: of all the numbers that ever fell into a bin, which share was real?


# %%
def p_real(x: np.ndarray) -> np.ndarray:
    """Density of the real numbers: two humps, at -2 and at 1.5."""
    return 0.6 * norm.pdf(x, -2, 0.5) + 0.4 * norm.pdf(x, 1.5, 1.0)


def q_fake(x: np.ndarray) -> np.ndarray:
    """Density of the forger's numbers: one broad bell around 0."""
    return norm.pdf(x, 0, 1.5)


rng = np.random.default_rng(0)
in_first = rng.random(5000) < 0.6
real_numbers = np.where(in_first, rng.normal(-2, 0.5, 5000), rng.normal(1.5, 1.0, 5000))
fake_numbers = rng.normal(0, 1.5, 5000)
edges = np.linspace(-4.5, 4.5, 37)
middle = (edges[1:] + edges[:-1]) / 2
counts = [np.histogram(numbers, edges)[0] for numbers in (real_numbers, fake_numbers)]
share_real = counts[0] / (counts[0] + counts[1])

fig, (top, low) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
top.stairs(counts[0], edges, fill=True, alpha=0.5, label="5,000 real")
top.stairs(counts[1], edges, linewidth=2, color=plots.COLORS[1], label="5,000 forged")
top.set(title="What falls into each bin", ylabel="count")
top.legend()
low.plot(middle, share_real, "o-", color=plots.COLORS[2])
low.axhline(0.5, color=plots.GREY, linestyle="--")
low.annotate("cannot tell", (-4.9, 0.5), (0, 5), textcoords="offset points", color=plots.GREY)
low.set(title="The counting detective", xlabel="number x", ylabel="share of real ones", ylim=(0, 1))
plots.show(
    fig,
    alt="Above, histograms of real numbers with two humps and of forged numbers with one broad bell. "
    "Below, the share of real ones by bin: high at the humps, low between and outside, often far from one half.",
    name="counting_detective",
)

# %% [markdown]
# Look at the lower curve as a *map for the forger*: go where it is high, leave where it is low. If the
# forger follows it and the detective counts again, and so on, the curve should flatten to one half
# everywhere, and the forgeries be perfect. That is the idea of **generative adversarial networks**
# (Goodfellow et al. 2014): the forger is a network $G$, the *generator*, the detective a network $D$, the
# *discriminator*. No formula says what a good picture is; the opponent does.
#
# Whether this works, and how you would know, is the subject of this lesson. In one and two dimensions
# every answer can be checked against an exact one.
#
# ## The game, and the perfect detective
#
# Let $p$ be the density of the real data and $q$ that of the forgeries. $D(x)$ is the probability that $D$
# gives to "real". Both players look at one number, the **value of the game**:
#
# $$V(D, G) = \mathbb{E}_{x \sim p} \log D(x) + \mathbb{E}_{x \sim q} \log (1 - D(x))
# = \int p(x) \log D(x) + q(x) \log(1 - D(x))\, dx .$$
#
# The detective wants it large, the forger small. Take any one $x$: the detective chooses the number $D =
# D(x)$ that makes $p \log D + q \log(1 - D)$ as large as possible. Set the derivative to zero.
#
# ### Exercise 1: the optimal discriminator
#
# Write the formula that you find. Where neither density has any mass, nothing can be known: return one
# half there.
#
# <details><summary>Hint: the derivative</summary>
#
# $p / D - q / (1 - D) = 0$. Bring the fractions to opposite sides and multiply crosswise.
# </details>
# <details><summary>Hint: zero over zero</summary>
#
# `np.where` computes both of its branches, also the one that divides by zero. `np.divide` has the
# arguments `out` and `where`.
# </details>


# %% exercise="optimal_discriminator"
def optimal_discriminator(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Probability of "real" at each point, by the best discriminator.

    Args:
        p: density of the real data at some points, any shape, not negative.
        q: density of the generated data at the same points.

    Returns:
        values in [0, 1] of the same shape; 0.5 where p and q are both zero.
    """
    ### BEGIN SOLUTION
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    total = p + q
    return np.divide(p, total, out=np.full(total.shape, 0.5), where=total > 0)
    ### END SOLUTION


# %% check="optimal_discriminator" points=1
def check_optimum(p, q, name):
    """Compare with a count of odds."""
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    with np.errstate(all="ignore"):
        wanted = np.where(p + q > 0, 1 / (1 + q / p), 0.5)
        wanted = np.where((p == 0) & (q > 0), 0.0, wanted)
        mistakes = {
            "this is the probability of *forged*; D gives the one of real.": 1 - wanted,
            "these are the odds p / q, not a probability.": p / q,
            "twice the right value: the formula has p + q below, not its mean.": 2 * wanted,
            "half of it is missing: divide by p + q, not by twice that.": wanted / 2,
            "this compares p with q and says 0 or 1; D gives a probability.": (p > q) * 1.0,
            "the squares of the densities do not belong here.": p**2 / (p**2 + q**2),
        }
        given = p.copy(), q.copy()
        result = optimal_discriminator(*given)
    check.require(result is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.unchanged([p, q], given, f"{name}: an argument")
    result = np.asarray(result)
    empty = (p + q) == 0
    check.require(
        result.shape != wanted.shape or not np.isnan(result[empty]).any(),
        f"{name}: NaN where p and q are both zero; nothing is known there, so return 0.5.",
    )
    check.require(
        result.shape != wanted.shape or np.all(result[empty] == 0.5),
        f"{name}: where p and q are both zero the answer is 0.5, yours is another.",
    )
    check.close(result, wanted, name, rtol=1e-6, mistakes=mistakes)


check_optimum([0.3, 0.1, 0.0], [0.1, 0.3, 0.5], "D at three points")
check_optimum([0.2, 0.0, 0.0, 2.0], [0.2, 0.0, 1.0, 0.0], "D with an empty place")
check_optimum(
    [[0.3, 1e-12], [4.0, 0.1]], [[0.2, 3e-12], [1.0, 0.0]], "D for a table, one place far out"
)
### BEGIN HIDDEN TESTS
rng_check = np.random.default_rng(3)
check_optimum(rng_check.random((4, 5)), rng_check.random((4, 5)), "D on a plane")
check_optimum([1e-200, 3e-200, 1e-12], [3e-200, 1e-200, 3e-12], "D far out, where little is")
check_optimum([0.0], [0.0], "D at one empty point")
check_optimum([4.0, 0.5], [1.0, 1.5], "D for densities above one")
### END HIDDEN TESTS

# %% [markdown]
# ## A trained detective beside the perfect one
#
# A network does not know $p$ and $q$; it sees samples. Does it find $D^*$ all the same? The networks of
# this lesson are small, and one training proves nothing, so every one is trained from **five random
# starts, side by side**: each layer holds five matrices instead of one, and data have the shape (examples,
# starts, numbers). The five share no weight and see different samples.

# %%
STARTS = 5


def dense(inputs: int, units: int, activation: str | None = None) -> layers.Layer:
    """A dense layer for all starts: (n, STARTS, inputs) to (n, STARTS, units)."""
    return layers.EinsumDense(
        "nsi,sio->nso",
        output_shape=(STARTS, units),
        bias_axes="so",
        activation=activation,
        kernel_initializer=keras.initializers.RandomNormal(stddev=math.sqrt(2 / inputs)),
    )


def networks(inputs: int, outputs: int, width: int = 64) -> keras.Model:
    """STARTS untrained networks with two hidden layers, side by side."""
    return keras.Sequential(
        [
            keras.Input((STARTS, inputs)),
            dense(inputs, width, "relu"),
            dense(width, width, "relu"),
            dense(width, outputs),
        ]
    )


# %%
def train_detective(draw_real, draw_fake, grid, steps: int, every: int) -> np.ndarray:
    """Train discriminators on fresh batches; logits on the grid: (records, len(grid), STARTS)."""
    set_seed(0)
    model = networks(1, 1)
    optimizer = keras.optimizers.Adam(2e-3, beta_2=0.99)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
    points = np.repeat(grid.astype("float32")[:, None, None], STARTS, axis=1)

    @tf.function(autograph=False)
    def step():
        real, fake = draw_real(), draw_fake()
        x = ops.concatenate([real, fake])
        labels = ops.concatenate([ops.ones_like(real), ops.zeros_like(fake)])
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(x))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    records = []
    for k in progress_bar(range(steps + 1), "detectives"):
        if k % every == 0:
            records.append(np.asarray(model(points))[:, :, 0])
        step()
    return np.array(records)


# %% [markdown]
# The last layer has no sigmoid: it gives the **logit** $\ell(x)$, and $D = \sigma(\ell) = 1/(1 +
# e^{-\ell})$. The optimum's logit is $\log p - \log q$.


# %%
def draw_two_humps(n: int = 256) -> tf.Tensor:
    """Real numbers (n, STARTS, 1), fresh at every call."""
    first = tf.random.uniform((n, STARTS, 1)) < 0.6
    z = tf.random.normal((n, STARTS, 1))
    return tf.where(first, -2 + 0.5 * z, 1.5 + z)


def draw_bell(n: int = 256) -> tf.Tensor:
    """Forged numbers (n, STARTS, 1)."""
    return 1.5 * tf.random.normal((n, STARTS, 1))


grid = np.linspace(-9, 9, 3601)
p, q = p_real(grid), q_fake(grid)
best = optimal_discriminator(p, q)
every = budget(100, 20)
logits = train_detective(draw_two_humps, draw_bell, grid, steps=budget(2000, 60), every=every)
trained = expit(logits[-1])
# distance where the data are: averaged over real and forged numbers in equal parts
distance = trapezoid(np.abs(trained - best[:, None]) * (p + q)[:, None] / 2, grid, axis=0)
print("mean |D - D*| of the five starts:", distance.round(4))
report("detective_distance_mean", distance.mean(), within=(0.005, 0.05))
report("detective_distance_worst", distance.max(), within=(0.005, 0.09))

# %% [markdown]
# On average the detectives are within a few hundredths of an optimum that they have never been told.
# Before you see the curves: what is the *value* of the game for the perfect detective?
#
# ## What the value measures
#
# Put $D^* = p / (p + q)$ into $V$, and write $m = (p + q)/2$ for the even mixture:
#
# $$V(D^*, G) = \int p \log \frac{p}{2m} + q \log \frac{q}{2m}\, dx
# = \underbrace{\int p \log \frac{p}{m}\, dx}_{\mathrm{KL}(p \| m)} + \underbrace{\int q \log \frac{q}{m}\, dx}_{\mathrm{KL}(q \| m)} - 2 \log 2
# = 2\, \mathrm{JS}(p, q) - \log 4 .$$
#
# $\mathrm{JS}(p, q) = \frac12 \mathrm{KL}(p\|m) + \frac12 \mathrm{KL}(q\|m)$ is the **Jensen–Shannon
# divergence** (Lin 1991): zero only for $p = q$, symmetric, and never more than $\log 2$. So a forger who
# plays against a perfect detective reduces the JS divergence. All logarithms here are natural; the unit is
# the *nat*.
#
# ### Exercise 2: the Jensen–Shannon divergence by quadrature
#
# The densities are given on a grid, which may be *unevenly* spaced, and may be exactly zero in places.
# There $0 \log 0$ counts as 0, its limit.
#
# <details><summary>Hint: the integral</summary>
#
# `trapezoid(values, points)` of SciPy, imported above, takes the points' spacing into account.
# </details>
# <details><summary>Hint: zero times its logarithm</summary>
#
# `scipy.special` has functions that know the limit: look at `xlogy` and `rel_entr`.
# </details>


# %% exercise="js_divergence"
def js_divergence(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """Jensen–Shannon divergence in nats, between 0 and log 2.

    Args:
        p: first density at the points x, (n,), zeros allowed.
        q: second density, (n,).
        x: points, (n,), increasing, not always evenly spaced.
    """
    ### BEGIN SOLUTION
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    doubled = [2 * optimal_discriminator(p, q), 2 * optimal_discriminator(q, p)]
    return float(trapezoid(xlogy(p, doubled[0]) + xlogy(q, doubled[1]), x) / 2)
    ### END SOLUTION


# %% check="js_divergence" points=2
def check_js(p, q, x, name, exact=None, rtol=1e-3):
    """Compare with entropies: JS = H(m) - (H(p) + H(q)) / 2, and know the usual mistakes."""
    p, q, x = (np.asarray(v, dtype=float) for v in (p, q, x))

    def kl(a, b):
        inside = (a > 0) & (b > 0)
        terms = np.zeros_like(a)
        terms[inside] = a[inside] * (np.log(a[inside]) - np.log(b[inside]))
        return trapezoid(terms, x)

    m = (p + q) / 2
    right = trapezoid(-xlogy(m, m) + (xlogy(p, p) + xlogy(q, q)) / 2, x)
    right = right if exact is None else exact
    evenly = np.sum(np.nan_to_num(xlogy(p, p) + xlogy(q, q) - 2 * xlogy(m, m))) / 2
    with np.errstate(all="ignore"):
        value = js_divergence(p.copy(), q.copy(), x.copy())
    mistakes = {
        "the factor one half is missing: JS is the mean of the two divergences.": 2 * right,
        "half of it: is there one factor 1/2 too many?": right / 2,
        "that is in bits; use the natural logarithm.": right / np.log(2),
        "the square root is the Jensen–Shannon *distance*; the divergence has none.": right**0.5,
        "this is the value of the game, 2 JS - log 4, not JS.": 2 * right - np.log(4),
        "this is KL(p, q); compare each density with the mixture m.": kl(p, q),
        "this is KL(q, p); compare each density with the mixture m.": kl(q, p),
        "this is the mean of KL(p, q) and KL(q, p); compare each with m.": (kl(p, q) + kl(q, p))
        / 2,
        "this is half of KL(p, m); the other half belongs to q.": kl(p, m) / 2,
        "this is KL(p, m) alone.": kl(p, m),
        "the sign is wrong.": -right,
        "log 2 is missing: m is the mean of p and q, not their sum; from V, JS is (V + log 4) / 2.": right
        - np.log(2),
        "a gap in a density was left out and bridged; keep all points, with 0 there.": sum(
            trapezoid((xlogy(a, a) - xlogy(a, m))[a > 0], x[a > 0]) / 2 for a in (p, q)
        ),
        "the values were summed, not integrated over x.": evenly,
        "the points are not evenly spaced; the first step does not stand for all.": evenly
        * (x[1] - x[0]),
        "the points are not evenly spaced; a mean step will not do.": evenly * np.diff(x).mean(),
    }
    check.require(value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.require(
        not np.isnan(np.asarray(value, dtype=float)).any(),
        f"{name}: the result is NaN. What is 0 times log 0 in your code?",
    )
    check.require(
        not np.isinf(np.asarray(value, dtype=float)).any(),
        f"{name}: the result is infinite. Far out 1 - p / (p + q) rounds to 0, and its logarithm is "
        "infinite: compute q / (p + q) itself.",
    )
    nowhere = {"0: where only one density is zero, the other one's term stays.": 0.0}
    mistakes = (nowhere if right > 0.1 else {}) | mistakes
    check.close(value, right, name, rtol=rtol, atol=1e-5, mistakes=mistakes)


uneven = np.sinh(np.linspace(-3.2, 3.2, 2001))
check_js(norm.pdf(uneven, 0, 1), norm.pdf(uneven, 1.5, 0.7), uneven, "JS of two Gaussians")
bump = np.where(np.abs(uneven) < 1, np.cos(np.pi / 2 * uneven) ** 2, 0)
moved = np.where(np.abs(uneven - 3) < 1, np.cos(np.pi / 2 * (uneven - 3)) ** 2, 0)
check_js(bump, moved, uneven, "JS of two bumps that do not overlap", exact=np.log(2))
check_js(bump, bump, uneven, "JS of a density with itself", exact=0.0)
blocks = 0.25 * ((np.abs(uneven) > 1) & (np.abs(uneven) < 3))
check_js(blocks, norm.pdf(uneven), uneven, "JS of two blocks and a bell", rtol=5e-3)
### BEGIN HIDDEN TESTS
even = np.linspace(-8, 8, 4001)
check_js(norm.pdf(even, -0.5, 1), norm.pdf(even, 0.5, 2), even, "JS, evenly spaced points")
stretched = np.concatenate([np.linspace(-9, 0, 3000)[:-1], np.linspace(0, 9, 1000)])
mixed = 0.5 * norm.pdf(stretched, -2, 0.6) + 0.5 * norm.pdf(stretched, 2, 0.6)
check_js(mixed, norm.pdf(stretched, 1, 1), stretched, "JS with a mixture")
check_js(norm.pdf(stretched, 1, 1), mixed, stretched, "JS, arguments exchanged")
wide = np.linspace(-60, 60, 12001)
cut = lambda d: np.where(d > 1e-250, d, 0)  # noqa: E731  halves of smaller ones may round to zero
bells = cut(norm.pdf(wide, -32, 1)), cut(norm.pdf(wide, 32, 1))
check_js(*bells, wide, "JS of far bells", exact=np.log(2))
partly = np.where(np.abs(even - 1) < 1, np.cos(np.pi / 2 * (even - 1)) ** 2, 0)
bump_even = np.where(np.abs(even) < 1, np.cos(np.pi / 2 * even) ** 2, 0)
check_js(bump_even, partly, even, "JS of bumps that overlap in part")
### END HIDDEN TESTS

# %% [markdown]
# Now the perfect detective's value in two ways, and the trained ones' values *while they learned*. Their
# expectations are computed by quadrature too, so no luck of a sample is involved.


# %%
def game_value(logit: np.ndarray, p: np.ndarray, q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Value of the game for a discriminator's logits on the points x, axis -1."""
    log_d, log_not_d = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)  # no overflow
    return trapezoid(p * log_d + q * log_not_d, x, axis=-1)


bound = 2 * js_divergence(p, q, grid) - np.log(4)
report("js_of_the_two_densities", js_divergence(p, q, grid), within=(0.126, 0.127))
report("value_minus_formula", game_value(np.log(p / q), p, q, grid) - bound, (-1e-8, 1e-8))
values = game_value(logits.transpose(0, 2, 1), p, q, grid)  # (records, STARTS)

fig, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.5))
left.plot(grid, expit(logits[-1]), color=plots.COLORS[5], linewidth=1, label="five trained")
left.plot(grid, best, "--", color="black", linewidth=2, label="optimum p / (p + q)")
left.plot(middle, share_real, "o", color=plots.COLORS[2], markersize=4, label="counted")
left.set(title="Trained and perfect detectives", xlabel="number x", ylabel="D(x)", xlim=(-5, 5))
handles, names = left.get_legend_handles_labels()
left.legend(handles[-3:], names[-3:], fontsize=9, loc="upper right")
right.plot(np.arange(len(values)) * every, values, color=plots.COLORS[5])
right.axhline(bound, color="black", linestyle="--", label="2 JS $-$ log 4")
right.axhline(-np.log(4), color=plots.GREY, linestyle=":", label="$-$ log 4 (guessing)")
right.set(title="Their value rises to the bound", xlabel="training step", ylabel="value (nats)")
right.set_ylim(-1.45, bound + 0.05)
right.legend(fontsize=9, loc="center right")
plots.show(
    fig,
    alt="Left: five trained discriminators lie on the exact curve p/(p+q) where data are. Right: "
    "their game values rise within some hundred steps to the dashed bound and stay just below.",
    name="trained_and_perfect",
)
gap = bound - values[-1]
report("gap_to_bound_smallest", gap.min(), within=(0, 0.015))
report("gap_to_bound_largest", gap.max(), within=(0, 0.05))

# %% [markdown]
# Where the data are, the curves agree; beyond ±3, where few numbers fall, each detective has an opinion of
# its own. No value is above the bound, and none can be: **the value of a trained $D$ is a lower bound** on
# $2\,\mathrm{JS} - \log 4$. A weak detective makes the forger look better than he is. Keep this in mind
# for later: the forger's loss is measured with a ruler that is itself being trained.
#
# One trap lies here. The bound holds for *expectations*, not for the numbers that $D$ was trained on. Give
# the detectives 20 real and 20 forged numbers, always the same:

# %%
few_real = tf.constant(rng.choice(real_numbers, (20, STARTS, 1)), "float32")
few_fake = tf.constant(rng.choice(fake_numbers, (20, STARTS, 1)), "float32")
few = train_detective(lambda: few_real, lambda: few_fake, grid, budget(2000, 60), every)[-1]
apparent = [
    -np.logaddexp(0, -np.interp(few_real[:, s, 0], grid, few[:, s])).mean()
    - np.logaddexp(0, np.interp(few_fake[:, s, 0], grid, few[:, s])).mean()
    for s in range(STARTS)
]
honest = game_value(few.T, p, q, grid)
print(f"bound {bound:.2f}; on its own 40 numbers {np.round(apparent, 2)}; truly {honest.round(2)}")
report("memorised_value_mean", np.mean(apparent), within=(-0.95, -0.3))
report("memorised_above_bound_smallest", np.min(apparent) - bound, within=(0.05, 1.1))
report("memorised_true_value_mean", honest.mean(), within=(-20, -1.5))

# %% [markdown]
# On its own forty numbers every detective beats the bound: it has learned them by heart. Its true value is
# far below. A discriminator that memorises its training set gives the generator a wrong map; this is why
# GANs with little data need care.
#
# ## The forger's turn: two losses
#
# The forger sees the value only through his own samples. In the game as stated he minimises
#
# $$\mathcal{L}_{\text{sat}} = \mathbb{E}_{x \sim q} \log (1 - D(x)),$$
#
# and the original paper advises at once to minimise something else instead:
#
# $$\mathcal{L}_{\text{non-sat}} = -\,\mathbb{E}_{x \sim q} \log D(x) .$$
#
# Both fall when $D(x)$ rises. Their slopes differ. With $D = \sigma(\ell)$, use $\sigma' = \sigma (1 -
# \sigma)$:
#
# $$\frac{d}{d\ell} \log(1 - \sigma(\ell)) = -\sigma(\ell) = -D, \qquad
# \frac{d}{d\ell} \bigl(-\log \sigma(\ell)\bigr) = -(1 - \sigma(\ell)) = -(1 - D) .$$
#
# Where the detective is sure of a forgery, $D \approx 0$: the first slope **dies** ("saturates"), the
# second is full.
#
# For computing, write everything with the **softplus** $\mathrm{sp}(\ell) = \log(1 + e^{\ell})$, which
# libraries evaluate without overflow: $-\log \sigma(\ell) = \mathrm{sp}(-\ell)$ and $-\log(1 -
# \sigma(\ell)) = \mathrm{sp}(\ell)$.
#
# ### Exercise 3: the losses, from logits
#
# The discriminator's loss is $-V$, so that both players *minimise*. Use `keras.ops` or TensorFlow on the
# tensors themselves: gradients must flow through. All are **means** over the batch.
#
# <details><summary>Hint: which sign?</summary>
#
# A good detective has large logits for real data and very negative ones for forgeries; his loss is then
# near zero. Which of sp(ℓ) and sp(−ℓ) is near zero for a large ℓ?
# </details>
# <details><summary>Hint: a plan</summary>
#
# `ops.softplus` and `ops.mean`, nothing else. The saturating loss is a *negative* number: it is the
# logarithm of a probability. The batches of real and of forged data may differ in size, so take their
# means apart.
# </details>


# %% exercise="gan_losses"
def discriminator_loss(real_logits, fake_logits):
    """Loss of the discriminator, -V, as a scalar tensor.

    Args:
        real_logits: tensor of any shape, e.g. (n, 1): logits of real data.
        fake_logits: tensor of any shape, e.g. (m, 1): logits of generated data.
    """
    ### BEGIN SOLUTION
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))
    ### END SOLUTION


def generator_loss(fake_logits, saturating: bool = False):
    """Loss of the generator, as a scalar tensor: mean of -log D, or of log(1 - D) if saturating.

    Args:
        fake_logits: tensor of any shape, e.g. (n, 1): logits of generated data.
        saturating: which of the two.
    """
    ### BEGIN SOLUTION
    if saturating:
        return -ops.mean(ops.softplus(fake_logits))
    return ops.mean(ops.softplus(-fake_logits))
    ### END SOLUTION


# %% check="gan_losses" points=3
def check_losses(real, fake, name):
    """Compare values and gradients with NumPy's logaddexp, and know the usual mistakes."""
    real, fake = (np.asarray(v, dtype="float32") for v in (real, fake))
    soft = lambda v: np.logaddexp(0, v.astype(float))  # noqa: E731
    once = lambda v: expit(v.astype(float))  # noqa: E731
    r, f = soft(-real), soft(fake)
    d_right, g_right, s_right = r.mean() + f.mean(), soft(-fake).mean(), -f.mean()
    tensors = [tf.constant(v) for v in (real, fake)]
    with tf.GradientTape(persistent=True) as tape:
        for tensor in tensors:
            tape.watch(tensor)
        try:
            first = discriminator_loss(*tensors)
        except (tf.errors.InvalidArgumentError, ValueError):
            check.require(False, f"discriminator_loss, {name}: {APART}")
        results = {
            "discriminator_loss": first,
            "generator_loss": generator_loss(tensors[1]),
            "generator_loss, saturating": generator_loss(tensors[1], saturating=True),
        }
    for key, value in results.items():
        check.require(value is not None, f"{key} returned nothing. Is the `return` missing?")
        check.require(
            np.ndim(value) == 0 and not isinstance(value, tuple | list),
            f"{key}, {name}: expected one number for the whole batch, got shape "
            f"{np.shape(value)}. Take the mean.",
        )
        check.require(
            tf.is_tensor(value),
            f"{key} is no tensor but {type(value).__name__}, through which no gradient flows. Use "
            "keras.ops or TensorFlow.",
        )
    rights = dict(zip(results, (d_right, g_right, s_right), strict=True))
    for key, value in results.items():
        lost = abs(rights[key]) > 50 and not abs(float(value)) > 0.9 * abs(rights[key])
        check.require(
            np.isfinite(value) and not lost,
            f"{key}, {name}: got {float(value):.4g}, expected {rights[key]:.4g}. The logarithm of a "
            "sigmoid that has rounded to 0 is infinite, and an epsilon or a clip only hides it: use "
            "softplus of the logit.",
        )
    clipped = lambda v: -np.log(np.clip(v, np.float32(1e-7), np.float32(1 - 1e-7)))  # noqa: E731
    probabilities = "logits were given to a cross-entropy of probabilities: from_logits=True."
    smoothed = lambda t, u: (soft(real) - t * real).mean() + (f - u * fake).mean()  # noqa: E731
    outside = "targets outside [0, 1] (such as 1.05) reward overconfidence; real is 1, forged is 0."
    check.close(
        results["discriminator_loss"],
        d_right,
        f"discriminator_loss, {name}",
        rtol=1e-4,
        mistakes={
            "this is the value V; the loss is -V.": -d_right,
            probabilities: clipped(real).mean() + clipped(1 - fake).mean(),
            "the labels are swapped: real is 1, forged is 0.": soft(real).mean()
            + soft(-fake).mean(),
            "the fakes are rewarded for large logits: their label is 0.": r.mean()
            + soft(-fake).mean(),
            "halved: V is a sum of two means, not the mean of both.": d_right / 2,
            "this is a sum over the batch; take the mean.": r.sum() + f.sum(),
            "only the real data count here.": r.mean(),
            "only the fakes count here.": f.mean(),
            "take the two means apart: the batches differ in size.": np.concatenate(
                [r.ravel(), f.ravel()]
            ).mean(),
            "take the two means apart; pooled, the larger batch counts more.": 2
            * np.concatenate([r.ravel(), f.ravel()]).mean(),
            "in bits; use the natural logarithm.": d_right / np.log(2),
            "the sigmoid is taken twice: probabilities were passed where logits belong.": soft(
                -once(real)
            ).mean()
            + soft(once(fake)).mean(),
            outside: smoothed(1.05, -0.05),
            outside + " (1.1, -0.1)": smoothed(1.1, -0.1),
            outside + " (1.05, 0)": smoothed(1.05, 0.0),
            "label smoothing is not asked for.": smoothed(0.9, 0.0),
            "label smoothing is not asked for, on either side.": smoothed(0.9, 0.1),
        },
    )
    common = {
        probabilities: clipped(fake).mean(),
        "in bits; use the natural logarithm.": g_right / np.log(2),
        "this is a sum over the batch; take the mean.": soft(-fake).sum(),
        "the sigmoid is taken twice: probabilities were passed where logits belong.": soft(
            -once(fake)
        ).mean(),
    }
    check.close(
        results["generator_loss"],
        g_right,
        f"generator_loss, {name}",
        rtol=1e-4,
        mistakes={
            "this is the saturating loss log(1 - D), asked for with saturating=True.": s_right,
            "the sign is flipped: minimising this makes D(x) small.": -g_right,
            "the label of this loss is wrong: the forger wants his samples called real.": f.mean(),
        }
        | common,
    )
    check.close(
        results["generator_loss, saturating"],
        s_right,
        f"generator_loss with saturating=True, {name}",
        rtol=1e-4,
        mistakes={
            "the sign is flipped: log(1 - D) is negative.": f.mean(),
            "this is the non-saturating loss; is the argument used?": g_right,
            "this is a sum over the batch; take the mean.": -f.sum(),
        }
        | {key: -once(fake).mean() for key in ["a loss is a logarithm of the probability."]},
    )
    slopes = [
        ("generator_loss", "forged", -expit(-fake.astype(float)) / fake.size),
        ("generator_loss, saturating", "forged", -expit(fake.astype(float)) / fake.size),
        ("discriminator_loss", "forged", expit(fake.astype(float)) / fake.size),
        ("discriminator_loss", "real", -expit(-real.astype(float)) / real.size),
    ]
    for key, side, wanted in slopes:
        slope = tape.gradient(results[key], tensors[side == "forged"])
        check.require(
            slope is not None,
            f"{key}: no gradient flows back to the {side} logits. Stay with keras.ops or TensorFlow, "
            "without NumPy and stop_gradient.",
        )
        check.close(slope, wanted, f"the gradient of {key} ({side} logits), {name}", rtol=1e-3)


APART = (
    "real and forged logits were joined before the mean. The batches may differ in size: take the "
    "mean of each, then add."
)
check_losses([[2.0], [-1.0], [0.5]], [[-1.5], [0.3], [0.8], [-4.0]], "small batches")
check_losses([[1000.0], [-1000.0]], [[-1000.0], [1000.0], [3.0]], "logits of 1000")
### BEGIN HIDDEN TESTS
rng_check = np.random.default_rng(8)
check_losses(rng_check.normal(size=7), rng_check.normal(size=3), "no second axis")
check_losses(rng_check.normal(size=(4, 5, 1)) * 3, rng_check.normal(size=(6, 5, 1)), "three axes")
check_losses([[4.0]], [[-2.0]], "one example each")
check_losses([[-90.0], [-100.0]], [[95.0], [100.0]], "logits about 100")
### END HIDDEN TESTS

# %% [markdown]
# The error to avoid most: passing *probabilities* to a function that expects logits. The sigmoid is then
# taken twice, nothing crashes, and the gradients are a fraction of what they should be. Another one comes
# from published code, which adds noise to the labels so that real ones lie between 1 and 1.1. Look what a
# label of 1.05 does when the detective is sure ($\ell = 100$):

# %%
over = float(ops.binary_crossentropy([1.05], ops.convert_to_tensor([100.0]), from_logits=True)[0])
report("loss_with_label_1.05_at_logit_100", over, within=(-5.01, -4.99))

# %% [markdown]
# A *negative* loss, which falls without end as $\ell$ grows: labels beyond 1 pay for overconfidence.
# Smoothing goes the other way, to 0.9.
#
# ## Vanishing against alive
#
# Let the real data follow $\mathcal{N}(0, 1)$, the forgeries $\mathcal{N}(\theta, 1)$, made as $x = z +
# \theta$. The forger has one weight, $\theta$, and should move it to 0. With the perfect detective, $\ell
# = \log p - \log q$, the two gradients are integrals. Arjovsky & Bottou (2017) proved what they are
# gradients *of*:
#
# $$\nabla_\theta \mathcal{L}_{\text{sat}} = \nabla_\theta\, 2\,\mathrm{JS}(p, q_\theta), \qquad
# \nabla_\theta \mathcal{L}_{\text{non-sat}} = \nabla_\theta \bigl[\mathrm{KL}(q_\theta \| p) - 2\,\mathrm{JS}(p, q_\theta)\bigr] .$$
#
# The saturating loss does what was promised. The popular one **does not minimise the JS divergence**: it
# minimises the *reverse* KL, and *minus* JS. Test both by differences of your `js_divergence` (here
# $\mathrm{KL}(q_\theta \| p) = \theta^2/2$, whose slope is $\theta$).


# %%
line = np.linspace(-14, 22, 7201)


def slopes_of_losses(theta: float, logit: np.ndarray | None = None) -> tuple[float, float]:
    """d/d theta of both generator losses, D held fixed: the perfect one, or logits on the line."""
    logit = theta**2 / 2 - theta * line if logit is None else logit
    slope, q_theta = np.gradient(logit, line), norm.pdf(line, theta, 1)
    saturating = trapezoid(q_theta * -expit(logit) * slope, line)
    return saturating, trapezoid(q_theta * -expit(-logit) * slope, line)


def js_slope(theta: float, h: float = 1e-3) -> float:
    """Slope of JS(N(0, 1), N(theta, 1)) by a central difference."""
    ahead, behind = (
        js_divergence(norm.pdf(line), norm.pdf(line, theta + s, 1), line) for s in (h, -h)
    )
    return (ahead - behind) / (2 * h)


thetas = np.linspace(0.25, 8, 32)
exact = np.array([slopes_of_losses(t) for t in thetas])
theory = np.array([(2 * js_slope(t), t - 2 * js_slope(t)) for t in thetas])
report("largest_deviation_from_theory", np.abs(exact - theory).max(), within=(0, 1e-4))
report("saturating_slope_largest", exact[:, 0].max(), within=(0.464, 0.468))
report("shift_of_the_largest", thetas[exact[:, 0].argmax()], within=(1.4, 1.8))
report("saturating_slope_at_8", slopes_of_losses(8.0)[0], within=(3e-4, 5e-4))
report("non_saturating_slope_at_8", slopes_of_losses(8.0)[1], within=(7.9, 8.0))

# %% [markdown]
# Now with detectives that were *trained*, at $\theta = 6$, where the two bells hardly overlap. The forger
# stands still and the detectives get better.

# %%
far_every = budget(50, 20)
far = train_detective(
    lambda: tf.random.normal((256, STARTS, 1)),
    lambda: 6 + tf.random.normal((256, STARTS, 1)),
    line,
    steps=budget(1500, 40),
    every=far_every,
)
learned = np.array([[slopes_of_losses(6.0, d[:, s]) for s in range(STARTS)] for d in far])

fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.5))
logit_axis = np.linspace(-8, 8, 161)
names = ("saturating", "non-saturating")
for k, name in enumerate(names):
    color, style = plots.COLORS[1 - k], ("-", "--")[k]
    curve = (-np.logaddexp(0, logit_axis), np.logaddexp(0, -logit_axis))[k]
    axes[0].plot(logit_axis, curve, style, color=color, label=name)
    axes[1].plot(thetas, exact[:, k], style, color=color, label=name)
    axes[1].plot(thetas[::3], theory[::3, k], "o", color=color, markersize=4)
    for s in range(STARTS):
        axes[2].plot(
            np.arange(len(far)) * far_every, np.abs(learned[:, s, k]), style, color=color, lw=1
        )
axes[0].set(title="Two losses of the forger", xlabel="logit of a forgery", ylabel="loss (nats)")
axes[0].legend(fontsize=9)
axes[1].set(
    title="Perfect detective (dots: theory)", xlabel="shift θ", ylabel="slope", yscale="log"
)
for k, value in enumerate(slopes_of_losses(6.0)):
    axes[2].axhline(value, color=plots.COLORS[1 - k], linewidth=3, alpha=0.3)
axes[2].set(
    title="Trained, θ = 6 (thick: perfect)",
    xlabel="training step of D",
    ylabel="size of the slope",
    yscale="log",
)
plots.show(
    fig,
    alt="Left: the saturating loss is flat for very negative logits, the non-saturating one steep. Middle: "
    "with the perfect discriminator the saturating slope falls by orders of magnitude as the shift "
    "grows; the non-saturating one grows. Right: with five trained discriminators at shift 6 the "
    "saturating slope stays about a hundredth, the non-saturating one climbs to several units.",
    name="two_losses",
)
final = np.abs(learned[-1])
report("trained_saturating_slope_largest", final[:, 0].max(), within=(0, 0.06))
report("trained_non_saturating_slope_smallest", final[:, 1].min(), within=(1, 7))
report("ratio_of_slopes_median", np.median(final[:, 1] / final[:, 0]), within=(100, 1000))

# %% [markdown]
# So with the saturating loss **the worse the forger, the weaker the pull**: at $\theta = 8$ less than a
# thousandth is left of the largest slope, 0.47 near $\theta = 1.6$. The trained detectives agree: the
# two slopes lie two to three orders of magnitude apart. (Add both formulas above: the two slopes sum to
# $\theta$ exactly. What one loses the other gains.)
#
# The popular loss keeps teaching, but know what it teaches. Reverse KL punishes hard a forgery where no
# real data are; it hardly punishes real data that are *never forged*. And minus JS even pushes the
# densities apart. Safe forgeries of a few kinds: that is a recipe for the failure that you will meet on
# the ring. (The identity holds for the perfect detective and at the current $\theta$ only. A trained
# detective is smoother, so nobody's GAN minimises exactly this.)
#
# ## When the densities do not meet at all
#
# Photographs fill a tiny part of all pixel patterns, and early forgeries another. Two densities without
# overlap have JS = log 2, *however near they are*: a constant, slope zero. Another distance does not have
# this flaw. The **Wasserstein distance** (also *earth mover's*) asks how far mass must be carried to turn
# one pile into the other. For points $x_1 \dots x_n$ with mass $1/n$ each and $y_1 \dots y_m$ with $1/m$
# each, it is the solution of a *linear programme*: choose a plan $T_{ij} \ge 0$, the mass carried from
# $x_i$ to $y_j$, with
#
# $$W_1 = \min_T \sum_{ij} T_{ij}\, \lVert x_i - y_j \rVert, \qquad \sum_j T_{ij} = \frac1n \text{ for each } i, \qquad \sum_i T_{ij} = \frac1m \text{ for each } j .$$
#
# ### Exercise 4: the Wasserstein distance by linear programming
#
# `linprog(c, A_eq=A, b_eq=b)` minimises $c \cdot t$ over all $t \ge 0$ (its default bounds) with $A t =
# b$. The plan has to become one long vector, row after row: `T.ravel()`.
#
# <details><summary>Hint: the matrix</summary>
#
# One row of $A$ for each of the $n + m$ conditions. For $n = 2$, $m = 3$ the vector is $(T_{11}, T_{12},
# T_{13}, T_{21}, T_{22}, T_{23})$. Write the five rows of zeros and ones on paper.
# </details>
# <details><summary>Hint: building it</summary>
#
# A loop that fills a matrix of zeros of shape (n, m), raveled, will do. Shorter: `np.kron` of an identity
# with a row of ones, and the other way round. `cdist(x, y)` gives all distances. The minimum is the
# result's `fun`.
# </details>


# %% exercise="wasserstein_lp"
def wasserstein_lp(x: np.ndarray, y: np.ndarray) -> float:
    """Wasserstein-1 distance, with Euclidean cost, between two clouds of equally heavy points.

    Args:
        x: points (n, d), mass 1/n each.
        y: points (m, d), mass 1/m each.
    """
    ### BEGIN SOLUTION
    n, m = len(x), len(y)
    rows = np.kron(np.eye(n), np.ones((1, m)))
    columns = np.kron(np.ones((1, n)), np.eye(m))
    masses = np.concatenate([np.full(n, 1 / n), np.full(m, 1 / m)])
    return float(linprog(cdist(x, y).ravel(), A_eq=np.vstack([rows, columns]), b_eq=masses).fun)
    ### END SOLUTION


# %% check="wasserstein_lp" points=3
def check_w1(x, y, name):
    """Compare with quantiles (one dimension) or a matching (several), and know usual mistakes."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    n, m = len(x), len(y)
    common = math.lcm(n, m)  # every point split into equal parts: then a matching is the plan

    def matched(cost):
        large = np.repeat(np.repeat(cost, common // n, axis=0), common // m, axis=1)
        pairs = linear_sum_assignment(large)
        return pairs, large

    cost = cdist(x, y)
    (i, j), large = matched(cost)
    right = large[i, j].mean()
    if x.shape[1] == 1:
        right = wasserstein_distance(x[:, 0], y[:, 0])
    (i2, j2), squares = matched(cost**2)
    (i1, j1), blocks = matched(cdist(x, y, "cityblock"))
    most = large[linear_sum_assignment(-large)].mean()
    no_plan = (
        f"{name}: None instead of a number. Is the `return` missing? If not, linprog found no plan "
        "(its `fun` is then None): is the mass 1/n at each x and 1/m at each y, in the rows' order?"
    )
    try:
        value = wasserstein_lp(x.copy(), y.copy())
    except TypeError as problem:
        check.require("NoneType" not in str(problem), no_plan)
        raise
    check.require(value is not None, no_plan)
    check.require(
        not hasattr(value, "fun"),
        f"{name}: this is linprog's whole result; the minimum is its attribute `fun`.",
    )
    mistakes = {
        "a matching leaves points out where n and m differ; a plan may split masses.": cost[
            linear_sum_assignment(cost)
        ].mean()
        if n != m
        else np.nan,
        "the masses add up to less than one: 1/n at each x and 1/m at each y.": right / n,
        "the mean of all distances is the cost of one plan, not of the best.": cost.mean(),
        "each point went to its nearest neighbour; the masses that arrive must be 1/m, too.": cost.min(
            axis=1
        ).mean(),
        "the nearest x for each y; the masses that leave must be 1/n, too.": cost.min(
            axis=0
        ).mean(),
        "the mass at each x is 1/n, not 1: all masses add up to one.": right * n,
        "the mass at each y is 1/m, not 1: all masses add up to one.": right * m,
        "this is the distance of the two means.": np.linalg.norm(x.mean(0) - y.mean(0)),
        "the distances were squared.": squares[i2, j2].mean(),
        "this is W2, with squared distances and a root.": squares[i2, j2].mean() ** 0.5,
        "the distance is Euclidean, not the sum of absolute differences.": blocks[i1, j1].mean(),
        "the largest cost was found, not the smallest.": most,
        "a negative distance: the largest cost was found, not the smallest.": -most,
        "zero: mass has to go somewhere. Are there conditions for both x and y?": 0.0,
    }
    if n == m:
        mistakes["points paired in the order in which they came."] = np.diag(cost).mean()
    check.close(value, right, name, rtol=1e-4, atol=1e-7, mistakes=mistakes)


rng_check = np.random.default_rng(5)
check_w1([[0.0], [1.0], [3.0]], [[5.0], [-2.0], [7.0]], "three and three numbers")
check_w1([[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [4.0, 4.0], [1.0, 1.0]], "two and three points")
check_w1(rng_check.normal(size=(12, 1)), 1 + rng_check.normal(size=(8, 1)), "12 and 8 numbers")
### BEGIN HIDDEN TESTS
check_w1(rng_check.normal(size=(10, 3)), rng_check.normal(size=(15, 3)) - 1, "points in space")
check_w1(rng_check.normal(size=(20, 2)), rng_check.normal(size=(20, 2)), "20 and 20 points")
check_w1(rng_check.normal(size=(1, 2)), rng_check.normal(size=(6, 2)), "one point and six")
check_w1(rng_check.normal(size=(6, 2)), rng_check.normal(size=(1, 2)), "six points and one")
same = rng_check.normal(size=(7, 2))
value = check.number(wasserstein_lp(same, same[::-1].copy()), "a cloud and itself")
check.close(value, 0.0, "the distance of a cloud from itself in another order", atol=1e-7)
### END HIDDEN TESTS

# %% [markdown]
# Take the uniform density on $[0, 1]$ and its copy shifted by $\theta$. Here everything can be said
# exactly: $\mathrm{JS} = \min(\theta, 1) \log 2$ and $W_1 = \theta$. Your two functions beside these
# formulas:

# %%
shifts = np.linspace(0, 3, 13)
fine = np.linspace(-0.5, 4.5, 50_001)
uniform = lambda t: ((fine > t) & (fine < t + 1)).astype(float)  # noqa: E731
js_curve = np.array([js_divergence(uniform(0), uniform(t), fine) for t in shifts])
spots = np.linspace(0, 1, 25)[:, None]
w_curve = np.array([wasserstein_lp(spots, spots + t) for t in shifts])
report(
    "js_uniform_deviation", np.abs(js_curve - np.minimum(shifts, 1) * np.log(2)).max(), (0, 1e-3)
)
report("w1_uniform_deviation", np.abs(w_curve - shifts).max(), within=(0, 1e-6))

fig, ax = plt.subplots(figsize=(6.4, 3.4))
ax.plot(
    shifts, np.minimum(shifts, 1) * np.log(2), color=plots.COLORS[1], label="JS (nats), formula"
)
ax.plot(shifts, js_curve, "o", color=plots.COLORS[1], label="JS, your quadrature")
ax.plot(shifts, shifts, "--", color=plots.COLORS[0], label="W1, formula")
ax.plot(shifts, w_curve, "s", color=plots.COLORS[0], label="W1, your linear programme")
ax.annotate("log 2: no overlap, no slope", (1.6, np.log(2)), (0, -15), textcoords="offset points")
ax.set(title="Two uniform densities move apart", xlabel="shift θ", ylabel="divergence or distance")
ax.legend(fontsize=9)
plots.show(
    fig,
    alt="The Jensen-Shannon divergence rises to log 2 at shift 1, where the overlap ends, and stays "
    "flat; the Wasserstein distance goes on growing along the diagonal.",
)

# %% [markdown]
# JS says "different" in the same voice for 1.1 and for 3; $W_1$ says *how far*. That made it the base of a
# later family of GANs (Arjovsky et al. 2017). It costs a linear programme, and a sample of it has a bias:
# two samples of the *same* density are never at distance zero. You will see that floor on the ring.
#
# ## A game is not a descent
#
# Gradient descent on one loss goes down. Two players who each descend *their own* loss may do something
# else. The smallest game: one player has the number $x$ and wants $xy$ small, the other has $y$ and wants
# it large. The equilibrium is (0, 0). With step size $\eta$, both moving **at the same time**:
#
# $$\begin{pmatrix} x' \\ y' \end{pmatrix} = \begin{pmatrix} 1 & -\eta \\ \eta & 1 \end{pmatrix} \begin{pmatrix} x \\ y \end{pmatrix},
# \qquad \lvert \lambda \rvert = \sqrt{1 + \eta^2} > 1 .$$
#
# Each step multiplies the distance from the equilibrium by exactly $\sqrt{1 + \eta^2}$. If they
# **alternate**, $y$ moves first and $x$ answers to the *new* $y$; the matrix then has determinant 1
# and trace $2 - \eta^2$, so for $\eta < 2$ two complex eigenvalues of size exactly 1.
#
# **Predict first:** does alternating reach the equilibrium? And what if $y$, the critic of this game, pays
# a small price $\frac{\gamma}{2} y^2$ for being large?


# %%
def orbit(matrix: np.ndarray, steps: int) -> np.ndarray:
    """Positions (steps + 1, 2) of both players, from (1, 0)."""
    points = [np.array([1.0, 0.0])]
    for _ in range(steps):
        points.append(matrix @ points[-1])
    return np.array(points)


eta, gamma = 0.2, 0.5
simultaneous = np.array([[1, -eta], [eta, 1]])
move_y, move_x = np.array([[1, 0], [eta, 1]]), np.array([[1, -eta], [0, 1]])
penalised_y = np.array([[1, 0], [eta, 1 - eta * gamma]])
games = {
    "simultaneous": simultaneous,
    "alternating": move_x @ move_y,
    "alternating, y pays": move_x @ penalised_y,
}
fig, axes = plt.subplots(1, 3, figsize=(10.4, 3.6), sharex=True, sharey=True)
for ax, (name, matrix) in zip(axes, games.items(), strict=True):
    path, size = orbit(matrix, 60), np.abs(np.linalg.eigvals(matrix)).max()
    ax.plot(*path.T, "o-", markersize=3, linewidth=1)
    ax.plot(*path[0], "s", color=plots.COLORS[1], markersize=8)
    ax.plot(0, 0, "*", color="black", markersize=11)
    ax.set(title=f"{name}\n|λ| = {size:.3f}", xlabel="x (forger)", aspect="equal")
axes[0].set_ylabel("y (critic)")
plots.show(
    fig,
    alt="Three paths around the equilibrium from the same start: simultaneous steps spiral outwards, "
    "alternating steps go round a closed ellipse, and with a penalty on y they spiral inwards.",
    name="three_games",
)
lengths = np.linalg.norm(orbit(simultaneous, 60), axis=1)
growth = lengths[1:] / lengths[:-1]
report("growth_minus_exact", np.abs(growth - np.sqrt(1 + eta**2)).max(), within=(0, 1e-12))
long_run = np.linalg.norm(orbit(games["alternating"], 100_000), axis=1)
report("alternating_longest_ever", long_run.max(), within=(1.053, 1.055))
report("alternating_shortest_ever", long_run.min(), within=(0.952, 0.954))
penalised_size = np.abs(np.linalg.eigvals(games["alternating, y pays"])).max()
report("penalised_eigenvalue", penalised_size, within=(0.948, 0.949))

# %% [markdown]
# Simultaneous steps lose the game for both. Alternating ones go round for ever, after 100,000 steps still on
# the same ellipse, between 0.95 and 1.05 from the middle. The penalty on the critic ends the dance. Nothing
# else changed. Remember it: the same idea, for networks, is called R1 (Mescheder et al. 2018; their
# $-\frac{\gamma}{2}\lVert\nabla D\rVert^2$ is the critic's price).
#
# ### Exercise 5: one alternating update
#
# Now for networks. The discriminator takes one step for each batch in `reals` (usually one, but the
# algorithm of 2014 allows more). Then the generator takes one step against the **updated** discriminator.
# Each step changes the variables of *one* player only.
#
# The losses come as functions: `d_loss(discriminator, real, fake)` and `g_loss(discriminator, fake)`. The
# update will run inside `tf.function`, so return tensors; no `float`, no `.numpy()`.
#
# <details><summary>Hint: one step of one player</summary>
#
# Compute the player's loss inside `with tf.GradientTape() as tape:`. After it, `tape.gradient(loss,
# variables)` with the player's `trainable_variables`, and its optimizer's `apply_gradients(zip(gradients,
# variables))`.
# </details>
# <details><summary>Hint: what belongs inside the tape?</summary>
#
# For the generator's step both networks: the gradient flows *through* the discriminator into the
# generator, though the discriminator's own variables stay as they are. Do not freeze anything; just say
# whose variables you want.
# </details>


# %% exercise="alternating_update"
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    """One round of the game: len(reals) steps of the discriminator, then one of the generator.

    Args:
        generator, discriminator: Keras models.
        g_optimizer, d_optimizer: their optimizers, built.
        reals: list of k batches of real data.
        noises: list of k + 1 batches of noise: one for each of the discriminator's steps, in
            order, and the last for the generator's.
        d_loss: function of (discriminator, real, fake).
        g_loss: function of (discriminator, fake).

    Returns:
        the loss of the discriminator's last step and the loss of the generator's step, scalar
        tensors, as they were when the gradients were taken.
    """
    ### BEGIN SOLUTION
    for real, noise in zip(reals, noises[:-1], strict=True):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        gradients = tape.gradient(loss_d, discriminator.trainable_variables)
        d_optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    gradients = tape.gradient(loss_g, generator.trainable_variables)
    g_optimizer.apply_gradients(zip(gradients, generator.trainable_variables, strict=True))
    return loss_d, loss_g
    ### END SOLUTION


# %% check="alternating_update" points=3
def check_update(k, seed, squares=False, graph=False):
    """Two linear players, whose steps can be done by hand (in NumPy)."""
    draw = np.random.default_rng(seed)
    a, w = draw.normal(size=(3, 2)), draw.normal(size=(2, 1))
    g = keras.Sequential([keras.Input((3,)), layers.Dense(2, use_bias=False)])
    d = keras.Sequential([keras.Input((2,)), layers.Dense(1, use_bias=False)])
    g.set_weights([a])
    d.set_weights([w])
    rates = {"g": 0.3, "d": 0.1}
    g_opt, d_opt = keras.optimizers.SGD(rates["g"]), keras.optimizers.SGD(rates["d"])
    g_opt.build(g.trainable_variables)
    d_opt.build(d.trainable_variables)
    reals = [draw.normal(size=(6, 2)) + 2 for _ in range(k)]
    noises = [draw.normal(size=(6 + s, 3)) + 1 for s in range(k + 1)]

    if squares:  # least squares: label 1 for real, 0 for forged
        d_loss = lambda f, r, x: ops.mean((f(r) - 1) ** 2) + ops.mean(f(x) ** 2)  # noqa: E731
        slope = lambda w, r, x: (  # noqa: E731
            2 * r.T @ (r @ w - 1) / len(r) + 2 * x.T @ (x @ w) / len(x)
        )
        value = lambda w, r, x: np.mean((r @ w - 1) ** 2) + np.mean((x @ w) ** 2)  # noqa: E731
    else:
        d_loss = lambda f, r, x: ops.mean(f(x)) - ops.mean(f(r))  # noqa: E731
        slope = lambda w, r, x: (x.mean(0) - r.mean(0))[:, None]  # noqa: E731
        value = lambda w, r, x: np.mean(x @ w) - np.mean(r @ w)  # noqa: E731
    g_loss = lambda f, x: -ops.mean(f(x))  # noqa: E731

    def descend(w, r, z, rate=rates["d"]):
        return w - rate * slope(w, r, z @ a)

    path = [w]
    for r, z in zip(reals, noises[:-1], strict=True):
        path.append(descend(path[-1], r, z))
    new_w = path[-1]
    pull = noises[-1].mean(0)[:, None]
    new_a = a + rates["g"] * pull @ new_w.T
    loss_d, loss_g = value(path[-2], reals[-1], noises[-2] @ a), -np.mean(noises[-1] @ a @ new_w)

    def call():
        as32 = lambda v: [tf.constant(b, "float32") for b in v]  # noqa: E731
        return alternating_update(g, d, g_opt, d_opt, as32(reals), as32(noises), d_loss, g_loss)

    try:
        run = tf.function(call, autograph=False).get_concrete_function() if graph else call
        result = run()
    except (NotImplementedError, check.CheckError):
        raise
    except Exception as problem:
        check.require(d.trainable_variables, "the discriminator is frozen (trainable=False).")
        check.require(g.trainable_variables, "the generator is frozen (trainable=False).")
        check.require(not graph, GRAPH)
        check.require(
            "No gradients provided" not in str(problem),
            "a player's loss has no gradient with respect to his own variables. Are the networks "
            "called inside the tape, without stop_gradient, and are these the variables you ask for?",
        )
        check.require(
            "Unknown variable" not in str(problem),
            "an optimizer got variables of the other player: d_optimizer steps the discriminator's, "
            "g_optimizer the generator's.",
        )
        raise
    result = check.several(result, "the discriminator's loss", "the generator's loss")
    name = f"{k} step{'s' * (k > 1)} of the discriminator"
    check.require(len(d.trainable_variables) == 1, f"{name}: it was left frozen (trainable=False).")
    check.require(len(g.trainable_variables) == 1, f"{name}: the generator was left frozen.")
    got_a, got_w = g.get_weights()[0], d.get_weights()[0]
    leaked = new_w + rates["g"] * (noises[-1] @ new_a).mean(0)[:, None]
    first, early = path[1], w  # early: had the generator moved first
    for r, z in zip(reals, noises[:-1], strict=True):
        early = early - rates["d"] * slope(early, r, z @ (a + rates["g"] * pull @ w.T))
    check.close(
        got_w,
        new_w,
        f"the discriminator's weights after {name}",
        rtol=1e-4,
        mistakes={
            "the generator's step changed them, too: take gradients for the generator's variables "
            "only.": new_w + rates["g"] * (noises[-1] @ a).mean(0)[:, None],
            "the generator's loss was applied to them, too.": new_w
            + rates["d"] * (noises[-1] @ a).mean(0)[:, None],
            "and the generator's loss was applied to them after its step.": leaked,
            "they went uphill: the optimizer subtracts the gradient of the loss.": 2 * w - new_w,
            "the generator moved first; it has to wait for the discriminator.": early,
            "this is noise of the generator's step; each step has its own.": descend(
                path[-2], reals[-1], noises[-1]
            ),
        }
        | ({"they have not changed: the discriminator is frozen.": w})
        | (
            {
                "only one step was taken; there is one for each batch in reals.": first,
                "only the last batch was used.": descend(w, reals[-1], noises[-2]),
                "one step on all batches together; take one step after the other.": np.mean(
                    [descend(w, r, z) for r, z in zip(reals, noises[:-1], strict=True)], axis=0
                ),
            }
            if k > 1
            else {}
        ),
    )
    stale = path[-2] if k > 1 else w
    check.close(
        got_a,
        new_a,
        f"the generator's weights after {name}",
        rtol=1e-4,
        mistakes={
            "they have not changed. Does the gradient reach them (generator inside the tape, no "
            "stop_gradient)?": a,
            "the generator played against the old discriminator: it answers to the *updated* "
            "one.": a + rates["g"] * pull @ w.T,
            "the generator played against the discriminator before its last step.": a
            + rates["g"] * pull @ stale.T,
            "they went uphill: the optimizer subtracts the gradient of the loss.": a
            - rates["g"] * pull @ new_w.T,
            "the last batch of noise is for the generator; another one was used.": a
            + rates["g"] * noises[0].mean(0)[:, None] @ new_w.T,
        },
    )
    if graph:
        return
    each = [value(v, r, z @ a) for v, r, z in zip(path[:-1], reals, noises[:-1], strict=True)]
    swapped = "the losses are swapped; the discriminator's comes first."
    later = "this is the loss after the step; return the one that the gradient was taken of."
    d_wrong = {
        swapped: loss_g,
        later: value(new_w, reals[-1], noises[-2] @ a),
        "the mean of all steps; return the last one's.": np.mean(each),
        "the sum of all steps; return the last one's.": np.sum(each),
        "the first step's; return the last one's.": each[0],
    }
    g_wrong = {swapped: loss_d, later: -np.mean(noises[-1] @ new_a @ new_w)}
    check.close(result[0], loss_d, f"the discriminator's loss, {name}", 1e-4, mistakes=d_wrong)
    check.close(result[1], loss_g, f"the generator's loss, {name}", 1e-4, mistakes=g_wrong)


GRAPH = (
    "the update works when called directly, but not inside tf.function: return tensors, without "
    "float(), .numpy() or np functions."
)
check_update(1, seed=0)
check_update(3, seed=1)
check_update(1, seed=2, graph=True)
### BEGIN HIDDEN TESTS
check_update(1, seed=3, squares=True)
check_update(2, seed=4, squares=True)
check_update(2, seed=5, squares=True, graph=True)
### END HIDDEN TESTS

# %% [markdown]
# ## The ring
#
# Eight narrow Gaussians on a circle: the standard test for forgers (Metz et al. 2017), because every
# failure can be seen *and counted*. Each of the eight is a **mode**. A good forger puts his samples near
# the centres, and near *all* of them.

# %%
RADIUS, STD = 2.0, 0.05
angles = np.arange(8) * np.pi / 4
CENTRES = RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1).astype("float32")


def draw_ring(n: int) -> tf.Tensor:
    """Real points (n, STARTS, 2), fresh at every call."""
    chosen = tf.random.uniform((n, STARTS), 0, 8, dtype=tf.int32)
    return tf.gather(tf.constant(CENTRES), chosen) + STD * tf.random.normal((n, STARTS, 2))


# %% [markdown]
# ### Exercise 6: modes and quality
#
# Two numbers, and both are needed: a forger with a single perfect point has the highest quality, one who
# scatters points everywhere covers all modes.
#
# - A sample is of **high quality** if its distance to the nearest centre is at most 3 standard deviations.
#   (Of real points in the plane that holds for $1 - e^{-9/2}$ = 98.9 %; a forger with 100 % is too tame.)
# - A mode is **covered** if the high-quality samples at it are at least the share `least` of *all*
#   samples.
#
# <details><summary>Hint</summary>
#
# `cdist(samples, centres)` has shape (n, k). Along which axis is the nearest centre found? `np.bincount`
# with `minlength` counts how often each number occurs; which samples should take part?
# </details>


# %% exercise="modes_covered"
def modes_covered(
    samples: np.ndarray, centres: np.ndarray, std: float, least: float = 0.01
) -> tuple[int, float]:
    """Number of covered modes, and the share of high-quality samples.

    Args:
        samples: points (n, d), n at least 1.
        centres: of the modes (k, d).
        std: standard deviation of each mode.
        least: share of all samples that a covered mode needs, above 0.
    """
    ### BEGIN SOLUTION
    distances = cdist(samples, centres)
    good = distances.min(axis=1) <= 3 * std
    counts = np.bincount(distances.argmin(axis=1)[good], minlength=len(centres))
    return int(np.sum(counts >= least * len(samples))), float(good.mean())
    ### END SOLUTION


# %% check="modes_covered" points=2
def check_modes(samples, centres, std, least, name):
    """Compare with a count of our own, and know the usual mistakes."""
    samples, centres = np.asarray(samples, dtype=float), np.asarray(centres, dtype=float)

    def count(radius, floor, good_only=True, metric="euclidean"):
        away = cdist(samples, centres, metric)
        inside = away.min(axis=1) <= radius
        counted = inside if good_only else np.full(len(samples), True)
        hits = np.bincount(away.argmin(axis=1)[counted], minlength=len(centres))
        return int(np.sum(hits >= floor)), float(inside.mean())

    floor = least * len(samples)
    modes, quality = count(3 * std, floor)
    below = np.nextafter(3 * std, 0)  # as if the limit itself were too far
    near = cdist(samples, centres) <= 3 * std
    result = modes_covered(samples.copy(), centres.copy(), std, least)
    got_modes, got_quality = check.several(result, "the covered modes", "the quality")
    check.require(
        np.ndim(got_modes) == 0,
        f"{name}: the number of covered modes is one number, yours has shape {np.shape(got_modes)}.",
    )
    check.close(
        got_quality,
        quality,
        f"the quality, {name}",
        mistakes={
            "`std` is given; this takes that of the ring.": count(3 * STD, 0)[1],
            "a share, not the number of samples.": quality * len(samples),
            "a share, not per cent.": 100 * quality,
            "this is the share of low quality.": 1 - quality,
            "at most 3 standard deviations: a sample at exactly that distance counts.": count(
                below, 0
            )[1],
            "a sample near two centres was counted twice.": near.sum() / len(samples),
            "within 3 standard deviations, not one.": count(std, 0)[1],
            "within 3 standard deviations, not two.": count(2 * std, 0)[1],
            "within 3 standard deviations, not within the distance 3.": count(3, 0)[1],
            "within 3 times the standard deviation, not 3 times the variance.": count(
                3 * std**2, 0
            )[1],
            "the distance was squared, but not the limit.": count((3 * std) ** 0.5, 0)[1],
            "the distance is Euclidean; this takes the sum of absolute differences.": count(
                3 * std, 0, metric="cityblock"
            )[1],
            "the distance is Euclidean, not the largest difference of a coordinate.": count(
                3 * std, 0, metric="chebyshev"
            )[1],
        },
    )
    fixed = {"`least` is given; this takes 0.01.": count(3 * std, 0.01 * len(samples))[0]}
    fixed = fixed if least != 0.01 else {}
    check.close(
        got_modes,
        modes,
        f"the covered modes, {name}",
        rtol=0,
        mistakes=fixed
        | {
            "a sample near two centres was counted for both; it belongs to the nearest.": np.sum(
                near.sum(axis=0) >= floor
            ),
            "at least the share `least`: exactly that share is enough.": count(
                3 * std, np.nextafter(floor, np.inf)
            )[0],
            "a mode needs *high-quality* samples; all of them were counted.": count(
                3 * std, floor, good_only=False
            )[0],
            "a single sample does not cover a mode; `least` is not used.": count(3 * std, 1)[0],
            "`least` is a share of the samples; as a number it is below one sample.": count(
                3 * std, max(least, 1e-9)
            )[0],
            "the share is one of *all* samples, not of the high-quality ones.": count(
                3 * std, floor * quality
            )[0],
            "this is the number of missing modes.": len(centres) - modes,
            "this is the number of all modes.": len(centres),
        },
    )


def some_samples(counts, centres, spread, junk, seed):
    """That many samples around each centre, and some junk."""
    draw = np.random.default_rng(seed)
    centres = np.asarray(centres, dtype=float)
    parts = [
        c + spread * draw.normal(size=(n, centres.shape[1]))
        for n, c in zip(counts, centres, strict=True)
    ]
    return draw.permutation(np.concatenate([*parts, draw.uniform(-3, 3, (junk, centres.shape[1]))]))


tests = some_samples([90, 60, 0, 2, 0, 40, 1, 8], CENTRES, 0.09, 60, seed=0)
check_modes(tests, CENTRES, STD, 0.01, "261 samples on the ring")
check_modes(CENTRES[[2, 2, 5]], CENTRES, STD, 0.3, "three samples at two centres")
near_0, near_2, near_10 = (
    [0, 0.25, -0.5, 0.75, -1],
    [2, 2.5, 1.25, 1.375],
    [10, 11.5, 8.5, 9.75, 10],
)
tests = np.array([*near_0, *near_2, *near_10, 20.5, 19, 5, 30, -20, 6])[:, None]
check_modes(tests, [[0.0], [2.0], [10.0], [20.0]], 0.5, 0.25, "20 numbers around four centres")
### BEGIN HIDDEN TESTS
corners = [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
tests = some_samples([50, 7, 20], corners, 0.15, 40, seed=1)
check_modes(tests, corners, 0.1, 0.05, "117 samples around three centres in space")
check_modes(tests, corners, 0.1, 0.2, "the same with a larger least")
tests = some_samples([300, 300, 5, 5, 5, 5, 5, 5], CENTRES, 0.12, 100, seed=2)
check_modes(tests, CENTRES, 0.1, 0.008, "730 samples, most at two centres")
check_modes([[9.0, 9.0]], CENTRES, STD, 0.01, "one sample far away")
check_modes([[2.0, 0.0]], CENTRES, STD, 0.01, "one sample at a centre")
### END HIDDEN TESTS

# %% [markdown]
# ### The networks and their options
#
# The generator turns 8 random numbers into a point. Everything below uses *your* losses and *your* update.
# Beside the plain game stand the loss of the original game, *saturating*, and five repairs that textbooks
# and forums recommend:
#
# | name | what changes |
# |---|---|
# | plain | the non-saturating loss, one step each, Adam |
# | saturating | the forger's loss is log(1 − D) |
# | five D steps | the detective takes five steps for each of the forger's |
# | fast D | the detective's step size is four times larger (*two time scales*) |
# | packing | the detective judges four points at once, all real or all forged (Lin et al. 2018) |
# | batch spread | the detective also sees how much the batch is spread out (Salimans et al. 2016; Karras et al. 2018) |
# | R1 | the detective pays $\frac{\gamma}{2}\lVert\nabla_x \ell(x)\rVert^2$ at real points (Mescheder et al. 2018) |
#
# **Predict first**, before you run on: which of them will cover all eight modes?


# %%
class Packed(layers.Layer):
    """Join four points to one example: (n, STARTS, 2) to (n / 4, STARTS, 8)."""

    def call(self, x):
        x = ops.transpose(ops.reshape(x, (-1, 4, STARTS, 2)), (0, 2, 1, 3))
        return ops.reshape(x, (-1, STARTS, 8))


class BatchSpread(layers.Layer):
    """Append the batch's standard deviation, mean of both coordinates: (n, STARTS, 2) to 3."""

    def call(self, x):
        spread = ops.mean(ops.std(x, axis=0, keepdims=True), axis=-1, keepdims=True)
        return ops.concatenate([x, ops.ones_like(x[..., :1]) * spread], axis=-1)


# %% [markdown]
# The losses, as functions of the discriminator and the points:


# %%
def plain_d_loss(discriminator, real, fake):
    return discriminator_loss(discriminator(real), discriminator(fake))


def r1_d_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(real)
        real_logits = discriminator(real)
    slope = tape.gradient(real_logits, real)
    price = gamma / 2 * ops.mean(ops.sum(slope**2, axis=-1))
    return discriminator_loss(real_logits, discriminator(fake)) + price


def plain_g_loss(discriminator, fake):
    return generator_loss(discriminator(fake))


def saturating_g_loss(discriminator, fake):
    return generator_loss(discriminator(fake), saturating=True)


options = {
    "plain": {},
    "saturating": {"g_loss": saturating_g_loss},
    "five D steps": {"d_steps": 5},
    "fast D": {"d_rate": 8e-3},
    "packing": {"front": Packed, "inputs": 8},
    "batch spread": {"front": BatchSpread, "inputs": 3},
    "R1": {"d_loss": r1_d_loss},
}

# %% [markdown]
# All are trained for the same number of forger's steps, from the same five starts. Every hundred steps,
# 1,000 fresh samples are judged: modes, quality, and the *plain* losses of both players, whatever they
# train with.

# %%
BATCH, NOISE, INNER = 128, 8, budget(100, 10)


def play(
    name, d_loss=plain_d_loss, g_loss=plain_g_loss, d_steps=1, d_rate=2e-3, front=None, inputs=2
):
    """Train STARTS pairs; returns a table of records, and samples {step: (1000, STARTS, 2)}."""
    set_seed(0)
    generator, judge = networks(NOISE, 2), networks(inputs, 1)
    first = [front()] if front else []
    discriminator = keras.Sequential([keras.Input((STARTS, 2)), *first, judge])
    g_optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)
    d_optimizer = keras.optimizers.Adam(d_rate, beta_1=0.5)
    g_optimizer.build(generator.trainable_variables)
    d_optimizer.build(discriminator.trainable_variables)

    def one_round(k):
        reals = [draw_ring(BATCH) for _ in range(d_steps)]
        noises = [tf.random.normal((BATCH, STARTS, NOISE)) for _ in range(d_steps + 1)]
        alternating_update(
            generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
        )
        return k + 1

    many = tf.function(lambda: tf.while_loop(lambda k: k < INNER, one_round, [0]), autograph=False)
    rounds = many.get_concrete_function()  # compiled once, for INNER rounds a call

    records, films = [], {}
    for step in progress_bar(range(0, budget(5000, 30) + 1, INNER), name):
        noise = np.random.default_rng(step).normal(size=(1000, STARTS, NOISE)).astype("float32")
        fake, real = generator(noise), draw_ring(1000)
        fake_logits, real_logits = discriminator(fake), discriminator(real)
        films[step] = np.asarray(fake)
        for s in range(STARTS):
            modes, quality = modes_covered(films[step][:, s], CENTRES, STD)
            loss_g = float(generator_loss(fake_logits[:, s]))
            loss_d = float(discriminator_loss(real_logits[:, s], fake_logits[:, s]))
            records.append((name, s, step, modes, quality, loss_g, loss_d))
        rounds()
    columns = ["option", "start", "step", "modes", "quality", "loss_g", "loss_d"]
    return pd.DataFrame(records, columns=columns), films


log, films = play("plain")

# %% [markdown]
# ## Break it: the forger who knows two tricks


# %%
def film_rows(rows: dict[str, np.ndarray], steps: list[int], title: str) -> plt.Figure:
    """One row for each label, one picture for each step: samples (orange) over the ring (grey)."""
    fig, axes = plt.subplots(len(rows), len(steps), figsize=(2 * len(steps), 2.1 * len(rows) + 0.4))
    axes = np.atleast_2d(axes)
    for row, (label, samples) in zip(axes, rows.items(), strict=True):
        for ax, step in zip(row, steps, strict=True):
            ax.plot(*CENTRES.T, "o", color=plots.GREY, markersize=9, alpha=0.35)
            ax.plot(*samples[step][:400].T, ".", color=plots.COLORS[1], markersize=2)
            ax.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[], aspect="equal")
        row[0].set_ylabel(label)
    for ax, step in zip(axes[0], steps, strict=True):
        ax.set_title(f"step {step:,}", fontsize=10)
    fig.suptitle(title)
    return fig


def of_start(films: dict[int, np.ndarray], start: int) -> dict[int, np.ndarray]:
    """The samples of one start."""
    return {step: samples[:, start] for step, samples in films.items()}


last = max(films)
moments = sorted({round(last * share / INNER) * INNER for share in (0, 0.1, 0.2, 0.4, 0.7, 1)})
rows = {f"plain, start {s}": of_start(films, s) for s in range(3)}
figure = film_rows(rows, moments, "The plain game: three of the five starts")
plots.show(
    figure,
    alt="Samples of three plain games at several steps: from a blob at the centre the samples gather "
    "at a few of the eight centres and stay there; the others are never found.",
    name="collapse",
)
plain_end = log[log["step"] == last]
print(plain_end[["start", "modes", "quality", "loss_g", "loss_d"]].round(2).to_string(index=False))
report("plain_modes_mean", plain_end["modes"].mean(), within=(1.5, 4.5))
report("plain_modes_most", plain_end["modes"].max(), within=(2, 7))
report("plain_quality_mean", plain_end["quality"].mean(), within=(0.7, 1))

# %% [markdown]
# **Mode collapse.** Most samples are *good*; look at any one of them and you would be satisfied. But they
# come from a few of eight places. No sample is wrong; the *distribution* is. Nothing in the update asks
# for variety: the detective looks at one point at a time, and "which points are missing" is not a property
# of one point.
#
# Now the repairs. This is the longest computation of the lesson.

# %%
all_films, logs = {"plain": films}, [log]
for name, choice in list(options.items())[1:]:
    log, all_films[name] = play(name, **choice)
    logs.append(log)
log = pd.concat(logs)
end = log[log["step"] == last]

# %% [markdown]
# Modes and quality are two numbers, and neither sees modes that are forged unequally often. One number that
# sees every fault is the Wasserstein distance from 400 samples to 400 real points. For equally many points the best plan is a matching, for which SciPy has a
# faster algorithm than the linear programme (they agree, see below). The *floor* is the distance between
# two real samples.


# %%
def distance_to_real(samples: np.ndarray, seed: int, n: int = 400) -> float:
    """W1 between the first n samples and n real points."""
    draw = np.random.default_rng(seed)
    real = CENTRES[draw.integers(0, 8, n)] + STD * draw.normal(size=(n, 2))
    cost = cdist(samples[:n], real)
    return float(cost[linear_sum_assignment(cost)].mean())


some = all_films["plain"][last][:60, 0]
draw = np.random.default_rng(9)
real = CENTRES[draw.integers(0, 8, 60)] + STD * draw.normal(size=(60, 2))
report(
    "matching_minus_lp", distance_to_real(some, 9, 60) - wasserstein_lp(some, real), (-1e-6, 1e-6)
)
floors = []
for s in range(STARTS):
    draw = np.random.default_rng(100 + s)
    real = CENTRES[draw.integers(0, 8, 400)] + STD * draw.normal(size=(400, 2))
    floors.append(distance_to_real(real, s))
end = end.assign(
    w1=[
        distance_to_real(all_films[o][last][:, s], s)
        for o, s in zip(end["option"], end["start"], strict=True)
    ]
)
by_option = end.groupby("option", sort=False)
comparison = pd.DataFrame(
    {
        "modes, mean": by_option["modes"].mean(),
        "worst": by_option["modes"].min(),
        "best": by_option["modes"].max(),
        "quality, mean": by_option["quality"].mean(),
        "quality, ±": by_option["quality"].std(),
        "W1, mean": by_option["w1"].mean(),
        "W1, ±": by_option["w1"].std(),
        "loss of G": by_option["loss_g"].mean(),
        "loss of D": by_option["loss_d"].mean(),
    }
)
print(f"floor of W1, two real samples: {np.mean(floors):.3f} ± {np.std(floors):.3f}")
comparison.round(2)

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True)
order = list(options)[::-1]
for ax, key in zip(axes, ("modes", "quality", "w1"), strict=True):
    for place, name in enumerate(order):
        points = end.loc[end["option"] == name, key]
        ax.barh(place, points.mean(), color=plots.COLORS[5], alpha=0.6)
        ax.plot(
            points, np.linspace(place - 0.25, place + 0.25, len(points)), "o", color="black", ms=4
        )
axes[0].set(
    title="Modes covered (of 8)", xlabel="modes", xlim=(-0.25, 8.25), yticks=range(len(order))
)
axes[0].set_yticklabels(order)
axes[1].axvline(1 - math.exp(-4.5), color=plots.COLORS[1], linestyle="--")
axes[1].set(title="High-quality samples", xlabel="share", xlim=(-0.03, 1.03))
axes[2].axvline(np.mean(floors), color=plots.COLORS[1], linestyle="--", label="two real samples")
axes[2].set(title="Wasserstein distance", xlabel="W1 (lower is better)")
axes[2].legend(fontsize=9)
plots.show(
    fig,
    alt="Bars with five dots each for seven ways to train: plain, five D steps and fast D have high "
    "quality and few modes; saturating has neither; packing, batch spread and R1 cover most or all "
    "modes; packing and R1 come nearest to the Wasserstein distance of two real samples.",
    name="repairs",
)
expected = {  # modes from, to; quality from, to
    "saturating": (0.5, 4, 0.12, 0.75),
    "five D steps": (1, 2.4, 0.8, 1),
    "fast D": (1, 3.2, 0.6, 1),
    "packing": (7, 8, 0.45, 0.85),
    "batch spread": (4.5, 8, 0.5, 0.95),
    "R1": (7.5, 8, 0.5, 0.85),
}
for name, (low, high, worst, best_share) in expected.items():
    key = name.replace(" ", "_").lower()
    report(f"{key}_modes_mean", comparison.loc[name, "modes, mean"], within=(low, high))
    report(f"{key}_quality_mean", comparison.loc[name, "quality, mean"], within=(worst, best_share))
fewer = comparison.loc["plain", "modes, mean"] - comparison.loc["five D steps", "modes, mean"]
report("modes_lost_by_five_d_steps", fewer, within=(0, 3.5))
loss_of_quality = comparison.loc["plain", "quality, mean"] - comparison["quality, mean"]
report("quality_lost_by_r1", loss_of_quality["R1"], within=(0.08, 0.45))
report("quality_lost_by_packing", loss_of_quality["packing"], within=(0.05, 0.45))
sat = end.loc[end["option"] == "saturating", "quality"]
report("saturating_quality_lowest", sat.min(), within=(0, 0.4))
report("saturating_starts_above_0.2", np.sum(sat > 0.2), within=(3, 5))
report("saturating_quality_highest", sat.max(), within=(0.4, 1))
report("r1_modes_worst", comparison.loc["R1", "worst"], within=(7, 8))
report("plain_w1_mean", comparison.loc["plain", "W1, mean"], within=(0.9, 2.3))
report("packing_w1_mean", comparison.loc["packing", "W1, mean"], within=(0.15, 0.45))
report("r1_w1_mean", comparison.loc["R1", "W1, mean"], within=(0.15, 0.45))
report("floor_w1", np.mean(floors), within=(0.19, 0.21))

# %%
rows = {name: of_start(all_films[name], 1) for name in ("five D steps", "packing", "R1")}
figure = film_rows(rows, moments, "The same start (number 1) with three of the options")
plots.show(
    figure,
    alt="Samples at six moments: with five discriminator steps they shrink to one or two centres, with "
    "packing and with R1 they spread to a ring and then gather at all eight centres.",
    name="repairs_film",
)

# %% [markdown]
# What did you predict? Two popular repairs **do not help here**, nor does the original loss:
#
# - *Five D steps* covers no more modes than the plain game, on average fewer, with a quality as high. A
#   sharper detective rewards safe forgeries; he still looks at one point at a time. *Fast D* is much the
#   same thing, with a fifth of the detective's steps. (Two time scales have a theorem about local convergence, Heusel et al. 2017. It does not promise
#   all modes.)
# - *Saturating* is slow, as its slope said, and collapses as well: what it minimises in theory, JS, knows
#   all modes; its gradient does not get there. Its starts differ most: the best end with a quality
#   above 0.4, the worst is far behind or has hardly begun.
# - *Packing* and *batch spread* let the detective see several points at once, so that sameness itself
#   gives a forger away. Both cover most modes or all of them.
# - *R1* covers all eight in every start, though its detective looks at single points. The price keeps him
#   from becoming steep, so that his map has slopes everywhere, and it ends the dance, as in the toy game.
#
# Note what the repairs *cost*: after the same number of steps the quality of R1 and of packing is **lower**
# than that of the collapsed plain game. Whoever looks at single samples prefers the broken forger! $W_1$ sees both faults
# at once, and puts packing and R1 near the floor. This is one data set and one choice of networks and step
# sizes; the ranking is no law. The method is: several starts, both numbers, and a floor.
#
# ## Claim: "the losses tell how training goes"
#
# In ordinary training you watch the loss. Popular guides watch the forger's loss in the same way: falling
# is good, rising is bad. Here are both players' losses, beside what they should tell.

# %%
shown = {"plain": "-", "five D steps": "--", "R1": "-.", "saturating": ":"}
titles = {
    "loss_g": "The forger's loss $-\\log D$ (log axis)",
    "loss_d": "The detective's loss $-V$",
    "quality": "Share of high quality",
}
fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.6))
for (name, style), color in zip(shown.items(), plots.COLORS, strict=False):
    runs = log[log["option"] == name]
    for ax, key in zip(axes, titles, strict=True):
        single = runs.pivot(index="step", columns="start", values=key)
        ax.plot(single, color=color, linewidth=0.6, alpha=0.35)
        ax.plot(single.mean(axis=1), style, color=color, linewidth=2, label=name)
for ax, (key, title) in zip(axes, titles.items(), strict=True):
    ax.set(title=title, xlabel="step of the forger", ylabel="share" if key == "quality" else "nats")
for ax, value, label in ((axes[0], np.log(2), "log 2"), (axes[1], np.log(4), "log 4")):
    ax.axhline(value, color=plots.GREY, linewidth=1)
    ax.annotate(label, (last, value), (-30, 4), textcoords="offset points", color=plots.GREY)
axes[0].set(yscale="log", ylim=(0.3, 200), yticks=[0.5, 1, 2, 5, 10, 20, 50])
axes[0].set_yticklabels(["0.5", "1", "2", "5", "10", "20", "50"])
axes[1].set(ylim=(0, 2))
axes[0].legend(fontsize=8, ncol=2)
plots.show(
    fig,
    alt="Losses and quality by step for four options, five thin lines and their mean each. R1's forger "
    "begins and ends near log 2; the plain one's loss goes up, then down, while quality rises; the "
    "saturating one's is far above. R1's detective ends at log 4, the others' losses far below.",
    name="losses_by_step",
)

# %%
r1 = log[log["option"] == "R1"].groupby("step")[["loss_g", "loss_d", "quality"]].mean()
report("r1_loss_untrained", r1["loss_g"].iloc[0], within=(0.5, 1.0))
report("r1_loss_end", r1["loss_g"].iloc[-1], within=(0.68, 0.75))
report("r1_d_loss_untrained", r1["loss_d"].iloc[0], within=(1.6, 2.0))
report("r1_d_loss_end", r1["loss_d"].iloc[-1], within=(1.33, 1.41))
report("r1_quality_untrained", r1["quality"].iloc[0], within=(0, 0.05))
losses = log.groupby(["option", "step"])["loss_g"].mean()
report("plain_loss_at_its_peak", losses["plain"].max(), within=(1.9, 3.2))
alike = log[log["loss_g"].between(0.65, 0.8)]
later = alike.loc[alike["step"] > budget(900, 0), "modes"]
report("modes_fewest_at_loss_0.65_to_0.8", alike["modes"].min(), within=(0, 0))
report(
    "last_step_of_no_mode_at_this_loss", alike.loc[alike["modes"] == 0, "step"].max(), (100, 1000)
)
report("share_of_7_or_8_modes_at_this_loss_later", np.mean(later >= 7), within=(0.75, 1))


def rank_correlations(option: str, first: float, final: float) -> np.ndarray:
    """Of loss and quality within each start's run, between two shares of the training."""
    part = log[(log["option"] == option) & log["step"].between(first * last + 1, final * last)]
    runs = [run for _, run in part.groupby("start")]
    ranks = [run[["loss_g", "quality"]].rank().corr().iloc[0, 1] for run in runs]
    return np.nan_to_num(ranks or [0.0])  # a run too short to rank counts as 0


for option, first, final, low, high in [
    ("plain", 0, 0.2, 0.4, 1),
    ("plain", 0.2, 1, -0.95, -0.25),
    ("R1", 0.4, 1, -1, -0.25),
]:
    ranks = rank_correlations(option, first, final)
    when = "early" if first == 0 else "late"
    print(f"rank correlation of loss and quality, {option}, {when}:", np.round(ranks, 2))
    report(f"rank_correlation_{option.lower()}_{when}_mean", np.mean(ranks), within=(low, high))

# %% [markdown]
# *Within* a run the forger's loss goes its own ways. *R1* begins near log 2 = 0.69, because an untrained
# detective cannot tell, and **ends** near log 2, because a detective of good forgeries can hardly tell
# either. (The detective's own loss tells the two apart: about 1.8 at first, near log 4 = 1.39 at the end.)
# Among all records with a forger's loss between 0.65 and 0.8 some have no mode at all; these come from the
# first thousand steps, later on most records in this band have seven or eight. *Plain* rises in its first
# thousand steps **while the quality rises**, then falls while the quality still rises, in most of the five
# starts. *Saturating* has by far the largest loss, and most of its starts get better all the same. Neither
# direction means "good".
#
# At the *end* it is different, and you can work out why. Suppose that $k$ of the eight modes are forged
# perfectly and equally often, the others never. At a forged mode $p : q = \frac18 : \frac1k$, so $D^* =
# k/(k+8)$; at a missing one $D^* = 1$. A perfect detective then leaves these losses:
#
# $$-\mathbb{E}_q \log D^* = \log\Bigl(1 + \frac8k\Bigr), \qquad
# -V = \log 4 - 2\,\mathrm{JS} = \frac k8 \log\Bigl(1 + \frac8k\Bigr) + \log\Bigl(1 + \frac k8\Bigr) .$$
#
# The forger's is 2.20, 1.61 and 1.30 for one, two and three modes and log 2 for all eight; the detective's
# climbs from 0.39 to log 4. Here are the ends of the twenty runs in which the forger learns with $-\log D$
# from a detective of single points:

# %%
pairs = end[end["option"].isin(["plain", "five D steps", "fast D", "R1"])]
k = np.linspace(1, 8, 100)
formulas = {
    "loss_g": np.log1p(8 / k),
    "loss_d": k / 8 * np.log1p(8 / k) + np.log1p(k / 8),
}
fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.6))
columns = [("modes", "loss_g"), ("modes", "loss_d"), ("quality", "loss_g")]
for ax, (x_key, y_key) in zip(axes, columns, strict=True):
    for n, (name, runs) in enumerate(pairs.groupby("option", sort=False)):
        aside = (n - 1.5) / 10 if x_key == "modes" else 0
        color = plots.COLORS[(0, 1, 4, 2)[n]]
        ax.plot(runs[x_key] + aside, runs[y_key], "osD^"[n], color=color, label=name)
    ax.set(xlabel={"modes": "modes covered", "quality": "share of high quality"}[x_key])
    if x_key == "modes":
        ax.plot(k, formulas[y_key], color="black", zorder=0, label="perfect detective")
axes[0].set(title="The forger's loss knows the modes", ylabel="forger's loss (nats)")
axes[1].set(title="So does the detective's", ylabel="detective's loss (nats)")
axes[2].set(title="A lower loss is not a higher quality", ylabel="forger's loss (nats)")
axes[0].legend(fontsize=8)
plots.show(
    fig,
    alt="Final losses of twenty runs. Over the modes covered, both losses lie near the formula's curve: "
    "the forger's falls from about 2.2 at one mode to log 2 at eight, the detective's rises from 0.4 to "
    "log 4. Over the quality there is no such curve: the lowest losses are not those of the best samples.",
    name="losses_and_modes",
)
for key, curve in (
    ("loss_g", np.log1p(8 / pairs["modes"])),
    ("loss_d", pairs["modes"] / 8 * np.log1p(8 / pairs["modes"]) + np.log1p(pairs["modes"] / 8)),
):
    report(f"median_distance_of_{key}", (pairs[key] - curve).abs().median(), within=(0, 0.2))
ranks = pairs[["loss_g", "loss_d", "modes", "quality"]].rank().corr()
report("rank_correlation_forgers_loss_and_modes", ranks.loc["loss_g", "modes"], within=(-1, -0.6))
report("rank_correlation_detectives_loss_and_modes", ranks.loc["loss_d", "modes"], (0.8, 1))
ends = end[end["option"] == "R1"]
report("r1_range_of_the_quality", np.ptp(ends["quality"]), within=(0.1, 0.5))
report("r1_range_of_the_loss", np.ptp(ends["loss_g"]), within=(0, 0.1))
shares = np.array([1 - math.exp(-4.5), ends["quality"].mean()])  # near a centre: real, forged
two, other = np.stack([shares, 1 - shares], axis=1)
best_d, worst_d = optimal_discriminator(two, other), optimal_discriminator(other, two)
counting = -np.sum(xlogy(two, best_d) + xlogy(other, worst_d))
report("loss_of_a_counting_detective", counting, within=(0.9, 1.28))

# %% [markdown]
# Most points lie close to the curves: **at the end a strong detective's losses do tell how many modes are
# missing**, which no single sample shows. (Modes that are forged unequally often, or a detective who has
# just fallen behind, make the exceptions.) The quality they hardly tell. The forgers of R1 differ by more
# than a tenth in quality and by hundredths in the loss, and most of the collapsed ones have a better quality
# with a worse loss. A detective who only *counted* the points within three standard deviations of a centre
# would press his loss below 1.3 against R1's forgers. R1's own is nearly at log 4: the price keeps him
# smooth, and he does not see the width of a mode.
#
# The claim is wrong, then, but so is its opposite. The losses are measured by a detective who changes at
# every step. In expectation his loss is at least $\log 4 - 2\,\mathrm{JS}$, so a *small* one proves the
# forgeries to be bad; one near log 4 proves nothing, neither good forgeries nor a weak detective. (Within
# R1's runs, once all modes are there, a falling forger's loss does go with rising quality. But you know
# that only because you measured.) What tells is a **measurement of the samples**: here modes, quality and
# $W_1$. For pictures that takes more work, and lesson 43 is about it.
#
# ### Written question
#
# A colleague trains a GAN. In the first thousand steps her generator's loss goes up from 0.7 to 2.4, and
# she is about to stop: "it diverges". Explain why this rise may be *good* news, why it may be bad news all
# the same, and what she should look at instead of the loss. (4 to 6 sentences.)

# %% [markdown] answer="loss_goes_up" points=3
# **Model answer.** The generator's loss is $-\log D$ on its samples, judged by a discriminator that is
# trained at the same time. At the start the discriminator is untrained and answers about one half, so the
# loss is about log 2 = 0.69 however bad the samples are. When it learns to tell, the loss rises although
# the samples have not become worse; it is now a better teacher, and with the non-saturating loss its
# gradient is alive. In this lesson the quality rose together with the loss in that phase. It may still be
# bad: a strong discriminator that knows a forger of one mode out of eight leaves him $\log 9 = 2.2$, and one
# that has run away leaves any value; during a run the loss cannot say which of these it is. She
# should measure the samples themselves: share of good ones, modes covered, a distance to held-out real
# data such as $W_1$, against its floor and over several starts, or at least look at samples from fixed
# noise.
#
# **Rubric.** 1 point: the loss is relative to a discriminator that changes; a rise can mean that $D$ got
# better, not that $G$ got worse (log 2 at the start means an untrained $D$). 1 point: during
# a run the loss does not tell collapse or a runaway $D$ from progress, so it may be bad as well. 1 point: names a measurement on
# samples that covers both quality and variety (not quality alone).

# %% [markdown]
# ## Going further
#
# - Give R1 and batch spread together, or R1 with the fast D. Does the quality catch up with the plain
#   game's?
# - Change `gamma` in `r1_d_loss` to 0.01 and to 1. Which price is too low, which too high, and in which of
#   the numbers do you see it?
# - Make the modes unequal, one of them with a tenth of the others' share. Which options find it?
# - Average the generator's weights over the last thousand steps (an *exponential moving average*). What
#   becomes of the orbit?
#
# ## Summary
#
# 1. The best discriminator is $p/(p+q)$; its value is $2\,\mathrm{JS} - \log 4$, and a trained one's
#    expected value lies below.
# 2. The saturating loss follows JS and dies where the forger is easily found out; $-\log D$ lives, and
#    follows $\mathrm{KL}(q\|p) - 2\,\mathrm{JS}$ instead.
# 3. Without overlap JS is log 2 at any distance; $W_1$, a linear programme, grows with the distance.
# 4. A game is not a descent: simultaneous steps spiral out by $\sqrt{1+\eta^2}$, alternating ones circle,
#    a price for the critic ends it.
# 5. On the ring the plain game collapses with excellent samples; R1, packing and batch spread repair it,
#    more or faster steps of D do not. During a run the losses mislead; at its end a strong detective's tell
#    the missing modes, but not the quality.
#
# ## References
#
# - I. Goodfellow et al. (2014). Generative adversarial nets. *NeurIPS* 27.
# - J. Lin (1991). Divergence measures based on the Shannon entropy. *IEEE Transactions on Information
#   Theory* 37.
# - M. Arjovsky, L. Bottou (2017). Towards principled methods for training generative adversarial networks.
#   *ICLR*.
# - M. Arjovsky, S. Chintala, L. Bottou (2017). Wasserstein generative adversarial networks. *ICML*.
# - L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein (2017). Unrolled generative adversarial networks. *ICLR*.
# - T. Salimans et al. (2016). Improved techniques for training GANs. *NeurIPS* 29.
# - M. Heusel et al. (2017). GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium. *NeurIPS* 30.
# - L. Mescheder, A. Geiger, S. Nowozin (2018). Which training methods for GANs do actually converge?
#   *ICML*.
# - Z. Lin, A. Khetan, G. Fanti, S. Oh (2018). PacGAN: the power of two samples in generative adversarial
#   networks. *NeurIPS* 31.
# - T. Karras, T. Aila, S. Laine, J. Lehtinen (2018). Progressive growing of GANs for improved quality,
#   stability, and variation. *ICLR*.
