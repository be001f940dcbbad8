"""Checks of lesson 11, why anything compresses."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_utils import check
from course_utils.checks.patterns_experiment import check_experiment as check_experiment
from course_utils.checks.patterns_memory import check_memory as check_memory
from course_utils.checks.patterns_zlib import check_zlib as check_zlib


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
        f"A square's piece gets to {reached} of the 64 squares only, on all boards taken together. Either a part of "
        "the board is shuffled by itself, or part of the shuffle is shared.",
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
    check.require(
        not np.array_equal(result, boards),
        "The boards come back as they were. (Their squares have growing numbers here, so that a sort changes nothing.)",
    )
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
    check.close(
        answer, right, name, mistakes=mistakes, otherwise=lambda: check.first_wrong(entropy_bits, _few_counts())
    )


def _few_counts():
    """Small cases of an entropy: certain, two and four alike, unequal, with zeros, large counts."""
    for counts in ([5], [1, 1], [4, 4], [2, 1, 1], [3, 1], [1, 0, 1], [0, 2], [1, 1, 1, 1], [300, 100]):
        yield f"the entropy of the counts {counts}", (np.array(counts),), _entropy_formula(counts)


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
    bits = check.call(bits_per_board, boards)
    check.close(
        bits, right, name, mistakes=mistakes, otherwise=lambda: check.first_wrong(bits_per_board, _few_boards())
    )


def _few_boards():
    """Small cases of a board's bits: empty boards but for what is said."""
    for words, n, squares, right in [
        ("the bits for 3 empty boards", 3, {}, 0),
        ("the bits for 2 boards, empty but for a white pawn on one of them", 2, {(6, 4): [1, 0]}, 1),
        ("the bits for 2 empty boards, but a square has a white pawn, then a black one", 2, {(3, 0): [1, 7]}, 1),
        ("the bits for 2 empty boards, but a square has a black queen, then a king", 2, {(0, 4): [11, 12]}, 1),
        ("the bits for 4 empty boards, but a square has a rook on one of them", 4, {(7, 7): [4, 0, 0, 0]}, 0.811278),
        ("the bits for 2 boards, one of them with two pawns", 2, {(6, 3): [1, 0], (1, 3): [7, 0]}, 2),
        ("the bits for 4 empty boards, but a square has another piece on each", 4, {(2, 5): [1, 2, 3, 4]}, 2),
        ("the bits for 512 boards, empty but for a white pawn on every second", 512, {(6, 4): [1, 0] * 256}, 1),
    ]:
        boards = np.zeros((n, 8, 8), np.int8)
        for (rank, file), codes in squares.items():
            boards[:, rank, file] = codes
        yield words, (boards,), right


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
        "the count was kept in 8 bits, where 256 is 0 again.": right % 256 / n,
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
    words = partial(check.first_wrong, recall, _few_memories())
    check.close(squares, right / n, f"the squares right, {where}", mistakes=of_squares, otherwise=words)
    check.close(pieces, back / shown, f"the pieces right, {where}", mistakes=of_pieces, otherwise=words)


def _few_memories():
    """Small cases of recall: what stands on the first squares, what was put there, both shares."""
    for words, shown, back in [
        ("an empty board but for a white pawn, remembered as it is", [[1]], [[1]]),
        ("an empty board but for a white pawn, remembered as empty", [[1]], [[0]]),
        ("an empty board but for a white pawn, remembered as a black one", [[1]], [[7]]),
        ("an empty board but for a king, remembered with a second piece", [[12, 0]], [[12, 3]]),
        ("an empty board but for two knights, one of them remembered as a bishop", [[2, 8]], [[3, 8]]),
        (
            "two boards, with a king, remembered, and with three pawns, lost",
            [[6, 0, 0], [1, 1, 1]],
            [[6, 0, 0], [0] * 3],
        ),
    ]:
        boards, put = np.zeros((2, len(shown), 8, 8), np.int8)
        boards[:, 0, : len(shown[0])], put[:, 0, : len(shown[0])] = shown, back
        right = boards == put
        yield (
            f"the shares of squares and of pieces for {words}",
            (boards, put),
            [right.mean(), right[boards > 0].mean()],
        )
