"""The course as a static site: figures, solutions behind a click, demos without a kernel."""
