"""One `[[feeds]]` entry of `noren.toml`, taken apart: what every feed has, and the settings of its connector."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal

import msgspec

from noren.contract import Connector
from noren.contract.declaration import seconds
from noren.errors import BadInput
from noren.intake import connectors

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ENVIRONMENT = re.compile(r"\$([A-Z_][A-Z0-9_]*)")
DOCUMENT = "docs/feeds.md"


class Common(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every entry may say, whatever its kind."""

    kind: str
    """Kind of connector: `mqtt`, `http`, `gtfs_rt`, `replay`, `hello`, or one that you installed."""
    name: str = ""
    """Short name, unique in the city; it stands in the feed's id and on its page. Empty takes the kind."""
    title: str = ""
    """Name for people; empty takes `name`."""
    usual: str = ""
    """Usual time between readings ("15min") on the city's clock; empty learns it from what comes."""
    patience: float = 4.0
    """Without a reading for this many times `usual`, the feed counts as stale."""
    publisher: str = ""
    """Who provides the data; stands beside it wherever it is shown."""
    licence: str = ""
    """Licence under which it is provided: `CC BY 4.0`."""
    only: Literal["", "storm", "calm"] = ""
    """`storm`: not started under `noren up --calm`; `calm`: started only then."""
    off: bool = False
    """True keeps the entry and does not start it."""


class Entry(msgspec.Struct, frozen=True):
    """A feed as it is wanted: the common part and the connector, ready to run."""

    common: Common
    connector: Connector


def common(raw: Mapping[str, Any], where: str) -> Common:
    """The part that every feed has; raises `BadInput` that names the setting and how to write it."""
    fields = {name: value for name, value in raw.items() if name in Common.__struct_fields__}
    found: Common = _convert(fields, Common, where)
    name = found.name or found.kind.replace("_", "-")
    if not _NAME.fullmatch(name):
        raise BadInput(f"“{name}” is no name for a feed.", where=where, hint="Lower-case letters, digits and hyphens.")
    if (found.usual and seconds(found.usual) <= 0) or found.patience <= 0:
        raise BadInput("`usual` and `patience` are more than nothing.", where=where)
    return msgspec.structs.replace(found, name=name, title=found.title or name)


def entry(raw: Mapping[str, Any], where: str) -> Entry:
    """The whole entry; raises `BadInput` for an unknown kind or setting, a wrong value, or a secret that is not set."""
    shared = common(raw, where)
    kind = connectors.find(shared.kind)
    own = {name: _secret(value, where) for name, value in raw.items() if name not in Common.__struct_fields__}
    return Entry(shared, kind(_convert(own, kind.Settings, where)))


def names(raws: Sequence[Mapping[str, Any]]) -> list[str]:
    """The name of each entry as it is written, made unique by number where two are alike or none can be read."""
    found: list[str] = []
    for number, raw in enumerate(raws, 1):
        name = str(raw.get("name") or raw.get("kind") or "feed").replace("_", "-").lower()
        name = name if _NAME.fullmatch(name) else f"feed-{number}"
        found.append(name if name not in found else f"{name}-{number}")
    return found


def _secret(value: Any, where: str) -> Any:
    """Texts that are `$NAME` come from the environment, so that no key need stand in `noren.toml`."""
    if isinstance(value, dict):
        return {name: _secret(inner, where) for name, inner in value.items()}
    match = _ENVIRONMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    if match[1] not in os.environ:
        raise BadInput(f"{value} is not set.", where=where, hint=f"Start the city with {match[1]}=… before `noren up`.")
    return os.environ[match[1]]


def _convert(raw: dict[str, Any], wanted: Any, where: str) -> Any:
    try:
        return msgspec.convert(raw, wanted)
    except msgspec.ValidationError as error:
        raise BadInput(_words(str(error), wanted), where=where, hint=f"Every setting stands in {DOCUMENT}.") from None
    except BadInput as error:
        raise BadInput(error.what, where=f"{where}, {error.where}".rstrip(", "), hint=error.hint) from None


def _words(message: str, wanted: Any) -> str:
    if unknown := re.search(r"unknown field `([^`]*)`", message):
        near = get_close_matches(unknown[1], wanted.__struct_fields__, 1)
        return f"“{unknown[1]}” is no setting here." + (f" Did you mean “{near[0]}”?" if near else "")
    if missing := re.search(r"missing required field `([^`]*)`", message):
        return f"The setting “{missing[1]}” is missing."
    return message.replace("`$.", "`").rstrip(".") + "."
