"""The check of lesson 21's table: methods and scores that keep a record of all they are given."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from course_utils import check


def check_table(table_of: Callable, shape: tuple, factors: dict) -> None:
    """Methods that multiply, and scores that know clean from restored."""
    seed, drawn, seen = len(factors) + 1, [], {}
    clean = np.random.default_rng(shape[0]).random(shape)

    def corrupt(images, rng):
        drawn.append(np.asarray(images) + 0.5 * rng.normal(size=np.shape(images)))
        return drawn[-1].copy()

    def method(name, factor):
        def denoise(noisy):
            seen[name] = np.array(noisy)
            result = factor * noisy
            noisy *= 0  # it may: the copy is its own
            return result

        return denoise

    scores = {
        "top": lambda clean, restored: float(np.max(clean) - 2 * np.max(restored)),
        "error": lambda clean, restored: float(np.mean((clean - restored) ** 2)),
        "bias": lambda clean, restored: float(np.mean(restored) - np.mean(clean)),
    }
    calls = {column: [] for column in scores}

    def recorded(column):
        def judge(clean, restored):
            calls[column].append((np.array(clean), np.array(restored)))
            return scores[column](clean, restored)

        return judge

    methods = {name: method(name, factor) for name, factor in factors.items()}
    table = check.call(table_of, methods, clean, corrupt, {c: recorded(c) for c in scores}, np.random.default_rng(seed))
    _require_table(table, scores, ["noisy", *factors])
    check.require(len(drawn) > 0, "`corrupt` was not called: there is no noise to remove.")
    check.require(len(drawn) == 1, f"Noise was drawn {len(drawn)} times: all methods get the same noisy pictures.")
    check.require(
        np.allclose(drawn[0], clean + 0.5 * np.random.default_rng(seed).normal(size=clean.shape)),
        "The noise does not come from `rng`: hand it on to `corrupt`.",
    )
    _require_given(seen, factors, clean, drawn[0])
    _require_scores(table, factors, scores, calls, clean, drawn[0])


def _require_given(seen: dict, factors: dict, clean: np.ndarray, noisy: np.ndarray) -> None:
    """What the methods were given, which each one notes in ``seen``."""
    for name in factors:
        check.require(name in seen, f"The method {name!r} was not called.")
        check.require(np.shape(seen[name]) == clean.shape, f"{name!r} got pictures of shape {seen[name].shape}.")
        check.require(not np.allclose(seen[name], clean), f"{name!r} was given the clean pictures to denoise.")
        check.require(
            np.allclose(seen[name], noisy),
            f"{name!r} was not given the noisy pictures as they are. (A method may change its argument: give each a "
            "copy.)",
        )


def _require_scores(table, factors: dict, scores: dict, calls: dict, clean: np.ndarray, noisy: np.ndarray) -> None:
    """The values of the table; ``calls`` holds what each score was given."""
    for name in ["noisy", *factors]:
        restored = factors.get(name, 1) * noisy
        for column, score in scores.items():
            mistakes = {
                "the score compares with the noisy pictures; compare with the clean ones.": score(noisy, restored),
                "clean and restored are the wrong way round.": score(restored, clean),
                "these are scores of the noisy pictures.": score(clean, noisy),
                "these are scores of the clean pictures.": score(clean, clean),
            }
            given = any(_same(a, clean) and _same(b, restored) for a, b in calls[column])
            result = score(clean, restored)
            words = (
                f"the score gave {result:.6g}, and something else is in the table. Put in what it gave."
                if given
                else f"this score was never given all clean pictures and all of {name!r} as they are. It is {result:.6g}."
            )
            check.close(
                table.loc[name, column],
                result,
                f"{column!r} of {name!r}",
                rtol=1e-5,
                mistakes=mistakes,
                otherwise=lambda words=words: words,
            )


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    return first.shape == second.shape and np.allclose(first, second)


def _require_table(table, scores: dict, rows: list) -> None:
    check.require(table is not None, "Nothing was returned. Is the `return` missing?")
    check.require(isinstance(table, pd.DataFrame), f"expected a DataFrame, got {type(table).__name__}.")
    check.require(
        set(table.columns) == set(scores),
        f"The columns are {list(table.columns)}, expected one for each score: {list(scores)}.",
    )
    check.require("noisy" in table.index, "The row 'noisy' is missing: what is gained over nothing?")
    check.require(sorted(map(str, table.index)) == sorted(rows), f"The rows are {list(table.index)}, expected {rows}.")
