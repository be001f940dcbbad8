"""What a student handed in, as it lies in ``submitted/STUDENT/LESSON/``.

Whose folder it is, which of its files is the notebook (renamed, saved as ``.json``, within a zip
archive), and when it came. What cannot be read is said in words, and a person is asked.
"""

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from glob import has_magic
from pathlib import Path

from course_utils.grading.intake.course_files import MISSING, read_submission
from course_utils.grading.intake.reading import MAX_BYTES, ZIP, code_texts, decode, unpack
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.sanitise import Sanitised, hopeless, sanitise
from course_utils.grading.intake.stamps import moment

MAX_FILES = 50  # notebooks looked at in one student's folder,
MAX_READ = 2 * MAX_BYTES  # and their bytes
SUFFIXES = ("", ".json", ".zip")  # of files that may hold a notebook, beside .ipynb
STAMP_FILE = "timestamp.txt"


# ---- whose folder ----------------------------------------------------------------------------


def same_name(text: str) -> str:
    """A name with its accents composed: a Mac writes ë as two characters where others write one."""
    return unicodedata.normalize("NFC", text)


def student_folders(
    base: Path, lesson: str, known: Iterable[str] = ()
) -> tuple[dict[str, Path], dict[str, str]]:
    """The folders handed in for a lesson.

    Returns:
        The folders by student; and by name those that nobody can be graded from, with why.
    """
    ids = {same_name(one): one for one in sorted(known, key=lambda one: one == same_name(one))}
    found, unfit = {}, {}
    folders = [path for path in sorted(base.glob("*")) if (path / lesson).is_dir()]
    # of two folders for one student the composed name comes first
    for path in sorted(folders, key=lambda path: path.name != same_name(path.name)):
        student = ids.get(same_name(path.name), same_name(path.name))
        if why := _unfit(path.name):
            unfit[path.name] = why
        elif student in found:
            unfit[f"{path.name} (a second folder)"] = (
                "two folders have this name, one with composed and one with decomposed accents "
                "(as a Mac writes them): the composed one was graded; keep one of the two"
            )
        else:
            found[student] = path / lesson
    return dict(sorted(found.items())), unfit


def _unfit(name: str) -> str | None:
    """Why nothing can be graded under a folder's name, and what to do; None where it can."""
    if not name.isprintable():
        return (
            f"the name of the folder {ascii(name)} holds a line break or another character that "
            "cannot be printed: rename the folder to the student's id"
        )
    if has_magic(name):
        return f"nbgrader cannot take a name with * ? or [ in it: rename the folder {name}"
    return None


# ---- which file ------------------------------------------------------------------------------


def _may_hold_one(name: str) -> bool:
    return ".ipynb" in name.lower() or Path(name).suffix.lower() in SUFFIXES


def _files(folder: Path, fits: Callable[[str], bool]) -> list[Path]:
    """The first files with fitting names, hidden ones left out; links are not followed."""
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__MACOSX")))
        fit = (name for name in sorted(names) if not name.startswith(".") and fits(name))
        found += (Path(place, name) for name in fit)
        if len(found) >= MAX_FILES:
            break
    return found[:MAX_FILES]


def _candidates(folder: Path, wanted: str) -> Iterator[tuple[str, bytes, str | None]]:
    """Name, bytes and why not of everything in a folder that may be the notebook.

    The one that was asked for comes first, then other notebooks, then what else may hold one.
    """
    files, read = _files(folder, _may_hold_one), 0
    files.sort(key=lambda path: (path != folder / wanted, ".ipynb" not in path.name.lower()))
    for path in files:
        if read > MAX_READ:
            return
        name = path.relative_to(folder).as_posix()
        try:
            raw = read_submission(path)
            read += len(raw)
            if not raw.startswith(ZIP):
                yield name, raw, None
                continue
            for inner, content in unpack(raw):
                read += len(content)
                if _may_hold_one(inner) and not content.startswith(ZIP):
                    yield f"{name}/{inner}", content, None
        except (ValueError, OSError) as error:
            yield name, b"", f"{path.name}: {error}"


def pick(
    folder: Path, released: Released, texts: dict[str, set[str]]
) -> tuple[bytes, Sanitised, list[str]]:
    """Find the learner's notebook among what was handed in.

    Returns:
        The bytes of the file, what they give, and what is to be told of the file.
    """
    if folder.is_symlink():  # to the solutions, say
        return b"", hopeless("the folder is a link", released), []
    best, wanted = None, f"{released.notebook}.ipynb"
    for name, raw, why in _candidates(folder, wanted):
        clean = hopeless(why, released) if why else sanitise(raw, released)
        weight = 1 if why else 0  # what cannot be opened may be the work
        if not why and not clean.graded and _is_another(raw, name, released.notebook, texts):
            why = f"{Path(name).name} holds the lesson's continuation, which is not graded"
            why = why if name == wanted else f"{MISSING.format(wanted)}; {why}"
            raw, clean, weight = b"", hopeless(why, released), 2
        rank = (clean.hopeless is None, clean.answered > 0, name == wanted, weight, clean.answered)
        if best is None or rank > best[0]:
            best = (rank, name, raw, clean)
        if rank[:3] == (True, True, True):
            break  # the file that was asked for, with work in it
    if best is None:
        return b"", hopeless(_nothing(folder), released), []
    _, name, raw, clean = best
    odd = [f"the file's name was {name[:100]!r}"] if raw and name != wanted else []
    return raw, clean, odd


def _nothing(folder: Path) -> str:
    others = [path.name for path in _files(folder, lambda name: name != STAMP_FILE)]
    named = f" ({', '.join(others[:5])}{', …' if len(others) > 5 else ''})" if others else ""
    return f"there is no notebook among the files{named}"


def _is_another(raw: bytes, name: str, wanted: str, texts: dict[str, set[str]]) -> bool:
    """Whether a file is rather another notebook of the lesson, by its texts, then by its name."""
    mine, stem = code_texts(raw), Path(name).stem
    return max(texts, key=lambda one: (len(mine & texts[one]), one == stem)) != wanted


# ---- when it came ----------------------------------------------------------------------------


def stamp(folder: Path, course_zone: str = "UTC") -> tuple[bytes | None, str | None]:
    """When a submission came, as nbgrader reads it without fail; else why that cannot be told.

    Returns:
        A time in UTC for ``timestamp.txt``, None where there is none or it cannot be read; and
        what a person has to look at.
    """
    path = folder / STAMP_FILE
    if not os.path.lexists(path):
        return None, None
    text = ""
    try:
        text = decode(read_submission(path)[:1000]).strip("\0 \t\r\n")
        return f"{moment(text, course_zone):%Y-%m-%d %H:%M:%S.%f} UTC".encode(), None
    except (ValueError, OSError) as error:
        shown = f" {text[:60]!r}" if text else ""
        return None, f"its time stamp{shown} could not be read ({error}); it counts as in time"
