"""Write the model that MLflow serves, with its signature and an example: `mlflow_folder.py FOLDER MODEL_FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import joblib
import mlflow.sklearn
import pandas as pd
from mlflow.models import infer_signature

source = Path(sys.argv[2])
model = joblib.load(source / "model.joblib")
meta = json.loads((source / "meta.json").read_text())
rows = pd.DataFrame(json.loads((source / "rows.json").read_text())["rows"])
rows[meta["numbers"]] = rows[meta["numbers"]].astype("float64")
mlflow.sklearn.save_model(
    model,
    str(Path(sys.argv[1]) / "model"),
    signature=infer_signature(rows, model.predict_proba(rows)),
    input_example=rows.head(2),
    pyfunc_predict_fn="predict_proba",
    serialization_format="cloudpickle",
    pip_requirements=["scikit-learn"],
)
