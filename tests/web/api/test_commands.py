"""Commands over HTTP: what operators may, what others may not, and that nobody writes a command by NGSI-LD."""

from __future__ import annotations

import time
from typing import Any

import pytest

from noren.commands import example, hearing, link
from noren.commands.device import APPROVAL, ORDER, digest, seal
from noren.commands.plan import FILE
from noren.commands.simulated import Simulated, key_of
from noren.trust.ledger.anchor import committed
from tests.web.api.conftest import Served

SIGNALS, WATER = "traffic-management", "utility-operation"


class Desks:
    """Two operators of a town with simulated devices."""

    def __init__(self, served: Served) -> None:
        self.served, self.folder = served, served.city.folder
        example.write(self.folder, served.city.config.slug)
        plan = self.folder / FILE  # after a start, clearance is waited for
        plan.write_text(plan.read_text("utf-8").replace("clearance = 3\n", ""), "utf-8")

    async def ready(self) -> Desks:
        """Hear every device once."""
        self.board = await link.switchboard(self.served.city)
        self.devices = Simulated(self.board.plan, self.board.slug, self.board.key.verifier, self.folder)
        link.pulse_all(self.board)
        await self.settle()
        return self

    async def settle(self) -> None:
        """Carry messages to the devices and back."""
        box = self.board.lines.outbox
        for device, where, text in [box.get_nowait() for _ in range(box.qsize())]:
            for back, said in self.devices.take(device, where, text):
                assert await hearing.hear(self.board, device, back, said)

    def headers(self, desk: str, purpose: str = "", role: str = "operator") -> dict[str, str]:
        city = self.served.city
        token = city.tokens.issue(city.principal(desk, "staff", roles=[role]), seconds=600)
        return {"Authorization": f"Bearer {token}"} | ({"Noren-Purpose": purpose} if purpose else {})

    async def send(self, path: str, body: Any, desk: str, purpose: str = "", role: str = "operator") -> tuple[int, Any]:
        async with self.served.http.post(path, json=body, headers=self.headers(desk, purpose, role)) as answer:
            return answer.status, await answer.json()

    def order(self, desk: str, actuator: str, name: str, value: Any, **changes: Any) -> dict[str, str]:
        now = time.time()
        told = {"city": self.board.slug, "id": f"order-{time.time_ns()}", "actuator": actuator, "property": name}
        told |= {"value": value, "reason": "a test", "at": now, "expires": now + 60}
        return {"signed": seal(ORDER, told | changes, key_of(self.folder, desk))}

    def yes(self, desk: str, signed: str) -> dict[str, str]:
        told = {"city": self.board.slug, "order": digest(signed), "at": time.time()}
        return {"signed": seal(APPROVAL, told, key_of(self.folder, desk))}


@pytest.fixture
async def desks(served: Served) -> Desks:
    return await Desks(served).ready()


async def test_ask_approve_and_see(desks: Desks) -> None:
    order = desks.order("desk-1", "river-gate", "opening", 40)
    status, told = await desks.send("/api/commands", order, "desk-1", WATER)
    assert (status, told["state"], told["signed"]) == (201, "requested", order["signed"])
    path = f"/api/commands/{told['id']}/approvals"
    assert (await desks.send(path, desks.yes("desk-1", told["signed"]), "desk-1", WATER))[0] == 403
    status, told = await desks.send(path, desks.yes("desk-2", told["signed"]), "desk-2", WATER)
    assert (status, told["state"]) == (200, "sent")
    await desks.settle()
    async with desks.served.http.get("/api/commands", headers=desks.headers("desk-1")) as answer:
        seen = await answer.json()
    gate = next(each for each in seen["kinds"] if each["kind"] == "gate")
    assert gate["purposes"] == ["flood-warning", "utility-operation"]
    assert gate["actuators"][0]["values"] == {"opening": 40}
    assert seen["commands"][0]["state"] == "executed"
    assert seen["commands"][0]["approvedBy"] == ["urn:noren:staff:town:desk-2"]
    (entered,) = desks.served.city.book.public("command.sent")
    assert (entered.facts["reason"], entered.facts["approvedBy"]) == ("a test", ["urn:noren:staff:town:desk-2"])
    receipt = await desks.served.city.book.receipt(entered)
    receipt.verify(committed(entered.salt, entered.document), desks.served.city.ledger_policy)


async def test_refused_in_words_of_both_languages(desks: Desks) -> None:
    for actuator, state in (("station-crossing-main", "sent"), ("station-crossing-side", "refused")):
        order = desks.order("desk-1", actuator, "aspect", "green")
        status, told = await desks.send("/api/commands", order, "desk-1", SIGNALS)
        assert (status, told["state"]) == (201, state)
    assert told["why"]["ja"] == "ほかの設定と同時にはできません：駅前交差点を両方とも青にしない"
    assert told["why"]["en"].endswith("Never both green at the station crossing")


async def test_stop_and_lift(desks: Desks) -> None:
    body = {"kind": "signal", "reason": "a test"}
    assert (await desks.send("/api/stops", body, "clerk", role="clerk"))[0] == 201
    assert (await desks.send("/api/stops/signal/lifts", {}, "clerk", SIGNALS, "clerk"))[0] == 403
    order = desks.order("desk-1", "station-crossing-main", "aspect", "green")
    assert (await desks.send("/api/commands", order, "desk-1", SIGNALS))[1]["state"] == "refused"
    assert (await desks.send("/api/stops/signal/lifts", {}, "desk-1", SIGNALS))[1]["lifted"] is False
    assert (await desks.send("/api/stops/signal/lifts", {}, "desk-2", SIGNALS))[1]["lifted"] is True


async def test_recall(desks: Desks) -> None:
    order = desks.order("desk-1", "drainage-pump", "running", True)
    _, told = await desks.send("/api/commands", order, "desk-1", WATER)
    path = f"/api/commands/{told['id']}/recall"
    assert (await desks.send(path, {"reason": ""}, "desk-2", WATER))[0] == 400
    assert (await desks.send(path, {"reason": "a mistake"}, "desk-2", WATER))[1]["state"] == "recalled"


@pytest.mark.parametrize(
    ("desk", "purpose", "role", "status"),
    [("desk-1", "", "operator", 403), ("desk-1", SIGNALS, "clerk", 403), ("desk-2", SIGNALS, "operator", 422)],
)
async def test_who_may_not(desks: Desks, desk: str, purpose: str, role: str, status: int) -> None:
    order = desks.order("desk-1", "station-crossing-main", "aspect", "green")
    assert (await desks.send("/api/commands", order, desk, purpose, role))[0] == status


@pytest.mark.parametrize("body", [{}, {"signed": ""}, {"signed": "a.b.c"}, {"signed": 3}, [], {"signed": "x" * 70_000}])
async def test_what_is_no_order(desks: Desks, body: Any) -> None:
    status, told = await desks.send("/api/commands", body, "desk-1", SIGNALS)
    assert status in (400, 413)
    assert told["title"]


async def test_nobody_without_signing_in(desks: Desks) -> None:
    http, order = desks.served.http, desks.order("desk-1", "station-crossing-main", "aspect", "green")
    async with http.get("/api/commands") as answer:
        assert answer.status == 403
    async with http.post("/api/commands", json=order) as answer:
        assert answer.status == 403
    async with http.post("/api/stops", json={"kind": "signal", "reason": "fun"}) as answer:
        assert answer.status == 403
    assert desks.board.stops == {}


async def test_ngsi_ld_shows_commands_and_makes_none(desks: Desks) -> None:
    order = desks.order("desk-1", "station-crossing-main", "aspect", "green")
    _, told = await desks.send("/api/commands", order, "desk-1", SIGNALS)
    http, headers = desks.served.http, desks.headers("desk-1", SIGNALS)
    id = f"urn:ngsi-ld:Command:town:{told['id']}"
    root = "/ngsi-ld/v1/entities"
    async with http.get(f"{root}/{id}", headers=headers, params={"options": "keyValues"}) as answer:
        seen = await answer.json()
    assert (seen["commandState"], seen["settingValue"], seen["commandReason"]) == ("sent", "green", "a test")
    forged = {"id": f"{id}x", "type": "Command", "signedOrder": order["signed"], "commandState": "approved"}
    async with http.post(root, json=forged, headers=headers) as answer:
        assert answer.status == 403
    async with http.patch(f"{root}/{id}/attrs", json={"commandState": "executed"}, headers=headers) as answer:
        assert answer.status in (403, 207)
    async with http.delete(f"{root}/{id}", headers=headers) as answer:
        assert answer.status == 403
    stop = {"id": "urn:ngsi-ld:EmergencyStop:town:x", "type": "EmergencyStop", "liftedBy": ["a", "b"]}
    async with http.post(root, json=stop, headers=headers) as answer:
        assert answer.status == 403
    async with http.get(f"{root}/{id}", headers=headers, params={"options": "keyValues"}) as answer:
        assert (await answer.json())["commandState"] == "sent"
    async with http.get(f"{root}/{id}") as answer:
        assert answer.status == 404
