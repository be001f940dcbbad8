"""The demonstration of lesson 61, made by its notebook: a sheet, and a page with sliders."""

import numpy as np
import pytest
from PIL import Image

from course_utils.authoring import run
from tests.bank import ROOT
from tests.test_browser import CHROMIUM, REQUIRED, browser  # noqa: F401

LESSON = ROOT / "solutions" / "61_anime_faces" / "61_anime_faces.ipynb"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder that a quick run fills."""
    home = tmp_path_factory.mktemp("home")
    run.run_notebook(LESSON, more_env={"COURSE_HOME": str(home)})
    return home / "characters"


@pytest.mark.xdist_group("anime_faces")
def test_the_sheet_holds_sixteen_different_pictures(made):
    with Image.open(made / "sheet.png") as image:
        sheet = np.asarray(image)
    assert sheet.shape == (4 * 102 + 6, 4 * 102 + 6, 3) and sheet.dtype == np.uint8
    faces = {
        sheet[6 + 102 * i : 102 + 102 * i, 6 + 102 * j : 102 + 102 * j].tobytes()
        for i in range(4)
        for j in range(4)
    }
    assert len(faces) == 16
    assert (sheet[:6] == 255).all() and (sheet[:, -6:] == 255).all()


@pytest.mark.xdist_group("anime_faces")
@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="no Chromium on this machine")
def test_every_slider_of_the_page_changes_the_picture_without_a_network(made, browser):  # noqa: F811
    context = browser.new_context(offline=True)
    page, failed = context.new_page(), []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto((made / "sliders.html").as_uri())

    def shown():
        flat = page.evaluate(
            """() => {
                const c = document.querySelector("canvas");
                return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data];
            }"""
        )
        return np.array(flat).reshape(32, 32, 4)[..., :3]

    first = shown()
    assert first.std() > 5
    for slider in page.get_by_role("slider").all():
        before = shown()
        slider.fill(slider.get_attribute("max"))
        assert np.abs(shown() - before).max() > 3, slider.get_attribute("max")
    page.get_by_role("button", name="Sliders back").click()
    assert (shown() == first).all() and failed == []
    page.get_by_role("button", name="Another face").click()
    assert np.abs(shown() - first).max() > 3
    context.close()
