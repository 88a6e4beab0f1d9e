"""Subscriptions: what is checked, whom a change concerns, that an index of many forgets nobody, what is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.broker import merge
from noren.broker.contexts import ContextRegistry
from noren.broker.forms import NULL, parse_entity
from noren.broker.interest import Interests, happened, matches
from noren.broker.notification import changed, deleted, entities
from noren.broker.subscription import (
    Subscription,
    parse_subscription,
    patch_subscription,
    render_subscription,
    restored,
    stored,
)
from noren.errors import BadInput, UnknownContext
from noren.store import ChangeRow

REGISTRY = ContextRegistry()
CITY, CORE = REGISTRY.get(), REGISTRY.core
T0, T1, T2 = "2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z", "2024-05-01T14:00:00Z"
ENDPOINT = {"endpoint": {"uri": "http://example.org/notify"}}
LEVEL, NAME = CITY.expand("waterLevel"), CITY.expand("name")


def subscribe(id: str = "urn:ngsi-ld:Subscription:1", **members: Any) -> Subscription:
    body = {"type": "Subscription", "entities": [{"type": "WaterObserved"}], "notification": ENDPOINT} | members
    body = {name: value for name, value in body.items() if value is not None}
    return parse_subscription(body, REGISTRY, context=None, id=id, now=T0)


def water(local: str = "1", now: str = T0, **attributes: Any) -> dict[str, Any]:
    payload = {"id": f"urn:ngsi-ld:WaterObserved:town:{local}", "type": "WaterObserved", **attributes}
    return merge.create(None, parse_entity(payload, CITY), now)


def row(doc: dict[str, Any], touched: tuple[str, ...] | None = None, kind: Any = "created") -> ChangeRow:
    names = tuple(doc["attrs"]) if touched is None else touched
    return ChangeRow(1, datetime(2024, 5, 1, tzinfo=UTC), kind, doc, names, 0, None)


def updated(before: dict[str, Any], **attributes: Any) -> ChangeRow:
    from noren.broker.forms import parse_fragment

    after = merge.update(before, parse_fragment(attributes, CITY), T1)
    names = {*before["attrs"], *after["attrs"]}
    touched = tuple(name for name in names if before["attrs"].get(name) is not after["attrs"].get(name))
    return row(after, touched, "updated")


def test_a_payload_becomes_a_subscription_and_comes_back_from_the_store() -> None:
    body = {
        "watchedAttributes": ["waterLevel"],
        "q": "waterLevel>2",
        "geoQ": {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": [134, 34]},
        "scopeQ": "/town/#",
        "notification": {
            "attributes": ["waterLevel", "name"],
            "format": "keyValues",
            "sysAttrs": True,
            "endpoint": {
                "uri": "mqtt://example.org:1883/town",
                "accept": "application/ld+json",
                "receiverInfo": [{"key": "Authorization", "value": "x"}],
                "notifierInfo": [{"key": "MQTT-QoS", "value": 1}],
                "timeout": 500,
            },
        },
        "throttling": 5,
        "expiresAt": T2,
        "lang": "ja",
        "notificationTrigger": ["entityUpdated"],
        "description": "Levels",
    }
    made = subscribe(**body)
    assert made.watched == {LEVEL} and made.form.attrs == {LEVEL, NAME} and made.form.style == "simplified"
    assert made.endpoint.receiver == (("Authorization", "x"),) and made.endpoint.notifier == (("MQTT-QoS", "1"),)
    assert made.triggers == {"attributeCreated", "attributeUpdated", "attributeDeleted"}
    assert made.status(T0) == "active" and made.status(T2) == "expired"
    again = restored(stored(made), REGISTRY)
    assert stored(again) == stored(made) and again.where == made.where and again.selectors == made.selectors
    shown = render_subscription(again, REGISTRY, CITY, T0, delivery={"timesSent": 3})
    assert shown["status"] == "active" and shown["notification"]["timesSent"] == 3
    assert {name: shown[name] for name in body if name != "notification"} == {
        k: v for k, v in body.items() if k != "notification"
    }


def test_names_are_shown_by_the_context_of_the_reader() -> None:
    made = subscribe(watchedAttributes=["waterLevel"], notification={**ENDPOINT, "pick": ["id", "waterLevel"]})
    shown = render_subscription(made, REGISTRY, CORE, T0, sys=True)
    assert shown["watchedAttributes"] == [LEVEL]
    assert shown["entities"] == [{"type": CITY.expand("WaterObserved")}]
    assert shown["notification"]["pick"] == ["id", LEVEL] and shown["createdAt"] == T0


BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "Sub"}, "type"),
    ({"entities": None}, "entities"),
    ({"entities": []}, "entities"),
    ({"entities": [{"id": "urn:a:1"}]}, "entities[0]"),
    ({"entities": [{"type": "T", "id": "no uri"}]}, "entities[0].id"),
    ({"entities": [{"type": "T", "idPattern": "("}]}, "entities[0].idPattern"),
    ({"watchedAttributes": []}, "watchedAttributes"),
    ({"watchedAttributes": "waterLevel"}, "watchedAttributes"),
    ({"q": "a=="}, "q, character 4"),
    ({"q": 5}, "q"),
    ({"geoQ": {"georel": "near"}}, "geometry"),
    ({"geoQ": 5}, "geoQ"),
    ({"scopeQ": "//"}, "scopeQ, character 1"),
    ({"temporalQ": {}}, "temporalQ"),
    ({"throttling": 0}, "throttling"),
    ({"throttling": "5"}, "throttling"),
    ({"throttling": True}, "throttling"),
    ({"timeInterval": -1}, "timeInterval"),
    ({"timeInterval": 5, "throttling": 5}, "throttling"),
    ({"timeInterval": 5, "watchedAttributes": ["a"]}, "watchedAttributes"),
    ({"timeInterval": 5, "entities": None, "watchedAttributes": ["a"]}, "entities"),
    ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    ({"expiresAt": "soon"}, "expiresAt"),
    ({"isActive": "yes"}, "isActive"),
    ({"notificationTrigger": ["entityMoved"]}, "notificationTrigger"),
    ({"notification": None}, "notification"),
    ({"notification": {}}, "endpoint"),
    ({"notification": {"endpoint": {}}}, "notification.endpoint.uri"),
    ({"notification": {"endpoint": {"uri": "file:///etc/passwd"}}}, "notification.endpoint.uri"),
    ({"notification": {"endpoint": {"uri": "http://a.b", "accept": "text/html"}}}, "notification.endpoint.accept"),
    ({"notification": {"endpoint": {"uri": "http://a.b", "timeout": 0}}}, "timeout"),
    (
        {"notification": {"endpoint": {"uri": "http://a.b", "receiverInfo": [{"key": "A\r\nB", "value": "c"}]}}},
        "notification.endpoint.receiverInfo",
    ),
    (
        {"notification": {"endpoint": {"uri": "http://a.b", "receiverInfo": ["x"]}}},
        "notification.endpoint.receiverInfo",
    ),
    ({"notification": {**ENDPOINT, "format": "xml"}}, "notification.format"),
    ({"notification": {**ENDPOINT, "attributes": ["id"]}}, "notification.attributes"),
    ({"notification": {**ENDPOINT, "attributes": ["a"], "pick": ["b"]}}, "notification.attributes"),
    ({"notification": {**ENDPOINT, "showChanges": True, "format": "keyValues"}}, "notification.showChanges"),
    ({"notification": {**ENDPOINT, "join": "inline"}}, "notification.join"),
    ({"jsonldContext": "not a uri"}, "jsonldContext"),
]


@pytest.mark.parametrize(("change", "where"), BAD, ids=[f"{n}-{where}" for n, (_, where) in enumerate(BAD)])
def test_what_is_wrong_is_refused_by_its_member(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as caught:
        subscribe(**change)
    assert caught.value.where == where


def test_a_context_that_is_not_held_is_refused() -> None:
    with pytest.raises(UnknownContext):
        subscribe(jsonldContext="http://example.org/context.jsonld")


def test_patching() -> None:
    made = subscribe(q="waterLevel>2", throttling=5)
    changed_one = patch_subscription(
        made,
        {"q": "waterLevel>3", "throttling": NULL, "isActive": False, "notification": {"format": "concise"}},
        REGISTRY,
        T1,
    )
    assert changed_one.throttling is None and changed_one.status(T1) == "paused" and changed_one.form.style == "concise"
    assert changed_one.endpoint == made.endpoint and (changed_one.created, changed_one.modified) == (T0, T1)
    for bad in ({"id": "urn:other:1"}, {"type": "Other"}, {"q": "("}, {"expiresAt": T0}, {"entities": NULL}, 5):
        with pytest.raises(BadInput):
            patch_subscription(made, bad, REGISTRY, T1)


def test_what_happened() -> None:
    before = water(waterLevel=1, name="A")
    assert happened(row(before), frozenset()) == {"entityCreated", "attributeCreated"}
    assert happened(updated(before, waterLevel=2), frozenset()) == {"attributeUpdated"}
    assert happened(updated(before, flow=2), frozenset()) == {"attributeCreated"}
    assert happened(updated(before, name=NULL), frozenset()) == {"attributeDeleted"}
    assert happened(updated(before, name=NULL, waterLevel=5), frozenset({LEVEL})) == {"attributeUpdated"}
    assert happened(row(before, (), "deleted"), frozenset()) == {"entityDeleted"}
    assert happened(row(before, (), "deleted"), frozenset({"urn:other:"})) == frozenset()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, True),
        ({"entities": [{"type": "Building"}]}, False),
        ({"entities": [{"type": "*"}]}, True),
        ({"entities": [{"type": "Building"}, {"type": "WaterObserved", "idPattern": ":1$"}]}, True),
        ({"entities": [{"type": "WaterObserved", "idPattern": ":2$"}]}, False),
        ({"entities": [{"type": "WaterObserved", "id": "urn:ngsi-ld:WaterObserved:town:1"}]}, True),
        ({"entities": [{"type": "WaterObserved", "id": ["urn:a:1", "urn:ngsi-ld:WaterObserved:town:1"]}]}, True),
        ({"entities": [{"type": "WaterObserved", "id": "urn:a:1", "idPattern": ".*"}]}, False),
        ({"watchedAttributes": ["waterLevel"]}, True),
        ({"watchedAttributes": ["name"]}, False),
        ({"entities": None, "watchedAttributes": ["waterLevel"]}, True),
        ({"q": "waterLevel>1"}, True),
        ({"q": "waterLevel>5"}, False),
        ({"q": "waterLevel>1;name==A"}, True),
        ({"notificationTrigger": ["attributeCreated"]}, False),
        ({"notificationTrigger": ["attributeUpdated"]}, True),
        ({"notificationTrigger": ["entityDeleted"]}, False),
        ({"isActive": False}, False),
        ({"expiresAt": "2024-05-01T12:30:00Z"}, False),
        ({"timeInterval": 60}, False),
    ],
)
def test_whom_an_update_concerns(members: dict[str, Any], expected: bool) -> None:
    made = subscribe(**members)
    change = updated(water(waterLevel=1, name="A"), waterLevel=2)
    assert matches(made, change, T1) is expected
    assert [one.id for one in Interests([made]).of(change, T1)] == ([made.id] if expected else [])


KINDS = st.sampled_from(["WaterObserved", "Building", "*", "(WaterObserved;Building)", "WaterObserved,Device"])
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "entities": st.lists(
            st.builds(
                lambda kind, more: {"type": kind} | more,
                KINDS,
                st.sampled_from(
                    [{}, {"id": "urn:ngsi-ld:WaterObserved:town:1"}, {"id": "urn:a:1"}, {"idPattern": "town"}]
                ),
            ),
            min_size=1,
            max_size=2,
        ),
        "watchedAttributes": st.lists(st.sampled_from(["waterLevel", "name", "flow"]), min_size=1, max_size=2),
        "q": st.sampled_from(
            [
                "waterLevel==2",
                'name=="A"',
                'name=="A","B"',
                "waterLevel>1;name==A",
                "flow==1|waterLevel==2",
                "flow==1|waterLevel>1",
                "other==true",
                "flow",
            ]
        ),
        "notificationTrigger": st.lists(
            st.sampled_from(["entityCreated", "attributeUpdated", "attributeDeleted", "entityDeleted"]), min_size=1
        ),
    },
)
CHANGES = st.sampled_from(
    [
        row(water(waterLevel=2, name="A")),
        updated(water(waterLevel=1, name="A"), waterLevel=2),
        updated(water(waterLevel=1, name="B"), name=NULL),
        updated(water("2", waterLevel=1), flow=1, other=True),
        row(water(name="B", flow=1), (), "deleted"),
    ]
)


@given(st.lists(MEMBERS, max_size=6), CHANGES, st.integers(0, 5))
def test_the_index_finds_whom_the_rule_finds(many: list[dict[str, Any]], change: ChangeRow, gone: int) -> None:
    made = [subscribe(f"urn:s:{place}", **members) for place, members in enumerate(many)]
    index = Interests(made)
    index.remove(f"urn:s:{gone}")
    left = [one for one in made if one.id != f"urn:s:{gone}"]
    assert {one.id for one in index.of(change, T1)} == {one.id for one in left if matches(one, change, T1)}
    assert len(index) == len(left) == len(list(index))
    for one in left:
        index.remove(one.id)
    assert not index._found and not any(index._paths.values()), "nothing is left behind"


def test_a_deletion_is_told_to_those_who_watched_an_attribute() -> None:
    made = subscribe(watchedAttributes=["waterLevel"], notificationTrigger=["entityDeleted"])
    gone = row(water(waterLevel=1), (), "deleted")
    assert Interests([made]).of(gone, T1) == [made]


def test_an_alternative_that_is_no_equality_is_not_overlooked() -> None:
    made = subscribe(q="flow==1|waterLevel>1")
    assert Interests([made]).of(row(water(waterLevel=2)), T1) == [made]


def test_what_is_told() -> None:
    made = subscribe(notification={**ENDPOINT, "format": "simplified"})
    change = updated(water(waterLevel=1, name="A"), waterLevel=2, name=NULL)
    told = {"id": "urn:ngsi-ld:WaterObserved:town:1", "type": "WaterObserved", "waterLevel": 2}
    assert changed(made, change.doc, change.touched, CITY) == {**told, "name": NULL}
    assert entities(made, [change.doc], CITY) == [told]
    assert deleted(made, change.doc, CITY, T2) == {"id": change.doc["id"], "type": "WaterObserved", "deletedAt": T2}


def test_what_is_told_follows_the_form_asked_for() -> None:
    place = {"type": "Point", "coordinates": [134, 34]}
    change = updated(water(waterLevel=1, name="A", location=place), waterLevel=2, name=NULL)
    geo = subscribe(notification={"endpoint": {"uri": "http://a.b", "accept": "application/geo+json"}})
    assert entities(geo, [change.doc], CITY)["features"][0]["geometry"] == place
    timed = subscribe(notification={**ENDPOINT, "sysAttrs": True})
    told = changed(timed, change.doc, change.touched, CITY)
    assert told["name"] == {"type": "Property", "value": NULL, "deletedAt": T1} and told["modifiedAt"] == T1
    assert deleted(timed, change.doc, CITY, T2)["createdAt"] == T0
    narrow = subscribe(notification={**ENDPOINT, "attributes": ["waterLevel"]})
    assert set(changed(narrow, change.doc, change.touched, CITY)) == {"id", "type", "waterLevel"}


def test_what_it_looks_at() -> None:
    made = subscribe(watchedAttributes=["waterLevel"], q="name==A;flow>1")
    assert made.uses() == {LEVEL, NAME, CITY.expand("flow")}
