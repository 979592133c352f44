"""Write the folder that MLServer serves: `mlserver_folder.py FOLDER PORT MODEL_FOLDER MAX_BATCH_SIZE WORKERS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

target, port, model, batch, workers = sys.argv[1:]
folder = Path(target)
settings = {
    "debug": False,
    "host": "127.0.0.1",
    "http_port": int(port),
    "grpc_port": int(port) + 1,
    "metrics_port": int(port) + 2,
    "parallel_workers": int(workers),
    "parallel_workers_timeout": 20,
    "metrics_dir": target,
}
served = {
    "name": "m",
    "implementation": "mlserver_sklearn.SKLearnModel",
    "parameters": {"uri": f"{model}/model.joblib"},
}
if int(batch):
    served |= {"max_batch_size": int(batch), "max_batch_time": 0.002}
(folder / "settings.json").write_text(json.dumps(settings))
(folder / "model-settings.json").write_text(json.dumps(served))
