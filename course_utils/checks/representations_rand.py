"""Check of the adjusted Rand index of lesson 24, what codes are good for."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    homogeneity_score,
    normalized_mutual_info_score,
    rand_score,
)
from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix

from course_utils import check


def _rand_formula(
    table, off=1, above=1.0, below=1.0, chance="pairs", most="half", mean=False, whole=False, of=None, brackets=True
):
    """The adjusted Rand index of a table of counts, with its usual slips as options."""

    def pairs(m):
        return m * (m - off) / 2

    each = np.mean if mean else np.sum
    a, b, n = each(pairs(table.sum(axis=1))), each(pairs(table.sum(axis=0))), table.sum()
    ways = {
        "pairs": (a * b, pairs(n)),
        "n": (a * b, n),
        "n2": (a * b, n * n),
        "a": (a * a, pairs(n)),
        "b": (b * b, pairs(n)),
    }
    top, bottom = ways[chance]
    expected = top // bottom if whole else top / bottom
    full = {"half": (a + b) / 2, "sum": a + b, "max": max(a, b), "min": min(a, b), "root": np.sqrt(a * b)}
    full |= {"a": a, "b": b, "half a": a / 2 + b, "half b": a + b / 2}
    together = each(pairs(table if of is None else of))
    if not brackets:
        return together - expected / (full[most] - expected)
    return (together - above * expected) / (full[most] - below * expected)


RAND_SLIPS = {
    "the expected number of pairs was not subtracted.": {"above": 0.0, "below": 0.0},
    "E was subtracted above but not below.": {"below": 0.0},
    "the sum of A and B was not halved.": {"most": "sum"},
    "squares of counts; pairs among m are m (m - 1) / 2.": {"off": 0},
    "m (m + 1) in place of m (m - 1).": {"off": -1},
    "the larger of A and B was taken; take half of their sum.": {"most": "max"},
    "the smaller of A and B was taken; take half of their sum.": {"most": "min"},
    "the root of A B was taken; take half of their sum.": {"most": "root"},
    "half of A + B is needed, not A.": {"most": "a"},
    "half of A + B is needed, not B.": {"most": "b"},
    "only A was halved: (A + B) / 2 needs its brackets.": {"most": "half a"},
    "only B was halved: (A + B) / 2 needs its brackets.": {"most": "half b"},
    "E is A B divided by the number of PAIRS, n (n - 1) / 2, not by n.": {"chance": "n"},
    "E is A B divided by the number of PAIRS, n (n - 1) / 2, not by n squared.": {"chance": "n2"},
    "E is twice too large: is a half missing in A and B, or in E?": {"above": 2.0, "below": 2.0},
    "E is half of what it should be: is the half missing in n (n - 1) / 2?": {"above": 0.5, "below": 0.5},
    "the row sums were used for the columns, too: B is not A.": {"most": "a", "chance": "a"},
    "the column sums were used for the rows, too: A is not B.": {"most": "b", "chance": "b"},
    "the pairs were averaged; add them up.": {"mean": True},
    "E was rounded down; it need not be an integer.": {"whole": True},
}


def _rand_slips(labels: np.ndarray, groups: np.ndarray, right: float):
    """Message -> what a usual mistake gives."""
    table = contingency_matrix(labels, groups).astype(float)
    first = {}
    if right < 0:
        first["the index is negative here: do not cut it at 0, and S = 0 is no special case."] = 0.0
        first["the index is negative here; its sign was dropped."] = -right
    if min(table.shape) == 1:
        first["1.0 is for 0 / 0 only; one group on ONE side does not give 0 / 0."] = 1.0
    elif right < 1:
        first[
            "1.0 is for 0 / 0 and the same groups only; the formula gives another value. Are `labels` AND `groups` used?"
        ] = 1.0
    once = "each pair of label and group was counted once: on arrays table[i, j] += 1 adds once; use np.add.at."
    rest = {
        "this is the Rand index; adjust it for chance.": lambda: rand_score(labels, groups),
        "the group's numbers were compared with the labels; they mean nothing.": np.mean(labels == groups),
        "the sign is wrong.": -right,
        "S - E must be divided as a whole: brackets are missing.": lambda: _rand_formula(table, brackets=False),
        "the fraction is upside down.": 1 / right if right else None,
        "this is the Jaccard index, S / (A + B - S); adjust for chance.": lambda: _jaccard(labels, groups),
        "this is the homogeneity.": lambda: homogeneity_score(labels, groups),
        "this is in per cent; expected at most 1.": 100 * right,
        once: lambda: _rand_formula((table > 0).astype(float)),
        once + " E comes from all.": lambda: _rand_once(table),
        "labels are any integers, and a negative index counts from the end: number them from 0 (np.unique).": lambda: (
            adjusted_rand_score(labels % (labels.max() + 1), groups % (groups.max() + 1)) if labels.min() < 0 else None
        ),
        "S is a sum over all cells of the table, not over its diagonal: the group's numbers mean nothing.": lambda: (
            _rand_formula(table, of=np.diag(table))
        ),
        "S holds the pairs of each cell, added up, not the pairs of all examples.": lambda: _rand_formula(
            table, of=table.sum()
        ),
        "this is the normalised mutual information.": lambda: normalized_mutual_info_score(labels, groups),
        "this is the adjusted mutual information.": lambda: adjusted_mutual_info_score(labels, groups),
        "this is the purity: the share of the commonest label of each group.": table.max(axis=0).sum() / len(labels),
    }
    return first | rest | check.slips(lambda **options: _rand_formula(table, **options), RAND_SLIPS)


def _rand_once(table: np.ndarray) -> float:
    """The index if every pair of label and group was counted once, but n counts all examples."""
    once, n = (table > 0).astype(float), table.sum()
    share = once.sum() * (once.sum() - 1) / (n * (n - 1))
    return _rand_formula(once, above=share, below=share)


def _jaccard(labels: np.ndarray, groups: np.ndarray) -> float:
    """Pairs together in both groupings, as a share of those together in at least one."""
    (_, only_groups), (only_labels, both) = pair_confusion_matrix(labels, groups)
    return both / max(both + only_groups + only_labels, 1)


def _small_cases():
    """Small groupings for :func:`check.first_wrong`, each with one step more."""
    plain = "S = {}, A = {}, B = {}, E = {}".format
    texts = {
        "the same groups twice": ([0, 0, 1], [0, 0, 1], plain(1, 1, 1, "1/3")),
        "no pair together": ([0, 0, 1, 1], [0, 1, 0, 1], plain(0, 2, 2, "2/3")),
        "sizes differ": ([0, 0, 1, 1], [0, 0, 1, 2], plain(1, 2, 1, "1/3")),
        "a cell of three": ([0, 0, 0, 1, 1], [0, 0, 0, 0, 1], plain(3, 4, 6, "2.4")),
        "the same groups, other numbers": ([0, 0, 1], [3, 3, 0], plain(1, 1, 1, "1/3")),
        "negative numbers": ([2, 2, -2, -2], [7, 7, -7, 9], plain(1, 2, 1, "1/3")),
        "one group": ([0, 0, 0, 1], [4, 4, 4, 4], plain(3, 3, 6, 3)),
    }
    for told, (labels, groups, why) in texts.items():
        labels, groups = np.array(labels), np.array(groups)
        right = adjusted_rand_score(labels, groups)
        yield f"{told}, labels {labels.tolist()} and groups {groups.tolist()} ({why})", (labels, groups), right
    many = np.arange(900) // 300, np.arange(900) // 450
    yield "900 examples, labels 300 times 0, 1 and 2, groups 450 times 0 and 1", many, adjusted_rand_score(*many)


def check_rand(adjusted_rand_index: Callable, labels: Sequence[int], groups: Sequence[int]) -> None:
    """Compare with scikit-learn's, which counts another table, and know the usual mistakes."""
    labels, groups = np.asarray(labels), np.asarray(groups)
    right = adjusted_rand_score(labels, groups)
    sizes = [len(np.unique(one)) for one in (labels, groups)]
    name = f"the adjusted Rand index of {sizes[0]} labels and {sizes[1]} groups"
    answer = check.call(adjusted_rand_index, labels, groups)
    trivial = sizes[0] == sizes[1] and sizes[0] in (1, len(labels))
    if isinstance(answer, float | np.floating) and not np.isfinite(answer):
        what = "0 / 0: return 1.0 there" if trivial else "a division by 0"
        raise check.CheckError(f"{name}: got {answer}, {what}.")
    mistakes = {"the formula gives 0 / 0 here; return 1.0.": 0.0} if trivial else _rand_slips(labels, groups, right)
    check.close(
        answer,
        right,
        name,
        rtol=1e-6,
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(adjusted_rand_index, _small_cases()),
    )
