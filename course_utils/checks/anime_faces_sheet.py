"""Checks of lesson 61: nearest pictures, the sheet, directions of factors."""

import numpy as np

from course_utils import check


def _nearest(new, known, root=True, mean=True, square=True, far=False, within=False):
    """Numbers and distances, with the usual slips as options."""
    a, b = (part.reshape(len(part), -1).astype(float) for part in (new, known))
    gaps = np.stack([(b - row) ** 2 if square else np.abs(b - row) for row in a])
    table = gaps.mean(axis=2) if mean else gaps.sum(axis=2)
    table = np.sqrt(table) if root else table
    numbers = (table.argmax if far else table.argmin)(axis=1)
    return numbers, table[np.arange(len(a)), numbers]


def check_nearest(nearest_pictures, n: int, m: int, shape: tuple[int, ...], copies: bool = False) -> None:
    """Compare nearest pictures and distances with a loop; with `copies`, the first new ones are known ones."""
    rng = np.random.default_rng([n, m, *shape])
    known = rng.uniform(size=(m, *shape)) ** 2
    new = np.clip(known[rng.permutation(m)[np.arange(n) % m]] + 0.2 * rng.normal(size=(n, *shape)), 0, 1)
    if copies:
        new[: n // 2 + 1] = known[m - 1 : m - n // 2 - 2 : -1]
    new, known = new.astype("float32"), known.astype("float32")
    found = check.several(check.call(nearest_pictures, new, known), "the numbers", "the distances")
    numbers = check.array(found[0], "the numbers", shape=(n,))
    distances = np.asarray(found[1], dtype=float)
    check.require(
        not np.isnan(distances).any(),
        "A distance is NaN: rounding made a squared distance a little negative. Use np.maximum(..., 0) before the root.",
    )
    distances = check.array(distances, "the distances", shape=(n,))
    right, wanted = _nearest(new, known)
    whole = np.all(numbers == np.rint(numbers))
    exchanged = np.allclose(numbers, wanted, atol=1e-3) and not whole
    check.require(not exchanged, "Numbers and distances are exchanged: numbers come first.")
    check.require(whole, "The numbers of pictures are whole numbers.")
    numbers = numbers.astype(int)
    wrong = np.flatnonzero(numbers != right)
    if len(wrong):
        far = np.array_equal(numbers, _nearest(new, known, far=True)[0])
        check.require(not far, "These are the farthest pictures; take the nearest.")
        grey = np.array_equal(numbers, _nearest(new, known, square=False)[0])
        check.require(not grey, "Absolute differences were compared; square them.")
        k = wrong[0]
        raise check.CheckError(
            f"New picture {k}: {right[k]} is the nearest known one, at {wanted[k]:.3g}, got {numbers[k]}. "
            "Sum over height, width and channels; uint8 and sums of float32 must not overflow or cancel."
        )
    options = {
        "the root is missing.": {"root": False},
        "squares are summed; take their mean over all values of a picture.": {"mean": False},
        "absolute differences instead of squares under the root.": {"square": False, "root": False},
    }
    mistakes = {m: v[1] for m, v in ((m, _nearest(new, known, **o)) for m, o in options.items())}
    mistakes["the squares are summed, and the root is missing."] = _nearest(new, known, mean=False, root=False)[1]
    mistakes["the mean goes over height and width only; the channels are summed."] = wanted * np.sqrt(shape[-1])
    check.close(distances, wanted, "the distances", rtol=2e-3, atol=2e-3, mistakes=mistakes)


def _sheet(
    pictures,
    columns,
    gap,
    border=True,
    white=255,
    scale=255,
    rounding=np.rint,
    clip=True,
    across=True,
    between=True,
    missing=255,
):
    """The sheet, with the usual slips as options."""
    n, h, w, _ = pictures.shape
    rows = -(-n // columns)
    values = np.clip(pictures, 0, 1) if clip else pictures
    tiles = rounding(scale * values.astype(float)).astype(int) % 256
    step = gap if between else 0
    edge = gap if border else 0
    sheet = np.full((rows * (h + step) - step + 2 * edge, columns * (w + step) - step + 2 * edge, 3), white)
    for k in range(rows * columns):
        i, j = divmod(k, columns) if across else divmod(k, rows)[::-1]
        top, left = edge + i * (h + step), edge + j * (w + step)
        sheet[top : top + h, left : left + w] = tiles[k] if k < n else missing
    return sheet


def check_sheet(contact_sheet, n: int, height: int, width: int, columns: int, gap: int) -> None:
    """Compare a sheet of n pictures with one that is filled place by place."""
    rng = np.random.default_rng([n, height, width, columns, gap])
    pictures = rng.uniform(-0.2, 1.2, size=(n, height, width, 3)).astype("float32")
    name = f"the sheet of {n} pictures of {height} x {width} pixels in {columns} columns with gap {gap}"
    answer = check.call(contact_sheet, pictures, columns, gap)
    right = _sheet(pictures, columns, gap)
    check.require(answer is not None, f"{name}: nothing was returned. Is the `return` missing?")
    found = np.asarray(answer)
    for words, slips in (
        ("there is no gap around the sheet; it is there on all sides.", {"border": False}),
        ("there are no gaps between the pictures.", {"between": False}),
        ("there are no gaps.", {"between": False, "border": False}),
    ):
        shape = _sheet(pictures, columns, gap, **slips).shape
        check.require(gap == 0 or found.shape != shape or shape == right.shape, f"{name}: {words}")
    check.require(found.shape != right.shape[:2], f"{name}: the channels are lost; the sheet is (height, width, 3).")
    answer = check.array(found, name, shape=right.shape)
    check.require(
        answer.dtype == np.uint8,
        f"{name}: expected whole numbers of type uint8, from 0 to 255, got {answer.dtype}.",
    )
    options = {
        "values below 0 or above 1 wrap around; clip before you convert.": {"clip": False},
        "cut off instead of rounded: astype drops the decimals. Use np.rint.": {"rounding": np.trunc},
        "the gaps are black; they are white.": {"white": 0, "missing": 0},
        "the pictures fill the columns from top to bottom; fill the rows from left to right.": {"across": False},
        "places without a picture are black; they stay white.": {"missing": 0},
        "multiplied by 256; the largest value is 255.": {"scale": 256},
        "not multiplied by 255: all is black.": {"scale": 1},
    }
    mistakes = check.slips(lambda **slips: _sheet(pictures, columns, gap, **slips), options)
    check.close(answer, right, name, rtol=0, atol=0.001, mistakes=mistakes)


def _directions(codes, known, constant=True, single=False, turned=False, scaled=False, centred=True):
    """Effects of the factors on a code, with the usual slips as options."""
    if single:
        parts = [_directions(codes, column[:, None]) for column in known.T]
        return np.concatenate(parts)
    if turned:
        return _directions(known, codes).T
    if scaled:
        known = (known - known.mean(axis=0)) / known.std(axis=0)
    table = np.column_stack([known, np.ones(len(known))]) if constant else known
    return np.linalg.lstsq(table, codes, rcond=None)[0][: known.shape[1]]


def check_directions(factor_directions, n: int, m: int, k: int) -> None:
    """Compare directions of factors that occur together with least squares."""
    rng = np.random.default_rng([n, m, k])
    known = rng.normal(size=(n, m)) * np.linspace(1, 4, m) + np.linspace(1, -3, m)
    known[:, 0] = known[:, 0] > known[:, 0].mean()
    if m > 1:
        known[:, 1] += 1.5 * known[:, 0]  # they go together
    codes = known @ rng.normal(size=(m, k)) + rng.normal(size=(n, k)) + 2
    answer = check.call(factor_directions, codes, known)
    right = _directions(codes, known)
    shape = np.shape(answer) if answer is not None else None
    check.require(
        shape != (k, m) or k == m,
        f"The directions have shape ({k}, {m}), expected ({m}, {k}): one row for each factor.",
    )
    check.require(shape != (m + 1, k), "The row of the intercept is still there: return the rows of the factors only.")
    options = {
        "without an intercept: the codes of a picture with all factors 0 need not be 0.": {"constant": False},
        "these are regressions on one factor at a time: what goes together is mixed. Use all at once.": {
            "single": True
        },
        "codes and factors are exchanged: factors explain the codes.": {"turned": True},
        "the factors were scaled to variance 1; leave their units.": {"scaled": True},
    }
    if m == 1:
        options = {words: o for words, o in options.items() if "single" not in o}
    mistakes = check.slips(lambda **slips: _directions(codes, known, **slips), options)
    if k == m:
        mistakes["the directions are columns here; they are rows."] = right.T
    check.close(answer, right, "the directions", rtol=1e-3, atol=1e-4, mistakes=mistakes)
