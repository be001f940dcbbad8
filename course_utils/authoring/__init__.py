"""Tools of maintainers: build the notebooks, run them, measure them."""
