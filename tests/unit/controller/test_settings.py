"""Settings reach a child through memory, and through nothing that others can look at."""

from __future__ import annotations

import os
import subprocess
import sys

from headway.controller.settings import (
    ControllerSettings,
    ControllerTls,
    read_settings,
    share_settings,
)
from headway.security.keys import ApiKey, hash_key

SETTINGS = ControllerSettings(
    store_url="postgresql+psycopg://me:s3cret@db/x",
    keys=(ApiKey("settings", hash_key("k")),),
    tls=ControllerTls("/c.pem", "/k.pem", "p4ssword"),
)


def test_any_number_of_children_read_them() -> None:
    descriptor = share_settings(SETTINGS)
    try:
        program = (
            "import sys\nfrom headway.controller.settings import read_settings\n"
            f"print(read_settings({descriptor}).tls.key_password)"
        )
        for _ in range(2):
            told = subprocess.run(
                [sys.executable, "-c", program],
                pass_fds=(descriptor,),
                capture_output=True,
                text=True,
                check=True,
            )
            assert told.stdout == "p4ssword\n"
        assert read_settings(descriptor) == SETTINGS
    finally:
        os.close(descriptor)
