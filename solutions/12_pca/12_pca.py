# ---
# title: PCA and the linear autoencoder
# question: How much of a picture survives in a few numbers, and can a network find them by itself?
# minutes: 50
# goals:
#   - fit a principal component analysis from the singular value decomposition, and say what each array holds
#   - know the reconstruction error before reconstructing anything, from the eigenvalues alone
#   - train a linear autoencoder to that error and show that it found the same subspace, on other axes
#   - spot a table of errors that cannot be true
# ---

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from course_utils import check, plots
from course_utils.data import load_digits
from course_utils.report import report
from course_utils.training import LiveCurve, ProgressBar, budget, set_seed

digits = load_digits()
digits

# %% [markdown]
# ## A picture first
#
# Each digit below is 28 × 28 = 784 numbers. In the other rows it went through a bottleneck: 64, 32, 8
# or 2 numbers were kept, and the picture was rebuilt from these alone. The recipe was made from 4,000
# *other* digits; these ten were never seen. At this point scikit-learn does the work. By the end of
# the lesson you will have done it yourself, twice: once with linear algebra, once with a network.

# %%
x_train = digits.x_train.reshape(-1, 784)
x_test = digits.x_test.reshape(-1, 784)

rows = {"original (784)": digits.x_test[:10]}
for k in (64, 32, 8, 2):
    pca = PCA(k).fit(x_train)
    rebuilt = pca.inverse_transform(pca.transform(x_test[:10]))
    rows[f"{k} numbers"] = rebuilt.reshape(-1, 28, 28)
figure = plots.image_rows(rows, "Ten unseen digits, rebuilt from fewer and fewer numbers")
plots.show(
    figure,
    alt="Ten handwritten digits above their reconstructions: almost perfect from 64 numbers, "
    "readable from 32, blurred from 8, hardly recognisable from 2.",
    name="pca_digits",
)

# %% [markdown]
# Two things to wonder about. Why does it work at all with 8 % of the numbers? And what does "best"
# mean for the recipe: could a cleverer one, perhaps a neural network, do better with 32 numbers?
#
# Tables like this one circulate in popular articles, for handwritten digits:
#
# | model | reconstruction error | training |
# |---|---|---|
# | PCA | 0.032 | 2 s |
# | linear autoencoder | 0.028 | 30 s |
# | deep autoencoder | 0.015 | 5 min |
#
# Two of its rows contradict each other. Keep it in mind; you will prove which ones.

# %% [markdown]
# ## The idea, in three dimensions
#
# Pictures have 784 dimensions; eyes have three. So start with points in space that *almost* lie in a
# plane. Whoever knows the plane needs two numbers for a point instead of three, and loses only the
# small distance to the plane.


# %%
def make_cloud(n: int, seed: int, spreads=(2.0, 1.0, 0.25), centre=(0.5, -1.0, 2.5)) -> np.ndarray:
    """Draw points (n, 3): Gaussian with these standard deviations along three tilted axes."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr([[2.0, -1.0, 0.5], [1.0, 2.0, -1.0], [0.5, 1.0, 2.0]])
    return rng.normal(size=(n, 3)) * spreads @ axes.T + centre


# %%
VIEWS = {"seen from above": (55, -75), "seen from the side": (20, 130)}
cloud = make_cloud(300, seed=0)
figure = plots.scatter_3d({"300 points": cloud}, "A flat cloud, away from the origin", views=VIEWS)
plots.show(
    figure, alt="A cloud of points in space: from above broad and elongated, from the side thin."
)

# %% [markdown]
# Which plane is best? The one with the smallest sum of squared distances to the points. Pearson asked
# this in 1901. For $n$ points $x_1, \dots, x_n$ with $d$ entries each, the answer has three steps.
#
# 1. **Centre.** The best plane goes through the mean $\mu$ of the points, so subtract it:
#    row $i$ of the $n \times d$ matrix $X_c$ is $x_i - \mu$.
# 2. **Factor.** The singular value decomposition writes $X_c = U S V^\top$, where $S$ is diagonal with
#    the singular values $s_1 \ge s_2 \ge \dots \ge 0$, and $U$ and $V$ have perpendicular columns of length
#    one. The rows of $V^\top$ are the *principal components*: directions in space, the most important
#    first. (Their *sign* is arbitrary: yours may be the mirror images of somebody else's.)
# 3. **Measure.** The variance of the points along component $j$ is $\lambda_j = s_j^2 / n$. These are also the
#    eigenvalues of the covariance matrix $\frac1n X_c^\top X_c$, which is why they are called so below.
#
# The *code* of a point is its coordinates along the first $k$ components, $z = V_k^\top (x - \mu)$,
# where $V_k$ holds them as columns; the reconstruction is $\hat x = \mu + V_k z$. The Eckart–Young
# theorem (1936) says that no other way to squeeze the points through $k$ numbers *linearly* has a
# smaller squared error.

# %% [markdown]
# ### Exercise 1: fit a PCA
#
# Write `fit_pca`. Points are the **rows** of `x`. Return the mean, the first `n_components`
# components as **rows**, and the variances along **all** components, largest first. Divide by $n$.
# Use NumPy only; scikit-learn is the opponent, not the tool.
#
# <details><summary>Hint: which function?</summary>
#
# `np.linalg.svd(matrix, full_matrices=False)` returns three arrays, here `u`, `s` and `vt`.
# Its singular values come largest first.
# </details>
# <details><summary>Hint: a plan</summary>
#
# Centre; decompose; the components are some rows of one of the three arrays; the variances come from
# another one, squared. Print the three shapes for the cloud: which one has a side of length 3?
# </details>


# %% exercise="fit_pca"
def fit_pca(x: np.ndarray, n_components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit a principal component analysis.

    Args:
        x: points (n, d), one a row. Not changed.
        n_components: number of components to keep, at most min(n, d).

    Returns:
        mean (d,), components (n_components, d), and the variances along all components
        (min(n, d),), largest first, normalised by n.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    return mean, vt[:n_components], s**2 / len(x)
    ### END SOLUTION


# %% check="fit_pca" points=2
def check_fit_pca(points, k):
    """Hold a fit against what the points themselves say."""
    n, d = points.shape
    before = points.copy()
    mean, components, variances = check.several(
        fit_pca(points, k), "the mean", "the components", "the variances"
    )
    check.unchanged(before, points, "the argument x")
    mean = check.array(mean, "the mean", shape=(d,))
    check.close(mean, [points[:, j].mean() for j in range(d)], "the mean")
    components = check.array(components, "the components", shape=(k, d))
    check.close(
        components @ components.T,
        np.eye(k),
        "the components times their transpose (perpendicular rows of length one)",
        rtol=1e-3,
    )
    variances = check.array(variances, "the variances", shape=(d,))
    check.require(
        variances[0] >= variances[-1],
        "The variances grow from first to last: the largest comes first, and its component too.",
    )
    check.require(
        not np.allclose(variances, np.linalg.svd(points, compute_uv=False) ** 2 / n),
        "These are not variances around the mean: the points were not centred.",
    )
    spread = ((points - mean) @ components.T).var(axis=0)
    total = points.var(axis=0).sum()
    deviations = np.sqrt(np.linalg.eigvalsh(np.cov(points.T, bias=True)).clip(0))
    check.close(
        variances.sum(),
        total,
        "the sum of all variances",
        rtol=1e-3,
        mistakes={
            "divided by n - 1; here the variance is normalised by n.": total * n / (n - 1),
            "divide by the number of points n, not by the number of columns.": total * n / d,
            "divide the squared singular values by n.": total * n,
            "these are singular values; square them and divide by n.": deviations.sum() * n**0.5,
            "these are standard deviations; square them.": deviations.sum(),
            "these are singular values divided by n; square them first.": deviations.sum() / n**0.5,
            "divided by n twice.": total / n,
            "the columns were divided by their standard deviations; take them as they are.": d,
            "these are shares of the variance; return the variances themselves.": 1.0,
            "the singular values are squared, divided by n, and not summed up.": spread.sum(),
        },
    )
    check.require(
        np.all(np.diff(spread) <= 1e-9),
        f"Along your components, in your order, the points have variances {spread.round(3)}: the "
        "first component is the one with the largest variance. (eigh returns it last.)",
    )
    lost = total - spread.sum()
    check.require(
        lost < 1.01 * variances[k:].sum() + 1e-9,
        f"Your {k} components miss a variance of {lost:.3f}, but {variances[k:].sum():.3f} can be "
        "reached. Did you centre the points, and take rows (not columns) of vt, as they are?",
    )
    check.close(variances[:k], spread, "the variances along the components", rtol=1e-3)


check_fit_pca(make_cloud(200, seed=1), 2)
check_fit_pca(make_cloud(50, seed=2)[:, [2, 0, 1]], 1)
### BEGIN HIDDEN TESTS
for n, d, k, shift in [(60, 5, 3, 4.0), (40, 7, 7, -50.0), (12, 30, 4, 1.0)]:
    points = np.random.default_rng(n).normal(size=(n, d)) @ np.diag(np.arange(1.0, d + 1)) + shift
    mean, components, variances = fit_pca(points, k)
    centred = points - points.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / n)
    values, vectors = values[::-1], vectors[:, ::-1]
    m = min(n, d)
    check.close(mean, points.mean(axis=0), f"the mean of {n} points in {d} dimensions")
    variances = check.array(variances, "the variances")
    check.require(
        variances.ndim == 1 and len(variances) >= m,
        f"The variances of {n} points in {d} dimensions: expected all {m}, got shape "
        f"{variances.shape}. Return them along every component, not only the first {k}.",
    )
    check.close(
        variances[:m],
        values[:m],
        f"the variances of {n} points in {d} dimensions, centre far from the origin",
        rtol=1e-4,
        mistakes={"the points were not centred.": np.linalg.svd(points)[1] ** 2 / n},
    )
    components = check.array(components, "the components", shape=(k, d))
    alignment = np.abs(np.sum(components * vectors[:, :k].T, axis=1))
    check.close(alignment, np.ones(k), "the components (up to sign) in order", rtol=1e-3)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2: to the plane and back
#
# `project` maps points to codes, `reconstruct` maps codes back to points.
#
# <details><summary>Hint</summary>
#
# With points as rows, $z = V_k^\top (x - \mu)$ becomes one matrix product for all of them. Write the
# shapes on paper: `(n, d)` times what gives `(n, k)`? `components` is `(k, d)`. What was subtracted
# on the way in is added on the way out.
# </details>


# %% exercise="project_and_reconstruct"
def project(x: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Codes (n, k) of points x (n, d), for mean (d,) and orthonormal components (k, d)."""
    ### BEGIN SOLUTION
    return (x - mean) @ components.T
    ### END SOLUTION


def reconstruct(codes: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Points (n, d) rebuilt from codes (n, k)."""
    ### BEGIN SOLUTION
    return codes @ components + mean
    ### END SOLUTION


# %% check="project_and_reconstruct" points=2
centre = np.array([3.0, 1.0, 2.0])
plane = np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
# steps along the first axis, along the second, and off the plane (which must not matter)
steps = np.array([[5.0, -2.0, 7.0], [0.0, 1.0, -3.0], [-4.0, 0.5, 0.0]])
points = centre + steps @ np.vstack([plane, [0.8, -0.6, 0.0]])
before = points.copy()
codes = check.array(project(points, centre, plane), "the codes", shape=(3, 2))
check.unchanged(before, points, "the argument x")
check.close(
    codes,
    steps[:, :2],
    "the codes",
    mistakes={
        "the mean was not subtracted before projecting.": points @ plane.T,
        "the mean comes with the model; it is not the mean of the points at hand.": (
            points - points.mean(axis=0)
        )
        @ plane.T,
    },
)
given = steps[:, :2].copy()
back = check.array(reconstruct(given, centre, plane), "the reconstructions", shape=(3, 3))
check.unchanged(steps[:, :2], given, "the argument codes")
wanted = centre + steps[:, :2] @ plane
check.close(
    back,
    wanted,
    "the reconstructions",
    mistakes={
        "the mean was not added back.": wanted - centre,
        "the mean was subtracted, not added back.": wanted - 2 * centre,
    },
)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(7)
for n, d, k in [(50, 6, 2), (1, 9, 5), (4, 4, 4)]:
    axes = np.linalg.qr(rng.normal(size=(d, k)))[0].T
    mean, points = rng.normal(size=d) * 5, rng.normal(size=(n, d))
    wanted = np.linalg.lstsq(axes.T, (points - mean).T, rcond=None)[0].T
    codes = check.array(project(points, mean, axes), "the codes", shape=(n, k))
    check.close(codes, wanted, f"codes of {n} points in {d} dimensions")
    back = check.array(reconstruct(wanted, mean, axes), "the reconstructions", shape=(n, d))
    check.close(back, mean + np.einsum("nk,kd->nd", wanted, axes), "the reconstructions")
    check.close(project(back, mean, axes), wanted, "the codes of the reconstructions")
### END HIDDEN TESTS

# %%
mean, components, variances = fit_pca(cloud, 2)
flat = reconstruct(project(cloud, mean, components), mean, components)
figure = plots.scatter_3d(
    {"points": cloud[:60], "rebuilt from two numbers": flat[:60]},
    "What is lost is the distance to the plane",
    lines=(cloud[:60], flat[:60]),
    views=VIEWS,
    plane=(mean, 2.2 * components * np.sqrt(variances[:2, None])),
)
plots.show(figure, alt="Points and their reconstructions in the best plane, joined by short lines.")
print("variances along the components:", variances.round(3))

# %% [markdown]
# ## The error, known in advance
#
# Each reconstruction misses exactly the part of $x_i - \mu$ that lies along the discarded
# components. The mean squared length of that part is the sum of the discarded variances, so the mean
# squared error **per entry** is
#
# $$\mathrm{MSE}(k) = \frac1d \sum_{j>k} \lambda_j .$$
#
# No reconstruction is needed to know it. This is the first of the course's *oracles*: exact answers
# that a program must agree with.
#
# ### Exercise 3: the error from the eigenvalues alone
#
# <details><summary>Hint</summary>
#
# Slice and sum. Try it on `variances = np.array([4.0, 2.0, 1.0])` with `n_components=1`: what is
# discarded, and over how many entries is it averaged?
# </details>


# %% exercise="error_from_variances"
def error_from_variances(variances: np.ndarray, n_components: int, n_features: int) -> float:
    """Mean squared error per entry of PCA reconstructions, on the points it was fitted to.

    Args:
        variances: along all components, largest first.
        n_components: how many are kept, from 0 to all.
        n_features: number of entries d of a point.
    """
    ### BEGIN SOLUTION
    return float(np.sum(variances[n_components:]) / n_features)
    ### END SOLUTION


# %% check="error_from_variances" points=2
lam = np.array([5.0, 2.0, 1.0, 0.5])
check.close(
    error_from_variances(lam, 1, 6),
    3.5 / 6,
    "the error with 1 component, from four variances of points with 6 entries",
    mistakes={
        "this sums the components that are kept, not the discarded ones.": 5.0 / 6,
        "this sums the components that are kept, and is not divided by n_features.": 5.0,
        "divide by n_features: the error is per entry, not per point.": 3.5,
        "divide by n_features, not by the number of variances.": 3.5 / 4,
        "this is the error of one component more: the first n_components are kept.": 1.5 / 6,
        "this is the error of one component fewer.": 8.5 / 6,
        "the last n_components are dropped; all but the first n_components should be.": 0.5 / 6,
        "this is the share of variance lost; the error is in squared units.": 3.5 / 8.5,
        "averaged over the discarded components; divide by n_features instead.": 3.5 / 3,
    },
)
check.close(error_from_variances(lam, 0, 4), 8.5 / 4, "the error without any component")
check.close(error_from_variances(lam, 4, 4), 0.0, "the error with every component")
### BEGIN HIDDEN TESTS
check.close(
    error_from_variances(np.array([9.0, 3.0]), 1, 30),
    3.0 / 30,
    "the error for 3 points in 30 dimensions, which have only 2 variances",
    mistakes={"divide by n_features, not by the number of variances.": 3.0 / 2},
)
rng = np.random.default_rng(3)
points = rng.normal(size=(80, 6)) * [5, 4, 3, 2, 1, 1] + 10
centred = points - points.mean(axis=0)
lam = np.linalg.eigvalsh(centred.T @ centred / 80)[::-1]
for k in (1, 3, 5):
    rebuilt = PCA(k).fit(points)
    rebuilt = rebuilt.inverse_transform(rebuilt.transform(points))
    check.close(error_from_variances(lam, k, 6), np.mean((points - rebuilt) ** 2), f"{k} of 6")
### END HIDDEN TESTS

# %%
mse_3d = np.mean((cloud - flat) ** 2)
oracle_3d = error_from_variances(variances, 2, 3)
print(f"measured by reconstructing: {mse_3d:.6f}   from the eigenvalue: {oracle_3d:.6f}")
report("pca_3d_relative_gap", abs(mse_3d / oracle_3d - 1), within=(0, 1e-6))

# %% [markdown]
# ## Digits: how many numbers does a picture need?
#
# Now the 784 dimensions. The curve below adds up the variances of the 4,000 training digits.

# %%
start = time.perf_counter()
mean, components, variances = fit_pca(x_train, 784)
print(f"PCA of 4,000 digits: {time.perf_counter() - start:.1f} s")
shares = variances / variances.sum()
figure = plots.spectrum(
    {"digits": shares},
    "Few components carry most of the variance",
    marks=(2, 8, 32, 64),
    log_x=True,
)
plots.show(
    figure,
    alt="Cumulative variance against the number of components on a logarithmic axis: "
    "about 17 % with 2, 44 % with 8, 75 % with 32, 87 % with 64.",
)
report("variance_kept_32", 100 * shares[:32].sum(), within=(74.5, 75.5))

# %%
figure = plots.image_grid(
    components[:16].reshape(-1, 28, 28),
    columns=8,
    titles=[f"{j + 1}: {100 * shares[j]:.1f} %" for j in range(16)],
    title="The first 16 components with their share of the variance (grey 0, white +, black −)",
    limits=(-0.12, 0.12),
    size=1.05,
)
plots.show(
    figure,
    alt="The first sixteen principal components as pictures: a ring against a stroke first, then "
    "finer and finer patterns of light and dark.",
)

# %% [markdown]
# Every digit is the mean digit plus a weighted sum of such patterns; the weights are its code. They
# cover the whole picture: nobody told PCA that pixels have neighbours, or that digits have strokes.
#
# ### Exercise 4: the error that counts
#
# The formula above holds for the digits that the PCA was fitted to. What counts is the error on
# digits that it has **not** seen. Write `held_out_error` with the functions you have.
#
# <details><summary>Hint</summary>
#
# Three lines: fit on one set, send the other set to codes and back, average the squared differences.
# Which of the two sets does the mean come from?
# </details>


# %% exercise="held_out_error"
def held_out_error(x_fit: np.ndarray, x_new: np.ndarray, n_components: int) -> float:
    """Mean squared error per entry on points x_new (m, d) of a PCA fitted to x_fit (n, d)."""
    ### BEGIN SOLUTION
    mean, components, _ = fit_pca(x_fit, n_components)
    rebuilt = reconstruct(project(x_new, mean, components), mean, components)
    return float(np.mean((x_new - rebuilt) ** 2))
    ### END SOLUTION


# %% check="held_out_error" points=2
def check_held_out_error(x_fit, x_new, k):
    """Compare with scikit-learn, and know the usual mistakes."""

    def error(fitted_to, measured_on):
        pca = PCA(k, svd_solver="full").fit(fitted_to)
        return np.mean((measured_on - pca.inverse_transform(pca.transform(measured_on))) ** 2)

    both = np.concatenate([x_fit, x_new])
    right = error(x_fit, x_new)
    pca = PCA(k, svd_solver="full").fit(x_fit)
    missed = x_new - pca.inverse_transform(pca.transform(x_new))
    check.close(
        held_out_error(x_fit, x_new, k),
        right,
        f"the held-out error with {k} components",
        rtol=1e-6,
        mistakes={
            "this is the error on x_fit itself; measure it on x_new.": error(x_fit, x_fit),
            "the PCA was fitted to x_new, the points to be predicted.": error(x_new, x_new),
            "the PCA was fitted to x_fit and x_new together; x_new must stay unseen.": error(
                both, x_new
            ),
            "x_new was centred with its own mean; the model's mean comes from x_fit.": error(
                x_fit, x_new - x_new.mean(axis=0) + x_fit.mean(axis=0)
            ),
            "this is summed over the entries; average over them too.": right * x_new.shape[1],
            "this is summed; average over points and entries.": right * x_new.size,
            "this is the root of the mean squared error.": np.sqrt(right),
            "this is the mean absolute error; square the differences.": np.abs(missed).mean(),
            "this is the mean difference; square it before averaging.": missed.mean(),
        },
    )


check_held_out_error(make_cloud(40, seed=2), make_cloud(25, seed=3) + 0.7, 2)
check_held_out_error(make_cloud(30, seed=4), make_cloud(35, seed=5) - 0.4, 1)
### BEGIN HIDDEN TESTS
for n, m, d, k in [(60, 30, 8, 3), (30, 4, 5, 1), (25, 400, 12, 6)]:
    mix = np.random.default_rng(d).normal(size=(d, d))
    draw = np.random.default_rng(n)
    check_held_out_error(
        draw.normal(size=(n, d)) @ mix + 3, draw.normal(size=(m, d)) @ mix + 3.4, k
    )
### END HIDDEN TESTS

# %%
sizes = (2, 8, 32, 64)
table = pd.DataFrame(
    {
        "training digits, from the eigenvalues": {
            k: error_from_variances(variances, k, 784) for k in sizes
        },
        "unseen digits, measured": {k: held_out_error(x_train, x_test, k) for k in sizes},
    }
).rename_axis("numbers")
table.round(4)

# %%
pca_test = table["unseen digits, measured"]
report("pca_training_mse_32", table.iloc[2, 0], within=(0.01680, 0.01689))
report("pca_test_mse_2", pca_test[2], within=(0.0576, 0.0586))
report("pca_test_mse_8", pca_test[8], within=(0.0390, 0.0400))
report("pca_test_mse_32", pca_test[32], within=(0.0176, 0.0181))
report("pca_test_mse_64", pca_test[64], within=(0.0094, 0.0098))

# %% [markdown]
# Unseen digits cost a little more than the digits of the fit: 0.0178 against 0.0168 at 32 numbers.
# Every error in this course is the second kind unless it says otherwise.
#
# Two numbers are few, but they fit on paper. Here each unseen digit is drawn at its code:

# %%
codes = project(x_test, mean, components[:2])
figure = plots.code_map(
    codes,
    digits.y_test,
    "500 unseen digits at their first two numbers",
    ("component 1", "component 2"),
)
plots.show(
    figure,
    alt="Map of 500 digits by their first two principal components: zeros far to one side, ones "
    "to the other, the other digits overlapping in the middle.",
)

# %% [markdown]
# ## The same thing as a network
#
# A network that is asked to reproduce its own input, through a layer that is narrower than the input,
# is called an **autoencoder**. The first half, the *encoder*, makes the code; the second, the
# *decoder*, rebuilds the input. Take the smallest one there is, 3 → 2 → 3, without activation
# functions:
#
# $$z = W_1 x + b_1, \qquad \hat x = W_2 z + b_2 .$$
#
# It never hears of eigenvalues. It is shown points and corrects its weights to reduce the squared
# error, step by step.
#
# ### Exercise 5: the 3 → 2 → 3 autoencoder
#
# Build it in Keras for any sizes, not compiled and not trained.
#
# <details><summary>Hint</summary>
#
# `keras.Sequential` with a `keras.Input((n_features,))` and two `keras.layers.Dense`. Which activation
# makes a layer linear? (It is the default.) Leave the biases in: *Break it* shows what happens
# without.
# </details>


# %% exercise="build_linear_autoencoder"
def build_linear_autoencoder(n_features: int, n_code: int) -> keras.Model:
    """Linear autoencoder n_features -> n_code -> n_features: two dense layers with biases."""
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(n_code, name="encoder"),
            keras.layers.Dense(n_features, name="decoder"),
        ]
    )
    ### END SOLUTION


# %% check="build_linear_autoencoder" points=2
def check_linear_autoencoder(d, k):
    """Probe the untrained model as a black box: it must be affine, and of rank k."""
    set_seed(0)
    model = build_linear_autoencoder(d, k)
    check.require(
        isinstance(model, keras.Model),
        f"Expected a Keras model, got {type(model).__name__}. Is the `return` missing?",
    )
    rng = np.random.default_rng(d)
    a, b = (10 * rng.normal(size=(20, d)).astype("float32") for _ in range(2))

    def f(x):
        return np.asarray(model(x))

    output = check.array(f(a), "the model's output", shape=(20, d))
    zero = f(np.zeros((20, d), "float32"))
    check.require(
        np.allclose(f(a + b) + zero, output + f(b), atol=1e-3),
        "The model is not linear: f(a + b) differs from f(a) + f(b). Is there an activation left "
        "in one of the layers?",
    )
    slopes = f(np.eye(d, dtype="float32")) - zero[:1]
    rank = np.linalg.matrix_rank(slopes, tol=1e-4)
    check.require(
        rank == k,
        f"{rank} independent numbers pass through the middle of the {d} -> {k} -> {d} model, "
        f"expected {k}. Which layer has which size?",
    )
    weights = 2 * d * k
    count = model.count_params()
    check.require(
        count > weights,
        f"The model has {count} parameters, just its {weights} weights. "
        "The biases are missing: the plane need not go through the origin.",
    )
    check.require(
        count in (weights + d, weights + d + k),
        f"The model has {count} parameters, expected {weights} weights and {d + k} biases: "
        "two dense layers, with a bias in the second.",
    )
    check.require(
        len(model.trainable_variables) == len(model.variables),
        "Some of the model's variables cannot be trained. Two dense layers have none of that kind.",
    )


check_linear_autoencoder(3, 2)
check_linear_autoencoder(5, 1)
### BEGIN HIDDEN TESTS
check_linear_autoencoder(6, 1)
check_linear_autoencoder(9, 4)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first:** how close will the trained network come to PCA's error, 10 %, 1 %, or below it?
#
# The curve is drawn while the network trains. The dashed line is the oracle, the discarded variance
# of these very points.

# %%
set_seed(5)
many = make_cloud(1000, seed=4)
oracle_3d = error_from_variances(fit_pca(many, 2)[2], 2, 3)

epochs = budget(80, 10)
steps = epochs * 1000 // 50
autoencoder = build_linear_autoencoder(3, 2)
autoencoder.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.2, steps)), loss="mse"
)
live = LiveCurve("A 3 → 2 → 3 linear autoencoder", oracle_3d, "discarded variance", every=15)
autoencoder.fit(many, many, epochs=epochs, batch_size=50, verbose=0, callbacks=[live])
mse_network = autoencoder.evaluate(many, many, verbose=0)
print(f"network {mse_network:.6f}, oracle {oracle_3d:.6f}")
report("network_3d_over_oracle", mse_network / oracle_3d, within=(0.9999, 1.01))

# %% [markdown]
# The network reaches the discarded variance within 1 %, and not from below: two numbers and straight
# lines cannot do better, whatever the training.
#
# ## Same plane, other axes
#
# "A linear autoencoder learns something like PCA", many texts say. How like? Compare the decoder's
# two directions (the rows of its weight matrix: one for each number of the code) with the
# components. First their inner products:


# %%
def decoder_directions(model: keras.Model) -> np.ndarray:
    """Directions (k, d) in which the decoder moves its output, one for each number of the code."""
    return np.asarray(model.weights[-2], dtype=float)  # the last kernel; the last bias follows it


found = decoder_directions(autoencoder)
_, components_3d, _ = fit_pca(many, 2)
unit = found / np.linalg.norm(found, axis=1, keepdims=True)
print("lengths of the decoder's directions:", np.linalg.norm(found, axis=1).round(2))
print(f"angle between them: {np.degrees(np.arccos(unit[0] @ unit[1])):.0f} degrees")
print("cosines with the principal components:\n", (unit @ components_3d.T).round(2))

# %% [markdown]
# Not the same axes: not of length one, not perpendicular, each a mixture of both components. Do they
# span the same plane nevertheless?
#
# Two planes in space meet in a line, like a floor and a tilted roof in their ridge. Along the line they agree:
# angle 0. At right angles to it they differ by the tilt. These two numbers are their **principal
# angles** (Björck & Golub 1973); all are zero exactly if the planes are the same. In any dimension:
# take the closest pair of directions, one of each subspace, and note their angle; then the closest
# pair at right angles to the first; and so on.
#
# Recipe: make both bases orthonormal, as the columns of $Q_A$ and $Q_B$; the singular values of
# $Q_A^\top Q_B$ are the cosines of the angles.
#
# ### Exercise 6: principal angles
#
# <details><summary>Hint: orthonormal</summary>
#
# `np.linalg.qr(matrix)[0]` has orthonormal **columns** that span the columns of the matrix; the
# arguments have the vectors as **rows**.
# </details>
# <details><summary>Hint: NaN</summary>
#
# Rounding can make a cosine 1.0000000000000002, and its arc cosine NaN. `np.clip` helps.
# </details>


# %% exercise="principal_angles"
def principal_angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Principal angles between two subspaces (Björck & Golub 1973).

    Args:
        a: independent vectors (k, d) as rows, neither unit nor perpendicular in general.
        b: independent vectors (m, d).

    Returns:
        min(k, m) angles in radians from 0 to pi / 2, smallest first.
    """
    ### BEGIN SOLUTION
    qa, _ = np.linalg.qr(a.T)
    qb, _ = np.linalg.qr(b.T)
    cosines = np.linalg.svd(qa.T @ qb, compute_uv=False)
    return np.arccos(np.clip(cosines, -1.0, 1.0))
    ### END SOLUTION


# %% check="principal_angles" points=2
def check_angles(a, b, wanted, name):
    """Compare with known angles, and know the usual mistakes."""
    wanted = np.asarray(wanted)
    k = len(wanted)

    def angles_of(matrix):
        return np.arccos(np.clip(np.linalg.svd(matrix, compute_uv=False), -1, 1))[:k]

    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    units_a, units_b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    angles = check.array(principal_angles(a, b), f"the angles between {name}", shape=(k,))
    mistakes = {
        "the angles are in degrees, expected radians.": np.degrees(wanted),
        "largest first; expected the smallest first.": wanted[::-1],
        "these are cosines; their arc cosine is the angle.": np.cos(wanted),
        "these are sines; take the arc cosine of the cosines.": np.sin(wanted),
        "the bases were not made orthonormal first.": angles_of(a @ b.T),
        "vectors of length one are not enough: make them perpendicular, too.": angles_of(
            units_a @ units_b.T
        ),
        "only one of the two bases was made orthonormal.": angles_of(qa.T @ b.T),
        "only one basis was made orthonormal, not both.": angles_of(a @ qb),
    }
    if len(a) == len(b):
        rows = np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0]
        message = "the vectors are rows; np.linalg.qr wants them as columns (.T)."
        mistakes[message] = angles_of(rows)
        product = np.abs(np.linalg.eigvals(qa.T @ qb))
        mistakes["eigenvalues are not singular values: use np.linalg.svd."] = np.sort(
            np.arccos(np.clip(product, 0, 1))
        )
    check.close(angles, wanted, f"the angles between {name}", atol=1e-6, mistakes=mistakes)


turn = np.array([[0.0, 0.6, 0.8], [1.0, 0.0, 0.0], [0.0, 0.8, -0.6]])
floor = np.array([[0.9, 0.3, 0.0], [0.15, -0.6, 0.0]])
roof = 0.5 * np.array([[2.0, 0.0, 0.0], [1.0, np.cos(0.7), np.sin(0.7)]])
check_angles(floor @ turn, roof @ turn, [0.0, 0.7], "a floor and a roof tilted by 0.7 radians")
plane = np.array([[2.0, 1.0, 0, 0, 0], [0.3, -1.0, 0, 0, 0]])
space = np.array([[np.cos(0.3), 0, np.sin(0.3), 0, 0], [0, np.cos(1.1), 0, np.sin(1.1), 0]])
space = np.array([[1.0, 0.5, 0], [0, 2.0, 1.0], [1.0, 0, -1.0]]) @ np.vstack([space, np.eye(5)[4]])
check_angles(plane, space, [0.3, 1.1], "2 and 3 vectors in 5 dimensions")
check_angles(floor, np.array([[1.0, 2.0], [-1.0, 1.0]]) @ floor, [0.0, 0.0], "a plane and itself")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(11)
for d, k, m in [(5, 2, 3), (8, 4, 2), (6, 1, 1), (10, 3, 3)]:
    first, second = rng.normal(size=(k, d)), rng.normal(size=(m, d))
    # independent: eigenvalues of the product of the two projectors are squared cosines
    pa, pb = (np.linalg.pinv(v) @ v for v in (first, second))
    squares = np.sort(np.linalg.eigvals(pa @ pb).real)[::-1][: min(k, m)]
    wanted = np.arccos(np.sqrt(np.clip(squares, 0, 1)))
    check.close(principal_angles(first, second), wanted, f"{k} and {m} vectors in {d} dimensions")
for trial in range(40):  # rounding must not lead to NaN
    basis = np.random.default_rng(trial).normal(size=(4, 7))
    mixed = np.random.default_rng(100 + trial).normal(size=(4, 4)) @ basis
    angles = check.array(principal_angles(basis, mixed), "the angles of a subspace with itself")
    check.close(angles, np.zeros(4), "the angles of a subspace with itself", atol=1e-5)
right_angle = principal_angles(np.eye(4)[:2], np.eye(4)[2:])
check.close(right_angle, [np.pi / 2] * 2, "the angles of perpendicular planes", atol=1e-6)
### END HIDDEN TESTS

# %%
angle_3d = np.degrees(principal_angles(components_3d, found).max())
report("largest_angle_3d_degrees", angle_3d, within=(0, 1.0))

# %% [markdown]
# So the popular sentence becomes exact: a linear autoencoder finds the **same subspace and the same
# error** as PCA, on **other axes** (Bourlard & Kamp 1988; Baldi & Hornik 1989, who also show that
# it cannot get stuck in a worse minimum). The reason is one line. Leave the biases aside and put any
# invertible $k \times k$ matrix $R$ after the encoder and its inverse before the decoder: in
# $\hat x = W_2 R^{-1} R W_1 x$ nothing changes for the error. PCA's axes are one choice among
# infinitely many; the network has no reason to prefer it.
#
# ## On digits
#
# Now with 784 inputs, at four code sizes and from three random starts each.
#
# **Predict first:** the errors will agree again. Will the subspaces?


# %%
def train_linear(n_code: int, seed: int) -> tuple[keras.Model, float]:
    """A linear autoencoder trained on the digits, and the seconds that it took."""
    set_seed(seed)
    epochs, batch = budget(40, 4), 100
    rate = keras.optimizers.schedules.CosineDecay(0.01, epochs * len(x_train) // batch)
    model = build_linear_autoencoder(784, n_code)
    model.compile(keras.optimizers.Adam(rate), loss="mse", steps_per_execution=10)
    start = time.perf_counter()
    bar = ProgressBar(f"{n_code} numbers, start {seed}")
    model.fit(x_train, x_train, epochs=epochs, batch_size=batch, verbose=0, callbacks=[bar])
    return model, time.perf_counter() - start


def network_error(model: keras.Model, x: np.ndarray) -> float:
    """Mean squared error of a network's copies of the rows of x (n, d)."""
    return np.mean((np.asarray(model(x)) - x) ** 2)


rows, axes_784 = [], fit_pca(x_train, 64)[1]
for k in sizes:
    for seed in range(budget(3, 1)):
        model, seconds = train_linear(k, seed)
        angles = principal_angles(axes_784[:k], decoder_directions(model))
        rows.append(
            {
                "numbers": k,
                "training": network_error(model, x_train),
                "unseen": network_error(model, x_test),
                "seconds": seconds,
                "largest angle": np.degrees(angles[-1]),
                "median angle": np.degrees(np.median(angles)),
            }
        )
runs = pd.DataFrame(rows)

# %%
by_size = runs.groupby("numbers")
comparison = pd.DataFrame(
    {
        "PCA, training": table["training digits, from the eigenvalues"].to_numpy(),
        "network, training": by_size["training"].mean().to_numpy(),
        "PCA, unseen": pca_test.to_numpy(),
        "network, unseen": by_size["unseen"].mean().to_numpy(),
        "± (3 starts)": by_size["unseen"].std().to_numpy(),
        "seconds": by_size["seconds"].mean().to_numpy(),
    },
    index=pd.Index(sizes, name="numbers"),
)
comparison.round({"seconds": 1, "± (3 starts)": 5}).round(4)

# %%
ratio = by_size["training"].min() / comparison["PCA, training"]
for k in sizes:
    report(f"network_over_pca_training_{k}", ratio[k], within=(0.9999, 1.02))
unseen = comparison["network, unseen"] / comparison["PCA, unseen"]
report("network_over_pca_unseen_32", unseen[32], within=(0.995, 1.02))

# what it would cost to keep component k + 1 instead of component k, in percent of the error
swap = {k: 100 * (variances[k - 1] - variances[k]) / variances[k:].sum() for k in sizes}
angles = pd.DataFrame(
    {
        "largest angle, best start": by_size["largest angle"].min(),
        "worst start": by_size["largest angle"].max(),
        "median angle, mean": by_size["median angle"].mean(),
        "cost of swapping k for k + 1 (%)": pd.Series(swap),
    }
)
angles.round({name: 1 for name in angles.columns[:3]} | {angles.columns[3]: 3})

# %%
report("largest_angle_2_numbers_degrees", angles.iloc[0, 1], within=(0, 5))
report("largest_angle_8_numbers_degrees", angles.iloc[1, 1], within=(0, 30))
report("largest_angle_64_numbers_degrees", angles.iloc[3, 0], within=(30, 90))
report("largest_angle_32_worst_degrees", angles.iloc[2, 1], within=(60, 90))
report("median_angle_64_numbers_degrees", angles.iloc[3, 2], within=(0, 1))
report("swap_cost_8_percent", swap[8], within=(0.1, 0.3))
report("swap_cost_64_percent", swap[64], within=(0, 0.1))

# %% [markdown]
# The **errors** agree: on the training digits the network's error lies above PCA's at every size, by less
# than 2 %. It comes close and never below.
#
# The **subspaces** tell a finer story. Half of the angles are below one degree at every size. But at 32
# numbers the largest one reaches more than 60 degrees in the worst start, while the error is all but
# the same! The last column explains it. Components 32 and 33 have almost the same variance, so it hardly
# matters which of the two is kept: swapping them costs less than 0.1 % of the error. A network that stops
# after 40 epochs has no reason to decide. "The same subspace" is true where the eigenvalues are
# well apart, or training never ends. The error is always the same.
#
# PCA took one decomposition, the network some seconds for each start: for straight lines, PCA is
# simply the better tool. What the network offers is that it can be *bent*, and that is the next
# lesson.
#
# ## The impossible row
#
# Back to the table: PCA 0.032, linear autoencoder 0.028, deep autoencoder 0.015. How many numbers does
# PCA need for each of these errors, on the digits that it was fitted to?

# %%
curve = np.array([error_from_variances(variances, k, 784) for k in range(1, 101)])
needed = {error: int(np.argmax(curve <= error)) + 1 for error in (0.032, 0.028, 0.015)}
fig, ax = plt.subplots(figsize=(6.4, 3.4))
ax.plot(range(1, 101), curve, label="PCA: no linear model is below")
for (error, k), name in zip(needed.items(), ("PCA", "linear", "deep"), strict=True):
    ax.plot([1, k], [error, error], color=plots.GREY, linewidth=1, linestyle="--")
    ax.plot(k, curve[k - 1], "o", color=plots.COLORS[1])
    offset = (8, 6 if name == "PCA" else -3)
    ax.annotate(f'"{name}" {error}: PCA needs {k}', (k, error), offset, textcoords="offset points")
ax.set(
    title="Training error of the best linear code",
    xlabel="numbers kept",
    ylabel="mean squared error per pixel",
    ylim=(0, None),
)
ax.legend()
plots.show(
    fig,
    alt="PCA's error falls with the number of components; the popular table's 0.032, 0.028 and "
    "0.015 are marked where the curve reaches them, at 12, 15 and 37 components.",
)
print("numbers needed:", needed)

# %%
report("numbers_for_0.032", needed[0.032], within=(12, 12))
report("numbers_for_0.028", needed[0.028], within=(15, 15))
report("numbers_for_0.015", needed[0.015], within=(37, 37))

# %% [markdown]
# On these digits 0.032 is what PCA reaches with 12 numbers. A *linear* network through the same 12
# numbers cannot reach 0.028: that takes at least 15. By Eckart–Young, the first two rows **cannot both be
# training errors of linear models with the same code size on the same digits**. Something in one of
# them is not what it seems. (On *unseen* digits the theorem says nothing: there a network may be a
# hair better than PCA by luck, but not by an eighth.) The third row, the deep one, is possible;
# whether it is true is measured in the next lesson, which also has a suspicion about the second.
#
# ## Break it: forget the centre
#
# **Predict first:** fit a plane *through the origin* to the cloud, which is centred on (0.5, −1, 2.5).
# Where will the first direction point?


# %%
def uncentred_error(x: np.ndarray, k: int) -> float:
    """Error of the best k directions through the origin, per entry."""
    return float(np.sum(np.linalg.eigvalsh(x.T @ x)[::-1][k:]) / x.size)


_, _, vt = np.linalg.svd(many, full_matrices=False)
towards_mean = many.mean(axis=0) / np.linalg.norm(many.mean(axis=0))
print(f"cosine of the first direction with the mean: {abs(vt[0] @ towards_mean):.3f}")
broken, whole = uncentred_error(many, 2), oracle_3d
print(f"error with 2 numbers: uncentred {broken:.4f}, centred {whole:.4f}")
report("uncentred_over_centred_3d", broken / whole, within=(15, 19))

# %% [markdown]
# The first direction is spent on pointing at the cloud, not on describing it, and the second axis of the
# cloud is lost: 17 times the error. A network makes the same mistake if it has no bias: all it can
# do is turn and stretch around the origin. We train one, then go on training it on centred points.

# %%
set_seed(2)
unbiased = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(2, use_bias=False),
        keras.layers.Dense(3, use_bias=False),
    ]
)
unbiased.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.2, steps)), loss="mse"
)
bar = ProgressBar("without biases")
unbiased.fit(many, many, epochs=epochs, batch_size=50, verbose=0, callbacks=[bar])
mse_unbiased = unbiased.evaluate(many, many, verbose=0)
print(f"network without bias {mse_unbiased:.4f}, best directions through the origin {broken:.4f}")
report("unbiased_over_uncentred", mse_unbiased / broken, within=(0.9999, 1.02))

centred = many - many.mean(axis=0)
unbiased.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.2, steps)), loss="mse"
)
bar = ProgressBar("without biases, centred points")
unbiased.fit(centred, centred, epochs=epochs, batch_size=50, verbose=0, callbacks=[bar])
repaired = unbiased.evaluate(centred, centred, verbose=0)
print(f"repaired by centring the points: {repaired:.4f}, oracle {oracle_3d:.4f}")
report("repaired_over_oracle", repaired / oracle_3d, within=(0.9999, 1.02))

# %%
gaps = [100 * (uncentred_error(x_train, k) / curve[k - 1] - 1) for k in (2, 8, 32)]
print("on digits, forgetting the centre costs", ", ".join(f"{g:.1f} %" for g in gaps), "more error")
report("uncentred_digits_cost_2", gaps[0], within=(3.2, 4.2))
report("uncentred_digits_cost_32", gaps[2], within=(0.05, 0.25))

# %% [markdown]
# On digits the damage is small and shrinks with the code size: one of 32 directions wasted hardly
# shows. That is why this mistake survives in so much code: nothing crashes, the pictures look fine,
# and the number is a little worse than it should be. An oracle catches it; eyes do not.
#
# ### Written question
#
# A classmate's PCA subtracts the mean in `project` but forgets to add it in `reconstruct`. This is her
# error on the training digits:

# %%
mean, components, _ = fit_pca(x_train, 784)
forgetful = {}
for k in (8, 32, 128, 784):
    rebuilt = project(x_train, mean, components[:k]) @ components[:k]
    forgetful[k] = np.mean((x_train - rebuilt) ** 2)
    print(f"{k:4d} numbers: {forgetful[k]:.4f}")
report("forgetful_error_784", forgetful[784], within=(0.0445, 0.0455))

# %% [markdown]
# It does not fall below 0.045, however many components she keeps. Explain why it levels off, and what
# that level is in terms of the mean digit. (3 to 5 sentences.)

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
# ## Going further
#
# - Take the decoder's weights of a trained linear autoencoder and the codes of the training points,
#   and recover PCA's own axes from them. (An SVD of the reconstructions is enough. Why?)
# - Add noise of standard deviation 0.3 to the digits before fitting. Which part of the spectrum
#   moves, and does the best code size change?
# - Fit on the digits 0 to 4 and measure the error on 5 to 9. How much of PCA is about *digits*, and
#   how much about these digits?
#
# ## Summary
#
# 1. PCA centres the points, decomposes them, and keeps the directions of largest variance.
# 2. Its error per entry is the sum of the discarded variances over $d$, known before reconstructing.
# 3. No linear model of the same code size has a smaller error on the data of the fit (Eckart–Young).
# 4. A linear autoencoder reaches that error, on arbitrary axes of the same subspace (as far as the
#    eigenvalues tell its directions apart).
# 5. Forgetting the centre, or the bias, wastes a direction: disastrous in 3-D, nearly invisible at 32.
#
# ## References
#
# - K. Pearson (1901). On lines and planes of closest fit to systems of points in space. *Philosophical Magazine* 2.
# - C. Eckart, G. Young (1936). The approximation of one matrix by another of lower rank. *Psychometrika* 1.
# - Å. Björck, G. Golub (1973). Numerical methods for computing angles between linear subspaces. *Mathematics of Computation* 27.
# - H. Bourlard, Y. Kamp (1988). Auto-association by multilayer perceptrons and singular value decomposition. *Biological Cybernetics* 59.
# - P. Baldi, K. Hornik (1989). Neural networks and principal component analysis: learning from examples without local minima. *Neural Networks* 2.
# - Y. LeCun, C. Cortes, C. Burges (1998). The MNIST database of handwritten digits.
