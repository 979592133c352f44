"""What smaller forms of three nets cost and lose: size, CPU time side by side in one run, and served answers.

python benchmarks/quantisation.py            the three nets, each kind
python benchmarks/quantisation.py --tried    other ways to make the sentence encoder smaller, too
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
from budgets import Budgets
from onnxruntime.quantization import QuantType, quantize_dynamic, quantize_static

import headway
from headway import api
from headway.bundle import layout
from headway.config.load import load_settings
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.optimize.quantisation.kinds import Calibration
from headway.optimize.timing import measure_alone
from headway.releases.given_rows import given_batch
from headway.releases.loss import differences, latencies
from headway.runtimes.binding import Binding, Feeder
from headway.runtimes.onnx_graph import OnnxGraphRuntime
from nets import credit_net, digits_net, sentence_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headway.bundle.bundle import Bundle
    from headway.config.settings import Settings
    from headway.releases.loss import Latency, Loss, LossReport
    from nets import Example

ANY_DROP = 2.0
FOLDER = Path(__file__).parent
WAYS = (
    ("fp16", "onnxruntime"),
    ("int8", "onnxruntime"),
    ("int8-static", "onnxruntime"),
    ("fp16", "torch"),
    ("bf16", "torch"),
    ("int8", "torch"),
)
HEADER = ("model", "to", "by", "size", "1 row", "8 rows", "64 rows", "lost")
WIDTHS = (11, 12, 12, 6, 22, 22, 22, 0)
SEP = "  "


def main() -> None:
    """Print the table, and hold the sentence encoder to its budgets."""
    print(f"CPU us per row, one thread: exact -> lossy (ratio)\n{line(HEADER)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as home:
        settings = load_settings({"home": home})
        reports = {}
        for make in (digits_net, credit_net, sentence_encoder):
            example = make()
            register(example, settings)
            for to, engine in WAYS:
                report = smaller(example.name, to, engine, settings)
                if report is not None:
                    reports[example.name, to, engine] = report
            if example.name == "sentences" and "--tried" in sys.argv:
                try_others(example, settings)
    check(reports["sentences", "int8", "onnxruntime"])


def register(example: Example, settings: Settings) -> None:
    """Register a net with rows that it was not trained on."""
    headway.register(
        example.module,
        example.seen,
        name=example.name,
        evaluation=(example.unseen, example.labels),
        output=example.output,
        code=[FOLDER / "nets.py", FOLDER / "credit.py"],
        settings=settings,
    )


def smaller(name: str, to: str, engine: Any, settings: Settings) -> LossReport | None:
    """Make a version and print its line, or why there is none."""
    try:
        made = api.optimize(f"{name}:1", to=to, engine=engine, max_drop=ANY_DROP, settings=settings)
    except headway.HeadwayError as error:
        print(line((name, to, engine, "", "", "", "", error.message)), flush=True)
        return None
    report = made.report
    print(line((name, to, engine, *figures(report.size_ratio, report.latencies, report.loss))), flush=True)  # fmt: skip
    return report


def try_others(example: Example, settings: Settings) -> None:
    """Print what other options of ONNX Runtime's tools make of the sentence encoder."""
    bundle = api.resolve(f"{example.name}:1", settings=settings).bundle
    rows = given_batch(bundle.contract, example.unseen)
    calibration = given_batch(bundle.contract, example.seen)
    dynamic: dict[str, dict[str, Any]] = {
        f"dynamic {weights.name}, per {'channel' if per_channel else 'tensor'}, {8 - reduced} bits": {
            "weight_type": weights,
            "per_channel": per_channel,
            "reduce_range": reduced,
        }
        for weights in (QuantType.QInt8, QuantType.QUInt8)
        for per_channel in (True, False)
        for reduced in (False, True)
    }
    for what, options in dynamic.items():
        tried(what, bundle, rows, lambda model, path, o=options: quantize_dynamic(model, path, **o))
    only_weights = {"weight_type": QuantType.QInt8, "per_channel": True, "op_types_to_quantize": ["Gather"]}  # fmt: skip
    tried("dynamic, the embeddings alone", bundle, rows, lambda model, path: quantize_dynamic(model, path, **only_weights))  # fmt: skip
    for what, operators in (("MatMul and Gather", ["MatMul", "Gather"]), ("every operator", None)):
        tried(
            f"static QDQ, {what}",
            bundle,
            rows,
            lambda model, path, o=operators: quantize_static(
                model,
                path,
                Calibration(iter(feeds(bundle, calibration))),
                op_types_to_quantize=o,
                per_channel=True,
                reduce_range=True,
            ),
        )


def tried(
    what: str, bundle: Bundle, rows: FeatureBatch, make: Callable[[Any, Path], object]
) -> None:
    """Make the graph smaller in one way, and print its line."""
    graph = bundle.read_bytes(layout.GRAPH)
    model = onnx.load_from_string(graph)
    del model.graph.value_info[:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.onnx"
        make(model, path)
        made = path.read_bytes()
    binding = Binding.from_json(bundle.read_bytes(layout.BINDING))
    exact, lossy = (OnnxGraphRuntime(g, binding, bundle.contract) for g in (graph, made))
    loss = differences(exact.predict(rows, Method.PREDICT), lossy.predict(rows, Method.PREDICT), ({}, {}))  # fmt: skip
    times = latencies(exact, lossy, rows, Method.PREDICT, measure_alone)
    print(f"  tried: {what}\n{line(('', '', '', *figures(len(made) / len(graph), times, loss)))}", flush=True)  # fmt: skip


def feeds(bundle: Bundle, rows: FeatureBatch) -> list[Mapping[str, Any]]:
    """Return a few blocks of rows as the graph takes them."""
    binding = Binding.from_json(bundle.read_bytes(layout.BINDING))
    feeder = Feeder(binding.inputs, bundle.contract.names)
    return [feeder.feed(rows.take(range(i, i + 8))) for i in range(0, 128, 8)]


def figures(size_ratio: float, times: tuple[Latency, ...], loss: Loss) -> tuple[str, ...]:
    """Return the cells of a line after its first three."""
    cells = [f"{t.before_us:.0f} -> {t.after_us:.0f} ({t.before_us / t.after_us:.2f}x)" for t in times]  # fmt: skip
    return f"{size_ratio:.0%}", *cells, lost(loss)


def lost(loss: Loss) -> str:
    """Return what was lost, in words."""
    if loss.mean_cosine is not None:
        return f"cosine {loss.mean_cosine:.4f}, least {loss.least_cosine:.4f}"
    name = "roc_auc" if "roc_auc" in loss.metrics else "accuracy"
    change = loss.metrics[name]
    return (
        f"{name} {change.before:.4f} -> {change.after:.4f}, {loss.label_changes} of {loss.n_rows} labels, "
        f"probabilities by {loss.max_probability_change:.2g}"
    )


def line(cells: tuple[str, ...]) -> str:
    """Return cells of fixed widths."""
    return SEP.join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def check(report: LossReport) -> None:
    """Hold int8 of the sentence encoder to its budgets."""
    budgets, times = Budgets("quantisation"), report.latencies
    slowest = max(item.after_us / item.before_us for item in times)
    print("size of the exact one:", budgets.check("encoder_size_ratio", report.size_ratio))
    print("CPU of the exact one:", budgets.check("encoder_cpu_ratio", slowest))
    drop = 1 - (report.loss.mean_cosine or 0)
    print("1 - mean cosine similarity:", budgets.check("encoder_cosine_drop", drop))
    budgets.end()


if __name__ == "__main__":
    main()
