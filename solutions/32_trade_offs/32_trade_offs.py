# ---
# title: Rate, distortion and collapse
# question: What does the weight between reconstruction and KL term buy, and what does it cost?
# picture: Copies of unseen digits and random samples of five VAEs that differ in the weight β alone
# seconds: 55
# goals:
#   - write the objective of the β-VAE, train with it, and read its trade from copies and samples
#   - find the β that a loss hides behind sums, means and squared errors
#   - tighten the ELBO with importance weights, and hold it against an exact log-likelihood
#   - cause posterior collapse, measure it, and repair it
# terms:
#   distortion: the mean of -log p(x | z) in nats; what the picture still costs once its latent code is known
#   rate: the mean KL term in nats; what the latent code costs
#   β-VAE: a VAE that minimises distortion + β · rate
#   KL annealing: to raise the weight of the KL term slowly from 0 while training
#   effective β: the weight of the rate that a loss has once both terms are in nats
#   implied variance: the noise of a pixel that a squared error claims, if the loss is to be an ELBO
#   importance weight: p(x | z) p(z) / q(z | x) for a sampled code z; its mean is p(x)
#   importance-weighted bound: the mean logarithm of an average of k importance weights; between ELBO and log-likelihood
#   posterior collapse: the latent code tells nothing, because q(z | x) equals the prior for every picture
#   active unit: a latent dimension whose posterior mean changes from picture to picture
#   free bits: an allowance of KL for each latent dimension that costs nothing
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops
from scipy.special import expit
from scipy.stats import multivariate_normal

from course_utils import plots
from course_utils.checks import trade_offs, trade_offs_free, trade_offs_model
from course_utils.checks.trade_offs import Loss
from course_utils.data import black_and_white, black_and_white_batches, load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, set_seed

# %% [markdown]
# ## Two costs and a weight
#
# A VAE's encoder gives each picture $x$ a Gaussian distribution of latent codes, $q(z|x)$. A code $z$ is
# drawn from it, and the decoder gives $p(x|z)$. Two things cost nats:
#
# - the **distortion** $D = E[-\log p(x|z)]$: what the picture still costs once its code is known;
# - the **rate** $R = E[\mathrm{KL}(q(z|x)\,\|\,p(z))]$: what the code costs, with the prior
#   $p(z) = \mathcal N(0, I)$.
#
# Their sum is the negative ELBO, so $-\log p(x) \le D + R$ on average. The **β-VAE** (Higgins et al. 2017)
# minimises
#
# $$ D + \beta R $$
#
# with a weight β of our choice. As in lesson 31, a pixel is ink with a probability that the decoder gives
# as a logit $a$. For one picture, with $k$ latent dimensions, the two costs are
#
# $$ \sum_{i} \log(1 + e^{a_i}) - x_i a_i \qquad \text{and} \qquad
# \sum_{j=1}^{k} \tfrac12 \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right) . $$
#
# ### Exercise 1: the objective
#
# Return the two costs as well, before they are averaged: we shall need them.
#
# <details><summary>Hint: which sums, which means?</summary>
#
# The nats of pixels and of latent dimensions add up. Over the pictures of the batch take the mean.
# `ops.softplus(a)` is log(1 + exp(a)) without overflow.
# </details>


# %% exercise="beta_objective"
def beta_objective(x, logits, mean, log_var, beta):
    """The loss of a β-VAE and its two costs, in nats.

    Args:
        x: black and white pictures (n, d), entries 0.0 or 1.0.
        logits: the decoder's answer (n, d).
        mean, log_var: of q(z | x), (n, k) each; log_var is the logarithm of the variance.
        beta: the weight of the rate.

    Returns:
        loss: a tensor without axes, distortion + beta · rate, both averaged over the batch.
        distortion: tensor (n,), one number for each picture.
        kl: tensor (n, k), the KL term of each picture and each latent dimension.
    """
    ### BEGIN SOLUTION
    each_pixel = ops.softplus(logits) - x * logits
    distortion = ops.sum(each_pixel, axis=1)
    kl = 0.5 * (ops.square(mean) + ops.exp(log_var) - 1 - log_var)
    rate = ops.mean(ops.sum(kl, axis=1))
    loss = ops.mean(distortion) + beta * rate
    return loss, distortion, kl
    ### END SOLUTION


# %% check="beta_objective" points=2
trade_offs_model.check_objective(beta_objective, rows=4, pixels=6, k=3, beta=2.5)
trade_offs_model.check_objective(beta_objective, rows=2, pixels=5, k=2, beta=0.3, scale=60.0)
### BEGIN HIDDEN TESTS
trade_offs_model.check_objective(beta_objective, rows=1, pixels=784, k=32, beta=0.0)
trade_offs_model.check_objective(beta_objective, rows=5, pixels=5, k=5, beta=1.0)
trade_offs_model.check_objective(beta_objective, rows=3, pixels=7, k=1, beta=784.0, scale=200.0)
trade_offs_model.check_objective(beta_objective, rows=200, pixels=900, k=70, beta=10.0)
### END HIDDEN TESTS

# %% [markdown]
# ## A training step whose β grows
#
# Early in training the code says nothing useful yet, and its cost pushes it to say even less. **KL
# annealing** (Bowman et al. 2016) helps: in step $t = 1, 2, \dots$ the weight is
#
# $$ \beta_t = \beta \cdot \min\left(1, \frac{t}{\text{warmup}}\right), $$
#
# so that with `warmup=1` it is β from the first step on.
#
# ### Exercise 2: the training step
#
# Call `self.objective` and `self.sample`: they may be other functions than those above, and an objective may
# have weights of its own. So train all of `self.trainable_variables`.
#
# <details><summary>Hint: which step is it?</summary>
#
# `self.optimizer.iterations` counts the steps that are done. It is an integer tensor:
# `ops.cast(..., "float32")`. Python's `min` does not work on tensors, `ops.minimum` does.
# </details>
# <details><summary>Hint: the order</summary>
#
# Inside `with tf.GradientTape() as tape:` encode, sample, decode, β, `self.objective`. After it the
# gradient, and `self.optimizer.apply_gradients(zip(gradients, variables))`.
# </details>


# %%
def draw_code(mean, log_var):
    """A latent code from each q(z | x), through which gradients pass."""
    return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))


# %% exercise="train_step"
class BetaVAE(keras.Model):
    """A β-VAE with KL annealing over the first `warmup` steps.

    Args:
        encoder: maps x (n, d) to (n, 2k): k means, then k log variances.
        decoder: maps latent codes (n, k) to logits (n, d).
        objective: function of (x, logits, mean, log_var, beta) as in exercise 1.
        sample: function of (mean, log_var), gives latent codes (n, k).
    """

    def __init__(
        self, encoder, decoder, beta=1.0, warmup=1, objective=beta_objective, sample=draw_code
    ):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.beta, self.warmup = beta, warmup
        self.objective, self.sample = objective, sample

    def encode(self, x):
        """Mean and log variance of q(z | x), a pair of tensors (n, k)."""
        return tuple(ops.split(self.encoder(x), 2, axis=1))

    def train_step(self, x):
        """One step of the optimizer on a batch x (n, d).

        Returns:
            {"loss": ..., "distortion": ..., "rate": ...}: what is minimised in this step, and the two
            costs, averaged over the batch.
        """
        ### BEGIN SOLUTION
        with tf.GradientTape() as tape:
            mean, log_var = self.encode(x)
            logits = self.decoder(self.sample(mean, log_var))
            step = ops.cast(self.optimizer.iterations + 1, "float32")
            beta = self.beta * ops.minimum(1.0, step / self.warmup)
            loss, distortion, kl = self.objective(x, logits, mean, log_var, beta)
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        rate = ops.mean(ops.sum(kl, axis=1))
        return {"loss": loss, "distortion": ops.mean(distortion), "rate": rate}
        ### END SOLUTION


# %% check="train_step" points=3
trade_offs_model.check_train_step(BetaVAE, rows=6, beta=1.7, warmup=1)
trade_offs_model.check_train_step(BetaVAE, rows=5, beta=3.0, warmup=4)
trade_offs_model.check_fit(BetaVAE, rows=6)
### BEGIN HIDDEN TESTS
trade_offs_model.check_train_step(BetaVAE, rows=1, beta=0.7, warmup=2)
trade_offs_model.check_train_step(BetaVAE, rows=150, beta=1.3, warmup=100)
trade_offs_model.check_fit(BetaVAE, rows=5)
### END HIDDEN TESTS

# %% [markdown]
# Now five VAEs with 32 latent dimensions. They differ in β alone.

# %%
digits = load_digits()
x_test = black_and_white(digits.x_test.reshape(-1, 784), seed=0)
batches = black_and_white_batches(digits.x_train.reshape(-1, 784), seed=0)
batches = batches.take(budget(63, 2))  # all of them, but in a quick run
LATENT_DIM, SEEDS = 32, range(budget(2, 1))


def train(title: str, **options) -> list[BetaVAE]:
    """A trained VAE of digits for each random seed."""

    def build() -> BetaVAE:
        encoder = [layers.Dense(160, activation="gelu"), layers.Dense(2 * LATENT_DIM)]
        decoder = [layers.Dense(160, activation="gelu"), layers.Dense(784)]
        return BetaVAE(
            keras.Sequential([keras.Input((784,)), *encoder]),
            keras.Sequential([keras.Input((LATENT_DIM,)), *decoder]),
            **options,
        )

    return fit_seeds(
        build, batches, seeds=SEEDS, epochs=budget(8, 1), learning_rate=4e-3, title=title
    )


BETAS = (0.1, 0.3, 1.0, 3.0, 10.0)
vaes = {beta: train(f"β = {beta:g}", beta=beta) for beta in BETAS}


# %%
def pictures(model: BetaVAE, n: int = 6) -> np.ndarray:
    """n copies of unseen digits, an empty place, n samples of the prior: (2n + 1, 28, 28)."""
    codes = np.random.default_rng(3).normal(size=(n, LATENT_DIM)).astype("float32")
    copies = expit(model.decoder(model.sample(*model.encode(x_test[:n]))))
    samples = expit(model.decoder(codes))
    return np.concatenate([copies, np.ones((1, 784)), samples]).reshape(-1, 28, 28)


set_seed(5)
originals = np.ones((13, 28, 28))
originals[:6] = x_test[:6].reshape(-1, 28, 28)
rows = {"unseen digits": originals} | {f"β = {beta:g}": pictures(vaes[beta][0]) for beta in BETAS}
plots.show(
    plots.image_rows(rows, "Left: copies of unseen digits. Right: samples of the prior"),
    alt="A row of six unseen digits, then five rows for β from 0.1 to 10: on the left copies, which are crisp "
    "at the top and grey blurs at the bottom; on the right samples, scribbles at the top, digit-like near β 1 "
    "and blurs at the bottom.",
    name="32_trade_offs",
)

# %% [markdown]
# A small β buys good copies, and the samples are scribbles: codes lie where the prior seldom looks. A large
# β buys codes that look like the prior, and they hardly say anything. Now in nats, on unseen digits.


# %%
def costs(model: BetaVAE, x: np.ndarray, draws: int = 4) -> dict[str, float]:
    """Mean distortion and rate of pictures x, and their sum, in nats."""
    mean, log_var = model.encode(x)
    parts = [
        beta_objective(x, model.decoder(model.sample(mean, log_var)), mean, log_var, 1.0)
        for _ in range(draws)
    ]
    distortion = np.mean([d for _, d, _ in parts])
    rate = np.mean(np.sum(parts[0][2], axis=1))
    return {"D": distortion, "R": rate, "D + R": distortion + rate}


trade = Results("β")
for beta in BETAS:
    for seed, model in zip(SEEDS, vaes[beta], strict=True):
        trade.add(f"{beta:g}", seed, **costs(model, x_test))
trade

# %%
rate, distortion = ([trade.mean(f"{beta:g}", c) for beta in BETAS] for c in ("R", "D"))
best = trade.mean("1", "D + R")
fig, ax = plt.subplots(figsize=(6, 4))
ax.plot(rate, distortion, "o-")
for beta, r, d in zip(BETAS, rate, distortion, strict=True):
    ax.annotate(f"β = {beta:g}", (r, d), (7, 5), textcoords="offset points")
ax.plot([0, 45], [best, best - 45], "--", color=plots.GREY, label=f"D + R = {best:.0f} nats")
ax.set(title="The trade on unseen digits", xlabel="rate R (nats)", ylabel="distortion D (nats)")
ax.legend()
plots.show(
    fig,
    alt="Distortion against rate for five β: a convex curve that falls from about 195 nats at β 10 to about 90 at β "
    "0.1 and touches a dashed line of slope -1 at β 1.",
)

# %% folded="numbers"
slopes = -np.diff(distortion) / np.diff(rate)
for low, high, slope in zip(BETAS[:-1], BETAS[1:], slopes, strict=True):
    report(f"nats_saved_for_a_nat_between_{low:g}_and_{high:g}", slope, within=(low, high))
report("neg_elbo_beta_1", best, within=(116, 140))
report("neg_elbo_beta_1_seeds", np.ptp(trade.values("1", "D + R")), within=(0, 3))
report("excess_beta_0.3", trade.mean("0.3", "D + R") - best, within=(4, 14))
report("excess_beta_3", trade.mean("3", "D + R") - best, within=(8, 20))
report("rate_beta_1", trade.mean("1", "R"), within=(18, 27))
report("rate_beta_10", trade.mean("10", "R"), within=(0.8, 2.8))

# %% [markdown]
# Between two neighbouring points one nat of rate saves a number of nats of distortion. That number lies
# between their two βs. So **β is the price at which the VAE stops buying rate**. Only at β = 1 is a nat of
# code worth a nat of picture. There the sum $D + R$ is smallest, as theory says.
#
# ## The β that nobody wrote down
#
# Many programs have no β in sight and still have one. Pixels are averaged, or the KL term is; someone
# multiplies by 500. Each of these losses is
#
# $$ a \cdot \Big(\sum_\text{pixels} \text{error}\Big) + b \cdot \Big(\sum_\text{dimensions} \mathrm{KL}\Big), $$
#
# where a mean over $d$ pixels is a sum with $1/d$ in front. A factor before the whole loss does not move its
# minimum. Only $b/a$ counts. The **effective β** is the weight of $R$ when $D$ stands in nats:
#
# - *Cross-entropy.* Summed over the pixels it *is* the distortion, so $\beta = b/a$.
# - *Squared error.* Gaussian noise of variance $s^2$ has $-\log p(x|z) = \frac{1}{2s^2}\sum(x - \hat x)^2 +
#   \text{constant}$. If we are told $s^2$, β follows. Or we take the loss for an ELBO, β = 1, and ask which
#   noise it claims: its **implied variance**.
#
# ### Exercise 3: what does the loss say?
#
# `Loss("squared", pixels="mean", kl="sum", pixel_weight=2.0)` is a loss as programs write it. Its fields are
# `error` ("cross-entropy" or "squared"), `pixels` and `kl` ("sum" or "mean" over pixels and over latent
# dimensions), `pixel_weight`, `kl_weight`, `n_pixels` and `latent_dim`.
#
# <details><summary>Hint: where to begin</summary>
#
# First find $a$ and $b$. Is the $a$ of a mean over 784 pixels larger or smaller than that of a sum?
# </details>
# <details><summary>Hint: squared errors</summary>
#
# The sum of squares is $2 s^2 D$. Put it into $a \cdot \text{sum} + b R$ and divide by what stands before
# $D$. For the second function set β to 1 and solve for $s^2$.
# </details>


# %% exercise="effective_beta"
def effective_beta(loss: Loss, noise_variance: float = 0.5) -> float:
    """The β for which minimising loss is minimising D + βR, with D and R in nats.

    Args:
        loss: a loss as it stands in a program.
        noise_variance: the variance of a pixel's Gaussian noise; only for squared errors.
    """
    ### BEGIN SOLUTION
    a = loss.pixel_weight / (loss.n_pixels if loss.pixels == "mean" else 1)
    b = loss.kl_weight / (loss.latent_dim if loss.kl == "mean" else 1)
    if loss.error == "squared":
        a = a * 2 * noise_variance
    return b / a
    ### END SOLUTION


def implied_variance(loss: Loss) -> float:
    """The noise variance with which a loss of squared errors is the exact ELBO (β = 1)."""
    ### BEGIN SOLUTION
    return effective_beta(loss, noise_variance=0.5) / 2  # β = 1 / (2 s² a / b)
    ### END SOLUTION


# %% check="effective_beta" points=3
answers = effective_beta, implied_variance
trade_offs.check_conversion(*answers, Loss("cross-entropy", "sum", "mean", 1.0, 3.0, latent_dim=5))
trade_offs.check_conversion(*answers, Loss("cross-entropy", "mean", "sum", 500.0, n_pixels=1024))
trade_offs.check_conversion(*answers, Loss("squared", "mean", "sum", 1000.0))
trade_offs.check_conversion(*answers, Loss("squared", "sum", "mean", 2.0, 3.0, latent_dim=5))
### BEGIN HIDDEN TESTS
trade_offs.check_conversion(*answers, Loss("cross-entropy", "sum", "sum"))
trade_offs.check_conversion(*answers, Loss("squared", "sum", "sum", kl_weight=0.3, latent_dim=7))
trade_offs.check_conversion(*answers, Loss("squared", "mean", "mean", 20.0, 4.0, 300, 16))
trade_offs.check_conversion(*answers, Loss("cross-entropy", "mean", "mean", 2.0, 0.01, 64, 10))
trade_offs.check_conversion(*answers, Loss("cross-entropy", "sum", "sum", 0.2, latent_dim=1))
trade_offs.check_default(effective_beta)
### END HIDDEN TESTS

# %%
published = {
    "a framework's tutorial: sum of cross-entropy + sum of KL": Loss("cross-entropy", "sum", "sum"),
    "a textbook: sum of cross-entropy + mean of KL, 2 dimensions": Loss(
        "cross-entropy", "sum", "mean", latent_dim=2
    ),
    "a book: 500 · mean of cross-entropy + sum of KL, 1,024 pixels": Loss(
        "cross-entropy", "mean", "sum", pixel_weight=500.0, n_pixels=1024
    ),
    "its faces: 2000 · mean of squares + sum of KL, 3,072 values": Loss(
        "squared", "mean", "sum", pixel_weight=2000.0, n_pixels=3072
    ),
    "first attempt: mean of squares + sum of KL": Loss("squared", "mean", "sum"),
    "first attempt: mean of cross-entropy + sum of KL": Loss("cross-entropy", "mean", "sum"),
}
hidden = pd.DataFrame({"effective β": {name: effective_beta(p) for name, p in published.items()}})
hidden["implied σ of a pixel"] = [
    implied_variance(p) ** 0.5 if p.error == "squared" else np.nan for p in published.values()
]
hidden.round(2)

# %% folded="numbers"
found = hidden["effective β"].to_numpy()
report("beta_of_mean_kl_textbook", found[1], within=(0.5, 0.5))
report("beta_of_500_mean_cross_entropy", found[2], within=(2.047, 2.049))
report("noise_claimed_by_2000_mse", hidden.iloc[3, 1], within=(0.87, 0.88))
report("noise_claimed_by_plain_mse", hidden.iloc[4, 1], within=(19.7, 19.9))
report("beta_of_mean_cross_entropy", found[5], within=(783.9, 784.1))

# %% [markdown]
# Only the first is an ELBO of black and white pixels. (For squares, β is stated for $s^2 = \frac12$.) The
# first attempts are far off. One claims that pixels between 0 and 1 were measured with an error of ±20. The
# other is a β-VAE with β = 784. So loss values of two programs cannot be compared, and "we used no β" is
# never true.
#
# ## A tighter bound
#
# $D + R$ is only a bound on $-\log p(x)$. How far off is it? The **importance weight** of a sampled code is
#
# $$ w = \frac{p(x|z)\,p(z)}{q(z|x)}, \qquad z \sim q(z|x) . $$
#
# The mean of $\log w$ is the ELBO. The mean of $w$ itself is exactly $p(x)$. Burda, Grosse & Salakhutdinov
# (2016) average $k$ weights *inside* the logarithm. This is the **importance-weighted bound**
#
# $$ \mathcal L_k = E \log \frac1k \sum_{i=1}^k w_i, \qquad
# \mathrm{ELBO} = \mathcal L_1 \le \mathcal L_2 \le \dots \le \log p(x) . $$
#
# ### Exercise 4: the importance-weighted bound
#
# Log weights of digits are about −130, those of photographs −8,000. Where $p(x|z)$ is a density, they can
# be +2,000. In float32 the exponentials of all these are 0 or infinite. Your function must give the right
# value.
#
# <details><summary>Hint</summary>
#
# $\log \sum e^{a_i} = m + \log \sum e^{a_i - m}$ for any $m$. With which $m$ is the largest exponential
# exactly 1? Each picture needs its own.
# </details>


# %% exercise="importance_weighted_bound"
def importance_weighted_bound(log_weights: np.ndarray) -> np.ndarray:
    """The bound on log p(x) for each picture: log of the mean weight.

    Args:
        log_weights: (n, k), for n pictures and k codes drawn for each.

    Returns:
        (n,) in nats, one for each picture.
    """
    ### BEGIN SOLUTION
    log_weights = np.asarray(log_weights)
    largest = log_weights.max(axis=1, keepdims=True)
    return largest[:, 0] + np.log(np.mean(np.exp(log_weights - largest), axis=1))
    ### END SOLUTION


# %% check="importance_weighted_bound" points=2
trade_offs.check_bound(importance_weighted_bound, np.log([[1.0, 3.0], [0.5, 0.5], [2.0, 6.0]]))
far_apart = [[-8900.0, -8800.0, -7700.0, -8850.0], [1100.0, 1200.0, 2300.0, 1150.0]]
trade_offs.check_bound(importance_weighted_bound, far_apart)
### BEGIN HIDDEN TESTS
for n, k, spread in [(4, 6, 1), (5, 1, 3), (1, 40, 10), (2, 7, 0), (3, 3, 2), (60, 500, 3)]:
    trade_offs.check_bound_on_random(importance_weighted_bound, n, k, spread)
    trade_offs.check_bound_on_random(importance_weighted_bound, n, k, spread, kind="float32")
    trade_offs.check_bound_on_random(importance_weighted_bound, n, k, spread, far=True)
### END HIDDEN TESTS

# %% [markdown]
# **An exact oracle.** Let $x = Wz + \text{noise}$ with $W$ known and its columns at right angles. Then
# $\log p(x)$ is the density of a Gaussian, and the posterior is known too. We take an encoder with the right
# mean and *three times* the right variance, as a β that is too large makes it. Its ELBO must be too low by
# $\frac12(3 - 1 - \log 3)$ nats for each of the two dimensions, together 0.90.

# %%
rng = np.random.default_rng(6)
noise, w = 0.25, np.linalg.qr(rng.normal(size=(8, 2)))[0] * [1.5, 0.7]
x = rng.normal(size=(2000, 2)) @ w.T + noise**0.5 * rng.normal(size=(2000, 8))
exact = multivariate_normal(np.zeros(8), w @ w.T + noise * np.eye(8)).logpdf(x).mean()

variance = noise / (noise + np.sum(w**2, axis=0))  # of the exact posterior
mean, wide = (x @ w) * variance / noise, 3 * variance
z = mean[:, None] + np.sqrt(wide) * rng.normal(size=(2000, 256, 2))  # 256 codes for each x
log_likelihood = -0.5 * np.sum((x[:, None] - z @ w.T) ** 2 / noise, axis=2)
log_likelihood -= 4 * np.log(2 * np.pi * noise)
log_ratio = 0.5 * np.sum((z - mean[:, None]) ** 2 / wide + np.log(wide) - z**2, axis=2)
log_w = log_likelihood + log_ratio

DRAWS = [1, 4, 16, 64, 256]
gap = {k: exact - np.mean(importance_weighted_bound(log_w.reshape(-1, k))) for k in DRAWS}
pd.Series(gap, name="exact log p(x) - bound (nats)").rename_axis("k").round(3).to_frame()


# %%
def log_weights(model: BetaVAE, x: np.ndarray, draws: int) -> np.ndarray:
    """Log importance weights (n, draws) of codes drawn for each picture."""
    mean, log_var = model.encode(x)
    columns = []
    for _ in range(draws):
        z = model.sample(mean, log_var)
        _, distortion, _ = beta_objective(x, model.decoder(z), mean, log_var, 1.0)
        squares = ops.square(z - mean) * ops.exp(-log_var) + log_var - ops.square(z)
        columns.append(0.5 * ops.sum(squares, axis=1) - distortion)
    return np.stack(columns, axis=1)


tighter = Results("β")
for beta in (0.3, 1.0, 3.0):
    for seed, model in zip(SEEDS, vaes[beta], strict=True):
        log_w_digits = log_weights(model, x_test, budget(64, 2))
        bound = -np.mean(importance_weighted_bound(log_w_digits))
        tighter.add(f"{beta:g}", seed, **{"D + R": -log_w_digits.mean(), "64 codes": bound})
tighter

# %% folded="numbers"
report("linear_gap_1", gap[1], within=(0.87, 0.93))
report("linear_gap_256", gap[256], within=(0, 0.02))
gain = {name: tighter.mean(name, "D + R") - tighter.mean(name, "64 codes") for name in ("1", "3")}
report("digit_gain_beta_1", gain["1"], within=(3.5, 8))
report("digit_gain_beta_3", gain["3"], within=(8, 16))

# %% [markdown]
# The oracle agrees: the gap is 0.90 nats with one code and vanishes with 256. On digits, whose exact value
# nobody knows, 64 codes lower the bound on $-\log p(x)$ by several nats. A part of what looked like a poor
# model was a loose bound.
#
# ## Break it: the mean that kills the code
#
# The last loss of the table *averages* the cross-entropy over the pixels and *sums* the KL term. Lesson 31
# tried it once; now we know that it is a β-VAE with β = 784. Suppose that the weight has to stay. **Predict
# first:** can annealing save the code?
#
# When $q(z|x)$ equals the prior for every picture, the code says nothing. This is **posterior collapse**.
# The usual detector (Burda et al. 2016) calls a latent dimension $u$ an **active unit** if its posterior
# mean varies over the pictures:
#
# $$ A_u = \mathrm{Var}_x\big(E[z_u|x]\big) > 0.01 . $$
#
# ### Exercise 5: active units
#
# <details><summary>Hint</summary>
#
# `encode` gives two tensors of shape (n, k). One of them does not matter here. Over which axis do you take
# the variance? (Divided by n or by n - 1, as you like.)
# </details>


# %% exercise="active_units"
def active_units(encode, x: np.ndarray, threshold: float = 0.01) -> np.ndarray:
    """Which latent dimensions say something about the pictures.

    Args:
        encode: function of x that returns the means and the log variances of q(z|x), tensors
            (n, k) each.
        x: pictures (n, d).
        threshold: variance over the pictures that an active unit's mean exceeds.

    Returns:
        Booleans (k,): True for an active unit.
    """
    ### BEGIN SOLUTION
    mean, _ = encode(x)
    return np.var(np.asarray(mean), axis=0) > threshold
    ### END SOLUTION


# %% check="active_units" points=2
trade_offs.check_active(
    active_units, [1, 0, 0.05, 0.2, 0, 0.05, 0.012], [0, 3, 0, 0, 0, 0, 0], 0.01
)
trade_offs.check_active(active_units, [0.05, 0.5, 0.9, 0.2, 0.3], [0, 0, 0, 0, 0], 0.1)
### BEGIN HIDDEN TESTS
trade_offs.check_active(active_units, [0.5, 0.09, 0.0], [0, 0, -4.0], 0.01)
trade_offs.check_active(active_units, [0.5, 0.9, 0.3, 0.05], [0, 5.0, 0, 0], 0.2)
trade_offs.check_active(active_units, [0.3], [0.0], 0.01, n=7)
trade_offs.check_active(active_units, [0.0, 0.0, 0.0], [0, 1, 2], 0.01, n=3)
trade_offs.check_active(active_units, np.linspace(0.02, 0.4, 90), np.zeros(90), 0.01, n=300)
### END HIDDEN TESTS

# %% [markdown]
# Two repairs leave the weight as it is. The first is the annealing of exercise 2. The second is **free
# bits** (Kingma et al. 2016): each latent dimension pays λ nats in any case, so the first λ nats of KL are
# free. With the KL terms of a batch, the rate in the loss is replaced by
#
# $$ \sum_{j=1}^{k} \max\Big(\lambda,\ \frac1n\sum_{i=1}^n \mathrm{KL}_{ij}\Big) . $$
#
# Below λ its gradient is zero: to say less saves nothing.
#
# ### Exercise 6: free bits
#
# The mean over the batch comes *first*: a dimension may be silent on most pictures if it says more about
# others.
#
# <details><summary>Hint</summary>
#
# Three operations, from the inside out. Gradients must pass: use `keras.ops` throughout.
# </details>


# %% exercise="free_bits"
def free_bits(kl, floor: float):
    """The rate as charged when the first nats of each latent dimension are free.

    Args:
        kl: tensor (n, k), the KL term of each picture and each latent dimension.
        floor: λ, the nats of each latent dimension that are free.

    Returns:
        A tensor without axes: summed over the dimensions; gradients pass through it.
    """
    ### BEGIN SOLUTION
    mean = ops.mean(kl, axis=0)
    return ops.sum(ops.maximum(mean, floor))
    ### END SOLUTION


# %% check="free_bits" points=2
kl = [[0.1, 2.0, 0.0], [0.3, 0.0, 4.0], [0.2, 1.0, 0.5], [0.04, 0.1, 0.1]]
trade_offs_free.check_free_bits(free_bits, kl, 0.5)
trade_offs_free.check_free_bits_on_random(free_bits, 7, 5, 0.25)
### BEGIN HIDDEN TESTS
for n, k, floor in [
    (5, 3, 0.3),
    (1, 4, 0.5),
    (6, 1, 0.25),
    (3, 3, 1.2),
    (8, 5, 0.0),
    (99, 70, 0.1),
]:
    trade_offs_free.check_free_bits_on_random(free_bits, n, k, floor)
### END HIDDEN TESTS


# %%
def with_free_bits(x, logits, mean, log_var, beta):
    """As beta_objective, but half a nat of each latent dimension is free."""
    _, distortion, kl = beta_objective(x, logits, mean, log_var, beta)
    return ops.mean(distortion) + beta * free_bits(kl, 0.5), distortion, kl


repairs = {
    "β = 784": train("β = 784", beta=784.0),
    "annealed": train("annealed", beta=784.0, warmup=budget(300, 2)),
    "free bits": train("free bits", beta=784.0, objective=with_free_bits),
    "β = 1": vaes[1.0],
}
rows = {"unseen digits": originals}
rows |= {name: pictures(models[0]) for name, models in repairs.items()}
plots.show(
    plots.image_rows(rows, "Left: copies of unseen digits. Right: samples of the prior"),
    alt="Rows of copies and samples. β = 784 and annealed: the same grey blur everywhere. Free bits: copies "
    "are blurs that differ a little from picture to picture. β = 1: copies and samples are digits.",
)

# %%
collapse = Results("recipe")
for name, models in repairs.items():
    for seed, model in zip(SEEDS, models, strict=True):
        active = np.sum(active_units(model.encode, x_test))
        collapse.add(name, seed, **costs(model, x_test), active=active)
collapse

# %% folded="numbers"
for name, low, high in (("β = 784", 0, 0.05), ("annealed", 0, 0.3), ("free bits", 2, 9)):
    slug = name.replace(" ", "_").replace("β_=_", "beta_")
    report(f"rate_{slug}", collapse.mean(name, "R"), within=(low, high))
report("active_beta_784", collapse.mean("β = 784", "active"), within=(0, 0))
report("active_free_bits", collapse.mean("free bits", "active"), within=(25, 32))
saved = collapse.mean("β = 784", "D + R") - collapse.mean("free bits", "D + R")
report("free_bits_bring", saved, within=(5, 35))
lost = collapse.mean("free bits", "D + R") - collapse.mean("β = 1", "D + R")
report("free_bits_cost", lost, within=(45, 85))

# %% [markdown]
# With β = 784 the code is dead: no active unit, a rate of zero, and one grey blur for every picture.
# Annealing only postpones this. Once the full weight is there, the code falls silent. Free bits bring
# the code back to life: nearly all units are active. But 16 nats are free, and the code says only a
# few. The right weight is better by dozens of nats. So look at the *loss* first, and repair
# second. And do not trust the detector alone: "active" does not mean that much is said.
#
# A collapse is not always an error. The ELBO asks for a small $D + R$, not for a large $R$. A decoder that
# draws pixel by pixel and sees what it has drawn can predict most of a picture without a code. Then $D$ is
# small at $R = 0$, and a code that costs more than it saves is rightly left unused (Chen et al. 2017). *Going
# deeper* builds such a decoder.
#
# ### Written question
#
# A colleague trains a VAE with a powerful decoder on your pictures. "The rate is 0.02 nats and there are no
# active units, but the bound on $-\log p(x)$ is the best that we ever had. So training failed, and we need
# free bits." Does the last sentence follow? Explain with $D + R$ when a silent code is the right answer,
# how you would find out whether it is right here, and what free bits would change: for the bound, and for a
# use of the code. (4 to 6 sentences.)

# %% [markdown] answer="is_collapse_a_failure" points=3
# **Model answer.** No. The objective is $D + R$, and it does not say how the sum is to be divided: a nat of
# rate is worth its cost only if it saves more than a nat of distortion. If the decoder models the pictures
# without a code, $D$ alone reaches the best value, and $R = 0$ is the right answer. To find out, compare
# with the same decoder trained without any code, which must be as good. Also try annealing, other random
# seeds and a smaller β at first: if one of them ends with a lower $D + R$, the collapse was a failure of
# training. An effective β far above 1 would be a failure too. Free bits force a rate of at least $k\lambda$.
# The bound can only lose by that if the collapsed optimum was the true one. They may still be wanted if it
# is the *code* that will be used, but then its use should be measured, since nats of rate need not be nats
# about what one cares for.
#
# **Rubric.** 1 point: $D + R$ does not reward a code; $R = 0$ is right if the decoder can do without.
# 1 point: a test that can tell (decoder without code as a baseline; annealing, other seeds, effective β; a
# tighter bound). 1 point: free bits raise the rate and at best keep, usually worsen, the bound; whether the
# code is better must be measured on its use.

# %% [markdown]
# ## Summary
#
# 1. A VAE's loss is distortion + β · rate. β is the number of nats of picture that a nat of code must save.
# 2. A small β buys copies, a large one codes like the prior. Only β = 1 minimises the bound on
#    $-\log p(x)$.
# 3. Sums, means and squared errors hide an effective β. Work it out before you compare losses.
# 4. Importance weights tighten the bound; on an exact model the gap closes as theory says.
# 5. A weight that is too large makes the posterior collapse. Count active units, then mend the weight.
#    Free bits revive a code, but here only a little.
#
# ## References
#
# - S. R. Bowman, L. Vilnis, O. Vinyals, A. M. Dai, R. Jozefowicz, S. Bengio (2016). Generating sentences
#   from a continuous space. *CoNLL*.
# - Y. Burda, R. Grosse, R. Salakhutdinov (2016). Importance weighted autoencoders. *ICLR*.
# - D. P. Kingma, T. Salimans, R. Jozefowicz, X. Chen, I. Sutskever, M. Welling (2016). Improved variational
#   inference with inverse autoregressive flow. *NeurIPS*.
# - X. Chen et al. (2017). Variational lossy autoencoder. *ICLR*.
# - I. Higgins et al. (2017). β-VAE: learning basic visual concepts with a constrained variational
#   framework. *ICLR*.
