"""Answers to the exercises of lesson 35, right and wrong."""

from tests.bank import Bank

bank = Bank()

# render
R = "render"
bank.wrong(R, "not scaled", says="not scaled", swap=("wave = 0.9 * wave / peak", "wave = wave"))
bank.wrong(R, "peak of 1", says="peak is 1", swap=("0.9 * wave / peak", "wave / peak"))
bank.wrong(R, "0 / 0", says="NaN", swap=("    if peak > 0:\n        wave = ", "    wave = "))
bank.wrong(R, "no envelope", says="envelope is missing", swap=("envelope(n) * tone", "tone"))
bank.wrong(R, "float64", says="float32", swap=('wave.astype("float32")', "wave"))
bank.wrong(
    R,
    "int16",
    says="0.9",
    swap=('wave.astype("float32")', '(32767 * wave).astype("int16")'),
)
bank.wrong(
    R,
    "a second axis",
    says="one axis",
    swap=('wave.astype("float32")', 'wave.astype("float32")[:, None]'),
)
bank.wrong(R, "2π missing", says="2π is missing", swap=("2 * np.pi * 440", "440"))
bank.wrong(R, "from middle C", says="not pitch 60", swap=("pitch - 69", "pitch - 60"))
bank.wrong(R, "an octave of 7", says="12 semitones", swap=("/ 12)", "/ 7)"))
bank.wrong(R, "second sine as strong", says="weight ½", swap=("0.5 * np.sin", "np.sin"))
bank.wrong(R, "one sine", says="octave higher, is missing", swap=(" + 0.5 * np.sin(2 * angle)", ""))
bank.wrong(
    R,
    "time runs on",
    says="starts at 0 with each note",
    swap=("np.arange(n) / rate", "(np.arange(n) + start * samples_per_step) / rate"),
)
bank.wrong(
    R,
    "2π missing and not scaled",
    says="; and",
    code="def render(notes, envelope, steps, samples_per_step, rate):\n"
    "    wave = np.zeros(steps * samples_per_step)\n"
    "    for start, length, pitch in notes:\n"
    "        n = length * samples_per_step\n"
    "        x = 440 * 2 ** ((pitch - 69) / 12) * np.arange(n) / rate\n"
    "        a = start * samples_per_step\n"
    "        wave[a : a + n] = envelope(n) * (np.sin(x) + np.sin(2 * x) / 2)\n"
    "    return wave.astype('float32')\n",
)
bank.wrong(
    R,
    "rests left out",
    says="rests are missing",
    code="def render(notes, envelope, steps, samples_per_step, rate):\n"
    "    parts = [np.zeros(0)]\n"
    "    for start, length, pitch in notes:\n"
    "        n = length * samples_per_step\n"
    "        x = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * np.arange(n) / rate\n"
    "        parts.append(envelope(n) * (np.sin(x) + 0.5 * np.sin(2 * x)))\n"
    "    wave = np.concatenate(parts)\n"
    "    return (0.9 * wave / max(np.abs(wave).max(initial=0), 1e-9)).astype('float32')\n",
)
bank.wrong(R, "no return", says="return", swap=("return wave", "wave.sum()"))
bank.right(
    R,
    "by exponentials",
    code="def render(notes, envelope, steps, samples_per_step, rate):\n"
    "    wave = np.zeros(steps * samples_per_step, dtype='float32')\n"
    "    for start, length, pitch in notes:\n"
    "        t = np.arange(length * samples_per_step) / rate\n"
    "        turn = np.exp(2j * np.pi * 440 * np.exp2((pitch - 69) / 12) * t)\n"
    "        part = slice(start * samples_per_step, (start + length) * samples_per_step)\n"
    "        wave[part] = envelope(len(t)) * (turn + turn**2 / 2).imag\n"
    "    return wave / np.float32(max(np.abs(wave).max() / 0.9, 1e-12))\n",
)
bank.right(
    R,
    "notes padded and added",
    code="def render(notes, envelope, steps, samples_per_step, rate):\n"
    "    total = steps * samples_per_step\n"
    "    wave = np.zeros(total)\n"
    "    for start, length, pitch in notes:\n"
    "        n, a = length * samples_per_step, start * samples_per_step\n"
    "        w = 880 * np.pi * 2 ** (pitch / 12 - 5.75) / rate * np.arange(n)\n"
    "        wave += np.pad(envelope(n) * (np.sin(w) + np.sin(w) * np.cos(w)), (a, total - a - n))\n"
    "    return np.float32(wave * 0.9 / np.abs(wave).max() if notes else wave)\n",
)

# tokens
T = "tokens"
bank.wrong(T, "note-off lost", says="has no token", swap=("tokens[start + length] = 1", "pass"))
bank.wrong(T, "silence at the start", says="begins with a note-off", swap=("tokens[0] = 1", "pass"))
bank.wrong(
    T,
    "2 missing",
    says="the 2 is missing",
    swap=("tokens[start] = 2 + pitch - 55", "tokens[start] = pitch - 55"),
)
bank.wrong(
    T,
    "55 missing",
    says="the 55 is missing",
    swap=("tokens[start] = 2 + pitch - 55", "tokens[start] = 2 + pitch"),
)
bank.wrong(
    T,
    "the pitch itself",
    says="the pitch itself",
    swap=("tokens[start] = 2 + pitch - 55", "tokens[start] = pitch"),
)
bank.wrong(
    T,
    "repeated while it lasts",
    says="is a hold",
    swap=("tokens[start] = 2", "tokens[start : start + length] = 2"),
)
bank.wrong(
    T,
    "every silent step",
    says="every silent step",
    swap=("tokens[start + length] = 1", "tokens[start + length :] = 1"),
)
bank.wrong(
    T, "beyond the end", says="beyond the end", swap=("if start + length < steps", "if start >= 0")
)
bank.wrong(T, "16 written in", says="the tokens", swap=("np.zeros(steps, ", "np.zeros(16, "))
bank.wrong(T, "one too short", says="too short", swap=("int(end - start)", "int(end - start) - 1"))
bank.wrong(T, "end for length", says="start and end", swap=("int(end - start)", "int(end)"))
bank.wrong(T, "note-off as a note", says="taken for a note", swap=(">= 2", ">= 1"))
bank.wrong(
    T,
    "note-off does not end",
    says="does not end the note",
    swap=("np.flatnonzero(tokens)", "np.flatnonzero(np.asarray(tokens) >= 2)"),
)
bank.wrong(T, "pitches too high", says="two too high", swap=(" - 2 + 55", " + 55"))
bank.wrong(
    T,
    "tokens for pitches",
    says="tokens themselves",
    swap=("int(tokens[start]) - 2 + 55", "int(tokens[start])"),
)
bank.wrong(T, "length 1", says="length 1", swap=("int(end - start)", "1"))
bank.wrong(
    T,
    "start and length exchanged",
    says="exchanged",
    swap=("(int(start), int(end - start),", "(int(end - start), int(start),"),
)
bank.wrong(
    T, "pairs", says="three whole numbers", swap=("int(start), int(end - start), ", "int(start), ")
)
bank.wrong(T, "no return of notes", says="return", swap=("return notes", "len(notes)"))
bank.wrong(T, "no return of tokens", says="return", swap=("return tokens", "tokens.sum()"))
LOOPS = (
    "def to_tokens(notes, steps):\n"
    "    tokens, free = [], 0\n"
    "    for start, length, pitch in notes:\n"
    "        if start > free:\n"
    "            tokens += [1] + [0] * (start - free - 1)\n"
    "        tokens += [pitch - 53] + [0] * (length - 1)\n"
    "        free = start + length\n"
    "    if free < steps:\n"
    "        tokens += [1] + [0] * (steps - free - 1)\n"
    "    return np.array(tokens)\n"
    "def to_notes(tokens):\n"
    "    notes, current = [], None\n"
    "    for step, token in enumerate([*tokens, 1]):\n"
    "        if token != 0:\n"
    "            if current is not None:\n"
    "                notes.append((current[0], step - current[0], current[1]))\n"
    "            current = (step, int(token) + 53) if token > 1 else None\n"
    "    return notes\n"
)
bank.right(T, "loops", code=LOOPS)
bank.right(
    T,
    "what sounds",
    code="def to_tokens(notes, steps):\n"
    "    sounding = np.zeros(steps + 1, bool)\n"
    "    sounding[-1] = True\n"
    "    tokens = np.zeros(steps, int)\n"
    "    for s, n, p in notes:\n"
    "        sounding[s : s + n] = True\n"
    "        tokens[s] = p - 53\n"
    "    rest = ~sounding[:-1] & sounding[np.arange(steps) - 1]\n"
    "    return np.where(rest, 1, tokens)\n"
    "def to_notes(tokens):\n"
    "    tokens = np.asarray(tokens)\n"
    "    found = []\n"
    "    for s in np.flatnonzero(tokens > 1):\n"
    "        after = np.flatnonzero(tokens[s + 1 :])\n"
    "        n = after[0] + 1 if len(after) else len(tokens) - s\n"
    "        found.append((s, n, tokens[s] + 53))\n"
    "    return found\n",
)
bank.wrong(
    T,
    "last note lost",
    says="last note is missing",
    code=LOOPS.replace("[*tokens, 1]", "tokens"),
)

# melody_loss
L = "melody_loss"
bank.wrong(
    L, "mean over steps", says="averaged over the steps", swap=("ops.sum(each", "ops.mean(each")
)
bank.wrong(L, "KL averaged", says="averaged over the k", swap=("0.5 * ops.sum", "0.5 * ops.mean"))
bank.wrong(L, "½ missing", says="½", swap=("0.5 * ops.sum", "ops.sum"))
bank.wrong(L, "σ for σ²", says="σ stands", swap=("ops.exp(log_var)", "ops.exp(0.5 * log_var)"))
bank.wrong(L, "log σ", says="log σ", swap=("ops.exp(log_var)", "ops.exp(2 * log_var)"))
bank.wrong(L, "subtracted", says="subtracted", swap=("+ beta * kl", "- beta * kl"))
bank.wrong(
    L,
    "β on the wrong term",
    says="β multiplies the cross",
    swap=("cross_entropy + beta * kl", "beta * cross_entropy + kl"),
)
bank.wrong(
    L, "β on both", says="both", swap=("cross_entropy + beta * kl", "beta * (cross_entropy + kl)")
)
bank.wrong(L, "β forgotten", says="not used", swap=("beta * kl", "kl"))
bank.wrong(L, "probabilities", says="from_logits=True", swap=(", from_logits=True", ""))
bank.wrong(
    L,
    "softmax twice",
    says="twice",
    swap=("tokens, logits, from_logits", "tokens, tf.nn.softmax(logits), from_logits"),
)
bank.wrong(
    L,
    "averaged over melodies",
    says="one number for each",
    swap=("return cross_entropy + beta * kl", "return ops.mean(cross_entropy + beta * kl)"),
)
bank.wrong(
    L,
    "½ missing and averaged over steps",
    says="; and",
    code="def melody_loss(tokens, logits, mean, log_var, beta):\n"
    "    each = keras.losses.sparse_categorical_crossentropy(tokens, logits, from_logits=True)\n"
    "    kl = ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)\n"
    "    return ops.mean(each, axis=1) + beta * kl\n",
)
bank.wrong(
    L,
    "exchanged",
    says="exchanged",
    swap=(
        "ops.square(mean) + ops.exp(log_var) - 1 - log_var",
        "ops.square(log_var) + ops.exp(mean) - 1 - mean",
    ),
)
bank.wrong(L, "KL forgotten", says="only the cross-entropy", swap=(" + beta * kl", ""))
bank.wrong(
    L,
    "NumPy",
    says="keras.ops",
    code="def melody_loss(tokens, logits, mean, log_var, beta):\n"
    "    a = np.asarray(logits)\n"
    "    a = a - np.log(np.exp(a).sum(axis=2, keepdims=True))\n"
    "    each = -np.take_along_axis(a, np.asarray(tokens)[..., None], axis=2)[..., 0]\n"
    "    m, v = np.asarray(mean), np.asarray(log_var)\n"
    "    return each.sum(axis=1) + beta * 0.5 * (m**2 + np.exp(v) - 1 - v).sum(axis=1)\n",
)
bank.right(
    L,
    "log_softmax and one-hot",
    code="def melody_loss(tokens, logits, mean, log_var, beta):\n"
    "    chosen = ops.one_hot(tokens, logits.shape[-1])\n"
    "    error = -ops.sum(chosen * ops.log_softmax(logits, axis=-1), axis=(1, 2))\n"
    "    kl = -ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=-1) / 2\n"
    "    return error + beta * kl\n",
)
bank.right(
    L,
    "TensorFlow",
    code="def melody_loss(tokens, logits, mean, log_var, beta):\n"
    "    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tokens, logits=logits)\n"
    "    kl = tf.reduce_sum(mean**2 + tf.exp(log_var) - 1 - log_var, 1)\n"
    "    return tf.reduce_sum(each, 1) + 0.5 * beta * kl\n",
)

# sample_melodies
S = "sample_melodies"
bank.wrong(S, "argmax", says="argmax", swap=("logits + noise", "logits"))
bank.wrong(S, "multiplied", says="multiplied", swap=("/ temperature", "* temperature"))
bank.wrong(S, "temperature forgotten", says="not used", swap=(" / temperature", ""))
bank.wrong(S, "all zeros", says="same code", swap=("rng.normal(size=(n, k))", "np.zeros((n, k))"))
bank.wrong(S, "uniform codes", says="codes have means", swap=("rng.normal(", "rng.random("))
bank.wrong(
    S,
    "one code",
    says="same code",
    swap=("rng.normal(size=(n, k))", "np.repeat(rng.normal(size=(1, k)), n, axis=0)"),
)
bank.wrong(
    S,
    "same numbers",
    says="depend on each other",
    swap=("rng.normal(size=(n, k))", "np.repeat(rng.normal(size=(n, 1)), k, axis=1)"),
)
bank.wrong(S, "logits ignored", says="drawn alike", swap=("logits + noise", "noise"))
bank.wrong(S, "sign", says="sign", swap=("logits + noise", "noise - logits"))
bank.wrong(S, "normal noise", says="shares", swap=("rng.gumbel", "rng.normal"))
bank.wrong(
    S,
    "one noise for all steps",
    says="own",
    swap=("size=logits.shape", "size=(logits.shape[0], 1, logits.shape[2])"),
)
bank.wrong(
    S,
    "one noise for all melodies",
    says="same",
    swap=("size=logits.shape", "size=logits.shape[1:]"),
)
bank.wrong(S, "fixed seed", says="seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(S, "no seed", says="same seed", swap=("default_rng(seed)", "default_rng()"))
bank.wrong(
    S,
    "logits",
    says="integer",
    swap=("np.argmax(logits + noise, axis=2)", "np.max(logits + noise, axis=2)"),
)
bank.wrong(S, "no return", says="return", swap=("return np.argmax", "np.argmax"))
bank.right(
    S,
    "choice",
    code="def sample_melodies(decode, n, k, temperature, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    a = np.asarray(decode(rng.standard_normal((n, k))), dtype=float) / temperature\n"
    "    p = np.exp(a - a.max(axis=2, keepdims=True))\n"
    "    edges = np.cumsum(p / p.sum(axis=2, keepdims=True), axis=2)\n"
    "    edges[..., -1] = 1\n"
    "    return (rng.random((*edges.shape[:2], 1)) >= edges).sum(axis=2)\n",
)
bank.right(
    S,
    "exponential race",
    code="def sample_melodies(decode, n, k, temperature, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    codes = np.array([rng.normal(size=k) for _ in range(n)])\n"
    "    logits = np.asarray(decode(codes), dtype=float)\n"
    "    race = np.log(rng.exponential(size=logits.shape)) - logits / temperature\n"
    "    return race.argmin(axis=-1)\n",
)

# musical_measures
M = "musical_measures"
bank.wrong(M, "downwards", says="downwards", swap=("np.abs(np.diff(pitches))", "np.diff(pitches)"))
bank.wrong(M, "4 left out", says="exactly 4", swap=("<= 4", "< 4"))
bank.wrong(M, "5 is small", says="5 is not small", swap=("<= 4", "<= 5"))
bank.wrong(M, "minor", says="minor", swap=("[0, 2, 4, 5, 7, 9, 11]", "[0, 2, 3, 5, 7, 8, 10]"))
bank.wrong(M, "black keys", says="black keys", swap=("[0, 2, 4, 5, 7, 9, 11]", "[1, 3, 6, 8, 10]"))
bank.wrong(M, "B forgotten", says="B, which is 11", swap=(", 11]", "]"))
bank.wrong(
    M,
    "exchanged",
    says="exchanged",
    swap=(
        "float(np.mean(inside)), float(np.mean(small))",
        "float(np.mean(small)), float(np.mean(inside))",
    ),
)
bank.wrong(M, "from 55", says="counted from 55", swap=("pitches % 12", "(pitches - 55) % 12"))
bank.wrong(M, "counts", says="count", swap=("float(np.mean(inside))", "float(np.sum(inside))"))
bank.wrong(
    M, "percent", says="percentage", swap=("float(np.mean(inside))", "100 * float(np.mean(inside))")
)
bank.wrong(
    M,
    "across melodies",
    says="next",
    code="def musical_measures(melodies):\n"
    "    p = np.array([pitch for notes in melodies for _, _, pitch in notes])\n"
    "    return np.isin(p % 12, [0, 2, 4, 5, 7, 9, 11]).mean(), (np.abs(np.diff(p)) <= 4).mean()\n",
)
bank.wrong(
    M,
    "means of means",
    says="averaged one by one",
    swap=(
        "inside.extend(np.isin(pitches % 12, [0, 2, 4, 5, 7, 9, 11]))",
        "inside.append(np.mean(np.isin(pitches % 12, [0, 2, 4, 5, 7, 9, 11])))",
    ),
)
bank.wrong(M, "one result", says="2 results", swap=("return float(np.mean(inside)), ", "return "))
bank.right(
    M,
    "counting",
    code="def musical_measures(melodies):\n"
    "    white = notes = small = pairs = 0\n"
    "    for melody in melodies:\n"
    "        before = None\n"
    "        for _, _, pitch in melody:\n"
    "            notes += 1\n"
    "            white += pitch % 12 in {0, 2, 4, 5, 7, 9, 11}\n"
    "            if before is not None:\n"
    "                pairs += 1\n"
    "                small += -4 <= pitch - before <= 4\n"
    "            before = pitch\n"
    "    return white / notes, small / pairs\n",
)
bank.right(
    M,
    "black keys taken off",
    code="def musical_measures(melodies):\n"
    "    lines = [[note[2] for note in melody] for melody in melodies]\n"
    "    p = np.array([one for line in lines for one in line])\n"
    "    gaps = np.array([abs(b - a) for line in lines for a, b in zip(line, line[1:])])\n"
    "    return 1 - np.isin(p % 12, (1, 3, 6, 8, 10)).mean(), np.mean(gaps < 5)\n",
)

# interpolate
I = "interpolate"  # noqa: E741
bank.wrong(
    I,
    "reversed",
    says="second melody to the first",
    swap=("np.linspace(0, 1, n)", "np.linspace(1, 0, n)"),
)
bank.wrong(
    I, "end missing", says="not the second", swap=("np.linspace(0, 1, n)", "(np.arange(n) / n)")
)
bank.wrong(
    I,
    "ends missing",
    says="two ends are missing",
    swap=("np.linspace(0, 1, n)", "np.linspace(0, 1, n + 2)[1:-1]"),
)
bank.wrong(
    I,
    "tokens mixed",
    says="encode both",
    code="def interpolate(encode, decode, first, second, n):\n"
    "    w = np.linspace(0, 1, n)[:, None]\n"
    "    return np.round((1 - w) * first + w * second).astype(int)\n",
)
bank.wrong(
    I,
    "tokens mixed, then coded",
    says="before the encoder",
    code="def interpolate(encode, decode, first, second, n):\n"
    "    w = np.linspace(0, 1, n)[:, None]\n"
    "    mixed = np.round((1 - w) * first + w * second).astype(int)\n"
    "    return decode(encode(mixed)).argmax(axis=2)\n",
)
bank.wrong(
    I,
    "logits mixed",
    says="logits of the two ends",
    code="def interpolate(encode, decode, first, second, n):\n"
    "    a, b = decode(encode(np.stack([first, second])))\n"
    "    w = np.linspace(0, 1, n)[:, None, None]\n"
    "    return ((1 - w) * a + w * b).argmax(axis=2)\n",
)
bank.wrong(I, "first kept", says="1 - weight", swap=("(1 - weights) * first_code", "first_code"))
bank.wrong(I, "logits", says="logits", swap=("np.argmax(logits, axis=2)", "logits"))
bank.wrong(I, "codes", says="decode them", swap=("np.argmax(logits, axis=2)", "codes"))
bank.wrong(I, "argmin", says="least likely", swap=("np.argmax", "np.argmin"))
bank.wrong(
    I,
    "one at a time",
    says="several",
    swap=("encode(np.stack([first, second]))", "encode(first), encode(second)"),
)
bank.wrong(I, "no return", says="return", swap=("return np.argmax", "np.argmax"))
bank.right(
    I,
    "a loop",
    code="def interpolate(encode, decode, first, second, n):\n"
    "    a, b = encode(first[None])[0], encode(second[None])[0]\n"
    "    melodies = []\n"
    "    for i in range(n):\n"
    "        code = a + (b - a) * i / (n - 1)\n"
    "        melodies.append(np.argmax(decode(code[None])[0], axis=1))\n"
    "    return np.array(melodies)\n",
)
bank.right(
    I,
    "linspace of codes",
    code="def interpolate(encode, decode, first, second, n):\n"
    "    codes = np.linspace(*encode(np.array([first, second])), n)\n"
    "    return np.asarray(decode(codes)).argmax(-1)\n",
)
bank.wrong(
    "sample_melodies",
    "codes without the seed",
    says="other codes",
    swap=("codes = rng.normal(size=(n, k))", "codes = np.random.normal(size=(n, k))"),
)
bank.wrong(
    "sample_melodies",
    "one generator for codes, the same again for tokens",
    says="same random numbers",
    swap=("noise = rng.gumbel", "noise = np.random.default_rng(seed).gumbel"),
)
bank.wrong(
    "musical_measures",
    "repeated notes left out",
    says="interval of 0",
    swap=(
        "np.abs(np.diff(pitches)) <= 4",
        "(np.abs(np.diff(pitches)) <= 4) & (np.diff(pitches) != 0)",
    ),
)

# what others wrote: swaps of the solution, (name, what the message says, old, new)
MORE = {
    R: [
        ("scaled only if louder", "not scaled", "if peak > 0:", "if peak > 0.9:"),
        ("maximum without abs", "only its scale", "np.abs(wave).max()", "wave.max()"),
        ("start in samples", "not at sample start", "start * samples_per_step", "start"),
        ("floor division", "whole octaves", "(pitch - 69) / 12", "(pitch - 69) // 12"),
        ("envelope added", "is added", "envelope(n) * tone", "(envelope(n) + tone)"),
        ("envelope of time", "number of samples", "envelope(n)", "envelope(t)"),
        ("a tuple", "tuple", "return wave.astype", "return rate, wave.astype"),
        ("start and length exchanged", "exchanged", "for start, length, pitch", "for length, start, pitch"),
        ("rate of 16,000", "rate is an argument", "/ rate", "/ 16_000"),
        ("degrees", "radians", "2 * np.pi * 440", "360 * 440"),
    ],
    T: [
        ("off within the note", "last step", "tokens[start + length] = 1", "tokens[start + length - 1] = 1"),
        ("one too large", "too large", "2 + pitch - 55", "3 + pitch - 55"),
        ("float tokens", "integer", 'dtype="int32"', "dtype=float"),
        ("start and length exchanged, first", "exchanged", "for start, length, pitch", "for length, start, pitch"),
        ("one-hot", "one whole number", "return tokens", "return np.eye(36, dtype=int)[tokens]"),
        ("returns in the loop", "inside the loop", "    return notes", "        return notes"),
        ("ends at 16", "ends at step 16", "len(tokens)]", "16]"),
        ("token 2 left out", "token 2 is a note", "tokens[start] >= 2", "tokens[start] > 2"),
        ("pitch first", "pitch comes last", "(int(start), int(end - start), int(tokens[start]) - 2 + 55)",
         "(int(tokens[start]) + 53, int(start), int(end - start))"),
    ],
    L: [
        ("cross-entropy of all", "over all melodies", "ops.sum(each, axis=1)", "ops.sum(each)"),
        ("KL term of all", "over all melodies", "1 - log_var, axis=1)", "1 - log_var)"),
        ("no sum over steps", "one number for each melody", "ops.sum(each, axis=1)", "each"),
        ("1 missing", "number k", "- 1 - log_var", "- log_var"),
        ("log_var squared", "log_var is squared", "ops.exp(log_var)", "ops.square(log_var)"),
        ("0.4", "written into", "beta * kl", "0.4 * kl"),
        ("β halved", "β is halved", "beta * kl", "beta * kl / 2"),
        ("exchanged for Keras", "Keras takes the tokens", "(tokens, logits, from", "(logits, tokens, from"),
    ],
    S: [
        ("root of T", "root", "/ temperature", "/ temperature**0.5"),
        ("noise subtracted", "subtracted", "logits + noise", "logits - noise"),
        ("codes exchanged", "one in each row", "size=(n, k)", "size=(k, n)"),
        ("argmax over steps", "over the steps", "axis=2", "axis=1"),
        ("codes of T", "standard deviations", "rng.normal(size", "temperature * rng.normal(size"),
        ("noise without the seed", "other tokens", "noise = rng.gumbel", "noise = np.random.gumbel"),
        ("first step for all", "drawn as the first", "logits + noise", "logits[:, :1] + noise"),
    ],
    M: [
        ("divided by notes less melodies", "number that is not", "float(np.mean(small))",
         "float(np.sum(small) / (len(inside) - len(melodies)))"),
        ("0 for a melody without interval", "no 0 either", "        small.extend",
         "        small.extend([0] * (len(notes) < 2))\n        small.extend"),
        ("divided by notes", "number that is not", "float(np.mean(small))", "float(np.sum(small) / len(inside))"),
        ("pentatonic", "5, 11 missing", "[0, 2, 4, 5, 7, 9, 11]", "[0, 2, 4, 7, 9]"),
        ("octaves apart", "12 semitones", "np.abs(np.diff(pitches))", "np.abs(np.diff(pitches)) % 12"),
        ("from the first note", "from the first note", "np.diff(pitches)", "pitches[1:] - pitches[:1]"),
        ("starts", "starts are taken", "pitch for _, _, pitch", "pitch for pitch, _, _"),
        ("no empty melody", "empty", "        pitches = np", "        notes[0]\n        pitches = np"),
    ],
    I: [
        ("one too many", "melodies came back", "np.linspace(0, 1, n)", "np.linspace(0, 1, n + 1)"),
        ("both alike", "the same weight", "(1 - weights) * first_code", "weights * first_code"),
        ("tunes at the ends", "ends are the melodies", "return np.argmax(logits, axis=2)",
         "path = np.argmax(logits, axis=2)\n    path[0], path[-1] = first, second\n    return path"),
        ("argmax over steps", "over the steps", "axis=2", "axis=1"),
        ("largest logits", "largest logits", "np.argmax", "np.max"),
        ("jump", "jump", "np.linspace(0, 1, n)", "np.round(np.linspace(0, 1, n))"),
        ("weights squared", "squared", "[:, None]", "[:, None] ** 2"),
        ("second subtracted", "0.75 z1 + -0.25 z2", "+ weights * second_code", "- weights * second_code"),
        ("product", "no sum of multiples", "(1 - weights) * first_code +", "first_code ** (1 - weights) *"),
        ("two results", "one result alone", "np.argmax(logits, axis=2)", "(np.argmax(logits, axis=2), weights)"),
    ],
}  # fmt: skip
for exercise, answers in MORE.items():
    for name, says, *swap in answers:
        bank.wrong(exercise, name, says=says, swap=tuple(swap))
bank.right(
    S,
    "softmax as in the formula, with choice",
    code="def sample_melodies(decode, n, k, temperature, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    weight = np.exp(decode(rng.normal(size=(n, k))) / temperature)\n"
    "    p = weight / weight.sum(axis=2, keepdims=True)\n"
    "    return np.array([[rng.choice(len(one), p=one) for one in row] for row in p])\n",
)
bank.right(
    L,
    "logarithm of the softmax, kept from 0",
    swap=(
        "keras.losses.sparse_categorical_crossentropy(tokens, logits, from_logits=True)",
        "-ops.log(ops.sum(ops.one_hot(tokens, logits.shape[-1]) * ops.softmax(logits), -1) + 1e-9)",
    ),
)

# what is told by examples: single notes, single steps, single terms, single intervals
EXAMPLES = {
    R: [
        ("power before division", "sounds at", "2 ** ((pitch - 69) / 12)", "2 ** (pitch - 69) / 12"),
        ("frequency in whole Hz", "is it rounded", "440 * 2 ** ((pitch - 69) / 12)", "round(440 * 2 ** ((pitch - 69) / 12))"),
        ("envelope of the first sine", "multiplies both", "envelope(n) * tone",
         "envelope(n) * np.sin(angle) + 0.5 * np.sin(2 * angle)"),
        ("envelope for each step", "was not asked for", "envelope(n)", "np.tile(envelope(samples_per_step), length)"),
        ("scaled note by note", "some are too loud", "        wave[begin : begin + n] += envelope(n) * tone\n",
         "        wave[begin : begin + n] += envelope(n) * tone\n        wave = 0.9 * wave / np.abs(wave).max()\n"),
        ("starts left out", "begin at sample 0", "begin = start * samples_per_step", "begin = 0"),
        ("mean taken off", "no note sounds there", "    peak =", "    wave = wave - wave.mean()\n    peak ="),
    ],
    T: [
        ("off at length", "a note of pitch 60 begins there", "            tokens[start + length] = 1",
         "            tokens[length] = 1"),
        ("step 0 written over", "though a note begins", "    return tokens", "    tokens[0] = 1\n    return tokens"),
        ("lists of starts, lengths, pitches", "three lists", "return notes", "return [list(one) for one in zip(*notes)]"),
    ],
    L: [
        ("next token", "KL term is right", "tokens, logits, from_logits", "tokens[:, 1:], logits[:, :-1], from_logits"),
        ("holds left out", "the hold, too", "ops.sum(each,", 'ops.sum(each * ops.cast(tokens != 0, "float32"),'),
        ("log σ throughout", "cross-entropy is right", "ops.exp(log_var) - 1 - log_var", "ops.exp(2 * log_var) - 1 - 2 * log_var"),
        ("keepdims", "keepdims", "1 - log_var, axis=1)", "1 - log_var, axis=1, keepdims=True)"),
        ("β squared", "with β = 2", "beta * kl", "beta**2 * kl"),
    ],
    S: [
        ("codes clipped", "standard deviations", "rng.normal(size=(n, k))", "np.clip(rng.normal(size=(n, k)), -1, 1)"),
        ("a list", "not a list", "return np.argmax(logits + noise, axis=2)", "return np.argmax(logits + noise, axis=2).tolist()"),
    ],
    M: [
        ("short melodies left out", "that has no other", "        pitches = np",
         "        if len(notes) < 2:\n            continue\n        pitches = np"),
        ("sorted", "sorted by pitch", "small.extend(np.abs(np.diff(pitches))", "small.extend(np.abs(np.diff(np.sort(pitches)))"),
        ("back to the first", "index -1", "np.diff(pitches)", "(pitches - np.roll(pitches, 1))"),
        ("one octave", "moved by an octave", "np.isin(pitches % 12, [0, 2, 4, 5, 7, 9, 11])",
         "np.isin(pitches, [60, 62, 64, 65, 67, 69, 71])"),
    ],
    I: [
        ("an axis too many", "length 1 too many", "np.argmax(logits, axis=2)", "np.argmax(logits, axis=2)[:, None]"),
        ("argmax of all", "needs an axis", "axis=2", "axis=None"),
    ],
}  # fmt: skip
for exercise, answers in EXAMPLES.items():
    for name, says, *swap in answers:
        bank.wrong(exercise, name, says=says, swap=tuple(swap))
bank.wrong(
    T,
    "a note not forgotten once it has ended",
    says="begin at one step",
    code=LOOPS.replace("else None", "else current"),
)
bank.wrong(
    T,
    "a note lost if another follows",
    says="another note begins",
    code=LOOPS.replace("current is not None:", "current is not None and token == 1:"),
)
bank.right(
    S,
    "the noise multiplied by the temperature",
    swap=(
        "return np.argmax(logits + noise, axis=2)",
        "return np.argmax(temperature * (logits + noise), axis=2)",
    ),
)
bank.right(
    S,
    "TensorFlow's random numbers",
    code="def sample_melodies(decode, n, k, temperature, seed):\n"
    "    tf.random.set_seed(seed)\n"
    "    logits = decode(tf.random.normal((n, k)).numpy()) / temperature\n"
    "    steps, v = logits.shape[1:]\n"
    "    return tf.random.categorical(logits.reshape(-1, v), 1).numpy().reshape(n, steps)\n",
)
