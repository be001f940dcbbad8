"""The build: same bytes every time, nothing leaks, and mistakes are named with file and line."""

import ast
import json
import re
import shutil

import nbformat
import pytest

import course_utils.checks
from course_utils.authoring import build, frame, scaffold, sources
from course_utils.cli import main
from course_utils.grading.intake.reading import digest
from tests import bank
from tests.bank import ROOT

GOOD = '''\
# ---
# title: Small
# question: Is it built?
# draft: true
# seconds: 5
# goals:
#   - see it built
# terms:
#   text: what is written
# ---

# %%
import numpy as np

# %% [markdown]
# A **text**.

# %% exercise="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% check="double" points=2
assert double(2) == 4
### BEGIN HIDDEN TESTS
assert double(-1) == -2
### END HIDDEN TESTS

# %% [markdown] answer="why" points=1
# **Model answer.** Because.
'''


@pytest.fixture
def course(tmp_path):
    """A small checkout with one lesson."""
    (tmp_path / "solutions" / "11_small").mkdir(parents=True)
    (tmp_path / "course_utils").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copy(ROOT / "solutions" / "00_start_here.py", tmp_path / "solutions")
    (tmp_path / "solutions" / "11_small" / "11_small.py").write_text(GOOD)
    return tmp_path


def _write(course, text):
    path = course / "solutions" / "11_small" / "11_small.py"
    path.write_text(text)
    return path


def test_the_notebooks_of_the_repository_are_up_to_date():
    assert build.stale(ROOT) == []


def test_build_twice_writes_the_same_bytes(course):
    first = build.build(course)
    content = {path: path.read_bytes() for path in first}
    assert {p.relative_to(course).as_posix() for p in first} == {
        "course_utils/lessons.json",
        "notebooks/01_glossary.ipynb",
        "notebooks/00_start_here.ipynb",
        "notebooks/11_small/11_small.ipynb",
        "solutions/11_small/11_small.ipynb",
    }
    for path in first:
        path.unlink()
    assert {p: p.read_bytes() for p in build.build(course)} == content
    assert build.build(course) == []


def test_the_learners_notebook_holds_the_stub_and_the_visible_check(course):
    build.build(course)
    notebook = nbformat.read(course / "notebooks" / "11_small" / "11_small.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    assert "raise NotImplementedError" in cells["double"].source
    assert "return 2 * x" not in cells["double"].source
    check = cells["check_double"].source
    assert "assert double(2) == 4" in check and "double(-1)" not in check
    assert check.endswith('passed("11_small", "double")')
    assert cells["check_double"].metadata.nbgrader.points == 2
    assert cells["why"].source == "*Your answer here.*"
    assert cells["why"].metadata.nbgrader.points == 1
    assert notebook.metadata == {"kernelspec": build.KERNELSPEC}
    assert len({c.id for c in notebook.cells}) == len(notebook.cells)


def test_the_catalogue_lists_exercises_and_points(course):
    build.build(course)
    catalogue = json.loads((course / "course_utils" / "lessons.json").read_text())
    assert catalogue["11_small"]["exercises"] == [{"name": "double", "points": 2}]
    assert catalogue["11_small"]["answers"] == [{"name": "why", "points": 1}]


def test_the_catalogue_knows_the_lessons_own_cells(course):
    build.build(course)
    catalogue = json.loads((course / "course_utils" / "lessons.json").read_text())
    given = catalogue["11_small"]["given"].split()
    path = course / "notebooks" / "11_small" / "11_small.ipynb"
    cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    own = [cell.source for cell in cells if "nbgrader" not in cell.metadata]
    assert own and sorted(given) == sorted({digest(text + " \r\n") for text in own})
    assert not {digest(cell.source) for cell in cells if "nbgrader" in cell.metadata} & {*given}


def test_check_names_stale_and_orphaned_notebooks(course, monkeypatch, capsys):
    build.build(course)
    _write(course, GOOD.replace("A **text**", "Another **text**"))
    orphan = course / "notebooks" / "12_gone" / "12_gone.ipynb"
    orphan.parent.mkdir()
    orphan.write_text("{}")
    monkeypatch.chdir(course)
    assert main(["build", "--check"]) == 1
    out = capsys.readouterr().out
    assert "stale: notebooks/11_small/11_small.ipynb" in out
    assert "stale: notebooks/12_gone/12_gone.ipynb" in out
    assert "00_start_here" not in out
    assert main(["build"]) == 0 and not orphan.exists()
    assert main(["build", "--check"]) == 0


def test_an_executed_solution_survives_a_build_until_its_source_changes(course):
    build.build(course)
    path = course / "solutions" / "11_small" / "11_small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="ran")]
    nbformat.write(notebook, path)
    build.build(course)
    assert "ran" in path.read_text()
    _write(course, GOOD.replace("A **text**", "Another **text**"))
    build.build(course)
    assert "ran" not in path.read_text()


BROKEN = {
    "misspelt mark": ('exercise="double"', 'exercice="double"', 18, "unknown mark 'exercice'"),
    "no END SOLUTION": ("    ### END SOLUTION\n", "", 21, "BEGIN SOLUTION without END"),
    "no BEGIN SOLUTION": ("    ### BEGIN SOLUTION\n", "", 22, "END SOLUTION without BEGIN"),
    "misspelt region": ("### END SOLUTION", "### END SOLUTIONS", 21, "without END SOLUTION"),
    "no END HIDDEN TESTS": ("### END HIDDEN TESTS\n", "", 28, "BEGIN HIDDEN TESTS without END"),
    "solution in a check": ("assert double(2) == 4", "### BEGIN SOLUTION", 27, "without exercise"),
    "check without exercise": ('check="double"', 'check="triple"', 26, "without an exercise"),
    "exercise without check": ('check="double"', 'check="triple"', 18, "has no check"),
    "missing points": (" points=2", "", 26, "needs points above zero"),
    "zero points": ("points=2", "points=0", 26, "needs points above zero"),
    "negative points": ("points=1", "points=-1", 32, "needs points above zero"),
    "points in words": ("points=2", 'points="two"', 26, "needs points above zero"),
    "points on the exercise": ('"double"\n', '"double" points=2\n', 18, "points belong on the"),
    "answer on code": ('[markdown] answer="why"', 'answer="why"', 32, "belongs on a markdown"),
    "answer with a taken name": ('answer="why"', 'answer="double"', 32, "name is taken"),
    "magic": ("import numpy as np", "%matplotlib inline", 13, "no IPython magics"),
    "syntax error": ("import numpy as np", "import numpy as", 13, "syntax error"),
    "capital name": ('"double"', '"Double"', 18, "use lower-case"),
    "missing header key": ("# seconds: 5\n", "", 1, "lacks 'seconds'"),
    "unknown header key": ("# seconds: 5\n", "# seconds: 5\n# author: me\n", 1, "key 'author'"),
    "a goal with a colon": ("#   - see it built", "#   - see: it built", 1, "in quotation marks"),
    "a term that is nowhere": (
        "A **text**.",
        "A text.",
        1,
        "nowhere in **bold**",
    ),
    "a term without a line": ("text: what is written", "text:", 1, "its definition in one line"),
    "a fold of another kind": (
        "# %%\nimport",
        '# %% folded="plot"\nimport',
        12,
        "folded is one of",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_source_is_named_with_file_and_line(course, name, monkeypatch, capsys):
    build.build(course)
    before = {p: p.read_bytes() for p in (course / "notebooks").rglob("*.ipynb")}
    old, new, line, words = BROKEN[name]
    assert old in GOOD
    path = _write(course, GOOD.replace(old, new))
    with pytest.raises(sources.SourceError) as caught:
        build.build(course)
    found = [p for p in caught.value.problems if words in p.message and p.line == line]
    assert found and found[0].path == path, caught.value
    monkeypatch.chdir(course)
    assert main(["build"]) == 1
    assert f"11_small.py:{line}: " in capsys.readouterr().err
    assert {p: p.read_bytes() for p in (course / "notebooks").rglob("*.ipynb")} == before


def test_a_repeated_exercise_is_named_with_both_cells(course):
    exercise = GOOD[GOOD.index("# %% exercise") : GOOD.index("# %% check")]
    _write(course, GOOD.replace("# %% check", exercise + "# %% check"))
    with pytest.raises(sources.SourceError, match=r"11_small.py:26: exercise \"double\" again"):
        build.build(course)


def test_the_problems_of_all_lessons_are_listed_at_once(course):
    _write(course, GOOD.replace(" points=2", ""))
    other = course / "solutions" / "12_other"
    other.mkdir()
    (other / "12_other.py").write_text(GOOD.replace("# seconds: 5\n", ""))
    with pytest.raises(sources.SourceError) as caught:
        build.build(course)
    assert {p.path.name for p in caught.value.problems} == {"11_small.py", "12_other.py"}


DEEPER = '''\
# ---
# title: Smaller still
# question: Is there more?
# seconds: 1
# goals:
#   - see more
# ---

# %% [markdown]
# More.

# %% exercise="triple"
def triple(x):
    """Three times x."""
    ### BEGIN SOLUTION
    return 3 * x
    ### END SOLUTION


# %% check="triple"
assert triple(2) == 6
'''


@pytest.fixture
def with_continuation(course):
    (course / "solutions" / "11_small" / "11_small_deeper.py").write_text(DEEPER)
    return course


def test_a_continuation_is_a_second_notebook_that_nobody_grades(with_continuation):
    written = build.build(with_continuation)
    path = with_continuation / "notebooks" / "11_small" / "11_small_deeper.ipynb"
    assert path in written
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(c.source for c in notebook.cells)
    assert "raise NotImplementedError" in text and "return 3 * x" not in text
    assert "Going deeper: Smaller still" in text and "nothing here is graded" in text
    assert "passed(" not in text  # progress counts graded exercises
    assert not any(c.metadata.get("nbgrader", {}).get("grade") for c in notebook.cells)
    core = nbformat.read(path.with_name("11_small.ipynb"), as_version=4)
    assert "(11_small_deeper.ipynb)" in core.cells[-1].source
    catalogue = json.loads((with_continuation / "course_utils" / "lessons.json").read_text())
    assert list(catalogue) == ["11_small"]
    assert catalogue["11_small"]["exercises"] == [{"name": "double", "points": 2}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('check="triple"', 'check="triple" points=1', "points belong on a core"),
        ("assert triple(2) == 6", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", "no HIDDEN"),
        ("# More.", '# More.\n\n# %% [markdown] answer="why"\n# Why.', "no written answer"),
        ("# seconds: 1", "# seconds: 121", "121 seconds, at most 120"),
    ],
)
def test_what_a_continuation_may_not_have_is_named(with_continuation, old, new, words):
    path = with_continuation / "solutions" / "11_small" / "11_small_deeper.py"
    path.write_text(DEEPER.replace(old, new))
    with pytest.raises(sources.SourceError, match=words):
        build.build(with_continuation)


def test_an_orphaned_continuation_is_removed(with_continuation):
    build.build(with_continuation)
    (with_continuation / "solutions" / "11_small" / "11_small_deeper.py").unlink()
    build.build(with_continuation)
    assert not (with_continuation / "notebooks" / "11_small" / "11_small_deeper.ipynb").exists()


def test_folded_cells_are_folded_in_jupyterlab_and_on_colab(course):
    _write(course, GOOD.replace("# %%\nimport", '# %% folded="imports"\nimport'))
    build.build(course)
    notebook = nbformat.read(course / "notebooks" / "11_small" / "11_small.ipynb", as_version=4)
    cell = next(c for c in notebook.cells if "import numpy" in c.source)
    assert cell.source.startswith("# @title Imports")
    assert cell.metadata.jupyter.source_hidden and cell.metadata.cellView == "form"
    assert cell.metadata.tags == ["imports"]
    assert notebook.cells[1].metadata.jupyter.source_hidden  # the set-up cell


def test_the_header_holds_the_picture_and_a_large_one_is_refused(course):
    text = GOOD.replace("# draft: true\n", "# draft: true\n# picture: A small picture\n")
    _write(course, text)
    pictures = course / "docs" / "pictures"
    pictures.mkdir(parents=True)
    (pictures / "11_small.png").write_bytes(b"picture")
    build.build(course)
    notebook = nbformat.read(course / "notebooks" / "11_small" / "11_small.ipynb", as_version=4)
    assert "![A small picture](data:image/png;base64,cGljdHVyZQ==)" in notebook.cells[0].source
    lesson = sources.read_lesson(course / "solutions" / "11_small" / "11_small.py")
    (pictures / "11_small.png").write_bytes(bytes(frame.PICTURE_BYTES + 1))
    assert "at most 60000" in frame.picture_problems(lesson)[0]
    (pictures / "11_small.png").unlink()
    assert "is missing" in frame.picture_problems(lesson)[0]


def test_the_glossary_names_each_term_with_its_lesson(course):
    build.build(course)
    glossary = nbformat.read(course / "notebooks" / "01_glossary.ipynb", as_version=4)
    text = "\n".join(c.source for c in glossary.cells)
    assert "- **text**: what is written ([11](11_small/11_small.ipynb))" in text
    lesson = nbformat.read(course / "notebooks" / "11_small" / "11_small.ipynb", as_version=4)
    assert "(../01_glossary.ipynb)" in lesson.cells[0].source


def test_the_map_shows_before_any_cell_is_run(course, monkeypatch):
    coming = {"11_small": "Small", "12_later": "Later"}
    monkeypatch.setattr(build, "parts", lambda: [{"name": "First", "lessons": coming}])
    build.build(course)
    start = nbformat.read(course / "notebooks" / "00_start_here.ipynb", as_version=4)
    text = "\n".join(c.source for c in start.cells if c.cell_type == "markdown")
    assert "[11 Small](11_small/11_small.ipynb): Is it built?" in text
    assert "### Part 1 · First" in text and "In preparation: Later" in text


def test_publishing_names_the_owner_everywhere(course, monkeypatch, capsys):
    shutil.copy(ROOT / "pyproject.toml", course)
    shutil.copy(ROOT / "README.md", course)
    build.build(course)
    path = course / "notebooks" / "11_small" / "11_small.ipynb"
    head = nbformat.read(path, as_version=4).cells[0].source
    assert "Not published yet" in head and "OWNER_HERE" not in head
    monkeypatch.chdir(course)
    assert main(["publish", "not a name"]) == 1
    assert "no account's name" in capsys.readouterr().err
    assert main(["publish", "some-owner"]) == 0
    assert "colab.research.google.com/github/some-owner/" in path.read_text()
    for name in ("pyproject.toml", "README.md"):
        text = (course / name).read_text()
        assert "some-owner/from-compression" in text and "OWNER_HERE/from" not in text
    assert main(["build", "--check"]) == 0


def test_outside_a_checkout_the_command_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["build"]) == 1
    assert "not inside a checkout" in capsys.readouterr().err


def test_an_unknown_lesson_is_named(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["run", "99_nothing"]) == 1
    err = capsys.readouterr().err
    assert "'99_nothing'" in err and "12_pca" in err


def test_a_new_lesson_is_a_working_draft(course, monkeypatch):
    slug = "19_scaffold_tried"
    path = scaffold.new_lesson(course, slug, "A lesson to try")[0]
    monkeypatch.setattr(bank, "ROOT", course)
    folders = [*course_utils.checks.__path__, str(course / "course_utils" / "checks")]
    monkeypatch.setattr(course_utils.checks, "__path__", folders)
    lesson = sources.read_lesson(path)
    assert lesson.draft and lesson.title == "A lesson to try"
    verdicts = bank.judge(slug, bank.load_bank(slug))
    assert len(verdicts) >= 7 and [v for v in verdicts if v.problem] == []
    build.build(course)
    assert (course / "notebooks" / slug / f"{slug}.ipynb").is_file()


def test_a_new_lesson_overwrites_nothing_and_names_a_bad_slug(course, monkeypatch, capsys):
    monkeypatch.chdir(course)
    assert main(["new", "small"]) == 1
    assert "part, number, name" in capsys.readouterr().err
    assert main(["new", "11_small"]) == 1
    assert "is there already" in capsys.readouterr().err
    assert not (course / "tests").exists()


LESSONS = [sources.read_lesson(path) for path in sources.find_sources(ROOT / "solutions")]


def _solution_lines(lesson) -> set[str]:
    """Lines of solutions, hidden tests and model answers that are long enough to be telling."""
    found = set()
    for cell in lesson.cells:
        if cell.kind == "answer":
            found |= set(cell.source.split("\n"))
        for part in re.findall(
            r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", cell.source, flags=re.DOTALL
        ):
            found |= set(part.split("\n"))
    return {line.strip() for line in found if len(line.strip()) > 25}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_learners_notebooks_hold_no_answer(lesson):
    text = (ROOT / "notebooks" / lesson.slug / f"{lesson.slug}.ipynb").read_text()
    notebook = nbformat.reads(text, as_version=4)
    graded = [c.source for c in notebook.cells if "nbgrader" in c.metadata]
    assert len(graded) == sum(c.kind not in ("", "folded") for c in lesson.cells)
    for phrase in ("BEGIN SOLUTION", "HIDDEN TESTS", "Model answer", "Rubric"):
        assert phrase not in text
    # outside the solutions the same line may stand in the lesson's own code
    elsewhere = "\n".join(
        re.sub(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", "", c.source, flags=re.DOTALL)
        for c in lesson.cells
        if c.kind != "answer"
    )
    secret = {line for line in _solution_lines(lesson) if line not in elsewhere}
    assert secret, "the test found nothing to look for"
    leaked = [line for line in secret for source in graded if line in source]
    assert leaked == []


def test_notebooks_holds_nothing_but_notebooks_without_outputs():
    for path in (ROOT / "notebooks").rglob("*"):
        if path.is_dir() or ".ipynb_checkpoints" in path.parts:
            continue
        assert path.suffix == ".ipynb", path
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert cell.outputs == [] and cell.execution_count is None


def test_course_utils_does_not_hold_a_graded_function():
    for lesson in LESSONS:
        names = {
            name
            for cell in lesson.cells
            if cell.kind == "exercise"
            for name in re.findall(r"^(?:def|class) (\w+)", cell.source, flags=re.MULTILINE)
        }
        assert names
        for path in (ROOT / "course_utils").rglob("*.py"):
            defined = set(re.findall(r"^\s*(?:def|class) (\w+)", path.read_text(), re.MULTILINE))
            assert not names & defined, path


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("seconds: 5", "seconds: about ten", "seconds is a whole number above zero"),
        ("seconds: 5", "seconds: 0", "seconds is a whole number above zero"),
        ('exercise="double"', "exercise=double", "with quotation marks"),
        ("question: Is", "question: One thing: is", "quotation marks"),
    ],
)
def test_what_a_newcomer_mistypes_is_told_in_words(tmp_path, before, after, said):
    assert before in GOOD
    path = tmp_path / "12_small" / "12_small.py"
    path.parent.mkdir()
    path.write_text(GOOD.replace(before, after, 1))
    with pytest.raises(sources.SourceError, match=said):
        sources.read_lesson(path)


def test_a_core_without_its_parts_or_its_place_in_the_map_is_refused(tmp_path):
    said = build._missing_parts(sources.Lesson("99_small", tmp_path / "a.py", "t", "q", [], 10))
    assert len(said) == 4
    assert "Break it" in said[0] and "course_map.toml" in said[3]


def test_the_page_for_instructors_names_the_continuations_that_hold_answers():
    def defined(cells) -> set[str]:
        trees = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
        kinds = ast.FunctionDef | ast.ClassDef
        return {node.name for tree in trees for node in tree.body if isinstance(node, kinds)}

    found = []
    for source in sources.find_continuations(ROOT / "solutions"):
        deeper = sources.read_lesson(source)
        core = sources.read_lesson(source.with_name(f"{deeper.slug}.py"))
        asked = defined(cell for cell in core.cells if cell.kind == "exercise")
        if asked & defined(deeper.cells):
            found.append(deeper.slug[:2])
    page = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    assert f"those of {', '.join(found[:-1])} and {found[-1]} contain functions" in page
