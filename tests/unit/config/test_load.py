"""Settings are complete or refused, with every problem, its place and the nearest known key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.cli.invocation import Invocation
from headway.config.load import default_settings, load_settings, load_with_origins
from headway.config.settings import ConstraintSettings, Settings
from headway.errors import ConfigError

if TYPE_CHECKING:
    pass


def load(directory: Path, toml: str = "", /, **environ: str) -> Settings:
    (directory / "headway.toml").write_text(toml)
    return load_settings(
        directory=directory, environ={"HEADWAY_HOME": str(directory / "home"), **environ}
    )


def problem(directory: Path, toml: str = "", /, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(directory, toml, **environ)
    return caught.value.message


def test_defaults_are_safe(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.server.api_key is None
    assert settings.registry.trust_code is False
    assert settings.home == tmp_path / "home"


def test_every_type_of_value_comes_from_toml(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
        [server]
        port = 9000
        timeout_ms = 50
        log_format = "json"
        [registry]
        trust_code = true
        [models.credit]
        max_rows = 10
        [models.credit.constraints]
        age = { ge = 18, le = 120 }
        purpose = { one_of = ["car", 1, true, 0.5], not_null = true }
        """,
    )
    assert (settings.server.port, settings.server.timeout_ms) == (9000, 50.0)
    assert settings.registry.trust_code is True
    credit = settings.models["credit"]
    assert credit.constraints["age"] == ConstraintSettings(ge=18, le=120)
    one_of = credit.constraints["purpose"].one_of or ()
    assert [(type(value), value) for value in one_of] == [
        (str, "car"),
        (int, 1),
        (bool, True),
        (float, 0.5),
    ]


def test_every_type_of_value_comes_from_the_environment(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        HEADWAY_SERVER__PORT="9000",
        HEADWAY_SERVER__DRAIN_TIMEOUT_S="1.5",
        HEADWAY_REGISTRY__TRUST_CODE="true",
        HEADWAY_MODELS__CREDIT__TIMEOUT_MS="50",
        HEADWAY_MODELS__CREDIT__CONSTRAINTS__PURPOSE__ONE_OF='["car"]',
    )
    assert (settings.server.port, settings.server.drain_timeout_s) == (9000, 1.5)
    assert settings.registry.trust_code is True
    assert settings.models["credit"].timeout_ms == 50
    assert settings.models["credit"].constraints["purpose"].one_of == ("car",)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("toml", "place", "nearest"),
    [
        ("prot = 1", "headway.toml:1:prot:", "known are"),
        ("[sever]\nport = 1", "headway.toml:1:sever:", "did you mean `server`"),
        ("[server]\nprot = 1", "headway.toml:2:server.prot:", "did you mean `server.port`"),
        (
            "[models.credit]\ntimeout = 1",
            "headway.toml:2:models.credit.timeout:",
            "did you mean `models.credit.timeout_ms`",
        ),
        (
            "[models.credit.constraints]\nage = { gee = 18 }",
            "headway.toml:2:models.credit.constraints.age.gee:",
            "did you mean `models.credit.constraints.age.ge`",
        ),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(
    tmp_path: Path, toml: str, place: str, nearest: str
) -> None:
    message = problem(tmp_path, toml)
    assert place in message
    assert "unknown setting" in message
    assert nearest in message


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("HEADWAY_HOMES", "did you mean HEADWAY_HOME"),
        ("HEADWAY_FOO", "known are HEADWAY_HOME, HEADWAY_SERVER__HOST, HEADWAY_SERVER__PORT"),
        ("HEADWAY_PORT", "did you mean HEADWAY_SERVER__PORT"),
        ("HEADWAY_URL", "HEADWAY_CLIENT__URL or "),
        ("HEADWAY_API_KEY", "did you mean HEADWAY_SERVER__API_KEY?"),
        ("HEADWAY_KEY", "did you mean HEADWAY_SERVER__API_KEY or HEADWAY_CLIENT__KEY?"),
        ("HEADWAY_SERVER_PORT", "did you mean HEADWAY_SERVER__PORT"),
        ("HEADWAY_SEVER__PORT", "did you mean HEADWAY_SERVER__PORT"),
        ("HEADWAY_CLIENT__API_KEY", "did you mean HEADWAY_CLIENT__KEY?"),
        ("HEADWAY_SERVER__PROT", "did you mean HEADWAY_SERVER__PORT"),
        ("HEADWAY_MODELS__CREDIT__TIMEOUT", "did you mean HEADWAY_MODELS__CREDIT__TIMEOUT_MS"),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest_known_one(
    tmp_path: Path, variable: str, nearest: str
) -> None:
    message = problem(tmp_path, **{variable: "8000"})
    assert message.startswith(f"{variable}: unknown setting")
    assert nearest in message


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("server.port = 65536", "server.port: should be less than or equal to 65535, not 65536"),
        ("server.port = 'x'", "server.port: should be a valid integer"),
        ("server.max_rows = 0", "server.max_rows: should be greater than or equal to 1, not 0"),
        ("server.timeout_ms = nan", "server.timeout_ms: should be"),
        ("server.log_format = 'xml'", "server.log_format: should be 'text' or 'json', not 'xml'"),
        ("server = 1", "server: should be a table, not 1"),
        ("models = 1", "models: should be a table, not 1"),
        ("client.url = 'ftp://u:s3cret@h'", "client.url: String should match pattern"),
        ("client.url = 'host:8000'", "client.url: String should match pattern"),
        ("registry.uri = ''", "registry.uri: "),
        ("models.a.constraints.x.one_of = []", "models.a.constraints.x.one_of: "),
    ],
)
def test_a_value_out_of_bounds_is_named_with_what_is_allowed(
    tmp_path: Path, toml: str, expected: str
) -> None:
    message = problem(tmp_path, toml)
    assert f"{tmp_path / 'headway.toml'}:1:{expected}" in message
    assert "s3cret" not in message


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    message = problem(
        tmp_path, "[server]\nport = -1\nprot = 2\n[clint]\nurl = 3", HEADWAY_REGISTRY__URL="x"
    )
    assert message.startswith("4 settings are wrong:")
    for place in ("server.port", "server.prot", "clint", "HEADWAY_REGISTRY__URL"):
        assert place in message


@pytest.mark.parametrize("key", ["server.api_key", "client.key"])
def test_a_secret_in_a_file_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    message = problem(tmp_path, f"{key} = 's3cret'")
    assert f"headway.toml:1:{key}: a secret does not belong" in message
    assert f"HEADWAY_{key.replace('.', '__').upper()}_FILE" in message
    assert "s3cret" not in message


def test_a_wrong_secret_is_not_shown(tmp_path: Path) -> None:
    message = problem(tmp_path, HEADWAY_CLIENT__KEY='["s3cret"]')
    assert message.startswith("HEADWAY_CLIENT__KEY: ")
    assert "s3cret" not in message


@pytest.mark.parametrize("name", ["HEADWAY_SERVER__API_KEY", "HEADWAY_CLIENT__KEY"])
def test_an_empty_secret_is_refused(tmp_path: Path, name: str) -> None:
    assert problem(tmp_path, **{name: ""}) == f"{name}: is empty; a secret has characters"
    file = tmp_path / "key"
    file.write_text("\n")
    assert problem(tmp_path, **{f"{name}_FILE": str(file)}).startswith(f"{name}_FILE: is empty")


@pytest.mark.parametrize("given", [{"toml": "client = 3"}, {"HEADWAY_CLIENT": "1"}])
def test_what_the_command_line_leaves_out_hides_nothing(
    tmp_path: Path, given: dict[str, str]
) -> None:
    (tmp_path / "headway.toml").write_text(given.pop("toml", ""))
    environ = {"HEADWAY_HOME": str(tmp_path), **given}
    with pytest.raises(ConfigError, match=r"(client|HEADWAY_CLIENT): should be a table"):
        load_settings(Invocation().overrides, directory=tmp_path, environ=environ)


def test_secrets_do_not_show_in_settings(tmp_path: Path) -> None:
    settings = load(tmp_path, HEADWAY_SERVER__API_KEY="s3cret")
    assert settings.server.api_key is not None
    assert settings.server.api_key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings) + settings.model_dump_json()


def test_origins_name_the_place_of_each_value(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[server]\nport = 1\nhost = 'h'")
    loaded = load_with_origins(
        {"server": {"host": "other"}},
        directory=tmp_path,
        environ={"HEADWAY_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "http://m"},
    )
    assert {key: origin.place for key, origin in loaded.origins.items()} == {
        "home": "HEADWAY_HOME",
        "registry.uri": "MLFLOW_TRACKING_URI",
        "server.host": "command line",
        "server.port": str(tmp_path / "headway.toml"),
    }


def test_the_process_environment_is_read_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_SERVER__PORT", "1234")
    assert load_settings(directory=tmp_path).server.port == 1234


@pytest.mark.parametrize("value", ["~/x", "relative"])
def test_home_is_an_absolute_path(tmp_path: Path, value: str) -> None:
    settings = load_settings(directory=tmp_path, environ={"HEADWAY_HOME": value})
    assert settings.home.is_absolute()
    assert settings.home.name == Path(value).name


def test_broken_settings_leave_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[sever")
    settings = default_settings(environ={"HEADWAY_HOME": str(tmp_path), "HEADWAY_FOO": "1"})
    assert settings == Settings(home=tmp_path)
    given = default_settings({"home": str(tmp_path / "given")}, environ={"HEADWAY_HOME": "x"})
    assert given.home == tmp_path / "given"


def test_a_home_that_nobody_knows_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not known"):
        load_settings(directory=tmp_path, environ={"HEADWAY_HOME": "~no-such-user/x"})
    (tmp_path / "headway.toml").write_text("home = '~no-such-user/x'")
    with pytest.raises(ConfigError, match="is not known"):
        load_settings(directory=tmp_path, environ={})


def test_the_default_home_is_below_the_user_s(tmp_path: Path) -> None:
    settings = load_settings(directory=tmp_path, environ={})
    assert settings.home == Path("~/.headway").expanduser()
