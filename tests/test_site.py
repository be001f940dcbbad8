"""The static site: what a lesson becomes, and the built pages in a headless Chromium."""

import functools
import http.server
import json
import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_output

from course_utils.authoring.build import read_all
from course_utils.authoring.run import Run
from course_utils.authoring.site import build, demos, executed, pages
from course_utils.authoring.sources import read_lesson, without_region
from tests.bank import ROOT
from tests.test_browser import CHROMIUM, REQUIRED, chromium

HIDDEN = r"### BEGIN HIDDEN TESTS\n([\s\S]*?)### END HIDDEN TESTS"
GAME = ROOT / "solutions" / "41_game" / "41_game.py"


# --- what a lesson becomes


def test_a_region_goes_with_its_marks_and_keeps_its_place():
    code = "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n\n\ny = 1\n"
    stub = without_region(code, "SOLUTION", pages.STUB)
    assert stub == "def f(x):\n    raise NotImplementedError\n\n\ny = 1"
    check = "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"
    assert without_region(check, "HIDDEN TESTS") == "a\nc"


def test_the_first_bold_place_of_a_term_leads_to_the_glossary():
    text, left = pages.linked_terms(
        "A **Latent\ncode** and a **latent code**.", ["latent code", "prior"]
    )
    assert text == "A {term}`Latent code <latent code>` and a **latent code**."
    assert left == ["prior"]


def test_links_to_what_is_no_page_become_words_or_lead_to_the_repository():
    text = "[a](../42_dcgan/42_dcgan.ipynb) [b](../README.md) [c](https://x.org) ![d](e.png)"
    unpublished = "https://github.com/OWNER_HERE/course"
    kept = "[a](../42_dcgan/42_dcgan.ipynb)"
    assert (
        pages.without_strange_links(text, {"42_dcgan"}, unpublished)
        == f"{kept} b [c](https://x.org) ![d](e.png)"
    )
    there = "[b](https://github.com/me/course/blob/main/README.md)"
    assert there in pages.without_strange_links(text, set(), "https://github.com/me/course")


def test_progress_bars_leave_their_last_state_and_standard_error_nothing(tmp_path):
    outputs = [
        new_output("stream", name="stdout", text="fit:  0%\r"),
        new_output("stream", name="stdout", text="fit: 50%\rfit: 100%\n"),
        new_output("stream", name="stdout", text="done\n"),
        new_output("stream", name="stderr", text="a warning"),
    ]
    cell = pages._code("x", outputs, pages.Files(tmp_path / "files"))
    assert [one.text for one in cell.outputs] == ["fit: 100%\ndone\n"]


def test_pictures_become_files_with_their_alternative_text(tmp_path):
    files = pages.Files(tmp_path / "files")
    picture = new_output(
        "display_data", {"image/png": "QUJD"}, metadata={"image/png": {"alt": 'a "b"', "width": 7}}
    )
    (shown,) = pages._code("x", [picture], files).outputs
    (written,) = files.folder.iterdir()
    assert written.read_bytes() == b"ABC"
    tag = BeautifulSoup(shown.data["text/html"], "html.parser").img
    assert (tag["alt"], tag["width"]) == ('a "b"', "7") and tag["src"].endswith(written.name)
    sound = files.taken_out('<audio src="data:audio/wav;base64,QUJE">', "files")
    assert sound.startswith('<audio src="files/') and sound.endswith('.wav">')


def _copy(folder: Path) -> Path:
    """A checkout with one lesson and what it imports."""
    (folder / "data").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "README.md", folder / "data")
    shutil.copytree(GAME.parent, folder / "solutions" / "41_game")
    shutil.copytree(
        ROOT / "course_utils",
        folder / "course_utils",
        ignore=shutil.ignore_patterns("__pycache__", "*.npz"),
    )
    return folder


def test_prose_leaves_the_outputs_of_a_lesson_alone_and_code_does_not(tmp_path):
    root = _copy(tmp_path / "course")
    source = root / "solutions" / "41_game" / "41_game.py"

    def key() -> str:
        return executed.content_key(root, read_lesson(source), quick=True)

    first, text = key(), source.read_text()
    source.write_text(text.replace("# ## The", "# ## Of the", 1))
    assert key() == first
    source.write_text(text + "\n# %%\nprint(1)\n")
    assert key() != first
    source.write_text(text)
    used, unused = root / "course_utils" / "plots.py", root / "course_utils" / "letters.py"
    unused.write_text(unused.read_text() + "\n# changed\n")
    assert key() == first
    used.write_text(used.read_text() + "\n# changed\n")
    assert key() != first


def test_an_unknown_lesson_is_named():
    with pytest.raises(ValueError, match="no such lesson: 99_none; there are 11_patterns,"):
        build.build_site(ROOT, quick=True, only=["99_none"])


def test_a_page_whose_numbers_left_the_range_of_its_text_is_named(tmp_path, monkeypatch):
    rows = [
        {"name": "error", "value": value, "low": 0.0, "high": 0.2, "quick": False}
        for value in (0.1, 0.25)
    ]
    places = executed.Executed(tmp_path, quick=False)
    wrong = "    41_game: error is 0.25, but the text rests on 0 to 0.2"
    monkeypatch.setattr(places, "run", lambda lesson: Run(None, 12, 0, rows))
    monkeypatch.setattr(places, "kept", lambda lesson: None)
    said = []
    build._execute(places, [read_lesson(GAME)], said.append)
    assert said[1:] == ["[1/1] 41_game: 12 s", wrong]
    monkeypatch.setattr(places, "kept", lambda lesson: Run(None, 12, 0, rows))
    said.clear()
    build._execute(places, [read_lesson(GAME)], said.append)
    assert said == [wrong, "all 1 lessons are executed already"]


def test_a_lesson_that_ran_is_kept_until_its_code_changes(tmp_path):
    whole = read_lesson(ROOT / "solutions" / "11_patterns" / "11_patterns.py")
    cell = next(one for one in whole.cells if one.cell_type == "code")
    lesson = replace(whole, cells=[replace(cell, source="print(1)")])
    places = executed.Executed(_copy(tmp_path / "course"), quick=True)
    assert places.kept(lesson) is None
    first = places.run(lesson)
    assert places.kept(lesson) == first and places.kept(lesson, twice=True) is None
    second = places.run(lesson, twice=True)
    assert places.kept(lesson, twice=True) == second != first
    assert len(list(places.folder.iterdir())) == 1
    changed = replace(lesson, cells=[replace(cell, source="print(2)")])
    assert places.kept(changed) is None
    places.forget(lesson)
    assert places.kept(lesson) is None


# --- the built pages


@pytest.fixture(scope="module")
def site():
    """The whole site from quick runs."""
    said = []
    folder = build.build_site(ROOT, quick=True, say=said.append)
    assert str(folder / "index.html") in said[-1]
    return folder


def _pages(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


@pytest.mark.site
def test_every_internal_link_and_picture_is_there(site):
    soups = {path: BeautifulSoup(path.read_bytes(), "html.parser") for path in _pages(site)}
    ids = {path: {one["id"] for one in soup.find_all(id=True)} for path, soup in soups.items()}
    broken, strange = [], []
    for path, soup in soups.items():
        for tag in soup.find_all(["a", "img", "script", "link", "iframe", "source", "audio"]):
            where = tag.get("href") or tag.get("src")
            if not where or where.startswith(("data:", "mailto:")):
                continue
            if where.startswith("http"):
                if tag.name != "a":
                    strange.append((path.name, where))
                continue
            name, _, anchor = where.split("?")[0].partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.is_file() or (anchor and target in ids and anchor not in ids[target]):
                broken.append((path.name, where))
    assert broken == [] and strange == []
    assert len(soups) > len(read_all(ROOT)) + 6


@pytest.mark.site
def test_pages_hold_no_hidden_test_and_solutions_wait_behind_a_click(site):
    for lesson in read_all(ROOT):
        path = site / "notebooks" / lesson.slug / f"{lesson.name}.html"
        soup = BeautifulSoup(path.read_bytes(), "html.parser")
        for folded in soup.find_all("details"):
            folded.extract()
        shown = " ".join(soup.get_text().split())
        whole = " ".join(BeautifulSoup(path.read_bytes(), "html.parser").get_text().split())
        assert "HIDDEN TESTS" not in whole
        for cell in lesson.cells:
            if cell.kind == "check":
                for hidden in re.findall(HIDDEN, cell.source):
                    assert " ".join(hidden.split()) not in whole, (path, hidden)
            if cell.kind == "exercise":
                stub = " ".join(without_region(cell.source, "SOLUTION", pages.STUB).split())
                solved = " ".join(pages._without_marks(cell.source).split())
                assert stub in shown and solved not in shown and solved in whole, (path, cell.name)


@pytest.mark.site
def test_the_site_is_light(site):
    def size(path: Path) -> int:
        soup = BeautifulSoup(path.read_bytes(), "html.parser")
        tags = soup.find_all(["img", "script", "iframe", "audio"])
        tags += soup.find_all(
            "link", rel=["stylesheet", "icon"]
        )  # not the page before, nor the next
        names = {tag.get("src") or tag.get("href") for tag in tags}
        files = {(path.parent / n.split("?")[0].split("#")[0]).resolve() for n in names if n}
        return sum(file.stat().st_size for file in {*files, path} if file.is_file())

    sizes = {path.name: size(path) for path in _pages(site)}
    assert {name: n for name, n in sizes.items() if n > 3e6} == {}
    assert build._megabytes(site) < 60


@pytest.fixture(scope="module")
def address(site):
    """The built folder behind a plain static server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=site)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser(site):
    if not CHROMIUM and not REQUIRED:
        pytest.skip("no Chromium on this machine")
    with chromium() as started:
        yield started


def _open(browser, address: str, name: str, **options):
    """A page that fails the test if it says anything or asks for anything of a network."""
    context = browser.new_context(**options)
    page = context.new_page()
    said = page.said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith((address, "data:")) or said.append(request.url),
    )
    page.goto(f"{address}/{name}")
    page.evaluate("window.demo?.ready")
    return page


def _demo_check(demo: demos.Demo) -> list:
    lesson = next(one for one in read_all(ROOT) if one.name == demo.lesson)
    folder = executed.Executed(ROOT, quick=True).place(lesson)
    return json.loads((folder / f"{demo.name}-check.json").read_text())


COMPUTED = [demo for demo in demos.DEMOS if demo.name != "sliders"]  # see test_decoder_page.py


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("demo", COMPUTED, ids=lambda demo: demo.name)
def test_a_demo_gives_what_its_lesson_gives(browser, address, demo):
    page = _open(browser, address, f"demos/{demo.name}.html")
    check = _demo_check(demo)
    assert len(check) == 3
    for place, expected in check:
        found = page.evaluate("place => window.demo.at(place)", place)
        # weights of 16 bits; a grid of another width; a picture alone is rounded once more
        close = {"plane": 2e-3, "ring": 2e-3, "mixing": 1}.get(demo.name, 0)
        assert np.shape(found) == np.shape(expected)
        assert np.abs(np.subtract(found, expected)).max() <= close, (demo.name, place)
    assert page.said == []
    page.context.close()


@pytest.mark.site
@pytest.mark.browser
def test_demos_follow_the_keyboard_in_words(browser, address):
    page = _open(browser, address, "demos/plane.html")
    ring = page.get_by_role("slider")
    before = page.get_by_role("img").last.get_attribute("aria-label")
    ring.focus()
    page.keyboard.press("Shift+ArrowRight")
    after = page.get_by_role("img").last.get_attribute("aria-label")
    assert before != after and "(0.85, 0.40)" in after
    assert page.said == []
    page.context.close()
    page = _open(browser, address, "demos/denoise.html")
    page.get_by_role("slider", name="step of the sampler").focus()
    page.keyboard.press("Home")
    assert "step 0 of" in page.get_by_role("img").last.get_attribute("aria-label")
    assert page.said == []
    page.context.close()
    page = _open(browser, address, "demos/melodies.html")
    page.get_by_label("way from the first to the second").focus()
    before = page.get_by_role("img").get_attribute("aria-label")
    page.keyboard.press("End")
    assert before != page.get_by_role("img").get_attribute("aria-label")
    page.get_by_role("button", name="Play the whole way").click()
    page.get_by_role("button", name="Stop").click()
    assert page.said == []
    page.context.close()


AXE = """async () => (await axe.run({resultTypes: ["violations"]})).violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .map(one => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)])"""
LOOKED_AT = [
    "index.html",
    "notebooks/00_start_here.html",
    "notebooks/01_glossary.html",
    "notebooks/12_pca/12_pca.html",
    "notebooks/31_vae/31_vae.html",
    "notebooks/35_music/35_music.html",
    "docs/teaching.html",
    "docs/instructors.html",
    *(f"demos/{demo.name}.html" for demo in demos.DEMOS),
]


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", LOOKED_AT)
def test_axe_finds_nothing_serious(browser, address, name, scheme):
    import axe_playwright_python

    page = _open(browser, address, name, color_scheme=scheme)
    page.add_script_tag(path=Path(axe_playwright_python.__file__).with_name("axe.min.js"))
    assert page.evaluate(AXE) == []
    assert page.said == []
    page.context.close()


@pytest.mark.site
@pytest.mark.browser
@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_fits_a_phone_and_is_there_within_two_seconds(browser, address, name):
    page = _open(browser, address, name, viewport={"width": 375, "height": 700})
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    took = page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")
    assert wide <= 375
    assert took < 2000
    page.context.close()


@pytest.mark.site
@pytest.mark.browser
def test_the_front_page_has_something_to_touch_at_once_and_search_finds(browser, address):
    page = _open(browser, address, "index.html", viewport={"width": 1300, "height": 800})
    box = page.locator("iframe").first.bounding_box()
    assert box["y"] + box["height"] < 800
    start = page.get_by_role("link", name="Start with the first lesson")
    assert start.bounding_box()["y"] < 800
    page.goto(f"{address}/search.html?q=reparameterisation")
    found = page.locator("#search-results li")
    found.filter(has_text="The variational autoencoder").first.wait_for()
    assert "Glossary" in found.first.inner_text()
    page.context.close()
