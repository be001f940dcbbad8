"""Answers to the exercises of lesson 11, right and wrong."""

from tests.bank import Bank

bank = Bank()

# shuffle_boards
S = "shuffle_boards"
PERMUTED = "rng.permuted(rows, axis=1)"
SHAPED = "shuffled.reshape(boards.shape)"
bank.wrong(
    S,
    "one shuffle for all boards",
    says="same way",
    swap=(PERMUTED, "rng.permutation(rows, axis=1)"),
)
bank.wrong(
    S,
    "boards change places",
    says="boards changed places",
    code="""
def shuffle_boards(boards, seed):
    return np.random.default_rng(seed).permutation(boards)
""",
)
bank.wrong(
    S,
    "all pieces of all boards in one heap",
    says="wandered",
    code="""
def shuffle_boards(boards, seed):
    return np.random.default_rng(seed).permutation(boards.ravel()).reshape(boards.shape)
""",
)
bank.wrong(
    S,
    "permuted without an axis",
    says="wandered",
    swap=("permuted(rows, axis=1)", "permuted(rows)"),
)
bank.wrong(
    S,
    "the same generator for every board",
    says="same way",
    code="""
def shuffle_boards(boards, seed):
    out = boards.copy()
    for i in range(len(boards)):
        out[i] = np.random.default_rng(seed).permutation(boards[i].ravel()).reshape(8, 8)
    return out
""",
)
bank.wrong(
    S,
    "shuffled in place",
    says="in place",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    for board in boards:
        flat = board.reshape(64)
        rng.shuffle(flat)
    return boards
""",
)
bank.wrong(
    S,
    "ranks shuffled as a whole",
    says="rank stay together",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(board, axis=0) for board in boards])
""",
)
bank.wrong(
    S,
    "files shuffled as a whole",
    says="not its rows or columns",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(board, axis=1) for board in boards])
""",
)
bank.wrong(
    S,
    "within every rank",
    says="rank stay together",
    swap=(PERMUTED, "rng.permuted(boards, axis=2)"),
)
bank.wrong(
    S,
    "within every file",
    says="file stay together",
    swap=(PERMUTED, "rng.permuted(boards, axis=1)"),
)
bank.wrong(S, "no seed", says="same seed differ", swap=("default_rng(seed)", "default_rng()"))
bank.wrong(S, "seed fixed at 0", says="another seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(
    S,
    "squares drawn with replacement",
    says="lost",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.choice(b.ravel(), 64).reshape(8, 8) for b in boards])
""",
)
bank.wrong(
    S,
    "rolled by a random number of squares",
    says="file stay together",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    return np.stack([np.roll(b.ravel(), rng.integers(1, 64)).reshape(8, 8) for b in boards])
""",
)
bank.wrong(
    S,
    "cut like a pack of cards",
    says="neighbours",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    out = []
    for board in boards:
        a, b, c = np.split(board.ravel(), np.sort(rng.choice(np.arange(10, 55), 2, replace=False)))
        out.append(np.concatenate([c, b, a]).reshape(8, 8))
    return np.stack(out)
""",
)
bank.wrong(
    S,
    "two squares swapped",
    says="keep their piece",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    out = boards.reshape(-1, 64).copy()
    for row in out:
        i, j = rng.choice(64, 2, replace=False)
        row[i], row[j] = row[j], row[i]
    return out.reshape(boards.shape)
""",
)
bank.wrong(
    S,
    "shuffle returns nothing",
    says="returned nothing",
    code="""
def shuffle_boards(boards, seed):
    return np.random.default_rng(seed).shuffle(boards.copy())
""",
)
bank.wrong(S, "left as rows of 64", says="shape", swap=(SHAPED, "shuffled"))
bank.wrong(
    S,
    "within every file, then within every rank",
    says="one file meet on one rank",
    code="""
def shuffle_boards(boards, seed):
    r = np.random.default_rng(seed)
    return r.permuted(r.permuted(boards, axis=1), axis=2)
""",
)
bank.wrong(
    S,
    "within every rank, then within every file",
    says="one rank meet on one file",
    code="""
def shuffle_boards(boards, seed):
    r = np.random.default_rng(seed)
    return r.permuted(r.permuted(boards, axis=2), axis=1)
""",
)
bank.wrong(
    S,
    "ranks shuffled, then one permutation for all",
    says="part of the shuffle is shared",
    code="""
def shuffle_boards(boards, seed):
    r = np.random.default_rng(seed)
    ranks = np.stack([r.permutation(board, axis=0) for board in boards])
    return ranks.reshape(-1, 64)[:, r.permutation(64)].reshape(boards.shape)
""",
)
bank.wrong(
    S,
    "two permutations for all boards",
    says="same way as others",
    code="""
def shuffle_boards(boards, seed):
    r = np.random.default_rng(seed)
    both = np.stack([r.permutation(64), r.permutation(64)])
    which = np.arange(len(boards)) % 2
    return np.take_along_axis(boards.reshape(-1, 64), both[which], axis=1).reshape(boards.shape)
""",
)
bank.wrong(
    S,
    "one permutation for board 0, one for the rest",
    says="same way as others",
    code="""
def shuffle_boards(boards, seed):
    r = np.random.default_rng(seed)
    flat = boards.reshape(-1, 64)
    out = np.concatenate([flat[:1, r.permutation(64)], flat[1:, r.permutation(64)]])
    return out.reshape(boards.shape)
""",
)
bank.wrong(S, "a list", says="not as a list", swap=(SHAPED, "list(" + SHAPED + ")"))
bank.right(
    S,
    "a loop with one generator",
    code="""
def shuffle_boards(boards, seed):
    rng = np.random.default_rng(seed)
    result = np.empty_like(boards)
    for i, board in enumerate(boards):
        result[i] = rng.permutation(board.flatten()).reshape(8, 8)
    return result
""",
)
bank.right(
    S,
    "order of random numbers",
    code="""
def shuffle_boards(boards, seed):
    flat = boards.reshape(-1, 64)
    order = np.random.default_rng(seed).random(flat.shape).argsort(axis=1)
    return np.take_along_axis(flat, order, axis=1).reshape(-1, 8, 8)
""",
)
bank.right(
    S,
    "the old global generator",
    code="""
def shuffle_boards(boards, seed):
    np.random.seed(seed)
    out = boards.copy().reshape(len(boards), 64)
    for row in out:
        np.random.shuffle(row)
    return out.reshape(boards.shape)
""",
)
bank.right(
    S,
    "Python's random, a list",
    code="""
def shuffle_boards(boards, seed):
    import random

    rng = random.Random(seed)
    result = []
    for board in boards:
        squares = [int(v) for v in board.ravel()]
        rng.shuffle(squares)
        result.append([squares[8 * r : 8 * r + 8] for r in range(8)])
    return np.array(result)
""",
)

bank.wrong(
    S,
    "number of boards fixed at 500",
    says="500",
    swap=("boards.reshape(len(boards), 64)", "boards.reshape(500, 64)"),
)

# entropy
E = "entropy"
bank.wrong(E, "nats", says="nats", swap=("np.log2", "np.log"))
bank.wrong(E, "base 10", says="base 10", swap=("np.log2", "np.log10"))
bank.wrong(
    E,
    "logarithm of zero",
    says="logarithm of zero",
    swap=("counts[counts > 0] / counts.sum()", "counts / counts.sum()"),
)
bank.wrong(E, "minus forgotten", says="sign", swap=("np.log2(1 / p)", "np.log2(p)"))
bank.wrong(
    E,
    "mean for sum",
    says="average over the values",
    swap=(
        "counts.sum()\n    bits = np.log2(1 / p)\n    return float(np.sum(p * bits))",
        "counts.sum()\n    bits = np.log2(1 / p)\n    return float(np.sum(p * bits)) / len(counts)",
    ),
)
bank.wrong(
    E,
    "counts not divided by their sum",
    says="not divided",
    swap=(
        "p = counts[counts > 0] / counts.sum()",
        "p = counts[counts > 0]",
    ),
)
bank.wrong(
    E,
    "not weighted",
    says="weighted",
    swap=("np.sum(p * bits)", "np.mean(bits)"),
)
bank.wrong(
    E,
    "a large number added against zeros",
    says="1 was added",
    swap=("counts[counts > 0] / counts.sum()", "(counts + 1) / (counts + 1).sum()"),
)
bank.wrong(
    E,
    "number of values instead of the sum of counts",
    says="how many values",
    swap=("/ counts.sum()", "/ len(counts)"),
)
bank.wrong(
    E,
    "empty squares not counted",
    says="empty squares were not counted",
    swap=("minlength=13)", "minlength=13)[1:]"),
)
bank.wrong(
    E,
    "empty squares not counted, by the mask",
    says="empty squares were not counted",
    swap=("np.bincount(square,", "np.bincount(square[square > 0],"),
)
bank.wrong(
    E,
    "all squares counted together",
    says="all squares were counted together; each",
    swap=(
        "sum(entropy_bits(count) for count in counts)",
        "entropy_bits(np.bincount(squares.ravel(), minlength=13))",
    ),
)
bank.wrong(
    E,
    "all squares counted together, times 64",
    says="times 64",
    swap=(
        "sum(entropy_bits(count) for count in counts)",
        "64 * entropy_bits(np.bincount(squares.ravel(), minlength=13))",
    ),
)
bank.wrong(
    E,
    "average over the squares",
    says="average over the squares",
    swap=(
        "sum(entropy_bits(count) for count in counts)",
        "np.mean([entropy_bits(count) for count in counts])",
    ),
)
bank.wrong(
    E,
    "within each board",
    says="within each board",
    swap=("reshape(len(boards), 64).T", "reshape(len(boards), 64)"),
)
bank.wrong(
    E,
    "occupied or not",
    says="occupied",
    swap=("np.bincount(square, minlength=13)", "np.bincount(square > 0, minlength=13)"),
)
bank.wrong(
    E,
    "colours merged",
    says="the colour matters",
    swap=(
        "np.bincount(square, minlength=13)",
        "np.bincount(np.where(square > 6, square - 6, square), minlength=13)",
    ),
)
bank.wrong(
    E,
    "histogram with its last bin closed",
    says="11 and 12",
    swap=("np.bincount(square, minlength=13)", "np.histogram(square, bins=range(13))[0]"),
)
bank.wrong(
    E,
    "number of boards fixed at 4",
    says="3 empty boards: got",
    swap=(
        "return sum(entropy_bits(count) for count in counts)",
        "p = np.stack(counts) / 4\n"
        "    return float(np.sum(p * np.log2(1 / np.where(p > 0, p, 1))))",
    ),
)
bank.wrong(
    E,
    "rows of 64 mixed",
    says="mixes squares",
    swap=("boards.reshape(len(boards), 64).T", "boards.reshape(64, -1)"),
)
bank.wrong(
    E,
    "codes given as counts",
    says="takes counts",
    swap=("np.bincount(square, minlength=13)", "square"),
)
bank.wrong(E, "no return", says="return", swap=("return float", "float"))
bank.right(
    E,
    "loops",
    code="""
import math


def entropy_bits(counts):
    total, bits = sum(counts), 0.0
    for c in counts:
        if c > 0:
            bits -= c / total * math.log2(c / total)
    return bits


def bits_per_board(boards):
    total = 0
    for row in range(8):
        for column in range(8):
            total += entropy_bits([np.sum(boards[:, row, column] == code) for code in range(13)])
    return total
""",
)
bank.right(
    E,
    "SciPy",
    code="""
from scipy.stats import entropy


def entropy_bits(counts):
    return entropy(counts, base=2)


def bits_per_board(boards):
    counts = np.stack([(boards == code).sum(axis=0) for code in range(13)])
    return entropy(counts, base=2).sum()
""",
)
bank.right(
    E,
    "NaN dropped afterwards",
    code="""
def entropy_bits(counts):
    p = np.asarray(counts) / np.sum(counts)
    return -np.nansum(p * np.log2(p))


def bits_per_board(boards):
    return float(sum(
        entropy_bits(np.array([(boards[:, r, c] == k).sum() for k in range(13)]))
        for r in range(8) for c in range(8)
    ))
""",
)
bank.right(
    E,
    "where, nats converted",
    code="""
def entropy_bits(counts):
    p = counts / counts.sum()
    return -np.sum(p * np.log(np.where(p > 0, p, 1))) / np.log(2)


def bits_per_board(boards):
    flat = boards.reshape(-1, 64)
    return sum(entropy_bits(np.unique(flat[:, s], return_counts=True)[1]) for s in range(64))
""",
)

bank.wrong(
    E,
    "at most a hundred values",
    says="got",
    swap=("p = counts[counts > 0]", "counts = counts[:100]\n    p = counts[counts > 0]"),
)
bank.wrong(
    E,
    "nats, and the sign",
    says="base 2; and the sign",
    swap=("np.log2(1 / p)", "np.log(p)"),
)

# zlib_bytes
Z = "zlib_bytes"
bank.wrong(
    Z,
    "eight bytes a number",
    says="eight bytes",
    swap=("items.astype(np.uint8)", "items.astype(np.int64)"),
)
bank.wrong(
    Z,
    "the array as text",
    says="picture of the array",
    swap=("piece.tobytes()", "str(piece).encode()"),
)
bank.wrong(
    Z,
    "total, not per item",
    says="divide by the number of items",
    swap=(" / len(items)", ""),
)
bank.wrong(
    Z,
    "always together",
    says="each by itself",
    swap=("[small] if together else small", "[small]"),
)
bank.wrong(Z, "always alone", says="all together", swap=("[small] if together else small", "small"))
bank.wrong(
    Z,
    "together and alone swapped",
    says="together",
    swap=("if together", "if not together"),
)
bank.wrong(
    Z,
    "divided by the numbers",
    says="not of numbers",
    swap=("/ len(items)", "/ items.size"),
)
bank.wrong(
    Z,
    "length of the first item only",
    says="only the first item",
    code="""
def zlib_bytes(items, together):
    return len(zlib.compress(items[0].astype(np.uint8).tobytes()))
""",
)
bank.wrong(
    Z,
    "rows of a board instead of boards",
    says="each row of an item",
    swap=(
        "[small] if together else small",
        "[small] if together else small.reshape(-1, small.shape[-1])",
    ),
)
bank.wrong(
    Z,
    "forty items",
    says="20 items",
    swap=(" / len(items)", " / 40"),
)
bank.wrong(
    Z,
    "only the first item, divided by the number of items",
    says="only the first item was compressed, and divided",
    swap=("[small] if together else small", "small[:1]"),
)
bank.wrong(
    Z,
    "level 9",
    says="default level",
    swap=("zlib.compress(piece.tobytes())", "zlib.compress(piece.tobytes(), 9)"),
)
bank.wrong(Z, "bits", says="bits", swap=("return sum(", "return 8 * sum("))
bank.wrong(Z, "no return", says="return", swap=("return sum(", "total = sum("))
bank.right(
    Z,
    "two branches, bytes from a list",
    code="""
def zlib_bytes(items, together):
    if together:
        return len(zlib.compress(bytes(items.ravel().tolist()))) / items.shape[0]
    return np.mean([len(zlib.compress(bytes(item.ravel().tolist()))) for item in items])
""",
)
bank.right(
    Z,
    "compressor object",
    code="""
def zlib_bytes(items, together):
    def squeeze(a):
        c = zlib.compressobj()
        return len(c.compress(np.ascontiguousarray(a, dtype="uint8").tobytes())) + len(c.flush())

    total = squeeze(items) if together else sum(map(squeeze, items))
    return total / len(items)
""",
)

bank.wrong(
    Z,
    "only the first fifty items",
    says="100 items",
    swap=("small = items.astype(np.uint8)", "small = items[:50].astype(np.uint8)"),
)
bank.wrong(Z, "four bytes a number", says="four bytes", swap=("np.uint8", "np.int32"))

# build_memory
B = "build_memory"
bank.wrong(B, "ReLU", says="relu instead of GELU", swap=('activation="gelu"', 'activation="relu"'))
bank.wrong(B, "no activation", says="no activation on the wide", swap=(', activation="gelu"', ""))
bank.wrong(
    B,
    "an activation on the code",
    says="on the latent code",
    swap=("layers.Dense(latent_dim)", 'layers.Dense(latent_dim, activation="gelu")'),
)
bank.wrong(B, "no softmax", says="softmax is missing", swap=("        layers.Softmax(),\n", ""))
bank.wrong(
    B,
    "softmax over the squares",
    says="over the squares",
    swap=("layers.Softmax()", "layers.Softmax(axis=1)"),
)
bank.wrong(
    B,
    "softmax over the whole board",
    says="whole board",
    swap=(
        "        layers.Dense(832),\n        layers.Reshape((64, 13)),\n        layers.Softmax(),",
        '        layers.Dense(832, activation="softmax"),\n        layers.Reshape((64, 13)),',
    ),
)
bank.wrong(
    B,
    "32 written in",
    says="dense layers have weights of the shapes",
    swap=("layers.Dense(latent_dim)", "layers.Dense(32)"),
)
bank.wrong(
    B,
    "256 written in",
    says="dense layers have weights of the shapes",
    swap=("layers.Dense(width", "layers.Dense(256"),
)
bank.wrong(
    B,
    "no latent layer",
    says="dense layers have weights of the shapes",
    swap=("        layers.Dense(latent_dim),\n", ""),
)
bank.wrong(
    B,
    "arguments exchanged",
    says="dense layers have weights of the shapes",
    swap=("(latent_dim: int, width: int)", "(width: int, latent_dim: int)"),
)
bank.wrong(
    B,
    "without biases",
    says="biases",
    swap=("layers.Dense(832)", "layers.Dense(832, use_bias=False)"),
)
bank.wrong(
    B,
    "dropout",
    says="training=True",
    swap=("layers.Dense(latent_dim),", "layers.Dense(latent_dim),\n        layers.Dropout(0.2),"),
)
bank.wrong(B, "13 by 64", says="shape", swap=("Reshape((64, 13))", "Reshape((13, 64))"))
bank.wrong(
    B,
    "a fixed seed",
    says="random seed",
    swap=("    encoder = [", "    keras.utils.set_random_seed(0)\n    encoder = ["),
)
bank.wrong(B, "no return", says="return", swap=("return keras", "model = keras"))
bank.right(
    B,
    "functional",
    code="""
def build_memory(latent_dim, width):
    inputs = keras.Input(shape=(832,))
    h = keras.layers.Dense(width, activation=keras.activations.gelu)(inputs)
    code = keras.layers.Dense(latent_dim, name="code")(h)
    h = keras.layers.Dense(width, activation="gelu")(code)
    scores = keras.layers.Reshape((64, 13))(keras.layers.Dense(64 * 13)(h))
    return keras.Model(inputs, keras.layers.Softmax(axis=-1)(scores))
""",
)
bank.right(
    B,
    "activations as layers, two networks",
    code="""
def build_memory(latent_dim, width):
    encoder = keras.Sequential([layers.Dense(width), layers.Activation("gelu"), layers.Dense(latent_dim)])
    decoder = keras.Sequential([layers.Dense(width), layers.Activation("gelu"), layers.Dense(832)])
    ends = [layers.Reshape((64, 13)), layers.Activation("softmax")]
    return keras.Sequential([keras.Input((832,)), encoder, decoder, *ends])
""",
)
bank.right(
    B,
    "a loop",
    code="""
def build_memory(latent_dim, width):
    model = keras.Sequential([keras.Input((832,))])
    for size, kind in ((width, "gelu"), (latent_dim, None), (width, "gelu"), (832, None)):
        model.add(layers.Dense(size, activation=kind))
    model.add(layers.Reshape((64, 13)))
    model.add(layers.Softmax())
    return model
""",
)

# recall
R = "recall"
PIECES_RIGHT = "right[pieces].mean()"
bank.wrong(
    R,
    "pieces over all squares",
    says="not by all squares",
    swap=(PIECES_RIGHT, "(right & (boards > 0)).mean()"),
)
bank.wrong(
    R,
    "pieces put back, not pieces shown",
    says="not by those put back",
    swap=(PIECES_RIGHT, "right[remembered > 0].mean()"),
)
bank.wrong(
    R,
    "empty squares counted as pieces",
    says="counted as pieces",
    swap=(PIECES_RIGHT, "right.sum() / (boards > 0).sum()"),
)
bank.wrong(
    R,
    "occupied or not",
    says="occupied",
    swap=(PIECES_RIGHT, "(remembered > 0)[boards > 0].mean()"),
)
bank.wrong(
    R,
    "mean of the boards' shares",
    says="of all boards",
    swap=(PIECES_RIGHT, "np.mean([(a == b)[a > 0].mean() for a, b in zip(boards, remembered)])"),
)
bank.wrong(
    R,
    "occupied on either board",
    says="either board",
    swap=(PIECES_RIGHT, "right[(boards > 0) | (remembered > 0)].mean()"),
)
bank.wrong(
    R,
    "colour ignored",
    says="colour",
    swap=(
        PIECES_RIGHT,
        "(((boards - 1) % 6 == (remembered - 1) % 6) & (remembered > 0))[boards > 0].mean()",
    ),
)
bank.wrong(
    R,
    "empty squares not counted among the squares",
    says="empty square",
    swap=("float(right.mean())", "float((right & (boards > 0)).mean())"),
)
bank.wrong(
    R,
    "pieces first",
    says="squares come first",
    swap=(
        "float(right.mean()), float(right[pieces].mean())",
        "float(right[pieces].mean()), float(right.mean())",
    ),
)
bank.wrong(R, "numbers, not shares", says="number of squares", swap=("right.mean()", "right.sum()"))
bank.wrong(R, "per cent", says="per cent", swap=("float(right.mean())", "100 * right.mean()"))
bank.wrong(R, "divided by 64", says="not by 64", swap=("float(right.mean())", "right.sum() / 64"))
bank.wrong(R, "squares twice", says="share of squares", swap=(PIECES_RIGHT, "right.mean()"))
bank.wrong(
    R,
    "boards overwritten",
    says="`boards` of `recall` was changed in place",
    swap=(
        "right = boards == remembered",
        "right = boards == remembered\n    share = float(right[boards > 0].mean())\n    boards[:] = 0\n    return float(right.mean()), share",
    ),
)
bank.wrong(
    R,
    "memory overwritten",
    says="`remembered` of `recall` was changed in place",
    swap=(
        "right = boards == remembered",
        "right = boards == remembered\n    remembered[~right] = 0",
    ),
)
bank.wrong(
    R,
    "squares occupied or not",
    says="squares right, on two boards: this only asks",
    swap=("float(right.mean())", "float(((boards > 0) == (remembered > 0)).mean())"),
)
bank.wrong(
    R,
    "wrong squares counted",
    says="wrong squares",
    swap=("float(right.mean())", "float((~right).mean())"),
)
bank.wrong(
    R,
    "wrong pieces counted",
    says="wrong pieces",
    swap=(PIECES_RIGHT, "(~right)[boards > 0].mean()"),
)
bank.wrong(R, "one number", says="expected 2 results", swap=("float(right.mean()), ", ""))
bank.wrong(R, "no return", says="return", swap=("return float", "result = float"))
bank.right(
    R,
    "sums",
    code="""
def recall(boards, remembered):
    hit = np.equal(boards, remembered)
    squares = hit.sum() / hit.size
    pieces = np.sum(hit & (boards != 0)) / np.count_nonzero(boards)
    return squares, pieces
""",
)
bank.right(
    R,
    "loops, a list",
    code="""
def recall(boards, remembered):
    squares = pieces = shown = 0
    for a, b in zip(boards.ravel(), remembered.ravel()):
        squares += a == b
        shown += a > 0
        pieces += a == b and a > 0
    return [squares / boards.size, pieces / shown]
""",
)
bank.right(
    R,
    "an array",
    swap=(
        "float(right.mean()), float(right[pieces].mean())",
        "np.array([right.mean(), right[boards > 0].mean()])",
    ),
)
bank.right(
    R,
    "weighted averages",
    swap=(PIECES_RIGHT, "np.average(right, weights=boards > 0)"),
)

# memory_experiment
M = "memory_experiment"
RESULT = "[recall(boards, remember(boards)) for boards in (test, jumbled)]"
bank.wrong(
    M,
    "tested on the boards of the training",
    says="from the training",
    swap=("for boards in (test, jumbled)", "for boards in (train, jumbled)"),
)
bank.wrong(
    M,
    "all of it on the training boards",
    says="from the training",
    swap=("shuffle_boards(test, seed + 1000)", "shuffle_boards(train, seed)\n    test = train"),
)
bank.wrong(
    M,
    "each tested on its own training boards",
    says="from the training",
    code="""
def memory_experiment(learn, train, test, seed):
    jumbled = shuffle_boards(train, seed)
    expert, novice = learn(train), learn(jumbled)
    return np.array([[recall(b, f(b)) for b in (train, jumbled)] for f in (expert, novice)])
""",
)
bank.wrong(
    M,
    "expert learns from all boards there are",
    says="taught the test boards",
    swap=("expert = learn(train)", "expert = learn(np.concatenate([train, test]))"),
)
bank.wrong(
    M,
    "novice learns from the shuffled test boards",
    says="taught the test boards",
    swap=("learn(shuffle_boards(train, seed))", "learn(jumbled)"),
)
bank.wrong(
    M,
    "novice learns from real boards as well",
    says="both learnt from real",
    swap=("learn(shuffle_boards(train, seed))", "learn(train)"),
)
bank.wrong(
    M,
    "the expert tests itself as novice",
    says="called 1 times",
    swap=("novice = learn(shuffle_boards(train, seed))", "novice = expert"),
)
bank.wrong(
    M,
    "novice learns from nothing",
    says="other boards than the training boards",
    swap=("learn(shuffle_boards(train, seed))", "learn(np.zeros_like(train))"),
)
bank.wrong(
    M,
    "novice learns from the boards in another order",
    says="both learnt from real",
    swap=(
        "learn(shuffle_boards(train, seed))",
        "learn(np.random.default_rng(seed).permutation(train))",
    ),
)
bank.wrong(
    M,
    "different shuffles for the two",
    says="different shuffled boards",
    swap=(
        RESULT,
        "[recall(b, remember(b)) for b in (test, shuffle_boards(test, seed + (remember is novice)))]",
    ),
)
bank.wrong(
    M,
    "memory of real boards compared with shuffled ones",
    says="not shown any shuffled",
    swap=("remember(boards))", "remember(test))"),
)
bank.wrong(
    M,
    "test not shuffled",
    says="not shown any shuffled",
    swap=("shuffle_boards(test, seed + 1000)", "test"),
)
bank.wrong(
    M,
    "memory and board swapped in recall",
    says="recall takes the boards first",
    swap=("recall(boards, remember(boards))", "recall(remember(boards), boards)"),
)
bank.wrong(
    M,
    "novice first",
    says="expert comes first",
    swap=("in (expert, novice)", "in (novice, expert)"),
)
bank.wrong(
    M,
    "shuffled first",
    says="real comes first",
    swap=("in (test, jumbled)", "in (jumbled, test)"),
)
bank.wrong(
    M,
    "axes in another order",
    says="first axis is who",
    swap=("return np.array(scores)", "return np.array(scores).swapaxes(0, 1)"),
)
bank.wrong(
    M,
    "pieces only",
    says="only the share of pieces",
    swap=("recall(boards, remember(boards))", "recall(boards, remember(boards))[1]"),
)
bank.wrong(
    M,
    "seed not used",
    says="another seed",
    swap=("shuffle_boards(test, seed + 1000)", "shuffle_boards(test, 0)"),
)
bank.wrong(
    M,
    "novice's boards mirrored",
    says="in one way for all boards",
    swap=("learn(shuffle_boards(train, seed))", "learn(train[:, :, ::-1])"),
)
bank.wrong(
    M,
    "novice's boards upside down",
    says="in one way for all boards",
    swap=("learn(shuffle_boards(train, seed))", "learn(train[:, ::-1])"),
)
bank.wrong(
    M,
    "novice's ranks permuted",
    says="in one way for all boards",
    swap=(
        "learn(shuffle_boards(train, seed))",
        "learn(train[:, np.random.default_rng(seed).permutation(8)])",
    ),
)
bank.wrong(
    M,
    "novice's ranks permuted, each board by itself",
    says="rank are still together",
    swap=(
        "learn(shuffle_boards(train, seed))",
        "learn(np.stack([np.random.default_rng(seed + i).permutation(b) for i, b in enumerate(train)]))",
    ),
)
bank.wrong(
    M,
    "novice's boards shuffled within files",
    says="file are still together",
    swap=(
        "learn(shuffle_boards(train, seed))",
        "learn(np.random.default_rng(seed).permuted(train, axis=1))",
    ),
)
bank.wrong(
    M,
    "one permutation for all of the novice's boards",
    says="novice's boards: every piece",
    swap=(
        "learn(shuffle_boards(train, seed))",
        "learn(train.reshape(-1, 64)[:, np.random.default_rng(seed).permutation(64)].reshape(train.shape))",
    ),
)
bank.wrong(
    M,
    "one permutation for all test boards",
    says="shuffled test boards: every piece",
    swap=(
        "shuffle_boards(test, seed + 1000)",
        "test.reshape(-1, 64)[:, np.random.default_rng(seed).permutation(64)].reshape(test.shape)",
    ),
)
bank.wrong(
    M,
    "test boards mirrored",
    says="shuffled test boards: every piece",
    swap=("shuffle_boards(test, seed + 1000)", "test[:, :, ::-1]"),
)
bank.wrong(
    M,
    "only one test board shuffled",
    says="1 shuffled boards, but not each of the 33",
    swap=("shuffle_boards(test, seed + 1000)", "shuffle_boards(test[:1], seed)"),
)
bank.wrong(
    M,
    "only twenty test boards shuffled",
    says="20 shuffled boards, but not each of the 33",
    swap=("shuffle_boards(test, seed + 1000)", "shuffle_boards(test[:20], seed)"),
)
bank.wrong(
    M,
    "novice's seed fixed at 0",
    says="novice's boards in the same way",
    swap=("learn(shuffle_boards(train, seed))", "learn(shuffle_boards(train, 0))"),
)
bank.wrong(
    M,
    "only some real boards shown",
    says="only some of the test boards",
    swap=("in (test, jumbled)", "in (test[:20], jumbled)"),
)
bank.wrong(
    M,
    "memories of shuffled boards compared with real ones",
    says="compared with the real ones",
    swap=("recall(boards, remember(boards))", "recall(test, remember(boards))"),
)
bank.wrong(M, "no return", says="return", swap=("return np.array", "result = np.array"))
bank.right(
    M,
    "novice trained first, results by hand",
    code="""
def memory_experiment(learn, train, test, seed):
    novice = learn(shuffle_boards(train, seed))
    expert = learn(train)
    nonsense = shuffle_boards(test, seed)
    out = np.zeros((2, 2, 2))
    for who, mind in enumerate([expert, novice]):
        for what, boards in enumerate([test, nonsense]):
            squares, pieces = recall(boards, mind(boards))
            out[who, what] = squares, pieces
    return out
""",
)
bank.right(
    M,
    "all test boards shown at once, a list",
    code="""
def memory_experiment(learn, train, test, seed):
    n, both = len(test), np.concatenate([test, shuffle_boards(test, seed + 1)])
    result = []
    for boards in (train, shuffle_boards(train, seed)):
        back = learn(boards)(both)
        result.append([recall(both[:n], back[:n]), recall(both[n:], back[n:])])
    return result
""",
)
bank.right(
    M,
    "remembered twice, one score at a time",
    swap=(
        "recall(boards, remember(boards))",
        "[recall(boards, remember(boards))[k] for k in (0, 1)]",
    ),
)
bank.right(
    M,
    "seeds drawn from the seed, test boards one by one",
    code="""
def memory_experiment(learn, train, test, seed):
    first, second = (int(s) for s in np.random.default_rng(seed).integers(10**6, size=2))
    mixed = shuffle_boards(test, second)
    minds = learn(train), learn(shuffle_boards(train, first))
    return np.array([
        [recall(b, np.concatenate([f(one[None]) for one in b])) for b in (test, mixed)]
        for f in minds
    ])
""",
)
bank.wrong(
    E,
    "divided by the largest count",
    says="not by the largest",
    swap=("counts.sum()", "counts.max()"),
)
bank.wrong(
    E,
    "terms not summed",
    says="add them up",
    swap=("float(np.sum(p * bits))", "p * bits"),
)
bank.wrong(
    E,
    "counts counted again",
    says="count them again",
    swap=(
        "p = counts[counts > 0]",
        "counts = np.unique(counts, return_counts=True)[1]\n    p = counts",
    ),
)
bank.wrong(
    E,
    "as if all values were equally likely",
    says="equally likely",
    swap=("float(np.sum(p * bits))", "float(np.log2(len(p)))"),
)
bank.wrong(
    E,
    "a list of 64 entropies",
    says="a board costs their sum",
    swap=(
        "sum(entropy_bits(count) for count in counts)",
        "[entropy_bits(count) for count in counts]",
    ),
)
bank.wrong(
    E,
    "divided by the number of boards",
    says="frequencies know it",
    swap=("for count in counts)", "for count in counts) / len(boards)"),
)
bank.right(
    E,
    "one-hot vectors, a function along an axis",
    code="""
def entropy_bits(counts):
    return -sum(c / counts.sum() * np.log2(c / counts.sum()) for c in counts.tolist() if c)


def bits_per_board(boards):
    seen = np.stack([(boards == code).sum(axis=0) for code in range(13)])
    return np.apply_along_axis(entropy_bits, 0, seen).sum()
""",
)
bank.wrong(
    Z,
    "rounded down",
    says="instead of //",
    swap=("sum(sizes) / len(items)", "sum(sizes) // len(items)"),
)
bank.wrong(
    Z,
    "size before compression",
    says="before compression",
    swap=("len(zlib.compress(piece.tobytes()))", "len(piece.tobytes())"),
)
bank.wrong(
    Z,
    "two bytes a number",
    says="two bytes",
    swap=("np.uint8", "np.uint16"),
)
bank.wrong(
    Z,
    "a printed list",
    says="printed list",
    swap=("piece.tobytes()", "str(piece.tolist()).encode()"),
)
bank.wrong(
    B,
    "sizes of the lesson in the code",
    says="dense layers have weights of the shapes",
    swap=("    encoder = [", "    latent_dim, width = 32, 256\n    encoder = ["),
)
bank.wrong(
    B,
    "GELU in the encoder only",
    says="second wide layer",
    swap=(
        'decoder = [\n        layers.Dense(width, activation="gelu")',
        "decoder = [\n        layers.Dense(width)",
    ),
)
bank.wrong(
    B,
    "GELU on the last layer",
    says="last dense layer",
    swap=("layers.Dense(832)", 'layers.Dense(832, activation="gelu")'),
)
bank.wrong(
    B,
    "sigmoid for softmax",
    says="sigmoid in place of",
    swap=("layers.Softmax()", 'layers.Activation("sigmoid")'),
)
bank.wrong(
    B,
    "softmax twice",
    says="two softmaxes",
    swap=("layers.Softmax(),", "layers.Softmax(),\n        layers.Softmax(),"),
)
bank.wrong(
    R,
    "only where something was put",
    says="pieces shown, not only",
    swap=(PIECES_RIGHT, "right[pieces & (remembered > 0)].mean()"),
)
bank.wrong(
    R,
    "a share for each board",
    says="one share of all squares",
    swap=("float(right.mean())", "right.mean(axis=(1, 2))"),
)
bank.wrong(
    R,
    "32 pieces on every board",
    says="32 pieces",
    swap=(PIECES_RIGHT, "right[pieces].sum() / (32 * len(boards))"),
)
bank.right(
    R,
    "masked arrays",
    code="""
def recall(boards, remembered):
    hit = np.ma.masked_array(boards == remembered, mask=boards == 0)
    return hit.data.mean(), hit.mean()
""",
)
bank.wrong(
    M,
    "in per cent",
    says="per cent",
    swap=("np.array(scores)", "100 * np.array(scores)"),
)
bank.wrong(
    M,
    "four rows",
    says="one axis for who",
    swap=("np.array(scores)", "np.array(scores).reshape(4, 2)"),
)
bank.right(
    M,
    "all boards shuffled in one call",
    code="""
def memory_experiment(learn, train, test, seed):
    mixed = shuffle_boards(np.concatenate([train, test]), seed)
    minds = [learn(boards) for boards in (train, mixed[: len(train)])]
    return [[recall(b, f(b)) for b in (test, mixed[len(train) :])] for f in minds]
""",
)
bank.wrong(
    M,
    "shuffles without a seed",
    says="same seed",
    swap=("seed + 1000", "None"),
)
bank.wrong(
    S,
    "empty squares stay empty",
    says="Only the pieces change places",
    code="""
def shuffle_boards(boards, seed):
    rng, result = np.random.default_rng(seed), boards.copy()
    for board in result:
        board[board > 0] = rng.permutation(board[board > 0])
    return result
""",
)
bank.right(
    Z,
    "the arrays' own buffers",
    code="""
def zlib_bytes(items, together):
    parts = [items] if together else list(items)
    return np.mean([len(zlib.compress(part.astype("uint8"))) for part in parts]) / (
        len(items) if together else 1
    )
""",
)

# what a small case shows, and where known mistakes were told that were none
bank.wrong(
    S,
    "sorted",
    says="a sort changes nothing",
    code="""
def shuffle_boards(boards, seed):
    return np.sort(boards.reshape(-1, 64), axis=1).reshape(boards.shape)
""",
)
bank.wrong(E, "p forgotten", says="got 2, expected 1", swap=("np.sum(p * bits)", "np.sum(bits)"))
bank.wrong(
    E,
    "black king forgotten",
    says="got 0, expected 1",
    swap=("minlength=13)", "minlength=13)[:12]"),
)
bank.wrong(
    E,
    "counts of 8 bits",
    says="512 boards",
    swap=("minlength=13)", "minlength=13).astype('uint8')"),
)
bank.wrong(
    E,
    "largest square for the sum",
    says="got 1, expected 2",
    swap=("return sum(", "return max("),
)
bank.wrong(
    Z,
    "level 1",
    says="what level 1 gives",
    swap=("zlib.compress(piece.tobytes())", "zlib.compress(piece.tobytes(), level=1)"),
)
bank.wrong(
    Z,
    "gzip",
    says="format of gzip",
    swap=("zlib.compress(", "__import__('gzip').compress("),
)
bank.wrong(
    Z,
    "column by column",
    says="axes were turned",
    swap=("astype(np.uint8)", "astype(np.uint8).T"),
)
bank.wrong(
    Z,
    "without the header",
    says="got 3, expected 9",
    swap=("len(zlib.compress(piece.tobytes()))", "len(zlib.compress(piece.tobytes())) - 6"),
)
bank.wrong(
    B,
    "softmax on the code",
    says="done with the sums of the latent code",
    swap=("layers.Dense(latent_dim)", 'layers.Dense(latent_dim, activation="softmax")'),
)
bank.wrong(
    B,
    "axes permuted at the end",
    says="what comes after the last dense layer",
    swap=("layers.Reshape((64, 13))", "layers.Reshape((13, 64)), layers.Permute((2, 1))"),
)
bank.wrong(
    R,
    "pawns are no pieces",
    says="a white pawn, remembered as it is",
    swap=("boards > 0", "(boards > 1) & (boards != 7)"),
)
bank.wrong(
    R,
    "counted in 8 bits",
    says="8 bits",
    swap=("float(right.mean())", "float(right.sum(dtype='uint8') / right.size)"),
)
bank.wrong(
    M,
    "half of the boards shown",
    says="shown only some of the test boards",
    swap=("in (test, jumbled)]", "in (test[:16], jumbled[:16])]"),
)
bank.wrong(
    M,
    "shown another shuffle than the one compared with",
    says="expert's share of squares on shuffled boards",
    swap=(
        "remember(boards)) for",
        "remember(boards if boards is test else shuffle_boards(test, seed + 1))) for",
    ),
)
bank.right(
    B,
    "functions of keras.ops",
    code="""
def build_memory(latent_dim, width):
    inputs = keras.Input(shape=(832,))
    hidden = keras.ops.gelu(layers.Dense(width)(inputs), approximate=False)
    hidden = keras.activations.gelu(layers.Dense(width)(layers.Dense(latent_dim)(hidden)))
    scores = keras.ops.reshape(layers.Dense(832)(hidden), (-1, 64, 13))
    return keras.Model(inputs, keras.ops.softmax(scores, axis=-1))
""",
)
bank.wrong(
    S,
    "halves of the board by themselves",
    says="gets to 32 of the 64 squares",
    swap=("rng.permuted(rows, axis=1)", "rng.permuted(rows.reshape(-1, 2, 32), axis=2)"),
)
bank.wrong(
    Z,
    "a byte between the pieces",
    says="got 10, expected 9",
    swap=("piece.tobytes()", "piece.tobytes() + b'\\n'"),
)
bank.wrong(
    B,
    "regularised",
    says="losses of its own",
    swap=("layers.Dense(832)", "layers.Dense(832, kernel_regularizer='l2')"),
)
bank.wrong(
    B,
    "constraint",
    says="constraint",
    swap=("layers.Dense(832)", "layers.Dense(832, kernel_constraint='non_neg')"),
)
