"""Build the demo city and what lives on it: invented ground, invented people, a synthetic year of tickets."""
