from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from headway.errors import ModelFileError, PredictionError, TrainingDataError
from headway.releases.torch import TorchNet, read_module
from nets import Embeddings, matrix, mlp, table


def test_it_takes_what_forward_names_in_the_floats_of_its_parameters():
    inputs = TorchNet(Embeddings()).inputs
    assert [(i.name, i.float_element) for i in inputs] == [
        ("numeric", "float32"),
        ("categories", "float32"),
    ]
    assert TorchNet(mlp().double()).inputs[0].float_element == "float64"


def test_it_is_asked_in_evaluation_mode_and_stays_in_its_own():
    module = mlp().train()
    assert TorchNet(module).output({"input": matrix()[:3]}).n_outputs == 3
    assert module.training


def test_what_raises_or_answers_no_tensor_is_refused():
    with pytest.raises(PredictionError, match="shapes cannot be multiplied"):
        TorchNet(mlp()).output({"input": np.ones((3, 7), np.float32)})
    with pytest.raises(PredictionError, match="not one tensor"):
        TorchNet(nn.LSTM(4, 2)).output({"input": matrix()[:3]})
    with pytest.raises(PredictionError):
        TorchNet(Embeddings()).output({"numeric": table()["numeric"]})


def test_a_module_is_read_from_its_file(tmp_path):
    torch.save(mlp(), tmp_path / "m.pt")
    assert isinstance(read_module(tmp_path / "m.pt"), nn.Sequential)
    torch.save(mlp().state_dict(), tmp_path / "s.pt")
    (tmp_path / "n.pt").write_bytes(b"no")
    for name, message in (("s", "OrderedDict"), ("n", "does not|no module"), ("o", "no module")):
        with pytest.raises(ModelFileError, match=message):
            read_module(tmp_path / f"{name}.pt")


def test_a_scripted_module_is_refused(monkeypatch):
    class Scripted(torch.jit.ScriptModule):
        pass

    with pytest.raises(TrainingDataError, match="scripted"):
        TorchNet(Scripted())
