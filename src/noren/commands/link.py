"""The running part: ticks and signs of life by the clock, messages out and in by MQTT or to simulated devices."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

import aiomqtt

from noren.city import City
from noren.commands import hearing
from noren.commands.device import is_cancelled, topic
from noren.commands.simulated import Simulated
from noren.commands.switchboard import Switchboard
from noren.errors import BadInput, Unavailable
from noren.net import Guard, mqtt

_log = logging.getLogger("noren.commands")
BEAT_S, PAUSE_S, PULSES = 1.0, 2.0, 3
"""Seconds between ticks, and before a lost broker is tried again; signs of life within the time of a lapse."""
Publish = Callable[[str, str, str], Awaitable[None]]
_boards: WeakKeyDictionary[City, asyncio.Task[Switchboard]] = WeakKeyDictionary()


async def switchboard(city: City) -> Switchboard:
    """The one switchboard of an open city; raises `BadInput` while its plan does not hold."""
    task = _boards.get(city)
    if task is None or (task.done() and (task.cancelled() or task.exception())):
        task = _boards[city] = asyncio.create_task(_opened(city))
    return await asyncio.shield(task)


async def _opened(city: City) -> Switchboard:
    board = Switchboard(city)
    await board.load()
    return board


async def watch(city: City) -> None:
    """Until cancelled: orders expire, links are found lost, devices hear that the city lives."""
    board = await switchboard(city)
    waited = 0.0
    while True:
        await hearing.tick(board)
        if waited <= 0 and board.plan.devices:
            pulse_all(board)
            waited = board.plan.lapse / PULSES
        waited -= BEAT_S
        await asyncio.sleep(BEAT_S)


def pulse_all(board: Switchboard) -> None:
    """Let every device know that the city lives."""
    for device in board.plan.devices:
        board.pulse(device.id)


async def connect(city: City) -> None:
    """Until cancelled: carry messages to the devices and back, whatever the broker does meanwhile."""
    board = await switchboard(city)
    guard = Guard(city.config.net.allow)
    while True:
        try:
            if board.plan.simulated:
                await _simulate(board, city)
            elif board.plan.broker:
                await carry(board, guard)
        except (Unavailable, BadInput) as error:
            if is_cancelled():
                raise asyncio.CancelledError from error
            _log.warning("The devices cannot be reached: %s", error)
        await asyncio.sleep(PAUSE_S)


async def carry(board: Switchboard, guard: Guard) -> None:
    """By MQTT until the broker goes away (`Unavailable`) or the plan names another one."""
    broker, user, password = board.plan.broker, board.plan.user, board.plan.password
    async with mqtt.connect(broker, guard, user=user or None, password=password or None) as client:
        for name in ("answer", "report"):
            await client.subscribe(topic(board.slug, f"+/{name}"), qos=1)
        _freshen(board)

        async def publish(device: str, where: str, text: str) -> None:
            await client.publish(f"{topic(board.slug, device)}/{where}", text, qos=1)

        sending = asyncio.create_task(_send(board, publish))
        try:
            await _listen(board, client, sending, broker)
        finally:
            sending.cancel()


async def _listen(board: Switchboard, client: mqtt.Client, sending: asyncio.Task[None], broker: str) -> None:
    messages = aiter(client.messages)
    coming = asyncio.ensure_future(anext(messages))
    try:
        while board.plan.broker == broker and not board.plan.simulated:
            await asyncio.wait({coming, sending}, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                return sending.result()
            if coming.done():
                await _take(board, coming.result())
                coming = asyncio.ensure_future(anext(messages))
    finally:
        coming.cancel()


async def _take(board: Switchboard, message: aiomqtt.Message) -> None:
    _, _, device, where = str(message.topic).split("/")
    raw = message.payload
    if message.retain or not isinstance(raw, bytes | bytearray):
        return
    if not await hearing.hear(board, device, where, raw.decode("ascii", "replace")):
        _log.info("A message that does not hold came on the line of %s.", device)


async def _send(board: Switchboard, publish: Publish) -> None:
    while True:
        await publish(*await board.lines.outbox.get())


def _freshen(board: Switchboard) -> None:
    """Leave signs of life that waited; commands that waited are left to the devices, which look when they expire."""
    box = board.lines.outbox
    waiting = [box.get_nowait() for _ in range(box.qsize())]
    pulse_all(board)
    for each in waiting:
        if each[1] == "command":
            box.put_nowait(each)


async def _simulate(board: Switchboard, city: City) -> None:
    """Devices of a sample city, in this process: the same messages, looked at by the same lines."""
    town = Simulated(board.plan, board.slug, board.key.verifier, city.folder)

    async def publish(device: str, where: str, text: str) -> None:
        for back, answer in town.take(device, where, text):
            await hearing.hear(board, device, back, answer)

    _freshen(board)
    sending = asyncio.create_task(_send(board, publish))
    plan = board.plan
    try:
        while board.plan is plan:
            await asyncio.wait({sending}, timeout=BEAT_S)
            if sending.done():
                return sending.result()
            town.tick()
    finally:
        sending.cancel()
