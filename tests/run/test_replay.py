"""`noren replay`, as a person types it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from noren.city import City, create
from noren.cli import app
from noren.errors import NorenError

NOREN = [sys.executable, "-c", "from noren.cli import main; main()", "replay"]
FIRST = datetime(2024, 4, 1)
FROM = ["--from", "2024-04-28T00:00:00", "--timezone", "America/Sao_Paulo"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A gauge that stands at 1 m, and from 28 April on rises by 10 cm an hour; its stages; a file that is nothing."""
    source = tmp_path / "event"
    source.mkdir()
    rows = ["time_local,level_m"]
    for hour in range(24 * 29):
        rising = max(0, hour - 24 * 27) * 0.1
        rows.append(f"{(FIRST + timedelta(hours=hour)).isoformat()},{1 + hour % 7 / 100 + rising:.2f}")
    (source / "river_level.csv").write_text("\n".join(rows))
    (source / "stages.json").write_text('{"thresholds": {"alert": 1.5, "flood": 2.6, "severe": 3.5}}')
    (source / "picture.bin").write_bytes(bytes(range(256)))
    (source / "README.md").write_text("# The event")
    return source


def test_headless(folder: Path) -> None:
    done = subprocess.run(
        [*NOREN, str(folder), *FROM, "--no-web", "--step", "6h", "--json"],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "river_level.csv" in done.stderr
    assert "does not know this kind of file" in done.stderr
    assert "README" not in done.stderr
    summary = msgspec.json.decode(done.stdout)
    assert summary["start"] == "2024-04-28T03:00:00Z"
    stages = {crossing["stage"]: crossing for crossing in summary["crossings"]}
    assert stages["flood"]["at"] == "2024-04-28T19:00:00Z"
    assert set(stages) >= {"alert", "flood"}
    assert summary["services"][0]["failures"] == 0


def test_with_a_browser_until_ctrl_c(folder: Path) -> None:
    with subprocess.Popen(
        [*NOREN, str(folder), *FROM, "--speed", "1000", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr
        assert process.stdout
        for line in process.stderr:
            if "is open at http://localhost:" in line:
                break
        process.send_signal(signal.SIGINT)
        assert "From 2024-04-28 00:00" in process.stdout.read()
        assert process.wait(60) == 0


def test_a_copy_of_a_city_that_is_closed(tmp_path: Path, folder: Path) -> None:
    create(tmp_path / "city", "Town", timezone="America/Sao_Paulo")
    before = (tmp_path / "city" / "noren.toml").read_text()
    arguments = [str(folder), "--city", str(tmp_path / "city"), "--until", "2024-04-02", "--no-web", "--step", "1d"]
    done = subprocess.run([*NOREN, *arguments], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert "No reading crossed a stage" in done.stdout
    assert (tmp_path / "city" / "noren.toml").read_text() == before
    assert not list((tmp_path / "city" / "mappings").iterdir())


def refused(*arguments: str) -> str:
    """What the command says instead of rehearsing."""
    with pytest.raises(NorenError) as caught:
        app(["replay", *arguments], exit_on_error=False, result_action="return_value")
    return str(caught.value)


def test_a_copy_of_a_city_that_is_open(tmp_path: Path, folder: Path) -> None:
    create(tmp_path / "city", "Town")
    held = City.open(tmp_path / "city")
    held.desk()
    try:
        assert "Another process" in refused(str(folder), "--city", str(tmp_path / "city"), "--no-web")
    finally:
        asyncio.run(held.close())


def test_nothing_to_rehearse(tmp_path: Path, folder: Path) -> None:
    assert "no folder" in refused(str(tmp_path / "absent"))
    assert "Nothing was recorded" in refused(str(folder), "--from", "2030-01-01", "--no-web")
