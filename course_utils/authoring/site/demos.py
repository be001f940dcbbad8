"""Demos in a page without a kernel: a frame, a script, and what a lesson's kernel wrote."""

import html
import json
from dataclasses import dataclass
from pathlib import Path

LIMIT = 1_000_000  # bytes of a demo's numbers


@dataclass(frozen=True)
class Demo:
    """A demo: ``name`` of its files, the ``lesson`` whose kernel writes its numbers, its title."""

    name: str
    lesson: str
    title: str
    height: int


DEMOS = (
    Demo("plane", "31_vae", "Drag the ring: a decoder draws what lies there", 420),
    Demo("melodies", "35_music", "One melody turns into another: hear every step", 430),
    Demo("ring", "41_game", "Play the generator: fool the best possible discriminator", 430),
    Demo("mixing", "47_stylegan2", "One character's shape in another's colours", 470),
    Demo("denoise", "51_diffusion", "From noise to the digit that you ask for", 400),
    Demo("sliders", "53_deployment", "Move a face along known directions", 420),
)


def page(frames: Path, demo: Demo, data: str) -> str:
    """The demo as one page of HTML, which asks for nothing else.

    Raises:
        ValueError: the numbers exceed :data:`LIMIT`.
    """
    if len(data) > LIMIT:
        raise ValueError(f"{demo.name}: {len(data)} bytes of numbers, at most {LIMIT}")
    text = (frames / "frame.html").read_text(encoding="utf-8")
    parts = {
        "TITLE_HERE": html.escape(demo.title),
        "KIT_HERE": (frames / "kit.js").read_text(encoding="utf-8"),
        "SCRIPT_HERE": (frames / f"{demo.name}.js").read_text(encoding="utf-8"),
        "DATA_HERE": data.replace("</", "<\\/"),
    }
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def frame(demo: Demo, up: str) -> str:
    """HTML that shows a demo in a page; ``up`` leads from that page to the site's folder."""
    title, address = html.escape(demo.title), f"{up}demos/{demo.name}.html"
    return (
        f'<figure class="demo"><iframe title="{title}" src="{address}" height="{demo.height}" '
        f'loading="lazy"></iframe><figcaption>{title}. <a href="{address}">Alone in a page</a>'
        "</figcaption></figure>"
    )


def write(frames: Path, source: Path, target: Path, demo: Demo) -> None:
    """Write a demo's page into the folder ``target`` from the numbers that lie in ``source``."""
    text = (source / f"{demo.name}.json").read_text(encoding="utf-8")
    target.mkdir(parents=True, exist_ok=True)
    made = json.loads(text).get("page") or page(frames, demo, text)
    (target / f"{demo.name}.html").write_text(made, encoding="utf-8")


def of_lesson(name: str) -> Demo | None:
    """The demo that a lesson's kernel writes."""
    return next((demo for demo in DEMOS if demo.lesson == name), None)
