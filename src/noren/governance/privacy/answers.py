"""What only people can answer: `privacy.toml` in the city's folder, kept over every new report.

A new report adds headings for what is new; it changes no line that somebody wrote.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import BadInput

FILE = "privacy.toml"
Words = str | dict[str, str]
CONTROLLER = ("name", "contact", "representative", "officer", "requests", "authority")
DECISION = ("residents", "advice", "authority", "decided_by", "decided_on", "next_review")
ACTIVITY = (
    "necessity",
    "proportionality",
    "legal_basis",
    "subjects",
    "people",
    "special",
    "collected",
    "processors",
    "retention",
    "transfers",
    "accepted",
)
FEW = ("necessity", "retention")
"""What is asked about an activity that touches nobody's data."""
MEASURES = ("keys_apart", "restore_tested", "staff_trained", "incident_plan")
_HEAD = """\
# What the reports of `noren privacy report` cannot know. Write between the quotes; what stays empty is shown as open.
# A text may be given in both languages: contact = { en = "Town hall", ja = "市役所" }. Contact, retention, legal basis
# and whose data it is are published: write the office or the role, never a private person. New headings are added at
# the end by the next report; your lines are never changed.
"""


class Answer(msgspec.Struct, frozen=True):
    """What somebody judged of a requirement of a model policy: `met`, `not met`, or empty; and what shows it."""

    state: str = ""
    evidence: Words = ""


class Answers(msgspec.Struct, frozen=True):
    """All that was answered; a missing answer is an empty text."""

    controller: dict[str, Words] = {}
    decision: dict[str, Words] = {}
    measures: dict[str, Words] = {}
    activity: dict[str, dict[str, Words]] = {}
    policy: dict[str, Answer] = {}

    def of(self, activity: str, key: str) -> Words:
        """The answer about an activity."""
        return self.activity.get(activity, {}).get(key, "")


def read(folder: Path) -> Answers:
    """The answers in `folder/privacy.toml`, none where there is no such file; raises `BadInput` with what is wrong."""
    path = folder / FILE
    if not path.is_file():
        return Answers()
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Answers)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"This is not TOML: {error}.", where=str(path), hint="Text stands in double quotes.") from error
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise BadInput(f"{what}.", where=f"{path}, {where.strip('`$.')}", hint=_HINT) from error
    return _checked(found, path)


_HINT = 'Write a text, or one by language: { en = "…", ja = "…" }.'


def _checked(found: Answers, path: Path) -> Answers:
    groups: dict[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
        "controller": (found.controller, CONTROLLER),
        "decision": (found.decision, DECISION),
        "measures": (found.measures, MEASURES),
    }
    groups |= {f"activity.{name}": (given, ACTIVITY) for name, given in found.activity.items()}
    for group, (given, known) in groups.items():
        if unknown := sorted(set(given) - set(known)):
            raise BadInput(
                f"“{unknown[0]}” is not asked.", where=f"{path}, [{group}]", hint=f"Asked are: {', '.join(known)}."
            )
    for name, answer in found.policy.items():
        if answer.state not in ("", "met", "not met"):
            raise BadInput(
                f"“{answer.state}” is no state.", where=f"{path}, [policy.{name}]", hint='Write "met" or "not met".'
            )
    return found


def prepare(folder: Path, activities: Mapping[str, Iterable[str]], requirements: Iterable[str]) -> bool:
    """Add a heading with empty answers for whatever has none yet: activities with what is asked about them, and
    requirements of model policies. True when something was added."""
    path, given = folder / FILE, read(folder)
    lines = [] if path.is_file() else [_HEAD]
    lines += [] if given.controller else _section("controller", CONTROLLER)
    lines += [] if given.decision else _section("decision", DECISION)
    lines += [] if given.measures else _section("measures", MEASURES)
    for name, keys in activities.items():
        lines += [] if name in given.activity else _section(f"activity.{_key(name)}", keys)
    for name in requirements:
        lines += [] if name in given.policy else _section(f"policy.{_key(name)}", ("state", "evidence"))
    if lines:
        text = path.read_text("utf-8") if path.is_file() else ""
        path.write_text(text + ("\n" if text and not text.endswith("\n") else "") + "".join(lines), "utf-8")
    return bool(lines)


def _section(name: str, keys: Iterable[str]) -> list[str]:
    return [f"\n[{name}]\n", *(f'{key} = ""\n' for key in keys)]


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else f'"{name}"'
