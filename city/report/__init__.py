"""The city's report: its figures for any period and unit, the rows behind them, and the Word file made from them."""
