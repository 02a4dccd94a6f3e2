"""Divide a city: whole compounds grouped exactly, buildings carved and flipped, drifted grids brought back into their bands."""
