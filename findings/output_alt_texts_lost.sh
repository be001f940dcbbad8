#!/usr/bin/env bash
# nbconvert 7.17.0 (share/jupyter/nbconvert/templates/{lab,classic}/base.html.j2), myst-nb 1.4.0 with Sphinx 9.0.4
# (myst_nb/core/render.py).
#
# Guess: the text alternative that a notebook's output carries in its metadata, {"image/png": {"alt": ..., "width": ...}},
# becomes the alt of the picture on a page, whoever makes it.
# Behaviour: nbconvert's "classic" template takes it; its default template, "lab", says "No description has been provided
# for this image" all the same; myst-nb writes the name of the picture's file. All three take the width from the same
# place.
#
# Output seen:
#   classic: alt="a falling curve" width 77
#   lab: alt="No description has been provided for this image" width 77
#   myst-nb: alt is a file name, width 77
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check myst-nb==1.4.0 sphinx==9.0.4 nbconvert==7.17.0
cat > "$work/try.py" <<'PY'
import base64
import pathlib
import re
import struct
import sys
import zlib

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.cmd.build import build_main


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
picture = new_output(
    "display_data",
    {"image/png": base64.b64encode(png).decode(), "text/plain": "a picture"},
    metadata={"image/png": {"alt": "a falling curve", "width": 77}},
)
notebook = new_notebook(cells=[new_markdown_cell("# Page"), new_code_cell("1", outputs=[picture])])
source = pathlib.Path(sys.argv[1], "source")
source.mkdir()
nbformat.write(notebook, source / "index.ipynb")
(source / "conf.py").write_text('extensions = ["myst_nb"]\nsuppress_warnings = ["myst-nb.lexer"]\nnb_execution_mode = "off"\n')
assert build_main(["-q", str(source), str(source / "out")]) == 0
page = (source / "out" / "index.html").read_text()
(on_page,) = re.findall(r"<img[^>]*>", page)
assert 'alt="_images/' in on_page and 'width="77"' in on_page, on_page
said = {"classic": "a falling curve", "lab": "No description has been provided for this image"}
for template, words in said.items():
    html, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    (tag,) = re.findall(r"<img[^>]*>", html)
    assert f'alt="{words}"' in tag and 'width="77"' in tag, tag
    print(f'{template}: alt="{words}" width 77')
print("myst-nb: alt is a file name, width 77")
PY
"$work/venv/bin/python" "$work/try.py" "$work"
