# ---
# title: What the bound hides, and who samples better
# question: How far is the ELBO from the log-likelihood, and when is a VAE the better sampler?
# seconds: 120
# goals:
#   - compute the gap between ELBO and log-likelihood exactly, and see where it comes from
#   - compare a VAE and a plain autoencoder in nats, by their samples and half-way between two digits
#   - catch a mix-up of log σ and log σ² by an exact value
#   - compare two estimators of the same gradient
# terms:
#   amortisation: one encoder answers for all pictures, in place of a search for each picture's own best distribution
#   probabilistic PCA: the linear-Gaussian model x = Wz + b + noise, whose log-likelihood is known exactly
#   Gaussian mixture: a weighted sum of several Gaussian distributions
#   score-function estimator: a gradient of an expectation from values of the function alone, without its derivative
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy.special import expit, logsumexp
from scipy.stats import multivariate_normal, norm
from sklearn.mixture import GaussianMixture

from course_utils import plots
from course_utils.checks import vae_deeper
from course_utils.classifier import judge
from course_utils.data import black_and_white, black_and_white_batches, load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit, fit_seeds, predict, set_seed

# %% [markdown]
# ## Models to compare
#
# The VAE of the core, written compactly, beside a plain autoencoder of the same layers. Both are trained
# from two random seeds, first with 2 latent dimensions.


# %%
def kl_term(mean, log_var):
    """KL divergence of N(mean, diag(exp(log_var))) from N(0, I), in nats (n,)."""
    return ops.sum(ops.square(mean) + ops.exp(log_var) - 1 - log_var, axis=1) / 2


def sample_code(mean, log_var):
    """One sample of N(mean, diag(exp(log_var))) for each row."""
    return mean + ops.exp(log_var / 2) * keras.random.normal(ops.shape(mean))


def ink_terms(x, logits, mean, log_var):
    """log p(x | z) of black and white pictures, and the KL term, in nats (n,) each."""
    cross_entropy = ops.binary_crossentropy(x, logits, from_logits=True)
    return -ops.sum(cross_entropy, axis=1), kl_term(mean, log_var)


class VAE(keras.Model):
    """A variational autoencoder; see the core for the meaning of the arguments."""

    def __init__(self, encoder, decoder, sample=sample_code, terms=ink_terms):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.sample, self.terms = sample, terms

    def encode(self, x):
        """Mean and log variance of the latent codes of x, (n, k) each."""
        return ops.split(self.encoder(x), 2, axis=1)

    def elbo(self, x):
        """The ELBO of each picture, with one sample of its latent code (n,)."""
        mean, log_var = self.encode(x)
        decoded = self.decoder(self.sample(mean, log_var))
        log_likelihood, kl = self.terms(x, decoded, mean, log_var)
        return log_likelihood - kl

    def train_step(self, x):
        """One step down the slope of the negative ELBO."""
        with tf.GradientTape() as tape:
            loss = -ops.mean(self.elbo(x))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


# %%
digits = load_digits()
x_train = digits.x_train.reshape(-1, 784)
x_test = black_and_white(digits.x_test.reshape(-1, 784), seed=0)
train_bw = black_and_white(x_train, seed=1)
batches = black_and_white_batches(x_train[: budget(4000, 128)], batch_size=64)
seeds = range(budget(2, 1))
epochs = budget(18, 1)
N = budget(500, 100)  # pictures to be judged


def network(n_in: int, n_out: int, widths: tuple = ()) -> keras.Model:
    """Dense layers with GELU, then one without activation."""
    hidden = [layers.Dense(width, activation="gelu") for width in widths]
    return keras.Sequential([keras.Input((n_in,)), *hidden, layers.Dense(n_out)])


def draw(decoder, codes) -> np.ndarray:
    """Probabilities of ink (n, 28, 28) that a decoder gives for latent codes (n, k)."""
    return expit(predict(decoder, np.asarray(codes, dtype="float32"))).reshape(-1, 28, 28)


def train_plains(latent_dim: int) -> list[keras.Model]:
    """Plain autoencoders, one for each random seed."""

    def build():
        return keras.Sequential(
            [network(784, latent_dim, (256, 128)), network(latent_dim, 784, (128, 256))]
        )

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    pairs = batches.map(lambda x: (x, x))
    title = f"plain, {latent_dim} latent dimensions"
    return fit_seeds(
        build, pairs, seeds=seeds, epochs=epochs, learning_rate=6e-3, loss=loss, title=title
    )


def train_vaes(latent_dim: int) -> list[VAE]:
    """VAEs, one for each random seed."""

    def build():
        return VAE(network(784, 2 * latent_dim, (256, 128)), network(latent_dim, 784, (128, 256)))

    title = f"VAE, {latent_dim} latent dimensions"
    return fit_seeds(build, batches, seeds=seeds, epochs=epochs, learning_rate=6e-3, title=title)


plains_2, vaes_2 = train_plains(2), train_vaes(2)

# %%
normal = np.random.default_rng(0).normal(size=(N, 2))
rows = {"unseen digits": x_test[:10].reshape(-1, 28, 28)}
rows["plain, copies"] = draw(plains_2[0].layers[1], plains_2[0].layers[0](x_test[:10]))
rows["VAE, copies"] = draw(vaes_2[0].decoder, vaes_2[0].encode(x_test[:10])[0])
rows["VAE, samples\nof the prior"] = draw(vaes_2[0].decoder, normal[:10])
plots.show(
    plots.image_rows(rows, "Two latent dimensions: copies and samples"),
    alt="Four rows of ten pictures: unseen digits; copies by the plain autoencoder, some of them another digit; "
    "copies by the VAE, softer; samples of the VAE's prior, mostly legible and soft.",
)

# %% [markdown]
# ## How wide is the gap?
#
# The ELBO is at most $\log p(x)$. How much is missing? By Bayes' rule
# $p(x|z)\,p(z) = p(z|x)\,p(x)$. Put this into the ELBO:
#
# $$\mathrm{ELBO} = E_q\left[\log\frac{p(z|x)\,p(x)}{q(z|x)}\right] = \log p(x) - \mathrm{KL}\left(q(z|x)\,\|\,p(z|x)\right) .$$
#
# So the gap is exactly the KL divergence of the encoder's answer from the true posterior. With 2
# latent dimensions we can compute everything: lay a grid over the plane, decode every node, add up.
# This gives $\log p(x)$ of each unseen digit, and its posterior as a mass in each cell of the grid.
#
# ### Exercise 1: the gap on a grid
#
# <details><summary>Hint: from joint to posterior</summary>
#
# The posterior is the joint divided by $p(x)$, the sum of the joint over all cells. Stay with
# logarithms: `logsumexp`.
# </details>


# %% exercise="gap_on_grid"
def gap_on_grid(log_q: np.ndarray, log_joint: np.ndarray) -> float:
    """KL divergence of q(z | x) from the posterior p(z | x) of one picture, in nats.

    Args:
        log_q: logarithm of q's mass in each cell (m,); the masses add up to 1.
        log_joint: logarithm of the mass of p(x, z) in each cell (m,); may be far below -700.

    Returns:
        the KL divergence, one number.
    """
    ### BEGIN SOLUTION
    log_posterior = log_joint - logsumexp(log_joint)
    return float(np.sum(np.exp(log_q) * (log_q - log_posterior)))
    ### END SOLUTION


# %% check="gap_on_grid"
vae_deeper.check_gap(gap_on_grid, cells=5, offset=0.0)
vae_deeper.check_gap(gap_on_grid, cells=300, offset=-1000.0)


# %%
def grid(n: int) -> tuple[np.ndarray, float]:
    """Nodes (n * n, 2) of a grid over the plane, and the logarithm of a cell's area."""
    side = np.linspace(-4.5, 4.5, n)
    return np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2), 2 * np.log(side[1] - side[0])


def log_joint_of(decoder, x, nodes, log_cell, shift=0.0, scale=None) -> np.ndarray:
    """Logarithm of p(x, u) in each cell, (pictures, cells); codes are shift + scale u, u from N(0, I)."""
    codes = (nodes @ (np.eye(2) if scale is None else scale).T + shift).astype("float32")
    log_given = []
    for part in np.array_split(codes, len(codes) // 2000 + 1):  # in parts, to spare the memory
        logits = np.asarray(decoder(part))
        log_given.append(x @ logits.T - np.logaddexp(0, logits).sum(axis=1))  # float32
    log_prior = norm.logpdf(nodes).sum(axis=1) + log_cell
    return np.concatenate(log_given, axis=1) + log_prior.astype("float32")


def log_p_of(log_joint) -> np.ndarray:
    """log p(x) of each picture: the logarithm of the sum over all cells."""
    return np.array([logsumexp(row) for row in log_joint])


def log_q_of(nodes, log_cell, mean, log_var) -> np.ndarray:
    """Logarithm of the mass in each cell of a Gaussian with mean and log variance (2,)."""
    log_q = norm.logpdf(nodes, mean, np.exp(log_var / 2)).sum(axis=1) + log_cell
    return log_q - logsumexp(log_q)


def mean_elbo(model: VAE, x: np.ndarray, n_samples: int = budget(50, 5)) -> float:
    """Mean ELBO of pictures x, over many samples of their latent codes."""
    return float(np.mean([model.elbo(x) for _ in range(n_samples)]))


chosen = vaes_2[0]
nodes, log_cell = grid(budget(140, 40))
log_joint = log_joint_of(chosen.decoder, x_test, nodes, log_cell)
log_p = log_p_of(log_joint)
mean, log_var = (np.asarray(part) for part in chosen.encode(x_test))


def gaps_of(mean, log_var) -> np.ndarray:
    """The gap of every unseen digit for these means and log variances (500, 2)."""
    answers = zip(mean, log_var, log_joint, strict=True)
    return np.array([gap_on_grid(log_q_of(nodes, log_cell, m, v), j) for m, v, j in answers])


gaps = gaps_of(mean, log_var)
elbo = mean_elbo(chosen, x_test)
print(f"exact log p(x) {log_p.mean():.2f}, ELBO {elbo:.2f}: {log_p.mean() - elbo:.2f} nats between")
print(f"KL from the posterior: mean {gaps.mean():.2f}, median {np.median(gaps):.2f} nats")

# %% folded="numbers"
fine_nodes, fine_cell = grid(budget(250, 40))
fine = log_p_of(log_joint_of(chosen.decoder, x_test[:100], fine_nodes, fine_cell))
report("grid_refinement", np.mean(log_p[:100] - fine), within=(-0.05, 0.05))
report("exact_log_p_2", log_p.mean(), within=(-163, -146))
report("gap_2", log_p.mean() - elbo, within=(1, 8))
report("gap_as_kl_from_the_posterior", gaps.mean(), within=(1, 8))
report("the_two_gaps_differ_by", gaps.mean() - (log_p.mean() - elbo), within=(-0.2, 0.2))
report("gap_median", np.median(gaps), within=(0.3, 2.5))

# %% [markdown]
# The two computations agree: the identity holds on digits. For most digits the gap is below or near one
# nat. For a few it is much larger. Look at three of them.

# %%
order = np.argsort(gaps)
fig, axes = plt.subplots(1, 3, figsize=(9.6, 3.7))
angle = np.linspace(0, 2 * np.pi, 100)
for ax, share in zip(axes, (0.05, 0.5, 0.95), strict=True):
    i = order[int(share * len(order))]
    sigma = np.exp(log_var[i] / 2)
    ellipse = mean[i] + 2 * sigma * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    posterior = np.exp(log_joint[i] - log_joint[i].max())
    covered = np.concatenate([nodes[posterior > 0.02], ellipse])
    middle = (covered.max(axis=0) + covered.min(axis=0)) / 2
    half = 0.65 * max(np.ptp(covered, axis=0).max(), 0.4)
    side = np.linspace(-half, half, budget(120, 20))
    near = middle + np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    level = log_joint_of(chosen.decoder, x_test[i : i + 1], near, 0.0)[0]
    level = np.exp(level - level.max()).reshape(len(side), -1)
    ax.contourf(middle[0] + side, middle[1] + side, level, levels=10, cmap="Blues")
    ax.plot(*ellipse.T, color=plots.COLORS[1], linewidth=2, label="encoder's answer, 2σ")
    ax.set(title=f"a {digits.y_test[i]}: gap {gaps[i]:.1f} nats", aspect="equal")
    ax.set_xlabel("latent dimension 1")
axes[0].set_ylabel("latent dimension 2")
axes[0].legend(fontsize=9, loc="upper left")
fig.suptitle("The true posterior (blue) and the encoder's answer")
plots.show(
    fig,
    alt="Three unseen digits, each with its true posterior in the latent plane (blue) and the encoder's ellipse: "
    "they agree for a small gap; for the median gap the posterior is a little off; for a large gap most of the "
    "posterior lies outside the ellipse.",
)

# %% [markdown]
# Is the ellipse the wrong *shape*, or does the encoder put it in the wrong *place*? An encoder has to
# answer for all pictures with one set of weights (**amortisation**). So give each digit a mean and a
# log variance of its own, start from the encoder's answer, and climb the ELBO with the decoder fixed.

# %%
set_seed(0)
own = [keras.Variable(mean), keras.Variable(log_var)]
steps = budget(300, 2)
adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.05, steps))
for _ in range(steps):
    with tf.GradientTape() as tape:
        logits = chosen.decoder(sample_code(*own))
        log_likelihood, kl = ink_terms(x_test, logits, *own)
        loss = -ops.sum(log_likelihood - kl)
    adam.apply(tape.gradient(loss, own), own)
own_gaps = gaps_of(*map(np.asarray, own))
print(f"mean gap: encoder {gaps.mean():.2f}, each digit by itself {own_gaps.mean():.2f} nats")
print(f"median gap: encoder {np.median(gaps):.2f}, each digit by itself {np.median(own_gaps):.2f}")

# %% folded="numbers"
report("gap_each_digit_by_itself", own_gaps.mean(), within=(0, 1.5))
report("share_of_gap_made_by_encoder", 1 - own_gaps.mean() / gaps.mean(), within=(0.6, 1))

# %% [markdown]
# Most of the gap goes away, and the shape is the same: an ellipse without a slant. So the gap is mostly
# the *encoder's*. It learned from 4,000 digits where to look, and an unseen one can fool it. (Cremer et
# al. 2018 part the gap in these two.)
#
# ## The plain autoencoder in nats
#
# With a Gaussian fitted to its codes, the plain autoencoder is a recipe for pictures, too. In the plane
# we can compute its exact log-likelihood. **Predict first:** only the VAE was trained to have a high
# one. Which of the two has it?


# %%
def codes_of(plain: keras.Model, x: np.ndarray = train_bw) -> np.ndarray:
    """Latent codes of a plain autoencoder; of the training digits unless others are given."""
    return predict(plain.layers[0], x)


nats = Results()
nodes_200, cell_200 = grid(budget(200, 40))
some = x_test[: budget(250, 50)]
for seed, (plain, model) in enumerate(zip(plains_2, vaes_2, strict=True)):
    codes = codes_of(plain)
    shift, scale = codes.mean(axis=0), np.linalg.cholesky(np.cov(codes.T))
    of_plain = log_joint_of(plain.layers[1], some, nodes_200, cell_200, shift, scale)
    of_vae = log_joint_of(model.decoder, some, nodes_200, cell_200)
    nats.add("VAE, ELBO", seed, nats=mean_elbo(model, some))
    nats.add("VAE, exact", seed, nats=log_p_of(of_vae).mean())
    nats.add("plain, fitted Gaussian, exact", seed, nats=log_p_of(of_plain).mean())
nats.table()

# %% folded="numbers"
ahead = nats.values("plain, fitted Gaussian, exact", "nats") - nats.values("VAE, exact", "nats")
report("plain_ahead_of_vae_nats_2_lowest", ahead.min(), within=(0, 10))
report("plain_ahead_of_vae_nats_2_highest", ahead.max(), within=(1, 14))

# %% [markdown]
# With 2 latent dimensions the *plain* decoder gives unseen digits a higher probability, from both
# seeds. The VAE was not trained for $\log p(x)$. It was trained for the bound, a few nats below, and
# giving up some $\log p(x)$ is worth it if the gap shrinks by more. A tighter bound gives up less
# (lesson 32).
#
# So why a VAE? Because this comparison needs a grid, and with 64 dimensions nobody can lay one. There
# the plain autoencoder has no number to be judged by. The VAE has a bound for every picture.
#
# ## Who samples better, at 2 and at 64 dimensions?
#
# "A plain autoencoder cannot sample, a VAE can." Test it fairly, with the same layers, epochs and
# seeds. The plain decoder gets a Gaussian fitted to its codes. Then both get a **Gaussian mixture**:
# ten Gaussians, fitted to the codes after training (Ghosh et al. 2020).

# %%
plains = {2: plains_2, 64: train_plains(64)}
vaes = {2: vaes_2, 64: train_vaes(64)}


# %%
def fitted_gaussian(codes: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n draws from the Gaussian with the mean and the covariance of these codes."""
    rng = np.random.default_rng(seed)
    return rng.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), n)


def fitted_mixture(codes: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n draws from ten Gaussians fitted to these codes."""
    model = GaussianMixture(budget(10, 1), reg_covar=1e-3, tol=1e-2, random_state=seed)
    drawn, _ = model.fit(codes.astype(float)).sample(n)  # sorted by Gaussian, so shuffle them
    return np.random.default_rng(seed).permutation(drawn)


samplers = Results("latent dimension", "sampler")
pictures = {}
for dim in (2, 64):
    for seed, (plain, model) in enumerate(zip(plains[dim], vaes[dim], strict=True)):
        set_seed(seed)
        of_plain, of_vae = codes_of(plain), np.asarray(model.sample(*model.encode(train_bw)))
        prior = np.random.default_rng(seed).normal(size=(N, dim))
        sources = {
            "plain, fitted Gaussian": (plain.layers[1], fitted_gaussian(of_plain, N, seed)),
            "VAE, prior N(0, I)": (model.decoder, prior),
            "plain, mixture": (plain.layers[1], fitted_mixture(of_plain, N, seed)),
            "VAE, mixture": (model.decoder, fitted_mixture(of_vae, N, seed)),
        }
        for name, (decoder, codes) in sources.items():
            images = draw(decoder, codes)
            samplers.add((dim, name), seed, **judge(images))
            pictures[dim, name] = images[-10:]
samplers.table("confident", "distance")

# %%
for dim in (2, 64):
    rows = {name: images for (size, name), images in pictures.items() if size == dim}
    plots.show(
        plots.image_rows(rows, f"Ten samples each, {dim} latent dimensions"),
        alt=f"Four rows of ten samples with {dim} latent dimensions: plain with a fitted Gaussian, VAE with its "
        "prior, plain with a mixture, VAE with a mixture.",
    )

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.3), sharey=True, sharex=True)
for ax, dim in zip(axes, (2, 64), strict=True):
    for place, name in enumerate(sources):
        distances = samplers.values((dim, name), "distance")
        ax.plot(distances, [place] * len(distances), "o", alpha=0.7, markersize=8)
    ax.set(title=f"{dim} latent dimensions", xlabel="energy distance to real digits", xscale="log")
    ax.minorticks_off()
    ax.set_xticks([0.5, 1, 2, 5], ["0.5", "1", "2", "5"])
axes[0].set_yticks(range(len(sources)), sources)
axes[0].invert_yaxis()
fig.suptitle("How far samples are from real digits, two random seeds each")
plots.show(
    fig,
    alt="Energy distance of samples from real digits, two random seeds each. With 2 latent dimensions the plain "
    "autoencoder with a fitted Gaussian is nearer than the VAE with its prior. With 64 it is the other way "
    "round, and a mixture brings both nearer.",
)


# %% folded="numbers"
def ratio(dim: int, first: str, second: str) -> float:
    """Mean distance of one sampler over that of another."""
    return samplers.mean((dim, first), "distance") / samplers.mean((dim, second), "distance")


GAUSS, PRIOR = "plain, fitted Gaussian", "VAE, prior N(0, I)"
report("plain_fitted_over_vae_2", ratio(2, GAUSS, PRIOR), within=(0.2, 0.8))
report("plain_fitted_over_vae_64", ratio(64, GAUSS, PRIOR), within=(1.1, 2.8))
report("plain_mixture_over_vae_64", ratio(64, "plain, mixture", PRIOR), within=(0.3, 0.97))
report("vae_mixture_over_vae_64", ratio(64, "VAE, mixture", PRIOR), within=(0.1, 0.7))
apart_2 = samplers.values((2, PRIOR), "distance").min()
apart_2 -= samplers.values((2, GAUSS), "distance").max()
report("best_vae_above_worst_plain_2", apart_2, within=(0, 20))
apart_64 = samplers.values((64, GAUSS), "distance").min()
apart_64 -= samplers.values((64, PRIOR), "distance").max()
report("best_plain_above_worst_vae_64", apart_64, within=(0, 3))
variances = np.exp(np.asarray(vaes[64][0].encode(train_bw)[1])).mean(axis=0)
report("dimensions_used_of_64", np.sum(variances < 0.9), within=(6, 25))

# %% [markdown]
# The popular sentence is half true.
#
# - At **64** dimensions one fitted Gaussian is not enough for the plain codes: the VAE's prior is nearer
#   to real digits, from both seeds. (It uses only ten or twenty of its 64 dimensions. In the others
#   $q(z|x)$ is almost the prior itself, and costs almost nothing.)
# - At **2** dimensions it is the other way round, from both seeds. (The plain decoder's worst samples
#   are worse, though: look for white ones.)
# - With a **mixture** the plain autoencoder overtakes the VAE's prior at 64, too. So does the VAE: its
#   codes do not fill the prior evenly.
#
# The plain decoder was never the trouble. It lacks a *distribution for its codes*, which has to be found
# afterwards, by trial. The VAE has one from the beginning.
#
# ## Half-way between two digits
#
# "The latent space of a VAE is smooth." Take pairs of unseen digits of different classes, and ask the
# classifier about the picture half-way between their codes.

# %%
rng = np.random.default_rng(20)
a, b = (np.concatenate([rng.permutation(len(x_test)) for _ in range(2)]) for _ in "ab")
different = digits.y_test[a] != digits.y_test[b]
a, b = a[different][:N], b[different][:N]
halfway = Results("latent dimension", "model")
middles = {}
for dim in (2, 64):
    for seed, (plain, model) in enumerate(zip(plains[dim], vaes[dim], strict=True)):
        of_plain, of_vae = codes_of(plain, x_test), np.asarray(model.encode(x_test)[0])
        for name, decoder, codes in (
            ("plain", plain.layers[1], of_plain),
            ("VAE", model.decoder, of_vae),
        ):
            images = draw(decoder, (codes[a] + codes[b]) / 2)
            verdict = judge(images)
            halfway.add((dim, name), seed, **verdict)
            middles[dim, name] = images[:10]
halfway.table("confident", "distance")

# %%
rows = {"first digit": x_test[a[:10]].reshape(-1, 28, 28)}
rows["half-way, plain"], rows["half-way, VAE"] = middles[64, "plain"], middles[64, "VAE"]
rows["second digit"] = x_test[b[:10]].reshape(-1, 28, 28)
plots.show(
    plots.image_rows(rows, "Half-way between two digits, 64 latent dimensions"),
    alt="Four rows of ten pictures: a digit, the picture half-way to another one by the plain autoencoder and by "
    "the VAE, and the other digit. Half-way pictures of both are mixtures, those of the VAE somewhat cleaner.",
)

# %% folded="numbers"
for dim, lead_within, ratio_within in ((2, (-25, 25), (1.05, 4)), (64, (4, 26), (0.6, 1.4))):
    lead = halfway.mean((dim, "VAE"), "confident") - halfway.mean((dim, "plain"), "confident")
    farther = halfway.mean((dim, "VAE"), "distance") / halfway.mean((dim, "plain"), "distance")
    report(f"vae_halfway_lead_{dim}_points", 100 * lead, within=lead_within)
    report(f"vae_halfway_distance_over_plain_{dim}", farther, within=ratio_within)

# %% [markdown]
# At 64 dimensions the classifier is confident about more of the VAE's half-way pictures, by some ten
# points in a hundred. Yet their distance to real digits is almost that of the plain one's, and at 2
# dimensions they are farther. "Smooth" depends on the dimension and on the judge.
#
# ## log σ or log σ²? The exact value knows
#
# A popular mix-up: the encoder's second output is called log σ in one place and used as log σ² in
# another. Four programs: both places take it for log σ²; both for log σ; only the KL term takes it for
# log σ; only the sample does. All of them train. **Predict first:** which of them can be told from
# outside?
#
# We go where the log-likelihood is known. Let codes be 2-dimensional, and points $x = Wz + b +
# \text{noise}$ of variance $s^2$ in each coordinate: this is **probabilistic PCA** (Tipping & Bishop
# 1999). Since $Wz$ has the covariance $WW^\top$, $x$ is Gaussian with covariance $WW^\top + s^2 I$. A
# VAE with one linear layer on each side is the same model. Its posterior is Gaussian, too, and $W$
# can be rotated so that its dimensions are independent. So the right program should reach $\log
# p(x)$.


# %%
class GaussianTerms(layers.Layer):
    """ELBO terms of a decoder with Gaussian noise of one learned variance."""

    def __init__(self, kl=kl_term):
        super().__init__()
        self.kl = kl
        self.log_noise = self.add_weight(shape=(), initializer="zeros")

    def call(self, x, decoded, mean, log_var):
        scaled = ops.square(x - decoded) * ops.exp(-self.log_noise)
        each = -0.5 * (scaled + self.log_noise + np.log(2 * np.pi))
        return ops.sum(each, axis=1), self.kl(mean, log_var)


rng = np.random.default_rng(11)
w, offset = rng.normal(size=(8, 2)) * [1.5, 0.7], rng.normal(size=8)
points = rng.normal(size=(budget(8000, 400), 2)) @ w.T + offset
points += 0.5 * rng.normal(size=points.shape)
seen, unseen = points.astype("float32").reshape(2, -1, 8)


def kl_of_log_sigma(mean, log_sigma):
    """The KL term of an output that is log σ."""
    return kl_term(mean, 2 * log_sigma)


def sample_of_log_sigma(mean, log_sigma):
    """The sample of an output that is log σ."""
    return sample_code(mean, 2 * log_sigma)


programs = {
    "log σ² in both": (sample_code, kl_term),
    "log σ in both": (sample_of_log_sigma, kl_of_log_sigma),
    "log σ in the KL term only": (sample_code, kl_of_log_sigma),
    "log σ in the sample only": (sample_of_log_sigma, kl_term),
}
mixups = Results("program")
for name, (sample, kl) in programs.items():
    set_seed(3)
    linear = VAE(network(8, 4), network(2, 8), sample=sample, terms=GaussianTerms(kl))
    fit(linear, seen, epochs=budget(75, 1), batch_size=200, learning_rate=0.02, title=name)
    kernel, bias = linear.decoder.get_weights()
    covariance = kernel.T @ kernel + np.exp(float(linear.terms.log_noise)) * np.eye(8)
    exact = multivariate_normal(bias, covariance).logpdf(unseen).mean()
    claimed = mean_elbo(linear, unseen)
    mixups.add(name, claimed_elbo=claimed, exact=exact, claimed_minus_exact=claimed - exact)
mixups.table()

# %% folded="numbers"
too_much = {name: mixups.mean(name, "claimed_minus_exact") for name in programs}
report("linear_exact_minus_elbo", -too_much["log σ² in both"], within=(-0.02, 0.05))
report("log_sigma_in_both_gap", -too_much["log σ in both"], within=(-0.02, 0.15))
report("mixup_sample_claims_too_much", too_much["log σ in the sample only"], within=(0.3, 3))
report("mixup_kl_claims_too_little", -too_much["log σ in the KL term only"], within=(0.3, 3))

# %% [markdown]
# Which of the two it is does not matter, as long as all places agree. With the mix-up in the sample,
# the program claims *more* than the exact value. A lower bound cannot do that: this proves a bug,
# without reading a line of code. The mix-up in the KL term claims too little, and nothing would ever
# look wrong. On digits both train and draw pictures. So test such code where you know the answer.
#
# ## Another gradient: the score function
#
# Is reparameterisation needed? Williams (1992) needs no derivative of $f$:
#
# $$\frac{\partial}{\partial\mu} E_q f(z) = E_q\left[f(z)\,\frac{\partial \log q(z)}{\partial \mu}\right] .$$
#
# Averaging the right-hand side over samples is the **score-function estimator**. We try both on a
# function whose mean is known: $f(z) = -2(z-2)^2$, so that $E f = -2(\mu-2)^2 - 2\sigma^2$, with the
# gradient $-4(\mu-2)$ by the mean and $-2\sigma^2$ by the log variance.
#
# ### Exercise 2: the score-function estimator
#
# <details><summary>Hint</summary>
#
# $\log q = -\frac12 \left((z-\mu)^2/\sigma^2 + \log\sigma^2\right) + \text{const}$. Take its derivative
# by $\mu$, and by $\log\sigma^2$ (note that $\sigma^2 = e^{\log\sigma^2}$).
# </details>


# %% exercise="score_function_gradient"
def score_function_gradient(f: np.ndarray, z: np.ndarray, mean: float, log_var: float):
    """What each sample says of the gradient of E f(z), z from N(mean, exp(log_var)).

    Args:
        f: values of the function at the samples (n,).
        z: samples (n,).
        mean, log_var: of the normal distribution, one number each.

    Returns:
        estimates of the derivative by mean (n,), and of that by log_var (n,).
    """
    ### BEGIN SOLUTION
    variance = np.exp(log_var)
    by_mean = f * (z - mean) / variance
    by_log_var = f * ((z - mean) ** 2 / variance - 1) / 2
    return by_mean, by_log_var
    ### END SOLUTION


# %% check="score_function_gradient"
vae_deeper.check_score(score_function_gradient, mean=0.5, log_var=-0.6, n=6)
vae_deeper.check_score(score_function_gradient, mean=-2.0, log_var=0.7, n=1)

# %%
mu, lv, n = 0.5, -1.0, 20_000
set_seed(7)
m, v = tf.fill((n, 1), mu), tf.fill((n, 1), lv)
with tf.GradientTape() as tape:
    tape.watch((m, v))
    z = sample_code(m, v)
    values = -2 * (z - 2) ** 2
through = [np.asarray(g)[:, 0] for g in tape.gradient(values, (m, v))]
score = score_function_gradient(np.asarray(values)[:, 0], np.asarray(z)[:, 0], mu, lv)
estimators = Results("estimator")
estimators.add("exact", by_mean=-4 * (mu - 2), by_log_var=-2 * np.exp(lv))
estimators.add("through the sample", by_mean=through[0].mean(), by_log_var=through[1].mean())
estimators.add("score function", by_mean=score[0].mean(), by_log_var=score[1].mean())
estimators.table()

# %%
fig, ax = plt.subplots(figsize=(6.6, 3.2))
bins = np.linspace(-5, 40, 90)
for estimates, name in ((score[0], "score function"), (through[0], "through the sample")):
    label = f"{name}: standard deviation {estimates.std():.1f}"
    ax.hist(estimates, bins, alpha=0.7, label=label)
ax.axvline(-4 * (mu - 2), color="black", linestyle="--", label="exact gradient")
ax.set(title="Estimates of one gradient, from one sample each", xlabel="gradient by the mean")
ax.set_ylabel("samples")
ax.legend(fontsize=9)
plots.show(
    fig,
    alt="Two histograms of single-sample gradients around the exact value 6: a narrow one, of the gradient "
    "through the sample, and a very broad one, of the score function.",
)

# %% folded="numbers"
report("score_function_mean", score[0].mean(), within=(5.3, 6.7))
report("through_the_sample_mean", through[0].mean(), within=(5.9, 6.1))
report("score_over_sample_spread", score[0].std() / through[0].std(), within=(3, 7))

# %% [markdown]
# Both have the right mean. One sample's estimate is several times less noisy when the gradient goes
# *through* it, and one sample for each picture is all that a VAE's training uses.
#
# ## Summary
#
# 1. The gap between ELBO and log-likelihood is $\mathrm{KL}(q(z|x)\,\|\,p(z|x))$, exactly. Most of it
#    comes from amortisation, not from the shape of $q$.
# 2. The best model by the bound is not the best one by $\log p(x)$.
# 3. With one Gaussian for the codes the VAE samples better at 64 dimensions and worse at 2. A mixture
#    fitted afterwards helps both.
# 4. An ELBO above the exact value proves a bug.
# 5. The gradient through the sample is several times less noisy than the score function's.
#
# ## References
#
# - R. J. Williams (1992). Simple statistical gradient-following algorithms for connectionist
#   reinforcement learning. *Machine Learning* 8.
# - M. E. Tipping, C. M. Bishop (1999). Probabilistic principal component analysis. *Journal of the
#   Royal Statistical Society B* 61.
# - C. Cremer, X. Li, D. Duvenaud (2018). Inference suboptimality in variational autoencoders.
#   *ICML*.
# - P. Ghosh, M. S. M. Sajjadi, A. Vergari, M. Black, B. Schölkopf (2020). From variational to
#   deterministic autoencoders. *ICLR*.
