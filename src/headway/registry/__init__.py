"""Where versions of models are kept: addresses, records, the port, and MLflow behind it."""
