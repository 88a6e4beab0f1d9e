"""Who may: Cedar files, each sentence of which a lawyer can check; decided once per kind of question, then remembered.

Files of the city's folder `policies/` replace packaged files of the same name, and add to them under other
names. Whatever is not permitted is denied; so is whatever an error or an unknown word touches.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import cedarpy
import msgspec

from noren.errors import BadInput
from noren.terms import DataClass
from noren.trust.grants import NONE, Ground
from noren.trust.principals import Principal
from noren.trust.purposes import PURPOSES

Action = Literal["read", "write", "command", "search"]
SCHEMA = "schema.cedarschema"
_MEMORY = 50_000


class Definition(msgspec.Struct, frozen=True):
    """What is asked for: an attribute of a type (empty: the type itself), never one entity or person."""

    entity_type: str
    attribute: str
    data_class: DataClass
    collector_kind: str = "government"


class Decision(msgspec.Struct, frozen=True):
    """Whether, and by which sentences (their `@id`s; empty when nothing permits)."""

    allowed: bool
    reasons: tuple[str, ...]


_Stamp = tuple[tuple[str, int, int], ...]


class Policy:
    """The policies of one city, and their `text`. `version` rises whenever they change; whoever remembers a decision
    asks for it."""

    def __init__(self, folder: Path | None = None, *, bare: bool = False, organisation: str = "") -> None:
        """Read and check the policies of the city that `organisation` runs; raises `BadInput` with file and line for
        one that does not hold."""
        self.version = 0
        self.folder, self.bare, self.organisation = folder, bare, organisation
        self._memory: dict[tuple[Any, ...], Decision] = {}
        self._load()

    def refresh(self) -> None:
        """Take up changed files and forget every decision; cheap when nothing changed. Raises `BadInput` for files that
        do not hold, and goes on raising until they do: nothing is decided by rules that somebody meant to replace."""
        if self.folder is not None and _stamp(self.folder) != self._seen:
            self._load()

    def forget(self) -> None:
        """Forget every decision at once: a role, vetting or declaration changed."""
        self._memory.clear()
        self.version += 1

    def may(self, principal: Principal, purpose: str, action: Action, what: Definition, ground: Ground = NONE) -> bool:
        """Whether `principal` may do this to `what` for `purpose`; `ground` says what they stand on where the data is
        about a person."""
        return self.decide(principal, purpose, action, what, ground).allowed

    def decide(
        self, principal: Principal, purpose: str, action: Action, what: Definition, ground: Ground = NONE
    ) -> Decision:
        """As `may`, with the sentences that decided."""
        key = (principal.signature, purpose, principal.tenant, action, what, ground)
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            found = self._memory[key] = self._ask(principal, purpose, action, what, ground)
        return found

    def _ask(self, principal: Principal, purpose: str, action: Action, what: Definition, ground: Ground) -> Decision:
        if purpose not in PURPOSES:
            return Decision(False, ())
        kind = principal.kind.capitalize()
        request = {
            "principal": {"type": kind, "id": "asking"},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Definition", "id": "asked"},
            "context": {
                "purpose": purpose,
                "operational": PURPOSES[purpose].operational,
                "basis": ground.basis,
                "vetted": ground.vetted,
                "collected": ground.collected,
                "court": ground.court,
                "ours": bool(principal.organisation) and principal.organisation == self.organisation,
                "bare": self.bare,
            },
        }
        try:
            entities = cedarpy.Entities.from_json_str(json.dumps(_entities(kind, principal, what)), self._schema)
            answer = cedarpy.is_authorized(request, self._policies, entities, self._schema)
        except ValueError:
            return Decision(False, ())
        # Cedar skips a policy that errors, a forbid too: any trouble must deny.
        allowed = answer.allowed and not answer.diagnostics.errors
        return Decision(allowed, tuple(sorted(answer.diagnostics.id_annotations_by_reason.values())))

    def _load(self) -> None:
        seen = _stamp(self.folder) if self.folder else ()
        texts = policy_texts(self.folder)
        schema = texts.pop(SCHEMA)
        self._schema = _parsed(cedarpy.Schema.from_str, schema, SCHEMA)
        for name, text in texts.items():
            _parsed(cedarpy.PolicySet.from_str, text, name)
            if errors := cedarpy.validate_policies(text, self._schema).errors:
                raise BadInput(f"This policy does not hold: {errors[0].error}", where=f"policies/{name}", hint=_HINT)
        self.text = "\n".join(texts.values())
        self._policies = cedarpy.PolicySet.from_str(self.text)
        self._seen = seen
        self.forget()


_HINT = "Correct the file, or delete it from the city's folder to have the packaged one again."


def policy_texts(folder: Path | None = None) -> dict[str, str]:
    """All policy files in force by name: the packaged ones, each replaced by the city's file of that name."""
    packaged = {p.name: p.read_text("utf-8") for p in (files(__package__) / "policies").iterdir() if ".cedar" in p.name}
    if folder is not None and folder.is_dir():
        packaged |= {p.name: p.read_text("utf-8") for p in sorted(folder.glob("*.cedar"))}
    return dict(sorted(packaged.items()))


def _stamp(folder: Path) -> _Stamp:
    try:
        entries = [(p.name, p.stat()) for p in folder.glob("*.cedar")]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in entries))


def _parsed(parse: Any, text: str, name: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise BadInput(f"This policy cannot be read: {error}", where=f"policies/{name}", hint=_HINT) from error


def _entities(kind: str, principal: Principal, what: Definition) -> list[dict[str, Any]]:
    asking = {
        "organisation": principal.organisation,
        "organisationKind": principal.organisation_kind,
        "tenant": principal.tenant,
        "purposes": sorted(principal.purposes),
        "roles": sorted(principal.roles),
        "reads": sorted(principal.reads),
        "writes": sorted(principal.writes),
    }
    asked = {
        "entityType": what.entity_type,
        "attribute": what.attribute,
        "dataClass": what.data_class.name.lower(),
        "collectorKind": what.collector_kind,
        "tenant": principal.tenant,
    }
    return [
        {"uid": {"type": kind, "id": "asking"}, "attrs": asking, "parents": []},
        {"uid": {"type": "Definition", "id": "asked"}, "attrs": asked, "parents": []},
    ]
