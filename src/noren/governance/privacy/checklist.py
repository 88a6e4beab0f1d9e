"""The five model policies of the G20 Global Smart Cities Alliance, each requirement with what the software can show.

Names to know: `POLICIES`, `REQUIREMENTS`, `state`.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import msgspec

from noren.governance.privacy.risks import Measure, holds

if TYPE_CHECKING:
    from noren.governance.privacy.inventory import Inventory

State = Literal["met", "not met", "human"]


class ModelPolicy(msgspec.Struct, frozen=True):
    """One model policy, in both languages."""

    id: str
    en: str
    ja: str


class Required(msgspec.Struct, frozen=True):
    """One requirement of a model policy; `holds` says how it is judged, `evidence` names files, tests and routes."""

    id: str
    policy: str
    holds: str
    en: str
    ja: str
    evidence: list[str] = []


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    policy: list[ModelPolicy]
    requirement: list[Required]


_READ = msgspec.convert(tomllib.loads((files(__package__) / "model_policies.toml").read_text("utf-8")), _Table)
POLICIES, REQUIREMENTS = _READ.policy, _READ.requirement


def asked(required: Required) -> bool:
    """Whether people must judge it."""
    return required.holds == "human"


def state(required: Required, inventory: Inventory) -> State:
    """Whether a requirement is met in this city; what people answered counts where only they can say."""
    kind, _, name = required.holds.partition(":")
    match kind:
        case "human":
            given = inventory.answers.policy.get(required.id)
            return "met" if given and given.state == "met" else "not met" if given and given.state else "human"
        case "controller":
            return "met" if inventory.answers.controller.get(name) else "human"
        case "decision":
            return "met" if inventory.answers.decision.get(name) else "human"
        case "answer":
            return "met" if inventory.answers.measures.get(name) else "human"
        case "report":
            return "met"
        case "languages":
            return "met" if len(inventory.languages) > 1 else "not met"
        case "open data":
            return "met" if inventory.datasets and inventory.licensed == inventory.datasets else "not met"
    as_measure = Measure(required.id, [], required.holds, "", required.en, required.ja, required.evidence)
    return "met" if holds(as_measure, None, inventory.facts) else "not met"
