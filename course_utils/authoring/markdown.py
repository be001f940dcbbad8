"""Text of a source, as a notebook shows it."""

import re

# what starts a line of its own: headings, list items, tables, quotations, HTML, rules
_BLOCK = re.compile(r"(\$\$|#{1,6} |[-*+] |\d+[.)] |\||>|<|---|===)")
_NO_FOLLOWER = re.compile(r"(#{1,6} |\||<|---|===)")


def unwrap(text: str) -> str:
    """Join the lines of each paragraph and list item: the reader's window wraps them.

    Code fences, formulas between ``$$``, tables and HTML keep their lines; two blanks or a
    backslash at a line's end keep that break.
    """
    lines: list[str] = []
    kept = False  # inside a fence or a formula
    for line in text.split("\n"):
        mark = line.strip()
        toggles = mark.startswith("```") or (mark.count("$$") % 2 == 1)
        joins = not (kept or toggles) and bool(lines) and _continues(lines[-1], line)
        if joins and line.lstrip().startswith(">"):
            lines[-1] += " " + line.lstrip().lstrip(">").strip()
        elif joins:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
        if toggles:
            kept = not kept
    return "\n".join(lines)


def _continues(before: str, line: str) -> bool:
    """Whether a line goes on with the paragraph or item of the line before it."""
    above, mark = before.strip(), line.strip()
    if not above or not mark or before.endswith(("  ", "\\")):
        return False
    if above.startswith("```") or above.endswith("$$") or _NO_FOLLOWER.match(above):
        return False
    if mark.startswith(">") and above.startswith(">"):
        return mark != ">" and above != ">" and not re.match(r">\s*([-*+] |\d+[.)] |\|)", mark)
    return not _BLOCK.match(mark)
