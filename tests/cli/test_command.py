"""`noren command`, as two operators type it against a running city."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from noren.commands import example
from noren.commands.device import Key, Pinned
from noren.commands.simulated import folder_of
from tests.portal.conftest import free_port, wait_until_ready
from tests.portal.conftest import noren as run


class Desk:
    """One operator with their token and key."""

    def __init__(self, name: str, folder: Path, url: str) -> None:
        self.key = str(folder_of(folder) / f"{name}.key")
        made = json.loads(run("token", name, "--city", str(folder), "--role", "operator", "--json"))
        self.rest = ("--token", made["token"], "--url", url)

    def types(self, *words: str, signs: bool = False) -> tuple[int, str]:
        """Status and text of a command."""
        more = ("--key", self.key) if signs else ()
        arguments = [sys.executable, "-m", "noren.cli", "command", *words, *more, *self.rest]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout + done.stderr

    def sees(self) -> Any:
        """What `list` reports."""
        return json.loads(self.types("list", "--json")[1])


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    folder = tmp_path / "town"
    run("init", str(folder), "--name", "Town")
    example.write(folder, "town")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "noren.cli", "up", "--city", str(folder), "--port", str(port)],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process)
        yield Desk("desk-1", folder, url), Desk("desk-2", folder, url)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_for(desk: Desk, state: str) -> Any:
    """The newest command, once it has come to this."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        newest = max(desk.sees()["commands"], key=lambda each: each["at"])
        if newest["state"] == state:
            return newest
        time.sleep(0.2)
    raise AssertionError(f"never {state}")


def connected(desk: Desk) -> bool:
    """Whether every device was heard."""
    links = [each["link"] for kind in desk.sees()["kinds"] for each in kind["actuators"]]
    return set(links) == {"connected"}


def test_a_shift(desks: tuple[Desk, Desk]) -> None:
    one, two = desks
    deadline = time.monotonic() + 60
    while not connected(one) and time.monotonic() < deadline:
        time.sleep(0.2)
    status, text = one.types("ask", "river-gate", "opening", "40", "--reason", "high water", signs=True)
    assert status == 0 and "waits for a second person" in text
    id = text.split()[0]
    status, text = one.types("approve", id, signs=True)
    assert status == 1 and "Nobody approves what they asked for themselves" in text
    status, text = two.types("approve", id, signs=True)
    assert status == 0 and '"reason": "high water"' in text
    assert wait_for(one, "executed")["value"] == 40
    status, text = one.types("ask", "river-gate", "opening", "45", "--reason", "a test", signs=True)
    assert status == 1 and "outside what this setting may be" in text
    assert two.types("stop", "gate", "--reason", "a crack")[0] == 0
    status, text = one.types("list")
    assert "Emergency stop: a crack" in text
    assert "second person" in one.types("lift", "gate")[1]
    assert "lifted" in two.types("lift", "gate")[1]
    id = one.types("ask", "river-gate", "opening", "60", "--reason", "a test", signs=True)[1].split()[0]
    assert "recalled" in two.types("recall", id, "--reason", "a mistake")[1]


def test_keys_and_what_a_device_is_given(noren: Any, tmp_path: Path) -> None:
    run("init", str(tmp_path / "town"), "--name", "Town")
    example.write(tmp_path / "town", "town")
    status, text = noren("command", "key", tmp_path / "desk-9.key")
    assert status == 0 and text.startswith("desk-9+")
    assert (tmp_path / "desk-9.key").stat().st_mode & 0o077 == 0
    assert noren("command", "key", tmp_path / "desk-9.key")[1] == text
    assert Key.parse((tmp_path / "desk-9.key").read_text()).verifier == text.strip()
    pinned = Pinned(**json.loads(noren("command", "device", "sluice-1", "--city", tmp_path / "town")[1]))
    assert set(pinned.actuators) == {"river-gate", "drainage-pump"}
    assert pinned.city_key.startswith("town-commands+")
    status, text = noren("command", "device", "nowhere", "--city", tmp_path / "town")
    assert status == 1 and "no such device" in text
