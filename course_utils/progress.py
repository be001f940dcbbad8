"""Which exercises a learner has solved, and the map of the course.

Progress is one small JSON file a lesson in :func:`course_utils.paths.home_dir`, so that two open
lessons never write the same file.
"""

import html
import json
import os
import time
import tomllib
from pathlib import Path

from course_utils.paths import PACKAGE, home_dir, write_atomically


def lessons() -> dict[str, dict]:
    """Slug -> title, question, minutes and exercises of every lesson that exists."""
    return json.loads((PACKAGE / "lessons.json").read_text(encoding="utf-8"))


def parts() -> list[dict]:
    """All parts: ``name`` and ``lessons`` (slug -> title), planned lessons included."""
    return tomllib.loads((PACKAGE / "course_map.toml").read_text(encoding="utf-8"))["parts"]


def _file(slug: str) -> Path:
    return home_dir() / "progress" / f"{slug}.json"


def solved(slug: str) -> set[str]:
    """Names of the exercises solved in a lesson. A damaged file is set aside, never fatal."""
    path = _file(slug)
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["solved"]
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise ValueError("not a list of names")
        return set(names)
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError):
        aside = path.with_suffix(f".damaged-{time.time_ns()}")
        try:
            path.rename(aside)
            print(f"The progress file of {slug} was damaged. It is kept as {aside}.")
        except OSError:
            print(f"The progress file {path} cannot be read: this lesson counts from zero.")
        return set()


def _store(slug: str, names: set[str]) -> None:
    content = json.dumps({"solved": sorted(names)})
    write_atomically(_file(slug), content.encode())


def passed(slug: str, exercise: str) -> None:
    """Say that an exercise's checks passed, and remember and count it (not while grading).

    The build puts this call at the end of every check.
    """
    if os.environ.get("NBGRADER_EXECUTION"):
        print(f"\N{CHECK MARK} {exercise}")
        return
    known = lessons().get(slug, {"exercises": [{"name": exercise}]})  # one that is not built yet
    total = [e["name"] for e in known["exercises"]]
    names = solved(slug) | {exercise}
    try:
        _store(slug, names)
    except OSError as error:
        print(f"(Your progress could not be saved: {error})")
    done = len(names & set(total))
    cheer = " All done!" if done == len(total) else ""
    print(f"\N{CHECK MARK} {exercise}: {done} of {len(total)} exercises in this lesson.{cheer}")


def forget(slug: str | None = None) -> None:
    """Start again: forget the progress in one lesson, or in all."""
    folder = home_dir() / "progress"
    for path in [_file(slug)] if slug else sorted(folder.glob("*.json")):
        path.unlink(missing_ok=True)


_STYLE = """<style>
.course-map{max-width:46rem;font-size:14px}
.course-map h4{margin:.9em 0 .2em}
.course-map table{border-collapse:collapse;width:100%;margin:0!important;table-layout:fixed}
.course-map td{text-align:left!important;padding:.25em .6em .25em 0;vertical-align:middle}
.course-map td.slug{width:10.5em}
.course-map td.bar{width:11em;white-space:nowrap}
.course-map .track{display:inline-block;width:6em;height:.7em;background:#8884;border-radius:.35em;
  overflow:hidden;vertical-align:middle;margin-right:.5em}
.course-map .fill{display:block;height:100%;background:#0072b2}
.course-map .planned{opacity:.55}
.course-map .next{border-left:4px solid #d55e00;padding:.4em .8em;margin:.6em 0}
</style>"""


class CourseMap:
    """The map of all parts with what is done; shows itself in a notebook."""

    def __init__(self):
        self.known = lessons()
        self.done = {slug: solved(slug) for slug in self.known}

    def count(self, slug: str) -> tuple[int, int]:
        """Exercises solved and exercises in a lesson."""
        names = {e["name"] for e in self.known[slug]["exercises"]}
        return len(names & self.done[slug]), len(names)

    def next_lesson(self) -> str | None:
        """The first lesson with unsolved exercises, in the order of the course."""
        order = [s for part in parts() for s in part["lessons"] if s in self.known]
        return next((s for s in order if self.count(s)[0] < self.count(s)[1]), None)

    def _next_words(self, link) -> str:
        slug = self.next_lesson()
        if slug is None:
            return "Every exercise of every lesson is solved. Congratulations!"
        started = any(self.count(s)[0] for s in self.known)
        done, total = self.count(slug)
        words = "Go on with" if started else "Start with"
        return f"{words} {link(slug)} ({done} of {total} exercises solved)."

    def __repr__(self) -> str:
        lines = []
        for number, part in enumerate(parts(), start=1):
            lines.append(f"Part {number}: {part['name']}")
            for slug, title in part["lessons"].items():
                if slug in self.known:
                    done, total = self.count(slug)
                    lines.append(f"  [{done}/{total}] {slug}: {self.known[slug]['title']}")
                else:
                    lines.append(f"  [  -] {slug}: {title} (in preparation)")
        return "\n".join([*lines, self._next_words(str)])

    def _repr_html_(self) -> str:
        def link(slug: str) -> str:
            title = html.escape(self.known[slug]["title"])
            return f'<a href="{slug}/{slug}.ipynb"><b>{title}</b></a>'

        rows = [_STYLE, '<div class="course-map">', f'<p class="next">{self._next_words(link)}</p>']
        for number, part in enumerate(parts(), start=1):
            rows.append(f"<h4>Part {number} &middot; {html.escape(part['name'])}</h4><table>")
            for slug, title in part["lessons"].items():
                if slug in self.known:
                    done, total = self.count(slug)
                    share = 100 * done / max(total, 1)
                    tick = " \N{CHECK MARK}" if done == total else ""
                    bar = (
                        f'<span class="track"><span class="fill" style="width:{share:.0f}%">'
                        f"</span></span>{done} of {total}{tick}"
                    )
                    question = html.escape(self.known[slug]["question"])
                    minutes = self.known[slug]["minutes"]
                    cells = f"{link(slug)}<br>{question} ({minutes} min)", bar
                    rows.append(f'<tr><td class="slug">{slug}</td>')
                else:
                    cells = html.escape(title), "in preparation"
                    rows.append(f'<tr class="planned"><td class="slug">{slug}</td>')
                rows.append(f'<td>{cells[0]}</td><td class="bar">{cells[1]}</td></tr>')
            rows.append("</table>")
        return "".join([*rows, "</div>"])


def course_map() -> CourseMap:
    """The map of the course with the learner's progress, read afresh."""
    return CourseMap()
