"""A made class, graded by `course grade` and by stock nbgrader.

Students hand in solutions, untouched notebooks, and right and wrong answers of the answer bank, so
that the points that each deserves are known beforehand. No two notebooks are alike: nothing can be
taken from the store that was not run.

The default (60 notebooks with one worker and with two; 15 by stock nbgrader) takes some six minutes
on two cores that do nothing else.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course_utils.authoring.build import build, read_lessons, stale
from course_utils.grading.desk.insight import gather
from course_utils.paths import repository_root

LESSONS = ("12_pca", "21_denoising", "31_vae", "41_game")  # one of each part
KINDS = ("solution", "mixed", "wrong", "mixed", "right", "mixed", "stub", "mixed")
# nbgrader without our steps: with its time limits, and the cure for TensorFlow's line
STOCK = '\nc.pop("Autograde", None)\nc.pop("GenerateFeedback", None)\n'


@dataclass(frozen=True)
class Deserved:
    """What a made student handed in, and the points of each check that this is worth."""

    student: str
    lesson: str
    kind: str
    points: dict[str, float]  # name of the check -> points


def run(folder: Path, *words: str) -> float:
    """Run a command of this environment in a course's folder; returns seconds.

    Raises:
        RuntimeError: it failed; the message holds its last lines.
    """
    binaries = Path(sys.executable).parent
    env = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
    env |= {"PATH": f"{binaries}{os.pathsep}{env['PATH']}", "COURSE_HOME": str(folder / "home")}
    start, program = time.perf_counter(), [binaries / words[0], *words[1:]]
    done = subprocess.run(program, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise RuntimeError(f"{' '.join(words)} failed with status {done.returncode}:\n{said}")
    return time.perf_counter() - start


def _answers(root: Path, lesson) -> dict[str, dict[str, list[str]]]:
    """Exercise -> kind of answer -> sources; of the answer bank, which is kept with the tests."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    from tests.bank import load_bank

    solutions = {cell.name: cell.source for cell in lesson.cells if cell.kind == "exercise"}
    found = {
        name: {"solution": [text], "right": [], "wrong": []} for name, text in solutions.items()
    }
    for answer in load_bank(lesson.slug).answers:
        source = answer.source(solutions[answer.exercise])
        found[answer.exercise]["right" if answer.right else "wrong"].append(source)
    return found


def hand_in(root: Path, folder: Path, lesson, student: str, kind: str, chance) -> Deserved:
    """Write one student's notebook into ``submitted/``.

    A right answer that builds on the student's own wrong answer to another exercise deserves
    nothing or all, who knows; so each answer stands on right ones, or is left out.

    ``kind`` is "solution", "stub", "right", "wrong", or "mixed": another one for each exercise.
    """
    path = Path("notebooks") / lesson.slug / f"{lesson.slug}.ipynb"
    notebook = nbformat.read(root / path, as_version=4)
    bank = _answers(root, lesson)
    worth = {cell.name: cell.points for cell in lesson.cells if cell.kind == "check"}
    points, broken = {}, set()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name not in bank:
            continue
        chosen = chance.choice(("solution", "right", "wrong", "stub")) if kind == "mixed" else kind
        sources = bank[name].get(chosen, [])
        if chosen in ("solution", "right"):
            sources = [t for t in sources if not broken & set(re.findall(r"\w+", t))]
        right = chosen in ("solution", "right") and bool(sources)
        if not right:
            broken |= set(re.findall(r"^def (\w+)", bank[name]["solution"][0], re.MULTILINE))
        if sources:
            cell.source = chance.choice(sources)
        # a cell of one's own: equal work of two students would run once and flatter the numbers
        cell.source += f"\n# {student}"
        points[f"check_{name}"] = float(worth[name]) if right else 0.0
    target = folder / "submitted" / student / lesson.slug
    target.mkdir(parents=True)
    nbformat.write(notebook, target / f"{lesson.slug}.ipynb")
    (target / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")
    return Deserved(student, lesson.slug, kind, points)


def make_course(root: Path, folder: Path, slugs: tuple[str, ...]) -> None:
    """A course's folder with some lessons, released into a gradebook of its own.

    Raises:
        RuntimeError: the learners' notebooks are older than their sources.
    """
    if old := stale(root):  # what is handed in would differ from what is released
        names = ", ".join(path.name for path in old)
        raise RuntimeError(f"older than their sources: {names}; run `make notebooks`")
    build(root, only_private=True)
    shutil.copy(root / "nbgrader_config.py", folder)
    shutil.copytree(root / "notebooks", folder / "notebooks")
    for slug in slugs:
        shutil.copytree(
            root / "solutions" / slug,
            folder / "solutions" / slug,
            ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
        )
    start = "00_start_here.py"  # a checkout is known by it
    shutil.copy(root / "solutions" / start, folder / "solutions")
    for slug in slugs:
        run(folder, "nbgrader", "generate_assignment", slug)


def make_class(
    root: Path, folder: Path, size: int, slugs: tuple[str, ...] = LESSONS, seed: int = 0
) -> list[Deserved]:
    """A course with ``size`` submissions, one a student, spread over the lessons.

    The first ``n`` students of a class are the same in every larger class of that seed.
    """
    make_course(root, folder, slugs)
    lessons = {lesson.slug: lesson for lesson in read_lessons(root)}
    deserved = []
    for number in range(size):
        # lessons and kinds mixed, so that half a class is as much work as the other half
        slug = slugs[number % len(slugs)]
        kind = KINDS[(number // len(slugs) + number % len(slugs)) % len(KINDS)]
        chance = random.Random(f"{seed} {number}")
        student = f"s{number:03d}"
        deserved.append(hand_in(root, folder, lessons[slug], student, kind, chance))
    return deserved


def given_points(folder: Path, slugs) -> dict[tuple[str, str], dict[str, float]]:
    """What the gradebook gave: (student, lesson) -> points of each check."""
    found = {}
    for slug in slugs:
        for row in gather(folder, slug).graded():
            checks = {n: p for n, p in row.points.items() if n.startswith("check_")}
            found[row.student, slug] = checks
    return found


def wrongs(deserved: list[Deserved], given: dict) -> list[str]:
    """Every difference between the points deserved and given, in words."""
    found = []
    for one in deserved:
        points = given.get((one.student, one.lesson))
        if points is None:
            found.append(f"{one.student} ({one.kind}, {one.lesson}): not graded")
            continue
        for name, worth in one.points.items():
            if points.get(name) != worth:
                got = points.get(name)
                found.append(
                    f"{one.student} ({one.kind}, {one.lesson}), {name}: {got} instead of {worth:g}"
                )
    return found


def ours(folder: Path, slugs, workers: int) -> float:
    """Seconds that `course grade` takes."""
    return run(folder, "course", "grade", *slugs, "--workers", str(workers))


def stock(folder: Path, slugs) -> float:
    """Seconds that nbgrader's own commands take to autograde the class."""
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(STOCK)
    return sum(run(folder, "nbgrader", "autograde", slug) for slug in slugs)


def main(argv: list[str] | None = None) -> int:
    """Measure and print; returns 1 if points of ours are wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=60, help="students in the class")
    parser.add_argument("--lessons", nargs="+", default=LESSONS)
    parser.add_argument("--stock", type=int, default=15, help="students that stock grades")
    args = parser.parse_args(argv)
    slugs, root, fine = tuple(args.lessons), repository_root(), True
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as scratch:
        whole = Path(scratch, "class")
        whole.mkdir()
        deserved = make_class(root, whole, args.size, slugs)
        ways = [("ours, 1 worker", args.size, ours, 1), ("ours, 2 workers", args.size, ours, 2)]
        ways += [("stock nbgrader", args.stock, stock)] if args.stock else []
        for name, count, how, *words in ways:
            few = deserved[:count]
            folder = Path(shutil.copytree(whole, Path(scratch, name)))
            for one in deserved[count:]:
                shutil.rmtree(folder / "submitted" / one.student)
            seconds = how(folder, slugs, *words)
            wrong = wrongs(few, given_points(folder, slugs))
            fine = fine and (how is stock or not wrong)
            print(
                f"{name:16s} {count:4d} notebooks {seconds:6.1f} s, {seconds / count:5.2f} s each,"
            )
            print(f"{len(wrong):5d} points wrong", *wrong[:20], sep="\n    ", flush=True)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
