"""What only a browser shows: JupyterLab driven in a headless Chromium.

Screenshots go to ``artifacts/browser/``: look at them after a change.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest

from course_utils.authoring import sources
from tests.bank import ROOT

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
REQUIRED = os.environ.get("COURSE_REQUIRE_BROWSER") == "1"
PICTURES = ROOT / "artifacts" / "browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = 180_000  # milliseconds: a cold kernel on a busy machine

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM and not REQUIRED,
        reason="no Chromium on this machine: install Debian's chromium, or name one in CHROMIUM",
    ),
]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the course; yields its address and folder."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in ("notebooks", "solutions"):
        shutil.copytree(ROOT / name, folder / name)
    port = _free_port()
    env = dict(os.environ)
    env |= {
        "PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{env['PATH']}",
        "COURSE_HOME": str(folder / "home"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "COURSE_QUICK": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    command = [
        "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with open(folder / "lab.log", "w") as log:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1).read()
                break
            except (urllib.error.URLError, OSError):
                assert server.poll() is None, (folder / "lab.log").read_text()
                time.sleep(0.25)
        else:
            pytest.fail((folder / "lab.log").read_text())
        yield address, folder
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@contextlib.contextmanager
def chromium():
    """A headless Chromium, closed at the end."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "the browser's tests are required but there is no Chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def browser():
    PICTURES.mkdir(parents=True, exist_ok=True)
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser, lab):
    context = browser.new_context(viewport={"width": 1300, "height": 950})
    page = context.new_page()
    page.set_default_timeout(SLOW)
    yield page
    context.close()


def _open(page, lab, path):
    """Open a notebook in a fresh workspace and wait for its kernel."""
    name = path.replace("/", "-").replace(".", "-")
    page.goto(f"{lab[0]}/lab/workspaces/{name}-{time.time_ns()}/tree/{path}?reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'"
    )
    page.evaluate("jupyterapp.shell.collapseLeft()")


def _run_all(page):
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")


def _cell(page, grade_id) -> int:
    """Index of the cell with this nbgrader id."""
    return page.evaluate(
        """id => jupyterapp.shell.currentWidget.content.widgets.findIndex(
            cell => cell.model.getMetadata('nbgrader')?.grade_id === id)""",
        grade_id,
    )


def _write_and_run(page, index, source=None):
    """Optionally put source into a cell, then run it and wait for the kernel."""
    page.evaluate(
        """async ([index, source]) => {
            const notebook = jupyterapp.shell.currentWidget.content;
            if (source !== null) notebook.widgets[index].model.sharedModel.setSource(source);
            notebook.activeCellIndex = index;
            notebook.deselectAll();
            await jupyterapp.commands.execute('notebook:run-cell');
        }""",
        [index, source],
    )


def _outputs(page, index) -> str:
    """Everything that a cell's outputs say, as JSON."""
    return page.evaluate(
        """index => JSON.stringify(
            jupyterapp.shell.currentWidget.content.widgets[index].model.outputs?.toJSON())""",
        index,
    )


def _show(page, index):
    """Scroll to a cell and let the page settle for a picture."""
    page.evaluate(
        """async index => {
            const notebook = jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = index;
            await notebook.scrollToItem(index, 'start');
        }""",
        index,
    )
    page.wait_for_timeout(700)


def _solution(slug, exercise) -> str:
    lesson = sources.read_lesson(ROOT / "solutions" / slug / f"{slug}.py")
    return next(c.source for c in lesson.cells if (c.kind, c.name) == ("exercise", exercise))


def test_the_map_opens_and_says_where_to_start(page, lab):
    _open(page, lab, "notebooks/00_start_here.ipynb")
    _run_all(page)
    page.wait_for_selector(".course-map >> text=Start with")
    lessons = sources.find_sources(ROOT / "solutions")
    assert page.locator(".course-map table a").count() == len(lessons)
    page.screenshot(path=PICTURES / "map.png")
    page.locator(".course-map a", has_text="PCA").first.click()
    page.wait_for_function("() => jupyterapp.shell.currentWidget?.title.label === '12_pca.ipynb'")


def test_a_lesson_runs_to_its_first_stub_and_checks_answers(page, lab):
    _open(page, lab, "notebooks/12_pca/12_pca.ipynb")
    exercise, check = _cell(page, "fit_pca"), _cell(page, "check_fit_pca")
    _run_all(page)
    page.wait_for_function(
        """index => JSON.stringify(
            jupyterapp.shell.currentWidget.content.widgets[index].model.outputs.toJSON()
        ).includes('NotImplementedError')""",
        arg=check,
    )
    assert "is not written yet" in _outputs(page, check)
    assert "Traceback" not in _outputs(page, check)
    _show(page, check)
    page.screenshot(path=PICTURES / "first_stub.png")

    answer = _solution("12_pca", "fit_pca")
    _write_and_run(page, exercise, answer.replace("svd(x - mean", "svd(x"))
    _write_and_run(page, check)
    said = _outputs(page, check)
    assert "Not yet" in said and "not centred" in said and "Traceback" not in said
    _show(page, exercise)
    page.get_by_text("Not yet").first.wait_for()
    page.screenshot(path=PICTURES / "wrong_answer.png")

    _write_and_run(page, exercise, answer)
    _write_and_run(page, check)
    assert "✓ fit_pca: 1 of 6 exercises" in _outputs(page, check)
    _show(page, exercise)
    page.screenshot(path=PICTURES / "right_answer.png")
    stored = json.loads((lab[1] / "home" / "progress" / "12_pca.json").read_text())
    assert stored == {"solved": ["fit_pca"]}


def test_the_explorers_slider_moves_the_picture(page, lab):
    source = """
import numpy as np
from course_utils.explorers import explore_codes

codes = np.random.default_rng(0).normal(size=(9, 3))
explore_codes(lambda code: 1 / (1 + np.exp(-np.outer(*[np.resize(code, 28)] * 2))), codes, [0, 2])
"""
    _run_cells(page, lab, "sliders.ipynb", source)
    picture = page.locator("img.course-explorer-picture").first
    picture.wait_for()
    before = picture.get_attribute("src")
    pixels = picture.screenshot()
    page.screenshot(path=PICTURES / "explorer.png")
    handle = page.locator(".widget-slider .noUi-handle").first
    handle.focus()
    for _ in range(40):
        handle.press("ArrowRight")
    page.wait_for_function(
        "src => document.querySelector('img.course-explorer-picture').src !== src", arg=before
    )
    page.wait_for_timeout(500)
    assert picture.screenshot() != pixels
    page.screenshot(path=PICTURES / "explorer_moved.png")


def test_the_plane_of_codes_follows_mouse_and_arrow_keys(page, lab):
    """A notebook with a decoder that takes no time: drag the handle, see another picture."""
    source = """
import numpy as np
from course_utils.explorers import explore_plane

rng = np.random.default_rng(0)
rows, columns = np.mgrid[-1:1:28j, -1:1:28j]

def decode(codes):
    x, y = codes[0] / 3
    return np.exp(-8 * ((columns - x) ** 2 + (rows + y) ** 2))

plane = explore_plane(decode, rng.normal(size=(300, 2)), rng.integers(0, 10, 300))
plane
"""
    _run_cells(page, lab, "plane.ipynb", source, "")
    picture, handle = page.locator(".course-plane-picture"), page.locator(".course-plane-handle")
    picture.wait_for()
    page.wait_for_function("() => document.querySelector('.course-plane-picture').width === 28")
    page.evaluate("jupyterapp.shell.currentWidget.content.deselectAll()")
    page.screenshot(path=PICTURES / "plane.png")
    brightest = """() => {
        const canvas = document.querySelector('.course-plane-picture');
        const data = canvas.getContext('2d').getImageData(0, 0, 28, 28).data;
        let best = 0;
        for (let k = 0; k < 784; k++) if (data[4 * k] > data[4 * best]) best = k;
        return [Math.floor(best / 28), best % 28];
    }"""

    def wait_for(row, column):
        """Until the picture's brightest pixel is there: the decoder draws a spot at the code."""
        page.wait_for_function(
            f"([r, c]) => {{ const [a, b] = ({brightest})(); "
            "return Math.abs(a - r) <= 1 && Math.abs(b - c) <= 1; }",
            arg=[row, column],
        )

    wait_for(13.5, 13.5)
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 60, steps=8)
    page.mouse.move(x + 80, y - 120, steps=8)
    page.mouse.up()
    page.mouse.move(x - 150, y)  # released: must not follow any more
    scale = 6 / (400 - 2 * 34)
    wait_for(13.5 - 120 * scale * 4.5, 13.5 + 80 * scale * 4.5)
    page.screenshot(path=PICTURES / "plane_dragged.png")
    # also up and down, which JupyterLab uses itself; ten keys a second, as a person types
    for key in ["Shift+ArrowDown"] * 4 + ["ArrowLeft"] * 6:
        handle.press(key)
        page.wait_for_timeout(100)
    wait_for(13.5 - (120 * scale - 1.0) * 4.5, 13.5 + (80 * scale - 0.3) * 4.5)
    assert "code (" in handle.get_attribute("aria-valuetext")
    assert handle.evaluate("element => element === document.activeElement")
    _write_and_run(page, 1, "print('at', plane.point)")
    page.wait_for_function(
        "() => JSON.stringify(jupyterapp.shell.currentWidget.content.widgets[1].model.outputs"
        ".toJSON()).includes('at [')"
    )
    at = json.loads(_outputs(page, 1))[0]["text"]
    at = json.loads((at if isinstance(at, str) else "".join(at)).removeprefix("at "))
    assert at == pytest.approx([80 * scale - 0.3, 120 * scale - 1.0], abs=0.05)


def _run_cells(page, lab, name, *sources):
    """A new notebook with these cells, all of which have run."""
    import nbformat.v4 as v4

    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    (lab[1] / "notebooks" / name).write_text(json.dumps(notebook))
    _open(page, lab, f"notebooks/{name}")
    for index in range(len(sources)):
        _write_and_run(page, index)


def test_sounds_melodies_and_neighbours_work_in_jupyterlab(page, lab):
    import mido

    notes = [(0, 2, 60), (2, 1, 64), (4, 4, 67)]
    sound = f"""
import numpy as np
from IPython.display import Audio, display
from course_utils.explorers import explore_neighbours
from course_utils.midi_files import midi_link

display(Audio(0.3 * np.sin(np.arange(8000) / 4).astype("float32"), rate=8000, normalize=False))
display(midi_link({notes}, "tune.mid"))
"""
    neighbours = """
pictures = np.zeros((6, 8, 8)); pictures[:, 2:4] = np.linspace(0.5, 1, 6)[:, None, None]
nearest = (np.arange(6)[:, None] + [1, 2]) % 6
explore_neighbours(pictures, nearest, [f"letter {k}" for k in range(6)], np.arange(6) % 2)
"""
    _run_cells(page, lab, "seen-and-heard.ipynb", sound, neighbours)
    player = page.locator(".jp-OutputArea audio")
    player.wait_for()
    length = player.evaluate(
        """async audio => {
            if (audio.readyState < 1) await new Promise(done => audio.onloadedmetadata = done);
            return audio.duration;
        }"""
    )
    assert length == pytest.approx(1.0, abs=0.01)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save tune.mid").click()
    track = mido.MidiFile(download.value.path()).tracks[0]
    heard = [m.note for m in track if m.type == "note_on" and m.velocity]
    assert (heard, download.value.suggested_filename) == ([60, 64, 67], "tune.mid")

    page.get_by_role("button", name="letter 3", exact=True).click()
    shown = page.locator("[id^=course-neighbours] [aria-live] [role=img]")
    names = [shown.nth(k).get_attribute("aria-label") for k in range(shown.count())]
    assert names == ["letter 3", "✗ letter 4", "letter 5"]
    page.screenshot(path=PICTURES / "seen-and-heard.png")


def test_a_decoders_page_moves_in_a_notebooks_frame(page, lab):
    source = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.test_decoder_page import quantised, small_decoder, small_page

decoder = small_decoder(channels=3, kernel=4)
small_page(decoder, quantised(decoder)[0])[0]
"""
    _run_cells(page, lab, "framed.ipynb", source)
    frame = page.frame_locator(".jp-OutputArea iframe")
    canvas = frame.get_by_role("img")
    canvas.wait_for()
    before = canvas.screenshot()
    frame.get_by_role("slider", name="left & right").fill("-1")
    assert "left & right -1.00" in canvas.get_attribute("aria-label")
    assert canvas.screenshot() != before


def test_the_validate_button_reports_success(page, lab):
    """A lesson with every answer in it: the button runs all checks in a fresh kernel."""
    import nbformat

    folder = lab[1]
    full = nbformat.read(folder / "solutions" / "12_pca" / "12_pca.ipynb", as_version=4)
    path = folder / "notebooks" / "12_pca" / "12_pca.ipynb"
    released = nbformat.read(path, as_version=4)
    answers = {
        c.metadata.nbgrader.grade_id: c.source for c in full.cells if "nbgrader" in c.metadata
    }
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.metadata.nbgrader.grade_id]
    done = folder / "notebooks" / "12_pca" / "done.ipynb"
    nbformat.write(released, done)
    _open(page, lab, "notebooks/12_pca/done.ipynb")
    page.get_by_role("button", name="Validate").or_(
        page.locator("button:has-text('Validate')")
    ).first.click()
    dialog = page.locator(".jp-Dialog")
    dialog.wait_for()
    page.wait_for_timeout(500)
    text = dialog.inner_text()
    page.screenshot(path=PICTURES / "validate.png")
    done.unlink()
    assert "Success! Your notebook passes all the tests" in text, text


def test_formgrader_opens_and_lists_the_lessons(page, lab):
    _open(page, lab, "notebooks/00_start_here.ipynb")
    page.evaluate("() => { jupyterapp.commands.execute('nbgrader:open-formgrader'); }")
    frame = page.frame_locator("iframe").last
    for path in sources.find_sources(ROOT / "solutions"):
        frame.get_by_text(path.stem).first.wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "formgrader.png")
    assert frame.get_by_text("00_start_here").count() == 0


def test_formgraders_autograde_button_runs_our_pipeline(page, lab):
    """A wrong and a broken submission of a toy lesson: reasons, sandbox and points."""
    from tests import toy_course

    folder = toy_course.make_course(lab[1])
    wrong = toy_course.solved(folder, triple="def triple(x):\n    return 2 * x")
    toy_course.submit(folder, "bob", wrong)
    toy_course.submit(folder, "eve", b"{broken")
    page.goto(f"{lab[0]}/formgrader/manage_submissions/{toy_course.SLUG}")
    for place, student in enumerate(("bob", "eve")):
        page.locator("tr", has_text=student).locator("td.autograde a").click()
        page.get_by_text("Successfully autograded").first.wait_for()
        page.get_by_role("button", name="OK").click()
        page.get_by_text("Successfully autograded").first.wait_for(state="hidden")
        assert len(list((folder / "autograded").iterdir())) == place + 1
    page.screenshot(path=PICTURES / "formgrader-autograded.png")
    scores = toy_course.scores(folder)
    assert [scores["bob"][name][0] for name in ("check_double", "check_triple")] == [2, 0]
    assert [scores["eve"][name][0] for name in ("check_double", "check_triple")] == [0, 0]
    assert "thrice two: got 4" in toy_course.comments(folder, "bob")["triple"]
    graded = folder / "autograded" / "bob" / toy_course.SLUG / f"{toy_course.SLUG}.ipynb"
    note = json.loads(graded.read_text())["metadata"]["course_grading"]
    assert note["done"] and note["sandbox"] not in ("", "none")


def test_a_decoder_in_one_page_draws_what_keras_draws_without_a_network(browser, tmp_path):
    """Three places: the start, after arrow keys, and another face; grey pictures as well."""
    from tests.test_decoder_page import quantised, small_decoder, small_page, two_chains

    decoders, all_kernels, chains = two_chains()
    cases = [(decoders, all_kernels, lambda code: sum(np.asarray(chain(code)) for chain in chains))]
    for channels, kernel in ((3, 4), (1, 5), (3, 2)):
        decoder = small_decoder(channels=channels, kernel=kernel)
        cases.append((decoder, *quantised(decoder)))
    for decoder, kernels, rounded in cases:
        made, codes, directions = small_page(decoder, kernels)
        path = made.save(tmp_path / "page.html")
        context = browser.new_context(offline=True)
        page = context.new_page()
        asked, failed = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("pageerror", lambda error, failed=failed: failed.append(str(error)))
        page.goto(path.as_uri())

        def shown(page=page):
            flat = page.evaluate(
                """() => {
                    const c = document.querySelector("canvas"), pen = c.getContext("2d");
                    return [c.height, c.width, ...pen.getImageData(0, 0, c.width, c.height).data];
                }"""
            )
            return np.array(flat[2:]).reshape(*flat[:2], 4)[..., :3]

        def wanted(code, rounded=rounded):
            x = np.clip(rounded(code[None].astype("float32")), 0, 1)[0]
            return np.broadcast_to(255 * x, (*x.shape[:2], 3))

        first = shown()
        assert np.abs(first - wanted(codes[0] + 0.5 * directions[1])).max() < 0.51
        page.keyboard.press("Tab")
        for _ in range(8):
            page.keyboard.press("ArrowRight")  # by 2 / 40 each
        moved = codes[0] + 0.4 * directions[0] + 0.5 * directions[1]
        assert np.abs(shown() - wanted(moved)).max() < 0.51
        assert np.abs(shown() - first).max() > 1
        page.get_by_role("button", name="Another face").click()
        moved = codes[1] + 0.4 * directions[0] + 0.5 * directions[1]
        assert np.abs(shown() - wanted(moved)).max() < 0.51
        page.get_by_role("slider", name="left & right").fill("-1")
        label = page.get_by_role("img").get_attribute("aria-label")
        assert "picture 2 of 2" in label and "left & right -1.00" in label
        page.get_by_role("button", name="Sliders back").click()
        assert np.abs(shown() - wanted(codes[1] + 0.5 * directions[1])).max() < 0.51
        assert "ms a picture" in page.inner_text("#speed")
        page.screenshot(path=PICTURES / "decoder-page.png")
        assert asked == [path.as_uri()] and failed == []
        context.close()


def test_a_talking_page_plays_its_pictures_to_its_sound_without_a_network(browser, tmp_path):
    """The frame shown is that of the sound's time: at the start, while it plays, at the end."""
    from course_utils.speech import RATE
    from course_utils.talking_page import talking_page
    from tests.test_talking_page import small_film

    frames, fps, sound = small_film()
    path = talking_page(frames, fps, sound, RATE, title="Host", alt="a face").save(
        tmp_path / "page.html"
    )
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text))
    page.goto(path.as_uri())

    def until(question):
        for _ in range(300):  # the page's own policy forbids wait_for_function
            if page.evaluate(question):
                return
            page.wait_for_timeout(50)
        raise AssertionError(question)

    def shown():
        return page.evaluate(
            """() => {
                const c = document.querySelector("canvas"), pen = c.getContext("2d");
                const pixels = [...pen.getImageData(0, 0, c.width, c.height).data];
                return [Number(c.dataset.frame), pixels];
            }"""
        )

    until("document.querySelector('canvas').dataset.frame === '0'")
    length = page.evaluate("document.querySelector('audio').duration")
    assert abs(length - len(frames) / fps) <= 1 / fps
    page.evaluate("document.querySelector('audio').muted = true")
    page.evaluate("document.querySelector('audio').play()")
    until("Number(document.querySelector('canvas').dataset.frame) >= 4")
    seen = page.evaluate(
        """[document.querySelector('canvas').dataset.frame,
            document.querySelector('audio').currentTime]"""
    )
    assert abs(int(seen[0]) - seen[1] * fps) < 3
    until("document.querySelector('audio').ended")
    until("document.querySelector('canvas').dataset.frame === '18'")
    frame, pixels = shown()
    last = np.array(pixels).reshape(6, 4, 4)[..., :3]
    assert frame == 18 and np.abs(last - 255 * frames[18]).max() < 0.51
    assert page.get_by_text("generated", exact=True).is_visible()
    page.screenshot(path=PICTURES / "talking-page.png")
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == [] and failed == []
    context.close()


def test_a_page_of_inspection_shows_every_picture_in_light_and_dark_without_a_network(
    browser, tmp_path
):
    """And says the numbers that were measured."""
    from course_utils.inspection import inspect_parts
    from course_utils.inspection_folder import read_inspection_folder
    from course_utils.inspection_report import inspection_page
    from course_utils.parts import write_parts

    folder = write_parts(tmp_path / "plate", "plate", n=16)
    found = inspect_parts(read_inspection_folder(folder))
    path = inspection_page(found).save(tmp_path / "page.html")
    for scheme in ("light", "dark"):
        context = browser.new_context(offline=True, color_scheme=scheme)
        page = context.new_page()
        asked, failed = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("pageerror", lambda error, failed=failed: failed.append(str(error)))
        page.on("console", lambda message, failed=failed: failed.append(message.text))
        page.goto(path.as_uri())
        images = page.get_by_role("img")
        assert images.count() == 2 * len(found.folder.test) == 64
        sizes = page.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth])")
        assert sizes == [[True, 96]] * 64
        assert [one for one in asked if not one.startswith("data:")] == [path.as_uri()]
        assert failed == []
        row = page.get_by_role("row", name="image AUROC")
        assert float(row.get_by_role("cell").inner_text()) == round(
            found.measures["image AUROC"], 3
        )
        assert page.locator("li.alarm").count() == found.alarms.sum()
        first = page.locator("li").first
        highest = found.folder.names_test[int(np.argmax(found.scores))]
        assert first.locator("h3").inner_text() == highest
        assert "Its heat map" in first.get_by_role("img").last.get_attribute("alt")
        colors = page.evaluate(
            "['color', 'backgroundColor'].map(k => getComputedStyle(document.body)[k])"
        )
        light = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors]
        assert (light[0] < light[1]) == (scheme == "light") and abs(light[0] - light[1]) > 400
        page.screenshot(path=PICTURES / f"inspection-{scheme}.png")
        context.close()
