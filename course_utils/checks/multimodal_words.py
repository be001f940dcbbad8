"""Checks of lesson 37: how often words are obeyed, and words said of a picture."""

from functools import partial
from itertools import pairwise

import numpy as np

from course_utils import check
from course_utils.captions import TOPICS

LESSON = [len(words) for words in TOPICS.values()]


def _bags(rng, n: int, sizes, said: float) -> np.ndarray:
    """Bags with one word of each topic, or none with probability 1 - said."""
    parts = []
    for size in sizes:
        part = np.eye(size)[(size * rng.random(n) ** 1.5).astype(int)]
        part[1:] *= (rng.random((n, 1)) < said)[1:]
        parts.append(part)
    return np.concatenate(parts, axis=1).astype("float32")


def _shares(asked, seen, spans, said_of=None, of_words=False) -> np.ndarray:
    """Share of the asked rows (or words) of which the word is seen, for each span of columns."""
    found = []
    with np.errstate(all="ignore"):
        for a, b in spans:
            said = (asked[:, a:b] if said_of is None else said_of).sum(axis=1)
            right = (asked[:, a:b] * seen[:, a:b]).sum(axis=1)
            if not of_words:
                said, right = said > 0, right > 0
            found.append(right[said > 0].sum() / said.sum())
    return np.array(found)


def _wrong_shares(asked, seen, sizes: list[int], count, said) -> dict:
    """What known mistakes give."""
    n, right = len(asked), count / said
    spans = list(pairwise(np.cumsum([0, *sizes])))
    blocks = [(asked[:, a:b], seen[:, a:b]) for a, b in spans]
    whole = (asked * seen).sum(axis=1) == asked.sum(axis=1)
    of_words = [(a * b).sum(axis=0)[a.any(axis=0)] / a.sum(axis=0)[a.any(axis=0)] for a, b in blocks]
    either = np.array([((a + b) > 0).sum() for a, b in blocks])
    wrong_cuts = {
        "the blocks are cut at the sizes; cut at their sums, np.cumsum(sizes)[:-1].": [0, *sizes[:-1], None],
        "the blocks are cut at the lesson's sizes; take `sizes`.": [0, *np.cumsum(LESSON)[:-1], None],
        "there is a block too many: np.cumsum(sizes)[:-1] leaves the end out.": [0, *np.cumsum(sizes), None],
        "the blocks are cut one column too early.": [0, *(np.cumsum(sizes)[:-1] - 1), None],
        "the blocks are cut one column too late.": [0, *(np.cumsum(sizes)[:-1] + 1), None],
    }
    wrong_spans = {text: list(pairwise(cuts)) for text, cuts in wrong_cuts.items()}
    wrong_spans["every block begins at column 0; move its start on."] = [(0, size) for size in sizes]
    found = {text: _shares(asked, seen, there) for text, there in wrong_spans.items()}
    for text, there in wrong_spans.items():  # asked words counted instead of rows
        found[f"{text} "] = _shares(asked, seen, there, of_words=True)
    return found | {
        "divide by the rows in which the topic is asked, not by all rows.": count / n,
        "divide by the rows in which this topic is asked, not by those in which any is.": _shares(
            asked, seen, spans, asked
        ),
        "divide by the rows in which the topic is asked, not by the number of topics.": count / len(sizes),
        "divide by the rows in which the topic is asked, not by all asked words.": count / asked.sum(),
        "divide by the rows in which the topic is asked, not by its number of words.": count / sizes,
        "the mean over all entries was taken; divide by the rows in which the topic is asked.": count
        / (n * np.array(sizes)),
        "the mean of the words' shares was taken; each row that asks counts once.": np.array(
            [one.mean() for one in of_words]
        ),
        "this is a share for each word; give one for each topic.": np.nan_to_num(
            (asked * seen).sum(axis=0) / np.maximum(asked.sum(axis=0), 1)
        ),
        "this is a share for each row; give one for each topic.": (asked * seen).sum(axis=1)
        / np.maximum(asked.sum(axis=1), 1),
        "divide by the asked words, not by those asked or seen.": count / either,
        "the asked words of *all* topics must be seen in a row; take each topic alone.": np.array(
            [whole[a.any(axis=1)].mean() for a, _ in blocks]
        ),
        "what was not asked counts as obeyed; leave it out.": (count + n - said) / n,
        "each word counts as an entry; ask whether the asked word is seen.": np.array(
            [np.mean(a == b) for a, b in blocks]
        ),
        "these are numbers of rows; divide by how often the topic is asked.": count,
        "these are the numbers of rows that ask; count those in which the word is seen.": said,
        "this is the share of rows that ask; of these, count those in which the word is seen.": said / n,
        "they are whole numbers: is // meant for /, or are rows counted that do not ask?": count // said,
        "this is the share that is not obeyed.": 1 - right,
        "this is one share for all topics; give one for each.": count.sum() / said.sum(),
        "this is the mean over the topics; give one share for each.": right.mean(),
        "the last topic is missing.": right[:-1],
        "the first topic is missing.": right[1:],
        "`argmax` says word 0 where nothing is asked; leave these rows out.": np.array(
            [np.mean(a.argmax(axis=1) == b.argmax(axis=1)) for a, b in blocks]
        ),
    }


def _counted(answer, count, said) -> str:
    """For an answer that no known mistake gives: how the share of the worst topic is counted."""
    values, right = np.asarray(answer), count / said
    if values.shape != right.shape or values.dtype.kind not in "fiu":
        return ""
    if np.isnan(values).any():
        topic = int(np.flatnonzero(np.isnan(values))[0])
        return (
            f"that of topic {topic} is NaN, as if no row asked for it; {said[topic]} rows do. Is a block cut wrongly, or "
            "`said` too strict?"
        )
    topic = int(np.argmax(np.abs(values - right)))
    words = f"topic {topic} is asked in {said[topic]} rows, and its word is seen in {count[topic]} of these"
    return f"{words}: {count[topic]} / {said[topic]}, not {values[topic]:.3g}."


def check_obedience(obedience, n: int, sizes: list[int]) -> None:
    """Count obeyed words one by one, with the usual mistakes."""
    rng = np.random.default_rng([n, *sizes])
    asked, seen = _bags(rng, n, sizes, 0.6), _bags(rng, n, sizes, 1.1)
    blocks = [(asked[:, a:b], seen[:, a:b]) for a, b in pairwise(np.cumsum([0, *sizes]))]
    for wanted, found in blocks:  # most are obeyed, some topics more than others
        obeyed = rng.random(n) < rng.uniform(0.4, 0.8)
        for row in np.flatnonzero(obeyed & (wanted.sum(axis=1) > 0)):
            found[row] = wanted[row]
    count = np.array([sum(a.argmax() == b.argmax() for a, b in zip(*p, strict=True) if a.any()) for p in blocks])
    said = np.array([sum(a.any() for a in p[0]) for p in blocks])
    answer = check.call(obedience, asked, seen, list(sizes))
    known, look = partial(_wrong_shares, asked, seen, list(sizes), count, said), partial(_counted, answer, count, said)
    check.close(answer, count / said, "the shares", mistakes=known, otherwise=look)
    check.not_list(answer, "the shares")


def _chosen(log_p, spans) -> np.ndarray:
    """The bag of the most probable word of each span of columns."""
    bags = np.zeros_like(log_p)
    for a, b in spans:
        if log_p[:, a:b].size:
            bags[np.arange(len(bags)), (a or 0) + log_p[:, a:b].argmax(axis=1)] = 1
    return bags


def _wrong_bags(log_p, sizes: list[int], right) -> dict:
    """What known mistakes give."""
    edges = np.cumsum([0, *sizes])
    spans = list(pairwise(edges))
    starts = [(a, size) for a, size in zip([0, *sizes[:-1]], sizes, strict=True) if a < edges[-1]]
    best = np.stack([log_p[:, a:b].argmax(axis=1) for a, b in spans], axis=1)
    last = np.stack([b - 1 - log_p[:, a:b][:, ::-1].argmax(axis=1) for a, b in spans], axis=1)
    top = np.zeros_like(log_p)
    np.put_along_axis(top, np.argsort(-log_p, axis=1)[:, : len(sizes)], 1, axis=1)

    def bag(numbers) -> np.ndarray:
        made = np.zeros_like(log_p)
        np.put_along_axis(made, np.minimum(numbers, log_p.shape[1] - 1), 1, axis=1)
        return made

    p, v = np.exp(log_p), log_p.shape[1]
    return {
        "these are the least probable words.": _chosen(-log_p, spans),
        "only one word is said; say one of each topic.": np.eye(v)[log_p.argmax(axis=1)],
        "of equal words the last is said; say the first.": bag(last),
        "all of several equal words are said; say the first.": np.concatenate(
            [log_p[:, a:b] == log_p[:, a:b].max(axis=1, keepdims=True) for a, b in spans], axis=1
        ),
        "these are the numbers of the words in their topics; return bags of words.": best,
        "these are the numbers of the words; return bags of words.": best + edges[:-1],
        "these are the probabilities; say only the most probable words.": p,
        "all words of at least probability ½ are said; say the most probable one.": p > 0.5,
        "an entry is 1 for the most probable word, not its log-probability.": right * log_p,
        "an entry is 1 for the most probable word, not its probability.": right * p,
        "1 and 0 are exchanged.": 1 - right,
        "the most probable words of the whole row are said; say one of each topic.": top,
        "every block begins at column 0; move its start on.": bag(
            np.stack([log_p[:, :size].argmax(axis=1) for size in sizes], axis=1)
        ),
        "the words are numbered in their topics; add the start of each.": bag(best),
        "each start is the size of the last block alone; add the sizes up.": bag(
            np.stack([a + log_p[:, a : a + size].argmax(axis=1) for a, size in starts], axis=1)
        ),
        "the blocks are cut at the sizes; cut at their sums, np.cumsum(sizes)[:-1].": _chosen(
            log_p, pairwise([0, *sizes[:-1], None])
        ),
        "a block has as many columns as its topic has words, not as many as the vocabulary.": np.concatenate(
            [np.eye(v)[best[:, t]] for t in range(len(sizes))], axis=1
        ),
        "each row has a most probable word; the maximum of the whole block was taken.": np.concatenate(
            [log_p[:, a:b] == log_p[:, a:b].max() for a, b in spans], axis=1
        ),
        "the last topic is missing.": _chosen(log_p, spans[:-1]),
        "the last topic is missing. ": right[:, : edges[-2]],
        "the first topic is missing.": _chosen(log_p, spans[1:]),
        "rows and columns are exchanged.": right.T,
    }


def _said(values, right, spans, log_p) -> str:
    """For an answer that no known mistake gives: what it says of the first topic that is wrong."""
    if values.shape != right.shape:
        return ""
    for row in range(len(values)):
        for topic, (a, b) in enumerate(spans):
            if np.allclose(values[row, a:b], right[row, a:b]):
                continue
            words = np.flatnonzero(values[row, a:b])
            here = f"of topic {topic}, row {row} "
            if len(words) != 1:
                return f"{here}says {len(words) or 'no'} word{'s' * (len(words) != 1)}; say one."
            said, best = int(words[0]), int(np.argmax(right[row, a:b]))
            if said == best:
                return f"{here}has {values[row, a + said]:.3g} for the word that is said; the entry is 1."
            mine, other = np.exp(log_p[row, [a + said, a + best]])
            return f"{here}says word {said} of probability {mine:.2g}; word {best} has {other:.2g}."
    return ""


def check_describe(describe, n: int, sizes: list[int], tie: bool = False) -> None:
    """Is it the most probable word of each topic, as a bag?"""
    rng = np.random.default_rng([n, *sizes, tie])
    spans = list(pairwise(np.cumsum([0, *sizes])))
    logits = 2 * rng.normal(size=(n, sum(sizes)))
    if tie:
        logits = np.zeros_like(logits)
    blocks = [logits[:, a:b] for a, b in spans]
    log_p = np.concatenate([one - np.log(np.exp(one).sum(axis=1, keepdims=True)) for one in blocks], axis=1)
    right = np.zeros_like(log_p)
    for a, b in spans:
        for row in range(n):
            right[row, a + int(np.argmax(log_p[row, a:b]))] = 1
    answer = check.call(describe, log_p, list(sizes))
    _require_bags(answer, len(sizes))
    known = lambda: _wrong_bags(log_p, list(sizes), right)  # noqa: E731
    look = lambda: _said(np.asarray(answer), right, spans, log_p)  # noqa: E731
    check.close(answer, right, "the bags", mistakes=known, otherwise=look)
    check.not_list(answer, "the bags")


def _require_bags(answer, topics: int) -> None:
    """Words, and blocks that are not joined, make no array of numbers."""
    if not isinstance(answer, list | tuple | np.ndarray) or not len(answer):
        return
    first = answer[0]
    blocks = isinstance(answer, list | tuple) and len(answer) == topics and getattr(first, "ndim", 0) == 2
    check.require(not blocks, "the bags: these are the blocks in a list; join them: np.concatenate(blocks, axis=1).")
    while isinstance(first, list | tuple | np.ndarray) and np.ndim(first) and len(first):
        first = first[0]
    check.require(not isinstance(first, str), "the bags: these are words; return bags, 1 for a word that is said.")
