"""`noren policy`: why something is allowed or refused, which rules are in force, whether changed ones hold."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter

from noren.city import City
from noren.cli.words import language, paper, tell
from noren.errors import BadInput
from noren.messages import say
from noren.terms import TYPES, iri
from noren.trust import PUBLIC, PURPOSES, Basis, Definition, Ground, OrganisationKind, Policy, Principal
from noren.trust import policy_texts as texts_of
from noren.trust.explain import Explanation, Question, Sentence, explain, in_force, unsaid
from noren.trust.policy import Action
from noren.view.classes import Classes

Json = Annotated[bool, Parameter(name="--json")]
Kinds = Literal["anonymous", "resident", "staff", "organisation", "service", "device"]
policy = App(name="policy", help="Say who may do what, and why.")


@policy.command(name="explain")
def explain_(
    what: str,
    /,
    *,
    who: Kinds = "anonymous",
    purpose: str = PUBLIC,
    action: Action = "read",
    basis: Basis = "",
    collected_by: OrganisationKind = "government",
    organisation: str = "",
    organisation_kind: OrganisationKind | None = None,
    role: list[str] | None = None,
    declares: list[str] | None = None,
    vetted: bool = False,
    collected: bool = False,
    city: Path | None = None,
    as_json: Json = False,
) -> None:
    """Say in words whether somebody may do something, by which sentence of which file, and what would change it.

    Parameters
    ----------
    what
        A type of entity, or an attribute of one: WaterObserved, Person.birthDate.
    who
        Kind of whoever asks.
    purpose
        What they ask for; `noren policy explain` takes it as given to them.
    action
        What they want to do.
    basis
        On what ground they ask for data about a person: own, guardian, helper, consent or emergency.
    collected_by
        Kind of the organisation that collected the data.
    organisation
        The organisation that they belong to; the city's own for staff, services and devices when left out.
    organisation_kind
        Of which kind that organisation is.
    role
        Roles that they were given.
    declares
        Types that a service or device declares.
    vetted
        Their organisation stands in the register of recipients.
    collected
        Their organisation collected the data itself.
    city
        The city's folder; the packaged rules where neither this nor the current folder is one.
    as_json
        Report as JSON, for scripts.
    """
    rules, classes, folder, own = _rules(city)
    if purpose not in PURPOSES:
        raise BadInput(f"“{purpose}” is no purpose.", where="--purpose", hint=_near(purpose, PURPOSES))
    name = organisation or (own if who in ("staff", "service", "device") else "")
    asking = Principal(
        id="urn:noren:asking",
        kind=who,
        organisation=name,
        organisation_kind=organisation_kind or ("government" if name == own else "company" if name else "none"),
        purposes=frozenset({purpose}),
        default_purpose=purpose,
        roles=frozenset(role or ()),
        reads=frozenset(declares or ()),
        writes=frozenset(declares or ()),
    )
    definition = _definition(what, classes, collected_by)
    found = explain(rules, Question(asking, purpose, action, definition, Ground(basis, vetted, collected)), folder)
    if as_json:
        report = msgspec.to_builtins(found) | {"class": definition.data_class.name.lower()}
        print(msgspec.json.encode(report).decode())
        return
    _show(found, definition)


@policy.command(name="list")
def list_(*, city: Path | None = None, as_json: Json = False) -> None:
    """List the files of rules in force: packaged ones, and what the city put in their place or added.

    Parameters
    ----------
    city
        The city's folder; the packaged rules where neither this nor the current folder is one.
    as_json
        Report as JSON, for scripts.
    """
    found = in_force(_rules(city)[2])
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for each in found:
        paper.print(
            tell(f"policy.list.{each.origin}", file=each.file, lines=each.changed), soft_wrap=True, markup=False
        )


@policy.command
def check(folder: Path, /) -> None:
    """Check a folder of rules before a city takes it up; ends with 1 when it does not hold.

    Parameters
    ----------
    folder
        A folder with files that end in .cedar.
    """
    if not folder.is_dir():
        raise BadInput("There is no such folder.", where=str(folder), hint="Name the city's folder policies.")
    Policy(folder)
    bare = unsaid(texts_of(folder))
    for file, id in bare:
        paper.print(tell("policy.check.unsaid", file=file, id=id), style="yellow", soft_wrap=True, markup=False)
    if bare:
        sys.exit(1)
    own = sum(each.origin != "packaged" for each in in_force(folder))
    paper.print(tell("policy.check.holds", count=own), style="green", soft_wrap=True)


def _rules(folder: Path | None) -> tuple[Policy, Classes, Path | None, str]:
    """The rules of a city, its classes, the folder of its own files, and its organisation."""
    place = folder or Path()
    if folder is None and not (place / "noren.toml").is_file():
        return Policy(organisation="city"), Classes(), None, "city"
    opened = City.open(place)
    return opened.policy, opened.classes, place / "policies", opened.organisation


def _definition(what: str, classes: Classes, collected_by: str) -> Definition:
    kind, _, attribute = what.partition(".")
    if kind not in TYPES and (near := get_close_matches(kind, TYPES, 1, 0.7)):
        raise BadInput(f"No table describes “{kind}”.", where=kind, hint=f"Is {near[0]} meant?")
    known = TYPES[kind].attributes if kind in TYPES else {}
    if attribute and attribute not in known and (near := get_close_matches(attribute, known, 1, 0.7)):
        raise BadInput(f"“{kind}” has no “{attribute}”.", where=what, hint=f"Is {kind}.{near[0]} meant?")
    of = classes.of_attribute(iri(kind), iri(attribute)) if attribute else classes.of_type(iri(kind))
    return Definition(kind, attribute, of, collected_by)


def _near(word: str, words: Iterable[str]) -> str:
    known = list(words)
    near = get_close_matches(word, known, 1)
    return f"Is {near[0]} meant?" if near else f"Known are: {', '.join(known)}."


def _show(found: Explanation, what: Definition) -> None:
    style = "green" if found.allowed else "red"
    paper.print(tell("policy.allowed" if found.allowed else "policy.refused"), style=style)
    paper.print(tell("policy.class", kind=tell(f"policy.class.{what.data_class.name.lower()}")), soft_wrap=True)
    if not found.because:
        paper.print(tell("policy.nothing"), soft_wrap=True)
    for each in found.because:
        paper.print(f"  {said(each)}  ({each.file}, {each.id})", soft_wrap=True, markup=False)
    if found.unless:
        paper.print(tell("policy.unless"), soft_wrap=True)
    for change, value in found.unless:
        paper.print(f"  {tell(f'policy.unless.{change}', value=value)}", soft_wrap=True, markup=False)


def said(sentence: Sentence) -> str:
    """What a sentence says in the terminal's language; its own words where the city changed them, or added it."""
    key = f"policy.says.{sentence.id}"
    return say(language(), key) if say("en", key) == sentence.text else sentence.text
