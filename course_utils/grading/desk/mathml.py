"""LaTeX as MathML, which browsers typeset by themselves: pages need no network for it.

The formulas may be a stranger's. latex2mathml passes links and markup on, so what it gives is
rebuilt from the elements and attributes of :data:`ELEMENTS` and :data:`ATTRIBUTES`.
"""

import html
import itertools
from xml.etree import ElementTree

MAX_FORMULA = 5000  # characters
_ELEMENTS = """
    math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow
    mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none"""
_ATTRIBUTES = """
    accent accentunder columnalign columnlines columnspacing depth display displaystyle fence
    form height largeop linethickness lspace mathvariant maxsize minsize movablelimits notation
    rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width"""
ELEMENTS, ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())


def mathml(formula: str, block: bool) -> str:
    """A formula as HTML; what is no LaTeX, or too long, is shown as it was written."""
    from latex2mathml.converter import convert_to_element  # here: only pages need it

    try:
        if len(formula) > MAX_FORMULA:
            raise ValueError("too long")
        element = convert_to_element(formula, display="block" if block else "inline")
        return ElementTree.tostring(_clean(element), encoding="unicode")
    except Exception:  # a library's, on a stranger's text: whatever it stumbles on
        code = f"<code>{html.escape(formula)}</code>"
        return f"<p>{code}</p>" if block else code


def _clean(element: ElementTree.Element) -> ElementTree.Element:
    """The same with known elements and attributes alone; its text is text."""
    known = {k: v for k, v in element.attrib.items() if k in ATTRIBUTES and len(v) <= 100}
    clean = ElementTree.Element(element.tag if element.tag in ELEMENTS else "mrow", known)
    # the library writes signs as entities
    clean.text = html.unescape(element.text or "") or None
    clean.tail = html.unescape(element.tail or "") or None
    for child, after in itertools.zip_longest(element, element[1:]):
        clean.append(_clean(child))
        word = child.tag == "mi" and len(html.unescape(child.text or "")) > 1
        if word and after is not None and after.tag in ELEMENTS - {"mo", "mspace"}:
            clean.append(ElementTree.Element("mspace", width="0.17em"))  # log x, not logx
    return clean
