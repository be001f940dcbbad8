# ---
# title: Blind spots and labels
# question: Who can clean dirty training data, and what does a network find normal that it never saw?
# seconds: 60
# goals:
#   - clean contaminated training data in three ways, and see that one of them cannot work
#   - measure what a few labels are worth
#   - test the sentence that an autoencoder rebuilds only what it was trained on
# terms:
#   data-specific: said of a model that serves only data like its training data
# ---

# %% folded="imports"
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import skimage.data
from keras import layers
from skimage.io import imread
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from course_utils import plots
from course_utils.data import load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## Cleaning dirty training data
#
# In lesson 23 ten 6s among a hundred training digits made an autoencoder blind to 6s. The obvious repair: let
# the detector clean its own training data. Train, throw away the fifth of the training rows with the highest
# error, train again. Another idea: let somebody look at 200 training digits (some twenty are 6s), teach a
# logistic regression with them, and throw away the fifth that *it* suspects. The control: throw away a random
# fifth. **Predict first:** which share of the 6s does each of them find?

# %%
digits = load_digits()
x_train, x_test = digits.x_train.reshape(-1, 784), digits.x_test.reshape(-1, 784)


def errors(normal: np.ndarray, new: np.ndarray, seed: int, code: int = 8) -> np.ndarray:
    """Reconstruction errors of rows new (n, 784) by an autoencoder trained on rows normal."""
    set_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(256, activation="gelu"),
            layers.Dense(code),
            layers.Dense(256, activation="gelu"),
            layers.Dense(784, activation="sigmoid"),
        ]
    )
    normal = normal[:: budget(1, 10)].astype("float32")
    epochs = budget(5 if code == 8 else 10, 1)
    fit(model, normal, normal, epochs=epochs, learning_rate=4e-3, loss="mse", title="autoencoder")
    return np.mean((new - predict(model, new.astype("float32"))) ** 2, axis=1)


def worst_fifth(scores: np.ndarray) -> np.ndarray:
    """Which of the scores (n,) belong to the highest fifth, as booleans."""
    return scores > np.quantile(scores, 0.8)


cleaning, is_six = Results("cleaned by"), digits.y_test == 6
for seed in range(budget(3, 1)):
    rng = np.random.default_rng(seed)
    good, bad = (
        rng.permutation(x_train[part]) for part in (digits.y_train != 6, digits.y_train == 6)
    )
    dirty, is_dirty = np.concatenate([good[:3240], bad[:360]]), np.arange(3600) >= 3240
    scores = errors(dirty, np.concatenate([x_test, dirty]), seed)
    looked_at = rng.permutation(3600)[:200]
    teacher = LogisticRegression(max_iter=1000).fit(dirty[looked_at], is_dirty[looked_at])
    suspects = {
        "nobody": np.zeros(3600, bool),
        "a random fifth": worst_fifth(rng.random(3600)),
        "its own score": worst_fifth(scores[500:]),
        "200 labels": worst_fifth(teacher.decision_function(dirty)),
    }
    for name, drop in suspects.items():
        after = scores[:500] if name == "nobody" else errors(dirty[~drop], x_test, seed)
        found = 100 * drop[is_dirty].mean()
        cleaning.add(name, seed=seed, AUC=roc_auc_score(is_six, after), **{"6s found, %": found})
    alone = roc_auc_score(is_six, teacher.decision_function(x_test))
    cleaning.add("(the 200 labels alone, no autoencoder)", seed=seed, AUC=alone)
cleaning.table()

# %% folded="numbers"
for name, (found, area) in {
    "a random fifth": ((15, 25), (0.35, 0.6)),
    "its own score": ((8, 28), (0.35, 0.6)),
    "200 labels": ((85, 100), (0.8, 0.95)),
}.items():
    label = name.replace(" ", "_")
    report(f"found_{label}", cleaning.mean(name, "6s found, %"), within=found)
    report(f"auc_{label}", cleaning.mean(name, "AUC"), within=area)
alone = cleaning.mean("(the 200 labels alone, no autoencoder)", "AUC")
report("auc_labels_alone", alone, within=(0.94, 1))

# %% [markdown]
# A detector cannot see its own blind spot: having learnt to rebuild 6s, it throws away no more of them than
# chance does. Two hundred labels bring the AUC back to about where clean data had it. But look at the last
# line: the same labels *without* the autoencoder do better still. **If you have labels, use them.**
#
# ## "It rebuilds only what it was trained on"
#
# So say the textbooks: an autoencoder is **data-specific**. Train one on digits, and one on patches of
# textures (brick, grass and gravel, pictures that come with scikit-image). Score unseen digits, unseen
# textures, shuffled digits, noise, and even greys.

# %%
PATCHES = budget(3000, 200)


def patches(columns: slice, count: int, seed: int) -> np.ndarray:
    """Random 56 x 56 patches of three textures, halved to 28 x 28, as rows (count, 784)."""
    rng, found = np.random.default_rng(seed), []
    folder = Path(skimage.data.__file__).parent
    pictures = [
        imread(folder / f"{name}.png")[:, columns] / 255 for name in ("brick", "grass", "gravel")
    ]
    for k in range(count):
        picture = pictures[k % 3]
        row, column = (int(rng.integers(side - 55)) for side in picture.shape)
        cut = picture[row : row + 56, column : column + 56]
        found.append(cut.reshape(28, 2, 28, 2).mean(axis=(1, 3)).ravel())
    return np.array(found)


greys = np.linspace(0, 1, 21)
worlds = {"digits": x_train[:PATCHES], "textures": patches(slice(0, 300), PATCHES, 0)}
seen = {
    "unseen digits": x_test,
    "unseen textures": patches(slice(320, None), 500, 1),
    "shuffled digits": x_test[:, np.random.default_rng(0).permutation(784)],
    "noise": np.random.default_rng(1).random((500, 784)),
    "even greys": np.repeat(greys[:, None], 784, axis=1),
}
table, below = {}, {}
for name, normal in worlds.items():
    scores = errors(normal, np.concatenate(list(seen.values())), 0, code=32)
    parts = np.split(scores, np.cumsum([len(x) for x in seen.values()])[:-1])
    parts = dict(zip(seen, parts, strict=True))
    own, grey = parts[f"unseen {name}"], parts.pop("even greys")
    table[f"trained on {name}"] = {other: part.mean() for other, part in parts.items()}
    below[name] = 100 * np.mean(own[:, None] < grey, axis=0)
pd.DataFrame(table).T.round(4)

# %%
fig, ax = plt.subplots(figsize=(6.4, 3.4))
for (name, share), marker in zip(below.items(), "os", strict=True):
    ax.plot(greys, share, marker + "-", label=f"trained on {name}")
ax.set(title="Is an even grey odd?", xlabel="grey value, 0 black to 1 white")
ax.set(ylabel="own pictures with\na smaller error (%)")
ax.legend()
plots.show(
    fig,
    alt="Share of own unseen pictures with a smaller error than an even grey, against the grey value. For the "
    "network of textures it is near 0 in the middle, and high at black and white. For digits it is near "
    "100 per cent except at dark greys.",
)

# %% folded="numbers"
for name, level, within in [
    ("textures", 10, (0, 5)),
    ("textures", 20, (80, 100)),
    ("digits", 10, (95, 100)),
]:
    report(f"percent_below_grey_{level * 5}_{name}", below[name][level], within=within)
noise = table["trained on digits"]["noise"] / table["trained on digits"]["unseen digits"]
report("digit_network_noise_over_digits", noise, within=(3, 30))

# %% [markdown]
# For the network of digits the sentence holds: everything else has a larger error. But it is no law. The network
# of textures never saw an even grey, and rebuilds one of its usual brightness better than *any* of its own
# pictures: fog on the lens would pass as the best parts ever made. Data-specific means specific to *what is
# needed to rebuild*, and an even picture needs next to nothing. What passes unnoticed cannot be guessed: try
# it, at every brightness.
#
# ## References
#
# - S. van der Walt and others (2014). scikit-image: image processing in Python. *PeerJ* 2.
