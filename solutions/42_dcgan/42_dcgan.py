# ---
# title: Digits from noise
# question: Can a network that is never shown a digit to copy learn to write digits, and how would you know?
# picture: Ten points of noise as training goes on, from grey squares to readable digits
# seconds: 75
# goals:
#   - build a generator and a discriminator, and write the step that trains them in turns
#   - judge generated pictures beside baselines, and say what the judge cannot see
#   - show that the generator's loss does not tell how good its pictures are
#   - tell learning from copying with a fair yardstick
# terms:
#   generator: the network of a GAN that turns a latent code of random numbers into a picture
#   discriminator: the network of a GAN that says whether a picture is real or was made by the generator
#   fake: a picture made by a generator
#   generative adversarial network: a generator and a discriminator that are trained against each other; GAN for short
#   latent code: the random numbers, here 24 from a standard normal distribution, that a generator turns into one picture
#   batch normalisation: a layer that subtracts the mean and divides by the standard deviation of each channel, of the batch in training and of running averages later
#   logit: a number from minus to plus infinity whose sigmoid is a probability
#   leaky ReLU: max(x, 0.2 x), a ReLU that lets a fifth of negative numbers, and of the gradient there, through
#   non-saturating loss: the generator's loss -log D, whose gradient stays large while the discriminator wins
#   score: the sum over ten classes of the share of confident pictures of that class, each counted up to 0.1
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops

from course_utils import plots
from course_utils.checks import dcgan
from course_utils.classifier import judge, probabilities
from course_utils.data import gaussian_digits, load_digits
from course_utils.report import report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## Two networks, one against the other
#
# An autoencoder is shown the picture that it should give. Today's network is never told. It gets
# noise, and out should come a digit that nobody wrote.
#
# Two networks play a game (Goodfellow et al. 2014). The **generator** $G$ turns a **latent code**,
# here 24 numbers from a standard normal distribution, into a picture, called a **fake**. The
# **discriminator** $D$ learns to tell real digits from fakes. The generator learns to make fakes that
# the discriminator takes for real. Together they are a **generative adversarial network**, a GAN.
#
# The generator never sees a real digit. All that it learns comes through the discriminator, as a
# gradient: *change this pixel in this way, and I would rather believe you*.
#
# ## The generator
#
# It is like the decoder of a convolutional autoencoder, by the recipe called DCGAN (deep
# convolutional GAN; Radford, Metz & Chintala 2016):
#
# $$24 \xrightarrow{\text{dense}} 7{\times}7{\times}48 \xrightarrow{\text{up, 4×4, stride 2}} 14{\times}14{\times}24
# \xrightarrow{\text{up, 4×4, stride 2}} 28{\times}28{\times}1$$
#
# - "Up" is a transposed convolution. Its stride 2 divides its kernel size 4; otherwise a
#   checkerboard appears (lesson 14).
# - **Batch normalisation** (Ioffe & Szegedy 2015) subtracts each channel's mean over the batch and all
#   positions, divides by the standard deviation, then scales and shifts by two learned numbers. It
#   stands between a layer and its activation, but not in the last layer.
# - In training (`training=True`) it takes mean and deviation from the batch at hand, later from
#   running averages.
# - The last activation, tanh, gives pixels from −1 (background, shown black) to 1 (stroke, white).
#
# ### Exercise 1: build the generator
#
# <details><summary>Hint: which layers?</summary>
#
# `Dense`, then `Reshape`, then `Conv2DTranspose` twice with `strides=2` and `padding="same"`.
# `BatchNormalization` and `ReLU` follow the dense layer (before or after `Reshape`) and the first
# transposed convolution.
# </details>

# %%
LATENT_DIM = 24


# %% exercise="build_generator"
def build_generator(latent_dim: int) -> keras.Model:
    """Untrained generator from latent codes (n, latent_dim) to pictures (n, 28, 28, 1) in [-1, 1].

    Dense to 7 x 7 x 48, batch normalisation, ReLU; transposed convolution 4 x 4 with stride 2 to 24
    channels, batch normalisation, ReLU; transposed convolution 4 x 4 with stride 2 to 1, tanh. Both
    convolutions with padding "same". Biases may be there or not.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(7 * 7 * 48, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape((7, 7, 48)),
            layers.Conv2DTranspose(24, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
        ]
    )
    ### END SOLUTION


# %% check="build_generator" points=2
dcgan.check_generator(build_generator, latent_dim=10)
### BEGIN HIDDEN TESTS
dcgan.check_generator(build_generator, latent_dim=24)
dcgan.check_generator(build_generator, latent_dim=100)
### END HIDDEN TESTS

# %% [markdown]
# ## The discriminator
#
# It is the generator in reverse with one block more ("same" rounds 3.5 up), and ends in a **logit**: a number from $-\infty$ to $\infty$ whose
# sigmoid is the probability of "real".
#
# $$28{\times}28{\times}1 \xrightarrow{\text{4×4, stride 2}} 14{\times}14{\times}24 \xrightarrow{\text{4×4, stride 2}} 7{\times}7{\times}48
# \xrightarrow{\text{4×4, stride 2}} 4{\times}4{\times}96 \xrightarrow{\text{dense}} 1$$
#
# Its activation is a **leaky ReLU**, $\max(x, 0.2\,x)$. Every gradient that the generator gets must
# pass through this network, and a plain ReLU stops it where $x < 0$. Batch normalisation stands
# before the activation in the second and third block, not in the first.
#
# ### Exercise 2: build the discriminator
#
# <details><summary>Hint: the slope</summary>
#
# `layers.LeakyReLU(negative_slope=0.2)`. Keras's own default is 0.3.
# </details>
# <details><summary>Hint: the last layer</summary>
#
# A logit is a plain weighted sum: one unit, and nothing after it.
# </details>


# %% exercise="build_discriminator"
def build_discriminator() -> keras.Model:
    """Untrained discriminator from pictures (n, 28, 28, 1) to logits (n, 1).

    Three convolutions 4 x 4 with stride 2 and padding "same", to 24, 48 and 96 channels, each
    followed by a leaky ReLU of slope 0.2, the second and third with batch normalisation before it;
    then flatten, and one dense unit without activation. Biases may be there or not.
    """
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (24, 48, 96):
        model.add(layers.Conv2D(channels, 4, strides=2, padding="same"))
        if channels > 24:
            model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model
    ### END SOLUTION


# %% check="build_discriminator" points=2
dcgan.check_discriminator(build_discriminator, seed=0)
### BEGIN HIDDEN TESTS
dcgan.check_discriminator(build_discriminator, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# ## Two losses
#
# Let $a$ be the logits of real pictures and $b$ those of fakes, and let
#
# $$\mathrm{bce}(t, a) = -t \log \sigma(a) - (1-t) \log(1 - \sigma(a))$$
#
# be the binary cross-entropy with target $t$, and $\sigma$ the sigmoid. The two networks minimise
#
# $$L_D = \operatorname{mean}\, \mathrm{bce}(1, a) + \operatorname{mean}\, \mathrm{bce}(0, b),
# \qquad L_G = \operatorname{mean}\, \mathrm{bce}(1, b).$$
#
# The generator wants its fakes taken for real: target 1. This is the **non-saturating loss**, whose
# gradient stays large while the discriminator wins (lesson 41).
#
# ### Exercise 3: the losses
#
# Work with logits all the way. In float32 $\sigma(a)$ is exactly 1 from $a \approx 17$ on, and
# $\log(1 - \sigma(a))$ is then $-\infty$. The check tries logits of ±300.
#
# <details><summary>Hint</summary>
#
# `keras.losses.BinaryCrossentropy(from_logits=True)` does it stably, and takes the mean. It wants
# the *targets first*, in an array like the logits: `ops.ones_like(...)`.
# </details>


# %% exercise="gan_losses"
def discriminator_loss(real_logits, fake_logits):
    """L_D, a scalar tensor, from the logits of real pictures (n, 1) and of fakes (m, 1)."""
    ### BEGIN SOLUTION
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real = bce(ops.ones_like(real_logits), real_logits)
    fake = bce(ops.zeros_like(fake_logits), fake_logits)
    return real + fake
    ### END SOLUTION


def generator_loss(fake_logits):
    """L_G, a scalar tensor, from the logits of fakes (m, 1)."""
    ### BEGIN SOLUTION
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    return bce(ops.ones_like(fake_logits), fake_logits)
    ### END SOLUTION


# %% check="gan_losses" points=2
losses = discriminator_loss, generator_loss
dcgan.check_losses(*losses, real=[[0.3], [1.7], [-0.6]], fake=[[-1.1], [0.8], [0.2]])
dcgan.check_losses(*losses, real=[[0.3], [1.7], [-0.6]], fake=[[-1.1], [0.8]])
dcgan.check_loss_gradients(*losses, real=[[0.5], [-1.0]], fake=[[0.9], [-0.2], [1.4]])
dcgan.check_loss_gradients(*losses, real=[[300.0], [-300.0]], fake=[[-300.0], [300.0]])
### BEGIN HIDDEN TESTS
dcgan.check_losses(
    *losses, real=np.linspace(-3, 2, 7)[:, None], fake=np.linspace(-1, 4, 5)[:, None]
)
dcgan.check_losses(*losses, real=[[0.1]], fake=[[0.2], [-0.4], [0.9], [2.0]])
dcgan.check_losses(*losses, real=[[0.1], [0.4], [-2.2], [0.9]], fake=[[-0.3]])
dcgan.check_losses(
    *losses, real=np.linspace(-4, 6, 300)[:, None], fake=np.linspace(-5, 3, 200)[:, None]
)
dcgan.check_loss_gradients(*losses, real=[[30.0], [-30.0]], fake=[[-30.0], [30.0], [18.0]])
dcgan.check_loss_gradients(*losses, real=[[2.0]], fake=[[-3.0]])
### END HIDDEN TESTS

# %% [markdown]
# ## One step, two updates
#
# `train_step` is what Keras calls for every batch of real pictures.
#
# 1. *Discriminator.* Make fakes from the noise. Take the logits of the real pictures and, in a
#    separate call, of the fakes. Take the gradient of $L_D$ by the *discriminator's* weights only,
#    and apply it.
# 2. *Generator.* Make fakes from the same noise again, and take the *updated* discriminator's logits.
#    Take the gradient of $L_G$ by the *generator's* weights only, through the discriminator, and
#    apply it.
#
# Call both networks with `training=True` everywhere. The calls are separate because batch
# normalisation would mix the means of real pictures and fakes.
#
# ### Exercise 4: the training step
#
# <details><summary>Hint: gradients</summary>
#
# Compute the loss inside `with tf.GradientTape() as tape:`. After it, `variables =
# network.trainable_variables`, and `tape.gradient(loss, variables)` gives the list for
# `optimizer.apply(gradients, variables)`.
# </details>
# <details><summary>Hint: a plan</summary>
#
# Two tapes, one after the other. The fakes of step 2 must be made inside its tape. Nothing need be
# frozen: weights that are in no list do not change.
# </details>


# %% exercise="train_step"
class GAN(keras.Model):
    """A generator and a discriminator, which are trained in turns.

    Args:
        generator: maps latent codes (n, latent_dim) to pictures.
        discriminator: maps pictures to logits (n, 1).
        latent_dim: latent dimension.
        g_optimizer, d_optimizer: one for each network.
        d_loss: function of the logits of real pictures and of fakes.
        g_loss: function of the logits of fakes.
    """

    def __init__(
        self, generator, discriminator, latent_dim, g_optimizer, d_optimizer,
        d_loss=discriminator_loss, g_loss=generator_loss,
    ):  # fmt: skip
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = latent_dim
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.d_loss, self.g_loss = d_loss, g_loss

    def noise_for(self, real):
        """Noise for as many fakes as there are real pictures, (n, latent_dim)."""
        return keras.random.normal((ops.shape(real)[0], self.latent_dim))

    def train_step(self, real):
        """Update the discriminator, then the generator, once each, with the same noise.

        Args:
            real: a batch of real pictures (n, ...), scaled as the generator's. The check uses tiny
                networks on 3 numbers: take sizes, losses and optimizers from `real` and `self`.

        Returns:
            {"d_loss": ..., "g_loss": ...}, scalars: the discriminator's loss before its update; the
            generator's loss, against the updated discriminator, before its own update.
        """
        noise = self.noise_for(real)
        ### BEGIN SOLUTION
        fake = self.generator(noise, training=True)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            d_loss = self.d_loss(real_logits, fake_logits)
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(d_loss, variables), variables)

        with tf.GradientTape() as tape:
            fake = self.generator(noise, training=True)
            g_loss = self.g_loss(self.discriminator(fake, training=True))
        variables = self.generator.trainable_variables
        self.g_optimizer.apply(tape.gradient(g_loss, variables), variables)
        return {"d_loss": d_loss, "g_loss": g_loss}
        ### END SOLUTION


# %% check="train_step" points=3
dcgan.check_step(GAN, rows=9, seed=1)
dcgan.check_step_in_training(GAN, rows=6, seed=1)
### BEGIN HIDDEN TESTS
dcgan.check_step(GAN, rows=3, seed=2)
dcgan.check_step(GAN, rows=100, seed=4)
dcgan.check_step_in_training(GAN, rows=70, seed=4)
### END HIDDEN TESTS

# %% [markdown]
# ## Train
#
# Batches of 32, two learning rates that fall to zero, and Adam with $\beta_1 = 0.5$ instead of 0.9
# (Radford et al.). Adam follows a running average of past gradients, and β₁ is the share of the old
# average that it keeps; the opponent moves, so old gradients mislead. Real digits are scaled to −1…1, as
# the generator's pictures are. We train from two random seeds, and keep what the *same* noise becomes
# after each epoch.

# %%
digits = load_digits()
x_train = digits.x_train[: budget(4000, 32)]
real = 2 * x_train[..., None] - 1
n_judged = budget(1000, 60)
fixed_noise = np.random.default_rng(42).normal(size=(n_judged, LATENT_DIM)).astype("float32")


def new_gan(g_rate, d_rate) -> GAN:
    """An untrained GAN with these two learning rates."""
    optimizers = [keras.optimizers.Adam(rate, beta_1=0.5) for rate in (g_rate, d_rate)]
    return GAN(build_generator(LATENT_DIM), build_discriminator(), LATENT_DIM, *optimizers)


def generate(gan: GAN, noise: np.ndarray) -> np.ndarray:
    """Pictures (n, 28, 28) in [0, 1] from noise, with the running averages."""
    return (predict(gan.generator, noise)[..., 0] + 1) / 2


class Film(keras.callbacks.Callback):
    """Keeps what the fixed noise becomes, before training and after each epoch."""

    def on_train_begin(self, logs=None):
        self.frames = [generate(self.model, fixed_noise)]

    def on_epoch_end(self, epoch, logs=None):
        self.frames.append(generate(self.model, fixed_noise))


epochs, batch_size = budget(8, 2), 32
steps = epochs * int(np.ceil(len(real) / batch_size))
gans, films, histories = [], [], []
for seed in (0, 1):
    set_seed(seed)
    decay = keras.optimizers.schedules.CosineDecay
    gan, film = new_gan(decay(1e-2, steps), decay(4e-3, steps)), Film()
    how = {"epochs": epochs, "batch_size": batch_size, "callbacks": [film]}
    history = fit(gan, real, title=f"GAN, seed {seed}", **how)
    gans.append(gan)
    films.append(film)
    histories.append(history)

# %%
shown = [0, 1, 3, 8][: budget(4, 2)]
rows = {f"epoch {epoch}": films[0].frames[epoch][:10] for epoch in shown}
plots.show(
    plots.image_rows(rows, "The same noise as training goes on", size=0.7),
    alt="Ten pictures in four rows from epoch 0 to the last: grey squares, blots, strokes, and at last mostly "
    "readable digits; many turn into another digit on the way.",
    name="42_dcgan",
)
made = generate(gans[0], fixed_noise)
plots.show(
    plots.image_grid(
        made[:100], 20, title="A hundred digits that nobody wrote (not selected)", size=0.42
    ),
    alt="A hundred generated digits in five rows: most are readable at once, some are not.",
    name="dcgan_digits",
)

# %% [markdown]
# These are digits. The generator was never shown one.
#
# ## Judge
#
# "They look good" is no result. The course has a small classifier, trained on the same 4,000 digits
# as the GAN, that gets 98 % of unseen ones right. We call a picture *confident* if the classifier gives one class
# a probability of 0.9 or more. That alone is not enough: a generator that draws one perfect 7 again
# and again would be confident every time. So each class counts only up to its fair tenth. The
# **score** divides the number of confident pictures of a class by that of *all* pictures, takes at
# most 0.1 of it, and adds up the ten classes.
#
# For example, 80 of 100 pictures are confident. If these are 8 of each class, the score is
# 10 × 0.08 = 0.8. If they are 50 ones and 30 sevens, the score is 0.1 + 0.1 = 0.2.
#
# The *distance* (energy distance, lesson 31) compares generated pictures with unseen digits, by the
# outputs of the classifier's last hidden layer: the larger, the more they differ. It is estimated from
# samples, so for equal distributions it scatters around 0 and may be slightly negative.
#
# Beside the GAN stand three baselines: a Gaussian with the mean and covariance of the training digits
# (50 principal components); noise; and ten training digits, one of each class, copied a hundred
# times. **Predict first:** which of them gets a good score?


# %%
def score(images: np.ndarray) -> float:
    """Sum over the classes of the share of confident images of it, each counted up to 0.1."""
    chances = probabilities(images)
    confident = chances.max(axis=1) >= 0.9
    shares = np.bincount(chances.argmax(axis=1)[confident], minlength=10) / len(images)
    return np.minimum(shares, 0.1).sum()


ten = np.stack([digits.x_train[digits.y_train == digit][0] for digit in range(10)])
sources = {
    "real, unseen": digits.x_test,
    "Gaussian": gaussian_digits(digits.x_train, n_judged, seed=1),
    "noise": np.random.default_rng(0).random((n_judged, 28, 28), dtype="float32"),
    "ten digits, copied": np.tile(ten, (n_judged // 10, 1, 1)),
}
for seed, gan in enumerate(gans):
    sources[f"GAN, seed {seed}"] = generate(gan, fixed_noise)
rows = {name: {"score": score(images)} | judge(images) for name, images in sources.items()}
verdicts = pd.DataFrame(rows).T[["confident", "score", "distance"]]
verdicts.round(2)

# %% folded="numbers"
right = probabilities(digits.x_test).argmax(axis=1) == digits.y_test
report("judge_accuracy_percent", 100 * right.mean(), within=(97, 99.5))
for name, row, column, low, high in (
    ("confident_real", "real, unseen", "confident", 0.93, 0.98),
    ("score_real", "real, unseen", "score", 0.9, 0.98),
    ("confident_noise", "noise", "confident", 0.99, 1),
    ("score_noise", "noise", "score", 0, 0.101),
    ("score_gaussian", "Gaussian", "score", 0.2, 0.45),
    ("distance_gaussian", "Gaussian", "distance", 2.5, 5),
    ("score_copies", "ten digits, copied", "score", 0.85, 1),
    ("distance_copies", "ten digits, copied", "distance", 0.7, 1),
):
    report(name, verdicts.loc[row, column], within=(low, high))
for seed in (0, 1):
    found = verdicts.loc[f"GAN, seed {seed}"]
    report(f"confident_dcgan_{seed}", found["confident"], within=(0.6, 0.85))
    report(f"score_dcgan_{seed}", found["score"], within=(0.58, 0.82))
    report(f"distance_dcgan_{seed}", found["distance"], within=(0, 0.7))
    chances = probabilities(sources[f"GAN, seed {seed}"])
    classes = chances.argmax(axis=1)[chances.max(axis=1) >= 0.9]
    rarest = np.bincount(classes, minlength=10).min() / len(chances)
    report(f"rarest_dcgan_{seed}", rarest, within=(0.005, 0.08))

# %%
rows = {
    name: sources[name][:10] for name in ("real, unseen", "Gaussian", "GAN, seed 0", "GAN, seed 1")
}
plots.show(
    plots.image_rows(rows, "Real digits, a Gaussian, and two GANs"),
    alt="Four rows of ten pictures: real handwritten digits; smudges with digit-like strokes, drawn from a "
    "Gaussian; generated digits of two GANs, mostly readable.",
)

# %% [markdown]
# From both seeds, the GAN's score is about twice the Gaussian's, and its distance about a tenth of it.
# The classifier is confident about seven in ten of its pictures, and hesitates over the other three.
#
# Two rows are warnings. The classifier is certain about *noise*: it must answer with a digit and
# never learned to doubt. But it sees the same digit everywhere, so the score is 0.1. *Ten copied
# digits* get a perfect score. Their distance is more than twice the GAN's: something is wrong. To see
# what, we look for copies below.
#
# ## "The losses tell how training goes"
#
# **Predict first:** while the pictures become better, what does the generator's loss do?

# %%
tables = []
for film, history in zip(films, histories, strict=True):
    scores = [score(images) for images in film.frames[1:]]
    table = pd.DataFrame({"loss": history["g_loss"], "score": scores}, index=range(1, epochs + 1))
    tables.append(table.iloc[1:])
fig, axes = plt.subplots(1, 2, figsize=(9, 3.3))
for ax, column in zip(axes, ("loss", "score"), strict=True):
    for seed, table in enumerate(tables):
        ax.plot(table[column], ["o-", "s--"][seed], markersize=4, label=f"seed {seed}")
    ax.set(xlabel="epoch", ylim=(0, None))
axes[0].set(title="The generator's loss rises ...", ylabel="generator's loss")
axes[1].set(title="... while its pictures become better", ylabel="score", ylim=(0, 1))
axes[0].legend()
plots.show(
    fig,
    alt="Against the epoch, from the second on: the generator's loss rises, and the score of its pictures rises "
    "as well; both seeds alike.",
    name="dcgan_losses",
)

# %% folded="numbers"
for seed, table in enumerate(tables):
    rank = table["loss"].corr(table["score"], method="spearman") if len(table) > 1 else 0
    report(f"loss_score_rank_correlation_{seed}", rank, within=(0.5, 1))
    lowest, end = table.loc[table["loss"].idxmin()], table.iloc[-1]
    report(f"lowest_generator_loss_{seed}", lowest["loss"], within=(0.9, 1.7))
    report(f"score_lost_at_lowest_loss_{seed}", end["score"] - lowest["score"], within=(0.04, 0.6))
    report(f"generator_loss_at_end_{seed}", end["loss"], within=(1.4, 2.39))

# %% [markdown]
# It **rises** (from the second epoch on; in the first one, left out here, it falls). Whoever keeps the
# weights of the lowest loss keeps worse pictures of an early epoch. A GAN's loss is a result against
# an opponent who is learning, too. It says who is ahead, not how good either is.
#
# ## Break it: the best loss of all
#
# What goes with a really low loss? Let only the generator learn. In real code this happens: older
# recipes set `discriminator.trainable = False` while the generator learns, and somebody forgets to set
# it back. We go on from the second GAN
# with the discriminator's learning rate at 0. **Predict first:** what happens to the loss, and what
# to the pictures? Then the repair: the discriminator learns again.


# %%
class Freeze(Film):
    """A film during which the discriminator learns nothing for the first `epochs` epochs."""

    def __init__(self, epochs):
        super().__init__()
        self.frozen_epochs = epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.model.d_optimizer.learning_rate = 0.0 if epoch < self.frozen_epochs else 2e-3


set_seed(2)
continued, half = new_gan(4e-3, 2e-3), budget(3, 1)
continued.discriminator(continued.generator(fixed_noise[:2]))  # so that the weights exist
continued.generator.set_weights(gans[1].generator.get_weights())
continued.discriminator.set_weights(gans[1].discriminator.get_weights())
freeze = Freeze(half)
how = {"epochs": 2 * half, "batch_size": batch_size, "callbacks": [freeze]}
history = fit(continued, real, title="frozen, then repaired", **how)
losses_then = [histories[1]["g_loss"][-1], history["g_loss"][half - 1], history["g_loss"][-1]]
rows, pictures = {}, {}
for name, epoch, loss in zip(
    ("as trained", "opponent frozen", "both learn again"), (0, half, -1), losses_then, strict=True
):
    images = freeze.frames[epoch]
    pictures[name] = images[:10]
    rows[name] = {"generator's loss": loss, "score": score(images)}
plots.show(
    plots.image_rows(
        pictures, "Three epochs against an opponent that does not learn, and three of repair"
    ),
    alt="Three rows of ten pictures from the same noise: digits; distorted digits with smears after training "
    "against a frozen discriminator; digits again after both have learned.",
)
break_it = pd.DataFrame(rows).T
break_it.round(2)

# %% folded="numbers"
frozen = break_it.loc["opponent frozen"]
report("frozen_generator_loss", frozen["generator's loss"], within=(0, 0.5))
lost = break_it["score"]["as trained"] - frozen["score"]
report("score_lost_by_freezing", lost, within=(0.1, 0.6))
lost = break_it["score"]["as trained"] - break_it["score"]["both learn again"]
report("score_lost_after_repair", lost, within=(-0.15, 0.15))

# %% [markdown]
# Against an opponent that has stopped, the loss falls far below all values of the curves above, and
# the score falls with it. Nobody answers any more: the generator finds what passes *this* network,
# and that need not look like a digit. When the discriminator learns again, loss and score come back.
# So judge pictures, not losses.
#
# ## Learned, or copied?
#
# A generator that returns training digits would get a nearly perfect score. So look for the nearest
# training picture of each fake, in Euclidean distance over the 784 pixels ($x$ is a fake, $x_i$ the
# $i$-th training picture):
#
# $$d(x) = \min_i \lVert x - x_i \rVert_2 .$$
#
# ### Exercise 5: the nearest training picture
#
# A thousand fakes against 4,000 digits of 784 pixels: all differences at once would take 12 GB
# in float32. Work in small pieces.
#
# <details><summary>Hint: the simplest way</summary>
#
# A loop over the pictures. The differences of one of them to all training pictures have the shape
# `(m, 28, 28)`, which is small enough.
# </details>
# <details><summary>Hint: the fast way</summary>
#
# $\lVert x - y\rVert^2 = \lVert x\rVert^2 + \lVert y\rVert^2 - 2\,x \cdot y$ needs one matrix
# product. Rounding can make it slightly negative for two equal pictures: clip before the root.
# </details>


# %% exercise="nearest_training_image"
def nearest_training_image(images: np.ndarray, training: np.ndarray) -> tuple:
    """Distance from each picture to the nearest training picture, and which one it is.

    Args:
        images: (n, 28, 28), n at least 1.
        training: (m, 28, 28), where to look.

    Returns:
        Euclidean distances (n,) and integer indices (n,) into training, any one where several are
        equally near; without ever holding n x m x 784 numbers.
    """
    ### BEGIN SOLUTION
    seen = training.reshape(len(training), -1)
    squares = np.square(seen).sum(axis=1)
    distances, indices = [], []
    for start in range(0, len(images), 200):
        part = images[start : start + 200].reshape(-1, seen.shape[1])
        table = np.square(part).sum(axis=1, keepdims=True) + squares - 2 * part @ seen.T
        indices.append(table.argmin(axis=1))
        distances.append(np.sqrt(table.min(axis=1).clip(0)))
    return np.concatenate(distances), np.concatenate(indices)
    ### END SOLUTION


# %% check="nearest_training_image" points=2
some = load_digits()
dcgan.check_nearest(nearest_training_image, some.x_val[:7], some.x_train[100:160])
dcgan.check_nearest_copies(nearest_training_image, n=5, m=9, seed=0)
dcgan.check_nearest_memory(nearest_training_image, some.x_val[:100], some.x_train[:1000])
### BEGIN HIDDEN TESTS
dcgan.check_nearest(nearest_training_image, some.x_val[10:11], some.x_train[5:8])
dcgan.check_nearest(nearest_training_image, some.x_val[:3], some.x_train[:1])
dcgan.check_nearest(nearest_training_image, some.x_val[:401], some.x_test[:30])
dcgan.check_nearest_copies(nearest_training_image, n=33, m=40, seed=1)
dcgan.check_nearest_copies(nearest_training_image, n=3, m=4500, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# A distance of 6 means nothing by itself. The fair yardstick is the distance of *unseen real* digits
# to their nearest training picture. As controls we take copies with a little noise, and copies
# moved by one pixel.

# %%
copied = digits.x_train[:n_judged]
noise = np.random.default_rng(3).normal(0, 0.05, copied.shape)
crowds = {
    "unseen real digits": digits.x_test,
    "GAN, seed 0": made,
    "Gaussian": sources["Gaussian"],
    "copies with noise": (copied + noise).clip(0, 1),
    "copies, moved by one pixel": np.roll(copied, 1, axis=2),
}
found = {
    name: [np.asarray(part) for part in nearest_training_image(x, digits.x_train)]
    for name, x in crowds.items()
}
limit = np.quantile(found["unseen real digits"][0], 0.01)
rows = {}
for name, (distances, _) in found.items():
    rows[name] = {"median": np.median(distances), "smallest": distances.min()}
    rows[name]["closer than the nearest 1 % of unseen (%)"] = 100 * np.mean(distances < limit)
memory = pd.DataFrame(rows).T
memory.round(2)

# %%
distances, indices = found["GAN, seed 0"]
chosen = np.argsort(distances)[np.linspace(0, len(distances) - 1, 10).astype(int)]
rows = {"fake": made[chosen], "nearest\ntraining digit": digits.x_train[indices[chosen]]}
plots.show(
    plots.image_rows(
        rows, "Ten fakes, from the nearest to the farthest, above their nearest training digits"
    ),
    alt="Ten generated digits above their nearest training digits: on the left thin ones that look alike, further "
    "right the same digit in another hand, or another digit.",
)

# %% folded="numbers"
report("median_unseen", memory.loc["unseen real digits", "median"], within=(5, 5.3))
report("median_dcgan", memory.loc["GAN, seed 0", "median"], within=(5.2, 6.2))
below = memory["closer than the nearest 1 % of unseen (%)"]
report("dcgan_closer_percent", below["GAN, seed 0"], within=(0, 1))
report("noisy_copies_closer_percent", below["copies with noise"], within=(98, 100))
report("shifted_copies_closer_percent", below["copies, moved by one pixel"], within=(0, 2))

# %% [markdown]
# The fakes are a little *farther* from the training digits than unseen real ones are, and hardly any
# is closer than the nearest 1 % of the unseen (about 1 % would be no sign of copying either). Copies with noise would have been
# caught, nearly all of them.
#
# But there is a blind spot. Training digits *moved by one pixel* pass the test: in pixels they are as
# far away as unseen digits. The test finds nearly exact copies, and nothing else.
#
# A generator that has stored pictures would have another symptom: sudden switches from one of them
# to the next. So walk in a straight line from one latent code to another.

# %%
rows = {}
for number in range(3):
    first, last = fixed_noise[2 * number : 2 * number + 2]
    rows[f"walk {number + 1}"] = generate(gans[0], np.linspace(first, last, 12))
plots.show(
    plots.image_rows(
        rows, "From one latent code to another: digits change step by step", size=0.75
    ),
    alt="Three rows of twelve pictures; in each the first digit changes step by step into the last one, without "
    "a sudden switch.",
    name="dcgan_walks",
)

# %% [markdown]
# The digits change in small steps.
#
# ### Written question
#
# A classmate writes: "On average a digit of my generator is 6.0 away from the nearest training digit.
# So it has not memorised anything." Give two reasons why this does not follow, and say what she
# should measure instead. (3 to 5 sentences.)

# %% [markdown] answer="memorised_or_not" points=3
# **Model answer.** A distance has no meaning without a yardstick: unseen real digits must be
# measured against the same training digits, and only fakes that are *closer* than they are would be
# suspicious. An average hides a minority: if one fake in twenty is an exact copy, the mean hardly
# moves, so she should compare the small quantiles (how many lie below the 1 % quantile of unseen
# digits) and look at the closest pairs. And the distance is blind to some copies: a training digit
# moved by a single pixel is about as far away as an unseen one, so moved (or otherwise changed)
# copies, or a distance in a classifier's features, should be tried too.
#
# **Rubric.** 1 point: the yardstick of unseen real digits against the same training set. 1 point:
# any second valid reason (the average hides few copies; pixel distance misses moved or changed
# copies; blurred pictures are near to many). 1 point: a measurement that answers that reason (low
# quantiles or the closest pairs; moved copies or features).

# %% [markdown]
# ## Summary
#
# 1. A generator and a discriminator, updated in turns, learn to write digits in a minute or two.
# 2. The generator never sees a real digit; its gradient comes through the discriminator.
# 3. Confidence alone is worthless (noise has it, too): ask for balance, and look for copies.
# 4. Losses say who is ahead, not how good the pictures are: the lowest, against a frozen opponent, came
#    with worse pictures.
# 5. "Not copied" needs a yardstick, the distance of unseen real digits, and moved copies pass it.
#
# ## References
#
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza et al. (2014). Generative adversarial nets. *NIPS*.
# - S. Ioffe, C. Szegedy (2015). Batch normalization: accelerating deep network training by reducing
#   internal covariate shift. *ICML*.
# - A. Radford, L. Metz, S. Chintala (2016). Unsupervised representation learning with deep
#   convolutional generative adversarial networks. *ICLR*.
