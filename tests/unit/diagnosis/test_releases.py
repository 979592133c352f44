"""Libraries count where the form that is served needs them."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from crafted import write_crafted_bundle
from headway.bundle.manifest import Execution, Manifest
from headway.diagnosis.releases import check_form, check_libraries, check_release, needed_libraries

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES = {
    "python": platform.python_version(),
    "headway": "0.1.0",
    "mlflow-skinny": "3.1",
    "numpy": "2.0",
    "onnx": "1.0",
    "onnxruntime": "1.0",
    "pandas": "2.2",
    "scikit-learn": "1.6",
}


def manifest(form: str = "native", flavor: str = "sklearn", **libraries: str) -> Manifest:
    execution = Execution(form, flavor, "model.pkl", f"{form}, because")  # type: ignore[arg-type]
    return Manifest("credit", "", "now", execution, {}, {**LIBRARIES, **libraries})


@pytest.mark.parametrize(
    ("form", "flavor", "names"),
    [
        ("lowered", "sklearn", {"numpy", "onnxruntime"}),
        ("native", "sklearn", {"numpy", "pandas", "scikit-learn"}),
        ("native", "pyfunc", {"numpy", "pandas", "mlflow-skinny"}),
        ("native", "other", set(LIBRARIES) - {"python"}),
    ],
)
def test_only_what_serving_needs_counts(form: str, flavor: str, names: set[str]) -> None:
    assert set(needed_libraries(manifest(form, flavor))) == names


def test_the_same_libraries_are_fine() -> None:
    assert check_libraries("credit:1", manifest(), LIBRARIES.get).state == "ok"


def test_another_version_names_both() -> None:
    here = {**LIBRARIES, "scikit-learn": "1.7", "onnx": "2.0"}
    finding = check_libraries("credit:1", manifest(), here.get)
    assert (finding.check, finding.state) == ("credit:1 libraries", "warning")
    assert finding.measured == "made with scikit-learn 1.6 here 1.7"
    assert check_libraries("credit:1", manifest("lowered"), here.get).state == "ok"


def test_a_library_that_is_missing_has_failed() -> None:
    here: dict[str, Any] = {**LIBRARIES, "scikit-learn": None}
    finding = check_libraries("credit:1", manifest(), here.get)
    assert (finding.state, finding.hint) == ("failed", "pip install scikit-learn==1.6")
    assert check_libraries("credit:1", manifest("lowered"), here.get).state == "ok"


@pytest.mark.parametrize(("form", "state"), [("native", "warning"), ("lowered", "ok")])
def test_another_python_counts_for_pickles_only(form: str, state: str) -> None:
    finding = check_libraries("credit:1", manifest(form, python="3.2.1"), LIBRARIES.get)
    assert finding.state == state


def test_another_patch_of_python_is_the_same_python() -> None:
    minor = ".".join(platform.python_version().split(".")[:2])
    finding = check_libraries("credit:1", manifest(python=f"{minor}.99"), LIBRARIES.get)
    assert finding.state == "ok"


@pytest.mark.parametrize(("form", "state"), [("native", "warning"), ("lowered", "ok")])
def test_the_form_is_told_with_its_reason(form: str, state: str) -> None:
    finding = check_form("credit:1", manifest(form))
    assert (finding.state, finding.measured) == (state, f"{form}, because")


def test_a_release_is_told_in_full(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "credit")
    found = {finding.check: finding for finding in check_release("credit:1", bundle)}
    assert list(found) == ["credit:1 bundle", "credit:1 form", "credit:1 libraries"]
    assert bundle.digest[:12] in found["credit:1 bundle"].measured
    absent = msgspec.structs.replace(bundle.manifest, absent={"lock": "none is made"})
    bundle = type(bundle)(bundle.path, absent, bundle.contract)
    last = list(check_release("credit:1", bundle))[-1]
    assert (last.check, last.measured) == ("credit:1 absent", "lock: none is made")
