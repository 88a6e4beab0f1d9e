"""Which part of a question goes to a source, and how answers become one: by properties."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from noren.broker.requests import EntityQuery
from noren.custody.merging import joined, merged, without
from noren.custody.sources import Offer, Source
from noren.store.query import Near, Relate
from noren.terms import iri

TYPES, NAMES = ("urn:A", "urn:B", "urn:C"), ("urn:x", "urn:y", "urn:z")
LOCATION = ("attrs", iri("location"), "value")
names = st.frozensets(st.sampled_from(NAMES))
offers = st.lists(
    st.builds(lambda t, a: Offer(type=t, attributes=a), st.sampled_from(("", *TYPES)), names), min_size=1, max_size=4
)


def source(offers: list[Offer], **more: Any) -> Source:
    about = {"id": "s", "organisation": "S", "kind": "company", "endpoint": "http://s", "key": None}
    return Source(**about | {"offers": tuple(offers)} | more)


@given(offers, st.lists(st.sampled_from(TYPES), max_size=3), names)
def test_a_source_is_asked_for_what_it_offers_and_what_was_asked(
    offers: list[Offer], types: list[str], attributes: frozenset[str]
) -> None:
    asked = tuple((each,) for each in types)
    found = source(offers).offered(EntityQuery(types=asked, attributes=tuple(attributes)))

    def goes(kind: str, name: str) -> bool:
        # Where no type is asked for, only a type that is offered can be named.
        fitting = [each for each in offers if each.type == kind or (not each.type and types)]
        offered = any(not each.attributes or name in each.attributes for each in fitting)
        return offered and (not attributes or name in attributes) and (not types or kind in types)

    for kind in TYPES:
        for name in NAMES:
            assert (kind in found and (not found[kind] or name in found[kind])) == goes(kind, name)


def test_ids_say_their_type_where_the_offer_names_none() -> None:
    stops = source([Offer(type=iri("GtfsStop"))])
    assert stops.offered(EntityQuery(ids=("urn:ngsi-ld:GtfsStop:x:1",)))
    assert not stops.offered(EntityQuery(ids=("urn:ngsi-ld:Vehicle:x:1",)))
    exact = source([Offer(type=iri("GtfsStop"), id="urn:x:1"), Offer(type=iri("GtfsStop"), pattern="^urn:y:")])
    assert exact.offered(EntityQuery(ids=("urn:x:1",))) and exact.offered(EntityQuery(ids=("urn:y:7",)))
    assert not exact.offered(EntityQuery(ids=("urn:x:2",)))
    assert stops.offered(EntityQuery(ids=("any:id",), types=((iri("GtfsStop"),),)))


@given(st.floats(-170, 170), st.floats(-60, 60), st.floats(0, 200_000))
def test_an_area_is_left_out_only_where_nothing_in_it_can_be_meant(x: float, y: float, metres: float) -> None:
    area = source([Offer(type="urn:A")], area=(0.0, 0.0, 1.0, 1.0))
    point = {"type": "Point", "coordinates": [x, y]}
    within = 0 <= x <= 1 and 0 <= y <= 1
    for where in (Near(LOCATION, point, maximum=metres), Relate(LOCATION, "intersects", point)):
        asked = bool(area.offered(EntityQuery(types=(("urn:A",),), where=where)))
        assert asked or not within
    if abs(x) > 20 or abs(y) > 20:
        assert not area.offered(EntityQuery(types=(("urn:A",),), where=Near(LOCATION, point, maximum=metres)))


times = st.sampled_from(("", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-02T00:00:00Z"))
instances = st.builds(
    lambda value, at, dataset: (
        {"type": "Property", "value": value}
        | ({"observedAt": at} if at else {})
        | ({"datasetId": dataset} if dataset else {})
    ),
    st.integers(0, 3),
    times,
    st.sampled_from(("", "urn:d:1")),
)
docs = st.builds(
    lambda one, kind, attrs: {"id": one, "type": [kind], "attrs": attrs},
    st.sampled_from(("urn:e:1", "urn:e:2", "urn:e:3")),
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(NAMES), instances, max_size=3),
)


@given(docs, docs)
def test_of_two_instances_the_newest_stays_and_nothing_is_lost(one: dict[str, Any], other: dict[str, Any]) -> None:
    both = joined(one, other | {"id": one["id"]})
    assert both["attrs"].keys() == one["attrs"].keys() | other["attrs"].keys()
    assert joined(both, one) == both and joined(both, other) == both
    for name, held in both["attrs"].items():
        listed = held if isinstance(held, list) else [held]
        sets = [each.get("datasetId") for each in listed]
        assert len(sets) == len(set(sets))
        given_ = [doc["attrs"][name] for doc in (one, other) if name in doc["attrs"]]
        newest = max(each.get("observedAt", "").removesuffix("Z") for each in given_)
        assert any(each.get("observedAt", "").removesuffix("Z") == newest for each in listed)


@given(st.lists(docs, max_size=4), st.lists(docs, max_size=4))
def test_an_auxiliary_source_overrides_nothing(local: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    local = list({each["id"]: each for each in local}.values())
    other = list({each["id"]: each for each in other}.values())
    found = {doc["id"]: doc for doc in merged(local, [(source([Offer()], mode="auxiliary"), other)])}
    assert found.keys() == {doc["id"] for doc in (*local, *other)}
    for doc in local:
        assert all(found[doc["id"]]["attrs"][name] == value for name, value in doc["attrs"].items())


@given(st.lists(docs, max_size=4))
def test_what_is_redirected_is_not_the_city_s_own(local: list[dict[str, Any]]) -> None:
    left = without(local, [source([Offer(type="urn:A")], mode="redirect")])
    assert all(doc["type"] != ["urn:A"] for doc in left)
    assert without(local, [source([Offer(type="urn:A")])]) == local
