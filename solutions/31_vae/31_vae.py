# ---
# title: The variational autoencoder
# question: How can a network draw a digit that nobody ever wrote, and how do we know how good it is?
# picture: Twenty digits that nobody wrote, decoded from random latent codes by the VAE of this lesson
# seconds: 60
# goals:
#   - say what a plain autoencoder lacks as a source of new pictures
#   - derive the ELBO, and write its two terms in nats
#   - build and train a VAE, sample its prior and look at what it draws
#   - say what happens without the KL term, and with one of the wrong weight
# terms:
#   latent code: the few numbers that an encoder makes of a picture, and that a decoder turns back into one
#   prior: the distribution of latent codes that is fixed before any training, here N(0, I)
#   log-likelihood: the logarithm of the probability that a model gives to data; higher is better
#   nat: the unit of information that goes with the natural logarithm; 1 nat is 1.44 bits
#   posterior: the distribution of the latent code once the picture is known, p(z | x); an encoder approximates it by q(z | x)
#   ELBO: the evidence lower bound, reconstruction term minus KL term; at most the log-likelihood
#   KL term: the KL divergence of q(z | x) from the prior, in nats; what the latent code tells about the picture
#   reparameterisation: writing a sample as mean + standard deviation × noise, so that a gradient reaches both
#   energy distance: a distance between two sets of points from mean distances within and between them; 0 for equal distributions
#   posterior collapse: the latent code tells nothing, because q(z | x) equals the prior for every x
#   latent space: the space of all latent codes
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy.special import expit
from scipy.stats import norm

from course_utils import plots
from course_utils.checks import vae
from course_utils.classifier import judge
from course_utils.data import black_and_white, black_and_white_batches, load_digits
from course_utils.explorers import explore_plane
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds

# %% [markdown]
# ## A good copier, asked to create
#
# An autoencoder's encoder turns a picture into a **latent code**, and its decoder turns the code
# back. Could the decoder draw *new* digits, if we gave it a code of our own? We try it with
# 64-dimensional codes.
#
# In this lesson a pixel is black or white, so that we can speak of probabilities: a pixel of grey
# value $g$ is ink with probability $g$. Chance makes the test digits black and white once, and the
# training digits anew in every epoch. The decoder gives *logits* $a$; their sigmoid
# $1/(1+e^{-a})$ is the probability of ink (`expit` in SciPy).

# %%
digits = load_digits()
x_train = digits.x_train.reshape(-1, 784)
x_test = black_and_white(digits.x_test.reshape(-1, 784), seed=0)
batches = black_and_white_batches(x_train[: budget(4000, 128)], batch_size=64)
N = budget(500, 100)  # samples to be judged


# %%
def network(n_in: int, n_out: int, widths: tuple = ()) -> keras.Model:
    """Dense layers with GELU, then one without activation."""
    hidden = [layers.Dense(width, activation="gelu") for width in widths]
    return keras.Sequential([keras.Input((n_in,)), *hidden, layers.Dense(n_out)])


def decode(decoder, codes) -> np.ndarray:
    """Probabilities of ink (n, 28, 28) that a decoder gives for latent codes (n, k)."""
    return expit(np.asarray(decoder(codes))).reshape(-1, 28, 28)


# %%
def build_plain() -> keras.Model:
    """An untrained plain autoencoder with 64-dimensional codes."""
    return keras.Sequential([network(784, 64, (256, 128)), network(64, 784, (128, 256))])


plains = fit_seeds(
    build_plain,
    batches.map(lambda x: (x, x)),  # the target is the picture itself
    seeds=range(budget(2, 1)),
    epochs=budget(18, 1),
    learning_rate=6e-3,
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    title="plain autoencoder",
)  # a list: one trained model for each random seed

# %%
encoder, decoder = plains[0].layers
noise = np.random.default_rng(2).normal(size=(N, 64)).astype("float32")
rows = {
    "unseen digits": x_test[:12].reshape(-1, 28, 28),
    "copies": decode(decoder, encoder(x_test[:12])),
    "random codes,\ndecoded": decode(decoder, noise[:12]),
}
plots.show(
    plots.image_rows(rows, "A plain autoencoder copies well and creates badly"),
    alt="Three rows of twelve pictures: black and white unseen digits; good grey copies of them; decoded "
    "random latent codes, which are blots.",
)

# %% [markdown]
# The copies are good. The decoded random codes are blots: nobody told the network which codes it
# would be asked to decode. (A fairer choice of codes follows below.)
#
# ## Fix the codes first
#
# Turn the order around. *First* fix where latent codes come from: the **prior**
# $p(z) = \mathcal N(0, I)$, independent standard normal numbers. Then a decoder says how a picture
# comes from a code, each pixel $i$ being ink ($x_i = 1$, else 0) with the probability $p_i(z)$:
#
# $$p(x \mid z) = \prod_{i=1}^{784} p_i(z)^{x_i} \, (1 - p_i(z))^{1 - x_i}, \qquad p(x) = \int p(x \mid z)\, p(z)\, dz .$$
#
# This is a complete recipe for pictures. The **log-likelihood** $\log p(x)$ of unseen digits says how
# good it is; its unit is the **nat** (1.44 bits).
#
# The integral is the trouble. Nearly every random code gives a particular 7 a probability of almost
# zero. We must look where the codes of *this* 7 are: at the **posterior** $p(z \mid x)$, the
# distribution of the code once the picture is known. An encoder approximates it by a distribution
# $q(z \mid x)$.
#
# ## The evidence lower bound
#
# Write $E_q$ for the mean over codes $z$ that are drawn from $q(z|x)$. Multiply and divide by $q$
# under the integral, and use Jensen's inequality: the logarithm of a mean is at least the mean of the
# logarithms.
#
# $$\log p(x) = \log E_q\left[\frac{p(x|z)\,p(z)}{q(z|x)}\right] \;\ge\; E_q\left[\log \frac{p(x|z)\,p(z)}{q(z|x)}\right] = \underbrace{E_{q}\left[\log p(x|z)\right]}_{\text{reconstruction term}} - \underbrace{E_q\left[\log q(z|x) - \log p(z)\right]}_{\text{KL term}} .$$
#
# $p(x)$ is also called the evidence, and the right-hand side is the evidence lower bound, the
# **ELBO** (Kingma & Welling 2014; Rezende et al. 2014). The first term says how well the picture
# comes back. The second, the **KL term**, is the Kullback–Leibler divergence of $q(z|x)$ from the
# prior: zero if they are equal, positive otherwise. Read it as a price: the nats that it takes to
# tell such a code to somebody who knows only the prior. The bound is reached if $q$ is the posterior:
# then $p(x|z)\,p(z)/q(z|x) = p(x)$ for every $z$, and the mean of a constant loses nothing.
#
# The encoder gives a mean $\mu_j$ and a *log variance* $\log \sigma_j^2$ for each of the $k$ latent
# dimensions, and $q$ is $\mathcal N(\mu, \mathrm{diag}(\sigma^2))$: independent Gaussians with these. Then
# the KL term has a closed form:
#
# $$\mathrm{KL} = \frac12 \sum_{j=1}^{k} \left( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \right) .$$
#
# ### Exercise 1: the KL term
#
# Write it with `keras.ops` (here `ops`): functions as in NumPy, which let gradients through.
#
# <details><summary>Hint: which axis?</summary>
#
# One number for each picture: the nats of the *k* latent dimensions add up. Nothing is averaged.
# </details>
# <details><summary>Hint: try it</summary>
#
# Mean 0 and log variance 0 is the prior itself: 0 nats. Mean 2 in one dimension, log variance 0: 2
# nats.
# </details>


# %% exercise="kl_to_standard_normal"
def kl_to_standard_normal(mean, log_var):
    """KL divergence of N(mean, diag(exp(log_var))) from N(0, I), in nats.

    Args:
        mean: tensor (n, k).
        log_var: tensor (n, k), logarithms of the variances.

    Returns:
        tensor (n,): one number for each row.
    """
    ### BEGIN SOLUTION
    variance = ops.exp(log_var)
    each = 0.5 * (ops.square(mean) + variance - 1 - log_var)
    return ops.sum(each, axis=1)
    ### END SOLUTION


# %% check="kl_to_standard_normal" points=2
mean, log_var = [[0, 0, 0], [2, -1, 0.5]], [[0, 0, 0], [0.3, -2, 1]]
vae.check_kl(kl_to_standard_normal, mean, log_var)
### BEGIN HIDDEN TESTS
vae.check_kl(
    kl_to_standard_normal, [[1.5, -0.5], [0.2, 0.1], [-2, 0]], [[-3, 1.2], [0.7, 0.1], [-0.4, -5]]
)
vae.check_kl(kl_to_standard_normal, [[0.5, -1.0]], [[-20.0, 0.3]])
vae.check_kl(kl_to_standard_normal, [[0.5, -1.0]], [[12.0, 0.3]])
for size in [(1, 1), (4, 4), (3, 7), (1, 5), (0, 3), (20, 128)]:
    mean, log_var = np.random.default_rng(5).normal(size=(2, *size))
    vae.check_kl(kl_to_standard_normal, mean, 1.5 * log_var)
### END HIDDEN TESTS

# %% [markdown]
# ## A sample that lets the gradient through
#
# The reconstruction term is a mean over $z \sim q(z|x)$. One sample estimates it. But how does the
# gradient get through a random number to the encoder's weights? Draw the noise *first*:
#
# $$z = \mu + \sigma\,\varepsilon, \qquad \varepsilon \sim \mathcal N(0, I) .$$
#
# For a given $\varepsilon$ the gradient reaches $\mu$ and $\sigma$. This is called
# **reparameterisation**.
#
# ### Exercise 2: a reparameterised sample
#
# <details><summary>Hint: the standard deviation</summary>
#
# What must be done to the logarithm of $\sigma^2$ to get $\sigma$? Try $\log 4$.
# </details>
# <details><summary>Hint: the noise</summary>
#
# `keras.random.normal(shape)`, with noise of its own for each dimension of each picture.
# `ops.shape(...)` also works where the batch size is not known yet.
# </details>


# %% exercise="reparameterise"
def reparameterise(mean, log_var):
    """One fresh sample of N(mean, diag(exp(log_var))) for each row, gradients intact.

    Args:
        mean: tensor (n, k).
        log_var: tensor (n, k), logarithms of the variances.

    Returns:
        tensor (n, k).
    """
    ### BEGIN SOLUTION
    sigma = ops.exp(0.5 * log_var)
    noise = keras.random.normal(ops.shape(mean))
    return mean + sigma * noise
    ### END SOLUTION


# %% check="reparameterise" points=2
vae.check_sample(reparameterise, mean=[1.0, -2.0], log_var=[1.0, -1.4])
vae.check_sample_in_training(reparameterise, rows=None)
### BEGIN HIDDEN TESTS
vae.check_sample_in_training(reparameterise, rows=5)
vae.check_sample(reparameterise, mean=[0.0], log_var=[2.0])
vae.check_sample(reparameterise, mean=[5.0, 0.3, -1.0, 0.0], log_var=[-3.0, 0.5, 1.5, -0.7])
vae.check_sample_in_training(reparameterise, rows=1, k=6)
vae.check_sample_in_training(reparameterise, rows=3, k=100)
### END HIDDEN TESTS

# %% [markdown]
# ## The two terms, in nats
#
# The logarithm of $p(x|z)$ is a sum over pixels: $\sum_i \left[ x_i \log p_i + (1-x_i)\log(1-p_i)
# \right]$. A logit $a_i$ means $p_i = e^{a_i}/(1 + e^{a_i})$, so $\log p_i = a_i - \log(1 + e^{a_i})$
# and $\log (1-p_i) = -\log(1 + e^{a_i})$. Together:
#
# $$\log p(x|z) = \sum_i \left[ x_i\,a_i - \log(1 + e^{a_i}) \right] ,$$
#
# which also works where $p_i$ rounds to 0 or 1.
#
# ### Exercise 3: the terms of the ELBO
#
# <details><summary>Hint: log(1 + exp(a)) without overflow</summary>
#
# `ops.softplus`.
# </details>


# %% exercise="elbo_terms"
def elbo_terms(x, logits, mean, log_var):
    """The two terms of the ELBO, in nats.

    Args:
        x: black and white pictures (n, d), entries 0.0 or 1.0.
        logits: the decoder's answer (n, d); the probability of ink is sigmoid(logits).
        mean, log_var: of the distribution of the latent code, (n, k) each.

    Returns:
        log p(x | z), a tensor (n,), and the KL term, a tensor (n,).
    """
    ### BEGIN SOLUTION
    each_pixel = x * logits - ops.softplus(logits)
    log_likelihood = ops.sum(each_pixel, axis=1)
    kl = kl_to_standard_normal(mean, log_var)
    return log_likelihood, kl
    ### END SOLUTION


# %% check="elbo_terms" points=2
vae.check_terms(elbo_terms, rows=4, pixels=7, k=3, scale=2.0)
vae.check_terms(elbo_terms, rows=3, pixels=10, k=2, scale=60.0)
### BEGIN HIDDEN TESTS
vae.check_terms(elbo_terms, rows=1, pixels=784, k=16, scale=3.0)
vae.check_terms(elbo_terms, rows=5, pixels=5, k=5, scale=1.0)
vae.check_terms(elbo_terms, rows=2, pixels=7, k=1, scale=200.0)
vae.check_terms(elbo_terms, rows=40, pixels=1000, k=80, scale=1.0)
### END HIDDEN TESTS

# %% [markdown]
# ## The model
#
# `train_step` is what Keras calls for every batch, here with the pictures alone: there are no labels.
# It records the computation on a *tape*, asks the tape for the gradient of the loss, and lets the
# optimizer take its step. The loss is the mean over the batch of KL term minus reconstruction term:
# the negative ELBO. Nothing is weighted. (`fit_seeds` compiles the model, which makes
# `self.optimizer`. A `call` is not needed.) The encoder ends in $2k$ numbers: first the $k$ means,
# then the $k$ log variances.
#
# ### Exercise 4: a VAE and its training step
#
# Use `self.sample` and `self.terms`, which hold your functions of exercises 2 and 3. (The checks put
# others in their place; their `terms` has a weight to be trained.)
#
# <details><summary>Hint: two halves</summary>
#
# `ops.split(..., 2, axis=1)` cuts the encoder's answer into means and log variances.
# </details>
# <details><summary>Hint: the order</summary>
#
# Inside `with tf.GradientTape() as tape:` encode, sample, decode, take the terms and the loss. After
# it, `gradients = tape.gradient(loss, self.trainable_variables)` and
# `self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))`.
# </details>


# %% exercise="train_step"
class VAE(keras.Model):
    """A variational autoencoder.

    Args:
        encoder: maps x (n, d) to (n, 2k): k means, then k log variances.
        decoder: maps latent codes (n, k) to the decoder's answer, e.g. logits (n, d).
        sample: function of (mean, log_var), gives latent codes (n, k).
        terms: function of (x, decoded, mean, log_var), gives log p(x | z) and KL term, (n,) each.
    """

    def __init__(self, encoder, decoder, sample=reparameterise, terms=elbo_terms):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.sample, self.terms = sample, terms

    def encode(self, x):
        """Mean and log variance of the latent codes of x, a pair of tensors (n, k)."""
        ### BEGIN SOLUTION
        both = self.encoder(x)
        mean, log_var = ops.split(both, 2, axis=1)
        return mean, log_var
        ### END SOLUTION

    def train_step(self, x):
        """One step of the optimizer on a batch x (n, d).

        Returns:
            {"loss": ..., "log_likelihood": ..., "kl": ...}, each a mean over the batch, before the
            step; loss is the negative ELBO.
        """
        ### BEGIN SOLUTION
        with tf.GradientTape() as tape:
            mean, log_var = self.encode(x)
            decoded = self.decoder(self.sample(mean, log_var))
            log_likelihood, kl = self.terms(x, decoded, mean, log_var)
            loss = ops.mean(kl - log_likelihood)
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return {"loss": loss, "log_likelihood": ops.mean(log_likelihood), "kl": ops.mean(kl)}
        ### END SOLUTION


# %% check="train_step" points=3
vae.check_encode(VAE, rows=3, k=2)
vae.check_train_step(VAE, rows=6, seed=1)
vae.check_training(VAE, rows=6)
### BEGIN HIDDEN TESTS
vae.check_encode(VAE, rows=1, k=70)
vae.check_train_step(VAE, rows=1, seed=2)
vae.check_train_step(VAE, rows=200, seed=3)
vae.check_training(VAE, rows=5)
### END HIDDEN TESTS

# %% [markdown]
# Now train it on digits: the same layers as above, the same 64 latent dimensions.


# %%
def train_vaes(latent_dim: int, epochs: int, title: str, terms=elbo_terms, seeds=(0,)) -> list:
    """VAEs for digits, one for each random seed."""

    def build():
        encoder = network(784, 2 * latent_dim, (256, 128))
        return VAE(encoder, network(latent_dim, 784, (128, 256)), terms=terms)

    return fit_seeds(build, batches, seeds=seeds, epochs=epochs, learning_rate=6e-3, title=title)


vaes = train_vaes(64, budget(18, 1), "VAE, 64 latent dimensions", seeds=range(budget(2, 1)))
vae_64 = vaes[0]

# %% [markdown]
# ### Exercise 5: draw digits
#
# Sample the prior, decode, and return the probabilities of ink as pictures.
#
# <details><summary>Hint</summary>
#
# `np.random.default_rng(seed)` makes the noise repeatable. Keras wants `float32`. The decoder gives
# logits: what makes probabilities of them?
# </details>


# %% exercise="draw_from_prior"
def draw_from_prior(decoder, n: int, latent_dim: int, seed: int) -> np.ndarray:
    """New pictures from latent codes that are drawn from the prior N(0, I).

    Args:
        decoder: maps latent codes (n, latent_dim) to logits (n, 784).
        n: number of pictures.
        latent_dim: latent dimension.
        seed: random seed; the same seed gives the same pictures.

    Returns:
        probabilities of ink (n, 28, 28).
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(n, latent_dim)).astype("float32")
    logits = decoder(codes)
    probabilities = np.asarray(ops.sigmoid(logits))
    return probabilities.reshape(n, 28, 28)
    ### END SOLUTION


# %% check="draw_from_prior" points=2
vae.check_draw(draw_from_prior, n=5, latent_dim=3)
### BEGIN HIDDEN TESTS
vae.check_draw(draw_from_prior, n=1, latent_dim=1)
vae.check_draw(draw_from_prior, n=70, latent_dim=128)
### END HIDDEN TESTS

# %%
created = draw_from_prior(vae_64.decoder, 20, 64, seed=1)
figure = plots.image_grid(created, columns=10, title="Digits that nobody wrote")
plots.show(
    figure,
    alt="Twenty grey pictures in two rows, decoded from random latent codes: most can be read as digits, some "
    "are scribbles.",
    name="31_vae",
)

# %% [markdown]
# Most can be read, some are scribbles. How good is that?
#
# ## Judged
#
# **In nats.** The ELBO of unseen digits, with ten codes sampled for each picture. The baseline has no
# latent code: each pixel is ink with its own share of ink in the training digits.


# %%
def elbo_on(model: VAE, x: np.ndarray, n_samples: int = 10) -> dict[str, float]:
    """Mean terms of the ELBO of pictures x, in nats."""
    mean, log_var = model.encode(x)
    terms = [
        model.terms(x, model.decoder(model.sample(mean, log_var)), mean, log_var)
        for _ in range(n_samples)
    ]
    reconstruction, kl = np.mean([first for first, _ in terms]), np.mean(terms[0][1])
    return {"reconstruction_term": reconstruction, "kl_term": kl, "elbo": reconstruction - kl}


ink = np.clip(x_train.mean(axis=0), 1e-3, 1 - 1e-3)
baseline = np.mean(x_test @ np.log(ink) + (1 - x_test) @ np.log(1 - ink))
nats = Results()
nats.add("independent pixels", reconstruction_term=baseline, kl_term=0, elbo=baseline)
for seed, model in enumerate(vaes):
    nats.add("VAE", seed, **elbo_on(model, x_test))
nats.table()

# %% folded="numbers"
report("baseline_nats", baseline, within=(-214, -212))
report("elbo_64", nats.mean("VAE", "elbo"), within=(-126, -116))
report("elbo_64_spread", np.ptp(nats.values("VAE", "elbo")), within=(0, 3))
report("kl_64", nats.mean("VAE", "kl_term"), within=(14.5, 19.5))

# %% [markdown]
# So with the VAE an unseen digit costs at most 124 nats or so: 109 to say which pixels are ink once
# the code is known, and 15 for the code. The baseline needs 213.
#
# **By a classifier.** A network that was trained to recognise digits (it ships with the course) looks
# at 500 pictures. We ask how often it is *confident* (one class gets at least 90 %), how often it
# sees the most frequent class, and how far the pictures are from real digits in its features (the
# numbers of its last hidden layer). That last number is the **energy distance** (Székely & Rizzo
# 2013): twice the mean distance between a made picture and a real one, less the mean distances
# between two made and between two real ones. It is zero for equal distributions; estimated from a
# sample, it may come out slightly below zero.
#
# One more baseline is fair: a Gaussian with the mean and covariance of the plain autoencoder's codes,
# fitted *after* training.

# %%
train_bw = black_and_white(x_train, seed=1)
verdicts = Results()
verdicts.add("real digits (validation)", **judge(digits.x_val[:N]))
for seed, (plain, model) in enumerate(zip(plains, vaes, strict=True)):
    plain_encoder, plain_decoder = plain.layers
    codes = np.asarray(plain_encoder(train_bw))
    rng = np.random.default_rng(seed)
    fitted = rng.multivariate_normal(codes.mean(axis=0), np.cov(codes.T), N).astype("float32")
    verdicts.add("plain, N(0, I)", seed, **judge(decode(plain_decoder, noise)))
    verdicts.add("plain, fitted Gaussian", seed, **judge(decode(plain_decoder, fitted)))
    verdicts.add("VAE, N(0, I)", seed, **judge(draw_from_prior(model.decoder, N, 64, seed)))
verdicts.table()

# %% folded="numbers"
of_vae, of_fitted = (
    verdicts.values(name, "distance") for name in ("VAE, N(0, I)", "plain, fitted Gaussian")
)
report("distance_plain_normal", verdicts.mean("plain, N(0, I)", "distance"), within=(8, 34))
report("distance_plain_fitted", of_fitted.mean(), within=(1.3, 2.8))
share = verdicts.mean("plain, N(0, I)", "most frequent class")
report("plain_normal_most_frequent_percent", 100 * share, within=(70, 100))
confident = verdicts.mean("plain, N(0, I)", "confident")
report("plain_normal_confident_percent", 100 * confident, within=(60, 100))
report("distance_vae", of_vae.mean(), within=(0.5, 1.9))
report("plain_fitted_over_vae_64", of_fitted.mean() / of_vae.mean(), within=(1.1, 2.8))
report("worst_vae_below_best_fitted", of_fitted.min() - of_vae.max(), within=(0, 2))

# %% [markdown]
# Look at the second row. The classifier is confident about most of the blots, and it sees the same
# class in nine of ten. Confidence alone would let the blots pass; the most frequent class and the
# distance give them away. The fitted Gaussian repairs most of it, and the VAE's prior is better
# still, from both seeds. (With 64 latent dimensions; *Going deeper* tries 2.)
#
# Is the ELBO of our program really a bound on $\log p(x)$? On digits nobody knows $\log p(x)$. For a
# linear VAE it is known exactly; *Going deeper* trains one, whose ELBO comes within a few hundredths
# of a nat of it. There a popular bug, log σ taken for log σ² in the sample, is caught: its ELBO lies
# *above* the exact value.
#
# ## A map of the latent space
#
# With 2 latent dimensions the whole **latent space** fits on a page: 16 by 16 codes, decoded. In each
# dimension they stand at equal steps of the probability of N(0, 1), its quantiles, so that each code
# stands for 1/256 of the prior.

# %%
vae_2 = train_vaes(2, budget(30, 1), "VAE, 2 latent dimensions")[0]


def decode_2(codes) -> np.ndarray:
    """Pictures (n, 28, 28) that the two-dimensional VAE decodes from latent codes (n, 2)."""
    return decode(vae_2.decoder, np.asarray(codes, dtype="float32"))


n = 16
quantiles = norm.ppf((np.arange(n) + 0.5) / n)
first, second = np.meshgrid(quantiles, quantiles[::-1])
tiles = decode_2(np.stack([first, second], axis=-1).reshape(-1, 2)).reshape(n, n, 28, 28)
fig, ax = plt.subplots(figsize=(6, 6))
ax.imshow(tiles.transpose(0, 2, 1, 3).reshape(28 * n, 28 * n))
ax.set(title="Digits decoded all over the latent space", xticks=[], yticks=[])
ax.set(xlabel="latent dimension 1 →", ylabel="latent dimension 2 →")
plots.show(
    fig,
    alt="A sheet of 16 by 16 decoded digits: those of one class form coherent regions, which flow into each "
    "other.",
)

# %% [markdown]
# ### Exercise 6: walk from one digit to another
#
# Decode the straight line between two digits' latent codes. Nothing should be random here: take the
# mean of each code.
#
# <details><summary>Hint</summary>
#
# `encode` wants pictures `(m, d)`: encode both at once. `np.linspace` also accepts arrays as ends.
# </details>


# %% exercise="walk"
def walk(encode, decode, first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    """Pictures on the straight line from one picture's latent code to another's.

    Args:
        encode: function of pictures (m, d), gives mean and log variance, (m, k) each.
        decode: function of latent codes (m, k), gives pictures, an array with m rows.
        first, second: pictures (d,).
        n: number of pictures, 2 or more, both ends included.

    Returns:
        what `decode` gives for the n latent codes from that of `first` to that of `second`.
    """
    ### BEGIN SOLUTION
    both = np.stack([first, second])
    mean, _ = encode(both)
    start, end = np.asarray(mean)
    codes = np.linspace(start, end, n)
    return np.asarray(decode(codes))
    ### END SOLUTION


# %% check="walk" points=2
vae.check_walk(walk, d=6, k=2, n=5)
vae.check_walk(walk, d=9, k=4, n=3, tensors=True)
### BEGIN HIDDEN TESTS
vae.check_walk(walk, d=5, k=3, n=2)
vae.check_walk(walk, d=20, k=2, n=11, tensors=True)
vae.check_walk(walk, d=4, k=70, n=40)
vae.check_walk(walk, d=4, k=1, n=4, tensors=True)
### END HIDDEN TESTS

# %%
one, zero = (x_test[np.flatnonzero(digits.y_test == label)[0]] for label in (1, 0))
rows = {
    "latent space": walk(vae_2.encode, decode_2, one, zero, 10),
    "cross-fade": np.linspace(one, zero, 10).reshape(-1, 28, 28),
}
plots.show(
    plots.image_rows(rows, "From a 1 to a 0: between latent codes, and between pixels"),
    alt="Two rows of ten pictures from a 1 to a 0. Above, a walk in latent space: the stroke turns into other "
    "digits on the way. Below, a cross-fade: both digits are seen at once.",
)

# %% [markdown]
# Each small numeral stands at the mean code of an unseen digit of that class. Drag the handle, or
# move it with the arrow keys, and watch what is decoded there (with a running kernel).

# %%
explore_plane(
    lambda code: decode_2(code)[0], np.asarray(vae_2.encode(x_test)[0]), digits.y_test, extent=3.0
)

# %% [markdown]
# ## Break it: the KL term without, and with a wrong weight
#
# One often reads that the weight of the KL term is a matter of taste. **Predict first:** what will a
# VAE do with its noise if the KL term is left out? And what if the reconstruction is *averaged* over
# the 784 pixels, as Keras's losses do, while the KL term stays a sum?


# %%
def without_kl(x, logits, mean, log_var):
    """The terms with the KL term left out."""
    log_likelihood, kl = elbo_terms(x, logits, mean, log_var)
    return log_likelihood, 0.0 * kl


def pixel_mean(x, logits, mean, log_var):
    """The terms with the reconstruction averaged over pixels."""
    log_likelihood, kl = elbo_terms(x, logits, mean, log_var)
    return log_likelihood / 784, kl


variants = {
    "without KL term": without_kl,
    "mean over pixels": pixel_mean,
    "repaired: the ELBO": elbo_terms,
}
pictures, broken = {}, Results()
for name, terms in variants.items():
    model = train_vaes(64, budget(5, 1), name, terms=terms)[0]
    model.terms = elbo_terms  # measured by the right terms
    sigma = np.exp(0.5 * np.asarray(model.encode(x_test)[1]))
    created = draw_from_prior(model.decoder, N, 64, seed=1)
    distance = judge(created)["distance"]
    broken.add(name, **elbo_on(model, x_test), median_sigma=np.median(sigma), distance=distance)
    pictures[name] = created[:10]
plots.show(
    plots.image_rows(pictures, "Ten samples of the prior, after five epochs each"),
    alt="Three rows of ten decoded samples: without the KL term blots; with the mean over pixels ten times the "
    "same grey smear; repaired, shapes that can mostly be read as digits.",
)
broken.table()

# %% folded="numbers"
no_kl, collapsed, repaired = variants
report("no_kl_kl_nats", broken.mean(no_kl, "kl_term"), within=(150, 2000))
report("no_kl_sigma", broken.mean(no_kl, "median_sigma"), within=(0, 0.3))
report("no_kl_distance", broken.mean(no_kl, "distance"), within=(8, 40))
report("collapsed_kl_nats", broken.mean(collapsed, "kl_term"), within=(0, 0.1))
gap = broken.mean(collapsed, "elbo") - baseline
report("collapsed_minus_independent_pixels", gap, within=(-3, 2))
report("repaired_elbo", broken.mean(repaired, "elbo"), within=(-165, -138))

# %% [markdown]
# Without the KL term noise only hurts, so σ shrinks, the means spread out, and we have the plain
# autoencoder with its blots again. By the honest terms its codes cost hundreds of nats. With the mean
# over pixels the code tells nothing: **posterior collapse**. A code can save some hundred nats of
# pixels; divided by 784 that is a fraction of a nat, and the code costs many. So it does not pay. Every
# sample is the same smear, and the ELBO is that of independent pixels, though the loss fell and
# nothing crashed.
#
# So the weight is not a matter of taste. In the ELBO there is none: both terms are sums, in nats. A
# weight other than 1 is another goal; it is called β (lesson 32).
#
# ### Written question
#
# A classmate trains a plain autoencoder with 64 latent dimensions. "My summed cross-entropy on unseen
# digits is 70 nats, and your VAE's negative ELBO is 124. So my model gives digits a far higher
# probability." What is wrong with the comparison? What does the KL term become for a code without
# noise (σ → 0)? Name a number that means the same for both models, and say how you would get it. (4
# to 6 sentences.)

# %% [markdown] answer="reconstruction_is_no_likelihood" points=3
# **Model answer.** The 70 nats are $-\log p(x|z)$ at the one code that the encoder picked with the
# picture in hand, so they are the price of the pixels *given* the code; the probability of the
# picture also needs that of the code. In the ELBO that is the KL term, and for a point (σ → 0) it
# grows without bound, because $-\log\sigma$ does: an exact real number carries infinitely many
# nats. So 70 is neither $-\log p(x)$ nor a bound on it, while 124 is an upper bound on
# $-\log p(x)$. A fair comparison gives the plain autoencoder a distribution for its codes (say a
# fitted Gaussian) and a noise around each code, or trains an encoder with a mean and a variance for
# its decoder, and compares the ELBOs on the same unseen digits.
#
# **Rubric.** 1 point: the reconstruction is conditional on the code, the cost of the code is
# missing. 1 point: the cost of a code without noise is unbounded (KL of a point mass is infinite), so 70
# bounds nothing. 1 point: a fair way: a distribution for the plain codes, and then both terms (or the
# exact integral) on the same unseen black and white digits, or the distance of samples to real ones.

# %% [markdown]
# ## Summary
#
# 1. A plain autoencoder lacks a distribution for its latent codes; a VAE fixes one first, the prior.
# 2. ELBO = reconstruction term − KL term, both summed, in nats; it is at most the log-likelihood.
# 3. $z = \mu + \sigma\varepsilon$ lets the gradient through; the encoder gives mean and log *variance*.
# 4. A confident classifier can be fooled by blots; a distance to real digits, or nats, cannot.
# 5. No KL term, no sampling; a mean where a sum belongs, no code.
#
# ## References
#
# - G. J. Székely, M. L. Rizzo (2013). Energy statistics: a class of statistics based on distances.
#   *Journal of Statistical Planning and Inference* 143.
# - D. P. Kingma, M. Welling (2014). Auto-encoding variational Bayes. *ICLR*.
# - D. J. Rezende, S. Mohamed, D. Wierstra (2014). Stochastic backpropagation and approximate
#   inference in deep generative models. *ICML*.
