"""Pages with a learner's work, formgrader's and feedback: what may be shown, and how."""

import html

import bleach
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, List

MAX_HTML = 300_000  # characters of HTML in one notebook's outputs that are worth cleaning,
MAX_MARKDOWN = 20_000  # and of one text that are worth typesetting: both take long
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
EVIDENCE = "course_evidence"  # marks an output, in its metadata, that is for the instructor alone
_TAGS = (
    "a b blockquote br caption code dd details div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p "
    "pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(("alt", "colspan", "height", "href", "rowspan", "src", "title", "width"))


def shown(output: dict, number: int, room: list[int]) -> dict:
    """An output that a page may show: no scripts, no addresses to load from.

    Args:
        output: of a checked result.
        number: the cell's, for its prompt.
        room: how many characters of HTML may still be cleaned, which is slow; counted down.
    """
    if output["output_type"] == "execute_result":
        output = output | {"execution_count": number}
    data = output.get("data", {})
    if page := data.get("text/html"):
        room[0] -= len(page)
        shown = {mime: text for mime, text in data.items() if mime != "text/html"}
        if room[0] >= 0:
            shown["text/html"] = safe_html(_without(_without(page, "style"), "script"))
        output = output | {"data": shown or {"text/plain": "[a page too large to show]"}}
    return output


def _without(page: str, tag: str) -> str:
    """Cut elements whose text is no text; for the looks of it, as :func:`safe_html` comes after."""
    kept, place, low = [], 0, page.lower()
    while (start := low.find(f"<{tag}", place)) >= 0:
        end = low.find(f"</{tag}>", start)
        if end < 0:
            break
        kept.append(page[place:start])
        place = end + len(tag) + 3
    return "".join(kept) + page[place:]


def _harmless(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay.

    Nothing that runs, no id or class that formgrader's own code would take for its own, and no
    picture but those in the page: another server would learn when the instructor looks.
    """
    if name == "class":  # the colours of code
        return value == "highlight" or (tag == "span" and len(value) <= 3)
    if name not in ATTRIBUTES:
        return False
    return name != "src" or value.startswith(
        ("data:image/png", "data:image/jpeg", "data:image/gif")
    )


def safe_html(page: str) -> str:
    """HTML without scripts, styles, forms and frames."""
    protocols = ["data", "http", "https", "mailto"]
    return bleach.clean(page, TAGS, _harmless, protocols=protocols, strip=True)


@pass_context
def safe_markdown(context, source: str) -> str:
    """nbconvert's filter ``markdown2html``, for the pages of formgrader and of feedback.

    Their Markdown is a stranger's, and the page has the rights of whoever looks at it.
    """
    if len(source) > MAX_MARKDOWN:
        return f"<pre>{html.escape(source)}</pre>"
    attachments = (context.get("cell") or {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return safe_html(MarkdownWithMath(renderer=renderer).render(source))


class HideTests(NbGraderPreprocessor):
    """Take out of a page of feedback what is for the instructor.

    That is the code of hidden tests (not what they said), and the evidence of suspicions, which
    would accuse before anybody decided, and teach what is looked for.
    """

    reveal = Bool(False, help="show hidden tests in the feedback").tag(config=True)
    reveal_suspicions = Bool(False, help="show why something is suspected").tag(config=True)
    # not ours, but nbconvert's exporter of pages sets it for every step, and warns where it is not
    display_data_priority = List().tag(config=True)

    def preprocess_cell(self, cell, resources, cell_index):
        """Cut evidence, the regions of hidden tests, and tracebacks, which quote them."""
        if cell.cell_type == "code" and not self.reveal_suspicions:
            cell.outputs = [o for o in cell.outputs if not o.get("metadata", {}).get(EVIDENCE)]
        if self.reveal or cell.cell_type != "code" or HIDDEN[0] not in cell.source:
            return cell, resources
        kept, hidden = [], False
        for line in cell.source.split("\n"):
            if HIDDEN[0] in line:
                hidden = True
                kept.append("# Hidden tests ran here.")
            if not hidden:
                kept.append(line)
            hidden = hidden and HIDDEN[1] not in line
        cell.source = "\n".join(kept)
        for output in cell.outputs:
            if output.output_type == "error":
                words = f"{output.ename}: {output.evalue}".removesuffix(": ")
                output.traceback = words.split("\n")
        return cell, resources
