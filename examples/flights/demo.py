"""The main job on real data: train, register, serve, predict, and say what it costs.

Run it with `make demo` (serves until Ctrl-C) or `make demo ONCE=1` (ends by itself).
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import time
from typing import TYPE_CHECKING

from data import FEATURES, LATE_MIN, MONTH, TARGET, load_flights
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.metrics import roc_auc_score
from train import make_pipeline_for_flights

import headway

if TYPE_CHECKING:
    import pandas as pd

TRAINING_MONTHS = (1, 2, 3)
APRIL = 4
N_SINGLE_REQUESTS = 1_000
ROWS_PER_BULK_REQUEST = 1_000
N_EXAMPLES = 8
NAME = "flights"

console = Console(highlight=False)


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the report")
    once = parser.parse_args().once
    started = time.perf_counter()

    with console.status("reading 336,776 flights of 2013 and the weather"):
        flights = load_flights()
    training = flights[flights[MONTH].isin(TRAINING_MONTHS)]
    april = flights[flights[MONTH] == APRIL]
    console.print(f"[bold]data[/]      {len(training):,} flights of January to March to train on, "
                  f"{len(april):,} of April to predict", soft_wrap=True)  # fmt: skip

    with console.status("training a scikit-learn pipeline"):
        model = make_pipeline_for_flights().fit(training[list(FEATURES)], training[TARGET])
    console.print(f"[bold]model[/]     {len(FEATURES)} columns, imputed, scaled, one-hot encoded, "
                  "60 boosted trees")  # fmt: skip

    with console.status("registering") as status:
        release = headway.register(
            model,
            training[list(FEATURES)],
            training[TARGET],
            name=NAME,
            label="demo",
            constraints={"distance": headway.Range(ge=0), "origin": headway.OneOf()},
            evaluation=(april[list(FEATURES)], april[TARGET]),
            on_progress=lambda step: status.update(f"registering: {step}"),
        )
    console.print(
        f"[bold]release[/]   {release.name}:{release.version}, digest {release.digest[:12]}"
    )
    console.print(f"[bold]form[/]      {release.reason}", soft_wrap=True)

    with headway.serve(f"{NAME}:{release.version}", background=True, port=0) as server:
        console.print(f"[bold]server[/]    {server.url}")
        report(server, april)
        console.print(f"\nready after {time.perf_counter() - started:.0f} s")
        if not once:
            console.print("serving until Ctrl-C")
            try:
                signal.pause()
            except KeyboardInterrupt:
                console.print("stopped")


def report(server: headway.Server, april: pd.DataFrame) -> None:
    """Send April to the server; print answers beside the truth, then the figures."""
    features, happened = april[list(FEATURES)], april[TARGET]
    client = headway.Client(server.url)

    probabilities: list[float] = []
    cpu_before_s, bulk_started = server.cpu_time_s(), time.perf_counter()
    starts = range(0, len(features), ROWS_PER_BULK_REQUEST)
    for start in track(starts, "April, 1,000 rows a request", console=console, transient=True):
        rows = features.iloc[start : start + ROWS_PER_BULK_REQUEST]
        reply = client.predict(NAME, rows, method="predict_proba")
        probabilities += [row[1] for row in reply.probabilities.to_numpy().tolist()]
    bulk_s, bulk_cpu_s = time.perf_counter() - bulk_started, server.cpu_time_s() - cpu_before_s

    singles = features.sample(N_SINGLE_REQUESTS, random_state=0).to_dict("records")
    latencies_ms = []
    cpu_before_s = server.cpu_time_s()
    for row in track(singles, "one row a request", console=console, transient=True):
        sent = time.perf_counter()
        client.predict(NAME, row)
        latencies_ms.append((time.perf_counter() - sent) * 1_000)
    single_cpu_s = server.cpu_time_s() - cpu_before_s

    show_examples(april, probabilities)
    percentiles = statistics.quantiles(latencies_ms, n=100)
    figures = Table(box=None, show_header=False, pad_edge=False)
    for name, value in (
        ("AUC on April", f"{roc_auc_score(happened, probabilities):.3f}"),
        ("one row: p50, p99 at the client", f"{percentiles[49]:.2f} ms, {percentiles[98]:.2f} ms"),
        ("one row: CPU of the server", f"{single_cpu_s / N_SINGLE_REQUESTS * 1e6:.0f} us"),
        ("1,000 rows: rows a second", f"{len(features) / bulk_s:,.0f}"),
        ("1,000 rows: CPU of the server", f"{bulk_cpu_s / len(features) * 1e6:.1f} us a row"),
    ):
        figures.add_row(name, value)
    console.print(figures)
    fields = client.contract(NAME)["features"]
    body = json.dumps({field["name"]: field["example"] for field in fields})
    console.print(f"\nAPI page    {server.url}/docs\ntry it      ", end="")
    console.print(
        f"curl -s {server.url}/predict -H 'content-type: application/json' -d '{body}'",
        soft_wrap=True,
        markup=False,
    )


def show_examples(april: pd.DataFrame, probabilities: list[float]) -> None:
    """Print a few predictions beside what happened."""
    table = Table(title=f"April flights: more than {LATE_MIN} minutes late?", title_justify="left")
    for column in ("flight", "scheduled", "predicted", "happened"):
        table.add_column(column)
    answers = april.assign(probability=probabilities)
    ranked = answers.sort_values("probability", ascending=False)
    # from the surest to the least sure, at equal steps
    for _, row in ranked.iloc[:: len(ranked) // (N_EXAMPLES - 1)].iterrows():
        table.add_row(
            f"{row['carrier']} {row['origin']} to {row['dest']}",
            f"{row['weekday']} {row['hour']:02}:{row['minute']:02}",
            f"{row['probability']:.0%}",
            "late" if row[TARGET] else "not late",
        )
    console.print(table)


if __name__ == "__main__":
    main()
