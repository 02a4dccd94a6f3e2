"""The grids' work on the desk: one place, a part for each list."""
