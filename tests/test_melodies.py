"""Melodies: the reader of ABC, what becomes a melody, the split, MIDI files, foreign files."""

import base64
import importlib.util
import io
import re
import subprocess
import sys
import wave
from fractions import Fraction

import matplotlib.pyplot as plt
import mido
import nbclient
import nbconvert
import nbformat
import numpy as np
import pytest
import symusic

from course_utils import caches, data, melodies, paths
from course_utils.abc_notation import read_tunes, sharps_of
from course_utils.data import DataError, load_melodies
from course_utils.midi_files import midi_bytes, read_tune
from course_utils.piano_roll import piano_rolls


def write_midi(path, notes, **options):
    path.write_bytes(midi_bytes(notes, **options))


HEAD = "X:1\nT:A tune\nM:4/4\nL:1/8\nK:"


@pytest.fixture(scope="module")
def bundled():
    return load_melodies()


def parts(found):
    return [found.train, found.val, found.test]


def bars_of(music, key="C"):
    (tune,) = read_tunes(f"{HEAD}{key}\n{music}\n")
    return tune.bars


def brief(bar):
    """Pitches, and lengths in eighths."""
    return [note.pitch for note in bar], [float(note.length * 8) for note in bar]


def test_shapes_types_and_range(bundled):
    assert [len(part) for part in parts(bundled)] == [13369, 1672, 1651]
    for part, titles in zip(
        parts(bundled),
        (bundled.titles_train, bundled.titles_val, bundled.titles_test),
        strict=True,
    ):
        assert len(titles) == len(part) and all(titles)
        for melody in part:
            assert len(melody) >= 4
            end = 0
            for note in melody:
                start, length, pitch = note
                assert type(note) is tuple and all(type(one) is int for one in note)
                assert end <= start and length >= 1 and 55 <= pitch <= 88
                end = start + length
            assert end <= 16
    assert "13369 train" in repr(bundled)


def test_no_melody_is_in_two_parts_nor_a_near_variant(bundled):
    def rows(part):
        found = np.zeros((len(part), 16), int)
        for row, melody in zip(found, part, strict=True):
            for start, length, pitch in melody:
                row[start : start + length] = pitch
                row[start] += 128
        return found

    train, val, test = map(rows, parts(bundled))
    assert len(np.unique(np.concatenate([train, val, test]), axis=0)) == 16692
    for first, second in ((test, train), (val, train), (test, val)):
        for one in first[::7]:
            for shift in (-12, 0, 12):
                moved = np.where(one > 0, one + shift, 0)
                assert (moved != second).sum(axis=1).min() > 2


def test_no_tune_is_in_two_parts(bundled):
    with np.load(paths.data_dir() / melodies.FILE) as stored:
        part, tune = stored["part"], stored["tune"]
    assert (
        len(set(zip(part.tolist(), tune.tolist(), strict=True))) == len(set(tune.tolist())) == 1889
    )


def test_nearly_all_notes_are_white_keys(bundled):
    pitches = np.array([pitch for melody in bundled.test for _, _, pitch in melody])
    assert 0.97 < np.isin(pitches % 12, [0, 2, 4, 5, 7, 9, 11]).mean() < 1


@pytest.mark.parametrize("change", [lambda c: c[:-9], lambda c: c[:999] + b"x" + c[1000:]])
def test_a_damaged_or_foreign_file_is_named(monkeypatch, tmp_path, change):
    content = (paths.data_dir() / melodies.FILE).read_bytes()
    (tmp_path / melodies.FILE).write_bytes(change(content))
    monkeypatch.setattr(caches, "data_dir", lambda: tmp_path)
    with pytest.raises(DataError, match="melodies.npz: damaged.*make_melodies.py"):
        load_melodies()
    (tmp_path / melodies.FILE).unlink()
    with pytest.raises(DataError, match="melodies.npz: cannot be read"):
        load_melodies()


@pytest.mark.parametrize(
    ("music", "pitches", "lengths"),
    [
        ("C2D,2c2d'2|", [60, 50, 72, 86], [2, 2, 2, 2]),
        ("C C/ C// C3/2 C/4 z2 x|", [60] * 5 + [None] * 2, [1, 0.5, 0.25, 1.5, 0.25, 2, 1]),
        ("c>d e<f g>>a|", [72, 74, 76, 77, 79, 81], [1.5, 0.5, 0.5, 1.5, 1.75, 0.25]),
        ("^c c c' =c _B ^^F __B B|", [73, 73, 84, 72, 70, 67, 69, 69], [1] * 8),
        ('"Am"A{Bc}A !p!A ~A .A vA uA (AB)|', [69] * 8 + [71], [1] * 9),
    ],
)  # fmt: skip
def test_notes_are_read(music, pitches, lengths):
    (bar,) = bars_of(music)
    assert brief(bar) == (pitches, lengths)


def test_a_signature_holds_and_an_accidental_ends_with_its_bar():
    first, second = bars_of("F =F f|F", key="G")
    assert brief(first)[0] == [66, 65, 78] and brief(second)[0] == [66]
    (bar,) = bars_of("B e A d", key="Eb")
    assert brief(bar)[0] == [70, 75, 68, 74 - 0]


@pytest.mark.parametrize(
    ("key", "sharps"),
    [("C", 0), ("G", 1), ("Am", 0), ("A Minor", 0), ("Ddor", 0), ("D Mixolydian", 1), ("F#m", 3),
     ("Bb", -2), ("Gm", -2), ("E phr", 0), ("F lyd", 0), ("Hp", None), ("", None), ("D xyz", None)],
)  # fmt: skip
def test_signatures(key, sharps):
    assert sharps_of(key) == sharps


@pytest.mark.parametrize("line", ["|", "||", "|]", "[|", ":|", "|:", "::", ":||:", ":|:"])
def test_bar_lines(line):
    assert [len(bar) for bar in bars_of(f"CDEF{line}GAB")] == [4, 3]


@pytest.mark.parametrize("unread", ["(3CDE", "[CEG]", "C&E", "+CEG+"])
def test_what_cannot_be_read_costs_its_bar_only(unread):
    first, second, third = bars_of(f"CDEF|{unread} F|GABc|")
    assert second is None and len(first) == len(third) == 4


@pytest.mark.parametrize(
    "music", ["CDEF|1GABc:|2cBAG|", "CDEF|[1GABc:|[2 cBAG|", "CDEF [1GABc:| [2cBAG|"]
)
def test_the_second_ending_does_not_follow_the_first(music):
    bars = bars_of(music)
    assert [bar and brief(bar)[0][0] for bar in bars] == [60, 67, None, 72]


def test_a_tune_is_read_up_to_a_change_and_not_with_voices():
    assert len(bars_of("CDEF|\nK:G\nFGAB|")) == 1
    assert len(bars_of("CDEF|[M:3/4]FGA|")) == 1
    assert not [*read_tunes(f"{HEAD}C\nV:1\nCDEF|\n")]
    assert not [*read_tunes("X:1\nM:4/4\nK:Hp\nCDEF|\n")]
    assert not [*read_tunes("X:1\nM:none\nK:C\nCDEF|\n")]


def test_the_unit_follows_the_metre_where_none_is_said():
    (slow,) = read_tunes("X:1\nM:C|\nK:C\nC|")
    (quick,) = read_tunes("X:1\nM:2/4\nK:C\nC|")
    assert (slow.metre, slow.bars[0][0].length) == ("2/2", Fraction(1, 8))
    assert (quick.metre, quick.bars[0][0].length) == ("2/4", Fraction(1, 16))


def rows_of(music, key="C", metre="4/4"):
    (tune,) = read_tunes(f"X:1\nM:{metre}\nL:1/8\nK:{key}\n{music}")
    return [melodies.notes_of(row) for row in melodies.rows_of(tune)]


def test_two_full_bars_make_a_melody():
    full = "C2D2E2F2|G2A2z2c-c|"
    right = [(0, 2, 60), (2, 2, 62), (4, 2, 64), (6, 2, 65), (8, 2, 67), (10, 2, 69), (14, 2, 72)]
    assert rows_of(full) == [right]
    assert rows_of("CD|" + full + "C|") == [right]  # upbeat and short bar
    assert [len(m) for m in rows_of("C2D2E2F2|" * 4)] == [8, 8, 8]
    assert rows_of("CDEF|GA z c/-c/|", metre="2/4")[0][-1] == (14, 2, 72)
    assert not rows_of(full, metre="3/4")
    assert not rows_of("C2D2E2F2|GAB/c/d efga|")  # between the steps
    assert not rows_of("C8|D8|")  # too few notes
    assert not rows_of("C2D2E2F2|G2A2B2c''2|")  # too high


@pytest.mark.parametrize(
    ("key", "shift"), [("G", 5), ("D", -2), ("A", 3), ("F", -5), ("Bb", 2), ("Em", 5)]
)
def test_the_signature_is_taken_away(key, shift):
    (found,) = rows_of("=c2=d2=e2=f2|=g2=a2=b2=c2|", key=key)
    assert [pitch - shift for _, _, pitch in found] == [72, 74, 76, 77, 79, 81, 83, 72]


def test_a_tie_over_the_bar_is_one_note():
    assert rows_of("C2D2E2F2-|F2A2B2c2|")[0][3] == (6, 4, 65)


def test_tunes_with_variants_in_common_are_in_one_part():
    rng = np.random.default_rng(0)
    rows = (rng.integers(60, 80, (300, 16)) + 128).astype("uint8")
    tune = np.arange(300)
    rows[1::3] = rows[::3]
    rows[1::3, 4] += 1  # a variant
    rows[2::3] = rows[1::3] + 12  # and one an octave higher
    part = melodies.split(rows, tune)
    assert (part[::3] == part[1::3]).all() and (part[::3] == part[2::3]).all()
    assert np.bincount(part).tolist() == [240, 30, 30]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    for number in range(30):
        names = rng.choice(list("CDEFGABcdefgab"), 32)
        bars = "|".join("".join(names[i : i + 8]) for i in range(0, 32, 8))
        (tmp_path / f"{number:02}.abc").write_text(
            f"X:1\nT:Tune {number}\nM:4/4\nL:1/8\nK:C\n{bars}|\n"
        )
    return tmp_path


def test_a_folder_of_ones_own(folder, capsys):
    (folder / "notes.txt").write_text("no music")
    (folder / "broken.mid").write_bytes(b"MThd\0\0")
    (folder / "odd.abc").write_bytes(b"\xff\xfe\0")
    (folder / "waltz.abc").write_text("X:1\nM:3/4\nK:C\nCDE|\n")
    (folder / ".hidden").write_text("no")
    write_midi(folder / "mine.mid", [(i, 1, 60 + i % 5) for i in range(32)])
    found = load_melodies(folder)
    assert sum(map(len, parts(found))) == 30 * 3 + 2 - 1 + 2
    assert "mine" in found.titles_train + found.titles_val + found.titles_test
    said = capsys.readouterr().out
    for name in ("notes.txt", "broken.mid", "odd.abc", "waltz.abc"):
        assert f"{folder / name}: left out" in said
    assert "hidden" not in said and "00.abc" not in said
    assert str(folder) in found.source


def test_too_small_a_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load_melodies(tmp_path / "none")
    with pytest.raises(DataError, match="0 different two-bar melodies; 30 are needed"):
        load_melodies(tmp_path)


def read_back(path):
    """The notes of a file, as the other library reads them, in steps of an eighth."""
    score = symusic.Score(str(path))
    (track,) = score.tracks
    step = score.ticks_per_quarter / 2
    return sorted((n.start / step, n.duration / step, n.pitch) for n in track.notes)


def test_another_library_reads_midi_back_note_for_note(bundled, tmp_path):
    path = tmp_path / "one.mid"
    for melody in bundled.test[:300]:
        write_midi(path, melody)
        assert read_back(path) == melody
    repeated = [(0, 1, 60), (1, 1, 60), (2, 14, 60)]
    write_midi(path, repeated, steps_per_minute=240, program=0)
    assert read_back(path) == repeated
    score = symusic.Score(str(path))
    assert score.tempos[0].qpm == pytest.approx(120) and score.tracks[0].program == 0


def test_midi_is_read_as_it_was_written(bundled, tmp_path):
    for number, melody in enumerate(bundled.test[:40]):
        write_midi(tmp_path / "one.mid", melody)
        tune = read_tune(tmp_path / "one.mid")
        assert tune.metre == "4/4" and len(tune.bars) == 2 and None not in tune.bars
        assert sum(note.length for bar in tune.bars for note in bar) == 2
        tune.sharps = 0
        (row,) = melodies.rows_of(tune)
        assert melodies.notes_of(row) == melody, number


def test_midi_that_is_no_melody_on_the_grid_loses_its_bars(tmp_path):
    good = [(i, 1, 60 + i) for i in range(8)]
    write_midi(tmp_path / "chord.mid", [*good, (8, 2, 60), (9, 2, 64), (16, 8, 67)])
    assert [bar is None for bar in read_tune(tmp_path / "chord.mid").bars] == [False, True, False]
    file = mido.MidiFile(tmp_path / "chord.mid")
    file.tracks[0].insert(0, mido.MetaMessage("time_signature", numerator=3, denominator=4))
    file.save(tmp_path / "waltz.mid")
    with pytest.raises(ValueError, match="3/4"):
        read_tune(tmp_path / "waltz.mid")
    write_midi(tmp_path / "none.mid", [])
    with pytest.raises(ValueError, match="no notes"):
        read_tune(tmp_path / "none.mid")


def test_the_script_reads_titles_and_writes_the_same_bytes():
    path = paths.data_dir() / "make_melodies.py"
    if not path.is_file():
        pytest.skip("an installed package has no scripts")
    spec = importlib.util.spec_from_file_location("make_melodies", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.tidy("BAG OF MEAL, THE") == "The Bag Of Meal"
    assert script.tidy("The Lad's -- Reel.") == "The Lad's Reel"
    assert script.tidy("Walk Around. -- Gwine To De Show") == "(title left out)"
    with np.load(paths.data_dir() / melodies.FILE) as stored:
        arrays = {name: stored[name] for name in ("rows", "part", "tune", "titles")}
    again = script.archive_of(arrays)
    assert again == script.archive_of(arrays)


def test_loading_needs_no_network_and_no_tensorflow():
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('asked the network')\n"
        "socket.socket.connect = refuse\n"
        "from course_utils.data import load_melodies\n"
        "load_melodies()\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert data.load_melodies is load_melodies


def test_sound_and_midi_lie_within_an_exported_page(bundled):
    """What lessons show needs no network: the page holds the sound and the file as data."""
    code = (
        "import numpy as np\n"
        "from IPython.display import Audio, display\n"
        "from course_utils.midi_files import midi_link\n"
        "wave = (0.9 * np.sin(np.arange(8000) / 5)).astype('float32')\n"
        "display(Audio(wave, rate=16000, normalize=False))\n"
        "display(midi_link([(0, 2, 60), (2, 1, 67)], 'two <notes>.mid'))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    page = nbconvert.HTMLExporter().from_notebook_node(notebook)[0]
    (sound,) = re.findall(r'<source[^>]*src="data:audio/wav;base64,([^"]+)"', page)
    with wave.open(io.BytesIO(base64.b64decode(sound))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (16000, 1, 8000)
        values = np.frombuffer(file.readframes(8000), "<i2") / 32767
    assert values == pytest.approx(0.9 * np.sin(np.arange(8000) / 5), abs=1e-4)
    (link,) = re.findall(
        r'<a download="two &lt;notes&gt;.mid" href="data:audio/midi;base64,([^"]+)"', page
    )
    score = symusic.Score.from_midi(base64.b64decode(link))
    assert [(n.start, n.duration, n.pitch) for n in score.tracks[0].notes] == [
        (0, 480, 60),
        (480, 240, 67),
    ]
    output = str(notebook.cells[0].outputs)
    assert "http" not in output


@pytest.mark.parametrize("count", [1, 3, 8])
def test_a_piano_roll_shows_every_note(bundled, count):
    fig = piano_rolls(dict(zip("abcdefgh"[:count], bundled.test, strict=False)), "Some melodies")
    drawn = [len(ax.patches) for ax in fig.axes if ax.get_title()]
    assert drawn == [len(melody) for melody in bundled.test[:count]]
    plt.close(fig)


def test_an_empty_melody_can_be_drawn():
    plt.close(piano_rolls({"silence": []}))
