"""Where things lie inside a bundle. A bundle is the artifact folder of an MLflow model version."""

from __future__ import annotations

FOLDER = "headway"
MANIFEST = f"{FOLDER}/manifest.json"
CONTRACT = f"{FOLDER}/contract.json"
VALIDATOR = f"{FOLDER}/validator.pkl"
GOLDEN = f"{FOLDER}/golden.json"
PARITY = f"{FOLDER}/parity.json"
LOSS = f"{FOLDER}/loss.json"
STEPS = f"{FOLDER}/steps.json"
CARD = f"{FOLDER}/card.md"
GRAPH = f"{FOLDER}/compiled/graph.onnx"
HEAD = f"{FOLDER}/compiled/head.json"
ENCODER = f"{FOLDER}/compiled/encoder.json"
BINDING = f"{FOLDER}/compiled/binding.json"
MODULE = f"{FOLDER}/compiled/module.pth"
CODE = f"{FOLDER}/code"
