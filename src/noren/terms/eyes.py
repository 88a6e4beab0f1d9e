"""What a camera may say: counts, speeds and events. The table `eyes.csv` names all that entities of its types hold.

A picture, a face, a plate, an identifier or a track has no place in it; texts that look like one are found here, too.
Names to know: `rules` (what entities of some types may hold), `oddity` (what a text may be instead of words).

>>> oddity("North gate"), oddity("b8:27:eb:12:34:56"), oddity("品川 500 さ 12-34")
('', 'a network address', 'a number plate')
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast, get_args

import msgspec

from noren.errors import BadInput
from noren.terms.tables import EVERY_TYPE, TYPES, iri

Form = Literal["count", "number", "yes or no", "incident", "way", "time", "thing", "words", "place"]
MEASURED: frozenset[Form] = frozenset({"count", "number"})
INCIDENTS = ("none", "congestion", "wrong-way", "obstacle", "stopped-vehicle", "fall", "smoke", "flooding")
WAYS = ("inbound", "outbound")
GRAIN = {"CrowdFlowObserved": 300, "TrafficFlowObserved": 60}
"""Seconds: the finest time between two observations, and what their times are whole multiples of."""
ALWAYS_TIMED = frozenset({"CrowdFlowObserved"})
"""Types whose measured values must say when they were observed."""
CAMERA, DEVICE = "camera", "Device"
"""A device is a camera when its `category` says so."""
LONGEST = 300


class Rule(msgspec.Struct, frozen=True):
    """What one attribute may hold; bounds are in the table's unit."""

    form: Form
    lowest: float | None = None
    highest: float | None = None


class Rules(msgspec.Struct, frozen=True):
    """What entities of a combination of types may hold, by IRI of the attribute; `grain` in seconds, 0 for none."""

    types: tuple[str, ...]
    attributes: Mapping[str, Rule]
    grain: int
    timed: bool


def _load() -> dict[str, dict[str, Rule]]:
    found: dict[str, dict[str, Rule]] = {}
    for line, row in enumerate(csv.DictReader((files(__package__) / "eyes.csv").read_text("utf-8").splitlines()), 2):
        held = found.setdefault(row["type"], {})
        if not row["attribute"]:
            continue
        if row["form"] not in get_args(Form):
            raise BadInput(f"“{row['form']}” is no form of a value.", where=f"terms/eyes.csv, row {line}")
        bounds = [float(row[name]) if row[name] else None for name in ("lowest", "highest")]
        held[iri(row["attribute"])] = Rule(cast(Form, row["form"]), *bounds)
    everywhere = found.pop(EVERY_TYPE)
    return {kind: own and everywhere | own for kind, own in found.items()}


_HELD = _load()
"""Attributes by type; a type that may not come in at all holds none."""
_NAMES = {TYPES[name].iri: name for name in _HELD if name in TYPES}


@lru_cache(4096)
def _known(type_iri: str) -> str:
    """Name of a type in the table, "" for another; whatever context its name came with, its last part tells."""
    name = _NAMES.get(type_iri) or re.split(r"[/#:]", type_iri)[-1]
    return name if name in _HELD else ""


@lru_cache(4096)
def rules(types: tuple[str, ...], camera: bool = False) -> Rules | None:
    """The rules for entities of these types (IRIs); None where no camera is concerned. What has a second type besides
    may hold no more than the stricter of them. A `Device` is concerned when it is a `camera`."""
    kinds = [name for name in map(_known, types) if name and (name != DEVICE or camera)]
    if not kinds:
        return None
    shared = set.intersection(*(set(_HELD[kind]) for kind in kinds))
    held = {name: _HELD[kinds[0]][name] for name in shared}
    grain = max((GRAIN.get(kind, 0) for kind in kinds), default=0)
    return Rules(tuple(kinds), held, grain, not ALWAYS_TIMED.isdisjoint(kinds))


def may_concern(types: Iterable[str]) -> bool:
    """Whether entities of these types can be a camera or what it says."""
    return any(_known(kind) for kind in types)


def admits(type_name: str, attribute: str) -> bool:
    """Whether entities of a type (short name) may hold an attribute (short name); True where no camera is concerned."""
    return type_name == DEVICE or type_name not in _HELD or iri(attribute) in _HELD[type_name]


def floor(type_name: str, seconds: float) -> float:
    """A time (seconds since 1970) no finer than observations of that type may be."""
    grain = GRAIN.get(type_name)
    return seconds // grain * grain if grain else seconds


_SHAPES: tuple[tuple[str, str], ...] = (
    ("a picture or other data in text", r"data:[\w.+-]+/|base64,|<\?xml|<svg"),
    ("a picture or a film", r"\.(?:jpe?g|png|gif|webp|bmp|tiff?|heic|avif|mp4|avi|mkv|mov|m3u8|ts)\b"),
    ("a stream of pictures", r"\b(?:rtsps?|rtmps?|srt|webrtc|onvif)://"),
    ("a network address", r"(?<![0-9a-f])[0-9a-f]{2}([:.-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![0-9a-f])"),
    ("a network address", r"(?<![0-9a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![0-9a-f])"),
    ("a network address", r"(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12}(?![0-9a-z])"),
    ("an identifier", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("an identifier", r"(?<!\d)\d{11,}(?!\d)"),
    ("an identifier", r"(?<![a-z0-9+/=])(?=[a-z+/]*\d)(?=[\d+/]*[a-z])[a-z0-9+/]{18,}={0,2}"),
    ("an address of a person", r"[\w.+-]+@[\w-]+\.\w+"),
    (
        "a number plate",
        r"[\u3400-\u9fff\u3041-\u30ff]{1,4}\s*\d[\da-z]{1,2}\s*[\u3041-\u309fa-z]\s*[\d・.]{1,2}\s*[-－ー]?\s*\d{2}",
    ),
)
_PLATES = r"""[A-Z]{2,3}[ -]?\d{3,4}[ -]?[A-Z]{0,2} | [A-Z]{2}\d{2}[ -]?[A-Z]{3} | [A-Z]{2}[ -]\d{3}[ -][A-Z]{2}
| [A-Z]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4} | \d{1,4}[ -]?[A-Z]{2,3}[ -]?\d{2,3}"""
_ODD = (
    *((what, re.compile(shape, re.IGNORECASE)) for what, shape in _SHAPES),
    ("a number plate", re.compile(rf"\A(?:{_PLATES})\Z", re.VERBOSE)),
)


@lru_cache(8192)
def oddity(text: str) -> str:
    """What a text may be instead of words for people, "" where nothing is odd about it.

    What it finds are the usual shapes of identifiers and pictures. Somebody with a pen can always write a name: what
    keeps identities out is the table; this catches what a careless device puts in the wrong field.
    """
    text = text.strip()
    if len(text) > LONGEST:
        return "too long to be words"
    return next((what for what, pattern in _ODD if pattern.search(text)), "")


def shown(id: str) -> str:
    """An id as a report may show it: without its last part where that could be somebody's.

    >>> shown("urn:ngsi-ld:CrowdFlowObserved:town:b827eb123456")
    'urn:ngsi-ld:CrowdFlowObserved:town:…'
    """
    front, _, local = id.rpartition(":")
    return f"{front}:…" if may_concern(id.split(":")[2:3]) and oddity(local) else id
