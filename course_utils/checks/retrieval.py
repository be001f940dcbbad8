"""Checks of lesson 24's searches: precision at k, and bits in place of numbers."""

import functools
from collections.abc import Callable

import numpy as np

from course_utils import check


def _precision(distances, labels, kin, k, same_kin=False, self_too=False, far=False, each=False, reverse=False):
    """Mean precision at k by plain loops, with its usual slips as options."""
    shares, hits, ranks = [], [], []
    for i in range(len(labels)):
        others = [j for j in range(len(labels)) if (self_too or j != i) and (same_kin or j == i or kin[j] != kin[i])]
        if reverse:
            others = others[::-1]
        order = sorted(others, key=lambda j: -distances[i, j] if far else distances[i, j])
        good = [labels[j] == labels[i] for j in order[:k]]
        shares.append(sum(good) / k)
        hits.append(any(good))
        ranks.append(good[0])
    return float(np.mean(hits)) if each else float(np.mean(shares))


def _of_order(distances, labels, k, start=0):
    """Mean precision of the results start to start + k of a stable order."""
    found = np.argsort(distances, axis=1, kind="stable")[:, start : start + k]
    return float((labels[found] == labels[:, None]).mean())


def _late(distances, labels, kin, k, of_all=False):
    """Mean precision if kin is dropped from the first k only; a share of what is left, or of k."""
    found = np.argsort(distances, axis=1, kind="stable")[:, :k]
    allowed = kin[found] != kin[:, None]
    return float(((labels[found] == labels[:, None]) & allowed).sum() / max(found.size if of_all else allowed.sum(), 1))


def _recall(distances, labels, kin, k):
    """Mean share of the examples with the query's label and of other kin that are among the first k."""
    other = kin[:, None] != kin
    wanted = (labels[:, None] == labels) & other
    order = np.argsort(np.where(other, distances, np.inf), axis=1, kind="stable")[:, :k]
    with np.errstate(all="ignore"):
        return float(np.mean(np.take_along_axis(wanted, order, axis=1).sum(axis=1) / wanted.sum(axis=1)))


def _order_slips(*arguments) -> dict:
    """Message -> a function that computes what another order of the examples gives."""
    distances, labels, kin, k = arguments
    far = np.where(kin[:, None] == kin, np.inf, distances)
    down = np.argsort(far, axis=0, kind="stable")
    return {
        "these are the farthest examples; take the nearest.": lambda: _precision(*arguments, far=True),
        "rows and columns are exchanged: row i of `distances` belongs to query i.": lambda: _precision(
            distances.T, labels, kin, k
        ),
        "np.argsort sorted columns (axis=0); sort each row.": lambda: (labels[down[:, :k]] == labels[:, None]).mean(),
        "of examples at the same distance the one with the smaller number comes first.": lambda: _precision(
            *arguments, reverse=True
        ),
        "distances that differ by little count as equal: float32 holds 7 digits; take `float`.": lambda: _precision(
            distances.astype("float32"), labels, kin, k
        ),
        "the farthest examples were sorted first, the query's own kin before all; take the nearest.": lambda: _of_order(
            -far, labels, k
        ),
    }


def _left_out_slips(distances, labels, kin, k) -> dict:
    """Message -> a function that computes what leaving out others, or in another way, gives."""
    related = kin[:, None] == kin
    row = np.arange(len(labels)) // 26

    def instead(value, where=related):
        return lambda: _of_order(np.where(where, value, distances), labels, k)

    slips = {
        "the query's own kin comes FIRST; set its distances to infinity, not 0.": instead(0),
        "only the query's own kin is searched; search all others.": instead(np.inf, ~related),
        "the kin's distances were set to the largest one, which others have, too; set them to infinity.": instead(
            distances.max()
        ),
        "26 neighbouring rows were left out; `kin` says who is related.": instead(np.inf, row[:, None] == row),
        "all distances of 0 were left out; leave out the kin, whatever its distance.": instead(
            np.inf, related | (distances == 0)
        ),
        "only examples of the query's kin AND label were left out; leave out all of its kin.": instead(
            np.inf, related & (labels[:, None] == labels)
        ),
    }
    for value in (1, 2, 10, 100, 1000, 1e6, 1e9):
        slips[f"the kin's distances were set to {value:g}, which others exceed; set them to infinity."] = instead(value)
    return slips


def _times_100(value):
    """A hundred times a value, or what a function gives."""
    value = value() if callable(value) else value
    return None if value is None else 100 * value


def _precision_slips(distances, labels, kin, k, right) -> dict:
    """Message -> what a usual mistake gives, or a function that computes it."""
    arguments = (distances, labels, kin, k)
    n, related = len(labels), kin[:, None] == kin
    far = np.where(related, np.inf, distances)
    order = np.argsort(far, axis=1, kind="stable")[:, :k]
    hits = labels[order] == labels[:, None]

    slips = {
        "the query's own kin is among the results; leave it out.": lambda: _precision(*arguments, same_kin=True),
        "the query finds itself, and its kin; leave both out.": lambda: _of_order(distances, labels, k),
        "the query finds itself: its own kin must be left out.": lambda: _precision(*arguments, self_too=True),
        "no result has the query's label: were examples of its own LABEL left out, or kin compared for labels?": 0.0,
        "the nearest result is skipped: with its kin set to infinity the query is not among the first.": lambda: (
            _of_order(far, labels, k, start=1)
        ),
        "only k - 1 results were taken, from the second on; take the first k.": lambda: (
            _of_order(far, labels, k - 1, start=1) if k > 1 else None
        ),
        "the kin was left out of the first k; leave it out before you take k.": lambda: _late(*arguments),
        "the kin was left out of the first k, and not replaced by others; leave it out before you take k.": lambda: (
            _late(*arguments, of_all=True)
        ),
        "this is the precision at 1; look at k results.": lambda: _of_order(far, labels, 1),
        "10 results were taken; take k.": lambda: _of_order(far, labels, 10) if n > 12 else None,
        "the right results were divided by 10; divide by k.": right * k / 10,
        "this is the share of queries with at least one right result; take the share of the results.": lambda: (
            _precision(*arguments, each=True)
        ),
        "this is the share of the query's letters that were found (the recall); divide by k.": lambda: _recall(
            *arguments
        ),
        "these are the precisions of the queries; average them.": hits.mean(axis=1),
        "this is the median over the queries; take the mean.": np.median(hits.mean(axis=1)),
        "this is the precision of the first query; average over all.": hits[0].mean(),
        "the precisions at 1, 2, ..., k were averaged; take the one at k.": (
            hits.cumsum(1) / np.arange(1, k + 1)
        ).mean(),
        "k + 1 results were counted, but divided by k.": lambda: _of_order(far, labels, k + 1) * (k + 1) / k,
        "this is the precision at k + 1.": lambda: _precision(*arguments[:3], k + 1),
        "this is the share of wrong results.": 1 - right,
        "this is in per cent; expected a share from 0 to 1.": 100 * right,
        "right results were counted; divide by their number.": right * n * k,
        "divide by k, too: the precision is a share of the k results.": right * k,
    }
    slips |= _order_slips(*arguments) | _left_out_slips(*arguments)
    for message, value in list(slips.items()):
        slips[message] = value = functools.cache(value) if callable(value) else value
        slips[f"{message} And it is in per cent."] = lambda value=value: _times_100(value)
    return slips


def _precision_case(n: int, classes: int, families: int, k: int, whole=False, unit: int = 1) -> tuple:
    """Distances, labels, kin and k; `whole` distances have many ties, in units of `unit`, and near ones."""
    rng = np.random.default_rng([n, classes, families, k])
    labels = np.resize(np.arange(classes), n) * 3 + 2
    kin = np.array([f"family {i}" for i in rng.permutation(np.resize(np.arange(families), n))])
    alike = (labels[:, None] == labels) + 0.7 * (kin[:, None] == kin)
    distances = np.abs(rng.normal(size=(n, n)) * 1.5 + 4 - 1.6 * alike) + 0.1
    np.fill_diagonal(distances, 0)
    if whole:
        distances = np.round(distances).astype(int) * unit
        distances += rng.integers(0, 9, (n, n)) * (unit > 1)
    return distances, labels, kin, k


def _small_precisions():
    """Small searches for :func:`check.first_wrong`, each with one step more."""
    three = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
    four = np.array([[0, 1, 2, 3], [2, 0, 3, 1], [1, 3, 0, 2], [3, 2, 1, 0]])
    tied = np.array([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]])
    cases = {
        "": (three, [4, 4, 7], ["a", "b", "c"], 1),
        "each with one of its kin, ": (four, [4, 4, 7, 4], ["a", "b", "a", "b"], 1),
        "two results, ": (four, [4, 4, 7, 4], ["a", "b", "c", "d"], 2),
        "equal distances, ": (tied, [4, 4, 7, 4], ["a", "b", "c", "d"], 1),
    }
    for told, case in cases.items():
        distances, labels, kin, k = case
        words = f"{told}distances {distances.tolist()}, labels {labels}, kin {kin}, k = {k}"
        arguments = distances, np.array(labels), np.array(kin), k
        yield words, arguments, _precision(*arguments)


def check_precision(
    precision_at_k: Callable, n: int, classes: int, families: int, k: int, whole=False, unit: int = 1
) -> None:
    """Compare with plain loops, and know the usual mistakes."""
    case = _precision_case(n, classes, families, k, whole, unit)
    right = _precision(*case)
    name = f"the precision at {k} of {n} queries"
    answer = check.call(precision_at_k, *case)
    told = np.asarray(answer, dtype=float) if isinstance(answer, float | np.floating) else np.zeros(())
    check.require(not np.isnan(told).any(), f"{name}: got NaN. Infinity times 0? Use np.where.")
    tied = " Do equal distances keep their order (kind='stable')?" if whole else ""

    def mistakes():
        others = [_precision_case(60, 4, 12, 6, whole, unit)] if n > 6 else []
        call = functools.partial(check.call, precision_at_k)
        return check.confirmed(call, lambda *c: _precision_slips(*c, _precision(*c)), case, others)

    def otherwise():
        small = check.first_wrong(precision_at_k, _small_precisions())
        return small or f"got {float(np.mean(answer)):.6g}, expected {right:.6g}; no small case shows it.{tied}"

    check.close(answer, right, name, rtol=1e-9, mistakes=mistakes, otherwise=otherwise)


def check_bits(sign_bits: Callable, n: int, d: int, b: int, scale: float = 1.0) -> None:
    """Products above zero, with a product of exactly zero among them."""
    rng = np.random.default_rng([n, d, b])
    codes, directions = (rng.normal(size=(n, d)) + 0.5) * scale, rng.normal(size=(d, b))
    codes[0] = 0
    products = np.einsum("nd,db->nb", codes, directions)
    answer = check.call(sign_bits, codes, directions)
    check.close(
        answer,
        products > 0,
        "the bits",
        mistakes={
            "the products were compared with a number above 0, or rounded; compare them with 0.": products > 0.5,
            "a product of exactly 0 gives False: the bit is True above 0 only.": products >= 0,
            "the sign is wrong: True where the product is above 0.": products < 0,
            "this is True on both sides; ask whether the product is ABOVE 0.": products != 0,
            "these are the products; ask where they are above 0.": products,
            "these are signs, -1 and 1; bits are False and True.": np.sign(products),
            "rows and columns are exchanged; one row for each code.": (products > 0).T,
            "the products were compared with their mean; compare them with 0.": products > products.mean(),
            "the directions were transposed; each COLUMN is one.": lambda: codes @ directions.T > 0 if d == b else None,
            "the codes were centred; take them as they are.": products > products.mean(axis=0),
            "the products were compared with their median; compare them with 0.": products
            > np.median(products, axis=0),
            "the SIGNS of code and direction were multiplied; multiply the numbers.": lambda: (
                np.sign(codes) @ np.sign(directions) > 0
            ),
            "bits of code and direction were multiplied; multiply the numbers.": lambda: (codes > 0) @ (directions > 0),
        },
        otherwise=lambda: check.behaviour(sign_bits, lambda c, d: c @ d > 0, codes=codes, directions=directions),
    )
    check.not_list(answer, "the bits")
    found = np.asarray(answer)
    check.require(found.dtype == bool, f"the bits: expected bool (True, False), got {found.dtype}.")


def _hamming_slips(bits: np.ndarray, right: np.ndarray) -> dict:
    """Message -> what a usual mistake gives, or a function that computes it."""
    ones, b = bits.astype(int), bits.shape[1]
    both, counts = ones @ ones.T, ones.sum(axis=1)
    fixed = "the number of bits is fixed at {}; take it from the shape of `bits`."
    return {
        "these are the places that agree; count those that differ.": b - right,
        "divided by the number of places; count them.": right / b,
        "this is the SHARE of places that AGREE; count those that differ.": 1 - right / b,
        "a number of 8 bits holds no count above 255: convert the bits to int first.": right % 256,
        "a signed number of 8 bits holds no count above 127: convert the bits to int first.": lambda: right.astype(
            "int8"
        ),
        "these are the places where both are True; count those that differ.": both,
        "these are the places where one of the two is True, or both; count those that differ.": right + both,
        "rows were compared with the first row only.": right[0],
        "this is the root of the count (a Euclidean distance).": np.sqrt(right),
        "these are angles; count the places.": np.pi * right / b,
        "this is half of the count.": right // 2,
        "this is twice the count.": 2 * right,
        "differences of signs are 2, their squares 4: divide by it.": 4 * right,
        "a product of signs, -1 and 1, is b - 2 d for d places that differ: solve for d.": b - 2 * right,
        fixed.format(64): (64 - b + 2 * right) // 2,
        fixed.format(32): (32 - b + 2 * right) // 2,
        "only pairs above the diagonal are filled; fill both halves.": np.triu(right),
        "the distance of a row from itself is 0.": lambda: right + np.eye(len(right)) * (b + 1),
        "NUMBERS of True places were compared; compare place by place.": np.abs(counts[:, None] - counts),
        "-x is not the opposite of a bit, and ~x on integers neither; it is 1 - x.": -2 * both,
        "~x on integers is -1 - x; the opposite of a bit is 1 - x.": lambda: ones @ ~ones.T + ~ones @ ones.T,
        "these say which places differ; count them.": lambda: bits[:, None] != bits[None],
        "this compares columns; compare rows of `bits`.": lambda: (bits.T[:, None] != bits.T[None]).sum(axis=2),
        "a product of bools is a bool: convert the bits to numbers before you multiply.": lambda: (
            (bits @ ~bits.T).astype(int) + (~bits @ bits.T)
        ),
        "a product of bools is a bool, and only one direction was asked for.": lambda: bits @ ~bits.T,
        "this says WHETHER rows differ; count the places. (A product of bools is a bool: convert to numbers first.)": (
            right > 0
        ),
        "only one direction was counted: True here and False there. Count both.": ones @ (1 - ones).T,
        "only one direction was counted: False here and True there. Count both.": (1 - ones) @ ones.T,
        "one direction was counted twice; count True here and False there, and the other way round.": 2
        * (ones @ (1 - ones).T),
        "differences were added with their signs: 1 and -1 cancel.": counts[:, None] - counts,
        "these are the places where not both are True; count those that differ.": b - both,
        "a share was multiplied by the places and cut off: use np.rint.": lambda: (right / b * b).astype(int),
        "this is one number for all; (n, n) distances are asked for.": right.sum(),
    }


def _small_bits():
    """Few bits for :func:`check.first_wrong`, each with one step more, and many."""
    for rows in (
        [[1]],
        [[1], [0]],
        [[1, 0], [0, 0]],
        [[1, 1], [0, 0]],
        [[1, 0, 0], [0, 1, 0]],
        [[1, 0], [0, 1], [1, 1]],
    ):
        bits = np.array(rows, dtype=bool)
        yield f"bits {bits.astype(int).tolist()} as bools", (bits,), (bits[:, None] != bits).sum(axis=2)
    many = np.array([[True] * 300, [False] * 300])
    yield "300 times True in one row, False in the other", (many,), np.array([[0, 300], [300, 0]])


def check_hamming(hamming_distances: Callable, n: int, b: int) -> None:
    """Compare with counting pair by pair."""
    rng = np.random.default_rng([n, b, 8])
    bits = rng.random((n, b)) < rng.uniform(0.2, 0.8, (n, 1))
    right = np.array([[sum(x != y for x, y in zip(p, q, strict=True)) for q in bits] for p in bits])
    answer = check.call(hamming_distances, bits)
    kind = getattr(answer, "dtype", None)
    small = str(kind) in ("int8", "uint8") and b >= 128
    check.require(not small, f"the Hamming distances: {kind} is too small for counts of large bit codes.")
    check.close(
        answer,
        right,
        "the Hamming distances",
        mistakes=_hamming_slips(bits, right),
        otherwise=lambda: check.first_wrong(hamming_distances, _small_bits()),
    )
    check.not_list(answer, "the Hamming distances")
    kind = np.asarray(answer).dtype
    check.require(kind.kind in "iu", f"the Hamming distances: expected integers, got {kind}.")
