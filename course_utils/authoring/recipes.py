"""Well-known public recipes, typed anew from their pages with their own hyper-parameters.

The super-resolution, VQ-VAE and masked-autoencoder examples of keras.io (X. Long 2020; S. Paul
2021; A. R. Gosthipaty and S. Paul 2021), the convolutional autoencoder of *Hands-On Machine
Learning* (A. Géron, third edition, chapter 17) and the VAE of *Deep Learning with Python* (F.
Chollet, second edition, chapter 12). Each takes its data from the names of a lesson; beside it
stands the held-out error by which the lesson's network and the recipe's are measured alike.
"""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_utils.training import budget, predict


@dataclass
class Recipe:
    """What a page says: a model and how it is trained."""

    model: keras.Model
    x: np.ndarray
    y: np.ndarray | None
    epochs: int
    batch_size: int
    optimizer: keras.Optimizer
    loss: str | None = None


def super_resolution(names: dict) -> Recipe:
    """Sub-pixel network: crops of 300 pixels, batches of 4, 50 epochs."""
    model = keras.Sequential([keras.Input((None, None, 1))])
    for filters, size in ((64, 5), (64, 3), (32, 3), (4, 3)):
        model.add(
            layers.Conv2D(
                filters, size, padding="same", activation="relu", kernel_initializer="orthogonal"
            )
        )
    pictures = [one[:300, :300] for one in names["photos"].train.values()]
    crops = [one for x in pictures for one in (x, x.T, x[::-1], x[:, ::-1])]
    low = np.stack([names["shrink"](x) for x in crops])[..., None]
    high = names["space_to_depth"](np.stack(crops), 2)  # the same pixels as after depth-to-space
    return Recipe(
        model, low, high, budget(50, 1), 4, loss="mse", optimizer=keras.optimizers.Adam(1e-3)
    )


def enlarging_error(names: dict, model) -> float:
    """Mean squared error on the held-out photographs, two pixels at the border left out."""
    errors = []
    for truth in names["photos"].test.values():
        low = names["shrink"](truth)
        if model.layers[0].padding == "valid":  # the lesson's
            made = names["enlarge"](model, low)
        else:
            made = names["depth_to_space"](predict(model, low[None, :, :, None]), 2)[0].clip(0, 1)
        errors.append(np.mean((made - truth)[2:-2, 2:-2] ** 2))
    return float(np.mean(errors))


class PublicVQVAE(keras.Model):
    """16 dimensions, 128 codes (seven bits each, where the lesson has six)."""

    def __init__(self, variance: float):
        super().__init__()
        conv = {"activation": "relu", "strides": 2, "padding": "same"}
        self.encoder = keras.Sequential([
            keras.Input((16, 16, 3)), layers.Conv2D(32, 3, **conv), layers.Conv2D(64, 3, **conv),
            layers.Conv2D(16, 1, padding="same"),
        ])  # fmt: skip
        self.decoder = keras.Sequential([
            keras.Input((4, 4, 16)), layers.Conv2DTranspose(64, 3, **conv),
            layers.Conv2DTranspose(32, 3, **conv), layers.Conv2DTranspose(3, 3, padding="same"),
        ])  # fmt: skip
        uniform = keras.initializers.RandomUniform(-0.05, 0.05)
        self.codebook = self.add_weight(shape=(128, 16), initializer=uniform)
        self.variance = variance

    def nearest_rows(self, z):
        """The nearest rows of the codebook."""
        far = ops.sum(z**2, axis=-1, keepdims=True) + ops.sum(self.codebook**2, axis=1)
        codes = ops.argmin(far - 2 * ops.matmul(z, ops.transpose(self.codebook)), axis=-1)
        return ops.take(self.codebook, codes, axis=0)

    def call(self, x):  # noqa: D102 named by Keras
        return self.decoder(self.nearest_rows(self.encoder(x)))

    def train_step(self, x):  # noqa: D102 named by Keras
        with tf.GradientTape() as tape:
            z = self.encoder(x, training=True)
            e = self.nearest_rows(z)
            copies = self.decoder(z + ops.stop_gradient(e - z), training=True)
            loss = ops.mean((x - copies) ** 2) / self.variance
            loss += 0.25 * ops.mean((ops.stop_gradient(e) - z) ** 2)
            loss += ops.mean((e - ops.stop_gradient(z)) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def discrete(names: dict) -> Recipe:
    """VQ-VAE: pictures minus 0.5, batches of 128, 30 epochs."""
    x = names["x_train"]
    model = PublicVQVAE(float(np.var(x)))
    return Recipe(model, x - 0.5, None, budget(30, 1), 128, optimizer=keras.optimizers.Adam())


def quantised_error(names: dict, model) -> float:
    """Mean squared error of coded and decoded pictures of the test."""
    if isinstance(model, PublicVQVAE):
        copies = (predict(model, names["x_test"] - 0.5) + 0.5).clip(0, 1)
    elif model.quantised:
        copies = names["copy"](model, names["x_test"])
    else:
        return np.inf  # no codes yet
    return names["mean_error"](copies)


def convolutional(names: dict) -> Recipe:
    """Convolutional autoencoder with 30 numbers: Nadam, squared error, batches of 32, 10 epochs."""
    conv = {"padding": "same", "activation": "relu"}
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters, 3, **conv))
        model.add(layers.MaxPool2D(2))
    model.add(layers.Conv2D(30, 3, **conv))
    model.add(layers.GlobalAvgPool2D())
    model.add(layers.Dense(144))
    model.add(layers.Reshape((3, 3, 16)))
    model.add(layers.Conv2DTranspose(32, 3, strides=2, activation="relu"))
    model.add(layers.Conv2DTranspose(16, 3, strides=2, **conv))
    model.add(layers.Conv2DTranspose(1, 3, strides=2, padding="same"))
    x = names["x_train"][..., None]
    return Recipe(model, x, x, budget(10, 1), 32, loss="mse", optimizer=keras.optimizers.Nadam())


def copying_error(names: dict, model) -> float:
    """Mean squared error of copies of the test digits."""
    copies = predict(model, names["x_test"][..., None])[..., 0]
    return float(np.mean((copies - names["x_test"]) ** 2))


class PublicVAE(keras.Model):
    """Two latent dimensions, binary cross-entropy summed over pixels."""

    def __init__(self):
        super().__init__()
        conv = {"activation": "relu", "strides": 2, "padding": "same"}
        self.encoder = keras.Sequential([
            keras.Input((28, 28, 1)), layers.Conv2D(32, 3, **conv), layers.Conv2D(64, 3, **conv),
            layers.Flatten(), layers.Dense(16, activation="relu"), layers.Dense(4),
        ])  # fmt: skip
        self.decoder = keras.Sequential([
            keras.Input((2,)), layers.Dense(7 * 7 * 64, activation="relu"),
            layers.Reshape((7, 7, 64)), layers.Conv2DTranspose(64, 3, **conv),
            layers.Conv2DTranspose(32, 3, **conv), layers.Conv2D(1, 3, padding="same"),
        ])  # fmt: skip

    def bound(self, x):
        """Of pictures (n, 784), in nats, (n,)."""
        mean, log_var = ops.split(self.encoder(ops.reshape(x, (-1, 28, 28, 1))), 2, axis=1)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))
        logits = ops.reshape(self.decoder(z), (-1, 784))
        nats = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
        kl = -0.5 * ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=1)
        return ops.sum(nats, axis=1) + kl

    def train_step(self, x):  # noqa: D102 named by Keras
        with tf.GradientTape() as tape:
            loss = ops.mean(self.bound(x))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def vae(names: dict) -> Recipe:
    """VAE: Adam, batches of 128, 30 epochs."""
    x = names["x_train"].astype("float32")
    return Recipe(PublicVAE(), x, None, budget(30, 1), 128, optimizer=keras.optimizers.Adam())


def negative_elbo_error(names: dict, model) -> float:
    """Mean negative ELBO of the test digits in nats, ten samples each."""
    x = names["x_test"].astype("float32")
    if isinstance(model, PublicVAE):
        return float(np.mean([np.mean(model.bound(x)) for _ in range(10)]))
    mean, log_var = model.encode(x)
    bounds = []
    for _ in range(10):
        first, second = model.terms(x, model.decoder(model.sample(mean, log_var)), mean, log_var)
        bounds.append(np.mean(second) - np.mean(first))
    return float(np.mean(bounds))


class PublicMAE(keras.Model):
    """Encoder of three blocks with 128 numbers a token, decoder of one block with 64."""

    def __init__(self, count: int = 16, pixels: int = 36):
        super().__init__()
        self.count, self.keep = count, count // 4
        self.embed, self.shrink = layers.Dense(128), layers.Dense(64)
        self.places = self.add_weight(shape=(count, 128), initializer="uniform")
        self.token = self.add_weight(shape=(1, pixels), initializer="random_normal")
        self.encoder = _transformer(self.keep, 128, blocks=3)
        self.decoder = _transformer(count, 64, blocks=1)
        self.draw = layers.Dense(count * pixels, activation="sigmoid")

    def call(self, inputs, training=False):  # noqa: D102 named by Keras
        patches, visible, masked = inputs
        places = ops.take(self.places, visible, axis=0)
        seen = self.embed(ops.take_along_axis(patches, visible[:, :, None], axis=1)) + places
        hidden = self.embed(self.token) + ops.take(self.places, masked, axis=0)
        tokens = [self.encoder(seen, training=training) + places, hidden]
        x = self.decoder(self.shrink(ops.concatenate(tokens, axis=1)), training=training)
        flat = ops.reshape(x, (-1, self.count * 64))
        return ops.reshape(self.draw(flat), (-1, self.count, patches.shape[2]))

    def train_step(self, patches):  # noqa: D102 named by Keras
        noise = keras.random.uniform((ops.shape(patches)[0], self.count))
        order = ops.argsort(noise, axis=1)
        visible, masked = order[:, : self.keep], order[:, self.keep :]
        with tf.GradientTape() as tape:
            copies = self([patches, visible, masked], training=True)
            gap = ops.take_along_axis(copies - patches, masked[:, :, None], axis=1)
            loss = ops.mean(gap**2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def _transformer(tokens: int, dim: int, blocks: int) -> keras.Model:
    """Blocks with four heads as wide as a token, dropout 0.1 and GELU in both dense layers."""
    x = inputs = keras.Input((tokens, dim))
    for _ in range(blocks):
        normed = layers.LayerNormalization(epsilon=1e-6)(x)
        heads = layers.MultiHeadAttention(num_heads=4, key_dim=dim, dropout=0.1)
        x = layers.Add()([x, heads(normed, normed)])
        inner = layers.LayerNormalization(epsilon=1e-6)(x)
        for units in (2 * dim, dim):
            inner = layers.Dropout(0.1)(layers.Dense(units, activation="gelu")(inner))
        x = layers.Add()([x, inner])
    return keras.Model(inputs, layers.LayerNormalization(epsilon=1e-6)(x))


def masked(names: dict) -> Recipe:
    """Masked autoencoder: AdamW with warm-up, batches of 256, 100 epochs."""
    x, epochs = names["train"].astype("float32"), budget(100, 2)
    steps = epochs * -(-len(x) // 256)
    warm = max(1, round(0.15 * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, warmup_target=5e-3, warmup_steps=warm
    )
    adam = keras.optimizers.AdamW(rate, weight_decay=1e-4)
    return Recipe(PublicMAE(), x, None, epochs, 256, optimizer=adam)


def masked_error(names: dict, model) -> float:
    """Mean squared error of the masked patches of unseen letters, always with the same masks."""
    test = names["test"].astype("float32")
    order = np.argsort(np.random.default_rng(0).random(test.shape[:2]), axis=1)
    visible, masked = order[:, :4], order[:, 4:]
    inputs = [test, visible, masked] if isinstance(model, PublicMAE) else [test, visible]
    gaps = np.take_along_axis(predict(model, inputs) - test, masked[:, :, None], axis=1)
    return float(np.mean(gaps**2))
