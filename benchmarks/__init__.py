"""Measure Red Grid beside the plain way of doing the same, in the same run; ``make bench`` writes RESULTS.md."""
