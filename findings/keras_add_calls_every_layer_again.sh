#!/usr/bin/env bash
# Keras 3.15.1 on TensorFlow 2.21.0 (CPU), keras/src/models/sequential.py: Sequential.add, _maybe_rebuild.
#
# Guess: once the input is known, `add` calls the new layer alone on the output of those before; 40 layers are called 40 times, as by
# a list, and take as long.
# Behaviour: `add` builds the functional model anew from the first layer: 40 layers are called 820 times, and each layer keeps a node for
# every call. A list calls each layer once. `add(layer, rebuild=False)`, which the docstring does not name, does so, too.
#
# Output seen (the seconds are the machine's, the counts are not):
#   calls by list 40, by add 820, by add without rebuilding 40
#   nodes of the first layer: 1 40 1
#   seconds by add over seconds by list: 21
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.3.5
cat > "$work/calls.py" <<'END'
import time

import keras

N, calls = 40, 0


class Counted(keras.layers.Layer):
    def call(self, x):
        return x

    def compute_output_spec(self, x):
        global calls
        calls += 1
        return keras.KerasTensor(x.shape)


def by_list(layers):
    keras.Sequential([keras.Input((4,)), *layers])


def by_add(layers, **options):
    model = keras.Sequential([keras.Input((4,))])
    for layer in layers:
        model.add(layer, **options)
    if options:
        model.build((None, 4))


counts, nodes, seconds = [], [], []
for way in (by_list, by_add, lambda layers: by_add(layers, rebuild=False)):
    layers, calls, start = [Counted() for _ in range(N)], 0, time.perf_counter()
    way(layers)
    seconds.append(time.perf_counter() - start)
    counts.append(calls)
    nodes.append(len(layers[0]._inbound_nodes))
print("calls by list {}, by add {}, by add without rebuilding {}".format(*counts))
print("nodes of the first layer:", *nodes)
print(f"seconds by add over seconds by list: {seconds[1] / seconds[0]:.0f}")
assert counts == [N, N * (N + 1) // 2, N], counts
END
"$work/venv/bin/python" "$work/calls.py"
