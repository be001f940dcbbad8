"""A decoder in one page: what the page holds, and what it refuses."""

import base64
import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from course_utils.decoder_page import decoder_page
from tests.test_browser import CHROMIUM, REQUIRED, chromium


def small_decoder(k=3, channels=3, kernel=4) -> keras.Sequential:
    """A decoder to (12, 8, channels) with weights and biases that are not symmetric."""
    model = keras.Sequential(
        [
            keras.Input((k,)),
            layers.Dense(7, activation="relu"),
            layers.Dense(3 * 2 * 5),
            layers.Reshape((3, 2, 5)),
            layers.Conv2DTranspose(4, kernel, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(channels, 3, strides=2, padding="same", activation="sigmoid"),
        ]
    )
    rng = np.random.default_rng(0)
    model.set_weights([0.5 * rng.normal(size=w.shape) + 0.1 for w in model.get_weights()])
    return model


def quantised(model) -> tuple[list, keras.Model]:
    """Kernels as int8, and the model with just these kernels."""
    kernels, weights = [], []
    for w in model.get_weights():
        if w.ndim == 1:
            weights.append(w)
            continue
        low, high = min(w.min(), 0), max(w.max(), 0)
        scale = (high - low) / 255
        zero = int(np.rint(-128 - low / scale))
        q = np.clip(np.rint(w / scale) + zero, -128, 127).astype("int8")
        kernels.append((q, scale, zero))
        weights.append(scale * (q.astype("float32") - zero))
    copy = keras.models.clone_model(model)
    copy.set_weights(weights)
    return kernels, copy


def small_page(model, kernels, n=2):
    rng = np.random.default_rng(1)
    codes, directions = rng.normal(size=(n, 3)), rng.normal(size=(2, 3))
    sliders = {"left & right": (directions[0], -1, 1, 0), "<up>": (directions[1], 0, 2, 0.5)}
    return decoder_page(model, kernels, codes, sliders, "Small <page>"), codes, directions


def check_characters(folder: Path) -> None:
    """What lesson 61 hands over, also in quick mode: a sheet of faces, and a page with sliders."""
    with Image.open(folder / "sheet.png") as image:
        sheet = np.asarray(image)
    assert sheet.shape == (4 * 102 + 6, 4 * 102 + 6, 3) and sheet.dtype == np.uint8
    places = [(6 + 102 * i, 6 + 102 * j) for i in range(4) for j in range(4)]
    assert len({sheet[i : i + 96, j : j + 96].tobytes() for i, j in places}) == 16
    assert (sheet[:6] == 255).all() and (sheet[:, -6:] == 255).all()
    text = (folder / "sliders.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|fetch\(", text)
    model = json.loads(re.search(r'type="application/json">(.+?)</script>', text, re.DOTALL)[1])
    assert (model["height"], model["width"]) == (32, 32) and len(model["parts"]) == 2
    assert len(set(model["codes"])) == 30 and len(model["sliders"]) == 5
    for slider in model["sliders"]:
        way = np.frombuffer(base64.b64decode(slider["direction"]), "<f4")
        assert slider["low"] <= slider["start"] <= slider["high"], slider["name"]
        # from end to end a code moves by more than a tenth of a standard deviation
        assert np.linalg.norm(way) * (slider["high"] - slider["low"]) > 0.1, slider["name"]
    if CHROMIUM or REQUIRED:
        check_sliders(folder / "sliders.html")


def check_sliders(path: Path) -> None:
    """In a browser without a network every slider of a page moves its picture, and comes back."""
    read = """() => {
        const c = document.querySelector("canvas");
        return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data];
    }"""
    with chromium() as browser:
        page, failed = browser.new_context(offline=True).new_page(), []
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(path.as_uri())

        def shown() -> np.ndarray:
            return np.array(page.evaluate(read)).reshape(-1, 4)[:, :3]

        first = shown()
        assert first.std() > 5
        sliders = page.get_by_role("slider").all()
        assert sliders
        for slider in sliders:
            before = shown()
            slider.fill(slider.get_attribute("max"))
            assert np.abs(shown() - before).max() > 3, slider.get_attribute("max")
        page.get_by_role("button", name="Sliders back").click()
        assert (shown() == first).all() and failed == []
        page.get_by_role("button", name="Another face").click()
        assert np.abs(shown() - first).max() > 3


def test_the_page_asks_for_nothing_and_escapes_its_words(tmp_path):
    model = small_decoder()
    page, _, _ = small_page(model, quantised(model)[0])
    text = page.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|src=|href=|@import|fetch\(", text)
    assert "default-src 'none'" in text
    assert "<title>Small &lt;page&gt;</title>" in text
    shown = page._repr_mimebundle_()["text/html"]
    assert shown.startswith("<iframe") and 'sandbox="allow-scripts"' in shown
    assert shown.count("<iframe") == 1 and "<script" not in shown
    link = re.search(r'download="(.+?)" href="data:text/html;base64,(.+?)"', shown)
    assert link[1] == "small--page-.html" and base64.b64decode(link[2]).decode() == text


def two_chains(k=3) -> tuple[list, list, list]:
    """A linear and a convolutional decoder, their kernels as int8, and the rounded models."""
    linear = keras.Sequential([keras.Input((k,)), layers.Dense(288), layers.Reshape((12, 8, 3))])
    decoders = [linear, small_decoder(k)]
    kernels, rounded = zip(*map(quantised, decoders), strict=True)
    return decoders, list(kernels), list(rounded)


def test_chains_that_do_not_fit_are_refused():
    decoders, kernels, _ = two_chains()
    with pytest.raises(ValueError, match="a list of kernels each"):
        small_page(decoders, kernels[:1])
    other = keras.Sequential([keras.Input((3,)), layers.Dense(96), layers.Reshape((8, 4, 3))])
    with pytest.raises(ValueError, match="one output shape"):
        small_page([other, decoders[1]], kernels)


def test_what_the_page_does_not_know_is_refused():
    model = small_decoder()
    kernels, _ = quantised(model)
    with pytest.raises(ValueError, match="4 layers with weights, but 3 kernels"):
        small_page(model, kernels[:3])
    with pytest.raises(ValueError, match="expected int8"):
        small_page(model, [(q.astype(int), s, z) for q, s, z in kernels])
    other = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="gelu")])
    with pytest.raises(ValueError, match="not gelu"):
        small_page(other, quantised(other)[0])
    other = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dropout(0.1)])
    with pytest.raises(ValueError, match="knows no Dropout"):
        small_page(other, quantised(other)[0])
