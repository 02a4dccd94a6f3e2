"""Plans of the city's grids: what a draft holds, how it is redrawn, what it must keep, its life from draft to retired."""
