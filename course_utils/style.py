"""The look of every figure of the course; importing it sets matplotlib's settings."""

import matplotlib
import matplotlib.style
from cycler import cycler

# Okabe & Ito (2008): distinguishable with every common colour blindness.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]
GREY = "#777777"

matplotlib.style.use("default")  # whatever a matplotlibrc of the user's says
matplotlib.rcParams.update(
    {
        "figure.dpi": 110,
        "figure.constrained_layout.use": True,
        "font.size": 11,
        "axes.titlesize": 12,
        "axes.prop_cycle": cycler(color=COLORS),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
        "image.cmap": "gray",
        "legend.frameon": False,
    }
)
