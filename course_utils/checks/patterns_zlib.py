"""Lesson 11's check of the sizes that zlib makes."""

import sys
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np

from course_utils import check

EMPTY = sys.getsizeof(b"")
KINDS = {
    "int64": "every number was stored in eight bytes, not in one.",
    "int32": "every number was stored in four bytes, not in one.",
    "int16": "every number was stored in two bytes, not in one.",
    "float64": "every number was stored as a float of eight bytes; one byte is enough.",
    "float32": "every number was stored as a float of four bytes; one byte is enough.",
}


def _size(array, level=-1) -> int:
    squeeze = zlib.compressobj(level)
    return len(squeeze.compress(np.ascontiguousarray(array)) + squeeze.flush())


def _total(items, together: bool, form=np.asarray, level=-1) -> int:
    """Bytes of all items, each of which is put into another form before."""
    return _size(form(items), level) if together else sum(_size(form(item), level) for item in items)


def _text(array) -> np.ndarray:
    return np.frombuffer(str(array).encode(), np.uint8)


def _listed(array) -> np.ndarray:
    return np.frombuffer(str(array.tolist()).encode(), np.uint8)


def _mistakes(small: np.ndarray, together: bool, how: str) -> dict:
    """What known mistakes give for items of one byte a number."""
    n, pieces, right = len(small), 1 if together else len(small), _total(small, together)
    sizes = {
        "this is the printed picture of the array; compress its content.": {"form": _text},
        "this is a printed list; compress the array's content.": {"form": _listed},
        "the axes were turned (.T) before; compress the array as it is.": {"form": np.transpose},
    }
    sizes |= {words: {"form": lambda x, kind=kind: x.astype(kind)} for kind, words in KINDS.items()}
    if together:  # single items are so short that levels give what other slips give, too
        sizes |= {
            f"this is what level {level} gives; use zlib.compress at its default level, please.": {"level": level}
            for level in (9, 1, 0, 8, 7, 5, 4, 3, 2)
        }
    rows = [row for item in small for row in np.atleast_2d(item)]
    gzip = _total(small, together, level=9) + 12 * pieces  # a longer header, and another default level
    return {
        f"the items were not compressed {how}; what does `together` say?": _total(small, not together) / n,
        "this is the size of everything; divide by the number of items.": right,
        "divide by the number of items, not of numbers.": right / small.size,
        "this is the size before compression.": small.size / n,
        "sys.getsizeof also counts Python's own bytes; take len.": (right + pieces * EMPTY) / n,
        "rounded down: use / instead of //.": right // n,
        "divided by the number of items twice.": right / n**2,
        "this is in bits; bytes were asked for.": 8 * right / n,
        "only the first item was compressed.": _size(small[0]),
        "only the first item was compressed, and divided by their number.": _size(small[0]) / n,
        "this is the compression ratio.": small.size / right,
        "each row of an item was compressed by itself; an item is one piece.": sum(map(_size, rows)) / n,
        "this is the size of the largest item; average over the items.": max(map(_size, small)),
        "this is the format of gzip, with a longer header; use zlib.compress.": gzip / n,
    } | {words: _total(small, together, **slip) / n for words, slip in sizes.items()}


def check_zlib(zlib_bytes: Callable, items: np.ndarray) -> None:
    """The size by zlib's streaming interface, and the usual mistakes.

    Args:
        zlib_bytes: the learner's function.
        items: whole numbers from 0 to 255, (n, ...).
    """
    n, small = len(items), np.array(items, dtype=np.uint8, order="C")
    for together in (True, False):
        how = "all together" if together else "each by itself"
        check.close(
            check.call(zlib_bytes, items, together),
            _total(small, together) / n,
            f"the bytes for one of {n} items of {items[0].size} numbers, {how}",
            rtol=1e-9,
            mistakes=partial(_mistakes, small, together, how),
            otherwise=partial(check.first_wrong, zlib_bytes, _few_items(together)),
        )


def _few_items(together: bool):
    """Small cases of zlib's sizes: one number, one item, two items."""
    for items in ([[7]], [[7, 7, 8]], [[1, 2] * 10], [[5] * 8, [6] * 8], [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]):
        right = _total(np.array(items, np.uint8), together) / len(items)
        yield f"the bytes for one of the items {items}, together={together}", (np.array(items), together), right
