# ---
# title: Why anything compresses
# question: Why can anything be squeezed at all, and what does a machine have to know to do it?
# minutes: 60
# goals:
#   - tell the two reasons why data shrink (some values are common, some patterns are) apart by a control
#   - compute the entropy that zip must pay where there is no pattern
#   - repeat a famous experiment on chess players with networks instead of people, fairly
#   - name the parts of an autoencoder, and say what its bottleneck is for
# ---

# %%
import zlib

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from course_utils import check, plots
from course_utils.chess_games import PIECES, board_grid, classic_games
from course_utils.data import load_chess, load_digits
from course_utils.report import report
from course_utils.training import ProgressBar, budget, set_seed

chess = load_chess()
chess

# %% [markdown]
# ## A picture first
#
# Look at the left board for five seconds, then look away: how many pieces can you put back in their
# places? Now the right board, which holds the same pieces.

# %%
opera = classic_games()[2]  # Morphy against the Duke of Brunswick, Paris 1858
position = opera.board(30)
jumble = np.random.default_rng(3).permutation(position.ravel()).reshape(8, 8)
figure = board_grid(
    [position, jumble],
    ["Morphy at the opera, Paris 1858,\nWhite to play and win", "the same pieces, shuffled"],
    columns=2,
    size=3.4,
)
plots.show(
    figure,
    alt="Two chess boards: a position from Morphy's Opera game, with castled king and rows of "
    "pawns, and a board with the same pieces strewn over it at random.",
)

# %% [markdown]
# In 1973 William Chase and Herbert Simon asked a master, a good amateur and a beginner to do just
# that. With positions from games the master was far ahead; with shuffled pieces his advantage was
# gone. Masters do not have better memories. They know chess: a castled king with its rook and three
# pawns is *one* thing to them, and five to a beginner.
#
# That is compression. Whoever knows the patterns can write less down. In this lesson you repeat the
# experiment with machines: first with zip, which knows nothing and can only look for repeats, then
# with a network that studies games and has 32 numbers to write a board down.
#
# **Predict first:** shuffle the pieces, and how much does zip lose? How much does an expert network?

# %% [markdown]
# ## The control
#
# Shuffling keeps the pieces and destroys their pattern. Whatever a method gains on real boards over
# shuffled ones, it owes to *patterns*; whatever it gains on both, to something simpler. Without such a
# control no experiment on memory, of people or machines, says anything.
#
# The boards come from 600 games of a chess engine against itself: the middle game, after every move of
# both sides, while 20 pieces or more are left. A board is an array of 8 × 8 small integers: 0 is an
# empty square, 1 to 6 are White's pawn, knight, bishop, rook, queen and king, 7 to 12 Black's. Players
# call a row *rank* and a column *file*.

# %%
print(position)

# %% [markdown]
# ### Exercise 1: shuffle
#
# Write `shuffle_boards`. Each board keeps its own pieces, on new squares, and every board is shuffled
# in its **own** way: a shuffle that all boards share could be learnt.
#
# <details><summary>Hint: which shuffle?</summary>
#
# `np.random.default_rng(seed)` has three methods with similar names: `shuffle`, `permutation`,
# `permuted`. Read what each does with a two-dimensional array and `axis=1`. Only one of them
# treats every row by itself.
# </details>
# <details><summary>Hint: a plan</summary>
#
# Make every board one row of 64 numbers; shuffle within each row; give the result its old shape.
# </details>


# %% exercise="shuffle_boards"
def shuffle_boards(boards: np.ndarray, seed: int) -> np.ndarray:
    """Shuffle the 64 squares of every board, each board in its own way.

    Args:
        boards: codes (n, 8, 8). Not changed.
        seed: the same seed gives the same shuffles.

    Returns:
        Codes (n, 8, 8): board i holds the pieces of boards[i].
    """
    ### BEGIN SOLUTION
    rows = boards.reshape(len(boards), 64)
    return np.random.default_rng(seed).permuted(rows, axis=1).reshape(boards.shape)
    ### END SOLUTION


# %% check="shuffle_boards" points=2
def check_shuffle(n, seed):
    """Every square has its own number here, so it shows where each went."""
    boards = np.arange(n * 64).reshape(n, 8, 8)
    before = boards.copy()
    result = shuffle_boards(boards, seed)
    check.unchanged(before, boards, "the argument boards")
    result = check.array(result, "the shuffled boards", shape=(n, 8, 8), kind="integer")
    check.require(not np.array_equal(result, boards), "The boards come back as they were.")
    old, new = before.reshape(n, 64), result.reshape(n, 64)
    whole = {row.tobytes() for row in old}
    check.require(
        not all(row.astype(old.dtype).tobytes() in whole for row in new),
        "The boards changed places, but on each of them everything stays where it was.",
    )
    check.require(
        np.array_equal(np.sort(new.ravel()), old.ravel()),
        "Some pieces were lost and others doubled: a shuffle only moves them.",
    )
    check.require(
        np.array_equal(np.sort(new, axis=1), old),
        "Pieces wandered from one board to another: every board keeps its own.",
    )
    moves = new - 64 * np.arange(n)[:, None]
    check.require(
        not (moves == moves[:1]).all(),
        "Every board was shuffled in the same way: piece by piece, they went to the same squares.",
    )
    ranks, files = moves.reshape(n, 8, 8) // 8, moves.reshape(n, 8, 8) % 8
    for name, lines in {"rank": ranks, "file": files}.items():
        together = (lines == lines[:, :, :1]).all() or (lines == lines[:, :1]).all()
        check.require(
            not together,
            f"Squares of one {name} stay together: shuffle all 64 squares of a board, "
            "not its rows or columns.",
        )
    staying = np.mean(moves == np.arange(64))
    check.require(
        staying < 0.15,
        f"{staying:.0%} of the squares keep their piece. A full shuffle leaves 1 of 64 by chance.",
    )
    order = np.mean(np.diff(moves, axis=1) == 1)
    check.require(order < 0.15, "Neighbours are still neighbours: much of the old order is left.")
    check.require(
        len(np.unique(moves, axis=0)) > 0.9 * n,
        "Some boards were shuffled in the same way as others: every board needs a shuffle of its own.",
    )
    if n >= 400:  # enough boards to see where squares can go, and with which others
        reached = [len(np.unique(place)) for place in np.argsort(moves, axis=1).T]
        check.require(
            min(reached) >= 60,
            f"A square's piece gets to {min(reached)} of the 64 squares only, on all boards taken "
            "together: part of the shuffle is shared.",
        )
        for old_line, new_line, lines in [
            ("file", "rank", files),
            ("rank", "file", ranks.transpose(0, 2, 1)),
        ]:
            pairs = lines[..., :, None] == lines[..., None, :]
            met = (pairs.sum() - lines.size) / (7 * lines.size)
            check.require(
                0.05 < met < 0.3,
                f"Pieces of one {old_line} meet on one {new_line} in {met:.0%} of the pairs there; "
                "in a full shuffle in 11%. Shuffle all 64 squares at once, not rows and columns.",
            )
    check.require(
        isinstance(shuffle_boards(boards, seed), np.ndarray),
        "The boards must come back as one NumPy array, not as a list.",
    )
    check.require(
        np.array_equal(result, shuffle_boards(boards, seed)),
        "Two calls with the same seed differ: make the generator inside, from the seed.",
    )
    check.differ(
        result, shuffle_boards(boards, seed + 1), "Another seed gives the same shuffle: use it."
    )


check_shuffle(500, seed=1)
### BEGIN HIDDEN TESTS
check_shuffle(7, seed=12)
check_shuffle(400, seed=0)
few = np.zeros((40, 8, 8), np.int8)
few[:, 0, 0], few[:, 7, 7] = 6, 12
moved = check.array(shuffle_boards(few, 5), "boards with two kings", shape=(40, 8, 8))
for code in (6, 12):
    check.close((moved == code).sum(axis=(1, 2)), np.ones(40), f"pieces of code {code} on a board")
check.require(
    len({tuple(np.flatnonzero(board)) for board in moved}) > 30,
    "On forty boards the kings land on few different squares: is every board shuffled by itself?",
)
### END HIDDEN TESTS

# %% [markdown]
# ## The parts of a compressor
#
# Everything that compresses has the same four parts, whether it is a tool on your computer or a
# network. An **autoencoder** is a network that learns the first three together, by being asked to
# give back what it was given:
#
# | part | what it does | everyday kin |
# |---|---|---|
# | encoder | turns the input into a code | `zip` |
# | code | all that is kept | the archive, `games.zip` |
# | decoder | rebuilds the input from the code | `unzip` |
# | loss | compares what came out with what went in | the checksum that `unzip -t` verifies |
#
# Two differences matter. Zip must give back every bit, so its checksum knows only right and wrong; an
# autoencoder may be a little wrong, and its loss says *how much*. And zip's rules were written once
# for all files, while an autoencoder's are learnt from examples of one kind.
#
# ## What has no pattern: entropy
#
# How short can a description be? Shannon (1948) gave the answer for symbols drawn independently, symbol
# $s$ with probability $p_s$: no lossless code needs fewer bits a symbol, on average, than the entropy
#
# $$H = -\sum_s p_s \log_2 p_s .$$
#
# Something certain costs nothing, a fair coin costs one bit, and common values are cheaper than rare
# ones. Two remarks that save hours: the base of the logarithm is **2** (with `np.log` the unit is called
# *nat*, and the number is 31 % smaller), and a symbol that never occurs contributes **0**, though
# $\log_2 0$ does not exist.
#
# If the 64 squares of a board were independent of each other, each with its own probabilities, a
# board would cost the *sum* of the 64 entropies. They are not independent, so this is what you pay for
# knowing each square's habits and nothing about patterns.
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
# a square like any other: that h4 is mostly empty is exactly the kind of habit to count.
# </details>


# %% exercise="entropy"
def entropy_bits(counts: np.ndarray) -> float:
    """Entropy in bits of a symbol that occurred so many times as each of some values.

    Args:
        counts: how often each value was seen (m,), zeros allowed, at least one not zero.
    """
    ### BEGIN SOLUTION
    p = counts[counts > 0] / counts.sum()
    return float(np.sum(p * np.log2(1 / p)))
    ### END SOLUTION


def bits_per_board(boards: np.ndarray) -> float:
    """Bits for a board if its squares were independent: the sum of the 64 squares' entropies.

    Args:
        boards: codes (n, 8, 8) from 0 to 12. The probabilities of a square are the frequencies
            of its 13 possible occupants, empty among them, over the n boards.
    """
    ### BEGIN SOLUTION
    squares = boards.reshape(len(boards), 64).T
    return sum(entropy_bits(np.bincount(square, minlength=13)) for square in squares)
    ### END SOLUTION


# %% check="entropy" points=3
def check_entropy(counts, name):
    """Entropy from the definition, with the usual mistakes."""
    p = [c / sum(counts) for c in counts if c]
    right = sum(q * np.log2(1 / q) for q in p)
    with np.errstate(all="ignore"):  # who drops the NaN afterwards is right too
        answer = entropy_bits(np.array(counts))
    if isinstance(answer, float | np.floating) and np.isnan(answer):
        raise check.CheckError(
            f"{name}: got NaN. The logarithm of zero? A value that never occurs contributes 0."
        )
    check.close(
        answer,
        right,
        name,
        mistakes={
            "this is in nats; bits need the logarithm to base 2.": right * np.log(2),
            "this is with the logarithm to base 10; bits need base 2.": right * np.log10(2),
            "the sign is wrong: an entropy is never negative.": -right,
            "this is the average over the values; weigh each with its probability and sum.": right
            / len(counts),
            "the counts were not divided by their sum.": -sum(c * np.log2(c) for c in counts if c),
            "each value must be weighted with its probability, not all alike.": np.mean(
                np.log2(1 / np.array(p))
            ),
        },
    )


def check_bits(boards, name):
    """Sum of the squares' entropies, counted with np.unique, and the usual mistakes."""
    rows = np.asarray(boards).reshape(len(boards), 64)

    def h(values):
        _, counts = np.unique(values, return_counts=True)
        p = counts / max(len(values), 1)
        return float(-(p * np.log2(p)).sum())

    def of_values(counts):
        p = counts[counts > 0] / counts.sum()
        return float(np.sum(p * np.log2(1 / p)))

    right = sum(h(column) for column in rows.T)
    with np.errstate(all="ignore"):
        answer = bits_per_board(boards)
    check.close(
        answer,
        right,
        name,
        mistakes={
            "the empty squares were not counted; empty is an occupant like any other.": sum(
                h(column[column > 0]) for column in rows.T
            ),
            "this is the average over the squares; a board costs their sum.": right / 64,
            "all squares were counted together; each has its own frequencies.": h(rows.ravel()),
            "all squares were counted together, times 64; each has its own frequencies.": 64
            * h(rows.ravel()),
            "this is in nats; bits need the logarithm to base 2.": right * np.log(2),
            "counted within each board; count each square over all boards.": sum(
                h(row) for row in rows
            ),
            "counted within each board; count each square over the boards.": np.mean(
                [h(row) for row in rows]
            ),
            "only whether a square is occupied was counted; which piece it is matters too.": sum(
                h(column > 0) for column in rows.T
            ),
            "White's and Black's pieces were counted as one; the colour matters too.": sum(
                h(np.where(column > 6, column - 6, column)) for column in rows.T
            ),
            "11 and 12, Black's queen and king, were counted as one (the last bin?).": sum(
                h(np.minimum(column, 11)) for column in rows.T
            ),
            "reshape(64, -1) mixes squares: a row must be a board, (n, 64), then transpose.": sum(
                h(row) for row in rows.reshape(64, -1)
            ),
            "entropy_bits takes counts; it was given the codes themselves.": sum(
                of_values(column.astype(int)) for column in rows.T
            ),
        },
    )


check_entropy([6, 2], "the entropy of 6 heads and 2 tails")
check_entropy([4, 4, 0, 2], "the entropy of the counts 4, 4, 0, 2")
boards = np.zeros((4, 8, 8), np.int8)
boards[:, 0, 0] = [0, 0, 1, 2]  # half empty: 1.5 bits
boards[:, 3, 4] = [5, 5, 0, 0]  # 1 bit
boards[:, 7, 7] = [1, 2, 3, 12]  # 2 bits
boards[:, 7, 4] = 6  # certain: nothing
boards[:, 1, 2] = [1, 7, 7, 7]  # pawns of two colours: 0.81 bits
boards[:, 0, 3] = [11, 12, 11, 12]  # 1 bit
check_bits(boards, "the bits for four boards")
check_bits(np.concatenate([boards, boards[:1]]), "the bits for five boards")
### BEGIN HIDDEN TESTS
check_entropy([7], "the entropy of something certain")
check_entropy([0, 9, 0], "the entropy of something certain among the impossible")
check_entropy([1] * 13, "the entropy of 13 equally likely values")
check_entropy([100, 10, 1, 0, 3, 55], "the entropy of six counts")
rng = np.random.default_rng(5)
for n, kind in [(1, "int8"), (30, "int64"), (200, "uint8")]:
    boards = rng.choice(13, size=(n, 8, 8), p=[0.64] + [0.03] * 12).astype(kind)
    check_bits(boards, f"the bits for {n} random boards")
check_bits(chess.val[:300], "the bits for 300 real boards")
### END HIDDEN TESTS

# %%
shuffled_train = shuffle_boards(chess.train, seed=1)
maps = {}
for name, boards in {"from games": chess.train, "shuffled": shuffled_train}.items():
    maps[name] = [
        [entropy_bits(np.bincount(boards[:, r, c], minlength=13)) for c in range(8)]
        for r in range(8)
    ]
fig, axes = plt.subplots(1, 2, figsize=(7.6, 3.6))
for ax, (name, values) in zip(axes, maps.items(), strict=True):
    image = ax.imshow(values, cmap="cividis", vmin=0.8, vmax=2.3)
    ax.set_xticks(range(8), "abcdefgh")
    ax.set_yticks(range(8), range(8, 0, -1))
    ax.set(title=f"boards {name}: {np.sum(values):.0f} bits", xlabel="file", ylabel="rank")
    ax.grid(False)
fig.colorbar(image, ax=axes, label="entropy of the square (bits)", shrink=0.9)
plots.show(
    fig,
    alt="Two maps of the board. In real positions the squares at the left and right edge of the "
    "middle ranks cost about one bit, busy squares almost two; shuffled, all cost 2.2.",
)
bits_real, bits_shuffled = bits_per_board(chess.train), bits_per_board(shuffled_train)
report("bits_per_board_real", bits_real, within=(89, 91))
report("bits_per_board_shuffled", bits_shuffled, within=(142, 143.2))

# %% [markdown]
# A square of a shuffled board costs 2.2 bits, wherever it is: all that is left to know is that empty
# squares and pawns are common. Squares of real boards have habits, and a board costs 90 bits instead
# of 143. How the squares depend on *each other*, the patterns proper, is not used yet.
#
# ## Zip
#
# `zlib` is the engine inside zip, gzip and PNG files. It knows nothing about chess. It replaces what it
# has seen before by a pointer back, and gives common symbols short codes.
#
# ### Exercise 3: how small does zip make it?
#
# Write `zlib_bytes` and, with it, `compression_ratio`. Use `zlib.compress` as it is, at its default
# setting, and store every number in **one byte** first.
#
# <details><summary>Hint: bytes</summary>
#
# `items.astype(np.uint8).tobytes()` is the array's content and nothing else. Do not use `str(items)`:
# that is a picture for human eyes, with dots where it is long. Nor leave out `astype`: with eight bytes
# for each small integer zip looks better than it is.
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
    return sum(len(zlib.compress(piece.tobytes())) for piece in pieces) / len(items)
    ### END SOLUTION


def compression_ratio(items: np.ndarray, together: bool) -> float:
    """How many times smaller zlib makes items of one byte a number; below 1 they grow."""
    ### BEGIN SOLUTION
    return items[0].size / zlib_bytes(items, together)
    ### END SOLUTION


# %% check="zlib_bytes" points=2
def check_zlib(items, name):
    """The size by zlib's streaming interface, and the usual mistakes."""

    def size(array, level=-1):
        squeeze = zlib.compressobj(level)
        return len(squeeze.compress(np.ascontiguousarray(array)) + squeeze.flush())

    n, per_item = len(items), np.prod(items.shape[1:])
    small = np.array(items, dtype=np.uint8)
    each = sum(size(item) for item in small)
    everything = size(small)
    for together, total, other in [(True, everything, each), (False, each, everything)]:
        how = "all together" if together else "each by itself"
        answer = zlib_bytes(items, together)
        check.close(
            answer,
            total / n,
            f"the bytes for an item of {name}, {how}",
            rtol=1e-9,
            mistakes={
                f"the items were not compressed {how}; what does `together` say?": other / n,
                "this is the size of everything; divide by the number of items.": total,
                "divide by the number of items, not of numbers.": total / items.size,
                "every number was stored in eight bytes, not in one.": (
                    size(small.astype("int64"))
                    if together
                    else sum(size(i) for i in small.astype("int64"))
                )
                / n,
                "this is the printed picture of the array; compress its content.": (
                    size(np.frombuffer(str(items).encode(), np.uint8))
                    if together
                    else sum(size(np.frombuffer(str(i).encode(), np.uint8)) for i in items)
                )
                / n,
                "this is in bits; bytes were asked for.": 8 * total / n,
                "only the first item was compressed.": size(small[0]),
                "only the first item was compressed, and divided by their number.": size(small[0])
                / n,
                "this is with level 9; use zlib.compress at its default level, please.": (
                    size(small, 9) if together else sum(size(item, 9) for item in small)
                )
                / n,
                "this is the compression ratio.": per_item * n / total,
            },
        )
        check.close(
            compression_ratio(items, together),
            per_item * n / total,
            f"the compression ratio of {name}, {how}",
            mistakes={
                "an item's size was taken as 64; other items have other sizes.": 64 * n / total,
                "len(items[0]) is an item's number of rows; its size is the number of numbers.": len(
                    items[0]
                )
                * n
                / total,
                "this is compressed over original; 2 should mean half the size.": total
                / (per_item * n),
                "this divides the size of all items by the compressed size of one.": n
                * n
                * per_item
                / total,
                "this divides the size of one item by the compressed size of all.": per_item
                / total,
                "an uncompressed number takes one byte here, not eight.": 8 * per_item * n / total,
            },
        )


check_zlib(chess.val[:40].astype("int64"), "40 boards")
pictures = np.round(255 * load_digits().x_val[:20]).astype("int64").reshape(20, 784)
check_zlib(pictures, "20 digits of 784 numbers")
### BEGIN HIDDEN TESTS
check_zlib(np.random.default_rng(1).integers(0, 256, size=(5, 784)), "five pictures of noise")
check_zlib(np.tile(np.arange(100), (30, 1)).T % 7, "a hundred rows, every second one alike")
check_zlib(np.asfortranarray(chess.val[100:117]), "17 boards")
check_zlib(np.zeros((1, 300), np.uint8), "one item of zeros")
### END HIDDEN TESTS

# %%
test_shuffled = shuffle_boards(chess.test, seed=2)
order = np.random.default_rng(0).permutation(len(chess.test))
ways = {"each alone": (False, slice(None)), "all, game by game": (True, slice(None))}
ways["all, mixed up"] = (True, order)
zipped = pd.DataFrame(
    {
        f"{name}, {what}": {
            way: f(boards[rows], together) for way, (together, rows) in ways.items()
        }
        for what, f in {"bytes": zlib_bytes, "ratio": compression_ratio}.items()
        for name, boards in {"real": chess.test, "shuffled": test_shuffled}.items()
    }
)
zipped.round(1)

# %%
counts = np.stack([(chess.train == code).sum(axis=(1, 2)) for code in range(13)], axis=1)
log_factorial = np.concatenate([[0], np.cumsum(np.log2(np.arange(1, 65)))])
arrangements = np.mean(log_factorial[64] - log_factorial[counts].sum(axis=1))  # bits, pieces known
numbers = entropy_bits(np.unique(counts, axis=0, return_counts=True)[1])  # bits for the pieces
report("bits_saved_by_known_pieces", bits_shuffled - arrangements - numbers, within=(13, 15.5))
report("zip_alone_real", zipped.loc["each alone", "real, bytes"], within=(44, 48))
report("zip_alone_shuffled", zipped.loc["each alone", "shuffled, bytes"], within=(45, 50))
report("zip_real", zipped.loc["all, game by game", "real, bytes"], within=(7.8, 9.5))
report("zip_mixed_real", zipped.loc["all, mixed up", "real, bytes"], within=(14.5, 15.9))
report("zip_shuffled", zipped.loc["all, game by game", "shuffled, bytes"], within=(21.5, 24.5))

# %% [markdown]
# Three things to see.
#
# - **A single board has hardly any pattern for zip**, real or shuffled: about 46 and 48 bytes, more than the 32
#   that four bits a square would take. Patterns are not *in* a board. They are in what boards have in
#   common, and whoever wants to use them has to see many.
# - **Shuffled boards shrink too**, from 64 bytes to about 22. That is no pattern: most squares are
#   empty, and common symbols get short codes. Independent squares would cost 143 bits, 18 bytes; writing
#   down first how many pieces of each kind a board has would save some 14 bits more. Zip reaches neither.
# - **Real boards shrink almost three times further**, to less than the 11 bytes (90 bits) of
#   independent squares. No contradiction: that bound holds for squares that know nothing of each other.
#   Neighbours in a game differ by one move of each side. Mixed up, they cost about 15 bytes: zip finds
#   repeats that are near and exact. Which piece guards which means nothing to it.
#
# ## The same for pictures
#
# Now handwritten digits, 784 bytes each, and three ways to spoil them: move the pixels to new places,
# **the same** new places for all digits; new places for **each** digit; noise.

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
figure = plots.image_rows(shown, "Which of these can be squeezed?")
plots.show(
    figure,
    alt="Eight handwritten digits; below, the same pixels moved to new places, by one shuffle for "
    "all and by a fresh one for each, look alike: grey dust. Last, noise over the full range.",
)

# %% [markdown]
# To the eye the second and the third row are the same dust. **Predict first:** will zip tell them apart?
# Will PCA, which finds the directions in which the pictures vary most?

# %%
zip_digits = {name: zlib_bytes(x[:1000], together=True) for name, x in kinds.items()}
pooled = {name: 784 * entropy_bits(np.bincount(x[:1000].ravel())) / 8 for name, x in kinds.items()}
by_place = sum(entropy_bits(np.bincount(place)) for place in pixels[:1000].T) / 8
kept = {}
for name, x in kinds.items():
    fitted = PCA(svd_solver="covariance_eigh").fit(x / 255)
    kept[name] = np.cumsum(fitted.explained_variance_ratio_)

fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.6))
left.barh(list(zip_digits), list(zip_digits.values()), color=plots.COLORS[:4])
label = "entropy of pixels,\nall places pooled"
left.plot(list(pooled.values()), range(4), "k|", markersize=22, label=label)
for row, value in enumerate(zip_digits.values()):
    left.text(max(value, pooled[list(zip_digits)[row]]) + 20, row, f"{value:.0f}", va="center")
left.invert_yaxis()
left.set(title="Zip: 1,000 pictures together", xlabel="bytes for a picture", xlim=(0, 920))
left.legend(loc="center right", markerscale=0.5, fontsize=9)
left.grid(axis="y", visible=False)
styles = ("-", (0, (2, 2)), "-", "-")
for (name, share), style, color in zip(kept.items(), styles, plots.COLORS, strict=False):
    width = 4.5 if name == "digits" else 2
    right.plot(range(1, 785), 100 * share, ls=style, color=color, lw=width, label=name)
right.set(title="PCA: 4,000 pictures", xlabel="components kept", ylabel="variance kept (%)")
right.set(xlim=(0, 300), ylim=(0, 103))
right.legend(loc="lower right", fontsize=9)
plots.show(
    fig,
    alt="Left: zip needs 160 bytes for a digit, 250 for either shuffle, 784 for noise. Right: the "
    "variance kept by PCA; digits and digits under one shuffle share a steep curve, a fresh "
    "shuffle and noise stay near the diagonal.",
)

# %%
gap = np.abs(kept["digits"] - kept["one shuffle for all"]).max()
report("zip_digits", zip_digits["digits"], within=(155, 178))
report("zip_one_shuffle", zip_digits["one shuffle for all"], within=(235, 265))
report("zip_fresh_shuffles", zip_digits["a fresh shuffle each"], within=(235, 265))
report("zip_noise", zip_digits["noise"], within=(784, 790))
report("digit_entropy_bytes", pooled["digits"], within=(185, 203))
report("digit_entropy_bytes_by_place", by_place, within=(154, 158))
report("pca_gap_of_one_shuffle", gap, within=(0, 1e-6))
report("pca_32_digits", kept["digits"][31], within=(0.74, 0.76))
report("pca_32_fresh_shuffles", kept["a fresh shuffle each"][31], within=(0.08, 0.11))

# %% [markdown]
# Two compressors, two kinds of pattern. **Zip** reads a picture as a line of numbers and lives on runs and
# repeats: both shuffles ruin it alike, from about 165 to 250 bytes, above the 195 of pixels drawn from
# one pool for all places. With frequencies for each place, as in Exercise 2, a digit costs about 156
# bytes (rather an underestimate, from 1,000 digits), less than with zip, and the same under the shared
# shuffle, where zip needs 250. **PCA** does not care *where* a pixel is, only which pixels vary together: one shuffle for
# all leaves its curve unchanged to the last digit, a fresh one for each destroys it. Nothing squeezes
# noise: zip makes it a little longer.
#
# So "pattern" is not a property of data alone. It is what a given compressor is able to use. Dense
# networks are blind to places like PCA, convolutional ones (lesson 14) look at neighbours like zip.
#
# ## A memory for chess
#
# Now a compressor that learns. Its 32 numbers are the short-term memory, its weights the experience.
# First, the input. Codes from 0 to 12 are names, not quantities: a king (6) is not six pawns (1), and
# halfway between a rook (4) and a king lies no queen. So each square becomes 13 numbers, all 0 except a 1 at its
# code, *one-hot*, and a board becomes 64 × 13 = 832 numbers.
#
# ### Exercise 4: to one-hot and back
#
# The way back gets *scores*, from a network that is not sure: of a square's 13 numbers the largest
# wins, whatever their size.
#
# <details><summary>Hint: forth</summary>
#
# The rows of `np.eye(13)` are the 13 one-hot vectors, and an array of integers can be an index:
# try `np.eye(13)[[0, 2, 2]]`.
# </details>
# <details><summary>Hint: back</summary>
#
# Give the scores the shape in which a square's 13 numbers have an axis of their own; then one NumPy
# function says where each largest stands.
# </details>


# %% exercise="one_hot"
def boards_to_vectors(boards: np.ndarray) -> np.ndarray:
    """One-hot vectors (n, 832) float32 of boards (n, 8, 8) with codes 0 to 12.

    Square (row, column) has the 13 entries from 13 * (8 * row + column) on.
    """
    ### BEGIN SOLUTION
    return np.eye(13, dtype=np.float32)[boards].reshape(len(boards), 832)
    ### END SOLUTION


def vectors_to_boards(vectors: np.ndarray) -> np.ndarray:
    """Boards (n, 8, 8) of integer codes: of every square's 13 scores (n, 832) the largest wins."""
    ### BEGIN SOLUTION
    return vectors.reshape(len(vectors), 8, 8, 13).argmax(axis=-1)
    ### END SOLUTION


# %% check="one_hot" points=2
def check_one_hot(boards, seed):
    """Both ways, against entries set one by one."""
    n = len(boards)
    before = np.array(boards)
    wanted = np.zeros((n, 832))
    for i in range(n):
        for square, code in enumerate(np.array(boards[i]).ravel()):
            wanted[i, 13 * square + int(code)] = 1
    vectors = check.array(boards_to_vectors(boards), "the vectors", kind="float")
    check.require(
        vectors.shape != (n, 64 * 12),
        "A square has 12 numbers, expected 13: empty squares need their own.",
    )
    vectors = check.array(vectors, "the vectors", shape=(n, 832))
    check.unchanged(before, boards, "the argument boards")
    check.require(
        np.isin(vectors, (0, 1)).all(), "The vectors hold other values than 0 and 1: one-hot?"
    )
    ones = vectors.sum(axis=1)
    check.require(
        (ones == 64).all(),
        f"A vector holds {ones[ones != 64][:1]} ones, expected 64: one for every square, "
        "empty squares included.",
    )
    squares = wanted.reshape(n, 8, 8, 13)
    check.close(
        vectors,
        wanted,
        "the vectors",
        mistakes={
            "in the order piece by piece; the 13 numbers of a square stand side by side.": squares.transpose(
                0, 3, 1, 2
            ).reshape(n, -1),
            "the squares go column by column; expected row by row.": squares.transpose(
                0, 2, 1, 3
            ).reshape(n, -1),
        },
    )
    clean = wanted.astype("float32")
    back = check.array(
        vectors_to_boards(clean), "the boards of one-hot vectors", shape=(n, 8, 8), kind="integer"
    )
    wrong = int((back != before).sum())
    check.require(
        wrong == 0,
        f"{wrong} of {64 * n} squares come back wrong from clean one-hot vectors. A square's 13 numbers "
        "stand side by side, and the place of the largest is the code.",
    )
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, 832)) - 3
    highest = scores.reshape(n, 64, 13).max(axis=2)
    for i in range(n):
        for square, code in enumerate(before[i].ravel()):
            scores[i, 13 * square + int(code)] = highest[i, square] + 0.1
    kept = scores.copy()
    words = "Scores are not 0 and 1: of each square's 13 the largest wins, even if it is negative."
    try:
        back = vectors_to_boards(scores)
    except ValueError:
        raise check.CheckError(f"Clean vectors come back, scores do not. {words}") from None
    check.require(np.size(back) == 64 * n, f"Clean vectors come back, scores do not. {words}")
    back = check.array(back, "the boards", shape=(n, 8, 8), kind="integer")
    check.unchanged(kept, scores, "the argument vectors")
    wrong = int((back != before).sum())
    check.require(
        wrong == 0,
        f"{wrong} of {64 * n} squares come back wrong from scores. {words}",
    )


check_one_hot(chess.val[:3], seed=0)
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(9)
check_one_hot(rng.integers(0, 13, size=(11, 8, 8)), seed=1)
check_one_hot(rng.integers(0, 13, size=(1, 8, 8)).astype("uint8"), seed=2)
check_one_hot(np.zeros((2, 8, 8), np.int8), seed=3)
### END HIDDEN TESTS

# %% [markdown]
# Then, the score. Psychologists count the *pieces* that were put back on their squares. Squares would
# flatter: who remembers nothing and leaves the board empty has most squares right.
#
# ### Exercise 5: recall
#
# Write `recall`: the share of all squares that are right, and the share of the pieces shown that are
# back on their squares, the right piece in the right colour. Count over all boards at once.
#
# <details><summary>Hint</summary>
#
# Two arrays of booleans: where memory and board agree, and where the board has a piece. Which is
# averaged, over which squares?
# </details>


# %% exercise="recall"
def recall(boards: np.ndarray, remembered: np.ndarray) -> tuple[float, float]:
    """Shares from 0 to 1 of the squares right and of the pieces right.

    Args:
        boards: what was shown, codes (n, 8, 8), at least one piece in all.
        remembered: what came back, codes (n, 8, 8).

    Returns:
        (squares, pieces): squares right of all squares of all boards; pieces of all boards that
        were put back on their square, of all pieces that were shown.
    """
    ### BEGIN SOLUTION
    right = boards == remembered
    return float(right.mean()), float(right[boards > 0].mean())
    ### END SOLUTION


# %% check="recall" points=2
def check_recall(boards, remembered, name):
    """Count square by square, and know the usual mistakes."""
    pairs = list(zip(np.ravel(boards).tolist(), np.ravel(remembered).tolist(), strict=True))
    right = sum(a == b for a, b in pairs)
    shown = sum(a > 0 for a, _ in pairs)
    put = sum(b > 0 for _, b in pairs)
    back = sum(a == b and a > 0 for a, b in pairs)
    each = [
        ((a == b) & (a > 0)).sum() / max((a > 0).sum(), 1)
        for a, b in zip(boards, remembered, strict=True)
    ]
    copies = np.array(boards), np.array(remembered)
    result = recall(boards, remembered)
    check.unchanged(copies[0], boards, "the argument boards")
    check.unchanged(copies[1], remembered, "the argument remembered")
    if isinstance(result, np.ndarray) and result.ndim == 1:  # as good as a tuple
        result = tuple(result)
    squares, pieces = check.several(result, "the share of squares", "the share of pieces")
    n = len(pairs)
    check.close(
        squares,
        right / n,
        f"the squares right, {name}",
        mistakes={
            "this is the share of the pieces; the squares come first.": back / shown,
            "this is in per cent; expected a share from 0 to 1.": 100 * right / n,
            "this is a number of squares; divide by all squares of all boards.": right,
            "only the pieces were counted; an empty square that stays empty is right too.": back
            / n,
            "divide by all squares of all boards, not by 64.": right / 64,
            "the wrong squares were counted, not the right ones.": 1 - right / n,
            "this only asks whether a square is occupied; it must be the same piece.": sum(
                (a > 0) == (b > 0) for a, b in pairs
            )
            / n,
        },
    )
    check.close(
        pieces,
        back / shown,
        f"the pieces right, {name}",
        mistakes={
            "divide by the pieces shown, not by all squares.": back / n,
            "divide by the pieces shown, not by those put back.": back / max(put, 1),
            "empty squares that are right were counted as pieces.": right / shown,
            "this only asks whether a square is occupied; it must be the same piece.": sum(
                a > 0 and b > 0 for a, b in pairs
            )
            / shown,
            "this is the mean of the boards' shares; count the pieces of all boards.": np.mean(
                each
            ),
            "the squares occupied on either board were counted; count the pieces shown.": back
            / max(sum(a > 0 or b > 0 for a, b in pairs), 1),
            "this is the share of squares.": right / n,
            "the wrong pieces were counted, not the right ones.": 1 - back / shown,
            "the colour must be right too.": sum(
                a > 0 and b > 0 and (a - 1) % 6 == (b - 1) % 6 for a, b in pairs
            )
            / shown,
        },
    )


shown, back = np.zeros((2, 8, 8), np.int8), np.zeros((2, 8, 8), np.int8)
shown[0, 0], back[0, 0] = [4, 2, 3, 5, 6, 3, 2, 4], [4, 2, 3, 6, 5, 0, 8, 4]  # 4 of 8 pieces
shown[1, 7, 0], back[1, 7, 0] = 12, 12  # 1 of 1
back[1, 5, :3] = 7  # and three pawns that never were
check_recall(shown, back, "on two boards")
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(2)
for n, kind in [(1, "int8"), (25, "int64")]:
    first = chess.val[400 : 400 + n].astype(kind)
    noise = rng.integers(0, 13, size=first.shape)
    second = np.where(rng.random(first.shape) < 0.6, first, noise)
    check_recall(first, second, f"on {n} real boards half forgotten")
check_recall(first, first.copy(), "of a perfect memory")
check_recall(first, np.zeros_like(first), "of an empty memory")
### END HIDDEN TESTS

# %% [markdown]
# ## Expert and novice
#
# The memory is a network of four dense layers, 832 → 256 → **32** → 256 → 832. For every square it gives
# 13 probabilities, and its loss, the *cross-entropy*, is the average of $-\log p$ of the piece that was
# really there: the bits, up to a factor, that would correct its guess. Training and architectures are the subject of
# lesson 13; here the network is a participant in an experiment.


# %%
def build_memory(n_code: int, n_hidden: int) -> keras.Model:
    """An autoencoder of boards: encoder, code of n_code numbers, decoder."""
    return keras.Sequential(
        [
            keras.Input((832,)),
            keras.layers.Dense(n_hidden, activation="gelu"),  # encoder ...
            keras.layers.Dense(n_code),  # ... and the code
            keras.layers.Dense(n_hidden, activation="gelu"),  # decoder
            keras.layers.Dense(832),
            keras.layers.Reshape((64, 13)),
            keras.layers.Softmax(),
        ]
    )


def study(model: keras.Model, boards: np.ndarray, epochs: int, title: str):
    """Train a memory on boards (n, 8, 8); return the function that remembers boards."""
    x, y = boards_to_vectors(boards), boards.reshape(-1, 64).astype("int32")
    batch = budget(256, 32)
    rate = keras.optimizers.schedules.CosineDecay(4e-3, epochs * -(-len(x) // batch))
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss=loss, steps_per_execution=10)
    bar = ProgressBar(title)
    model.fit(x, y, epochs=epochs, batch_size=batch, verbose=0, callbacks=[bar])

    def remember(shown: np.ndarray) -> np.ndarray:
        scores = model.predict(boards_to_vectors(shown), batch_size=512, verbose=0)
        return vectors_to_boards(scores.reshape(-1, 832))

    return remember


some = np.random.default_rng(0).permutation(len(chess.train))[: budget(len(chess.train), 4000)]
train, train_game = chess.train[np.sort(some)], chess.train_game[np.sort(some)]
networks, memories = {}, {}


def network_learner(seed: int):
    """A way to learn: takes boards, returns a function that remembers boards."""

    def learn(boards: np.ndarray):
        who = "expert" if np.array_equal(boards, train) else "novice"
        set_seed(seed)
        networks[who] = build_memory(32, budget(256, 128))
        title = f"{who}, seed {seed}"
        memories[who] = study(networks[who], boards, budget(10, 3), title)
        return memories[who]

    return learn


# %% [markdown]
# ### Exercise 6: the experiment
#
# Two participants with the same brain: the **expert** learns from real boards, the **novice** from the
# same boards shuffled. Both are then shown real boards and shuffled boards **from games that neither
# has seen**. Write `memory_experiment` for any way to learn: `learn(boards)` returns a function
# `remember`, and `remember(boards)` returns what it remembers of boards, `(n, 8, 8)` again.
#
# <details><summary>Hint: a plan</summary>
#
# Shuffle two things: the training boards for the novice, the test boards for both. Call `learn` twice. Then
# four calls of `recall`. For a fair comparison both participants see the same shuffled boards.
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
    participants = [learn(train), learn(shuffle_boards(train, seed))]
    return np.array(
        [[recall(b, remember(b)) for b in (test, jumbled)] for remember in participants]
    )
    ### END SOLUTION


# %% check="memory_experiment" points=3
def check_experiment(train, test, seed):
    """Watch what the participants are taught and shown. They know pieces where they met them."""
    participants = []

    def learn(boards):
        taught = np.array(boards)
        known = np.stack([(taught == code).any(axis=0) for code in range(13)])
        rows, columns = np.indices((8, 8))
        shown = []
        participants.append((taught, shown, known))

        def remember(seen):
            seen = np.array(seen)
            check.require(
                seen.ndim == 3 and seen.shape[1:] == (8, 8),
                f"`remember` was given an array of shape {seen.shape}, expected (n, 8, 8).",
            )
            shown.append(seen)
            return np.where(known[seen, rows, columns], seen, 0)

        return remember

    def contents(boards, sort=True):
        boards = boards.astype(np.int64)
        return sorted((np.sort(b, axis=None) if sort else b).tobytes() for b in boards)

    def rows_of(boards):
        return {board.tobytes() for board in boards.astype(np.int64)}

    def once(boards):
        flat = boards.reshape(len(boards), 64)
        return boards[np.sort(np.unique(flat, axis=0, return_index=True)[1])]

    def require_shuffled(name, boards, originals):
        def columns(x):
            return contents(x.reshape(len(x), 64).T, sort=False)

        check.require(
            columns(boards) != columns(originals),
            f"{name}: every piece was moved in one way for all boards, so all patterns are still "
            "there. Each board needs a shuffle of its own.",
        )
        for line, axis in (("rank", 2), ("file", 1)):
            lines = [np.sort(np.sort(x, axis=axis), axis=3 - axis) for x in (boards, originals)]
            check.require(
                contents(lines[0], sort=False) != contents(lines[1], sort=False),
                f"{name}: the pieces of one {line} are still together. Shuffle all 64 squares.",
            )

    copies = train.copy(), test.copy()
    result = memory_experiment(learn, train, test, seed)
    check.unchanged(copies[0], train, "train")
    check.unchanged(copies[1], test, "test")
    check.require(result is not None, "Nothing was returned. Is the `return` missing?")
    check.require(
        len(participants) == 2,
        f"`learn` was called {len(participants)} times; expected twice, for expert and novice.",
    )
    known_rows, test_rows = rows_of(train), rows_of(test)
    for taught, _, _ in participants:
        check.require(
            contents(taught) != contents(test) and not rows_of(taught) & test_rows,
            "A participant was taught the test boards: they must stay unseen until the test.",
        )
        check.require(
            contents(taught) == contents(train),
            "A participant was taught other boards than the training boards, real or shuffled.",
        )
    experts = [p for p in participants if rows_of(p[0]) == known_rows]
    check.require(len(experts) < 2, "Both learnt from real boards; the novice gets shuffled ones.")
    check.require(len(experts) == 1, "Nobody learnt from the real training boards.")
    novices = [p for p in participants if p is not experts[0]]
    check.require(
        len(rows_of(novices[0][0]) & known_rows) < len(train) / 10,
        "The novice's boards are mostly real ones.",
    )
    require_shuffled("The novice's boards", novices[0][0], train)
    wanted, crossed, jumbles = np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), []
    for who, (_taught, shown, known) in enumerate([experts[0], novices[0]]):
        name = ("expert", "novice")[who]
        check.require(len(shown) > 0, f"The {name} was not shown any boards.")
        seen = np.concatenate(shown)
        check.require(
            not rows_of(seen) & known_rows,
            f"The {name} was tested on boards from the training: show boards of unseen games.",
        )
        check.require(
            contents(seen[:0]) != contents(seen) and set(contents(seen)) == set(contents(test)),
            f"The {name} was shown boards with other pieces than the test boards, real or shuffled.",
        )
        real = np.array([board.tobytes() in test_rows for board in seen.astype(np.int64)])
        check.require(real.any(), f"The {name} was not shown the real test boards.")
        check.require(not real.all(), f"The {name} was not shown any shuffled boards.")
        check.require(
            rows_of(seen[real]) == test_rows, f"The {name} was shown only some of the test boards."
        )
        jumbled = once(seen[~real])
        check.require(
            contents(jumbled) == contents(test),
            f"The {name} was shown {len(jumbled)} shuffled boards, but not each of the {len(test)} "
            "test boards shuffled once.",
        )
        require_shuffled("The shuffled test boards", jumbled, test)
        jumbles.append(rows_of(jumbled))
        for what, boards in enumerate((test, jumbled)):
            rows, columns = np.indices((8, 8))
            right = known[boards.astype(np.int64), rows, columns] | (boards == 0)
            wanted[who, what] = right.mean(), right[boards > 0].mean()
            put = np.where(right, boards, 0)
            hit = put == test  # what comes of comparing with the real boards, always
            crossed[who, what] = hit.mean(), hit[test > 0].mean()
    check.require(
        jumbles[0] == jumbles[1],
        "Expert and novice were shown different shuffled boards: a fair test shows both the same.",
    )
    turned = wanted.copy()
    turned[..., 1] = 1  # of the pieces put back all are right
    check.close(
        result,
        wanted,
        "the results",
        mistakes={
            "expert and novice are swapped; the expert comes first.": wanted[::-1],
            "real and shuffled are swapped; real comes first.": wanted[:, ::-1],
            "squares and pieces are swapped; squares come first.": wanted[:, :, ::-1],
            "the first axis is who, the second is what was shown.": wanted.transpose(1, 0, 2),
            "the order of the axes is who, what, score.": wanted.transpose(2, 0, 1),
            "recall takes the boards first, then what came back.": turned,
            "what came back from shuffled boards was compared with the real ones.": crossed,
        },
    )
    return jumbles[0], rows_of(novices[0][0])


few = np.random.default_rng(0).permutation(len(chess.train))[:60]
first = check_experiment(chess.train[few], chess.val[::40], seed=3)
second = check_experiment(chess.train[few], chess.val[::40], seed=4)
for one, other, name in zip(first, second, ("test boards", "novice's boards"), strict=True):
    check.require(
        one != other,
        f"Another seed shuffles the {name} in the same way: pass it on to shuffle_boards.",
    )
### BEGIN HIDDEN TESTS
check_experiment(chess.test[::30].astype("int64"), chess.val[5::100].astype("int64"), seed=8)
check_experiment(chess.val[:40], chess.train[20:400:20], seed=0)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first:** an empty board has 60 % of the squares right and no piece. Where between 0 and 100 %
# of the *pieces* will the expert be on real boards of unseen games? The novice? And both on shuffled ones?
#
# A baseline beside them: the *usual places*, which forgets every board it is shown and answers with the
# most frequent occupant of each square.


# %%
def learn_usual_places(boards: np.ndarray):
    """Remember nothing; always answer with the most frequent occupant of each square."""
    usual = boards_to_vectors(boards).sum(axis=0, keepdims=True)
    return lambda shown: np.repeat(vectors_to_boards(usual), len(shown), axis=0)


seeds = (2, 1, 0)[-budget(3, 1) :]  # the networks of the last one are kept for the pictures
runs = np.stack(
    [memory_experiment(network_learner(seed), train, chess.test, seed) for seed in seeds]
)
usual = memory_experiment(learn_usual_places, train, chess.test, seed=0)
empty = recall(chess.test, np.zeros_like(chess.test))

# %%
columns = ["real: squares", "real: pieces", "shuffled: squares", "shuffled: pieces"]
mean, spread = runs.mean(axis=0).reshape(2, 4), runs.std(axis=0).reshape(2, 4)
scores = pd.DataFrame(
    [*mean, *spread, usual[0].ravel(), [*empty, *empty]],
    index=["expert", "novice", "± expert", "± novice", "usual places", "empty board"],
    columns=columns,
)
scores.round(3)

# %%
fig, ax = plt.subplots(figsize=(6.8, 3.8))
for who, name in enumerate(("expert, learnt from games", "novice, learnt from shuffled boards")):
    x = np.arange(2) + 0.36 * who - 0.18
    ax.bar(x, 100 * runs[:, who, :, 1].mean(axis=0), 0.34, color=plots.COLORS[who], label=name)
    for run in runs:
        ax.plot(x, 100 * run[who, :, 1], "o", color="white", mec="black", ms=5)
for what in range(2):
    level = 100 * usual[0, what, 1]
    label = None if what else "usual places, no memory"
    ax.plot([what - 0.4, what + 0.4], [level] * 2, "k--", lw=1.5, label=label)
ax.set_xticks([0, 1], ["positions from unseen games", "the same pieces, shuffled"])
ax.set(title="A board in 32 numbers: pieces recalled", ylabel="pieces right (%)", ylim=(0, 100))
ax.grid(axis="x", visible=False)
ax.legend(loc="upper right")
plots.show(
    fig,
    alt="Bars: on positions from games the expert recalls about 75 per cent of the pieces, the novice "
    "under 20; on shuffled boards both recall about 15 to 18. White dots for the three seeds lie "
    "close together.",
)

# %%
gaps = (runs[:, 0] - runs[:, 1])[:, :, 1]  # expert minus novice, in pieces, by seed
print("gap on real boards by seed:", gaps[:, 0].round(3), " shuffled:", gaps[:, 1].round(3))
report("expert_real_pieces", mean[0, 1], within=(0.72, 0.79))
report("novice_real_pieces", mean[1, 1], within=(0.12, 0.25))
report("expert_shuffled_pieces", mean[0, 3], within=(0.13, 0.18))
report("novice_shuffled_pieces", mean[1, 3], within=(0.15, 0.20))
report("gap_real_pieces", gaps[:, 0].mean(), within=(0.50, 0.65))
report("gap_shuffled_pieces", gaps[:, 1].mean(), within=(-0.05, 0.0))
report("gap_shuffled_pieces_highest", gaps[:, 1].max(), within=(-0.05, 0.0))
report("gap_spread_over_seeds", gaps[:, 0].std(), within=(0, 0.05))
if len(seeds) > 1:
    report("gap_over_its_spread", gaps[:, 0].mean() / gaps[:, 0].std(), within=(12, 1000))
report("expert_real_squares", mean[0, 0], within=(0.85, 0.89))
report("expert_shuffled_squares", mean[0, 2], within=(0.53, 0.60))
report("empty_board_squares", empty[0], within=(0.60, 0.603))
report("usual_places_real_pieces", usual[0, 0, 1], within=(0.30, 0.315))

# %% [markdown]
# There is the experiment of 1973, in silicon. On games that nobody had seen the expert puts back
# about three quarters of the pieces, the novice less than a quarter, not even as many as the habits of the
# squares would give. Shuffle the pieces, and the expert falls to the novice's level: it is even slightly
# worse, with every seed. The gap on real boards is a dozen times its spread over the seeds or more.
#
# In *squares* the expert on shuffled boards does worse than an empty board. Look how, on a position that a
# human being reached:

# %%
pictures, titles, marks = [], [], []
for board, caption in [(position, "Morphy 1858, White to win"), (jumble, "the same, shuffled")]:
    pictures.append(board)
    titles.append(f"{caption}\n{(board > 0).sum()} pieces")
    marks.append(None)
    for who in ("expert", "novice"):
        guess = memories[who](board[None])[0]
        wrong = guess != board
        pictures.append(guess)
        marks.append(wrong)
        right = (~wrong & (board > 0)).sum()
        pieces = "1 piece" if right == 1 else f"{right} pieces"
        titles.append(f"what the {who} remembers:\n{pieces}, {64 - wrong.sum()} squares")
figure = board_grid(
    pictures, titles, marks, title="A board squeezed into 32 numbers (framed: wrong square)"
)
plots.show(
    figure,
    alt="Six boards. Top: Morphy's position, the expert's memory of it with a few wrong squares, the "
    "novice's with many. Bottom: the shuffled board, of which both remember only a few pieces; "
    "the expert puts pieces where they stand in real games.",
    name="chess_recall",
)

# %% [markdown]
# The expert's mistakes are a chess player's: pawns, castled kings and rooks at home come back; queens,
# knights and bishops, which wander, get lost. On nonsense it sees chess that is not there. The whole test set by piece:

# %%
by_piece = {}
for board_kind, boards in {"real": chess.test, "shuffled": test_shuffled}.items():
    for who in ("expert", "novice"):
        right = memories[who](boards) == boards
        by_piece[f"{who}, {board_kind}"] = {
            name: right[(boards == code) | (boards == code + 6)].mean()
            for code, name in enumerate(PIECES, start=1)
        }
by_piece = pd.DataFrame(by_piece)
report("expert_real_pawns", by_piece.loc["pawn", "expert, real"], within=(0.83, 0.90))
report("expert_real_queens", by_piece.loc["queen", "expert, real"], within=(0.35, 0.55))
by_piece.round(2)

# %% [markdown]
# ## Is an expert no better on random boards?
#
# "On random positions, masters are no better than beginners" became one of the best-known sentences of
# psychology. Fernand Gobet and Herbert Simon (1996) reviewed the experiments that followed and
# found it only roughly true: strong players keep *some* advantage on random boards, a small one.
#
# Does our result contradict them? No: our novice is a specialist for shuffled boards, which no human
# is. A human beginner is someone who has seen *less chess*. So let the same network study one game
# only, or all of them, with the same number of training steps.


# %%
def study_games(n_games: int, seed: int) -> np.ndarray:
    """Recall [what, score] after studying the boards of n_games, repeated to the usual number."""
    rng = np.random.default_rng(seed)
    games = rng.choice(np.unique(train_game), n_games, replace=False)
    boards = train[rng.choice(np.flatnonzero(np.isin(train_game, games)), len(train))]
    set_seed(seed)
    model = build_memory(32, budget(256, 128))
    remember = study(model, boards, budget(10, 1), f"games: {n_games}, seed {seed}")
    return np.array([recall(b, remember(b)) for b in (chess.test, test_shuffled)])


few_games = np.stack([study_games(1, seed) for seed in seeds])[:, :, 1]
ladder = {1: few_games, len(np.unique(train_game)): runs[:, 0, :, 1]}

# %%
fig, ax = plt.subplots(figsize=(6.4, 3.6))
games_seen = list(ladder)
for what, name in enumerate(("positions from unseen games", "shuffled boards")):
    values = 100 * np.array([ladder[n][:, what].mean() for n in games_seen])
    bars = 100 * np.array([ladder[n][:, what].std() for n in games_seen])
    ax.errorbar(games_seen, values, bars, marker="o", capsize=4, label=name)
    for n, value in zip(games_seen, values, strict=True):
        side = -1 if n == 1 else 1
        place = {"textcoords": "offset points", "va": "center", "ha": "right" if n == 1 else "left"}
        ax.annotate(f"{value:.0f} %", (n, value), (9 * side, 0), **place)
ax.set_xscale("log")
ax.set_xticks(games_seen, [str(n) for n in games_seen])
ax.minorticks_off()
ax.set(title="More games, better memory, for nonsense too", xlabel="games studied")
ax.set(ylabel="pieces right (%)", ylim=(0, 100), xlim=(0.4, 1200))
ax.legend(loc="upper left")
plots.show(
    fig,
    alt="Pieces recalled after one game and after all 462: from about 35 to 75 per cent on real "
    "positions, from about 6 to 15 per cent on shuffled boards.",
)
one, everything = ladder[games_seen[0]], ladder[games_seen[-1]]
report("one_game_real_pieces", one[:, 0].mean(), within=(0.28, 0.45))
report("one_game_shuffled_pieces", one[:, 1].mean(), within=(0.03, 0.08))
report("more_games_on_shuffled", (everything[:, 1] - one[:, 1]).mean(), within=(0.06, 0.14))
ratio = everything[:, 1].mean() / one[:, 1].mean()
report("times_more_on_shuffled", ratio, within=(2.0, 4.5))
report("more_games_on_real", (everything[:, 0] - one[:, 0]).mean(), within=(0.28, 0.46))

# %% [markdown]
# Gobet and Simon's finding, on a machine: with experience, recall on shuffled boards
# more than doubles, but in pieces the gain is far smaller than on real ones. Scraps of pattern survive any shuffle. So the
# popular sentence needs one more word, "*hardly* better", and the answer depends on **who the novice is**.
# Choosing the control is half of every experiment.
#
# ## What could 32 numbers do at best?
#
# For a *linear* code there is an exact answer, the subject of the next lesson: of all linear codes with
# $k$ numbers, PCA keeps the most variance, and what it keeps on the boards it was fitted to is the sum of
# the $k$ largest eigenvalues of their covariance matrix. These eigenvalues, the **spectrum** of the data,
# say how far linear codes can squeeze, before anyone squeezes.


# %%
def one_hot_pca(boards: np.ndarray) -> PCA:
    """All principal components of boards, as one-hot vectors."""
    x = boards_to_vectors(boards).astype("float64")
    return PCA(svd_solver="covariance_eigh", copy=False).fit(x)


novice_boards = shuffle_boards(train, seed=1)
pca = {"expert": one_hot_pca(train), "novice": one_hot_pca(novice_boards)}
names = {"expert": "boards from games", "novice": "shuffled boards"}

# a shuffled board's squares are alike, so its eigenvalues can be computed from its pieces alone
shares = boards_to_vectors(train).reshape(-1, 64, 13).mean(axis=1).astype("float64")
one_square = 64 / 63 * (np.diag(shares.mean(axis=0)) - shares.T @ shares / len(shares))
theory = np.repeat(np.sort(np.linalg.eigvalsh(one_square))[:0:-1], 63)

fig, ax = plt.subplots(figsize=(6.8, 3.8))
for (who, model), color in zip(pca.items(), plots.COLORS, strict=False):
    values = model.explained_variance_
    ax.plot(np.arange(1, 833)[values > 1e-9], values[values > 1e-9], color=color, label=names[who])
ax.plot(range(1, 757), theory, "k--", lw=1, label="theory for shuffled boards")
ax.set_yscale("log")
ax.set(title="The spectrum: pattern is a steep fall", xlabel="component", ylabel="variance")
ax.set(ylim=(1e-4, 3))
ax.legend(loc="lower left")
plots.show(
    fig,
    alt="Eigenvalues on a logarithmic axis: those of real boards fall steeply; those of shuffled "
    "boards stay near the dashed staircase of the theory: the first steps are plain, the low ones smeared.",
)

# %% [markdown]
# Shuffled boards descend a staircase: the first steps are plain, the low ones smeared out, since ten
# thousand boards are few. All squares are alike, so each of the 12 independent ways in which a square
# can vary comes 63 times over (not 64: shuffling cannot change how many pieces of a kind a board has),
# and nothing can be saved. Real boards fall steeply: a few hundred directions hold almost everything.
# Check this exact bound on the boards of the fit, with PCA's 32 directions and with 32 random ones:

# %%
x = boards_to_vectors(train)
x -= x.mean(axis=0, dtype="float64").astype("float32")
variances = pca["expert"].explained_variance_ * (len(x) - 1) / len(x)
bound = variances[32:].sum()


def left_over(directions: np.ndarray) -> float:
    """Variance per board that directions (k, 832), perpendicular and of length 1, miss."""
    along = np.sum((x @ directions.T.astype("float32")) ** 2, dtype="float64")
    return float((np.sum(x**2, dtype="float64") - along) / len(x))


random_directions = np.linalg.qr(np.random.default_rng(0).normal(size=(832, 32)))[0].T
by_pca, by_chance = left_over(pca["expert"].components_[:32]), left_over(random_directions)
print(f"of {variances.sum():.2f}: PCA leaves {by_pca:.3f}, chance leaves {by_chance:.2f}")
report("left_over_by_pca_over_bound", by_pca / bound, within=(0.9999, 1.0001))
report("left_over_by_chance_over_bound", by_chance / bound, within=(2.1, 2.45))
for who, low, high in [("expert", 0.56, 0.59), ("novice", 0.235, 0.26)]:
    kept_32 = pca[who].explained_variance_ratio_[:32].sum()
    report(f"spectrum_32_{who}", kept_32, within=(low, high))
rank = int((pca["novice"].explained_variance_ > 1e-9).sum())
report("rank_of_shuffled_boards", rank, within=(766, 766))
x = None  # large, and not needed any more

# %% [markdown]
# Shuffled boards vary in 766 directions: 12 × 63 = 756 of them are about *where* the pieces are. The
# other 10, with which the curve runs past the dashed line, are about *how many*: the number of each piece,
# which varies for all but the two kings.
#
# ## Break it: a code as large as the input
#
# If 32 numbers make an expert, surely 832 make a better one? **Predict first:** draw the four curves,
# expert and novice on real and shuffled boards, as the code grows from 8 numbers to 832. PCA serves as
# the memory: it is exact, quick, and has no seed.

# %%
sizes = np.array([8, 16, 32, 64, 128, 256, 512, 832])


def pca_recall(who: str, boards: np.ndarray, k: int) -> tuple[float, float, float]:
    """Recall with the first k components of expert or novice, and pieces put on a board."""
    v = pca[who].components_[:k]
    codes = (boards_to_vectors(boards) - pca[who].mean_) @ v.T
    back = vectors_to_boards(codes @ v + pca[who].mean_)
    return *recall(boards, back), (back > 0).sum() / len(back)


curves = {
    (who, kind): np.array([pca_recall(who, boards, k) for k in sizes])
    for who in pca
    for kind, boards in {"real": chess.test, "shuffled": test_shuffled}.items()
}
fig, ax = plt.subplots(figsize=(6.8, 3.9))
for (who, kind), values in curves.items():
    color = plots.COLORS[0 if who == "expert" else 1]
    style = "-o" if kind == "real" else "--s"
    ax.plot(sizes, 100 * values[:, 1], style, color=color, ms=5, label=f"{who}, {kind} boards")
ax.set_xscale("log", base=2)
ax.set_xticks(sizes, [str(k) for k in sizes])
ax.minorticks_off()
ax.set(title="Too much room, and nobody needs to know chess", xlabel="numbers in the code (PCA)")
ax.set(ylabel="pieces right (%)", ylim=(0, 103))
ax.legend(loc="upper left", fontsize=9)
plots.show(
    fig,
    alt="Pieces recalled by code size. The expert on real boards leads up to 256 numbers; the other "
    "three curves climb behind it; at 832 numbers all four meet at 100 per cent.",
)
size_32, size_all = int(np.flatnonzero(sizes == 32)[0]), -1
for who, kind in curves:
    report(f"pca_832_{who}_{kind}", curves[who, kind][size_all, 1], within=(1, 1))
report("pca_32_expert_real_pieces", curves["expert", "real"][size_32, 1], within=(0.71, 0.74))
report("pca_32_expert_real_squares", curves["expert", "real"][size_32, 0], within=(0.875, 0.89))
ahead = curves["expert", "real"][size_32, :2] - mean[0, :2]  # PCA minus network, squares and pieces
report("pca_ahead_in_squares", ahead[0], within=(0, 0.03))
report("pca_ahead_in_pieces", ahead[1], within=(-0.06, 0))
report(
    "pca_32_expert_shuffled_pieces", curves["expert", "shuffled"][size_32, 1], within=(0.11, 0.15)
)
report(
    "pca_32_novice_shuffled_pieces", curves["novice", "shuffled"][size_32, 1], within=(0.10, 0.15)
)
lead = (curves["expert", "shuffled"] - curves["novice", "shuffled"])[:, 1]
report("pca_expert_lead_shuffled_lowest_to_32", lead[sizes <= 32].min(), within=(0.005, 0.03))
report("pca_expert_lead_shuffled_64", lead[sizes == 64][0], within=(-0.08, -0.02))
for who, low, high in [("expert", 3.5, 4.5), ("novice", 0.7, 1.4)]:
    report(f"pca_8_{who}_pieces_put", curves[who, "shuffled"][0, 2], within=(low, high))

# %% [markdown]
# At 832 numbers all four memories are perfect, on sense and nonsense alike. Nothing was learnt: $\hat x = x$ is
# a copy, the **identity map**, and a copier has no need to know chess. The repair is the bottleneck:
# where room is scarce, it has to be spent on what is likely. That is what the narrow layer of an
# autoencoder is *for*. Archiving is a pretext, knowledge the purpose.
#
# Three things in these curves deserve honesty. On shuffled boards the expert leads the novice up to 32
# numbers and falls behind from 64 on. With 8 numbers it puts four pieces on a board, the novice one, and
# some of the usual pieces stand right by luck; with more room its directions, chosen for real boards, are
# the wrong ones. So which of the two is "slightly worse" on nonsense depends on the memory. At 32 numbers PCA gets slightly *more squares* right than the network
# (and slightly fewer pieces), so nothing here says that networks are better; lesson 13 asks that question
# properly. And does a *trained* network with too much room turn into a copier as well? Many texts say so. Try it, with
# 832 numbers and straight lines, where the identity is within reach:

# %%
set_seed(0)
wide = keras.Sequential(
    [
        keras.Input((832,)),
        keras.layers.Dense(832),
        keras.layers.Dense(832),
        keras.layers.Reshape((64, 13)),
        keras.layers.Softmax(),
    ]
)
remember_wide = study(wide, train, budget(10, 1), "832 numbers, linear")
wide_real = recall(chess.test, remember_wide(chess.test))[1]
wide_shuffled = recall(test_shuffled, remember_wide(test_shuffled))[1]
report("wide_real_pieces", wide_real, within=(0.94, 0.99))
report("wide_shuffled_pieces", wide_shuffled, within=(0.48, 0.60))

rows, files = np.indices((8, 8))
met = np.stack([(train == code).sum(axis=0) for code in range(13)])[test_shuffled, rows, files]
there = test_shuffled > 0
pieces = pd.DataFrame({"right": (remember_wide(test_shuffled) == test_shuffled)[there]})
groups = ["never", "1 to 9 times", "10 to 99 times", "100 times or more"]
pieces["met there in training"] = pd.cut(met[there], [-1, 0, 9, 99, np.inf], labels=groups)
by_met = pieces.groupby("met there in training", observed=False)["right"].agg(["size", "mean"])
by_met["size"] /= len(pieces)
bounds = [(0, 0.02), (0.08, 0.25), (0.48, 0.68), (0.85, 0.95)]
for group, within in zip(groups, bounds, strict=True):
    report(f"wide_right_met_{group.replace(' ', '_')}", by_met.loc[group, "mean"], within=within)
report("wide_share_never_met", by_met.loc["never", "size"], within=(0.18, 0.22))
by_met.columns = ["share of the shuffled pieces", "of these right"]
by_met.round(2)

# %% [markdown]
# It does not. It copies real boards almost perfectly and loses almost half of the pieces of shuffled ones. The
# table says which: those that it never or rarely met on their square in training. No game has a pawn on
# the first rank, so nothing ever taught it to copy one. The identity was within reach, but the data did not ask for
# it. So a network's size alone proves neither that it copies nor that it knows; a control does.
#
# ## Are 32 numbers few?
#
# One more sum before the archive is sold. 32 numbers of 32 bits are 1,024 bits. A board fits into 256
# without any knowledge (4 for a square), and into about 90 with the habits of its squares (Exercise 2),
# and nothing is lost. So round the expert's numbers: how many levels for each does it need?

# %%
expert = networks["expert"]
encoder = keras.Sequential([keras.Input((832,)), *expert.layers[:2]])
decoder = keras.Sequential([keras.Input((32,)), *expert.layers[2:]])
codes = encoder.predict(boards_to_vectors(chess.test), batch_size=512, verbose=0)
codes_train = encoder.predict(boards_to_vectors(train), batch_size=512, verbose=0)
low, high = np.percentile(codes_train, [0.5, 99.5], axis=0)

rounded = {"squares' habits, no network": {"bits for a board": bits_real, "pieces": 1.0}}
for bits in (1, 2, 3, 4):
    levels = 2**bits
    step = np.clip(np.floor((codes - low) / (high - low) * levels), 0, levels - 1)
    scores_rounded = decoder.predict(
        low + (step + 0.5) / levels * (high - low), batch_size=512, verbose=0
    )
    back = vectors_to_boards(scores_rounded.reshape(-1, 832))
    rounded[f"rounded to {2**bits} levels"] = {
        "bits for a board": 32 * bits,
        "pieces": recall(chess.test, back)[1],
    }
exact = recall(chess.test, memories["expert"](chess.test))[1]
rounded["not rounded"] = {"bits for a board": 1024, "pieces": exact}
report("lost_by_4_bits", exact - rounded["rounded to 16 levels"]["pieces"], within=(-0.01, 0.02))
report("one_bit_pieces", rounded["rounded to 2 levels"]["pieces"], within=(0.55, 0.72))
report("two_bit_pieces", rounded["rounded to 4 levels"]["pieces"], within=(0.65, 0.79))
pd.DataFrame(rounded).T.rename_axis("code").round(3)

# %% [markdown]
# With 16 levels, four bits, rounding loses next to nothing, but these 128 bits are a poor archive: the
# squares' habits need 90 and lose no piece, the network loses a quarter. Only at one or two bits a number,
# 32 or 64 a board, is its code the smaller one, and even with *one*, 32 yes-or-no questions about a board, it
# remembers about twice as many pieces as the usual places. Count a code in bits, and its losses, before
# calling it small.
#
# ### Written question
#
# A friend trains an autoencoder whose code is as large as its input, finds that it reproduces every test
# picture perfectly, and concludes: "it has understood my data." Explain why the perfect score does not
# show that, which comparison would, and what a bottleneck changes. (3 to 5 sentences.)

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
# ## Going further
#
# - Shuffle more gently: mirror the board left to right (Gobet and Simon showed such boards to people),
#   or swap its two halves. How much of the expert's memory survives?
# - Supply games of your own, `load_chess("my_games.pgn")`. Does an expert on your openings remember
#   engine games, and the other way round?
# - Shuffle the pieces but keep the pawns on ranks 2 to 7. What is left of the novice's small lead?
# - Sort the test boards by their loss under the expert. Which positions surprise it?
#
# ## Summary
#
# 1. Data shrink for two reasons: some values are common (entropy), and some patterns are; shuffling separates the two.
# 2. Zip uses near, exact repeats; PCA and dense networks use what varies together, wherever it stands; noise leaves nothing to use.
# 3. An autoencoder is zip, archive, unzip and integrity check in one, with rules that are learnt from examples.
# 4. Trained on games, it remembers unseen positions far better than a novice, and shuffled ones hardly better or worse.
# 5. Perfect recall proves nothing: a copier has it. A bottleneck forces knowledge, and a control shows it.
#
# ## References
#
# - C. E. Shannon (1948). A mathematical theory of communication. *Bell System Technical Journal* 27.
# - W. G. Chase, H. A. Simon (1973). Perception in chess. *Cognitive Psychology* 4, 55–81.
# - J. Ziv, A. Lempel (1977). A universal algorithm for sequential data compression. *IEEE Transactions on Information Theory* 23.
# - F. Gobet, H. A. Simon (1996). Recall of rapidly presented random chess positions is a function of skill. *Psychonomic Bulletin & Review* 3, 159–163.
# - F. Gobet, H. A. Simon (1996). Recall of random and distorted chess positions: implications for the theory of expertise. *Memory & Cognition* 24.
# - Y. LeCun, C. Cortes, C. Burges (1998). The MNIST database of handwritten digits.
