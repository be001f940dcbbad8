# ---
# title: "Rate, distortion and collapse: going deeper"
# question: What is the best possible trade, and when is a silent code the right answer?
# seconds: 100
# goals:
#   - compute the exact curve of rate against distortion of a Gaussian, and train linear VAEs onto it
#   - make a decoder so strong that it hardly needs its code, and try free bits on it
# terms:
#   water-filling: the best possible trade of rate against squared error for Gaussian data
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_utils import plots
from course_utils.checks import trade_offs_deeper
from course_utils.data import black_and_white, black_and_white_batches, load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit, set_seed

# %% [markdown]
# ## The best possible trade
#
# For points from a Gaussian, judged by the squared error, the best trade is known. Shannon (1948) solved it
# for one axis. For several, with variances $\lambda_j$ along the principal axes, Kolmogorov (1956) gave
# what is now called **water-filling**. Pour water over the variances up to a level $\theta$.
#
# - An axis above the water, $\lambda_j > \theta$, is described until an error of $\theta$ is left. That
#   costs $\frac12 \log(\lambda_j/\theta)$ nats.
# - An axis under water is not described. It costs nothing, and its whole variance is left.
#
# No code of any kind has a smaller rate at the same error.
#
# ### Exercise: water-filling
#
# <details><summary>Hint</summary>
#
# What is left on an axis is the smaller of two numbers. An axis of variance zero is always under water.
# </details>


# %% exercise="water_filling"
def water_filling(variances: np.ndarray, level: float) -> tuple[float, float]:
    """Shannon's best trade for a Gaussian source, at one level of the water.

    Args:
        variances: along the principal axes (d,), in any order; some may be zero.
        level: the water's level, above zero.

    Returns:
        rate in nats for a point (all axes together), and distortion: the expected squared error of
        a point, summed over the axes.
    """
    ### BEGIN SOLUTION
    variances = np.asarray(variances, dtype=float)
    dry = variances[variances > level]
    return 0.5 * np.sum(np.log(dry / level)), np.sum(np.minimum(variances, level))
    ### END SOLUTION


# %% check="water_filling"
trade_offs_deeper.check_water(water_filling, [4.0, 1.0, 0.25], 0.5)
trade_offs_deeper.check_water(water_filling, [0.25, 4.0, 0.0, 1.0], 0.5)
trade_offs_deeper.check_water(water_filling, [1.0, 0.5, 0.2], 2.0)

# %% [markdown]
# Now a VAE that knows nothing of water: a linear encoder with eight latent dimensions, a linear decoder
# with Gaussian noise of a fixed variance $s^2$, trained by $D + \beta R$.
#
# **Predict first:** $D$ is the squared error divided by $2s^2$, plus a constant. On the exact curve the
# squared error changes by $-2\theta$ for every nat. Which level belongs to β?
#
# <details><summary>Answer</summary>
#
# At the minimum $-2\theta/(2s^2) = -\beta$, so $\theta = \beta s^2$: β is the water level, in units of the
# decoder's noise. Which axes drown is known before training.
# </details>


# %%
class VAE(keras.Model):
    """A β-VAE; `distortion(x, z)` and `rate(kl)` are what it minimises."""

    def __init__(self, encoder, distortion, beta=1.0, rate=None):
        super().__init__()
        self.encoder, self.distortion, self.beta = encoder, distortion, beta
        self.rate = rate or (lambda kl: ops.mean(ops.sum(kl, axis=1)))

    def encode(self, x):
        """A code (n, k) drawn for each x, and the KL term of each latent dimension (n, k)."""
        mean, log_var = ops.split(self.encoder(x), 2, axis=1)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))
        return z, 0.5 * (ops.square(mean) + ops.exp(log_var) - 1 - log_var)

    def train_step(self, x):
        with tf.GradientTape() as tape:
            z, kl = self.encode(x)
            loss = ops.mean(self.distortion(x, z)) + self.beta * self.rate(kl)
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return {"loss": loss}


def costs(model: VAE, x: np.ndarray) -> dict[str, float]:
    """Distortion and rate of x in nats, each a mean."""
    z, kl = model.encode(x)
    d, r = float(ops.mean(model.distortion(x, z))), float(ops.mean(ops.sum(kl, axis=1)))
    return {"D": d, "R": r, "D + R": d + r}


def network(n_in: int, n_out: int, width: int = 0) -> keras.Model:
    """A dense layer without activation, behind one with GELU if width is not 0."""
    hidden = [layers.Dense(width, activation="gelu")] if width else []
    return keras.Sequential([keras.Input((n_in,)), *hidden, layers.Dense(n_out)])


# %%
VARIANCES = np.array([4.0, 2.0, 1.0, 0.5, 0.25, 0.12, 0.06, 0.03])
NOISE = 0.1
turned = np.linalg.qr(np.random.default_rng(5).normal(size=(8, 8)))[0]
white = np.random.default_rng(6).normal(size=(40_000, 8))
seen, unseen = (white * np.sqrt(VARIANCES) @ turned).astype("float32").reshape(2, 20_000, 8)


class FixedNoise(layers.Layer):
    """-log p(x | z) of a linear decoder with Gaussian noise, constants left out."""

    def __init__(self):
        super().__init__()
        self.net = network(8, 8)

    def call(self, x, z):
        return ops.sum(ops.square(x - self.net(z)), axis=1) / (2 * NOISE)


LEVELS = (0.5, 2.0, 8.0, 25.0)
linear = Results("β")
for beta in LEVELS:
    set_seed(0)
    model = VAE(network(8, 16), FixedNoise(), beta)
    options = {"epochs": budget(25, 1), "batch_size": 500, "learning_rate": 0.02}
    fit(model, seen[: budget(20_000, 1000)], **options, title=f"linear, β = {beta:g}")
    found, (rate, error) = costs(model, unseen), water_filling(VARIANCES, beta * NOISE)
    row = {"rate": found["R"], "exact rate": rate}
    row |= {"squared error": 2 * NOISE * found["D"], "exact error": error}
    linear.add(f"{beta:g}", **row)
linear

# %%
fig, ax = plt.subplots(figsize=(5.5, 3.8))
curve = np.array([water_filling(VARIANCES, level) for level in np.geomspace(0.01, 4, 200)])
ax.plot(*curve.T, color="black", label="water-filling: nothing is below")
for beta in LEVELS:
    x, y = linear.mean(f"{beta:g}", "rate"), linear.mean(f"{beta:g}", "squared error")
    ax.plot(x, y, "o", markersize=8, label=f"linear VAE, β = {beta:g}")
ax.set(title="Linear VAEs on unseen points", xlabel="rate R (nats)", ylabel="squared error")
ax.set_yscale("log")
ax.legend()
plots.show(
    fig,
    alt="The exact curve of squared error against rate, with four trained linear VAEs as dots on it.",
)

# %% folded="numbers"
for what, exact in (("rate", "exact rate"), ("squared error", "exact error")):
    off = max(
        abs(linear.mean(f"{beta:g}", what) / linear.mean(f"{beta:g}", exact) - 1) for beta in LEVELS
    )
    report(f"linear_vae_{what.replace(' ', '_')}_off_by_at_most", off, within=(0, 0.2))

# %% [markdown]
# Four trainings land on the exact curve or near it, each at the point that its β names. So β and the noise are one
# knob, and a silent latent dimension is not a bug: under water nothing is worth its cost.
#
# ## A decoder that sees what it has drawn
#
# Now digits. A decoder is made stronger by letting it draw pixel by pixel, line by line. For each pixel it
# sees, besides the code, the 24 neighbours already drawn: seven in each of the three rows above, three to
# the left. Every pixel is predicted from earlier ones only, so $p(x|z)$ is still an honest probability.
#
# **Predict first:** will $D + R$ be better or worse than with independent pixels? And $R$?


# %%
class Ink(layers.Layer):
    """-log p(x | z) of black and white digits; with neighbours, each pixel sees those before it."""

    def __init__(self, neighbours: bool):
        super().__init__()
        self.net, self.neighbours = network(32, 784, 160), neighbours
        self.visible = np.ones((4, 7, 1, 1), dtype="float32")
        self.visible[3, 3:] = 0.0  # the pixel itself, and those to its right, are not drawn yet
        if neighbours:
            self.kernel = self.add_weight(shape=(4, 7, 1, 8), initializer="glorot_uniform")
            self.out = keras.Sequential([keras.Input((28, 28, 8)), layers.Dense(1)])

    def call(self, x, z):
        logits = self.net(z)
        if self.neighbours:
            pixels = ops.reshape(x, (-1, 28, 28, 1))
            around = ops.pad(pixels, ((0, 0), (3, 0), (3, 3), (0, 0)))
            hidden = ops.relu(ops.conv(around, self.kernel * self.visible))
            logits = logits + ops.reshape(self.out(hidden), (-1, 784))
        return ops.sum(ops.softplus(logits) - x * logits, axis=1)


def quarter_free(kl):
    """Free bits: a quarter of a nat of each latent dimension costs nothing."""
    return ops.sum(ops.maximum(ops.mean(kl, axis=0), 0.25))


digits = load_digits()
x_test = black_and_white(digits.x_test.reshape(-1, 784), seed=0)
batches = black_and_white_batches(digits.x_train.reshape(-1, 784), seed=0).take(budget(63, 1))
RECIPES = {
    "independent pixels": (False, None),
    "sees neighbours": (True, None),
    "sees neighbours, free bits": (True, quarter_free),
}
strong = Results("decoder")
for name, (neighbours, rate) in RECIPES.items():
    for seed in range(budget(2, 1)):
        set_seed(seed)
        model = VAE(network(784, 64, 160), Ink(neighbours), rate=rate)
        model.distortion(x_test[:2], np.zeros((2, 32), "float32"))  # makes its weights
        fit(model, batches, epochs=budget(5, 1), learning_rate=4e-3, title=f"{name}, seed {seed}")
        strong.add(name, seed, **costs(model, x_test))
strong

# %% folded="numbers"
first, second, third = RECIPES
won = strong.mean(first, "D + R") - strong.mean(second, "D + R")
report("bound_won_by_neighbours", won, within=(25, 60))
report("rate_independent_pixels", strong.mean(first, "R"), within=(14, 26))
report("rate_sees_neighbours", strong.mean(second, "R"), within=(2.5, 8))
report("rate_free_bits", strong.mean(third, "R"), within=(7, 11))
cost = strong.mean(third, "D + R") - strong.mean(second, "D + R")
report("bound_free_bits_minus_none", cost, within=(-3, 6))

# %% [markdown]
# The decoder that sees its neighbours has by far the better bound, and a much smaller rate. What
# neighbouring pixels tell about each other, the code need not say. Free bits raise the rate to their
# allowance of $32 \cdot \frac14 = 8$ nats. The bound hardly moves. Nats that are allowed are not yet nats
# that somebody needs: whoever wants the code must measure it on its use.
#
# ## References
#
# - C. E. Shannon (1948). A mathematical theory of communication. *Bell System Technical Journal* 27.
# - A. N. Kolmogorov (1956). On the Shannon theory of information transmission in the case of continuous
#   signals. *IRE Transactions on Information Theory* 2.
