"""A made class, graded by stock nbgrader and by `course grade` side by side.

Students hand in solutions, untouched notebooks, and right and wrong answers of the answer bank, so
that the points that each deserves are known beforehand. No two notebooks are alike: nothing can be
taken from the store that was not run.

The default (15, 30 and 60 notebooks, twice each, with one worker of ours and with two; 15 by stock
nbgrader, whose time is then scaled to 60) takes about ten minutes on two cores that do nothing
else; ``--stock 60`` some ten minutes more.
"""

import argparse
import functools
import itertools
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
import pandas as pd

from course_utils.authoring.build import build, read_lessons, stale
from course_utils.grading.desk.insight import gather
from course_utils.paths import repository_root, write_atomically

LESSONS = ("12_pca", "21_denoising", "31_vae", "41_game")  # one of each part
KINDS = ("solution", "mixed", "wrong", "mixed", "right", "mixed", "stub", "mixed")


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
    env["PATH"] = f"{binaries}{os.pathsep}{env['PATH']}"
    env["COURSE_HOME"] = str(folder / "home")
    start = time.perf_counter()
    done = subprocess.run(
        [binaries / words[0], *words[1:]], cwd=folder, env=env, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise RuntimeError(f"{' '.join(words)} failed with status {done.returncode}:\n{said}")
    return seconds


@functools.lru_cache
def _bank(root: Path, slug: str):
    """The answer bank of a lesson, which is kept with the tests."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    from tests.bank import load_bank

    return load_bank(slug)


def _answers(root: Path, lesson) -> dict[str, dict[str, list[str]]]:
    """Exercise -> kind of answer -> sources."""
    solutions = {cell.name: cell.source for cell in lesson.cells if cell.kind == "exercise"}
    found = {
        name: {"solution": [text], "right": [], "wrong": []} for name, text in solutions.items()
    }
    for answer in _bank(root, lesson.slug).answers:
        source = answer.source(solutions[answer.exercise])
        found[answer.exercise]["right" if answer.right else "wrong"].append(source)
    return found


def _defined(source: str) -> set[str]:
    """Names of the functions that a cell defines."""
    return set(re.findall(r"^def (\w+)", source, re.MULTILINE))


def hand_in(root: Path, folder: Path, lesson, student: str, kind: str, chance) -> Deserved:
    """Write one student's notebook into ``submitted/``.

    A right answer that builds on the student's own wrong answer to another exercise deserves
    nothing or all, who knows; so each answer stands on right ones, or is left out.

    Args:
        root: the checkout with the released notebook and the answer bank.
        folder: the made course.
        lesson: as :func:`course_utils.authoring.sources.read_lesson` reads it.
        student: the student's id.
        kind: "solution", "stub", "right", "wrong", or "mixed" (another one for each exercise).
        chance: a ``random.Random``.
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
            broken |= _defined(bank[name]["solution"][0])
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


def _subset(whole: Path, folder: Path, students: set[str]) -> Path:
    """A copy of a made course with some of its students."""
    shutil.copytree(whole, folder)
    for path in (folder / "submitted").iterdir():
        if path.name not in students:
            shutil.rmtree(path)
    return folder


def stock(folder: Path, slugs) -> float:
    """Seconds that nbgrader's own commands take to autograde the class.

    Stock gets the settings of this repository without our steps: its time limits, and the cure
    for TensorFlow's line on standard error.
    """
    config = folder / "nbgrader_config.py"
    ours = 'c.pop("Autograde", None)\nc.pop("GenerateFeedback", None)\n'
    write_atomically(config, f"{config.read_text()}\n{ours}".encode())
    return sum(run(folder, "nbgrader", "autograde", slug) for slug in slugs)


def ours(folder: Path, slugs, workers: int) -> float:
    """Seconds that `course grade` takes."""
    return run(folder, "course", "grade", *slugs, "--workers", str(workers))


LOOP = "s = 0\nfor i in range(20_000_000):\n    s += i * i % 7"


def machine_gain() -> float:
    """How much more two bare Python loops do side by side than one: no grader can do better."""

    def seconds(count: int) -> float:
        start = time.perf_counter()
        running = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(count)]
        for process in running:
            process.wait()
        return time.perf_counter() - start

    return 2 * min(seconds(1) for _ in range(3)) / min(seconds(2) for _ in range(3))


def _tell(best: dict, machine: list[float], plain: float | None, part: int, size: int) -> tuple:
    """Print what the rounds say; returns a second worker's gain, and our pace beside stock's."""
    one, two = best[1], best[2]
    small, half, whole = sorted(two)
    first, second = ((two[b] - two[a]) / (b - a) for a, b in ((small, half), (half, whole)))
    print(f"each further notebook costs {first:.2f} s, in the larger half {second:.2f} s")
    gain = (one[whole] - one[small]) / (two[whole] - two[small])
    print(
        f"two workers do {gain:.2f} times as much as one in the same time (wanted: 1.7);", end=" "
    )
    print(f"with start and end of the command {one[whole] / two[whole]:.2f} times")
    bare = ", ".join(f"{times:.2f}" for times in machine)
    print(f"two bare Python loops side by side do {bare} times as much as one on this machine")
    if plain:
        print(f"stock nbgrader needs {plain:.0f} s for {size}", end="")
        print(f" (scaled from {part})" if part < size else "")
        print(f"ours is {plain / two[size]:.1f} times as fast as stock nbgrader (wanted: 10)")
    return gain, plain / two[size] if plain else 0.0


def main(argv: list[str] | None = None) -> int:
    """Measure and print; returns 1 if points are wrong or a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=60, help="students in the class")
    parser.add_argument("--rounds", type=int, default=2, help="how often ours is measured")
    parser.add_argument("--lessons", nargs="+", default=LESSONS)
    parser.add_argument(
        "--stock", type=int, help="students that stock grades; a quarter by default"
    )
    args = parser.parse_args(argv)
    slugs, size, root = tuple(args.lessons), args.size, repository_root()
    rows, fine = [], True
    best = {1: {}, 2: {}}  # workers -> notebooks -> seconds
    machine = []
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as scratch:
        scratch = Path(scratch)
        whole = scratch / "class"
        whole.mkdir()
        deserved = make_class(root, whole, size, slugs)

        def measure(name: str, count: int, how, *words) -> float:
            nonlocal fine
            few = deserved[:count]
            folder = _subset(whole, scratch / f"run-{len(rows)}", {d.student for d in few})
            seconds = how(folder, slugs, *words)
            wrong = wrongs(few, given_points(folder, slugs))
            fine = fine and (how is stock or not wrong)
            rows.append(
                {
                    "what": name,
                    "notebooks": count,
                    "seconds": seconds,
                    "a minute": 60 * count / seconds,
                    "wrong": len(wrong),
                }
            )
            print(pd.DataFrame(rows[-1:]).to_string(index=False, header=len(rows) == 1), flush=True)
            print("".join(f"    {line}\n" for line in wrong[:20]), end="", flush=True)
            return seconds

        # in turns, and the best of each: what else a machine does comes and goes in minutes
        for _ in range(args.rounds):
            machine.append(machine_gain())
            for workers, count in itertools.product(best, (size // 4, size // 2, size)):
                seconds = measure(f"ours, {workers} worker(s)", count, ours, workers)
                best[workers][count] = min(seconds, best[workers].get(count, seconds))
        part, plain = size // 4 if args.stock is None else args.stock, None
        if part:
            start = len(slugs) * run(whole, "nbgrader", "autograde", "--help")
            plain = start + (measure("stock nbgrader", part, stock) - start) * size / part

    print("\n" + pd.DataFrame(rows).to_string(index=False, float_format="%.1f"))
    gain, times = _tell(best, machine, plain, part, size)
    fine = fine and (not plain or times >= 10)
    return 0 if fine and gain >= 1.7 else 1


if __name__ == "__main__":
    sys.exit(main())
