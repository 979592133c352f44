from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.errors import AddressError
from headway.registry.address import (
    ALLOWED,
    AliasAddress,
    FolderAddress,
    RunAddress,
    VersionAddress,
    check_alias,
    check_name,
    parse_address,
)

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,20}[A-Za-z0-9]", fullmatch=True)
ALIASES = st.from_regex(r"[A-Za-z_-][A-Za-z0-9_-]{0,10}", fullmatch=True).filter(
    lambda alias: alias.lower() != "latest" and not (alias[0] in "vV" and alias[1:].isdigit())
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("credit", AliasAddress("credit", "champion")),
        ("credit@challenger", AliasAddress("credit", "challenger")),
        ("credit:7", VersionAddress("credit", "7")),
        ("models:/credit/7", VersionAddress("credit", "7")),
        ("models:/credit@champion", AliasAddress("credit", "champion")),
        ("models:/credit", AliasAddress("credit", "champion")),
        ("credit v2.1:12", VersionAddress("credit v2.1", "12")),
        ("größe", AliasAddress("größe", "champion")),
        ("runs:/ab12/model", RunAddress("ab12", "model")),
        ("runs:/ab12/deep/model/", RunAddress("ab12", "deep/model")),
        ("./bundle", FolderAddress(Path("bundle"))),
        ("../bundle", FolderAddress(Path("../bundle"))),
        ("/srv/bundle", FolderAddress(Path("/srv/bundle"))),
        (".", FolderAddress(Path())),
        ("..", FolderAddress(Path(".."))),
        ("./credit:7", FolderAddress(Path("credit:7"))),
    ],
)
def test_each_form_is_read(text: str, address: object) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the name is empty"),
        (":7", "the name is empty"),
        ("@champion", "the name is empty"),
        ("models:/", "the name is empty"),
        ("credit:", "a version is a number"),
        ("credit:seven", "a version is a number, not `seven`"),
        ("credit:0", "a version is a number"),
        ("credit:-1", "a version is a number"),
        ("credit:07", "a version is a number"),
        ("credit:1.0", "a version is a number"),
        ("credit:latest", "a version is a number, not `latest`"),
        ("models:/credit/Production", "a version is a number, not `Production`"),
        ("models:/credit/7/model.pkl", "a version is a number"),
        ("credit:7@champion", "is not a name"),
        ("credit@", "the alias is empty"),
        ("credit@a b", "`a b` is not an alias"),
        ("credit@latest", "`latest` is not an alias"),
        ("credit@V12", "`V12` is not an alias"),
        ("credit@champion@x", "is not an alias"),
        ("credit@champion~1", "the history of an alias"),
        ("credit~1", "is not a name"),
        (" credit", "is not a name"),
        ("cre\ndit", "is not a name"),
        ("n" * 251, "is not a name"),
        ("runs:/ab12", "the path of its model"),
        ("runs:/ab12/", "the path of its model"),
        ("runs://model", "the path of its model"),
        ("runs:/ab12/../other", "the path of its model"),
    ],
)
def test_anything_else_is_refused_with_the_reason_and_the_allowed_forms(
    text: str, reason: str
) -> None:
    with pytest.raises(AddressError, match="is not a model address") as caught:
        parse_address(text)
    assert reason in caught.value.message
    assert caught.value.hint == ALLOWED


@pytest.mark.parametrize("text", ["bundle/", "some/folder", "some/folder:7"])
def test_what_looks_like_a_folder_is_told_how_to_be_one(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert caught.value.hint is not None
    assert f"`./{text}`" in caught.value.hint


@given(NAMES, st.integers(1, 10**12))
def test_a_version_is_written_as_it_is_read(name: str, version: int) -> None:
    address = VersionAddress(name, str(version))
    assert parse_address(str(address)) == address
    assert parse_address(f"models:/{name}/{version}") == address


@given(NAMES, ALIASES)
def test_an_alias_is_written_as_it_is_read(name: str, alias: str) -> None:
    address = AliasAddress(name, alias)
    assert parse_address(str(address)) == address
    assert parse_address(f"models:/{name}@{alias}") == address


@given(st.from_regex(r"(\.\./|/|\./)?[a-z:@.]{1,12}(/[a-z:@]{1,5})?", fullmatch=True))
def test_a_folder_is_written_as_it_is_read(text: str) -> None:
    address = FolderAddress(Path(text))
    assert parse_address(str(address)) == address


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_an_address_error(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("name", ["credit", "credit-risk_v2.1", "2024", "A" * 128])
def test_a_name_that_fits_urls_labels_and_files_is_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "my model", "a/b", "a:b", "a@b", ".hidden", "-x", "größe", "a\n", "A" * 129, "a~1"],
)
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(AddressError, match="cannot be the name of a model") as caught:
        check_name(name)
    assert "letters, digits" in str(caught.value.hint)


@pytest.mark.parametrize("alias", ["champion", "challenger", "blue_1", "v", "v1a"])
def test_a_usual_alias_is_taken(alias: str) -> None:
    assert check_alias(alias) == alias


@pytest.mark.parametrize("alias", ["", "latest", "Latest", "v1", "V22", "a b", "a/b", "ä", "a\n"])
def test_another_alias_is_refused(alias: str) -> None:
    with pytest.raises(AddressError, match="cannot be an alias"):
        check_alias(alias)
