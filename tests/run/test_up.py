"""`noren up`, as a person types it: it says where it is open, answers, and closes within five seconds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from noren.city import City, create
from noren.cli import app
from noren.errors import BadInput, NorenError
from noren.run import up
from noren.run.web import take_port

NOREN = [sys.executable, "-c", "from noren.cli import main; main()"]


SETTINGS = """
[clock]
speed = 60.0

[[feeds]]
kind = "hello"
name = "roof"
station = "roof"

[[feeds]]
kind = "helo"
"""


@contextmanager
def opened(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The command at work, the address that it says, and what it said until then."""
    with subprocess.Popen(
        [*NOREN, "up", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | environment,
    ) as process:
        try:
            assert process.stdout
            said, address = [], ""
            for line in process.stdout:
                said.append(line.rstrip())
                if found := re.search(r"is open at (http://\S+)", line):
                    address = found[1]
                if "Ctrl-C" in line:
                    break
            assert address, said
            yield process, address, said
        finally:
            process.kill()


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return bytes(answer.read())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path, "Kawabe", timezone="Asia/Tokyo")
    with (tmp_path / "noren.toml").open("a") as file:
        file.write(SETTINGS)
    return tmp_path


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_open_answer_close(folder: Path, how: signal.Signals) -> None:
    with opened("--city", str(folder), "--port", "0") as (process, address, said):
        assert said[0].startswith("Kawabe is open at http://localhost:")
        assert any("runs 60 times as fast" in line for line in said)
        assert any("Feeds at work: roof" in line for line in said)
        assert any("Did you mean “hello”" in line for line in said)
        assert b"ok" in get(address + "/health")
        deadline = time.monotonic() + 90
        while True:
            try:
                reading = msgspec.json.decode(
                    get(address + "/ngsi-ld/v1/entities/urn:ngsi-ld:WeatherObserved:kawabe:roof")
                )
                break
            except urllib.error.HTTPError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert reading["temperature"]["type"] == "Property"
        stream = urllib.request.urlopen(address + "/api/events", timeout=10)
        process.send_signal(how)
        assert process.stdout
        rest = process.stdout.read()
        assert process.wait(60) == 0
        stream.close()
    assert "Kawabe is closing" in rest
    assert rest.rstrip().endswith("Closed.")
    assert "Traceback" not in rest


def post(address: str, body: bytes, **headers: str) -> int:
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"} | headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


VEHICLE = b'{"id": "urn:ngsi-ld:Vehicle:x:%d", "type": "Vehicle", "speed": {"type": "Property", "value": %d}}'


def test_what_was_acknowledged_survives_a_kill(folder: Path) -> None:
    opened_city = City.open(folder)
    key = {"Authorization": "Bearer " + opened_city.tokens.issue(opened_city.staff, seconds=600)}
    with opened("--city", str(folder), "--port", "0") as (process, address, _said):
        for number in range(20):
            assert post(address + "/ngsi-ld/v1/entities", VEHICLE % (number, number), **key) == 201
        process.kill()
        assert process.wait(60) == -signal.SIGKILL
    with opened("--city", str(folder), "--port", "0") as (_, address, _said):
        found = msgspec.json.decode(get(address + "/ngsi-ld/v1/entities?type=Vehicle&limit=100"))
    assert sorted(vehicle["speed"]["value"] for vehicle in found) == list(range(20))


def add(*words: str) -> tuple[int, str]:
    """`noren add` in a process of its own: its status and what it printed."""
    done = subprocess.run([*NOREN, "add", *words], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


def test_a_file_is_added_while_the_city_runs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    files = tmp_path_factory.mktemp("files")
    (files / "shelters.csv").write_text("name,latitude,longitude,capacity\nHall,35.1,139.1,100\nPier,0,0,50\n")
    (files / "picture.bin").write_bytes(bytes(range(256)))
    with opened("--city", str(folder), "--port", "0") as (process, address, _said):
        status, said = add(str(files / "shelters.csv"), str(files / "picture.bin"), "--city", str(folder), "--json")
        report = msgspec.json.decode(said)
        assert status == 0
        assert [(each["type"], each["kept"], each["refused"]) for each in report["added"]] == [("Shelter", 1, 1)]
        assert ["does not know" in each["what"] for each in report["refused"]] == [True]
        found = msgspec.json.decode(get(address + "/ngsi-ld/v1/entities?type=Shelter"))
        assert [shelter["name"]["value"] for shelter in found] == ["Hall"]
        assert Path(report["added"][0]["mapping"]).is_file()
        assert add(str(files / "picture.bin"), "--city", str(folder), "--yes")[0] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_bare_city_takes_writes_from_anyone() -> None:
    with opened("--bare", "--open", "--port", "0") as (process, address, said):
        assert any(line.startswith("WARNING") for line in said)
        assert post(address + "/ngsi-ld/v1/entities", VEHICLE % (1, 3)) == 201
        found = msgspec.json.decode(get(address + "/ngsi-ld/v1/entities/urn:ngsi-ld:Vehicle:x:1"))
        assert found["speed"]["value"] == 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_the_port_of_the_environment(folder: Path) -> None:
    with opened("--bare", "--open", PORT="0") as (_, address, _said):
        assert b"ok" in get(address + "/health")


def refused(*arguments: str) -> str:
    """What the command says instead of opening."""
    with pytest.raises(NorenError) as caught:
        app(["up", *arguments], exit_on_error=False, result_action="return_value")
    return str(caught.value)


def test_a_port_that_is_taken(folder: Path) -> None:
    with take_port("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is taken by another program" in refused("--city", str(folder), "--port", str(port))


def test_a_bare_city_says_that_it_is_open() -> None:
    assert "noren up --bare --open" in refused("--bare")
    assert "this machine only" in refused("--bare", "--open", "--host", "0.0.0.0")


def test_a_folder_that_is_no_city(tmp_path: Path) -> None:
    assert "noren init" in refused("--city", str(tmp_path))


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_loopback(host: str, loopback: bool) -> None:
    assert up.is_loopback(host) is loopback
    if not loopback:
        with pytest.raises(BadInput):
            up.check_bare(open_to_all=True, host=host)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://localhost:80"), ("0.0.0.0", "http://localhost:80"), ("10.0.0.1", "http://10.0.0.1:80")],
)
def test_the_address_that_is_said(host: str, shown: str) -> None:
    assert up.address(host, 80) == shown
