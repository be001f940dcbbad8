"""Points and comments from results, and nbgrader's own command with our steps in its slots."""

import os
import time
import types

import nbformat
import pytest

from course_utils.grading.desk import pages
from course_utils.grading.desk.notebook_words import said_of
from course_utils.grading.desk.pages import HideTests
from course_utils.grading.desk.scoring import Reader
from course_utils.grading.desk.summary import UNTOUCHED
from course_utils.grading.desk.verdicts import Verdict, score_check, verdicts
from course_utils.grading.intake.course_files import read_submission


def _told(status="ok", outputs=(), value=None, name="check_f"):
    return {
        "id": name,
        "status": status,
        "outputs": list(outputs),
        "seconds": 3.0,
        "value": value,
    }


def _error(name="ValueError", words="no"):
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": []}


STDERR = {"output_type": "stream", "name": "stderr", "text": "UserWarning: failed call to cuInit"}


@pytest.mark.parametrize(
    "told, points, words",
    [
        (_told(), 2.0, ""),
        (_told(outputs=[STDERR]), 2.0, ""),
        (_told(value=2.0), 2.0, ""),
        (_told(value=0.5), 0.5, "Partial credit: 0.5 of 2"),
        (_told(value=0.0), 0.0, "Partial credit: 0 of 2"),
        (_told(value=-1.0), 0.0, "The check gave -1 of 2"),
        (_told(value=99.0), 2.0, "The check gave 99 of 2"),
        (_told("error", [_error()]), 0.0, "ValueError: no"),
        (_told("error", [_error("CheckError", "the sum: got 1")]), 0.0, "the sum: got 1"),
        (_told("error", [_error("NotImplementedError", "")]), 0.0, "NotImplementedError"),
        (_told("ok", [_error()], value=2.0), 0.0, "ValueError: no"),
        (_told("error", [_error()], value=2.0), 0.0, "ValueError: no"),
        (_told("error"), 0.0, "stopped with an error"),
        (_told("died", [_error("DeadProcessError", "2000 MB")]), 0.0, "2000 MB"),
        (_told("timeout"), 0.0, "stopped after 3 s"),
        (_told("timeout", [_error("KeyboardInterrupt", "")]), 0.0, "stopped after 3 s"),
        (_told("died"), 0.0, "process ended"),
        (_told("not run"), 0.0, "an earlier cell ended"),
    ],
)
def test_points_of_one_check(told, points, words):
    verdict = score_check(told, 2.0)
    assert verdict.points == points
    assert words in " ".join(verdict.reasons) and bool(words) == bool(verdict.reasons)


class _Released:
    cells = {
        name: types.SimpleNamespace(name=name, stub=f"def {name}():\n    ...") for name in "fg"
    }

    def answer_of(self, check):
        return check.removeprefix("check_")


def _verdicts(**told):
    cells = [
        {"id": name, "role": "check" if name.startswith("check") else "answer", "points": 2.0}
        | {"source": "check.equal(g(f()), 3)" if name == "check_g" else "check.equal(f(), 3)"}
        for name in ("f", "check_f", "g", "check_g")
    ]
    result = {"cells": [told.get(cell["id"], _told(name=cell["id"])) for cell in cells]}
    return verdicts({"cells": cells}, result, _Released())


def test_a_failed_answer_explains_a_failed_check():
    given = _verdicts(
        f=_told("error", [_error("SyntaxError", "bad")], name="f"),
        check_f=_told("error", [_error("NameError", "f")], name="check_f"),
    )
    assert given["check_f"].reasons == ["In the answer's cell: SyntaxError: bad", "NameError: f"]
    # a definition that works counts, whatever its cell does afterwards; it is said
    given = _verdicts(f=_told("error", [_error("SyntaxError", "bad")], name="f"))
    assert given["check_f"].points == 2
    why = [
        "In the answer's cell: SyntaxError: bad",
        "What the cell had defined before that was graded.",
    ]
    assert given["check_f"].reasons == why


def test_a_check_that_uses_a_failed_answer_says_so():
    uses = "This check also uses f, whose own check failed."
    wrong = {name: _told("error", [_error()], name=name) for name in ("check_f", "check_g")}
    assert _verdicts(**wrong)["check_g"].reasons == ["ValueError: no", uses]
    assert uses not in _verdicts(**wrong)["check_f"].reasons
    assert _verdicts(check_g=wrong["check_g"])["check_g"].reasons == ["ValueError: no"]
    assert _verdicts(check_f=wrong["check_f"])["check_g"].reasons == []  # it passed all the same


def test_what_is_said_of_a_check_and_that_nothing_was_written():
    cells = [
        {"id": "f", "source": "\ndef f():\n    ...  "},
        {"id": "g", "source": "def g():\n    return 1"},
    ]
    given = {name: Verdict(0.0, ["not written yet.", "See f."]) for name in ("check_f", "check_g")}
    told = said_of(given, {"cells": cells}, _Released())
    assert told == {"check_f": [UNTOUCHED], "check_g": ["not written yet.", "See f."]}
    assert said_of({"check_f": Verdict(2.0)}, {"cells": cells}, _Released()) == {"check_f": []}
    lost = {"check_f": Verdict(0.0, ["NameError: f"])}
    assert said_of(lost, {"cells": cells[1:]}, _Released()) == {"check_f": ["NameError: f"]}


def test_feedback_says_what_hidden_tests_said_and_not_what_they_are():
    source = "a\n### BEGIN HIDDEN TESTS\nsecret(7)\n### END HIDDEN TESTS\nb"
    cell = nbformat.v4.new_code_cell(source)
    error = {"output_type": "error", "ename": "CheckError", "evalue": "too small"}
    error["traceback"] = ["----> 3 secret(7)", "CheckError: too small"]
    cell.outputs = [nbformat.from_dict(error)]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    shown = HideTests().preprocess(notebook, {})[0].cells[0]
    assert "secret" not in str(shown) and "too small" in str(shown)
    assert shown.source == "a\n# Hidden tests ran here.\nb"
    cell.source = source
    assert "secret" in HideTests(reveal=True).preprocess(notebook, {})[0].cells[0].source


def _shown(html, room=None):
    output = {"output_type": "display_data", "data": {"text/html": html, "text/plain": "plain"}}
    return pages.shown(output, 1, room or [pages.MAX_HTML])["data"]


def test_pages_get_no_scripts():
    html = "<table><tr><td>1</td></tr></table><script>x()</script><img src=x onerror=y()>"
    shown = _shown(html)["text/html"]
    assert "<td>1</td>" in shown and "x()" not in shown and "onerror" not in shown


def test_tables_of_pandas_look_like_tables():
    import pandas as pd

    shown = _shown(pd.DataFrame({"a": [1]})._repr_html_())["text/html"]
    assert "<td>1</td>" in shown and "vertical-align" not in shown


def test_floods_of_html_are_not_cleaned_for_long():
    started, room = time.process_time(), [pages.MAX_HTML]
    for html in ("<style" * 40_000, "<b>" * 90_000, "<style>" * 140_000, "x" * 10_000_000):
        assert _shown(html, room)["text/plain"] == "plain"
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))",
        "![x](https://spy.example/pixel.png)",
        "<iframe src='https://spy.example'></iframe>",
        "<form action='/formgrader/api'><input></form>",
        "<svg onload=alert(1)>",
        "<style>body{background:url(https://spy.example)}</style>",
        "<div style='background:url(https://spy.example)'>",
        "<input id=check_double class=score value=9>",
        "<div id=check_double-comment class=comment>",
        "<<script>alert(1)//<</script>",
    ],
)
def test_a_learners_markdown_runs_nothing_and_fetches_nothing(attack):
    from nbconvert.exporters import HTMLExporter

    cell = nbformat.v4.new_markdown_cell(f"Because $a<b$.\n\n{attack}\n\n| a |\n|---|\n| 1 |")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    filters = {"markdown2html": "course_utils.grading.desk.pages.safe_markdown"}
    page = HTMLExporter(filters=filters, template_name="classic").from_notebook_node(notebook)[0]
    shown = page[page.index("Because") :]
    assert "<td>1</td>" in shown and "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in shown
    for word in (
        "<script>alert",
        "onerror",
        "javascript:",
        "<iframe",
        "<form",
        "<svg",
        "<style",
        "style=",
    ):
        assert word not in shown.split("</body>")[0], shown[:500]
    assert 'src="https://spy' not in shown


def test_a_picture_attached_to_an_answer_is_shown():
    from nbconvert.exporters import HTMLExporter

    cell = nbformat.v4.new_markdown_cell("![mine](attachment:a.png)")
    cell.attachments = {"a.png": {"image/png": "iVBORw0KGgo="}}
    notebook = nbformat.v4.new_notebook(cells=[cell])
    filters = {"markdown2html": "course_utils.grading.desk.pages.safe_markdown"}
    page = HTMLExporter(filters=filters, template_name="classic").from_notebook_node(notebook)[0]
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page


def test_only_ordinary_files_are_read(tmp_path):
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    assert read_submission(tmp_path / "real") == b"x"
    with pytest.raises(ValueError, match="a link"):
        read_submission(tmp_path / "link")
    with pytest.raises(ValueError, match="ordinary"):
        read_submission(tmp_path / "pipe")
    with pytest.raises((ValueError, OSError)):
        read_submission(tmp_path)


NOTED = b'{"metadata": {"course_grading": {"done": true}}, "cells": [3], "nbformat": 4}'


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"metadata": 3}', b"[" * 99999, NOTED]
)
def test_the_reader_takes_any_bytes(tmp_path, raw):
    (tmp_path / "x.ipynb").write_bytes(raw)
    text, resources = Reader().from_filename(str(tmp_path / "x.ipynb"))
    assert resources["submitted"] == raw and nbformat.reads(text, 4).cells == []
