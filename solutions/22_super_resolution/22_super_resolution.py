# ---
# title: Super-resolution
# question: A photograph is made twice as wide. Which of its new details were recovered, and which were invented?
# picture: A cat's eye four times, from the small photograph, by bicubic interpolation, by the network of this lesson, and the original, with a map of what no small pixel determines
# seconds: 55
# draft: true
# goals:
#   - shrink a photograph properly, and say what goes wrong otherwise
#   - build and train a small sub-pixel network, and judge it on whole photographs that it never saw
#   - make any enlarged picture consistent with the small one
#   - tell what the small picture determines from what was invented
# terms:
#   super-resolution: making a picture larger, with details that the small one does not show
#   bicubic interpolation: resizing with a fixed cubic kernel; nothing is learned
#   antialiasing: smoothing before pixels are left out, so that fine patterns do not turn into false coarse ones
#   sub-pixel convolution: a convolution on the small picture whose channels are rearranged into the pixels of the large one
#   residual: what is missing from a first guess; here the original minus its bicubic copy
#   SSIM: structural similarity, a comparison of local means, variances and correlations; 1 for equal pictures
#   consistency: the enlarged picture, shrunk again, is the small picture
#   pseudo-inverse: the matrix that gives the shortest solution of linear equations, or the best one if there is none
#   invisible part: the part of a large picture that vanishes when it is shrunk; no small picture tells it
# ---

# %% folded="imports"
import keras
import numpy as np
import pandas as pd
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view
from skimage.metrics import structural_similarity

from course_utils import plots
from course_utils.checks import super_resolution
from course_utils.data import load_photographs
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## A photograph with a quarter of its pixels
#
# **Super-resolution** makes a picture larger and adds details that the small one does not show. To learn
# it, we need pairs of a small and a large picture. We make them: take photographs and shrink
# them to half their height and width.
#
# Shrinking is a weighted mean. Along one axis, pixel $i$ of the small picture has its centre at
# $c_i = (i + \tfrac12)\, \frac{n_{in}}{n_{out}} - \tfrac12$, in units of large pixels (the first of which has its
# centre at 0). Large pixel $j$ gets the weight
#
# $$A_{ij} = \frac{k\big((j - c_i)/s\big)}{\sum_{j'} k\big((j' - c_i)/s\big)}, \qquad s = \max\left(1, \frac{n_{in}}{n_{out}}\right),$$
#
# where $k$ is the cubic kernel (Keys 1981) that `cubic` below computes. The sum makes each row of $A$ add
# up to 1. The same formula also *enlarges* a picture; this is called **bicubic interpolation**.
# For a whole picture $X$ (height × width), rows and columns are treated one after the other: $Y = A X B^\top$, where $A$ is
# made for the height and $B$ for the width.
#
# The number $s$ is **antialiasing**: when the picture shrinks, the kernel becomes wider, so that every large pixel counts.


# %%
def cubic(t: np.ndarray) -> np.ndarray:
    """The cubic kernel at the distances t; 0 at distances of 2 and more."""
    t = np.abs(t)
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


# %% [markdown]
# ### Exercise 1: the matrix that resizes
#
# <details><summary>Hint: no loops</summary>
#
# `np.arange(n_in)` minus the centres with an axis added, `centres[:, None]`, gives all distances at once,
# with the shape (n_out, n_in).
# </details>
# <details><summary>Hint: try it</summary>
#
# From 4 to 4 pixels the matrix is the identity. From 4 to 2 pixels, row 0 is 0.459, 0.459, 0.120, -0.037.
# </details>


# %% exercise="resize_matrix"
def resize_matrix(n_in: int, n_out: int) -> np.ndarray:
    """The matrix A by which bicubic interpolation resizes n_in pixels in a row.

    Args:
        n_in: number of pixels before, at least 1.
        n_out: number of pixels after, at least 1; smaller or larger than n_in.

    Returns:
        array (n_out, n_in); each row sums to 1.
    """
    ### BEGIN SOLUTION
    step = n_in / n_out
    widening = max(1.0, step)
    centres = (np.arange(n_out) + 0.5) * step - 0.5
    distances = np.arange(n_in) - centres[:, None]
    weights = cubic(distances / widening)
    return weights / weights.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% check="resize_matrix" points=2
super_resolution.check_resize_matrix(resize_matrix, n_in=8, n_out=4)
super_resolution.check_resize_matrix(resize_matrix, n_in=5, n_out=10)
### BEGIN HIDDEN TESTS
for sizes in [(6, 6), (9, 5), (5, 9), (100, 25), (1, 3), (3, 1), (700, 350), (7, 30)]:
    super_resolution.check_resize_matrix(resize_matrix, *sizes)
### END HIDDEN TESTS


# %%
def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture (h, w) as (height, width), by bicubic interpolation."""
    rows, columns = resize_matrix(image.shape[0], height), resize_matrix(image.shape[1], width)
    return (rows @ image @ columns.T).astype("float32")


def shrink(image: np.ndarray) -> np.ndarray:
    """Half the height and half the width."""
    return resize(image, image.shape[0] // 2, image.shape[1] // 2)


def bicubic(low: np.ndarray) -> np.ndarray:
    """Twice the height and twice the width."""
    return resize(low, 2 * low.shape[0], 2 * low.shape[1])


photos = load_photographs()  # .train, .val, .test: name -> grey picture (height, width), 0 to 1
badge = photos.train["astronaut"][352:448, 112:208]
versions = [
    badge,
    badge[::2, ::2].repeat(2, 0).repeat(2, 1),
    shrink(badge).repeat(2, 0).repeat(2, 1),
]
plots.show(
    plots.image_grid(
        np.stack(versions), titles=["original", "every second pixel", "antialiased"], size=2.4
    ),
    alt="An astronaut's badge three times: the original; every second pixel, with torn letters and a broken "
    "line around the badge; shrunk with antialiasing, with whole but softer lines.",
)

# %% [markdown]
# Where every second pixel is simply left out, letters and thin lines are torn. A network that is trained on such
# pairs learns to repair a damage that good cameras and programs do not cause.
#
# ## Sub-pixel convolution
#
# The network shall work on the *small* picture, where a convolution costs a quarter. So it has to give
# four numbers for each small pixel, one for each of the four large pixels that take its place. This is **sub-pixel
# convolution** (Shi and others 2016). Moving the numbers from channels to places is called *depth to
# space*. With factor $r$ there are $r^2$ channels, and channel $r i + j$ of a small pixel goes to row $i$ and column $j$ of its
# block of $r \times r$ pixels.
#
# ### Exercise 2: depth to space, and back
#
# <details><summary>Hint: five axes</summary>
#
# Reshape (n, h, w, r²) to (n, h, w, r, r), whose axes are picture, row, column, row in the block, column in the
# block. Bring them into the order picture, row, row in the block, column, column in the block with `transpose`. Then reshape again.
# </details>


# %% exercise="depth_to_space"
def depth_to_space(maps: np.ndarray, r: int) -> np.ndarray:
    """Arrange r * r channels as blocks of r x r pixels: (n, h, w, r * r) -> (n, h * r, w * r)."""
    ### BEGIN SOLUTION
    n, h, w, _ = maps.shape
    blocks = maps.reshape(n, h, w, r, r)
    return blocks.transpose(0, 1, 3, 2, 4).reshape(n, h * r, w * r)
    ### END SOLUTION


def space_to_depth(images: np.ndarray, r: int) -> np.ndarray:
    """The way back: (n, h * r, w * r) -> (n, h, w, r * r)."""
    ### BEGIN SOLUTION
    n, height, width = images.shape
    blocks = images.reshape(n, height // r, r, width // r, r)
    return blocks.transpose(0, 1, 3, 2, 4).reshape(n, height // r, width // r, r * r)
    ### END SOLUTION


# %% check="depth_to_space" points=2
super_resolution.check_depth_to_space(depth_to_space, n=1, height=2, width=3, factor=2)
super_resolution.check_space_to_depth(space_to_depth, n=1, height=2, width=3, factor=2)
### BEGIN HIDDEN TESTS
for n, h, w, r in [(3, 4, 4, 2), (2, 1, 5, 3), (1, 7, 2, 4), (5, 3, 3, 1), (2, 40, 30, 2)]:
    super_resolution.check_depth_to_space(depth_to_space, n, h, w, r)
    super_resolution.check_space_to_depth(space_to_depth, n, h, w, r)
### END HIDDEN TESTS

# %% [markdown]
# ## The network
#
# Bicubic interpolation is right in smooth places. So the network only learns the **residual**: the original minus its
# bicubic copy, packed into four channels by `space_to_depth`. Before training it should answer 0. Then the first picture is
# the bicubic one.
#
# ### Exercise 3: build it
#
# | layer | filters | kernel | activation |
# |---|---|---|---|
# | 1 | `width` | 5 × 5 | GELU |
# | 2, 3 | `width` each | 3 × 3 | GELU |
# | 4 | `factor`² | 3 × 3, all zeros before training | none |
#
# All are convolutions without padding, so each of the 3 × 3 layers makes the picture smaller by 2 pixels, the 5 × 5 layer
# by 4, together 10. (Padding would put zeros around the picture. In small training patches, most of the results would depend on
# them.) The network takes grey pictures of *any* size above 10 × 10.
#
# <details><summary>Hint: any size</summary>
#
# `keras.Input((None, None, 1))`.
# </details>
# <details><summary>Hint: zeros</summary>
#
# `Conv2D` has an argument `kernel_initializer`.
# </details>


# %% exercise="build_network"
def build_network(width: int, factor: int) -> keras.Model:
    """An untrained network from grey pictures (n, h, w, 1) to (n, h - 10, w - 10, factor * factor)."""
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input((None, None, 1))])
    for size in (5, 3, 3):
        model.add(layers.Conv2D(width, size, activation="gelu"))
    model.add(layers.Conv2D(factor**2, 3, kernel_initializer="zeros"))
    return model
    ### END SOLUTION


# %% check="build_network" points=2
super_resolution.check_network(build_network, width=4, factor=2)
### BEGIN HIDDEN TESTS
super_resolution.check_network(build_network, width=3, factor=3)
super_resolution.check_network(build_network, width=7, factor=1)
super_resolution.check_network(build_network, width=32, factor=2)
### END HIDDEN TESTS


# %%
def training_patches(images, n: int, size: int, seed: int) -> tuple:
    """Patches of small pictures (n, size, size, 1), and the residuals of their inner pixels.

    The residuals have the shape (n, size - 10, size - 10, 4).
    """
    rng, inputs, targets = np.random.default_rng(seed), [], []
    turned = [one for image in images for one in (image, image.T, image[::-1], image[:, ::-1])]
    pairs = [(shrink(x), space_to_depth((x - bicubic(shrink(x)))[None], 2)[0]) for x in turned]
    for k in range(n):
        low, residual = pairs[k % len(pairs)]
        top, left = (rng.integers(side - size + 1) for side in low.shape)
        inputs.append(low[top : top + size, left : left + size, None])
        targets.append(residual[top + 5 : top + size - 5, left + 5 : left + size - 5])
    return np.stack(inputs), np.stack(targets)


def enlarge(network, low: np.ndarray) -> np.ndarray:
    """Twice the size: the bicubic picture plus the residual that a network adds."""
    wider = np.pad(low, 5, mode="symmetric")  # mirrored at the edges; the network cuts 5 pixels off
    residual = depth_to_space(predict(network, wider[None, :, :, None]), 2)[0]
    return np.clip(bicubic(low) + residual, 0, 1)


low_patches, residuals = training_patches(photos.train.values(), budget(4000, 100), 32, seed=0)
networks = fit_seeds(
    lambda: build_network(32, 2),
    low_patches,
    residuals,
    seeds=range(budget(3, 1)),
    epochs=1,
    batch_size=16,
    learning_rate=4e-3,
    loss="mse",
    title="network",
)

# %%
CROPS = {"chelsea": (85, 138), "coffee": (250, 337), "camera": (120, 240), "flower": (190, 280)}
lows = {name: shrink(image) for name, image in photos.test.items()}


def cut(image: np.ndarray, name: str) -> np.ndarray:
    """A square of 64 x 64 pixels from a test picture."""
    top, left = CROPS[name]
    return image[top : top + 64, left : left + 64]


rows = {
    "the small picture": [cut(np.kron(lows[n], np.ones((2, 2))), n) for n in CROPS],
    "bicubic": [cut(bicubic(lows[n]), n) for n in CROPS],
    "network": [cut(enlarge(networks[0], lows[n]), n) for n in CROPS],
    "the original": [cut(photos.test[n], n) for n in CROPS],
}
plots.show(
    plots.image_rows(rows, "Details of four photographs that the network never saw", size=1.7),
    alt="Details of four photographs.",
)

# %% [markdown]
# ## How good is it?
#
# PSNR is $10 \log_{10}(1/\mathrm{MSE})$ decibels (dB) for pixels from 0 to 1, where MSE is the mean squared error
# over the pixels; higher is better. **SSIM** (Wang and others 2004) compares means, variances and correlations of small windows; it is 1 for
# equal pictures. Near the edge of a picture a convolution sees zeros beyond it, so it is usual to leave out a border
# before anything is measured.
#
# ### Exercise 4: PSNR and SSIM without the border
#
# <details><summary>Hint: SSIM</summary>
#
# `structural_similarity(a, b, data_range=...)` of scikit-image. `data_range` is the difference between the
# largest and the smallest value that a pixel *can* have. Leave its other options as they are.
# </details>
# <details><summary>Hint: a border of 0</summary>
#
# `image[0:-0]` is empty.
# </details>


# %% exercise="score"
def score(truth: np.ndarray, image: np.ndarray, border: int) -> tuple:
    """PSNR in dB and SSIM of a picture, without its border.

    Args:
        truth: the original (height, width), values from 0 to 1.
        image: what to judge, the same shape.
        border: number of pixels that are left out on each of the four sides; 0 or more.

    Returns:
        PSNR and SSIM, two numbers.
    """
    ### BEGIN SOLUTION
    height, width = truth.shape
    inside = np.s_[border : height - border, border : width - border]
    a, b = truth[inside], image[inside]
    psnr = -10 * np.log10(np.mean((a - b) ** 2))
    return psnr, structural_similarity(a, b, data_range=1.0)
    ### END SOLUTION


# %% check="score" points=2
super_resolution.check_score(score, *super_resolution.pictures("small"), border=8)
super_resolution.check_score(score, *super_resolution.pictures("small"), border=0)
### BEGIN HIDDEN TESTS
super_resolution.check_score(score, *super_resolution.pictures("wide"), border=3)
super_resolution.check_score(score, *super_resolution.pictures("large"), border=11)
super_resolution.check_score(score, *super_resolution.pictures("faint"), border=0)
### END HIDDEN TESTS

# %%
BORDER = 8
rows = {}
for name, truth in photos.test.items():
    base = score(truth, np.clip(bicubic(lows[name]), 0, 1), BORDER)
    psnr, ssim = np.mean([score(truth, enlarge(n, lows[name]), BORDER) for n in networks], axis=0)
    rows[name] = {
        "bicubic: PSNR (dB)": base[0],
        "network: PSNR (dB)": psnr,
        "gain (dB)": psnr - base[0],
        "bicubic: SSIM": base[1],
        "network: SSIM": ssim,
    }
scores = pd.DataFrame(rows).T  # a row for each photograph; the network: mean of two random seeds
scores.round(3)

# %% folded="numbers"
for name in photos.test:
    report(f"gain_{name}_db", scores.loc[name, "gain (dB)"], within=(0.7, 1.5))
    ssim_gain = scores.loc[name, "network: SSIM"] - scores.loc[name, "bicubic: SSIM"]
    report(f"ssim_gain_{name}", ssim_gain, within=(0.002, 0.05))

# %% [markdown]
# On each of the four photographs the network gains more than 0.7 dB over bicubic interpolation. This is how most
# articles end. But where does the gain come from?
#
# ## What the small picture determines
#
# Shrink an enlarged picture $\hat X$ again: if the result is the small picture $Y$, we call it **consistent**
# (**consistency**). Bicubic interpolation is not: it is a little blurred, and shrinking blurs it again. So it disagrees with
# what we *know*. That can be mended without any learning. The picture nearest to $\hat X$ (in squared error) that is consistent is
#
# $$X^* = \hat X + A^+ \, (Y - A \hat X B^\top) \, (B^+)^\top .$$
#
# Here $A^+$ is the **pseudo-inverse** of $A$ (`np.linalg.pinv`): the matrix that gives the shortest solution of
# $A x = y$. In words: take what is missing after shrinking, and add the smallest change that repairs it. The
# original is consistent, too. So this step cannot make the squared error larger.
#
# ### Exercise 5: make a picture consistent
#
# <details><summary>Hint</summary>
#
# Three lines: the gap in the small picture, the two pseudo-inverses, the sum. `@` is the matrix product. Which of the two
# pseudo-inverses is transposed?
# </details>


# %% exercise="make_consistent"
def make_consistent(image, low, rows, columns) -> np.ndarray:
    """The picture nearest to `image` that shrinks to exactly `low`.

    Args:
        image: an enlarged picture (height, width).
        low: the small picture (height_low, width_low).
        rows: the matrix A (height_low, height) that shrinks the height.
        columns: the matrix B (width_low, width) that shrinks the width.

    Returns:
        (height, width). It is not clipped: rows @ result @ columns.T equals `low`.
    """
    ### BEGIN SOLUTION
    gap = low - rows @ image @ columns.T
    up_rows, up_columns = np.linalg.pinv(rows), np.linalg.pinv(columns)
    correction = up_rows @ gap @ up_columns.T
    return image + correction
    ### END SOLUTION


# %% check="make_consistent" points=2
super_resolution.check_consistent(make_consistent, height=8, width=12, factor=2)
super_resolution.check_already_consistent(make_consistent, height=10, width=6)
### BEGIN HIDDEN TESTS
super_resolution.check_consistent(make_consistent, height=12, width=12, factor=2, seed=1)
super_resolution.check_consistent(make_consistent, height=9, width=24, factor=3)
super_resolution.check_consistent(make_consistent, height=2, width=4, factor=2)
super_resolution.check_consistent(make_consistent, height=128, width=90, factor=2)
super_resolution.check_already_consistent(make_consistent, height=60, width=100)
### END HIDDEN TESTS

# %% [markdown]
# ## A fair comparison
#
# Three opponents for the network. *Bicubic, made consistent*: nothing is learned. *Best linear filter*: a single convolution
# with 11 × 11 kernels, the field that our network sees, and without activation. Its 484 weights are found by least squares on the same kind of patches as the
# network's. And each of them made consistent.


# %%
def linear_filter(low: np.ndarray, residual: np.ndarray) -> keras.Model:
    """One convolution with 11 x 11 kernels that predicts residuals with the least squared error."""
    windows = sliding_window_view(low[..., 0], (11, 11), axis=(1, 2)).reshape(-1, 121)
    weights = np.linalg.solve(windows.T @ windows, windows.T @ residual.reshape(-1, 4))
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(4, 11)])
    model.set_weights([weights.reshape(11, 11, 1, 4), np.zeros(4)])
    return model


def shrinking(image: np.ndarray) -> tuple:
    """The matrices that shrink the height and the width of a picture to half."""
    return tuple(resize_matrix(side, side // 2) for side in image.shape)


def invisible(image: np.ndarray) -> np.ndarray:
    """The nearest picture that vanishes when it is shrunk."""
    small = np.zeros([side // 2 for side in image.shape])
    return make_consistent(image, small, *shrinking(image))


linear = linear_filter(low_patches[:800], residuals[:800])

METHODS = {
    "bicubic": [lambda low: np.clip(bicubic(low), 0, 1)],
    "best linear filter": [lambda low: enlarge(linear, low)],
    "network": [lambda low, network=network: enlarge(network, low) for network in networks],
}
gains, details = Results("method"), Results("method")
for method, versions in METHODS.items():
    for seed, version in enumerate(versions):
        plain, mended, shares = {}, {}, []
        for name, truth in photos.test.items():
            low, large = lows[name], version(lows[name])
            agreeing = make_consistent(large, low, *shrinking(truth))
            base = scores.loc[name, "bicubic: PSNR (dB)"]
            plain[name] = score(truth, large, BORDER)[0] - base
            mended[name] = score(truth, agreeing, BORDER)[0] - base
            drawn, real = invisible(large), invisible(truth)
            gap = np.mean((shrink(large) - low) ** 2)
            shares.append([gap, np.mean(drawn**2) / np.mean(real**2),
                           1 - np.mean((drawn - real) ** 2) / np.mean(real**2)])  # fmt: skip
        gap, amount, right = np.mean(shares, axis=0)
        gains.add(method, seed, **plain)
        gains.add(f"{method}, made consistent", seed, **mended)
        columns = {"drawn (%)": 100 * amount, "recovered (%)": 100 * right}
        details.add(method, seed, **{"consistency error": gap}, **columns)
gains  # gain in PSNR over bicubic interpolation (dB), a column for each photograph

# %% folded="numbers"
for name in photos.test:
    mended = gains.mean("bicubic, made consistent", name)
    report(f"gain_consistent_bicubic_{name}_db", mended, within=(0.6, 1.2))
    ahead = gains.values("network", name) - gains.mean("best linear filter", name)
    report(f"network_over_linear_{name}_db_lowest", ahead.min(), within=(-0.4, 0.5))
    report(f"network_over_linear_{name}_db_highest", ahead.max(), within=(-0.4, 0.5))

# %% [markdown]
# TEXT ONE
#
# ## Recovered or invented?
#
# Write the original as a sum: its **invisible part** vanishes when the picture is shrunk, and the rest is determined by the small
# picture.

# %%
details.table()

# %%
low, truth = lows["chelsea"], photos.test["chelsea"]
large = enlarge(networks[0], low)
pictures = {
    "small picture": np.kron(low, np.ones((2, 2))),
    "bicubic": bicubic(low),
    "network": large,
    "original": truth,
    "invisible part, network": 0.5 + 4 * invisible(large),
    "invisible part, original": 0.5 + 4 * invisible(truth),
}
panels = np.stack([cut(image, "chelsea") for image in pictures.values()])
plots.show(
    plots.image_grid(panels, columns=3, titles=list(pictures), size=2.3),
    alt="A cat's eye six times.",
    name="22_super_resolution",
)

# %% [markdown]
# ## Break it: a gain of exactly 0.00 dB
#
# A colleague builds "the same network" with three small changes: ReLU for GELU, the mean absolute error (L1) as loss, and the
# zero start that we have, too. It gains nothing at all. **Predict first:** which of the three is to blame?
# Take them back one at a time. Each network gets the same 75 steps from two random seeds.


# %%
def variant(activation: str, start: str) -> keras.Model:
    """The network of exercise 3 with another activation and another start of the last kernel."""
    hidden = [layers.Conv2D(32, size, activation=activation) for size in (5, 3, 3)]
    last = layers.Conv2D(4, 3, kernel_initializer=start)
    return keras.Sequential([keras.Input((None, None, 1)), *hidden, last])


def dead_share(network) -> float:
    """Share of the units before the last layer that are 0 everywhere on the test pictures."""
    inner = keras.Sequential(network.layers[:-1])
    largest = [predict(inner, low[None, :, :, None]).max(axis=(0, 1, 2)) for low in lows.values()]
    return np.mean(np.max(largest, axis=0) <= 0)


CHANGES = {
    "all three": ("relu", "mae", "zeros"),
    "GELU again": ("gelu", "mae", "zeros"),
    "squared error again": ("relu", "mse", "zeros"),
    "random start": ("relu", "mae", "glorot_uniform"),
}
broken = Results("network")
for change, (activation, loss, start) in CHANGES.items():
    trained = fit_seeds(
        lambda activation=activation, start=start: variant(activation, start),
        low_patches[: budget(1200, 32)],
        residuals[: budget(1200, 32)],
        seeds=range(budget(2, 1)),
        epochs=1,
        batch_size=16,
        learning_rate=4e-3,
        loss=loss,
        title=change,
    )
    for seed, network in enumerate(trained):
        gain = [
            score(truth, enlarge(network, lows[name]), BORDER)[0]
            - scores.loc[name, "bicubic: PSNR (dB)"]
            for name, truth in photos.test.items()
        ]
        broken.add(change, seed, **{"gain (dB)": np.mean(gain), "dead units": dead_share(network)})
broken

# %% folded="numbers"
report("broken_gain_db", np.abs(broken.values("all three", "gain (dB)")).max(), within=(0, 0.005))

# %% [markdown]
# TEXT
#
# ### Written question
#
# A shop sells a program for doctors: "Our network doubles the resolution of your scanner. On unseen pictures it has 1 dB more than bicubic
# interpolation, so it shows details that the scanner missed." What does the gain of 1 dB not prove? Which two measurements of this lesson
# would you ask for, and what may never be read from the enlarged picture? (4 to 6 sentences.)

# %% [markdown] answer="one_decibel" points=3
# **Model answer.** A gain over bicubic interpolation does not prove that hidden details were recovered, because bicubic
# interpolation does not even agree with the small picture: making it consistent, which needs no learning and adds no detail, gave nearly
# as much. I would ask for the comparison with a consistent bicubic picture and with the best linear filter, on whole scans that were not used
# in training, and for the share of the invisible part that was recovered. In this lesson it was small, and part of what
# the network drew was wrong. Two patients whose scans differ only in the invisible part give the same small picture and so the same enlarged one. So
# nothing may be concluded from details in the invisible part: they are guesses from the training pictures.
#
# **Rubric.** 1 point: most of such a gain needs no new detail, with the consistent bicubic picture (or the linear filter) as evidence. 1 point: two
# measurements (fair baselines on held-out pictures; consistency; share of the invisible part recovered). 1 point: the
# invisible part is a guess: equal small pictures give equal enlarged ones, so a finding that rests on it alone is none.

# %% [markdown]
# ## Summary
#
# 1. TEXT
#
# ## References
#
# - R. Keys (1981). Cubic convolution interpolation for digital image processing. *IEEE Transactions on Acoustics, Speech, and
#   Signal Processing* 29.
# - Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli (2004). Image quality assessment: from error visibility to structural
#   similarity. *IEEE Transactions on Image Processing* 13.
# - W. Shi and others (2016). Real-time single image and video super-resolution using an efficient sub-pixel convolutional
#   neural network. *CVPR*.
