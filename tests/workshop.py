"""What the tests of releases share: a small mixed frame, a model of it, and the parts joined on a folder."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from typing import TYPE_CHECKING, Any

import mlflow.pyfunc
import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from headway.core.clock import SystemClock
from headway.optimize.sklearn import describe_output
from headway.registry.cache import BundleCache
from headway.registry.mlflow.model_format import MlflowFormat
from headway.releases.adopt import Adopter
from headway.releases.build import ReleaseBuilder
from headway.releases.native import native_runtime
from headway.releases.publish import Publisher
from headway.releases.register import Registrar
from headway.releases.resolve import Resolver
from headway.releases.sklearn import evaluate
from headway.releases.source import Sources

if TYPE_CHECKING:
    from pathlib import Path

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.registry.port import ModelRegistry
    from headway.releases.release import FormFinder
    from headway.runtimes.port import Runtime

N_ROWS = 400


def credit_frame(n_rows: int = N_ROWS) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Rows with numbers, missing values, strings and booleans, and labels that they decide."""
    random = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 80, n_rows).astype(float),
            "amount": random.integers(100, 9_999, n_rows),
            "purpose": random.choice(["car", "tv", "education"], n_rows),
            "vip": random.random(n_rows) > 0.9,
        }
    )
    frame.loc[::17, "age"] = np.nan
    noise = random.normal(0, 1_500, n_rows)
    return frame, np.where(frame["amount"] + noise > 5_000, "bad", "good")


@functools.cache
def credit_model(n_fitted: int = N_ROWS) -> Any:
    """A pipeline fitted on the first rows of `credit_frame`. Not to be changed."""
    frame, labels = credit_frame()
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "amount"]),
            (OneHotEncoder(handle_unknown="ignore"), ["purpose", "vip"]),
        ),
        LogisticRegression(),
    )
    return model.fit(frame[:n_fitted], labels[:n_fitted])


class Half(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """A model of plain MLflow that is no estimator."""

    _skip_type_hint_validation = True

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        return model_input["amount"] / 2


Half.__module__ = Half.predict.__module__ = "__main__"  # pickled by value


def save_plain(folder: Path, model: Any = None, data: Any = None, **options: Any) -> Path:
    """Write a model folder as a user of plain MLflow does; without a signature where `data` is None."""
    model = credit_model() if model is None else model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own deprecations and advice
        signature = False if data is None else infer_signature(data)
        options = {"signature": signature, "pip_requirements": [], **options}
        if isinstance(model, Half):
            mlflow.pyfunc.save_model(folder, python_model=model, **options)
        else:
            mlflow.sklearn.save_model(model, folder, serialization_format="cloudpickle", **options)
    return folder


@dataclasses.dataclass(frozen=True)
class NativeForm:
    """The form of a model that is not lowered."""

    lowered: None = None
    report: None = None
    reason: str = "native, because the test says so"
    runtime: None = None
    n_native_steps: int = 0
    head_contract: None = None
    is_native_in_batch: bool = False
    steps: tuple[()] = ()


def stay_native(
    _model: Any, _native: Runtime, _contract: Contract, _rows: FeatureBatch, /
) -> NativeForm:
    """Find no other form than the native one."""
    return NativeForm()


@dataclasses.dataclass
class Workshop:
    """The use cases over one registry.

    Attributes:
        home: Folder of the cache.
        registry: The registry.
        find_form: Finds the form of a model.
        is_trusted: Whether code from the registry may run.
    """

    home: Path
    registry: ModelRegistry
    find_form: FormFinder = stay_native
    is_trusted: bool = True

    @property
    def cache(self) -> BundleCache:
        return BundleCache(self.home / "bundles")

    @property
    def builder(self) -> ReleaseBuilder:
        return ReleaseBuilder(native_runtime, self.find_form, evaluate, SystemClock())

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.registry, self.cache)

    @property
    def registrar(self) -> Registrar:
        return Registrar(MlflowFormat(), describe_output, self.builder, self.publisher, self.home)

    @property
    def adopter(self) -> Adopter:
        sources = Sources(lambda: self.registry, is_trusted_registry=self.is_trusted)
        return Adopter(sources, MlflowFormat(), describe_output, self.builder, self.publisher)

    @property
    def resolver(self) -> Resolver:
        return Resolver(
            lambda: self.registry,
            MlflowFormat,
            describe_output,
            self.cache,
            is_trusted_registry=self.is_trusted,
        )
