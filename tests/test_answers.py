"""The graders are code under test: every answer of the bank gets the verdict it deserves."""

import re

import pytest

from course_utils.authoring.sources import find_sources
from tests import apart, bank

SLUGS = [path.stem for path in find_sources(bank.ROOT / "solutions")]


@pytest.mark.bank
@pytest.mark.parametrize("slug", SLUGS)
def test_graders_reject_every_wrong_answer_and_accept_every_right_one(slug, record_property):
    """As while grading: the answers in one process, the checks in another."""
    verdicts = apart.judge(slug)
    record_property("table", f"{slug}\n{bank.table(verdicts)}")
    assert [v for v in verdicts if v.problem] == []


@pytest.mark.full
@pytest.mark.parametrize("slug", SLUGS)
def test_a_notebook_says_what_the_judge_says(slug):
    here = bank.judge(slug, bank.load_bank(slug))
    told = {(v.answer.exercise, v.answer.name): v for v in apart.judge(slug)}
    differ = {}
    for one in here:
        other = told[one.answer.exercise, one.answer.name]
        if (one.accepted, _plain(one.message)) != (other.accepted, _plain(other.message)):
            differ[one.answer.exercise, one.answer.name] = one.message, other.message
    assert differ == {}


def _plain(message: str) -> str:
    """Without what differs from run to run: numbers of layers, addresses, what chance gave."""
    return re.sub(r"_\d+|0x[0-9a-f]+|\d+ MB|largest difference is .*", "", message)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_exercise_has_enough_answers_in_the_bank(slug):
    answers = bank.load_bank(slug).answers
    lesson = bank.read_lesson(bank.ROOT / "solutions" / slug / f"{slug}.py")
    for cell in lesson.cells:
        if cell.kind == "check":
            mine = [a for a in answers if a.exercise == cell.name]
            assert sum(not a.right for a in mine) >= bank.MIN_WRONG, cell.name
            assert sum(a.right for a in mine) >= bank.MIN_RIGHT, cell.name


def test_a_swap_that_does_nothing_is_an_error():
    answer = bank.Answer("f", "typo", False, None, ("not there", "x"), "")
    with pytest.raises(ValueError, match="not in the solution"):
        answer.source("def f(): ...")
