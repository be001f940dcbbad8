# ---
# title: PCA and the linear autoencoder
# question: Can PCA's own axes be read out of a trained network, and what does PCA know about digits it never saw?
# seconds: 40
# goals:
#   - recover the principal components from a trained linear autoencoder
#   - say at which latent dimensions the network's subspace is settled, and why
#   - measure how much of a PCA belongs to the classes that it was fitted to
#   - say which variances noise changes, and which latent dimension is best then
# terms:
#   spectrum: the variances along all principal components, in order
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from course_utils import plots
from course_utils.checks import pca_deeper
from course_utils.data import load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## The spectrum of digits
#
# The variances along all components are called the **spectrum** of the data. Here it is, added up.

# %%
digits = load_digits()
x_train, x_test = digits.x_train.reshape(-1, 784), digits.x_test.reshape(-1, 784)
x_fit = x_train.astype("float64")
pca = PCA(svd_solver="covariance_eigh").fit(x_fit)
variances = pca.explained_variance_ * (len(x_fit) - 1) / len(x_fit)  # divided by n, as in the core
figure = plots.spectrum(
    {"digits": variances / variances.sum()},
    "Few components carry most of the variance",
    marks=(2, 8, 32, 64),
    log_x=True,
)
plots.show(
    figure,
    alt="Cumulative variance against the number of components on a logarithmic axis: about 17 % with "
    "2, 44 % with 8, 75 % with 32, 87 % with 64.",
)

# %% [markdown]
# Two numbers are few, but they fit on paper.

# %%
figure = plots.code_map(
    pca.transform(x_test)[:, :2],
    digits.y_test,
    "500 unseen digits at their first two principal components",
    ("component 1", "component 2"),
)
plots.show(
    figure,
    alt="Map of 500 digits by their first two principal components: zeros far to one side, ones to the "
    "other, the other digits overlapping in the middle.",
)

# %% [markdown]
# Zeros and ones lie apart, and the other classes lie on top of each other. PCA never saw the labels.
#
# ## PCA's axes, read out of a network
#
# A linear autoencoder finds PCA's subspace, on other axes. The axes are not lost, however: the
# reconstructions lie in the subspace, and *their* directions of largest variance are PCA's.
#
# ### Exercise: the axes of a network
#
# Use the latent codes of many digits and the decoder's directions (the rows of its weight matrix).
# The decoder's bias moves all reconstructions alike, so it does not matter.
#
# <details><summary>Hint</summary>
#
# Rebuild without the bias, centre, decompose. Which rows of `vt` have a variance above zero?
# </details>


# %% exercise="axes_of_network"
def axes_of_network(codes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Perpendicular axes (k, d) of a linear decoder's reconstructions, largest variance first.

    Args:
        codes: latent codes (n, k).
        directions: the decoder's directions (k, d), independent, one for each latent dimension.

    Returns:
        axes (k, d) of length one, one a row, of either sign.
    """
    ### BEGIN SOLUTION
    rebuilt = codes @ directions
    centred = rebuilt - rebuilt.mean(axis=0)
    _, _, vt = np.linalg.svd(centred, full_matrices=False)
    return vt[: len(directions)]
    ### END SOLUTION


# %% check="axes_of_network"
pca_deeper.check_axes(axes_of_network, n=40, d=5, k=2)
pca_deeper.check_axes(axes_of_network, n=200, d=9, k=4)
pca_deeper.check_axes(axes_of_network, n=50, d=3, k=1)

# %% [markdown]
# Now train networks of four latent dimensions for 40 epochs, from three random seeds each.


# %%
def train(latent_dim: int) -> list[keras.Model]:
    """Linear autoencoders for digits, from three random seeds."""
    some = x_train[:: budget(1, 10)]
    return fit_seeds(
        lambda: keras.Sequential(
            [keras.Input((784,)), layers.Dense(latent_dim), layers.Dense(784)]
        ),
        some,
        some,
        seeds=range(3),
        epochs=budget(40, 1),
        learning_rate=0.01,
        loss="mse",
        title=f"784 → {latent_dim} → 784",
    )


networks = {k: train(k) for k in (2, 8, 32, 64)}

# %%
model = networks[8][0]
directions = model.layers[1].get_weights()[0].astype(float)
axes = axes_of_network(predict(model.layers[0], x_train).astype(float), directions)
axes *= np.sign(np.sum(axes * pca.components_[:8], axis=1, keepdims=True))
unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
rows = {
    "PCA's components": pca.components_[:8].reshape(-1, 28, 28),
    "decoder's directions": unit.reshape(-1, 28, 28),
    "axes read out": axes.reshape(-1, 28, 28),
}
plots.show(
    plots.image_rows(
        rows, "PCA's axes, read out of a network with 8 latent dimensions", (-0.12, 0.12)
    ),
    alt="Three rows of eight pictures. The decoder's directions look like mixtures; the axes that were "
    "read out look like PCA's components.",
)
cosines = np.abs(np.sum(axes * pca.components_[:8], axis=1))
print("cosines with PCA's components:", cosines.round(3))

# %% folded="numbers"
report("axes_first_four_cosine", cosines[:4].min(), within=(0.97, 1))
report("axes_median_cosine", np.median(cosines), within=(0.97, 1))

# %% [markdown]
# ## Where is the subspace settled?
#
# The last column is what it would cost to keep component $k + 1$ instead of component $k$, in percent
# of the error.

# %%
results = Results("latent dimension")
for k, models in networks.items():
    swap = 100 * (variances[k - 1] - variances[k]) / variances[k:].sum()
    for seed, model in enumerate(models):
        error = np.mean((predict(model, x_train) - x_train) ** 2)
        found = model.layers[1].get_weights()[0].astype(float)
        angles = np.degrees(subspace_angles(pca.components_[:k].T, found.T))
        results.add(
            k,
            seed,
            **{
                "training error / PCA's": error / (variances[k:].sum() / 784),
                "largest angle (°)": angles.max(),
                "median angle (°)": np.median(angles),
                "cost of swapping (%)": swap,
            },
        )
results

# %% folded="numbers"
for k in networks:
    worst = results.values(k, "training error / PCA's").max()
    report(f"deeper_network_over_pca_{k}", worst, within=(0.9999, 1.02))
report(
    "largest_angle_8_numbers_degrees", results.values(8, "largest angle (°)").max(), within=(0, 30)
)
report(
    "largest_angle_64_numbers_degrees",
    results.values(64, "largest angle (°)").min(),
    within=(10, 90),
)
report("median_angle_64_numbers_degrees", results.mean(64, "median angle (°)"), within=(0, 2))
report("swap_cost_8_percent", results.mean(8, "cost of swapping (%)"), within=(0.1, 0.3))
report("swap_cost_64_percent", results.mean(64, "cost of swapping (%)"), within=(0, 0.1))

# %% [markdown]
# Every run ends within 2 % of PCA's error. That is no luck: Baldi & Hornik (1989) proved that a linear
# autoencoder has no worse minimum in which it could get stuck, only saddle points, which slow it down.
#
# The angles tell a finer story. Half of them are small everywhere. But the more alike the neighbouring
# variances are, the less it costs to confuse their components, and the longer the network takes to
# decide. At 64 no run has settled all directions.
#
# ## Strangers
#
# How much of a PCA is about *digits*, and how much about *these* digits? Fit one to the classes 0 to 4
# and one to the classes 5 to 9, and measure both on unseen digits of the classes 5 to 9.

# %%
fits = {
    "fitted to 5 to 9": x_fit[digits.y_train >= 5],
    "fitted to 0 to 4": x_fit[digits.y_train < 5],
}
late = x_test[digits.y_test >= 5]
strangers = {}
for name, chosen in fits.items():
    fitted = PCA(64, svd_solver="covariance_eigh").fit(chosen)
    codes = fitted.transform(late)
    strangers[name] = {
        k: np.mean((late - fitted.mean_ - codes[:, :k] @ fitted.components_[:k]) ** 2)
        for k in (2, 8, 32, 64)
    }
table = pd.DataFrame(strangers).rename_axis("latent dimension")
table["ratio"] = table.iloc[:, 1] / table.iloc[:, 0]
table.round(4)

# %% folded="numbers"
report("strangers_ratio_2", table["ratio"][2], within=(1.05, 1.6))
report("strangers_ratio_32", table["ratio"][32], within=(1.1, 1.6))

# %% [markdown]
# The classes that it never saw cost more at every latent dimension, but they can be rebuilt: strokes are
# common to all digits.
#
# ## Noise
#
# Add Gaussian noise of standard deviation 0.3 to every pixel. Independent noise has the variance 0.09 in
# *every* direction, so each variance should grow by about 0.09. **Predict first:** from how many
# components is a clean digit rebuilt best, if only its noisy version is known?

# %%
rng = np.random.default_rng(0)
noisy_fit = x_fit + 0.3 * rng.normal(size=x_fit.shape)
noisy_test = x_test + 0.3 * rng.normal(size=x_test.shape)
noisy = PCA(svd_solver="covariance_eigh").fit(noisy_fit)
growth = noisy.explained_variance_ - pca.explained_variance_
codes = noisy.transform(noisy_test)
sizes = np.arange(1, 201)
errors = [
    np.mean((x_test - noisy.mean_ - codes[:, :k] @ noisy.components_[:k]) ** 2) for k in sizes
]
best = int(sizes[np.argmin(errors)])
fig, ax = plt.subplots(figsize=(6.4, 3.4))
ax.plot(sizes, errors)
ax.plot(best, min(errors), "o", color=plots.COLORS[1])
ax.annotate(f"best: {best}", (best, min(errors)), (0, -16), textcoords="offset points", ha="center")
ax.set(title="Clean digits rebuilt from noisy ones", xlabel="latent dimension", ylim=(0, None))
ax.set(ylabel="mean squared error to the clean digit")
plots.show(
    fig,
    alt="The error against the clean digits falls to a minimum at some tens of components, and rises slowly after.",
)
print("components with a variance above that of the noise:", np.sum(variances > 0.09))
print(f"variances grow by {growth[:32].mean():.3f} (first 32), {growth.mean():.3f} (all)")

# %% folded="numbers"
report("noise_growth_all", growth.mean(), within=(0.088, 0.092))
report("noise_growth_first_32", growth[:32].mean(), within=(0.08, 0.14))
report("noise_best_dimension", best, within=(60, 72))
report("noise_components_above", np.sum(variances > 0.09), within=(60, 90))

# %% [markdown]
# All variances grow by 0.09 on average. (The first grow a little more and the last a little less,
# because 4,000 digits are few for 784 directions.) Components whose own variance is below that of the
# noise bring in more noise than digit. So the best latent dimension is no longer the largest: leaving
# components out *removes* noise.
#
# ## References
#
# - P. Baldi, K. Hornik (1989). Neural networks and principal component analysis: learning from examples without local minima. *Neural Networks* 2.
