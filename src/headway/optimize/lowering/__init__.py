"""Writes a fitted model as one float64 ONNX graph, or refuses and says which step and why."""
