#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0 (CPU), keras/src/backend/tensorflow/trainer.py and optimizers/base_optimizer.py.
#
# Guess: a model's train_step is traced once by fit, with one batch shape.
# Behaviour: a custom train_step that calls optimizer.apply is traced twice if the optimizer has no variables yet: they
# are made in the first trace, and tf.function traces once more after that. optimizer.build(variables) before fit makes
# it one. For a small network most of the seconds before the first step are tracing, so this is half of them.
#
# Output seen:
#   fresh optimizer: traced 2 times
#   optimizer built before: traced 1 time
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 tensorflow-cpu==2.21.0
cat > "$work/try.py" <<'PY'
import keras
import numpy as np
import tensorflow as tf


class Model(keras.Model):
    traced = 0

    def __init__(self):
        super().__init__()
        self.layer = keras.layers.Dense(3)
        self.layer.build((None, 4))

    def train_step(self, x):
        self.traced += 1  # Python code: it runs while a graph is made
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.layer(x) ** 2)
        variables = self.layer.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return {"loss": loss}


def count(build: bool) -> int:
    model = Model()
    model.compile(keras.optimizers.Adam(), jit_compile=False)
    if build:
        model.optimizer.build(model.layer.trainable_variables)
    model.fit(np.ones((32, 4), "float32"), batch_size=8, verbose=0)
    return model.traced


found = count(False), count(True)
print(f"fresh optimizer: traced {found[0]} times")
print(f"optimizer built before: traced {found[1]} time")
assert found == (2, 1), found
PY
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" "$work/try.py" 2>/dev/null
