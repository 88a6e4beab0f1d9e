"""`noren command`: sign and send orders to devices, approve others', stop a class of devices, make keys."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from noren.city import City
from noren.cli.words import language, paper, tell
from noren.commands.device import APPROVAL, ORDER, Key, digest, peek, seal
from noren.commands.plan import read
from noren.commands.switchboard import city_key
from noren.errors import BadInput, NorenError
from noren.net import Guard, Http
from noren.trust.ledger import Signer

command = App(name="command", help="Set signals, valves and other devices of a running city.")
Json = Annotated[bool, Parameter(name="--json")]
Url = Annotated[str, Parameter(env_var="NOREN_URL")]
Token = Annotated[str, Parameter(env_var="NOREN_TOKEN")]
KeyFile = Annotated[Path, Parameter(name="--key", env_var="NOREN_KEY")]
HERE = "http://localhost:8080"


@command.command
def key(file: Path, /, *, name: str = "") -> None:
    """Make a key to sign orders with, or show the public half of one. Whoever has the file can sign: guard it.

    Parameters
    ----------
    file
        Where the key lies, or shall lie.
    name
        Whose it is: a word for the desk or device; the file's name when left out.
    """
    made = Signer.keep(file, "" if file.exists() else name or file.stem)
    print(made.verifier)


@command.command
def device(name: str, /, *, city: Path = Path()) -> None:
    """Print what a device must be given by hand: whom it obeys, and what it can do (JSON for `device.Pinned`).

    Parameters
    ----------
    name
        The device in the city's commands.toml.
    city
        Folder of the city.
    """
    opened = City.open(city)
    pinned = read(city).pinned(name, opened.config.slug, city_key(opened).verifier)
    print(json.dumps(asdict(pinned), ensure_ascii=False, indent=2))


@command.command(name="list")
def show(*, url: Url = HERE, token: Token, as_json: Json = False) -> None:
    """List what can be set, how it stands, and the newest commands.

    Parameters
    ----------
    url
        Address of the running city.
    token
        A token from `noren token`.
    as_json
        Report as JSON, for scripts.
    """
    found = _call(url, token, "GET", "/api/commands")
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for kind in found["kinds"]:
        stop = kind["stop"]
        title = f"{kind['kind']} – {tell('command.stopped', reason=stop['reason'])}" if stop else kind["kind"]
        table = Table(title=title)
        for heading in ("actuator", "name", "values", "link"):
            table.add_column(tell(f"command.{heading}"), overflow="fold")
        for each in kind["actuators"]:
            values = ", ".join(f"{name} {_said(value)}" for name, value in each["values"].items())
            table.add_row(each["id"], _local(each["name"]), values, tell(f"command.link.{each['link']}"))
        paper.print(table)
    for each in found["commands"]:
        _tell(each)


@command.command
def ask(
    actuator: str,
    setting: str,
    value: str,
    /,
    *,
    reason: str,
    key_file: KeyFile,
    seconds: float = 60.0,
    purpose: str = "",
    url: Url = HERE,
    token: Token,
    as_json: Json = False,
) -> None:
    """Sign an order and hand it in. Ends with 1 when it is refused.

    Parameters
    ----------
    actuator
        What shall be set.
    setting
        Which of its settings.
    value
        To what: a number, true, false, or a word.
    reason
        Why; it is kept in the ledger.
    key_file
        File of your key, from `noren command key`.
    seconds
        How long the order holds.
    purpose
        For which of your purposes; the first one that allows it when left out.
    url
        Address of the running city.
    token
        A token from `noren token`.
    as_json
        Report as JSON, for scripts.
    """
    known, now = _call(url, token, "GET", "/api/commands"), time.time()
    told = {
        "city": known["city"],
        "id": secrets.token_urlsafe(12),
        "actuator": actuator,
        "property": setting,
        "value": _value(value),
        "reason": reason,
        "at": now,
        "expires": now + seconds,
    }
    signed = seal(ORDER, told, _key(key_file))
    _end(_call(url, token, "POST", "/api/commands", {"signed": signed}, purpose or _purpose(known, actuator)), as_json)


@command.command
def approve(
    id: str, /, *, key_file: KeyFile, purpose: str = "", url: Url = HERE, token: Token, as_json: Json = False
) -> None:
    """Approve what somebody else asked for, after it was shown to you. Ends with 1 when it is refused all the same.

    Parameters
    ----------
    id
        The command's id, from `noren command list`.
    key_file
        File of your key.
    purpose
        For which of your purposes; the first one that allows it when left out.
    url
        Address of the running city.
    token
        Your own token.
    as_json
        Report as JSON, for scripts.
    """
    known = _call(url, token, "GET", "/api/commands")
    found = next((each for each in known["commands"] if each["id"] == id), None)
    if found is None:
        raise BadInput("There is no such command among the newest.", where=id)
    asked, _ = peek(found["signed"])  # what is approved is what was signed, whatever else the city tells
    paper.print(Text(json.dumps(asked, ensure_ascii=False)), soft_wrap=True)
    told = {"city": known["city"], "order": digest(found["signed"]), "at": time.time()}
    signed, path = seal(APPROVAL, told, _key(key_file)), f"/api/commands/{quote(id, safe='')}/approvals"
    _end(_call(url, token, "POST", path, {"signed": signed}, purpose or _purpose(known, found["actuator"])), as_json)


@command.command
def recall(id: str, /, *, reason: str, purpose: str = "", url: Url = HERE, token: Token, as_json: Json = False) -> None:
    """Take a command back.

    Parameters
    ----------
    id
        The command's id.
    reason
        Why.
    purpose
        For which of your purposes; the first one that allows it when left out.
    url
        Address of the running city.
    token
        A token from `noren token`.
    as_json
        Report as JSON, for scripts.
    """
    known = _call(url, token, "GET", "/api/commands")
    actuator = next((each["actuator"] for each in known["commands"] if each["id"] == id), "")
    path, body = f"/api/commands/{quote(id, safe='')}/recall", {"reason": reason}
    found = _call(url, token, "POST", path, body, purpose or _purpose(known, actuator))
    print(msgspec.json.encode(found).decode()) if as_json else _tell(found)


@command.command
def stop(kind: str, /, *, reason: str, url: Url = HERE, token: Token) -> None:
    """Emergency stop: a class of devices goes to its safe state at once, until two people lift it.

    Parameters
    ----------
    kind
        The class: signal, valve, gate …
    reason
        Why.
    url
        Address of the running city.
    token
        A token from `noren token`.
    """
    _call(url, token, "POST", "/api/stops", {"kind": kind, "reason": reason})
    paper.print(tell("command.stopped", reason=reason), style="red")


@command.command
def lift(kind: str, /, *, purpose: str = "", url: Url = HERE, token: Token) -> None:
    """Say that an emergency stop may end; it ends when a second account has said so.

    Parameters
    ----------
    kind
        The class: signal, valve, gate …
    purpose
        For which of your purposes; the first one that allows it when left out.
    url
        Address of the running city.
    token
        Your own token.
    """
    known = _call(url, token, "GET", "/api/commands")
    given: list[str] = next((each["purposes"] for each in known["kinds"] if each["kind"] == kind), [])
    found = _call(url, token, "POST", f"/api/stops/{quote(kind, safe='')}/lifts", {}, purpose or next(iter(given), ""))
    paper.print(tell("command.lifted" if found["lifted"] else "command.liftedOnce"))


def _key(file: Path) -> Key:
    return Key.parse(Signer.keep(file).secret())


def _purpose(known: dict[str, Any], actuator: str) -> str:
    for kind in known["kinds"]:
        if any(each["id"] == actuator for each in kind["actuators"]):
            return next(iter(kind["purposes"]), "")
    return ""


def _value(text: str) -> Any:
    """A number, true or false where it is one; else the word itself."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, bool | int | float) else text


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _local(text: dict[str, str]) -> str:
    return text.get(language()) or next(iter(text.values()), "")


def _end(found: dict[str, Any], as_json: bool) -> None:
    print(msgspec.json.encode(found).decode()) if as_json else _tell(found)
    if found["state"] == "refused":
        raise SystemExit(1)


def _tell(each: dict[str, Any]) -> None:
    why = _local(each["why"])
    line = f"{each['id']}  {each['actuator']}.{each['property']} → {_said(each['value'])}  {each['reason']}"
    paper.print(Text.assemble(line, "  ", (tell(f"command.state.{each['state']}"), "bold"), f"  {why}"), soft_wrap=True)


def _call(url: str, token: str, method: str, path: str, body: Any = None, purpose: str = "") -> Any:
    """What the running city answers; raises what it says went wrong."""
    return asyncio.run(_asked(url, token, method, path, body, purpose))


async def _asked(url: str, token: str, method: str, path: str, body: Any, purpose: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    headers |= {"Noren-Purpose": purpose} if purpose else {}
    raw = None if body is None else msgspec.json.encode(body)
    async with Http(Guard(["localhost", "private"])) as http:
        answer = await http.send(method, url.rstrip("/") + path, body=raw, headers=headers)
    try:
        told = msgspec.json.decode(answer.body)
    except msgspec.DecodeError as error:
        raise BadInput("There is no Noren at this address.", where=url) from error
    if answer.status >= 400:
        raise NorenError(told.get("title", ""), where=told.get("where", ""), hint=told.get("hint", ""))
    return told
