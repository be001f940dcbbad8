"""What comes in: time stamps, files as other tools and platforms save them, names of students."""

import contextlib
import copy
import datetime as dt
import json
import re

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from course_utils.grading.desk import class_page, grade
from course_utils.grading.desk import summary as summaries
from course_utils.grading.intake import needed, reading
from course_utils.grading.intake.handed_in import stamp
from course_utils.grading.intake.stamps import moment
from tests import toy_course
from tests.bank import ROOT
from tests.toy_course import SLUG, comments, scores, solved, submit, zipped

pytestmark = pytest.mark.xdist_group("toy")
FILE = f"{SLUG}.ipynb"


def _book(notebook) -> dict:
    return json.loads(json.dumps(notebook))


# ---- time stamps -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, means",
    [
        ("2026-07-01T13:30:00+02:00", "2026-07-01 11:30"),
        ("2026-07-01 13:30:00 Europe/Berlin", "2026-07-01 11:30"),
        ("2026-07-01 13:30:00.000000 CEST", "2026-07-01 11:30"),
        ("2026-07-01 13:30:00 +0200", "2026-07-01 11:30"),
        ("2026-07-01 20:30:00.000000 JST", "2026-07-01 11:30"),
        ("2026-07-01 08:00:00.000000 PDT", "2026-07-01 15:00"),
        ("01.08.2026 12:30", "2026-08-01 12:30"),
        ("2026-07-01-12-30-00", "2026-07-01 12:30"),
        ("2026-07-01 12:30:00", "2026-07-01 12:30"),
        ("2026-07-01T12:30Z", "2026-07-01 12:30"),
        ("2026-07-01 12:30:00.123456789 UTC", "2026-07-01 12:30"),
        ("2026-12-01 12:30 GMT-03:30", "2026-12-01 16:00"),
    ],
)
def test_a_time_stamp_is_a_moment_in_utc(text, means):
    assert f"{moment(text):%Y-%m-%d %H:%M}" == means and moment(text).tzinfo is dt.UTC


@pytest.mark.parametrize(
    "text, why",
    [
        ("yesterday", "not a date and a time"),
        ("07/08/2026 12:30", "not a date and a time"),  # July or August
        ("2026-07-01", "not a date and a time"),
        ("2026-02-30 12:30", "day"),
        ("2026-07-01 25:00", "hour"),
        ("2026-07-01 12:30 +9900", "no clock"),
        ("2026-07-01 12:30 +200", "not a known time zone"),
        ("2026-07-01 12:30 Europe/Nowhere", "no time zone"),
        ("2026-07-01 12:30 a/../../b", "no time zone"),
        ("2026-07-01 12:30 IST", "3 time zones"),  # India, Ireland, Israel
        ("0001-01-01 00:00 +0200", "range"),
    ],
)
def test_what_names_no_moment_is_refused_with_a_reason(text, why):
    with pytest.raises(ValueError, match=why):
        moment(text)


def test_an_abbreviation_of_several_zones_is_the_courses_own():
    assert moment("2026-07-01 17:00 IST", "Asia/Kolkata").hour == 11


def test_the_page_for_instructors_says_what_stamps_mean():
    page = (ROOT / "docs" / "instructors.md").read_text()
    table = page.split("### Time stamps")[1].split("\n\n")[2].splitlines()[2:]
    rows = [(re.findall(r"`([^`]+)`", row.split("|")[1]), row.split("|")[2]) for row in table]
    shown = [(text, means) for texts, means in rows for text in texts if "Exchange" not in text]
    assert len(shown) >= 9
    for text, means in shown:
        text = text.replace("...", "2026-07-01 13:30")
        if "cannot be read" in means:
            with pytest.raises(ValueError):
                moment(text)
        else:
            assert moment(text) == dt.datetime(2026, 7, 1, 11, 30, tzinfo=dt.UTC), text


def test_zones_decide_who_is_late(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-07-01 12:00:00 UTC")
    late = {
        "berlin": ("2026-07-01 13:30:00.0 CEST", 0),
        "tokyo": ("2026-07-01 20:30:00 JST", 0),
        "la": ("2026-07-01 08:00:00 PDT", 3 * 3600),
        "offset": ("2026-07-01 14:30:00 +0200", 1800),
        "dashes": ("2026-07-01-12-30-00", 1800),
        "dots": ("01.07.2026 12:01", 60),
        "mark": ("\ufeff2026-07-01 11:00", 0),
    }
    for student, (text, _) in late.items():
        path = submit(course, student, solved(course)).with_name("timestamp.txt")
        path.write_text(text, encoding="utf-8")
    rows = grade.grade(course, SLUG).rows
    assert {s: rows[s].late for s in rows} == {s: seconds for s, (_, seconds) in late.items()}
    assert not any(row.asks for row in rows.values())


def test_an_unreadable_time_stamp_costs_nothing_until_a_person_looks(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate="2026-07-01 12:00:00 UTC")
    path = submit(course, "ada", solved(course, why=None)).with_name("timestamp.txt")
    path.write_text("2026-07-02 12:00:00 UTC")
    assert grade.grade(course, SLUG).rows["ada"].late == 86_400
    path.write_text("07/02/2026 noon")
    summary = grade.grade(course, SLUG)
    row = summary.rows["ada"]
    assert (row.points, row.late, row.penalty, row.review) == (5, 0, 0, True)
    words = summaries.words(summary)
    assert "needs a person: what is said below" in words
    assert "to be looked at: its time stamp '07/02/2026 noon' could not be read" in words
    assert "A person will look at this: its time stamp" in comments(course, "ada")["double"]
    again = grade.grade(course, SLUG)  # it is told as long as it waits
    assert again.rows["ada"].state == "unchanged" and "07/02/2026 noon" in summaries.words(again)
    path.write_text("2026-07-01 12:00:00 UTC")
    row = grade.grade(course, SLUG).rows["ada"]
    assert (row.points, row.review, row.asks) == (5, False, [])


def test_a_stamp_is_written_as_nbgrader_reads_it(tmp_path):
    (tmp_path / "timestamp.txt").write_bytes("2026-07-01 13:30 CEST\r\n".encode("utf-16"))
    assert stamp(tmp_path) == (b"2026-07-01 11:30:00.000000 UTC", None)
    (tmp_path / "timestamp.txt").write_bytes(b"")
    assert stamp(tmp_path)[0] is None and "not a date" in stamp(tmp_path)[1]


# ---- as other tools save a notebook ----------------------------------------------------------


def _changed(book: dict, change) -> bytes:
    book = copy.deepcopy(book)
    for cell in book["cells"]:
        change(cell)
    return json.dumps(book).encode()


def _stripped(cell):
    cell.pop("id")
    cell["metadata"] = {}


def _with_note(book: dict, text: str) -> bytes:
    book = copy.deepcopy(book)
    note = {"cell_type": "code", "id": "note", "metadata": {}, "outputs": [], "source": text}
    book["cells"].insert(4, note | {"execution_count": None})
    return json.dumps(book).encode()


ODD = {
    "cr lf": lambda b: _changed(b, lambda c: c.update(source=c["source"].replace("\n", "\r\n"))),
    "cr": lambda b: _changed(b, lambda c: c.update(source=c["source"].replace("\n", "\r"))),
    "line end": lambda b: _changed(b, lambda c: c.update(source=c["source"] + "\n")),
    "blanks": lambda b: _changed(b, lambda c: c.update(source=c["source"].replace("\n", " \n"))),
    "nothing but text": lambda b: _changed(b, _stripped),
    "colab": lambda b: _changed(b, lambda c: c.pop("id")),
    "bom": lambda b: b"\xef\xbb\xbf" + json.dumps(b).encode(),
    "zeros": lambda b: json.dumps(b).encode() + b"\0" * 512,
    "large": lambda b: json.dumps(b | {"junk": "A" * 21_000_000}).encode(),
    "note": lambda b: _with_note(b, "a note that should have been Markdown"),
    "notes": lambda b: _with_note(b, "1. first\n2. then the second\n"),
    "magic": lambda b: _with_note(b, "%tensorflow_version 2.x"),
}


@pytest.mark.parametrize("how", ODD)
def test_odd_saves_get_the_points_of_plain_ones(course, how, monkeypatch):
    jobs = []

    def run(wanted, store, **options):
        jobs.extend(wanted)
        toy_course.fake_run_jobs(wanted, store, **options)

    toy_course.fake_sandbox(monkeypatch, run)
    submit(course, "plain", solved(course))
    submit(course, "odd", ODD[how](_book(solved(course))))
    summary = grade.grade(course, SLUG)
    plain, odd = (summary.rows[s] for s in ("plain", "odd"))
    assert (odd.points, odd.waits, odd.asks) == (plain.points, plain.waits, [])
    assert not any("not the released one" in repair for repair in odd.repairs)
    ran = [{cell["source"] for cell in job["cells"] if cell["role"] == "given"} for job in jobs]
    assert ran[0] and all(one == ran[0] for one in ran)  # nothing more than for the plain one


def test_an_untouched_notebook_stays_untouched_whatever_blanks_it_gets(course):
    book = _book(toy_course.released(course))
    submit(course, "odd", ODD["line end"](book))
    submit(course, "crlf", ODD["cr lf"](book))
    rows = grade.grade(course, SLUG).rows
    untouched = {name: [summaries.UNTOUCHED] for name in ("check_double", "check_triple")}
    for row in rows.values():
        assert (row.points, row.review, row.said) == (0, False, untouched)


def test_a_changed_check_is_still_told(course):
    book = _book(solved(course))
    for cell in book["cells"]:
        cell["source"] = cell["source"].replace("double(2.0), 4.0", "4.0, 4.0")
    submit(course, "odd", json.dumps(book).encode())
    row = grade.grade(course, SLUG).rows["odd"]
    assert "check_double: the check's text was not the released one" in row.repairs


@pytest.mark.parametrize(
    "line", ["pip install x", "%pip install x", "ls x", "y = x", "!ls x", "x?", "time x + 1"]
)
def test_what_ipython_runs_is_no_note(line):
    assert "x" in needed.names_taken(line)
    assert not needed.names_taken("a note on x")


# ---- which file ------------------------------------------------------------------------------


def test_json_and_zips_are_read(course):
    raw = json.dumps(solved(course)).encode()
    submit(course, "json", raw, name=f"{SLUG}.json")
    submit(course, "zip", zipped(**{f"{SLUG}/{FILE}": raw}), name=f"{SLUG}.zip")
    submit(course, "disguised", zipped(**{FILE: raw}), name=FILE)
    mac = {"__MACOSX/._x.ipynb": b"?", "a/.ipynb_checkpoints/x.ipynb": b"{}", f"a/my {FILE}": raw}
    submit(course, "mac", zipped(**mac), name="work.zip")
    submit(course, "bare", raw, name=SLUG)
    rows = grade.grade(course, SLUG).rows
    assert {row.points for row in rows.values()} == {5} and not any(r.asks for r in rows.values())
    assert rows["zip"].repairs == [f"the file's name was '{SLUG}.zip/{SLUG}/{FILE}'"]


def _locked() -> bytes:
    raw = bytearray(zipped(**{FILE: b"{}"}))
    raw[6] |= 1  # the flag of a password, in the file's own head and in the list of files
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    "name, raw, why",
    [
        ("work.zip", _locked(), "locked with a password"),
        ("work.zip", b"PK\x03\x04 cut", "the zip archive is damaged"),
        ("work.zip", zipped(**{FILE: b"\0" * 70_000_000}), "more than 60 MB"),
        ("work.7z", b"7z", "no notebook among the files (work.7z)"),
        ("essay.docx", b"PK\x03\x04", "no notebook among the files (essay.docx)"),
        (FILE, b'{"a": "' + b"A" * 61_000_000, "larger than 60 MB: clear its outputs"),
        (FILE, b"", "the file is empty"),
    ],
    # an archive's bytes hold the time, and no name of a test may differ between two workers
    ids=("locked", "cut", "large archive", "7z", "docx", "large", "empty"),
)
def test_for_what_cannot_be_read_a_person_is_asked(course, name, raw, why):
    submit(course, "ada", raw, name=name)
    summary = grade.grade(course, SLUG)
    row = summary.rows["ada"]
    assert why in row.hopeless and row.points == 0 and row.review and summary.complete
    assert "needs a person: what is said below\n" in summaries.words(summary)
    assert [flag for _, _, flag in scores(course)["ada"].values()].count(True) == 1
    assert "A person will look at it" in " ".join(filter(None, comments(course, "ada").values()))


def test_a_file_that_makes_sense_counts_beside_one_that_cannot_be_opened(course):
    submit(course, "ada", _locked(), name="a.zip")
    submit(course, "ada", solved(course), name="z.ipynb")
    row = grade.grade(course, SLUG).rows["ada"]
    assert row.points == 5 and row.hopeless is None


@pytest.mark.parametrize("damage", ["cut", "bytes"])
def test_a_damaged_file_needs_a_person(course, damage):
    raw = nbformat.writes(solved(course)).encode()
    raw = raw[: raw.index(b"def triple")] if damage == "cut" else raw.replace(b"Because", b"\xff")
    submit(course, "ada", raw)
    summary = grade.grade(course, SLUG)
    row = summary.rows["ada"]
    assert row.review and row.waits[0] == summaries.BELOW and len(row.asks) == 1
    assert f"to be looked at: {row.asks[0]}" in summaries.words(summary)
    assert scores(course)["ada"]["check_double"] == (2, None, True)
    assert row.points == (2 if damage == "cut" else 5)
    assert "A person will look at this" in comments(course, "ada")["double"]
    assert ("damaged after its first" if damage == "cut" else "no text") in row.asks[0]


def test_an_archive_that_lies_of_its_size_is_read_no_further():
    raw = bytearray(zipped(a=b"x" * 1000))
    place = raw.index(b"PK\x01\x02") + 24
    raw[place : place + 4] = (5).to_bytes(4, "little")
    with pytest.raises(reading.UnreadableError, match="damaged"):
        list(reading.unpack(bytes(raw)))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_broken_archive_is_refused_or_read_but_never_an_error(place, junk):
    raw = bytearray(zipped(**{FILE: b"{}" * 50, "b.ipynb": b"x" * 300}))
    raw[place : place + len(junk)] = junk
    with contextlib.suppress(reading.UnreadableError):
        assert len(list(reading.unpack(bytes(raw)))) <= 2


def test_the_report_tells_whom_to_look_at(course):
    submit(course, "ada", solved(course)).with_name("timestamp.txt").write_text("noon")
    grade.grade(course, SLUG)
    page = class_page.write_report(course, SLUG).read_text()
    assert "its time stamp &#39;noon&#39; could not be read" in page
