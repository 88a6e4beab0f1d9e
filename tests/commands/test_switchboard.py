"""Who may command what, within which limits, with whose second yes; what is stopped, recalled, late or unanswered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from noren.city import City, create
from noren.commands.hearing import hear, tick
from noren.commands.orders import Order
from noren.commands.plan import FILE
from noren.commands.switchboard import Switchboard
from noren.errors import AlreadyExists, BadInput, Conflict, NotAllowed, NotFound, Unproven
from noren.terms.records import Actuator, Command, EmergencyStop
from tests.commands.conftest import Clock, Scene, plan_text


def word(order: Order) -> str:
    return order.why.word if order.why else ""


async def test_an_order_reaches_the_device_after_the_ledger_has_it(scene: Scene) -> None:
    order = await scene.ask("main", "green")
    assert order.state == "sent"
    assert [kind for kind, _ in scene.noted] == ["command.sent"]
    facts = scene.noted[0][1]
    assert (facts["actuator"], facts["value"], facts["reason"]) == ("main", "green", "a test")
    assert facts["by"] == "urn:noren:staff:town:desk-1"
    await scene.settle()
    assert order.state == "executed"
    assert scene.board.standing.value(("main", "aspect")) == "green"
    view = scene.view("desk-1", "traffic-management")
    shown = [each async for each in view.find(Command)]
    assert [(each.command_state, each.setting_value, each.command_reason) for each in shown] == [
        ("executed", "green", "a test")
    ]
    main = await view.need(Actuator, "urn:ngsi-ld:Actuator:town:main")
    assert (main.setting_values, main.link_state, main.is_safe) == ({"aspect": "green"}, "connected", False)


async def test_what_the_ledger_does_not_take_does_not_leave(scene: Scene) -> None:
    scene.fails = True
    with pytest.raises(OSError, match="no space"):
        await scene.ask("main", "green")
    assert scene.out() == []
    scene.fails = False
    assert (await scene.ask("side", "green")).state == "sent"  # the reservation is gone, too


@pytest.mark.parametrize(
    ("actuator", "value", "why"),
    [("main", "blue", "limits"), ("valve", 105, "limits"), ("valve", 15, "limits"), ("valve", True, "limits")],
)
async def test_a_value_out_of_limits_is_refused(scene: Scene, actuator: str, value: object, why: str) -> None:
    order = await scene.ask(actuator, value)
    assert (order.state, word(order)) == ("refused", why)
    assert order.why is not None
    assert order.why.words()["ja"] == "設定できる範囲の外の値です。"
    assert scene.out() == []


async def test_two_greens_at_the_same_time(scene: Scene) -> None:
    found = await asyncio.gather(scene.ask("main", "green"), scene.ask("side", "green", "desk-2"))
    assert sorted(each.state for each in found) == ["refused", "sent"]
    assert [word(each) for each in found if each.state == "refused"] == ["interlock"]


async def test_clearance(scene: Scene) -> None:
    await scene.ask("main", "green")
    await scene.settle()
    await scene.ask("main", "red")
    await scene.settle()
    assert word(await scene.ask("side", "green")) == "interlock"
    await scene.wait(5.1)
    assert (await scene.ask("side", "green")).state == "sent"


async def test_a_second_person_with_their_own_account_and_key(scene: Scene) -> None:
    order = await scene.ask("valve", 50)
    assert order.state == "requested"
    assert scene.out() == []
    first, second = scene.desk("desk-1", "valve"), scene.desk("desk-2", "valve")
    with pytest.raises(NotAllowed, match="themselves"):
        await scene.board.approve(first, order.id, scene.approval(order, "desk-1"))
    with pytest.raises(Unproven):
        await scene.board.approve(second, order.id, scene.approval(order, "desk-1"))
    with pytest.raises(Unproven):
        await scene.board.approve(second, order.id, scene.approval(order, order="another"))
    assert (await scene.board.approve(second, order.id, scene.approval(order))).state == "sent"
    await scene.settle()
    assert order.state == "executed"
    with pytest.raises(Conflict):
        await scene.board.approve(second, order.id, scene.approval(order))


async def test_interlocks_are_looked_at_again_when_it_is_approved(scene: Scene) -> None:
    second = scene.desk("desk-2", "valve")
    valve, gate = await scene.ask("valve", 50), await scene.ask("gate", "closed")
    assert (valve.state, gate.state) == ("requested", "requested")
    found = await asyncio.gather(
        *(scene.board.approve(second, each.id, scene.approval(each)) for each in (valve, gate))
    )
    assert sorted(each.state for each in found) == ["refused", "sent"]


async def test_rate(scene: Scene) -> None:
    for value in (False, True, False):
        assert (await scene.ask("lamp", value)).state == "sent"
        await scene.settle()
    assert word(await scene.ask("lamp", True)) == "rate"
    await scene.wait(3601)
    assert (await scene.ask("lamp", True)).state == "sent"


async def test_who_may_not(scene: Scene) -> None:
    signed = scene.order("main", "green")
    with pytest.raises(NotAllowed):  # another purpose
        await scene.board.ask(scene.view("desk-1", "city-operation"), signed)
    for view in (scene.view("desk-1", "traffic-management", roles=()), scene.city.view(scene.city.anonymous)):
        for order in (signed, scene.order("main", "green", **{"actuator": "nowhere"})):
            with pytest.raises(NotAllowed):  # nor do they learn what there is
                await scene.board.ask(view, order)
        with pytest.raises(NotAllowed):
            await scene.board.recall(view, "nothing", "a test")
    with pytest.raises(Unproven):  # another one's order under one's own account
        await scene.board.ask(scene.desk("desk-2", "main"), signed)
    with pytest.raises(NotAllowed, match="No key"):
        await scene.ask("main", "green", "stranger")
    assert scene.noted == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"city": "elsewhere"}, BadInput),
        ({"reason": "  "}, BadInput),
        ({"property": "colour"}, BadInput),
        ({"expires": 1.0}, BadInput),
        ({"expires": 9e12}, BadInput),
        ({"at": 1.0}, BadInput),
        ({"id": "short"}, BadInput),
        ({"more": 1}, BadInput),
        ({"actuator": "none"}, NotFound),
    ],
)
async def test_what_is_no_order(scene: Scene, changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        await scene.board.ask(scene.desk("desk-1", "main"), scene.order("main", "green", **changes))


async def test_the_same_order_twice(scene: Scene) -> None:
    signed = scene.order("main", "green")
    await scene.board.ask(scene.desk("desk-1", "main"), signed)
    with pytest.raises(AlreadyExists):
        await scene.board.ask(scene.desk("desk-1", "main"), signed)


async def test_a_waiting_order_expires(scene: Scene) -> None:
    order = await scene.ask("valve", 50)
    await scene.wait(61)
    assert order.state == "expired"


async def test_no_answer_is_a_failure_until_one_comes(scene: Scene) -> None:
    order = await scene.ask("main", "green")
    late = scene.out()
    await scene.wait(11)
    assert (order.state, word(order)) == ("failed", "silent")
    assert word(await scene.ask("side", "green")) == "interlock"  # it may still be carried out
    for each in late:
        scene.take(*each)
    await scene.settle()
    assert order.state == "executed"


async def test_a_lost_link_is_shown_and_nothing_is_sent(scene: Scene) -> None:
    scene.clock.time += 16  # type: ignore[attr-defined]
    for device in scene.devices.values():
        device.tick()
    await tick(scene.board)
    main = await scene.view("desk-1").need(Actuator, "urn:ngsi-ld:Actuator:town:main")
    assert (main.link_state, main.is_safe) == ("lost", True)
    assert word(await scene.ask("main", "green")) == "link"


async def test_an_emergency_stop_acts_at_once_and_two_lift_it(scene: Scene) -> None:
    under_way, waiting = await scene.ask("lamp", False), await scene.ask("valve", 50)
    held = scene.out()
    anyone = scene.view("clerk", "city-operation", roles=())
    await scene.board.stop(anyone, "valve", "a leak")
    await scene.board.stop(anyone, "streetlight", "a test")
    assert (waiting.state, under_way.state) == ("recalled", "recalled")
    for each in scene.out():  # the stop overtakes the command
        scene.take(*each)
    for each in held:
        scene.take(*each)
    await scene.settle()
    assert scene.devices["light-1"].report() and scene.devices["light-1"].safe
    assert word(await scene.ask("valve", 0)) == "stopped"
    assert scene.board.standing.value(("lamp", "on")) is True
    with pytest.raises(NotAllowed):
        await scene.board.lift(anyone, "valve")
    first, second = scene.desk("desk-1", "valve"), scene.desk("desk-2", "valve")
    await scene.board.lift(first, "valve")
    await scene.board.lift(first, "valve")
    assert "valve" in scene.board.stops
    stop = await scene.board.lift(second, "valve")
    assert stop.lifted_by == ["urn:noren:staff:town:desk-1", "urn:noren:staff:town:desk-2"]
    await scene.settle()
    assert (await scene.ask("valve", 50)).state == "requested"
    kept = [each async for each in first.find(EmergencyStop, q='deviceClass=="valve"')]
    assert [each.lifted_at is not None for each in kept] == [True]


async def test_a_stop_between_ledger_and_line(scene: Scene) -> None:
    asking = asyncio.create_task(scene.ask("main", "green"))
    await asyncio.sleep(0)  # it waits for the ledger
    await scene.board.stop(scene.desk("desk-2", "main"), "signal", "a test")
    assert (await asking).state == "recalled"
    assert all(where == "pulse" for _, where, _ in scene.out())


async def test_recall(scene: Scene) -> None:
    order = await scene.ask("main", "green")
    held = scene.out()
    await scene.board.recall(scene.desk("desk-2", "main"), order.id, "a mistake")
    for each in [*scene.out(), *held]:
        scene.take(*each)
    await scene.settle()
    assert order.state == "recalled"
    assert scene.board.standing.value(("main", "aspect")) == "red"
    assert (await scene.ask("side", "green")).state == "sent"


async def test_what_was_under_way_is_under_way_after_a_restart(scene: Scene) -> None:
    waiting = await scene.ask("valve", 50)
    sent = await scene.ask("main", "green")
    await scene.board.stop(scene.view("clerk", "city-operation"), "streetlight", "a test")
    held = [each for each in scene.out() if each[1] == "command"]
    scene.board = Switchboard(scene.city, note=scene._note, clock=scene.clock)
    await scene.board.load()
    assert scene.board.orders[waiting.id].state == "requested"
    assert "streetlight" in scene.board.stops
    await scene.wait(6)
    assert word(await scene.ask("side", "green")) == "interlock"
    for each in held:
        scene.take(*each)
    await scene.settle()
    assert scene.board.orders[sent.id].state == "executed"
    second = scene.desk("desk-2", "valve")
    restored = scene.board.orders[waiting.id]
    assert (await scene.board.approve(second, waiting.id, scene.approval(restored))).state == "sent"


async def test_a_stolen_device_key_is_revoked(scene: Scene) -> None:
    order = await scene.ask("main", "green")
    scene.take(*next(each for each in scene.out() if each[1] == "command"))
    (scene.city.folder / FILE).write_text(plan_text(revoked=("junction-1",)), "utf-8")
    assert not any([await hear(scene.board, *each) for each in scene.back])
    assert order.state == "sent"
    assert word(await scene.ask("side", "green")) == "link"


async def test_a_stolen_operator_key_is_revoked(scene: Scene) -> None:
    (scene.city.folder / FILE).write_text(plan_text(revoked=("desk-1",)), "utf-8")
    with pytest.raises(NotAllowed, match="No key"):
        await scene.ask("main", "green")


async def test_a_plan_that_does_not_hold_stops_commands(scene: Scene) -> None:
    (scene.city.folder / FILE).write_text("[[actuators]]\nid = 3\n", "utf-8")
    with pytest.raises(BadInput, match="actuators"):
        await scene.board.ask(scene.view("desk-1", "traffic-management"), "x")
    await scene.wait(14)  # devices still hear the city: a slip of the pen sends no town into its safe state
    await scene.wait(14)
    assert not any(each.safe for each in scene.devices.values())
    assert not scene.board.lines.is_lost(scene.board.plan, "junction-1")


async def test_another_tenant_commands_nothing(tmp_path: Path) -> None:
    create(tmp_path / "town", "Town")
    settings = tmp_path / "town" / "noren.toml"
    settings.write_text('tenants = ["harbour"]\n' + settings.read_text("utf-8"), "utf-8")
    (tmp_path / "town" / FILE).write_text(plan_text(), "utf-8")
    async with City.open(tmp_path / "town") as city:
        scene = Scene(city, tmp_path, Clock())
        await scene.board.load()
        await scene.wait(6)
        for tenant, error in (("harbour", NotAllowed), ("", None)):
            someone = city.principal(
                "desk-1", "staff", purposes=["traffic-management"], roles=["operator"], tenant=tenant
            )
            view, signed = city.view(someone), scene.order("main", "green")
            if error is None:
                assert (await scene.board.ask(view, signed)).state == "sent"
            else:
                with pytest.raises(error):
                    await scene.board.ask(view, signed)


@pytest.mark.parametrize("kind", ["Actuator", "Command", "Interlock", "EmergencyStop"])
async def test_nobody_writes_a_command_past_the_switchboard(scene: Scene, kind: str) -> None:
    everyone = [
        scene.view("desk-1", "traffic-management"),
        scene.city.view(scene.city.staff),
        scene.city.view(scene.city.device("feeds")),
        scene.city.view(scene.city.counter),
    ]
    await scene.ask("main", "green")
    for view in everyone:
        forged = {"id": f"urn:ngsi-ld:{kind}:town:x", "type": kind, "commandState": "executed"}
        (outcome,) = await view.upsert([forged])
        assert isinstance(outcome.error, NotAllowed)
    shown = [each async for each in scene.view("desk-1").find(Command)]
    (outcome,) = await everyone[0].delete([shown[0].id])
    assert outcome.error is not None


async def test_a_city_without_a_plan(tmp_path: Path) -> None:
    async with City.bare(tmp_path / "bare") as city:
        board = Switchboard(city)
        await board.load()
        assert board.plan.actuators == ()
