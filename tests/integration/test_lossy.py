"""Lossy versions of an ONNX file, by the command line, on a real registry and real servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import headway
from asgi_client import call
from headway import api, wiring
from headway.cli.main import main
from headway.config.load import load_settings
from headway.config.paths import HomePaths
from headway.releases.kept_rows import KeptRows
from registries import embedded_registry
from small_nets import CLASSES, answers, net_graph

if TYPE_CHECKING:
    from pathlib import Path

    from headway.config.settings import Settings


def new_home(folder: Path) -> Path:
    """Return a home whose registry need not be made first."""
    embedded_registry(folder)
    (folder / "registry.db").rename(HomePaths(folder).registry_database)
    return folder


class Place(NamedTuple):
    """A registry that holds `net:1`."""

    home: Path
    settings: Settings


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    home = new_home(tmp_path_factory.mktemp("home"))
    settings = load_settings({"home": str(home)})
    graph, seen, unseen = net_graph(len(CLASSES)), rows(1, 200), rows(2, 80)
    (home / "net.onnx").write_bytes(graph)
    truth = [CLASSES[i] for i in answers(graph, unseen).argmax(1).tolist()]
    headway.register(
        home / "net.onnx",
        seen,
        name="net",
        evaluation=(unseen, truth),
        output=headway.Answer(classes=CLASSES, given_as="logits"),
        settings=settings,
    )
    return Place(home, settings)


def rows(seed: int, n_rows: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=(n_rows, 4)).astype(np.float32)


@pytest.mark.parametrize("to", ["int8-static", "fp16"])
def test_a_lossy_version_is_registered_served_and_says_so(
    place: Place, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--to", to, "--max-drop", "0.1", "--json")
    code = main(["optimize", "net:1", *arguments, "--home", str(place.home)])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    document = json.loads(captured.out)
    address, report = f"net:{document['version']}", document["report"]
    assert (document["form"], report["kind"], report["parent"]) == ("lowered", to, "net:1")
    assert report["loss"]["n_rows"] == 80
    assert report["loss"]["metrics"]["accuracy"]["before"] == 1
    assert 0 < report["loss"]["max_probability_change"] < 0.2
    assert report["request_ms"]["after"] > 0
    assert report["n_calibration_rows"] == (200 if to == "int8-static" else 0)

    app = headway.app(address, settings=place.settings)
    described = call(app, "GET", "/models/net").json()["versions"][0]
    assert (described["lossy"], described["form"]) == (to, "lowered")
    assert described["reason"] == document["reason"]
    row = {"features": rows(2, 1)[0].tolist()}
    replied = call(app, "POST", "/models/net/predict", row, query="method=predict_proba").json()
    exact = headway.load("net:1", settings=place.settings).predict_proba(rows(2, 1))
    assert np.allclose(replied["probabilities"]["values"], exact[0], atol=0.2)
    assert main(["models", "show", address, "--json", "--home", str(place.home)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["lossy"], shown["loss"]) == (to, report)


def test_past_its_budget_it_ends_with_5_and_registers_nothing(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = api.versions("net", settings=place.settings)
    # ranges that nearly everything lies outside of
    names = api.contract("net", settings=place.settings).names
    pd.DataFrame(rows(3, 20) * 1e-3, columns=list(names)).to_csv(tmp_path / "few.csv", index=False)
    arguments = ("--to", "int8-static", "--calibrate", str(tmp_path / "few.csv"), "--json")
    code = main(["optimize", "net:1", *arguments, "--home", str(place.home)])
    error = json.loads(capsys.readouterr().err)
    assert (code, error["code"]) == (5, "optimize.budget")
    assert "`accuracy` went from 1 to 0." in error["message"]
    assert api.versions("net", settings=place.settings) == before


def test_a_lossy_version_moves_with_its_rows_and_what_it_is(place: Place, tmp_path: Path) -> None:
    made = api.optimize("net:1", to="fp16", alias="small", settings=place.settings)
    api.export("net@small", tmp_path / "net.tar.gz", settings=place.settings)
    elsewhere = load_settings({"home": str(new_home(tmp_path / "elsewhere"))})
    api.import_(tmp_path / "net.tar.gz", settings=elsewhere)
    (version,) = api.versions("net", settings=elsewhere)
    assert (version.digest, version.tags["headway.lossy"]) == (made.release.digest, "fp16")
    assert version.tags["headway.lossy_from"] == "net:1"
    kept = KeptRows(wiring.open_registry(elsewhere)).evaluation(version, made.release.contract)
    assert kept.batch.n_rows == len(kept.labels) == 80
