# ---
# title: A sixteenth of the pixels, and holes
# question: One photograph was shrunk to a sixteenth of its pixels, another is scratched. What fills them best, and how deep into a hole does the truth reach?
# seconds: 75
# goals:
#   - say how much of a picture a factor of 2, 4 or 8 leaves determined
#   - fill a hole with what the means and covariances of photographs know, and draw other fillings that fit the known pixels as well
#   - measure how deep into a hole the truth reaches, and restore a scratched photograph
# terms:
#   inpainting: filling in missing parts of a picture
#   thin plate: the surface with the least bending through given heights; as a filling of holes, the biharmonic equation
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import binary_dilation, distance_transform_cdt, gaussian_filter
from skimage.restoration import inpaint_biharmonic

from course_utils import plots
from course_utils.checks import super_resolution_deeper
from course_utils.data import load_photographs
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## A sixteenth of the pixels
#
# Lesson 22 shrank photographs by a factor of 2. Here are its formulas again, for any factor: the matrix that resizes, and
# the invisible part, which shrinks to 0.


# %%
def cubic(t: np.ndarray) -> np.ndarray:
    """The cubic kernel at the distances t; 0 at distances of 2 and more."""
    t = np.abs(t)
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


def resize_matrix(n_in: int, n_out: int) -> np.ndarray:
    """The matrix (n_out, n_in) by which bicubic interpolation resizes n_in pixels in a row."""
    centres = (np.arange(n_out) + 0.5) * n_in / n_out - 0.5
    weights = cubic((np.arange(n_in) - centres[:, None]) / max(1.0, n_in / n_out))
    return weights / weights.sum(axis=1, keepdims=True)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture (h, w) as (height, width)."""
    rows, columns = resize_matrix(image.shape[0], height), resize_matrix(image.shape[1], width)
    return (rows @ image @ columns.T).astype("float32")


def shrinking(image: np.ndarray, factor: int) -> tuple:
    """The matrices A and B that shrink the height and the width of a picture by a factor."""
    return tuple(resize_matrix(side, side // factor) for side in image.shape)


def make_consistent(image, low, rows, columns) -> np.ndarray:
    """The picture nearest to `image` that shrinks to exactly `low`."""
    gap = low - rows @ image @ columns.T
    return image + np.linalg.pinv(rows) @ gap @ np.linalg.pinv(columns).T


def invisible(image, rows, columns) -> np.ndarray:
    """The part of a picture that shrinks to 0."""
    return make_consistent(image, np.zeros((rows.shape[0], columns.shape[0])), rows, columns)


# %% [markdown]
# How much of a picture does the small one determine? Subtract the picture's mean first: a plain grey is no detail. Then
# compare the mean square of the invisible part with the *variance* of the pixels. What is left of 1 is the determined share.
#
# ### Exercise: the determined share


# %% exercise="determined_share"
def determined_share(image, rows, columns) -> float:
    """Share of a picture's variance that its small copy determines.

    Args:
        image: (height, width).
        rows, columns: the matrices that shrink it.

    Returns:
        1 minus the mean square of the invisible part of the picture minus its mean, over the variance of its pixels.
    """
    ### BEGIN SOLUTION
    hidden = invisible(image - np.mean(image), rows, columns)
    return float(1 - np.mean(hidden**2) / np.var(image))
    ### END SOLUTION


# %% check="determined_share"
super_resolution_deeper.check_share(determined_share, height=8, width=12, factor=2)
super_resolution_deeper.check_share(determined_share, height=20, width=12, factor=4)
super_resolution_deeper.check_share(determined_share, height=64, width=80, factor=8)

# %%
photos = load_photographs()  # .train, .val, .test: name -> grey picture (height, width), 0 to 1
determined = {
    name: {f"factor {r}": determined_share(image, *shrinking(image, r)) for r in (2, 4, 8)}
    for name, image in photos.test.items()
}
determined = pd.DataFrame(determined).T
determined.map(lambda share: f"{100 * share:.1f} %")

# %% folded="numbers"
for r, within in {2: (0.975, 0.983), 4: (0.94, 0.95), 8: (0.88, 0.89)}.items():
    report(f"determined_lowest_factor_{r}", determined[f"factor {r}"].min(), within)

# %% [markdown]
# One pixel in 64 still determines 88 % or more of each photograph's variance: most of it lies in broad, slow changes. What we
# call detail is in the small rest.
#
# Now the network of lesson 22 with 16 output channels instead of 4 (4 × 4 pixels for each small one), against the same two
# opponents: the bicubic picture made consistent, and the best linear filter.

# %%
FACTOR, EDGE, BORDER = 4, 5, 16


def depth_to_space(maps: np.ndarray, r: int) -> np.ndarray:
    """Channels as blocks of r x r pixels: (n, h, w, r * r) -> (n, h * r, w * r)."""
    n, h, w, _ = maps.shape
    return maps.reshape(n, h, w, r, r).transpose(0, 1, 3, 2, 4).reshape(n, h * r, w * r)


def space_to_depth(image: np.ndarray, r: int) -> np.ndarray:
    """Blocks of r x r pixels as channels: (h * r, w * r) -> (h, w, r * r)."""
    height, width = image.shape
    blocks = image.reshape(height // r, r, width // r, r).transpose(0, 2, 1, 3)
    return blocks.reshape(height // r, width // r, r * r)


def shrink(image: np.ndarray) -> np.ndarray:
    """A quarter of the height and of the width."""
    return resize(image, image.shape[0] // FACTOR, image.shape[1] // FACTOR)


def bicubic(low: np.ndarray) -> np.ndarray:
    """Four times the height and width."""
    return resize(low, FACTOR * low.shape[0], FACTOR * low.shape[1])


def turned(images) -> list[np.ndarray]:
    """Each picture four times: as it is, transposed, and mirrored both ways."""
    return [one for image in images for one in (image, image.T, image[::-1], image[:, ::-1])]


# %% [markdown]
# Lesson 22's training, for a factor of 4:


# %%
def training_patches(n: int, size: int, seed: int) -> tuple:
    """Patches of small pictures, and what their inner pixels lack: original minus bicubic."""
    rng, inputs, targets = np.random.default_rng(seed), [], []
    pairs = [
        (shrink(x), space_to_depth(x - bicubic(shrink(x)), FACTOR))
        for x in turned(photos.train.values())
    ]
    for k in range(n):
        low, residual = pairs[k % len(pairs)]
        top, left = (rng.integers(side - size + 1) for side in low.shape)
        inputs.append(low[top : top + size, left : left + size, None])
        targets.append(residual[top + EDGE : top + size - EDGE, left + EDGE : left + size - EDGE])
    return np.stack(inputs), np.stack(targets)


def enlarge(network, low: np.ndarray) -> np.ndarray:
    """Four times the size: the bicubic picture plus the residual that a network adds."""
    wider = np.pad(low, EDGE, mode="symmetric")
    residual = depth_to_space(predict(network, wider[None, :, :, None]), FACTOR)[0]
    return np.clip(bicubic(low) + residual, 0, 1)


def build_network() -> keras.Model:
    """The network of lesson 22 for a factor of 4."""
    hidden = [layers.Conv2D(32, size, activation="gelu") for size in (5, 3, 3)]
    last = layers.Conv2D(FACTOR**2, 3, kernel_initializer="zeros")
    return keras.Sequential([keras.Input((None, None, 1)), *hidden, last])


def linear_filter(low: np.ndarray, residual: np.ndarray) -> keras.Model:
    """One convolution with 11 x 11 kernels that predicts residuals with the least squared error."""
    windows = sliding_window_view(low[..., 0], (11, 11), axis=(1, 2)).reshape(-1, 121)
    weights = np.linalg.solve(windows.T @ windows, windows.T @ residual.reshape(-1, FACTOR**2))
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(FACTOR**2, 11)])
    model.set_weights([weights.reshape(11, 11, 1, FACTOR**2), np.zeros(FACTOR**2)])
    return model


low_patches, residuals = training_patches(budget(4000, 16), 24, seed=0)
networks = fit_seeds(
    build_network, low_patches, residuals, seeds=range(budget(2, 1)), epochs=budget(3, 1),
    batch_size=16, learning_rate=4e-3, loss="mse", title="network",
)  # fmt: skip
linear = linear_filter(low_patches, residuals)


# %%
def psnr(truth: np.ndarray, image: np.ndarray) -> float:
    """In dB, without the border."""
    inside = np.s_[BORDER:-BORDER, BORDER:-BORDER]
    return -10 * np.log10(np.mean((truth[inside] - image[inside]) ** 2))


def recovered(truth, image, rows, columns) -> float:
    """Share of the invisible part that an enlarged picture has right, without the border."""
    inside = np.s_[BORDER:-BORDER, BORDER:-BORDER]
    real, drawn = (invisible(x, rows, columns)[inside] for x in (truth, image))
    return 1 - np.mean((drawn - real) ** 2) / np.mean(real**2)


METHODS = {
    "bicubic, made consistent": [lambda low: np.clip(bicubic(low), 0, 1)],
    "best linear filter": [lambda low: enlarge(linear, low)],
    "network": [lambda low, network=network: enlarge(network, low) for network in networks],
}
fourfold = Results("method")
for method, versions in METHODS.items():
    for seed, version in enumerate(versions):
        gains, shares = [], []
        for truth in photos.test.values():
            low, matrices = shrink(truth), shrinking(truth, FACTOR)
            large = version(low)
            if method.endswith("consistent"):
                large = make_consistent(large, low, *matrices)
            gains.append(psnr(truth, large) - psnr(truth, np.clip(bicubic(low), 0, 1)))
            shares.append(recovered(truth, large, *matrices))
        means = {"gain (dB)": np.mean(gains), "recovered (%)": 100 * np.mean(shares)}
        fourfold.add(method, seed, **means)
fourfold

# %%
truth = photos.test["chelsea"][72:168, 136:232]
low = shrink(photos.test["chelsea"])
panels = {
    "small picture": np.kron(low, np.ones((4, 4)))[72:168, 136:232],
    "bicubic": bicubic(low)[72:168, 136:232],
    "network": enlarge(networks[0], low)[72:168, 136:232],
    "original": truth,
}
plots.show(
    plots.image_grid(np.stack(list(panels.values())), columns=4, titles=list(panels), size=2.1),
    alt="A cat's eye four times: in coarse squares; soft by bicubic interpolation; a little crisper by the network; "
    "sharp and with single hairs in the original.",
)

# %% folded="numbers"
gain = {method: fourfold.mean(method, "gain (dB)") for method in METHODS}
report("fourfold_network_db", gain["network"], within=(0.55, 0.75))
report("fourfold_linear_db", gain["best linear filter"], within=(0.55, 0.7))
report(
    "fourfold_without_learning_percent",
    100 * gain["bicubic, made consistent"] / gain["network"],
    within=(75, 90),
)
report("fourfold_recovered_linear", fourfold.mean("best linear filter", "recovered (%)"), (1.5, 3))
report("fourfold_recovered_network", fourfold.mean("network", "recovered (%)"), within=(2, 3.5))

# %% [markdown]
# Means over the four photographs, as gains over bicubic interpolation. At a factor of 2 the network gained about 1 dB and
# recovered 4 % of the invisible part. Here it is less of both, and of a larger invisible part. Again about four fifths of the
# gain need no learning, and the linear filter is as good as the network. The edge of the eye is a little crisper; its hairs are gone for good.
#
# ## A hole
#
# **Inpainting** (Bertalmio and others 2000) fills in missing parts of a picture. What do photographs know about a missing pixel? The
# simplest model is a Gaussian with the mean $\mu$ and the covariance $C$ of 30,000 patches of 24 × 24 pixels from the seven training photographs. ($C_{ij}$ is
# the mean product of the deviations of pixels $i$ and $j$, lesson 21; $C_{hk}$ are its rows $h$ and columns $k$.) Split a patch into
# the hole $h$ and the known rest $k$. A Gaussian, given $x_k$, is again a Gaussian, with
#
# $$\text{mean}\quad \mu_h + C_{hk} C_{kk}^{-1} (x_k - \mu_k), \qquad \text{covariance}\quad C_{hh} - C_{hk} C_{kk}^{-1} C_{kh}.$$
#
# The first is the Gaussian's **conditional mean**. For patches with this mean and this covariance, whatever their distribution is, no
# other *linear* guess has a smaller mean squared error. The second says how uncertain the filling is, and lets us draw others that fit the known pixels as well.
#
# ### Exercise: the conditional mean and covariance
#
# <details><summary>Hint: blocks of a matrix</summary>
#
# `covariance[np.ix_(hole, ~hole)]` is $C_{hk}$.
# </details>
# <details><summary>Hint: do not invert</summary>
#
# $C_{hk} C_{kk}^{-1}$ is the transpose of `np.linalg.solve(C_kk, C_kh)`, as $C_{kk}$ is symmetric.
# </details>


# %% exercise="conditional"
def conditional_mean(patches, hole, mean, covariance) -> np.ndarray:
    """The mean of the missing pixels, given the others.

    Args:
        patches: flat patches as rows (n, d); what stands at missing pixels means nothing (it may be NaN).
        hole: booleans (d,), True where a pixel is missing.
        mean, covariance: (d,) and (d, d), of whole patches.

    Returns:
        (n, number of missing pixels).
    """
    ### BEGIN SOLUTION
    weights = np.linalg.solve(covariance[np.ix_(~hole, ~hole)], covariance[np.ix_(~hole, hole)])
    return mean[hole] + (patches[:, ~hole] - mean[~hole]) @ weights
    ### END SOLUTION


def conditional_covariance(hole, covariance) -> np.ndarray:
    """The covariance of the missing pixels, given the others; a square matrix."""
    ### BEGIN SOLUTION
    across = covariance[np.ix_(~hole, hole)]
    explained = across.T @ np.linalg.solve(covariance[np.ix_(~hole, ~hole)], across)
    return covariance[np.ix_(hole, hole)] - explained
    ### END SOLUTION


# %% check="conditional"
super_resolution_deeper.check_mean(conditional_mean, n=3, hole=[1, 2], d=6)
super_resolution_deeper.check_mean(conditional_mean, n=1, hole=[0], d=3)
super_resolution_deeper.check_mean(conditional_mean, n=50, hole=range(20, 90), d=100)
super_resolution_deeper.check_covariance(conditional_covariance, hole=[1, 2], d=6)
super_resolution_deeper.check_covariance(conditional_covariance, hole=range(20, 90), d=100)

# %%
SIDE, HOLE = 24, 12
PIXELS = SIDE**2


def cut_patches(images, n: int, side: int, seed: int) -> np.ndarray:
    """Patches at random places, (n, side * side)."""
    rng, found = np.random.default_rng(seed), []
    for k in range(n):
        image = images[k % len(images)]
        top, left = (rng.integers(length - side + 1) for length in image.shape)
        found.append(image[top : top + side, left : left + side].ravel())
    return np.stack(found).astype(float)


known_patches = cut_patches(turned(photos.train.values()), budget(30_000, 2000), SIDE, seed=0)
mean = known_patches.mean(axis=0)
# a little noise on each pixel, so that the equations stay solvable
covariance = np.cov(known_patches.T) + 1e-5 * np.eye(PIXELS)
unseen = cut_patches(turned(photos.test.values()), budget(2000, 60), SIDE, seed=1)

missing = np.zeros((SIDE, SIDE), bool)
missing[6 : 6 + HOLE, 6 : 6 + HOLE] = True
hole = missing.ravel()
filled = conditional_mean(unseen, hole, mean, covariance)
half = np.linalg.cholesky(conditional_covariance(hole, covariance))
# half @ half.T is that covariance, and so noise @ half.T has it
noise = np.random.default_rng(2).standard_normal((2, *filled.shape))
drawn = filled + noise @ half.T

# %%
at = np.argsort(unseen[:60].std(axis=1))[-8:]  # of sixty, the eight with most contrast
chosen = unseen[at]


def with_hole(values) -> np.ndarray:
    """The chosen patches as pictures, with these values in their holes."""
    pictures = chosen.copy()
    pictures[:, hole] = values
    return pictures.reshape(-1, SIDE, SIDE).clip(0, 1)


rows = {
    "what is known": with_hole(1.0),
    "conditional mean": with_hole(filled[at]),
    "drawn": with_hole(drawn[0][at]),
    "drawn again": with_hole(drawn[1][at]),
    "original": chosen.reshape(-1, SIDE, SIDE),
}
plots.show(
    plots.image_rows(rows, "A hole of 12 x 12 pixels in unseen photographs", size=1.1),
    alt="Eight patches in five rows: with a white square in the middle; the square filled softly; filled twice with "
    "differing grainy structure; and the originals.",
)

# %% [markdown]
# The mean is soft. A drawing has grain, and it is another one each time. **Predict first:** which has the smaller squared error, and by what
# factor? And how does the error grow from the edge of the hole to its middle?
#
# Beside the Gaussian stands an equation that knows no photograph: the **thin plate** bends as little as it can between the known pixels (the
# biharmonic equation, Damelin and Hoang 2018; `inpaint_biharmonic` of scikit-image, which also cuts off what leaves the range of the known pixels). We measure as in lesson 22: 1 for the truth, 0 for a plain
# grey (the mean of the known pixels), less for worse.

# %%
depth = distance_transform_cdt(missing, metric="chessboard")[missing]  # 1 at the hole's edge
truths = unseen[:, hole]


def share(guess) -> pd.Series:
    """Share of the variance around each patch's known mean that a filling has right, by depth."""
    grey = unseen[:, ~hole].mean(axis=1, keepdims=True)
    error = np.mean((guess - truths) ** 2, axis=0)
    total = np.mean((grey - truths) ** 2, axis=0)
    return pd.Series(
        {d: 1 - error[depth == d].mean() / total[depth == d].mean() for d in range(1, 7)}
    )


def plate(patches: np.ndarray) -> np.ndarray:
    """The holes of patches, filled by the thin plate, (n, missing pixels)."""
    squares = np.where(missing, 0, patches.reshape(-1, SIDE, SIDE))
    return np.stack([inpaint_biharmonic(square, missing)[missing] for square in squares])


bent = plate(unseen)

# %%
reach = pd.DataFrame(
    {"conditional mean": share(filled), "thin plate": share(bent), "drawn": share(drawn[0])}
)
fig, ax = plt.subplots(figsize=(6, 3.2))
reach.plot(ax=ax, style={"conditional mean": "o-", "thin plate": "x--", "drawn": "s-"})
ax.axhline(0, color="grey", linewidth=1)
ax.set(
    xticks=reach.index,
    title="How deep the truth reaches",
    xlabel="pixels from the edge of the hole",
    ylabel="share that is right",
)
plots.show(
    fig,
    alt="Three curves over the depth in the hole. Those of the conditional mean and of the thin plate lie on one another and "
    "fall from 0.8 to about a quarter; that of drawn fillings falls from 0.3 far below 0.",
)
reach.round(2)

# %% folded="numbers"
for d, within in {1: (0.77, 0.81), 6: (0.22, 0.29)}.items():
    for method in ("conditional mean", "thin plate"):
        report(f"share_{method.split()[-1]}_{d}", reach.loc[d, method], within)
report("share_drawn_2", reach.loc[2, "drawn"], within=(-0.6, -0.2))
report(
    "plate_minus_mean_largest",
    (reach["thin plate"] - reach["conditional mean"]).abs().max(),
    within=(0, 0.05),
)

# %% [markdown]
# Next to the edge four fifths of the truth are there, in the middle a quarter. The thin plate is as good at every depth, even a
# hair better. Does that contradict "no other linear guess"? And a drawing is worse than the plain grey from two pixels on, though it has grain, as photographs have.
# By how much should it be worse? If whole patches have the mean $\mu$ and the covariance $C$, *whatever their distribution is*, a drawing
# has on average twice the squared error of the mean: its noise knows nothing of the truth, so the two errors add. Fresh patches of the *training*
# photographs answer both questions.

# %%
fresh = cut_patches(turned(photos.train.values()), len(unseen), SIDE, seed=3)
fillings = {
    "training photographs": (fresh, conditional_mean(fresh, hole, mean, covariance), plate(fresh)),
    "test photographs": (unseen, filled, bent),
}
ratios = {}
for title, (patches, middle, flat) in fillings.items():
    guesses = {"conditional mean": middle, "drawn": middle + noise[0] @ half.T, "thin plate": flat}
    ratios[title] = {
        name: np.mean((guess - patches[:, hole]) ** 2) for name, guess in guesses.items()
    }
ratios = pd.DataFrame(ratios).T
ratios["drawn / mean"] = ratios["drawn"] / ratios["conditional mean"]
ratios.round(4)

# %% folded="numbers"
report(
    "drawn_over_mean_train", ratios.loc["training photographs", "drawn / mean"], within=(1.8, 2.2)
)
report("drawn_over_mean_test", ratios.loc["test photographs", "drawn / mean"], within=(2.8, 3.7))
plate_over_mean = ratios["thin plate"] / ratios["conditional mean"]
report("plate_over_mean_train", plate_over_mean.iloc[0], within=(1.1, 1.2))
report("plate_over_mean_test", plate_over_mean.iloc[1], within=(0.95, 1.0))

# %% [markdown]
# On training photographs the Gaussian is ahead of the plate, and a drawing has nearly twice the error of the mean, as it must. The
# test photographs are smoother: bricks, grass and gravel are among the training ones. There the drawn grain is too strong, and the
# equation does as well as what 30,000 patches taught. The best guess for one kind of photograph is not the best for another.
#
# And the grain is equally strong everywhere, on a smooth wall as on a meadow: a Gaussian's covariance does not depend on the *values* that are
# known. Models that know more than means and covariances (lessons 42 and 51) can draw grain where grain belongs. It stays invented.
#
# ## A scratched photograph
#
# Real damage is thin. We scratch the four test photographs, and fill them tile by tile, each tile of 6 × 6 pixels from what is known in the
# 24 × 24 pixels around it. A real scratch has no sharp edge, so ours is blurred a little. **Predict first:** what matters more, the
# method, or one pixel more around the mask? Both are judged on the pixels of the larger mask.


# %%
def scratches(height: int, width: int, n: int, seed: int) -> np.ndarray:
    """Bent lines, 3 pixels wide: booleans (height, width), True on a scratch."""
    rng, lines = np.random.default_rng(seed), np.zeros((height, width), bool)
    for _ in range(n):
        steps = np.arange(rng.uniform(0.3, 0.8) * max(height, width))
        angles = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.01) * steps
        y = (rng.uniform(0, height) + np.cumsum(np.sin(angles))).astype(int)
        x = (rng.uniform(0, width) + np.cumsum(np.cos(angles))).astype(int)
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        lines[y[inside], x[inside]] = True
    return binary_dilation(lines, np.ones((3, 3)))


def restore(image: np.ndarray, mask: np.ndarray, tile: int = 6) -> np.ndarray:
    """A picture whose pixels under the mask are filled by conditional means, tile by tile."""
    edge = (SIDE - tile) // 2
    more = [(edge, edge + (-side) % tile) for side in image.shape]  # up to whole tiles
    wide, holes = np.pad(image, more, mode="symmetric"), np.pad(mask, more, mode="symmetric")
    result = wide.copy()
    for top in range(0, image.shape[0], tile):
        for left in range(0, image.shape[1], tile):
            around = np.s_[top : top + SIDE, left : left + SIDE]
            patch, gone = wide[around].flatten(), holes[around].ravel()
            middle = np.s_[top + edge : top + edge + tile, left + edge : left + edge + tile]
            if holes[middle].any():
                patch[gone] = conditional_mean(patch[None], gone, mean, covariance)[0]
                inner = patch.reshape(SIDE, SIDE)[edge : edge + tile, edge : edge + tile]
                result[middle] = inner
    height, width = image.shape
    return result[edge : edge + height, edge : edge + width].clip(0, 1)


# %%
restored, pictures = {}, {}
for number, (name, truth) in enumerate(photos.test.items()):
    white = scratches(*truth.shape, budget(14, 1), seed=number)
    wider = binary_dilation(white, np.ones((3, 3)))
    damage = gaussian_filter(white.astype(float), 0.7).clip(0, 1)
    damaged = truth * (1 - damage) + damage
    filled_in = {"scratched": damaged}
    for title, mask in {"mask: white": white, "mask: one pixel wider": wider}.items():
        plate_filled = inpaint_biharmonic(damaged, mask, split_into_regions=True)
        filled_in[f"thin plate, {title}"] = plate_filled.clip(0, 1)
        filled_in[f"conditional mean, {title}"] = restore(damaged, mask, tile=budget(6, 18))
    restored[name] = {
        method: -10 * np.log10(np.mean((image - truth)[wider] ** 2))
        for method, image in filled_in.items()
    }
    pictures[name] = damaged, filled_in["conditional mean, mask: one pixel wider"], truth
restored = pd.DataFrame(restored)
restored.assign(mean=restored.mean(axis=1)).round(1)

# %%
crops = np.stack([image[100:292, 130:322] for image in pictures["camera"]])
plots.show(
    plots.image_grid(crops, columns=3, titles=["scratched", "restored", "original"], size=3),
    alt="A man with a camera on a tripod three times: crossed by white scratches; without them, with a smeared spot on the "
    "collar, a dark band across the tripod's leg and a smudge at the right; and the original.",
)

# %% folded="numbers"
report("scratched_db", restored.loc["scratched"].mean(), within=(7, 8))
for method in ("thin plate", "conditional mean"):
    tight, wide = (restored.loc[f"{method}, mask: {m}"] for m in ("white", "one pixel wider"))
    report(f"tight_mask_{method.split()[-1]}_db", tight.mean(), within=(11.5, 14.5))
    report(f"wide_mask_{method.split()[-1]}_db", wide.mean(), within=(24.5, 26.5))
    report(f"one_pixel_more_{method.split()[-1]}_db_least", (wide - tight).min(), within=(9, 16))

# %% [markdown]
# The mask decides. If it ends where the white ends, the grey rim of each scratch counts as known and is drawn into the
# hole; one pixel more is worth over 9 dB on every photograph. The two methods differ by much less. When you restore a photograph, look at the mask
# before you look for a better network.
#
# What the scratch covered is another matter. The tripod's leg has a dark band where it was crossed, and a thin line that ran along below a scratch would be
# gone; no filling says so. Keep the mask beside the restored picture, so that a reader can tell what was there from what was filled in.
#
# ## References
#
# - M. Bertalmio, G. Sapiro, V. Caselles, C. Ballester (2000). Image inpainting. *SIGGRAPH*.
# - S. B. Damelin, N. S. Hoang (2018). On surface completion and image inpainting by biharmonic functions: numerical
#   aspects. *International Journal of Mathematics and Mathematical Sciences*.
