"""What a device obeys and refuses: keys, numbers, clocks, limits, and what it does when nobody speaks to it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from noren.commands import device as module
from noren.commands.device import (
    ANSWER,
    COMMAND,
    MOVING,
    ORDER,
    PULSE,
    REPORT,
    Device,
    Key,
    Pinned,
    Refused,
    digest,
    opened,
    public,
    seal,
    within,
)
from noren.trust.ledger import Signer, Verifier
from tests.commands.conftest import DESKS, DEVICES, Clock

CITY = Key.new("town-commands")
LIMITS = {"aspect": {"allowed": ["red", "green"], "safe": "red"}}
OWN = dict([public(DEVICES["junction-1"].verifier)])


class Bench:
    """One device on a bench, and everything that could be sent to it."""

    def __init__(self, folder: Path, **pins: Any) -> None:
        self.clock, self.set = Clock(), list[tuple[str, str, Any]]()
        self.folder, self.pins, self.number = folder, pins, 100
        self.device = self.switched_on()

    def switched_on(self) -> Device:
        pinned = Pinned("junction-1", "town", CITY.verifier, [DESKS["desk-1"].verifier, DESKS["desk-2"].verifier], {})
        pinned.actuators = {"main": LIMITS, "side": LIMITS}
        pinned.__dict__.update(self.pins)
        file = self.folder / "device.json"
        return Device(pinned, DEVICES["junction-1"], file, self.apply, self.clock, self.clock)

    def apply(self, *setting: Any) -> None:
        self.set.append(setting)

    def pulse(self, *, key: Key = CITY, **changes: Any) -> str:
        self.number += 1
        told = {"city": "town", "device": "junction-1", "n": self.number, "at": self.clock.time, "floor": 0}
        return seal(PULSE, told | {"stopped": False, "revoked": []} | changes, key)

    def order(self, value: Any = "green", by: str = "desk-1", /, **changes: Any) -> str:
        at = self.clock.time
        told = {"city": "town", "id": "order-1234", "actuator": "main", "property": "aspect", "value": value}
        return seal(ORDER, told | {"reason": "a test", "at": at, "expires": at + 60} | changes, DESKS[by])

    def command(self, order: str = "", *, key: Key = CITY, kind: str = COMMAND, **changes: Any) -> str:
        self.number += 1
        told = {"city": "town", "device": "junction-1", "n": self.number, "checked": self.clock.time}
        return seal(kind, told | {"order": order or self.order(), "approvals": []} | changes, key)

    def send(self, message: str) -> tuple[str, str] | None:
        """State and reason of the answer; None for silence."""
        answer = self.device.command(message)
        if answer is None:
            return None
        told, _ = opened(answer, ANSWER, OWN)
        assert told["answers"] == digest(message)
        return told["state"], told["why"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    found = Bench(tmp_path)
    assert found.device.pulse(found.pulse())
    found.set.clear()
    return found


def test_a_good_command_is_obeyed_and_answered_by_its_own_key(bench: Bench) -> None:
    assert bench.send(bench.command()) == ("executed", "")
    assert bench.set == [("main", "aspect", "green")]
    told, _ = opened(bench.device.report(), REPORT, OWN)
    assert told["values"] == {"main": {"aspect": "green"}, "side": {"aspect": "red"}}


def test_replays_are_refused_after_a_restart_too(bench: Bench) -> None:
    message, older = bench.command(), bench.command(n=5)
    assert bench.send(message) == ("executed", "")
    assert bench.send(message) == ("refused", "replayed")
    bench.device = bench.switched_on()
    bench.device.pulse(bench.pulse())
    bench.set.clear()
    assert bench.send(message) == ("refused", "replayed")
    assert bench.send(older) == ("refused", "replayed")  # reordered
    assert bench.set == []


def test_what_the_city_did_not_send_to_this_device_is_not_even_answered(bench: Bench) -> None:
    stranger = Key.new("town-commands")
    for message in (
        bench.command(key=stranger),
        bench.command(key=DESKS["desk-1"]),
        bench.command(device="junction-2"),
        bench.command(city="elsewhere"),
        bench.command(kind=PULSE),
        bench.order(),
        bench.command(n="7"),
        bench.command(n=True),
        "",
        "a.b",
        "a.b.c",
        "x" * 100_000,
    ):
        assert bench.send(message) is None
    assert bench.set == []
    assert bench.device.ignored == 12


def test_whose_order_is_not_obeyed(bench: Bench) -> None:
    assert bench.send(bench.command(bench.order("green", "stranger"))) == ("refused", "unsigned")
    forged = bench.order().rsplit(".", 1)[0] + "." + bench.order("red").rsplit(".", 1)[1]
    assert bench.send(bench.command(forged)) == ("refused", "unsigned")
    assert bench.send(bench.command(bench.order(city="elsewhere"))) == ("refused", "misdirected")
    assert bench.send(bench.command(bench.order(actuator="bridge"))) == ("refused", "misdirected")
    assert bench.send(bench.command(bench.order("blue"))) == ("refused", "limits")
    assert bench.set == []


def test_late_by_its_own_clock(bench: Bench) -> None:
    message = bench.command()
    bench.clock.time += 61
    bench.device.pulse(bench.pulse())
    assert bench.send(message) == ("refused", "expired")


def test_a_clock_moved_back_does_not_make_old_orders_young(bench: Bench) -> None:
    message = bench.command()
    bench.clock.time += 61
    bench.device.pulse(bench.pulse())
    bench.clock.time -= 61
    assert bench.send(message) == ("refused", "expired")


def test_nobody_speaks_to_it(bench: Bench) -> None:
    bench.send(bench.command())
    bench.clock.time += 10
    assert not bench.device.tick()
    bench.clock.time += 6
    assert bench.device.tick()
    assert bench.set[-2:] == [("main", "aspect", "red"), ("side", "aspect", "red")]
    assert bench.send(bench.command()) == ("refused", "link")
    bench.device.pulse(bench.pulse())
    assert bench.send(bench.command()) == ("executed", "")


def test_old_signs_of_life_keep_nothing_alive(bench: Bench) -> None:
    kept = [bench.pulse() for _ in range(3)]
    bench.clock.time += 16
    assert bench.device.tick()
    assert not any(bench.device.pulse(each) for each in kept)
    assert not bench.device.pulse(bench.pulse(key=DESKS["desk-1"]))
    assert not bench.device.pulse(bench.pulse(device="junction-2"))
    assert bench.device.safe


def test_stopped_until_it_is_lifted(bench: Bench) -> None:
    bench.send(bench.command())
    bench.device.pulse(bench.pulse(stopped=True))
    assert bench.set[-2:] == [("main", "aspect", "red"), ("side", "aspect", "red")]
    assert bench.send(bench.command()) == ("refused", "stopped")
    bench.device = bench.switched_on()
    assert bench.send(bench.command()) == ("refused", "stopped")
    bench.device.pulse(bench.pulse())
    assert bench.send(bench.command()) == ("executed", "")


def test_recalled(bench: Bench) -> None:
    message = bench.command()
    bench.device.pulse(bench.pulse(floor=bench.number))
    assert bench.send(message) == ("refused", "recalled")
    assert bench.send(bench.command()) == ("executed", "")


def test_a_revoked_key_stays_revoked(bench: Bench) -> None:
    bench.device.pulse(bench.pulse(revoked=[DESKS["desk-1"].id]))
    bench.device.pulse(bench.pulse())
    bench.device = bench.switched_on()
    bench.device.pulse(bench.pulse())
    assert bench.send(bench.command()) == ("refused", "unsigned")
    assert bench.send(bench.command(bench.order("green", "desk-2"))) == ("executed", "")


def test_four_eyes_are_counted_by_the_device_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path, four_eyes=["main"])
    bench.device.pulse(bench.pulse())
    order = bench.order()

    def yes(by: str, of: str = order) -> str:
        return seal(module.APPROVAL, {"city": "town", "order": digest(of), "at": bench.clock.time}, DESKS[by])

    for approvals in ([], [yes("desk-1")], [yes("stranger")], [yes("desk-2", bench.order("red"))], [order], ["x"]):
        assert bench.send(bench.command(order, approvals=approvals)) == ("refused", "approval")
    assert bench.send(bench.command(order, approvals=[yes("desk-2")])) == ("executed", "")
    assert bench.send(bench.command(bench.order(actuator="side"))) == ("executed", "")  # needs no second person


def test_its_own_interlock(tmp_path: Path) -> None:
    both = [{"actuator": each, "property": "aspect", "values": ["green"]} for each in ("main", "side")]
    bench = Bench(tmp_path, never=[both])
    bench.device.pulse(bench.pulse())
    assert bench.send(bench.command()) == ("executed", "")
    assert bench.send(bench.command(bench.order(actuator="side"))) == ("refused", "interlock")


def test_what_is_broken_is_told(bench: Bench) -> None:
    def broken(*setting: Any) -> None:
        raise RuntimeError("the motor does not turn")

    bench.device._apply = broken
    assert bench.send(bench.command()) == ("failed", "broken")
    bench.device.fall_back()


def test_a_full_disk_keeps_nothing_from_its_safe_state(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*what: Any) -> None:
        raise OSError("no space left on device")

    bench.send(bench.command())
    monkeypatch.setattr(module.os, "fsync", full)
    bench.set.clear()
    with pytest.raises(OSError, match="no space"):
        bench.device.command(bench.command(bench.order(actuator="side")))  # its number cannot be written down
    assert bench.set == []
    bench.clock.time += 16
    with pytest.raises(OSError, match="no space"):
        bench.device.tick()
    assert bench.set == [("main", "aspect", "red"), ("side", "aspect", "red")]


def test_what_takes_its_time(bench: Bench) -> None:
    bench.device._apply = lambda *setting: MOVING
    assert bench.send(bench.command()) == ("acknowledged", "")
    told, _ = opened(bench.device.report(), REPORT, OWN)
    assert (told["values"]["main"], told["moving"]["main"]) == ({"aspect": "red"}, {"aspect": "green"})
    bench.device.reached("main", "aspect", "green")
    told, _ = opened(bench.device.report(), REPORT, OWN)
    assert (told["values"]["main"], told["moving"]["main"]) == ({"aspect": "green"}, {})


@given(st.data())
def test_no_altered_letter_passes(data: st.DataObject) -> None:
    message = seal(ORDER, {"value": "green", "reason": "川の水が増えたため"}, DESKS["desk-1"])
    at = data.draw(st.integers(0, len(message) - 1))
    letter = data.draw(st.sampled_from("ABab01-_.= \n").filter(lambda each: each != message[at]))
    with pytest.raises(Refused):
        opened(message[:at] + letter + message[at + 1 :], ORDER, dict([public(DESKS["desk-1"].verifier)]))


def test_messages_are_plain_jws() -> None:
    """Judged by another reader of the same standard, both ways."""
    key = DESKS["desk-1"]
    registry = JWSRegistry(algorithms=["Ed25519"])
    coded = base64.urlsafe_b64encode(key.public).rstrip(b"=").decode()
    other = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": coded})
    message = seal(ORDER, {"value": 1.5}, key)
    assert json.loads(jws.deserialize_compact(message, other, registry=registry).payload) == {"value": 1.5}
    mine = OKPKey.generate_key("Ed25519")
    theirs = jws.serialize_compact(
        {"alg": "Ed25519", "typ": ORDER, "kid": "x"}, b'{"value":2}', mine, registry=registry
    )
    raw = base64.urlsafe_b64decode(str(mine.as_dict()["x"]) + "=")
    assert opened(theirs, ORDER, {"x": raw})[0] == {"value": 2}


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"alg": "Ed25519", "jku": "x"}, {}, []])
def test_no_other_algorithm(header: Any) -> None:
    def coded(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    head = header | {"kid": DESKS["desk-1"].id, "typ": ORDER} if isinstance(header, dict) else header
    text = f"{coded(head)}.{coded({})}"
    signature = base64.urlsafe_b64encode(DESKS["desk-1"].sign(text.encode())).rstrip(b"=").decode()
    with pytest.raises(Refused):
        opened(f"{text}.{signature}", ORDER, dict([public(DESKS["desk-1"].verifier)]))


def test_keys_are_written_as_in_the_ledger() -> None:
    signer = Signer.new("desk-9")
    key = Key.parse(signer.secret())
    assert key.verifier == str(signer.verifier)
    assert public(key.verifier) == (key.id, Verifier.parse(key.verifier).raw)
    assert Key.parse(key.secret()).public == key.public
    with pytest.raises(ValueError, match="private key"):
        Key.parse(key.secret().replace("desk-9", "desk-8"))


@given(st.integers(0, 100), st.integers(1, 20))
def test_steps(value: int, step: int) -> None:
    assert within({"min": 0, "max": 100, "step": step}, value) == (value in range(0, 101, step))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "5", None, [5]])
def test_what_is_no_number(value: Any) -> None:
    assert not within({"min": 0, "max": 100}, value)
    assert not within({"allowed": [1, 5.5, "open"]}, value)


def test_one_file_is_enough_for_a_device(tmp_path: Path) -> None:
    """Copied alone, beside `cryptography`, with nothing of Noren's in reach."""
    copied = tmp_path / "device.py"
    copied.write_bytes(Path(module.__file__).read_bytes())
    program = "import sys; sys.modules['noren'] = None; import device; print(device.Key.new('x').id[:2])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "x+\n", done.stderr
