"""`MlflowFormat`: native models as MLflow writes and reads them."""

from __future__ import annotations

import warnings
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import mlflow.pyfunc
import mlflow.sklearn
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.pyfunc import PyFuncModel
from mlflow.pyfunc.model import PythonModel
from typing_extensions import override

from headway.bundle import layout
from headway.core.dtypes import PLAIN_DTYPES
from headway.core.onnx_file import OnnxFile
from headway.errors import BundleCorruptError, MissingModuleError, RegistryError, RuntimeLoadError
from headway.registry.flavor import booster_library, flavor_of
from headway.registry.mlflow import nets
from headway.registry.mlflow.boosters import load_booster, save_booster
from headway.registry.mlflow.calls import mlflow_quiet
from headway.registry.mlflow.signature import columns_of, signature_of
from headway.registry.port import PlainModel
from headway.registry.reason import described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from headway.contract.model import Contract
    from headway.registry.flavor import Flavor
    from headway.registry.port import SaveOptions

_EXAMPLE_FILES = ("artifact_path", "serving_input_path")
_PICKLES = {"pickle", "cloudpickle"}


class MlflowFormat:
    """The port `ModelFormat` by MLflow's flavors `sklearn`, `pytorch`, `onnx` and `pyfunc`."""

    def save(
        self, model: Any, folder: Path, contract: Contract, example: Any, options: SaveOptions
    ) -> PlainModel:
        try:
            with mlflow_quiet(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # MLflow's advice is not for whoever registers here
                signature = signature_of(contract)
                # MLflow has no JSON for a decimal, a date or an array in a cell
                is_plain = all(f.dtype in PLAIN_DTYPES for f in contract.features)
                keeps_example = options.keep_example and is_plain
                arguments: dict[str, Any] = {
                    # False: MLflow's own guess would refuse what the model takes
                    "signature": signature or False,
                    "input_example": _as_pandas(example) if keeps_example else None,
                    "pip_requirements": list(options.requirements),
                }
                if booster_library(model) is not None:
                    save_booster(model, folder, arguments)
                else:
                    _SAVERS[flavor_of(model)](model, folder, arguments)
        except Exception as error:  # pickling may raise anything
            reason = error.__cause__ or error  # MLflow's own words are of no help here
            raise RegistryError(
                f"the model cannot be saved: {described(reason)}",
                hint="a model must survive `cloudpickle.dumps`: keep no open file, lock or "
                "connection in it",
            ) from error
        return self.describe(folder)

    def ship(self, folder: Path, files: Mapping[str, bytes]) -> PlainModel:
        self.describe(folder)
        for name, data in files.items():
            target = folder / layout.CODE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        document = Model.load(str(folder))
        for flavor in ("python_function", "sklearn", "pytorch"):
            if flavor in document.flavors:
                document.flavors[flavor]["code"] = layout.CODE
        document.save(str(folder / MLMODEL_FILE_NAME))
        return self.describe(folder)

    def describe(self, folder: Path) -> PlainModel:
        try:
            document = Model.load(str(folder))
            example = document.load_input_example(str(folder))
        except Exception as error:  # MLflow's reader raises anything on a file edited by hand
            raise BundleCorruptError(f"`{folder.name}` is not a model folder of MLflow") from error
        columns, is_array = columns_of(document.signature)
        flavors = document.flavors or {}
        flavor, native_path = _native_part(folder, flavors)
        return PlainModel(
            flavor=flavor,
            native_path=native_path,
            columns=columns,
            is_array=is_array,
            example=example,
            code_path=_code_path(
                folder, flavors.get("sklearn") or flavors.get("python_function", {})
            ),
        )

    def forget_example(self, folder: Path) -> None:
        document = Model.load(str(folder))
        example = document.saved_input_example_info
        if example is None:
            return
        for key in _EXAMPLE_FILES:
            if key in example:
                (folder / example[key]).unlink(missing_ok=True)
        document.saved_input_example_info = None  # type: ignore[assignment]
        document.save(str(folder / MLMODEL_FILE_NAME))

    def load(self, folder: Path) -> Any:
        try:
            with mlflow_quiet(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                flavors = Model.load(str(folder)).flavors
                flavor, native_path = _native_part(folder, flavors)
                if flavor == "onnx":
                    return OnnxFile((folder / native_path).read_bytes())
                if flavor == "torch":
                    return nets.load_module(folder)
                if "sklearn" in flavors:
                    return mlflow.sklearn.load_model(str(folder))
                booster = load_booster(folder, flavors)
                if booster is not None:
                    return booster
                return mlflow.pyfunc.load_model(str(folder))
        except Exception as error:  # unpickling may raise anything
            if isinstance(error, ModuleNotFoundError) and error.name:
                raise MissingModuleError(error.name) from error
            raise RuntimeLoadError(
                f"the model does not load here: {described(error)}",
                hint="compare requirements.txt of the model with what is installed",
            ) from error


def _native_part(folder: Path, flavors: Mapping[str, Any]) -> tuple[Flavor, str]:
    """Return the flavor that our own runtimes execute, and the path of the model inside of the folder."""
    sklearn, onnx = flavors.get("sklearn", {}), flavors.get("onnx", {})
    if sklearn.get("serialization_format") in _PICKLES:
        return "sklearn", str(sklearn["pickled_model"])
    if "pytorch" in flavors:
        path = PurePosixPath(str(flavors["pytorch"].get("model_data", "")), nets.MODULE)
        if (folder / path).is_file():
            return "torch", str(path)
    # tensors that lie in files of their own are none that the bytes of the graph hold
    if onnx and not (folder / f"{onnx['data']}.data").exists():
        return "onnx", str(onnx["data"])
    return "pyfunc", "."


def _save_sklearn(model: Any, folder: Path, arguments: dict[str, Any]) -> None:
    mlflow.sklearn.save_model(model, folder, serialization_format="cloudpickle", **arguments)


def _save_pyfunc(model: Any, folder: Path, arguments: dict[str, Any]) -> None:
    mlflow.pyfunc.save_model(folder, python_model=_as_python_model(model), **arguments)


def _code_path(folder: Path, flavor: Mapping[str, Any]) -> str | None:
    given = flavor.get("code")
    if not given:
        return None
    path = PurePosixPath(str(given))
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BundleCorruptError(f"`{folder.name}` names `{given}` as its code, which is outside")
    return path.as_posix()


def _as_pandas(example: Any) -> Any:
    """Return a frame of polars or pyarrow as one of pandas, which MLflow writes down."""
    return example.to_pandas() if hasattr(example, "to_pandas") else example


def _as_python_model(model: Any) -> Any:
    if isinstance(model, PythonModel):
        return model
    if isinstance(model, PyFuncModel):
        raise TypeError("it was loaded by MLflow: adopt it from its registry instead")

    # A class of a function is pickled by value, so that the release loads where Headway is not
    class Predictor(PythonModel):
        # MLflow reads a meaning into type hints, and warns where there are none
        _skip_type_hint_validation = True

        @override
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return model.predict(model_input)

    return Predictor()


_SAVERS: Mapping[Flavor, Callable[[Any, Path, dict[str, Any]], None]] = {
    "sklearn": _save_sklearn,
    "torch": nets.save_module,
    "onnx": nets.save_file,
    "pyfunc": _save_pyfunc,
}
