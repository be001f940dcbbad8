# %% [markdown]
# # From Compression to Creation
#
# How does a network that merely copies its input turn into a network that creates? You find out by
# building every step: from PCA to autoencoders, then variational models, GANs and diffusion. All of
# it runs on a laptop with two cores, without a GPU and without a network.
#
# **How a lesson works.** Work from top to bottom, one cell after the other (`Shift`+`Enter`). An
# exercise is a cell with `raise NotImplementedError`: replace that line by your code. The next cell
# checks your answer at once; a tick means that the exercise is solved, and a message in words
# says what is not right yet. Hints wait behind *Hint* lines, from a nudge to a plan.
#
# Run the two cells below to see the map of the course and where to go on. Run them again at any
# time: your progress is kept between sessions.

# %%
from course_utils.progress import course_map

course_map()
