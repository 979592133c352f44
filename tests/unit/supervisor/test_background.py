from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from headway.errors import BundleCorruptError, ServerError
from headway.supervisor.background import BackgroundServer
from headway.supervisor.messages import Failed, Ready
from speaking import PREAMBLE, saying

if TYPE_CHECKING:
    from pathlib import Path

# what a supervisor looks like from here: reports on a descriptor, and ends at SIGTERM
READY = saying(Ready("http://u"))
FAILED = saying(Failed("bundle.corrupt", "m", "h"))


def command(body: str) -> list[str]:
    return [sys.executable, "-c", PREAMBLE + body]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_is_ready_when_it_is_made_and_gone_when_closed() -> None:
    with BackgroundServer(command(READY + "; signal.pause()")) as server:
        assert server.url == "http://u"
        assert is_alive(server.pid)
    assert not is_alive(server.pid)
    server.close()


def test_its_output_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    body = "print('said', flush=True); print('cried', file=sys.stderr, flush=True);" + READY
    with BackgroundServer(command(body + "; signal.pause()"), log=log):
        assert sorted(log.read_text().split()) == ["cried", "said"]


def test_its_own_error_is_raised() -> None:
    with pytest.raises(BundleCorruptError) as caught:
        BackgroundServer(command(FAILED))
    assert (caught.value.message, caught.value.hint) == ("m", "h")


@pytest.mark.parametrize("body", ["", "sys.exit(3)", "raise SystemExit"])
def test_a_server_that_ends_without_a_word_is_an_error(body: str) -> None:
    with pytest.raises(ServerError, match="ended before it was ready"):
        BackgroundServer(command(body))


def test_a_server_that_does_not_get_ready_is_ended() -> None:
    started_s = time.monotonic()
    with pytest.raises(ServerError, match="not ready within"):
        BackgroundServer(command("signal.pause()"), ready_timeout_s=0.3)
    assert time.monotonic() - started_s < 10


def test_it_ends_with_this_process(tmp_path: Path) -> None:
    """The other side of the channel closes when this process dies, whatever kills it."""
    body = READY + f"; end.recv(1); open({str(tmp_path / 'seen')!r}, 'w').close()"
    server = BackgroundServer(command(body))
    assert server._child.end() == "ended with exit code 0"
    assert (tmp_path / "seen").exists()
    server.close()


def test_it_lives_where_nobody_holds_it_and_ends_with_this_process(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    body = f"signal.signal(signal.SIGTERM, lambda *_: open({str(ended)!r}, 'w').close()); {READY}"
    script = (
        "import gc, os\n"
        "from headway.supervisor.background import BackgroundServer\n"
        f"BackgroundServer({command(body + '; end.recv(1)')!r})\n"
        "gc.collect()\n"
        f"print(os.waitpid(-1, os.WNOHANG), os.path.exists({str(ended)!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("(0, 0) False\n", "")
    assert ended.exists()


def test_a_server_that_does_not_end_is_killed_after_its_time() -> None:
    body = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}; signal.pause()"
    server = BackgroundServer(command(body), close_timeout_s=0.2)
    started_s = time.monotonic()
    server.close()
    assert 0.2 <= time.monotonic() - started_s < 10
    assert not is_alive(server.pid)
