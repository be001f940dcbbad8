"""Every lesson runs in a real kernel: full points with its solutions, none untouched."""

import ast
import contextlib
import re
import sys
from importlib.metadata import packages_distributions

import nbformat
import psutil
import pytest
from nbformat import v4

from course_utils.authoring import frame, run, sources
from course_utils.authoring.site import executed
from course_utils.grading.desk import check_notebook
from course_utils.grading.host import execution, sandbox
from tests import warm
from tests.bank import ROOT
from tests.test_decoder_page import check_characters
from tests.test_talking_page import check_shown_film

LESSONS = {path.stem: path for path in sources.find_sources(ROOT / "solutions")}
CONTINUATIONS = {path.stem: path for path in sources.find_continuations(ROOT / "solutions")}

# what projects hand over at their end, also in quick mode
DEMONSTRATIONS = {
    "61_anime_faces": lambda result, home: check_characters(home / "characters"),
    "62_virtual_host": lambda result, home: check_shown_film(result),
}


def _check_outputs(result, at_least: int = 3):
    """Rules for everything that a solution shows."""
    assert result.stderr() == ""
    images = 0
    for cell in result.notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                images += 1
                alt = output.metadata.get("image/png", {}).get("alt", "")
                assert len(alt) > 20, f"a figure without alt text in: {cell.source[:200]}"
    assert images >= at_least, f"{images} pictures, at least {at_least}"
    names = [row["name"] for row in result.reports]
    assert names, "nothing is reported"
    assert len(names) == len(set(names)), f"one name is reported twice: {sorted(names)}"


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    """The command line of kernels that start fast."""
    with warm.launcher(tmp_path_factory.mktemp("kernels")) as words:
        yield words


@contextlib.contextmanager
def _executed(source, kernels, twice: bool):
    """A quick run, every cell twice in a row if wanted, and the lesson's own folder at home.

    What ran here, `make test-site` need not run again, nor do the next tests unless code, imports
    or packages change (a run with every cell twice serves as an ordinary one); what fails is not
    kept.
    """
    places, lesson = executed.Executed(ROOT, True, kernels), sources.read_lesson(source)
    result = places.kept(lesson, twice) or places.run(lesson, twice)
    try:
        yield result, places.place(lesson) / "home"
    except BaseException:
        places.forget(lesson)
        raise


def _check_solution(slug, kernels, twice: bool):
    with _executed(LESSONS[slug], kernels, twice) as (result, home):
        earned, possible = result.points()
        assert earned == possible > 0
        assert all(row["quick"] for row in result.reports)
        _check_outputs(result)
        if slug in DEMONSTRATIONS:
            DEMONSTRATIONS[slug](result, home)


def _check_continuation(name, kernels, twice: bool):
    with _executed(CONTINUATIONS[name], kernels, twice) as (result, _):
        _check_outputs(result, at_least=1)


@pytest.mark.twice
@pytest.mark.parametrize("slug", LESSONS)
def test_the_solution_earns_full_points_with_every_cell_run_twice(slug, kernels):
    """As learners do: each cell runs on what it left itself."""
    _check_solution(slug, kernels, twice=True)


@pytest.mark.twice
@pytest.mark.parametrize("name", CONTINUATIONS)
def test_a_continuation_runs_on_its_own_with_every_cell_run_twice(name, kernels):
    _check_continuation(name, kernels, twice=True)


@pytest.mark.parametrize("slug", LESSONS)
def test_the_solution_earns_full_points(slug, kernels):
    _check_solution(slug, kernels, twice=False)


@pytest.mark.parametrize("name", CONTINUATIONS)
def test_a_continuation_runs_on_its_own(name, kernels):
    _check_continuation(name, kernels, twice=False)


@pytest.fixture(scope="module")
def worker():
    """A process with TensorFlow imported, that forks for each notebook."""
    with execution.Worker(sandbox.probe("none")) as worker:
        yield worker


@pytest.mark.xdist_group("untouched")
@pytest.mark.parametrize("slug", LESSONS)
def test_the_untouched_notebook_earns_nothing_and_says_not_implemented(slug, worker):
    job, _, remarks = check_notebook.job_of(ROOT / "notebooks" / slug / f"{slug}.ipynb")
    assert not [remark for remark in remarks if "not run" not in remark]
    result = worker.run(job)
    checks = [
        told for cell, told in zip(job["cells"], result["cells"], strict=True) if cell["points"]
    ]
    assert len(checks) >= 4
    for told in checks:
        assert not told["value"]
        errors = [o["ename"] for o in told["outputs"] if o["output_type"] == "error"]
        assert errors == ["NotImplementedError"], told


def test_the_set_up_cell_does_nothing_elsewhere_and_installs_on_colab(monkeypatch):
    import subprocess

    slug = next(iter(LESSONS))
    notebook = nbformat.read(ROOT / "notebooks" / slug / f"{slug}.ipynb", as_version=4)
    setup = notebook.cells[1].source
    calls = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    exec(setup, {})
    assert calls == []
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    exec(setup, {})
    assert len(calls) == 1 and "--no-deps" in calls[0]
    assert not any("tensorflow" in word or "numpy" in word for word in calls[0])


# packages that those named in colab-versions.txt bring along
BROUGHT = {
    "cryptography",
    "cycler",
    "fonttools",
    "joblib",
    "pillow",
    "psutil",
    "threadpoolctl",
    "traitlets",
}


def _loaded(code: str) -> set[str]:
    """Modules that code loads with its own imports and with those of the course's modules."""
    found, waiting = set(), [code]
    while waiting:
        names = set()
        for node in ast.parse(waiting.pop()).body:  # an import in a function waits for its call
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        for name in names - found:
            path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if path.is_file():
                waiting.append(path.read_text(encoding="utf-8"))
        found |= names
    return {name.split(".")[0] for name in found} - set(sys.stdlib_module_names) - {"course_utils"}


def _package(words: str) -> str:
    return re.match(r"[\w-]+", words)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", [*LESSONS, *CONTINUATIONS])
def test_on_colab_what_a_lesson_imports_is_there_or_gets_installed(name):
    slug = name.removesuffix("_deeper")
    notebook = nbformat.read(ROOT / "notebooks" / slug / f"{name}.ipynb", as_version=4)
    setup, *cells = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    on_colab = (ROOT / "tests" / "colab-versions.txt").read_text().split("# not on Colab")[0]
    known = BROUGHT | {_package(line) for line in on_colab.splitlines() if line[0] != "#"}
    known |= {_package(words) for words in re.findall(r'"([a-z]\S+)"', setup)}
    packages = packages_distributions()
    for module in _loaded("\n\n".join(cells)):
        assert known & {_package(one) for one in packages[module]}, f"{module} is missing there"


def _kernels() -> set[int]:
    mine = psutil.Process().children(recursive=True)
    return {one.pid for one in mine if "ipykernel_launcher" in " ".join(one.cmdline())}


@pytest.mark.parametrize("source", ["1 + 1", "1 / 0"])
def test_a_run_leaves_no_kernel_behind(tmp_path, source):
    before, path = _kernels(), tmp_path / "small.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source)]), path)
    with pytest.raises(RuntimeError) if "0" in source else contextlib.nullcontext():
        run.run_notebook(path)
    assert _kernels() <= before


def test_the_map_runs():
    result = run.run_notebook(ROOT / "notebooks" / f"{frame.START}.ipynb")
    assert result.errors() == []
    html = result.notebook.cells[-1].outputs[0].data["text/html"]
    assert "Start with" in html


@pytest.mark.full
@pytest.mark.parametrize("slug", LESSONS)
def test_the_solution_keeps_its_numbers_in_range_at_full_budget(slug, record_property):
    result = run.run_notebook(LESSONS[slug].with_suffix(".ipynb"), quick=False)
    earned, possible = result.points()
    record_property("table", _table(slug, result))
    assert earned == possible
    assert result.out_of_range() == []
    _check_outputs(result)


@pytest.mark.full
@pytest.mark.parametrize("name", CONTINUATIONS)
def test_a_continuation_keeps_its_numbers_in_range_at_full_budget(name, record_property):
    result = run.run_notebook(CONTINUATIONS[name].with_suffix(".ipynb"), quick=False)
    record_property("table", _table(name, result))
    assert result.out_of_range() == []
    _check_outputs(result, at_least=1)


def _table(name, result) -> str:
    lines = [f"{name}: {result.seconds:.0f} s, {result.peak_mb:.0f} MB at most"]
    for row in result.reports:
        lines.append(
            f"  {row['name']:44s} {row['value']:10.5g}   [{row['low']:g}, {row['high']:g}]"
        )
    return "\n".join(lines)
