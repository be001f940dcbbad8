# ---
# title: From a denoiser to new digits
# question: Can a network that only ever cleaned pictures draw new ones?
# seconds: 60
# goals:
#   - write the best linear denoiser, and hold a trained one against it
#   - draw digits from pure noise with a denoiser
#   - see that independent noise on the target costs little, unless it is clipped
# terms:
#   annealed sampling: drawing by many small denoising steps, with a little fresh noise put back after each
# ---

# %% folded="imports"
import keras
import numpy as np
import pandas as pd
from keras import layers
from scipy.spatial.distance import cdist

from course_utils import plots
from course_utils.checks import denoising_deeper
from course_utils.data import load_digits
from course_utils.report import report
from course_utils.training import budget, fit, predict, progress_bar, set_seed

# %% [markdown]
# ## The best linear denoiser
#
# Let pictures have mean $\mu$ and covariance $C$, and let Gaussian noise of standard deviation $\sigma$ be
# added, *not clipped*. Among all denoisers $\hat x = A y + b$ the least mean squared error belongs to
#
# $$\hat x = \mu + W (y - \mu), \qquad W = C\,(C + \sigma^2 I)^{-1}.$$
#
# Along each principal component it multiplies by $\lambda_j / (\lambda_j + \sigma^2)$. Wiener found it in the
# 1940s, for signals in time.
#
# ### Exercise: Wiener's denoiser
#
# <details><summary>Hint: do not invert</summary>
#
# $W$ solves $(C + \sigma^2 I)\, W = C$, because the two factors commute: `np.linalg.solve`.
# </details>


# %% exercise="wiener"
def wiener(x: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """The best linear denoiser for these pictures.

    Args:
        x: clean pictures as rows (n, d), floats.
        sigma: standard deviation of the noise, above 0.

    Returns:
        the mean (d,) and the matrix W (d, d), for the denoiser mean + W (y - mean). The covariance
        is divided by n.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    covariance = (x - mean).T @ (x - mean) / len(x)
    return mean, np.linalg.solve(covariance + sigma**2 * np.eye(len(mean)), covariance)
    ### END SOLUTION


# %% check="wiener"
denoising_deeper.check_wiener(wiener, n=60, d=4, sigma=0.7)
denoising_deeper.check_wiener(wiener, n=12, d=20, sigma=0.3)

# %% [markdown]
# A network of one linear layer, trained on noisy digits of 14 × 14 pixels, must come near it. For a linear
# denoiser the error can be averaged over *all* noise without drawing any.

# %%
SIGMA, D = 0.5, 196
digits = load_digits()
small, small_test = (
    x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    for x in (digits.x_train[: budget(4000, 128)], digits.x_test)
)
flat = small.reshape(-1, D).astype(float)


def batches(clean: np.ndarray, corrupt):
    """A function of a generator that makes the pairs (noisy, target) of one epoch, 64 at a time."""

    def epoch(rng):
        for rows in np.array_split(rng.permutation(len(clean)), -(-len(clean) // 64)):
            yield corrupt(clean[rows], rng)

    return epoch


def unclipped(images, rng):
    """Gaussian noise without clipping, and the clean target."""
    return (images + SIGMA * rng.standard_normal(images.shape)).astype("float32"), images


def exact_mse(matrix, bias, x) -> float:
    """Mean squared error of A y + b per pixel, averaged over all noise, on pictures (n, d)."""
    missed = x @ (matrix.T - np.eye(D)) + bias
    return (np.mean(np.sum(missed**2, axis=1)) + SIGMA**2 * np.sum(matrix**2)) / D


set_seed(0)
linear = keras.Sequential(
    [keras.Input((14, 14)), layers.Flatten(), layers.Dense(D), layers.Reshape((14, 14))]
)
fit(
    linear,
    batches(small, unclipped),
    epochs=budget(12, 1),
    learning_rate=4e-3,
    loss="mse",
    title="linear network",
)
kernel, bias = (w.astype(float) for w in linear.get_weights())
mean, w = wiener(flat, SIGMA)
oracle, found = exact_mse(w, mean - w @ mean, flat), exact_mse(kernel.T, bias, flat)
print(f"mean squared error on the training digits: Wiener {oracle:.5f}, trained {found:.5f}")

# %% folded="numbers"
report("linear_net_over_wiener_training", found / oracle, within=(1.001, 1.03))

# %% [markdown]
# The trained network comes within a few per cent of the oracle, and never below it on the digits that it was
# trained on. So this training can be trusted.
#
# ## Draw digits from pure noise
#
# A denoiser knows the score (lesson 21), and the score says which way pictures become more likely. So start
# from **pure noise**, take a small step the denoiser's way, put back most of the noise that the step took off,
# but fresh, and repeat: **annealed sampling**. The network has never drawn anything; it is trained on noise
# of every strength from 0 to 1, without being told which. How noisy the picture still is, the length of its
# own step tells (Kadkhodaie & Simoncelli 2021).


# %%
def every_strength(images, rng):
    """Unclipped Gaussian noise, its strength drawn for each picture from 0 to 1."""
    sigma = rng.uniform(0, 1, (len(images), 1, 1))
    return (images + sigma * rng.standard_normal(images.shape)).astype("float32"), images


set_seed(0)
hidden = [layers.Dense(384, activation="gelu") for _ in range(2)]
wide = keras.Sequential(
    [keras.Input((14, 14)), layers.Flatten(), *hidden, layers.Dense(D), layers.Reshape((14, 14))]
)
fit(
    wide,
    batches(small, every_strength),
    epochs=budget(14, 1),
    learning_rate=4e-3,
    loss="mse",
    title="denoiser",
)

rng = np.random.default_rng(0)
y = rng.normal(0.3, 1.0, (30, 14, 14))
film, step, kept_off = (
    {"pure noise": y[:10]},
    0.08,
    0.3,
)  # shares: of the noise removed; of that left away
for turn in progress_bar(range(1, budget(200, 20) + 1), "drawing"):
    move = predict(wide, y.astype("float32")) - y  # sigma² times the score
    sigma = np.sqrt(np.mean(move**2, axis=(1, 2), keepdims=True))
    again = np.sqrt((1 - kept_off * step) ** 2 - (1 - step) ** 2) * sigma
    y = y + step * move + again * rng.standard_normal(y.shape)
    if turn in (20, 60, 90, 200):
        film[f"{turn} steps"] = y[:10]
plots.show(
    plots.image_rows(film, "Ten pictures drawn by a network that can only denoise"),
    alt="Ten squares of pure noise that turn, over two hundred small denoising steps, into soft handwritten "
    "digits; most can be read.",
)


def nearest(pictures) -> np.ndarray:
    """Root mean squared difference of each picture from the nearest training digit."""
    return cdist(pictures.reshape(-1, D), flat).min(axis=1) / np.sqrt(D)


print(
    f"nearest training digit: drawn {np.median(nearest(y)):.3f}, unseen {np.median(nearest(small_test[:100])):.3f}"
)

# %% folded="numbers"
report("nearest_training_digit_drawn", np.median(nearest(y)), within=(0.1, 0.17))
report("nearest_training_digit_unseen", np.median(nearest(small_test[:100])), within=(0.13, 0.145))

# %% [markdown]
# Most can be read, and they are not copies: half of them are about as far from every training digit as digits
# that the network never saw. No decoder was fed with a code, and no rival network judged. Lesson 51 makes this
# idea into diffusion models.
#
# ## Noise on the target, once more
#
# With *other* noise on the target the best guess is the mean of all noisy copies. Clipped noise has another
# mean than the picture; noise that is not clipped has the same.


# %%
def clipped_twice(images, rng):
    """Two independent noisy copies, clipped: one is the input, one the target."""
    return tuple(np.clip(unclipped(images, rng)[0], 0, 1) for _ in range(2))


def unclipped_target(images, rng):
    """A clipped noisy input; the target has independent noise that is not clipped."""
    return np.clip(unclipped(images, rng)[0], 0, 1), unclipped(images, rng)[0]


def clean_target(images, rng):
    """A clipped noisy input and the clean target."""
    return np.clip(unclipped(images, rng)[0], 0, 1), images


noisy = np.clip(unclipped(small_test, np.random.default_rng(5))[0], 0, 1)
errors, shown = {}, {"clean": small_test[:10], "noisy": noisy[:10]}
for name, corrupt in (
    ("clean", clean_target),
    ("noisy, not clipped", unclipped_target),
    ("noisy, clipped", clipped_twice),
):
    set_seed(0)
    hidden = [layers.Dense(256, activation="gelu") for _ in range(2)]
    model = keras.Sequential(
        [
            keras.Input((14, 14)),
            layers.Flatten(),
            *hidden,
            layers.Dense(D),
            layers.Reshape((14, 14)),
        ]
    )
    fit(
        model,
        batches(small, corrupt),
        epochs=budget(6, 1),
        learning_rate=4e-3,
        loss="mse",
        title=f"target: {name}",
    )
    errors[name] = np.mean((predict(model, noisy) - small_test) ** 2)
    shown[f"target: {name}"] = predict(model, noisy)[:10]
plots.show(
    plots.image_rows(shown, "Three targets", size=0.7),
    alt="Clean digits, noisy ones, and three repairs: with a clean target and with a noisy target that is not "
    "clipped the paper is black; with a clipped noisy target it is grey.",
)
pd.Series(errors, name="mean squared error").round(4).to_frame()

# %% folded="numbers"
report("unclipped_over_clean", errors["noisy, not clipped"] / errors["clean"], within=(1.0, 1.5))
report("clipped_over_clean", errors["noisy, clipped"] / errors["clean"], within=(1.7, 4))

# %% [markdown]
# Without clipping the noisy target costs little; with it the paper turns grey. Lehtinen and others (2018) call
# the first Noise2Noise: a network learns to clean pictures of which nobody has a clean copy.
#
# ## References
#
# - Z. Kadkhodaie, E. Simoncelli (2021). Stochastic solutions for linear inverse problems using the prior
#   implicit in a denoiser. *NeurIPS*.
# - J. Lehtinen and others (2018). Noise2Noise: learning image restoration without clean data. *ICML*.
