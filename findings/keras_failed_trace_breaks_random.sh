#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0 (CPU), keras/src/random/seed_generator.py, keras/src/utils/rng_utils.py.
#
# Guess: a tf.function whose tracing fails leaves no trace; corrected, it works in the same session.
# Behaviour: the generator that serves keras.random without a seed is made at its first use. If that use is in a trace
# that fails (here: a shape with None), it stays without a state, and all later uses in the session fail, corrected or
# not, with words on a variable's shape that name neither the cause nor the remedy. keras.utils.set_random_seed takes
# the generator away, so it repairs this, and makes the next use a first one again. A draw before the trace avoids it.
#
# Output seen:
#   used first in a failing trace: ValueError, ValueError (target variable)
#   after set_random_seed: works
#   used before the failing trace: ValueError, works
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 tensorflow-cpu==2.21.0
cat > "$work/try.py" <<'PY'
import keras
import tensorflow as tf


def noise(shape) -> str:
    try:
        keras.random.normal(shape)
        return "works"
    except ValueError as error:
        return "ValueError" + " (target variable)" * ("target variable" in str(error))


def trace(shape) -> str:
    function = tf.function(lambda x: x + keras.random.normal(x.shape), autograph=False)
    try:
        function.get_concrete_function(tf.TensorSpec(shape))
        return "works"
    except ValueError:
        return "ValueError"


first = trace((None, 3)), noise((2, 3))
keras.utils.set_random_seed(0)
repaired = noise((2, 3))
before = trace((None, 3)), noise((2, 3))
print("used first in a failing trace:", ", ".join(first))
print("after set_random_seed:", repaired)
print("used before the failing trace:", ", ".join(before))
assert first == ("ValueError", "ValueError (target variable)"), first
assert repaired == "works" and before == ("ValueError", "works"), (repaired, before)
PY
TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" "$work/try.py" 2>/dev/null
