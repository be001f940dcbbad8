# ---
# title: Patterns, for whom?
# question: Which patterns can zip, PCA and a trained network use, and how small is a code of 32 numbers really?
# seconds: 60
# goals:
#   - see that a pattern is what a given compressor is able to use
#   - test the sentence "experts are no better on random boards"
#   - see that a wide network does not turn into a copier by itself
#   - count a latent code in bits before calling it small
# terms:
#   quantisation: rounding numbers to a few levels, so that each costs only a few bits
# ---

# %% folded="imports"
import zlib

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers
from sklearn.decomposition import PCA

from course_utils import plots
from course_utils.checks import patterns_deeper
from course_utils.chess_games import boards_to_vectors, vectors_to_boards
from course_utils.data import load_chess, load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## A pattern for whom?
#
# Handwritten digits have 784 pixels of one byte each. We spoil them in three ways: we move the pixels to
# new places, the **same** new places for all digits; we move them to new places for **each** digit; we
# replace them by noise.

# %%
digits = load_digits()
pixels = np.round(255 * digits.x_train.reshape(-1, 784)).astype(np.uint8)
rng = np.random.default_rng(0)
kinds = {
    "digits": pixels,
    "one shuffle for all": np.ascontiguousarray(pixels[:, rng.permutation(784)]),
    "a fresh shuffle each": rng.permuted(pixels, axis=1),
    "noise": rng.integers(0, 256, size=pixels.shape, dtype=np.uint8),
}
shown = {name: x[:8].reshape(-1, 28, 28) / 255 for name, x in kinds.items()}
plots.show(
    plots.image_rows(shown, "Which of these can be compressed?"),
    alt="Eight handwritten digits; below, the same pixels moved to new places, by one shuffle for all and by a "
    "fresh one for each: both look like grey dust. Last, noise over the full range.",
)

# %% [markdown]
# To the eye the second and the third row are the same dust. **Predict first:** will zip tell them apart?
# Will PCA, which finds the directions in which the pictures vary most (lesson 12)?

# %%
zipped = {name: len(zlib.compress(x[:1000].tobytes())) / 1000 for name, x in kinds.items()}
kept = {}
for name, x in kinds.items():
    share = PCA(svd_solver="covariance_eigh").fit(x / 255).explained_variance_ratio_
    kept[name] = share[:32].sum()
table = pd.DataFrame(
    {"zip: bytes for a picture": zipped, "PCA: variance kept by 32 components": kept}
)
table.round(2)

# %% folded="numbers"
report("zip_digits", zipped["digits"], within=(155, 178))
report("zip_one_shuffle", zipped["one shuffle for all"], within=(235, 265))
report("zip_fresh_shuffles", zipped["a fresh shuffle each"], within=(235, 265))
report("zip_noise", zipped["noise"], within=(784, 790))
report("pca_32_digits", kept["digits"], within=(0.74, 0.76))
report("pca_32_one_shuffle", kept["one shuffle for all"], within=(0.74, 0.76))
report("pca_32_fresh_shuffles", kept["a fresh shuffle each"], within=(0.08, 0.11))

# %% [markdown]
# Zip reads a picture as a line of numbers and lives on runs and repeats: both shuffles ruin it alike. PCA
# does not care *where* a pixel is, only which pixels vary together: one shuffle for all changes nothing, a
# fresh one for each destroys everything. Nothing compresses noise; zip makes it a little longer.
#
# So "pattern" is not a property of data alone. It is what a given compressor is able to use. Dense
# networks are blind to places like PCA; convolutional ones (lesson 14) look at neighbours, as zip does.
#
# ## Is an expert no better on random boards?
#
# "On random positions, masters are no better than beginners" became one of the best-known sentences of
# psychology. Gobet and Simon (1996) reviewed the experiments that followed and found it only roughly
# true: strong players keep a small advantage. The novice of the core is no test of it, for he is a
# specialist in shuffled boards, which no human is. A human beginner has seen *less chess*. So let the same
# network study one game only, or all of them, with as many training steps.

# %%
chess = load_chess()
shuffled = np.random.default_rng(2).permuted(chess.test.reshape(-1, 64), axis=1).reshape(-1, 8, 8)
train, games = chess.train[:: budget(1, 12)], chess.train_game[:: budget(1, 12)]


def build(latent_dim: int, width: int | None) -> keras.Model:
    """An autoencoder of boards; without a width it has no hidden layers."""
    hidden = [layers.Dense(width, activation="gelu")] if width else []
    again = [layers.Dense(width, activation="gelu")] if width else []
    ends = [layers.Dense(832), layers.Reshape((64, 13)), layers.Softmax()]
    return keras.Sequential([keras.Input((832,)), *hidden, layers.Dense(latent_dim), *again, *ends])


def study(model: keras.Model, boards: np.ndarray, title: str) -> keras.Model:
    """Train an autoencoder on boards."""
    x, y = boards_to_vectors(boards), boards.reshape(-1, 64).astype("int32")
    loss = "sparse_categorical_crossentropy"
    fit(
        model,
        x,
        y,
        epochs=budget(10, 1),
        batch_size=256,
        learning_rate=4e-3,
        loss=loss,
        title=title,
    )
    return model


def pieces_right(model: keras.Model, boards: np.ndarray) -> float:
    """Share of the pieces that come back on their square."""
    back = vectors_to_boards(predict(model, boards_to_vectors(boards)))
    return float((back == boards)[boards > 0].mean())


recalled, experts = Results("games studied"), {}
for seed in range(budget(2, 1)):
    rng = np.random.default_rng(seed)
    one_game = np.flatnonzero(games == rng.choice(np.unique(games)))
    chosen = {"one": train[rng.choice(one_game, len(train))], "all": train}
    for name, boards in chosen.items():
        set_seed(seed)
        model = study(build(32, budget(256, 64)), boards, f"games studied: {name}, seed {seed}")
        real, nonsense = pieces_right(model, chess.test), pieces_right(model, shuffled)
        recalled.add(name, seed, **{"real boards": real, "shuffled boards": nonsense})
        experts[name] = model
recalled.table()

# %% folded="numbers"
report("one_game_real", recalled.mean("one", "real boards"), within=(0.28, 0.45))
report("one_game_shuffled", recalled.mean("one", "shuffled boards"), within=(0.03, 0.08))
report("all_games_real", recalled.mean("all", "real boards"), within=(0.70, 0.80))
report("all_games_shuffled", recalled.mean("all", "shuffled boards"), within=(0.12, 0.19))

# %%
fig, ax = plt.subplots(figsize=(6, 3.4))
for place, kind in enumerate(("real boards", "shuffled boards")):
    heights = [100 * recalled.mean(name, kind) for name in ("one", "all")]
    ax.bar(np.arange(2) + 0.3 * (place - 0.5), heights, 0.28, label=kind)
ax.set_xticks([0, 1], ["one game studied", "all games studied"])
ax.set(title="More games help a little on nonsense, too", ylabel="pieces right (%)", ylim=(0, 100))
ax.legend()
plots.show(
    fig,
    alt="Bars: from one game to all games, recall of real boards rises from about 35 to 75 per cent, of "
    "shuffled boards from about 6 to 15 per cent.",
)

# %% [markdown]
# With experience, recall of shuffled boards more than doubles, but it gains far fewer pieces than recall of
# real ones. So the popular sentence needs one more word, "*hardly* better", and the answer depends on **who
# the novice is**. Choosing the control is half of every experiment.
#
# ## Does a wide network turn into a copier?
#
# PCA with 832 components is the identity. Many texts say that a *trained* network with too much room
# becomes a copier as well. We try it with 832 latent dimensions and no hidden layers, where the identity
# is within reach.

# %%
set_seed(0)
wide = study(build(832, None), train, "latent dimension 832, linear")
wide_real, wide_shuffled = pieces_right(wide, chess.test), pieces_right(wide, shuffled)
back = vectors_to_boards(predict(wide, boards_to_vectors(shuffled)))
met = np.stack([(train == code).sum(axis=0) for code in range(13)])[shuffled, *np.indices((8, 8))]
there = shuffled > 0
pieces = pd.DataFrame({"right": (back == shuffled)[there]})
groups = ["never", "1 to 9 times", "10 to 99 times", "100 times or more"]
pieces["met there in training"] = pd.cut(met[there], [-1, 0, 9, 99, np.inf], labels=groups)
by_met = pieces.groupby("met there in training", observed=False)["right"].mean()
print(f"pieces right: {wide_real:.3f} on real boards, {wide_shuffled:.3f} on shuffled ones")
by_met.round(2).to_frame()

# %% folded="numbers"
report("wide_real_pieces", wide_real, within=(0.94, 0.99))
report("wide_shuffled_pieces", wide_shuffled, within=(0.48, 0.60))
report("wide_right_never_met", by_met["never"], within=(0, 0.02))
report("wide_right_often_met", by_met["100 times or more"], within=(0.85, 0.95))

# %% [markdown]
# It does not. It copies real boards almost perfectly and loses almost half of the pieces of shuffled ones:
# those that it never or rarely met on their square. No game has a pawn on the first rank, so nothing ever
# taught it to copy one. The identity was within reach, but the data did not ask for it.
#
# ## Are 32 numbers few?
#
# 32 numbers of 32 bits are 1,024 bits. A board fits into 256 bits without any knowledge (4 for a square),
# and into about 90 with the habits of its squares, and nothing is lost. So we round the expert's latent
# code, which is called **quantisation**. How many levels does each number need?
#
# ### Exercise: round to levels
#
# The range from `low` to `high` is cut into `levels` equal intervals; each value becomes the middle of
# its interval, and values outside the range go to the nearest interval.
#
# <details><summary>Hint</summary>
#
# `np.floor((x - low) / (high - low) * levels)` is the number of the interval, before it is clipped.
# </details>


# %% exercise="quantise"
def quantise(x: np.ndarray, low: np.ndarray, high: np.ndarray, levels: int) -> np.ndarray:
    """Round to the middles of equal intervals.

    Args:
        x: numbers (n, k).
        low, high: range of each column (k,), low < high.
        levels: number of intervals, 1 or more.

    Returns:
        rounded numbers (n, k).
    """
    ### BEGIN SOLUTION
    place = np.floor((x - low) / (high - low) * levels)
    place = np.clip(place, 0, levels - 1)
    return low + (place + 0.5) / levels * (high - low)
    ### END SOLUTION


# %% check="quantise"
patterns_deeper.check_quantise(quantise, levels=2)
patterns_deeper.check_quantise(quantise, levels=5)
patterns_deeper.check_quantise(quantise, levels=1)

# %%
expert = experts["all"]
encoder, decoder = expert.layers[:2], expert.layers[2:]


def through(parts, x) -> np.ndarray:
    """What some layers make of x, in order."""
    return predict(keras.Sequential(parts), x)


codes = through(encoder, boards_to_vectors(chess.test))
low, high = np.percentile(through(encoder, boards_to_vectors(train)), [0.5, 99.5], axis=0)
rows = {"squares' habits, no network": (90, 1.0)}
for bits in (1, 2, 3, 4):
    rounded = quantise(codes, low, high, 2**bits).astype("float32")
    back = vectors_to_boards(through(decoder, rounded))
    rows[f"{2**bits} levels"] = (32 * bits, (back == chess.test)[chess.test > 0].mean())
rows["not rounded"] = (1024, pieces_right(expert, chess.test))
quantised = pd.DataFrame(rows, index=["bits for a board", "pieces right"]).T
quantised.round(3)

# %% folded="numbers"
lost = quantised["pieces right"]["not rounded"] - quantised["pieces right"]["16 levels"]
report("lost_by_4_bits", lost, within=(-0.01, 0.02))
report("one_bit_pieces", quantised["pieces right"]["2 levels"], within=(0.55, 0.72))
report("two_bit_pieces", quantised["pieces right"]["4 levels"], within=(0.65, 0.79))

# %% [markdown]
# With 16 levels, four bits, rounding loses next to nothing. But these 128 bits are a poor archive: the
# squares' habits need 90 and lose no piece, the network loses a quarter. Only at one or two bits a number
# is its code the smaller one, and even with 32 yes-or-no questions about a board it remembers about twice
# as many pieces as the usual places. Count a code in bits, and its losses, before calling it small.
#
# ## References
#
# - F. Gobet, H. A. Simon (1996). Recall of rapidly presented random chess positions is a function of skill.
#   *Psychonomic Bulletin & Review* 3, 159–163.
