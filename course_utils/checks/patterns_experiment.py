"""The check of lesson 11's experiment: two participants that keep a record of all they are given."""

from collections.abc import Callable

import numpy as np

from course_utils import check

PLACES = np.indices((8, 8))


def _sorted(boards, within: bool = True) -> list[bytes]:
    """Boards as a sorted list; ``within`` forgets where on a board the pieces stand."""
    boards = np.asarray(boards).astype(np.int64)
    return sorted((np.sort(board, axis=None) if within else board).tobytes() for board in boards)


def _rows(boards) -> set[bytes]:
    return {board.tobytes() for board in np.asarray(boards).astype(np.int64)}


class _Participant:
    """Knows each kind of piece on the squares where it met it while learning; keeps a record."""

    def __init__(self, boards):
        self.taught, self.shown = np.array(boards), []
        self.known = np.stack([(self.taught == code).any(axis=0) for code in range(13)])

    def __call__(self, boards) -> np.ndarray:
        boards = np.array(boards)
        check.require(
            boards.ndim == 3 and boards.shape[1:] == (8, 8),
            f"`remember` was given an array of shape {boards.shape}, expected (n, 8, 8).",
        )
        self.shown.append(boards)
        return self.answer(boards)

    def answer(self, boards) -> np.ndarray:
        return np.where(self.known[boards.astype(np.int64), *PLACES], boards, 0)


def _require_shuffled(name: str, boards, originals) -> None:
    def columns(x):
        return _sorted(x.reshape(len(x), 64).T, within=False)

    check.require(
        columns(boards) != columns(originals),
        f"{name}: every piece was moved in one way for all boards, so all patterns are still there. Each board "
        "needs a shuffle of its own.",
    )
    for line, axis in (("rank", 2), ("file", 1)):
        lines = [np.sort(np.sort(x, axis=axis), axis=3 - axis) for x in (boards, originals)]
        check.require(
            _sorted(lines[0], within=False) != _sorted(lines[1], within=False),
            f"{name}: the pieces of one {line} are still together. Shuffle all 64 squares.",
        )


def _require_teaching(participants: list[_Participant], train, test) -> list[_Participant]:
    """Expert and novice, in this order, if both were taught what they should be."""
    check.require(
        len(participants) == 2,
        f"`learn` was called {len(participants)} times; expected twice, for expert and novice.",
    )
    real = _rows(train)
    for one in participants:
        check.require(
            _sorted(one.taught) != _sorted(test) and not _rows(one.taught) & _rows(test),
            "A participant was taught the test boards: they must stay unseen until the test.",
        )
        check.require(
            _sorted(one.taught) == _sorted(train),
            "A participant was taught other boards than the training boards, real or shuffled.",
        )
    experts = [one for one in participants if _rows(one.taught) == real]
    check.require(len(experts) < 2, "Both learnt from real boards; the novice gets shuffled ones.")
    check.require(len(experts) == 1, "Nobody learnt from the real training boards.")
    novice = next(one for one in participants if one is not experts[0])
    check.require(len(_rows(novice.taught) & real) < len(train) / 10, "The novice's boards are mostly real ones.")
    _require_shuffled("The novice's boards", novice.taught, train)
    return [experts[0], novice]


def _shuffled_shown(name: str, one: _Participant, train, test) -> np.ndarray:
    """The shuffled test boards that a participant was shown, if it was shown what it should be."""
    check.require(len(one.shown) > 0, f"The {name} was not shown any boards.")
    seen = np.concatenate(one.shown)
    check.require(
        not _rows(seen) & _rows(train),
        f"The {name} was tested on boards from the training: show boards of unseen games.",
    )
    have, asked = set(_sorted(seen)), set(_sorted(test))
    check.require(
        len(seen) > 0 and have <= asked,
        f"The {name} was shown boards with other pieces than the test boards, real or shuffled.",
    )
    check.require(have == asked, f"The {name} was shown only some of the test boards.")
    real = np.array([board.tobytes() in _rows(test) for board in seen.astype(np.int64)])
    check.require(real.any(), f"The {name} was not shown the real test boards.")
    check.require(not real.all(), f"The {name} was not shown any shuffled boards.")
    check.require(_rows(seen[real]) == _rows(test), f"The {name} was shown only some of the test boards.")
    jumbled = seen[~real]
    once = np.unique(jumbled.reshape(len(jumbled), 64), axis=0, return_index=True)[1]
    jumbled = jumbled[np.sort(once)]
    check.require(
        _sorted(jumbled) == _sorted(test),
        f"The {name} was shown {len(jumbled)} shuffled boards, but not each of the {len(test)} test boards "
        "shuffled once.",
    )
    _require_shuffled("The shuffled test boards", jumbled, test)
    return jumbled


def _watch(experiment: Callable, train, test, seed: int) -> tuple:
    participants = []

    def learn(boards):
        participants.append(_Participant(boards))
        return participants[-1]

    result = check.call(experiment, learn, train, test, seed)
    check.require(result is not None, "Nothing was returned. Is the `return` missing?")
    both = _require_teaching(participants, train, test)
    jumbles = [_shuffled_shown(name, one, train, test) for name, one in zip(("expert", "novice"), both, strict=True)]
    check.require(
        _rows(jumbles[0]) == _rows(jumbles[1]),
        "Expert and novice were shown different shuffled boards: a fair test shows both the same.",
    )
    return result, both, jumbles[0]


def _first_wrong(result, wanted: np.ndarray) -> str:
    """Which of the eight scores is the first wrong one, in words."""
    found = np.asarray(result, dtype=float)
    if found.shape != wanted.shape:
        return ""
    who, what, score = np.argwhere(~np.isclose(found, wanted, rtol=1e-4))[0]
    share = (
        f"{('expert', 'novice')[who]}'s share of {('squares', 'pieces')[score]} on {('real', 'shuffled')[what]} boards"
    )
    return (
        f"the {share}, [{who}, {what}, {score}], is {found[who, what, score]:.4g}, expected "
        f"{wanted[who, what, score]:.4g}: from what this participant gave back for the boards that it was shown."
    )


def check_experiment(experiment: Callable, train: np.ndarray, test: np.ndarray, seed: int) -> None:
    """Watch what the participants are taught and shown, and recompute the scores.

    Args:
        experiment: the learner's function.
        train, test: boards (n, 8, 8) of different games.
        seed: random seed to call it with.
    """
    result, both, jumbled = _watch(experiment, train, test, seed)
    wanted, crossed = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    for who, one in enumerate(both):
        for what, boards in enumerate((test, jumbled)):
            hit = one.answer(boards) == boards
            wanted[who, what] = hit.mean(), hit[boards > 0].mean()
        for what, boards in enumerate((test, jumbled)):  # of comparing with the real boards, always
            hit = one.answer(boards) == test
            crossed[who, what] = hit.mean(), hit[test > 0].mean()
    turned = wanted.copy()
    turned[..., 1] = 1  # of the pieces put back all are right
    mistakes = {
        "expert and novice are swapped; the expert comes first.": wanted[::-1],
        "real and shuffled are swapped; real comes first.": wanted[:, ::-1],
        "squares and pieces are swapped; squares come first.": wanted[:, :, ::-1],
        "the first axis is who, the second is what was shown.": wanted.transpose(1, 0, 2),
        "the order of the axes is who, what, score.": wanted.transpose(2, 0, 1),
        "these are in per cent; expected shares from 0 to 1.": 100 * wanted,
        "only the share of pieces is here; return both scores.": wanted[..., 1],
        "expected one axis for who and one for what was shown, (2, 2, 2).": wanted.reshape(4, 2),
        "recall takes the boards first, then what came back.": turned,
        "what came back from shuffled boards was compared with the real ones.": crossed,
    }
    check.close(result, wanted, "the results", mistakes=mistakes, otherwise=lambda: _first_wrong(result, wanted))
    _, same, jumbled_same = _watch(experiment, train, test, seed)
    check.require(
        _rows(jumbled) == _rows(jumbled_same) and _rows(both[1].taught) == _rows(same[1].taught),
        "Two calls with the same seed shuffle differently: make all shuffles from `seed`.",
    )
    _, again, jumbled_again = _watch(experiment, train, test, seed + 1)
    for name, one, other in (
        ("test boards", jumbled, jumbled_again),
        ("novice's boards", both[1].taught, again[1].taught),
    ):
        check.require(
            _rows(one) != _rows(other),
            f"Another seed shuffles the {name} in the same way: pass it on to shuffle_boards.",
        )
