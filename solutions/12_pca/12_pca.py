# ---
# title: PCA and the linear autoencoder
# question: How much of a picture survives in a few numbers, and can a network find them by itself?
# picture: Eight unseen digits, and what PCA and a linear autoencoder rebuild from 2 and from 32 numbers
# seconds: 30
# goals:
#   - fit a principal component analysis with the singular value decomposition
#   - know the reconstruction error in advance, from the variances alone
#   - build a linear autoencoder and train it to the same error
#   - show that it found the same subspace as PCA, on other axes
#   - recognise a table of errors that cannot be true
# terms:
#   latent code: the few numbers that stand for a picture or a point, and from which it is rebuilt
#   latent dimension: how many numbers a latent code has; also one of these numbers
#   reconstruction error: the mean squared difference between points and what is rebuilt from their codes, per entry
#   principal component: a direction along which points vary most, perpendicular to the components before it
#   singular value decomposition: the factors U S Vᵀ of a matrix, with perpendicular columns in U and V and S diagonal
#   Eckart–Young theorem: no linear code of the same latent dimension has a smaller squared error on the points of the fit than PCA
#   oracle: an exact answer from mathematics that a program must agree with
#   held-out error: the error on data that a model was not fitted to
#   autoencoder: a network that is trained to rebuild its input, through a layer that is narrower than the input
#   encoder: the first half of an autoencoder, from the input to the latent code
#   decoder: the second half of an autoencoder, from the latent code to the reconstruction
#   principal angles: the angles between two subspaces; all are 0 if one contains the other
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers

from course_utils import plots
from course_utils.checks import pca
from course_utils.data import load_digits
from course_utils.report import Results, report
from course_utils.training import LiveCurve, budget, fit, fit_seeds, predict, set_seed

# %% [markdown]
# ## 784 numbers, 32, or 2
#
# A digit of 28 × 28 pixels is 784 numbers. In the picture above, digits were rebuilt from only 32
# numbers, and from 2. These few numbers are the digit's **latent code**, and how many there are is its
# **latent dimension**. The mean squared difference between digits and their reconstructions, per pixel,
# is the **reconstruction error**.
#
# Two methods did this: principal component analysis (PCA), which is linear algebra, and a small
# network. You will build both. Which has the smaller error?
#
# ## First in three dimensions
#
# Pictures have 784 dimensions, but eyes have three. So we begin with points in space that lie *almost*
# in a plane. Whoever knows the plane needs two numbers for a point instead of three, and loses only
# the point's distance to the plane.


# %%
def make_cloud(n: int, seed: int) -> np.ndarray:
    """Points (n, 3) around (0.5, -1, 2.5): wide along two tilted axes, thin along the third."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr([[2.0, -1.0, 0.5], [1.0, 2.0, -1.0], [0.5, 1.0, 2.0]])
    return rng.normal(size=(n, 3)) * (2.0, 1.0, 0.25) @ axes.T + (0.5, -1.0, 2.5)


cloud = make_cloud(1000, seed=4)

# %%
views = {"seen from above": (55, -75), "seen from the side": (20, 130)}
figure = plots.scatter_3d(
    {"points": cloud[:300]}, "A flat cloud, away from the origin", views=views
)
plots.show(
    figure,
    alt="A cloud of points in space: from above broad and long, from the side thin.",
)

# %% [markdown]
# ## Principal component analysis
#
# Which plane is best? The one with the smallest sum of squared distances to the points (Pearson 1901).
# For $n$ points with $d$ entries each, as the rows of a matrix, it is found in three steps.
#
# 1. **Centre.** The best plane goes through the mean $\mu$ of the points. Subtract $\mu$ from each row;
#    the result is the matrix $X_c$.
# 2. **Factor.** The **singular value decomposition** (SVD) writes $X_c = U S V^\top$. The columns of $U$
#    and of $V$ are perpendicular and of length one. $S$ is diagonal and holds the singular values
#    $s_1 \ge s_2 \ge \dots \ge 0$. Each row of $V^\top$ is a direction, called a **principal component**,
#    the most important one first. (Their signs are arbitrary.)
# 3. **Measure.** The variance of the points along component $j$ is $\lambda_j = s_j^2 / n$.
#
# The latent code of a point $x$ is its coordinates along the first $k$ components, the columns of $V_k$.
# The reconstruction goes the same way back:
#
# $$z = V_k^\top (x - \mu), \qquad \hat x = \mu + V_k\, z .$$
#
# The **Eckart–Young theorem** (1936) says that linear maps cannot do better: no other linear code of
# latent dimension $k$ has a smaller squared error on these points.
#
# ### Exercise 1: fit a PCA
#
# Use NumPy. Points are the **rows** of `x`.
#
# <details><summary>Hint: which function?</summary>
#
# `np.linalg.svd(matrix, full_matrices=False)` returns three arrays, here `u`, `s` and `vt`.
# </details>
# <details><summary>Hint: which rows?</summary>
#
# Print the three shapes for the cloud. Which array has a row of length 3 for each direction?
# </details>


# %% exercise="fit_pca"
def fit_pca(x: np.ndarray, n_components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit a principal component analysis.

    Args:
        x: points (n, d), one a row, n at least d.
        n_components: number of components to keep, at most d.

    Returns:
        mean (d,), the first components (n_components, d) as rows, and the variances along all d
        components (d,), largest first, normalised by n.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    components = vt[:n_components]
    variances = s**2 / len(x)
    return mean, components, variances
    ### END SOLUTION


# %% check="fit_pca" points=2
pca.check_fit(fit_pca, cloud[:200], 2)
pca.check_fit(fit_pca, make_cloud(50, seed=2)[:, [2, 0, 1]], 1)
### BEGIN HIDDEN TESTS
for n, d, k, shift in [(60, 5, 3, 4.0), (40, 7, 7, -50.0), (12, 12, 4, 1.0), (1000, 50, 20, 3.0)]:
    pca.check_fit(fit_pca, pca.cloud(n, d, seed=1, shift=shift), k)
pca.check_fit(fit_pca, pca.cloud(80, 6, seed=2, tie=True), 5)
pca.check_fit(fit_pca, pca.cloud(90, 4, seed=3).astype("float32"), 2)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2: to the plane and back
#
# `project` maps points to latent codes, `reconstruct` maps codes back to points.
#
# <details><summary>Hint</summary>
#
# For points as rows, each formula is one matrix product for all points together. Write the shapes on
# paper: `(n, d)` times what gives `(n, k)`? `components` is `(k, d)`.
# </details>


# %% exercise="project_and_reconstruct"
def project(x: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Latent codes (n, k) of points x (n, d), with mean (d,) and components (k, d) of a fit."""
    ### BEGIN SOLUTION
    centred = x - mean
    return centred @ components.T
    ### END SOLUTION


def reconstruct(codes: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Points (n, d) rebuilt from latent codes (n, k)."""
    ### BEGIN SOLUTION
    centred = codes @ components
    return centred + mean
    ### END SOLUTION


# %% check="project_and_reconstruct" points=2
pca.check_project(project, n=5, d=3, k=2)
pca.check_project(project, n=1, d=4, k=2)
pca.check_reconstruct(reconstruct, n=5, d=3, k=2)
### BEGIN HIDDEN TESTS
for n, d, k in [(50, 6, 2), (1, 9, 5), (4, 4, 4), (7, 5, 1), (300, 1000, 40)]:
    pca.check_project(project, n, d, k)
    pca.check_reconstruct(reconstruct, n, d, k)
### END HIDDEN TESTS

# %%
mean_3d, axes_3d, variances_3d = fit_pca(cloud, 2)
flat = reconstruct(project(cloud, mean_3d, axes_3d), mean_3d, axes_3d)
figure = plots.scatter_3d(
    {"points": cloud[:60], "rebuilt from two numbers": flat[:60]},
    "What is lost is the distance to the plane",
    lines=(cloud[:60], flat[:60]),
    views=views,
    plane=(mean_3d, 2.2 * axes_3d * np.sqrt(variances_3d[:2, None])),
)
plots.show(figure, alt="Points and their reconstructions in the best plane, joined by short lines.")

# %% [markdown]
# ## The error, known in advance
#
# A reconstruction misses exactly what lies along the discarded components. So the mean squared error
# per entry is the sum of the discarded variances, divided by the number of entries:
#
# $$\mathrm{MSE}(k) = \frac1d \sum_{j>k} \lambda_j .$$
#
# Nothing needs to be rebuilt to know it. An exact answer that a program must agree with is called an
# **oracle** in this course.
#
# ### Exercise 3: the error from the variances alone
#
# <details><summary>Hint</summary>
#
# Try it on `variances = np.array([4.0, 2.0, 1.0])` with `n_components=1`: what is discarded, and over
# how many entries is it averaged?
# </details>


# %% exercise="error_from_variances"
def error_from_variances(variances: np.ndarray, n_components: int, n_features: int) -> float:
    """Mean squared error per entry of PCA's reconstructions of the points that it was fitted to.

    Args:
        variances: along all components, largest first; zeros at the end may be left out.
        n_components: how many components are kept, from 0 to all.
        n_features: number of entries d of a point.
    """
    ### BEGIN SOLUTION
    discarded = variances[n_components:]
    return float(np.sum(discarded) / n_features)
    ### END SOLUTION


# %% check="error_from_variances" points=2
lam = [6.0, 2.5, 1.0, 0.3, 0.2, 0.1]
pca.check_error(error_from_variances, lam, k=2, d=7)
pca.check_error(error_from_variances, lam, k=0, d=6)
pca.check_error(error_from_variances, lam, k=6, d=6)
### BEGIN HIDDEN TESTS
pca.check_error(error_from_variances, [9.0, 3.0], k=1, d=30)
pca.check_error(error_from_variances, [7.0, 7.0, 7.0, 7.0, 1.0, 0.0], k=1, d=6)
pca.check_error(error_from_variances, [3.0], k=0, d=1)
pca.check_error(error_from_variances, np.linspace(9, 0, 1000), k=300, d=1000)
for k in (1, 3, 5):
    pca.check_error_on_points(error_from_variances, n=80, d=6, k=k)
### END HIDDEN TESTS

# %%
measured_3d = np.mean((cloud - flat) ** 2)
oracle_3d = error_from_variances(variances_3d, 2, 3)
print(f"measured by reconstructing: {measured_3d:.6f}   from the variances: {oracle_3d:.6f}")

# %% folded="numbers"
report("pca_3d_relative_gap", abs(measured_3d / oracle_3d - 1), within=(0, 1e-6))

# %% [markdown]
# ## Digits
#
# Now the 784 dimensions. We fit 4,000 training digits and look at the first components.

# %%
digits = load_digits()
x_train, x_test = digits.x_train.reshape(-1, 784), digits.x_test.reshape(-1, 784)
mean, components, variances = fit_pca(x_train, 784)
shares = 100 * variances / variances.sum()
figure = plots.image_grid(
    components[:16].reshape(-1, 28, 28),
    columns=8,
    titles=[f"{j + 1}: {shares[j]:.1f} %" for j in range(16)],
    title="The first 16 components and their share of the variance",
    limits=(-0.12, 0.12),
    size=1.05,
)
plots.show(
    figure,
    alt="The first sixteen principal components as pictures: a ring against a stroke first, then "
    "finer and finer patterns of light and dark.",
)

# %% [markdown]
# Grey is zero, white positive, black negative. Every digit is the mean digit plus a weighted sum of such
# patterns; the weights are its latent code.
#
# ### Exercise 4: the error that counts
#
# The formula holds for the digits of the fit. What counts is the **held-out error**, on digits that the
# fit has *not* seen. Measure it for several latent dimensions with a single fit: a smaller code uses the
# first components of a larger one.
#
# <details><summary>Hint: how many components?</summary>
#
# Fit as many as the largest size needs, and slice: `components[:k]`.
# </details>
# <details><summary>Hint: two sets of points</summary>
#
# Which of the two sets does the mean come from? Which one goes to codes and back?
# </details>


# %% exercise="held_out_errors"
def held_out_errors(x_fit: np.ndarray, x_new: np.ndarray, sizes) -> np.ndarray:
    """Mean squared errors per entry on new points of PCAs that were fitted to other ones.

    Args:
        x_fit: points (n, d) to fit to, n at least d.
        x_new: points (m, d) to measure on.
        sizes: sequence of latent dimensions from 1 to d, in any order, some perhaps twice.

    Returns:
        one error for each of `sizes`, in their order.
    """
    ### BEGIN SOLUTION
    mean, components, _ = fit_pca(x_fit, max(sizes))
    errors = []
    for k in sizes:
        codes = project(x_new, mean, components[:k])
        rebuilt = reconstruct(codes, mean, components[:k])
        errors.append(np.mean((x_new - rebuilt) ** 2))
    return np.array(errors)
    ### END SOLUTION


# %% check="held_out_errors" points=2
pca.check_held_out(held_out_errors, cloud[:40], cloud[40:65] + 0.7, sizes=(1, 2))
pca.check_held_out(held_out_errors, cloud[65:95], cloud[95:130] - 0.4, sizes=(3, 1))
### BEGIN HIDDEN TESTS
for n, m, d, sizes in [(60, 30, 8, (5, 3, 1)), (30, 4, 5, [2, 4, 2]), (25, 400, 12, (6,))]:
    x_fit, x_new = pca.cloud(n, d, seed=5), pca.cloud(m, d, seed=6, shift=3.4)
    pca.check_held_out(held_out_errors, x_fit, x_new, sizes)
x_fit, x_new = pca.cloud(90, 80, seed=7), pca.cloud(1, 80, seed=8)
pca.check_held_out(held_out_errors, x_fit, x_new, sizes=(70, 5, 80, 20, 1))
### END HIDDEN TESTS

# %%
sizes = (2, 8, 32, 64)
unseen = held_out_errors(x_train, x_test, sizes)
known = [error_from_variances(variances, k, 784) for k in sizes]
pca_errors = pd.DataFrame({"training digits, from the variances": known}, index=sizes)
pca_errors["unseen digits, measured"] = unseen
pca_errors.rename_axis("latent dimension").round(4)

# %%
rows = {"unseen digits": digits.x_test[:10]}
for k in (64, 32, 8, 2):
    rebuilt = reconstruct(project(x_test[:10], mean, components[:k]), mean, components[:k])
    rows[f"PCA, {k} numbers"] = rebuilt.reshape(-1, 28, 28)
figure = plots.image_rows(
    rows, "Ten unseen digits, rebuilt by PCA from fewer and fewer numbers", size=0.7
)
plots.show(
    figure,
    alt="Ten handwritten digits above their reconstructions: almost perfect from 64 numbers, "
    "readable from 32, blurred from 8, hardly recognisable from 2.",
    name="pca_digits",
)

# %% folded="numbers"
report("variance_kept_32", shares[:32].sum(), within=(74.5, 75.5))
report("pca_training_mse_32", error_from_variances(variances, 32, 784), within=(0.01680, 0.01689))
report("pca_test_mse_2", unseen[0], within=(0.0576, 0.0586))
report("pca_test_mse_8", unseen[1], within=(0.0390, 0.0400))
report("pca_test_mse_32", unseen[2], within=(0.0176, 0.0181))
report("pca_test_mse_64", unseen[3], within=(0.0094, 0.0098))

# %% [markdown]
# 32 of 784 numbers keep three quarters of the variance, and the digits stay readable. On unseen digits
# the error is a little larger than on those of the fit: 0.0178 against 0.0168.
#
# ## The same as a network
#
# An **autoencoder** is a network that is trained to rebuild its own input, through a layer that is
# narrower than the input. Its first half, the **encoder**, makes the latent code; the second half, the
# **decoder**, rebuilds the input. The simplest one has two layers without activation:
#
# $$z = W_1 x + b_1, \qquad \hat x = W_2 z + b_2 .$$
#
# It never hears of variances. It sees points, and training lowers their squared error step by step.
#
# ### Exercise 5: a linear autoencoder
#
# Build it in Keras, for any sizes.
#
# <details><summary>Hint</summary>
#
# `keras.Sequential` with a `keras.Input((n_features,))` and two `layers.Dense`, which are linear by
# default.
# </details>


# %% exercise="build_linear_autoencoder"
def build_linear_autoencoder(n_features: int, latent_dim: int) -> keras.Model:
    """Linear autoencoder n_features -> latent_dim -> n_features: two dense layers with biases."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            layers.Dense(latent_dim, name="encoder"),
            layers.Dense(n_features, name="decoder"),
        ]
    )
    ### END SOLUTION


# %% check="build_linear_autoencoder" points=2
pca.check_build(build_linear_autoencoder, 3, 2)
pca.check_build(build_linear_autoencoder, 5, 1)
### BEGIN HIDDEN TESTS
pca.check_build(build_linear_autoencoder, 9, 4)
pca.check_build(build_linear_autoencoder, 900, 40)
pca.check_build(build_linear_autoencoder, 6, 6)
### END HIDDEN TESTS

# %% [markdown]
# Train it on the cloud. **Predict first:** will it come within 10 % of PCA's error, within 1 %, or below
# it? The dashed line is the oracle.

# %%
set_seed(5)
model_3d = build_linear_autoencoder(3, 2)
live = LiveCurve("A 3 → 2 → 3 linear autoencoder", oracle_3d, "discarded variance", every=10)
fit(model_3d, cloud, cloud, epochs=budget(40, 1), learning_rate=0.2, loss="mse", callbacks=[live])
network_3d = np.mean((predict(model_3d, cloud) - cloud) ** 2)
print(f"network {network_3d:.6f}, oracle {oracle_3d:.6f}")


# %%
def decoder_directions(model: keras.Model) -> np.ndarray:
    """Directions (k, d) in which the decoder moves its output, one for each latent dimension."""
    *_, kernel, _ = model.get_weights()
    return kernel.astype(float)


found = decoder_directions(model_3d)
fig, ax = plt.subplots(figsize=(6.4, 3.8))
ax.scatter(*project(cloud[:300], mean_3d, axes_3d).T, s=8, color=plots.GREY, alpha=0.4)
both = {"principal components": axes_3d, "decoder's directions": found}
for color, (label, directions) in zip(plots.COLORS, both.items(), strict=False):
    u, v = 2.5 * (directions / np.linalg.norm(directions, axis=1, keepdims=True) @ axes_3d.T).T
    ax.quiver(
        [0, 0], [0, 0], u, v, color=color, label=label, scale=1, scale_units="xy", angles="xy"
    )
ax.set(title="The cloud in PCA's plane: the network found other axes", aspect="equal")
ax.set(xlabel="principal component 1", ylabel="principal component 2")
ax.legend(loc="upper right")
plots.show(
    fig,
    alt="Points in the best plane, with two perpendicular arrows along its axes for PCA and two slanted "
    "arrows, not perpendicular, for the network.",
)

# %% folded="numbers"
report("network_3d_over_oracle", network_3d / oracle_3d, within=(0.9999, 1.01))

# %% [markdown]
# The error is the same within 1 %, and not below. The axes are others, not even perpendicular. The reason
# is short: put any invertible matrix $R$ after the encoder and $R^{-1}$ before the decoder. In
# $\hat x = W_2 R^{-1} R W_1 x$ nothing changes. PCA's axes are one choice among infinitely many.
#
# ## Is it the same plane?
#
# A floor and a tilted roof meet in a line. Along this line they agree: angle 0. At right angles to it
# they differ by the tilt. These two are the **principal angles** of the two planes.
#
# In any dimension, what $k$ directions span is called a *subspace*. Take one direction from each of two
# subspaces so that their angle is smallest, and note the angle. Do it again with directions
# perpendicular to those taken before, and so on. If the subspaces are the same, all angles are 0.
#
# The recipe (Björck & Golub 1973): make both bases orthonormal, as the columns of $Q_A$ and $Q_B$. The
# singular values of $Q_A^\top Q_B$ are the *cosines* of the angles.
#
# ### Exercise 6: principal angles
#
# <details><summary>Hint: orthonormal</summary>
#
# `np.linalg.qr(matrix)[0]` has orthonormal **columns** that span the columns of the matrix. Here the
# vectors are **rows**.
# </details>
# <details><summary>Hint: NaN</summary>
#
# Rounding can make a cosine 1.0000000000000002, and its arc cosine NaN. `np.clip` helps.
# </details>


# %% exercise="principal_angles"
def principal_angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Principal angles between two subspaces.

    Args:
        a: independent vectors (k, d) as rows, neither of length one nor perpendicular in general.
        b: independent vectors (m, d).

    Returns:
        min(k, m) angles in radians from 0 to pi / 2, smallest first.
    """
    ### BEGIN SOLUTION
    qa, _ = np.linalg.qr(a.T)
    qb, _ = np.linalg.qr(b.T)
    cosines = np.linalg.svd(qa.T @ qb, compute_uv=False)
    cosines = np.clip(cosines, -1.0, 1.0)
    return np.arccos(cosines)
    ### END SOLUTION


# %% check="principal_angles" points=2
floor = [[0.9, 0.3, 0.0], [0.15, -0.6, 0.0]]
roof = [[1.0, 0.0, 0.0], [0.5, 0.5 * np.cos(0.7), 0.5 * np.sin(0.7)]]
pca.check_random_angles(principal_angles, k=2, m=2, d=4)
pca.check_angles(principal_angles, floor, roof)  # 0 and 0.7
pca.check_random_angles(principal_angles, k=3, m=2, d=5)
pca.check_same_subspace(principal_angles, k=2, d=3)
### BEGIN HIDDEN TESTS
for k, m, d in [(4, 2, 8), (1, 1, 6), (3, 3, 10), (2, 2, 9), (1, 5, 7), (40, 30, 100)]:
    pca.check_random_angles(principal_angles, k, m, d)
pca.check_same_subspace(principal_angles, k=4, d=7)
pca.check_same_subspace(principal_angles, k=3, d=3)
pca.check_angles(principal_angles, 3 * np.eye(4)[:2], np.eye(4)[2:])  # two right angles
### END HIDDEN TESTS

# %%
angle_3d = np.degrees(principal_angles(axes_3d, found).max())
print(f"largest angle between PCA's plane and the network's: {angle_3d:.2f} degrees")

# %% folded="numbers"
report("largest_angle_3d_degrees", angle_3d, within=(0, 1.0))

# %% [markdown]
# The same plane. So a linear autoencoder finds PCA's **subspace and error**, on **other axes** (Bourlard
# & Kamp 1988).
#
# ## The network on digits
#
# Now 784 → 2 → 784 and 784 → 32 → 784, from three random seeds each. **Predict first:** the errors will
# agree again. Will the subspaces?


# %%
def train(latent_dim: int) -> list[keras.Model]:
    """Linear autoencoders for digits, from three random seeds."""
    some = x_train[:: budget(1, 40)]
    return fit_seeds(
        lambda: build_linear_autoencoder(784, latent_dim),
        some,
        some,
        seeds=range(3),
        epochs=budget(25, 1),
        learning_rate=0.02,
        loss="mse",
        title=f"784 → {latent_dim} → 784",
    )


networks = {2: train(2), 32: train(32)}

# %%
rows = {"unseen digits": digits.x_test[:8]}
for k, models in networks.items():
    rebuilt = reconstruct(project(x_test[:8], mean, components[:k]), mean, components[:k])
    rows[f"PCA, {k} numbers"] = rebuilt.reshape(-1, 28, 28)
    rows[f"network, {k} numbers"] = predict(models[0], x_test[:8]).reshape(-1, 28, 28)
plots.show(
    plots.image_rows(rows, "PCA and the linear autoencoder rebuild the same pictures", size=0.6),
    alt="Eight unseen digits and four rows of reconstructions. From 2 numbers they are blots, from 32 they "
    "can be read; PCA's and the network's look the same.",
    name="12_pca",
)

# %%
results = Results("latent dimension", "model")
for k, models in networks.items():
    on_training = error_from_variances(variances, k, 784)
    results.add((k, "PCA"), training=on_training, unseen=unseen[sizes.index(k)])
    for seed, model in enumerate(models):
        angles = np.degrees(principal_angles(components[:k], decoder_directions(model)))
        errors = [np.mean((predict(model, x) - x) ** 2) for x in (x_train, x_test)]
        row = {"training": errors[0], "unseen": errors[1], "largest angle in degrees": angles.max()}
        results.add((k, "network"), seed, **row)
results

# %%
costs = {k: 100 * (variances[k - 1] - variances[k]) / variances[k:].sum() for k in networks}
for k, cost in costs.items():
    print(f"component {k + 1} in place of component {k}: {cost:.2f} % more error")

# %% folded="numbers"
for k in networks:
    ratios = results.values((k, "network"), "training") / results.mean((k, "PCA"), "training")
    report(f"network_over_pca_training_{k}", ratios.min(), within=(0.9999, 1.01))
    report(f"network_over_pca_training_{k}_worst", ratios.max(), within=(0.9999, 1.01))
ratio = results.mean((32, "network"), "unseen") / results.mean((32, "PCA"), "unseen")
report("network_over_pca_unseen_32", ratio, within=(0.995, 1.01))
angles = {k: results.values((k, "network"), "largest angle in degrees") for k in networks}
report("largest_angle_2_numbers_degrees", angles[2].max(), within=(0, 5))
report("largest_angle_32_worst_degrees", angles[32].max(), within=(60, 90))
report("swap_cost_2_percent", costs[2], within=(0.85, 1.05))
report("swap_cost_32_percent", costs[32], within=(0, 0.1))

# %% [markdown]
# The **errors** agree. On the training digits the network comes within 1 % of PCA and never below it.
#
# The **subspaces** agree at 2 numbers, within 5 degrees. At 32 the largest angle reaches more than 60
# degrees in at least one of the runs, with almost the same error! The last cell says why. Components 32 and 33
# have almost the same variance, so it hardly matters which of them is kept, and after 25 epochs the
# network has not decided. "The same subspace" is true where the variances are well apart.
#
# For linear codes PCA is the better tool: exact, with one decomposition. But only a network can be given
# nonlinear layers. That is the next lesson.
#
# ## A table that cannot be true
#
# Tables like this one circulate, for handwritten digits. Two of its rows contradict each other. Which?
#
# | model | reconstruction error |
# |---|---|
# | PCA | 0.032 |
# | linear autoencoder | 0.028 |
# | deep autoencoder | 0.015 |
#
# Ask the oracle: how many components does PCA need for each of these errors?

# %%
curve = np.array([error_from_variances(variances, k, 784) for k in range(1, 101)])
needed = {error: int(np.argmax(curve <= error)) + 1 for error in (0.032, 0.028, 0.015)}
fig, ax = plt.subplots(figsize=(6.4, 3.4))
ax.plot(range(1, 101), curve, label="PCA: no linear model is below")
for (error, k), name in zip(needed.items(), ("PCA", "linear", "deep"), strict=True):
    ax.plot(k, error, "o", color=plots.COLORS[1])
    offset = (8, 4 if name == "PCA" else -3)
    ax.annotate(f'"{name}" {error}: PCA needs {k}', (k, error), offset, textcoords="offset points")
ax.set(title="Training error of the best linear code", xlabel="latent dimension")
ax.set(ylabel="mean squared error per pixel", ylim=(0, None))
ax.legend()
plots.show(
    fig,
    alt="PCA's error falls with the latent dimension; the table's 0.032, 0.028 and 0.015 are marked where "
    "the curve reaches them, at 12, 15 and 37 components.",
)

# %% folded="numbers"
report("numbers_for_0.032", needed[0.032], within=(12, 12))
report("numbers_for_0.028", needed[0.028], within=(15, 15))
report("numbers_for_0.015", needed[0.015], within=(37, 37))

# %% [markdown]
# On our digits PCA reaches 0.032 with 12 components. A linear network cannot reach 0.028 with fewer than
# 15. So the first two rows **cannot both be training errors at the same latent dimension on the same
# digits**. (On unseen digits the theorem says nothing, but there, too, the two agree within 1 %.) The
# third row is possible; the next lesson measures it.
#
# ## Break it: forget the centre
#
# An autoencoder *without biases* leaves the origin where it is, so its plane goes through the origin. The
# cloud's centre is (0.5, −1, 2.5). **Predict first:** how will the plane lie, and how much larger is the
# error? Then we repair it by centring the points.


# %%
def without_biases(points: np.ndarray, title: str) -> keras.Model:
    """A linear 3 -> 2 -> 3 autoencoder without biases, trained on points (n, 3)."""
    set_seed(2)
    encoder, decoder = layers.Dense(2, use_bias=False), layers.Dense(3, use_bias=False)
    model = keras.Sequential([keras.Input((3,)), encoder, decoder])
    fit(model, points, points, epochs=budget(40, 1), learning_rate=0.2, loss="mse", title=title)
    return model


centred = cloud - cloud.mean(axis=0)
broken = predict(without_biases(cloud, "without biases"), cloud)
repaired = predict(without_biases(centred, "without biases, centred points"), centred)
_, s, vt = np.linalg.svd(cloud, full_matrices=False)
towards_mean = vt[0] * (vt[0] @ cloud.mean(axis=0))
points = {"points": cloud[:60], "rebuilt without biases": broken[:60], "origin": np.zeros((1, 3))}
figure = plots.scatter_3d(
    points,
    "Without biases: a plane through the origin",
    lines=(cloud[:60], broken[:60]),
    views={"": (35, -75)},
    plane=(0.6 * towards_mean, [0.8 * towards_mean, 5 * vt[1]]),
)
plots.show(
    figure, alt="Points, and reconstructions in a plane through the origin that cuts the cloud."
)

# %%
errors_3d = {
    "without biases": np.mean((broken - cloud) ** 2),
    "oracle: best plane through the origin": error_from_variances(s**2 / len(cloud), 2, 3),
    "without biases, centred points": np.mean((repaired - centred) ** 2),
    "oracle: PCA": oracle_3d,
}
pd.DataFrame({"reconstruction error": errors_3d}).round(4)

# %% folded="numbers"
unbiased, through_origin, mended, _ = errors_3d.values()
report("uncentred_over_centred_3d", through_origin / oracle_3d, within=(17, 17.5))
report("unbiased_over_uncentred", unbiased / through_origin, within=(0.9999, 1.02))
report("repaired_over_oracle", mended / oracle_3d, within=(0.9999, 1.02))
squares = np.linalg.eigvalsh(x_train.T.astype(float) @ x_train)[::-1]
for k, within in ((2, (3.65, 3.75)), (32, (0.05, 0.15))):
    cost = 100 * (squares[k:].sum() / x_train.size / error_from_variances(variances, k, 784) - 1)
    report(f"uncentred_digits_cost_{k}", cost, within=within)

# %% [markdown]
# One direction is spent on pointing at the cloud instead of describing it: 17 times the error. Centring
# repairs it. On digits the same mistake costs only 3.7 % more error at 2 numbers and 0.1 % at
# 32, where one wasted direction hardly shows. That is why it survives in so much code. An oracle catches
# it; eyes do not.
#
# ## Written question
#
# A classmate's PCA subtracts the mean in `project` but forgets to add it in `reconstruct`. This is her
# error on the training digits:

# %%
forgetful = {}
for k in (8, 32, 128, 784):
    rebuilt = project(x_train, mean, components[:k]) @ components[:k]
    forgetful[k] = np.mean((x_train - rebuilt) ** 2)
    print(f"latent dimension {k:3d}: {forgetful[k]:.4f}")

# %% folded="numbers"
report("forgetful_error_784", forgetful[784], within=(0.0445, 0.0455))

# %% [markdown]
# It does not fall below 0.045. Why does it level off, and what is that level in terms of the mean digit?
# (3 to 5 sentences.)

# %% [markdown] answer="why_it_levels_off" points=3
# **Model answer.** The codes are right, so with all components `codes @ components` equals
# $x - \mu$ exactly. Without the mean added back, the reconstruction is $x - \mu$ instead of $x$, so
# each error vector is $\mu$ plus the part lost to discarded components. The latter is
# perpendicular to the former on average over the training digits (its mean is zero), so the
# errors add: MSE = $\frac1d\lVert\mu\rVert^2 + \frac1d\sum_{j>k}\lambda_j$. The second term goes to
# zero with $k$; the first, the mean square of the mean digit's pixels, stays.
#
# **Rubric.** 1 point: the missing mean is a constant error, the same for every digit. 1 point: the
# level is the mean squared pixel value of the mean digit, $\lVert\mu\rVert^2/d$. 1 point: the other
# part of the error, from discarded components, vanishes as components are added (or: the two add up
# because the second has mean zero).

# %% [markdown]
# ## Summary
#
# 1. PCA centres the points, decomposes them, and keeps the directions of largest variance.
# 2. Its error is the sum of the discarded variances over $d$, known before anything is rebuilt.
# 3. No linear code of the same latent dimension has a smaller error on the points of the fit.
# 4. A linear autoencoder reaches that error, in the same subspace (where variances are well apart), on
#    other axes.
# 5. Forgetting the centre wastes a direction. With many components nobody sees it.
#
# ## References
#
# - K. Pearson (1901). On lines and planes of closest fit to systems of points in space. *Philosophical Magazine* 2.
# - C. Eckart, G. Young (1936). The approximation of one matrix by another of lower rank. *Psychometrika* 1.
# - Å. Björck, G. Golub (1973). Numerical methods for computing angles between linear subspaces. *Mathematics of Computation* 27.
# - H. Bourlard, Y. Kamp (1988). Auto-association by multilayer perceptrons and singular value decomposition. *Biological Cybernetics* 59.
