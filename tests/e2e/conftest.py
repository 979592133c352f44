"""A trained model, a registry that has it, and a server of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from e2e.terminal import Result, Terminal, Trained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train on rows with numbers, missing numbers, booleans and words."""
    random = np.random.default_rng(7)
    n_rows = 400
    features = pd.DataFrame(
        {
            "age": random.integers(18, 80, n_rows),
            "income": np.where(random.random(n_rows) < 0.1, np.nan, random.normal(40, 9, n_rows)),
            "owner": random.random(n_rows) < 0.5,
            "purpose": random.choice(["car", "education", "furniture"], n_rows),
        }
    )
    score = features["age"] / 20 + features["income"].fillna(40) / 10 + 2 * features["owner"]
    labels = pd.Series(np.where(score + random.normal(0, 1, n_rows) > 7.5, "good", "bad"), name="y")
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    model = make_pipeline(
        make_column_transformer(
            (numbers, ["age", "income"]),
            ("passthrough", ["owner"]),
            (OneHotEncoder(handle_unknown="ignore"), ["purpose"]),
        ),
        LogisticRegression(),
    ).fit(features, labels)
    folder = tmp_path_factory.mktemp("trained")
    joblib.dump(model, folder / "model.pkl")
    table = features.assign(y=labels)
    table.to_parquet(folder / "train.parquet")
    table.to_csv(folder / "train.csv", index=False)
    return Trained(folder, model, features, labels)


@pytest.fixture(scope="session")
def registered(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Register the model from its files, once for all tests."""
    home = tmp_path_factory.mktemp("home")
    result = Terminal(trained.folder, home).run(
        *("register", "model.pkl", "--data", "train.parquet", "--target", "y", "--name", "credit"),
        *("--constraint", "age=ge=18,le=120", "--label", "v1.0", "--holdout", "0.2", "--json"),
    )
    assert result.code == 0, result.err
    (trained.folder / "home").symlink_to(home)
    return result


@pytest.fixture
def terminal(registered: Result, trained: Trained, tmp_path: Path) -> Terminal:
    """Give a terminal in a folder of its own, whose home has the model `credit`."""
    return Terminal(tmp_path, (trained.folder / "home").resolve())


@pytest.fixture(scope="session")
def folder(registered: Result, trained: Trained) -> str:
    """Give the folder of the release: asking it by that address needs no registry."""
    home = (trained.folder / "home").resolve()
    result = Terminal(trained.folder, home).run("models", "show", "credit:1", "--json")
    address: str = result.document["folder"]
    return address


@pytest.fixture(params=["here", "there"])
def asked(request: pytest.FixtureRequest) -> tuple[str, tuple[str, ...]]:
    """Give the address and the options that ask this machine, and those that ask a server."""
    if request.param == "here":
        return request.getfixturevalue("folder"), ()
    return "credit", ("--url", request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def server(
    registered: Result, trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve `credit`, once for all tests that only ask."""
    home = (trained.folder / "home").resolve()
    with Terminal(tmp_path_factory.mktemp("server"), home).serve("credit") as (url, _):
        yield url
