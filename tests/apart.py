"""The answer bank through the judge: the answers in one process, the checks in another."""

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
    left_out = bank._unneeded(lesson, answers)
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


def _witness(slug: str, number: int) -> None:
    """The learner's side: one answer after the other, and what the judge asks about it."""
    channel = socket.socket(fileno=number)
    _, before, _, _ = _lesson(slug)
    space = {}

    def names(name, required=False):
        return space[name] if required else space.get(name)

    class Side(Witness):
        def on_define(self, handle, exercise, source):
            space.clear()
            self.mine.clear()
            space.update(before[exercise])
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                exec(compile(source, "<answer>", "exec"), space)

    side = Side(channel, names)
    with contextlib.suppress(BaseException):
        while True:
            side.answer(*side._receive())


def _bound(source: str) -> list[str]:
    return [node.name for node in ast.parse(source).body if hasattr(node, "name")]


def verdicts(slug: str, only: str = "") -> list[bank.Verdict]:
    """Every answer's verdict, as the judge in its own process gives it."""
    from course_utils import training

    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "tests.apart", slug, str(theirs.fileno())]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=os.getcwd()) as program, ours:
        theirs.close()
        answers, before, solutions, checks = _lesson(slug)
        space = {}
        judge, found = Judge(ours, space.get), []
        seed = training.set_seed

        def set_seed(number):
            seed(number)
            judge.ask("seed", 0, int(number))

        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "").startswith("course_utils.check") and hasattr(
                module, "set_seed"
            ):
                module.set_seed = set_seed
        for answer in answers.answers:
            if only and only not in answer.exercise:
                continue
            judge.mine.clear()
            space.clear()
            space.update(before[answer.exercise])
            found.append(bank.Verdict(answer, *_judged(judge, space, answer, solutions, checks)))
        program.terminate()
    return found


def _judged(judge, space, answer, solutions, checks) -> tuple[bool, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            judge.ask("define", 0, answer.exercise, answer.source(solutions[answer.exercise]))
            for name in _bound(solutions[answer.exercise]):
                with contextlib.suppress(KeyError):
                    space[name] = judge.ask("name", 0, name)
            exec(compile(checks[answer.exercise], "<check>", "exec"), space)
        except Exception as error:
            return False, f"{type(error).__name__}: {error}"
    if said.getvalue():
        return False, f"wrote to standard error: {said.getvalue()[:300]}"
    return True, ""


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[2].isdigit():
        _witness(sys.argv[1], int(sys.argv[2]))
    else:
        import time

        start = time.time()
        rows = verdicts(*sys.argv[1:])
        for row in rows:
            if row.problem:
                print(
                    "FAULT",
                    row.answer.exercise,
                    "/",
                    row.answer.name,
                    ":",
                    row.problem,
                    "|",
                    row.message[:300].replace("\n", " "),
                )
        print(
            sys.argv[1],
            len(rows),
            "answers",
            sum(not r.problem for r in rows),
            "agree",
            round(time.time() - start),
            "s",
        )
