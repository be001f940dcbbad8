"""Sphinx's settings for the site; `course site` writes the sources and calls it."""

from pathlib import Path

from course_utils.grading.desk.mathml import mathml

HERE = Path(__file__).parent
project = "From Compression to Creation"
author = "The authors of From Compression to Creation"
copyright = "the authors, text CC BY 4.0, code BSD-3"
extensions = ["myst_nb"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = project
html_static_path = [str(HERE / "static")]
html_css_files = ["course.css"]
html_favicon = str(HERE / "static" / "icon.svg")
html_js_files = ["course.js"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"
exclude_patterns = ["extra"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00568c", "color-brand-content": "#00568c"},
    "dark_css_variables": {"color-brand-primary": "#6cc1f5", "color-brand-content": "#6cc1f5"},
}


def inline_formula(translator, node):
    """A formula in a line, which the browser typesets by itself."""
    from docutils.nodes import SkipNode

    translator.body.append(mathml(node.astext(), block=False))
    raise SkipNode


def block_formula(translator, node):
    """A formula in a line of its own; a wide one scrolls."""
    from docutils.nodes import SkipNode

    translator.body.append(f'<div class="math">{mathml(node.astext(), block=True)}</div>')
    raise SkipNode


def setup(app):
    """Formulas without a network; pictures, sounds and demos lie beside the pages."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (block_formula, None))
    app.connect("config-inited", _lay_beside)
    app.connect("html-page-context", _level_of_headings, priority=900)


def _lay_beside(app, config):
    config.html_extra_path = [str(Path(app.srcdir) / "extra")]


def _level_of_headings(app, name, template, context, tree):
    # Sphinx gives the captions of the menu the role of a heading, which must say its level
    menu = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = menu.replace(
        'role="heading"', 'role="heading" aria-level="2"'
    )
