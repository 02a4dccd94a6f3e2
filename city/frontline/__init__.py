"""The people on the grid, as pages, phones and files show them."""
