"""CPU of the client alone: one row against a bare httpx2, and a frame of 10,000 rows and 20 mixed columns.

The server is another process that answers a constant, so that only the client is measured.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import threading
import time
from typing import TYPE_CHECKING

import httpx2
import numpy as np
import pandas as pd
from budgets import Budgets
from process_tree import load_average

import headway
from headway.client.rows import encode_rows

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 1_000
REPEATS = 5
ROWS = 10_000
BODY = json.dumps(
    {
        "prediction": "good",
        "model": "credit",
        "version": "3",
        "variant": "champion",
        "prediction_id": "0" * 24,
        "request_id": "0" * 24,
    }
).encode()
REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


def main() -> None:
    """Measure, print, and end with 1 where a budget is broken."""
    budgets = Budgets("client")
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(
        target=serve, args=(listener,), daemon=True
    )
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    row = {f"x{i}": 1.5 * i if i % 2 else "education" for i in range(20)}
    print(f"load average {load_average():.2f}; CPU, the least of {REPEATS}")
    with headway.Client(url) as client, httpx2.Client(base_url=url) as bare:
        ours_s = cpu_of(lambda: client.predict("credit", row), CALLS)
        path = "/models/credit/predict"
        bare_s = cpu_of(lambda: bare.post(path, json={"features": row}).json(), CALLS)
    print(f"  one row: {ours_s * 1e6:.0f} us, bare httpx2: {bare_s * 1e6:.0f} us")
    print("  ratio                ", budgets.check("ratio_one_row", ours_s / bare_s))
    frame = mixed_frame()
    records = frame.drop(columns="seen").to_dict("list")
    frame_s = cpu_of(lambda: encode_rows(frame), 1)
    json_s = cpu_of(lambda: json.dumps(records).encode(), 1)
    print(f"  10,000 x 20: {frame_s * 1e3:.1f} ms, json.dumps of 19 lists: {json_s * 1e3:.1f} ms")
    print("  ratio                ", budgets.check("ratio_frame", frame_s / json_s))
    server.kill()
    budgets.end()


def mixed_frame() -> pd.DataFrame:
    """Return numbers with and without gaps, texts, booleans and times."""
    rng = np.random.default_rng(0)
    columns = {f"float{i}": rng.normal(size=ROWS) for i in range(10)}
    columns |= {f"whole{i}": rng.integers(0, 10_000, ROWS) for i in range(4)}
    columns |= {f"text{i}": rng.choice(["car", "tv", "education"], ROWS) for i in range(4)}
    columns |= {"flag": rng.integers(0, 2, ROWS) == 1}
    frame = pd.DataFrame(columns).assign(text3=lambda f: f["text3"].astype("category"))
    frame.loc[::10, "float9"] = np.nan
    frame.loc[::10, "text0"] = None
    return frame.assign(seen=pd.date_range("2026-01-01", periods=ROWS, freq="min"))


def cpu_of(call: Callable[[], object], n_calls: int) -> float:
    """Return the least CPU time of one call, in seconds."""
    times = []
    for _ in range(REPEATS):
        started_s = time.process_time()
        for _ in range(n_calls):
            call()
        times.append((time.process_time() - started_s) / n_calls)
    return min(times)


def serve(listener: socket.socket) -> None:
    """Answer every request with the same reply."""
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=answer, args=(peer,), daemon=True).start()


def answer(peer: socket.socket) -> None:
    """Answer the requests of one connection; each ends with the brace that closes its body."""
    reply = REPLY % (len(BODY), BODY)
    received = b""
    while data := peer.recv(65536):
        received += data
        if received.endswith(b"}"):
            received = b""
            peer.sendall(reply)


if __name__ == "__main__":
    main()
