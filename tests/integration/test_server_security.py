"""Who may ask what, on a real server: keys, tokens, rates, hosts, origins, and no secret anywhere.

It has two models and two workers.
"""

from __future__ import annotations

import json
import os
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from crafted import ROW, crafted_plan, crafted_route, write_crafted_bundle
from headway.security.keys import ApiKey, Scope, hash_key
from headway.security.token_settings import TokenSettings
from headway.serving.plan import ServedModel
from headway.serving.settings import Tls, WorkerSettings
from headway.supervisor.server import Server
from running import Answer, Running, children, running, wait_until
from tokens import AUDIENCE, EC, ISSUER, OTHER_RSA, RSA, claims, key_document, providing, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokens import Provider

PAGE = "https://app.example.org"
READ_ONLY, EVERYTHING, LIMITED, GONE, SLOW, UNKNOWN = (
    f"{name}-key-that-nobody-guesses" for name in ("read", "all", "limited", "gone", "slow", "new")
)
KEYS = (
    ApiKey("everything", hash_key(EVERYTHING), scopes=tuple(Scope)),
    ApiKey("reader", hash_key(READ_ONLY), scopes=(Scope.READ,)),
    ApiKey("limited", hash_key(LIMITED), models=("credit", "retired")),
    ApiKey("gone", hash_key(GONE), models=("retired",)),
    ApiKey("slow", hash_key(SLOW), rate_per_s=2, cell=5),
)
OF_CREDIT, OF_FRAUD = "/models/credit/predict", "/models/fraud/predict"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing(key_document(RSA)) as provider:
        yield provider


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    plan = crafted_plan(folder, keys=KEYS, asks_for_key=True)
    fraud = write_crafted_bundle(folder / "fraud", "fraud")
    models = (*plan.models, ServedModel("fraud", (crafted_route(fraud, "1"),)))
    settings = WorkerSettings(
        tokens=TokenSettings(ISSUER, AUDIENCE, provider.url, 3600),
        trusted_hosts=("127.0.0.1", "*.example.org"),
        cors_origins=(PAGE,),
        locks_metrics=True,
    )
    changed = type(plan)(plan.revision, models, plan.keys, asks_for_key=True)
    two = ("--workers", "2")
    with running(folder, changed, "headway.supervisor", settings=settings, more=two) as server:
        wait_until(lambda: server.ask("GET", "/readyz").status == 200)
        yield server


def bearer(credential: str | bytes) -> dict[str, str]:
    text = credential.decode("latin-1") if isinstance(credential, bytes) else credential
    return {"Authorization": f"Bearer {text}"}


def predict(server: Running, credential: str | bytes, path: str = OF_CREDIT) -> Answer:
    return server.predict(ROW, path, headers=bearer(credential))


def read(server: Running, credential: str | bytes, path: str = "/models") -> Answer:
    return server.ask("GET", path, headers=bearer(credential))


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


def test_a_key_does_what_its_scopes_say(server: Running) -> None:
    assert predict(server, EVERYTHING).status == read(server, EVERYTHING).status == 200
    assert predict(server, EVERYTHING, OF_FRAUD).status == 200
    assert read(server, READ_ONLY).status == read(server, READ_ONLY, "/models/fraud").status == 200
    refused = predict(server, READ_ONLY)
    assert code(refused) == (403, "auth.forbidden")
    assert "`reader` does not have the scope `predict`" in refused.json()["detail"]


def without_name(answer: Answer, name: str) -> Any:
    document = answer.json() | {"request_id": ""}
    return answer.status, json.loads(json.dumps(document).replace(name, "NAME"))


@pytest.mark.parametrize(
    "path", ["/models/{}/predict", "/models/{}/versions/1/predict", "/models/{}"]
)
def test_a_limited_key_cannot_tell_a_forbidden_model_from_none(server: Running, path: str) -> None:
    ask = read if path == "/models/{}" else predict
    seen = {
        name: without_name(ask(server, LIMITED, path.format(name)), name)
        for name in ("fraud", "nothing", "x")
    }
    assert seen["fraud"] == seen["nothing"] == seen["x"]
    assert seen["fraud"][0] == 403
    assert "credit" not in json.dumps(seen)


def test_a_limited_key_is_answered_as_if_there_were_no_other_model(server: Running) -> None:
    assert predict(server, LIMITED).status == predict(server, LIMITED, "/predict").status == 200
    assert read(server, LIMITED, "/models/credit").status == 200
    assert [m["name"] for m in read(server, LIMITED).json()["models"]] == ["credit"]
    assert len(read(server, EVERYTHING).json()["models"]) == 2
    assert code(predict(server, EVERYTHING, "/predict")) == (409, "registry.ambiguous_model")
    for path in ("/models/credit/versions/9/predict", "/models/retired/predict"):
        refused = predict(server, LIMITED, path)
        assert refused.status == 404
        assert b"fraud" not in refused.body
    for path in ("/predict", "/models/retired/predict"):
        refused = predict(server, GONE, path)
        assert refused.status == 404
        assert b"fraud" not in refused.body
        assert b"credit" not in refused.body
    assert read(server, GONE).json() == {"models": []}


def test_each_key_has_the_document_of_its_models(server: Running) -> None:
    for _ in range(2):
        limited = read(server, LIMITED, "/openapi.json")
        assert OF_CREDIT in limited.json()["paths"]
        assert b"fraud" not in limited.body
        whole = read(server, EVERYTHING, "/openapi.json").json()["paths"]
        assert {OF_CREDIT, OF_FRAUD} <= whole.keys()
        assert {"401", "403", "429"} <= whole[OF_CREDIT]["post"]["responses"].keys()


def test_probes_need_no_key_and_tell_no_names(server: Running) -> None:
    ready = server.ask("GET", "/readyz")
    assert ready.json()["status"] == "ready"
    assert b"credit" not in ready.body
    assert server.ask("GET", "/healthz").status == 200


def test_locked_metrics_are_for_who_may_read_about_every_model(server: Running) -> None:
    assert code(server.ask("GET", "/metrics")) == (401, "auth.unauthenticated")
    assert read(server, READ_ONLY, "/metrics").status == 200
    assert code(read(server, LIMITED, "/metrics")) == (403, "auth.forbidden")


def test_a_rate_holds_over_all_workers_and_the_log_names_the_key(server: Running) -> None:
    begun_s = time.monotonic()
    answers = [predict(server, SLOW) for _ in range(30)]
    refused = [answer for answer in answers if answer.status == 429]
    # over both workers together: a second's worth, and what came due since
    assert len(answers) - len(refused) <= 2 + 2 * (time.monotonic() - begun_s)
    assert {answer.status for answer in answers} == {200, 429}
    assert code(refused[0]) == (429, "auth.rate_limited")
    assert refused[0].headers["retry-after"] == "1"
    lines = wait_until(lambda: [x for x in server.lines() if x.get("error") == "auth.rate_limited"])
    assert lines[0]["key"] == "slow"
    assert predict(server, EVERYTHING).status == 200
    wait_until(lambda: predict(server, SLOW).status == 200)


def test_a_token_of_the_provider_is_as_good_as_a_key(server: Running) -> None:
    sent = token(claims(sub="ada@example.org"))
    answer = predict(server, sent)
    assert answer.status == 200
    assert predict(server, token(claims(scope="read"))).status == 403
    assert predict(server, token(claims(models=["credit"])), "/predict").status == 200
    assert predict(server, token(claims(models=["credit"])), OF_FRAUD).status == 403
    request_id = answer.headers["x-request-id"]
    (line,) = wait_until(lambda: [x for x in server.lines() if x.get("request_id") == request_id])
    assert line["key"] == "ada@example.org"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (token(claims(exp=1)), "expired"),
        (token(claims(aud="other")), "wrong audience"),
        (token(key=OTHER_RSA), "wrong signature"),
        (token(header={"kid": "x"}), "unknown key"),
    ],
)
def test_a_token_is_refused_in_the_words_of_its_standard(
    server: Running, sent: bytes, reason: str
) -> None:
    refused = predict(server, sent)
    assert code(refused) == (401, "auth.invalid_token")
    challenge = f'Bearer error="invalid_token", error_description="{reason}"'
    assert refused.headers["www-authenticate"] == challenge


def test_keys_that_were_read_are_kept_and_a_new_one_is_not_asked_for_by_everybody(
    server: Running, provider: Provider
) -> None:
    provider.status = 500
    before = provider.n_asked
    for _ in range(20):
        assert predict(server, token(key=EC, alg="ES256")).status == 401
    assert provider.n_asked <= before + len(children(server.pid))
    assert predict(server, token(claims(sub="new"))).status == 200
    provider.status = 200


def test_a_request_for_another_host_is_refused_but_a_probe(server: Running) -> None:
    headers = bearer(EVERYTHING) | {"Host": "evil.org"}
    assert code(server.predict(ROW, OF_CREDIT, headers=headers)) == (421, "http.host")
    assert server.ask("GET", "/readyz", headers=headers).status == 200
    headers["Host"] = "api.example.org:8000"
    assert server.predict(ROW, OF_CREDIT, headers=headers).status == 200


def test_a_script_of_an_allowed_page_asks_first_without_a_key(server: Running) -> None:
    asking = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    first = server.ask("OPTIONS", OF_CREDIT, headers=asking)
    assert (first.status, first.headers["access-control-allow-origin"]) == (204, PAGE)
    refused = server.predict(ROW, OF_CREDIT, headers={"Origin": PAGE})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, PAGE)
    assert (
        "access-control-allow-origin"
        not in server.predict(ROW, OF_CREDIT, headers={"Origin": "https://evil.org"}).headers
    )


def provoked(server: Running, credential: str | bytes) -> bytes:
    """Return all that a server answers to one key or token."""
    predicted = [
        predict(server, credential, path)
        for path in (OF_CREDIT, "/models/nothing/predict", "/predict?x=1")
    ]
    read_ = [
        read(server, credential, path)
        for path in ("/models", "/metrics", "/openapi.json", "/nothing")
    ]
    broken = server.ask("POST", OF_CREDIT, b"{", headers={"X-API-Key": repr(credential)})
    return b"".join(answer.body for answer in (*predicted, *read_, broken))


def of_processes(pid: int) -> bytes:
    """Return what others see of a process and its children."""
    return b"".join(
        Path(f"/proc/{one}/{file}").read_bytes()
        for one in (pid, *children(pid))
        for file in ("cmdline", "environ")
    )


def test_no_secret_is_in_a_log_an_error_a_metric_or_the_process_list(server: Running) -> None:
    tokens = [
        *(token(), token(claims(exp=1)), token(claims(aud="other")), token(key=OTHER_RSA)),
        *(token(header={"kid": "x"}), token(header={"alg": "none"}), token() + b".x"),
        token(claims(x="x" * 9000)),
    ]
    keys = [READ_ONLY, EVERYTHING, LIMITED, GONE, SLOW, UNKNOWN]
    n_lines = len(server.lines())
    seen = b"".join(provoked(server, credential) for credential in (*tokens, *keys))
    assert read(server, EVERYTHING, "/metrics").status == 200
    wait_until(lambda: len(server.lines()) >= n_lines + 4 * len(keys))
    seen += server.log.read_bytes() + of_processes(server.pid)
    assert b"limited" in seen, "names are no secret"
    # the header of a token is none either
    secrets = [
        *keys,
        *map(hash_key, keys),
        *(p.decode() for t in tokens for p in t.split(b".")[1:3]),
    ]
    assert [secret for secret in secrets if secret.encode() in seen] == []


def test_https_is_spoken_and_the_password_of_its_key_is_nowhere(tmp_path: Path) -> None:
    authority, password = trustme.CA(), "swordfish-swordfish"
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(str(cert))
    plain = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    secret = serialization.BestAvailableEncryption(password.encode())
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(plain.private_bytes(serialization.Encoding.PEM, form, secret))
    key.chmod(0o600)
    worker = WorkerSettings(tls=Tls(str(cert), str(key), password))
    log = tmp_path / "log"
    client = ssl.create_default_context()
    with Server(crafted_plan(tmp_path), "127.0.0.1", 0, worker, log) as server:
        assert server.url.startswith("https://")
        with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
            urllib.request.urlopen(f"{server.url}/readyz", context=client)
        authority.configure_trust(client)
        with urllib.request.urlopen(f"{server.url}/readyz", context=client) as reply:
            assert reply.status == 200
        assert password.encode() not in of_processes(os.getpid())
        for pid in children(os.getpid()):
            assert password.encode() not in of_processes(pid)
    assert password not in log.read_text()
