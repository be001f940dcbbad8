# ---
# title: Digits from noise
# question: Can a network that never copies a digit learn to write them, and how would you know?
# minutes: 60
# goals:
#   - build a generator and a discriminator, and train them in turns
#   - judge what was made by numbers, beside baselines, and know what the judge cannot see
#   - show why the loss of a generator says little about its pictures
#   - walk between two pictures, and tell learning from copying with a fair yardstick
# ---

# %%
import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import psutil
import tensorflow as tf
from keras import layers
from scipy.spatial.distance import cdist
from scipy.special import gammainc, gammaln

from course_utils import check, plots
from course_utils.classifier import probabilities
from course_utils.data import load_digits
from course_utils.report import report
from course_utils.training import budget, progress_bar, set_seed

digits = load_digits()
digits

# %% [markdown]
# ## A picture first
#
# An autoencoder gives back what it was given. Today nothing is given: noise goes in, a digit should come
# out, and one that nobody wrote. The simplest machine for that is old. Describe the 4,000 training digits
# by the 50 coordinates of a PCA, treat these as Gaussian, draw new ones, rebuild.


# %%
def gaussian_digits(n: int, seed: int) -> np.ndarray:
    """Draw images (n, 28, 28) from a Gaussian fitted to 50 PCA coordinates of the training digits."""
    rows = digits.x_train.reshape(-1, 784)
    variances, directions = (x[..., -50:] for x in np.linalg.eigh(np.cov(rows.T)))
    codes = np.random.default_rng(seed).normal(size=(n, 50)) * np.sqrt(variances)
    made = rows.mean(axis=0) + codes @ directions.T
    return made.clip(0, 1).reshape(-1, 28, 28).astype("float32")


def picture(images: np.ndarray, title: str, columns: int = 10, names=()) -> plt.Figure:
    """A figure of images (n, 28, 28) side by side, `columns` in a row; names stand beside rows."""
    tiles = images.reshape(-1, columns, 28, 28).transpose(0, 2, 1, 3).reshape(-1, 28 * columns)
    height = 7.2 * tiles.shape[0] / tiles.shape[1]
    fig, ax = plt.subplots(figsize=(9.4 if len(names) else 7.2, height + 0.4))
    ax.imshow(tiles, vmin=0, vmax=1)
    ax.set_anchor("E")  # room for names on the left
    ax.set(title=title, xticks=[], yticks=28 * np.arange(len(names)) + 13.5, yticklabels=names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)
    return fig


n_judged = budget(1000, 60)
rng = np.random.default_rng(0)
baselines = {
    "real, unseen": digits.x_test,
    "Gaussian": gaussian_digits(n_judged, seed=1),
    "noise": rng.random((n_judged, 28, 28), dtype="float32"),
}
figure = picture(
    np.concatenate([images[:10] for images in baselines.values()]),
    "Real digits, and two machines without a network",
    names=list(baselines),
)
plots.show(
    figure,
    alt="Ten real handwritten digits; ten smudges with digit-like strokes, drawn from a Gaussian; "
    "ten squares of grey noise.",
)

# %% [markdown]
# (Paper is shown black and ink white.) The Gaussian has the right strokes in the right places, in
# combinations that nobody writes. Its coordinates are right one by one and wrong together. By the end of
# this lesson a network of your own will do better, without ever being shown which picture it should have
# made.
#
# ## Appoint the judge before the trial
#
# "These look good" is not a result. Let a judge be appointed *before* there is anything to fall in love
# with: a small classifier, trained for this course on the same 4,000 digits. First, is it competent? On the
# 500 test digits:


# %%
def judge(images: np.ndarray) -> np.ndarray:
    """Class probabilities (n, 10), a hundred images at a time, which needs less memory."""
    parts = range(0, len(images), 100)
    return np.concatenate([probabilities(images[k : k + 100]) for k in parts])


on_real = judge(digits.x_test)
accuracy = 100 * np.mean(on_real.argmax(axis=1) == digits.y_test)
report("judge_accuracy_percent", accuracy, within=(97, 99.5))


def verdict(images: np.ndarray) -> dict[str, float]:
    """What the judge says of images (n, 28, 28) in [0, 1].

    Returns:
        confident: share of images for which one class has more than 0.9.
        rarest: the smallest of the ten classes' shares of confident images among all.
        score: sum of these shares, each class counting for 0.1 at most: 1 at best.
    """
    p = judge(images)
    sure = p.max(axis=1) > 0.9
    shares = np.bincount(p.argmax(axis=1)[sure], minlength=10) / len(images)
    return {
        "confident": sure.mean(),
        "rarest": shares.min(),
        "score": np.minimum(shares, 0.1).sum(),
    }


one_of_each = np.stack([digits.x_train[digits.y_train == digit][0] for digit in range(10)])
baselines["ten digits, copied"] = np.tile(one_of_each, (n_judged // 10, 1, 1))
verdicts = {name: verdict(images) for name, images in baselines.items()}
pd.DataFrame(verdicts).T.round(3)

# %%
report("confident_real", verdicts["real, unseen"]["confident"], within=(0.93, 0.98))
report("confident_noise", verdicts["noise"]["confident"], within=(0.99, 1))
report("score_real", verdicts["real, unseen"]["score"], within=(0.9, 0.98))
# the test digits are exactly 50 of each class; what would the cap leave of 1,000 fair draws?
each = verdicts["real, unseen"]["confident"] / 10
draws = np.random.default_rng(0).binomial(1000, each, size=(2000, 10)) / 1000
report("score_of_fair_draws", np.minimum(draws, 0.1).sum(axis=1).mean(), within=(0.91, 0.96))
report("score_gaussian", verdicts["Gaussian"]["score"], within=(0.2, 0.45))
report("score_noise", verdicts["noise"]["score"], within=(0, 0.101))
report("score_copies", verdicts["ten digits, copied"]["score"], within=(0.85, 1))

# %% [markdown]
# Read the table slowly; two of its rows are warnings.
#
# **Noise: the judge is certain.** It has only ever seen digits and must answer with a digit; nothing taught
# it to doubt elsewhere. (Hein and others 2019 prove that networks of ReLUs become *more* certain very far
# away; ours is smooth, noise is not far, and it happens all the same.) Confidence alone is therefore no
# measure of quality. But all noise is certainly *the same* digit, so the score gives it 0.1 at most.
# Confidence **and** balance are needed.
#
# **Ten digits, copied a hundred times: a perfect score.** This judge sees neither copying nor poverty
# within a class. Two more measurements will have to look for these. Lesson 43 is about better judges.
#
# (Real digits owe a little to balance, too: the test has exactly 50 of each class. In a thousand fair draws
# some classes would exceed their tenth by chance, and the cap would leave 0.94.)
#
# ## The generator
#
# The generator $G$ turns noise $z \in \mathbb R^{24}$, drawn from a standard Gaussian, into a picture. It
# is the decoder of a convolutional autoencoder, with the recipe that made such networks trainable (Radford,
# Metz & Chintala, posted in 2015, published in 2016; "DCGAN"): no pooling, batch normalisation, ReLU
# inside, tanh at the end.
#
# $$24 \xrightarrow{\text{dense}} 7{\times}7{\times}48 \xrightarrow{\text{up, 4×4, stride 2}} 14{\times}14{\times}24
# \xrightarrow{\text{up, 4×4, stride 2}} 28{\times}28{\times}1$$
#
# - **Batch normalisation** (Ioffe & Szegedy 2015) subtracts each channel's mean over the batch, divides by its
#   standard deviation, then scales and shifts by two learned numbers. In training it uses the batch at hand
#   (`training=True`), later a running average (`training=False`): two different functions!
#   It stands after each layer *but the last*: with it everywhere, Radford and others saw training oscillate.
# - **tanh** gives pixels from −1 (paper) to 1 (ink). Real digits must then be scaled to −1…1 as well.
# - **Kernel 4 for stride 2**: if the stride does not divide the kernel, some pixels receive more terms than
#   their neighbours, and a checkerboard appears (lesson 14).
#
# ### Exercise 1: the generator
#
# <details><summary>Hint: which layers?</summary>
#
# `Dense`, then `Reshape`, then `Conv2DTranspose` twice with `strides` and `padding="same"`.
# `BatchNormalization` and `ReLU` after the first two of the three layers with weights.
# </details>
# <details><summary>Hint: how many numbers?</summary>
#
# Between 75,553 and 87,145: a bias right before a batch normalisation is undone by it and may be left out,
# and the first normalisation may stand before the `Reshape` (2,352 numbers, each by itself) or after it (48
# channels). `generator.summary()` says where they are.
# </details>

# %%
NOISE = 24


# %% exercise="build_generator"
def build_generator(n_noise: int) -> keras.Model:
    """Untrained generator from noise (n, n_noise) to images (n, 28, 28, 1) in [-1, 1].

    Dense to 7 x 7 x 48, batch normalisation, ReLU; transposed convolution 4 x 4, stride 2, to 24
    channels, batch normalisation, ReLU; transposed convolution 4 x 4, stride 2, to one, tanh.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((n_noise,)),
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
def check_generator(n_noise):
    """Probe the untrained generator as a black box."""
    set_seed(0)
    model = build_generator(n_noise)
    check.require(model is not None, "Nothing was returned. Is the `return` missing?")
    check.require(
        isinstance(model, keras.Model), f"expected a Keras model, got {type(model).__name__}."
    )
    z = np.random.default_rng(n_noise).normal(size=(16, n_noise)).astype("float32")
    try:
        images = np.asarray(model(z))
    except Exception as problem:
        line = str(problem).strip().splitlines()[0]
        raise check.CheckError(f"The generator does not take {n_noise} numbers: {line}") from None
    check.array(images, "the images", shape=(16, 28, 28, 1))
    kernels = [w for w in model.get_weights() if w.ndim == 4]
    check.require(
        all(w.shape[0] % 2 == 0 for w in kernels) or len(kernels) != 2,
        "The stride 2 does not divide the side of a kernel: a checkerboard. Take 4 x 4.",
    )
    sides = sorted(w.shape for w in kernels)
    check.require(
        sides != [(4, 4, 24, 1), (4, 4, 48, 24)], "Is it Conv2D instead of Conv2DTranspose?"
    )
    check.require(
        sides == [(4, 4, 1, 24), (4, 4, 24, 48)],
        f"The kernels have the shapes {sides}; expected (4, 4, 24, 48) and (4, 4, 1, 24): side, "
        "side, channels out, channels in.",
    )
    averages = sorted(
        w.shape[0]
        for w in model.non_trainable_variables
        if len(w.shape) == 1 and "float" in str(w.dtype)
    )
    check.require(averages, "There is no batch normalisation.")
    check.require(1 not in averages, "No batch normalisation after the last layer.")
    check.require(
        averages in ([24, 24, 48, 48], [24, 24, 2352, 2352]),
        "Two batch normalisations are expected, after the dense layer and after the first "
        f"transposed convolution; yours keep averages of the sizes {averages}.",
    )
    loud = np.asarray(model(1000 * z))
    top, bottom = loud.max(), loud.min()
    check.require(top > 0.1, "The output never rises above 0.1, however loud the noise.")
    check.require(abs(top) < 1.001, f"Loud noise gives pixels of {top:.3g}: the tanh is missing.")
    check.require(bottom > -1.001, f"Loud noise gives pixels of {bottom:.3g}, below -1.")
    check.require(
        bottom < -0.9,
        f"Even the loudest noise gives no pixel below {bottom:.2f}: is it a sigmoid (0 to 1)? "
        "Expected tanh, from -1 to 1.",
    )
    # random shifts in the batch normalisations; then the sums by hand, with one bend or another
    shifts = sorted((w for w in model.weights if w.name == "beta"), key=lambda w: w.shape[0])
    check.require(
        len(shifts) == 2, "Each batch normalisation scales and shifts: leave it `center`."
    )
    for shift in shifts:
        shift.assign(np.random.default_rng(0).normal(size=shift.shape))
    small, large = (np.asarray(shift) for shift in shifts)
    small, large = (small, large) if len(small) == 24 else (large, small)
    large = large.reshape((7, 7, 48) if len(large) == 2352 else 48)
    dense = next((w for w in model.get_weights() if w.shape == (n_noise, 2352)), None)
    check.require(dense is not None, f"There is no dense layer from {n_noise} to 2,352 numbers.")
    last, up = sorted(kernels, key=np.size)
    spread_out = partial(keras.ops.conv_transpose, strides=2, padding="same")

    def by_hand(first, second):
        x = first((9 * z @ dense).reshape(16, 7, 7, 48), large)
        x = second(np.asarray(spread_out(x, up)), small)
        return np.tanh(spread_out(x, last))

    def right(x, shift):
        return np.maximum(x + shift, 0)

    def straight(x, shift):
        return x + shift

    def early(x, shift):
        return np.maximum(x, 0) + shift

    mistakes = {
        "no ReLU follows the dense layer's batch normalisation.": by_hand(straight, right),
        "no ReLU follows the second batch normalisation.": by_hand(right, straight),
        "there is no ReLU at all.": by_hand(straight, straight),
        "the ReLU stands before the batch normalisation; it belongs behind.": by_hand(early, early),
    }
    for slope in (0.2, 0.3):
        leaky = partial(lambda slope, x, y: np.maximum(x + y, slope * (x + y)), slope)
        mistakes[f"a plain ReLU, not a leaky one (of slope {slope})."] = by_hand(leaky, leaky)
    check.close(model(9 * z), by_hand(right, right), "the images", rtol=0.01, mistakes=mistakes)
    spread = np.asarray(model(z)).std()
    model.trainable = True
    before = np.asarray(model(z[:8], training=True))
    after = np.asarray(model(np.concatenate([z[:8], 3 + z[8:]]), training=True))[:8]
    check.differ(before, after, "In training no image depends on the others of its batch.")
    check.require(spread > 1e-4, "All noise gives nearly the same image.")
    return model


check_generator(10)
### BEGIN HIDDEN TESTS
check_generator(24)
z = np.ones((2, 5), "float32")
first, second = build_generator(5), build_generator(5)
check.differ(
    np.asarray(first(z)),
    np.asarray(second(z)),
    "Two calls return the same weights: build new layers in every call.",
)
### END HIDDEN TESTS

# %% [markdown]
# ## The discriminator
#
# The discriminator $D$ looks at one picture and says how real it seems, as a **logit**: a number from
# $-\infty$ to $\infty$ whose sigmoid is the probability of "real". It is the generator in reverse:
#
# $$28{\times}28{\times}1 \xrightarrow{\text{4×4, stride 2}} 14{\times}14{\times}24 \xrightarrow{\text{4×4, stride 2}} 7{\times}7{\times}48
# \xrightarrow{\text{4×4, stride 2}} 4{\times}4{\times}96 \xrightarrow{\text{dense}} 1$$
#
# Inside it bends with a *leaky* ReLU, $\max(x, 0.2\,x)$: every gradient that the generator ever gets has to
# pass through this network, and a plain ReLU would stop half of it. Batch normalisation stands between
# convolution and bend, in the second and third block, not in the first (again Radford and others' advice).
#
# ### Exercise 2: the discriminator
#
# <details><summary>Hint: which slope?</summary>
#
# `layers.LeakyReLU(negative_slope=0.2)`. Without the argument Keras takes 0.3.
# </details>
# <details><summary>Hint: the last layer</summary>
#
# A logit is a plain weighted sum: one unit, and nothing after it.
# </details>


# %% exercise="build_discriminator"
def build_discriminator() -> keras.Model:
    """Untrained discriminator from images (n, 28, 28, 1) to logits (n, 1).

    Three convolutions 4 x 4 with stride 2 and padding "same", to 24, 48 and 96 channels, each
    followed by a leaky ReLU of slope 0.2, the second and third with batch normalisation before
    it; then flatten and one dense unit, without activation.
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
def check_discriminator(seed):
    """Probe the untrained discriminator as a black box."""
    set_seed(seed)
    model = build_discriminator()
    check.require(model is not None, "Nothing was returned. Is the `return` missing?")
    check.require(
        isinstance(model, keras.Model), f"expected a Keras model, got {type(model).__name__}."
    )
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, size=(6, 28, 28, 1)).astype("float32")
    try:
        logits = np.asarray(model(images))
    except Exception as problem:
        line = str(problem).strip().splitlines()[0]
        raise check.CheckError(f"The discriminator does not take 28 x 28 x 1: {line}") from None
    check.array(logits, "the logits", shape=(6, 1))
    saved = model.get_weights()
    sides = sorted(w.shape for w in saved if w.ndim == 4)
    check.require(
        sides == [(4, 4, 1, 24), (4, 4, 24, 48), (4, 4, 48, 96)],
        f"The kernels have the shapes {sides}; expected 4 x 4, from 1 to 24 to 48 to 96 channels.",
    )
    last = [w.shape for w in saved if w.ndim == 2]
    check.require(
        last == [(1536, 1)],
        f"The dense weights have the shape {last}; expected one of (1536, 1): 4 x 4 x 96 numbers "
        "to one unit. Is the stride 2 in every convolution?",
    )
    averages = sorted(
        w.shape[0]
        for w in model.non_trainable_variables
        if len(w.shape) == 1 and "float" in str(w.dtype)
    )
    check.require(averages, "There is no batch normalisation.")
    check.require(24 not in averages, "No batch normalisation after the first convolution.")
    check.require(
        averages == [48, 48, 96, 96],
        "Two batch normalisations are expected, after the second and third convolution; yours "
        f"keep averages of the sizes {averages}.",
    )
    # random shifts in the batch normalisations; then the sums by hand, with one bend or another
    shifts = sorted((w for w in model.weights if w.name == "beta"), key=lambda w: w.shape[0])
    check.require(
        len(shifts) == 2, "Each batch normalisation scales and shifts: leave it `center`."
    )
    for shift in shifts:
        shift.assign(rng.normal(size=shift.shape))
    shifts = [0.0, *(np.asarray(shift) for shift in shifts)]
    kernels = sorted((w for w in saved if w.ndim == 4), key=np.size)
    dense = next(w for w in saved if w.ndim == 2)

    def by_hand(slopes=(0.2, 0.2, 0.2), bend_first=False, pool=None):
        x = 3 * images
        for kernel, shift, slope in zip(kernels, shifts, slopes, strict=True):
            x = keras.ops.conv(x, kernel, strides=1 if pool else 2, padding="same")
            x = np.asarray(pool(x, 2, padding="same") if pool else x)
            early = 0 if bend_first else shift
            x = np.maximum(x + early, slope * (x + early)) + shift - early
        return x.reshape(6, -1) @ dense

    right = by_hand()
    pooled = "pooling takes the place of the stride; no pooling."
    check.close(
        model(3 * images),
        right,
        "the logits",
        rtol=0.01,
        mistakes={
            "these are probabilities: no sigmoid after the last layer.": 1 / (1 + np.exp(-right)),
            "negative logits are missing: no ReLU after the last layer.": np.maximum(right, 0),
            "the slope of the leaky ReLU is 0.3, Keras's default; expected 0.2.": by_hand(
                (0.3,) * 3
            ),
            "a plain ReLU lets nothing negative through; expected a leaky one.": by_hand((0,) * 3),
            "no layer bends: a linear discriminator.": by_hand((1,) * 3),
            "the first layer does not bend.": by_hand((1, 0.2, 0.2)),
            "the third layer does not bend.": by_hand((0.2, 0.2, 1)),
            "the bend comes before the batch normalisation.": by_hand(bend_first=True),
            pooled: by_hand(pool=keras.ops.average_pool),
            pooled + " ": by_hand(pool=keras.ops.max_pool),
        },
    )
    check.close(
        model(images, training=True),
        np.asarray(model(images, training=True)),
        "the logits, called twice on the same batch with training=True (no dropout here)",
        rtol=1e-3,
    )


check_discriminator(0)
### BEGIN HIDDEN TESTS
check_discriminator(1)
model = build_discriminator()
pair = np.random.default_rng(0).uniform(-1, 1, size=(8, 28, 28, 1)).astype("float32")
alone = np.asarray(model(pair[:4], training=True))
mixed = np.asarray(model(np.concatenate([pair[:4], pair[4:] * 0 + 1]), training=True))[:4]
check.differ(alone, mixed, "In training no logit depends on the rest of the batch.")
images = np.random.default_rng(0).uniform(-1, 1, size=(6, 28, 28, 1)).astype("float32")
check.differ(
    np.asarray(build_discriminator()(images)),
    np.asarray(build_discriminator()(images)),
    "Two calls return the same weights: build new layers in every call.",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Two losses
#
# Write $a$ for the logit of a real picture, $b$ for that of a made one, $\sigma$ for the sigmoid, and
#
# $$\mathrm{bce}(t, a) = -t \log \sigma(a) - (1-t) \log(1 - \sigma(a))$$
#
# for the binary cross-entropy with target $t$. The two players minimise
#
# $$L_D = \operatorname{mean}\, \mathrm{bce}(s, a) + \operatorname{mean}\, \mathrm{bce}(0, b),
# \qquad L_G = \operatorname{mean}\, \mathrm{bce}(1, b).$$
#
# The generator's is the *non-saturating* one of Goodfellow and others (2014): it wants its pictures taken
# for real. The target $s$ of real pictures is 1, or a little less: with $s = 0.9$ one speaks of **one-sided
# label smoothing** (Salimans and others 2016).
#
# ### Exercise 3: the losses
#
# Work with logits all the way: in float32 $\sigma(a)$ is exactly 1 from $a \approx 17$ on, and $\log(1 -
# \sigma(a))$ is then $-\infty$ instead of about $-a$. The check tries logits of ±300.
#
# <details><summary>Hint</summary>
#
# `keras.losses.BinaryCrossentropy(from_logits=True)` does it stably, and averages. It wants the *targets
# first*, in an array like the logits (`keras.ops.ones_like`). Without `from_logits=True` it takes its
# second argument for probabilities.
# </details>


# %% exercise="gan_losses"
def discriminator_loss(real_logits, fake_logits, real_target: float = 1.0):
    """L_D, a scalar tensor: the sum of the two means.

    Args:
        real_logits: (n, 1), of real images.
        fake_logits: (m, 1), of made images; m may differ from n.
        real_target: the target s of real images. That of made ones is always 0.
    """
    ### BEGIN SOLUTION
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real = bce(real_target * keras.ops.ones_like(real_logits), real_logits)
    return real + bce(keras.ops.zeros_like(fake_logits), fake_logits)
    ### END SOLUTION


def generator_loss(fake_logits):
    """L_G, a scalar tensor, from the logits (m, 1) of made images."""
    ### BEGIN SOLUTION
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    return bce(keras.ops.ones_like(fake_logits), fake_logits)
    ### END SOLUTION


# %% check="gan_losses" points=2
def check_losses(real, fake, target):
    """Compare with the formulas, and know the usual mistakes."""

    def bce(t, x):
        return np.mean(np.logaddexp(0, x) - t * x)

    def squashed(t, x):  # a sigmoid before a loss that takes its argument for a logit
        return bce(t, 1 / (1 + np.exp(-x)))

    def exchanged(t, x):  # targets and logits
        return np.mean(np.logaddexp(0, t) - t * x)

    def clipped(t, x):  # logits taken for probabilities
        p = np.clip(x, 1e-7, 1 - 1e-7)
        return np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p))

    a, b = (np.asarray(x, float) for x in (real, fake))
    ta, tb = (tf.constant(x, "float32") for x in (a, b))
    extra = {} if target is None else {"real_target": target}
    s = extra.get("real_target", 1.0)
    name = f"the discriminator's loss, {len(a)} real and {len(b)} made"
    first = discriminator_loss(ta, tb, **extra)
    check.close(
        discriminator_loss(ta, tb, **extra),
        np.asarray(first),
        f"{name}, called twice on the same logits (the targets are not random)",
    )
    right = bce(s, a) + bce(0, b)
    mistakes = {
        "this is half of it: the two means are added, not averaged.": right / 2,
        "summed over the images; take the mean of each kind.": bce(s, a) * len(a)
        + bce(0, b) * len(b),
        "a sigmoid is applied and then from_logits=True applies another.": squashed(s, a)
        + squashed(0, b),
        "the logits are taken for probabilities: from_logits=True is missing.": clipped(s, a)
        + clipped(0, b),
        "targets and logits are exchanged: the targets come first.": exchanged(s, a)
        + exchanged(0, b),
        "real and made are exchanged.": bce(s, b) + bce(0, a),
        "only the real images count.": bce(s, a),
        "only the made images count.": bce(0, b),
        "its sign is wrong: a loss is minimised.": -right,
    }
    if s != 1:
        mistakes |= {
            "both kinds are smoothed; made images keep the target 0.": bce(s, a) + bce(1 - s, b),
            "real_target is not used.": bce(1, a) + bce(0, b),
            "label_smoothing=1-s moves targets towards 1/2, to (1 + s) / 2 instead of s.": bce(
                (1 + s) / 2, a
            )
            + bce(0, b),
            "label_smoothing smooths both kinds; made images keep the target 0.": bce(
                (1 + s) / 2, a
            )
            + bce((1 - s) / 2, b),
            "the made images are smoothed instead of the real.": bce(1, a) + bce(1 - s, b),
            "a target above 1: it is s itself, not 1 + (1 - s).": bce(2 - s, a) + bce(0, b),
            "targets outside 0 to 1 reward overconfidence.": bce(2 - s, a) + bce(s - 1, b),
            "the term is scaled by s; s is the target within it.": s * bce(1, a) + bce(0, b),
        }
    check.close(first, right, name, mistakes=mistakes)
    check.close(
        generator_loss(tb),
        bce(1, b),
        f"the generator's loss, {len(b)} made",
        mistakes={
            "this is the saturating loss, log(1 - D); expected -log D.": -bce(0, b),
            "the generator wants its images taken for real: target 1.": bce(0, b),
            "a sigmoid is applied and then from_logits=True applies another.": squashed(1, b),
            "the logits are taken for probabilities: from_logits=True is missing.": clipped(1, b),
            "the sign is wrong: a loss is minimised.": -bce(1, b),
            "targets and logits are exchanged: the targets come first.": exchanged(1, b),
            "summed over the images; take the mean.": bce(1, b) * len(b),
            "the generator's targets are not smoothed.": bce(0.9, b),
        },
    )


check_losses([[0.3], [1.7], [-0.6]], [[-1.1], [0.8], [0.2]], None)
check_losses([[0.3], [1.7], [-0.6]], [[-1.1], [0.8]], 0.9)
logit = tf.Variable([[0.5], [-1.0]])
with tf.GradientTape(persistent=True) as tape:
    both = discriminator_loss(logit, 2.0 * logit), generator_loss(logit)
for value, kind in zip(both, ("discriminator", "generator"), strict=True):
    slope = tape.gradient(value, logit) if tf.is_tensor(value) else None
    check.require(
        slope is not None,
        f"No gradient comes back through the {kind}'s loss: stay with tensors, without NumPy.",
    )
for size in (30.0, 300.0):
    big = tf.Variable([[size], [-size]])
    with tf.GradientTape(persistent=True) as tape:
        both = discriminator_loss(big, big), generator_loss(big)
    check.close(both[0], size, f"the discriminator's loss at logits ±{size}")
    check.close(both[1], size / 2, f"the generator's loss at logits ±{size}")
    slope = tape.gradient(both[1], big)
    check.close(slope, [[0], [-0.5]], f"the gradient of the generator's loss at logits ±{size}")
### BEGIN HIDDEN TESTS
check_losses(np.linspace(-3, 2, 7)[:, None], np.linspace(-1, 4, 5)[:, None], 0.8)
check_losses([[0.1]], [[0.2], [-0.4], [0.9], [2.0]], 1.0)
check_losses([[0.1], [0.4], [-2.2], [0.9]], [[-0.3]], 0.95)
x = tf.Variable([[0.5], [-1.0]])
with tf.GradientTape() as tape:
    value = generator_loss(x)
check.close(
    tape.gradient(value, x),
    -0.5 / (1 + np.exp([[0.5], [-1.0]])),
    "the gradient of the generator's loss",
)
### END HIDDEN TESTS

# %% [markdown]
# ### A target above one
#
# Some programs add noise to the labels, to make it harder for the discriminator: real targets between 1
# and 1.1, made ones between −0.1 and 0. Is it harder? Take a picture that is always real, so that only the
# first term of $L_D$ counts, and look at it as a function of the logit.

# %%
logits = np.linspace(-2, 40, 400)
lowest = {}
fig, ax = plt.subplots(figsize=(6.6, 3.4))
for target, style in ((0.9, "-"), (1.0, "--"), (1.05, "-.")):
    loss = np.logaddexp(0, logits) - target * logits
    lowest[target] = logits[np.argmin(loss)]
    ax.plot(logits, loss, style, label=f"target {target}")
ax.plot(np.log(9), np.logaddexp(0, np.log(9)) - 0.9 * np.log(9), "o", color=plots.COLORS[0])
ax.set(
    title="A target above 1 pays for ever more certainty",
    xlabel="logit of a real picture",
    ylabel="its loss",
    ylim=(-1.6, 2.6),
)
ax.legend()
plots.show(
    fig,
    alt="Loss against the logit for three targets: for 0.9 it has a minimum near 2 and rises "
    "again; for 1 it falls towards zero; for 1.05 it crosses zero and falls without end.",
)
report("best_logit_target_0.9", lowest[0.9], within=(2.0, 2.4))
report("best_logit_target_1.05", lowest[1.05], within=(40, 40))

# a place where 30 % of the pictures are real: which probability of "real" is best?
chances, share = np.linspace(0.001, 0.999, 999), 0.3
cost = -share * (0.9 * np.log(chances) + 0.1 * np.log(1 - chances))
cost -= (1 - share) * np.log(1 - chances)
report("best_chance_smoothed", chances[np.argmin(cost)], within=(0.269, 0.271))

# %% [markdown]
# With target 0.9 the best logit is $\log 9 \approx 2.2$: more certainty costs. With target 1.05 there is no
# best logit, the loss falls without end: **the opposite of smoothing**. (Averaged over the noise, targets
# from 1 to 1.1 are just that 1.05.) Clipped probabilities hide it, logits do not.
#
# The exact answer: where a share $\rho$ of the pictures is real, the best discriminator says $s\rho$
# instead of $\rho$: 0.27 for 30 %, as measured. Smoothing the made ones too would add $(1 - s)(1 - \rho)$,
# most of all where nothing is real: praise for nothing. Hence one-sided.
#
# ## One step, two moves
#
# A `GAN` holds the two networks, an optimizer for each, and the two losses.


# %%
@dataclass
class GAN:
    """Two networks, their optimizers and their losses.

    d_loss takes the logits of real and of made images, g_loss those of made images.
    """

    generator: keras.Model
    discriminator: keras.Model
    g_optimizer: keras.optimizers.Optimizer
    d_optimizer: keras.optimizers.Optimizer
    d_loss: Callable
    g_loss: Callable


# %% [markdown]
# ### Exercise 4: the training step
#
# 1. **Discriminator.** Make images from the noise; logits of the real and, *in a separate call*, of the made images;
#    gradient of $L_D$ with respect to the **discriminator's** weights only; apply it.
# 2. **Generator.** From the same noise, the logits that the **updated** discriminator gives; gradient of
#    $L_G$ with respect to the **generator's** weights only, *through* the discriminator; apply it.
#
# Each network is called with `training=True` everywhere. Why separate calls? Batch normalisation takes the
# mean over the batch: half real, half made, it would mix the two.
#
# <details><summary>Hint: gradients</summary>
#
# `with tf.GradientTape() as tape:` compute the loss inside; then `tape.gradient(loss,
# network.trainable_variables)` gives a list for `optimizer.apply(gradients, network.trainable_variables)`.
# </details>
# <details><summary>Hint: a plan</summary>
#
# Two tapes, one after the other. The images of step 1 may be made outside the first tape. Nothing needs to
# be frozen: a network whose variables are in no list is not changed. The function will be compiled by
# `tf.function`: return the losses as they are, without `float()` or `.numpy()`.
# </details>


# %% exercise="train_step"
def train_step(gan: GAN, real, noise) -> tuple:
    """Update the discriminator, then the generator, once each.

    Args:
        gan: changed in place. Both networks are called with training=True.
        real: a batch of real images, scaled as the generator's.
        noise: a batch of noise (n, n_noise), used for both updates.

    Returns:
        The discriminator's loss before its update, and the generator's loss, against the updated
        discriminator, before its own update.
    """
    ### BEGIN SOLUTION
    generator, discriminator = gan.generator, gan.discriminator
    fake = generator(noise, training=True)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        d_loss = gan.d_loss(real_logits, discriminator(fake, training=True))
    gradients = tape.gradient(d_loss, discriminator.trainable_variables)
    gan.d_optimizer.apply(gradients, discriminator.trainable_variables)

    with tf.GradientTape() as tape:
        g_loss = gan.g_loss(discriminator(generator(noise, training=True), training=True))
    gradients = tape.gradient(g_loss, generator.trainable_variables)
    gan.g_optimizer.apply(gradients, generator.trainable_variables)
    return d_loss, g_loss
    ### END SOLUTION


# %% check="train_step" points=3
as_numpy = keras.ops.convert_to_numpy


def toy_gan(seed, rate):
    """Two tiny networks with batch normalisation, plain gradient descent, losses by squares."""
    set_seed(seed)
    dense, norm = layers.Dense, layers.BatchNormalization
    g = keras.Sequential([keras.Input((2,)), dense(2, use_bias=False), norm()])
    d = keras.Sequential([keras.Input((2,)), dense(2), norm(), layers.Activation("tanh"), dense(1)])
    optimizers = [keras.optimizers.SGD(rate) for _ in range(2)]
    for optimizer, model in zip(optimizers, (g, d), strict=True):
        optimizer.build(model.trainable_variables)

    def off(x, target):
        return keras.ops.mean(keras.ops.square(x - target))

    return GAN(g, d, *optimizers, lambda a, b: off(a, 1) + off(b, 0), lambda b: off(b, 1))


def values(model):
    """All trainable weights in one row."""
    return np.concatenate([as_numpy(w).ravel() for w in model.trainable_variables])


def slopes(model, loss):
    """Gradient of a loss by finite differences: each weight a little up, a little down."""
    result = []
    for variable in model.trainable_variables:
        kept = as_numpy(variable).copy()
        for place in np.ndindex(kept.shape):
            ends = []
            for change in (0.005, -0.005):
                moved = kept.copy()
                moved[place] += change
                variable.assign(moved)
                ends.append(float(loss()))
            result.append((ends[0] - ends[1]) / 0.01)
        variable.assign(kept)
    return np.array(result)


def d_loss_now(gan, real, noise, g_training=True, d_training=True, joined=False):
    """The discriminator's loss with the weights as they are."""
    fake = gan.generator(noise, training=g_training)
    if joined:
        logits = gan.discriminator(tf.concat([real, fake], 0), training=True)
        return gan.d_loss(logits[: len(real)], logits[len(real) :])
    d = partial(gan.discriminator, training=d_training)
    return gan.d_loss(d(real), d(fake))


def g_loss_now(gan, real, noise, g_training=True, d_training=True):
    """The generator's loss with the weights as they are."""
    fake = gan.generator(noise, training=g_training)
    return gan.g_loss(gan.discriminator(fake, training=d_training))


def with_entropies(gan):
    """The same networks with the cross-entropies of exercise 3 for losses."""
    soft, mean = keras.ops.softplus, keras.ops.mean
    return replace(
        gan,
        d_loss=lambda a, b: mean(soft(-a)) + mean(soft(b)),
        g_loss=lambda b: mean(soft(-b)),
    )


def check_step(seed, compiled=False):
    """One step from known weights, held against gradients by finite differences."""
    rng, rate = np.random.default_rng(seed), 0.5
    real = (rng.normal(size=(9, 2)) * [0.5, 1.0] + [2.0, -1.0]).astype("float32")
    noise = rng.normal(size=(9, 2)).astype("float32")
    gan = toy_gan(seed, rate)
    start_d, start_g = values(gan.discriminator), values(gan.generator)
    step = partial(train_step, gan)
    try:
        if compiled:
            step = tf.function(step, autograph=False)
        losses = step(tf.constant(real), tf.constant(noise))
    except NotImplementedError:
        raise
    except Exception as problem:
        where = "compiled by tf.function, " if compiled else ""
        lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
        line = next((t for t in lines if "Error" in t), lines[0] if lines else "")
        known = {
            "No gradients provided": "The images of step 2 must be made inside its tape. ",
            "Unknown variable": "Each network goes with its own optimizer. ",
        }
        hint = next((words for start, words in known.items() if start in str(problem)), "")
        kind = type(problem).__name__
        raise check.CheckError(f"{hint}The step stops, {where}with {kind}: {line}") from None
    losses = check.several(losses, "the discriminator's loss", "the generator's loss")
    for model, name in ((gan.discriminator, "discriminator"), (gan.generator, "generator")):
        frozen = any(not layer.trainable for layer in [model, *model.layers])
        check.require(not frozen, f"After the step the {name} is frozen, for every later step.")
    moved_d = (start_d - values(gan.discriminator)) / rate
    moved_g = (start_g - values(gan.generator)) / rate
    check.require(np.any(moved_d), "The discriminator did not change.")
    check.require(np.any(moved_g), "The generator did not change.")

    def start():
        return toy_gan(seed, rate)

    def halfway(network="discriminator"):
        other = start()
        d_loss_now(other, real, noise)  # for the running averages
        updated = getattr(gan, network).trainable_variables
        for old, new in zip(getattr(other, network).trainable_variables, updated, strict=True):
            old.assign(new)
        return other

    def gradient(network, loss, make, **options):
        other = make()
        return slopes(getattr(other, network), lambda: loss(other, real, noise, **options))

    def same_again():  # only the random state differs
        again = start()
        set_seed(seed + 99)
        train_step(again, tf.constant(real), tf.constant(noise))
        check.close(
            values(again.generator),
            values(gan.generator),
            "the same step, made twice (the noise of step 1 serves in step 2, too)",
        )

    def compare(moved, name, right, mistakes):
        if np.abs(moved - right).max() > 0.02 * np.abs(right).max():  # find out which mistake
            if not compiled:
                same_again()
            uphill = {"it went uphill: the optimizer itself subtracts the gradient.": -right}
            mistakes = uphill | {words: wrong() for words, wrong in mistakes.items()}
            check.close(moved, right, name, rtol=0.02, mistakes=mistakes)

    before, between = start(), halfway()
    of = partial(gradient, "discriminator", d_loss_now)
    d_way = "how far the discriminator moved"
    mistakes = {
        "the networks were not called with training=True.": partial(
            of, start, g_training=False, d_training=False
        ),
        "G was not called with training=True in step 1.": partial(of, start, g_training=False),
        "D was not called with training=True in step 1.": partial(of, start, d_training=False),
        "real and made images in one batch; batch normalisation needs separate calls.": partial(
            of, start, joined=True
        ),
        "it was trained on the generator's loss.": partial(
            gradient, "discriminator", g_loss_now, start
        ),
        "the generator was updated first; its turn is second.": partial(
            of, partial(halfway, "generator")
        ),
        "its loss is not gan.d_loss: the losses are those of the gan.": partial(
            of, lambda: with_entropies(start())
        ),
        "real and made are exchanged.": partial(
            of, lambda: replace(start(), d_loss=lambda a, b: gan.d_loss(b, a))
        ),
    }
    compare(moved_d, d_way, of(lambda: before), mistakes)
    of = partial(gradient, "generator", g_loss_now)
    mistakes = {
        "its gradient is that of the old discriminator; update that one first.": partial(of, start),
        "it helps the discriminator: it was trained on the discriminator's loss.": partial(
            gradient, "generator", d_loss_now, halfway
        ),
        "the networks were not called with training=True in step 2.": partial(
            of, halfway, g_training=False, d_training=False
        ),
        "G was not called with training=True in step 2.": partial(of, halfway, g_training=False),
        "D was not called with training=True in step 2.": partial(of, halfway, d_training=False),
        "its loss is not gan.g_loss: the losses are those of the gan.": partial(
            of, lambda: with_entropies(halfway())
        ),
    }
    compare(moved_g, "how far the generator moved", of(lambda: between), mistakes)
    wanted = [float(d_loss_now(before, real, noise)), float(g_loss_now(between, real, noise))]
    order = {"the two losses are exchanged.": wanted[::-1]}
    check.close([float(x) for x in losses], wanted, "the two losses", rtol=1e-3, mistakes=order)
    return gan, real, noise


check_step(0)
check_step(1, compiled=True)
### BEGIN HIDDEN TESTS
gan, real, noise = check_step(2)
for _ in range(3):  # later steps must work as the first did
    before = values(gan.discriminator), values(gan.generator)
    train_step(gan, tf.constant(real), tf.constant(noise))
    check.differ(before[0], values(gan.discriminator), "A later step left the discriminator alone.")
    check.differ(before[1], values(gan.generator), "A later step left the generator alone.")
gan = toy_gan(5, 0.1)
old = as_numpy(gan.generator.non_trainable_variables[0]).copy()
train_step(gan, tf.constant(real[:4]), tf.constant(noise))
check.differ(
    old,
    as_numpy(gan.generator.non_trainable_variables[0]).copy(),
    "The generator's running averages did not move: training=True is missing.",
)
gan = toy_gan(6, 0.1)
gan.d_optimizer = keras.optimizers.SGD(0.0)
before = values(gan.discriminator)
train_step(gan, tf.constant(real), tf.constant(noise))
check.close(
    values(gan.discriminator),
    before,
    "the discriminator's weights when its optimizer's rate is 0 (so the generator's step must not "
    "touch them)",
)
### END HIDDEN TESTS

# %% [markdown]
# ## Train
#
# Batches of 64, Adam with $\beta_1 = 0.5$ (as Radford and others; the usual 0.9 carries on in a direction
# that the opponent has already answered), rates that glide to zero, the generator's twice the
# discriminator's (a choice; no theory gives it). Real digits are scaled to −1…1. Along the way we keep
# what the same noise becomes, for a film, and ask the judge at every hundredth step.


# %%
def to_tanh(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28) in [0, 1] as the generator makes them: (n, 28, 28, 1) in [-1, 1]."""
    return 2 * images[..., None] - 1


def make_gan(seed: int, steps: int) -> GAN:
    """A new GAN with the rates of this lesson."""
    set_seed(seed)
    generator, discriminator = build_generator(NOISE), build_discriminator()
    adams = []
    for model, rate in ((generator, 4e-3), (discriminator, 2e-3)):
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
        adams.append(keras.optimizers.Adam(schedule, beta_1=0.5))
        adams[-1].build(model.trainable_variables)
    return GAN(generator, discriminator, *adams, discriminator_loss, generator_loss)


def sample(generator: keras.Model, noise: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28) in [0, 1] from noise, with the running averages."""
    parts = [generator(noise[k : k + 100], training=False) for k in range(0, len(noise), 100)]
    return (np.concatenate(parts)[..., 0] + 1) / 2


fixed_noise = np.random.default_rng(42).normal(size=(n_judged, NOISE)).astype("float32")


def train(gan: GAN, real: np.ndarray, steps: int, seed: int, title: str) -> dict:
    """Train; returns the history (a table), the film's images by step, and the seconds."""
    images = tf.constant(real)
    step = partial(train_step, gan)
    if steps > 20:  # compiling takes as long as some twenty steps
        step = tf.function(step, autograph=False)
    rng, start = np.random.default_rng(seed), time.perf_counter()
    rows, frames, losses = [], {}, []
    for number in progress_bar(range(steps + 1), title):
        if number % 100 == 0 or number in (10, 20, 50) or number == steps:
            made = sample(gan.generator, fixed_noise)
            frames[number] = made[:40]
            d, g = np.mean(losses[-50:], axis=0) if losses else (np.nan, np.nan)
            rows.append({"step": number, "L_D": d, "L_G": g, **verdict(made)})
        if number < steps:
            batch = tf.gather(images, rng.choice(len(real), 64, replace=False))
            noise = tf.constant(rng.normal(size=(64, NOISE)), "float32")
            losses.append([float(x) for x in step(batch, noise)])
    seconds = time.perf_counter() - start
    if steps > 20:
        del step
        gc.collect()  # the compiled step goes, the memory with it
    return {"history": pd.DataFrame(rows), "frames": frames, "seconds": seconds}


# %%
steps = budget(1200, 2)
gans, runs = [], []
for seed in range(budget(2, 1)):
    gans.append(make_gan(seed, steps))
    runs.append(train(gans[seed], to_tanh(digits.x_train), steps, seed, f"start {seed}"))
print(" and ".join(f"{run['seconds']:.0f} s" for run in runs))

# %% [markdown]
# The film: forty fixed points of noise, from the first step to the last.


# %%
plots.film(
    (picture(frame, f"step {number}") for number, frame in runs[0]["frames"].items()),
    alt="Forty pictures as training goes on: grey, then blobs, then strokes, then digits; many "
    "change into another digit on the way.",
)

# %%
made = sample(gans[0].generator, fixed_noise)
plots.show(
    picture(made[:100], "A hundred digits that nobody wrote (not selected)", columns=20),
    alt="A hundred generated digits in five rows: most are readable at once, some are not.",
    name="dcgan_digits",
)

# %% [markdown]
# ## The verdict

# %%
for seed, gan in enumerate(gans):
    verdicts[f"DCGAN, start {seed}"] = verdict(sample(gan.generator, fixed_noise))
pd.DataFrame(verdicts).T.round(3)

# %%
shares = {}
for name, images in (("real, unseen", digits.x_test), ("made", made)):
    p = judge(images)
    shares[name] = np.bincount(p.argmax(axis=1), minlength=10) / len(images)
fig, ax = plt.subplots(figsize=(6.6, 3.2))
for offset, (name, values_) in zip((-0.2, 0.2), shares.items(), strict=True):
    ax.bar(np.arange(10) + offset, 100 * values_, width=0.38, label=name)
ax.set(
    title="All ten classes, not equally often",
    xlabel="class, as the judge sees it",
    ylabel="share (%)",
    xticks=range(10),
)
ax.legend(ncols=2)
plots.show(
    fig,
    alt="Share of each class among unseen real digits (all near 10 %) and among made ones: every "
    "class occurs, some twice as often as others.",
)
for seed in range(len(gans)):
    found = verdicts[f"DCGAN, start {seed}"]
    report(f"confident_dcgan_{seed}", found["confident"], within=(0.6, 0.85))
    report(f"rarest_dcgan_{seed}", found["rarest"], within=(0.005, 0.08))
    report(f"score_dcgan_{seed}", found["score"], within=(0.58, 0.82))
report("training_seconds", runs[0]["seconds"], within=(10, 150))

# %% [markdown]
# All ten classes are there, from both starts; about three quarters of the pictures are confidently one
# digit; the score is about twice the Gaussian's. That took 1,200 steps, 19 passes through 4,000 digits,
# about a minute a start.
#
# See also what is *not* reached: a quarter of the pictures convinces nobody, and of the rarest class only a
# few in a hundred are convincing, instead of ten. The game asks for pictures that pass, not for as many
# sevens as nines.
#
# ## "The losses tell how training goes"
#
# In supervised learning one watches the loss. Here are both losses beside the judge's score, for both
# starts. **Predict first:** while the pictures become better, what does the generator's loss do?

# %%
fig, axes = plt.subplots(1, 3, figsize=(10.4, 3.3))
names = {"L_D": "loss of D", "L_G": "loss of G", "score": "score (1 at best)"}
for ax, (column, label) in zip(axes, names.items(), strict=True):
    for seed, run in enumerate(runs):
        table = run["history"].query("step >= 100 or step == step.max()")
        ax.plot(table["step"], table[column], "-" if seed == 0 else "--", label=f"start {seed}")
    ax.set(title=label, xlabel="step", ylim=(0, None))
axes[0].legend()
axes[2].axhline(verdicts["real, unseen"]["score"], color=plots.GREY, linestyle=":")
axes[2].set_ylim(0, 1)
axes[2].annotate("real digits", (100, verdicts["real, unseen"]["score"] - 0.07), color=plots.GREY)
plots.show(
    fig,
    alt="Against the step: the discriminator's loss falls, the generator's loss rises, and the score "
    "of the pictures rises as well, steeply at first and then slowly towards that of real digits.",
    name="dcgan_losses",
)

# %%
for seed, run in enumerate(runs):
    table = run["history"].query("step >= 100 or step == step.max()")
    rank = table[["L_G", "score"]].corr(method="spearman").iloc[0, 1]
    report(f"loss_score_rank_correlation_{seed}", rank, within=(0.5, 1))
    lowest, end = table.loc[table["L_G"].fillna(np.inf).idxmin()], table.iloc[-1]
    report(f"step_of_lowest_generator_loss_{seed}", lowest["step"], within=(100, 400))
    report(f"lowest_generator_loss_{seed}", lowest["L_G"], within=(0.9, 1.7))
    report(f"score_lost_at_lowest_loss_{seed}", end["score"] - lowest["score"], within=(0.04, 0.6))
    report(f"generator_loss_at_end_{seed}", end["L_G"], within=(1.6, 2.39))

# %% [markdown]
# The generator's loss **rises** while its pictures become better: the rank correlation with the score is
# above 0.5, with the sign that nobody expects of a loss. Whoever keeps the weights with the lowest loss
# keeps an early step, and one with worse pictures than the last.
#
# Why? A loss here is a result against an opponent who is learning, too. It says who is ahead, not how good
# either is: while the generator improves, the discriminator improves faster. Can one at least use the loss
# the other way round, the higher the better? A correlation within two healthy runs cannot answer that.
# Cause two unhealthy ones: one now, with a low loss, and one at the end of the lesson.
#
# ### Break it: the best loss of all
#
# What goes with a really low loss? Cause it, and let only the generator learn: the discriminator's rate is
# set to 0. (In real code this happens by a switch: somebody sets `discriminator.trainable = False` for the
# generator's step and never sets it back.) Once from the very beginning; once with the trained GAN of the
# last start. That one starts again with new optimizers and a constant rate; a control, in which both go on
# learning, shows whether this alone does harm.

# %%
last = gans[-1]
kept = [model.get_weights() for model in (last.generator, last.discriminator)]
cases = {
    "never trained": (make_gan(7, 200), 0.0),
    "trained, then frozen": (last, 0.0),
    "control: both learn": (last, 2e-3),
}
frozen_runs = {}
for name, (gan, rate) in cases.items():
    adams = [keras.optimizers.Adam(r, beta_1=0.5) for r in (4e-3, rate)]
    gan = replace(gan, g_optimizer=adams[0], d_optimizer=adams[1])
    adams[0].build(gan.generator.trainable_variables)
    adams[1].build(gan.discriminator.trainable_variables)
    frozen_runs[name] = train(gan, to_tanh(digits.x_train), budget(200, 1), 1, name)
    for model, weights in zip((last.generator, last.discriminator), kept, strict=True):
        model.set_weights(weights)  # back to where training had ended
plots.show(
    picture(
        np.concatenate([list(run["frames"].values())[-1][:10] for run in frozen_runs.values()]),
        "After 200 steps against an opponent that does not learn",
        names=list(frozen_runs),
    ),
    alt="Three rows of ten pictures: meaningless texture where the discriminator was never trained; "
    "distorted digits with smears where it was trained and then frozen; digits in the control.",
)
before = verdicts[f"DCGAN, start {len(gans) - 1}"]["score"]
for name, run in frozen_runs.items():
    print(name)
    print(run["history"][["step", "L_G", "confident", "score"]].round(3).to_string(index=False))
del cases, gan, adams, last, gans[1:]  # no longer used
gc.collect()

# %%
never, later, control = (run["history"].iloc[-1] for run in frozen_runs.values())
report("never_trained_generator_loss", never["L_G"], within=(0, 0.05))
report("never_trained_score", never["score"], within=(0, 0.2))
report("frozen_generator_loss", later["L_G"], within=(0, 0.5))
report("score_lost_by_freezing", before - later["score"], within=(0.1, 0.6))
report("control_generator_loss", control["L_G"], within=(1.4, 2.8))
report("score_lost_in_control", before - control["score"], within=(-0.08, 0.08))

# %% [markdown]
# Against an opponent that never learned anything, the generator's loss is perfect within a hundred steps,
# and its pictures are rubbish. Against a trained one that has stopped, the loss falls far below every value
# of the curves above, and the score falls with it. In the control it does not: the new optimizers are
# innocent. Nobody answers any more: the generator finds what passes *this* network, and it need not look
# like a digit.
#
# Three places: a loss near 1.5 with early, poor pictures, near 2 with the best digits, near 0 with ruins.
# **Repair:** let the discriminator move again, and judge samples, not losses.
#
# ## A walk
#
# Two points of noise make two digits. What lies between? On the straight line, or on another? In 24
# dimensions almost all noise lies near a sphere: the length of $z \sim \mathcal N(0, I_d)$ is about $\sqrt
# d$, exactly $\sqrt2\,\Gamma(\frac{d+1}2)/\Gamma(\frac d2)$ on average. The midpoint of a straight line
# between two such points is distributed as $\mathcal N(0, \frac12 I_d)$: shorter by $\sqrt2$, where the
# generator was hardly ever trained.
#
# *Spherical* interpolation (Shoemake 1985; for generators White 2016) goes along the sphere. With $\omega$
# the angle between $a$ and $b$,
#
# $$\operatorname{slerp}(a, b, t) = \frac{\sin((1-t)\,\omega)}{\sin \omega}\, a + \frac{\sin(t\,\omega)}{\sin\omega}\, b .$$
#
# ### Exercise 5: the walk
#
# Where $a$ and $b$ are parallel, $\omega = 0$ and the formula is 0/0; its limit is the straight line, and
# that is what should be returned. (Opposite points do not occur.)
#
# <details><summary>Hint: the angle</summary>
#
# The cosine is the scalar product of the two *directions*, that is, of $a$ and $b$ divided by their
# lengths. Rounding may push it above 1, whose `arccos` is NaN: clip. The vectors themselves keep their
# lengths.
# </details>
# <details><summary>Hint: shapes</summary>
#
# `t[:, None]` is a column (m, 1); a column times a row (d,) is (m, d).
# </details>


# %% exercise="slerp"
def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Points (m, d) on the way from a (d,) to b (d,), at the shares t (m,) of the angle.

    For parallel a and b, or an angle below 1e-6: points on the straight line.
    """
    ### BEGIN SOLUTION
    a, b, t = np.asarray(a, float), np.asarray(b, float), np.asarray(t, float)[:, None]
    cosine = np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if angle < 1e-6:
        return (1 - t) * a + t * b
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    ### END SOLUTION


# %% check="slerp" points=2
def check_slerp(a, b, t, name):
    """Compare with points turned from a towards b in their common plane."""
    a, b, t = np.array(a, float), np.array(b, float), np.array(t, float)
    copies = a.copy(), b.copy()
    with np.errstate(all="ignore"):
        result = slerp(a, b, t)
    check.unchanged(copies[0], a, "the argument a")
    check.unchanged(copies[1], b, "the argument b")
    result = check.array(result, f"the walk {name}", shape=(len(t), len(a)))
    u, length = a / np.linalg.norm(a), np.linalg.norm(b)
    across = b - (b @ u) * u
    omega = np.arctan2(np.linalg.norm(across), b @ u)
    v = across / np.linalg.norm(across)
    # a and b in the plane's coordinates; the weights solve a linear system at every t
    turned = np.cos(t * omega)[:, None] * u + np.sin(t * omega)[:, None] * v
    basis = np.stack([u, b / length])
    weights = turned @ np.linalg.pinv(basis)
    right = weights * [np.linalg.norm(a), length] @ basis
    straight = (1 - t)[:, None] * a + t[:, None] * b
    back = (weights[:, ::-1] * [np.linalg.norm(a), length]) @ basis
    cosine = float(np.clip(a @ b, -1, 1))
    wild = np.arccos(cosine)
    with np.errstate(all="ignore"):
        unscaled = np.stack([np.sin((1 - t) * wild), np.sin(t * wild)], 1) @ [a, b] / np.sin(wild)
    mistakes = {
        "this is the straight line.": straight,
        "it runs from b to a.": back,
        "its points have length 1; the formula keeps the lengths of a and b.": turned,
        "the result is not divided by sin of the angle.": right * np.sin(omega),
    }
    if np.isfinite(unscaled).all():
        mistakes["the angle is that of the directions: divide by the lengths first."] = unscaled
    check.close(result, right, f"the walk {name}", rtol=1e-4, mistakes=mistakes)


third = np.linspace(0, 1, 4)
check_slerp([1, 0, 0], [0, 1, 0], third, "between perpendicular unit vectors")
check_slerp([0.6, 0, 0, 0], [1, 2, 0, -1], third, "between vectors of different lengths")
for degrees in (130, 6):
    turned = 2 * np.cos(np.radians(degrees)), 2 * np.sin(np.radians(degrees))
    check_slerp([1, 0], turned, third, f"over an angle of {degrees} degrees")
for name, b in (("a point and itself", [1.0, 2.0, 2.0]), ("parallel points", [2.0, 4.0, 4.0])):
    a = np.array([1.0, 2.0, 2.0])
    with np.errstate(all="ignore"):
        walk = slerp(a, np.array(b), third)
    walk = check.array(walk, f"the walk between {name} (angle 0)", shape=(4, 3))
    check.close(walk, a + third[:, None] * (np.array(b) - a), f"the walk between {name} (angle 0)")
for trial in range(30):  # rounding must not lead to NaN
    a = np.random.default_rng(trial).normal(size=5)
    with np.errstate(all="ignore"):
        walk = slerp(a, 3.7 * a, third)
    walk = check.array(walk, "the walk between parallel points", shape=(4, 5))
    check.close(walk, np.outer(1 + 2.7 * third, a), "the walk between parallel points", rtol=1e-3)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(9)
for d, m in ((24, 7), (2, 1), (300, 3)):
    check_slerp(rng.normal(size=d), rng.normal(size=d), rng.random(m), f"in {d} dimensions")
check_slerp([1.0, 0.1, 0.0], [-2.0, 1.0, 0.5], [0.25, 0.5, 1.0], "over an obtuse angle")
check_slerp([0.3, 0.1, 0.2], [0.1, -0.1, 0.4], [0.0, 0.25, 0.5], "between short vectors")
a, b = (rng.normal(size=6).astype("float32") for _ in range(2))
walk = check.array(slerp(a, b, third.astype("float32")), "a walk in float32", shape=(4, 6))
check.close(walk[[0, -1]], [a, b], "the ends of a walk in float32", rtol=1e-3)
### END HIDDEN TESTS

# %%
rng = np.random.default_rng(8)
n_pairs = budget(1000, 50)
ends = rng.normal(size=(2, n_pairs, NOISE))
half = np.array([0.5])
midpoints = {
    "end points": ends[0],
    "straight midpoint": ends.mean(axis=0),
    "spherical midpoint": np.concatenate([slerp(a, b, half) for a, b in zip(*ends, strict=True)]),
}
rows = {}
for name, z in midpoints.items():
    found = verdict(sample(gans[0].generator, z.astype("float32")))
    rows[name] = {"length": np.linalg.norm(z, axis=1).mean(), **found}
between = pd.DataFrame(rows).T
exact = np.sqrt(2) * np.exp(gammaln((NOISE + 1) / 2) - gammaln(NOISE / 2))
print(f"exact mean length {exact:.3f}, divided by the root of 2: {exact / np.sqrt(2):.3f}")
between.round(3)

# %%
short_percent = 100 * gammainc(NOISE / 2, exact**2 / 4)  # the squared length is chi-squared
report("noise_as_short_as_midpoint_percent", short_percent, within=(1.6, 1.8))
report("length_of_ends", between.loc["end points", "length"], within=(4.78, 4.92))
report("length_straight", between.loc["straight midpoint", "length"], within=(3.36, 3.5))
report("length_spherical", between.loc["spherical midpoint", "length"], within=(4.75, 4.95))
lost = between["confident"]["spherical midpoint"] - between["confident"]["straight midpoint"]
report("confidence_spherical_minus_straight", lost, within=(-0.06, 0.06))
lost = between["score"]["spherical midpoint"] - between["score"]["straight midpoint"]
report("score_spherical_minus_straight", lost, within=(-0.07, 0.07))

# %%
t = np.linspace(0, 1, 12)
pairs = [(0, 1), (2, 3), (4, 5)]
walks = np.concatenate([slerp(fixed_noise[i], fixed_noise[j], t) for i, j in pairs])
lines = np.concatenate(
    [np.outer(1 - t, fixed_noise[i]) + np.outer(t, fixed_noise[j]) for i, j in pairs]
)
order = np.concatenate([walks.reshape(3, 1, 12, -1), lines.reshape(3, 1, 12, -1)], axis=1)
steps_between = sample(gans[0].generator, order.reshape(72, NOISE).astype("float32"))
figure = picture(
    steps_between,
    "Three walks, each along two ways",
    columns=12,
    names=["spherical", "straight"] * 3,
)
for row in (2, 4):  # a line between the pairs
    figure.axes[0].axhline(28 * row - 0.5, color=plots.COLORS[4], linewidth=3)
plots.show(
    figure,
    alt="Three pairs of rows of twelve digits each; every row changes step by step from one digit "
    "into another; the spherical and the straight walk of a pair look almost alike.",
    name="dcgan_walks",
)

# %% [markdown]
# The lengths are as computed, and the straight midpoint is so short that only one point of noise in sixty
# is that short or shorter. And the pictures? Straight midpoints differ from spherical ones by a few
# percent, in the judge's confidence and in the score (which also asks for balance), about what chance does
# to a thousand of them. The advice "always slerp, the straight line gives bad pictures" **does not show
# here**: in 24 dimensions the midpoint is two standard deviations short, in 100 it would be four, and this
# generator forgives two. The geometry is true; whether it matters is a question to the generator, not to
# geometry.
#
# The walks are smooth: no sudden switch from one stored picture to another. That is often taken for a proof
# that nothing was memorised. It is a hint; the next section measures.
#
# ## Learned, or learned by heart?
#
# A generator that returns training digits would get a perfect score. So look for the nearest training image
# of each made one, in Euclidean distance over the 784 pixels:
#
# $$d(x) = \min_i \lVert x - x_i \rVert_2 .$$
#
# ### Exercise 6: the nearest training image
#
# A thousand images against 4,000, 784 pixels each: all differences at once would be 3 billion numbers, 12
# GB. Work in pieces.
#
# <details><summary>Hint: the simplest way</summary>
#
# A loop over the images; for each one, its differences to all training images are an array of the shape
# `(m, 28, 28)`, which is small enough.
# </details>
# <details><summary>Hint: the fast way</summary>
#
# $\lVert x - y\rVert^2 = \lVert x\rVert^2 + \lVert y\rVert^2 - 2\,x \cdot y$ needs one matrix product.
# Rounding can make it slightly negative for two equal images: clip before the root.
# </details>


# %% exercise="nearest_training_image"
def nearest_training_image(images: np.ndarray, training: np.ndarray) -> tuple:
    """Distance from each image to the nearest training image, and which one it is.

    Args:
        images: (n, 28, 28).
        training: (m, 28, 28), where to look.

    Returns:
        Euclidean distances (n,) and indices (n,) into training, without ever holding
        n x m x 784 numbers.
    """
    ### BEGIN SOLUTION
    seen = training.reshape(len(training), -1)
    squares = np.sum(seen**2, axis=1)
    distances, indices = [], []
    for start in range(0, len(images), 200):
        part = images[start : start + 200].reshape(-1, seen.shape[1])
        table = np.sum(part**2, axis=1)[:, None] + squares - 2 * part @ seen.T
        indices.append(table.argmin(axis=1))
        distances.append(np.sqrt(table.min(axis=1).clip(0)))
    return np.concatenate(distances), np.concatenate(indices)
    ### END SOLUTION


# %% check="nearest_training_image" points=2
def memory_used(function, *arguments):
    """MB by which the process grew while the function ran, TensorFlow's arrays included."""
    process, done, seen = psutil.Process(), threading.Event(), []

    def watch():
        while not done.is_set():
            seen.append(process.memory_info().rss)
            done.wait(0.002)

    before, watcher = process.memory_info().rss, threading.Thread(target=watch)
    watcher.start()
    try:
        function(*arguments)
    finally:
        done.set()
        watcher.join()
    return (max(seen, default=before) - before) / 2**20


def check_nearest(images, training, name):
    """Compare with the definition, and know the usual mistakes."""
    copies = images.copy(), training.copy()
    found = nearest_training_image(images, training)
    distances, indices = check.several(found, "the distances", "the indices")
    check.unchanged(copies[0], images, "the argument images")
    check.unchanged(copies[1], training, "the argument training")
    n = len(images)
    flat, seen = (x.reshape(len(x), -1).astype(float) for x in (images, training))
    table = np.sqrt(np.square(flat[:, None] - seen).sum(axis=-1))
    test = digits.x_test.reshape(-1, 784).astype(float)
    right = table.min(axis=1)
    spectral = right  # the largest singular value of each difference, for a few
    if table.size < 500:
        spectral = np.linalg.norm(images[:, None] - training, ord=2, axis=(2, 3)).min(axis=1)
    distances = check.array(distances, f"the distances, {name}", shape=(n,))
    check.close(
        distances,
        right,
        f"the distances, {name}",
        rtol=1e-3,
        atol=0.02,
        mistakes={
            "these are squared distances; take the root.": right**2,
            "these are root mean squares; the distance is not divided by the 784 pixels.": right
            / 28,
            "these are mean squares; sum the squares and take the root.": right**2 / 784,
            "these are sums of absolute differences.": cdist(flat, seen, "cityblock").min(axis=1),
            "this is the matrix norm of the difference; flatten the images first.": spectral,
            "the farthest image, not the nearest.": table.max(axis=1),
            "the mean over the training images, not the nearest.": table.mean(axis=1),
            "the nearest was looked for among the test digits.": cdist(flat, test).min(axis=1),
            "the nearest was looked for among all training digits, not in the argument.": (
                cdist(flat, digits.x_train.reshape(-1, 784).astype(float)).min(axis=1)
            ),
        },
    )
    indices = check.array(indices, f"the indices, {name}", shape=(n,), kind="integer")
    check.require(
        indices.min() >= 0 and indices.max() < len(training),
        f"The indices, {name}, run from {indices.min()} to {indices.max()}; there are "
        f"{len(training)} training images.",
    )
    gap = table[np.arange(n), indices] - right
    check.require(
        gap.max() < 0.05,
        f"The indices, {name}: image {gap.argmax()} is not nearest to the training image that you "
        f"name. (Each index points into `training`.)",
    )


few, some = digits.x_val[:7], digits.x_train[100:160]
check_nearest(few, some, "7 digits and 60")
check_nearest(np.concatenate([some[[8, 3]], few[:2]]), some, "two of them exact copies")
peak = memory_used(nearest_training_image, digits.x_val[:100], digits.x_train[:1000])
check.require(
    peak < 150,
    f"For 100 against 1,000 images your function took {peak:.0f} MB. The lesson has 10 times as many "
    "images, against 4 times as many: work in pieces, or in smaller ones.",
)
### BEGIN HIDDEN TESTS
check_nearest(digits.x_val[10:11], digits.x_train[5:8], "one digit and 3")
check_nearest(digits.x_val[:3], digits.x_train[:1], "3 digits and one")
rng = np.random.default_rng(4)
loud = rng.random((33, 28, 28))
check_nearest(loud, np.concatenate([loud[::-1] + 0.01, rng.random((5, 28, 28))]), "noise")
many = np.concatenate([digits.x_val[:401], digits.x_train[:3]])
distances, indices = nearest_training_image(many, digits.x_train[:20])
check.array(distances, "the distances of 404 images", shape=(404,))
check.array(indices, "the indices of 404 images", shape=(404,))
check.require(
    list(np.asarray(indices)[-3:]) == [0, 1, 2], "The last images of 404 have wrong indices."
)
check.close(np.asarray(distances)[-3:], [0, 0, 0], "the distances of three copies", atol=0.02)
### END HIDDEN TESTS

# %% [markdown]
# A distance of 6 means nothing by itself. The fair yardstick is the distance from *unseen real* digits to
# their nearest training image. And controls: copies with a little noise, copies moved by one pixel, the
# Gaussian's smudges.

# %%
copied = digits.x_train[:n_judged]
rng = np.random.default_rng(3)
crowds = {
    "unseen real digits": digits.x_test,
    "DCGAN, start 0": made,
    "Gaussian": baselines["Gaussian"],
    "copies with noise": (copied + rng.normal(0, 0.05, copied.shape)).clip(0, 1).astype("float32"),
    "copies, one pixel to the right": np.pad(copied, ((0, 0), (0, 0), (1, 0)))[:, :, :-1],
    "the mean digit": digits.x_train.mean(axis=0)[None],
}
nearest = {name: nearest_training_image(x, digits.x_train) for name, x in crowds.items()}
limit = np.quantile(nearest["unseen real digits"][0], 0.01)
rows = {}
for name, (distances, _) in nearest.items():
    rows[name] = {
        "median": np.median(distances),
        "smallest": distances.min(),
        "closer than 99 % of unseen (%)": 100 * np.mean(distances < limit),
    }
memory = pd.DataFrame(rows).T
memory.round(2)

# %%
fig, ax = plt.subplots(figsize=(7, 3.3))
styles = ("-", "--", ":", "-.", (0, (7, 2, 1, 2, 1, 2)))
for name, style, color in zip(list(crowds)[:5], styles, (0, 1, 2, 3, 6), strict=True):
    distances = np.sort(nearest[name][0])
    share = 100 * np.arange(1, len(distances) + 1) / len(distances)
    ax.plot(distances, share, linestyle=style, color=plots.COLORS[color], label=name)
ax.set(
    title="How far to the nearest training digit?",
    xlabel="Euclidean distance",
    ylabel="at most that far (%)",
    xlim=(0, 11),
)
ax.legend(fontsize=9, loc="lower right")
plots.show(
    fig,
    alt="Share of pictures whose nearest training digit is at most so far: copies with noise all near "
    "1; unseen real digits, moved copies and made digits together, half of them below 5 to 6.",
)
closest = np.argsort(nearest["DCGAN, start 0"][0])
chosen = np.concatenate([closest[:5], closest[len(closest) // 2 :][:5]])
plots.show(
    picture(
        np.concatenate([made[chosen], digits.x_train[nearest["DCGAN, start 0"][1][chosen]]]),
        "The five closest of all (left), and five from the middle",
        names=["made", "nearest\ntraining digit"],
    ),
    alt="Ten made digits above their nearest training digits: the five closest pairs look alike, "
    "in the others the same digit is written differently.",
)

# %%
for name, low, high in (("unseen real digits", 5, 5.3), ("DCGAN, start 0", 5.31, 6.2)):
    report(f"median_{name.split()[0].lower().strip(',')}", memory.loc[name, "median"], (low, high))
below = memory["closer than 99 % of unseen (%)"]
report("dcgan_closer_percent", below["DCGAN, start 0"], within=(0, 1))
report("noisy_copies_closer_percent", below["copies with noise"], within=(98, 100))
report("shifted_copies_closer_percent", below["copies, one pixel to the right"], within=(0, 2))
own = nearest["copies, one pixel to the right"][1] == np.arange(n_judged)
report("shifted_copies_nearest_to_their_original_percent", 100 * own.mean(), within=(45, 65))
report("mean_digit_distance", memory.loc["the mean digit", "median"], within=(5, 5.6))

# the judge could not see poverty within a class; distances between its confident members can


def spreads(images: np.ndarray) -> list[float]:
    """For each class: root mean square distance between two images, over that of real ones."""
    p, ratios = judge(images), []
    for digit in range(10):
        ours = images[(p.argmax(axis=1) == digit) & (p.max(axis=1) > 0.9)].reshape(-1, 784)
        real = digits.x_test[digits.y_test == digit].reshape(-1, 784)
        if len(ours) > 1:
            ratios.append(np.sqrt(ours.var(0, ddof=1).sum() / real.var(0, ddof=1).sum()))
    return ratios or [np.nan]  # no class with two


of_made, of_gaussian = spreads(made), spreads(baselines["Gaussian"])
report("spread_within_class_over_real", np.mean(of_made), within=(0.9, 1.1))
report("smallest_spread_within_class", np.min(of_made), within=(0.8, 1.06))
report("spread_within_class_gaussian", np.mean(of_gaussian), within=(0.65, 0.82))

# %% [markdown]
# Made digits are a little *farther* from the training digits than unseen real ones, and not one in a
# hundred is closer than 99 % of the unseen. Nor are they poor within a class: two of one class that
# convince the judge are about as far apart as two real ones, two of the Gaussian's only three quarters of
# that. No sign of copying, and copies with noise would have been caught, nearly all of them.
#
# But look at the blind spots. Training digits **moved by one pixel** pass the test with honours: to the
# pixels they are as far away as unseen digits, and for nearly half of them the nearest is another digit
# than their own original. And the mean digit, no copy of anything, is as near to some training digit as a
# real one: blur is near to everything. This test finds nearly exact copies, and nothing else.
#
# ### Written question
#
# A classmate writes: "On average a digit of my generator is 6.0 away from the nearest training digit. So it
# has not memorised anything." Give two reasons why this does not follow, and say what she should measure
# instead. (3 to 5 sentences.)

# %% [markdown] answer="memorised_or_not" points=3
# **Model answer.** A distance has no meaning without a yardstick: unseen real digits must be measured
# against the same training digits, and only a made crowd that is *closer* than they are is suspicious. An
# average hides a minority: if one made digit in twenty is an exact copy, the mean hardly moves, so she
# should compare the small quantiles (how many lie below the 1 % quantile of unseen digits) and look at the
# closest pairs. And the distance is blind to some copies: a training digit moved by a single pixel is about
# as far away as an unseen one, so moved (or otherwise changed) copies, or a distance in a classifier's
# features, should be tried too.
#
# **Rubric.** 1 point: the yardstick of unseen real digits against the same training set. 1 point: any
# second valid reason (the average hides few copies; pixel distance misses moved or changed copies; blurred
# images are near to many). 1 point: a measurement that answers that reason (low quantiles or the closest
# pairs; shifted copies or features).

# %% [markdown]
# ## Break it: one line forgotten
#
# The generator's tanh reaches from −1 to 1. Somebody forgets `to_tanh` and shows the discriminator real
# digits between 0 and 1. Nothing crashes. **Predict first:** who wins, and how?

# %%
short, from_zero = budget(400, 1), digits.x_train[..., None]
trials = {
    "broken": (make_gan(0, short), from_zero),
    "repaired": (make_gan(0, short), to_tanh(digits.x_train)),
    "repaired otherwise": (make_gan(0, short), from_zero),
}
# the other repair: the digits stay in 0 to 1, and the generator's end is brought there
gan = trials["repaired otherwise"][0]
gan.generator = keras.Sequential([gan.generator, layers.Rescaling(0.5, 0.5)])
results, shown = {}, {}
for name, (gan, real) in trials.items():
    run = train(gan, real, short, 0, name)
    images = sample(gan.generator, fixed_noise)
    if name != "repaired":
        if name == "broken":
            shown["broken, shown as usual"] = images
        images = (2 * images - 1).clip(0, 1)  # on the scale that it was taught
    shown[name] = images
    last = run["history"].iloc[-1]
    results[name] = {"L_D": last["L_D"], "L_G": last["L_G"], **verdict(images)}
plots.show(
    picture(
        np.concatenate([images[:10] for images in shown.values()]),
        f"After {short} steps: one line forgotten, and repaired",
        names=list(shown),
    ),
    alt="Ten pictures four times: white blots on grey paper; the same on black paper, broken "
    "strokes; and, repaired in either way, mostly readable digits.",
)
results["broken, shown as usual"] = verdict(shown["broken, shown as usual"])
results = pd.DataFrame(results).T
results.round(3)

# %% [markdown]
# Nothing of digits in the first row, but beware: half of the damage is in the *showing*, which takes 0 for
# grey. Shown on the scale that the generator was taught (second row), one sees strokes, and bad ones.
#
# Who won is clear: the discriminator's loss is far below that of the repaired runs. How? The obvious
# suspect: real digits have no negative pixels, made ones have. Another: four fifths of a digit are paper,
# and real paper is blank. Question the discriminators: retouch the pictures, exchange the papers, ask again.


# %%
def believed(gan: GAN, images: np.ndarray) -> float:
    """Mean probability of "real" that the discriminator gives to a batch (n, 28, 28, 1)."""
    logits = gan.discriminator(images.astype("float32"), training=True)
    return float(keras.ops.mean(keras.ops.sigmoid(logits)))


beliefs = {}
for name, (gan, real) in trials.items():
    raw = np.asarray(gan.generator(fixed_noise[:300], training=True))
    real, low = real[: len(raw)], real.min()
    faint = raw < low + 0.3 * (real.max() - low)  # the paper of made pictures
    beliefs[name] = {
        "made": believed(gan, raw),
        "made, nothing below paper": believed(gan, raw.clip(low, None)),
        "made, on blank paper": believed(gan, np.where(faint, low, raw)),
        "real": believed(gan, real),
        "real, on made paper": believed(gan, np.where(faint & (real == low), raw, real)),
    }
beliefs = pd.DataFrame(beliefs)
beliefs.round(3)

# %%
report("paper_percent", 100 * np.mean(digits.x_train == 0), within=(79, 82))
report("broken_d_loss", results["L_D"]["broken"], within=(0, 0.35))
report("repaired_d_loss", results["L_D"]["repaired"], within=(0.4, 1.3))
report("broken_g_loss", results["L_G"]["broken"], within=(2.4, 5))
report("broken_score_as_shown", results["score"]["broken, shown as usual"], within=(0, 0.15))
report("broken_score", results["score"]["broken"], within=(0.15, 0.5))
report("repaired_score", results["score"]["repaired"], within=(0.45, 0.8))
report("repaired_otherwise_score", results["score"]["repaired otherwise"], within=(0.45, 0.8))
regained = results["score"][["repaired", "repaired otherwise"]].min() - results["score"]["broken"]
report("score_regained", regained, within=(0.06, 0.5))
b, repaired = beliefs["broken"], beliefs["repaired"]
report("belief_made", b["made"], within=(0, 0.2))
report("belief_real", b["real"], within=(0.75, 1))
gained = b["made, nothing below paper"] - b["made"]
report("belief_gained_without_negatives", gained, within=(-0.05, 0.08))
gained = b["made, on blank paper"] - b["made"]
report("belief_gained_on_blank_paper", gained, within=(0.1, 0.7))
lost = b["real"] - b["real, on made paper"]
report("belief_lost_on_made_paper", lost, within=(0.48, 0.95))
lost = repaired["real"] - repaired["real, on made paper"]
report("repaired_belief_lost_on_made_paper", lost, within=(-0.1, 0.25))

# %% [markdown]
# The obvious suspect is innocent: without its negative pixels a made picture is believed hardly more. On
# blank paper it is believed more, and a real digit on made paper loses more than half of its credit:
# **dirty paper** is a tell. (Not the only one: on blank paper, too, made strokes are believed less than
# real ones.) To the repaired discriminators the same exchange matters far less. Why is the paper dirty?
# It must be exactly 0. The generator's tanh has −1 and 1 at its flat ends, where any large sum will do, but 0
# on its steepest slope, where only one sum will do, in every pixel of every picture.
#
# Both repairs move the paper to a flat end: scale the digits to −1…1 (the forgotten line), or the
# generator to 0…1. The discriminator's loss and the score recover with both (one start each). And note the
# broken generator's loss: *higher* than that of any good one. Low or high, the loss alone tells nothing.
#
# ## Going further
#
# - Set the target of real pictures to 0.9, three starts each. Is the score beyond the spread? Lesson 45 does it with many such remedies.
# - Leave out the generator's batch normalisation, then the discriminator's. Which one is missed more?
# - Sample with `training=True`, one image at a time and 500 at a time. Why are they different?
# - Train on the digits 0 to 8 and look for nines in what is made.
#
# ## Summary
#
# 1. A generator and a discriminator, updated in turns, learn to write digits within a minute or two on two cores.
# 2. A judge's confidence alone is worthless (noise has it, too): ask for balance, and look for copies.
# 3. The losses measure the balance of two players, not the pictures; the best generator loss goes with the worst ones.
# 4. Noise lies near a sphere; the spherical walk stays there. Whether it matters, the generator must be asked.
# 5. "Not memorised" needs a yardstick, the distance from unseen real digits, and moved copies pass it.
#
# ## References
#
# - K. Shoemake (1985). Animating rotation with quaternion curves. *SIGGRAPH*.
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza and others (2014). Generative adversarial nets. *NIPS*.
# - A. Radford, L. Metz, S. Chintala (2016, posted in 2015). Unsupervised representation learning with deep convolutional generative adversarial networks. *ICLR*.
# - S. Ioffe, C. Szegedy (2015). Batch normalization: accelerating deep network training by reducing internal covariate shift. *ICML*.
# - T. Salimans, I. Goodfellow, W. Zaremba and others (2016). Improved techniques for training GANs. *NIPS*.
# - T. White (2016). Sampling generative networks. *arXiv* 1609.04468.
# - M. Hein, M. Andriushchenko, J. Bitterwolf (2019). Why ReLU networks yield high-confidence predictions far away from the training data. *CVPR*.
