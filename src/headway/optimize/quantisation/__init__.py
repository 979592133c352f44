"""Makes smaller forms of a model that are not the same model: half precision and 8-bit integers."""
