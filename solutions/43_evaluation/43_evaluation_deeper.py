# ---
# title: Forged features
# question: Can noise win the Fréchet distance, too, and who would notice?
# seconds: 60
# goals:
#   - forge pictures that FID, precision and recall take for digits
#   - unmask them with a judge that they were not made for
# terms:
#   Goodhart's law: a measure that becomes a target ceases to be a good measure
# ---

# %% folded="imports"
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.linalg import sqrtm
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from course_utils import classifier, plots
from course_utils.data import gaussian_digits, load_digits
from course_utils.report import report
from course_utils.training import budget, predict, progress_bar, set_seed

# %% [markdown]
# ## Give noise the features of a digit
#
# In lesson 43 noise won the Inception score, and FID unmasked it. But FID, precision, recall and coverage all
# look at nothing but the 64 features. So start from noise again, and move the pixels until picture $i$ has the
# *features* of known digit $i$. **Predict first:** how will the pictures look?

# %%
N = budget(500, 60)
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.x_train))
known, fresh, other = (digits.x_train[order[i : i + 1000]] for i in (0, 1000, 2000))
known, other = known[:N], other[:N]
model, aims = classifier.load_classifier(), classifier.features(known)


def forge(start: np.ndarray, aims: np.ndarray, steps: int) -> np.ndarray:
    """Pixels (n, 28, 28) in [0, 1], moved from start until their features are near aims (n, 64)."""
    images = tf.Variable(start)
    rate = keras.optimizers.schedules.CosineDecay(0.1, steps)
    optimizer = keras.optimizers.Adam(rate, beta_2=0.99)
    optimizer.build([images])

    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((model(images, training=False)[0] - aims) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, images), images)])
        images.assign(tf.clip_by_value(images, 0.0, 1.0))

    for _ in range(steps):
        step()
    return images.numpy()


noise = np.random.default_rng(0).uniform(0, 0.5, known.shape).astype("float32")
groups = np.array_split(np.arange(N), max(1, N // 125))  # a group at a time saves memory
forged = np.concatenate(
    [forge(noise[g], aims[g], budget(150, 5)) for g in progress_bar(groups, "forging")]
)
rows = {"forged": forged[:10], "the digits aimed at": known[:10]}
plots.show(
    plots.image_rows(rows, "To the classifier's features, the rows are nearly the same"),
    alt="Ten pictures of noise in which hardly any digit can be seen, above the ten digits whose features "
    "they have.",
)

# %% [markdown]
# ## Three judges
#
# The **classifier** is the judge that the forgeries were made for. Ask two more: the same network with *random*
# weights, and 64 principal components of the pixels. Neither has ever seen a label. Beside the forgeries: real
# digits that nobody studied, and a Gaussian for each digit.

# %%
set_seed(0)
untrained = classifier.build_classifier()
pca = PCA(64, svd_solver="covariance_eigh").fit(digits.x_train.reshape(-1, 784))
judges = {
    "classifier": classifier.features,
    "random network": lambda x: predict(untrained, x)[0],
    "64 components": lambda x: pca.transform(x.reshape(-1, 784)),
}


def fid(x: np.ndarray, y: np.ndarray) -> float:
    """Fréchet distance between Gaussians fitted to rows x and y."""
    x, y = x.astype(float), y.astype(float)
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.real(np.trace(sqrtm(a @ b)))
    return np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(a) + np.trace(b) - 2 * root


def precision(x: np.ndarray, y: np.ndarray, k: int = 5) -> float:
    """Share of rows x within the distance of a row of y to its k-th neighbour among the others."""
    radius = NearestNeighbors(n_neighbors=k + 1).fit(y).kneighbors(y)[0][:, -1]
    return float(np.mean([np.any(np.linalg.norm(y - row, axis=1) <= radius) for row in x]))


studied, classes = digits.x_train[order[:1500]], digits.y_train[order[:1500]]
gaussians = np.concatenate(
    [gaussian_digits(studied[classes == c], N // 10, seed=c) for c in range(10)]
)
sources = {"real": other, "ten Gaussians": gaussians, "forged": forged}
table = {}
for name, view in judges.items():
    reference = view(fresh)
    table[f"FID, {name}"] = {who: fid(view(x), reference) for who, x in sources.items()}
    table[f"precision, {name}"] = {who: precision(view(x), reference) for who, x in sources.items()}
table = pd.DataFrame(table)
table.round(3)

# %% folded="numbers"
ratio = table.loc["forged"] / table.loc["real"]
gaussian = table.loc["forged", "FID, classifier"] / table.loc["ten Gaussians", "FID, classifier"]
report("forged_over_gaussians_classifier", gaussian, within=(0.02, 0.4))
report(
    "forged_precision_classifier", table.loc["forged", "precision, classifier"], within=(0.85, 1)
)
report("forged_over_real_classifier", ratio["FID, classifier"], within=(1, 5))
report("forged_over_real_random_network", ratio["FID, random network"], within=(10, 60))
report("forged_over_real_components", ratio["FID, 64 components"], within=(10, 60))

# %% [markdown]
# To the classifier, noise is far better than the ten Gaussians, and near to real digits. A **judge that it was
# not made for** is not fooled: to the two others it is more than ten times as far away as real digits.
#
# That is **Goodhart's law** (1975): a measure that becomes a target ceases to be a good measure. So trust no
# score that somebody has optimised, and be honest about your own: who picks the best of a hundred
# trainings by FID, or trains with a loss on the features of the same network, has optimised it. Kynkäänniemi
# and others (2023) found the same in practice: FID falls when the *class shares* of the judge are matched,
# though no picture becomes better.
#
# ## References
#
# - C. Goodhart (1975). Problems of monetary management: the U.K. experience. *Papers in Monetary Economics*.
# - T. Kynkäänniemi, T. Karras, M. Aittala, T. Aila, J. Lehtinen (2023). The role of ImageNet classes in
#   Fréchet inception distance. *ICLR*.
