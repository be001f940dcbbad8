# ---
# title: Denoising
# question: What does a network know that can clean a picture, and is it the small latent code that does it?
# picture: Noisy handwritten digits, and what a median filter, the best linear denoiser and a denoising autoencoder make of them
# seconds: 55
# goals:
#   - make noise of three kinds, and pairs that teach a network to remove it
#   - compare a denoising autoencoder fairly with classical filters and with the best linear denoiser
#   - test the claim that a bottleneck keeps the noise out
#   - say what the best denoiser knows (Tweedie's formula)
# terms:
#   denoising autoencoder: a network that is trained to give back the clean picture from a noisy copy
#   Gaussian noise: a normally distributed number, added to every pixel
#   salt-and-pepper noise: some pixels are replaced by white or black
#   PSNR: peak signal-to-noise ratio, the mean squared error on a logarithmic scale, in decibels; higher is better
#   skip connection: a path that passes an early layer's output on to a later layer, around those between
#   non-local means: a filter that averages pixels whose surroundings look alike
#   total variation: the sum of all steps between neighbouring pixels; a filter looks for the nearby picture with little of it
#   Wiener filter: the best linear denoiser, by mean and covariance of the clean pictures
#   conditional mean: the average of all clean pictures that could lie behind a noisy one; the denoiser of least squared error
#   score: the gradient of the logarithm of a density; it points to where the data are denser
#   Tweedie's formula: conditional mean = noisy picture + variance of the noise × score of the noisy pictures
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers
from scipy.ndimage import gaussian_filter, median_filter
from scipy.stats import norm
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

from course_utils import plots
from course_utils.checks import denoising
from course_utils.data import load_digits
from course_utils.report import report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## Spoil a picture, ask for it back
#
# A filter smooths a pixel with its neighbours; it does not know that a picture shows a digit. A network
# can be *told*, in the simplest way there is: spoil a picture yourself, show the network the spoilt one,
# and ask for the clean one. That is a **denoising autoencoder** (Vincent and others 2008). Two sentences
# are often said about it, and you will test both:
#
# 1. "It denoises better than ordinary tools."
# 2. "Noise is too messy to fit into the small code, so only what matters is remembered."
#
# With a clean picture $x$, pixels between 0 and 1, and the amount $a$, we use three kinds of noise:
#
# | kind | each pixel, independently of all others | what $a$ is |
# |---|---|---|
# | `"gaussian"`: **Gaussian noise** | $y = \operatorname{clip}(x + a\,\varepsilon,\; 0,\; 1)$ with $\varepsilon \sim N(0, 1)$ | standard deviation |
# | `"salt"`: **salt-and-pepper noise** | with probability $a$ replaced, by 1 or by 0 with equal chances | share replaced |
# | `"mask"`: masking | with probability $a$ replaced by 0 | share lost |
#
# ### Exercise 1: add noise
#
# All randomness comes from the generator `rng`: a second call with the same generator gives *fresh* noise.
#
# <details><summary>Hint: how to replace a share of the pixels</summary>
#
# Draw one uniform number for each pixel, `rng.random(images.shape)`. What is the probability that it
# lies below `amount`?
# </details>
# <details><summary>Hint: one amount for each picture</summary>
#
# An `amount` of shape (n, 1, 1) broadcasts by itself, if you only multiply by it and compare with it.
# </details>


# %% exercise="add_noise"
def add_noise(images: np.ndarray, kind: str, amount, rng: np.random.Generator) -> np.ndarray:
    """Noisy copies of pictures.

    Args:
        images: (n, height, width), floats from 0 to 1. Not changed.
        kind: "gaussian", "salt" or "mask".
        amount: a number, or an array (n, 1, 1) with one for each picture.
        rng: where all randomness comes from.

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
denoising.check_gaussian(add_noise, level=0.5, amount=0.02)
denoising.check_replaced(add_noise, "salt", amount=0.3)
denoising.check_replaced(add_noise, "mask", amount=0.3)
denoising.check_amounts(add_noise)
### BEGIN HIDDEN TESTS
denoising.check_gaussian(add_noise, level=0.45, amount=0.06, shape=(30, 40, 70))
denoising.check_replaced(add_noise, "salt", amount=0.6, shape=(30, 40, 70))
denoising.check_replaced(add_noise, "mask", amount=0.75, shape=(30, 40, 70))
denoising.check_picture_kept(add_noise)
### END HIDDEN TESTS

# %%
digits = load_digits()
x_train = digits.x_train[: budget(4000, 128)]  # (n, 28, 28), paper 0, ink 1
x_val, x_test = digits.x_val[: budget(40, 10)], digits.x_test[: budget(200, 20)]
shown = {"clean": x_test[:10]}
for kind in ("gaussian", "salt", "mask"):
    for amount in (0.1, 0.5):
        shown[f"{kind} {amount}"] = add_noise(x_test[:10], kind, amount, np.random.default_rng(0))
plots.show(
    plots.image_rows(shown, "Ten unseen digits, spoilt", size=0.7),
    alt="Ten digits, and below them six noisy versions: Gaussian noise, salt and pepper and masking, each "
    "faint and strong. Under strong salt and pepper few can be read.",
)

# %% [markdown]
# ## How good is a picture?
#
# With $\mathrm{MSE}$, the mean squared error over the pixels of **one picture**, and $\mathrm{peak}$, the largest
# value that a pixel can have, the **PSNR** of this picture is
#
# $$\mathrm{PSNR} = 10 \log_{10} \frac{\mathrm{peak}^2}{\mathrm{MSE}} \quad\text{decibels (dB)}.$$
#
# Ten more decibels are a tenth of the squared error; three are half of it. The PSNR of several pictures
# is the **mean of their PSNRs**, not the PSNR of their mean error.
#
# ### Exercise 2: PSNR
#
# <details><summary>Hint: pictures from a file</summary>
#
# They are often 8-bit integers. Try `np.uint8(3) - np.uint8(5)`. Convert before you subtract.
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
denoising.check_psnr(psnr, *denoising.pictures("three"))
denoising.check_psnr(psnr, *denoising.pictures("8-bit"))
### BEGIN HIDDEN TESTS
for name in ("six", "peak 200", "one", "dark 8-bit", "large"):
    denoising.check_psnr(psnr, *denoising.pictures(name))
### END HIDDEN TESTS

# %% [markdown]
# ## Pairs to train on
#
# The input is noisy, the target clean. Order and noise are drawn afresh in every epoch, so the network
# never sees the same noisy picture twice.
#
# ### Exercise 3: the batches of one epoch
#
# `corrupt(pictures, rng)` returns noisy copies of pictures (m, height, width), for any m. Write a generator
# (a function that uses `yield`) that goes once through all pictures. It is called again for each epoch, with
# the same `rng`.
#
# <details><summary>Hint</summary>
#
# `order = rng.permutation(len(clean))`; then `order[start : start + batch_size]` names the pictures of a
# batch. Pick the clean batch first, spoil *that* batch, yield both.
# </details>


# %% exercise="epoch_batches"
def epoch_batches(clean: np.ndarray, corrupt, batch_size: int, rng: np.random.Generator):
    """Yield the pairs (noisy, clean) of one epoch, in batches.

    Args:
        clean: pictures (n, height, width). Not changed.
        corrupt: function of pictures (m, height, width) and generator that returns noisy copies.
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
denoising.check_epochs(epoch_batches, n=23, size=5)
denoising.check_epochs(epoch_batches, n=12, size=4)
### BEGIN HIDDEN TESTS
denoising.check_epochs(epoch_batches, n=40, size=64, shape=(2, 5))
denoising.check_epochs(epoch_batches, n=41, size=10, shape=(1, 1))
denoising.check_epochs(epoch_batches, n=300, size=7)
denoising.check_epochs(epoch_batches, n=9, size=1)
denoising.check_epochs(epoch_batches, n=1, size=3)
### END HIDDEN TESTS

# %% [markdown]
# ## A network without a bottleneck
#
# Two convolutions with stride 2 shrink the picture to 7 × 7 maps (lesson 14 explains them), two transposed
# convolutions enlarge it again. A **skip connection** hands the first maps on to the end. With 12 first maps
# (width 12), the smallest layer has 7 × 7 × 24 = 1,176 numbers, more than the picture has: there is no bottleneck.
#
# ### Exercise 4: build the denoiser
#
# | step | layer |
# |---|---|
# | `first` | `Reshape((28, 28, 1))`, then `Conv2D(width, 3, strides=2)` |
# | `deep` | `Conv2D(2 * width, 3, strides=2)`, then `Conv2D(2 * width, 3)` |
# | `up` | `Conv2DTranspose(width, 4, strides=2)` of `deep` |
# | join | `Concatenate()` of `up` and `first`, in either order |
# | end | `Conv2DTranspose(1, 4, strides=2)`, then `Reshape((28, 28))` |
#
# All convolutions have `padding="same"` and `activation="gelu"`; only the last one has a sigmoid instead.
#
# <details><summary>Hint</summary>
#
# `keras.Sequential` knows no skip connections. Start with `image = keras.Input((28, 28))`, call layer
# after layer (`first = layers.Conv2D(...)(...)`), and end with `keras.Model(image, output)`.
# </details>


# %% exercise="build_denoiser"
def build_denoiser(width: int) -> keras.Model:
    """An untrained convolutional denoiser of pictures (n, 28, 28), as the table above says."""
    ### BEGIN SOLUTION
    same = {"strides": 2, "padding": "same", "activation": "gelu"}
    image = keras.Input((28, 28))
    first = layers.Conv2D(width, 3, **same)(layers.Reshape((28, 28, 1))(image))
    deep = layers.Conv2D(2 * width, 3, **same)(first)
    deep = layers.Conv2D(2 * width, 3, padding="same", activation="gelu")(deep)
    up = layers.Conv2DTranspose(width, 4, **same)(deep)
    both = layers.Concatenate()([up, first])
    end = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid")(both)
    return keras.Model(image, layers.Reshape((28, 28))(end))
    ### END SOLUTION


# %% check="build_denoiser" points=2
denoising.check_denoiser(build_denoiser, width=6)
### BEGIN HIDDEN TESTS
denoising.check_denoiser(build_denoiser, width=3)
denoising.check_denoiser(build_denoiser, width=20)
### END HIDDEN TESTS


# %%
def any_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise of a kind and an amount from 0 to 0.6, drawn for each picture."""
    kinds, amounts = rng.integers(0, 3, len(images)), rng.uniform(0, 0.6, (len(images), 1, 1))
    noisy = [add_noise(images, kind, amounts, rng) for kind in ("gaussian", "salt", "mask")]
    return np.choose(kinds[:, None, None], noisy)


def train(model: keras.Model, clean: np.ndarray, corrupt, epochs: int, title: str) -> keras.Model:
    """Train a denoiser on fresh pairs in every epoch."""

    def epoch(rng):
        return epoch_batches(clean, corrupt, 64, rng)

    fit(model, epoch, epochs=epochs, learning_rate=4e-3, loss="binary_crossentropy", title=title)
    return model


set_seed(0)
denoiser = train(build_denoiser(12), x_train, any_noise, budget(8, 1), "denoising autoencoder")
noisy = any_noise(x_test[:10], np.random.default_rng(1))
rows = {"clean": x_test[:10], "noisy": noisy, "restored": predict(denoiser, noisy)}
plots.show(
    plots.image_rows(rows, "One network for every kind and amount of noise"),
    alt="Three rows of ten digits: clean; spoilt by different kinds of noise; restored, mostly right.",
)

# %% [markdown]
# ## The opponents, treated fairly
#
# A median filter, **non-local means** (Buades and others 2005) and **total variation** (Rudin and others
# 1992) know nothing about digits. Each gets its best parameter, and then the best straight line from its
# output to the clean pixel; both are found on *validation* digits, for each noise. The **Wiener filter** has
# seen the training digits, like the network, but keeps only their mean $\mu$ and covariance $C$. For noise of
# standard deviation $\sigma$ that is not clipped, it is the best of all *linear* denoisers:
#
# $$\hat x = \mu + W (y - \mu), \qquad W = C\,(C + \sigma^2 I)^{-1}.$$
#
# Our noise is clipped, or of another kind. So the *best linear* denoiser in the table finds its matrix by
# least squares, from noisy to clean training digits.
#
# ### Exercise 5: the comparison table
#
# All methods get the *same* noisy pictures and are held against the *clean* ones. The noisy pictures
# themselves are in the table, under the name `"noisy"`: whoever does nothing gets that score.
#
# <details><summary>Hint</summary>
#
# Draw the noise once. Then a dictionary name → restored pictures, with the noisy ones first, then one
# column for each score. `pd.DataFrame({"PSNR": {"noisy": 10.0, "median": 12.0}})` has named rows.
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
denoising.check_table(denoising_table, shape=(4, 5, 6), factors={"weak": 0.3, "double": 2.0})
### BEGIN HIDDEN TESTS
denoising.check_table(
    denoising_table, shape=(7, 3, 3), factors={"dark": 0.1, "bright": 1.5, "none": 0.0}
)
denoising.check_table(denoising_table, shape=(1, 4, 2), factors={"alone": 0.3})
denoising.check_table(denoising_table, shape=(2, 4, 2), factors={})
### END HIDDEN TESTS

# %%
FILTERS = {
    "median": (lambda x, p: median_filter(x, (1, p, p)), (1, 3, 5)),
    "Gaussian filter": (lambda x, p: gaussian_filter(x, (0, p, p)), (0.3, 0.7, 1.1, 1.8)),
    "non-local means": (
        lambda x, p: np.stack([denoise_nl_means(i, 3, 9, h=p) for i in x]),
        (0.15, 0.3, 0.6),
    ),
    "total variation": (
        lambda x, p: np.stack([denoise_tv_chambolle(i, p) for i in x]),
        (0.05, 0.2, 0.6, 1),
    ),
}


def tuned_filters(corrupt) -> dict:
    """Each filter with its best parameter, and the best straight line after it, on validation digits."""
    noisy, functions = corrupt(x_val, np.random.default_rng(1)), {}
    for name, (function, parameters) in FILTERS.items():
        tried = []
        for p in parameters:
            output = function(noisy, p)
            slope, shift = np.polyfit(output.ravel(), x_val.ravel(), 1)
            tried.append((psnr(x_val, np.clip(slope * output + shift, 0, 1)), p, slope, shift))
        _, p, slope, shift = max(tried)
        functions[name] = lambda x, f=function, p=p, a=slope, b=shift: np.clip(
            a * f(x, p) + b, 0, 1
        )
    return functions


def linear_denoiser(corrupt):
    """The best linear denoiser for any noise: least squares from noisy to clean training digits."""
    y = np.concatenate([corrupt(x_train, np.random.default_rng(k)) for k in range(3)]).reshape(
        -1, 784
    )
    x = np.tile(x_train.reshape(-1, 784), (3, 1))
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    a, b = (y - mean_y).astype(float), (x - mean_x).astype(float)
    matrix = np.linalg.solve(a.T @ a + 10 * np.eye(784), a.T @ b)
    return lambda noisy: np.clip((noisy.reshape(-1, 784) - mean_y) @ matrix + mean_x, 0, 1).reshape(
        noisy.shape
    )


tables, restored = {}, {}
for kind, amount in (
    ("gaussian", 0.1),
    ("gaussian", 0.3),
    ("gaussian", 0.5),
    ("salt", 0.5),
    ("mask", 0.5),
):

    def corrupt(images, rng, kind=kind, amount=amount):
        return add_noise(images, kind, amount, rng)

    methods = tuned_filters(corrupt) | {"best linear": linear_denoiser(corrupt)}
    methods["autoencoder"] = lambda x: predict(denoiser, x)
    tables[f"{kind} {amount}"] = denoising_table(
        methods, x_test, corrupt, {"PSNR": psnr}, np.random.default_rng(2)
    )["PSNR"]
    noisy = corrupt(x_test[:10], np.random.default_rng(2))
    restored[kind] = {"clean": x_test[:10], "noisy": noisy}
    restored[kind] |= {
        name: methods[name](noisy) for name in ("median", "best linear", "autoencoder")
    }
table = pd.DataFrame(tables)
table.round(1)

# %%
plots.show(
    plots.image_rows(restored["salt"], "Salt and pepper on half of the pixels, and three repairs"),
    alt="Ten clean digits, the same under heavy salt and pepper, and three repairs: the median leaves grey "
    "clouds, the best linear denoiser soft digits, the autoencoder sharp strokes, some of them wrong.",
    name="21_denoising",
)

# %% folded="numbers"
filters = table.loc[list(FILTERS)].max()
ahead = table.loc["autoencoder"] - filters
report("gain_over_filters_gaussian_0.1_db", ahead["gaussian 0.1"], within=(-7.4, -4))
report("gain_over_filters_gaussian_0.5_db", ahead["gaussian 0.5"], within=(1.5, 3.5))
report("gain_over_filters_salt_0.5_db", ahead["salt 0.5"], within=(1.4, 3.5))
report("gain_over_filters_mask_0.5_db", ahead["mask 0.5"], within=(0.1, 1))
behind = table.loc["autoencoder"] - table.loc["total variation"]
report("gain_over_total_variation_gaussian_0.1_db", behind["gaussian 0.1"], within=(-7.4, -4))
over_linear = table.loc["autoencoder"] - table.loc["best linear"]
report("gain_over_linear_gaussian_0.1_db", over_linear["gaussian 0.1"], within=(-5, -2))
report("gain_over_linear_gaussian_0.5_db", over_linear["gaussian 0.5"], within=(0.1, 1.8))
report("gain_over_linear_salt_0.5_db", over_linear["salt 0.5"], within=(-1.2, 0.9))
report("gain_over_linear_mask_0.5_db", over_linear["mask 0.5"], within=(-1.6, 0.5))

# %% [markdown]
# "Better than ordinary tools" depends on the noise. With amount 0.5 it is true: the autoencoder leads the
# best filter by more than a decibel under Gaussian noise and under salt and pepper, by up to one under
# masking. With **faint Gaussian noise it is false**: total variation is at least four decibels *better*. A
# light touch is enough there. The network was never told that the noise is faint, and draws the digit anew.
#
# And look at who is fighting. The *best linear denoiser* keeps nothing but means and covariances of the
# same digits, and comes close; under faint noise it is ahead. Much of what passes for the power of deep
# learning is that somebody has looked at the data at all.
#
# ## Is it the small code?
#
# The second sentence. We train a dense network with latent dimension 4, 32 or 256 on digits of 14 × 14
# pixels: at 256 no layer is narrower than the picture. One copy of each is trained on *clean* input, one
# on *noisy* input (Gaussian, 0.5). **Predict first:** which of the six removes noise best?

# %%
small, small_test = (x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) for x in (x_train, x_test))


def build_dense(latent_dim: int) -> keras.Model:
    """196 → 256 → latent_dim → 256 → 196."""
    hidden = [layers.Dense(256, activation="gelu"), layers.Dense(latent_dim)]
    hidden += [layers.Dense(256, activation="gelu"), layers.Dense(196, activation="sigmoid")]
    return keras.Sequential(
        [keras.Input((14, 14)), layers.Flatten(), *hidden, layers.Reshape((14, 14))]
    )


def strong(images, rng):
    """Gaussian noise of standard deviation 0.5, clipped."""
    return add_noise(images, "gaussian", 0.5, rng)


noisy_small, rows = strong(small_test, np.random.default_rng(5)), {}
pictures = {"clean": small_test[:10], "noisy": noisy_small[:10]}
for name, corrupt in (("clean", lambda images, rng: images), ("noisy", strong)):
    for latent_dim in (4, 32, 256)[:: budget(1, 2)]:
        set_seed(0)
        title = f"trained on {name} input, latent dimension {latent_dim}"
        model = train(build_dense(latent_dim), small, corrupt, budget(6, 1), title)
        rows[name, latent_dim] = psnr(small_test, predict(model, noisy_small))
        pictures[f"{name}, {latent_dim}"] = predict(model, noisy_small[:10])
by_code = pd.Series(rows).unstack()
print(f"doing nothing: {psnr(small_test, noisy_small):.1f} dB")
by_code.rename_axis(index="trained on", columns="latent dimension").round(1)

# %%
plots.show(
    plots.image_rows(
        pictures, "The same noisy digits, by networks trained on clean or on noisy input", size=0.7
    ),
    alt="Clean digits, the same with noise, and what six networks make of the noisy ones: trained on clean "
    "input, soft and often wrong digits with latent dimension 4 and blots of ink with 32 and 256; trained on "
    "noisy input, digits, clearest with latent dimension 256.",
)

# %% folded="numbers"
report("doing_nothing_small_db", psnr(small_test, noisy_small), within=(9.2, 9.5))
clean_within = {4: (9.7, 12.6), 32: (6.5, 9.6), 256: (4.5, 8.8)}
noisy_within = {4: (14.0, 15.2), 32: (15.5, 16.5), 256: (16.2, 17.2)}
for name, ranges in (("clean", clean_within), ("noisy", noisy_within)):
    for latent_dim in by_code:
        value = by_code.loc[name, latent_dim]
        report(f"{name}_trained_{latent_dim}_db", value, within=ranges[latent_dim])

# %% [markdown]
# Trained on clean digits, a code of 4 helps a little, one of 32 does not help, and one of 256 makes the
# picture *worse* than doing nothing. Trained on noisy digits, the network is better the *wider* its code. So
# it is not the bottleneck that keeps the noise out. What makes a network remove noise is **being trained to
# remove it**; a bottleneck merely costs detail.
#
# ## What the best denoiser knows
#
# The denoiser of least squared error gives the average of all clean pictures that could lie behind $y$, each
# weighted by its probability: the **conditional mean** $E[x \mid y]$. For Gaussian noise that is not clipped,
# **Tweedie's formula** (Robbins 1956) says
#
# $$E[x \mid y] = y + \sigma^2\, \nabla \log p(y).$$
#
# Here $p$ is the density of the *noisy* pictures. Its gradient $\nabla \log p$ is called the **score**, and
# points to where noisy pictures are denser. Read backwards: **whoever has a denoiser has the score**
# (Vincent 2011). Nobody can write down the density of handwritten digits, but you can train a denoiser.
#
# ### Exercise 6: the score from a denoiser
#
# <details><summary>Hint</summary>
#
# Solve Tweedie's formula for $\nabla \log p(y)$.
# </details>


# %% exercise="score_from_denoiser"
def score_from_denoiser(denoise, y: np.ndarray, sigma: float) -> np.ndarray:
    """The gradient of log p(y) that a denoiser implies.

    Args:
        denoise: function from noisy arrays of the shape of y to estimates of the clean ones.
        y: noisy arrays, of any shape. Not changed.
        sigma: standard deviation of the Gaussian noise.

    Returns:
        an array of the shape of y.
    """
    ### BEGIN SOLUTION
    step = denoise(y) - y
    return step / sigma**2
    ### END SOLUTION


# %% check="score_from_denoiser" points=1
denoising.check_score(score_from_denoiser, "line", shape=(3,), sigma=0.7)
denoising.check_score(score_from_denoiser, "curve", shape=(3, 4), sigma=2.0)
### BEGIN HIDDEN TESTS
denoising.check_score(score_from_denoiser, "curve", shape=(2, 3, 4), sigma=0.1)
denoising.check_score(score_from_denoiser, "line", shape=(1, 1), sigma=3.0)
denoising.check_score_of_gaussian(score_from_denoiser, sigma=0.7)
### END HIDDEN TESTS

# %%
y = np.linspace(-1, 2, 301)
likelihood = norm.pdf(y[:, None], [0, 1], 0.5)  # of a pixel that is 0 or 1, with noise of 0.5
exact_mean = likelihood[:, 1] / likelihood.sum(axis=1)
score = score_from_denoiser(lambda v: np.interp(v, y, exact_mean), y, 0.5)
slope = np.gradient(np.log(likelihood.mean(axis=1)), y)
fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3))
left.plot(y, exact_mean, label="conditional mean (Bayes)")
left.plot(y, y, ":", color=plots.GREY, label="do nothing")
left.set(
    title="The best denoiser of a pixel that is 0 or 1",
    xlabel="noisy pixel y",
    ylabel="estimate of x",
)
right.plot(y, slope, linewidth=4, alpha=0.4, label="slope of log p(y)")
right.plot(y, score, "k--", label="from the denoiser")
right.set(title="Its score", xlabel="noisy pixel y", ylabel="score")
left.legend()
right.legend()
plots.show(
    fig,
    alt="Left, the best denoiser of a single pixel: an S from 0 to 1. Right, the score that it implies, which "
    "agrees with the slope of the logarithm of the density.",
)

# %% folded="numbers"
report("tweedie_differs_by", np.abs(score - slope)[1:-1].max(), within=(0, 2e-3))

# %% [markdown]
# The score from the denoiser and the slope of the density agree. Lesson 51 makes pictures from pure noise
# with it, and *Going deeper* already draws digits in that way.
#
# ## Break it: the shortcut of doing nothing
#
# Our network *could* copy its input: it has no bottleneck. Only the task keeps it from doing so. **Predict
# first:** what does a network learn whose target is noisy, too? Two ways to get there: the *same* noise on
# input and target (`target = noisy`, a slip of one word), or *other* noise, drawn independently.


# %%
def same_noise(clean, corrupt, batch_size, rng):
    """A slip: the target is the noisy input itself."""
    for noisy, _ in epoch_batches(clean, corrupt, batch_size, rng):
        yield noisy, noisy


def other_noise(clean, corrupt, batch_size, rng):
    """The target is another noisy copy, clipped like the first."""
    for noisy, batch in epoch_batches(clean, corrupt, batch_size, rng):
        yield noisy, corrupt(batch, rng)


gains, pictures = {}, {"clean": small_test[:10], "noisy": noisy_small[:10]}
tasks = {"same noise on the target": same_noise, "other noise on the target": other_noise}
for name, batches in (tasks | {"repaired: clean target": epoch_batches}).items():
    set_seed(0)
    model = build_dense(256)
    epoch = lambda rng, batches=batches: batches(small, strong, 64, rng)  # noqa: E731
    fit(
        model,
        epoch,
        epochs=budget(6, 1),
        learning_rate=4e-3,
        loss="binary_crossentropy",
        title=name,
    )
    gains[name] = psnr(small_test, predict(model, noisy_small)) - psnr(small_test, noisy_small)
    pictures[name] = predict(model, noisy_small[:10])
plots.show(
    plots.image_rows(pictures, "What the target teaches", size=0.7),
    alt="Clean digits, noisy ones, and three repairs: with the same noise on the target the noise stays; with "
    "other noise digits on grey paper; with a clean target clean digits.",
)
pd.Series(gains, name="gain over doing nothing (dB)").round(1).to_frame()

# %% folded="numbers"
report("gain_clean_target_db", gains["repaired: clean target"], within=(6.8, 7.8))
report("gain_same_noise_db", gains["same noise on the target"], within=(0.4, 2.2))
report("gain_other_noise_db", gains["other noise on the target"], within=(2.6, 4))

# %% [markdown]
# With the same noise on the target the network learns to hand its input through. Other noise looks like
# the worst slip of all, and yet the digits come back: the best guess at a second noisy copy is the *mean*
# of all noisy copies. Clipped noise lifts the paper from 0 to 0.2, so that mean is grey; with noise that is
# not clipped, next to nothing would be lost (Lehtinen and others 2018). The repair: clean targets, fresh
# noise, and a judge that sees *noisy* input. (Keras switches a `GaussianNoise` layer off in validation: the
# validation loss is then a loss on clean input, and picks the wrong network.)
#
# ### Written question
#
# A colleague writes: "Our autoencoder has a `GaussianNoise` layer after the input and a latent dimension of
# 32. Of ten versions we kept the one with the lowest validation loss. It denoises well, because noise does
# not fit into 32 numbers." Name two mistakes in this, each with a result of this lesson that speaks against
# it, and describe the experiment that would tell what the latent dimension of 32 is worth. (4 to 6
# sentences.)

# %% [markdown] answer="two_mistakes" points=3
# **Model answer.** The layer is inactive in validation, so the validation loss was measured on clean
# input: that judge prefers a network that copies, and the network with 256 numbers trained on clean input
# made noisy digits worse than they were. And the small code is not what removes the noise: a network with 32 numbers
# trained on clean digits is no help with noisy ones, while among networks that were trained on noisy input the
# one with 256 numbers, more than the picture has, is the best. To see what the code is worth, train the
# same network with several latent dimensions, one of them wider than the picture, from several random
# seeds, with fresh noise and clean targets; compare PSNR on held-out, *noisy* digits, beside the noisy
# pictures themselves and a tuned filter.
#
# **Rubric.** 1 point: validation without noise judges the wrong task, with a result. 1 point: the code
# is not the reason, with a result (either row of the table). 1 point: an experiment that changes only the
# latent dimension and judges on held-out noisy input, against a baseline or over several random seeds.

# %% [markdown]
# ## Summary
#
# 1. A denoising autoencoder learns from pairs that you make yourself: fresh noise, clean target.
# 2. It beats classical filters under heavy noise; under faint Gaussian noise total variation beats it.
# 3. The best linear denoiser, which knows means and covariances of digits, comes close.
# 4. Not the bottleneck removes the noise, but the training: a wider code was better.
# 5. The best denoiser knows the score: $E[x \mid y] = y + \sigma^2 \nabla \log p(y)$.
#
# ## References
#
# - H. Robbins (1956). An empirical Bayes approach to statistics. *Berkeley Symposium* 1.
# - L. Rudin, S. Osher, E. Fatemi (1992). Nonlinear total variation based noise removal algorithms.
#   *Physica D* 60.
# - A. Buades, B. Coll, J.-M. Morel (2005). A non-local algorithm for image denoising. *CVPR*.
# - P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol (2008). Extracting and composing robust features
#   with denoising autoencoders. *ICML*.
# - P. Vincent (2011). A connection between score matching and denoising autoencoders. *Neural Computation* 23.
# - J. Lehtinen and others (2018). Noise2Noise: learning image restoration without clean data. *ICML*.
