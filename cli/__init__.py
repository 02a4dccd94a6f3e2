"""``redgrid …``: one command one file."""
