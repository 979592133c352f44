"""Modules of the user's own, from the process that trained with them to any that serves them."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from headway.bundle import layout
from headway.bundle.bundle import read_bundle
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import BundleCorruptError, TrustRefusedError
from headway.optimize.candidates import find_form
from headway.releases.release import RegisterRequest
from headway.runtimes.loader import load_native_runtime, load_runtime
from own_code import fitted, training_in, write_package
from registries import embedded_registry
from workshop import Workshop, credit_frame, credit_model

if TYPE_CHECKING:
    from headway.bundle.bundle import Bundle
    from headway.releases.release import Release

FRAME, LABELS = credit_frame()
ROWS = FRAME[["amount"]]
BATCH = FeatureBatch.from_columns(("amount",), [ROWS["amount"].to_numpy()])


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    home = tmp_path_factory.mktemp("home")
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    return Workshop(home, embedded_registry(home), find)


@pytest.fixture(scope="module")
def versions(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Two versions of one model, with other content in the same package; and what each answers."""
    registered = []
    for rate in (0.001, 0.01):
        source = tmp_path_factory.mktemp("source")
        write_package(source, rate)
        with training_in(source):
            model = fitted()
            request = RegisterRequest(name="own", model=model, X=ROWS, y=LABELS, code=[source])
            answers = model.predict_proba(ROWS)
            registered.append((workshop.registrar.register(request), answers))
    return registered


def bundle_of(workshop: Workshop, release: Release) -> Bundle:
    return workshop.resolver.resolve(release.address).bundle


def test_two_versions_run_their_own_modules_in_one_process(
    workshop: Workshop, versions: list[Any]
) -> None:
    runtimes = [
        load_runtime(bundle_of(workshop, release), trust_code=True) for release, _ in versions
    ]
    for _ in range(2):
        for runtime, (_, answers) in zip(runtimes, versions, strict=True):
            given = runtime.predict(BATCH, Method.PREDICT_PROBA).probabilities
            np.testing.assert_allclose(given, answers, 1e-12, 1e-12)
    assert not np.array_equal(versions[0][1], versions[1][1])
    assert not [name for name in sys.modules if name.startswith("credit_steps")]


def test_the_reason_names_the_step_that_runs_natively(versions: list[Any]) -> None:
    release, _ = versions[0]
    assert release.form == "partial"
    assert release.reason.startswith("partly lowered, after `")
    assert "`credit_steps.Scaled` is not covered" in release.reason
    assert release.modules == ("credit_steps",)


def test_the_modules_are_in_the_manifest_once_and_in_the_card(
    workshop: Workshop, versions: list[Any]
) -> None:
    bundle = bundle_of(workshop, versions[0][0])
    sources = [name for name in bundle.manifest.files if name.endswith(".py")]
    assert sources == [f"{layout.CODE}/credit_steps/{name}.py" for name in ("__init__", "rates")]
    assert "ships its own modules `credit_steps`" in bundle.read_bytes(layout.CARD).decode()
    assert not list(bundle.path.rglob("__pycache__"))


def test_plain_mlflow_loads_it_with_its_modules(
    workshop: Workshop, versions: list[Any], tmp_path: Path
) -> None:
    release, answers = versions[1]
    ROWS.to_parquet(tmp_path / "rows.parquet")
    program = (
        "import json, sys\n"
        "sys.modules['headway'] = None\n"
        "import mlflow, pandas\n"
        "mlflow.set_tracking_uri(sys.argv[1])\n"
        "model = mlflow.sklearn.load_model(sys.argv[2])\n"
        "print(json.dumps(model.predict_proba(pandas.read_parquet(sys.argv[3])).tolist()))\n"
    )
    arguments = [workshop.registry.uri, f"models:/own/{release.version}"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, str(tmp_path / "rows.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == answers.tolist()


def test_another_registry_has_to_be_trusted_and_the_modules_are_named(
    workshop: Workshop, versions: list[Any]
) -> None:
    bundle = bundle_of(workshop, versions[0][0])
    with pytest.raises(TrustRefusedError, match="its own modules `credit_steps`"):
        load_runtime(bundle, trust_code=False)


def test_a_module_that_was_tampered_with_is_refused(
    workshop: Workshop, versions: list[Any], tmp_path: Path
) -> None:
    import shutil  # noqa: PLC0415 - of this test only

    bundle = bundle_of(workshop, versions[0][0])
    copy = Path(shutil.copytree(bundle.path, tmp_path / "copy"))
    rates = copy / layout.CODE / "credit_steps" / "rates.py"
    rates.write_text(rates.read_text().replace("1", "2"))
    with pytest.raises(BundleCorruptError, match=r"`headway/code/credit_steps/rates.py` has an"):
        read_bundle(copy)


def test_a_lowered_release_ships_modules_and_serves_without_trust(
    workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "unused.py").write_text("raise SystemExit('it was run')\n")
    request = RegisterRequest(
        name="lowered", model=credit_model(), X=FRAME, y=LABELS, code=[tmp_path / "unused.py"]
    )
    release = workshop.registrar.register(request)
    assert (release.form, release.modules) == ("lowered", ("unused",))
    assert "served lowered, the model needs none of them" in release.notes[-1]
    bundle = bundle_of(workshop, release)
    assert load_runtime(bundle, trust_code=False).form == "lowered"
    assert load_native_runtime(bundle, trust_code=True).form == "native"


def test_any_object_that_predicts_ships_its_modules_too(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(
        "class Rule:\n"
        "    def predict(self, frame):\n"
        "        from limits import LIMIT\n"
        "        return (frame['amount'] > LIMIT).to_numpy().astype(int)\n"
    )
    (tmp_path / "limits.py").write_text("LIMIT = 5_000\n")
    with training_in(tmp_path):
        from rule import Rule  # type: ignore[import-not-found] # noqa: PLC0415 - written just now

        code = [tmp_path / "rule.py", tmp_path / "limits.py"]
        request = RegisterRequest(name="rule", model=Rule(), X=ROWS, code=code)
        release = workshop.registrar.register(request)
    assert release.modules == ("limits", "rule")
    path, entry = list(sys.path), sys.path
    runtime = load_runtime(bundle_of(workshop, release), trust_code=True)
    assert runtime.flavor == "pyfunc"
    given = runtime.predict(BATCH, Method.PREDICT).values
    assert given.tolist() == (ROWS["amount"] > 5_000).astype(int).tolist()
    assert (sys.path, "rule" in sys.modules, "limits" in sys.modules) == (path, False, False)
    assert sys.path is entry
