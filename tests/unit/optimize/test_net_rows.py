from __future__ import annotations

from headway.contract.columns import ColumnChecker
from headway.contract.constraints import declare
from headway.optimize.net_rows import net_probe_rows
from headway.optimize.probe_rows import REAL
from nets import N_ROWS, Embeddings, table, trained


def probes(contract, rows):
    return {probe.kind: probe.rows for probe in net_probe_rows(contract, rows)}


def test_indices_beside_the_known_ones_are_tried():
    net = trained(Embeddings(), table())
    found = probes(net.contract, net.rows)
    assert next(iter(found)) == REAL
    assert found[REAL].n_rows == N_ROWS
    beside = found["beside a category"]
    tried = {i for row in beside.take(range(beside.n_rows)).rows() for i in row[1]}
    assert {-1, 7} <= tried


def test_every_row_keeps_the_contract():
    net = trained(Embeddings(), table())
    contract = declare(net.contract, {"categories": {"ge": 0, "le": 6}}, ())
    for kind, rows in probes(contract, net.rows).items():
        assert kind != "beside a category"
        ColumnChecker(contract).check_rows(rows.take(range(rows.n_rows)).rows())
