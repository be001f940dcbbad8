"""Names and addresses into the gradebook, from a table as a spreadsheet saves it."""

import csv
import io
from glob import has_magic
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from course_utils.grading.intake.handed_in import same_name
from course_utils.grading.intake.reading import decode

COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")


def read_students(path: Path) -> dict[str, dict[str, str | None]]:
    """The rows of a table of students, by id.

    Commas, semicolons or tabs, with a byte order mark or without: as Excel, Numbers and
    LibreOffice save it.
    """
    try:
        text = decode(Path(path).read_bytes())
    except UnicodeDecodeError:
        raise ValueError(
            f'{path} is not in UTF-8: save it as "CSV UTF-8 (comma delimited)"'
        ) from None
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    names = [name.strip().lower() for name in next(rows, [])]
    if "id" not in names:
        raise ValueError(f"{path} has no column id; columns that are read: {', '.join(COLUMNS)}")
    found = {}
    for row in rows:
        about = dict(zip(names, (same_name(cell).strip() for cell in row), strict=False))
        if not any(about.values()):
            continue
        student, where = about.get("id", ""), f"{path}, line {rows.line_num}"
        if not student or not student.isprintable() or has_magic(student) or "/" in student:
            raise ValueError(f"{where}: {student!r} cannot be a student's id, as folders bear it")
        if student in found:
            raise ValueError(f"{where}: the id {student!r} stands above already")
        found[student] = {name: about.get(name) or None for name in COLUMNS[1:] if name in names}
    if not found:
        raise ValueError(f"{path} holds no students")
    return found


def import_students(root: Path, path: Path) -> str:
    """Add the students of a table to the gradebook, or correct them; returns what was done.

    Raises:
        ValueError: the table cannot be used; nothing was written then.
        OSError: it cannot be read.
    """
    students = read_students(path)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(Path(root).resolve())
    with Gradebook(CourseDirectory(config=config).db_url) as gradebook:
        known = {same_name(one.id): one.id for one in gradebook.students}
        for student, about in students.items():
            gradebook.update_or_create_student(known.get(student, student), **about)
    new = len(students.keys() - known.keys())
    return f"{new} new and {len(students) - new} known students from {path}"
