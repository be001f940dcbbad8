"""Piano rolls: melodies drawn as bars over time, one row of the keyboard for each pitch."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from course_utils.style import COLORS, GREY

BAR = 8  # steps
NAMES = {60: "C4", 72: "C5", 84: "C6"}  # the scientific names of three Cs; C4 is middle C


def piano_rolls(
    melodies: Mapping[str, Sequence[tuple[int, int, int]]], title: str = "", columns: int = 4
) -> Figure:
    """One piano roll for each melody, all with the same axes.

    Args:
        melodies: what stands above each -> its notes ``(start, length, pitch)``, in steps and MIDI
            pitch; eight steps are a bar.
        title: above the figure.
        columns: of the grid.
    """
    columns = min(columns, len(melodies))
    rows = -(-len(melodies) // columns)
    size = (2.3 * columns + 0.6, 1.7 * rows + (0.7 if title else 0.3))
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, sharex=True, sharey=True)
    ends = [start + length for notes in melodies.values() for start, length, _ in notes]
    pitches = [pitch for notes in melodies.values() for _, _, pitch in notes]
    bars = -(-max(ends, default=BAR) // BAR)
    for ax, (name, notes) in zip(axes.flat, melodies.items(), strict=False):
        for start, length, pitch in notes:
            ax.barh(pitch, length - 0.15, left=start, height=0.9, color=COLORS[0])
        for end in range(BAR, BAR * bars, BAR):
            ax.axvline(end, color=GREY, linewidth=0.8)
        ax.set_title(name, fontsize=10)
        ax.set_axisbelow(True)
        ax.set(
            xlim=(0, BAR * bars), ylim=(min(pitches, default=60) - 1, max(pitches, default=72) + 1)
        )
        ax.set_xticks(np.arange(0, BAR * bars + 1, BAR // 2))
        ax.set_yticks(list(NAMES), list(NAMES.values()))
    for ax in axes.flat[len(melodies) :]:
        ax.axis("off")
    fig.supxlabel("time in steps (8 to a bar)", fontsize=10)
    fig.supylabel("pitch", fontsize=10)
    fig.suptitle(title)
    return fig
