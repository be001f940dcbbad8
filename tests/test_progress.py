"""Progress is remembered, survives damage, and the map says where to go on."""

import pytest

from course_utils import progress

LESSONS = {
    "11_patterns": {
        "title": "Why <anything> compresses",
        "question": "Why?",
        "minutes": 40,
        "exercises": [{"name": "entropy", "points": 1}, {"name": "ratio", "points": 2}],
    },
    "12_pca": {
        "title": "PCA",
        "question": "How?",
        "minutes": 50,
        "exercises": [{"name": "fit_pca", "points": 2}],
    },
}


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(progress, "lessons", lambda: LESSONS)
    return tmp_path


def test_a_passed_check_prints_one_line_and_is_remembered(capsys):
    progress.passed("11_patterns", "entropy")
    assert capsys.readouterr().out == "✓ entropy: 1 of 2 exercises in this lesson.\n"
    assert progress.solved("11_patterns") == {"entropy"}
    progress.passed("11_patterns", "ratio")
    assert "2 of 2" in (out := capsys.readouterr().out) and "All done!" in out


def test_passing_again_changes_nothing():
    progress.passed("12_pca", "fit_pca")
    progress.passed("12_pca", "fit_pca")
    assert progress.solved("12_pca") == {"fit_pca"}


def test_nothing_is_stored_while_nbgrader_grades(monkeypatch, home):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    progress.passed("12_pca", "fit_pca")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"solved": 3}', b'{"solved": [3]}', b"\xff"]
)
def test_a_damaged_file_is_set_aside_and_said(home, capsys, damage):
    progress.passed("12_pca", "fit_pca")
    path = home / "progress" / "12_pca.json"
    path.write_bytes(damage)
    assert progress.solved("12_pca") == set()
    assert "damaged" in capsys.readouterr().out
    kept = list(path.parent.glob("12_pca.damaged-*"))
    assert len(kept) == 1 and kept[0].read_bytes() == damage
    progress.passed("12_pca", "fit_pca")
    assert progress.solved("12_pca") == {"fit_pca"}


def test_a_folder_that_cannot_be_written_is_not_fatal(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "file"))
    progress.passed("12_pca", "fit_pca")
    out = capsys.readouterr().out
    assert "could not be saved" in out and "✓ fit_pca" in out


def test_the_map_says_where_to_start_go_on_and_stop():
    assert progress.course_map().next_lesson() == "11_patterns"
    assert "Start with 11_patterns" in repr(progress.course_map())
    progress.passed("11_patterns", "entropy")
    assert "Go on with 11_patterns (1 of 2" in repr(progress.course_map())
    progress.passed("11_patterns", "ratio")
    assert progress.course_map().next_lesson() == "12_pca"
    progress.passed("12_pca", "fit_pca")
    assert "Congratulations" in repr(progress.course_map())


def test_the_map_links_lessons_and_marks_planned_ones():
    page = progress.course_map()._repr_html_()
    assert 'href="12_pca/12_pca.ipynb"' in page
    assert "Why &lt;anything&gt; compresses" in page
    assert "63_inspection" in page and page.count("in preparation") == 26


def test_an_exercise_that_no_longer_exists_does_not_count():
    progress.passed("12_pca", "renamed_since")
    assert progress.course_map().count("12_pca") == (0, 1)


def test_forget_one_lesson_or_all():
    progress.passed("11_patterns", "entropy")
    progress.passed("12_pca", "fit_pca")
    progress.forget("11_patterns")
    assert progress.solved("11_patterns") == set() and progress.solved("12_pca") == {"fit_pca"}
    progress.forget()
    assert progress.solved("12_pca") == set()
