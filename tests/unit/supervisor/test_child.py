from __future__ import annotations

import os
import select
import sys
import tempfile
from typing import Any

from headway.supervisor.child import ChildProcess
from headway.supervisor.messages import Ready, Report
from speaking import PREAMBLE, saying


def child(body: str, *arguments: str, **fields: Any) -> ChildProcess[Report]:
    return ChildProcess([sys.executable, "-c", PREAMBLE + body, *arguments], **fields)


def test_its_reports_are_heard_and_then_its_end() -> None:
    process = child(f"{saying(Ready('u'))}; end.close(); sys.exit(3)")
    heard: list[Report] = []
    is_over = False
    while not is_over:
        assert select.select([process.reports], [], [], 10)[0]
        reports, is_over = process.reports.receive()
        heard += reports
    assert heard == [Ready("u")]
    assert process.end() == "ended with exit code 3"


def test_a_child_that_is_killed_says_by_what() -> None:
    process = child("signal.pause()")
    process.kill()
    assert process.end() == "was ended by SIGKILL"


def test_a_child_that_does_not_end_by_itself_is_killed() -> None:
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN); end.sendall(b'\\n'); signal.pause()"
    process = child(body)
    assert select.select([process.reports], [], [], 10)[0]
    process.stop()
    assert process.end(timeout_s=0.3) == "was ended by SIGKILL"


def test_the_closed_channel_ends_a_child_that_listens() -> None:
    assert child("end.recv(1)").end() == "ended with exit code 0"


def test_descriptors_and_output_are_passed_on() -> None:
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as output:
        body = f"print(sys.argv[1]); os.write({writer}, b'w')"
        process = child(body, "argument", pass_fds=[writer], output=output)
        os.close(writer)
        assert os.read(reader, 10) == b"w"
        assert process.end() == "ended with exit code 0"
        output.seek(0)
        assert output.read() == b"argument\n"
    os.close(reader)


def test_it_is_out_of_reach_of_the_terminals_ctrl_c() -> None:
    process = child("signal.pause()")
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    process.kill()
    process.end()
