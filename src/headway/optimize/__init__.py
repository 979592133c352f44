"""Which form of a model is fastest and still the same: exact lowering, and the gate that proves it."""
