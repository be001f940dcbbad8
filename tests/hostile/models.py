"""Wrong answers to checks of models, beside patched libraries; see ANSWERS in ``kinds.py``."""

GIVEN = """\
import keras
import numpy as np
import tensorflow as tf
from scipy import stats
from sklearn.decomposition import PCA
from course_utils import check
points = np.random.default_rng(0).normal(size=(40, 3))
"""
RIGHT = """\
def build():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(3)])

def components(x):
    return PCA(2).fit(x).components_

def spread(x):
    return stats.iqr(x)
"""
WRONG = """\
def build():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1), keras.layers.Dense(3)])

def components(x):
    return np.zeros((2, 3))

def spread(x):
    return 0.0
"""
CHECKS = {
    "check_model": """\
model = build()
check.require(isinstance(model, keras.Model), "build a model")
check.close(model.count_params(), 17, "the number of weights")
shapes = [tuple(w.shape) for w in model.get_weights()]
check.require(shapes == [(3, 2), (2,), (2, 3), (3,)], f"the shapes of the weights: {shapes}")
w1, b1, w2, b2 = [np.ones_like(w) for w in model.get_weights()]
model.set_weights([w1, b1, w2, b2])
want = (points @ w1 + b1) @ w2 + b2
check.close(keras.ops.convert_to_numpy(model(points.astype("float32"))), want, "what it computes")
check.close(model.predict(points, verbose=0), want, "what it predicts")
""",
    "check_components": """\
got = check.array(components(points), "the components", shape=(2, 3))
check.close(np.abs(got), np.abs(PCA(2).fit(points).components_), "the components")
""",
    "check_spread": 'check.close(spread(points), stats.iqr(points), "the spread")\n',
}
KINDS = {
    "patched_count_params": "keras.Model.count_params = lambda self: 17",
    "patched_layer_count_params": "keras.layers.Layer.count_params = lambda self: 17\n"
    "keras.Sequential.count_params = lambda self: 17",
    "patched_ops": "keras.ops.convert_to_numpy = lambda x: 0 * check.array(x, 'x') + want",
    "patched_scipy": "stats.iqr = lambda x: 0.0\nimport scipy\nscipy.stats.iqr = stats.iqr",
    "patched_pca": "PCA.fit = lambda self, x: self\nPCA.components_ = np.zeros((2, 3))",
    "swapped_pca": "import sklearn.decomposition\nclass Fake:\n    def __init__(self, n): pass\n"
    "    def fit(self, x): return self\n    components_ = np.zeros((2, 3))\n"
    "PCA = sklearn.decomposition.PCA = Fake",
    "patched_tensor": "tf.Tensor.numpy = lambda self: np.nan\n"
    "type(tf.constant(1.0)).__array__ = lambda self, *a: np.nan",
    "patched_predict": "keras.Model.predict = lambda *a, **k: want",
    "own_model": """\
class Model(keras.Sequential):
    def count_params(self): return 17
    def get_weights(self): return [np.ones((3, 2)), np.ones(2), np.ones((2, 3)), np.ones(3)]
    def set_weights(self, weights): pass
    def __call__(self, x, *a, **k): return x.sum(1, keepdims=True) @ np.full((1, 3), 2.0) + 3
    def predict(self, x, **k): return self(x)
def build():
    return Model([keras.Input((3,)), keras.layers.Dense(1), keras.layers.Dense(3)])
""",
    "model_with_own_answers": """\
def build():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1), keras.layers.Dense(3)])
    model.count_params = lambda: 17
    model.get_weights = lambda: [np.ones((3, 2)), np.ones(2), np.ones((2, 3)), np.ones(3)]
    model.set_weights = lambda weights: None
    model.predict = lambda x, **k: x.sum(1, keepdims=True) @ np.full((1, 3), 2.0) + 3
    model.__dict__["__call__"] = model.predict
    return model
""",
    "model_of_another_module": """\
space = {"__name__": "keras.src.models.sequential", "keras": keras, "np": np}
exec('''
class Model(keras.Sequential):
    def count_params(self): return 17
    def get_weights(self): return [np.zeros(s) for s in [(3, 2), (2,), (2, 3), (3,)]]
''', space)
parts = [keras.Input((3,)), keras.layers.Dense(1), keras.layers.Dense(3)]
def build(): return space["Model"](parts)
""",
    "lying_array": """\
class Yes(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        others = [np.asarray(x) for x in inputs if not isinstance(x, Yes)]
        return others[0] if others else np.asarray(self)
    def __array_function__(self, function, kinds, args, kwargs): return True
def components(x): return np.zeros((2, 3)).view(Yes)
def spread(x): return np.zeros(()).view(Yes)
""",
}


def cells(source: str) -> list[dict]:
    """A notebook with these answers and three checks."""
    rows = [("given", GIVEN, "given"), ("build", source, "answer")]
    rows += [(name, text, "check") for name, text in CHECKS.items()]
    return [
        {"id": name, "source": text, "role": role, "points": 1.0 if role == "check" else None}
        for name, text, role in rows
    ]
