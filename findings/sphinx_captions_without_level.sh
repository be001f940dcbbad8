#!/usr/bin/env bash
# Sphinx 9.0.4, sphinx/writers/html5.py; ARIA 1.2, role "heading": aria-level is required.
#
# Guess: a page with a captioned table of contents (":caption:" of a toctree) passes an accessibility checker.
# Behaviour: the caption is <p class="caption" role="heading"> without aria-level, so axe-core 4.12 (rule
# aria-required-attr, impact critical) faults every page of a theme that shows the captions in its menu, such as
# furo 2025.12.19.
#
# Output seen:
#   <p class="caption" role="heading"><span class="caption-text">Part</span></p>
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sphinx==9.0.4 furo==2025.12.19
mkdir "$work/source"
printf 'html_theme = "furo"\n' > "$work/source/conf.py"
printf 'Start\n=====\n\n.. toctree::\n   :caption: Part\n\n   page\n' > "$work/source/index.rst"
printf 'Page\n====\n' > "$work/source/page.rst"
"$work/venv/bin/sphinx-build" -q "$work/source" "$work/out"
grep -o '<p class="caption" role="heading"><span class="caption-text">Part</span></p>' "$work/out/page.html" | head -1
! grep -q 'role="heading"[^>]*aria-level' "$work/out/page.html"
