"""The registry kept by MLflow: a database of our own, or any MLflow server. Importing this costs about two seconds."""

from headway.registry.mlflow.model_format import MlflowFormat
from headway.registry.mlflow.registry import MlflowRegistry

__all__ = ["MlflowFormat", "MlflowRegistry"]
