"""The people on the grid and what they do there, beside tickets: visits, lists, bodies, members, assessment, allowances."""
