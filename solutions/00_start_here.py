# %% [markdown]
# # From Compression to Creation
#
# How does a network that merely copies its input turn into a network that creates? You find out by
# building every step: from PCA to autoencoders, then variational models, GANs and diffusion. All of
# it runs on a laptop with two cores, without a GPU and without a network.
#
# **How a lesson works.** Work from top to bottom, one cell after the other (`Shift`+`Enter`). An
# exercise is a cell with `raise NotImplementedError`: replace that line by your code. The next cell
# checks your answer at once. A tick means that the exercise is solved; a message says in words what
# is not right yet. Hints wait behind *Hint* lines. Folded cells hold imports and bookkeeping.
#
# **How long it takes.** Each lesson says its minutes, computed from what there is to read, to write
# and to wait for. *Going deeper* notebooks are optional. The [glossary](01_glossary.ipynb) has every
# term in one line.

# %% [markdown]
# ## Your progress
#
# Run the two cells below, at any time: they show where you are and where to go on. (The first one is
# folded; it installs the course's helpers on Colab and does nothing elsewhere.)

# %%
from course_utils.progress import course_map

course_map()
