"""The steps; the name of each begins with its number."""
