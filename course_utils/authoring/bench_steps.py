"""Milliseconds for a step of lesson 42's GAN: call by call without oneDNN, by ``fit``, by XLA.

The lesson's batches hold 32 digits; before, they held 64, with lower learning rates.

Run by ``course bench``; each way in a process of its own, in turn, so that the ratios are fair.
"""

import os
import subprocess
import sys
import time
from statistics import median

import numpy as np
import pandas as pd
import tensorflow as tf

from course_utils.authoring.sources import read_lesson
from course_utils.paths import repository_root
from course_utils.session import keras

WAYS = {  # what it is, digits in a batch
    "single": ("one call a step, oneDNN off", 64),
    "fit64": ("training.fit: 16 steps a call, oneDNN", 64),
    "fit": ("the same, as the lesson does", 32),
    "xla": ("the same with XLA", 32),
}
STEPS = 128  # timed, after as many that compile and warm up
ROUNDS = 3


def _lesson() -> dict:
    """The names of lesson 42 up to an untrained GAN and its digits."""
    path = repository_root() / "solutions" / "42_dcgan" / "42_dcgan.py"
    names = {"__name__": "lesson"}
    for cell in read_lesson(path).cells:
        if cell.cell_type == "code" and cell.kind != "check":
            source = cell.source.split("\nepochs, batch_size =")[0]  # without the training
            exec(compile(source, f"{path.name}:{cell.line}", "exec"), names)
            if "new_gan" in names:
                return names
    raise RuntimeError(f"{path.name}: no cell defines new_gan")


def _single_steps(gan, real, batch_size: int):
    """A function that trains so many steps, each a call of its own whose losses are read."""
    gan.g_optimizer.build(gan.generator.trainable_variables)
    gan.d_optimizer.build(gan.discriminator.trainable_variables)
    step, images = tf.function(gan.train_step, autograph=False), tf.constant(real, "float32")
    rng = np.random.default_rng(0)

    def run(steps: int) -> None:
        for _ in range(steps):
            batch = tf.gather(images, rng.choice(len(real), batch_size, len(real) < batch_size))
            [float(loss) for loss in step(batch).values()]

    return run


def _fitted_steps(gan, real, batch_size: int, xla: bool):
    """A function that trains so many steps, 16 to a call."""
    gan.compile(keras.optimizers.Adam(), steps_per_execution=16, jit_compile=xla)
    rows = np.resize(np.arange(len(real)), batch_size * STEPS)
    return lambda steps: gan.fit(real[rows[: batch_size * steps]], batch_size=batch_size, verbose=0)


def measure(way: str) -> tuple[float, float, float]:
    """Processor and wall time of a step in ms, and seconds of a processor for the first steps."""
    names, (_, batch_size) = _lesson(), WAYS[way]
    gan, real = names["new_gan"](4e-3, 2e-3), names["real"].astype("float32")
    if way == "single":
        run = _single_steps(gan, real, batch_size)
    else:
        run = _fitted_steps(gan, real, batch_size, way == "xla")
    start = time.process_time()
    run(STEPS)
    first, cpu, wall = time.process_time() - start, time.process_time(), time.perf_counter()
    run(STEPS)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    return 1e3 * spent[0] / STEPS, 1e3 * spent[1] / STEPS, first - spent[0]


def main() -> int:
    """Print the medians over rounds; returns 0."""
    found = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way in WAYS:
            env = os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0" if way == "single" else "1"}
            command = [sys.executable, "-m", "course_utils.authoring.bench_steps", way]
            told = subprocess.run(
                command, env=env, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            found[way].append([float(word) for word in told.stdout.split()[-3:]])
    columns = ["processor ms", "wall ms", "compiling s"]
    table = pd.DataFrame(
        {way: map(median, zip(*rows, strict=True)) for way, rows in found.items()}, columns
    ).T
    for clock in ("processor", "wall"):
        table[f"steps in equal {clock} time"] = table[f"{clock} ms"].iloc[0] / table[f"{clock} ms"]
    table.index = [f"{said}; {digits} digits" for said, digits in WAYS.values()]
    print("\na step of lesson 42")
    print(table.to_string(float_format="%.2f"), flush=True)
    return 0


if __name__ == "__main__":
    print(*measure(sys.argv[1]))
