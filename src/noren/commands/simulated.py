"""Simulated devices for a sample city: real `Device`s in this process, with nothing behind them but a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from noren.city.backup import DATA
from noren.commands.device import Device, Key
from noren.commands.plan import Plan
from noren.trust.ledger import Signer


def folder_of(city: Path) -> Path:
    """Where keys and counters of simulated devices and operators lie."""
    return city / DATA / "simulated"


def key_of(city: Path, name: str) -> Key:
    """The key of a simulated device or operator, made on first use."""
    return Key.parse(Signer.keep(folder_of(city) / f"{name}.key", name).secret())


class Simulated:
    """All devices of a plan."""

    def __init__(self, plan: Plan, city: str, city_key: str, folder: Path) -> None:
        self._devices = {
            each.id: Device(
                plan.pinned(each.id, city, city_key),
                key_of(folder, each.id),
                folder_of(folder) / f"{each.id}.json",
                _nothing,
            )
            for each in plan.devices
        }

    def take(self, device: str, where: str, text: str) -> list[tuple[str, str]]:
        """What a device says to a message: pairs of "answer" or "report" and its text."""
        found = self._devices[device]
        if where == "pulse":
            return [("report", found.report())] if found.pulse(text) else []
        answer = found.command(text)
        return [("answer", answer), ("report", found.report())] if answer else []

    def tick(self) -> None:
        """Let time pass for all of them."""
        for each in self._devices.values():
            each.tick()


def _nothing(actuator: str, name: str, value: Any) -> None:
    """Set, without anything that moves."""
