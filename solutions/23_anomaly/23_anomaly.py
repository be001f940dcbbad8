# ---
# title: Anomalies
# question: Does an example that is hard to rebuild deserve an alarm, and what does a false alarm cost?
# picture: Handwritten 2s and 1s, their reconstructions by networks that never saw them, and the squared error of each pixel
# seconds: 60
# goals:
#   - build an anomaly detector from an autoencoder, and look at what it does
#   - judge a detector by ROC, by precision and recall, and by cost
#   - hold it against detectors that take one line, and report whichever wins
#   - choose a threshold without looking at the test data
#   - measure what a few anomalies among the training data do
# terms:
#   anomaly: an example of a kind that is not in the normal training data
#   reconstruction error: the mean squared difference between an example and its reconstruction
#   ROC curve: the share of anomalies found against the share of normal cases with an alarm, for all thresholds
#   AUC: the area under the ROC curve; the probability that an anomaly scores higher than a normal case
#   precision: the share of the alarms that are anomalies
#   recall: the share of the anomalies that raise an alarm
#   prevalence: the share of anomalies among all cases
#   average precision: the mean precision over all thresholds, weighted by the steps in recall
#   Mahalanobis distance: the distance from the mean in units of the spread of the data
#   threshold: the score from which on there is an alarm
#   contamination: anomalies among the training data that nobody knows of
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_curve
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from course_utils import plots
from course_utils.checks import anomaly, anomaly_threshold
from course_utils.data import load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## An alarm without a single example of what it is for
#
# An autoencoder learns to copy what it was trained on. So train it on *normal* cases only, and raise
# the alarm where its copy is bad. No example of an **anomaly** is needed. The idea (Japkowicz, Myers &
# Gluck 1995) is behind many detectors of faulty parts, odd heartbeats and stolen cards. This lesson
# builds one and asks how good it really is.
#
# ### Exercise 1: build the autoencoder
#
# Dense layers `n_features → width → latent_dim → width → n_features`: GELU on the two wide layers, no
# activation on the latent code. The last layer has the activation `end`: a sigmoid for pixels, which
# lie between 0 and 1, and `None` for a table.
#
# <details><summary>Hint</summary>
#
# `keras.Sequential([keras.Input((n_features,)), layers.Dense(width, activation="gelu"), ...])`
# </details>


# %% exercise="build_autoencoder"
def build_autoencoder(n_features: int, width: int, latent_dim: int, end: str | None) -> keras.Model:
    """An untrained autoencoder of rows: n_features → width → latent_dim → width → n_features.

    Dense layers with biases; GELU on the two layers of the given width, no activation on the
    latent code, the activation `end` on the last layer.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            layers.Dense(width, activation="gelu"),
            layers.Dense(latent_dim),
            layers.Dense(width, activation="gelu"),
            layers.Dense(n_features, activation=end),
        ]
    )
    ### END SOLUTION


# %% check="build_autoencoder" points=1
anomaly.check_autoencoder(build_autoencoder, n_features=784, width=256, latent_dim=8, end="sigmoid")
anomaly.check_autoencoder(build_autoencoder, n_features=30, width=32, latent_dim=8, end=None)
### BEGIN HIDDEN TESTS
anomaly.check_autoencoder(build_autoencoder, n_features=5, width=7, latent_dim=11, end="sigmoid")
### END HIDDEN TESTS

# %% [markdown]
# Below, one network never saw a 2 and another one never saw a 1. Where does the bottom row shine, and
# should it?

# %%
digits = load_digits()
x_train, x_test = digits.x_train.reshape(-1, 784), digits.x_test.reshape(-1, 784)


def reconstruct(normal: np.ndarray, new: np.ndarray, seed: int = 0) -> np.ndarray:
    """Train an autoencoder on normal rows (n, d); return rows new (m, d), reconstructed."""
    set_seed(seed)
    pixels = normal.shape[1] == 784
    model = build_autoencoder(
        normal.shape[1], 256 if pixels else 32, 8, "sigmoid" if pixels else None
    )
    epochs, normal = budget(5 if pixels else 80, 1), normal[:: budget(1, 10)]
    fit(model, normal, normal, epochs=epochs, learning_rate=4e-3, loss="mse", title="autoencoder")
    return predict(model, new)


rebuilt = {unseen: reconstruct(x_train[digits.y_train != unseen], x_test) for unseen in (2, 1)}
chosen = {unseen: np.flatnonzero(digits.y_test == unseen)[:5] for unseen in (2, 1)}
original = np.concatenate([x_test[chosen[u]] for u in (2, 1)]).reshape(-1, 28, 28)
copies = np.concatenate([rebuilt[u][chosen[u]] for u in (2, 1)]).reshape(-1, 28, 28)
rows = {"original": original, "reconstruction": copies, "squared error": (original - copies) ** 2}
plots.show(
    plots.image_rows(rows, "2s by a network that never saw a 2, 1s by one that never saw a 1"),
    alt="Five 2s and five 1s, their reconstructions, and the squared error of each pixel. The 2s are turned "
    "into other digits, with bright errors; the 1s become smears, yet the errors of all but one stay mostly dark.",
    name="23_anomaly",
)

# %% [markdown]
# The 2s come out as something else, and the error shines: alarm. The 1s come out as smears, but the errors
# of all but one stay dark. A thin stroke has so few pixels that even losing it costs little. "Badly
# rebuilt", "large error" and "abnormal" are three different things.
#
# ## A score for each example
#
# The **reconstruction error** of an example $x$ with $d$ entries and reconstruction $\hat x$ is
#
# $$s(x) = \frac1d \sum_{j=1}^{d} (x_j - \hat x_j)^2 .$$
#
# ### Exercise 2: the score
#
# <details><summary>Hint</summary>
#
# `np.mean` without `axis` gives one number for the whole batch. What does `reshape(len(x), -1)` do to
# rows, images and colour images?
# </details>


# %% exercise="reconstruction_score"
def reconstruction_score(x: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """Mean squared error of each example.

    Args:
        x: examples (n, ...) with any shape after the first axis: rows, images, colour images.
        rebuilt: their reconstructions, of the same shape.

    Returns:
        Scores (n,).
    """
    ### BEGIN SOLUTION
    squares = (x - rebuilt) ** 2
    return np.mean(squares.reshape(len(x), -1), axis=1)
    ### END SOLUTION


# %% check="reconstruction_score" points=1
anomaly.check_score(reconstruction_score, (4, 6))
anomaly.check_score(reconstruction_score, (3, 5, 4))
### BEGIN HIDDEN TESTS
for shape in [(2, 4, 3, 3), (1, 7), (5, 5), (6, 4, 3, 3), (1, 8, 8, 1), (300, 900)]:
    anomaly.check_score(reconstruction_score, shape)
### END HIDDEN TESTS

# %%
scores = {u: np.asarray(reconstruction_score(x_test, rebuilt[u])) for u in (2, 1)}
fig, axes = plt.subplots(1, 2, figsize=(8.6, 3), sharey=True)
for ax, unseen in zip(axes, (2, 1), strict=True):
    is_anomaly = digits.y_test == unseen
    for part, label in ((~is_anomaly, "450 normal digits"), (is_anomaly, f"50 digits {unseen}")):
        ax.hist(
            scores[unseen][part], np.linspace(0, 0.12, 40), density=True, alpha=0.6, label=label
        )
    ax.set(title=f"A network that never saw a {unseen}", xlabel="reconstruction error")
    ax.legend()
axes[0].set_ylabel("density")
plots.show(
    fig,
    alt="Histograms of the reconstruction error. Never seen 2s have clearly larger errors than normal digits, "
    "with some overlap; never seen 1s have smaller errors than most normal digits.",
)

# %% folded="numbers"
for unseen, within in ((2, (1.8, 2.8)), (1, (0.55, 0.95))):
    is_anomaly = digits.y_test == unseen
    ratio = np.median(scores[unseen][is_anomaly]) / np.median(scores[unseen][~is_anomaly])
    report(f"median_score_anomaly_over_normal_{unseen}", ratio, within=within)

# %% [markdown]
# ## How good is a score? Count pairs
#
# Every **threshold** gives a detector: alarm where the score reaches it. The **ROC curve** draws, for
# all thresholds, the share of anomalies found against the share of normal cases with an alarm. The area
# under it, the **AUC**, has a meaning that needs no curve. Draw one anomaly and one normal case at
# random: it is the probability that the anomaly has the higher score; a tie counts half (Hanley & McNeil
# 1982). With scores $a_1 \dots a_m$ of anomalies and $b_1 \dots b_n$ of normal cases,
#
# $$\mathrm{AUC} = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \Big( [a_i > b_j] + \tfrac12 [a_i = b_j] \Big).$$
#
# ### Exercise 3: AUC by counting pairs
#
# <details><summary>Hint</summary>
#
# Split the scores into two arrays. Comparing `a[:, None]` with `b[None, :]` gives all pairs at once.
# </details>


# %% exercise="auc"
def auc(scores: np.ndarray, is_anomaly: np.ndarray) -> float:
    """Probability that an anomaly scores higher than a normal case; ties count half.

    Args:
        scores: (n,), large means suspicious.
        is_anomaly: (n,) of booleans; both kinds occur.
    """
    ### BEGIN SOLUTION
    a = scores[is_anomaly][:, None]
    b = scores[~is_anomaly][None, :]
    higher, equal = np.mean(a > b), np.mean(a == b)
    return float(higher + 0.5 * equal)
    ### END SOLUTION


# %% check="auc" points=2
anomaly.check_auc(auc, [2, 6, 4, 1, 7, 3, 0, 5], [0, 1, 0, 0, 0, 1, 0, 1])
anomaly.check_auc(auc, [1, 1, 2, 0, 2, 1, 2], [0, 0, 1, 1, 0, 0, 0])
### BEGIN HIDDEN TESTS
for seed in range(12):
    anomaly.check_auc(auc, *anomaly.random_cases(seed))
anomaly.check_auc(auc, [2, 2, 2], [1, 0, 0])
anomaly.check_auc(auc, [7, -1], [1, 0])
anomaly.check_auc(auc, np.arange(40) // 2 * 1e-9 + 5, np.arange(40) < 13)
anomaly.check_auc(auc, np.arange(900) % 7, np.arange(900) % 11 == 0)
### END HIDDEN TESTS

# %%
fig, ax = plt.subplots(figsize=(7, 3.6))
for unseen in (2, 1):
    false, found, _ = roc_curve(digits.y_test == unseen, scores[unseen])
    area = auc(scores[unseen], digits.y_test == unseen)
    ax.plot(100 * false, 100 * found, label=f"never saw a {unseen}: AUC {area:.2f}")
ax.plot([0, 100], [0, 100], ":", color=plots.GREY, label="chance: AUC 0.50")
ax.set(title="ROC curves on unseen digits", xlabel="normal digits with an alarm (%)")
ax.set_ylabel("anomalies found (%)")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(
    fig,
    alt="ROC curves: for the 2 far above the diagonal, AUC above 0.9; for the 1 far below the diagonal, AUC "
    "about 0.3.",
)

# %% folded="numbers"
report("auc_never_saw_2", auc(scores[2], digits.y_test == 2), within=(0.86, 0.97))
report("auc_never_saw_1", auc(scores[1], digits.y_test == 1), within=(0.2, 0.4))

# %% [markdown]
# An AUC *below* one half: for the 1, chance is better than this detector. And do not turn the score
# round: whoever does not know which anomaly will come cannot know when.
#
# ## When anomalies are rare
#
# One case in ten is an anomaly here; in a factory it may be one in ten thousand. Whoever answers the
# alarm asks: *is it true?* That is **precision**, the share of the alarms that are anomalies. **Recall**
# is the share of the anomalies that raise an alarm. Both depend on which class is called positive: it is
# the one that the alarm is for. (A detector that *never* rings has precision 0.90 and recall 1.00 if
# "normal" is called positive.)
#
# Go through the distinct scores from the highest down. The $k$-th threshold has precision $P_k$ and
# recall $R_k$, and $R_0 = 0$. The **average precision** is
#
# $$\mathrm{AP} = \sum_k (R_k - R_{k-1})\, P_k .$$
#
# A score that knows nothing reaches the **prevalence**, the share of anomalies: here 0.10, not 0.50.
#
# ### Exercise 4: average precision
#
# Equal scores raise the alarm together: one threshold for each *distinct* score. No interpolation.
#
# <details><summary>Hint</summary>
#
# `np.unique(scores)[::-1]` are the thresholds. For each one: which cases raise the alarm, and how many
# of these are anomalies? What must a constant score give?
# </details>


# %% exercise="average_precision"
def average_precision(scores: np.ndarray, is_anomaly: np.ndarray) -> float:
    """Average precision with the anomaly as positive class.

    Args:
        scores: (n,), large means suspicious; equal scores raise the alarm together.
        is_anomaly: (n,) of booleans; at least one is True.
    """
    ### BEGIN SOLUTION
    area, previous = 0.0, 0.0
    for threshold in np.unique(scores)[::-1]:
        alarm = scores >= threshold
        recall = np.sum(alarm & is_anomaly) / np.sum(is_anomaly)
        precision = np.mean(is_anomaly[alarm])
        area += (recall - previous) * precision
        previous = recall
    return float(area)
    ### END SOLUTION


# %% check="average_precision" points=2
anomaly.check_average_precision(
    average_precision, [1, 5, 2, 3, 4, 6, 7, 0], [1, 0, 0, 1, 0, 0, 0, 1]
)
anomaly.check_average_precision(average_precision, [4, 4, 4, 3, 2, 1, 0], [1, 1, 0, 0, 1, 0, 0])
### BEGIN HIDDEN TESTS
anomaly.check_average_precision(average_precision, [2, 2, 1, 1, 1], [0, 1, 1, 0, 0])
anomaly.check_average_precision(average_precision, [2, 2, 1, 1, 1], [1, 0, 0, 0, 1])
for seed in range(12):
    anomaly.check_average_precision(average_precision, *anomaly.random_cases(seed))
anomaly.check_average_precision(average_precision, np.full(20, 0.3), np.arange(20) < 3)
anomaly.check_average_precision(average_precision, [1, -2, -3], [0, 0, 1])
anomaly.check_average_precision(average_precision, [1, 2], [1, 1])
anomaly.check_average_precision(
    average_precision, np.arange(800) * 7 % 301, np.arange(800) % 13 == 0
)
### END HIDDEN TESTS

# %% [markdown]
# ## Opponents that take one line
#
# Before you trust an autoencoder, ask simpler detectors: **PCA** (reconstruction too, but linear), an
# *isolation forest* (random cuts; an odd case is soon alone; Liu, Ting & Zhou 2008), the distance to the
# *nearest neighbour* in the training data, and the **Mahalanobis distance** (1936) from the mean. With
# mean $\mu$ and covariance $\Sigma$ of the *normal training* rows its square is
#
# $$s(x) = (x - \mu)^\top (\Sigma + \rho I)^{-1} (x - \mu) .$$
#
# The ridge $\rho$ is needed: pixels in the corners are never inked, so $\Sigma$ alone has no inverse.
#
# ### Exercise 5: the Mahalanobis score
#
# <details><summary>Hint: the covariance</summary>
#
# `np.cov(x.T, bias=True)` takes variables as rows, and `bias=True` divides by $n$. Whose mean and whose
# covariance: `x_fit`'s or `x_new`'s?
# </details>
# <details><summary>Hint: one number per row</summary>
#
# Of the m × m matrix `centred @ inverse @ centred.T` only the diagonal is wanted: multiply two arrays of
# shape (m, d) entry by entry, then sum.
# </details>


# %% exercise="mahalanobis_score"
def mahalanobis_score(x_fit: np.ndarray, x_new: np.ndarray, ridge: float) -> np.ndarray:
    """Squared Mahalanobis distance of new rows from the normal ones.

    Args:
        x_fit: normal training rows (n, d); their covariance (divided by n) may be singular.
        x_new: rows to score (m, d).
        ridge: added to the diagonal of the covariance, above 0.

    Returns:
        Scores (m,).
    """
    ### BEGIN SOLUTION
    centred = x_new - x_fit.mean(axis=0)
    covariance = np.cov(x_fit.T, bias=True)
    ridged = covariance + ridge * np.eye(x_fit.shape[1])
    solved = np.linalg.solve(ridged, centred.T).T
    return np.sum(centred * solved, axis=1)
    ### END SOLUTION


# %% check="mahalanobis_score" points=2
anomaly.check_mahalanobis(mahalanobis_score, *anomaly.rows_with_a_constant_column(), ridge=0.1)
### BEGIN HIDDEN TESTS
for n, d, m, ridge in [
    (40, 5, 1, 0.5),
    (6, 9, 5, 0.2),
    (200, 2, 30, 0.01),
    (3, 3, 3, 1.0),
    (90, 40, 7, 0.3),
]:
    anomaly.check_mahalanobis(mahalanobis_score, *anomaly.random_rows(n, d, m), ridge=ridge)
rows, _ = anomaly.random_rows(30, 4, 1)
anomaly.check_mahalanobis(mahalanobis_score, rows, rows[:1].copy(), ridge=0.3)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first:** each digit in turn becomes the anomaly. Which detector wins, and does the network
# beat the nearest neighbour, which only remembers?


# %%
def all_scores(normal: np.ndarray, new: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """Scores of every detector, fitted to normal rows, for the rows new."""
    pca = PCA(8, svd_solver="covariance_eigh").fit(normal)
    forest = IsolationForest(n_estimators=budget(100, 25), random_state=seed).fit(normal)
    near = NearestNeighbors(n_neighbors=1).fit(normal)
    scores = {
        "autoencoder": reconstruction_score(new, reconstruct(normal, new, seed)),
        "PCA": reconstruction_score(new, pca.inverse_transform(pca.transform(new))),
        "Mahalanobis": mahalanobis_score(normal, new, 0.1),
        "isolation forest": -forest.score_samples(new),
        "nearest neighbour": near.kneighbors(new)[0][:, 0],
    }
    return {name: np.asarray(score) for name, score in scores.items()}


by_digit = Results("detector")
for unseen in range(budget(10, 1)):
    is_anomaly = digits.y_test == unseen
    for name, score in all_scores(x_train[digits.y_train != unseen], x_test).items():
        measured = {
            "AUC": auc(score, is_anomaly),
            "average precision": average_precision(score, is_anomaly),
        }
        by_digit.add(name, seed=unseen, **measured)
by_digit.table()

# %%
fig, ax = plt.subplots(figsize=(8, 3.6))
for name, marker in zip(
    ("autoencoder", "PCA", "nearest neighbour", "isolation forest"), "osv^", strict=True
):
    ax.plot(by_digit.values(name, "AUC"), marker + "-", label=name, linewidth=0.8)
ax.axhline(0.5, color=plots.GREY, linestyle=":", label="chance")
ax.set(
    title="Which anomaly comes matters as much as which detector waits", xlabel="digit never seen"
)
ax.set(ylabel="AUC", xticks=range(10), ylim=(0, 1))
ax.legend(fontsize=9, ncols=3)
plots.show(
    fig,
    alt="AUC of four detectors for each of the ten digits as anomaly, from 0.1 to above 0.9. The nearest "
    "neighbour is on top for most digits; for the 1 all lie below one half.",
)

# %% folded="numbers"
for name, within in {
    "autoencoder": (0.72, 0.79),
    "PCA": (0.68, 0.74),
    "Mahalanobis": (0.65, 0.7),
    "isolation forest": (0.52, 0.62),
    "nearest neighbour": (0.8, 0.83),
}.items():
    report(f"mean_auc_{name.replace(' ', '_')}", by_digit.mean(name, "AUC"), within=within)
ahead = by_digit.values("nearest neighbour", "AUC") > by_digit.values("autoencoder", "AUC")
if budget(1, 0):
    report("digits_where_neighbour_beats_network", ahead.sum(), within=(7, 10))
    near = by_digit.mean("nearest neighbour", "average precision")
    report("mean_ap_nearest_neighbour", near, within=(0.36, 0.42))
    report("auc_network_9", by_digit.values("autoencoder", "AUC")[9], within=(0.5, 0.66))

# %% [markdown]
# - **The anomaly decides as much as the detector.** The same network finds never-seen 2s with an AUC near
#   0.9, 9s little better than chance, and is misled by 1s. A paper that shows one class as anomaly has
#   shown nothing yet.
# - **Simple baselines are strong.** The nearest neighbour, without any training, beats the autoencoder on
#   most digits.
# - **The winner's AUC of 0.8 sounds good, its average precision of 0.4 does not.** Read the latter beside
#   its baseline 0.10.
#
# ## A threshold, and what it costs
#
# Now a table: 569 samples of breast tissue, 30 measurements each (Street, Wolberg & Mangasarian 1993).
# Benign is normal, malignant the anomaly. A random split has 214 benign samples for training; 71 benign
# and 43 malignant ones for validation; 72 and 43 for the test. The columns are scaled by mean and standard
# deviation of the *training* rows.
#
# Somebody must choose a threshold. Say that a missed malignant sample costs 10, a false alarm 1. Choose
# the threshold that is cheapest **on the validation data**, then state its cost **on the test data**. A
# threshold chosen on the test is an answer copied from the key.
#
# ### Exercise 6: choose here, pay there
#
# Try every validation score as threshold, and one above them all (never an alarm).
#
# <details><summary>Hint: a helper</summary>
#
# Write a small function inside: the mean cost for given scores, labels and threshold. Use it many times
# on validation, once on test. `np.inf` is above every score.
# </details>


# %% exercise="threshold_and_cost"
def threshold_and_cost(val_scores, val_anomaly, test_scores, test_anomaly, cost_miss, cost_alarm):
    """The threshold that is cheapest on the validation data, and its mean cost on the test data.

    Args:
        val_scores, test_scores: arrays, large means suspicious; alarm where score >= threshold.
        val_anomaly, test_anomaly: boolean arrays of the same lengths.
        cost_miss: cost of an anomaly without alarm.
        cost_alarm: cost of an alarm for a normal case.

    Returns:
        The threshold (any of the cheapest), and the mean cost per test case with it.
    """

    ### BEGIN SOLUTION
    def cost(scores, is_anomaly, threshold):
        alarm = scores >= threshold
        missed, false = is_anomaly & ~alarm, alarm & ~is_anomaly
        return np.mean(cost_miss * missed + cost_alarm * false)

    candidates = [*np.unique(val_scores), np.inf]
    costs = [cost(val_scores, val_anomaly, t) for t in candidates]
    best = candidates[int(np.argmin(costs))]
    return float(best), float(cost(test_scores, test_anomaly, best))
    ### END SOLUTION


# %% check="threshold_and_cost" points=3
for name in ("ten to one", "never is cheapest", "an unlike test"):
    case = anomaly_threshold.threshold_case(name)
    anomaly_threshold.check_threshold(threshold_and_cost, *case)
### BEGIN HIDDEN TESTS
for name in ("always is cheapest", "one far out"):
    case = anomaly_threshold.threshold_case(name)
    anomaly_threshold.check_threshold(threshold_and_cost, *case)
for seed in range(14):
    case = anomaly_threshold.random_threshold_case(seed)
    anomaly_threshold.check_threshold(threshold_and_cost, *case)
### END HIDDEN TESTS

# %%
table = load_breast_cancer()
malignant = table.target == 0


def medical_split(seed: int, contamination: float = 0.0):
    """Scaled training rows (214, 30), validation and test rows with labels, for a random split.

    A share `contamination` of the training rows is replaced by malignant samples.
    """
    rng, swapped = np.random.default_rng(seed), round(214 * contamination)
    good, bad = (rng.permutation(np.flatnonzero(malignant == kind)) for kind in (False, True))
    normal = np.r_[good[: 214 - swapped], bad[86 : 86 + swapped]]
    val, test = np.r_[good[214:285], bad[:43]], np.r_[good[285:], bad[43:86]]
    scale = StandardScaler().fit(table.data[normal]).transform
    parts = (scale(table.data[part]) for part in (normal, val, test))
    return *parts, malignant[val], malignant[test]


medical = Results("detector")
for seed in range(budget(4, 1)):
    normal, val, test, val_label, test_label = medical_split(seed)
    scores = all_scores(normal, np.concatenate([val, test]), seed)
    scores["distance from the mean"] = np.mean(np.concatenate([val, test]) ** 2, axis=1)
    for name, score in scores.items():
        val_score, test_score = score[: len(val)], score[len(val) :]
        _, cost = threshold_and_cost(val_score, val_label, test_score, test_label, 10, 1)
        medical.add(name, seed=seed, AUC=auc(test_score, test_label), cost=cost)
print(
    f"cost per case: always an alarm {np.mean(~test_label):.2f}, never {10 * np.mean(test_label):.2f}"
)
medical.table()

# %% folded="numbers"
report("medical_auc_autoencoder", medical.mean("autoencoder", "AUC"), within=(0.87, 0.97))
report("medical_auc_forest", medical.mean("isolation forest", "AUC"), within=(0.94, 0.98))
report("medical_auc_distance", medical.mean("distance from the mean", "AUC"), within=(0.93, 0.975))
report("cost_always", np.mean(~test_label), within=(0.62, 0.63))
report("cost_autoencoder", medical.mean("autoencoder", "cost"), within=(0.25, 0.55))
report("cost_distance", medical.mean("distance from the mean", "cost"), within=(0.15, 0.35))
behind = medical.mean("autoencoder", "cost") - medical.mean("distance from the mean", "cost")
report("cost_of_autoencoder_over_distance", behind, within=(0.02, 0.35))

# %% [markdown]
# "A high reconstruction error marks the lesion" is true here, and beside the point: the *distance from
# the mean* does better. It is the error of a network that rebuilds every sample as the mean; what training
# adds helps it to rebuild malignant samples, too. And when a miss costs ten false alarms, an AUC of about
# 0.9 is worth little: at its threshold the autoencoder still costs a good part of what an alarm for
# everyone costs.
#
# ## Break it: anomalies among the training data
#
# "Train on normal data only" is easily said. Who looked at all of them? Replace 5 % or 10 % of the
# training rows by 6s, and tell nobody: **contamination**. **Predict first:** what becomes of the AUC for
# 6s?


# %%
def contaminated(share: float, seed: int) -> np.ndarray:
    """3,600 training digits, a share of them replaced by 6s."""
    rng, swapped = np.random.default_rng(seed), round(3600 * share)
    normal, bad = (
        rng.permutation(x_train[part]) for part in (digits.y_train != 6, digits.y_train == 6)
    )
    return np.concatenate([normal[: 3600 - swapped], bad[:swapped]])


is_six, spoilt = digits.y_test == 6, Results("detector", "6s among the training data")
for share in (0.0, 0.05, 0.1)[:: budget(1, 2)]:
    for name, score in all_scores(contaminated(share, seed=0), x_test).items():
        spoilt.add((name, f"{share:.0%}"), seed=0, AUC=auc(score, is_six))
spoilt.table()

# %%
fig, ax = plt.subplots(figsize=(6.4, 3.6))
frame = spoilt.frame().groupby(["detector", "6s among the training data"], sort=False)["AUC"].mean()
for name in ("autoencoder", "PCA", "nearest neighbour", "isolation forest"):
    ax.plot(frame[name].index, frame[name].to_numpy(), "o-", label=name)
ax.axhline(0.5, color=plots.GREY, linestyle=":", label="chance")
ax.set(title="A few 6s in the training data, and 6s pass unseen", xlabel="share of 6s in training")
ax.set(ylabel="AUC for 6s", ylim=(0.4, 1))
ax.legend(fontsize=9)
plots.show(
    fig,
    alt="AUC against the share of 6s in training, 0, 5 and 10 per cent: all detectors, from 0.65 to 0.9 at "
    "first, come down to about 0.5.",
)

# %% folded="numbers"
report("auc_six_clean", spoilt.mean(("autoencoder", "0%"), "AUC"), within=(0.82, 0.95))
fall = spoilt.mean(("autoencoder", "0%"), "AUC") - spoilt.mean(("autoencoder", "10%"), "AUC")
report("fall_six_autoencoder", fall, within=(0.3, 0.5))
report(
    "auc_six_autoencoder_ten_percent",
    spoilt.mean(("autoencoder", "10%"), "AUC"),
    within=(0.4, 0.55),
)
if budget(1, 0):
    report(
        "auc_six_autoencoder_five_percent",
        spoilt.mean(("autoencoder", "5%"), "AUC"),
        within=(0.5, 0.66),
    )

# %% [markdown]
# Five in a hundred, and the AUC falls from near 0.9 to about 0.6; ten in a hundred, and it is chance. 360
# sixes among 3,600 digits are as many as there are of each normal digit: a 6 is then one normal class of
# ten. The obvious repair, to let the detector throw out its own worst training rows, fails: it has learnt
# them. With 200 labels it can be done (*Going deeper*).
#
# ### Written question
#
# A factory trains an autoencoder on photographs of good parts. One morning the lens is fogged; every
# picture is an even grey, and the system reports "the best parts that we ever made". The engineer
# proposes a larger latent dimension, "so that the model understands more". Explain why the score failed,
# why the remedy will not help, and propose one measure that would have caught the fogged lens, with the
# test that would show it. (4 to 6 sentences.)

# %% [markdown] answer="fogged_lens" points=3
# **Model answer.** The score measures how hard a picture is to rebuild through the latent code, not how
# likely it is among good parts; an even picture needs almost none of the code, so its error is
# lower than that of any real part (as the never-seen 1s, with little ink, scored lower than normal
# digits). A larger code lowers errors further, but for anomalies as well, and a grey that
# already scores lowest will not rise above real parts. One remedy: an alarm at both ends, i.e. also
# when the score is *lower* than, say, the lowest 0.5 % of good parts; or add a second score of the
# picture itself (contrast, mean grey value) or of the code (Mahalanobis distance to the codes of
# good parts). To show that it works: choose its threshold on validation pictures, then state on
# unseen good parts how often there is a false alarm, and on fogged, over-exposed and blurred pictures
# that were not used for the choice how many are found.
#
# **Rubric.** 1 point: the error says how easy a picture is to rebuild, not how normal; flat is easy.
# 1 point: a larger code rebuilds anomalies better too. 1 point: a measure that reacts to *too good*
# a reconstruction or to the code or the picture itself, with a test on held-out data (false alarms
# among good parts and detections among odd ones).

# %% [markdown]
# ## Summary
#
# 1. The reconstruction error says how hard an example is to rebuild, not how rare it is.
# 2. AUC counts pairs; average precision needs the alarm's class as positive, and the prevalence beside it.
# 3. The anomaly decides: 2s are found, 9s hardly, and 1s score below normal digits for want of ink.
# 4. Simple baselines often win. A threshold is chosen on validation data by cost, its cost stated on test
#    data.
# 5. A few anomalies in the training data teach the network to rebuild them.
#
# ## References
#
# - J. A. Hanley, B. J. McNeil (1982). The meaning and use of the area under a receiver operating
#   characteristic (ROC) curve. *Radiology* 143.
# - P. C. Mahalanobis (1936). On the generalized distance in statistics. *Proceedings of the National
#   Institute of Sciences of India* 2.
# - W. N. Street, W. H. Wolberg, O. L. Mangasarian (1993). Nuclear feature extraction for breast tumor
#   diagnosis. *SPIE* 1905.
# - N. Japkowicz, C. Myers, M. Gluck (1995). A novelty detection approach to classification. *IJCAI*.
# - F. T. Liu, K. M. Ting, Z.-H. Zhou (2008). Isolation forest. *IEEE International Conference on Data
#   Mining*.
