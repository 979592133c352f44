from __future__ import annotations

import numpy as np
import pytest

from headway.errors import HeadwayError
from headway.testing.load.process import GeneratorProcess
from headway.testing.load.samples import samples_of
from raw_server import RawServer, answering, response
from running import is_alive
from unit.testing.load.test_generator import load_for


def test_one_process_makes_one_run_after_the_other_and_is_gone_at_the_end():
    marks: list[int] = []
    with RawServer(answering(response(), keep=True)) as server, GeneratorProcess() as generator:
        load = load_for(server, [i / 200 for i in range(80)], mark_s=0.2)
        for _ in range(2):
            outcome = generator.run(load, lambda: marks.append(1))
            assert samples_of(load, outcome, np.array([1]), 0.4).n_answered == 40
        pid = generator._process.pid
        assert outcome.n_opened == 0  # those of the first run are used again
        assert n_requests(server) == 160
    assert marks == [1, 1]
    assert not is_alive(pid)


def test_a_generator_that_has_ended_is_told():
    with RawServer(answering(response(), keep=True)) as server:
        generator = GeneratorProcess()
        load = load_for(server, [0.0])
        generator._process.kill()
        with pytest.raises(HeadwayError, match="ended with exit code -9"):
            generator.run(load)
        generator.close()
        generator.close()


def n_requests(server: RawServer) -> int:
    return len(server.requests)
