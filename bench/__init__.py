"""Measurements: one module a question, each prints a table and a line of JSON. `python -m bench.replay`, and so on."""
