"""Train the judge of generated characters and write its weights, ``data/character_classifier.npz``.

    python data/make_character_classifier.py

It sees the 2,400 training characters of ``load_characters("pixel-art", 16)`` as they are, with
noise, blurred, and each mixed with another one. Validation and test characters only score it.
"""

import io
import time

import keras
import numpy as np
from scipy.ndimage import gaussian_filter

from course_utils import character_judge as judge
from course_utils.data import load_characters
from course_utils.paths import data_dir, write_atomically
from course_utils.training import ProgressBar, set_seed

EPOCHS, BATCH, SEED = 10, 64, 5


def spoil(x: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The pictures in the four ways of ``judge.SPOILT``."""
    amount = rng.uniform(0.05, 0.25, (len(x), 1, 1, 1))
    share = rng.uniform(0.25, 0.75, (len(x), 1, 1, 1))
    noisy = x + amount * rng.normal(size=x.shape)
    blurred = gaussian_filter(x, (0, 0.6, 0.6, 0))
    mixed = share * x + (1 - share) * x[rng.permutation(len(x))]
    return [np.clip(one, 0, 1).astype("float32") for one in (x, noisy, blurred, mixed)]


def rows_of(x: np.ndarray, factors, rng) -> tuple[np.ndarray, dict, dict]:
    """Pictures, targets and weights; the factors of a mixture do not count."""
    numbers, n = judge.factor_numbers(factors), len(x)
    targets = {name: np.tile(one, 4) for name, one in numbers.items()}
    clear = np.repeat([1.0, 1.0, 1.0, 0.0], n)
    weights = dict.fromkeys(numbers, clear) | {"spoilt": np.ones(4 * n)}
    return np.concatenate(spoil(x, rng)), targets | {"spoilt": np.repeat(range(4), n)}, weights


def main() -> None:
    """Train, score, write."""
    set_seed(SEED)
    rng = np.random.default_rng(SEED)
    characters = load_characters("pixel-art", 16)
    model = judge.build_character_classifier()
    heads = [name for name in model.output if name != "features"]
    trainer = keras.Model(model.input, {name: model.output[name] for name in heads})
    x, targets, weights = rows_of(characters.x_train, characters.factors_train, rng)
    steps = EPOCHS * -(-len(x) // BATCH)
    trainer.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        {n: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for n in heads},
        steps_per_execution=10,
    )
    start = time.perf_counter()
    trainer.fit(
        x, targets, sample_weight=weights, batch_size=BATCH, epochs=EPOCHS, verbose=0,
        callbacks=[ProgressBar("character classifier")],
    )  # fmt: skip
    seconds = time.perf_counter() - start
    for part in ("val", "test"):
        x, targets, weights = rows_of(
            getattr(characters, f"x_{part}"), getattr(characters, f"factors_{part}"), rng
        )
        found = model.predict(x, verbose=0)
        for name in heads:
            right = (found[name].argmax(1) == targets[name])[weights[name] > 0]
            clean = right[: len(x) // 4]
            print(f"{part}, {name}: {right.mean():.3f} right, of clean ones {clean.mean():.3f}")
    buffer = io.BytesIO()
    weights = {f"w{i:02d}": w.astype("float16") for i, w in enumerate(model.get_weights())}
    np.savez_compressed(buffer, **weights)
    write_atomically(data_dir() / judge.FILE, buffer.getvalue())
    print(
        f"{len(buffer.getvalue()) / 1e3:.0f} kB, {model.count_params():,} weights, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
