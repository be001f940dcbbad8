"""Puppets, babble, and the page that plays pictures to a sound."""

import base64
import html
import io
import json
import re
import wave

import numpy as np
import pytest
from PIL import Image

from course_utils.content_credentials import read_credentials
from course_utils.puppets import draw_poses, load_puppets
from course_utils.speech import RATE, babble, read_wav, wav_bytes
from course_utils.talking_page import sprite_sheet, talking_page


def small_film(n=19, fps=10):
    """Frames that all differ, and a sound as long."""
    rng = np.random.default_rng(0)
    frames = rng.random((n, 6, 4, 3))
    return frames, fps, babble(n / fps, seed=1)


def parts_of(text: str) -> tuple[dict, bytes, wave.Wave_read]:
    """The film's numbers, its sheet (PNG) and its sound, out of a page's text."""
    film = json.loads(re.search(r'type="application/json">(.+?)</script>', text)[1])
    data = base64.b64decode(re.search(r"data:audio/wav;base64,(.+?)\"", text)[1])
    return film, base64.b64decode(film["sheet"]), wave.open(io.BytesIO(data))


def check_shown_film(result) -> None:
    """What lesson 62 shows, also in quick mode: a film as long as its sound, in which all moves."""
    shown = [
        output["data"]["text/html"]
        for cell in result.notebook.cells
        for output in cell.get("outputs", [])
        if 'title="A virtual host"' in output.get("data", {}).get("text/html", "")
    ]
    assert len(shown) == 1
    text = html.unescape(re.search(r'srcdoc="(.+?)"></iframe>', shown[0], re.DOTALL)[1])
    film, sheet, sound = parts_of(text)
    seconds = sound.getnframes() / sound.getframerate()
    assert abs(film["frames"] / film["fps"] - seconds) <= 1 / film["fps"]
    values = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    assert np.abs(values).max() > 3000, "the film is silent"
    pixels = np.asarray(Image.open(io.BytesIO(sheet))).astype(int)
    rows = pixels.reshape(-1, 32, film["columns"], 32, 3).swapaxes(1, 2)
    frames = rows.reshape(-1, 32, 32, 3)[: film["frames"]]
    moving = np.abs(np.diff(frames, axis=0)).max(axis=(1, 2, 3)) > 0
    assert moving.mean() > 0.9
    assert read_credentials(sheet)[0] == "Valid" and ">generated</span>" in text


def test_a_page_holds_film_sound_label_and_credentials(tmp_path):
    frames, fps, sound = small_film()
    made = talking_page(frames, fps, sound, RATE, title="A <host>", alt='says "a"', note="R & D")
    text = made.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|@import|fetch\(|href=", text)
    assert "default-src 'none'" in text and "<title>A &lt;host&gt;</title>" in text
    assert ">generated</span>" in text and "says &quot;a&quot;" in text and "R &amp; D" in text
    film, sheet, file = parts_of(text)
    assert (film["frames"], film["fps"]) == (19, 10)
    assert read_credentials(sheet)[0] == "Valid" and sheet == made.sheet
    pixels = np.asarray(Image.open(io.BytesIO(sheet)))
    assert pixels.shape == (12, 64, 3)
    np.testing.assert_array_equal(pixels[6:, 8:12], np.rint(255 * frames[18]))
    assert abs(file.getnframes() / file.getframerate() - film["frames"] / fps) <= 1 / fps
    shown = made._repr_mimebundle_()["text/html"]
    assert shown.startswith("<iframe") and 'sandbox="allow-scripts"' in shown


def test_a_film_of_another_length_and_one_without_label_are_refused():
    frames, fps, sound = small_film()
    with pytest.raises(ValueError, match="not equally long: 1.60 s of pictures, 1.90 s of sound"):
        talking_page(frames[:16], fps, sound, RATE, title="t", alt="a")
    with pytest.raises(ValueError, match="needs its label"):
        talking_page(frames, fps, sound, RATE, title="t", alt="a", label=" ")
    talking_page(frames[:18], fps, sound, RATE, title="t", alt="a")  # one frame less is no fault


def test_a_sheet_has_sixteen_pictures_in_a_row():
    sheet = np.asarray(Image.open(io.BytesIO(sprite_sheet(np.ones((16, 2, 3, 3))))))
    assert sheet.shape == (2, 48, 3) and sheet.min() == 255


def test_babble_repeats_is_as_long_as_asked_and_has_pauses():
    first = babble(2.5, seed=3)
    np.testing.assert_array_equal(first, babble(2.5, seed=3))
    assert first.shape == (40_000,) and first.dtype == np.float32
    assert 0.3 < np.abs(first).max() <= 0.9
    loud = np.sqrt(np.mean(babble(8, seed=0).reshape(-1, 640) ** 2, axis=1))
    assert loud.min() < 0.05 * loud.max()


def test_wav_files_come_back_and_others_are_named(tmp_path):
    sound = babble(0.3)
    (tmp_path / "a.wav").write_bytes(wav_bytes(sound))
    again, rate = read_wav(tmp_path / "a.wav")
    assert rate == RATE and np.abs(again - sound).max() < 1e-4
    from scipy.io import wavfile

    stereo = np.stack([np.full(50, 200), np.full(50, 56)], axis=1).astype("uint8")
    wavfile.write(tmp_path / "b.wav", 8000, stereo)
    again, rate = read_wav(tmp_path / "b.wav")
    assert rate == 8000 and again.shape == (50,) and np.abs(again).max() < 1e-6
    (tmp_path / "c.wav").write_bytes(b"no sound at all")
    with pytest.raises(ValueError, match="cannot be read as a WAV file"):
        read_wav(tmp_path / "c.wav")


def test_puppets_do_what_their_poses_say():
    faces = np.full((5, 48, 48, 3), 0.8, "float32")
    pose = np.array([[0, 0, 0], [1, 0, 0], [0.5, 0, 0], [0, 1, 0], [0, 0, 1]], "float32")
    still, wide, half, closed, tilted = draw_poses(faces, pose)
    dark = [np.sum(x.mean(axis=-1) < 0.3) for x in (still, half, wide)]
    assert dark[0] < 5 < dark[1] < dark[2]
    assert still.shape == (32, 32, 3) and still.dtype == np.float32
    assert np.abs(closed - still)[:18].max() > 0.2 and np.abs(closed - still)[18:].max() == 0
    rows = np.arange(32)[:, None] * (still[..., 1] - tilted[..., 1] < -0.02)
    assert rows.max() > 0  # the mouth's line left its row


def test_puppets_keep_characters_apart_and_wear_no_glasses():
    one = load_puppets(n=60, poses=2)
    assert len(one.x_train) == len(one.pose_train) == len(one.colours_train)
    assert one.pose_train.min(axis=0)[2] < 0 and one.pose_train[:, :2].min() >= 0
    assert np.abs(one.pose_train).max() <= 1 and 0 <= one.colours_train.min() <= 1
    twice = one.colours_train.reshape(-1, 2, 2)
    np.testing.assert_array_equal(twice[:, 0], twice[:, 1])  # two poses of each
    assert len(load_puppets(n=60, poses=1).x_test) * 2 == len(one.x_test)
