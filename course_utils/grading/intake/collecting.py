"""How `nbgrader zip_collect` takes what Canvas and Moodle let a teacher download.

Named in ``nbgrader_config.py``. The students are found in the gradebook, by Canvas's number
(``lms_user_id``) or by name; archives that students packed stay as they are, for `course grade`.
"""

import functools
import os
import re
import shutil
from pathlib import Path, PurePath

from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import unzip

from course_utils.grading.intake.handed_in import same_name

# Anna Beispiel_123456_assignsubmission_file/12_pca.ipynb, or with _ for /, as a teacher chose
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_file(?:_(?P<file>.*))?")
# beispielanna_123456_7890123_12_pca.ipynb: who, Canvas's number, the file's number, its name
CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)")


def whose(path: PurePath) -> tuple[str, re.Match, PurePath] | None:
    """What a downloaded file's path says: "moodle" or "canvas", of whom, and the file handed in."""
    for place, part in enumerate(path.parts):
        rest = path.parts[place + 1 :]
        for platform, pattern in (("moodle", MOODLE), ("canvas", CANVAS)):
            found = pattern.fullmatch(part)
            name = (found["file"],) if found and found["file"] else ()
            if found and (name or rest):
                return platform, found, PurePath(*name, *rest)
    return None


def _letters(text: str) -> str:
    """A name as Canvas writes it: small letters and digits alone."""
    return re.sub(r"[\W_]", "", same_name(text).casefold())


class Archives(ExtractorPlugin):
    """Unpack what the platform packed, and nothing that a student did."""

    def extract(self, archive_path, extracted_path):
        """Unpack or copy each file of a folder to where it is collected."""
        for place, _, names in os.walk(archive_path):
            target = Path(extracted_path, os.path.relpath(place, archive_path))
            target.mkdir(parents=True, exist_ok=True)
            for name in names:
                path = Path(place, name)
                ours = whose(path.relative_to(archive_path)) is None
                if ours and path.suffix in self.zip_ext:
                    self.log.info("Extracting from: %s", path)
                    unzip(str(path), str(target), self.zip_ext, create_own_folder=True, tree=False)
                else:
                    shutil.copy(path, target / name)


class PlatformNames(FileNameCollectorPlugin):
    """Whose file it is, by the names that Canvas and Moodle give; else by ``named_regexp``."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._taken: set[tuple[str, str]] = set()
        self._numbers: dict[str, str] = {}  # Moodle's, of students whom the gradebook does not know

    def collect(self, submitted_file):
        """Student and file of one path, or None for what is nobody's.

        Every file of a student is taken, a notebook or not: `course grade` says what it is.
        """
        folder = self.parent._format_collect_path(self.parent.extracted_directory)
        path = Path(submitted_file).relative_to(folder)
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            return None
        found = whose(path)
        if found is None:
            return super().collect(submitted_file) if self.named_regexp else None
        platform, match, file = found
        student, name = self._student(platform, match), file.as_posix()
        while (student, name) in self._taken:  # a platform may allow two files of one name
            stem, suffix = os.path.splitext(name)
            name = f"{stem}-again{suffix}"
        self._taken.add((student, name))
        if match.groupdict().get("late"):
            self.log.warning("%s: late by Canvas, which says no time: counts as in time", student)
        return {"student_id": student, "file_id": name}

    def _student(self, platform: str, match: re.Match) -> str:
        """The gradebook's id of a student; one made of the platform's words where it has none."""
        name, number = same_name(match["name"]).strip(), match["number"]
        by_number, by_name = self._known
        if platform == "canvas" and number in by_number:
            return by_number[number]
        # with Moodle's groups, theirs comes first: Group A-Anna Beispiel
        ends = [name, *(name[m.end() :] for m in re.finditer("-", name))]
        alike = next((by_name[e] for e in map(_letters, ends) if e in by_name), set())
        if len(alike) == 1:
            return min(alike)
        # Canvas's number is a student's in all assignments, Moodle's another in each
        alone = platform == "moodle" and self._numbers.setdefault(name, number) == number
        made = re.sub(r"[*?\[\]\x00-\x1f]", "-", name if alone else f"{name}_{number}")
        many = "several students" if alike else "no student"
        self.log.warning("the gradebook has %s of the name %s: taken as %r", many, name, made)
        return made

    @functools.cached_property
    def _known(self) -> tuple[dict[str, str], dict[str, set[str]]]:
        """Students' ids by Canvas's number, and by their names' and ids' letters."""
        by_number, by_name = {}, {}
        with Gradebook(self.parent.coursedir.db_url) as gradebook:
            for one in gradebook.students:
                first, last = one.first_name or "", one.last_name or ""
                for name in {first + last, last + first, one.id} - {""}:
                    by_name.setdefault(_letters(name), set()).add(one.id)
                if one.lms_user_id:
                    by_number[one.lms_user_id] = one.id
        return by_number, by_name
