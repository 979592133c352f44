from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headway.core.clock import SystemClock
from headway.errors import MissingExtraError
from headway.security.keys import hash_key
from headway.security.loader import load_token_verifier
from headway.security.token_settings import TokenSettings
from tokens import AUDIENCE, ISSUER, RSA, key_document, token

if TYPE_CHECKING:
    from pathlib import Path


def test_where_no_tokens_are_accepted_nothing_is_loaded() -> None:
    program = (
        "import sys\nfrom headway.core.clock import SystemClock\n"
        "from headway.security.loader import load_token_verifier\n"
        "assert load_token_verifier(None, SystemClock()) is None\n"
        "print([m for m in ('joserfc', 'cryptography', 'urllib.request') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "[]\n"


def test_tokens_are_checked_by_the_keys_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(key_document(RSA))
    tokens = load_token_verifier(TokenSettings(ISSUER, AUDIENCE, str(path)), SystemClock())
    assert tokens is not None
    tokens.start()
    sent = token()
    assert asyncio.run(tokens.verify(sent, hash_key(sent))).name == "ada"
    tokens.close()


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "headway.security.joserfc", None)
    with pytest.raises(MissingExtraError, match="jwt"):
        load_token_verifier(TokenSettings(ISSUER, AUDIENCE, "/keys.json"), SystemClock())
