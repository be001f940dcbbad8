"""Checks of lesson 11, why anything compresses."""

import sys
import zlib
from collections.abc import Callable

import keras
import numpy as np

from course_utils import check
from course_utils.checks.patterns_experiment import check_experiment as check_experiment

EMPTY = sys.getsizeof(b"")


def _unlike_neighbours(ranks, files) -> None:
    """In a full shuffle, squares of one rank or file scatter over all ranks and files."""
    for name, lines in {"rank": ranks, "file": files}.items():
        together = (lines == lines[:, :, :1]).all() or (lines == lines[:, :1]).all()
        check.require(
            not together,
            f"Squares of one {name} stay together: shuffle all 64 squares of a board, not its rows or columns.",
        )


def _require_full_shuffle(moves: np.ndarray) -> None:
    """Where each square's piece went (n, 64): is it a shuffle of all 64, of each board by itself?"""
    n = len(moves)
    ranks, files = moves.reshape(n, 8, 8) // 8, moves.reshape(n, 8, 8) % 8
    _unlike_neighbours(ranks, files)
    staying = np.mean(moves == np.arange(64))
    check.require(
        staying < 0.15, f"{staying:.0%} of the squares keep their piece. A full shuffle leaves 1 of 64 by chance."
    )
    order = np.mean(np.diff(moves, axis=1) == 1)
    check.require(order < 0.15, "Neighbours are still neighbours: much of the old order is left.")
    check.require(
        len(np.unique(moves, axis=0)) > 0.9 * n,
        "Some boards were shuffled in the same way as others: every board needs a shuffle of its own.",
    )
    if n < 400:  # too few boards to see where squares can go, and with which others
        return
    reached = min(len(np.unique(place)) for place in np.argsort(moves, axis=1).T)
    check.require(
        reached >= 60,
        f"A square's piece gets to {reached} of the 64 squares only, on all boards taken together: part of the "
        "shuffle is shared.",
    )
    for old, new, lines in [("file", "rank", files), ("rank", "file", ranks.transpose(0, 2, 1))]:
        pairs = lines[..., :, None] == lines[..., None, :]
        met = (pairs.sum() - lines.size) / (7 * lines.size)
        check.require(
            0.05 < met < 0.3,
            f"Pieces of one {old} meet on one {new} in {met:.0%} of the pairs there; in a full shuffle in 11%. "
            "Shuffle all 64 squares at once, not rows and columns.",
        )


def check_shuffle(shuffle: Callable, n: int, seed: int) -> None:
    """Every square of n boards has its own number here, so it shows where each went."""
    boards = np.arange(n * 64).reshape(n, 8, 8)
    answer = check.call(shuffle, boards, seed)
    check.require(not isinstance(answer, list | tuple), "The boards must come back as one NumPy array, not as a list.")
    result = check.array(answer, "the shuffled boards", shape=(n, 8, 8), kind="integer")
    check.require(not np.array_equal(result, boards), "The boards come back as they were.")
    old, new = boards.reshape(n, 64), result.reshape(n, 64)
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
    if n > 1:
        check.require(
            not (moves == moves[:1]).all(),
            "Every board was shuffled in the same way: piece by piece, they went to the same squares.",
        )
    _require_full_shuffle(moves)
    check.require(
        np.array_equal(result, check.call(shuffle, boards, seed)),
        "Two calls with the same seed differ: make the generator inside, from the seed.",
    )
    check.differ(result, check.call(shuffle, boards, seed + 1), "Another seed gives the same shuffle: use it.")


def check_shuffle_of_few_pieces(shuffle: Callable, n: int, seed: int) -> None:
    """Boards with two kings and nothing else, whose squares are mostly alike."""
    few = np.zeros((n, 8, 8), np.int8)
    few[:, 0, 0], few[:, 7, 7] = 6, 12
    moved = check.array(check.call(shuffle, few, seed), "boards with two kings", shape=(n, 8, 8))
    for code in (6, 12):
        check.close((moved == code).sum(axis=(1, 2)), np.ones(n), f"pieces of code {code} on a board")
    check.require(
        ((moved > 0) != (few > 0)).any(),
        "Only the pieces change places; the empty squares are shuffled with them.",
    )
    check.require(
        len({tuple(np.flatnonzero(board)) for board in moved}) > 0.75 * n,
        "The kings of many boards land on few different squares: is every board shuffled by itself?",
    )


def _entropy(values) -> float:
    """Entropy in bits of observed values."""
    _, counts = np.unique(values, return_counts=True)
    return -float(sum(c / len(values) * np.log2(c / len(values)) for c in counts))


def _entropy_formula(counts, base=2.0, sign=1.0, mean=False, weigh=True, by="sum", add=0, raw=False):
    """Entropy of counts, with its usual slips as options."""
    seen = np.array(counts, dtype=float) + add
    p = seen[seen > 0] / {"sum": seen.sum(), "1": 1, "max": seen.max(), "values": len(seen)}[by]
    logs = -np.log(p) / np.log(base)
    if raw:
        return sign * p * logs
    total = np.sum(p * logs) / (len(seen) if mean else 1) if weigh else np.mean(logs)
    return sign * total


def check_entropy(entropy_bits: Callable, counts) -> None:
    """Entropy from the definition, and the usual mistakes.

    Args:
        entropy_bits: the learner's function.
        counts: how often each value was seen.
    """
    name = f"the entropy of the counts {', '.join(map(str, counts[:6]))}{' ...' if len(counts) > 6 else ''}"
    mistakes = check.slips(
        lambda **slips: _entropy_formula(counts, **slips),
        {
            "this is in nats; bits need the logarithm to base 2.": {"base": np.e},
            "this is with the logarithm to base 10; bits need base 2.": {"base": 10.0},
            "the sign is wrong: an entropy is never negative.": {"sign": -1.0},
            "this is the average over the values; weigh each with its probability and sum.": {"mean": True},
            "the counts were not divided by their sum.": {"by": "1"},
            "divide the counts by their sum, not by the largest of them.": {"by": "max"},
            "divide the counts by their sum, not by how many values there are.": {"by": "values"},
            "1 was added to each count; leave the zeros out instead.": {"add": 1},
            "these are the terms of the sum; add them up.": {"raw": True},
            "each value must be weighted with its probability, not all alike.": {"weigh": False},
        },
    )
    right = _entropy_formula(counts)
    mistakes |= {
        "these are the bits of all symbols together; entropy is the average for one.": right * sum(counts),
        "this is 2 to the power of the entropy.": 2**right,
        "this is the share of the largest possible entropy; do not divide by it.": right
        / np.log2(np.count_nonzero(counts))
        if np.count_nonzero(counts) > 1
        else None,
        "these are counts already; do not count them again.": _entropy(np.array(counts)),
        "this is the entropy if all values were equally likely.": np.log2(np.count_nonzero(counts)),
    }
    answer = check.call(entropy_bits, np.array(counts))
    if np.ndim(answer) == 0 and isinstance(answer, float | np.floating) and np.isnan(answer):
        raise check.CheckError(f"{name}: got NaN. The logarithm of zero? A value that never occurs contributes 0.")
    check.close(answer, right, name, mistakes=mistakes)


def four_boards() -> np.ndarray:
    """Four boards (4, 8, 8) whose squares' entropies are known: 7.31 bits in all."""
    boards = np.zeros((4, 8, 8), np.int8)
    boards[:, 0, 0] = [0, 0, 1, 2]  # half empty: 1.5 bits
    boards[:, 3, 4] = [5, 5, 0, 0]  # 1 bit
    boards[:, 7, 7] = [1, 2, 3, 12]  # 2 bits
    boards[:, 7, 4] = 6  # certain: nothing
    boards[:, 1, 2] = [1, 7, 7, 7]  # pawns of two colours: 0.81 bits
    boards[:, 0, 3] = [11, 12, 11, 12]  # 1 bit
    boards[:, 5, 5] = [4, 10, 4, 10]  # 1 bit
    return boards


def random_boards(n: int, kind: str) -> np.ndarray:
    """n boards (n, 8, 8) of random codes, an integer type, two thirds of the squares empty."""
    return np.random.default_rng(n).choice(13, size=(n, 8, 8), p=[0.64] + [0.03] * 12).astype(kind)


def check_bits(bits_per_board: Callable, boards: np.ndarray) -> None:
    """Sum of the squares' entropies, counted with np.unique, and the usual mistakes."""
    rows = np.array(boards, dtype=int).reshape(len(boards), 64)
    right = sum(map(_entropy, rows.T))

    def of(change) -> float:
        return sum(_entropy(change(column)) for column in rows.T)

    mistakes = {
        "the empty squares were not counted; empty is an occupant like any other.": of(
            lambda c: c[c > 0] if (c > 0).any() else [0]
        ),
        "this is the average over the squares; a board costs their sum.": right / 64,
        "these are the entropies of the 64 squares; a board costs their sum.": [_entropy(column) for column in rows.T],
        "divided by the number of boards; the frequencies know it already.": right / len(rows),
        "all squares were counted together; each has its own frequencies.": _entropy(rows.ravel()),
        "all squares were counted together, times 64; each has its own frequencies.": 64 * _entropy(rows.ravel()),
        "this is in nats; bits need the logarithm to base 2.": right * np.log(2),
        "counted within each board; count each square over all boards.": sum(map(_entropy, rows)),
        "counted within each board; count each square over the boards.": np.mean([_entropy(row) for row in rows]),
        "only whether a square is occupied was counted; which piece it is matters too.": of(lambda c: c > 0),
        "White's and Black's pieces were counted as one; the colour matters too.": of(
            lambda c: np.where(c > 6, c - 6, c)
        ),
        "11 and 12, Black's queen and king, were counted as one (the last bin?).": of(lambda c: np.minimum(c, 11)),
        "reshape(64, -1) mixes squares: a row must be a board, (n, 64), then transpose.": sum(
            map(_entropy, rows.reshape(64, -1))
        ),
        "entropy_bits takes counts; it was given the codes themselves.": sum(
            _entropy_formula(column) for column in rows.T if column.any()
        ),
    }
    name = f"the bits for {len(boards)} boards"
    check.close(check.call(bits_per_board, boards), right, name, mistakes=mistakes)


def check_zlib(zlib_bytes: Callable, items: np.ndarray) -> None:
    """The size by zlib's streaming interface, and the usual mistakes.

    Args:
        zlib_bytes: the learner's function.
        items: whole numbers from 0 to 255, (n, ...).
    """

    def size(array, level=-1) -> int:
        squeeze = zlib.compressobj(level)
        return len(squeeze.compress(np.ascontiguousarray(array)) + squeeze.flush())

    def text(array):
        return np.frombuffer(str(array).encode(), np.uint8)

    def listed(array):
        return np.frombuffer(str(array.tolist()).encode(), np.uint8)

    n, small = len(items), np.array(items, dtype=np.uint8, order="C")

    def total(together, form=lambda item: item, level=-1) -> int:
        return size(form(small), level) if together else sum(size(form(item), level) for item in small)

    for together in (True, False):
        how = "all together" if together else "each by itself"
        right = total(together)
        mistakes = {
            f"the items were not compressed {how}; what does `together` say?": total(not together) / n,
            "this is the size of everything; divide by the number of items.": right,
            "divide by the number of items, not of numbers.": right / items.size,
            "every number was stored in eight bytes, not in one.": total(together, lambda x: x.astype("int64")) / n,
            "every number was stored in four bytes, not in one.": total(together, lambda x: x.astype("int32")) / n,
            "this is the printed picture of the array; compress its content.": total(together, text) / n,
            "every number was stored in two bytes, not in one.": total(together, lambda x: x.astype("int16")) / n,
            "this is a printed list; compress the array's content.": total(together, listed) / n,
            "this is the size before compression.": items.size / n,
            "sys.getsizeof also counts Python's own bytes; take len.": (right + (1 if together else n) * EMPTY) / n,
            "rounded down: use / instead of //.": right // n,
            "divided by the number of items twice.": right / n**2,
            "this is in bits; bytes were asked for.": 8 * right / n,
            "only the first item was compressed.": size(small[0]),
            "only the first item was compressed, and divided by their number.": size(small[0]) / n,
            "this is with level 9; use zlib.compress at its default level, please.": total(together, level=9) / n,
            "this is the compression ratio.": items.size / right,
        }
        name = f"the bytes for one of {n} items of {items[0].size} numbers, {how}"
        answer = check.call(zlib_bytes, items, together)
        check.close(answer, right / n, name, rtol=1e-9, mistakes=mistakes)


def check_memory(build: Callable, latent_dim: int, width: int) -> None:
    """Is it the autoencoder that was asked for: sizes, activations, softmax for each square?"""
    sizes = [832, width, latent_dim, width, 832]
    count = sum((a + 1) * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    name = "the autoencoder"
    model = check.model(build, latent_dim, width, takes=(832,), gives=(64, 13), parameters=count, name=name)
    weights = model.get_weights()
    shapes = [shape for a, b in zip(sizes[:-1], sizes[1:], strict=True) for shape in ((a, b), (b,))]
    found = [tuple(w.shape) for w in weights]
    check.require(
        found == shapes,
        f"The layers have weights of the shapes {found[::2]}; expected {shapes[::2]}: 832, {width}, {latent_dim}, "
        f"{width}, 832.",
    )
    rng = np.random.default_rng(latent_dim)
    drawn = [rng.normal(size=w.shape) / np.sqrt(w.shape[0]) for w in weights]
    x = rng.random((3, 832)).astype("float32")
    answer = check.with_weights(model, drawn, x)

    def right(hidden="gelu", second=None, latent="linear", output="linear", last=True, each=True):
        a = x.astype(float)
        for k, kind in enumerate((hidden, latent, second or hidden, output)):
            layer = keras.ops.convert_to_tensor(a @ drawn[2 * k] + drawn[2 * k + 1])
            a = np.asarray(keras.activations.get(kind)(layer), dtype=float)
        scores = a.reshape(3, 64, 13)
        if not last:
            return scores
        if last == "twice":
            scores = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
        e = np.exp(scores - scores.max())
        return e / (e.sum(axis=-1, keepdims=True) if each else e.sum(axis=(1, 2), keepdims=True))

    slips = {
        f"{kind} instead of GELU on the wide layers.": {"hidden": kind}
        for kind in ("relu", "tanh", "sigmoid", "silu", "elu", "leaky_relu")
    }
    slips |= {
        "no activation on the wide layers; they need GELU.": {"hidden": "linear"},
        "no activation on the first wide layer; both need GELU.": {"hidden": "linear", "second": "gelu"},
        "no activation on the second wide layer; both need GELU.": {"second": "linear"},
        "an activation (GELU) on the last dense layer; the softmax is enough.": {"output": "gelu"},
        "an activation (ReLU) on the last dense layer; the softmax is enough.": {"output": "relu"},
        "a sigmoid in place of the softmax.": {"output": "sigmoid", "last": False},
        "two softmaxes, one after the other.": {"last": "twice"},
        "an activation (GELU) on the latent code; it needs none.": {"latent": "gelu"},
        "an activation (ReLU) on the latent code; it needs none.": {"latent": "relu"},
        "an activation (tanh) on the latent code; it needs none.": {"latent": "tanh"},
        "the softmax is missing.": {"last": False},
        "the softmax goes over the whole board; each square's 13 numbers sum to 1.": {"each": False},
    }
    squares = answer.sum(axis=-1)
    mistakes = check.slips(right, slips)
    softmax_over_squares = right(last=False)
    e = np.exp(softmax_over_squares)
    mistakes["the softmax goes over the squares; it belongs on the last axis, the 13 scores."] = e / e.sum(
        axis=1, keepdims=True
    )
    check.close(answer, right(), f"{name}'s answer with known weights", rtol=1e-3, mistakes=mistakes)
    check.close(squares, np.ones((3, 64)), "the sum of each square's probabilities", rtol=1e-3)


def half_forgotten(boards: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Boards and what is remembered of them: two made ones, or given ones 40 % of which is noise."""
    if boards is None:
        shown, back = np.zeros((2, 8, 8), np.int8), np.zeros((2, 8, 8), np.int8)
        shown[0, 0], back[0, 0] = [4, 2, 3, 5, 6, 3, 2, 4], [4, 2, 3, 6, 5, 0, 8, 4]  # 4 of 8 pieces
        shown[1, 7, 0], back[1, 7, 0] = 12, 12  # 1 of 1
        back[1, 5, :3] = 7  # and three pawns that never were
        return shown, back
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 13, size=boards.shape)
    return boards, np.where(rng.random(boards.shape) < 0.6, boards, noise)


def check_recall(recall: Callable, boards: np.ndarray, remembered: np.ndarray) -> None:
    """Count square by square, and know the usual mistakes."""
    pairs = list(zip(np.ravel(boards).tolist(), np.ravel(remembered).tolist(), strict=True))
    n, right = len(pairs), sum(a == b for a, b in pairs)
    shown, put = sum(a > 0 for a, _ in pairs), sum(b > 0 for _, b in pairs)
    back = sum(a == b and a > 0 for a, b in pairs)
    both = sum(a > 0 and b > 0 for a, b in pairs)
    alike = sum(a > 0 and b > 0 and (a - 1) % 6 == (b - 1) % 6 for a, b in pairs)
    each = [((a == b) & (a > 0)).sum() / max((a > 0).sum(), 1) for a, b in zip(boards, remembered, strict=True)]
    anywhere = sum(
        min((a == code).sum(), (b == code).sum())
        for a, b in zip(boards, remembered, strict=True)
        for code in range(1, 13)
    )
    result = check.call(recall, boards, remembered)
    if isinstance(result, np.ndarray) and result.ndim == 1:  # as good as a tuple
        result = tuple(result)
    squares, pieces = check.several(result, "the share of squares", "the share of pieces")
    of_squares = {
        "this is the share of the pieces; the squares come first.": back / shown,
        "this is in per cent; expected a share from 0 to 1.": 100 * right / n,
        "this is a number of squares; divide by all squares of all boards.": right,
        "only the pieces were counted; an empty square that stays empty is right too.": back / n,
        "divide by all squares of all boards, not by 64.": right / 64,
        "divide by all squares of all boards, not by the number of boards.": right / len(boards),
        "only the squares that are empty were counted; take all.": (right - back) / max(n - shown, 1),
        "these are the boards' shares; return one share of all squares.": [
            np.mean(a == b) for a, b in zip(boards, remembered, strict=True)
        ],
        "a board counts only if it is right as a whole; count squares.": np.mean(
            [np.array_equal(a, b) for a, b in zip(boards, remembered, strict=True)]
        ),
        "the wrong squares were counted, not the right ones.": 1 - right / n,
        "this only asks whether a square is occupied; it must be the same piece.": (n - shown - put + 2 * both) / n,
    }
    of_pieces = {
        "divide by the pieces shown, not by all squares.": back / n,
        "divide by the pieces shown, not by those put back.": back / max(put, 1),
        "divide by all pieces shown, not only those on whose square something was put.": back / max(both, 1),
        "a piece is right only on its own square.": anywhere / shown,
        "a board does not always have 32 pieces; count those shown.": back / (32 * len(boards)),
        "these are the boards' shares; return one share of all pieces.": each,
        "empty squares that are right were counted as pieces.": right / shown,
        "this only asks whether a square is occupied; it must be the same piece.": both / shown,
        "this is the mean of the boards' shares; count the pieces of all boards.": np.mean(each),
        "the squares occupied on either board were counted; count the pieces shown.": back / (shown + put - both),
        "this is the share of squares.": right / n,
        "the wrong pieces were counted, not the right ones.": 1 - back / shown,
        "the colour must be right too.": alike / shown,
        "this is in per cent; expected a share from 0 to 1.": 100 * back / shown,
    }
    where = "on two boards" if len(boards) == 2 else f"on {len(boards)} real boards"
    check.close(squares, right / n, f"the squares right, {where}", mistakes=of_squares)
    check.close(pieces, back / shown, f"the pieces right, {where}", mistakes=of_pieces)
