"""The city's report: its figures, each with its formula."""
