"""This machine's side of running jobs: the sandbox, its processes, many of them."""
