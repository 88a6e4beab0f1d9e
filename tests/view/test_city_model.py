"""A whole city against a plain model: whatever was collected, allowed, withdrawn, erased or changed before.

Everybody is told just the values that the model gives them, by whichever interface, and the book has just the lines
for what left.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from noren.broker.requests import EntityQuery, TemporalQuery
from noren.broker.subscription import parse_subscription
from noren.city import City, create
from noren.errors import NotAllowed
from noren.terms import iri
from noren.trust import OWN, Grant, Principal, grant_id

PERSON, DAY = iri("Person"), 86_400
PEOPLE = {name: f"urn:ngsi-ld:Person:town:{name}" for name in ("ann", "bea")}
HOLDERS = {"Hospital": "health", "Seller": "company"}
ATTRIBUTES = ("givenName", "birthDate", "dataSubject")
INTERFACES = ("query", "find", "retrieve", "get", "narrowed")
QUERY = EntityQuery(types=((PERSON,),), limit=100)


def somebody(kind: str, organisation: str, how: str, purpose: str, *roles: str, id: str = "") -> Principal:
    return Principal(
        id=id or f"urn:noren:{kind}:{organisation.lower()}",
        kind=kind,  # type: ignore[arg-type]
        organisation=organisation,
        organisation_kind=how,  # type: ignore[arg-type]
        purposes=frozenset({purpose}),
        default_purpose=purpose,
        roles=frozenset(roles),
    )


CALLERS = {
    "ann": somebody("resident", "", "none", OWN, id=PEOPLE["ann"]),
    "guardian": somebody("resident", "", "none", OWN, id="urn:noren:resident:guardian"),
    "School": somebody("organisation", "School", "school", "education"),
    "Insurer": somebody("organisation", "Insurer", "company", "education"),
    "Hall": somebody("staff", "Hall", "government", "education"),
    "Hospital": somebody("organisation", "Hospital", "health", "education", "collector"),
    "doctor": somebody("staff", "Hospital", "health", "emergency-care", "clinician", id="urn:noren:staff:doctor"),
    "device": somebody("device", "Town", "government", "education"),
}
GRANTEES = {
    "guardian": ("guardian", OWN, CALLERS["guardian"].id),
    "helper": ("helper", OWN, CALLERS["guardian"].id),
    "emergency": ("emergency", "emergency-care", CALLERS["doctor"].id),
    **{name: ("consent", "education", name) for name in ("School", "Insurer", "Hall", "Hospital")},
}
HAPPENINGS = (
    *("collect", "collect", "give", "give", "give", "give", "withdraw", "withdraw", "wait", "erase", "vet_or_stop"),
    *("change_organisation", "change_policy", "look_from_the_side"),
)
Key = tuple[str, str]


class CityModel(RuleBasedStateMachine):
    """The city on one side, and on the other what everybody should see of it."""

    @initialize()
    def begin(self) -> None:
        self.folder, self.runner = tempfile.TemporaryDirectory(), asyncio.Runner()
        create(Path(self.folder.name) / "town", "Town")
        self.city = City.open(Path(self.folder.name) / "town")
        self.at = time.time()
        self.city.grants._wall = lambda: self.at
        self.vetted, self.consent, self.callers = {"School", "Hall"}, True, dict(CALLERS)
        self.city.desk().vetted = lambda name: name in self.vetted
        self.values: dict[Key, dict[str, str]] = {}
        self.grants: dict[str, Grant] = {}
        self.spent: dict[tuple[str, int], int] = {}
        self.book: dict[Key, list[tuple[str, tuple[str, ...]]]] = {}
        self.count = self.steps = 0

    # What happens in the city.

    @rule(what=st.sampled_from(HAPPENINGS), data=st.data())
    def happens(self, what: str, data: Any) -> None:
        """One rule for all, so that each run has some of everything."""
        self.draw = lambda *choice: data.draw(st.sampled_from(choice))
        if (what in ("give", "erase") and not self.values) or (what == "withdraw" and not self.grants):
            what = "collect"
        getattr(self, what)()

    def collect(self) -> None:
        holder, person = self.draw(*sorted(HOLDERS)), self.draw(*sorted(PEOPLE))
        self.count += 1
        held = {"givenName": f"given {self.count}", "birthDate": f"born {self.count}"}
        about = {"type": "Relationship", "object": PEOPLE[person]}
        collector = somebody("organisation", holder, HOLDERS[holder], "education", "collector")
        entity = {"id": self.id(holder, person), "type": "Person", "dataSubject": about} | held
        (outcome,) = self.runner.run(self.city.view(collector).upsert([entity]))
        assert outcome.error is None
        self.values[holder, person] = held | {"dataSubject": PEOPLE[person]}

    def give(self) -> None:
        holder, person = self.draw(*sorted(self.values))
        basis, purpose, grantee = GRANTEES[self.draw(*sorted(GRANTEES))]
        made = Grant(
            id=grant_id(),
            basis=basis,  # type: ignore[arg-type]
            subject=self.subject(holder, person),
            holder=holder,
            tenant=self.draw("", "", "", "port"),
            grantee=grantee,
            purpose=purpose,
            attributes=frozenset({self.draw("Person.*", "Person.*", "Person.givenName", "Device.*")}),
            since=self.at,
            until=self.at + self.draw(10 * DAY, 60),
            daily=self.draw(0, 0, 1),
        )
        self.grants[made.id] = self.city.grants.give(made)

    def withdraw(self) -> None:
        id = self.draw(*self.grants)
        self.grants[id] = self.city.grants.withdraw(id)

    def wait(self) -> None:
        self.at += self.draw(61, DAY, 11 * DAY)

    def erase(self) -> None:
        key = self.draw(*sorted(self.values))
        self.city.vault.erase(self.subject(*key))
        self.values[key] = {}
        self.book[key] = []

    def vet_or_stop(self) -> None:
        self.vetted ^= {self.draw("School", "Hall", "Insurer")}

    def change_organisation(self) -> None:
        how = self.draw("company", "government", "research")
        for name in ("Insurer", "School"):
            self.callers[name] = msgspec.structs.replace(self.callers[name], organisation_kind=how)

    def change_policy(self) -> None:
        """The city does away with consent, or has it back."""
        self.consent = not self.consent
        file = self.city.folder / "policies" / "consent.cedar"
        if self.consent:
            file.unlink()
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text("// Nobody's consent lets anybody read.\n", "utf-8")
        self.city.refresh()

    # Who is told what.

    @invariant()
    def everybody_is_told_what_the_model_says(self) -> None:
        """After each step everybody looks, each time by another interface."""
        for n, who in enumerate(getattr(self, "callers", {}).values()):
            self.use(who, INTERFACES[(self.steps + n) % len(INTERFACES)])
        self.steps = getattr(self, "steps", 0) + 1

    def use(self, who: Principal, how: str) -> None:
        """One looks, by one interface."""
        if how in ("query", "find", "narrowed") and not self.could_ever(who):
            with pytest.raises(NotAllowed):
                self.runner.run(self.asked(who, how))
            return
        asked = {"narrowed": ("givenName",), "get": ATTRIBUTES}.get(how, ATTRIBUTES)
        expected = {key: self.shown(who, key, asked) for key in self.values}
        told = self.runner.run(self.asked(who, how))
        assert sorted(told) == sorted(
            tuple(sorted(self.value(who, key, name) for name in shown))
            for key, shown in expected.items()
            if shown or self.is_own(who, key[1])
        )
        self.enter(who, expected)

    def look_from_the_side(self) -> None:
        """Nothing of other people by types, changes, history, series, counts, conditions, subscriptions."""
        for who in self.callers.values():
            self.runner.run(self.sides(who))

    @invariant()
    def the_book_is_exact(self) -> None:
        for key in getattr(self, "values", {}):
            lines = self.city.book.of([self.subject(*key)])
            found = [(line.facts["who"], tuple(line.facts["attributes"])) for line in reversed(lines)]
            assert found == self.book.get(key, [])

    # The model.

    def could_ever(self, who: Principal) -> bool:
        """Whether some grant could let them read, as their kind, roles and organisation stand."""
        by_consent = who.organisation in self.vetted or who.kind == "staff" or "collector" in who.roles
        emergency = "clinician" in who.roles and who.organisation_kind == "health"
        return who.kind == "resident" or (
            who.kind != "device" and ((self.consent and by_consent) or (emergency and who.kind == "staff"))
        )

    def shown(self, who: Principal, key: Key, asked: tuple[str, ...]) -> dict[str, str]:
        """Which attributes of an entity they see, each by which grant ("" for one's own)."""
        held = [name for name in self.values[key] if name in asked]
        if self.is_own(who, key[1]):
            return dict.fromkeys(self.values[key], "")
        grants = [grant for grant in self.in_order() if self.holds(grant, who, key)]
        first = {name: next((g.id for g in grants if g.covers("Person", name)), "") for name in held}
        return {name: id for name, id in first.items() if id}

    def value(self, who: Principal, key: Key, name: str) -> str:
        """What an attribute says to somebody: of a person another id to each organisation."""
        value, same = self.values[key][name], who.kind == "resident" or who.organisation == key[0]
        return value if same or name != "dataSubject" else self.city.desk().pseudonyms.given(value, who.organisation)

    def holds(self, grant: Grant, who: Principal, key: Key) -> bool:
        holder, person = key
        used = self.spent.get((grant.id, int(self.at // DAY)), 0)
        if grant.subject != self.subject(holder, person) or grant.purpose != who.default_purpose or grant.tenant:
            return False
        if not grant.since <= self.at < grant.until or grant.withdrawn is not None or (grant.daily and used):
            return False
        if grant.basis in ("guardian", "helper"):
            return who.kind == "resident" and grant.grantee == who.id
        if who.organisation_kind == "government" and HOLDERS[holder] == "company":
            return False
        if grant.basis == "emergency":
            return grant.grantee == who.id and who.kind == "staff"
        collected = who.organisation == holder and (who.kind == "staff" or "collector" in who.roles)
        mine = self.consent and grant.grantee == who.organisation and who.kind in ("organisation", "staff")
        return mine and (who.organisation in self.vetted or collected)

    def enter(self, who: Principal, expected: dict[Key, dict[str, str]]) -> None:
        """The lines that the book has now, and the uses that grants have lost."""
        used = set[str]()
        for key, shown in expected.items():
            if shown and not self.is_own(who, key[1]):
                self.book.setdefault(key, []).append((who.id, tuple(sorted(shown))))
                used |= {id for id in shown.values() if self.grants[id].daily}
        for id in used:
            self.spent[id, int(self.at // DAY)] = 1

    def in_order(self) -> list[Grant]:
        return sorted(self.grants.values(), key=lambda grant: (grant.since, grant.id))

    def is_own(self, who: Principal, person: str) -> bool:
        return who.kind == "resident" and PEOPLE.get(person) == who.id

    # The city.

    async def asked(self, who: Principal, how: str) -> list[tuple[str, ...]]:
        """The values that come back by one interface, an entity each."""
        view, ids = self.city.view(who), [self.given(who, key) for key in self.values]
        if how == "find":
            return [values(entity) async for entity in view.find("Person")]
        if how == "get":  # one request an entity, as a page asks
            found = [await view.get("Person", id) for id in ids[:1]]
            rest = (await view.retrieve(ids[1:])).docs
            return [values(entity) for entity in found if entity] + [documents(doc) for doc in rest]
        if how == "retrieve":
            return [documents(doc) for doc in (await view.retrieve(ids)).docs]
        narrowed = {"attributes": (iri("givenName"),)} if how == "narrowed" else {}
        docs = (await view.query(msgspec.structs.replace(QUERY, **narrowed))).docs
        return [documents(doc) for doc in docs]

    async def sides(self, who: Principal) -> None:
        view = self.city.view(who)
        assert "Person" not in await view.type_names()
        seen = {change.entity["id"] for change in await view.changes(0) if change.entity["type"] == "Person"}
        own = {self.id(*key) for key in self.values if self.is_own(who, key[1])}
        assert seen <= own
        past = TemporalQuery(select=QUERY)
        for refused in (view.temporal(past), view.series("Person", "birthDate"), view.aggregate("Person", "birthDate")):
            with pytest.raises(NotAllowed):
                await refused
        wanted = {
            "type": "Subscription",
            "entities": [{"type": "Person"}],
            "notification": {"endpoint": {"uri": "https://x.example"}},
        }
        made = parse_subscription(wanted, self.city.contexts, context=None, id="urn:x:1", now="2024-01-01T00:00:00Z")
        with pytest.raises(NotAllowed):
            view.subscriptions.permit(made)
        if who.kind != "resident":
            with pytest.raises(NotAllowed):
                await view.count("Person")
            with pytest.raises(NotAllowed):
                [each async for each in view.find("Person", q='givenName~="given"')]

    def given(self, who: Principal, key: Key) -> str:
        """The id under which somebody knows an entity."""
        stored, names = self.id(*key), self.city.desk().pseudonyms
        return stored if who.kind == "resident" or who.organisation == key[0] else names.given(stored, who.organisation)

    def id(self, holder: str, person: str) -> str:
        return f"urn:ngsi-ld:Person:town:{holder}-{person}"

    def subject(self, holder: str, person: str) -> bytes:
        return self.city.vault.subject(PEOPLE[person], holder, HOLDERS[holder])  # type: ignore[arg-type]

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.city.close())
            self.runner.close()
            self.folder.cleanup()


def values(entity: dict[str, Any]) -> tuple[str, ...]:
    """The values of a simplified entity."""
    return tuple(sorted(value for name, value in entity.items() if name in ATTRIBUTES))


def documents(doc: dict[str, Any]) -> tuple[str, ...]:
    """The same of a document."""
    named = {iri(name): name for name in ATTRIBUTES}
    held = {named[name]: one.get("value", one.get("object")) for name, one in doc["attrs"].items() if name in named}
    return tuple(sorted(held.values()))


TestCity = CityModel.TestCase
TestCity.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
