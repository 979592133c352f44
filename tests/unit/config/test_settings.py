"""Every setting has a unit in its name where it is a quantity, a description, and bounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from headway.config.settings import ConstraintSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

UNITS = ("_ms", "_s", "_bytes", "_rows")
WITHOUT_UNIT = {"port", "admin_port", "ge", "gt", "le", "lt", "min_length", "max_length"} | {
    *("max_connections", "max_batch_size", "max_waiting", "max_concurrency"),  # numbers of things
}


def sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from sections(field.annotation)
    elif get_origin(annotation) is dict:
        yield from sections(get_args(annotation)[1])


FIELDS = [
    pytest.param(name, field, id=f"{section.__name__}.{name}")
    for section in sections(Settings)
    for name, field in section.model_fields.items()
]


@pytest.mark.parametrize("section", list(sections(Settings)))
def test_a_section_is_frozen_and_refuses_unknown_keys(section: type[BaseModel]) -> None:
    assert section.model_config["frozen"] is True
    assert section.model_config["extra"] == "forbid"


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_setting_is_described(name: str, field: FieldInfo) -> None:
    assert field.description
    assert field.description.endswith(".")


# values of the model's own unit, and a probability
WITHOUT_A_UNIT = {"ge", "gt", "le", "lt", "multiple_of", "one_of", "positive", "threshold"}


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_quantity_has_bounds_and_a_unit(name: str, field: FieldInfo) -> None:
    is_quantity = {int, float} & {field.annotation, *get_args(field.annotation)}
    if not is_quantity or name in WITHOUT_A_UNIT:
        return
    assert field.metadata, "a number without bounds"
    assert name.endswith(UNITS) or name in WITHOUT_UNIT


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (18, 18.0),
        ("18", 18.0),
        ("2020-01-31", "2020-01-31"),
        (dt.date(2020, 1, 31), "2020-01-31"),
        (dt.time(9, 30), "09:30:00"),
        (dt.datetime(2020, 1, 31, tzinfo=dt.UTC), "2020-01-31T00:00:00+00:00"),
    ],
)
def test_a_bound_is_a_number_or_what_toml_has_beside_numbers(given: Any, expected: Any) -> None:
    assert ConstraintSettings(ge=given).ge == expected


@pytest.mark.parametrize("given", ["old", "", "nan", [], {}])
def test_a_bound_is_no_word(given: Any) -> None:
    with pytest.raises(ValidationError):
        ConstraintSettings(ge=given)
