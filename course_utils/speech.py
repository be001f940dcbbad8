"""A voice without words, and sounds as WAV files: what a talking character needs of sound."""

import io
import wave
from pathlib import Path

import numpy as np

RATE = 16_000  # values a second
# the first three resonances of vowels, in Hz (about those of Peterson & Barney 1952)
VOWELS = {"a": (730, 1090, 2440), "e": (530, 1840, 2480), "i": (270, 2290, 3010),
          "o": (570, 840, 2410), "u": (300, 870, 2240)}  # fmt: skip
WIDTHS = (80, 100, 140)  # of the resonances, in Hz


def babble(seconds: float = 6.0, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Syllables of random vowels with pauses, float32 in [-1, 1].

    Pulses of a falling and rising pitch go through three resonators, as in a source-filter model
    of speech; some syllables start with noise (a consonant).

    Args:
        seconds: length; the array has ``round(seconds * rate)`` values.
        seed: of the syllables.
        rate: values a second.
    """
    from scipy.signal import lfilter

    rng, n = np.random.default_rng(seed), round(seconds * rate)
    sound, place = np.zeros(n), int(0.1 * rate)
    while place < n:
        length = int(rate * rng.uniform(0.12, 0.3))
        t = np.arange(length) / rate
        pitch = rng.uniform(170, 230) * (1 - 0.4 * t)
        phase = np.cumsum(pitch) / rate
        voice = np.diff(np.floor(phase), prepend=0.0) + 0.01 * rng.normal(size=length)
        for middle, width in zip(VOWELS[rng.choice(list(VOWELS))], WIDTHS, strict=True):
            r = np.exp(-np.pi * width / rate)
            feedback = [1, -2 * r * np.cos(2 * np.pi * middle / rate), r * r]
            voice = lfilter([sum(feedback)], feedback, voice)
        voice = voice / np.abs(voice).max() * np.sin(np.pi * t * rate / length) ** 0.7
        if rng.random() < 0.4:
            start = slice(0, length // 5)
            voice[start] += 0.1 * rng.normal(size=len(voice[start]))
        part = sound[place : place + length]
        part += rng.uniform(0.35, 1) * voice[: len(part)]
        gap = rng.uniform(0.25, 0.6) if rng.random() < 0.25 else rng.uniform(0, 0.06)
        place += length + int(rate * gap)
    return (0.9 * sound / max(1.0, np.abs(sound).max())).astype("float32")


def wav_bytes(sound: np.ndarray, rate: int = RATE) -> bytes:
    """A WAV file with one channel of 16-bit numbers."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(int(rate))
        out.writeframes(np.rint(32767 * np.clip(sound, -1, 1)).astype("<i2").tobytes())
    return file.getvalue()


def read_wav(path: str | Path) -> tuple[np.ndarray, int]:
    """A WAV file of one's own: float32 ``(n,)``, channels averaged, and its values a second.

    Raises:
        ValueError: the file is no WAV that can be read; the message says why.
    """
    from scipy.io import wavfile

    try:
        rate, values = wavfile.read(path)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} cannot be read as a WAV file: {error}") from None
    if values.dtype == np.uint8:
        values = (values - 128.0) / 128
    elif values.dtype.kind == "i":
        values = values / -float(np.iinfo(values.dtype).min)
    if values.ndim == 2:
        values = values.mean(axis=1)
    return values.astype("float32"), int(rate)
