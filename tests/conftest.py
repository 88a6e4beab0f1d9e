"""What all tests share: where the real data lies, when it lies anywhere."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

# A busy machine is no finding: properties have no deadline. The same examples each time, so that a run can be repeated;
# HYPOTHESIS_PROFILE=search looks for new ones.
CALM = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("noren", derandomize=True, **CALM)
hypothesis.settings.register_profile("search", **CALM)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "noren"))

DATA = Path(os.environ.get("NOREN_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """Path of a file or folder of the shared real data; the test is skipped, saying so, where it is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"needs the shared real data {name}, which is not beside this checkout")
        return path

    return find


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real MQTT broker on a free port of the loopback; use a topic of your own."""
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("needs mosquitto, which is not installed")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = tmp_path_factory.mktemp("mosquitto") / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    with subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        _wait_for_port(port, process)
        yield f"mqtt://127.0.0.1:{port}"
        process.terminate()


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"mosquitto did not open port {port}.")
