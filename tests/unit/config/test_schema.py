"""The schema of `headway.toml` accepts what is read, and refuses what is refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest

from headway.config.load import load_settings
from headway.config.schema import settings_schema
from headway.errors import ConfigError

SHIPPED = Path(__file__).parents[3] / "docs/reference/headway.schema.json"
GOOD = """
home = "state"
[server]
host = "0.0.0.0"
port = 9000
timeout_ms = 50
log_format = "json"
[registry]
uri = "postgresql+psycopg://db/mlflow"
artifacts = "s3://bucket"
trust_code = true
[client]
url = "https://models:1"
timeout_s = 2.5
[models.credit]
timeout_ms = 10.5
max_rows = 10
[models.credit.constraints]
age = { ge = 18, le = 120 }
purpose = { one_of = ["car", 1, true, 0.5], not_null = true }
"""
BAD = [
    "prot = 1",
    "[sever]",
    "server = 1",
    "server.prot = 1",
    "server.port = 65536",
    "server.port = 'http'",
    "server.port = 1.5",
    "server.max_rows = 0",
    "server.log_format = 'xml'",
    "server.api_key = 's3cret'",
    "client.key = 's3cret'",
    "client.url = 'host:8000'",
    "client.timeout_s = 0",
    "registry.uri = ''",
    "registry.trust_code = 'perhaps'",
    "home = 1",
    "[models.credit]\ntimeout = 1",
    "[models.credit.constraints]\nage = { gee = 18 }",
    "[models.credit.constraints]\nage = 18",
    "[models.credit.constraints]\npurpose = { one_of = [] }",
    "[models.credit.constraints]\npurpose = { one_of = [[1]] }",
]


@pytest.fixture
def validator() -> jsonschema_rs.Validator:
    jsonschema_rs.meta.validate(settings_schema())
    return jsonschema_rs.validator_for(settings_schema())


def is_read(folder: Path, toml: str) -> bool:
    (folder / "headway.toml").write_text(toml)
    try:
        load_settings(directory=folder, environ={})
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("toml", ["", GOOD])
def test_a_good_file_is_accepted_by_both(
    validator: jsonschema_rs.Validator, tmp_path: Path, toml: str
) -> None:
    assert is_read(tmp_path, toml)
    validator.validate(tomllib.loads(toml))


@pytest.mark.parametrize("toml", BAD)
def test_a_bad_file_is_refused_by_both(
    validator: jsonschema_rs.Validator, tmp_path: Path, toml: str
) -> None:
    assert not is_read(tmp_path, toml)
    assert not validator.is_valid(tomllib.loads(toml))


def test_no_secret_is_offered() -> None:
    assert not {"api_key", "key"} & set(json.dumps(settings_schema()).split('"'))


def test_every_setting_is_explained() -> None:
    schema = settings_schema()
    for table in (schema, *schema["$defs"].values()):
        for name, setting in table["properties"].items():
            below = schema["$defs"].get(setting.get("$ref", "").rpartition("/")[2], {})
            assert setting.get("description") or below.get("description"), name


def test_it_holds_no_null() -> None:
    assert "null" not in json.dumps(settings_schema()).replace("not_null", "").replace(
        "Refuse null", ""
    )


def test_the_shipped_file_is_it() -> None:
    assert json.loads(SHIPPED.read_text()) == settings_schema()
