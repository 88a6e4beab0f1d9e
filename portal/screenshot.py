"""Takes the README's picture: the sample city in its storm, from a `noren up` that this script starts itself."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import msgspec
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "portal.png"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-unsafe-swiftshader",
]
WAIT_S = 900


def main() -> None:
    """Make a sample city in a temporary folder, wait until its storm has brought a warning, and take the picture."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        city = Path(folder) / "city"
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        run = [sys.executable, "-m", "noren.cli"]
        subprocess.run([*run, "demo", str(city)], check=True)
        server = subprocess.Popen([*run, "up", "--city", str(city), "--port", str(port)])
        try:
            picture(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(30)


def picture(url: str) -> None:
    """Save the room Now of a desk's screen once a grave alert stands."""
    wait_for_alert(url)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
        page.goto(url)
        page.wait_for_selector("[data-drawn=yes]", timeout=120_000)
        page.wait_for_selector("article.grave")
        page.wait_for_timeout(3_000)
        page.screenshot(path=PICTURE)
        browser.close()


def wait_for_alert(url: str) -> None:
    """Wait for a warning; raises `TimeoutError` when none comes."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url + "/api/now", timeout=30) as answer:
                alerts = msgspec.json.decode(answer.read())["alerts"]
        except OSError:
            alerts = []
        if any(alert.get("severity") in ("high", "critical") for alert in alerts):
            return
        time.sleep(2)
    raise TimeoutError("No warning came within a quarter of an hour.")


if __name__ == "__main__":
    main()
