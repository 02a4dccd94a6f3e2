"""Who stands on the demo city's grids and what they do there: all of it invented, and marked as demo."""
