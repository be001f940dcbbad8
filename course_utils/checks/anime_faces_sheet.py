"""Checks of lesson 61: nearest pictures, the sheet, directions of factors."""

import functools

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


def _nearest_case(n: int, m: int, shape: tuple[int, ...], copies: bool) -> list[np.ndarray]:
    """New and known pictures; the first new ones are known ones, or have a rival by absolute differences."""
    rng = np.random.default_rng([n, m, *shape])
    known = 1 - rng.uniform(size=(m, *shape)) ** 2 * (0.2 if copies else 1)
    new = np.clip(known[rng.permutation(m)[np.arange(n) % m]] + 0.2 * rng.normal(size=(n, *shape)), 0, 1)
    if copies:
        new[: n // 2 + 1] = known[m - 1 : m - n // 2 - 2 : -1]
    elif m > 4 and n > 2:
        new[2] = 0.35 + 0.3 * new[2]
        known[2] = 0.5 * new[1]  # of the same direction
        known[3] = new[2] + 0.3  # of the same pattern, brighter
        known[4] = new[2] + 0.02 * rng.choice([-1, 1], shape)
        inwards = np.where(new[0] < 0.5, 1, -1)
        few = (np.arange(new[0].size) % 15 == 0).reshape(shape)
        known[0] = new[0] + 0.1 * inwards  # small differences everywhere: the nearest
        known[1] = np.where(few, new[0] < 0.5, new[0])  # some large ones
    return [part.astype("float32") for part in (new, known)]


def _check_numbers(numbers: np.ndarray, new: np.ndarray, known: np.ndarray) -> None:
    """Are these the numbers of the nearest pictures? If not, which are they?"""
    right, wanted = _nearest(new, known)
    wrong = np.flatnonzero(numbers != right)
    if not len(wrong):
        return
    flat = [part.reshape(len(part), -1).astype(float) for part in (new, known)]
    whole = np.stack([((flat[1] - row) ** 2).sum(axis=1) for row in flat[0]])
    lengths = [np.linalg.norm(part, axis=1) for part in flat]
    cosines = flat[0] @ flat[1].T / lengths[0][:, None] / lengths[1]
    centred = [part - part.mean(axis=1, keepdims=True) for part in flat]
    means = np.abs(flat[0].mean(axis=1)[:, None] - flat[1].mean(axis=1))
    kinds = {
        "These are the farthest pictures; take the nearest.": whole.argmax(axis=1),
        "Absolute differences or roots were compared; compare means of squares.": _nearest(new, known, square=False)[0],
        "The numbers begin at 1; they begin at 0.": right + 1,
        "These are the second nearest pictures.": whole.argsort(axis=1)[:, min(1, len(known) - 1)],
        "Directions were compared (a cosine); compare means of squared differences.": cosines.argmax(axis=1),
        "Each picture's mean was subtracted; compare the pictures as they are.": np.stack(
            [((centred[1] - row) ** 2).sum(axis=1) for row in centred[0]]
        ).argmin(axis=1),
        "Means of pictures were compared; square each difference before the mean.": means.argmin(axis=1),
    }
    for words, kind in kinds.items():
        check.require(not np.array_equal(numbers, kind), words)
    other = len(numbers) > 2 and np.array_equal(np.sort(numbers), np.sort(right))
    check.require(not other, "These are the right numbers in another order; entry k belongs to new picture k.")
    k = wrong[0]
    got = numbers[k]
    rest = (
        f", which is at {np.sqrt(whole[k, got] / new[0].size):.4g}"
        if 0 <= got < len(known)
        else ", which does not exist"
    )
    raise check.CheckError(
        f"New picture {k}: {right[k]} is the nearest known one, at {wanted[k]:.4g}, got {got}{rest}. "
        f"{len(wrong)} of {len(numbers)} numbers are wrong."
    )


def check_nearest(nearest_pictures, n: int, m: int, shape: tuple[int, ...], copies: bool = False) -> None:
    """Compare nearest pictures and distances with a loop; with `copies`, the first new ones are known ones."""
    new, known = _nearest_case(n, m, shape, copies)
    found = check.several(check.call(nearest_pictures, new, known), "the numbers", "the distances")
    numbers = check.array(found[0], "the numbers", shape=(n,))
    check.require(
        not np.isnan(np.asarray(found[1], dtype=float)).any(),
        "A distance is NaN: rounding made a squared distance a little negative. Use np.maximum(..., 0) before the root.",
    )
    distances = check.array(found[1], "the distances", shape=(n,))
    _, wanted = _nearest(new, known)
    whole = np.all(numbers == np.rint(numbers))
    exchanged = np.allclose(numbers, wanted, atol=1e-3) and not whole
    check.require(not exchanged, "Numbers and distances are exchanged: numbers come first.")
    check.require(
        numbers.dtype.kind in "iu",
        f"The numbers of pictures are of type {numbers.dtype}; to index with them they must be whole numbers (int).",
    )
    _check_numbers(numbers, new, known)
    options = {
        "the root is missing.": {"root": False},
        "squares are summed; take their mean over all values of a picture.": {"mean": False},
        "absolute differences instead of squares under the root.": {"square": False, "root": False},
    }
    mistakes = {m: v[1] for m, v in ((m, _nearest(new, known, **o)) for m, o in options.items())}
    mistakes["the squares are summed, and the root is missing."] = _nearest(new, known, mean=False, root=False)[1]
    mistakes["the mean goes over height and width only; the channels are summed."] = wanted * np.sqrt(shape[-1])
    mistakes["the root was taken of the sum; divide by the number of values first."] = wanted / np.sqrt(new[0].size)

    def words():
        k = int(np.argmax(np.abs(distances - wanted)))
        squares = new[0].size * wanted[k] ** 2
        return (
            f"new picture {k}: its {new[0].size} squared differences from known picture {numbers[k]} add up to "
            f"{squares:.4g}; the root of their mean is {wanted[k]:.4g}, got {distances[k]:.4g}"
        )

    atol = 2e-3 if copies else 1e-5  # a product of 32 bits makes of 0 a little more
    check.close(distances, wanted, "the distances", rtol=1e-3, atol=atol, mistakes=mistakes, otherwise=words)


def _sheet(
    pictures, columns, gap, border=True, white=255, scale=255, rounding=np.rint, clip=True, across=True, between=True,
    missing=255, upward=False, leftward=False, narrow=False, offset=True,
):  # fmt: skip
    """The sheet, with the usual slips as options."""
    n, h, w, _ = pictures.shape
    columns = min(n, columns) if narrow else columns
    rows = -(-n // columns)
    low, high = {True: (0, 1), False: (-9, 9), "low": (0, 9), "high": (-9, 1)}[clip]
    tiles = rounding(scale * np.clip(pictures, low, high).astype(float)).astype(int)
    tiles = np.minimum(tiles, 255) if clip is True else tiles % 256
    step = gap if between else 0
    edge = gap if border else 0
    sheet = np.full((rows * (h + step) - step + 2 * edge, columns * (w + step) - step + 2 * edge, 3), white)
    for k in range(rows * columns):
        i, j = divmod(k, columns) if across else divmod(k, rows)[::-1]
        i, j = rows - 1 - i if upward else i, columns - 1 - j if leftward else j
        top, left = (edge * offset + number * step for number, step in ((i, h + step), (j, w + step)))
        sheet[top : top + h, left : left + w] = tiles[k] if k < n else missing
    return sheet


def _what_stands_where(answer: np.ndarray, pictures: np.ndarray, columns: int, gap: int) -> str:
    """The first place with another picture, the first gap that is not white, or the first wrong value."""
    n, h, w, _ = pictures.shape
    tiles = np.rint(255 * np.clip(pictures, 0, 1)).astype(int)
    blank = np.ones(answer.shape[:2], bool)
    places = []
    for k in range(-(-n // columns) * columns):
        i, j = divmod(k, columns)
        top, left = gap + i * (h + gap), gap + j * (w + gap)
        places.append((f"row {i}, column {j}", answer[top : top + h, left : left + w].astype(int)))
        blank[top : top + h, left : left + w] = False
    for k, (place, found) in enumerate(places):
        near = [m for m in range(n) if np.mean(np.abs(tiles[m] - found) > 2) < 0.1]
        here = f"picture {near[0]}" if near else "white" if (found == 255).all() else "no picture as it is"
        if k >= n and here != "white":
            return f"the place in {place} has no picture and stays white; there is {here}"
        if k < n and near and k not in near:
            return f"in {place} stands picture {near[0]}, expected picture {k}"
        if k < n and here == "white":
            return f"the place in {place} is white, expected picture {k}"
    wrong = np.argwhere(blank & (answer != 255).any(axis=-1))
    if len(wrong):
        y, x = wrong[0]
        return f"pixel [{y}, {x}] belongs to a gap and must be 255; it is {answer[y, x].tolist()}"
    for k, (place, found) in enumerate(places[:n]):
        if (found != tiles[k]).any():
            y, x, c = np.argwhere(found != tiles[k])[0]
            return (
                f"picture {k}, in {place}: its value [{y}, {x}, {c}] is {pictures[k, y, x, c]:.5f} and becomes "
                f"{tiles[k, y, x, c]}; got {found[y, x, c]}. {np.mean(found != tiles[k]):.0%} of its values are wrong"
            )
    return ""


def check_sheet(contact_sheet, n: int, height: int, width: int, columns: int, gap: int) -> None:
    """Compare a sheet of n pictures with one that is filled place by place."""
    rng = np.random.default_rng([n, height, width, columns, gap])
    pictures = rng.uniform(-0.2, 1.2, size=(n, height, width, 3)).astype("float32")
    name = f"the sheet of {n} picture{'s' * (n > 1)} of {height} x {width} pixels in {columns} columns with gap {gap}"
    try:
        answer = check.call(contact_sheet, pictures, columns, gap)
    except check.CheckError as error:
        if n % columns == 0:
            raise
        rest = f"(Here the last row is not full. Is there a place for it? -({-n} // {columns}) rounds up.)"
        raise check.CheckError(f"{error} {rest}") from None
    right = _sheet(pictures, columns, gap)
    check.require(answer is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.require(
        isinstance(answer, np.ndarray), f"{name}: expected a NumPy array, got {type(answer).__name__}. Use np.array."
    )
    found = answer
    for words, slips in (
        ("there is no gap around the sheet; it is there on all sides.", {"border": False}),
        ("there are no gaps between the pictures.", {"between": False}),
        ("there are no gaps.", {"between": False, "border": False}),
        ("it has as many columns as asked for, even with fewer pictures.", {"narrow": True}),
    ):
        shape = _sheet(pictures, columns, gap, **slips).shape
        same = (
            found.shape == shape != right.shape and np.abs(found - _sheet(pictures, columns, gap, **slips)).max() < 1.5
        )
        check.require(not same, f"{name}: {words}")
    check.require(found.shape != right.shape[:2], f"{name}: the channels are lost; the sheet is (height, width, 3).")
    for side, axis, count, size in (("height", 0, -(-n // columns), height), ("width", 1, columns, width)):
        have, want = found.shape[axis] if found.ndim == 3 else right.shape[axis], right.shape[axis]
        sum_of = f"{count} pictures of {size} and {count + 1} gaps of {gap}"
        check.require(have == want, f"{name}: its {side} is {have}, expected {want}: {sum_of}.")
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
        "multiplied by 256 and cut off; multiply by 255 and round.": {"scale": 256, "rounding": np.trunc},
        "rounded up; round to the nearest with np.rint.": {"rounding": np.ceil},
        "values above 1 wrap around; clip on both sides.": {"clip": "low"},
        "values below 0 wrap around; clip on both sides.": {"clip": "high"},
        "the rows go from the bottom to the top; begin at the top.": {"upward": True},
        "the rows go from right to left; begin at the left.": {"leftward": True},
        "the pictures begin at the edge of the sheet; they begin after the gap.": {"offset": False},
        "not multiplied by 255: all is black.": {"scale": 1},
    }
    mistakes = check.slips(lambda **slips: _sheet(pictures, columns, gap, **slips), options)
    words = functools.partial(_what_stands_where, answer, pictures, columns, gap)
    check.close(answer, right, name, rtol=0, atol=0.001, mistakes=mistakes, otherwise=words)


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


def _directions_array(answer, m: int, k: int):
    """What was returned, unless it is several things or has a shape that tells why."""
    parts = isinstance(answer, tuple) and len({np.shape(part) for part in answer}) > 1
    check.require(
        not parts, "Several results were returned; return the directions alone (the first of what lstsq gives)."
    )
    shape = np.shape(answer) if answer is not None else None
    check.require(
        shape != (k, m) or k == m,
        f"The directions have shape ({k}, {m}), expected ({m}, {k}): one row for each factor.",
    )
    check.require(shape != (m + 1, k), "The row of the intercept is still there: return the rows of the factors only.")
    return answer


def _of_exact_codes(factor_directions) -> str:
    """The smallest table with wrong directions; the codes are exact sums, one thing more at a time."""
    one, two = np.array([0.0, 1, 0, 1, 1, 0]), np.array([0.0, 0, 10, 10, 10, 0])
    cases = (
        ("one factor of 0 and 1 that adds 2", one[:, None], [[2.0]], 0.0),
        ("one factor of 0 and 1 that adds 2, with a constant 5", one[:, None], [[2.0]], 5.0),
        ("one factor of 0 and 10 that adds 2 for each 1, with a constant 5", two[:, None], [[2.0]], 5.0),
        ("one factor of 0 and 1 that adds (2, -3), with a constant 5", one[:, None], [[2.0, -3.0]], 5.0),
        (
            "two factors that go together, of 0 and 1 and of 0 and 10, which add (2, -3) and (1, 0.5) for each 1",
            np.column_stack([one, two]),
            [[2.0, -3.0], [1.0, 0.5]],
            5.0,
        ),
    )
    rest = np.array([[0.5, 1, -0.5, -1, 0, 0]]).T  # no factor explains it
    cases += (("a factor 0, 1, 0, 1, 1, 0 and codes 0.5, 3, -0.5, 1, 2, 0", one[:, None], [[2.0]], rest),)
    for words, table, wanted, constant in cases:
        right = np.array(wanted)
        found = np.asarray(check.call(factor_directions, table @ right + constant, table), float)
        if found.shape != right.shape or not np.allclose(found, right, atol=1e-3):
            return f"a small case, {words}: expected {wanted}, got {found.round(4).tolist()}"
    for i in range(len(one)):  # found and right are those of the last case
        moved = table @ right + rest + np.eye(len(one))[:, [i]]
        if np.allclose(check.call(factor_directions, moved, table), found, atol=1e-6):
            return f"a small case of {len(one)} codes: the code in row {i} changes nothing; all rows count"
    return ""


def check_directions(factor_directions, n: int, m: int, k: int) -> None:
    """Compare directions of factors that occur together with least squares."""
    rng = np.random.default_rng([n, m, k])
    table = rng.normal(size=(n, m)) * np.linspace(1, 4, m) + np.linspace(1, -3, m)
    table[:, 0] = table[:, 0] > table[:, 0].mean()
    if m > 1:
        table[:, 1] += 1.5 * table[:, 0]  # they go together
    codes = table @ rng.normal(size=(m, k)) + rng.normal(size=(n, k)) + 2
    answer = _directions_array(check.call(factor_directions, codes, table), m, k)
    right = _directions(codes, table)
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
    mistakes = check.slips(lambda **slips: _directions(codes, table, **slips), options)
    if k == m:
        mistakes["the directions are columns here; they are rows."] = right.T
    constant = codes.mean(axis=0) - table.mean(axis=0) @ right
    mistakes["the first row is the intercept. If the ones stand first, leave out the first row."] = np.concatenate(
        [constant[None], right[:-1]]
    )
    mistakes["reshaped; rows and columns are exchanged by .T."] = right.T.reshape(m, k)
    words = functools.partial(_of_exact_codes, factor_directions)
    check.close(answer, right, "the directions", rtol=1e-3, atol=1e-4, mistakes=mistakes, otherwise=words)


def check_groups(factor_directions, sizes: tuple[int, ...], k: int) -> None:
    """Compare differences within groups of columns that sum to 1, and the directions of two other factors."""
    rng = np.random.default_rng([*sizes, k])
    places = np.array(list(np.ndindex(*sizes, 2, 2)))
    parts = [np.eye(size)[places[:, j]] for j, size in enumerate(sizes)]
    table = np.concatenate([*parts, places[:, -2:] * [1.0, 20.0] - [0.0, 10.0]], axis=1)
    codes = table @ rng.normal(size=(table.shape[1], k)) + 0.1 * rng.normal(size=(len(table), k)) + 2
    name = "Where the columns of a group (such as hair colours) sum to 1"
    repair = (
        "A sum with a constant then has no unique answer and X.T @ X no inverse: use lstsq, pinv or LinearRegression."
    )
    try:
        answer = check.call(factor_directions, codes, table)
    except check.CheckError as error:
        raise check.CheckError(f"{name}: {repair if 'ingular' in str(error) else error}") from None
    answer = check.array(_directions_array(answer, table.shape[1], k), "the directions", shape=(table.shape[1], k))
    right = _directions(codes, table)
    starts = np.cumsum((0, *sizes))
    for first, end in zip(starts[:-1], starts[1:], strict=True):
        found, wanted = (part[first:end] - part[first] for part in (answer, right))
        fine = np.abs(found - wanted).max() < 1e-3 * np.abs(wanted).max()
        check.require(fine, f"{name}: differences of a group's rows, such as pink minus black, are wrong. {repair}")
    check.close(answer[-2:], right[-2:], f"{name}: the directions of the other factors", rtol=1e-3, atol=1e-4)
