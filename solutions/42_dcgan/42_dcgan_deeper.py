# ---
# title: Walks, targets and dirty paper
# question: Which advice about GANs holds when it is measured?
# seconds: 110
# goals:
#   - walk along a sphere, and find out whether a straight walk gives worse pictures
#   - see what a target above 1 does to the discriminator
#   - find out what gives away the fakes of a generator that was trained on the wrong scale
#   - measure diversity within a class
# terms:
#   spherical interpolation: a walk between two points along the sphere around the origin; slerp for short
#   one-sided label smoothing: a target a little below 1, such as 0.9, for real pictures only
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops
from scipy.special import gammainc, gammaln

from course_utils import plots
from course_utils.checks import dcgan_deeper
from course_utils.classifier import probabilities
from course_utils.data import gaussian_digits, load_digits
from course_utils.report import report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## A GAN to ask
#
# The GAN and the score of the core, written compactly, and one training from random seed 0, in batches of 64.

# %%
LATENT_DIM = 24


def build_generator():
    """The generator of the core."""
    return keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
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


def build_discriminator():
    """The discriminator of the core."""
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (24, 48, 96):
        model.add(layers.Conv2D(channels, 4, strides=2, padding="same"))
        if channels > 24:
            model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model


class GAN(keras.Model):
    """A GAN with its own optimizers, trained in turns."""

    def __init__(self, generator, steps):
        super().__init__()
        self.generator, self.discriminator = generator, build_discriminator()
        decay = keras.optimizers.schedules.CosineDecay
        self.g_optimizer = keras.optimizers.Adam(decay(4e-3, steps), beta_1=0.5)
        self.d_optimizer = keras.optimizers.Adam(decay(2e-3, steps), beta_1=0.5)

    def train_step(self, real):
        noise = keras.random.normal((ops.shape(real)[0], LATENT_DIM))
        fake = self.generator(noise, training=True)
        with tf.GradientTape() as tape:
            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
            d_loss = ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(d_loss, variables), variables)
        with tf.GradientTape() as tape:
            fake = self.generator(noise, training=True)
            g_loss = ops.mean(ops.softplus(-self.discriminator(fake, training=True)))
        variables = self.generator.trainable_variables
        self.g_optimizer.apply(tape.gradient(g_loss, variables), variables)
        return {"d_loss": d_loss, "g_loss": g_loss}


digits = load_digits()
x_train = digits.x_train[: budget(4000, 64), ..., None]
n_judged = budget(1000, 60)
fixed_noise = np.random.default_rng(42).normal(size=(n_judged, LATENT_DIM)).astype("float32")


def train(real, epochs, title, last=()) -> tuple[GAN, dict]:
    """A GAN from random seed 0, with more layers at the generator's end, and its history."""
    set_seed(0)
    steps = epochs * int(np.ceil(len(real) / 64))
    gan = GAN(keras.Sequential([build_generator(), *last]), steps)
    return gan, fit(gan, real, epochs=epochs, title=title)


def generate(gan, noise):
    """What the generator makes of noise, (n, 28, 28), on its own scale."""
    return predict(gan.generator, np.asarray(noise, dtype="float32"))[..., 0]


def verdict(images) -> dict:
    """Share of confident pictures, and the score, of pictures in [0, 1]."""
    chances = probabilities(images)
    confident = chances.max(axis=1) >= 0.9
    shares = np.bincount(chances.argmax(axis=1)[confident], minlength=10) / len(images)
    return {"confident": confident.mean(), "score": np.minimum(shares, 0.1).sum()}


gan, _ = train(2 * x_train - 1, budget(13, 1), "GAN")
made = (generate(gan, fixed_noise) + 1) / 2
plots.show(
    plots.image_grid(made[:20], 10, title="What this GAN draws"),
    alt="Twenty generated digits in two rows, most of them readable.",
)

# %% [markdown]
# ## "Walk on the sphere, the straight line gives bad pictures"
#
# In 24 dimensions almost all noise lies near a sphere. The length of $z \sim \mathcal N(0, I_d)$ is on
# average $\sqrt2\,\Gamma(\frac{d+1}2)/\Gamma(\frac d2)$, about $\sqrt d$. The midpoint of a straight
# line between two such points is distributed as $\mathcal N(0, \frac12 I_d)$: shorter by $\sqrt2$,
# where the generator was hardly ever trained. **Spherical interpolation** (Shoemake 1985; for
# generators White 2016), slerp for short, goes along the sphere. With $\omega$ the angle between $a$
# and $b$,
#
# $$\operatorname{slerp}(a, b, t) = \frac{\sin((1-t)\,\omega)}{\sin \omega}\, a + \frac{\sin(t\,\omega)}{\sin\omega}\, b .$$
#
# ### Exercise: spherical interpolation
#
# Where $a$ and $b$ are parallel, $\omega = 0$ and the formula is 0/0. Its limit is the straight line,
# which should be returned then, and only then. (Opposite points do not occur.)
#
# <details><summary>Hint: the angle</summary>
#
# The cosine is the scalar product of the two *directions*, $a$ and $b$ divided by their lengths.
# Rounding may push it above 1, whose `arccos` is NaN: clip. The vectors in the formula keep their
# lengths.
# </details>
# <details><summary>Hint: shapes</summary>
#
# `t[:, None]` is a column (m, 1); a column times a row (d,) is (m, d).
# </details>


# %% exercise="slerp"
def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Points (m, d) on the way from a (d,) to b (d,), at the shares t (m,) of the angle.

    Where the angle is below 1e-6: points on the straight line.
    """
    ### BEGIN SOLUTION
    t = np.asarray(t)[:, None]
    cosine = np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if angle < 1e-6:
        return (1 - t) * a + t * b
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    ### END SOLUTION


# %% check="slerp"
dcgan_deeper.check_slerp(slerp, a=[3.0, 0.0, 1.0], b=[0.5, 2.0, -1.0], t=[0.0, 0.25, 1.0])
dcgan_deeper.check_slerp_everywhere(slerp)

# %% [markdown]
# Now ask the generator, at the midpoints of a thousand walks.

# %%
ends = np.random.default_rng(8).normal(size=(2, n_judged, LATENT_DIM))
points = {
    "end points": ends[0],
    "straight midpoints": ends.mean(axis=0),
    "spherical midpoints": np.concatenate(
        [slerp(a, b, np.array([0.5])) for a, b in zip(*ends, strict=True)]
    ),
}
rows, pictures = {}, {}
for name, z in points.items():
    images = (generate(gan, z) + 1) / 2
    rows[name] = {"mean length": np.linalg.norm(z, axis=1).mean()} | verdict(images)
    pictures[name] = images[:10]
plots.show(
    plots.image_rows(
        {name: pictures[name] for name in ("straight midpoints", "spherical midpoints")},
        "Straight and spherical midpoints look alike",
    ),
    alt="Two rows of ten generated pictures at straight and at spherical midpoints of the same pairs: nearly the "
    "same digits.",
)
between = pd.DataFrame(rows).T
between.round(3)

# %% folded="numbers"
exact = np.sqrt(2) * np.exp(gammaln((LATENT_DIM + 1) / 2) - gammaln(LATENT_DIM / 2))
short_percent = 100 * gammainc(LATENT_DIM / 2, exact**2 / 4)  # the squared length is chi-squared
report("noise_as_short_as_midpoint_percent", short_percent, within=(1.6, 1.8))
lengths = between["mean length"]
report("length_of_ends", lengths["end points"], within=(4.78, 4.92))
report("length_straight", lengths["straight midpoints"], within=(3.36, 3.5))
report("length_spherical", lengths["spherical midpoints"], within=(4.75, 4.95))
lost = between.loc["spherical midpoints"] - between.loc["straight midpoints"]
report("confidence_spherical_minus_straight", lost["confident"], within=(-0.06, 0.06))
report("score_spherical_minus_straight", lost["score"], within=(-0.07, 0.07))

# %% [markdown]
# The lengths are as computed. Only one point of noise in sixty is as short as a straight midpoint, or
# shorter. And the pictures? The two kinds of midpoints differ by a few percent, which is about what
# chance does to a thousand pictures. The advice **does not show here**. In 24 dimensions the midpoint
# is two standard deviations short, and this generator forgives two; in 100 dimensions it would be
# four. The geometry is true. Whether it matters, only the generator can tell.
#
# ## "Noisy targets make it harder for the discriminator"
#
# Some programs add noise to the targets: between 1 and 1.1 for real pictures, between −0.1 and 0 for
# fakes. Is it harder then? Look at the loss of one real picture as a function of its logit.

# %%
logits = np.linspace(-2, 40, 400)
lowest = {}
fig, ax = plt.subplots(figsize=(6.6, 3.4))
for target, style in ((0.9, "-"), (1.0, "--"), (1.05, "-.")):
    loss = np.logaddexp(0, logits) - target * logits
    lowest[target] = logits[np.argmin(loss)]
    ax.plot(logits, loss, style, label=f"target {target}")
ax.plot(np.log(9), np.logaddexp(0, np.log(9)) - 0.9 * np.log(9), "o", color=plots.COLORS[0])
ax.set(title="A target above 1 pays for ever more certainty", ylim=(-1.6, 2.6))
ax.set(xlabel="logit of a real picture", ylabel="its loss")
ax.legend()
plots.show(
    fig,
    alt="Loss against the logit for three targets: for 0.9 it has a minimum near 2 and rises again; for 1 it "
    "falls towards zero; for 1.05 it crosses zero and falls without end.",
)

# %% folded="numbers"
report("best_logit_target_0.9", lowest[0.9], within=(2.0, 2.4))
report("best_logit_target_1.05", lowest[1.05], within=(40, 40))
chances, share = np.linspace(0.001, 0.999, 999), 0.3
cost = -share * (0.9 * np.log(chances) + 0.1 * np.log(1 - chances))
cost -= (1 - share) * np.log(1 - chances)
report("best_chance_smoothed", chances[np.argmin(cost)], within=(0.269, 0.271))

# %% [markdown]
# With target 0.9 the best logit is $\log 9 \approx 2.2$, and more certainty costs. With target 1.05
# there is no best logit: the loss falls without end. Averaged over the noise, targets from 1 to 1.1
# are just that 1.05, the opposite of smoothing. (Clipped probabilities hide it, logits do not.)
#
# **One-sided label smoothing** (Salimans et al. 2016) takes the target 0.9 for real pictures and
# leaves 0 for fakes. Where a share $\rho$ of the pictures is real, the best discriminator then says
# $0.9\,\rho$ instead of $\rho$. Smoothing the fakes, too, would add $0.1\,(1 - \rho)$: most where
# nothing is real, praise for nothing.
#
# ## Break it: one line forgotten
#
# The generator's tanh reaches from −1 to 1. Somebody forgets to scale the real digits and leaves them
# between 0 and 1. Nothing crashes. **Predict first:** who wins, and how? There are two repairs: scale
# the digits, or bring the generator's end to 0…1.

# %%
epochs = budget(5, 1)
to_one = layers.Rescaling(0.5, 0.5)
trials = {
    "broken": (*train(x_train, epochs, "broken"), x_train),
    "digits scaled": (*train(2 * x_train - 1, epochs, "digits scaled"), 2 * x_train - 1),
    "generator scaled": (*train(x_train, epochs, "generator scaled", last=[to_one]), x_train),
}
rows, pictures = {}, {}
for name, (trial, history, real) in trials.items():
    images = generate(trial, fixed_noise)
    images = ((images - real.min()) / (1 - real.min())).clip(0, 1)  # paper is black again
    pictures[name] = images[:10]
    rows[name] = {"loss of D": history["d_loss"][-1], "loss of G": history["g_loss"][-1]} | verdict(
        images
    )
plots.show(
    plots.image_rows(pictures, "One line forgotten, and two repairs, after five epochs"),
    alt="Three rows of ten pictures: broken strokes; and, repaired in either way, mostly readable digits.",
)
scaled = pd.DataFrame(rows).T
scaled.round(3)

# %% [markdown]
# The broken run has the lowest discriminator's loss. How does its discriminator win? The obvious
# suspect: real digits have no negative pixels, fakes have. Another: four fifths of a digit are paper,
# and real paper is exactly blank. Ask the discriminators: retouch the pictures, exchange the papers.


# %%
def believed(gan, images) -> float:
    """Mean probability of "real" that the discriminator gives to a batch (n, 28, 28, 1)."""
    logits = gan.discriminator(images.astype("float32"), training=True)
    return float(ops.mean(ops.sigmoid(logits)))


beliefs = {}
for name, (trial, _, real) in trials.items():
    raw = np.asarray(trial.generator(fixed_noise[:300], training=True))
    real = real[: len(raw)]
    raw, paper = raw[: len(real)], real.min()
    faint = raw < paper + 0.3 * (real.max() - paper)  # the paper of the fakes
    beliefs[name] = {
        "fakes": believed(trial, raw),
        "fakes, nothing below paper": believed(trial, raw.clip(paper, None)),
        "fakes, on blank paper": believed(trial, np.where(faint, paper, raw)),
        "real": believed(trial, real),
        "real, on the fakes' paper": believed(trial, np.where(faint & (real == paper), raw, real)),
    }
beliefs = pd.DataFrame(beliefs)
beliefs.round(3)

# %% folded="numbers"
report("paper_percent", 100 * np.mean(digits.x_train == 0), within=(79, 82))
report("broken_d_loss", scaled["loss of D"]["broken"], within=(0, 0.45))
report("repaired_d_loss", scaled["loss of D"]["digits scaled"], within=(0.4, 1.3))
report("broken_g_loss", scaled["loss of G"]["broken"], within=(2.2, 5))
report("broken_score", scaled["score"]["broken"], within=(0.1, 0.5))
report("repaired_score", scaled["score"]["digits scaled"], within=(0.45, 0.8))
report("repaired_otherwise_score", scaled["score"]["generator scaled"], within=(0.45, 0.8))
b, repaired = beliefs["broken"], beliefs["digits scaled"]
report("belief_made", b["fakes"], within=(0, 0.2))
report("belief_real", b["real"], within=(0.75, 1))
gained = b["fakes, nothing below paper"] - b["fakes"]
report("belief_gained_without_negatives", gained, within=(-0.05, 0.08))
gained = b["fakes, on blank paper"] - b["fakes"]
report("belief_gained_on_blank_paper", gained, within=(0.1, 0.7))
lost = b["real"] - b["real, on the fakes' paper"]
report("belief_lost_on_made_paper", lost, within=(0.4, 0.95))
lost = repaired["real"] - repaired["real, on the fakes' paper"]
report("repaired_belief_lost_on_made_paper", lost, within=(-0.1, 0.3))

# %% [markdown]
# The obvious suspect is innocent: without its negative pixels a fake is believed hardly more. On
# blank paper it is believed more, and a real digit on the fakes' paper loses more than half of its
# credit. **Dirty paper** gives the fakes away. To the repaired discriminators the same exchange
# matters far less. Why is the paper dirty? It must be exactly 0, where the tanh is steepest: only one
# sum will do, in every pixel. At −1 the tanh is flat, and any large negative sum will do. Both repairs
# move the paper to a flat end. And note the broken generator's loss: *higher* than that of a good
# one. (One random seed each.)
#
# ## Diversity within a class
#
# The score does not see whether all sevens are alike. The root mean square distance of two pictures
# of one class does, over that of two real ones.


# %%
def spreads(images) -> np.ndarray:
    """For each class with two confident pictures: their spread, over that of real digits."""
    chances, ratios = probabilities(images), []
    for digit in range(10):
        ours = images[(chances.argmax(axis=1) == digit) & (chances.max(axis=1) >= 0.9)]
        real = digits.x_test[digits.y_test == digit]
        if len(ours) > 1:
            ratios.append(np.sqrt(ours.var(axis=0, ddof=1).sum() / real.var(axis=0, ddof=1).sum()))
    return np.array(ratios)


sources = {"GAN": made, "Gaussian": gaussian_digits(digits.x_train, n_judged, seed=1)}
found = {name: spreads(images) for name, images in sources.items()}
pd.DataFrame({n: {"mean": r.mean(), "smallest class": r.min()} for n, r in found.items()}).T.round(
    2
)

# %% folded="numbers"
report("spread_within_class_over_real", found["GAN"].mean(), within=(0.9, 1.1))
report("smallest_spread_within_class", found["GAN"].min(), within=(0.75, 1.06))
report("spread_within_class_gaussian", found["Gaussian"].mean(), within=(0.65, 0.82))

# %% [markdown]
# Two confident fakes of one class are about as far apart as two real digits of it, two of the
# Gaussian's only three quarters as far. No class is poor.
#
# ## More to try
#
# - Set the target of real pictures to 0.9, from three random seeds. Is the score beyond the spread?
# - Leave out the generator's batch normalisation, then the discriminator's. Which one is missed more?
# - Generate with `training=True`, one picture at a time and 500 at a time. Why do they differ?
# - Train on the digits 0 to 8 and look for nines in what is generated.
#
# ## References
#
# - K. Shoemake (1985). Animating rotation with quaternion curves. *SIGGRAPH*.
# - T. Salimans, I. Goodfellow, W. Zaremba et al. (2016). Improved techniques for training GANs. *NIPS*.
# - T. White (2016). Sampling generative networks. *arXiv* 1609.04468.
