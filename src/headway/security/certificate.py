"""Reads from a certificate until when it is valid, which `ssl` tells of no certificate of one's own."""

from __future__ import annotations

import datetime as dt
import re
import ssl

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL | re.ASCII)
# tags of DER (ITU-T X.690)
_VERSION = 0xA0
_UTC_TIME = 0x17
_LONG_LENGTH = 0x80


def expiry(pem: bytes) -> dt.datetime:
    """Return until when the first certificate of a file is valid.

    Raises:
        ValueError: The file holds no certificate.

    Source: RFC 5280, section 4.1: TBSCertificate is version, serialNumber, signature, issuer,
    validity, ...; UTCTime and GeneralizedTime end in `Z`.
    """
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("no certificate")
    try:
        certificate = _inside(ssl.PEM_cert_to_DER_cert(found[0].decode()))
        fields = _inside(certificate)
        if fields[0] == _VERSION:
            fields = _after(fields)
        # the serial number, the signature's algorithm and the issuer
        validity = _inside(_after(_after(_after(fields))))
        not_after = _after(validity)
        text = _inside(not_after).partition(b"Z")[0].decode()
        if not_after[0] == _UTC_TIME:
            # two digits of the year, of 1950 to 2049
            text = ("19" if text >= "5" else "20") + text
        return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except (IndexError, ValueError) as error:
        raise ValueError("no certificate that can be read") from error


def _bounds(der: bytes) -> tuple[int, int]:
    """Return where the content of the first element begins and ends."""
    length = der[1]
    begin = 2
    if length >= _LONG_LENGTH:
        begin += length - _LONG_LENGTH
        length = int.from_bytes(der[2:begin])
    return begin, begin + length


def _inside(der: bytes) -> bytes:
    begin, end = _bounds(der)
    return der[begin:end]


def _after(der: bytes) -> bytes:
    return der[_bounds(der)[1] :]
