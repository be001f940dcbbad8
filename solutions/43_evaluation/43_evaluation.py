# ---
# title: Judging what was made
# question: How do you tell a good generator from a bad one, and which failures does a score not see?
# picture: A table of eight sources of digits and seven scores; no score sees every failure, and only the copied share sees copies
# seconds: 65
# goals:
#   - write the scores that papers report, from the Inception score to coverage
#   - hold each of them against an exact oracle
#   - say which failure each score does not see
#   - find out whether a generator copies
#   - win a score with noise, and know what follows from it
# terms:
#   features: the outputs of a classifier's last hidden layer, in which pictures are compared
#   Inception score: the exponential of the mean KL divergence of each picture's class probabilities from their average
#   Fréchet distance: the distance of two Gaussians by mean and covariance; squared, between features, it is called FID
#   FID: the squared Fréchet distance between the features of real and of made pictures
#   bias: the difference between the mean of an estimate and the truth
#   KID: kernel distance, an unbiased estimate of the squared maximum mean discrepancy of features
#   precision: here, the share of made pictures that lie where real ones lie (fidelity)
#   recall: here, the share of real pictures that lie where made ones lie (variety)
#   coverage: the share of balls around real pictures with at least one made picture inside
#   memorisation: a generator that gives back what it was trained on
#   copied share: the share of made pictures that are nearer to a known picture than to a fresh one; one half without memorisation
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist

from course_utils import classifier, plots
from course_utils.checks import evaluation
from course_utils.data import gaussian_digits, load_digits
from course_utils.report import Results, report
from course_utils.training import budget, progress_bar

# %% [markdown]
# ## Eight sources of digits
#
# Eight sources offer pictures of digits. Each may have studied 1,500 real ones, the **known** digits. A
# good source gives *new* pictures that look as if they came from the same pens. One source is real, one is
# a simple generator (a Gaussian for each digit); the others are real digits, spoilt in a way that real
# generators are accused of. As we spoil them ourselves, we know what is wrong: so we can test the tests.

# %%
digits = load_digits()
pool, labels = digits.x_train[: budget(4000, 1000)], digits.y_train[: budget(4000, 1000)]
N_KNOWN, N_MADE = budget(1500, 300), budget(1000, 200)


def make_sources(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Images (n, 28, 28) of each source, and which of the pool are known and which fresh."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pool))
    known, fresh, rest = (
        order[:N_KNOWN],
        order[N_KNOWN : 2 * N_KNOWN],
        order[2 * N_KNOWN :][:N_MADE],
    )
    real, copies = pool[rest], pool[known[:N_MADE]]
    one_each = [rest[labels[rest] == d][0] for d in range(10)]
    by_digit = [pool[known][labels[known] == d] for d in range(10)]
    sources = {
        "real": real,
        "blurred": gaussian_filter(real, (0, 1, 1)),
        "noisy": real + rng.normal(0, 0.3, real.shape),
        "one digit missing": real[labels[rest] != seed % 10],
        "one picture per digit": np.repeat(pool[one_each], N_MADE // 10, axis=0),
        "copies": copies,
        "noisy copies": copies + rng.normal(0, 0.1, copies.shape),
        "ten Gaussians": np.concatenate([gaussian_digits(x, N_MADE // 10, seed) for x in by_digit]),
    }
    return {name: np.clip(x, 0, 1).astype("float32") for name, x in sources.items()}, known, fresh


sources, known, fresh = make_sources(0)
some = np.random.default_rng(0)
rows = {name: x[some.permutation(len(x))[:12]] for name, x in sources.items()}
plots.show(
    plots.image_rows(rows, "Eight sources of digits", size=0.62),
    alt="Eight rows of twelve digits: real; blurred; noisy; without one digit; the same ten pictures again and "
    "again; copies, looking real; slightly noisy copies; half-legible digits of ten Gaussians.",
)

# %% [markdown]
# **Predict first:** put the eight in order, best first. Where do the copies belong?
#
# All scores of this lesson look at the outputs of a *classifier*: its class probabilities, or its last hidden
# layer, the **features**. For photographs that is Inception-v3. Ours, the **judge**, is the small digit
# classifier of the course, with 64 features. Every score is computed for several random divisions of the pool
# into *known*, *fresh* (real digits that no source has seen) and the rest, so each comes with a spread.

# %%
looked = []  # for each division: features and probabilities of each source; features of known and fresh
pool_features = classifier.features(pool)
for seed in progress_bar(range(budget(4, 2)), "the classifier looks at eight sources"):
    sources, known, fresh = make_sources(seed)
    views = {name: classifier.look(x) for name, x in sources.items()}
    looked.append((views, pool_features[known], pool_features[fresh]))

# %% [markdown]
# ## Inception score: sure, and varied
#
# Salimans et al. (2016) asked two things. Each picture $x_i$ should make the classifier *sure*: its class
# probabilities $p_i$ have one high entry. And the set should be *varied*: the average $\bar p$ is spread
# over all classes. Both say that $p_i$ is far from $\bar p$. The **Inception score** is
#
# $$\mathrm{IS} = \exp\Big(\frac1n \sum_{i=1}^n \sum_{c} p_{ic} \log \frac{p_{ic}}{\bar p_c}\Big) .$$
#
# The worst value is 1 (all $p_i$ equal), the best is the number of classes.
#
# ### Exercise 1: the Inception score
#
# A probability may be exactly 0; it then adds nothing, since $p \log p \to 0$.
#
# <details><summary>Hint: zeros</summary>
#
# Where $p_{ic} = 0$ you may take the logarithm of anything else, as the term is multiplied by 0.
# </details>


# %% exercise="inception_score"
def inception_score(probabilities: np.ndarray) -> float:
    """Inception score of n pictures, one set, not split.

    Args:
        probabilities: class probabilities (n, c); rows sum to 1, entries may be 0.

    Returns:
        The score, between 1 and c.
    """
    ### BEGIN SOLUTION
    p = np.asarray(probabilities, dtype=float)
    mean = p.mean(axis=0)
    logs = np.log(np.where(p > 0, p, 1.0)) - np.log(np.where(mean > 0, mean, 1.0))
    return float(np.exp(np.mean(np.sum(p * logs, axis=1))))
    ### END SOLUTION


# %% check="inception_score" points=2
evaluation.check_inception(
    inception_score, [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.6, 0.3, 0.1]]
)
evaluation.check_inception(inception_score, np.eye(10))
evaluation.check_inception(inception_score, [[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0]])
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(5)
evaluation.check_inception(inception_score, np.full((5, 4), 0.25))
for n, c in [(1, 10), (7, 2), (30, 10), (4, 25), (400, 100)]:
    evaluation.check_inception(inception_score, rng.dirichlet(np.full(c, 0.3), size=n))
evaluation.check_inception(inception_score, np.eye(6)[[0, 0, 0, 1, 5]])
### END HIDDEN TESTS

# %%
scores = Results("source")
collected = {}


def collect(name: str, score) -> None:
    """Note a score of each source in each division; it gets features, probabilities, known and fresh."""
    collected[name] = score
    for seed, (views, known, fresh) in enumerate(looked):
        for source, view in views.items():
            scores.add(source, seed, **{n: s(*view, known, fresh) for n, s in collected.items()})


collect("Inception score", lambda f, p, known, fresh: inception_score(p))
scores.table()

# %% folded="numbers"
report("is_real", scores.mean("real", "Inception score"), within=(9.78, 9.90))
report(
    "is_one_picture_per_digit",
    scores.mean("one picture per digit", "Inception score"),
    within=(9.85, 10),
)
more = scores.values("one picture per digit", "Inception score") - scores.values(
    "real", "Inception score"
)
report("is_one_picture_per_digit_minus_real", more.min(), within=(0, 0.2))
report("is_copies", scores.mean("copies", "Inception score"), within=(9.75, 9.90))
report("is_noisy", scores.mean("noisy", "Inception score"), within=(4.2, 5.8))

# %% [markdown]
# A source that knows **ten pictures** and repeats them gets *more* than real digits: the score never looks
# inside a class. Copies pass, too. And note what is missing from the formula: *real data*.
#
# ## FID: two clouds of features
#
# Heusel et al. (2017) compare with real data. Describe the cloud of features of the made pictures by mean
# $\mu_1$ and covariance $\Sigma_1$, the real ones by $\mu_2$ and $\Sigma_2$, and take the squared **Fréchet
# distance** of the two Gaussians (Dowson & Landau 1982). It is called **FID**:
#
# $$\mathrm{FID} = \lVert \mu_1 - \mu_2 \rVert^2 + \operatorname{tr}\big(\Sigma_1 + \Sigma_2 - 2 (\Sigma_1 \Sigma_2)^{1/2}\big) .$$
#
# The root is a *matrix* root, not the root of each entry. Only its trace is needed: the sum of the roots of
# the eigenvalues of $\Sigma_1\Sigma_2$. The symmetric matrix $\Sigma_1^{1/2} \Sigma_2 \Sigma_1^{1/2}$ has the
# same ones, and they cannot be negative. (Collapsed sources have a *singular* covariance.)
#
# ### Exercise 2: the Fréchet distance and the FID
#
# `fid` takes two sets of features, points as **rows**. Use the covariance that divides by $n - 1$.
#
# <details><summary>Hint: the root of a symmetric matrix</summary>
#
# `values, vectors = np.linalg.eigh(cov)`. The root has the same vectors and the roots of the values. Clip
# at 0 before taking roots.
# </details>
# <details><summary>Hint: covariance</summary>
#
# `np.cov` takes *columns* as points unless you say `rowvar=False`.
# </details>


# %% exercise="fid"
def frechet_distance(
    mean1: np.ndarray, cov1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray
) -> float:
    """Squared Fréchet distance of two Gaussians, means (d,), covariances (d, d), maybe singular."""
    ### BEGIN SOLUTION
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ cov2 @ root), 0, None)).sum()
    return float(np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross)
    ### END SOLUTION


def fid(x: np.ndarray, y: np.ndarray) -> float:
    """Fréchet distance of the Gaussians with the moments of features x (n, d) and y (m, d)."""
    ### BEGIN SOLUTION
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return frechet_distance(
        x.mean(axis=0), np.cov(x, rowvar=False), y.mean(axis=0), np.cov(y, rowvar=False)
    )
    ### END SOLUTION


# %% check="fid" points=3
for name in ("equal", "round", "tilted", "singular"):
    evaluation.check_frechet(frechet_distance, name)
rng = np.random.default_rng(2)
collapsed = np.repeat(rng.normal(size=(10, 64)), 5, axis=0)
evaluation.check_fid(fid, rng.normal(size=(10, 3)), 2 * rng.normal(size=(10, 3)) + 1)
evaluation.check_fid(fid, collapsed, rng.normal(size=(80, 64)) + 1, rtol=1e-2)
### BEGIN HIDDEN TESTS
for name in ("3", "7", "64", "commuting"):
    evaluation.check_frechet(frechet_distance, name)
evaluation.check_fid(fid, rng.normal(size=(20, 3)), 2 * rng.normal(size=(9, 3)) + 1)
evaluation.check_fid(fid, rng.normal(size=(300, 100)), rng.normal(size=(200, 100)) + 0.5)
evaluation.check_fid(fid, collapsed, collapsed.copy())
### END HIDDEN TESTS

# %%
collect("FID", lambda f, p, known, fresh: fid(f, fresh))
n_pictures = [50, 100, 200, 500, 1000][: budget(5, 3)]
of_halves = []
for n in n_pictures:
    picks = [np.random.default_rng(s).permutation(len(pool))[: 2 * n] for s in range(budget(10, 2))]
    of_halves.append([fid(pool_features[pick[:n]], pool_features[pick[n:]]) for pick in picks])
fig, ax = plt.subplots(figsize=(5.6, 3.2))
ax.errorbar(n_pictures, np.mean(of_halves, axis=1), np.std(of_halves, axis=1), fmt="o", capsize=3)
ax.plot(
    n_pictures,
    np.mean(of_halves, axis=1)[-1] * n_pictures[-1] / np.array(n_pictures),
    "--",
    label="constant / n",
)
ax.set(xscale="log", yscale="log", title="FID of real digits from real digits (truth: 0)")
ax.set(xlabel="pictures in each sample, n", ylabel="FID")
ax.legend()
plots.show(
    fig,
    alt="FID between two samples of real digits falls on a straight line with the sample size in double "
    "logarithmic axes, from about 60 at 50 pictures to 3 at 1,000.",
)
scores.table("Inception score", "FID")

# %% folded="numbers"
report("fid_halves_50", np.mean(of_halves[0]), within=(50, 72))
report("fid_halves_1000", np.mean(of_halves[-1]), within=(2.5, 3.9))
for name, within in {
    "real": (1.9, 3.2),
    "blurred": (30, 44),
    "one digit missing": (8, 20),
    "noisy": (180, 215),
    "one picture per digit": (75, 140),
    "copies": (1.9, 3.4),
    "ten Gaussians": (30, 70),
    "noisy copies": (17, 27),
}.items():
    report("fid_" + name.replace(" ", "_"), scores.mean(name, "FID"), within=within)

# %% [markdown]
# FID sees every failure but one: **copies** get the score of real digits, because they *are* real digits.
# And digits with noise, which you read at a glance, get the worst score of all: nobody taught this
# classifier that noise does not matter.
#
# Real digits have an FID of about 60 from real digits, if you take 50 of each; of about 3 with 1,000. The
# estimate has a **bias** of about a constant over $n$. So an FID without its $n$ says nothing.
#
# ## KID: an unbiased rival
#
# Bińkowski et al. (2018) compare the clouds without Gaussians. A kernel $k(x, y)$ says how alike two points
# are; **KID** compares the likeness within the sets to that between them. It estimates their squared maximum
# mean discrepancy (MMD):
#
# $$\mathrm{KID} = \frac{1}{n(n-1)}\sum_{i \ne j} k(x_i, x_j) + \frac{1}{m(m-1)}\sum_{i \ne j} k(y_i, y_j) - \frac{2}{nm}\sum_{i,j} k(x_i, y_j), \qquad k(x, y) = \Big(\frac{x \cdot y}{d} + 1\Big)^3 .$$
#
# A point is perfectly like itself, which says nothing about the set, so $i = j$ is left out. The price of
# being right on average is that the estimate is sometimes **negative**.
#
# ### Exercise 3: the kernel distance
#
# <details><summary>Hint: no loops</summary>
#
# `x @ y.T` holds all dot products, shape (n, m). The sum over $i \ne j$ is the sum of all entries minus the
# trace.
# </details>


# %% exercise="kid"
def kid(x: np.ndarray, y: np.ndarray) -> float:
    """Unbiased squared MMD of features x (n, d) and y (m, d), kernel (x·y / d + 1)³."""
    ### BEGIN SOLUTION
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    (n, d), m = x.shape, len(y)
    xx, yy, xy = ((a @ b.T / d + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    within = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return float(within - 2 * xy.mean())
    ### END SOLUTION


# %% check="kid" points=2
evaluation.check_kid(kid, [[0, 1, 1], [2, 0, 0], [1, 1, -1], [-1, 2, 2]], [[1, -1, 2], [4, 2, 1]])
evaluation.check_kid_unbiased(kid)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(8)
for n, m, d in [(2, 2, 1), (3, 7, 4), (9, 5, 3), (6, 6, 20), (40, 30, 100)]:
    evaluation.check_kid(kid, rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 0.5)
evaluation.check_kid(kid, [[1, 0], [1, 0], [2, 1]], [[0, 1], [0, 1], [3, 0]])
### END HIDDEN TESTS

# %% [markdown]
# ## What is wrong? Precision and recall
#
# A bad FID does not say what is bad. Are the pictures poor, or are some kinds missing? Kynkäänniemi et al.
# (2019): put a ball around each point of a set, as large as the distance to its $k$-th nearest *other* point
# of the same set. All balls together are a guess of where that set lives.
#
# - **Precision**: the share of *made* pictures inside at least one ball of the *real* ones (fidelity).
# - **Recall**: the share of *real* pictures inside at least one ball of the *made* ones (variety).
#
# ### Exercise 4: precision and recall
#
# `distances(a, b)` gives all distances (n, m).
#
# <details><summary>Hint: the radii</summary>
#
# Sort each row of the distances *within* a set. The first column is each point's distance to itself: 0.
# Which column holds the $k$-th *other* point?
# </details>
# <details><summary>Hint: two tables of truth values</summary>
#
# Compare `distances(real, made)` with the real points' radii as a column, and `any` over one axis; then with
# the made points' radii as a row, and `any` over the other axis.
# </details>


# %%
def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distances (n, m) of points a (n, d) from points b (m, d)."""
    return cdist(np.asarray(a, dtype=float), np.asarray(b, dtype=float))


# %% exercise="precision_recall"
def precision_recall(real: np.ndarray, made: np.ndarray, k: int) -> tuple[float, float]:
    """Precision and recall by balls that reach to the k-th nearest other point of the same set.

    Args:
        real: features of real pictures (n, d).
        made: features of made pictures (m, d).
        k: which neighbour sets the radius; less than n and m. An equal picture is a neighbour, too.

    Returns:
        Precision and recall, each from 0 to 1. A point on the rim of a ball is inside.
    """
    ### BEGIN SOLUTION
    radii_real = np.sort(distances(real, real), axis=1)[:, k]
    radii_made = np.sort(distances(made, made), axis=1)[:, k]
    between = distances(real, made)
    precision = np.mean(np.any(between <= radii_real[:, None], axis=0))
    recall = np.mean(np.any(between <= radii_made[None, :], axis=1))
    return float(precision), float(recall)
    ### END SOLUTION


# %% check="precision_recall" points=3
line, others = evaluation.points("line"), evaluation.points("line, others")
evaluation.check_precision_recall(precision_recall, line, others, 1)
evaluation.check_precision_recall(precision_recall, line, others, 2)
evaluation.check_precision_recall(precision_recall, line, evaluation.points("line, rim"), 1)
evaluation.check_precision_recall(precision_recall, line, evaluation.points("thrice"), 2)
### BEGIN HIDDEN TESTS
evaluation.check_precision_recall(
    precision_recall, evaluation.points("clusters"), evaluation.points("one cluster"), 2
)
evaluation.check_precision_recall(precision_recall, evaluation.points("thrice"), line, 2)
evaluation.check_precision_recall(precision_recall, line, evaluation.points("collapsed"), 2)
for seed, n, m, d, k in [
    (1, 12, 9, 3, 3),
    (2, 8, 15, 2, 2),
    (3, 10, 10, 6, 1),
    (4, 7, 6, 1, 4),
    (5, 60, 40, 70, 3),
]:
    rng = np.random.default_rng(seed)
    evaluation.check_precision_recall(
        precision_recall, rng.normal(size=(n, d)), rng.normal(size=(m, d)) * 0.6 + 0.8, k
    )
### END HIDDEN TESTS

# %% [markdown]
# ## Coverage, with an exact oracle
#
# Where points are rare, balls are huge, and nearly anything is inside. Naeem et al. (2020) repaired both
# numbers with **real balls only**. *Density*: in how many real balls is a made picture, on average, divided
# by $k$? **Coverage**: the share of real balls with at least one made picture inside. If real and made
# pictures come from one source, the expected coverage is known *exactly*, in any number of dimensions:
#
# $$\mathbb E[\text{coverage}] = 1 - \prod_{i=1}^{k} \frac{n - i}{n + m - i} .$$
#
# ### Exercise 5: density and coverage
#
# <details><summary>Hint</summary>
#
# Both come from one table of truth values, real points × made points. One of them sums it, the other uses
# `any`. Which axis runs over the made pictures?
# </details>


# %% exercise="density_coverage"
def density_coverage(real: np.ndarray, made: np.ndarray, k: int) -> tuple[float, float]:
    """Density and coverage of features made (m, d) for features real (n, d), k-th neighbours.

    A ball around a real point reaches to its k-th nearest other real point, rim included; k < n.
    """
    ### BEGIN SOLUTION
    radii = np.sort(distances(real, real), axis=1)[:, k]
    inside = distances(real, made) <= radii[:, None]
    return float(inside.sum() / (k * len(made))), float(inside.any(axis=1).mean())
    ### END SOLUTION


# %% check="density_coverage" points=2
line = evaluation.points("line")
for name in ("line, five", "line, dense", "line, two"):
    evaluation.check_density(density_coverage, line, evaluation.points(name), 2)
evaluation.check_density(density_coverage, evaluation.points("thrice"), line + 0.2, 2)
evaluation.check_coverage_oracle(density_coverage)
### BEGIN HIDDEN TESTS
for seed, n, m, d, k in [
    (1, 12, 9, 3, 3),
    (2, 8, 15, 2, 2),
    (3, 10, 10, 6, 1),
    (4, 7, 30, 1, 4),
    (5, 60, 40, 70, 3),
]:
    rng = np.random.default_rng(seed)
    evaluation.check_density(
        density_coverage, rng.normal(size=(n, d)), rng.normal(size=(m, d)) * 0.6 + 0.5, k
    )
evaluation.check_density(density_coverage, line, evaluation.points("collapsed"), 2)
### END HIDDEN TESTS

# %% [markdown]
# ## Did it copy?
#
# All scores so far wave the copies through. They must: copies *are* perfect, for whoever has not seen the
# known digits. So ask for **memorisation**: is the nearest neighbour of a made picture among the **known**
# digits closer, or the one among equally many **fresh** digits? For pictures that have nothing to do with
# either set both are alike: the expected **copied share** is **one half**, for every distance and all
# features. A share far above ½ means that the source is drawn to the very pictures it studied.
#
# ### Exercise 6: the copied share
#
# <details><summary>Hint: why must the sets be of equal size?</summary>
#
# With 2,000 known and 1,000 fresh digits, who has more chances to be near? (Refuse it with a `ValueError`.)
# </details>


# %% exercise="copied_share"
def copied_share(made: np.ndarray, known: np.ndarray, fresh: np.ndarray) -> float:
    """Share of made pictures whose nearest known one is closer than the nearest fresh one.

    Args:
        made: features (m, d).
        known: features of the pictures that the source studied (n, d).
        fresh: features of equally many that it did not (n, d).

    Returns:
        The share, from 0 to 1; a tie counts one half.

    Raises:
        ValueError: known and fresh differ in number, which would be unfair.
    """
    ### BEGIN SOLUTION
    if len(known) != len(fresh):
        raise ValueError(f"{len(known)} known but {len(fresh)} fresh pictures: not a fair race")
    to_known = distances(made, known).min(axis=1)
    to_fresh = distances(made, fresh).min(axis=1)
    return float(np.mean((to_known < to_fresh) + 0.5 * (to_known == to_fresh)))
    ### END SOLUTION


# %% check="copied_share" points=2
sets = [evaluation.points(name) for name in ("near known", "known", "fresh")]
evaluation.check_copied(copied_share, evaluation.points("tied"), *sets[1:])
evaluation.check_copied(copied_share, *sets)
evaluation.check_refused(copied_share, 4, 3)
evaluation.check_refused(copied_share, 2, 4)
### BEGIN HIDDEN TESTS
evaluation.check_copied(copied_share, sets[1], sets[1], sets[2])
evaluation.check_copied(copied_share, sets[2][:2], sets[1], sets[2])
evaluation.check_copied(copied_share, evaluation.points("tied")[:1], sets[1], sets[1].copy())
for seed, n, m, d in [(1, 6, 9, 3), (2, 15, 4, 8), (3, 1, 5, 2), (4, 50, 30, 70)]:
    rng = np.random.default_rng(seed)
    evaluation.check_copied(copied_share, *(rng.normal(size=(size, d)) for size in (m, n, n)))
evaluation.check_refused(copied_share, 3, 4)
evaluation.check_refused(copied_share, 4, 2)
### END HIDDEN TESTS

# %% [markdown]
# ## Which score sees which failure?

# %%
K = 5
collect("KID", lambda f, p, known, fresh: kid(f, fresh))
collect("Precision", lambda f, p, known, fresh: precision_recall(fresh, f, K)[0])
collect("Recall", lambda f, p, known, fresh: precision_recall(fresh, f, K)[1])
collect("Coverage", lambda f, p, known, fresh: density_coverage(fresh, f, K)[1])
collect("Copied share", lambda f, p, known, fresh: copied_share(f, known, fresh))
names, heads = list(looked[0][0]), list(collected)
sign = np.array([-1 if head in ("FID", "KID", "Copied share") else 1 for head in heads])
table = np.array(
    [[sign[c] * scores.values(name, head) for c, head in enumerate(heads)] for name in names]
)
seen = table.max(axis=-1) < table[0].min(
    axis=-1
)  # in every division worse than the worst of the real ones
fig, ax = plt.subplots(figsize=(9, 4.2))
ax.imshow(seen, cmap="Oranges", vmin=0, vmax=2, aspect="auto")
for (row, column), _ in np.ndenumerate(seen):
    value = scores.mean(names[row], heads[column])
    ax.text(
        column,
        row,
        f"{value:.0f}" if abs(value) >= 20 else f"{value:.2f}",
        ha="center",
        va="center",
    )
ax.set_xticks(
    range(len(heads)), [f"{h}\n{'↑' if s > 0 else '↓'}" for h, s in zip(heads, sign, strict=True)]
)
ax.set_yticks(range(len(names)), names)
ax.xaxis.tick_top()
ax.grid(False)
ax.set_title("Orange: worse than real digits in every division", pad=10)
plots.show(
    fig,
    alt="A table of eight sources by seven scores, orange where a score is worse than that of real digits. Blur, "
    "noise and the Gaussians are orange nearly everywhere. One picture per digit is pale under the Inception score "
    "and precision. Copies are pale everywhere but under the copied share.",
    name="43_evaluation",
)

# %% folded="numbers"
oracle = 1 - np.prod((N_KNOWN - np.arange(1, K + 1)) / (N_KNOWN + N_MADE - np.arange(1, K + 1)))
report(
    "coverage_real_minus_oracle", scores.mean("real", "Coverage") - oracle, within=(-0.015, 0.015)
)
report(
    "precision_one_picture_per_digit",
    scores.mean("one picture per digit", "Precision"),
    within=(0.8, 1),
)
report(
    "recall_one_picture_per_digit",
    scores.mean("one picture per digit", "Recall"),
    within=(0, 0.001),
)
report("kid_real", scores.mean("real", "KID"), within=(-0.5, 0.5))
report("copied_real", scores.mean("real", "Copied share"), within=(0.46, 0.54))
report("copied_copies", scores.mean("copies", "Copied share"), within=(0.999, 1))
report("copied_noisy_copies", scores.mean("noisy copies", "Copied share"), within=(0.72, 0.9))
report(
    "precision_sees_missing_digit",
    seen[names.index("one digit missing"), heads.index("Precision")],
    within=(0, 0),
)
report("scores_blind_to_copies", np.sum(~seen[names.index("copies")]), within=(6, 6))

# %% [markdown]
# Read it by rows. **Copies** escape every score but the last. **One picture per digit** is *better than
# reality* for the Inception score, and fine for precision; recall and coverage expose it. **A missing digit**
# escapes precision, which never asks what is absent. Read it by columns: no score sees everything. Coverage
# of real digits meets its oracle, and so does the copied share: ½.
#
# ## Break it: win a score with noise
#
# "When a measure becomes a target, it ceases to be a good measure" (Strathern 1997). Our targets are
# differentiable. So start from **noise**, and move the *pixels* uphill: push picture $i$ towards class
# $i \bmod 10$. **Predict first:** will you see digits?

# %%
model, aims = classifier.load_classifier(), np.arange(100) % 10
start = np.random.default_rng(0).uniform(0, 0.5, (100, 28, 28)).astype("float32")
images = tf.Variable(start)
optimizer = keras.optimizers.Adam(0.05)
optimizer.build([images])
sure = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function(autograph=False)
def step():
    """One step uphill, pixels kept in [0, 1]."""
    with tf.GradientTape() as tape:
        loss = sure(aims, model(images, training=False)[1])
    optimizer.apply_gradients([(tape.gradient(loss, images), images)])
    images.assign(tf.clip_by_value(images, 0.0, 1.0))


for _ in progress_bar(range(budget(70, 5)), "forging"):
    step()
forged = images.numpy()
real = make_sources(0)[0]["real"][:100]
rows = {"real": real[:10], "forged": forged[:10]}
plots.show(
    plots.image_rows(rows, "The second row has the better Inception score"),
    alt="Ten real digits, and ten pictures of noise in which no digit can be seen.",
)
forged_is, real_is = (inception_score(classifier.probabilities(x)) for x in (forged, real))
forged_fid, real_fid = (fid(classifier.features(x), looked[0][2]) for x in (forged, real))
print(
    f"Inception score: forged {forged_is:.2f}, real {real_is:.2f}; FID: forged {forged_fid:.0f}, real {real_fid:.0f}"
)

# %% folded="numbers"
report("is_forged", forged_is, within=(9.8, 10))
report("is_forged_minus_real", forged_is - real_is, within=(0, 1))
report("fid_forged_over_real", forged_fid / real_fid, within=(3, 100))

# %% [markdown]
# Noise beats real digits at the Inception score (Barratt & Sharma 2018 did the same to Inception-v3). FID
# unmasks it here, but FID can be forged in the same way: *Going deeper* does it. This is not a trick of
# villains only. Whoever picks the best of a hundred trainings by a score has climbed the same hill a little.
# The repair: choose by one judge, report by another; show several scores; and look at the pictures.
#
# ### Written question
#
# A colleague shows this table. Each row was computed with the same judge from 1,000 pictures, against the
# 1,500 pictures of the training set, with $k = 5$:
#
# | source | FID | Precision | Coverage |
# |---|---|---|---|
# | her generator | 0.6 | 0.99 | 0.99 |
# | real digits that were not used in training | 2.3 | 0.95 | 0.92 |
#
# She concludes: "My generator is better than reality." How can a source score better than real data, what
# do you suspect, and which measurement would you ask for, with which outcome for an innocent generator? (3
# to 6 sentences.)

# %% [markdown] answer="better_than_reality" points=3
# **Model answer.** The reference is the set that the generator has seen. Two samples of the same source
# never have FID 0 (a bias of order $1/n$ from independent errors of mean and covariance), so 2.3 is about
# what an honest, perfect source gets. A score *below* that means that the made pictures share the
# *accidents* of the training set: the generator has memorised at least part of it. Precision and coverage
# are suspicious for the same reason: for an honest source coverage is near its exact value, here 0.92. I
# would compute all three against fresh real pictures of the same number (an innocent generator is then at
# or above 2.3), and the share of made pictures that are closer to a training picture than to any of equally
# many fresh ones: ½ for an innocent generator, towards 1 for a copier. I would look at nearest neighbours,
# too.
#
# **Rubric.** 1 point: explains that real data have a positive FID (sampling bias), so that the value below
# it comes from sharing the reference's accidents, not from quality. 1 point: suspects memorisation, and
# says that the reference is the training set. 1 point: asks for a measurement that separates the two
# (held-out reference, copied share, authenticity, distances to nearest neighbours) **and** says what an
# innocent generator would give.

# %% [markdown]
# ## Summary
#
# 1. The Inception score never meets real data: a collapse within classes and copies pass, and noise wins it.
# 2. FID compares two Gaussians of features; between samples of one source it is about a constant over $n$.
#    KID is unbiased.
# 3. Precision, recall and coverage say *what* is wrong; coverage of an honest source is known exactly.
# 4. Only a score that knows the known digits sees copies; for an honest source the copied share is ½.
# 5. A score means: these features, this $n$, this reference, this spread. And look at the pictures.
#
# ## References
#
# - D. Dowson, B. Landau (1982). The Fréchet distance between multivariate normal distributions. *Journal of
#   Multivariate Analysis* 12.
# - M. Strathern (1997). 'Improving ratings': audit in the British university system. *European Review* 5.
# - T. Salimans and others (2016). Improved techniques for training GANs. *NeurIPS*.
# - M. Heusel and others (2017). GANs trained by a two time-scale update rule converge to a local Nash
#   equilibrium. *NeurIPS*.
# - M. Bińkowski, D. Sutherland, M. Arbel, A. Gretton (2018). Demystifying MMD GANs. *ICLR*.
# - S. Barratt, R. Sharma (2018). A note on the Inception score. *arXiv* 1801.01973.
# - T. Kynkäänniemi and others (2019). Improved precision and recall metric for assessing generative models.
#   *NeurIPS*.
# - M. Naeem and others (2020). Reliable fidelity and diversity metrics for generative models. *ICML*.
