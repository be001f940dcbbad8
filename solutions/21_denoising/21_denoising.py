# ---
# title: Denoising
# question: What does a network know that can clean a picture, and is it the small code that does it?
# minutes: 60
# goals:
#   - make noise of three kinds, and pairs that teach a network to remove it
#   - compare a denoising autoencoder fairly with the classical filters and with the best linear one
#   - test the claim that a bottleneck keeps the noise out
#   - say exactly what the best denoiser knows (Tweedie's formula), and draw digits from pure noise with it
# ---

# %%
import gc
import math
from functools import partial
from itertools import count, islice

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import skimage
from keras import layers
from scipy.ndimage import gaussian_filter, median_filter
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal, norm
from skimage.metrics import structural_similarity
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from course_utils import check, plots
from course_utils.data import load_digits
from course_utils.report import report
from course_utils.training import budget, progress_bar, quick_mode, set_seed

digits = load_digits()
x_train = digits.x_train[: budget(4000, 128)]  # (n, 28, 28), paper 0, ink 1
x_val, x_test = digits.x_val, digits.x_test[: budget(500, 100)]
ten = slice(budget(10, 3))  # the digits shown in figures; a quick run draws fewer
digits

# %% [markdown]
# ## A picture first
#
# Three ways to spoil a picture, each at three strengths. *Gaussian*: a random number is added to
# every pixel, as a sensor does in the dark. *Salt and pepper*: some pixels turn white or black, as
# dead cells or broken transmission do. *Masking*: some pixels are lost, and show as 0.

# %%
KINDS = ("gaussian", "salt", "mask")
NAMES = {"gaussian": "Gaussian", "salt": "salt and pepper", "mask": "masking"}
AMOUNTS = (0.1, 0.3, 0.5)

rows = {"clean": x_test[ten]}
for kind, mode in zip(KINDS, ("gaussian", "s&p", "pepper"), strict=True):
    for amount in AMOUNTS:
        option = {"var": amount**2} if kind == "gaussian" else {"amount": amount}
        spoilt = skimage.util.random_noise(x_test[ten], mode=mode, rng=0, **option)
        rows[f"{NAMES[kind]} {amount}"] = spoilt
figure = plots.image_rows(rows, "Ten unseen digits and nine kinds of damage", size=0.7)
plots.show(
    figure,
    alt="Ten digits, and below them nine noisy versions: Gaussian noise, salt and pepper, and "
    "masking, each from faint to strong. Under the strongest salt and pepper few can be read.",
    name="noise_kinds",
)

# %% [markdown]
# You can still read most rows. A filter that smooths a pixel with its neighbours can not: it does
# not know that these are digits. A network can be *told*, in the simplest way there is: spoil a
# picture yourself, show the network the spoilt one, and ask for the clean one back. That is a
# **denoising autoencoder** (Vincent and others, 2008).
#
# Three sentences are often said about it. Keep them in mind; you will test each one.
#
# 1. "It denoises better than ordinary tools."
# 2. "Noise is too messy to fit into the small code, so only what matters is remembered."
# 3. "Watch the validation loss, and all is well."
#
# **Predict first:** which of the three will survive?
#
# ## Noise, made to order
#
# With $x$ the clean picture, pixels between 0 and 1, $a$ the amount and $y$ the noisy picture:
#
# | kind | each pixel, independently of all others | what $a$ is |
# |---|---|---|
# | `"gaussian"` | $y = \operatorname{clip}(x + a\,\varepsilon,\; 0,\; 1)$ with $\varepsilon \sim N(0, 1)$ | standard deviation |
# | `"salt"` | with probability $a$ replaced: half of these by 1, half by 0 | share replaced |
# | `"mask"` | with probability $a$ replaced by 0 | share lost |
#
# *Clipped*, because a picture file holds nothing below black or above white. (Later, clipping will
# have to be paid for.)
#
# ### Exercise 1: add noise
#
# All chance comes from the generator `rng` that is passed in: the same seed gives the same noise, and
# a second call with the same generator goes on to *fresh* noise.
#
# <details><summary>Hint: how to replace a share of the pixels</summary>
#
# Draw one uniform number for each pixel, `rng.random(images.shape)`. What is the probability that it
# lies below `amount`?
# </details>
# <details><summary>Hint: one amount for each picture</summary>
#
# An `amount` of shape (n, 1, 1) broadcasts against (n, h, w) by itself, if you only multiply by it
# and compare with it. `np.where` picks without changing anything in place.
# </details>


# %% exercise="add_noise"
def add_noise(images: np.ndarray, kind: str, amount, rng: np.random.Generator) -> np.ndarray:
    """Noisy copies of pictures.

    Args:
        images: (n, height, width), floats from 0 to 1. Not changed.
        kind: "gaussian", "salt" or "mask".
        amount: a number, or an array (n, 1, 1) with one for each picture.
        rng: where all chance comes from.

    Returns:
        (n, height, width), floats from 0 to 1.
    """
    ### BEGIN SOLUTION
    if kind == "gaussian":
        noisy = np.clip(images + amount * rng.standard_normal(images.shape), 0, 1)
    else:
        replaced = rng.random(images.shape) < amount
        white = rng.random(images.shape) < 0.5 if kind == "salt" else 0.0
        noisy = np.where(replaced, white, images)
    return noisy.astype(images.dtype)
    ### END SOLUTION


# %% check="add_noise" points=2
def noise_on(images, kind, amount, seed=0):
    """Call the function, and test what holds for any kind."""
    before = images.copy()
    name = f"add_noise of kind {kind!r}"
    noisy = check.array(
        add_noise(images, kind, amount, np.random.default_rng(seed)), name, shape=images.shape
    ).astype(float)
    check.unchanged(before, images, "the argument images")
    check.require(
        noisy.min() >= 0 and noisy.max() <= 1,
        f"{name}: the pixels reach from {noisy.min():.2f} to {noisy.max():.2f}. Clip them to 0 to 1.",
    )
    again = add_noise(images, kind, amount, np.random.default_rng(seed))
    check.require(
        np.array_equal(noisy, np.asarray(again, dtype=float)),
        f"{name}: two generators with the same seed gave different noise. Draw from `rng` only.",
    )
    rng = np.random.default_rng(seed)
    pair = [np.asarray(add_noise(images, kind, amount, rng)) for _ in range(2)]
    check.differ(*pair, f"{name}: a second call gave the same noise again. Draw from `rng`.")
    return noisy


def check_gaussian(level, amount, shape=(40, 50, 50)):
    """Far from both edges, so that clipping plays no part."""
    noisy = noise_on(np.full(shape, level), "gaussian", amount)
    check.require(noisy.std() > 1e-9, "Gaussian noise: nothing was added.")
    noise = noisy - level
    for axis, what in ((0, "every picture"), (1, "every row"), (2, "every column")):
        check.require(
            noise.mean(axis=axis).std() < 0.5 * noise.std(),
            f"The noise is the same for {what}: draw one number for each pixel of each picture.",
        )
    check.close(noise.mean(), 0, "the mean of the Gaussian noise", atol=0.05 * amount)
    mistakes = {
        "`amount` is the standard deviation, not the variance.": amount**0.5,
        "the amount was squared; it is the standard deviation.": amount**2,
        "much too weak: the pictures go from 0 to 1, not to 255.": amount / 255,
        "that is uniform noise; draw from the normal distribution.": amount / 3**0.5,
        "the amount is not used.": 1.0,
    }
    name = f"the standard deviation of the Gaussian noise of amount {amount}"
    check.close(noise.std(), amount, name, rtol=0.03, mistakes=mistakes)
    beyond = np.mean(np.abs(noise) > 2 * amount)
    check.close(beyond, 0.0455, "the share of the noise beyond two standard deviations", atol=0.01)


def check_replaced(kind, amount, shape=(40, 50, 50)):
    """Pixels of 0.4 are recognised when replaced."""
    noisy = noise_on(np.full(shape, 0.4), kind, amount)
    hit = np.abs(noisy - 0.4) > 1e-6
    check.require(
        np.all(np.isin(noisy[hit], [0, 1])),
        f"Kind {kind!r}: a replaced pixel is 0 or 1, yours are {np.unique(noisy[hit])[:4].round(3)}.",
    )
    mistakes = {
        "that is the share kept, not the share replaced.": 1 - amount,
        "each colour got the whole amount; together they replace it.": 2 * amount,
        "the second colour overwrites part of the first.": amount * (2 - amount),
        "the second colour overwrites part of the first; draw once for both.": amount
        * (1 - amount / 4),
        "too few; half of the amount for white and half for black.": amount / 2,
    }
    name = f"the share of pixels replaced, kind {kind!r}, amount {amount}"
    check.close(hit.mean(), amount, name, atol=0.012, rtol=0, mistakes=mistakes)
    for axis, what in ((0, "picture"), (1, "row"), (2, "column")):
        check.require(
            hit.mean(axis=axis).std() < 0.25,
            f"Kind {kind!r}: the same pixels are hit in every {what}: draw for each pixel anew.",
        )
    white = noisy[hit].mean()
    if kind == "salt" and 0.2 < white < 0.8:
        check.require(
            np.all([0.35 < p[h].mean() < 0.65 for p, h in zip(noisy, hit, strict=True)]),
            "In some pictures the replaced pixels are nearly all of one colour: draw for each pixel.",
        )
    wanted = 0.5 if kind == "salt" else 0.0
    name = f"the share of white among the replaced pixels, kind {kind!r}"
    check.close(white, wanted, name, atol=0.02, rtol=0)


check_gaussian(0.5, 0.02)
check_replaced("salt", 0.3)
check_replaced("mask", 0.3)
edge = noise_on(np.zeros((40, 50, 50)), "gaussian", 0.4)
check.close(np.mean(edge == 0), 0.5, "the share of black paper that stays at 0", atol=0.02)
one_each = np.array([0.0, 0.2, 0.6])[:, None, None]
for kind, unit in (("mask", 1), ("salt", 1), ("gaussian", 0.1)):
    what = f"an amount for each picture, kind {kind!r}: "
    try:
        each = noise_on(np.full((3, 60, 60), 0.5), kind, unit * one_each) - 0.5
    except (TypeError, ValueError) as error:
        raise check.CheckError(what + f"an `amount` of shape (3, 1, 1) fails: {error}") from None
    got = each.std(axis=(1, 2)) if kind == "gaussian" else (each != 0).mean(axis=(1, 2))
    what += "standard deviations" if kind == "gaussian" else "shares replaced"
    check.close(got, unit * one_each[:, 0, 0], what, atol=0.05 * unit)
### BEGIN HIDDEN TESTS
check_gaussian(0.45, 0.06, (30, 40, 70))
check_replaced("salt", 0.6, (30, 40, 70))
check_replaced("mask", 0.75, (30, 40, 70))
ramp = np.linspace(0, 1, 30 * 40 * 50).reshape(30, 40, 50).astype("float32")
for kind in ("gaussian", "salt", "mask"):
    still = noise_on(np.full((2, 9, 8), 0.3), kind, 0.5, seed=3)
    check.require(still.shape == (2, 9, 8), f"the shape of {kind}")
    check.close(add_noise(ramp, kind, 0.0, np.random.default_rng(1)), ramp, f"{kind}, amount 0")
    noisy = noise_on(ramp, kind, 0.4)
    check.require(
        np.corrcoef(noisy.ravel(), ramp.ravel())[0, 1] > 0.3, f"{kind}: the picture was lost."
    )
kept = noise_on(ramp, "salt", 0.4)
kept = kept[~np.isin(kept, [0, 1])]
check.require(
    np.isin(kept.astype("float32"), ramp).all(), "Kind 'salt': other pixels stay as they are."
)
### END HIDDEN TESTS

# %% [markdown]
# ## How good is a picture?
#
# Engineers measure in decibels. With the mean squared error of **one picture**, $\mathrm{MSE}$, and
# the largest value that a pixel can have, $\mathrm{peak}$,
#
# $$\mathrm{PSNR} = 10 \log_{10} \frac{\mathrm{peak}^2}{\mathrm{MSE}} \quad\text{dB}.$$
#
# Ten more decibels are a tenth of the squared error; three are half of it. The PSNR of several
# pictures is the **mean of their PSNRs**. That is not the PSNR of their mean error: the logarithm
# of a mean is not the mean of the logarithms. (By Jensen's inequality the mean of the PSNRs is never
# the lower of the two: one nearly perfect picture lifts it.)
#
# ### Exercise 2: PSNR
#
# <details><summary>Hint: two axes</summary>
#
# One squared error for each picture needs a mean over height and width only: which `axis`? What is
# averaged last?
# </details>
# <details><summary>Hint: pictures from a file</summary>
#
# Pictures from a file are often 8-bit integers, with `peak=255`. Try
# `np.uint8(3) - np.uint8(5)`. Convert before you subtract.
# </details>


# %% exercise="psnr"
def psnr(clean: np.ndarray, restored: np.ndarray, peak: float = 1.0) -> float:
    """Mean over the pictures of the peak signal-to-noise ratio of each one, in decibels.

    Args:
        clean: the true pictures (n, height, width), floats or 8-bit integers.
        restored: what to judge, the same shape; no picture of it is perfect.
        peak: largest value that a pixel can have.
    """
    ### BEGIN SOLUTION
    difference = np.asarray(clean, dtype=float) - np.asarray(restored, dtype=float)
    mse = np.mean(difference**2, axis=(1, 2))
    return float(np.mean(10 * np.log10(peak**2 / mse)))
    ### END SOLUTION


# %% check="psnr" points=2
def check_psnr(clean, restored, peak, name):
    """Compare with a loop over the pictures, and know the usual mistakes."""
    before = clean.copy(), restored.copy()
    value = psnr(clean, restored) if peak == 1 else psnr(clean, restored, peak)
    shape = np.shape(value)
    check.require(
        shape == (), f"{name}: expected one number, the mean over the pictures; got shape {shape}."
    )
    value = check.number(value, name)
    check.unchanged(before[0], clean, "the argument clean")
    check.unchanged(before[1], restored, "the argument restored")
    errors = np.array(
        [
            np.mean((a.astype(float) - b.astype(float)) ** 2)
            for a, b in zip(clean, restored, strict=True)
        ]
    )
    right = np.mean([10 * math.log10(peak**2 / e) for e in errors])
    squares = (clean.astype(float) - restored.astype(float)) ** 2
    rows, places = np.mean(squares, axis=2), np.mean(squares, axis=0)
    mistakes = {
        "that is the PSNR of the mean error; take the mean of the pictures' PSNRs.": 10
        * math.log10(peak**2 / errors.mean()),
        "that is the natural logarithm; decibels use the one to base 10.": right * math.log(10),
        "the sign is wrong: a better picture has a higher PSNR.": -right,
        "the factor is 10, since the squared error is used (20 goes with its root).": 2 * right,
        "the peak is missing, or its place in the formula.": np.mean(-10 * np.log10(errors)),
        "the peak is squared in the formula.": np.mean(10 * np.log10(peak / errors)),
        "the factor 10 is missing.": right / 10,
        "the factor is 20 with the root of the error, 10 with the squared error.": right / 2,
        "that is the sum over the pictures; take the mean.": right * len(clean),
        "the squared error is a mean over height and width, not a sum.": np.mean(
            10 * np.log10(peak**2 / (errors * clean[0].size))
        ),
        "that is a mean over rows; each picture has one squared error.": np.mean(
            10 * np.log10(peak**2 / rows)
        ),
        "the peak is the largest value possible, not the largest one there.": np.mean(
            10 * np.log10(float(clean.max()) ** 2 / errors)
        ),
    }
    mistakes["that is a mean over the pictures; each has a squared error of its own."] = np.mean(
        10 * np.log10(peak**2 / places)
    )
    for kind in ("uint8", "int16") if clean.dtype == "uint8" else ():
        wrapped = clean.astype(kind) - restored.astype(kind)
        for square in (wrapped**2, wrapped.astype(float) ** 2):
            error = np.mean(square, axis=(1, 2)).clip(1e-9)
            message = f"the integers wrap around ({kind}, {square.dtype}): convert to float first."
            mistakes[message] = np.mean(10 * np.log10(peak**2 / error))
    mistakes = {m: v for m, v in mistakes.items() if abs(v - right) > 1e-3}
    check.close(value, right, name, rtol=1e-5, mistakes=mistakes)


plain = np.full((3, 4, 4), 0.5)
off = np.array([0.1, 0.05, 0.01])[:, None, None] * np.linspace(0.2, 1, 16).reshape(4, 4)
check_psnr(plain, plain + off, 1, "three pictures, off by up to 0.1, 0.05 and 0.01")
rng = np.random.default_rng(0)
first, second = rng.integers(0, 256, (2, 5, 6, 7)).astype("uint8")
check_psnr(first, second, 255, "five pictures of 8-bit integers")
### BEGIN HIDDEN TESTS
spread = rng.random((6, 1, 1)) ** 3
first = 0.6 * rng.random((6, 9, 4)).astype("float32")
check_psnr(
    first, first + (spread * rng.normal(size=first.shape)).astype("float32"), 1, "six pictures"
)
check_psnr(200 * first, 200 * first + 3 * spread + rng.normal(size=first.shape), 200.0, "peak 200")
check_psnr(first[:1], 0.9 * first[:1] + 0.05, 1, "one picture")
dark = rng.integers(0, 60, (2, 3, 8, 8)).astype("uint8")
check_psnr(*dark, 255, "dark pictures of 8-bit integers")
### END HIDDEN TESTS

# %% [markdown]
# ## Pairs to train on
#
# The input is noisy, the target clean. The order is drawn afresh in every epoch, and so is the
# noise: then the network never sees the same noisy picture twice, and 4,000 digits become as many
# pairs as you have patience for.
#
# ### Exercise 3: the batches of one epoch
#
# `corrupt(batch, rng)` returns noisy copies of a batch; for instance
# `lambda batch, rng: add_noise(batch, "mask", 0.3, rng)`. Write a generator (a function that uses
# `yield`) that goes once through all pictures. It is called again for each epoch, with the same
# `rng`.
#
# <details><summary>Hint: a shuffled order</summary>
#
# `order = rng.permutation(len(clean))`; then `order[start : start + batch_size]` names the
# pictures of a batch. Python lets the last slice be shorter by itself.
# </details>
# <details><summary>Hint: what belongs together</summary>
#
# Pick the batch of clean pictures first, spoil *that* batch, and yield both.
# </details>


# %% exercise="epoch_batches"
def epoch_batches(clean: np.ndarray, corrupt, batch_size: int, rng: np.random.Generator):
    """Yield the pairs (noisy, clean) of one epoch, in batches.

    Args:
        clean: pictures (n, height, width). Not changed.
        corrupt: function of pictures and generator that returns noisy copies.
        batch_size: pictures in a batch; the last batch holds the rest.
        rng: where the order and the noise come from; handed on to `corrupt`.

    Yields:
        noisy pictures and the same pictures clean, (m, height, width) each. Every picture comes
        once, in an order drawn from `rng`.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(clean))
    for start in range(0, len(clean), batch_size):
        batch = clean[order[start : start + batch_size]]
        yield corrupt(batch, rng), batch
    ### END SOLUTION


# %% check="epoch_batches" points=2
def check_epochs(n, size, shape=(3, 2)):
    """Pictures that carry their number, and noise that is known when seen."""
    clean = np.broadcast_to(np.arange(n, dtype="float32")[:, None, None], (n, *shape)).copy()
    before = clean.copy()

    def corrupt(images, rng):
        return np.asarray(images) + 1000 + 0.3 * rng.random(np.shape(images))

    def epoch(rng):
        batches = epoch_batches(clean, corrupt, size, rng)
        check.require(batches is not None, "Nothing came back. Is there a `yield`?")
        pairs = list(islice(batches, 3 * n + 3))
        check.require(
            len(pairs) < 3 * n + 3, "The batches never end: go through the pictures once."
        )
        check.require(len(pairs) > 0, "There is no batch at all.")
        pairs = [check.several(pair, "the noisy pictures", "the clean ones") for pair in pairs]
        sizes = [len(b) for _, b in pairs]
        wanted = [size] * (n // size) + [n % size] * (n % size > 0)
        check.require(
            sizes == wanted,
            f"{n} pictures in batches of {size}: the sizes are {sizes}, expected {wanted}. "
            "The last batch holds the rest.",
        )
        return [np.concatenate([np.asarray(p[k], dtype=float) for p in pairs]) for k in (0, 1)]

    rng = np.random.default_rng(5)
    (noisy, target), (noisy_2, target_2) = epoch(rng), epoch(rng)
    check.unchanged(before, clean, "the argument clean")
    check.array(noisy, "the noisy pictures of an epoch", shape=(n, *shape))
    check.array(target, "the targets of an epoch", shape=(n, *shape))
    check.require(
        not (target.min() > 500 and noisy.max() < 500),
        "The pair is the wrong way round: the noisy pictures come first.",
    )
    check.require(target.max() < 500, "There is noise on the target: the target is clean.")
    check.require(noisy.min() > 500, "The input has no noise: did you call `corrupt`?")
    check.require(
        noisy.max() < 1900, "The input was spoilt twice: call `corrupt` on clean pictures."
    )
    check.require(
        np.abs(noisy - 1000.15 - target).max() < 0.2,
        "The pairs do not belong together: the noisy picture and its target are different pictures.",
    )
    numbers = target[:, 0, 0]
    check.require(
        sorted(numbers) == list(range(n)),
        "In an epoch every picture comes once; yours left some out or took some twice.",
    )
    if n > 8:
        check.require(list(numbers) != list(range(n)), "The pictures are not shuffled.")
        check.differ(target, target_2, "The order is the same in every epoch: draw it from `rng`.")
        neighbours = np.sum(np.abs(np.diff(numbers)) == 1)
        check.require(
            n < 20 or neighbours < n / 2,
            "Neighbours stay neighbours, so the same pictures are always together in a batch: "
            "shuffle the pictures one by one.",
        )
    noise, noise_2 = (
        (a - b)[np.argsort(b[:, 0, 0])] for a, b in ((noisy, target), (noisy_2, target_2))
    )
    check.differ(
        noise, noise_2, "The noise is frozen: the second epoch has the same noise again.", 1e-4
    )
    check.require(
        n == 1 or np.ptp((noisy - target).round(4), axis=0).min() > 0,
        "Every picture has the same noise.",
    )
    first = (noisy - target)[:, 0, 0].round(4)
    check.require(
        n < 9 or len(set(first)) > 0.8 * n,
        "The same noise comes back in every batch: hand `rng` itself on to `corrupt`.",
    )
    check.differ(
        noisy - target,
        noisy_2 - target_2,
        "The noise of a batch is frozen: it comes back in the next epoch. Hand `rng` itself on.",
        2e-3,
    )
    again = epoch(np.random.default_rng(5))
    check.require(
        np.array_equal(again[0], noisy) and np.array_equal(again[1], target),
        "The same seed gave another epoch: take order and noise from `rng`, nothing else.",
    )


check_epochs(23, 5)
check_epochs(12, 4)
### BEGIN HIDDEN TESTS
check_epochs(40, 64, (2, 5))
check_epochs(41, 10, (1, 1))
check_epochs(9, 1)
check_epochs(1, 3)
### END HIDDEN TESTS

# %% [markdown]
# ## A network for all nine
#
# One network shall handle every kind and every strength, without being told which. Each training
# picture gets a kind by lot and an amount between 0 and 0.6.
#
# The network is lesson 14's convolutional autoencoder with two differences. Its smallest map is
# 7 × 7 × 24: 1,176 numbers, *half as many again* as the picture has. And a short cut passes the first map on
# to the decoder. So there is no bottleneck at all. (Is that not asking for a copy? Wait for *Break
# it*.)


# %%
def any_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise of a kind and an amount drawn for each picture."""
    kinds, amounts = rng.integers(0, 3, len(images)), rng.uniform(0, 0.6, (len(images), 1, 1))
    noisy = np.empty_like(images)
    for k, kind in enumerate(KINDS):
        mine = kinds == k
        noisy[mine] = add_noise(images[mine], kind, amounts[mine], rng)
    return noisy


def convolutional(width: int = 12, activation: str | None = "sigmoid", residual: bool = False):
    """A denoiser without bottleneck; residual: it predicts the noise, which is subtracted."""
    same = {"padding": "same", "activation": "gelu"}
    image = keras.Input((28, 28))
    first = layers.Conv2D(width, 3, strides=2, **same)(layers.Reshape((28, 28, 1))(image))
    deep = layers.Conv2D(2 * width, 3, strides=2, **same)(first)
    deep = layers.Conv2D(2 * width, 3, **same)(deep)
    up = layers.Conv2DTranspose(width, 4, strides=2, **same)(deep)
    up = layers.Concatenate()([up, first])
    last = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation=activation)(up)
    last = layers.Reshape((28, 28))(last)
    return keras.Model(image, layers.Subtract()([image, last]) if residual else last)


# %%
def pairs(clean: np.ndarray, corrupt):
    """A function of a generator that makes one epoch of your batches."""
    return lambda rng: epoch_batches(clean, corrupt, 64, rng)


def train(build, tasks: list, epochs: int, title: str, loss="binary_crossentropy") -> list:
    """Train one new network for each task, a pair of seed and function that makes an epoch."""
    steps = math.ceil(len(x_train) / 64)
    rate = keras.optimizers.schedules.CosineDecay(0.004, epochs * steps)
    worker, adam, trained = build(), keras.optimizers.Adam(rate, beta_2=0.99), []
    quick = quick_mode()  # a quick run is too short to be worth compiling
    worker.compile(adam, loss=loss, steps_per_execution=1 if quick else 9, run_eagerly=quick)
    for seed, make_epoch in progress_bar(tasks, title):
        set_seed(seed)
        rng, net = np.random.default_rng(seed), build()
        worker.set_weights(net.get_weights())  # a new start, for the optimiser, too:
        for variable in adam.variables:
            variable.assign(keras.ops.zeros_like(variable))
        batches = (pair for _ in count() for pair in make_epoch(rng))  # epoch after epoch
        worker.fit(batches, steps_per_epoch=steps, epochs=epochs, verbose=0, shuffle=False)
        net.set_weights(worker.get_weights())
        trained.append(net)
    gc.collect()
    return trained


# %%
def run(model, images: np.ndarray) -> np.ndarray:
    """Pictures through a network, 500 at a time to spare the memory."""
    parts = [np.asarray(model(images[k : k + 500])) for k in range(0, len(images), 500)]
    return np.concatenate(parts)


tasks = [(seed, pairs(x_train, any_noise)) for seed in range(budget(2, 1))]
nets = train(convolutional, tasks, budget(5, 1), "denoiser")
report("denoiser_parameters", nets[0].count_params(), within=(12_949, 12_949))

# %% [markdown]
# ## The opponents, treated fairly
#
# - A **Gaussian filter** averages each pixel with its neighbours, a **median** takes their median.
# - **Non-local means** (Buades and others, 2005) averages pixels whose *surroundings* look alike.
# - **Total variation** (Rudin and others, 1992) looks for the picture nearby with the fewest and
#   smallest steps.
# - The **best linear denoiser** is not a filter for all pictures: like the network it has seen the
#   training digits, but only their means and covariances. (How it is made is the subject of Exercise 5.)
#
# A fair fight needs care. Each filter has a parameter; it is tuned for each kind and amount, on
# *validation* digits. And clipping shifts the paper from 0 to a grey, and masking makes the ink
# paler, which no filter can know. So each filter also gets the two numbers $\alpha, \beta$ for which
# $\alpha \cdot \text{output} + \beta$ fits the validation digits best.


# %%
FOOTPRINTS = [np.ones((1, 1)), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]), np.ones((3, 3))]
FOOTPRINTS += [skimage.morphology.disk(2), np.ones((5, 5)), np.ones((7, 7))]
FILTERS = {  # name -> (function of pictures and parameter, parameters to try)
    "Gaussian filter": (
        lambda x, p: gaussian_filter(x, (0, p, p)),
        (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.8, 2.3),
    ),
    "median": (
        lambda x, p: median_filter(x, footprint=FOOTPRINTS[p][None]),
        range(len(FOOTPRINTS)),
    ),
    "non-local means": (
        lambda x, p: np.stack([denoise_nl_means(i, p[0], 9, h=p[1]) for i in x]),
        [(3, 0.15), (3, 0.3), (3, 0.6), (5, 0.1), (5, 0.2), (5, 0.4), (5, 0.8)],
    ),
    "total variation": (
        lambda x, p: np.stack([denoise_tv_chambolle(i, p) for i in x]),
        (0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.6),
    ),
}


def tuned_filters(clean: np.ndarray, corrupt) -> dict:
    """Tune every filter, and the straight line after it, on these pictures: name -> function."""
    noisy, functions = corrupt(clean, np.random.default_rng(1)), {}
    for name, (function, parameters) in FILTERS.items():
        best = -np.inf
        for p in parameters[: budget(9, 1)]:
            output = function(noisy, p)
            slope, shift = np.polyfit(output.ravel(), clean.ravel(), 1)
            score = psnr(clean, np.clip(slope * output + shift, 0, 1))
            if score > best:
                best, setting = score, (function, p, slope, shift)
        functions[name] = lambda x, s=setting: np.clip(s[2] * s[0](x, s[1]) + s[3], 0, 1)
    return functions


# %%
def best_linear(clean: np.ndarray, kind: str, amount: float):
    """The linear denoiser with the least squared error on these pictures, for any kind of noise."""
    levels = np.linspace(0, 1, 33)  # what noise does to a pixel depends on its level alone
    tiles = np.tile(levels[:, None, None], (1, budget(80, 20), 80))
    spoilt = add_noise(tiles, kind, amount, np.random.default_rng(0))
    flat = clean.reshape(len(clean), -1).astype(float)
    expected = np.interp(flat, levels, spoilt.mean(axis=(1, 2)))
    variance = np.interp(flat, levels, spoilt.var(axis=(1, 2))).mean(axis=0)
    x, y = flat - flat.mean(axis=0), expected - expected.mean(axis=0)
    within = y.T @ y / len(y) + np.diag(variance + 1e-6)
    matrix = np.linalg.solve(within, y.T @ x / len(y))

    def denoise(noisy: np.ndarray) -> np.ndarray:
        centred = noisy.reshape(len(noisy), -1) - expected.mean(axis=0)
        return np.clip(centred @ matrix + flat.mean(axis=0), 0, 1).reshape(noisy.shape)

    return denoise


# %% [markdown]
# ### Exercise 4: the comparison table
#
# All methods get the *same* noisy pictures, are held against the *clean* ones, and the noisy pictures
# themselves are in the table, under the name `"noisy"`: whoever does nothing gets that score.
#
# <details><summary>Hint: how often is noise drawn?</summary>
#
# Once. If each method draws its own, they are judged on different pictures.
# </details>
# <details><summary>Hint: a plan</summary>
#
# A dictionary name → restored pictures, with the noisy ones first; then one column for each score.
# `pd.DataFrame({"PSNR": {"noisy": 10.0, "median": 12.0}})` has named rows.
# </details>


# %% exercise="denoising_table"
def denoising_table(methods: dict, clean: np.ndarray, corrupt, scores: dict, rng) -> pd.DataFrame:
    """Compare denoisers on the same noisy pictures.

    Args:
        methods: name -> function from noisy pictures to restored ones, both (n, height, width).
            A method may change its argument: each gets a copy of its own.
        clean: pictures (n, height, width). Not changed.
        corrupt: function of pictures and generator that returns noisy copies; called once.
        scores: name -> function of (clean, restored) that returns a number.
        rng: generator for the noise.

    Returns:
        one row for each method, and one named "noisy" for doing nothing; one column for each score.
    """
    ### BEGIN SOLUTION
    noisy = corrupt(clean, rng)
    restored = {"noisy": noisy}
    for name, method in methods.items():
        restored[name] = method(noisy.copy())
    columns = {}
    for score_name, score in scores.items():
        columns[score_name] = {name: score(clean, result) for name, result in restored.items()}
    return pd.DataFrame(columns)
    ### END SOLUTION


# %% check="denoising_table" points=2
def check_table(clean, factors, seed):
    """Methods that multiply, and scores that know clean from restored."""
    before, drawn, seen = clean.copy(), [], {}

    def corrupt(images, rng):
        drawn.append(np.asarray(images) + 0.5 * rng.normal(size=np.shape(images)))
        return drawn[-1].copy()

    def method(name, factor):
        def denoise(noisy):
            seen[name] = np.array(noisy)
            result = factor * noisy
            noisy *= 0  # it may: the copy is its own
            return result

        return denoise

    scores = {
        "error": lambda clean, restored: float(np.mean((clean - restored) ** 2)),
        "bias": lambda clean, restored: float(np.mean(restored) - np.mean(clean)),
        "top": lambda clean, restored: float(np.max(clean) - 2 * np.max(restored)),
    }
    methods = {name: method(name, factor) for name, factor in factors.items()}
    table = denoising_table(methods, clean, corrupt, scores, np.random.default_rng(seed))
    check.require(table is not None, "Nothing was returned. Is the `return` missing?")
    check.require(
        isinstance(table, pd.DataFrame), f"expected a DataFrame, got {type(table).__name__}."
    )
    check.unchanged(before, clean, "the argument clean")
    check.require(len(drawn) > 0, "`corrupt` was not called: there is no noise to remove.")
    check.require(
        len(drawn) == 1,
        f"Noise was drawn {len(drawn)} times: all methods get the same noisy pictures.",
    )
    check.require(
        np.allclose(drawn[0], clean + 0.5 * np.random.default_rng(seed).normal(size=clean.shape)),
        "The noise does not come from `rng`: hand it on to `corrupt`.",
    )
    check.require(
        set(table.columns) == set(scores),
        f"The columns are {list(table.columns)}, expected one for each score: {list(scores)}.",
    )
    rows = ["noisy", *factors]
    check.require(
        "noisy" in table.index, "The row 'noisy' is missing: what is gained over nothing?"
    )
    check.require(
        sorted(map(str, table.index)) == sorted(rows),
        f"The rows are {list(table.index)}, expected {rows}.",
    )
    for name in factors:
        check.require(name in seen, f"The method {name!r} was not called.")
        check.require(
            np.shape(seen[name]) == clean.shape,
            f"{name!r} got pictures of shape {seen[name].shape}.",
        )
        check.require(
            not np.allclose(seen[name], clean), f"{name!r} was given the clean pictures to denoise."
        )
        check.require(
            np.allclose(seen[name], drawn[0]),
            f"{name!r} was not given the noisy pictures as they are. (A method may change its "
            "argument: give each a copy.)",
        )
    for name in rows:
        restored = factors.get(name, 1) * drawn[0]
        for column, score in scores.items():
            wanted = score(clean, restored)
            mistakes = {
                "the score compares with the noisy pictures; compare with the clean ones.": score(
                    drawn[0], restored
                ),
                "clean and restored are the wrong way round.": score(restored, clean),
                "these are scores of the noisy pictures.": score(clean, drawn[0]),
            }
            mistakes = {m: v for m, v in mistakes.items() if abs(v - wanted) > 1e-6}
            value = table.loc[name, column]
            check.close(value, wanted, f"{column!r} of {name!r}", rtol=1e-5, mistakes=mistakes)


check_table(np.random.default_rng(3).random((4, 5, 6)), {"half": 0.5, "same": 1.0}, 1)
### BEGIN HIDDEN TESTS
check_table(
    np.random.default_rng(4).random((7, 3, 3)), {"dark": 0.1, "bright": 1.5, "none": 0.0}, 2
)
check_table(np.random.default_rng(5).random((1, 4, 2)), {"alone": 0.3}, 3)
check_table(np.random.default_rng(5).random((2, 4, 2)), {}, 4)
### END HIDDEN TESTS

# %% [markdown]
# PSNR counts squared differences; SSIM (lesson 14) compares structure, 1 for a perfect copy. Both are
# computed on unseen digits, with *noisy* input. This takes a while: in each of nine conditions, four
# filters are tuned anew.

# %%
few = x_test[: budget(60, 10)]  # every stretch of ten holds each digit once
tune_on = x_val[: budget(12, 5)]


def ssim(clean: np.ndarray, restored: np.ndarray) -> float:
    """Mean structural similarity of pictures from 0 to 1."""
    pairs = zip(clean, restored.astype(clean.dtype), strict=True)
    return float(np.mean([structural_similarity(a, b, data_range=1.0) for a, b in pairs]))


def noise_maker(kind: str, amount: float):
    """A function of pictures and generator, for your batches and your table."""
    return lambda images, rng: add_noise(images, kind, amount, rng)


tables, restored = {}, {}
conditions = [(kind, amount) for kind in KINDS for amount in AMOUNTS]
for kind, amount in progress_bar(conditions, "nine comparisons"):
    corrupt = noise_maker(kind, amount)
    methods = tuned_filters(tune_on, corrupt)
    methods["best linear"] = best_linear(x_train, kind, amount)
    for k, net in enumerate(nets):
        methods[f"autoencoder {k + 1}"] = lambda x, net=net: run(net, x)
    if amount == AMOUNTS[-1]:
        noisy = corrupt(few[ten], np.random.default_rng(2))
        restored[kind] = {"clean": few[ten], "noisy": noisy}
        restored[kind] |= {name: f(noisy) for name, f in methods.items()}
    scores = {"PSNR": psnr, "SSIM": ssim}
    tables[kind, amount] = denoising_table(methods, few, corrupt, scores, np.random.default_rng(2))
table = pd.concat(tables, names=["noise", "amount", "method"]).unstack(["noise", "amount"])
table = table.loc[list(tables["gaussian", 0.1].index)]
table["PSNR"].round(1)

# %%
table["SSIM"].round(2)

# %%
styles = dict(
    zip(table.index, ["k:", "C3--", "C4--", "C5--", "C2--", "C1-", "C0-", "C0-"], strict=False)
)
fig, axes = plt.subplots(2, 3, figsize=(10, 6), sharex=True, sharey="row")
for row, score in zip(axes, ("PSNR", "SSIM"), strict=True):
    for ax, kind in zip(row, KINDS, strict=True):
        for method, style in styles.items():
            label = "autoencoder (each start)" if method == "autoencoder 1" else method
            label = None if method == "autoencoder 2" else label
            values = table.loc[method, score][kind]
            ax.plot(AMOUNTS, values[list(AMOUNTS)], style, marker="o", markersize=4, label=label)
        ax.set(
            xticks=AMOUNTS,
            ylabel=("PSNR (dB)" if score == "PSNR" else score) if kind == KINDS[0] else "",
        )
        if score == "PSNR":
            ax.set(title=NAMES[kind])
        else:
            ax.set(xlabel="amount of noise")
handles, labels = axes[0, 0].get_legend_handles_labels()
fig.legend(handles, labels, loc="outside lower center", ncols=4)
fig.suptitle("Unseen digits: solid lines know digits, dashed ones know pictures in general")
plots.show(
    fig,
    alt="Six panels: PSNR above and SSIM below against the amount of noise, for three kinds. For "
    "faint Gaussian noise non-local means, total variation and the best linear denoiser are above "
    "the autoencoder in PSNR; for heavy noise the autoencoder and the best linear one are above all "
    "filters. In SSIM the autoencoder is at the top nearly everywhere.",
    name="denoising_table",
)
figure = plots.image_rows(
    {name: images for name, images in restored["salt"].items() if name != "autoencoder 2"},
    "Salt and pepper on half of the pixels, and six repairs",
)
plots.show(
    figure,
    alt="Ten clean digits, the same under heavy salt and pepper, and six repairs: the filters leave "
    "grey clouds, the best linear denoiser soft digits, the autoencoder sharp strokes, some of them wrong.",
    name="denoised_salt",
)

# %%
mean_net = table[table.index.str.startswith("autoencoder")].mean()
advantage = mean_net - table.loc[list(FILTERS)].max()
over_linear = mean_net - table.loc["best linear"]
spread = table[table.index.str.startswith("autoencoder")]["PSNR"].agg(np.ptp).max()
report("least_gain_over_filters_db", advantage["PSNR"].min(), within=(-7.4, -5.2))
report("largest_gain_over_filters_db", advantage["PSNR"].max(), within=(1.6, 3))
report("least_gain_in_ssim", advantage["SSIM"].min(), within=(-0.07, 0))
report("least_gain_over_linear_db", over_linear["PSNR"].min(), within=(-5.8, -3.6))
report("largest_gain_over_linear_db", over_linear["PSNR"].max(), within=(0.1, 1.2))
report("spread_of_starts_db", spread, within=(0, 0.9))
bounds = {
    "gaussian": ((1.6, 3), (0.1, 1.1)),
    "salt": ((1.4, 2.6), (-0.8, 0.3)),
    "mask": ((-1, 0.2), (-1.6, -0.5)),
}
for kind, (filters, line) in bounds.items():
    report(f"gain_over_filters_{kind}_0.5_db", advantage["PSNR"][kind][0.5], within=filters)
    report(f"gain_over_linear_{kind}_0.5_db", over_linear["PSNR"][kind][0.5], within=line)
report("least_ssim_gain_over_linear", over_linear["SSIM"].min(), within=(-0.04, 0.03))
mask_ssim = table["SSIM"]["mask"][0.5]
beaten = mask_ssim["noisy"] - mask_ssim[["median", "non-local means"]].max()
report("nothing_over_two_filters_ssim_mask_0.5", beaten, within=(0.08, 0.28))

# %% [markdown]
# "Better than ordinary tools" is a matter of the noise. Where the damage is heavy, it is true: with
# Gaussian noise of 0.5, or half of the pixels salted, the autoencoder leads the best filter by about
# two decibels. (Half of them lost: level, or just behind.) With **faint Gaussian noise it is false**:
# non-local means is five to seven decibels *better*. A light touch is enough there, and it has one; the
# network, after a short training, was never told that the noise is faint, nor of which kind it is, and
# draws the digit anew. In SSIM the autoencoder is first, or nearly so, everywhere. So two judges, two
# verdicts: it makes sharp, clean strokes (structure), not always in exactly the right place (squares).
# And with half of the pixels lost, doing *nothing* has a higher SSIM than the median or non-local
# means: the black paper is intact.
#
# And look at who is fighting. The filters know nothing about digits; the network has seen 4,000. The
# *best linear denoiser* has seen the same 4,000 and keeps nothing but means and covariances. (It is
# also told the kind and the amount.) Against it, the autoencoder's lead in PSNR at 0.5 is about half a
# decibel for Gaussian noise, none for salt and pepper, and it trails by about one with masking. Much of
# what passes for the power of deep learning is that somebody has looked at the data at all.
#
# Now the home advantage is taken away: pieces of a photograph.

# %%
photo = skimage.data.camera().reshape(256, 2, 256, 2).mean(axis=(1, 3)) / 255
pieces = photo[:252, :252].reshape(9, 28, 9, 28).swapaxes(1, 2).reshape(-1, 28, 28)
pieces = pieces.astype("float32")
away = {}
for amount in AMOUNTS[:: budget(2, 3)]:
    corrupt = noise_maker("gaussian", amount)
    methods = tuned_filters(pieces[::4], corrupt)
    methods["best linear"] = best_linear(x_train, "gaussian", amount)
    for k, net in enumerate(nets):
        methods[f"autoencoder {k + 1}"] = lambda x, net=net: run(net, x)
    rng = np.random.default_rng(2)
    away[amount] = denoising_table(methods, pieces[1::2], corrupt, {"PSNR": psnr}, rng)["PSNR"]
    if amount == 0.1:
        noisy = corrupt(pieces[1::2], np.random.default_rng(2))[5:40:4]
        shown = {"clean": pieces[1::2][5:40:4], "noisy": noisy}
        shown |= {name: methods[name](noisy) for name in ("total variation", "autoencoder 1")}
away = pd.DataFrame(away).rename_axis(columns="amount of Gaussian noise")
figure = plots.image_rows(shown, "Pieces of a photograph, Gaussian noise 0.1")
plots.show(
    figure,
    alt="Pieces of a photograph, the same with faint noise, smoothed well by total variation, and "
    "turned into white patches with a black margin by the autoencoder.",
)
away.round(1)

# %%
for amount in away:
    lead = away.loc[list(FILTERS), amount].max() - away[amount].filter(like="auto").mean()
    report(
        f"filters_lead_on_photo_{amount}_db", lead, within={0.1: (13, 22), 0.5: (9.5, 16)}[amount]
    )
    lead -= away.loc["best linear", amount] - away[amount].filter(like="auto").mean()
    report(
        f"filters_lead_over_linear_{amount}_db", lead, within={0.1: (15, 22), 0.5: (11, 16)}[amount]
    )

# %% [markdown]
# There the filters lead everywhere, by more than nine decibels. The network paints the sky white and
# puts a black margin round every piece, as every digit has one; the best linear denoiser, which saw
# the same digits, is as lost. They do not know how to denoise. They know **what digits look like**.
# That is no defect; it is what they were taught.
#
# ## Strengths never seen, and predicting the noise instead
#
# A denoiser can also predict the *noise*, $\hat x = y - f(y)$, and leave the picture to a
# subtraction: **residual learning** (Zhang and others, 2017). With little noise that looks easier:
# the answer is nearly zero, where a direct network must draw the whole digit anew. Both kinds are
# trained here at a single strength of Gaussian noise, 0.1 or 0.5, and tested at six. (Without
# sigmoid and with the squared error as loss, so that nothing but the subtraction differs. The network
# is narrower, the training short.)
#
# **Predict first:** which one wins at 0.1, which at 0.5? And what does a network for 0.1 make of 0.5?

# %%
strengths, unseen = (0.02, 0.1, 0.2, 0.3, 0.5, 0.7), x_test[:200]
noisy_tests = {a: add_noise(unseen, "gaussian", a, np.random.default_rng(3)) for a in strengths}


def at_strengths(model) -> list[float]:
    """PSNR on unseen digits at each strength of Gaussian noise."""
    return [psnr(unseen, run(model, noisy)) for noisy in noisy_tests.values()]


rows = []
for kind in ("direct", "residual"):
    grid = [(a, seed) for a in (0.1, 0.5) for seed in range(budget(2, 1))]
    tasks = [(seed, pairs(x_train, noise_maker("gaussian", a))) for a, seed in grid]
    build = partial(convolutional, 8, None, kind == "residual")
    for task, net in zip(grid, train(build, tasks, budget(2, 1), kind, loss="mse"), strict=True):
        rows.append([kind, *task, *at_strengths(net)])

# %%
levels_table = pd.DataFrame(rows, columns=["network", "trained at", "start", *strengths])
all_levels = np.mean([at_strengths(net) for net in nets], axis=0)
nothing = [psnr(unseen, noisy) for noisy in noisy_tests.values()]
by_net = levels_table.drop(columns="start").groupby(["network", "trained at"])
means, spreads = by_net.mean(), by_net.std()

fig, ax = plt.subplots(figsize=(7, 4))
ax.plot(strengths, nothing, "k:", label="noisy")
ax.plot(
    strengths,
    all_levels,
    color=plots.COLORS[2],
    marker="s",
    label="all strengths and kinds (above)",
)
for (kind, trained_at), values in means.iterrows():
    color, line = plots.COLORS[trained_at == 0.5], "-" if kind == "direct" else "--"
    ax.errorbar(
        strengths, values, spreads.loc[kind, trained_at], color=color, linestyle=line, capsize=3,
        label=f"{kind}, trained at {trained_at}",
    )  # fmt: skip
ax.set(
    title="Away from the strength that they were trained at",
    xlabel="standard deviation of the noise in the test",
    ylabel="PSNR (dB)",
)
ax.legend(fontsize=9)
plots.show(
    fig,
    alt="PSNR against the strength of the noise. At 0.1 the residual network trained there is the best, "
    "and falls towards the noisy picture at 0.5; those trained at 0.5 stay flat below 20 dB for faint "
    "noise; the network trained on all strengths is the best from 0.2 on, and stays near 22 dB below.",
    name="noise_levels",
)

# %%
difference = means.loc["residual"] - means.loc["direct"]
report("residual_minus_direct_at_0.1_db", difference.loc[0.1, 0.1], within=(3, 5.2))
report("residual_minus_direct_at_0.5_db", difference.loc[0.5, 0.5], within=(-3.1, -1.4))
if budget(1, 0):  # a quick run has one start, and no spread
    at_home = [spreads.loc[(kind, a), a] for kind, a in spreads.index]
    report("largest_spread_at_home_db", max(at_home), within=(0, 1.5))
direct = means.loc["direct"]
at_faint = direct.loc[0.1, 0.1] - nothing[strengths.index(0.1)]
report("direct_over_nothing_at_0.1_db", at_faint, within=(-3.4, -0.7))
stays_below = direct.loc[0.5, 0.5] - direct.loc[0.1, 0.5]
report("trained_at_0.1_stays_below_at_0.5_db", stays_below, within=(1.3, 2.8))
report("trained_at_0.5_tested_at_0.02_db", direct.loc[0.5, 0.02], within=(14.6, 16.4))
report("doing_nothing_at_0.02_db", nothing[0], within=(36.3, 36.7))
report("all_strengths_at_0.5_db", all_levels[strengths.index(0.5)], within=(17.7, 19.3))
report("all_strengths_at_0.7_db", all_levels[strengths.index(0.7)], within=(15.4, 17))
report("all_strengths_at_0.02_db", all_levels[0], within=(21.4, 23.6))

# %% [markdown]
# At 0.1 the residual network leads by about four decibels (the direct one is below the noisy picture
# itself), at 0.5 it trails by about two. With faint noise the picture is nearly the answer, and
# subtraction passes it on untouched. With heavy noise it is nearly worthless: the network must draw
# all of the noise, pixel for pixel, before it can subtract it, and has not learnt that after two
# epochs, with half the resolution from the first layer on (Zhang's network keeps all of it). Is it
# unable, or only slow? *Going further* asks.
#
# The curves tell something else. Trained at 0.1, the direct network expects the noise of 0.1: at 0.5 it
# stays about two decibels below the one that was trained there. Trained at 0.5, it gives faint
# noise the same strong treatment: at 0.02 it returns about 15 dB for a picture that had 36. Training
# over all strengths (and a wider network, with longer training) repairs much of it, and at 0.7,
# which it never saw, it still holds 16. But it, too, ruins nearly clean pictures: about 22 dB at 0.02. Nobody
# tells it how noisy its input is. Diffusion models will tell it.
#
# ## "Noise is too messy to fit into the small code"
#
# The second sentence. It sounds right: noise has no pattern, so a small code has no room for it, and
# what comes out is the digit alone. For a *linear* autoencoder it can be checked with a pencil. PCA
# with $k$ of $d$ numbers loses the digit's variance in the discarded directions, and lets through the
# noise in the $k$ kept ones. With noise of standard deviation $\sigma$, not clipped:
#
# $$\mathrm{MSE}(k) = \frac1d \Big( \underbrace{\sum_{j>k} \lambda_j}_{\text{digit lost}} +
# \underbrace{k\,\sigma^2}_{\text{noise kept}} \Big).$$
#
# So of the noise exactly the share $k/d$ passes, and the best code size keeps the directions with
# $\lambda_j > \sigma^2$. From here on the digits are shrunk to 14 × 14, so that a network *wider* than
# the picture trains in seconds.


# %%
def shrink(images: np.ndarray) -> np.ndarray:
    """Halve the height and the width (n, 28, 28) by averaging 2 x 2 pixels."""
    return images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))


small, small_test = shrink(x_train), shrink(x_test)
SIGMA, D = 0.5, 196
flat, flat_test = small.reshape(-1, D).astype(float), small_test.reshape(-1, D).astype(float)
mean_digit = flat.mean(axis=0)
values, vectors = np.linalg.eigh(np.cov(flat.T, bias=True))
values, vectors = values[::-1].clip(0), vectors[:, ::-1]

k = np.arange(D + 1)
digit_lost = (values.sum() - np.concatenate([[0], np.cumsum(values)])) / D
noise_kept = k * SIGMA**2 / D
best_k = int(np.argmin(digit_lost + noise_kept))
y_test = flat_test + SIGMA * np.random.default_rng(4).standard_normal(flat_test.shape)
measured = {}
for n in (4, 8, best_k, 32, 64, 128, 196):
    axes_kept = vectors[:, :n]
    rebuilt = (y_test - mean_digit) @ axes_kept @ axes_kept.T + mean_digit
    measured[n] = np.mean((rebuilt - flat_test) ** 2)
shrunk = np.sum(values * SIGMA**2 / (values + SIGMA**2)) / D

# %%
fig, ax = plt.subplots(figsize=(6.8, 3.6))
ax.stackplot(
    k, digit_lost, noise_kept, labels=["digit lost", "noise kept"], alpha=0.5, colors=["C0", "C1"]
)
ax.plot(list(measured), list(measured.values()), "ko", label="measured on unseen digits")
ax.axhline(shrunk, color="C2", linestyle="--", label="no bottleneck, each direction turned down")
ax.set(
    title=f"PCA as a denoiser, noise {SIGMA}", xlabel="numbers kept", ylabel="mean squared error"
)
ax.legend()
plots.show(
    fig,
    alt="Error of PCA as a denoiser by code size: the digit lost falls, the noise kept rises in a "
    "straight line, their sum is least at about a dozen numbers. A dashed line for the denoiser "
    "without bottleneck lies below the minimum.",
)
report("best_code_size", best_k, within=(10, 10))
report("directions_above_noise", np.sum(values > SIGMA**2), within=(best_k, best_k))
report(
    "measured_over_formula",
    measured[best_k] / (digit_lost + noise_kept)[best_k],
    within=(1.03, 1.07),
)
report("wiener_over_best_pca", shrunk / (digit_lost + noise_kept).min(), within=(0.71, 0.716))

# %% [markdown]
# For PCA the sentence is true, as arithmetic. But the dashed line, which uses *all* directions and
# turns each one down by $\lambda_j / (\lambda_j + \sigma^2)$ instead of keeping or dropping it, is
# better than every code size. A bottleneck is a blunt way to turn things down.
#
# And a deep network? Two questions, which the sentence mixes up. Does a small code keep the noise
# out, if the network was trained on clean digits only? And does a network that was trained to denoise
# need a small code? The dense network below has 4, 32 or 256 numbers in the middle (the picture
# has 196, and its other layers 256: at 256 nothing is narrower than the picture).


# %%
def dense(code: int) -> keras.Model:
    """196 -> 256 -> code -> 256 -> 196."""
    return keras.Sequential(
        [
            keras.Input((14, 14)),
            layers.Flatten(),
            layers.Dense(256, activation="gelu"),
            layers.Dense(code),
            layers.Dense(256, activation="gelu"),
            layers.Dense(D, activation="sigmoid"),
            layers.Reshape((14, 14)),
        ]
    )


noisy_small = add_noise(small_test, "gaussian", SIGMA, np.random.default_rng(5))
corrupt_small, leave_clean = noise_maker("gaussian", SIGMA), lambda images, rng: images
grey = np.mean([corrupt_small(small_test, np.random.default_rng(k)) for k in range(100)], axis=0)
tests = {"clipped noise": noisy_small, "unclipped noise": y_test.reshape(-1, 14, 14)}
tests["mean of clipped noise"] = grey
CODES = (4, 32, 256)[budget(0, 2) :]  # a quick run has 256 only
rows, kept, inputs = [], {}, {"clean": leave_clean, "noisy": corrupt_small}
for code in CODES:
    grid = [(name, seed) for name in inputs for seed in range(budget(2, 1))]
    tasks = [(seed, pairs(small, inputs[name])) for name, seed in grid]
    trained = train(partial(dense, code), tasks, budget(5, 1), f"code {code}")
    for (name, seed), net in zip(grid, trained, strict=True):
        row = {"input in training": name, "code": code, "start": seed}
        row |= {test: psnr(small_test, run(net, tested)) for test, tested in tests.items()}
        rows.append(row | {"clean": psnr(small_test, run(net, small_test))})
        kept[name, code] = net
codes = pd.DataFrame(rows).drop(columns="start").groupby(["input in training", "code"])
codes = codes.mean().join(codes.std()[["clipped noise"]].add_prefix("± "))
nothing_small = {test: psnr(small_test, tested) for test, tested in tests.items()}
print("doing nothing:", {test: round(value, 2) for test, value in nothing_small.items()})
codes.round(2)

# %%
pictures = {"clean": small_test[ten], "noisy": noisy_small[ten]}
for (trained_on, code), net in kept.items():
    pictures[f"{trained_on}, code {code}"] = run(net, noisy_small[ten])
figure = plots.image_rows(pictures, "The same noisy digits; trained on clean or on noisy input")
plots.show(
    figure,
    alt="Clean digits, the same with clipped noise, and what six networks make of the noisy ones: "
    "trained on clean input, soft and often wrong digits with code 4 and blots of ink with 32 and 256; "
    "trained on noisy input, digits, clearest with code 256.",
    name="bottleneck",
)
report("doing_nothing_small_db", nothing_small["clipped noise"], within=(9.3, 9.45))
bounds = {
    4: ((9.7, 12.3), (14.2, 14.9)),
    32: ((7, 9.3), (15.6, 16.2)),
    256: ((4.5, 8.6), (16.3, 16.9)),
}
for code in CODES:
    for name, within in zip(("clean", "noisy"), bounds[code], strict=True):
        value = codes.loc[(name, code), "clipped noise"]
        report(f"{name}_trained_code_{code}_db", value, within=within)
for test, within in (("unclipped noise", (7, 8.6)), ("mean of clipped noise", (-13.5, -1.5))):
    gains = codes.loc["clean", test] - nothing_small[test]
    for end, value in (("least", gains.min()), ("largest", gains.max())):
        report(f"clean_trained_{end}_gain_{test.replace(' ', '_')}_db", value, within=within)
spread = codes.loc["noisy", "± clipped noise"].max() if budget(1, 0) else 0
report("noisy_trained_spread_db", spread, within=(0, 0.3))

# %% [markdown]
# First question, the rows trained on *clean* digits. With **clipped** noise a code of 4 numbers gains
# one to three decibels over doing nothing, and codes of 32 and of 256 make the picture *worse*: blots
# of ink. But with **unclipped** noise, which is stronger, all three gain seven decibels and more, the
# code of 256 as well! So it is not the size of the code that keeps the noise out. What spoils the
# picture is not even the noise, but its *mean*: clipping lifts the paper from 0 to 0.2, and if that
# grey alone is handed in, without any noise (third column), each of the networks makes it worse than
# it was. Noise that averages to nothing is lost in the sums of a layer; a grey that no digit had is a
# message, and a network may do anything with a picture unlike all that it has seen.
#
# Second question, the rows trained on *noisy* digits, of the kind in the first column: the network is
# better the *wider* its code. The best one has a code with more numbers than the picture. The spread over
# the starts is far smaller than the steps between the rows.
#
# So the popular sentence is true for PCA; in a deep network the small code is not the reason. What
# makes a network remove noise dependably is **being trained to remove it**. A bottleneck merely costs
# it detail.
#
# ## The best linear denoiser
#
# How good can a denoiser be at all? If only *linear* ones are allowed, mathematics answers. Let the
# pictures have mean $\mu$ and covariance $C$, and let the noise have standard deviation $\sigma$, *not
# clipped*. Among all denoisers of the form $\hat x = A y + b$ the least mean squared error belongs to
#
# $$\hat x = \mu + W (y - \mu), \qquad W = C\,(C + \sigma^2 I)^{-1}.$$
#
# Wiener found it in the 1940s, for signals in time. Along each principal component it multiplies by
# $\lambda_j / (\lambda_j + \sigma^2)$: that was the dashed line.
#
# ### Exercise 5: Wiener's denoiser
#
# <details><summary>Hint: do not invert</summary>
#
# $W = C (C + \sigma^2 I)^{-1}$ solves $(C + \sigma^2 I)\, W = C$, because the two factors commute. There
# is a function in `np.linalg` for that.
# </details>
# <details><summary>Hint: the covariance</summary>
#
# Of *centred* points, as in lesson 12: rows are pictures, so the result must be (d, d).
# `np.cov` has an option for rows and columns, and one for dividing by n.
# </details>


# %% exercise="wiener"
def wiener(x: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """The best linear denoiser for these pictures.

    Args:
        x: clean pictures as rows (n, d), floats.
        sigma: standard deviation of the noise, above 0.

    Returns:
        the mean (d,) and the matrix W (d, d), for the denoiser mean + W (y - mean). The covariance
        is normalised by n.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    covariance = (x - mean).T @ (x - mean) / len(x)
    return mean, np.linalg.solve(covariance + sigma**2 * np.eye(len(mean)), covariance)
    ### END SOLUTION


# %% check="wiener" points=2
def check_wiener(points, sigma):
    """Compare with the factors along the principal components, and know the usual mistakes."""
    n, d = points.shape
    before = points.copy()
    mean, matrix = check.several(wiener(points, sigma), "the mean", "the matrix")
    check.unchanged(before, points, "the argument x")
    exact = points.astype(float)
    check.close(mean, exact.mean(axis=0), "the mean", rtol=1e-3)
    matrix = check.array(matrix, "the matrix W", shape=(d, d)).astype(float)

    def gain(x, noise, function=lambda c, v: c / (c + v)):
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        return vectors @ np.diag(function(values.clip(0), noise)) @ vectors.T

    centred = exact - exact.mean(axis=0)
    right = gain(centred, sigma**2)
    by_n_1 = gain(centred * np.sqrt(n / (n - 1)), sigma**2)
    if np.abs(matrix - by_n_1).max() < 1e-4:
        return  # normalised by n - 1: as good a convention
    mistakes = {
        "the pictures were not centred.": gain(exact, sigma**2),
        "the variance of the noise is sigma squared.": gain(centred, sigma),
        "this is what keeps the noise: I - W.": np.eye(d) - right,
        "this is the inverse of C + sigma² I alone; C is missing.": gain(
            centred, sigma**2, lambda c, v: 1 / (c + v)
        ),
        "the covariance was not divided by n.": gain(centred * np.sqrt(n), sigma**2),
        "the covariance is divided by n, not by d.": gain(centred * np.sqrt(n / d), sigma**2),
        "the noise was subtracted from C; it adds to it.": gain(
            centred, sigma**2, lambda c, v: c / np.where(np.abs(c - v) < 1e-9, 1, c - v)
        ),
        "C belongs to the clean pictures; here the noise is added twice.": gain(
            centred, sigma**2, lambda c, v: (c + v) / (c + 2 * v)
        ),
        "sigma² goes on the diagonal only: sigma² times the identity.": np.linalg.solve(
            centred.T @ centred / n + sigma**2 * (1 + 1e-9 * np.eye(d)), centred.T @ centred / n
        )
        if n > d
        else right + 9,
    }
    c = centred.T @ centred / n
    total = c + sigma**2 * np.eye(d)
    with np.errstate(all="ignore"):
        mistakes["`*` multiplies entry by entry; W is a matrix product."] = c * np.linalg.inv(total)
        mistakes["`/` divides entry by entry; W needs the inverse matrix."] = c / total
        mistakes["1 / matrix is not the inverse matrix."] = c @ (1 / total)
    mistakes = {m: v for m, v in mistakes.items() if np.abs(v - right).max() > 1e-3}
    check.close(matrix, right, "the matrix W", rtol=1e-4, mistakes=mistakes)


rng = np.random.default_rng(0)
check_wiener(rng.normal(size=(60, 4)) @ np.diag([3.0, 2.0, 1.0, 0.2]) + 5, 0.7)
check_wiener(rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5)) - 2, 1.5)
### BEGIN HIDDEN TESTS
check_wiener(rng.normal(size=(12, 20)) @ rng.normal(size=(20, 20)) + 1, 0.3)
check_wiener((rng.normal(size=(200, 3)) * [1.0, 0, 2.0] + 3).astype("float32"), 0.5)
check_wiener(rng.normal(size=(30, 1)) + 4, 2.0)
check_wiener(rng.random((50, 6)), 0.25)
### END HIDDEN TESTS

# %% [markdown]
# Nothing beats that denoiser on average over its own pictures, as long as it is linear. So a *trained*
# linear denoiser has an oracle. For such a network the error can even be averaged over **all** noise
# without drawing any: $\hat x - x = (A - I)x + b + \sigma A \varepsilon$, so its mean square is that of
# $(A - I) x + b$ plus $\sigma^2$ times the sum of the squared entries of $A$.


# %%
def exact_mse(matrix: np.ndarray, bias: np.ndarray, x: np.ndarray, sigma: float) -> float:
    """Mean squared error of A y + b per pixel, averaged over all noise, on pictures (n, d)."""
    missed = x @ (matrix.T - np.eye(len(matrix))) + bias
    return (np.mean(np.sum(missed**2, axis=1)) + sigma**2 * np.sum(matrix**2)) / x.shape[1]


def linear() -> keras.Model:
    """A dense layer without activation: nothing else."""
    return keras.Sequential(
        [keras.Input((14, 14)), layers.Flatten(), layers.Dense(D), layers.Reshape((14, 14))]
    )


def unclipped(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise as the formula wants it: without clipping."""
    return (images + SIGMA * rng.standard_normal(images.shape)).astype("float32")


mean_w, matrix_w = wiener(flat, SIGMA)
oracle = [exact_mse(matrix_w, mean_w - matrix_w @ mean_w, x, SIGMA) for x in (flat, flat_test)]
report("wiener_over_formula", oracle[0] / shrunk, within=(0.9999, 1.0001))
ratios = []
tasks = [(seed, pairs(small, unclipped)) for seed in range(budget(2, 1))]
for linear_net in train(linear, tasks, budget(12, 1), "linear network", loss="mse"):
    kernel, bias = (w.astype(float) for w in linear_net.get_weights())
    found = [exact_mse(kernel.T, bias, x, SIGMA) for x in (flat, flat_test)]
    ratios.append([found[0] / oracle[0], found[1] / oracle[1]])
ratios = np.array(ratios)
report("linear_net_over_wiener_training_min", ratios[:, 0].min(), within=(1.002, 1.02))
report("linear_net_over_wiener_training_max", ratios[:, 0].max(), within=(1.002, 1.02))
report("linear_net_over_wiener_unseen", ratios[:, 1].mean(), within=(0.99, 1.04))

# %% [markdown]
# The trained linear network comes within two per cent of the oracle, and never below it on its
# own training digits. (On unseen digits it could be: the theorem does not speak of them.) So this
# training can be trusted, and what a deep network gains beyond that line is gained by bending.
#
# ## What the best denoiser knows
#
# And if *all* denoisers are allowed? The least mean squared error belongs to the average of all clean
# pictures that could lie behind $y$, the conditional mean $E[x \mid y]$. For Gaussian noise there is a
# formula for it that looks like a conjuring trick (Robbins 1956, who credits Tweedie; Miyasawa 1961):
#
# $$E[x \mid y] = y + \sigma^2\, \nabla \log p(y).$$
#
# Here $p$ is the density of the *noisy* pictures. Its gradient $\nabla \log p$, called the **score**,
# points to where noisy pictures are more frequent. The clean ones do not occur in it at all. The reason
# takes two lines. $p(y) = \int p(x)\, g(y - x)\, dx$ with the Gaussian $g$, and
# $\nabla g(y - x) = -\frac{y - x}{\sigma^2} g(y - x)$; so $\nabla p(y) = p(y)\, (E[x \mid y] - y) / \sigma^2$.
#
# Here is the smallest example: a "picture" of one pixel that is 0 or 1, each half of the time.

# %%
y_axis = np.linspace(-1, 2, 601)
weights = norm.pdf(y_axis[:, None], [0, 1], SIGMA)  # (y, the two clean values)
density = weights.mean(axis=1)
conditional_mean = weights[:, 1] / weights.sum(axis=1)
score = np.gradient(np.log(density), y_axis)
trick = y_axis + SIGMA**2 * score
report("tweedie_differs_by", np.abs(trick - conditional_mean)[1:-1].max(), within=(0, 2e-05))

fig, axes = plt.subplots(1, 3, figsize=(10, 3.2))
axes[0].plot(y_axis, density)
axes[0].set(title="Density of the noisy pixel", ylabel="p(y)")
axes[1].plot(y_axis, score)
axes[1].axhline(0, color=plots.GREY, linewidth=1)
axes[1].set(title="Score: which way to more frequent", ylabel="d log p / dy")
axes[2].plot(y_axis, y_axis, ":", color=plots.GREY, label="do nothing")
axes[2].plot(y_axis, conditional_mean, label="$E[x|y]$, by Bayes", linewidth=4, alpha=0.4)
axes[2].plot(y_axis, trick, "k--", label="y + σ² · score")
axes[2].set(title="The best denoiser", ylabel="estimate of x")
axes[2].legend(fontsize=9)
for ax in axes:
    ax.set(xlabel="noisy pixel y")
plots.show(
    fig,
    alt="Three curves over the noisy pixel: a broad density; its score, positive on the left and "
    "negative on the right; and the best denoiser, an S from 0 to 1 on which Bayes and Tweedie agree.",
    name="tweedie",
)

# %% [markdown]
# Read backwards, it says: **whoever has a denoiser has the score** (Vincent, 2011). You can not write
# down the density of handwritten digits; but you can train a denoiser.
#
# ### Exercise 6: the score from a denoiser
#
# <details><summary>Hint</summary>
#
# Solve Tweedie's formula for $\nabla \log p(y)$. Where the denoiser moves a picture, there it is more
# likely: which sign must the difference have?
# </details>


# %% exercise="score_from_denoiser"
def score_from_denoiser(denoise, y: np.ndarray, sigma: float) -> np.ndarray:
    """The gradient of log p(y) that a denoiser implies.

    Args:
        denoise: function from noisy arrays to estimates of the clean ones, of the same shape.
        y: noisy arrays, of any shape. Not changed.
        sigma: standard deviation of the Gaussian noise.

    Returns:
        an array of the shape of y.
    """
    ### BEGIN SOLUTION
    return (denoise(y) - y) / sigma**2
    ### END SOLUTION


# %% check="score_from_denoiser" points=1
def check_score(denoise, y, sigma, name):
    """Compare with the formula, and know the usual mistakes."""
    before = y.copy()
    value = score_from_denoiser(denoise, y, sigma)
    check.unchanged(before, y, "the argument y")
    step = denoise(y) - y
    mistakes = {
        "the sign is wrong: the score points to where the denoiser moves.": -step / sigma**2,
        "divide by sigma squared.": step / sigma,
        "divide by sigma squared alone, not by twice that.": step / (2 * sigma**2),
        "brackets are missing: y / sigma**2 is computed first.": denoise(y) - y / sigma**2,
        "not divided by sigma squared.": step,
        "multiplied by sigma squared; solve the formula for the score.": step * sigma**2,
        "this is the denoiser's answer, not yet the score.": denoise(y),
        "y was not subtracted.": denoise(y) / sigma**2,
        "the denoiser was to be called with y as it is.": (denoise(y / sigma) - y) / sigma**2,
    }
    wanted = step / sigma**2
    mistakes = {m: v for m, v in mistakes.items() if np.abs(v - wanted).max() > 1e-3}
    check.close(value, wanted, name, mistakes=mistakes)


check_score(lambda y: 0.3 * y + 1, np.array([-2.0, 0.0, 3.0]), 0.7, "the score of a line")
check_score(np.tanh, np.linspace(-2, 2, 12).reshape(3, 4), 2.0, "the score of a curve")
### BEGIN HIDDEN TESTS
check_score(lambda y: np.sin(y) / 2, np.linspace(0, 3, 24).reshape(2, 3, 4), 0.1, "three axes")
check_score(lambda y: y**2, np.array([[0.5]]), 3.0, "one number")
rng = np.random.default_rng(1)
precision = np.linalg.inv(np.array([[2.0, 0.6], [0.6, 1.0]]) + 0.49 * np.eye(2))
y = rng.normal(size=(7, 2))
gaussian = score_from_denoiser(lambda y: y - 0.49 * y @ precision, y, 0.7)
check.close(gaussian, -y @ precision, "the score of a Gaussian from its best denoiser")
### END HIDDEN TESTS

# %% [markdown]
# An exact test in 196 dimensions. If pictures were *Gaussian*, with the digits' mean and covariance,
# then the noisy ones would be Gaussian, too, with covariance $C + \sigma^2 I$, and the conditional mean
# would be Wiener's denoiser. So the score that *his* denoiser implies must be the slope of that
# density's logarithm, which SciPy knows.

# %%
gaussian = multivariate_normal(mean_digit, np.cov(flat.T, bias=True) + SIGMA**2 * np.eye(D))
few_y, h = y_test[:20], 1e-3


def denoise_wiener(y: np.ndarray) -> np.ndarray:
    return mean_w + (y - mean_w) @ matrix_w.T


def denoise_linear(y: np.ndarray) -> np.ndarray:
    return y @ kernel + bias


slopes = [gaussian.logpdf(few_y + h * e) - gaussian.logpdf(few_y - h * e) for e in np.eye(D)]
slopes = np.stack(slopes, axis=1) / (2 * h)
implied = score_from_denoiser(denoise_wiener, few_y, SIGMA)
report("score_wiener_differs_by", np.abs(implied - slopes).max(), within=(0, 1e-5))
off = score_from_denoiser(denoise_linear, few_y, SIGMA) - slopes
off_percent = 100 * np.linalg.norm(off) / np.linalg.norm(slopes)
report("score_of_trained_net_off_percent", off_percent, within=(1, 8))

# %% [markdown]
# Wiener's implied score agrees with the density's slope to many digits; the score of the *trained*
# linear network, which has never heard of any density, is off by a few per cent.
#
# ### What clipping does to Tweedie
#
# The formula needs *Gaussian* noise, and clipped noise is not Gaussian. For a single pixel strictly
# between 0 and 1 nothing changes: the clipped and the unclipped density are the same there. But all
# that fell outside is heaped up on the two points 0 and 1. There $p$ has no density and no slope, and
# the formula is silent. What the best denoiser does there is still defined: it knows only that
# *at most* 0 was measured.

# %%
below = norm.cdf((0 - np.array([0.0, 1.0])) / SIGMA)  # chance of y <= 0 for a clean 0 and 1
at_edge = below[1] / below.sum()
tweedie_at_edge = conditional_mean[np.argmin(np.abs(y_axis))]
print(f"best estimate where 0 was read: clipped {at_edge:.3f}, unclipped {tweedie_at_edge:.3f}")
on_edge = np.mean((noisy_small == 0) | (noisy_small == 1))
report("estimate_at_clipped_zero", at_edge, within=(0.0434, 0.0436))
report("tweedie_at_zero", tweedie_at_edge, within=(0.119, 0.1195))
report("pixels_on_the_edge_percent", 100 * on_edge, within=(48.5, 50.5))
report("mean_of_clipped_paper", np.mean(noisy_small[small_test == 0]), within=(0.193, 0.198))

# %% [markdown]
# Clipped, the best estimate where 0 was read is 0.04; Tweedie's formula, put to work as if nothing had
# happened, says 0.12. In the noisy digits half of all pixels lie on one of the two edges. And an
# empty sheet (all 0) under clipped noise of 0.5 has a mean of 0.2, not 0. So: **clip when you
# model picture files; do not clip when you want a score.** In the next section nothing is clipped.
#
# ## From a denoiser to new digits
#
# A score says which way pictures become more likely. So start from **pure noise**, take a small step
# the denoiser's way, put back seven tenths of the noise that the step took off, but fresh, and
# repeat. (Counted in standard deviations.) The network has never drawn anything; it was only ever
# asked to clean. It is a dense one without bottleneck, trained on *unclipped* noise of every strength
# from 0 to 1, without being told which. How noisy the picture still is, it tells us itself: that is
# the length of its own step (Kadkhodaie & Simoncelli, 2021).


# %%
def wide() -> keras.Model:
    """196 -> 384 -> 384 -> 196, without bottleneck and without a last activation."""
    hidden = [layers.Dense(384, activation="gelu") for _ in range(2)]
    end = [layers.Dense(D), layers.Reshape((14, 14))]
    return keras.Sequential([keras.Input((14, 14)), layers.Flatten(), *hidden, *end])


def every_strength(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Unclipped Gaussian noise, its strength drawn for each picture from 0 to 1."""
    sigma = rng.uniform(0, 1, (len(images), 1, 1))
    return (images + sigma * rng.standard_normal(images.shape)).astype("float32")


(blind,) = train(wide, [(0, pairs(small, every_strength))], budget(14, 1), "blind", loss="mse")
rng = np.random.default_rng(0)
y = rng.normal(0.3, 1.0, (30, 14, 14))  # about a grey between paper and ink
film, strength = {"pure noise": y[ten]}, []
step, kept_off = 0.08, 0.3  # share of the noise removed; share of that which stays away
for turn in progress_bar(range(1, budget(200, 20) + 1), "drawing"):
    move = run(blind, y.astype("float32")) - y  # sigma² times the score
    sigma = np.sqrt(np.mean(move**2, axis=(1, 2), keepdims=True))
    again = np.sqrt((1 - kept_off * step) ** 2 - (1 - step) ** 2) * sigma
    y = y + step * move + again * rng.standard_normal(y.shape)
    strength.append(float(sigma.mean()))
    if turn in (20, 60, 90, 200):
        film[f"{turn} steps"] = y[ten]
figure = plots.image_rows(film, "Ten pictures drawn by a network that can only denoise")
plots.show(
    figure,
    alt="Ten squares of pure noise that turn, over two hundred small denoising steps, into soft "
    "handwritten digits; most can be read.",
    name="digits_from_noise",
)


def nearest(pictures: np.ndarray) -> np.ndarray:
    """Root mean squared difference of each picture to the nearest training digit."""
    return cdist(pictures.reshape(-1, D), flat).min(axis=1) / math.sqrt(D)


report("noise_left", strength[-1], within=(0.015, 0.045))
report("nearest_training_digit_drawn", np.median(nearest(y)), within=(0.105, 0.16))
report("nearest_training_digit_drawn_least", nearest(y).min(), within=(0.037, 0.07))
near_unseen = nearest(small_test[:100])
report("nearest_training_digit_unseen", np.median(near_unseen), within=(0.136, 0.141))
report("nearest_training_digit_unseen_least", near_unseen.min(), within=(0.041, 0.043))

# %% [markdown]
# Most of them can be read. And they are not copies. A copy with the noise that is left would be 0.03
# away from its original; half of the drawings are farther than 0.1 from every training digit, about as
# far as digits that the network never saw. The nearest of them is at about 0.05, the nearest of the
# unseen digits at 0.04. (Soft strokes lie a little nearer to everything.) No decoder was fed with a
# code here, and no rival network judged: a denoiser is enough. Lesson 51 makes this idea into
# diffusion models.
#
# ## Break it: the short cut of doing nothing
#
# A network without bottleneck *can* copy its input. What keeps it from doing so is nothing but the
# task. Four ways to spoil the task, none of which crashes, on the widest dense network (code 256):
#
# - **no noise** in training: it was already trained above;
# - **the noise on the target, too**: `target = noisy`, a slip of one word;
# - **frozen**: noise drawn once, before the training;
# - **other noise on the target**: a second noisy copy, drawn independently, as target.
#
# **Predict first:** which are harmless? And would the validation loss of each tell?


# %%
def spoilt(kind: str):
    """A function that makes an epoch like yours, with one thing changed."""
    frozen = corrupt_small(small, np.random.default_rng(0))

    def make_epoch(rng):
        if kind == "frozen noise":
            order = np.array_split(rng.permutation(len(small)), math.ceil(len(small) / 64))
            yield from ((frozen[mine], small[mine]) for mine in order)
            return
        for noisy, target in epoch_batches(small, corrupt_small, 64, rng):
            if kind == "same noise on the target":
                target = noisy
            elif kind == "other noise, clipped":
                target = corrupt_small(target, rng)
            elif kind == "other noise, unclipped":
                target = unclipped(target, rng)
            yield noisy, target

    return make_epoch


# %%
suspects = {"clean target": kept["noisy", 256], "no noise": kept["clean", 256]}
mistakes = ["same noise on the target", "frozen noise"]
mistakes += ["other noise, clipped", "other noise, unclipped"]
trained = train(partial(dense, 256), [(1, spoilt(m)) for m in mistakes], budget(5, 1), "spoilt")
suspects |= dict(zip(mistakes, trained, strict=True))
judged = {}
for kind, net in suspects.items():
    output = run(net, noisy_small)
    own = {"no noise": psnr(small_test, run(net, small_test))}
    own["same noise on the target"] = psnr(noisy_small, output)
    judged[kind] = {
        "its own task (dB)": own.get(kind, psnr(small_test, output)),
        "clean input (dB)": psnr(small_test, run(net, small_test)),
        "noisy input (dB)": psnr(small_test, output),
    }
judged = pd.DataFrame(judged).T
judged["gain over doing nothing (dB)"] = judged["noisy input (dB)"] - nothing_small["clipped noise"]
judged.round(2)

# %%
gain = judged["gain over doing nothing (dB)"]
report("gain_clean_target_db", gain["clean target"], within=(6.8, 7.6))
report("gain_no_noise_db", gain["no noise"], within=(-4.5, -0.5))
report("gain_same_noise_db", gain["same noise on the target"], within=(0.7, 1.9))
report("gain_frozen_db", gain["frozen noise"], within=(6.6, 7.6))
report("gain_other_clipped_db", gain["other noise, clipped"], within=(2.8, 3.8))
other_cost = gain["clean target"] - gain["other noise, unclipped"]
report("other_unclipped_costs_db", other_cost, within=(0.2, 0.98))
report("no_noise_clean_input_db", judged.loc["no noise", "clean input (dB)"], within=(23, 24.7))
report(
    "clean_target_clean_input_db",
    judged.loc["clean target", "clean input (dB)"],
    within=(17.8, 18.9),
)
frozen_cost = gain["clean target"] - gain["frozen noise"]
report("frozen_costs_db", frozen_cost, within=(0.02, 0.3))

# %% [markdown]
# Read the table from the right.
#
# - **The same noise on the target** is the short cut itself: the network learns to hand its input
#   through, and gains one decibel or little more, only because it is no perfect copier.
# - **No noise**: on clean digits it is by far the best of all. On noisy ones, clipped like these, it is
#   *worse than doing nothing*. Whoever validates on clean input picks exactly this one. It happens without a
#   thought: a layer such as `GaussianNoise` or `Dropout` is switched off during validation, so that
#   the validation loss is a loss on *clean* input. That is the end of the third sentence.
# - **Frozen noise** costs a little here, after five epochs; the network begins to learn the noise by
#   heart. (Train for 50 epochs, and look again.)
# - **Other noise on the target** looks like the worst slip of all, and costs less than one decibel, as
#   long as it is not clipped: the best answer to "guess the second noisy copy" is the mean of all
#   possible ones (for the cross-entropy, too: it is linear in the target), and that mean is
#   $E[x \mid y]$, the clean estimate (Lehtinen and others, 2018, call it Noise2Noise). *Clipped* noise
#   has another mean, so the network learns grey paper, and loses about four decibels.
#
# The repair for all of them is your `epoch_batches`: clean target, fresh noise; and a judge that sees
# noisy input.
#
# ### Written question
#
# A colleague writes: "Our autoencoder has a `GaussianNoise` layer after the input and a code of 32
# numbers. Of ten versions we kept the one with the lowest validation loss. It denoises well, because
# noise does not fit into 32 numbers." Name two mistakes in this, each with a result of this lesson
# that speaks against it, and describe the experiment that would tell what the code of 32 is worth.
# (4 to 6 sentences.)

# %% [markdown] answer="two_mistakes" points=3
# **Model answer.** The layer is inactive in validation, so the validation loss was measured on clean
# input. In *Break it* that judge puts the network that was trained without any noise first,
# though on clipped noise it is worse than doing nothing. And the small code is not what removes the
# noise: a network with a code of 32 trained on clean digits only makes clipped noise worse than it
# was (and on unclipped noise a code of 256 gains as much as one of 32), while among networks that were trained on noisy input the one with 256 numbers, more than the
# picture has, is the best. (For PCA the argument does hold: the share k/d of the noise passes.) To see
# what the code is worth, train the same network with several code sizes, one of them wider than the
# picture, from several starts, with fresh noise and clean targets; compare PSNR on held-out, *noisy*
# digits, beside the noisy pictures themselves and a tuned filter.
#
# **Rubric.** 1 point: validation without noise judges the wrong task, with a result. 1 point: the code
# is not the reason, with a result (either half of the table of codes). 1 point: an experiment that
# changes only the code size and judges on held-out noisy input, against a baseline or over several
# starts.

# %% [markdown]
# ## Going further
#
# - Train a specialist: your network on Gaussian noise of 0.1 only, for 30 epochs, residual. Does it
#   catch up with non-local means? And at 0.5, how much of the residual network's lag is left after
#   twelve epochs instead of two?
# - Train the codes of 32 and 256 on noisy digits for 40 epochs. Is the wider one still better?
# - Take all biases out of a convolutional denoiser (`use_bias=False`, ReLU, no sigmoid). If the input
#   is doubled, so is its output. What becomes of the strengths it has never seen? (Mohan and others,
#   2020.)
# - Tell the network which pixels are lost: a mask as a second channel. How many decibels is that
#   knowledge worth? (That is inpainting, in the next lesson.)
# - Draw digits with `kept_off = 1` (no fresh noise) and with 0.1, or start from a darker or
#   a brighter grey than 0.3. What happens to their variety?
#
# ## Summary
#
# 1. Train with fresh noise and a clean target; judge on held-out noisy input, the same for all rivals.
# 2. On heavy noise a denoising autoencoder beats tuned filters; on faint Gaussian noise they beat it,
#    and on photographs it is lost. It knows digits, not noise.
# 3. Noise goes because the network is trained to remove it, not because the code is small.
# 4. Wiener's denoiser is the best linear one; a trained linear network comes within two per cent.
# 5. The best denoiser is $y + \sigma^2 \nabla \log p(y)$: who can denoise has the score, and can draw.
#
# ## References
#
# - N. Wiener (1949). *Extrapolation, Interpolation, and Smoothing of Stationary Time Series, with
#   Engineering Applications*. Technology Press of MIT and Wiley.
# - H. Robbins (1956). An empirical Bayes approach to statistics. *Third Berkeley Symposium* 1.
# - K. Miyasawa (1961). An empirical Bayes estimator of the mean of a normal population. *Bulletin of
#   the International Statistical Institute* 38.
# - L. Rudin, S. Osher, E. Fatemi (1992). Nonlinear total variation based noise removal algorithms.
#   *Physica D* 60.
# - A. Buades, B. Coll, J.-M. Morel (2005). A non-local algorithm for image denoising. *CVPR*.
# - P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol (2008). Extracting and composing robust
#   features with denoising autoencoders. *ICML*.
# - P. Vincent (2011). A connection between score matching and denoising autoencoders. *Neural
#   Computation* 23.
# - K. Zhang, W. Zuo, Y. Chen, D. Meng, L. Zhang (2017). Beyond a Gaussian denoiser: residual learning
#   of deep CNN for image denoising. *IEEE Transactions on Image Processing* 26.
# - J. Lehtinen and others (2018). Noise2Noise: learning image restoration without clean data. *ICML*.
# - S. Mohan, Z. Kadkhodaie, E. Simoncelli, C. Fernandez-Granda (2020). Robust and interpretable blind
#   image denoising via bias-free convolutional neural networks. *ICLR*.
# - Z. Kadkhodaie, E. Simoncelli (2021). Stochastic solutions for linear inverse problems using the
#   prior implicit in a denoiser. *NeurIPS*.
