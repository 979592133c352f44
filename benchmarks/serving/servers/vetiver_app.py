"""vetiver as its documentation shows it, with a handler that answers probabilities."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from vetiver import VetiverAPI, VetiverModel
from vetiver.handlers.sklearn import SKLearnHandler

FOLDER = Path(os.environ["BENCH_MODEL"])


class Probabilities(SKLearnHandler):
    """Takes over the models of scikit-learn."""

    def handler_predict(self, input_data: Any, check_prototype: bool) -> Any:  # noqa: ARG002, FBT001
        return self.model.predict_proba(input_data).tolist()


meta = json.loads((FOLDER / "meta.json").read_text())
rows = pd.DataFrame(json.loads((FOLDER / "rows.json").read_text())["rows"])
rows[meta["numbers"]] = rows[meta["numbers"]].astype("float64")
# a handler takes over its class of models when it is defined
fitted = joblib.load(FOLDER / "model.joblib")
model = VetiverModel(fitted, "credit", prototype_data=rows.head(1))
app = VetiverAPI(model, check_prototype=True).app
