"""What a learner reads and writes in a lesson, counted, and held against the limits of a core."""

import math
import re
from dataclasses import dataclass

from course_utils.authoring.sources import Cell, Lesson, Problem, without_region

WORDS_A_MINUTE, LINES_A_MINUTE = 200, 40
MINUTES_AN_EXERCISE, MINUTES_A_LINE_WRITTEN = 5, 0.5
# First readers of lessons 13, 22, 24, 31, 33, 34, 37, 42, 44, 51 and 53 told of 1.3 to 2.3 times
# the computed minutes.
FIRST_READING = 1.8


@dataclass(frozen=True)
class Limits:
    """The most (and least) that a core may ask of a learner."""

    words: int = 1800
    given_lines: int = 220
    check_lines: int = 12
    words_before: int = 500
    lines_before: int = 60
    written_lines: int = 30  # at least
    exercises: tuple[int, int] = (4, 6)
    terms: int = 12
    minutes: int = 75
    seconds: int = 60


CORE = Limits()
# Parts 4 to 6 train adversarial and diffusion models, the projects (part 6) are longer; from lesson
# 33 on, part 3 has larger data.
LIMITS = {
    **{str(lesson): Limits(seconds=100) for lesson in range(33, 38)},
    "4": Limits(seconds=150),
    "5": Limits(seconds=150),
    "6": Limits(words=2400, given_lines=260, minutes=120, seconds=240),
}
DEEPER_SECONDS = 120


@dataclass(frozen=True)
class Count:
    """The figures of one lesson, as the learner's notebook shows it."""

    words: int
    given_lines: int
    check_lines: int
    words_before: int
    lines_before: int
    written_lines: int
    exercises: int
    answers: int
    terms: int
    seconds: int

    @property
    def minutes(self) -> float:
        """Minutes without a pause for thought, from what there is to read, to write and to wait."""
        reading = self.words / WORDS_A_MINUTE + self.given_lines / LINES_A_MINUTE
        writing = MINUTES_AN_EXERCISE * (self.exercises + self.answers)
        return reading + writing + MINUTES_A_LINE_WRITTEN * self.written_lines + self.seconds / 60

    @property
    def shown_minutes(self) -> int:
        """The minutes that the header prints, which a first reader needs: a multiple of five."""
        return 5 * round(FIRST_READING * self.minutes / 5)


def words(markdown: str) -> int:
    """Words of prose; a formula counts as one, an address and a tag as none."""
    text = re.sub(r"\$\$.*?\$\$", " formula ", markdown, flags=re.DOTALL)
    text = re.sub(r"\$[^$\n]+(?:\n[^$\n]+)*\$", " formula ", text)
    text = re.sub(r"\]\([^)]*\)", "] ", text)
    text = re.sub(r"<[^<>]+>", " ", text)
    return sum(any(c.isalnum() for c in word) for word in text.split())


def code_lines(source: str) -> int:
    """Lines of code, blank lines and whole-line comments aside."""
    lines = (line.strip() for line in source.split("\n"))
    return sum(bool(line) and not line.startswith("#") for line in lines)


def _region(source: str, name: str) -> str:
    parts = re.findall(rf"### BEGIN {name}\n(.*?)\s*### END {name}", source, flags=re.DOTALL)
    return "\n".join(parts)


def _words_of(cell: Cell) -> int:
    return words(cell.source) if cell.cell_type == "markdown" and cell.kind != "answer" else 0


def _given(cell: Cell) -> int:
    """Lines of given code in a cell: neither the learner's, nor a check, nor instrumentation."""
    shown = cell.cell_type == "code" and (not cell.kind or cell.name == "imports")
    return code_lines(cell.source) if shown else 0


def count(lesson: Lesson) -> Count:
    """Count a lesson."""
    cells = lesson.cells
    first = next((k for k, c in enumerate(cells) if c.kind == "exercise"), len(cells))
    checks = [c for c in cells if c.kind == "check"]
    return Count(
        words=words(" ".join([lesson.question, *lesson.goals])) + sum(map(_words_of, cells)),
        given_lines=sum(map(_given, cells)),
        check_lines=max(
            (code_lines(without_region(c.source, "HIDDEN TESTS")) for c in checks), default=0
        ),
        words_before=sum(map(_words_of, cells[:first])),
        lines_before=sum(map(_given, cells[:first])),
        written_lines=sum(
            code_lines(_region(c.source, "SOLUTION")) for c in cells if c.kind == "exercise"
        ),
        exercises=len(checks),
        answers=sum(c.kind == "answer" for c in cells),
        terms=len(lesson.terms),
        seconds=lesson.seconds,
    )


def limits(lesson: Lesson) -> Limits:
    """The limits of a core, by its part."""
    return LIMITS.get(lesson.slug[:2]) or LIMITS.get(lesson.slug[0], CORE)


def excesses(lesson: Lesson) -> list[str]:
    """What in a lesson exceeds its budget, in words with both figures."""
    found, most = count(lesson), limits(lesson)
    if lesson.deeper:
        too_long = found.seconds > DEEPER_SECONDS
        return [f"{found.seconds} seconds, at most {DEEPER_SECONDS}"] if too_long else []
    said = [
        f"{value:g} {what}, at most {limit}"
        for value, limit, what in (
            (found.words, most.words, "words of prose"),
            (found.given_lines, most.given_lines, "lines of given code"),
            (found.check_lines, most.check_lines, "visible lines in one check"),
            (found.words_before, most.words_before, "words before the first exercise"),
            (found.lines_before, most.lines_before, "given lines before the first exercise"),
            (found.terms, most.terms, "terms"),
            (math.ceil(found.minutes), most.minutes, "minutes, computed"),
            (found.seconds, most.seconds, "seconds of a full run"),
        )
        if value > limit
    ]
    if found.written_lines < most.written_lines:
        said.append(
            f"{found.written_lines} lines for the learner to write, at least {most.written_lines}"
        )
    low, high = most.exercises
    if not low <= found.exercises <= high:
        said.append(f"{found.exercises} graded exercises, wanted {low} to {high}")
    if found.answers != 1:
        said.append(f"{found.answers} written answers, wanted 1")
    return said


def problems(lesson: Lesson) -> list[Problem]:
    """The excesses of a lesson as problems of its source."""
    return [Problem(lesson.path, 1, f"over budget: {words}") for words in excesses(lesson)]


def table(lessons: list[Lesson]) -> str:
    """The figures of all lessons, one a line, with what exceeds the limits below."""
    heads = ("words", "given", "check", "w.before", "l.before", "written", "exercises", "terms",
             "seconds", "minutes", "header")  # fmt: skip
    lines = [f"{'lesson':32s}" + "".join(f"{head:>10s}" for head in heads)]
    for lesson in lessons:
        c = count(lesson)
        row = (c.words, c.given_lines, c.check_lines, c.words_before, c.lines_before,
               c.written_lines, c.exercises, c.terms, c.seconds, math.ceil(c.minutes),
               c.shown_minutes)  # fmt: skip
        lines.append(f"{lesson.path.stem:32s}" + "".join(f"{value:10d}" for value in row))
    m = CORE
    row = (m.words, m.given_lines, m.check_lines, m.words_before, m.lines_before,
           f"≥{m.written_lines}", "4-6", m.terms, m.seconds, m.minutes, "")  # fmt: skip
    lines.append(f"{'limit of a core':32s}" + "".join(f"{value!s:>10s}" for value in row))
    lines += [f"{lesson.path.stem}: {words}" for lesson in lessons for words in excesses(lesson)]
    return "\n".join(lines)
