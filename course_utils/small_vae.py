"""A small dense VAE for pictures, where a lesson needs one; lesson 31 teaches it."""

import numpy as np

from course_utils.session import keras
from course_utils.training import fit, set_seed

LATENT_DIM = 32
WIDTH = 256


class SmallVAE(keras.Model):
    """Encoder and decoder with a hidden layer each; a called model copies without noise.

    Args:
        shape: of a picture, ``(height, width, channels)``; values in [0, 1].
        latent_dim: of the codes.
        noise: standard deviation of a pixel, given its code.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = LATENT_DIM, noise: float = 0.2):
        super().__init__()
        layers = keras.layers
        self.noise = noise
        self.encoder = keras.Sequential(
            [
                keras.Input(shape),
                layers.Flatten(),
                layers.Dense(WIDTH, "gelu"),
                layers.Dense(2 * latent_dim),
            ]
        )
        self.decoder = keras.Sequential(
            [
                keras.Input((latent_dim,)),
                layers.Dense(WIDTH, "gelu"),
                layers.Dense(int(np.prod(shape))),
                layers.Reshape(shape),
            ]
        )

    def call(self, x, training=False):
        """Copies of pictures ``(n, *shape)``; in training from a sample of the posterior."""
        ops = keras.ops
        mean, log_var = ops.split(self.encoder(x), 2, axis=1)
        if training:
            mean_loss = ops.square(mean) + ops.exp(log_var) - 1 - log_var
            self.add_loss(ops.mean(ops.sum(mean_loss, axis=1)) / 2)
            mean = mean + ops.exp(log_var / 2) * keras.random.normal(ops.shape(mean))
        return self.decoder(mean)

    def log_likelihood_loss(self, x, copy):
        """Squared error of each picture over 2 noise², without the constant."""
        axes = tuple(range(1, len(x.shape)))
        return keras.ops.sum(keras.ops.square(x - copy), axis=axes) / (2 * self.noise**2)


def train_vae(
    pictures: np.ndarray,
    steps: int,
    seed: int = 0,
    noise: float = 0.2,
    latent_dim: int = LATENT_DIM,
) -> SmallVAE:
    """A new VAE after about so many steps of 50 pictures (or of all, if there are fewer).

    Its biases start so that the mean picture has the code 0 and the code 0 gives the mean picture.
    (Else 1,500 steps leave the codes off centre, and what the prior draws is far too dark.)

    Args:
        pictures: ``(n, height, width, channels)`` in [0, 1].
        steps: at least one epoch is trained.
        seed: of weights, batches and noise.
        noise: see :class:`SmallVAE`.
        latent_dim: likewise.
    """
    set_seed(seed)
    vae = SmallVAE(pictures.shape[1:], latent_dim, noise)
    mean = pictures.reshape(len(pictures), -1).mean(axis=0)
    first, last = vae.encoder.layers[1], vae.decoder.layers[-2]
    first.bias.assign(-mean @ first.kernel.numpy())
    last.bias.assign(mean)
    a_pass = -(-len(pictures) // 50)  # an epoch has its own cost: one of few pictures is repeated
    repeats = max(1, min(50, steps) // a_pass)
    shown = np.concatenate([pictures] * repeats)
    epochs = max(1, round(steps / -(-len(shown) // 50)))
    fit(
        vae, shown, shown, epochs=epochs, batch_size=50, learning_rate=2e-3,
        loss=vae.log_likelihood_loss, title="VAE",
    )  # fmt: skip
    return vae
