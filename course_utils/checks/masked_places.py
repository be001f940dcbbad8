"""Checks of lesson 36 on what is visible: the choice of patches, and the decoder's input."""

import numpy as np
import tensorflow as tf

from course_utils import check


def _marks(numbers: np.ndarray, count: int) -> np.ndarray:
    """A 1 at the place of each number (n, keep), 0 elsewhere (n, count)."""
    marks = np.zeros((len(numbers), count))
    np.put_along_axis(marks, numbers, 1, axis=1)
    return marks


def _noise(n: int, count: int, keep: int) -> np.ndarray:
    """Numbers of both signs, of which no fixed threshold separates visible from masked."""
    rng = np.random.default_rng([n, count, keep])
    scale = rng.uniform(0.2, 1, size=(n, 1))
    return (scale * (rng.random((n, count)) - 0.25)).astype("float32")


def check_visible(choose_visible, n: int, count: int, keep: int) -> None:
    """The patches of the smallest numbers are visible, and the mask says the same."""
    noise = _noise(n, count, keep)
    masked = (noise.argsort(axis=1).argsort(axis=1) >= keep).astype(float)
    answer = check.call(choose_visible, tf.constant(noise), keep)
    visible, mask = check.several(answer, "visible", "masked")
    again, _ = check.several(check.call(choose_visible, tf.constant(noise), keep), "visible", "masked")
    _check_visible(visible, again, noise, keep)
    _check_mask(mask, noise, keep)
    found = check.compiled(choose_visible, (None, count), keep, inputs=[noise])[0]
    check.close(found[1], masked, "the mask, compiled as in training", rtol=0)


def _check_visible(visible, again, noise: np.ndarray, keep: int) -> None:
    """Which patches are visible, in any order."""
    n, count = noise.shape
    order = noise.argsort(axis=1)
    ranks = order.argsort(axis=1)
    masked = (ranks >= keep).astype(float)
    numbers = check.array(visible, "visible")
    check.require(numbers.dtype.kind != "b", "visible: these are marks of True and False; return the numbers.")
    known = {
        "this is the mask; the visible patches come first.": masked,
        "all patches are there, in the order of their noise; the first `keep` of them are visible.": order,
        "these are the masked patches; the visible ones come first.": order[:, keep:],
        "`keep` pictures were taken; take `keep` patches of each: [:, :keep].": order[:keep],
        "these are entries of the noise; return the numbers of the patches that they belong to.": np.sort(noise)[
            :, :keep
        ],
    }
    for words, value in known.items():
        same = numbers.shape == value.shape != (n, keep) or numbers.dtype.kind == "f"
        check.require(not (same and np.array_equal(numbers, value)), f"visible: {words}")
    check.require(
        numbers.ndim != 2 or len(numbers) != n or numbers.shape[1] == keep,
        f"visible: the number of patches of each picture is {numbers.shape[-1]}, expected {keep} (keep).",
    )
    numbers = check.array(visible, "visible", shape=(n, keep), kind="integer")
    check.require(
        np.array_equal(np.sort(numbers, axis=1), np.sort(np.asarray(again), axis=1)),
        "visible: the answer changes from call to call. The random numbers are given, in `noise`: draw none.",
    )
    inside = numbers.min() >= 0 and numbers.max() < count
    from_one = bool(numbers.min() > 0 and numbers.max() == count)
    check.require(
        inside,
        f"visible: the numbers of patches are 0 to {count - 1} in each picture; got {numbers.min()} to {numbers.max()}."
        + " Do they begin with 1?" * from_one,
    )
    mistakes = {
        "these are the patches with the largest noise; take the smallest.": (ranks >= count - keep).astype(float),
        "these are the ranks of the first patches, not the numbers of the patches.": _marks(ranks[:, :keep], count),
        "all pictures have the same visible patches; each has noise of its own.": np.tile(1 - masked[:1], (n, 1)),
        "the noise is sorted over the pictures; sort the patches of each, with axis=1.": _marks(
            noise.argsort(axis=0)[:, :keep], count
        ),
        "the patch with the smallest noise is left out: the slice begins with 0.": ((ranks > 0) & (ranks <= keep)),
        "the numbers begin with 1; they begin with 0.": np.roll(1 - masked, 1, axis=1),
        "only the patch with the smallest noise is there, again and again.": _marks(order[:, :1], count),
        "the sizes of the noise are sorted, without its sign.": _marks(np.abs(noise).argsort(axis=1)[:, :keep], count),
        "the first patches are visible, whatever the noise.": np.tile(np.arange(count) < keep, (n, 1)),
    }
    check.close(
        _marks(numbers, count), 1 - masked, "which patches are visible", rtol=0, mistakes=mistakes,
        otherwise=lambda: _first_choice(numbers, ranks, keep),
    )  # fmt: skip


def _first_choice(numbers: np.ndarray, ranks: np.ndarray, keep: int) -> str:
    """The first patch that is there twice, or should not be there."""
    for picture, (chosen, order) in enumerate(zip(numbers, ranks, strict=True)):
        for k, patch in enumerate(chosen):
            if patch in chosen[:k]:
                return f"patch {patch} of picture {picture} is there twice."
            if order[patch] >= keep:
                return (
                    f"patch {patch} of picture {picture} is there, but {order[patch]} patches of this picture "
                    f"have less noise, and keep is {keep}."
                )
    return ""


def _check_mask(mask, noise: np.ndarray, keep: int) -> None:
    """0 for the visible patches, 1 for the masked ones."""
    n, count = noise.shape
    order = noise.argsort(axis=1)
    ranks = order.argsort(axis=1)
    masked = (ranks >= keep).astype(float)
    single = np.stack([_marks(order[:, k : k + 1], count) for k in range(keep)], axis=1)
    mistakes = {
        "0 and 1 are exchanged: 1 is masked.": 1 - masked,
        "the mask leaks: its entries stand in the order of the noise, so it marks patches that the encoder sees as "
        "masked. argsort gives numbers of patches, not ranks.": (order >= keep),
        "the mask leaks: it marks the last places, whichever patches are visible.": np.tile(
            np.arange(count) >= keep, (n, 1)
        ),
        "all patches are marked as masked, the visible ones too.": np.ones((n, count)),
        "the mask leaks: all pictures have the mask of the first.": np.tile(masked[:1], (n, 1)),
        "0 marks the patches with the largest noise; it marks those with the smallest.": (ranks < count - keep),
        "the visible patches are -1 and the others 0; 1 minus the marks is meant.": masked - 1,
        "the marks are averaged over the visible patches; sum them.": 1 - single.mean(axis=1),
        "a visible patch is marked as masked: is the threshold's own patch on the wrong side?": (ranks >= keep - 1),
        "a masked patch is marked as visible: is the threshold's own patch on the wrong side?": (ranks > keep),
        "a fixed threshold does not separate them; look at which patches are visible.": (noise >= keep / count),
        "the visible patches have marks of their own still; sum over them.": 1 - single,
        "the sum goes over the patches; it goes over the visible ones, axis 1.": 1 - single.sum(axis=2),
        "the sum goes over the pictures; it goes over the visible patches, axis 1.": 1 - single.sum(axis=0),
        "the marks are those of the visible patches still; 1 is masked.": single,
    }
    shape = check.array(mask, "the mask").shape
    other = len(shape) == 2 and shape[0] == n and shape[1] != count
    words = "the number of patches is not the one of `noise`; take it from its shape." if other else ""
    check.close(
        mask, masked, "the mask", rtol=0, mistakes=mistakes, otherwise=lambda: words or _first_mark(mask, ranks, keep)
    )
    kind = np.asarray(mask).dtype
    check.require(kind == np.float32, f"the mask: expected float32, got {kind}.")


def _first_mark(mask, ranks: np.ndarray, keep: int) -> str:
    """The first wrong entry of a mask."""
    mask = np.asarray(mask, dtype=float)
    if mask.shape != ranks.shape:
        return ""
    picture, patch = np.argwhere(mask != (ranks >= keep))[0]
    rank = ranks[picture, patch]
    return (
        f"patch {patch} of picture {picture} has {mask[picture, patch]:.4g}, expected {int(rank >= keep)}: "
        f"{rank} patches of this picture have less noise, and keep is {keep}."
    )


def _set_at(base: np.ndarray, places: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """A copy of base (n, count, d) with code k of a picture at its place k."""
    filled = base.copy()
    for one, where, what in zip(filled, places, codes, strict=True):
        one[where] = what
    return filled


def _wrong_inputs(codes, visible, token, count: int) -> dict:
    """What known mistakes make of the decoder's input."""
    (n, keep, d), tokens = codes.shape, np.tile(token, (len(codes), count, 1))
    right = _set_at(tokens, visible, codes)
    placed = _set_at(np.zeros_like(tokens), visible, codes)
    there = _marks(visible, count)[..., None]
    marks = np.eye(count)[visible]
    empty = 1 - marks.reshape(n, count, keep).sum(axis=2, keepdims=True)
    rest = tokens[:, keep:]
    flat = tokens.reshape(-1, d).copy()
    flat[visible.ravel()] = codes.reshape(-1, d)
    bare = (placed == 0).all(axis=2, keepdims=True)
    return {
        "the masked places are zero; put the mask token there.": placed,
        "the mask token was added to the visible codes, too.": placed + token,
        "the mask token is at the visible places; it belongs at the others.": placed + there * token,
        "the visible codes stand first; each belongs at its own place.": np.concatenate([codes, rest], axis=1),
        "the visible codes stand last; each belongs at its own place.": np.concatenate([rest, codes], axis=1),
        "the codes were put in ascending order of their places; code k belongs at visible[k].": _set_at(
            tokens, np.sort(visible, axis=1), codes
        ),
        "the codes stand where argsort of `visible` says; code k belongs at visible[k].": _set_at(
            tokens, visible.argsort(axis=1), codes
        ),
        "the codes stand in the reverse order; code k belongs at visible[k].": _set_at(tokens, visible, codes[:, ::-1]),
        "the visible codes stand first, and the masked places are zero; put the mask token there.": np.concatenate(
            [codes, 0 * rest], axis=1
        ),
        "the axes are (n, d, count); they are (n, count, d).": right.swapaxes(1, 2),
        "the mask token is there twice over.": placed + 2 * (1 - there) * token,
        "the mean of the codes stands for the mask token.": placed + (1 - there) * codes.mean(axis=1, keepdims=True),
        "only the mask token is there; the codes are missing.": tokens,
        "a code with an entry of 0 is no masked place; `visible` says which places are masked.": np.where(
            placed == 0, token, placed
        ),
        "a code of zeros is no masked place; `visible` says which places are masked.": np.where(bare, token, right),
        "all pictures have the places of the first; each has its own.": _set_at(
            tokens, np.tile(visible[:1], (n, 1)), codes
        ),
        "the codes of all pictures are in the first ones; each belongs in its own picture.": flat.reshape(tokens.shape),
        "each code stands one place too far: places are counted from 0.": _set_at(
            np.tile(token, (n, count + 1, 1)), visible + 1, codes
        )[:, :count],
        "the marks are averaged where the masked places are found; sum them.": placed + (1 - there / keep) * token,
        "one number stands for the mask token; it is a vector.": _set_at(
            np.full_like(tokens, token.mean()), visible, codes
        ),
        "a reshape does not transpose the marks; ops.swapaxes does.": marks.reshape(n, count, keep) @ codes
        + (1 - there) * token,
        "a reshape does not transpose the marks; ops.swapaxes does, for the masked places, too.": marks.reshape(
            n, count, keep
        )
        @ codes
        + empty * token,
    }


def _first_place(answer, right: np.ndarray, codes, visible, token) -> str:
    """The first place that is wrong, and what stands there."""
    value = np.asarray(answer, dtype=float)
    if value.shape != right.shape:
        return ""
    wrong = ~np.isclose(value, right, rtol=1e-4, atol=1e-5).all(axis=2)
    there = _marks(visible, right.shape[1]) == 1
    fine = "the masked places are right. " * (not wrong[~there].any() and not there.all())
    fine += "the codes are in their places. " * (not wrong[there].any())
    picture, place = np.argwhere(wrong)[0].tolist()
    known = {"the mask token": token, "zeros": 0 * token, "minus the mask token": -token}
    known |= {f"codes[{i}, {k}]": code for i, one in enumerate(codes) for k, code in enumerate(one)}
    found = value[picture, place]
    stands = next((name for name, one in known.items() if np.allclose(found, one, rtol=1e-4, atol=1e-5)), "")
    own = np.flatnonzero(visible[picture] == place)
    wanted = f"codes[{picture}, {own[0]}]" if len(own) else "the mask token"
    stands = stands or f"{check.in_digits(found)}, neither a code nor the mask token"
    return (
        f"{fine}{'P' if fine else 'p'}lace {place} of picture {picture} should hold {wanted}, for visible[{picture}] is "
        f"{visible[picture].tolist()}; it holds {stands}."
    )


def check_put_back(put_back, n: int, count: int, keep: int, d: int) -> None:
    """Visible codes at their places, the mask token elsewhere."""
    rng = np.random.default_rng([n, count, keep, d])
    codes = rng.normal(size=(n, keep, d)).astype("float32")
    codes[0, 0], codes[-1, -1, 0] = 0, 0  # a code is a code, whatever its entries
    token = (rng.normal(size=d) + 5).astype("float32")
    visible = rng.permuted(np.tile(np.arange(count), (n, 1)), axis=1)[:, :keep]
    right = _set_at(np.tile(token, (n, count, 1)), visible, codes)
    mistakes = _wrong_inputs(codes, visible, token, count)
    answer = check.call(put_back, tf.constant(codes), tf.constant(visible), tf.constant(token), count)
    sizes = check.array(answer, "the decoder's input").shape
    check.require(
        len(sizes) != 3 or sizes[1] == count or sizes[::2] != (n, d),
        f"the decoder's input: {sizes[1]} places, expected {count}: `count` says how many.",
    )
    check.close(
        answer, right, "the decoder's input", mistakes=mistakes,
        otherwise=lambda: _first_place(answer, right, codes, visible, token),
    )  # fmt: skip
    specs = (None, keep, d), tf.TensorSpec((None, keep), tf.int32), (d,), count
    found = check.compiled(put_back, *specs, inputs=[codes, visible, token])[0]
    check.close(found, right, "the decoder's input, compiled as in training")
    if keep < count:  # with all places visible the token has no part in it
        traced = check.trace(put_back, codes, visible, token, count)
        slopes = traced.gradients(by=[0, 2])
        check.close(slopes[0], np.ones_like(codes), "the gradient by the codes")
        check.close(slopes[1], np.full(d, float(n * (count - keep))), "the gradient by the mask token")
