from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import trustme

from headway.security.certificate import expiry

if TYPE_CHECKING:
    from collections.abc import Iterable

AUTHORITY = trustme.CA()


def issued(end: dt.datetime, names: Iterable[str] = ("localhost",)) -> bytes:
    return AUTHORITY.issue_cert(*names, not_after=end).cert_chain_pems[0].bytes()


@pytest.mark.parametrize("year", [1999, 2024, 2049, 2050, 2123])
def test_the_end_is_read_in_both_forms_of_time(year: int) -> None:
    end = dt.datetime(year, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    start = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
    issued = AUTHORITY.issue_cert("localhost", not_before=start, not_after=end)
    assert expiry(issued.cert_chain_pems[0].bytes()) == end


def test_the_first_certificate_of_a_file_counts() -> None:
    end = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    # long names make lengths of several bytes
    leaf = issued(end, [f"{'x' * 60}{n}.example.org" for n in range(50)])
    assert expiry(b"some words\n" + leaf + AUTHORITY.cert_pem.bytes()) == end


WHOLE = issued(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\xff",
        AUTHORITY.private_key_pem.bytes(),
        WHOLE[:200],
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        b"-----BEGIN CERTIFICATE-----\n****\n-----END CERTIFICATE-----",
        WHOLE[:100] + b"\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_is_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError, match="no certificate"):
        expiry(pem)
