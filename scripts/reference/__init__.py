"""Writes the pages of `docs/reference` from the code, one module for each page."""
