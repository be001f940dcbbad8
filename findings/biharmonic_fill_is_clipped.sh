#!/usr/bin/env bash
# scikit-image 0.26.0, skimage/restoration/inpaint.py: inpaint_biharmonic; Damelin & Hoang (2018), which its page cites.
#
# Guess: a hole in a paraboloid is filled exactly, summit and all, as the paraboloid solves the biharmonic equation.
# Behaviour: the result is clipped to the range of all known pixels of the picture, which neither the page nor the
# paper says. A summit inside a hole comes out flat; a single brighter pixel in a far corner brings the summit back.
#
# Output seen:
#   summit 1.0, filled 0.96, with a brighter pixel in a corner 1.0
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scikit-image==0.26.0 numpy==2.3.5
cat > "$work/clipped.py" <<'END'
import numpy as np
from skimage.restoration import inpaint_biharmonic

y, x = np.mgrid[:31, :31] - 15.0
hill = 1 - (x**2 + y**2) / 400
hole = np.zeros(hill.shape, bool)
hole[12:19, 12:19] = True
known = np.where(hole, 0, hill)
filled = inpaint_biharmonic(known, hole)
known[0, 0] = 2
again = inpaint_biharmonic(known, hole)
print(f"summit {hill[15, 15]}, filled {filled[15, 15]:.2f}, with a brighter pixel in a corner {again[15, 15]:.1f}")
assert np.isclose(filled[15, 15], hill[~hole].max()) and hill[~hole].max() < 0.97
assert np.isclose(again[hole], hill[hole]).all()
END
"$work/venv/bin/python" "$work/clipped.py"
