"""Checks of the continuation of lesson 35."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np

from course_utils import check


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _step(
    x, h, kernel, recurrent, bias,
    order="zrh", inner="own", outer="own", squash=np.tanh, gate=_sigmoid, reset="after", keep="z",
) -> np.ndarray:  # fmt: skip
    """A GRU's next state, with popular slips as options."""
    parts = [x @ kernel, h @ recurrent]
    if inner != "none":
        parts[0] = parts[0] + bias[1 if inner == "other" else 0]
    if outer != "none":
        parts[1] = parts[1] + bias[0 if outer == "other" else 1]
    from_x, from_h = (dict(zip(order, np.split(part, 3, axis=1), strict=True)) for part in parts)
    z, r = gate(from_x["z"] + from_h["z"]), gate(from_x["r"] + from_h["r"])
    if reset == "before":
        u = dict(zip(order, np.split(recurrent, 3, axis=1), strict=True))["h"]
        c = dict(zip(order, np.split(bias[1], 3), strict=True))["h"]
        candidate = squash(from_x["h"] + (r * h) @ u + (0 if outer == "none" else c))
    elif reset == "none":
        candidate = squash(from_x["h"] + from_h["h"])
    elif reset == "both":
        candidate = squash(r * (from_x["h"] + from_h["h"]))
    else:
        candidate = squash(from_x["h"] + r * from_h["h"])
    old, new = {"z": (z, 1 - z), "1 - z": (1 - z, z), "none": (0, 1), "whole": (z, 1)}[keep]
    return old * h + new * candidate


STAGES = {  # what is wrong -> which blocks of W, of U, of b and of c are other than 0
    "the mixture is wrong: with all weights 0, both gates are ½ and the candidate is 0, so the new state is half the old": (
        "", "", "", ""
    ),
    "the update gate z is wrong: it is so when only its W, U, b and c are other than 0": ("z", "z", "z", "z"),
    "the candidate's part x W + b is wrong: it is so when only this W and b are other than 0": ("h", "", "h", ""),
    "the candidate's part h U is wrong: it is so when only this U is other than 0": ("", "h", "", ""),
    "the candidate's bias c is wrong: it is so when only c is other than 0": ("", "", "", "h"),
    "the reset gate r is wrong: it is so when its weights and the candidate's U and c are other than 0": (
        "r", "rh", "r", "rh"
    ),
}  # fmt: skip


def _located(gru_step: Callable, x, h, kernel, recurrent, bias) -> str:
    """The first part of the formula that is wrong, with the others put out of the way, or nothing."""
    for words, kept in STAGES.items():
        marks = [np.repeat([gate in one for gate in "zrh"], h.shape[1]) for one in kept]
        some = kernel * marks[0], recurrent * marks[1], np.stack([bias[0] * marks[2], bias[1] * marks[3]])
        try:
            found = np.asarray(check.call(gru_step, x, h, *some), dtype=float)
        except Exception:
            return ""
        if found.shape != h.shape or not np.allclose(found, _step(x, h, *some), rtol=1e-3, atol=1e-4):
            return f"{words}."
    return ""


def check_gru_step(gru_step: Callable, n: int, inputs: int, units: int, steps: int = 3) -> None:
    """Hold steps of a GRU against Keras's layer with random weights.

    Args:
        gru_step: the learner's function.
        n, inputs, units: numbers of sequences, of inputs at each step, and of units.
        steps: how many steps follow one another.
    """
    rng = np.random.default_rng([n, inputs, units])
    kernel = rng.normal(size=(inputs, 3 * units)) / np.sqrt(inputs)
    recurrent = 1.5 * rng.normal(size=(units, 3 * units)) / np.sqrt(units)
    bias = rng.normal(size=(2, 3 * units))
    x, h = rng.normal(size=(n, steps, inputs)), np.tanh(rng.normal(size=(n, units)))
    layer = keras.layers.GRU(units, return_sequences=True)
    layer.build((None, steps, inputs))
    layer.set_weights([kernel, recurrent, bias])
    right = np.asarray(layer(x.astype("float32"), initial_state=h.astype("float32")))
    options = {
        "this is (1 - z) h + z h̃; the old state has the weight z, the candidate 1 - z.": {"keep": "1 - z"},
        "this is the candidate alone; z is not used.": {"keep": "none"},
        "the weight 1 - z of the candidate is missing.": {"keep": "whole"},
        "the update gate and the reset gate are exchanged: Keras's order is z, r, h̃.": {"order": "rzh"},
        "the columns of the candidate come last: Keras's order is z, r, h̃.": {"order": "hzr"},
        "the columns of the candidate come last; those of r stand before: z, r, h̃.": {"order": "zhr"},
        "r multiplies h before U; in Keras's GRU it multiplies h U + c afterwards.": {"reset": "before"},
        "r is not used.": {"reset": "none"},
        "r multiplies the part that comes from x as well.": {"reset": "both"},
        "the bias b of the inputs, the first row, is missing.": {"inner": "none"},
        "the bias c of the state, the second row, is missing.": {"outer": "none"},
        "the candidate is not put through tanh.": {"squash": lambda y: y},
        "the candidate is put through a sigmoid; it is a tanh.": {"squash": _sigmoid},
        "the gates are not put through a sigmoid.": {"gate": lambda y: y},
        "the gates are put through tanh; they are sigmoids.": {"gate": np.tanh},
        "the sigmoid has the wrong sign in its exponent.": {"gate": lambda y: _sigmoid(-y)},
        "the first row of the bias is added to both parts; h U gets the second.": {"outer": "other"},
        "the second row of the bias is added to both parts; x W gets the first.": {"inner": "other"},
    }
    weights = kernel, recurrent, bias
    swapped = dict.fromkeys(("inner", "outer"), "other")
    options["the two rows of the bias are exchanged."] = swapped
    for i in range(steps):
        answer = check.call(gru_step, x[:, i], h, *weights)
        if isinstance(answer, tuple | list) and len(answer) == 2:
            raise check.CheckError("Two results came back; only the new state is wanted.")
        mistakes = check.slips(lambda i=i, h=h, **slip: _step(x[:, i], h, *weights, **slip), options)
        both = np.stack([bias.sum(axis=0), 0 * bias[0]])
        mistakes["this is the old state."] = h
        mistakes["both rows of the bias are added to x W; the second belongs to h U, which r multiplies."] = _step(
            x[:, i], h, kernel, recurrent, both
        )
        name = f"the state of {n} × {units} after step {i + 1}"
        look = partial(_located, gru_step, x[:, i], h, *weights)
        check.close(answer, right[:, i], name, rtol=1e-3, atol=1e-5, mistakes=mistakes, otherwise=look)
        h = right[:, i].astype(float)


def check_inputs(decoder_inputs: Callable, n: int, steps: int, start: int = 36) -> None:
    """Hold what a decoder sees under teacher forcing against a loop.

    Args:
        decoder_inputs: the learner's function.
        n, steps: size of the tokens.
        start: the start token.
    """
    tokens = np.random.default_rng([n, steps]).integers(1, start, (n, steps))
    right = np.array([[row[i - 1] if i else start for i in range(steps)] for row in tokens])
    first, last = np.full((n, 1), start), tokens[:, -1:]
    mistakes = {
        "these are the tokens themselves: the decoder would see the token that it has to predict.": tokens,
        "they are shifted the wrong way: each step would see the token after it.": np.hstack([tokens[:, 1:], first]),
        "they are rolled: the first step sees the last token. It sees the start token.": np.hstack(
            [last, tokens[:, :-1]]
        ),
        "the last token is not dropped: as many inputs as steps, one for each token to predict.": np.hstack(
            [first, tokens]
        ),
        "the start token stands in the place of the first token; the tokens must move on by one.": np.hstack(
            [first, tokens[:, 1:]]
        ),
        "the last token of a melody moved into the next melody; shift each row by itself.": np.roll(tokens, 1),
        "the start token stands at the end; it is the first input.": np.hstack([tokens[:, :-1], first]),
        "every input is the first token: was `tokens` changed while it was read?": np.repeat(tokens[:, :1], steps, 1),
        "the start token is always 36; take `start`.": np.hstack([36 + 0 * first, tokens[:, :-1]]),
        "they are moved by two steps.": np.hstack([first, first, tokens[:, :-2]])[:, :steps],
        "the start token is missing.": tokens[:, :-1],
        "the first step sees 0, which is the hold; it sees the start token.": np.hstack([0 * first, tokens[:, :-1]]),
        "the start token is written over the first melody; each melody begins with it, [:, 0].": np.vstack(
            [np.full((1, steps), start), np.roll(tokens, 1, axis=1)[1:]]
        ),
        "only the first melody begins with the start token; each does.": np.hstack(
            [np.where(np.arange(n)[:, None] == 0, start, last), tokens[:, :-1]]
        ),
        "they are shifted from melody to melody; shift them along the steps.": np.vstack(
            [np.full((1, steps), start), tokens[:-1]]
        ),
    }
    answer = check.call(decoder_inputs, tokens, start)
    name = f"the inputs for {n} × {steps} tokens"
    found = check.array(answer, name)
    if found.ndim == 1:
        raise check.CheckError(f"{name}: all melodies stand in one row; each keeps its own, (n, steps).")
    look = lambda: _wrong_input(found, right, tokens)  # noqa: E731
    check.close(answer, right, name, rtol=0, mistakes=mistakes, otherwise=look)
    check.array(answer, "the inputs", shape=(n, steps), kind="integer")
    check.not_list(answer, "the inputs")


def _wrong_input(found, right, tokens) -> str:
    """The first input that is wrong, or that there are too few, in words."""
    n, steps = right.shape
    if found.ndim == 2 and len(found) == n and found.shape[1] < steps:
        return f"{found.shape[1]} inputs came back for each melody, expected {steps}, one for each token to predict."
    if found.shape != right.shape:
        return ""
    i, j = np.argwhere(found != right)[0]
    words = f"step {j} of melody {i} sees the token before it, {right[i, j]}" if j else "step 0 sees the start token"
    example = f" Of the tokens {tokens[i].tolist()} the inputs are {right[i].tolist()}." if steps < 9 else ""
    return f"{words}; there stands {found[i, j]:.6g}.{example}"


class _Chain:
    """Stands in for a decoder: its logits depend on the token before, and on a state that moves on."""

    def __init__(self, v: int, units: int):
        rng = np.random.default_rng([v, units])
        self.by_token, self.by_state = 2 * rng.normal(size=(v + 1, v)), 2 * rng.normal(size=(units, v))
        self.move = rng.normal(size=(v + 1, units))
        # scaled, or the states would be chaotic and float32 another melody
        self.turn = rng.normal(size=(units, units)) / np.sqrt(units)
        self.n, self.seen = 0, []

    def __call__(self, tokens, state):
        tokens, state = np.asarray(tokens), np.asarray(state)
        check.require(
            tokens.shape == (self.n,) and tokens.dtype.kind in "iu",
            f"`step` got tokens of the shape {tokens.shape} and the kind {tokens.dtype}; it takes one whole number "
            f"for each melody, ({self.n},).",
        )
        start = len(self.move) - 1
        check.require(
            tokens.min() >= 0 and tokens.max() <= start,
            f"`step` got the token {tokens.max()}; here the start token, `start`, is {start}.",
        )
        wanted = (self.n, len(self.turn))
        check.require(
            state.shape == wanted,
            f"`step` got a state of the shape {state.shape}, expected {wanted} (`step` gives the logits first).",
        )
        self.seen.append((tokens.copy(), state.copy()))
        state = np.tanh(state @ self.turn + self.move[tokens])
        return self.by_token[tokens] + state @ self.by_state, state


class _Second:
    """A choice that is no argmax, the second most likely token, and how often it was asked."""

    def __init__(self, v: int):
        self.calls, self.v = 0, v

    def __call__(self, logits) -> np.ndarray:
        self.calls += 1
        logits = np.asarray(logits)
        fits = logits.ndim == 2 and logits.shape[1] == self.v
        check.require(
            fits, f"`choose` got the shape {logits.shape}; it takes the logits of one step, (n, v), here v = {self.v}."
        )
        return np.argsort(logits, axis=1)[:, -2]


def _calls(chain: _Chain, state, start: int, steps: int, v: int) -> list:
    """The tokens and the states that `step` should get, one pair for each step."""
    tokens, choose = np.full(len(state), start), _Second(v)
    for _ in range(steps):
        logits, state = chain(tokens, state)
        tokens = choose(logits)
    calls = list(chain.seen)
    chain.seen.clear()
    return calls


def _strange_call(seen: list, expected: list) -> str:
    """The first call of `step` that is another than it should be, in words, or nothing."""
    for i, ((tokens, state), (others, wanted)) in enumerate(zip(seen, expected, strict=False)):
        if not np.array_equal(tokens, others):
            right = "those that `choose` gave the step before" if i else "the start token"
            return f"at step {i}, `step` got other tokens than {right}."
        if not np.allclose(state, wanted, atol=1e-3):
            right = "that which `step` gave the step before" if i else "the first one, `state`"
            return f"at step {i}, `step` got another state than {right}."
    if len(seen) != len(expected):
        return f"`step` was called {len(seen)} times for {len(expected)} steps."
    return "`step` got what it should; not so what came back: the tokens that `choose` gave, one column for each step."


def _of_shape(shape: tuple, n: int, steps: int) -> str:
    """What a wrong shape of the melodies tells."""
    if shape == (n * steps,):
        return "all tokens stand in one row; each melody has a row of its own, (n, steps)."
    if len(shape) == 2 and shape[0] == n:
        return (
            f"{shape[1]} tokens came back for each melody, expected steps = {steps}. Is the loop too short or too long?"
        )
    return f"the shape is {shape}, expected (n, steps) = ({n}, {steps})."


def check_write(write: Callable, n: int, v: int, units: int, steps: int) -> None:
    """Hold free running against a loop over a stand-in for the decoder.

    Args:
        write: the learner's function.
        n, v, units, steps: numbers of melodies, tokens, units and steps.
    """
    chain, start = _Chain(v, units), v
    chain.n = n
    state = np.tanh(np.random.default_rng([n, v, 5]).normal(size=(n, units)))

    def run(first=start, moves=True, feeds="own", choose=None, late=0):
        choose = choose or _Second(v)
        found, before, at = [], np.full(n, first), state
        for _ in range(steps + late):
            logits, after = chain(before, at)
            token = choose(logits)
            at = after if moves else at
            before = {"own": token, "start": np.full(n, first), "argmax": logits.argmax(axis=1)}[feeds]
            found.append(token)
        return np.stack(found[late:], axis=1)

    mistakes = check.slips(
        run,
        {
            "the state is not carried on: each step begins where the one before ended.": {"moves": False},
            "each step sees the start token; after the first it sees the token just chosen.": {"feeds": "start"},
            "the most likely token is fed back, though `choose` chose another.": {"feeds": "argmax"},
            "the first step sees token 0; it sees the start token.": {"first": 0},
            "the argmax is taken; let `choose` choose.": {"choose": lambda logits: logits.argmax(axis=1)},
            "the first token is missing, and there is one too many at the end.": {"late": 1},
        },
    )
    right = run()
    mistakes["the axes are exchanged: one row for each melody, (n, steps)."] = right.T
    mistakes["the start token is no part of the melody."] = np.hstack([np.full((n, 1), start), right])
    mistakes["the start token is no part of the melody, and the last token is missing."] = np.hstack(
        [np.full((n, 1), start), right[:, :-1]]
    )
    mistakes["the reshape mixes the melodies; stack along axis=1."] = right.T.reshape(n, steps)
    mistakes["only the last tokens came back; return those of all steps."] = right[:, -1]
    chain.seen.clear()
    expected, chooser = _calls(chain, state, start, steps, v), _Second(v)
    answer = check.call(write, chain, state, start, steps, chooser)
    seen = list(chain.seen)  # known mistakes ask it, too
    if np.shape(answer) == (n, steps, v) and v > 1:
        raise check.CheckError("These are logits; return the tokens that `choose` chose.")
    shape = np.shape(answer)
    look = lambda: _strange_call(seen, expected) if shape == right.shape else _of_shape(shape, n, steps)  # noqa: E731
    check.close(answer, right, f"{n} melodies of {steps} tokens", rtol=0, mistakes=mistakes, otherwise=look)
    check.array(answer, "the melodies", shape=(n, steps), kind="integer")
    check.not_list(answer, "the melodies")
    check.require(
        chooser.calls == steps,
        f"`choose` was called {chooser.calls} times for {steps} steps. Call it once a step: a second draw gives another token.",
    )
