"""A new lesson to start from: ``course new 14_small "A small lesson"``."""

import re
from pathlib import Path

from course_utils.authoring.sources import SLUG

LESSON = '''\
# ---
# title: {title}
# question: Which question does this lesson answer?
# draft: true
# seconds: 5
# goals:
#   - say what the sum of squares measures
# terms:
#   sum of squares: the sum of the squared entries of an array
# ---

# %% folded="imports"
import matplotlib.pyplot as plt
import numpy as np

from course_utils import plots
from course_utils.checks import {topic}
from course_utils.report import report

# %% [markdown]
# ## Squares
#
# The **sum of squares** of an array says how large its entries are, whatever their signs.
#
# ### Exercise 1: add them up
#
# <details><summary>Hint</summary>
#
# `np.sum` adds over all axes at once.
# </details>


# %% exercise="sum_of_squares"
def sum_of_squares(x: np.ndarray) -> float:
    """Sum of the squares of all entries of x, an array of any shape."""
    ### BEGIN SOLUTION
    squares = x**2
    return float(np.sum(squares))
    ### END SOLUTION


# %% check="sum_of_squares" points=1
{topic}.check_sum(sum_of_squares, np.array([3.0, -4.0]))
### BEGIN HIDDEN TESTS
{topic}.check_sum(sum_of_squares, np.array([[1.0, 2.0], [2.0, 4.0]]))
{topic}.check_sum(sum_of_squares, np.zeros((0, 3)))
### END HIDDEN TESTS

# %% [markdown]
# Its result, at once:

# %%
widths = np.linspace(0, 3, 30)
sums = [sum_of_squares(np.full(5, width)) for width in widths]
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(widths, sums)
ax.set(title="Five equal entries", xlabel="entry", ylabel="sum of squares")
plots.show(fig, alt="A parabola: the sum of squares of five equal entries grows with their square.")

# %% folded="numbers"
report("sum_at_three", sums[-1], within=(44.9, 45.1))

# %% [markdown]
# ### Written question
#
# Can a sum of squares be negative? (One sentence.)

# %% [markdown] answer="never_negative" points=1
# **Model answer.** No: each square of a real number is at least zero. **Rubric.** 1 point for that
# reason.
'''

CHECKS = '''\
"""Checks of lesson {number}, {title}."""

import numpy as np

from course_utils import check


def check_sum(sum_of_squares, x) -> None:
    """Hold a sum of squares against the scalar product of an array with itself.

    Args:
        sum_of_squares: the learner's function.
        x: the array to try it on.
    """
    answer = check.call(sum_of_squares, x)
    flat = np.ravel(x)
    mean = (flat**2).sum() / max(flat.size, 1)
    mistakes = {{"not squared.": flat.sum(), "the mean, not the sum.": mean}}
    check.close(answer, flat @ flat, "the sum of squares", mistakes=mistakes)
'''

ANSWERS = '''\
"""Answers to the exercises of lesson {number}, right and wrong."""

from tests.bank import Bank

bank = Bank()
S = "sum_of_squares"

bank.wrong(S, "not squared", says="not squared", swap=("x**2", "x"))
bank.wrong(S, "the mean", says="the mean", swap=("np.sum", "np.mean"))
bank.wrong(S, "cubes", says="got", swap=("x**2", "x**3"))
bank.wrong(S, "one axis", says="sum", swap=("np.sum(squares)", "np.sum(squares, axis=0)[0]"))
bank.wrong(S, "no return", says="return", swap=("return float", "float"))
bank.right(S, "linear algebra", swap=("float(np.sum(squares))", "np.linalg.norm(x) ** 2"))
bank.right(S, "a loop", swap=("float(np.sum(squares))", "sum(v * v for v in x.ravel())"))
'''


def topic_of(slug: str) -> str:
    """Name of a lesson's module of checks: the slug without its number."""
    return slug.split("_", 1)[1]


def new_lesson(root: Path, slug: str, title: str) -> list[Path]:
    """Write the source, the checks and the answer bank of a new lesson, a working draft.

    Raises:
        ValueError: the slug is malformed.
        FileExistsError: one of the files is there; none is touched.
    """
    if not SLUG.fullmatch(slug):
        raise ValueError(f"{slug!r}: a lesson is named like 14_convolutional: part, number, name")
    topic = topic_of(slug)
    files = {
        root / "solutions" / slug / f"{slug}.py": LESSON,
        root / "course_utils" / "checks" / f"{topic}.py": CHECKS,
        root / "tests" / "answers" / f"{slug}.py": ANSWERS,
    }
    for path in files:
        if path.exists():
            raise FileExistsError(f"{path} is there already; nothing was written")
    title = re.sub(r"\s+", " ", title).strip() or topic.replace("_", " ").capitalize()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(title=title, topic=topic, number=slug[:2]), encoding="utf-8")
    return list(files)
