# ---
# title: Super-resolution
# question: A photograph is made twice as wide. Which of its new details were recovered, and which were invented?
# picture: A cat's eye in a small photograph, enlarged by bicubic interpolation and by the network of this lesson, and the original; then what the small photograph cannot show, in the original and as the network drew it
# seconds: 45
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
# **Super-resolution** makes a picture larger, with details that the small one does not show. You will build a
# network that does it, and then find out which of its details the small picture contained all along.
#
# We need pairs of a small and a large picture, so we shrink photographs to half their height and width.
# A small pixel is a weighted mean of large ones. Take one row of $n_{in}$ pixels, numbered from 0, that
# becomes a row of $n_{out}$ pixels. The centre of the new pixel $i$ lies at the old place
# $c_i = (i + \tfrac12)\, n_{in}/n_{out} - \tfrac12$. The old pixel $j$ counts in it with the weight
#
# $$A_{ij} = \frac{k\big((j - c_i)/s\big)}{\sum_{m} k\big((m - c_i)/s\big)}, \qquad s = \max\left(1, \frac{n_{in}}{n_{out}}\right).$$
#
# The sum runs over all old pixels $m$, so each row of the matrix $A$ adds up to 1. The function $k$ is the cubic kernel of Keys
# (1981), given below. The same formula enlarges a row, too. Both are **bicubic interpolation**.
#
# The number $s$ is for **antialiasing**: for a smaller picture the kernel becomes wider, so that no old pixel is passed over.


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
super_resolution.check_resize_matrix(resize_matrix, n_in=10, n_out=4)
super_resolution.check_resize_matrix(resize_matrix, n_in=5, n_out=10)
### BEGIN HIDDEN TESTS
for sizes in [(6, 6), (9, 5), (5, 9), (100, 25), (1, 3), (3, 1), (160, 80), (7, 30)]:
    super_resolution.check_resize_matrix(resize_matrix, *sizes)
### END HIDDEN TESTS


# %%
def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture (h, w) as (height, width), by bicubic interpolation of its columns and its rows."""
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
# All three show the same part of a photograph. Where only every second pixel was kept, letters and thin lines are torn.
# A network that trains on such pairs learns to repair damage that cameras and good programs do not cause.
#
# In matrices, shrinking a picture $X$ gives $Y = A X B^\top$: $A$ is made for its height, $B$ for its width.
#
# ## Sub-pixel convolution
#
# The network works on the *small* picture, which is four times cheaper. For each small pixel it gives four
# numbers, one for each large pixel that takes its place. This is **sub-pixel convolution** (Shi and others 2016). Moving these numbers
# from channels to places is called *depth to space*. For a factor $r$ there are $r^2$ channels. Channel
# $r i + j$ of a small pixel goes to row $i$ and column $j$ of its block of $r \times r$ large pixels.
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
# Bicubic interpolation is right in smooth places. So the network only learns the **residual**, the original minus its
# bicubic copy, with four channels for each small pixel. Before training it answers 0: we start from the bicubic picture.
#
# ### Exercise 3: build it
#
# | layer | filters | kernel | activation |
# |---|---|---|---|
# | 1 | `width` | 5 × 5 | GELU |
# | 2, 3 | `width` each | 3 × 3 | GELU |
# | 4 | `factor`² | 3 × 3, all zeros before training | none |
#
# All are convolutions *without* padding. So a 3 × 3 layer leaves out 1 pixel on each side, the 5 × 5 layer 2 pixels, all
# together 5. (Padding would put zeros around the small training patches, and most of their results would depend on
# these zeros.) The network takes pictures of any size above 10 × 10.
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
    pairs = []
    for image in turned:
        low = shrink(image)
        pairs.append((low, space_to_depth((image - bicubic(low))[None], 2)[0]))
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


# 4000 patches of 32 x 32 pixels, from the seven training photographs alone
low_patches, residuals = training_patches(photos.train.values(), budget(4000, 16), 32, seed=0)
networks = fit_seeds(
    lambda: build_network(32, 2),
    low_patches,
    residuals,
    seeds=range(budget(2, 1)),
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
    alt="Details of four photographs, a cat's eye, a spoon, a man with a camera and a flower, in four rows: the small "
    "picture with visible pixels, the soft bicubic one, the crisper one of the network, and the sharp original.",
)

# %% [markdown]
# Edges are crisper than in the bicubic picture, but fine texture does not come back.
#
# ## How good is it?
#
# PSNR is $10 \log_{10}(1/\mathrm{MSE})$ decibels (dB) for pixels from 0 to 1, where MSE is the mean
# squared error over all pixels. **SSIM** (Wang and others 2004) compares means, variances and
# correlations of small windows. Of both, more is better; an SSIM of 1 means equal pictures. Near the
# edges a method has to guess what lies beyond, so a border is usually left out.
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
for name, within in {
    "chelsea": (0.85, 1.1), "coffee": (0.9, 1.25), "camera": (0.8, 0.95), "flower": (1.2, 1.4),
}.items():  # fmt: skip
    report(f"gain_{name}_db", scores.loc[name, "gain (dB)"], within)
    ssim_gain = scores.loc[name, "network: SSIM"] - scores.loc[name, "bicubic: SSIM"]
    report(f"ssim_gain_{name}", ssim_gain, within=(0.002, 0.05))

# %% [markdown]
# Each row is a test photograph; the network's numbers are means of two random seeds. It gains 0.8 to 1.3 dB. Many articles end
# here. But where does the gain come from?
#
# ## What the small picture determines
#
# Shrink an enlarged picture again. If the result is the small picture, the enlarged one is *consistent*
# (**consistency**). The original is. The bicubic picture is not: it is too soft, and contradicts what we know.
#
# This can be repaired without any learning. Let $\hat X$ be an enlarged picture and $Y$ the small one. The consistent picture that is
# nearest to $\hat X$ in squared error is
#
# $$X^* = \hat X + A^+ \, (Y - A \hat X B^\top) \, (B^+)^\top .$$
#
# $A^+$ is the **pseudo-inverse** of $A$ (`np.linalg.pinv`): $A^+ y$ is the shortest vector $x$ with
# $A x = y$. In words: find what is missing after shrinking, and add the smallest change that supplies
# it. The consistent pictures form a plane, $X^*$ is the foot of the perpendicular from $\hat X$, and
# the original lies in the plane. So, by Pythagoras, $X^*$ is never farther from the original than
# $\hat X$ is (over the whole picture).
#
# ### Exercise 5: make a picture consistent
#
# <details><summary>Hint</summary>
#
# First the gap, $Y - A \hat X B^\top$, which has the size of the small picture. `@` is the matrix product.
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
super_resolution.check_consistent(make_consistent, height=60, width=48, factor=2)
super_resolution.check_already_consistent(make_consistent, height=30, width=44)
### END HIDDEN TESTS

# %% [markdown]
# ## A fair comparison
#
# We add two opponents. *Bicubic, made consistent* learns nothing. The *best linear filter* is one convolution
# with 11 × 11 kernels, the network's receptive field, without activation: 484 weights with the least
# squared error on training patches. The network has 20,484 parameters.


# %%
def linear_filter(low: np.ndarray, residual: np.ndarray) -> keras.Model:
    """One convolution with 11 x 11 kernels that predicts residuals with the least squared error."""
    windows = sliding_window_view(low[..., 0], (11, 11), axis=(1, 2)).reshape(-1, 121)
    # the normal equations of least squares: (windows' windows) weights = windows' residual
    weights = np.linalg.solve(windows.T @ windows, windows.T @ residual.reshape(-1, 4))
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(4, 11)])
    model.set_weights([weights.reshape(11, 11, 1, 4), np.zeros(4)])
    return model


def shrinking(image: np.ndarray) -> tuple:
    """The matrices that shrink the height and the width of a picture to half."""
    return tuple(resize_matrix(side, side // 2) for side in image.shape)


linear = linear_filter(low_patches[:800], residuals[:800])

# method -> one dictionary of enlarged photographs, or one for each random seed
enlarged = {
    "bicubic": [{name: np.clip(bicubic(low), 0, 1) for name, low in lows.items()}],
    "best linear filter": [{name: enlarge(linear, low) for name, low in lows.items()}],
    "network": [{name: enlarge(n, low) for name, low in lows.items()} for n in networks],
}
gains = Results("method")
for method, versions in enlarged.items():
    for seed, pictures in enumerate(versions):
        plain, mended = {}, {}
        for name, truth in photos.test.items():
            large, base = pictures[name], scores.loc[name, "bicubic: PSNR (dB)"]
            plain[name] = score(truth, large, BORDER)[0] - base
            agreeing = make_consistent(large, lows[name], *shrinking(truth))
            mended[name] = score(truth, agreeing, BORDER)[0] - base
        gains.add(method, seed, **plain)
        gains.add(f"{method}, made consistent", seed, **mended)
gains

# %% folded="numbers"
for name in photos.test:
    mended = gains.mean("bicubic, made consistent", name)
    report(f"gain_consistent_bicubic_{name}_db", mended, within=(0.6, 1.2))
    ahead = gains.values("network", name) - gains.mean("best linear filter", name)
    report(f"network_over_linear_{name}_db_lowest", ahead.min(), within=(-0.12, 0.15))
    report(f"network_over_linear_{name}_db_highest", ahead.max(), within=(-0.12, 0.15))

# %% [markdown]
# Each column is a photograph, each entry a gain over bicubic interpolation; the network's are means of two seeds. **Bicubic,
# made consistent, has more than four fifths of the network's gain**, and the best linear filter is as good as the network, within about 0.1 dB. Most
# of the gain undoes a blur that is known exactly. (Larger networks, trained for days on thousands of
# photographs, are reported to gain more.)
#
# ## Recovered or invented?
#
# Many large pictures shrink to the same small one. Two of them differ by something that shrinks to 0.
# So each picture is a sum of the picture with the least sum of squares that shrinks to the same $Y$, which is
# determined, and of an **invisible part**, which shrinks to 0. Whatever a method draws in the invisible part is a
# guess. Let $N_X$ be the invisible part of the original and $N_{\hat X}$ that of the enlarged
# picture. The share that is recovered is
#
# $$1 - \frac{\text{mean square of } (N_{\hat X} - N_X)}{\text{mean square of } N_X}.$$
#
# It is 1 for a perfect guess, 0 for drawing nothing, and negative for a guess that is worse than nothing.
#
# ### Exercise 6: the invisible part, and how much of it is right
#
# <details><summary>Hint</summary>
#
# `make_consistent` finds the nearest picture that shrinks to a given small one. To which small picture must it shrink here?
# </details>


# %% exercise="recovered"
def invisible(image, rows, columns) -> np.ndarray:
    """The part (height, width) of a picture that shrinks to 0; the rest of it is determined.

    Args:
        image: (height, width).
        rows, columns: the matrices A and B that shrink it, as in exercise 5.
    """
    ### BEGIN SOLUTION
    nothing = np.zeros((rows.shape[0], columns.shape[0]))
    return make_consistent(image, nothing, rows, columns)
    ### END SOLUTION


def recovered(truth, image, rows, columns, border: int) -> float:
    """Share of the original's invisible part that an enlarged picture has right; 1 at most, or below 0.

    Args:
        truth, image: the original and the enlarged picture, (height, width) each.
        rows, columns: as in `invisible`.
        border: left out on all four sides of both invisible parts before they are compared; 0 or more.
    """
    ### BEGIN SOLUTION
    height, width = truth.shape
    inside = np.s_[border : height - border, border : width - border]
    real = invisible(truth, rows, columns)[inside]
    drawn = invisible(image, rows, columns)[inside]
    return 1 - np.mean((drawn - real) ** 2) / np.mean(real**2)
    ### END SOLUTION


# %% check="recovered" points=2
super_resolution.check_invisible(invisible, height=8, width=12, factor=2)
super_resolution.check_recovered(recovered, height=8, width=12, factor=2, border=1)
### BEGIN HIDDEN TESTS
for border, sizes in enumerate([(2, 4, 2), (6, 6, 2), (9, 24, 3), (50, 36, 2)]):
    super_resolution.check_invisible(invisible, *sizes)
    super_resolution.check_recovered(recovered, *sizes, border)
### END HIDDEN TESTS

# %% [markdown]
# The *consistency error* is the mean squared difference between the small picture and the enlarged one, shrunk again. Both columns of the table are
# means over the four photographs.

# %%
details = Results("method")
for method, versions in enlarged.items():
    for seed, pictures in enumerate(versions):
        errors, shares = [], []
        for name, truth in photos.test.items():
            large = pictures[name]
            errors.append(np.mean((shrink(large) - lows[name]) ** 2))
            shares.append(recovered(truth, large, *shrinking(truth), BORDER))
        error, share = 1e6 * np.mean(errors), 100 * np.mean(shares)
        details.add(method, seed, **{"consistency error (1e-6)": error, "recovered (%)": share})
details

# %%
low, truth = lows["chelsea"], photos.test["chelsea"]
matrices = shrinking(truth)
large = enlarged["network"][0]["chelsea"]
shown = {
    "small picture": np.kron(low, np.ones((2, 2))),
    "bicubic": bicubic(low),
    "network": large,
    "original": truth,
    "invisible in the original": 0.5 + 4 * invisible(truth, *matrices),
    "drawn by the network": 0.5 + 4 * invisible(large, *matrices),
}
panels = np.stack([cut(image, "chelsea") for image in shown.values()])
plots.show(
    plots.image_grid(panels, columns=3, titles=list(shown), size=2.3),
    alt="A cat's eye six times: the small picture with visible pixels; soft by bicubic interpolation; crisper by the "
    "network; the original. Then the invisible parts on grey: strong lines and grain in the original, a faint "
    "trace of the lines in what the network drew.",
    name="22_super_resolution",
)

# %% folded="numbers"
without = [gains.mean("bicubic, made consistent", name) for name in photos.test]
report(
    "gain_without_learning_percent", 100 * sum(without) / scores["gain (dB)"].sum(), within=(81, 94)
)
for method, within in {
    "bicubic": (-0.1, 0.1),
    "best linear filter": (1, 6),
    "network": (3, 4.9),
}.items():
    report(f"recovered_{method.split()[-1]}_percent", details.mean(method, "recovered (%)"), within)
error = "consistency error (1e-6)"
errors = details.values("network", error) / details.mean("bicubic", error)
report("consistency_error_ratio", errors.max(), within=(0, 0.1))

# %% [markdown]
# The last two pictures are invisible parts (grey is 0, contrast times four). Bicubic interpolation
# recovers nothing there. The network draws a little at strong edges, and recovers about 4 %. Grain
# and fine texture are gone: no method can compute them, and squared error punishes wrong guesses, so
# the network is careful. Texture would have to be *invented*, as the generators of lesson 42 do.
#
# ## Break it: a gain of exactly 0.00 dB
#
# A colleague uses the mean absolute error (L1) for the squared error and ReLU for GELU, and starts from zeros as we
# do. The network gains nothing at all. **Predict first:** which of the three is to blame? We take
# each back alone. Every network gets the same 75 steps, from two random seeds.
#
# A ReLU unit whose output is 0 everywhere gets no gradient. It is called *dead*. The table shows the mean
# gain over the four photographs, and the share of dead units in the layer before the last.


# %%
def variant(activation: str, start: str) -> keras.Model:
    """The network of exercise 3 with another activation and another start of the last kernel."""
    hidden = [layers.Conv2D(32, size, activation=activation) for size in (5, 3, 3)]
    last = layers.Conv2D(4, 3, kernel_initializer=start)
    return keras.Sequential([keras.Input((None, None, 1)), *hidden, last])


def dead_share(network) -> float:
    """Share of the units in the layer before the last that are 0 everywhere in 50 patches."""
    outputs = predict(keras.Sequential(network.layers[:-1]), low_patches[:50])
    return np.mean(outputs.max(axis=(0, 1, 2)) <= 0)


CHANGES = {
    "GELU, squared error, zeros": ("gelu", "mse", "zeros"),
    "ReLU, L1, zeros": ("relu", "mae", "zeros"),
    "GELU, L1, zeros": ("gelu", "mae", "zeros"),
    "ReLU, squared error, zeros": ("relu", "mse", "zeros"),
    "ReLU, L1, random": ("relu", "mae", "glorot_uniform"),
}
broken = Results("network")
for change, (activation, loss, start) in CHANGES.items():
    trained = fit_seeds(
        lambda activation=activation, start=start: variant(activation, start),
        low_patches[: budget(1200, 16)],
        residuals[: budget(1200, 16)],
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
report(
    "broken_gain_db", np.abs(broken.values("ReLU, L1, zeros", "gain (dB)")).max(), within=(0, 0.005)
)
report("broken_dead_least", broken.values("ReLU, L1, zeros", "dead units").min(), within=(0.9, 1))
report("random_start_gain_db", broken.mean("ReLU, L1, random", "gain (dB)"), within=(-0.02, 0.05))
report("gelu_gain_db", broken.mean("GELU, L1, zeros", "gain (dB)"), within=(-0.02, 0.2))
report(
    "squared_error_gain_db",
    broken.mean("ReLU, squared error, zeros", "gain (dB)"),
    within=(0.3, 0.9),
)
report(
    "squared_error_dead",
    broken.mean("ReLU, squared error, zeros", "dead units"),
    within=(0.5, 0.95),
)
report(
    "unchanged_gain_db", broken.mean("GELU, squared error, zeros", "gain (dB)"), within=(0.6, 1.1)
)
report("median_residual", np.median(residuals), within=(-0.001, 0.001))

# %% [markdown]
# The loss starts it, and dead ReLU units keep it there. With the squared error most of the gain
# is there, though more than half of the units are dead. GELU keeps the units alive, but with L1 it
# gains hardly anything in 75 steps (with all 4000 patches it does). The zero start is innocent: a random start does not help. (With
# zeros only the last layer moves in the first step, the others from the second step on.)
#
# Why? Of all constant answers, the median has the smallest mean absolute error, and the median of the
# residuals is 0: there we start. The gradient of L1 knows only signs, which nearly cancel, so it is
# mostly noise. Adam, the optimizer in `fit_seeds`, makes steps about as large as the learning rate,
# however small the gradient. So noise moves the weights as far as a signal would. ReLU units that
# drift below 0 stay there. Here nearly all died, and the answer stayed at 0.
#
# ### Written question
#
# A firm writes to a hospital: "Our network doubles the resolution of your scanner. On unseen scans it
# has 1 dB more than bicubic interpolation, so it shows details that the scanner missed." Why does the
# second half of the sentence not follow? Which two measurements would you ask for, on scans that were
# taken at high resolution and then shrunk? What may never be concluded from an enlarged scan? (4 to 6
# sentences.)

# %% [markdown] answer="one_decibel" points=3
# **Model answer.** A gain over bicubic interpolation does not prove that hidden details were recovered, because bicubic
# interpolation does not even agree with the small picture: making it consistent, which needs no learning and draws nothing invisible, gave most
# of such a gain. I would ask for the comparison with a consistent bicubic picture and with the best linear filter, on whole scans that were not used
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
# 1. Shrink with antialiasing, and test on whole photographs that the network never saw.
# 2. A small sub-pixel network gains about 1 dB over bicubic interpolation in seconds.
# 3. Making the bicubic picture consistent gives more than four fifths of it without learning; a
# linear filter gives nearly all of it.
# 4. The invisible part can only be guessed: the network recovered about 4 % of it.
# 5. For L1, 0 is the best constant answer; its noisy gradients killed the ReLU units before they found a better one.
#
# ## References
#
# - R. Keys (1981). Cubic convolution interpolation for digital image processing. *IEEE Transactions on Acoustics, Speech, and
#   Signal Processing* 29.
# - Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli (2004). Image quality assessment: from error visibility to structural
#   similarity. *IEEE Transactions on Image Processing* 13.
# - W. Shi and others (2016). Real-time single image and video super-resolution using an efficient sub-pixel convolutional
#   neural network. *CVPR*.
