"""Train the judge of generated characters and write its weights, ``data/character_classifier.npz``.

    python data/make_character_classifier.py

It sees the 2,400 training characters of ``load_characters("pixel-art", 16)``, with a little noise.
The 300 validation and 300 test characters only score it.
"""

import io
import time

import keras
import numpy as np

from course_utils import character_judge as judge
from course_utils.data import load_characters
from course_utils.paths import data_dir, write_atomically
from course_utils.training import ProgressBar, set_seed

EPOCHS, BATCH, SEED = 25, 64, 5


def main() -> None:
    """Train, score, write."""
    set_seed(SEED)
    characters = load_characters("pixel-art", 16)
    model = judge.build_character_classifier()
    images = keras.Input((judge.SIZE, judge.SIZE, 3))
    outputs = model(keras.layers.GaussianNoise(0.03)(images))
    trainer = keras.Model(images, {name: outputs[name] for name in judge.VALUES})
    steps = EPOCHS * -(-len(characters.x_train) // BATCH)
    trainer.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        {n: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for n in judge.VALUES},
        steps_per_execution=10,
    )
    start = time.perf_counter()
    trainer.fit(
        characters.x_train, judge.factor_numbers(characters.factors_train), batch_size=BATCH,
        epochs=EPOCHS, verbose=0, callbacks=[ProgressBar("character classifier")],
    )  # fmt: skip
    seconds = time.perf_counter() - start
    for part in ("val", "test"):
        found = model.predict(getattr(characters, f"x_{part}"), verbose=0)
        numbers = judge.factor_numbers(getattr(characters, f"factors_{part}"))
        right = {n: np.mean(found[n].argmax(1) == numbers[n]).round(3) for n in judge.VALUES}
        print(f"{part}: accuracy {right}")
    buffer = io.BytesIO()
    weights = {f"w{i:02d}": w.astype("float16") for i, w in enumerate(model.get_weights())}
    np.savez_compressed(buffer, **weights)
    write_atomically(data_dir() / judge.FILE, buffer.getvalue())
    print(
        f"{len(buffer.getvalue()) / 1e3:.0f} kB, {model.count_params():,} weights, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
