# ---
# title: Why anything compresses
# question: Why can anything be compressed at all, and what does a machine have to know to do it?
# picture: A chess position and the same pieces shuffled, each beside what a network that has studied games remembers of it
# seconds: 40
# goals:
#   - tell the two reasons why data shrink (common values, common patterns) apart by a control
#   - compute the entropy, which a compressor must pay where there is no pattern
#   - build an autoencoder, and say what its bottleneck is for
#   - repeat a famous experiment on chess players with networks, fairly
# terms:
#   control: the same data without the one property that is studied, to compare with
#   entropy: the fewest bits a symbol that a lossless code needs on average, if symbols are independent
#   lossless: giving back every bit
#   autoencoder: a network that learns to give back its input through a latent code
#   encoder: the part of an autoencoder that turns the input into the latent code
#   latent code: the few numbers that are kept of an input
#   decoder: the part of an autoencoder that rebuilds the input from the latent code
#   reconstruction: what the decoder gives back
#   cross-entropy: the mean of −log p of what was really there, p being the predicted probability
#   one-hot vector: a vector of zeros with a single 1 that marks a category
#   bottleneck: a layer much narrower than the input, which forces a network to choose what it keeps
#   identity map: the function that returns its input unchanged
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
from course_utils.checks import patterns
from course_utils.chess_games import board_grid, boards_to_vectors, classic_games, vectors_to_boards
from course_utils.data import load_chess
from course_utils.report import Results, report
from course_utils.training import budget, fit, predict, set_seed

# %% [markdown]
# ## Five seconds for a board
#
# Look at the left board for five seconds, then look away. How many pieces can you put back? Now try
# the right board, which holds the same pieces.

# %%
chess = load_chess()
position = classic_games()[2].board(30)  # Morphy against the Duke of Brunswick, Paris 1858
jumble = np.random.default_rng(3).permutation(position.ravel()).reshape(8, 8)
titles = ["from a game: Paris 1858,\nWhite to play and win", "the same pieces,\nshuffled"]
plots.show(
    board_grid([position, jumble], titles, columns=2, size=3.2),
    alt="Two chess boards: a position from a game, with a castled king and rows of pawns, and a board with "
    "the same pieces strewn over it at random.",
)

# %% [markdown]
# In 1973 William Chase and Herbert Simon asked a chess master, a good amateur and a beginner to do
# this. On positions from games the master was far ahead. On shuffled boards his lead was gone. Masters
# do not have better memories. They know chess: a castled king with its rook and three pawns is *one*
# thing to them, and five to a beginner.
#
# That is compression: whoever knows the patterns can write less down. In this lesson you repeat the
# experiment with machines. First with zip, which knows nothing about chess, then with a network that
# has studied more than 400 games and keeps only 32 numbers of a board.
#
# ## A control
#
# Shuffling keeps the pieces of a board and destroys their pattern. So shuffled boards are a **control**:
# what a method gains on both kinds of boards comes from something simple, such as common values. Only
# what it gains on real boards *over* shuffled ones comes from patterns.
#
# A board is an array of 8 × 8 integers: 0 is an empty square, 1 to 6 are White's pawn, knight, bishop,
# rook, queen and king, 7 to 12 Black's. Ours come from games of a chess engine against itself.
#
# ### Exercise 1: shuffle
#
# Each board keeps its own pieces, and every board is shuffled in its **own** way. (A shuffle that all
# boards share could be learnt.)
#
# <details><summary>Hint: which shuffle?</summary>
#
# `np.random.default_rng(seed)` has three methods with similar names: `shuffle`, `permutation`,
# `permuted`. Only one of them, with `axis=1`, treats every row by itself.
# </details>
# <details><summary>Hint: a plan</summary>
#
# Make every board one row of 64 numbers, shuffle within each row, restore the shape.
# </details>


# %% exercise="shuffle_boards"
def shuffle_boards(boards: np.ndarray, seed: int) -> np.ndarray:
    """Shuffle the 64 squares of every board, each board in its own way.

    Args:
        boards: codes (n, 8, 8). Not changed.
        seed: random seed; the same seed gives the same shuffles.

    Returns:
        Codes (n, 8, 8): board i holds the pieces of boards[i].
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    rows = boards.reshape(len(boards), 64)
    shuffled = rng.permuted(rows, axis=1)
    return shuffled.reshape(boards.shape)
    ### END SOLUTION


# %% check="shuffle_boards" points=2
patterns.check_shuffle(shuffle_boards, n=500, seed=1)
patterns.check_shuffle_of_few_pieces(shuffle_boards, n=40, seed=5)
### BEGIN HIDDEN TESTS
patterns.check_shuffle(shuffle_boards, n=7, seed=12)
patterns.check_shuffle(shuffle_boards, n=1, seed=3)
patterns.check_shuffle(shuffle_boards, n=900, seed=0)
### END HIDDEN TESTS

# %% [markdown]
# ## What has no pattern costs its entropy
#
# How short can a description be? Shannon (1948) gave the answer for symbols that are drawn
# independently, symbol $s$ with probability $p_s$. No **lossless** code, one that gives back every bit,
# needs fewer bits a symbol on average than the **entropy**
#
# $$H = -\sum_s p_s \log_2 p_s .$$
#
# Something certain costs 0 bits, a fair coin 1 bit. A symbol that never occurs contributes 0, although
# $\log_2 0$ does not exist. If the 64 squares of a board were independent, a board would cost the *sum*
# of their 64 entropies.
#
# ### Exercise 2: entropy, of a list and of a board
#
# <details><summary>Hint: zeros</summary>
#
# Drop the zero counts before taking logarithms: `counts[counts > 0]`.
# </details>
# <details><summary>Hint: counting</summary>
#
# `np.bincount(values, minlength=13)` counts how often each of 0 to 12 occurs. Empty is an occupant of
# a square like any other.
# </details>


# %% exercise="entropy"
def entropy_bits(counts: np.ndarray) -> float:
    """Entropy in bits of a symbol that occurred so many times as each of some values.

    Args:
        counts: how often each value was seen (m,), zeros allowed, at least one not zero.
    """
    ### BEGIN SOLUTION
    p = counts[counts > 0] / counts.sum()
    bits = np.log2(1 / p)
    return float(np.sum(p * bits))
    ### END SOLUTION


def bits_per_board(boards: np.ndarray) -> float:
    """Bits for a board if its squares were independent: the sum of the 64 squares' entropies.

    Args:
        boards: codes (n, 8, 8) from 0 to 12. The probabilities of a square are the frequencies
            of its 13 possible occupants, empty among them, over the n boards.
    """
    ### BEGIN SOLUTION
    squares = boards.reshape(len(boards), 64).T
    counts = [np.bincount(square, minlength=13) for square in squares]
    return sum(entropy_bits(count) for count in counts)
    ### END SOLUTION


# %% check="entropy" points=3
patterns.check_entropy(entropy_bits, [6, 1, 1])
patterns.check_entropy(entropy_bits, [4, 4, 0, 2])
patterns.check_bits(bits_per_board, patterns.four_boards()[[0, 1, 2, 3, 0]])
patterns.check_bits(bits_per_board, patterns.four_boards())
### BEGIN HIDDEN TESTS
for counts in ([7], [0, 9, 0], [1] * 13, [100, 10, 1, 0, 3, 55], [1] * 1000):
    patterns.check_entropy(entropy_bits, counts)
for n, kind in [(1, "int8"), (30, "int64"), (200, "uint8")]:
    patterns.check_bits(bits_per_board, patterns.random_boards(n, kind))
patterns.check_bits(bits_per_board, load_chess().val[:300])
### END HIDDEN TESTS

# %%
shuffled_train = shuffle_boards(chess.train, seed=1)
shuffled_test = shuffle_boards(chess.test, seed=2)
fig, axes = plt.subplots(1, 2, figsize=(7.6, 3.6))
for ax, name, boards in zip(
    axes, ("from games", "shuffled"), (chess.train, shuffled_train), strict=True
):
    values = [
        entropy_bits(np.bincount(square, minlength=13)) for square in boards.reshape(-1, 64).T
    ]
    image = ax.imshow(np.reshape(values, (8, 8)), cmap="cividis", vmin=0.8, vmax=2.3)
    ax.set(title=f"boards {name}: {sum(values):.0f} bits", xlabel="file", ylabel="rank")
    ax.set_xticks(range(8), "abcdefgh")
    ax.set_yticks(range(8), range(8, 0, -1))
    ax.grid(False)
fig.colorbar(image, ax=axes, label="entropy of the square (bits)", shrink=0.9)
plots.show(
    fig,
    alt="Two maps of the board. In real positions the squares of the left and right file cost 0.9 to 1.4 bits, "
    "the costliest squares almost two; shuffled, all cost about 2.2.",
)

# %% folded="numbers"
report("bits_per_board_real", bits_per_board(chess.train), within=(89, 91))
report("bits_per_board_shuffled", bits_per_board(shuffled_train), within=(142, 143.2))

# %% [markdown]
# Any square of a shuffled board costs about 2.2 bits: all that is left to know is that empty squares and pawns
# are common. Squares of real boards have habits, and a board costs 90 bits instead of 143. How squares
# depend on *each other* is not used yet.
#
# ## Zip
#
# `zlib` compresses as zip, gzip and PNG do. It knows nothing about chess. It replaces what it has
# seen before by a pointer back (Ziv & Lempel 1977), and gives common symbols short codes.
#
# ### Exercise 3: how small does zip make it?
#
# Store every number in **one byte**, then use `zlib.compress` at its default setting.
#
# <details><summary>Hint: bytes</summary>
#
# `items.astype(np.uint8).tobytes()` is an array's content and nothing else. `str(items)` is a picture
# for human eyes.
# </details>


# %% exercise="zlib_bytes"
def zlib_bytes(items: np.ndarray, together: bool) -> float:
    """Bytes that zlib needs for an item, on average.

    Args:
        items: whole numbers from 0 to 255, any integer type, (n, ...): n items.
        together: compress all items in one piece and share the cost, or each by itself.
    """
    ### BEGIN SOLUTION
    small = items.astype(np.uint8)
    pieces = [small] if together else small
    sizes = [len(zlib.compress(piece.tobytes())) for piece in pieces]
    return sum(sizes) / len(items)
    ### END SOLUTION


# %% check="zlib_bytes" points=2
patterns.check_zlib(zlib_bytes, load_chess().val[:40].astype("int64"))
patterns.check_zlib(zlib_bytes, np.arange(20 * 784).reshape(20, 784) % 251)
### BEGIN HIDDEN TESTS
patterns.check_zlib(zlib_bytes, np.random.default_rng(1).integers(0, 256, size=(5, 784)))
patterns.check_zlib(zlib_bytes, np.repeat(np.arange(100) % 7, 30).reshape(100, 30))
patterns.check_zlib(zlib_bytes, load_chess().val[100:117])
patterns.check_zlib(zlib_bytes, np.zeros((1, 300), np.uint8))
### END HIDDEN TESTS

# %%
zipped = {
    name: {
        "each board alone": zlib_bytes(boards, False),
        "all boards together": zlib_bytes(boards, True),
    }
    for name, boards in {"real boards": chess.test, "shuffled boards": shuffled_test}.items()
}
pd.DataFrame(zipped).rename_axis("bytes a board").round(1)

# %% folded="numbers"
report("zip_alone_real", zipped["real boards"]["each board alone"], within=(44, 48))
report("zip_alone_shuffled", zipped["shuffled boards"]["each board alone"], within=(45, 50))
report("zip_real", zipped["real boards"]["all boards together"], within=(7.8, 9.5))
report("zip_shuffled", zipped["shuffled boards"]["all boards together"], within=(22.5, 23.4))
ratio = (
    zipped["shuffled boards"]["all boards together"] / zipped["real boards"]["all boards together"]
)
report("zip_shuffled_over_real", ratio, within=(2.6, 3))

# %% [markdown]
# - **A single board has hardly any pattern for zip.** Patterns are not *in* a board. They are in what
#   boards have in common, and whoever wants to use them has to see many.
# - **Shuffled boards shrink too**, from 64 bytes to about 23. That is no pattern: common symbols get
#   short codes. (143 bits are 18 bytes; zip does not quite reach them.)
# - **Real boards shrink almost three times further.** But zip finds only exact repeats that are near:
#   neighbours in a game differ by one move of each side. Which piece guards which means nothing to it.
#
# ## A memory that learns
#
# An **autoencoder** is a network that learns to compress, by being asked to give back what it was given.
# It has the parts of any compressor:
#
# | part | what it does | everyday kin |
# |---|---|---|
# | **encoder** | turns the input into a latent code | `zip` |
# | **latent code** | all that is kept | the archive, `games.zip` |
# | **decoder** | rebuilds the input: the **reconstruction** | `unzip` |
# | loss | compares reconstruction and input | the checksum that `unzip -t` verifies |
#
# Codes from 0 to 12 are names, not quantities: a king (6) is not six pawns (1). So each square becomes a
# **one-hot vector**: 13 numbers, all 0 except a 1 at its code. A board becomes 64 × 13 = 832 numbers.
# The network answers with 13 probabilities for each square, and its loss is the **cross-entropy**, the
# mean of $-\log p$ of the piece that was really there.
#
# ### Exercise 4: build the autoencoder
#
# Four dense layers, 832 → 256 → 32 → 256 → 832, with GELU (a smooth ReLU) as activation of the two layers
# of 256, and none on the other two. Then `layers.Reshape((64, 13))` and `layers.Softmax()` make 13 probabilities
# for each square.
#
# <details><summary>Hint</summary>
#
# `keras.Sequential([keras.Input((832,)), ...])`, and `layers.Dense(256, activation="gelu")`.
# </details>


# %% exercise="build_memory"
def build_memory(latent_dim: int, width: int) -> keras.Model:
    """An untrained autoencoder of boards: 832 → width → latent_dim → width → 832 → (64, 13).

    Dense layers with biases; GELU on the two layers of the given width, no activation on the
    latent code, softmax over the 13 scores of each square.
    """
    ### BEGIN SOLUTION
    encoder = [
        layers.Dense(width, activation="gelu"),
        layers.Dense(latent_dim),
    ]
    decoder = [
        layers.Dense(width, activation="gelu"),
        layers.Dense(832),
        layers.Reshape((64, 13)),
        layers.Softmax(),
    ]
    return keras.Sequential([keras.Input((832,)), *encoder, *decoder])
    ### END SOLUTION


# %% check="build_memory" points=2
patterns.check_memory(build_memory, latent_dim=32, width=256)
patterns.check_memory(build_memory, latent_dim=5, width=40)
### BEGIN HIDDEN TESTS
patterns.check_memory(build_memory, latent_dim=300, width=300)
### END HIDDEN TESTS


# %%
def study(boards: np.ndarray, seed: int, title: str):
    """Train an autoencoder on boards; return the function that remembers boards."""
    set_seed(seed)
    model = build_memory(32, budget(256, 64))
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
    return lambda shown: vectors_to_boards(predict(model, boards_to_vectors(shown)))


train = chess.train[:: budget(1, 12)]
remember = study(train, seed=0, title="a network studies games")
copies = remember(np.stack([position, jumble]))
plots.show(
    board_grid(
        [position, copies[0], jumble, copies[1]],
        ["from a game", "as remembered", "shuffled", "as remembered"],
        [None, copies[0] != position, None, copies[1] != jumble],
        columns=4,
        size=2.2,
    ),
    alt="Four small boards: the position from a game and its reconstruction with a few wrong squares, framed; "
    "the shuffled board and its reconstruction, most pieces lost.",
    name="11_patterns",
)

# %% folded="numbers"
report("paris_squares_wrong", np.sum(copies[0] != position), within=(1, 10))
report("jumble_pieces_right", np.mean((copies[1] == jumble)[jumble > 0]), within=(0.05, 0.4))

# %% [markdown]
# The position from 1858, which it has never seen, comes back with a few squares wrong. Of the nonsense
# most pieces are lost.
#
# ### Exercise 5: recall
#
# Psychologists count *pieces*, since squares would flatter: who leaves the board empty has most squares
# right. Return both shares, counted over all boards at once.
#
# <details><summary>Hint</summary>
#
# Two arrays of booleans: where memory and board agree, and where the board has a piece.
# </details>


# %% exercise="recall"
def recall(boards: np.ndarray, remembered: np.ndarray) -> tuple[float, float]:
    """Shares from 0 to 1 of the squares right and of the pieces right.

    Args:
        boards: what was shown, codes (n, 8, 8), at least one piece in all.
        remembered: what came back, codes (n, 8, 8).

    Returns:
        (squares, pieces): squares right of all squares of all boards; pieces of all boards that
        were put back on their square, in their colour, of all pieces that were shown.
    """
    ### BEGIN SOLUTION
    right = boards == remembered
    pieces = boards > 0
    return float(right.mean()), float(right[pieces].mean())
    ### END SOLUTION


# %% check="recall" points=2
patterns.check_recall(recall, *patterns.half_forgotten())
### BEGIN HIDDEN TESTS
for n, kind in [(1, "int8"), (25, "int64"), (90, "uint8")]:
    patterns.check_recall(
        recall, *patterns.half_forgotten(load_chess().val[400 : 400 + n].astype(kind))
    )
some = load_chess().val[:25]
patterns.check_recall(recall, some, some.copy())
patterns.check_recall(recall, some, np.zeros_like(some))
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 6: the experiment
#
# Two participants with the same network: the **expert** learns from real boards, the **novice** from the
# same boards shuffled. Both are then shown real and shuffled boards **of games that neither has seen**.
# Write it for any way to learn: `learn(boards)` returns a function `remember`, and `remember(boards)`
# returns what it remembers.
#
# <details><summary>Hint: a plan</summary>
#
# Shuffle the training boards for the novice and the test boards for both. Call `learn` twice, then
# `recall` four times. For a fair comparison both see the same shuffled boards.
# </details>
# <details><summary>Hint: what is tested on what?</summary>
#
# After `learn` has had them, `train` must not appear again. Why would that flatter the expert?
# </details>


# %% exercise="memory_experiment"
def memory_experiment(learn, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """Recall of an expert and a novice on real and shuffled boards of unseen games.

    Args:
        learn: takes boards (n, 8, 8), returns a function from boards to remembered boards.
        train: boards to learn from (n, 8, 8); the novice gets them shuffled.
        test: boards of other games (m, 8, 8), to be shown real and shuffled.
        seed: decides the shuffles; any seeds made from it will do.

    Returns:
        (2, 2, 2): [who, what, score]; who is expert 0 or novice 1, what is real 0 or shuffled 1,
        score is the share of squares 0 or of pieces 1.
    """
    ### BEGIN SOLUTION
    jumbled = shuffle_boards(test, seed + 1000)
    expert = learn(train)
    novice = learn(shuffle_boards(train, seed))
    scores = [
        [recall(boards, remember(boards)) for boards in (test, jumbled)]
        for remember in (expert, novice)
    ]
    return np.array(scores)
    ### END SOLUTION


# %% check="memory_experiment" points=3
patterns.check_experiment(
    memory_experiment, load_chess().train[::200], load_chess().val[::40], seed=3
)
### BEGIN HIDDEN TESTS
boards = load_chess()
patterns.check_experiment(
    memory_experiment, boards.test[::30].astype("int64"), boards.val[5::100], seed=8
)
patterns.check_experiment(memory_experiment, boards.val[:40], boards.train[20:400:20], seed=0)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first:** an empty board has 60 % of the squares right and no piece. Where between 0 and 100 %
# of the *pieces* will the expert be on real boards? The novice? And both on shuffled ones?
#
# A baseline beside them remembers nothing, and answers with the most frequent occupant of each square.


# %%
def learn_usual_places(boards: np.ndarray):
    """Remember nothing; always answer with the most frequent occupant of each square."""
    usual = vectors_to_boards(boards_to_vectors(boards).sum(axis=0, keepdims=True))
    return lambda shown: np.repeat(usual, len(shown), axis=0)


recalled = Results("who", "boards")
for seed in range(budget(2, 1)):
    scores = memory_experiment(lambda b: study(b, seed, f"seed {seed}"), train, chess.test, seed)  # noqa: B023
    for who, rows in zip(("expert", "novice"), scores, strict=True):
        for kind, (squares, pieces) in zip(("real", "shuffled"), rows, strict=True):
            recalled.add((who, kind), seed=seed, squares=squares, pieces=pieces)
usual = memory_experiment(learn_usual_places, train, chess.test, seed=0)[0]
for kind, (squares, pieces) in zip(("real", "shuffled"), usual, strict=True):
    recalled.add(("usual places", kind), squares=squares, pieces=pieces)
recalled.table()

# %%
fig, ax = plt.subplots(figsize=(6.6, 3.6))
for place, who in enumerate(("expert", "novice", "usual places")):
    heights = [100 * recalled.mean((who, kind), "pieces") for kind in ("real", "shuffled")]
    ax.bar(np.arange(2) + 0.27 * (place - 1), heights, 0.25, label=who)
ax.set_xticks([0, 1], ["positions from unseen games", "the same pieces, shuffled"])
ax.set(title="A board in 32 numbers: pieces recalled", ylabel="pieces right (%)", ylim=(0, 100))
ax.grid(axis="x", visible=False)
ax.legend()
plots.show(
    fig,
    alt="Bars: on positions from games the expert recalls about 75 per cent of the pieces, the usual places 30, "
    "the novice under 25; on shuffled boards all recall 20 or less.",
)

# %% folded="numbers"
report("expert_real_pieces", recalled.mean(("expert", "real"), "pieces"), within=(0.72, 0.79))
report("novice_real_pieces", recalled.mean(("novice", "real"), "pieces"), within=(0.12, 0.25))
report(
    "expert_shuffled_pieces", recalled.mean(("expert", "shuffled"), "pieces"), within=(0.13, 0.18)
)
report(
    "novice_shuffled_pieces", recalled.mean(("novice", "shuffled"), "pieces"), within=(0.15, 0.20)
)
report("expert_real_squares", recalled.mean(("expert", "real"), "squares"), within=(0.85, 0.89))
report(
    "usual_places_real_pieces",
    recalled.mean(("usual places", "real"), "pieces"),
    within=(0.29, 0.32),
)
report(
    "usual_places_shuffled_pieces",
    recalled.mean(("usual places", "shuffled"), "pieces"),
    within=(0.02, 0.06),
)
report("empty_board_squares", np.mean(chess.test == 0), within=(0.60, 0.603))

# %% [markdown]
# There is the experiment of 1973, on a machine. On games that nobody had seen, the expert puts back
# about three quarters of the pieces, the novice less than the usual places would give. Shuffle the
# pieces, and the expert falls to the novice's level.
#
# ## Break it: a latent code as large as the input
#
# If 32 numbers make an expert, surely 832 make a better one? **Predict first:** draw the two curves,
# real and shuffled boards, as the latent code grows from 8 numbers to 832. The memory here is PCA, the
# best *linear* autoencoder (lesson 12): it is exact and quick.

# %%
pca = PCA(svd_solver="covariance_eigh").fit(boards_to_vectors(train).astype("float64"))
dimensions = [8, 16, 32, 64, 128, 256, 512, 832]
curves = {"real boards": chess.test, "shuffled boards": shuffled_test}
fig, ax = plt.subplots(figsize=(6.6, 3.6))
for name, boards in curves.items():
    x = boards_to_vectors(boards) - pca.mean_
    shares = []
    for k in dimensions:
        directions = pca.components_[:k]
        back = vectors_to_boards(x @ directions.T @ directions + pca.mean_)
        shares.append(100 * recall(boards, back)[1])
    curves[name] = shares
    ax.plot(dimensions, shares, "o-", label=name)
ax.set_xscale("log", base=2)
ax.set_xticks(dimensions, dimensions)
ax.minorticks_off()
ax.set(title="With room for everything, nonsense is remembered as well as chess", ylim=(0, 103))
ax.set(xlabel="latent dimension (PCA)", ylabel="pieces right (%)")
ax.legend()
plots.show(
    fig,
    alt="Pieces recalled by latent dimension: real boards lead clearly up to 512 numbers; at 832 both curves "
    "meet at 100 per cent.",
)

# %% folded="numbers"
report("pca_32_real", curves["real boards"][2] / 100, within=(0.71, 0.74))
report("pca_32_shuffled", curves["shuffled boards"][2] / 100, within=(0.11, 0.15))
report("pca_832_real", curves["real boards"][-1] / 100, within=(1, 1))
report("pca_832_shuffled", curves["shuffled boards"][-1] / 100, within=(1, 1))

# %% [markdown]
# At 832 numbers the memory is perfect, on sense and nonsense alike. It has become the **identity map**,
# $\hat x = x$, and a copier has no need to know chess. The repair is the **bottleneck**: where room is
# scarce, it has to be spent on what is likely. That is what the narrow layer of an autoencoder is *for*.
#
# ### Written question
#
# A friend trains an autoencoder whose latent code is as large as its input, finds that it reproduces
# every test picture perfectly, and concludes: "it has understood my data." Explain why the perfect score
# does not show that, which comparison would, and what a bottleneck changes. (3 to 5 sentences.)

# %% [markdown] answer="perfect_recall" points=3
# **Model answer.** With as many numbers as the input has, copying the input is possible, and a copier
# scores perfectly without knowing anything about the data: here PCA with 832 numbers recalled shuffled
# boards as perfectly as real ones. To see knowledge, show inputs from the same source that it has not
# seen *and* a control that has the same values without the pattern (shuffled boards or pixels): only
# the difference between the two is due to patterns. With a bottleneck it cannot keep everything, so it has to
# give its few numbers to what is likely in its data; then recall on real inputs stays high and
# recall on the control falls.
#
# **Rubric.** 1 point: a code as large as the input allows the identity map (copying), which needs no
# knowledge. 1 point: names a control, the same values without the pattern or another kind of data, on
# unseen examples, and compares. 1 point: the bottleneck forces a choice, so that frequent patterns are
# kept at the expense of unlikely inputs.

# %% [markdown]
# ## Summary
#
# 1. Data shrink for two reasons: some values are common (entropy), and some patterns are. Shuffling
#    separates the two.
# 2. Zip uses near, exact repeats, and knows nothing else.
# 3. An autoencoder is encoder, latent code and decoder, learnt from examples of one kind.
# 4. Trained on games, it remembers unseen positions far better than a novice, and shuffled ones no better.
# 5. Perfect recall proves nothing: a copier has it. A bottleneck forces a choice, and a control shows it.
#
# ## References
#
# - C. E. Shannon (1948). A mathematical theory of communication. *Bell System Technical Journal* 27.
# - W. G. Chase, H. A. Simon (1973). Perception in chess. *Cognitive Psychology* 4, 55–81.
# - J. Ziv, A. Lempel (1977). A universal algorithm for sequential data compression. *IEEE Transactions on
#   Information Theory* 23.
