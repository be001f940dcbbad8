"""The answer bank through the judge: the answers in one process, the checks in another.

Run as a program it is the learner's side: ``python -m tests.apart LESSON NUMBER-OF-A-SOCKET``.
"""

import ast
import contextlib
import io
import os
import socket
import subprocess
import sys

from course_utils.grading.box.ends import Judge, Witness
from tests import bank


def _lesson(slug: str):
    """A lesson's cells, run with its solutions; the names before each exercise."""
    lesson = bank.read_lesson(bank.ROOT / "solutions" / slug / f"{slug}.py")
    answers = bank.load_bank(slug)
    left_out = bank.unneeded(lesson, answers)
    space, before, solutions = {"__name__": "__main__"}, {}, {}
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type != "code" or place in left_out:
            continue
        if cell.kind == "exercise":
            before[cell.name], solutions[cell.name] = dict(space), cell.source
        if cell.kind != "check":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, f"{slug}.py:{cell.line}", "exec"), space)
    checks = {cell.name: cell.source for cell in lesson.cells if cell.kind == "check"}
    return answers, before, solutions, checks


# ---- the learner's side ----------------------------------------------------------------------


class _Learner(Witness):
    """One answer after the other, each in the names that its exercise finds."""

    def __init__(self, channel: socket.socket, before: dict):
        self.before = before
        super().__init__(channel, {})

    def on_define(self, exercise: str, source: str):
        self.mine.clear()
        self.space.clear()
        self.space.update(self.before[exercise])
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            exec(compile(source, "<answer>", "exec"), self.space)


def _serve(slug: str, number: int) -> None:
    side = _Learner(socket.socket(fileno=number), _lesson(slug)[1])
    side.serve()


# ---- the judge's side ------------------------------------------------------------------------


def judge(slug: str) -> list[bank.Verdict]:
    """Verdicts of a judge in another process."""
    ours, theirs = socket.socketpair()
    words = [sys.executable, "-m", "tests.apart", slug, str(theirs.fileno())]
    with subprocess.Popen(words, pass_fds=[theirs.fileno()], cwd=bank.ROOT) as program, ours:
        theirs.close()
        try:
            answers, before, solutions, checks = _lesson(slug)
            space = {}
            end, found = Judge(ours, space), []
            with _seeding_both(end):
                for answer in answers.answers:
                    end.mine.clear()
                    space.clear()
                    space.update(before[answer.exercise])
                    solution, check = solutions[answer.exercise], checks[answer.exercise]
                    found.append(
                        bank.Verdict(answer, *_judged(end, space, answer, solution, check))
                    )
        finally:
            program.terminate()
    return found


@contextlib.contextmanager
def _seeding_both(end: Judge):
    """A check that seeds the random generators seeds the learner's, too."""
    from course_utils import training

    seed = training.set_seed

    def set_seed(number: int) -> None:
        seed(number)
        end.ask("seed", int(number))

    names = [name for name in sys.modules if name.startswith("course_utils.checks.")]
    changed = [sys.modules[name] for name in names if hasattr(sys.modules[name], "set_seed")]
    for module in changed:
        module.set_seed = set_seed
    try:
        yield
    finally:
        for module in changed:
            module.set_seed = seed


def _judged(end: Judge, space: dict, answer, solution: str, check: str) -> tuple[bool, str]:
    def run():
        end.ask("define", answer.exercise, answer.source(solution))
        for node in ast.parse(solution).body:
            if hasattr(node, "name"):
                with contextlib.suppress(KeyError):
                    space[node.name] = end.ask("name", node.name)
        exec(compile(check, "<check>", "exec"), space)

    return bank.outcome(run)


if __name__ == "__main__":
    os.environ["COURSE_QUICK"] = "1"
    _serve(sys.argv[1], int(sys.argv[2]))
