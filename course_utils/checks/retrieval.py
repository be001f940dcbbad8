"""Checks of lesson 24's searches: precision at k, and bits in place of numbers."""

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


def _late(distances, labels, kin, k):
    """Mean precision if kin is dropped from the first k only."""
    found = np.argsort(distances, axis=1, kind="stable")[:, :k]
    allowed = kin[found] != kin[:, None]
    return float(((labels[found] == labels[:, None]) & allowed).sum() / max(allowed.sum(), 1))


def check_precision(precision_at_k: Callable, n: int, classes: int, families: int, k: int, whole=False) -> None:
    """Compare with plain loops, and know the usual mistakes; `whole` distances have many ties."""
    rng = np.random.default_rng([n, classes, families, k])
    labels = np.resize(np.arange(classes), n) * 3 + 2
    kin = np.array([f"family {i}" for i in rng.permutation(np.resize(np.arange(families), n))])
    alike = (labels[:, None] == labels) + 0.7 * (kin[:, None] == kin)
    distances = np.abs(rng.normal(size=(n, n)) * 1.5 + 4 - 1.6 * alike) + 0.1
    if whole:
        distances = np.round(distances)
    np.fill_diagonal(distances, 0)
    if whole:
        distances = distances.astype(int)
    related = kin[:, None] == kin
    far = np.where(related, np.inf, distances)
    arguments = (distances, labels, kin, k)
    right = _precision(*arguments)
    mistakes = {
        "the query's own kin is among the results; leave it out.": _precision(*arguments, same_kin=True),
        "the query finds itself, and its kin; leave both out.": _precision(*arguments, same_kin=True, self_too=True),
        "the query finds itself: its own kin must be left out.": _precision(*arguments, self_too=True),
        "the examples with the query's own LABEL were left out; leave out its kin.": _of_order(
            np.where(labels[:, None] == labels, np.inf, distances), labels, k
        ),
        "these are the farthest examples; take the nearest.": _precision(*arguments, far=True),
        "the query's own kin comes FIRST; set its distances to infinity, not 0.": _of_order(
            np.where(related, 0, distances), labels, k
        ),
        "the nearest result is skipped: with its kin set to infinity the query is not among the first.": lambda: (
            _of_order(far, labels, k, start=1)
        ),
        "the kin was left out of the first k; leave it out before you take k.": _late(distances, labels, kin, k),
        "this is the precision at 1; look at k results.": _precision(*arguments[:3], 1),
        "the kin's distances were set to the largest one, which others have, too; set them to infinity.": _of_order(
            np.where(related, distances.max(), distances), labels, k
        ),
        "this is the share of queries with at least one right result; take the share of the results.": _precision(
            *arguments, each=True
        ),
        "this is the precision at k + 1.": lambda: _precision(*arguments[:3], k + 1),
        "rows and columns are exchanged: row i of `distances` belongs to query i.": _precision(
            distances.T, labels, kin, k
        ),
        "this is the share of wrong results.": 1 - right,
        "this is in per cent; expected a share from 0 to 1.": 100 * right,
        "right results were counted; divide by their number.": right * n * k,
        "divide by k, too: the precision is a share of the k results.": right * k,
    }
    if whole:
        back = _precision(*arguments, reverse=True)
        mistakes["of examples at the same distance the one with the smaller number comes first."] = back
    name = f"the precision at {k} of {n} queries"
    answer = check.call(precision_at_k, *arguments)
    told = np.asarray(answer, dtype=float) if isinstance(answer, float | np.floating) else np.zeros(())
    check.require(not np.isnan(told).any(), f"{name}: got NaN. Infinity times 0? Use np.where.")
    tied = " Do equal distances keep their order (kind='stable')?" if whole else ""
    try:
        check.close(answer, right, name, rtol=1e-9, mistakes=mistakes)
    except check.CheckError as error:
        raise check.CheckError(f"{error}{tied}") from None


def check_bits(sign_bits: Callable, n: int, d: int, b: int) -> None:
    """Products above zero, with a product of exactly zero among them."""
    rng = np.random.default_rng([n, d, b])
    codes, directions = rng.normal(size=(n, d)) + 0.5, rng.normal(size=(d, b))
    codes[0] = 0
    products = np.einsum("nd,db->nb", codes, directions)
    answer = check.call(sign_bits, codes, directions)
    check.close(
        answer,
        products > 0,
        "the bits",
        mistakes={
            "a product of exactly 0 gives False: the bit is True above 0 only.": products >= 0,
            "the sign is wrong: True where the product is above 0.": products < 0,
            "these are the products; ask where they are above 0.": products,
            "these are signs, -1 and 1; bits are False and True.": np.sign(products),
            "rows and columns are exchanged; one row for each code.": (products > 0).T,
            "the products were compared with their mean; compare them with 0.": products > products.mean(),
        },
    )
    found = np.asarray(answer)
    check.require(found.dtype == bool, f"the bits: expected bool (True, False), got {found.dtype}.")


def check_hamming(hamming_distances: Callable, n: int, b: int) -> None:
    """Compare with counting pair by pair."""
    rng = np.random.default_rng([n, b, 8])
    bits = rng.random((n, b)) < rng.uniform(0.2, 0.8, (n, 1))
    right = np.array([[sum(x != y for x, y in zip(p, q, strict=True)) for q in bits] for p in bits])
    answer = check.call(hamming_distances, bits)
    ones = bits.astype(int)
    check.close(
        answer,
        right,
        "the Hamming distances",
        mistakes={
            "these are the places that agree; count those that differ.": b - right,
            "divided by the number of places; count them.": right / b,
            "True - True was counted modulo something: compare with != before you sum.": right % 256,
            "these are the places where both are True; count those that differ.": ones @ ones.T,
            "these are the places where one of the two is True, or both; count those that differ.": b
            - (1 - ones) @ (1 - ones).T,
            "rows were compared with the first row only.": right[0],
            "this is the root of the count (a Euclidean distance).": np.sqrt(right),
            "these say which places differ; count them.": bits[:, None] != bits[None],
            "this compares columns; compare rows of `bits`.": (bits.T[:, None] != bits.T[None]).sum(axis=2),
            "a product of bools is a bool: convert the bits to numbers before you multiply.": lambda: (
                (bits @ ~bits.T).astype(int) + (~bits @ bits.T)
            ),
            "a product of bools is a bool, and only one direction was asked for.": lambda: bits @ ~bits.T,
            "a product of bools is a bool: convert to numbers first.": lambda: (bits @ ~bits.T) | (~bits @ bits.T),
            "only one direction was counted: True here and False there. Count both.": ones @ (1 - ones).T,
            "this is one number for all; (n, n) distances are asked for.": right.sum(),
        },
    )
    kind = np.asarray(answer).dtype
    check.require(kind.kind in "iu", f"the Hamming distances: expected integers, got {kind}.")
    check.require(
        kind.itemsize > 1 or b < 128, f"the Hamming distances: {kind} is too small for counts of large bit codes."
    )
