from __future__ import annotations

import pytest

from headway.contract.problems import raise_all
from headway.errors import ContractError


def test_every_message_is_told_and_every_hint_once() -> None:
    problems = [
        ContractError("a", hint="look"),
        ContractError("b"),
        ContractError("c", hint="look"),
        ContractError("d", hint="ask"),
    ]
    with pytest.raises(ContractError) as caught:
        raise_all(problems)
    assert (caught.value.message, caught.value.hint) == ("a; b; c; d", "look; ask")


def test_no_hint_is_none() -> None:
    with pytest.raises(ContractError) as caught:
        raise_all([ContractError("a")])
    assert caught.value.hint is None


def test_no_problem_raises_nothing() -> None:
    raise_all([])
