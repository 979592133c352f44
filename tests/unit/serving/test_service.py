from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from crafted import ROW
from headway.core.dtypes import Method
from headway.errors import AmbiguousModelError, ModelNotFoundError
from headway.serving.service import PredictionService

if TYPE_CHECKING:
    from headway.serving.app import ServingApp
    from headway.serving.release import LoadedRelease

BODY = json.dumps(ROW).encode()


@pytest.fixture
def release(app: ServingApp) -> LoadedRelease:
    return app.releases.service.release("credit")


def service(release: LoadedRelease, *names: str) -> PredictionService:
    """A service of `name:version:variant`."""
    fields = [
        dict(zip(("name", "version", "variant"), name.split(":"), strict=True)) for name in names
    ]
    return PredictionService(dataclasses.replace(release, **field) for field in fields)


def test_the_only_model_needs_no_name(release: LoadedRelease) -> None:
    one = service(release, "credit:3:champion", "credit:4:canary")
    assert one.release(None).version == "3"
    assert one.predict(None, None, BODY).model == "credit"


def test_the_champion_answers_where_no_version_is_named(release: LoadedRelease) -> None:
    one = service(release, "credit:2:challenger", "credit:3:champion")
    assert one.release("credit").version == "3"
    assert one.release("credit", "2").variant == "challenger"
    assert one.predict("credit", "2", BODY, Method.PREDICT, "r").variant == "challenger"


def test_without_a_champion_the_first_version_answers(release: LoadedRelease) -> None:
    assert service(release, "a:9:canary", "a:8:canary").release("a").version == "9"


def test_several_models_have_to_be_named(release: LoadedRelease) -> None:
    two = service(release, "credit:3:champion", "fraud:1:champion")
    with pytest.raises(AmbiguousModelError, match="`credit`, `fraud`") as caught:
        two.release(None)
    assert caught.value.hint
    assert two.release("fraud").name == "fraud"


@pytest.mark.parametrize(
    ("model", "version", "message", "hint"),
    [
        ("crediit", None, "no model called `crediit`.*there is `credit`, `fraud`", "`credit`"),
        ("zzz", None, "no model called `zzz`", None),
        ("credit", "33", "no version of `credit` called `33`.*there is `3`", "`3`"),
        ("x" * 10_000, None, "called `x{100}`", None),
    ],
)
def test_what_is_not_there_is_said_with_what_is(
    release: LoadedRelease, model: str, version: str | None, message: str, hint: str | None
) -> None:
    two = service(release, "credit:3:champion", "fraud:1:champion")
    with pytest.raises(ModelNotFoundError, match=message) as caught:
        two.release(model, version)
    assert (caught.value.hint is None) == (hint is None)
    assert hint is None or hint in (caught.value.hint or "")


def test_a_service_of_nothing_says_so() -> None:
    empty = PredictionService(())
    with pytest.raises(ModelNotFoundError, match="no model is served here"):
        empty.release(None)
    with pytest.raises(ModelNotFoundError, match="there is none"):
        empty.release("credit")


def test_a_long_list_of_names_is_cut(release: LoadedRelease) -> None:
    many = service(release, *(f"model{i}:1:champion" for i in range(50)))
    with pytest.raises(AmbiguousModelError, match="and 30 more"):
        many.release(None)


def test_all_releases_are_listed(release: LoadedRelease) -> None:
    both = service(release, "a:1:champion", "b:1:champion", "a:2:canary")
    assert [(r.name, r.version) for r in both.releases()] == [("a", "1"), ("a", "2"), ("b", "1")]


def test_a_part_of_a_service_knows_nothing_of_the_rest(release: LoadedRelease) -> None:
    both = service(release, "credit:3:champion", "fraud:1:champion")
    assert both.within(()) is both
    part = both.within(("fraud", "other"))
    assert list(part.models) == ["fraud"]
    assert part.release(None).name == "fraud"
    with pytest.raises(ModelNotFoundError) as caught:
        part.release("credits")
    assert "`credit`" not in f"{caught.value} {caught.value.hint}"
