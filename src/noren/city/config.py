"""What `noren.toml` may say. Every setting is described in docs/configuration.md; a test sees to it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from noren.errors import BadInput
from noren.trust.identity.settings import IdentitySettings, wrong
from noren.trust.principals import OrganisationKind

FILE = "noren.toml"
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class ClockSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[clock]`: when the city's clock starts, and how fast it runs."""

    start: datetime | None = None
    speed: float = 1.0


class NetSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[net]`: hosts and networks that are not public and may be reached all the same."""

    allow: tuple[str, ...] = ()


class ServiceSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[services]`: names of services that shall not run."""

    off: tuple[str, ...] = ()


class VoiceSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[voice]`: how much one address may hand in within an hour without signing in; 0 bounds nothing."""

    hourly: Annotated[int, msgspec.Meta(ge=0)] = 300


class LedgerSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[ledger]`: the ledger's name, the file that names its witnesses, and how long it may do without them."""

    origin: str = ""
    policy: str = "ledger.policy"
    lapse_minutes: float = 60.0


class CustodianSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[[custodians]]`: an organisation that keeps what it collected in its own house; the city holds only this."""

    name: str
    kind: OrganisationKind
    endpoint: str
    key: str
    types: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    organisation: str = ""
    area: tuple[float, float, float, float] | None = None
    since: datetime | None = None
    until: datetime | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0, le=30)] = 0.7


class HouseSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[custodian]`: this folder is the house of a custodian: what kind of organisation, and which city may ask."""

    kind: OrganisationKind
    key: str
    city: str = ""
    operators: tuple[str, ...] = ()


class SearchSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[search]`: courts by name with the file of their public key; a law of the city may let them order a search."""

    courts: dict[str, str] = {}


class FlowSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[flow]`: groups of people whose movements may be counted, how many counts of a day one of them may change, and
    what a day and a month may cost (rho)."""

    populations: tuple[str, ...] = ()
    contributions: Annotated[int, msgspec.Meta(ge=1, le=100)] = 9
    day: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.01
    month: Annotated[float, msgspec.Meta(gt=0, le=10)] = 0.31


class VaultSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`[vault]`: where the root key of personal data lies, and to which officer's key its backups are locked."""

    root_key: str = ""
    officer: str = ""


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """The settings of one city; `feeds` and `disaster` are read further by the rooms that they belong to."""

    name: dict[str, str]
    slug: str = ""
    timezone: str = "UTC"
    languages: tuple[str, ...] = ("en", "ja")
    country: str = ""
    centre: tuple[float, float] | None = None
    organisation: str = ""
    tenants: tuple[str, ...] = ()
    clock: ClockSettings = msgspec.field(default_factory=ClockSettings)
    net: NetSettings = msgspec.field(default_factory=NetSettings)
    services: ServiceSettings = msgspec.field(default_factory=ServiceSettings)
    voice: VoiceSettings = msgspec.field(default_factory=VoiceSettings)
    ledger: LedgerSettings = msgspec.field(default_factory=LedgerSettings)
    custodian: HouseSettings | None = None
    custodians: tuple[CustodianSettings, ...] = ()
    search: SearchSettings = msgspec.field(default_factory=SearchSettings)
    flow: FlowSettings = msgspec.field(default_factory=FlowSettings)
    vault: VaultSettings = msgspec.field(default_factory=VaultSettings)
    production: bool = False
    identity: IdentitySettings = msgspec.field(default_factory=IdentitySettings)
    feeds: tuple[dict[str, Any], ...] = ()
    disaster: dict[str, Any] = {}

    def called(self, language: str) -> str:
        """The city's name in `language`, else in any."""
        return self.name.get(language) or next(iter(self.name.values()))

    def root_key(self, folder: Path) -> Path:
        """Where the root key of a city in `folder` lies."""
        return folder / (self.vault.root_key or "data/vault.key")

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)


def read(folder: Path) -> Config:
    """The settings in `folder/noren.toml`; raises `BadInput` that names file, key and what to write."""
    path = folder / FILE
    if not path.is_file():
        raise BadInput("This folder is not a city.", where=str(folder), hint=f"Make one with: noren init {folder}")
    try:
        return parse(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise BadInput("The file is not UTF-8 text.", where=str(path), hint="Save it as UTF-8.") from error


def parse(text: str, where: str = FILE) -> Config:
    """The settings that `text` states; raises `BadInput` as `read` does."""
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"This is not TOML: {error}.", where=where, hint="Text stands in double quotes.") from error
    except msgspec.ValidationError as error:
        raise _explained(str(error), where) from error
    return _checked(config, where)


def _checked(config: Config, where: str) -> Config:
    if not config.name or not all(config.name.values()):
        raise BadInput("The city has no name.", where=f"{where}, name", hint='Write: name = { en = "Town" }')
    if config.timezone not in available_timezones():
        raise BadInput(
            f"“{config.timezone}” is no time zone.", where=f"{where}, timezone", hint='Write one like "Asia/Tokyo".'
        )
    if not config.slug:
        config.slug = slug(config.called("en"))
    for key, value in [("slug", config.slug), *(("tenants", tenant) for tenant in config.tenants)]:
        if not SLUG.fullmatch(value):
            raise BadInput(
                f"“{value}” cannot be used.", where=f"{where}, {key}", hint="Lower-case letters, digits, “-”."
            )
    if config.centre and not (-180 <= config.centre[0] <= 180 and -90 <= config.centre[1] <= 90):
        raise BadInput("The centre lies nowhere.", where=f"{where}, centre", hint="Write [longitude, latitude].")
    if found := wrong(config.identity, production=config.production):
        raise BadInput(found[0], where=f"{where}, {found[1]}", hint=found[2])
    if config.clock.start and config.clock.start.tzinfo is None:
        raise BadInput(
            "The start of the clock has no zone.", where=f"{where}, clock.start", hint="Write 2024-04-27T00:00:00Z."
        )
    return config


def slug(name: str) -> str:
    """The short name that ids carry: lower-case Latin letters, digits and dashes.

    >>> slug("São Paulo")
    'sao-paulo'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63] or "city"


_KINDS = {
    "str": 'text in double quotes, like "text"',
    "float": "a number",
    "int": "a number",
    "bool": "true or false",
    "array": "a list, like [1, 2]",
    "object": "a table, like { en = … }",
    "datetime": "a time, like 2024-04-27T00:00:00Z",
}


def _explained(message: str, where: str) -> BadInput:
    unknown = re.match(r"Object contains unknown field `(\w+)`(?: - at `\$\.?(.*)`)?", message)
    if unknown:
        key = ".".join(part for part in (unknown[2], unknown[1]) if part)
        return BadInput(f"“{key}” is not a setting.", where=where, hint="The settings are in docs/configuration.md.")
    missing = re.match(r"Object missing required field `(\w+)`", message)
    if missing:
        return BadInput(f"The setting “{missing[1]}” is missing.", where=where, hint='Write: name = { en = "Town" }')
    wrong = re.match(r"Expected `(.+?)`.*?(?: - at `\$\.?(.*)`)?$", message)
    kind = next((text for name, text in _KINDS.items() if wrong and name in wrong[1]), "another kind of value")
    key = (wrong[2] if wrong else "") or ""
    return BadInput(f"“{key}” must be {kind}.", where=where, hint="The settings are in docs/configuration.md.")
