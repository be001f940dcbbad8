# ---
# title: What codes are good for
# question: Can a code that was learned without labels tell letters apart in fonts that nobody has seen?
# picture: Five letters, each with its eight nearest letters in other fonts; by pixels many are other letters, by code fewer are
# seconds: 60
# goals:
#   - measure a code by a linear probe with few labels
#   - train a code that ignores what should not matter, without labels
#   - search by code, and by four bytes, for the same letter in other fonts
#   - measure clusters by the adjusted Rand index
#   - find and repair data leakage between fonts
#   - say what a t-SNE map shows and what it does not
# terms:
#   linear probe: a linear classifier on codes that stay as they are; it tells how easily a class can be read from them
#   label budget: how many labelled examples of each class may be used
#   self-supervised learning: training whose targets are made from the inputs themselves, without labels
#   denoising autoencoder: a network that is trained to give back the clean picture from a noisy copy
#   data augmentation: changed copies of the training examples that keep what matters
#   cosine similarity: the product of two vectors divided by the product of their lengths; 1 for the same direction
#   precision at k: the share of the right ones among the k results that come first
#   locality-sensitive hashing: short bit codes that agree in more places, the more alike two vectors are
#   Hamming distance: in how many places two bit codes differ
#   adjusted Rand index: agreement of two groupings, counted in pairs; 1 for the same groups, 0 on average by chance
#   data leakage: the test examples are not as new as they seem, because relatives of theirs are in the training
#   t-SNE: a method that places points in a plane so that near neighbours stay near
# ---

# %% folded="imports"
import string

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers, ops
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from course_utils import plots
from course_utils.checks import representations, retrieval
from course_utils.data import load_letters
from course_utils.explorers import explore_neighbours
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## Letters in fonts that nobody has seen
#
# The picture above asks for the same letter in other fonts. Searching by pixels finds many wrong letters, searching by a code of 32 numbers fewer. No label was used to train the code. You will build it, and measure what it is good for.
#
# The pictures are the capitals of 403 free fonts, 32 × 32 pixels, 1 for ink. The fonts were split so that training,
# validation and test share no *family* (such as Lato with its bold and italic) and no near copy of one under another
# name. A family together with its near copies is called *kin* here.

# %%
letters = load_letters(string.ascii_uppercase)
n_train, n_test = budget(len(letters.x_train), 26 * 24), budget(1560, 520)
x_train, x_val, x_test = letters.x_train[:n_train], letters.x_val, letters.x_test[:n_test]
y_train, y_val, y_test = letters.y_train[:n_train], letters.y_val, letters.y_test[:n_test]
table_test = letters.table_test[:n_test]
kin_test = table_test["kin"].to_numpy()
some = [place for place, letter in enumerate(letters.characters) if letter in "AEGKMQRST"]
fonts_train, fonts_test = (x.reshape(-1, 26, 32, 32) for x in (letters.x_train, x_test))
rows = {f"training, font {i}": 1 - fonts_train[i, some] for i in (0, 90, 200)}
rows |= {f"test, font {i}": 1 - fonts_test[i, some] for i in (2, 9, 19)}
plots.show(
    plots.image_rows(rows, "The same letters in fonts of different families", size=0.7),
    alt="Six rows with the letters A, E, G, K, M, Q, R, S, T, three in training fonts and three in test fonts: "
    "thin, bold, italic, with and without serifs.",
)

# %% [markdown]
# ## How easily can the letter be read?
#
# A **linear probe** is a linear classifier that is trained on codes which stay as they are. If it is right on new
# pictures, the class can be read from the code easily. The **label budget** is the number $n$ of labelled examples of each class
# that the probe may use. Labels cost work, so small budgets matter.
#
# We use scikit-learn's logistic regression. The larger its strength $C$, the more weakly it is regularised (the less it punishes large weights). The best $C$ differs from code to code, so a fair comparison chooses it for each. The validation fonts are for this choice, the test fonts for the final number. We do not count the validation labels, which are the same for every code.
#
# ### Exercise 1: a linear probe
#
# <details><summary>Hint: which data for what?</summary>
#
# `LogisticRegression(C=strength, max_iter=500)` has `.fit(codes, labels)` and `.score(codes, labels)`, its share of right
# answers. Fit one for each strength on `train`. Score each on `val`, and only the chosen one on `test`.
# </details>


# %% exercise="linear_probe"
def linear_probe(train, labels, val, val_labels, test, test_labels, strengths) -> float:
    """Test accuracy of the probe that is best on the validation data.

    Args:
        train: codes (n, d); the probes are fitted to these only.
        labels: their labels, integers (n,).
        val: codes (m, d), only to choose the strength.
        val_labels: their labels (m,).
        test: codes (q, d), only for the result.
        test_labels: their labels (q,).
        strengths: list of values of C to try. If several are equally good on the validation data,
            the first of them is taken.

    Returns:
        the share of right answers on `test`, from 0 to 1. Codes are used as they are, unscaled.
        Of the options of `LogisticRegression` only C and `max_iter=500` are set.
    """
    ### BEGIN SOLUTION
    best_accuracy, best_probe = -1.0, None
    for strength in strengths:
        probe = LogisticRegression(C=strength, max_iter=500)
        probe.fit(train, labels)
        accuracy = probe.score(val, val_labels)
        if accuracy > best_accuracy:
            best_accuracy, best_probe = accuracy, probe
    return float(best_probe.score(test, test_labels))
    ### END SOLUTION


# %% check="linear_probe" points=3
representations.check_probe(
    linear_probe, n=20, d=6, classes=4, strengths=[20.0, 0.01, 3.0, 200.0, 0.5, 0.001], seed=101
)
### BEGIN HIDDEN TESTS
representations.check_probe(
    linear_probe, n=20, d=6, classes=4, strengths=[20.0, 0.01, 3.0, 200.0, 0.001, 0.5], seed=101
)
representations.check_probe(
    linear_probe, n=60, d=40, classes=5, strengths=[10.0, 0.001, 0.1, 1000.0], seed=3
)
representations.check_probe(linear_probe, n=8, d=2, classes=2, strengths=[10.0, 0.01], seed=0)
representations.check_probe(linear_probe, n=10, d=1, classes=2, strengths=[3.0], seed=3)
representations.check_probe(
    linear_probe, n=30, d=4, classes=3, strengths=[3.0, 0.1], seed=6, uneven=True
)
representations.check_tied_strengths(linear_probe)
### END HIDDEN TESTS

# %% [markdown]
# ## A code that ignores what should not matter
#
# A plain autoencoder is trained to copy pictures through 32 numbers, so its code must hold everything that changes many
# pixels: the letter, but also slant, width, position and boldness.
#
# So we train a **denoising autoencoder** with a noise made to measure (you need not read `distort`). Each picture is turned, sheared, stretched, moved and
# made bolder or thinner at random. The network sees the changed picture and must give back the original. Changed copies that keep what matters are called **data augmentation**. Which changes keep the letter is our knowledge. Training with targets that are made from the inputs is **self-supervised learning**.


# %%
def distort(pictures: np.ndarray, seed: int) -> np.ndarray:
    """Turn, shear, stretch, move, and make bolder or thinner: pictures (n, 32, 32), each by itself."""
    rng, n = np.random.default_rng(seed), len(pictures)
    angle, shear = rng.uniform(-0.2, 0.2, n), rng.uniform(-0.35, 0.35, n)
    width, height = np.exp(rng.uniform(-0.25, 0.25, n)), np.exp(rng.uniform(-0.15, 0.15, n))
    a, b = np.cos(angle) * width, shear - np.sin(angle) * width
    c, d = np.sin(angle) * height, np.cos(angle) * height
    right, down = rng.uniform(-2, 2, (2, n)) + 15.5  # pixels, and the centre
    moved_x, moved_y = right - 15.5 * (a + b), down - 15.5 * (c + d)
    maps = np.stack([a, b, moved_x, c, d, moved_y, 0 * a, 0 * a], axis=1)
    moved = ops.image.affine_transform(pictures[..., None], maps.astype("float32"))
    bold, thin = ops.max_pool(moved, 3, 1, "same"), -ops.max_pool(-moved, 3, 1, "same")
    amount = rng.uniform(-0.6, 0.9, (n, 1, 1, 1)).astype("float32")
    more, less = np.maximum(amount, 0), np.maximum(-amount, 0)
    return np.asarray(moved + more * (bold - moved) + less * (thin - moved))[..., 0]


rows = {"original": 1 - x_train[:9], "distorted": 1 - distort(x_train[:9], seed=0)}
plots.show(
    plots.image_rows(rows, "Input (distorted) and target (original)", size=0.7),
    alt="Two rows of nine letters: the originals, and distorted copies, slanted, moved, bolder or thinner.",
)

# %% [markdown]
# ### Exercise 2: pairs to train on
#
# <details><summary>Hint: keep the pairs together</summary>
#
# Shuffle first, then distort the shuffled pictures, then cut both into batches at the same places.
# </details>


# %% exercise="training_pairs"
def training_pairs(pictures: np.ndarray, distort, batch_size: int, seed: int) -> list:
    """One epoch of batches (distorted picture, original picture) in random order.

    Args:
        pictures: array (n, height, width).
        distort: `distort(pictures, seed)` gives an array of the same shape; each picture is
            distorted by itself.
        batch_size: pictures in a batch; the last batch may be smaller.
        seed: random seed of order and distortions; another seed gives others.

    Returns:
        list of pairs (distorted, original) of arrays. Each picture occurs once, distorted once.
        No two batches get the same distortions.
    """
    ### BEGIN SOLUTION
    order = np.random.default_rng(seed).permutation(len(pictures))
    originals = pictures[order]
    batches = []
    for start in range(0, len(pictures), batch_size):
        target = originals[start : start + batch_size]
        batches.append((distort(target, seed + start), target))
    return batches
    ### END SOLUTION


# %% check="training_pairs" points=2
representations.check_pairs(training_pairs, n=7, batch_size=3)
### BEGIN HIDDEN TESTS
representations.check_pairs(training_pairs, n=40, batch_size=4)
representations.check_pairs(training_pairs, n=5, batch_size=9)
representations.check_pairs(training_pairs, n=1, batch_size=1)
representations.check_pairs(training_pairs, n=300, batch_size=128)
### END HIDDEN TESTS

# %% [markdown]
# Both autoencoders have the same layers and epochs; they differ in their inputs (two random seeds for the plain one, three for the other).


# %%
def build_autoencoder() -> keras.Model:
    """Pictures (n, 32, 32) -> code of 32 numbers -> pictures."""
    pictures = keras.Input((32, 32))
    x = layers.Flatten()(pictures)
    x = layers.Dense(256, activation="gelu")(x)
    x = layers.Dense(128, activation="gelu")(x)
    code = layers.Dense(32, name="code")(x)
    x = layers.Dense(128, activation="gelu")(code)
    x = layers.Dense(256, activation="gelu")(x)
    return keras.Model(pictures, layers.Reshape((32, 32))(layers.Dense(32 * 32)(x)))


def distorted_batches(rng):
    """One epoch for the denoising autoencoder."""
    return training_pairs(x_train, distort, 128, seed=int(rng.integers(2**31)))


how = {"epochs": budget(8, 1), "learning_rate": 4e-3, "loss": "mse"}
two, three = range(budget(2, 1)), range(budget(3, 1))
plain = fit_seeds(build_autoencoder, x_train, x_train, seeds=two, batch_size=128, **how)
denoising = fit_seeds(build_autoencoder, distorted_batches, seeds=three, **how)

# %%
inputs = distort(x_test[::47][:10], seed=7)
rows = {
    "unseen original": x_test[::47][:10],
    "distorted input": inputs,
    "denoising output": predict(denoising[0], inputs),
    "plain output": predict(plain[0], inputs),
}
plots.show(
    plots.image_rows({k: 1 - v for k, v in rows.items()}, "Distorted letters of unseen fonts"),
    alt="Four rows of ten letters: originals, distorted inputs, outputs of the denoising autoencoder, which stand upright, some of them wrong letters, "
    "and outputs of the plain one, which stay slanted or are smeared.",
)

# %% [markdown]
# The denoising autoencoder gives back upright letters of unseen fonts, though some are the wrong letter. The plain one never saw distorted
# letters: its outputs stay slanted, or are smeared.
#
# Now the label budgets. Each code has its mean subtracted and is divided by the standard deviation of all its numbers together, both from the
# unlabelled training pictures. For each budget we draw the labelled letters three times. Two baselines have no network: raw pixels, and 64
# principal components (PCA). A third gets our knowledge in another way: the probe on PCA sees 20 distorted copies of each
# labelled letter, too.


# %%
def all_codes(encode) -> list[np.ndarray]:
    """Scaled codes of the training, validation and test pictures."""
    parts = [encode(x) for x in (x_train, x_val, x_test)]
    return [(part - parts[0].mean(axis=0)) / parts[0].std() for part in parts]


def flat(pictures):
    """Pictures as rows of pixels."""
    return pictures.reshape(len(pictures), -1)


pca = PCA(64, random_state=0).fit(flat(x_train))
codes = {"raw pixels": [all_codes(flat)]}
codes["PCA"] = [all_codes(lambda x: pca.transform(flat(x)))]
for name, models in (("plain autoencoder", plain), ("denoising autoencoder", denoising)):
    encoders = [keras.Model(model.inputs[0], model.get_layer("code").output) for model in models]
    codes[name] = [all_codes(lambda x, e=encoder: predict(e, x)) for encoder in encoders]


# %%
def draw_labelled(n: int, seed: int) -> np.ndarray:
    """Places of n training pictures of each letter."""
    rng = np.random.default_rng(seed)
    places = [rng.choice(np.flatnonzero(y_train == y), n, replace=False) for y in range(26)]
    return np.concatenate(places)


BUDGETS, DRAWS, STRENGTHS = (2, 10, 20), budget(3, 1), (0.01, 0.1, 1.0)
accuracy = Results("code", "labels a class")
for n in BUDGETS:
    for draw in range(DRAWS):
        rows = draw_labelled(n, draw)
        for name, of_seeds in codes.items():
            train, val, test = of_seeds[draw % len(of_seeds)]
            found = linear_probe(train[rows], y_train[rows], val, y_val, test, y_test, STRENGTHS)
            accuracy.add((name, n), draw, percent_right=100 * found)
scale = pca.transform(flat(x_train))
for n in (2, 10):
    for draw in range(DRAWS):
        rows, (_, val, test) = draw_labelled(n, draw), codes["PCA"][0]
        copies = [x_train[rows], *(distort(x_train[rows], seed) for seed in range(20))]
        many = (pca.transform(flat(np.concatenate(copies))) - scale.mean(axis=0)) / scale.std()
        found = linear_probe(many, np.tile(y_train[rows], 21), val, y_val, test, y_test, STRENGTHS)
        accuracy.add(("PCA, distorted copies", n), draw, percent_right=100 * found)
lines = {}
for name in codes:
    lines[name] = np.transpose([accuracy.values((name, n), "percent_right") for n in BUDGETS])
title, xlabel = "Letters of unseen fonts, linear probe", "label budget (labels a class)"
plots.show(
    plots.curves(lines, BUDGETS, title, xlabel, "right (%)", log_x=True),
    alt="Accuracy by label budget from 2 to 20. The denoising autoencoder lies far above the other three, most of all at two "
    "labels; raw pixels, PCA and the plain autoencoder lie together.",
)
accuracy.table()

# %% folded="numbers"
report("right_pixels_at_2", accuracy.mean(("raw pixels", 2), "percent_right"), within=(60, 71))
right = accuracy.mean(("denoising autoencoder", 2), "percent_right")
report("right_denoising_at_2", right, within=(79, 88))
for n, low, high in ((2, 14, 21), (10, 3.5, 7), (20, 1, 4)):
    gain = accuracy.mean(("denoising autoencoder", n), "percent_right")
    gain -= accuracy.mean(("raw pixels", n), "percent_right")
    report(f"points_over_pixels_at_{n}", gain, within=(low, high))
worst = accuracy.values(("denoising autoencoder", 10), "percent_right").min()
best = accuracy.values(("raw pixels", 10), "percent_right").max()
report("worst_denoising_minus_best_pixels_at_10", worst - best, within=(1, 6))
flat_gain = accuracy.mean(("plain autoencoder", 10), "percent_right")
report(
    "plain_minus_pixels_at_10",
    flat_gain - accuracy.mean(("raw pixels", 10), "percent_right"),
    within=(-3, 1),
)
helped = accuracy.mean(("PCA, distorted copies", 10), "percent_right")
report(
    "distorted_copies_minus_pca_at_10",
    helped - accuracy.mean(("PCA", 10), "percent_right"),
    within=(1, 4),
)
for n, low, high in ((2, 5, 11), (10, 1, 4)):
    gap = accuracy.mean(("denoising autoencoder", n), "percent_right")
    gap -= accuracy.mean(("PCA, distorted copies", n), "percent_right")
    report(f"denoising_minus_distorted_copies_at_{n}", gap, within=(low, high))

# %% [markdown]
# With two labels a letter, the denoising code is right in about five of six cases, raw pixels in about two of three. At ten labels the gain is 4 to 5 points, at twenty 2 to 3. A plain autoencoder gains nothing over pixels: squeezing a picture into 32 numbers does
# not by itself make the letter easier to read. What helps is what the code was trained to ignore. Distorting the few labelled letters
# for the probe on PCA instead helps; the denoising code stays ahead: by 8 to 10 points at two labels, by 2 to 4 at ten.
#
# ## Search: the same letter in other fonts
#
# A search ranks all test letters by **cosine similarity** to a query: for vectors $u, v$ it is $u \cdot v / (|u| |v|)$. As a distance we take 1 minus
# it. **Precision at k** is the share of the same letter among the first $k$ results. Results from the query's own kin do
# not count, or finding Lato's bold R for Lato's R would look like a success.
#
# ### Exercise 3: precision at k
#
# <details><summary>Hint: leaving out</summary>
#
# In a copy of floats (`distances.astype(float)`), set the distances between rows of the same kin to infinity; this leaves out the query itself, too. `np.argsort(..., kind="stable")` keeps
# the order of equal distances.
# </details>


# %% exercise="precision_at_k"
def precision_at_k(distances: np.ndarray, labels: np.ndarray, kin: np.ndarray, k: int) -> float:
    """Mean precision at k over all rows as queries.

    Args:
        distances: integers or floats (n, n): row i holds the distances from query i to all n examples.
        labels: array (n,).
        kin: array (n,) of names; a query's own kin is left out of its results. Each query has at
            least k examples of other kin.
        k: number of results.

    Returns:
        the share of results with the query's label, from 0 to 1. Of examples at the same distance
        the one with the smaller number comes first.
    """
    ### BEGIN SOLUTION
    allowed = distances.astype(float)
    related = kin[:, None] == kin[None, :]
    allowed[related] = np.inf
    order = np.argsort(allowed, axis=1, kind="stable")
    nearest = order[:, :k]
    right = labels[nearest] == labels[:, None]
    return float(right.mean())
    ### END SOLUTION


# %% check="precision_at_k" points=2
retrieval.check_precision(precision_at_k, n=18, classes=3, families=6, k=4)
### BEGIN HIDDEN TESTS
retrieval.check_precision(precision_at_k, n=2, classes=1, families=2, k=1)
retrieval.check_precision(precision_at_k, n=6, classes=2, families=2, k=3, whole=True)
retrieval.check_precision(precision_at_k, n=30, classes=3, families=10, k=5, whole=True)
retrieval.check_precision(precision_at_k, n=24, classes=3, families=8, k=4, whole=True, unit=2**40)
retrieval.check_precision(precision_at_k, n=400, classes=26, families=20, k=40)
### END HIDDEN TESTS


# %%
def cosine_distances(vectors: np.ndarray) -> np.ndarray:
    """1 minus the cosine similarity of all rows (n, n)."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return 1 - unit @ unit.T


search = Results("code")
for name, of_seeds in codes.items():
    for seed, (_, _, test) in enumerate(of_seeds):
        found = precision_at_k(cosine_distances(test), y_test, kin_test, 10)
        search.add(name, seed, precision_at_10=100 * found)
search.table()


# %%
def ranking(name: str) -> np.ndarray:
    """For each test letter the others, nearest first, those of its own kin last: integers (n, n)."""
    gaps = cosine_distances(codes[name][0][2])
    return np.argsort(np.where(kin_test[:, None] == kin_test, np.inf, gaps), axis=1)


nearest = {name: ranking(name)[:, :12] for name in ("raw pixels", "denoising autoencoder")}
queries = [26, 26 * 5 + 4, 26 * 9 + 6, 26 * 13 + 10, 26 * 17 + 17]  # A, E, G, K and R of five fonts
plots.show(
    plots.neighbour_rows(x_test, queries, nearest, y_test, "The eight nearest in other fonts", 8),
    alt="Five letters of unseen fonts, each with its eight nearest letters of other families by pixels and by code. Wrong letters are "
    "crossed out: many by pixels, few by code.",
    name="24_representations",
)

# %% folded="numbers"
by_pixels = search.mean("raw pixels", "precision_at_10")
by_code = search.values("denoising autoencoder", "precision_at_10")
report("precision_raw_pixels", by_pixels, within=(74, 77))
report("precision_plain_mean", search.mean("plain autoencoder", "precision_at_10"), within=(74, 78))
report("precision_denoising_mean", by_code.mean(), within=(84, 90))
report("precision_denoising_worst", by_code.min(), within=(83, 90))
report("wrong_results_over_pixels", (100 - by_code.mean()) / (100 - by_pixels), within=(0.42, 0.62))

# %% [markdown]
# By chance, one result in 26 would be right. Pixels find the same letter in three of four results, since all letters
# stand on one line at one size. The code leaves about half of the wrong results.
#
# **Click a letter** to see its nearest letters in fonts of other families.

# %%
names = table_test["character"] + ", " + table_test["font"]
explore_neighbours(1 - x_test, nearest["denoising autoencoder"], names, y_test, start=queries[4])

# %% [markdown]
# ## Search with four bytes
#
# A library of a million pictures is searched faster with bits. Draw random directions. Each gives one bit: is the code's dot product with it above zero? This is **locality-sensitive hashing** by random hyperplanes (Charikar 2002). Two bit codes are compared by their **Hamming
# distance**, the number of places where they differ. There is an exact law: for an angle $\alpha$ between two codes, each bit differs with
# probability $\alpha / \pi$.
#
# ### Exercise 4: bits and their distances
#
# <details><summary>Hint</summary>
#
# One product gives all codes times all directions. Another product counts, for all pairs, the places that are True in the first and
# False in the second; then the other way round. A product of bools is a bool: convert to numbers first.
# </details>


# %% exercise="binary_codes"
def sign_bits(codes: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Bits (n, b), True where a code (n, d) has a product above 0 with a direction (d, b)."""
    ### BEGIN SOLUTION
    products = codes @ directions
    return products > 0
    ### END SOLUTION


def hamming_distances(bits: np.ndarray) -> np.ndarray:
    """Integers (n, n): in how many of the b places each two rows of bits (n, b), bool, differ."""
    ### BEGIN SOLUTION
    ones = bits.astype("float32")
    only_first = ones @ (1 - ones).T
    return (only_first + only_first.T).astype(int)
    ### END SOLUTION


# %% check="binary_codes" points=2
retrieval.check_bits(sign_bits, n=4, d=3, b=5)
retrieval.check_hamming(hamming_distances, n=4, b=5)
### BEGIN HIDDEN TESTS
retrieval.check_bits(sign_bits, n=1, d=1, b=1)
retrieval.check_bits(sign_bits, n=70, d=40, b=300)
retrieval.check_bits(sign_bits, n=9, d=12, b=12, scale=2.0**-40)
retrieval.check_hamming(hamming_distances, n=1, b=1)
retrieval.check_hamming(hamming_distances, n=30, b=900)
### END HIDDEN TESTS

# %%
code = codes["denoising autoencoder"][0][2]
bit_search = Results("bits")
for b in (8, 16, 32, 64):
    for seed in range(budget(3, 1)):
        directions = np.random.default_rng(seed).normal(size=(32, b))
        differing = hamming_distances(sign_bits(code, directions))
        found = precision_at_k(differing, y_test, kin_test, 10)
        bit_search.add(b, seed, precision_at_10=100 * found)
gaps = cosine_distances(code)
exact = 100 * precision_at_k(gaps, y_test, kin_test, 10)
bit_search.add("exact, 32 numbers", precision_at_10=exact)
bit_search.table()

# %%
angles = np.degrees(np.arccos(np.clip(1 - gaps, -1, 1)))
pairs = np.triu_indices(len(code), 1)
law = pd.DataFrame({"angle": angles[pairs], "differing": differing[pairs] / 64})
law["angles"] = pd.cut(law["angle"], [0, 30, 60, 90, 120, 150])
law = law.groupby("angles", observed=True).mean()
law["by the law"] = law["angle"] / 180
law.round(3)

# %% folded="numbers"
report("precision_32_bits", bit_search.mean(32, "precision_at_10"), within=(71, 78))
report(
    "precision_64_bits_over_exact",
    bit_search.mean(64, "precision_at_10") / exact,
    within=(0.91, 0.96),
)
report(
    "precision_32_bits_minus_pixels",
    bit_search.mean(32, "precision_at_10") - by_pixels,
    within=(-4, 2),
)
report("law_error", (law["differing"] - law["by the law"]).abs().max(), within=(0, 0.05))

# %% [markdown]
# With 32 bits, four bytes, the search is about as good as an exact search in 1,024 pixels; with 64 bits it is better. The law holds at small and at large angles: the table gives the mean share of 64 bits that differ, by angle in degrees.
#
# ## Clusters
#
# k-means puts the test letters into 26 groups without seeing a label. Do the groups match the letters? Group numbers mean nothing, so we compare *pairs*. Let $n_{ij}$ count the examples with label $i$ in group $j$, with row sums $a_i$, column sums $b_j$, and $n$ in all. Write
# $\binom m2 = m (m - 1) / 2$ for the number of pairs among $m$. With
#
# $$S = \sum_{ij} \binom{n_{ij}}2, \quad A = \sum_i \binom{a_i}2, \quad B = \sum_j \binom{b_j}2, \quad E = \frac{A B}{\binom n2},$$
#
# $S$ pairs are together in both groupings, $A$ in the labels, $B$ in the groups. $E$ is what chance would give for $S$ with these sizes. The **adjusted Rand index** (Hubert and Arabie 1985) is
# $(S - E) / \left(\tfrac12 (A + B) - E\right)$: 1 for the same groups, 0 on average by chance.
#
# ### Exercise 5: the adjusted Rand index
#
# <details><summary>Hint: the table of counts</summary>
#
# `np.unique(labels, return_inverse=True)` numbers the labels from 0; `np.add.at(table, (i, j), 1)` counts.
# </details>


# %% exercise="adjusted_rand_index"
def adjusted_rand_index(labels: np.ndarray, groups: np.ndarray) -> float:
    """Agreement of two groupings of the same examples.

    Args:
        labels: integers (n,), n at least 2, any values.
        groups: likewise.

    Returns:
        the adjusted Rand index; 1.0 where the formula would give 0 / 0.
    """
    ### BEGIN SOLUTION
    table = np.asarray(pd.crosstab(labels, groups), dtype=float)

    def pairs(counts):
        return (counts * (counts - 1) / 2).sum()

    together = pairs(table)
    a, b = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = a * b / pairs(table.sum())
    most = (a + b) / 2
    if most == expected:
        return 1.0
    return float((together - expected) / (most - expected))
    ### END SOLUTION


# %% check="adjusted_rand_index" points=2
representations.check_rand(adjusted_rand_index, [0, 0, 0, 1, 1, 2, 3, 3], [5, 5, 5, 3, 9, 3, 5, 3])
### BEGIN HIDDEN TESTS
representations.check_rand(adjusted_rand_index, [0, 0, 1, 1], [0, 1, 0, 1])
representations.check_rand(adjusted_rand_index, [7, 7, 7], [1, 1, 1])
representations.check_rand(adjusted_rand_index, [0, 1, 2], [2, 0, 1])
representations.check_rand(adjusted_rand_index, [0, 0, 0, 1], [4, 4, 4, 4])
representations.check_rand(adjusted_rand_index, [0, 0, 0, 1, 1, 1, 1, 0], [4, 5, 6, 7, 7, 7, 6, 5])
representations.check_rand(
    adjusted_rand_index, *np.random.default_rng(0).integers(-3, 40, (2, 900))
)
representations.check_rand(adjusted_rand_index, np.arange(900) // 400, np.arange(900) % 2)
### END HIDDEN TESTS

# %%
clusters = Results("code")
for name, of_seeds in codes.items():
    for seed in range(budget(3, 1)):
        test = of_seeds[seed % len(of_seeds)][2]
        groups = KMeans(26, n_init=2, random_state=seed).fit_predict(test)
        clusters.add(name, seed, adjusted_rand=adjusted_rand_index(y_test, groups))
clusters.table()

# %% folded="numbers"
report("rand_raw_pixels", clusters.mean("raw pixels", "adjusted_rand"), within=(0.33, 0.42))
report("rand_plain", clusters.mean("plain autoencoder", "adjusted_rand"), within=(0.34, 0.44))
report(
    "rand_denoising_mean",
    clusters.mean("denoising autoencoder", "adjusted_rand"),
    within=(0.57, 0.74),
)
report(
    "rand_denoising_worst",
    clusters.values("denoising autoencoder", "adjusted_rand").min(),
    within=(0.53, 0.72),
)

# %% [markdown]
# The groups of pixels match the letters a little (an index of almost 0.4), those of the plain code hardly better, those of the denoising code clearly
# better (between 0.6 and 0.7), though far from perfectly.
#
# ## Break it: relatives on both sides
#
# All numbers above are for fonts whose kin was never seen. **Predict:** a classifier gives each test letter the label of its nearest neighbour (by 64 principal components) in the training. How much smaller would its error be if the *fonts* were split at random, so that the bold or italic sister of a test font may be in the training?
#
# If relatives of test examples are in the training, this is **data leakage**. The repair is to split by group.
#
# ### Exercise 6: split by group
#
# <details><summary>Hint</summary>
#
# `np.unique` lists the groups; draw some of them without replacement; `np.isin` finds their rows.
# </details>


# %% exercise="split_by_group"
def split_by_group(groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which rows are for the test.

    Args:
        groups: array (n,), numbers or names: the group of each row.
        share: share of the *groups* that is for the test; their number is rounded (`round`), at least 1.
        seed: random seed; another seed draws other groups.

    Returns:
        bool array (n,), True for the test. All rows of a group are on one side.
    """
    ### BEGIN SOLUTION
    names = np.unique(groups)
    count = max(1, round(share * len(names)))
    chosen = np.random.default_rng(seed).choice(names, count, replace=False)
    return np.isin(groups, chosen)
    ### END SOLUTION


# %% check="split_by_group" points=2
representations.check_split(split_by_group, list("aabbbcddeeff"), share=0.4)
### BEGIN HIDDEN TESTS
representations.check_split(split_by_group, [3, 9, 3, 3, 9, 7], share=0.01)
representations.check_split(split_by_group, list("aabbbcddeefgg"), share=0.3)
representations.check_split(split_by_group, list("aabbbcddeefgg"), share=0.4)
representations.check_split(
    split_by_group, np.repeat(np.arange(90) ** 2, np.arange(90) + 1), share=0.3
)
### END HIDDEN TESTS

# %%
pca_of_others = PCA(64, random_state=0).fit(flat(x_val))  # of fonts that take part in no split
everything = pca_of_others.transform(flat(np.concatenate([letters.x_train, x_test])))
label = np.concatenate([letters.y_train, y_test])
kin, font = (np.concatenate([letters.table_train[of], table_test[of]]) for of in ("kin", "font"))
leak = Results("split by")
for seed in range(budget(50, 1)):
    new_kin, new_font = (split_by_group(of, 0.2, seed) for of in (kin, font))
    judged = new_kin & new_font
    for name, train in (("kin", ~new_kin), ("font", ~new_font)):
        classifier = KNeighborsClassifier(1).fit(everything[train], label[train])
        wrong = 100 * (1 - classifier.score(everything[judged], label[judged]))
        leak.add(name, seed, percent_wrong=wrong)
leak.table()

# %% folded="numbers"
honest, leaky = leak.values("kin", "percent_wrong"), leak.values("font", "percent_wrong")
report("wrong_split_by_kin", honest.mean(), within=(4.5, 11))
report("font_over_kin", leaky.mean() / honest.mean(), within=(0.48, 0.8))
report("seeds_where_font_is_lower", (leaky < honest).mean(), within=(0.7, 1))

# %% [markdown]
# Both rows judge the same letters: test fonts of test kins, in 50 splits. The row "kin" trains on all other kins, the row "font" on about as many other fonts, sisters included. Sisters in the training hide roughly a quarter to a half of the errors. The kins drawn decide how hard a split is, so compare within a split: in most, the error with sisters is lower. Only the split by
# kin asks about new fonts.
#
# ## A map, and what it does not show
#
# **t-SNE** (van der Maaten and Hinton 2008) places points in a plane so that near neighbours stay near. It promises nothing about
# large distances, or about how wide a cloud is. First four clouds that we made: 100 points each around places on a line in 32 dimensions, at
# -20, 0, 20 and 200. The points of the first are ten times as close together as the others.

# %%
rng = np.random.default_rng(0)
places, widths = [-20, 0, 20, 200], [0.1, 1, 1, 1]
clouds = [
    w * rng.normal(size=(100, 32)) + p * np.eye(32)[0] for p, w in zip(places, widths, strict=True)
]
cloud_map = TSNE(random_state=0).fit_transform(np.concatenate(clouds)).reshape(4, 100, 2)
few = np.random.default_rng(0).choice(len(x_test), budget(780, 200), replace=False)
unit = code[few] / np.linalg.norm(code[few], axis=1, keepdims=True)
pca_map, tsne_map = PCA(2).fit_transform(unit), TSNE(random_state=0).fit_transform(unit)
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 5))
for place, cloud in zip(places, cloud_map, strict=True):
    left.scatter(*cloud.T, s=6, label=f"around {place}")
left.set(title="t-SNE of four clouds on a line", xlabel="t-SNE 1", ylabel="t-SNE 2")
left.legend()
colors = plt.get_cmap("turbo")(np.linspace(0, 1, 26))
for y, letter in enumerate(letters.characters):
    rows = y_test[few] == y
    right.scatter(*tsne_map[rows].T, marker=f"${letter}$", s=22, linewidths=0.3, color=colors[y])
right.set(title="t-SNE of codes of unseen letters", xlabel="t-SNE 1", ylabel="t-SNE 2")
plots.show(
    fig,
    alt="Left: four clouds of equal width at similar distances. Right: a map of letters in which most letters form an island of their own.",
)


# %%
def neighbours(points: np.ndarray) -> np.ndarray:
    """The ten nearest of each point, without itself: integers (n, 10)."""
    return NearestNeighbors(n_neighbors=10).fit(points).kneighbors(return_distance=False)


kept = Results("map of letters")
for name, points in (("PCA, 2 components", pca_map), ("t-SNE", tsne_map)):
    pairs = zip(neighbours(unit), neighbours(points), strict=True)
    kept.add(name, neighbours_kept=np.mean([np.isin(a, b).mean() for a, b in pairs]))
kept.table()

# %% folded="numbers"
means = cloud_map.mean(axis=1)
far = np.linalg.norm(means[3] - means[1]) / np.linalg.norm(means[2] - means[1])
report("map_distance_200_over_20", far, within=(0.4, 2.5))
wide, narrow = (cloud_map[i].std(axis=0).mean() for i in (1, 0))
report("map_width_wide_over_narrow", wide / narrow, within=(0.5, 2))
report("tsne_neighbours_kept", kept.mean("t-SNE", "neighbours_kept"), within=(0.68, 0.86))
report("pca_neighbours_kept", kept.mean("PCA, 2 components", "neighbours_kept"), within=(0.2, 0.45))

# %% [markdown]
# On the left, the distances 20 and 200 have become about equal, and the narrow cloud looks as wide as the others. *neighbours_kept* is the share of each letter's ten nearest that are among its ten nearest in the map: t-SNE keeps more than twice as many
# as two principal components.
#
# ### Written question
#
# A classmate splits the *pictures* of all 403 fonts at random, trains an autoencoder on one part, fits probes with several strengths to ten labels a class, and reports the
# best test accuracy: "98 %, so the code knows letters. In my t-SNE map, O and Q are far apart, so the code tells them apart
# well." Name the three mistakes and say how each is repaired. (4 to 6 sentences.)

# %% [markdown] answer="three_mistakes" points=3
# **Model answer.** The random split puts pictures of one family, and even of one font, on both sides: this is data leakage, and the number says nothing about new fonts.
# The repair is to split by kin, for the autoencoder as for the probe. The strength was chosen on the test data, so the
# best of several numbers is too high by chance: choose it on validation fonts and use the test once. A t-SNE map keeps near
# neighbours but not large distances, so "far apart" in the map proves nothing. Whether O and Q can be told apart is measured in the code
# itself, for instance by the probe's confusions or by precision at k for these letters.
#
# **Rubric.** 1 point: leakage between fonts of a family, split by kin. 1 point: the strength is chosen on validation data, not on the
# test. 1 point: distances in a t-SNE map are not distances of codes; measure in the code.

# %% [markdown]
# ## Summary
#
# 1. A linear probe with few labels shows how easily a class can be read from a code.
# 2. An autoencoder that must undo distortions learns, without labels, a code that ignores them: 4 to 5 points over pixels at ten labels, 17 to 19 at two. A plain one gains nothing.
# 3. Such a code leaves about half of the wrong results of a search; four bytes of it are about as good as 1,024 pixels.
# 4. Relatives on both sides of a split hide about a quarter to a half of the errors; split by group.
# 5. A t-SNE map keeps neighbours; its large distances and widths mean nothing.
#
# ## References
#
# - P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol (2008). Extracting and composing robust features with denoising autoencoders. *ICML*.
# - G. Alain, Y. Bengio (2016). Understanding intermediate layers using linear classifier probes. arXiv:1610.01644.
# - M. S. Charikar (2002). Similarity estimation techniques from rounding algorithms. *STOC*.
# - L. Hubert, P. Arabie (1985). Comparing partitions. *Journal of Classification* 2.
# - L. van der Maaten, G. Hinton (2008). Visualizing data using t-SNE. *Journal of Machine Learning Research* 9.
# - M. Wattenberg, F. Viégas, I. Johnson (2016). How to use t-SNE effectively. *Distill*.
