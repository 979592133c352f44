"""Who is compared, and with which of its own documented settings."""

from __future__ import annotations

import dataclasses
import enum
import sys
from typing import TYPE_CHECKING

from benchmarks.serving import formats
from benchmarks.serving.places import HERE, ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.serving.formats import Format

_UVICORN = "--host 127.0.0.1 --port {port} --workers {workers} --log-level warning --no-access-log"
_SERVERS = HERE / "servers"
_BATCH = {"BENCH_BATCH": "1"}
_RAY = {
    "BENCH_RAY_TMP": "{short}/ray{port}",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "OMP_NUM_THREADS": "1",
}
_BENTOML = {"BENTOML_HOME": "{folder}", "BENTOML_DO_NOT_TRACK": "1"}


class Kind(enum.Enum):
    """What a contestant is compared as."""

    CONSTANT = "constant"
    OURS = "ours"
    DEFAULTS = "defaults"
    BATCHING = "batching"


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A server, and how it is started.

    `{port}`, `{workers}`, `{bin}` (of its environment), `{folder}` (its own, empty), `{model}` (name) and `{files}` (of
    the model) are filled in.

    Attributes:
        name: In `--peers`.
        label: In the table.
        kind: What it is compared as.
        command: Stays in the foreground.
        format: How it is asked; `None` for the constant.
        environment: Its file of requirements, without `.txt`; `None` for the project's own.
        variables: Added to the environment variables.
        prepare: Command that runs before, uncounted.
        models: What it serves here.
        starts_anywhere: Whether it is pinned to its CPUs only when it answers, because it gives up where it starts
            too slowly. It must use one thread of OpenMP: on fewer CPUs than it started with, two wait for each
            other in busy loops.
    """

    name: str
    label: str
    kind: Kind
    command: str
    format: type[Format] | None
    environment: str | None = None
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)
    prepare: str | None = None
    models: tuple[str, ...] = ("credit",)
    starts_anywhere: bool = False


CONSTANT = Contestant(
    "constant",
    "uvicorn, a constant",
    Kind.CONSTANT,
    f"{sys.executable} -m uvicorn constant:app --app-dir {ROOT / 'benchmarks'} {_UVICORN}"
    " --no-proxy-headers --no-server-header --timeout-keep-alive 75",
    None,
    models=("credit", "digits"),
)
HEADWAY = Contestant(
    "headway",
    "**Headway**",
    Kind.OURS,
    "{bin}/headway serve {model} --port {port}",
    formats.Headway,
    variables={
        "HEADWAY_SERVER__WORKERS": "{workers}",
        "HEADWAY_SERVER__ADMIN_PORT": "0",
        "HEADWAY_HOME": "{home}",
    },
    models=("credit", "digits"),
)
PEERS = (
    Contestant(
        "by_hand",
        "FastAPI by hand",
        Kind.DEFAULTS,
        f"{{bin}}/python -m uvicorn by_hand:app --app-dir {_SERVERS} {_UVICORN}",
        formats.ByHand,
        "by_hand",
        models=("credit", "digits"),
    ),
    Contestant(
        "litserve",
        "LitServe",
        Kind.DEFAULTS,
        f"{{bin}}/python {_SERVERS}/lit.py {{port}}",
        formats.Rows,
        "litserve",
    ),
    Contestant(
        "litserve_batch",
        "LitServe, batching, fast queue",
        Kind.BATCHING,
        f"{{bin}}/python {_SERVERS}/lit.py {{port}}",
        formats.Rows,
        "litserve",
        _BATCH,
    ),
    Contestant(
        "bentoml",
        "BentoML",
        Kind.DEFAULTS,
        "{bin}/bentoml serve bento:Bench --host 127.0.0.1 -p {port}",
        formats.Bentoml,
        "bentoml",
        _BENTOML,
    ),
    Contestant(
        "bentoml_batch",
        "BentoML, adaptive batching",
        Kind.BATCHING,
        "{bin}/bentoml serve bento:Bench --host 127.0.0.1 -p {port}",
        formats.Bentoml,
        "bentoml",
        _BENTOML | _BATCH,
    ),
    Contestant(
        "mlserver",
        "MLServer",
        Kind.DEFAULTS,
        "{bin}/mlserver start {folder}",
        formats.Mlserver,
        "mlserver",
        prepare=f"{{bin}}/python {_SERVERS}/mlserver_folder.py {{folder}} {{port}} {{files}} 0 {{workers}}",
    ),
    Contestant(
        "mlserver_batch",
        "MLServer, adaptive batching",
        Kind.BATCHING,
        "{bin}/mlserver start {folder}",
        formats.Mlserver,
        "mlserver",
        prepare=f"{{bin}}/python {_SERVERS}/mlserver_folder.py {{folder}} {{port}} {{files}} 64 {{workers}}",
    ),
    Contestant(
        "mlflow",
        "MLflow",
        Kind.DEFAULTS,
        "{bin}/mlflow models serve -m {folder}/model --env-manager local --host 127.0.0.1"
        " --port {port} --workers {workers}",
        formats.Mlflow,
        "mlflow",
        prepare=f"{{bin}}/python {_SERVERS}/mlflow_folder.py {{folder}} {{files}}",
    ),
    Contestant(
        "ray",
        "Ray Serve, HAProxy",
        Kind.DEFAULTS,
        f"{{bin}}/python {_SERVERS}/ray_app.py {{port}}",
        formats.Rows,
        "ray",
        _RAY,
        starts_anywhere=True,
    ),
    Contestant(
        "ray_batch",
        "Ray Serve, HAProxy, batching",
        Kind.BATCHING,
        f"{{bin}}/python {_SERVERS}/ray_app.py {{port}}",
        formats.Rows,
        "ray",
        _RAY | _BATCH,
        starts_anywhere=True,
    ),
    Contestant(
        "vetiver",
        "vetiver",
        Kind.DEFAULTS,
        f"{{bin}}/python -m uvicorn vetiver_app:app --app-dir {_SERVERS} {_UVICORN}",
        formats.Vetiver,
        "vetiver",
    ),
)
