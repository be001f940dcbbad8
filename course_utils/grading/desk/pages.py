"""Pages with a learner's work, formgrader's and feedback: what may be shown, and how."""

import html
import posixpath
import re
from pathlib import Path

import bleach
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, List
from traitlets.config import Config

from course_utils.grading.desk.mathml import mathml
from course_utils.paths import is_published, repository_url

MAX_HTML = 300_000  # characters of HTML in one notebook's outputs that are worth cleaning,
MAX_MARKDOWN = 20_000  # and of one text that are worth typesetting: both take long;
MAX_PICTURES = 1_000_000  # with the pictures in it, which are quick
PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]+")
HIDDEN = re.compile(r"(?ms)^[^\n]*BEGIN HIDDEN TESTS.*?(?:END HIDDEN TESTS[^\n]*|\Z)")
TEMPLATES = Path(__file__).resolve().parent / "templates"
MARK = "\ue000", "\ue001"  # around the number of a formula: signs that no text has
_TAGS = (
    "a b blockquote br caption code dd details div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p "
    "pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = ("alt", "colspan", "height", "href", "rowspan", "src", "title", "width")
PICTURES = ("data:image/png", "data:image/jpeg", "data:image/gif")
ADDRESSES = ("http://", "https://", "mailto:")


def shown(output: dict, number: int, room: list[int]) -> dict:
    """An output that a page may show: no scripts, no addresses to load from."""
    if output["output_type"] == "execute_result":
        output = output | {"execution_count": number}
    data = output.get("data", {})
    if page := data.get("text/html"):
        room[0] -= len(page)
        shown = {mime: text for mime, text in data.items() if mime != "text/html"}
        if room[0] >= 0:
            shown["text/html"] = safe_html(_without_code(page))
        output = output | {"data": shown or {"text/plain": "[a page too large to show]"}}
    return output


def _without_code(page: str) -> str:
    """Cut styles and scripts, whose text is no text; for the looks, :func:`safe_html` is safe."""
    kept, *others = re.split(r"(?i)<(?:style|script)\b", page)
    for other in others:
        kept += "".join(re.split(r"(?i)</(?:style|script)>", other, maxsplit=1)[1:])
    return kept


def _harmless(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay.

    Nothing that runs, no id or class that formgrader's own code would take for its own, and no
    picture but those in the page: another server would learn when the instructor looks.
    """
    if name == "class":  # the colours of code
        return value == "highlight" or (tag == "span" and len(value) <= 3)
    if name not in ATTRIBUTES:
        return False
    if name == "href":  # what is beside the page, or in the notebook, is not beside its reader
        return value.startswith(ADDRESSES)
    return name != "src" or value.startswith(PICTURES)


def safe_html(page: str) -> str:
    """HTML without scripts, styles, forms and frames."""
    protocols = ["data", "http", "https", "mailto"]
    return bleach.clean(page, TAGS, _harmless, protocols=protocols, strip=True)


class _Renderer(IPythonRenderer):
    """Markdown with formulas as MathML, and no links to what is not there.

    Formulas are trusted once they are made, and cleaned text is not: each is a mark in the text
    until that is cleaned.
    """

    def __init__(self, attachments: dict, folder: str):
        super().__init__(escape=False, attachments=attachments, exclude_anchor_links=True)
        self.folder, self.formulas = folder, {}  # by mark

    def _formula(self, formula: str, block: bool) -> str:
        mark = f"{MARK[0]}{len(self.formulas)}{MARK[1]}"
        self.formulas[mark] = mathml(formula, block)
        return mark

    def block_math(self, body: str) -> str:
        """A formula in a line of its own."""
        return f"<div>{self._formula(body, block=True)}</div>"

    def inline_math(self, body: str) -> str:
        """A formula within a line."""
        return self._formula(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        """A formula between ``\\begin`` and ``\\end``."""
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link that holds wherever the page lies; the text alone of one that leads nowhere."""
        if not url.startswith(ADDRESSES):
            repository = repository_url()
            path = posixpath.normpath(posixpath.join(self.folder, url))
            beside = not url.startswith("#") and ":" not in url and not path.startswith(("/", ".."))
            if not self.folder or not beside or not is_published(repository):
                return text
            url = f"{repository}/blob/main/{path}"
        return super().link(text, url, title)

    def with_formulas(self, page: str) -> str:
        """Put the formulas in the place of their marks."""
        mark = f"{MARK[0]}[0-9]+{MARK[1]}"
        return re.sub(mark, lambda found: self.formulas.get(found[0], ""), page)


@pass_context
def safe_markdown(context, source: str) -> str:
    """nbconvert's filter ``markdown2html``, for the pages of formgrader and of feedback.

    Their Markdown is a stranger's, and the page has the rights of whoever looks at it.
    """
    if len(source) > MAX_PICTURES or len(PICTURE.sub("", source)) > MAX_MARKDOWN:
        return f"<pre>{html.escape(source)}</pre>"
    attachments = (context.get("cell") or {}).get("attachments", {})
    about = (context.get("resources") or {}).get("nbgrader") or {}
    lesson = about.get("assignment")
    renderer = _Renderer(attachments, f"notebooks/{lesson}" if lesson else "")
    source = source.translate(dict.fromkeys(map(ord, MARK)))
    return renderer.with_formulas(safe_html(MarkdownWithMath(renderer=renderer).render(source)))


class FeedbackPage(HTMLExporter):
    """nbgrader's page of feedback in our template, which stands alone."""

    def __init__(self, config=None, **kw):
        config = Config(config or {})  # the caller's settings name nbgrader's template
        config.FeedbackPage.template_name = "course_feedback"
        config.FeedbackPage.extra_template_basedirs = [str(TEMPLATES)]
        super().__init__(config=config, **kw)


class HideTests(NbGraderPreprocessor):
    """Take the code of hidden tests out of a page of feedback, not what they said."""

    reveal = Bool(False, help="show hidden tests in the feedback").tag(config=True)
    # not ours, but nbconvert's exporter of pages sets it for every step, and warns where it is not
    display_data_priority = List().tag(config=True)

    def preprocess_cell(self, cell, resources, cell_index):
        """Cut the regions of hidden tests, and tracebacks, which quote them."""
        if self.reveal or cell.cell_type != "code" or not HIDDEN.search(cell.source):
            return cell, resources
        cell.source = HIDDEN.sub("# Hidden tests ran here.", cell.source)
        for output in cell.outputs:
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}".removesuffix(": ")]
        return cell, resources
