"""Sources lie over each other in the documented order, and every value keeps its origin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.config.sources import leaves, merge, plain, read_sources
from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from headway.config.sources import Sourced


def read(
    directory: Path, environ: Mapping[str, str] | None = None, **overrides: Any
) -> dict[tuple[str, ...], Sourced]:
    environ = {"HEADWAY_HOME": str(directory / "home"), **(environ or {})}
    return leaves(read_sources(overrides, directory, environ))


@pytest.fixture
def every_source(tmp_path: Path) -> dict[str, Any]:
    """`server.port` in each place, by the name of the place, highest first."""
    (tmp_path / "home").mkdir()
    (tmp_path / "secret").write_text("3\n")
    return {
        "override": lambda environ: {"server": {"port": 1}},
        "environment": lambda environ: environ.update(HEADWAY_SERVER__PORT="2"),
        "secret file": lambda environ: environ.update(
            HEADWAY_SERVER__PORT_FILE=str(tmp_path / "secret")
        ),
        "project": lambda environ: (tmp_path / "headway.toml").write_text("server.port = 4"),
        "user": lambda environ: (tmp_path / "home/config.toml").write_text("server.port = 5"),
    }


@pytest.mark.parametrize("first", range(5))
def test_a_higher_source_stands_over_every_lower_one(
    every_source: dict[str, Any], tmp_path: Path, first: int
) -> None:
    environ: dict[str, str] = {}
    overrides: dict[str, Any] = {}
    for name in list(every_source)[first:]:
        given = every_source[name](environ)
        overrides |= given if isinstance(given, dict) else {}
    found = read(tmp_path, environ, **overrides)[("server", "port")]
    assert int(found.value) == first + 1
    kinds = ["override", "environment", "secret file", "file", "file"]
    assert found.origin.kind == kinds[first]
    places = [
        "command line",
        "HEADWAY_SERVER__PORT",
        "HEADWAY_SERVER__PORT_FILE",
        str(tmp_path / "headway.toml"),
        str(tmp_path / "home/config.toml"),
    ]
    assert found.origin.place == places[first]


def test_tables_of_two_files_are_joined_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/config.toml").write_text('[server]\nport = 1\nhost = "a"')
    (tmp_path / "headway.toml").write_text("[server]\nport = 2")
    found = read(tmp_path)
    assert (found[("server", "port")].value, found[("server", "host")].value) == (2, "a")


def test_an_override_of_none_is_not_given(tmp_path: Path) -> None:
    found = read(tmp_path, {"HEADWAY_SERVER__PORT": "2"}, server={"port": None, "host": None})
    assert found[("server", "port")].value == "2"
    assert ("server", "host") not in found


class TestHome:
    def test_default_is_below_the_users_home(self, tmp_path: Path) -> None:
        found = leaves(read_sources({}, tmp_path, {}))[("home",)]
        assert found.value == Path("~/.headway")  # put out in full by the settings
        assert found.origin.kind == "default"

    def test_a_relative_folder_in_a_file_is_relative_to_the_file(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / "headway.toml").write_text('home = ".headway"')
        (tmp_path / ".headway").mkdir()
        (tmp_path / ".headway/config.toml").write_text("server.port = 7")
        (tmp_path / "notebooks").mkdir()
        found = leaves(read_sources({}, tmp_path / "notebooks", {}))
        assert Path(found[("home",)].value) == tmp_path / ".headway"
        assert found[("server", "port")].value == 7

    def test_the_command_line_stands_over_the_variable(self, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        (tmp_path / "other/config.toml").write_text("server.port = 9")
        found = read(tmp_path, home=tmp_path / "other")
        assert found[("home",)].value == tmp_path / "other"
        assert found[("server", "port")].value == 9


class TestEnvironment:
    def test_json_gives_a_table_or_a_list(self, tmp_path: Path) -> None:
        found = read(
            tmp_path,
            {
                "HEADWAY_MODELS__CREDIT__CONSTRAINTS": '{"age": {"ge": 18}}',
                "HEADWAY_MODELS__CREDIT__CONSTRAINTS__PURPOSE__ONE_OF": '["car", "tv"]',
            },
        )
        assert found[("models", "credit", "constraints", "age", "ge")].value == 18
        assert found[("models", "credit", "constraints", "purpose", "one_of")].value == [
            "car",
            "tv",
        ]

    @pytest.mark.parametrize("text", ["{not json", "[", "plain", "", "tcp:/no"])
    def test_what_is_no_json_stays_text(self, tmp_path: Path, text: str) -> None:
        assert (
            read(tmp_path, {"HEADWAY_SERVER__API_KEY": text})[("server", "api_key")].value == text
        )

    def test_a_section_given_whole_is_not_hidden_by_its_keys(self, tmp_path: Path) -> None:
        found = read(tmp_path, {"HEADWAY_SERVER": "x", "HEADWAY_SERVER__PORT": "1"})
        assert found[("server",)].value == "x"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HEADWAY_SERVICE_HOST", "10.0.0.1"),
            ("HEADWAY_CREDIT_SERVICE_PORT_HTTP", "8000"),
            ("HEADWAY_PORT", "tcp://10.0.0.1:8000"),
            ("HEADWAY_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ],
    )
    def test_kubernetes_service_links_are_not_ours(
        self, tmp_path: Path, name: str, value: str
    ) -> None:
        assert list(read(tmp_path, {name: value})) == [("home",)]

    @pytest.mark.parametrize("name", ["HEADWAY_PORT", "HEADWAY_SERVICE", "HEADWAY_SERVICE__HOST"])
    def test_everything_else_with_our_prefix_is_ours(self, tmp_path: Path, name: str) -> None:
        assert len(read(tmp_path, {name: "8000"})) == 2

    def test_other_programs_variables_are_left_alone(self, tmp_path: Path) -> None:
        assert list(read(tmp_path, {"SERVER__PORT": "1", "HEADWAYS": "2"})) == [("home",)]


def test_a_secret_is_read_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    environ = {"HEADWAY_SERVER__API_KEY_FILE": str(tmp_path / "key")}
    assert read(tmp_path, environ)[("server", "api_key")].value == "s3cret"


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    environ = {"HEADWAY_CLIENT__KEY_FILE": "/nowhere/key"}
    with pytest.raises(ConfigError, match=r"HEADWAY_CLIENT__KEY_FILE: `/nowhere/key`"):
        read(tmp_path, environ)


def test_the_registry_of_mlflow_stands_below_every_file(tmp_path: Path) -> None:
    environ = {"MLFLOW_TRACKING_URI": "http://mlflow:5000"}
    assert read(tmp_path, environ)[("registry", "uri")].value == "http://mlflow:5000"
    (tmp_path / "headway.toml").write_text('registry.uri = "sqlite"')
    assert read(tmp_path, environ)[("registry", "uri")].value == "sqlite"


@pytest.mark.parametrize(
    ("text", "line"),
    [("[server]\nport = \n", 2), ("[server", 1), ("a = 1\n\na = 2", 3)],
)
def test_a_file_that_is_no_toml_is_named_with_the_line(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "headway.toml").write_text(text)
    with pytest.raises(ConfigError, match=rf"headway\.toml:{line}: not TOML"):
        read(tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"headway\.toml: cannot be read"):
        read(tmp_path)


def test_merge_does_not_change_what_it_is_given(tmp_path: Path) -> None:
    low = read_sources({"a": {"b": 1}}, tmp_path, {})
    high = read_sources({"a": {"c": 2}}, tmp_path, {})
    merged = merge([low, high])
    assert plain(merged)["a"] == {"b": 1, "c": 2}
    assert plain(low)["a"] == {"b": 1}
    assert plain(high)["a"] == {"c": 2}
