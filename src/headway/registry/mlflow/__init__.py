"""The registry kept by MLflow: a database of our own, or any MLflow server. Importing its modules costs seconds."""
