"""What a lesson asks of a learner is counted, and a core that asks too much is refused."""

import pytest

from course_utils.authoring import budget, build, frame, sources
from course_utils.authoring.markdown import unwrap
from course_utils.cli import main
from tests.bank import ROOT

LESSONS = build.read_all(ROOT)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_lesson_keeps_to_its_budget(lesson):
    assert not lesson.draft
    assert budget.excesses(lesson) == []
    assert frame.picture_problems(lesson) == []


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Two words.", 2),
        ("One formula $a + b = c$ counts as one.", 6),
        ("Before\n\n$$x = \\frac{a}{b}$$\n\nafter", 3),
        ("A [link to it](https://example.org/a/b) and **bold**", 6),
        ("![a picture](data:image/png;base64,AAAA)", 2),
        ("<details><summary>Hint: one</summary>\n\nTwo.\n</details>", 3),
        ("- item — with a dash", 4),
    ],
)
def test_words_are_what_a_reader_reads(markdown, words):
    assert budget.words(markdown) == words


def test_code_lines_leave_out_blank_lines_and_comments():
    assert budget.code_lines("# why\n\na = 1  # what\n    # more\nb = 2\n") == 2


def _lesson(*cells, **header):
    fields = {"title": "T", "question": "Q?", "goals": ["g"], "seconds": 60, "terms": {"t": "x"}}
    path = ROOT / "solutions" / "11_small" / "11_small.py"
    return sources.Lesson("11_small", path, cells=list(cells), **(fields | header))


def _cell(kind, source, name="", points=0, cell_type="code"):
    return sources.Cell(cell_type, source, 1, kind, name, points)


SOLUTION = "def f():\n    ### BEGIN SOLUTION\n" + "    x = 1\n" * 8 + "    ### END SOLUTION"
CHECK = "f()\n### BEGIN HIDDEN TESTS\n" + "f()\n" * 20 + "### END HIDDEN TESTS"


def _core():
    cells = [_cell("folded", "import a\nimport b", "imports"), _cell("", "c = 1")]
    cells.append(_cell("", "Some words here.", cell_type="markdown"))
    for number in range(4):
        cells += [_cell("exercise", SOLUTION, f"e{number}")]
        cells += [_cell("check", CHECK, f"e{number}", 2)]
    cells += [_cell("folded", "report()\nreport()", "numbers")]
    return [*cells, _cell("answer", "Answer.", "why", 1, "markdown")]


def test_the_count_of_a_core():
    count = budget.count(_lesson(*_core()))
    assert (count.words, count.words_before) == (5, 3)
    assert (count.given_lines, count.lines_before) == (3, 3)
    assert (count.check_lines, count.written_lines) == (1, 32)
    assert (count.exercises, count.answers, count.terms) == (4, 1, 1)
    assert count.minutes == pytest.approx(5 / 200 + 3 / 40 + 5 * 5 + 0.5 * 32 + 1)
    assert count.shown_minutes == 75  # 1.8 times as much
    assert budget.excesses(_lesson(*_core())) == []


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (_cell("", "word " * 1900, cell_type="markdown"), "1905 words of prose, at most 1800"),
        (_cell("", "x = 1\n" * 218), "221 lines of given code, at most 220"),
        (_cell("check", "f()\n" * 13, "e9", 1), "13 visible lines in one check, at most 12"),
    ],
)
def test_what_exceeds_the_budget_is_said_with_both_figures(extra, words):
    assert words in budget.excesses(_lesson(*_core(), extra))


def test_too_much_before_the_first_exercise():
    front = [_cell("", "x = 1\n" * 61), _cell("", "word " * 501, cell_type="markdown")]
    said = budget.excesses(_lesson(*front, *_core()))
    assert "504 words before the first exercise, at most 500" in said
    assert "64 given lines before the first exercise, at most 60" in said


def test_too_little_to_do_and_too_long_a_wait():
    said = budget.excesses(_lesson(*_core()[:5], seconds=61))
    assert "8 lines for the learner to write, at least 30" in said
    assert "1 graded exercises, wanted 4 to 6" in said
    assert "0 written answers, wanted 1" in said
    assert "61 seconds of a full run, at most 60" in said
    many = {str(k): "x" for k in range(13)}
    assert "13 terms, at most 12" in budget.excesses(_lesson(*_core(), terms=many))


def test_a_part_with_longer_trainings_may_take_longer():
    lesson = _lesson(*_core(), seconds=150)
    assert budget.excesses(lesson) != []
    lesson.slug = "41_small"
    assert budget.excesses(lesson) == []


def test_a_project_may_ask_for_more_and_no_more_than_its_own_limits():
    more = [_cell("", "word " * 2300, cell_type="markdown"), _cell("", "x = 1\n" * 250)]
    lesson = _lesson(*_core(), *more, seconds=240)
    assert len(budget.excesses(lesson)) == 3  # words, lines, seconds
    lesson.slug = "63_small"
    assert budget.excesses(lesson) == []
    too_much = _lesson(*_core(), *more, *more, seconds=241)
    too_much.slug = "63_small"
    said = " ".join(budget.excesses(too_much))
    assert all(words in said for words in ("at most 2400", "at most 260", "at most 240"))


def test_the_table_names_every_lesson(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["budget"]) == 0
    out = capsys.readouterr().out
    assert all(lesson.name in out for lesson in LESSONS)
    assert "limit of a core" in out


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("a\nb\n\nc", "a b\n\nc"),
        ("- one\n  more\n- two", "- one more\n- two"),
        ("1. one\n   more\n2. two", "1. one more\n2. two"),
        ("text\n$$\na\n= b\n$$\nafter", "text\n$$\na\n= b\n$$\nafter"),
        ("text:\n$$a$$\nafter\nit", "text:\n$$a$$\nafter it"),
        ("```\na\nb\n```", "```\na\nb\n```"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("> a\n> b", "> a b"),
        ("## Heading\ntext\nmore", "## Heading\ntext more"),
        ("<details><summary>Hint</summary>\n\na\nb\n</details>",
         "<details><summary>Hint</summary>\n\na b\n</details>"),
        ("a  \nb", "a  \nb"),
    ],
)  # fmt: skip
def test_paragraphs_are_joined_and_everything_else_keeps_its_lines(text, joined):
    assert unwrap(text) == joined
