"""A real town behind a real server, seen in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]
# A machine that runs the tests of many may take its time; what comes at once is not waited for.
expect.set_options(timeout=45_000)
GAUGE, ALERT = "urn:ngsi-ld:WaterObserved:hashimoto:ohashi", "urn:ngsi-ld:Alert:hashimoto:flood"


class Town(msgspec.Struct):
    """Where the town is served, and the token of its staff."""

    url: str
    token: str
    folder: Path


def noren(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "noren.cli", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def post(town: Town, path: str, body: Any) -> None:
    request = urllib.request.Request(
        town.url + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {town.token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 201, 204)


def entities() -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [139.01, 35.6]}}

    def text(value: Any) -> dict[str, Any]:
        return {"type": "Property", "value": value}

    level = {"type": "Property", "value": 2.91, "unitCode": "MTR", "observedAt": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    words = {"type": "LanguageProperty", "languageMap": {"en": "The river may overflow", "ja": "川があふれるおそれ"}}
    act = {
        "type": "LanguageProperty",
        "languageMap": {"en": "Go to higher ground.", "ja": "高い所へ避難してください。"},
    }
    return [
        {
            "id": GAUGE,
            "type": "WaterObserved",
            "name": text("大橋"),
            "waterLevel": level,
            "floodLevel": text(3.4),
            "location": place,
        },
        {
            "id": ALERT,
            "type": "Alert",
            "severity": text("high"),
            "certainty": text("likely"),
            "headline": words,
            "instruction": act,
            "dateIssued": text(f"{now:%Y-%m-%dT%H:%M:%SZ}"),
            "validTo": text(f"{now + timedelta(hours=6):%Y-%m-%dT%H:%M:%SZ}"),
            "confirmation": text("automatic"),
            "alertSource": {"type": "Relationship", "object": GAUGE},
        },
    ]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("portal") / "hashimoto"
    noren("init", str(folder), "--name", "Hashimoto", "--name-ja", "橋本町")
    rows = "\n".join(f"避難所{i},{35.6 + i / 500},{139.0 + i / 500},{100 + i}" for i in range(8))
    shelters = folder.parent / "shelters.csv"
    shelters.write_text("名称,緯度,経度,想定収容人数\n" + rows + "\n", "cp932")
    noren("add", str(shelters), "--city", str(folder), "--yes")
    token = json.loads(noren("token", "desk", "--city", str(folder), "--json"))["token"]
    with served(folder) as url:
        found = Town(url, token, folder)
        post(found, "/ngsi-ld/v1/entityOperations/upsert", entities())
        yield found


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The city of a folder at work, and its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "noren.cli", "up", "--city", str(folder), "--port", str(port)],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "noren up ended early"
        try:
            with urllib.request.urlopen(url + "/health", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("noren up did not become ready within a minute")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Debian's chromium, which .ci/run installs")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


class Seen(msgspec.Struct):
    """A page with what it asked for and what went wrong in it."""

    page: Page
    requests: list[str]
    errors: list[str]


@pytest.fixture
def visit(browser: Browser, town: Town) -> Iterator[Any]:
    contexts = []

    def open_page(path: str, *, width: int = 1440, language: str = "en", signed_in: bool = False, **more: Any) -> Seen:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale={"en": "en-GB", "ja": "ja-JP"}[language],
            service_workers="block",
            **more,
        )
        contexts.append(context)
        if signed_in:
            context.request.post(town.url + "/api/session", data={"token": town.token})
        page = context.new_page()
        seen = Seen(page, [], [])
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.goto(town.url + path)
        return seen

    yield open_page
    for context in contexts:
        context.close()
