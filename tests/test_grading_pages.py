"""Pages of feedback stand alone: formulas, names, links and tables need nothing beside the page."""

import html.parser
import json
import re
from pathlib import Path

import pytest

from course_utils.grading.desk import grade, mathml, pages
from tests import toy_course
from tests.bank import ROOT
from tests.test_browser import CHROMIUM, REQUIRED, chromium
from tests.toy_course import SLUG, solved, submit

pytestmark = pytest.mark.xdist_group("toy")
TEXT = r"""## Add
#
# The loss is $\mathcal{L} = \frac{1}{n}\sum_{i=1}^n \lVert x_i - \hat x_i \rVert^2$, and
#
# $$\mathrm{KL} = \tfrac12 \sum_j \left(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\right)$$
#
# | method | error |
# |---|---|
# | PCA | 0.012 |
# | $k = 32$ | 0.009 |
#
# See [lesson 13](../13_deep/13_deep.ipynb), [above](#Add), [Keras](https://keras.io).
"""
# where the words of two neighbouring cells of a table end and begin
EDGES = """() => {
  const box = words => {
    const range = document.createRange();
    const cells = [...document.querySelectorAll('td')];
    range.selectNodeContents(cells.find(cell => cell.innerText == words));
    return range.getBoundingClientRect();
  };
  return {right: box('PCA').right, left: box('0.012').left};
}"""
WRITTEN = r"Since $e^{i\pi} = -1$; $\href{javascript:alert(1)}{x}$, $\text{<img src=x>}$."


def _formulas(text: str):
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)
    for found in re.finditer(r"\$\$(.+?)\$\$|\$(.+?)\$", text, re.S):
        yield found[1] or found[2], found[1] is not None


def test_every_formula_of_the_course_is_typeset():
    seen = 0
    for path in sorted((ROOT / "notebooks").glob("*/*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "markdown":
                for formula, block in _formulas("".join(cell["source"])):
                    shown = mathml.mathml(formula, block)
                    assert shown.startswith("<math"), (path.name, formula)
                    assert "\\" not in shown and "&amp;#" not in shown, (path.name, formula, shown)
                    seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    "formula",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\style{background:url(https://spy.example)}{x}",
        r"\class{modal}{x}",
        "</math><script>alert(1)</script>",
    ],
)
def test_a_formula_carries_nothing_but_mathematics(formula):
    class Tags(html.parser.HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag in mathml.ELEMENTS | {"code", "p"}
            assert {name for name, _ in attributes} <= mathml.ATTRIBUTES

    Tags().feed(re.sub(' xmlns="[^"]*"', "", mathml.mathml(formula, block=True)))


@pytest.mark.parametrize(
    "formula", [r"\frac{1", r"\begin{matrix}a", "}" * 50, "x" * 6000, r"\left(" * 700, "_" * 3000]
)
def test_what_is_no_latex_is_shown_as_text_or_somehow_but_quickly(formula):
    shown = mathml.mathml(formula, block=False)
    assert shown.startswith(("<math", "<code>")) and len(shown) < 100_000


def test_operators_keep_a_space():
    assert "<mi>log</mi><mspace" in mathml.mathml(r"\log x", block=False)
    assert "mspace" not in mathml.mathml(r"\log(x) + a b", block=False)


def test_marks_of_formulas_cannot_be_forged():
    first, last = pages.MARK
    shown = pages.safe_markdown({}, f"$x$ {first}0{last} {first}7{last}")
    assert shown.count("<math") == 1 and first not in shown


def test_a_header_with_its_picture_is_typeset():
    picture = "A" * 100_000
    shown = pages.safe_markdown({}, f"# Title\n\n![digits](data:image/png;base64,{picture})\n\n$x$")
    assert "<h1>Title</h1>" in shown and picture in shown and "<math" in shown
    assert pages.safe_markdown({}, "# x" + " y" * 20_000).startswith("<pre>")


@pytest.mark.parametrize(
    "url, address",
    [
        ("https://keras.io", "https://keras.io"),
        (
            "../13_deep/13_deep.ipynb",
            "https://git.example/me/c/blob/main/notebooks/13_deep/13_deep.ipynb",
        ),
        ("../../README.md", "https://git.example/me/c/blob/main/README.md"),
        ("../../../etc/passwd", None),
        ("#Add", None),
        ("/etc/passwd", None),
        ("file:///etc/passwd", None),
    ],
)
def test_links_lead_somewhere_or_are_text(monkeypatch, url, address):
    context = {"resources": {"nbgrader": {"assignment": "12_pca"}}}
    monkeypatch.setattr(pages, "repository_url", lambda: "https://git.example/me/c")
    shown = pages.safe_markdown(context, f"see [there]({url}) or <a href='{url}'>here</a>")
    found = re.findall('href="([^"]*)"', shown)
    assert "there" in shown and "here" in shown
    written_out = [url] if url.startswith("https:") else []  # raw HTML is not looked into
    assert found == ([address] if address else []) + written_out
    monkeypatch.setattr(pages, "repository_url", lambda: "https://git.example/OWNER_HERE/c")
    shown = pages.safe_markdown(context, f"[there]({url})")
    assert ("href" in shown) == url.startswith("https:"), "no copy is published: no address"


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """A page of feedback of a lesson with formulas, a table and links."""
    source = toy_course.SOURCE.replace("## Add\n", TEXT)
    folder = toy_course.make_course(tmp_path_factory.mktemp("pages"), source)
    with pytest.MonkeyPatch.context() as patch:
        toy_course.fake_sandbox(patch)
        wrong = "def triple(x):\n    return 2 * x"
        submit(folder, "ada", solved(folder, triple=wrong, why=WRITTEN))
        assert grade.grade(folder, SLUG, feedback=True).complete
    return folder / "feedback" / "ada" / SLUG / f"{SLUG}.html"


def test_a_page_of_feedback_needs_nothing_beside_it(page):
    text = page.read_text()
    assert "<script" not in text and "<link" not in text and "@import" not in text
    assert not re.findall(r'src="(?!data:)', text) and "url(http" not in text
    ids = set(re.findall(r'id="([^"]+)"', text))
    links = re.findall(r'href="([^"]+)"', text)
    assert all(link[1:] in ids for link in links if link.startswith("#"))
    assert all(link.startswith(("#", "https://")) for link in links)
    assert "see lesson 13, above" in text.replace("See", "see")


def test_a_page_names_exercises_and_says_their_points(page):
    text = page.read_text()
    assert "Test cell" not in text and f"{SLUG}: 2.0 of 6.0 points" in text
    contents = text.split("<tbody>")[1].split("</tbody>")[0]
    rows = [
        " ".join(re.sub("<[^>]*>", " ", row).split())
        for row in contents.split("<tr>")
        if row.strip()
    ]
    assert rows == [
        "double (check) 2.0 of 2.0 points",
        "triple (answer) read",
        "triple (check) 0.0 of 3.0 points",
        "why (written answer) 0.0 of 1.0 points",
    ]
    assert "thrice two: got 4, expected 6." in text and "hidden" not in text.split("Add</h2>")[1]


@pytest.mark.browser
@pytest.mark.skipif(
    not CHROMIUM and not REQUIRED,
    reason="no Chromium on this machine: install Debian's chromium, or name one in CHROMIUM",
)
def test_a_browser_without_network_typesets_the_page(page):
    with chromium() as browser:
        context = browser.new_context(offline=True, viewport={"width": 900, "height": 700})
        tab, asked, said = context.new_page(), [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(page.as_uri())
        boxes = [one.bounding_box() for one in tab.locator("math").all()]
        edges = tab.evaluate(EDGES)
        fraction = tab.locator("mfrac").first.bounding_box()
        tab.screenshot(path=_artifact("feedback.png"), full_page=True)
    assert asked == [page.as_uri()] and said == []
    assert len(boxes) == 6 and all(box["width"] > 5 and box["height"] > 5 for box in boxes)
    assert fraction["height"] > 1.3 * fraction["width"], "numerator above denominator"
    assert edges["right"] + 8 < edges["left"], "columns of a table stand apart"


def _artifact(name: str) -> Path:
    folder = ROOT / "artifacts" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
