"""The set-up wizard: one page a file, drawn from the table of `engine/setup.py`."""
