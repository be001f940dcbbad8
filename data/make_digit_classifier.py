"""Train the digit classifier of the course and write its weights, ``data/digit_classifier.npz``.

    python data/make_digit_classifier.py

It sees the 4,000 training digits of ``load_digits()``, turned, shifted and scaled a little anew in
every epoch. The 500 validation and 500 test digits only score it.
"""

import io
import time

import keras
import numpy as np

from course_utils import classifier
from course_utils.data import load_digits
from course_utils.paths import data_dir, write_atomically
from course_utils.training import ProgressBar, set_seed

EPOCHS, BATCH, SEED = 40, 64, 5


def main() -> None:
    """Train, score, write."""
    set_seed(SEED)
    digits = load_digits()
    layers = keras.layers
    distort = keras.Sequential(
        [
            layers.Reshape((28, 28, 1)),
            layers.RandomRotation(0.035, fill_mode="constant"),
            layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),
            layers.RandomZoom(0.12, 0.12, fill_mode="constant"),
            layers.Reshape((28, 28)),
        ]
    )
    model = classifier.build_classifier()
    images = keras.Input((28, 28))
    trainer = keras.Model(images, model(distort(images))[1])
    steps = EPOCHS * -(-len(digits.x_train) // BATCH)
    trainer.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps), beta_2=0.99),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=10,
    )
    start = time.perf_counter()
    trainer.fit(
        digits.x_train, digits.y_train, batch_size=BATCH, epochs=EPOCHS, verbose=0,
        callbacks=[ProgressBar("digit classifier")],
    )  # fmt: skip
    seconds = time.perf_counter() - start
    for part in ("val", "test"):
        x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
        logits = np.asarray(model(x, training=False)[1])
        print(f"{part}: accuracy {np.mean(logits.argmax(1) == y):.3f}")
    buffer = io.BytesIO()
    weights = {f"w{i:02d}": np.asarray(w) for i, w in enumerate(model.get_weights())}
    np.savez_compressed(buffer, **weights)
    write_atomically(data_dir() / classifier.FILE, buffer.getvalue())
    print(
        f"{len(buffer.getvalue()) / 1e3:.0f} kB, {model.count_params():,} weights, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
