"""Keep the lists of the grids' work."""
