"""Lesson 45's simple examples: how a wrong answer behaves in them says more than a number."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.probes import family as family_probes

# --- the R1 penalty: one thing is changed at a time --------------------------------------------------


def penalty_of(penalty: Callable, given: dict) -> float | None:
    """The learner's penalty for a, b, real, fake and gamma, in any order; None if it stops."""
    given = {name: given[name] for name in ("a", "b", "real", "fake", "gamma")}
    try:
        found = check.beside(family_probes.penalty, penalty, *given.values(), "r1_penalty", in_training=False)
        return check.number(found["value"], "the penalty")
    except Exception:
        return None


def _changes(a, b, real, fake, gamma) -> list:
    """What is changed, the arguments, by which factor the penalty should change, and what other factors tell."""

    def twice(axis: int) -> dict:
        return {
            name: np.concatenate([v, v], axis=axis if len(v.shape) == 4 else axis - 1)
            for name, v in (("a", a), ("b", b), ("real", real), ("fake", fake))
            if axis or len(v.shape) == 4
        }

    changes = [
        (
            "If gamma is doubled",
            {"gamma": 2 * gamma},
            2,
            {1: "gamma is not used", 4: "gamma enters as its square"},
        ),
        (
            "If all logits are doubled",
            {"a": 2 * a, "b": 2 * b},
            4,
            {
                1: "the slopes do not enter",
                2: "a square is missing, or a root is taken",
                8: "there is a square, or a product, too many",
                16: "there is a square, or a product, too many",
                None: "something other than a square enters, such as a clip, a logarithm or a term that is added",
            },
        ),
        (
            "If every picture comes twice",
            twice(0),
            1,
            {
                2: "the mean over the pictures is missing, or it divides by a fixed number",
                4: "the pictures are added up before the square",
                2**0.5: "one norm is taken of the whole batch; each picture has its own",
                0.5: "it is divided by the number of pictures once too often",
                0.25: "it is divided by the number of pictures twice too often",
                None: "take the plain mean over the pictures; it divides by their number",
            },
        ),
    ]
    for axis, what in enumerate(("rows", "columns", "channels"), 1):
        told = {
            1: f"squares are averaged over the {what}, or one is chosen; sum them",
            4: f"the {what} are added up before the square",
        }
        changes.append((f"If every picture has its {what} twice", twice(axis), 2, told))
    return changes


def penalty_behaviour(penalty: Callable, right: Callable, given: dict) -> str:
    """What a wrong R1 penalty does when one thing is changed, in words, or nothing.

    Args:
        penalty: the learner's ``r1_penalty(critic, real, fake, gamma)``.
        right: the right value of the arguments in ``given``.
        given: a, b, real, fake, gamma, as the probe takes them.
    """

    def value(**changed) -> float | None:
        return penalty_of(penalty, given | changed)

    def same(one, other) -> bool:
        return one is not None and bool(np.isclose(one, other, rtol=1e-3, atol=1e-6))

    now = value()
    if now is None:
        return ""
    if not same(value(), now):
        return "Two calls with the same pictures give two values. R1 draws nothing at random."
    if now == 0:
        whole = same(value(gamma=4.0), right(**given | {"gamma": 4.0}))
        return "With gamma 4 it is right: `/` divides, `//` cuts to a whole number." if whole else ""
    a, b, real, fake = (given[name] for name in ("a", "b", "real", "fake"))
    flat = value(a=0 * a, b=0 * b)
    if flat is not None and not same(flat, 0):
        return (
            f"For a critic that is 0 everywhere all slopes are 0, and so is R1; here it is {flat:.4g}. Does something else "
            "enter: a target, a loss, a small number?"
        )
    if not same(value(fake=fake + 1), now):
        return "It changes with the fakes. They are an argument only; R1 looks at the real pictures alone."
    line = value(a=0 * a)
    if line is not None and not same(value(a=0 * a, real=real[::-1] + 1), line):
        return (
            "For a linear critic the slope is the same at all pictures; but here the penalty changes with the pictures. Do "
            "pictures or logits enter themselves?"
        )
    if line is not None and same(line, 0):
        return "For a linear critic, w times x, it should be gamma / 2 times the squared norm of w; here it is 0. Is a mean subtracted?"
    told = _factors(value, given, now)
    if told:
        return told
    if len(real) > 1 and same(value(real=real[:1]), right(**given | {"real": real[:1]})):
        return (
            "For one picture alone it is right. So it is how pictures are put together: squares and sums within each "
            "picture come first, the mean over the pictures last."
        )
    if same(line, right(**given | {"a": 0 * a})):
        return "For a linear critic it is right. So the slope is taken at other pictures than the real ones."
    return f"A constant factor is wrong, {now / right(**given):.4g}." if line else ""


def _factors(value: Callable, given: dict, now: float) -> str:
    """Which changes do not change the penalty as they should: the first one or two, in words."""
    found = []
    for change, arguments, wanted, known in _changes(**given):
        other = value(**arguments)
        if other is None or np.isclose(other, wanted * now, rtol=1e-3):
            continue
        factor = other / now
        why = [words for one, words in known.items() if one and np.isclose(one, factor, rtol=1e-3)] or [
            words for one, words in known.items() if one is None
        ]
        should = "stay the same" if wanted == 1 else f"become {wanted} times as large"
        became = "stays the same" if np.isclose(factor, 1, rtol=1e-3) else f"becomes {factor:.3g} times as large"
        found.append(f"{change}, it should {should}; it {became}{': ' if why else ''}{why[0] if why else ''}.")
        if len(found) == 2 or why:
            break
    return " ".join(found)


# --- shifted pictures: one bright pixel --------------------------------------------------------------


def _moved(shift: Callable, pictures, down, right) -> np.ndarray | None:
    pictures, down, right = np.asarray(pictures, "float32"), np.asarray(down, "int32"), np.asarray(right, "int32")
    try:
        return check.array(check.trace(shift, pictures, down, right).value, "the pictures", pictures.shape)
    except Exception:
        return None


def _where(picture) -> str:
    """Where there is light, in words."""
    rows, columns = np.nonzero(picture.max(axis=-1) > 2)
    if len(rows) == 0 and picture.max() > 0.1:
        return f"weaker, with {picture.max():.3g} instead of 3, in {np.sum(picture.max(axis=-1) > 0.1)} places"
    if len(rows) == 0:
        return "gone"
    if len(rows) == 1:
        return f"at row {rows[0]}, column {columns[0]}"
    return f"in {len(rows)} places"


# rows, columns, where the pixel is, and by how much it is moved
ONE_PIXEL = (
    (5, 5, (2, 1), (0, 0)),
    (5, 5, (2, 1), (1, 0)),
    (5, 5, (2, 1), (0, 1)),
    (5, 5, (2, 1), (-1, 0)),
    (5, 5, (2, 1), (0, -1)),
    (5, 5, (2, 1), (2, 3)),
    (5, 5, (4, 2), (1, 0)),
    (5, 5, (0, 2), (-1, 0)),
    (5, 5, (2, 4), (0, 1)),
    (5, 5, (2, 0), (0, -1)),
    (5, 5, (0, 0), (2, 2)),
    (5, 5, (2, 2), (7, 0)),
    (5, 5, (2, 2), (0, -7)),
    (4, 7, (1, 5), (1, 1)),
    (4, 7, (1, 1), (0, 5)),
)


def _by(down: int, right: int) -> str:
    """A move in words."""
    parts = [("down", "up", down), ("to the right", "to the left", right)]
    words = [f"{plus if step > 0 else minus} by {abs(step)}" for plus, minus, step in parts if step]
    return "moved " + " and ".join(words) if words else "not moved"


def shift_example(shift: Callable) -> str:
    """The simplest picture that is shifted wrongly, in words, or nothing.

    Args:
        shift: the learner's ``shift_pictures(pictures, down, right)``.
    """
    for height, width, (row, column), (down, right) in ONE_PIXEL:
        picture = np.zeros((1, height, width, 1))
        picture[0, row, column] = 3.0
        found = _moved(shift, picture, [down], [right])
        if found is None:
            continue
        wanted = np.zeros(picture.shape)
        if 0 <= row + down < height and 0 <= column + right < width:
            wanted[0, row + down, column + right] = 3.0
        if not wanted.any() and found.max() < 2:
            continue  # what moved in is looked at below
        told = f"A bright pixel at row {row}, column {column} of a picture of {height} x {width}, {_by(down, right)}"
        if _where(found[0]) != _where(wanted[0]):
            return f"{told}, is {_where(found[0])} afterwards, expected {_where(wanted[0])}."
        if wanted.any() and abs(found.max() - 3) > 1e-4:
            return f"{told}, has the value {found.max():.4g} afterwards, expected 3: values stay as they are."
    return _edges(shift) or _batch(shift)


def _edges(shift: Callable) -> str:
    """What moves in."""
    light = 3.0 * np.ones((1, 5, 5, 1))
    for down, right, row, column in ((1, 0, 0, 2), (-1, 0, 4, 2), (0, 1, 2, 0), (0, -1, 2, 4)):
        found = _moved(shift, light, [down], [right])
        if found is not None and abs(found[0, row, column, 0]) > 1e-6:
            return (
                f"A picture of threes, {_by(down, right)}, has {found[0, row, column, 0]:.4g} at row {row}, column "
                f"{column}, where 0 should have moved in."
            )
        kept = 0 if found is None else np.count_nonzero(found)
        if kept not in (0, 20):
            return f"Of a picture of 5 x 5 threes, {_by(down, right)}, 20 stay; here {kept} do. Is a mask off by one?"
    return ""


def _batch(shift: Callable) -> str:
    """Several pictures, and several channels."""
    two = np.zeros((2, 5, 5, 1))
    two[0, 2, 2], two[1, 1, 1] = 3.0, 5.0
    found = _moved(shift, two, [1, 0], [0, 2])
    if found is not None:
        for k, (row, column) in enumerate(((3, 2), (1, 3))):
            wanted = np.zeros((5, 5, 1))
            wanted[row, column] = two[k].max()
            if not np.allclose(found[k], wanted, atol=1e-5):
                told = "A picture alone is shifted as it should be. Of two pictures with shifts of their own, "
                if found[k].max() == two[1 - k].max() and np.sum(found[k] > 2) == 1:
                    return f"{told}one stands in the place of the other."
                return (
                    f"{told}number {k} has its bright pixel {_where(found[k])}, expected at row {row}, column {column}."
                )
    colour = np.zeros((1, 5, 5, 3))
    colour[0, 2, 2] = [1, 2, 3]
    found = _moved(shift, colour, [1], [1])
    if found is not None and not np.allclose(found[0, 3, 3], [1, 2, 3], atol=1e-5):
        return f"With three channels the colour (1, 2, 3) becomes {np.round(found[0, 3, 3], 2).tolist()}; it stays as it is."
    return ""
