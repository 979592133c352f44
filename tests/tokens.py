"""An identity provider: its keys, the tokens that it issues, and a server of its key document."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from joserfc import jwk
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = "https://id.example.org/"
AUDIENCE = "headway"

RSA = jwk.generate_key("RSA", 2048, {"kid": "rsa"})
OTHER_RSA = jwk.generate_key("RSA", 2048, {"kid": "rsa"})
EC = jwk.generate_key("EC", "P-256", {"kid": "ec"})
ED = jwk.generate_key("OKP", "Ed25519", {"kid": "ed"})


def key_document(*keys: Any, **more: Any) -> bytes:
    """Return the JWKS of some keys; a dict is put in as it is."""
    public = [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]
    return json.dumps({"keys": public} | more).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """Return claims that are accepted; a change to `None` takes one away."""
    now_s = int(time.time())
    fields = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "exp": now_s + 600,
        "scope": "predict headway:read",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def encoded(part: Any) -> bytes:
    """Return a part of a token; what is no bytes is written as JSON."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(
    payload: Any = None,
    key: Any = RSA,
    *,
    alg: str = "RS256",
    header: dict[str, Any] | None = None,
) -> bytes:
    """Return a token, signed by `key` whatever its header says."""
    kid = key.get("kid")
    head = {"alg": alg, "typ": "JWT"} | ({"kid": kid} if kid else {}) | (header or {})
    signed = encoded(head) + b"." + encoded(claims() if payload is None else payload)
    return signed + b"." + encoded(JWSRegistry.algorithms[alg].sign(signed, key))


class Provider(ThreadingHTTPServer):
    """Answers every path with `document` and `status`, and counts how often."""

    daemon_threads = True

    def __init__(self, document: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.document = document
        self.status = 200
        self.location = ""
        self.n_asked = 0
        self.url = f"http://127.0.0.1:{self.server_port}/jwks"


class _Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.n_asked += 1
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.document)))
        self.end_headers()
        self.wfile.write(self.server.document)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def providing(document: bytes) -> Iterator[Provider]:
    """Run a provider until the end of the block."""
    with Provider(document) as provider:
        thread = threading.Thread(target=provider.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()
