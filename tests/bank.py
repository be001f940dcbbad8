"""The answer bank: wrong answers that a grader must reject, right ones that it must accept."""

import importlib.util
import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from course_utils.authoring.sources import read_lesson
from course_utils.grading.intake import needed

ROOT = Path(__file__).resolve().parent.parent
MIN_WRONG, MIN_RIGHT = 5, 2


@dataclass
class Answer:
    """What a learner might put in place of an exercise's cell."""

    exercise: str
    name: str
    right: bool
    code: str | None
    swap: tuple[str, str] | None
    says: str

    def source(self, solution: str) -> str:
        """The answer's cell: its own code, or the solution with one piece of text swapped."""
        if self.code is not None:
            return self.code
        old, new = self.swap
        if old not in solution:
            raise ValueError(f"{self.exercise}, {self.name}: {old!r} is not in the solution")
        return solution.replace(old, new)


class Bank:
    """The answers for one lesson. ``says`` is part of the message that a wrong answer gets."""

    def __init__(self):
        self.answers: list[Answer] = []

    def wrong(self, exercise, name, says, code=None, swap=None):
        self.answers.append(Answer(exercise, name, False, code, swap, says))

    def right(self, exercise, name, code=None, swap=None):
        self.answers.append(Answer(exercise, name, True, code, swap, ""))


@dataclass
class Verdict:
    """How the check of an exercise took an answer."""

    answer: Answer
    accepted: bool
    message: str

    @property
    def problem(self) -> str:
        """Why the grader is at fault, or nothing."""
        if self.answer.right:
            return "" if self.accepted else "a right answer is refused"
        if self.accepted:
            return "a wrong answer is accepted"
        if self.answer.says.lower() not in self.message.lower():
            return f"the message does not say {self.answer.says!r}"
        return ""


def load_bank(slug: str) -> Bank:
    """The bank of ``tests/answers/<slug>.py``."""
    path = ROOT / "tests" / "answers" / f"{slug}.py"
    spec = importlib.util.spec_from_file_location(f"answers_{slug}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.bank


def outcome(run: Callable[[], None]) -> tuple[bool, str]:
    """Run an answer and its check: accepted, and what was said."""
    said = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(said):
        try:
            run()
        except Exception as error:
            return False, f"{type(error).__name__}: {error}"
    if said.getvalue():
        return False, f"wrote to standard error, which costs the points: {said.getvalue()[:300]}"
    return True, ""


def _try(answer_source: str, check_source: str, namespace: dict) -> tuple[bool, str]:
    """Run an answer and its check in a copy of the namespace."""
    namespace = dict(namespace)

    def run():
        exec(compile(answer_source, "<answer>", "exec"), namespace)
        exec(compile(check_source, "<check>", "exec"), namespace)

    return outcome(run)


def unneeded(lesson, bank: Bank) -> set[int]:
    """Indices of a lesson's cells that no solution, no check and no answer of the bank needs."""
    roles = {"exercise": "answer", "check": "check"}
    cells = [
        {"id": place, "source": cell.source, "role": roles.get(cell.kind, "given")}
        for place, cell in enumerate(lesson.cells)
        if cell.cell_type == "code"
    ]
    solutions = {cell.name: cell.source for cell in lesson.cells if cell.kind == "exercise"}
    texts = (answer.source(solutions[answer.exercise]) for answer in bank.answers)
    idle = needed.unneeded(cells)
    for text in filter(needed.is_python, texts):  # one at a time: much text is not studied
        idle &= needed.unneeded([*cells, {"id": -1, "source": text, "role": "check"}])
    return idle


def judge(slug: str, bank: Bank) -> list[Verdict]:
    """Run a lesson (on the budget of the environment) and try every answer where it belongs.

    Cells that decide nothing are left out, as they are while grading.
    """
    lesson = read_lesson(ROOT / "solutions" / slug / f"{slug}.py")
    known = {cell.name for cell in lesson.cells if cell.kind == "check"}
    strangers = {answer.exercise for answer in bank.answers} - known
    if strangers:
        raise ValueError(f"{slug}: the bank answers exercises that do not exist: {strangers}")
    namespace, before, solutions, verdicts = {"__name__": "lesson"}, {}, {}, []
    left_out = unneeded(lesson, bank)
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type != "code" or place in left_out:
            continue
        if cell.kind == "exercise":
            before[cell.name], solutions[cell.name] = dict(namespace), cell.source
        if cell.kind == "check":
            for answer in bank.answers:
                if answer.exercise == cell.name:
                    source = answer.source(solutions[cell.name])
                    verdict = _try(source, cell.source, before[cell.name])
                    verdicts.append(Verdict(answer, *verdict))
        with redirect_stdout(io.StringIO()):
            exec(compile(cell.source, f"{slug}.py:{cell.line}", "exec"), namespace)
    return verdicts


def table(verdicts: list[Verdict]) -> str:
    """Kill rate and acceptance for each exercise, and every fault of a grader."""
    lines = [f"{'exercise':34s} wrong rejected   right accepted"]
    for exercise in dict.fromkeys(v.answer.exercise for v in verdicts):
        mine = [v for v in verdicts if v.answer.exercise == exercise]
        wrong = [v for v in mine if not v.answer.right]
        right = [v for v in mine if v.answer.right]
        killed = sum(not v.accepted for v in wrong)
        taken = sum(v.accepted for v in right)
        lines.append(f"{exercise:34s} {killed:5d} of {len(wrong):<5d} {taken:7d} of {len(right)}")
    wrong = [v for v in verdicts if not v.answer.right]
    rate = 100 * sum(not v.accepted for v in wrong) / max(len(wrong), 1)
    lines.append(f"kill rate {rate:.0f} % of {len(wrong)} wrong answers")
    for v in verdicts:
        if v.problem:
            lines.append(f"FAULT {v.answer.exercise} / {v.answer.name}: {v.problem} ({v.message})")
    return "\n".join(lines)
