"""Who wants to hear of a change: the rule for one subscription, and an index that asks only the likely ones of many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from noren.broker.subscription import Subscription
from noren.store import ChangeRow
from noren.store.query import And, Compare, Doc, Node, OneOf, Or, Path, values

_MANY = 64
_Key = tuple[Any, ...]


def matches(subscription: Subscription, row: ChangeRow, now: str) -> bool:
    """Whether the change is to be told (5.8.6): subscription active, and entity, trigger, attribute and query right."""
    doc = row.doc
    if subscription.interval is not None or subscription.status(now) != "active":
        return False
    if subscription.selectors and not any(selector.selects(doc) for selector in subscription.selectors):
        return False
    if subscription.triggers.isdisjoint(happened(row, subscription.watched)):
        return False
    return subscription.test is None or subscription.test(doc)


def happened(row: ChangeRow, watched: frozenset[str]) -> frozenset[str]:
    """Triggers that the change pulls, by the watched attributes (empty: any).

    An attribute was created in this change if its time of creation is the time at which the entity was changed.
    """
    if row.kind == "deleted":
        return frozenset({"entityDeleted"}) if not watched or not watched.isdisjoint(row.doc["attrs"]) else frozenset()
    touched = [name for name in row.touched if not watched or name in watched]
    if row.kind == "created":
        return frozenset({"entityCreated", "attributeCreated"}) if touched or not watched else frozenset()
    return frozenset(_of_attribute(row.doc, name) for name in touched)


def _of_attribute(doc: Doc, name: str) -> str:
    stored = doc["attrs"].get(name)
    if stored is None:
        return "attributeDeleted"
    instances = stored if isinstance(stored, list) else [stored]
    new = all(instance.get("createdAt") == doc["modifiedAt"] for instance in instances)
    return "attributeCreated" if new else "attributeUpdated"


class Interests:
    """Subscriptions by what they can be found by: ids, a value that q asks for, a watched attribute, or the type."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        self._all: dict[str, Subscription] = {}
        self._found: defaultdict[_Key, dict[str, Subscription]] = defaultdict(dict)
        self._paths: defaultdict[str | None, dict[Path, int]] = defaultdict(dict)
        for subscription in subscriptions:
            self.add(subscription)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self._all.values())

    def get(self, id: str) -> Subscription | None:
        """The subscription of that id."""
        return self._all.get(id)

    def add(self, subscription: Subscription) -> None:
        """Take it in, in the place of an earlier one of its id."""
        self.remove(subscription.id)
        self._all[subscription.id] = subscription
        for key in _keys(subscription):
            self._found[key][subscription.id] = subscription
            if key[0] == "value":
                paths = self._paths[key[1]]
                paths[key[2]] = paths.get(key[2], 0) + 1

    def remove(self, id: str) -> None:
        """Forget it; nothing happens when it is not there."""
        subscription = self._all.pop(id, None)
        for key in _keys(subscription) if subscription else ():
            self._found[key].pop(id, None)
            if not self._found[key]:
                del self._found[key]
            if key[0] == "value":
                self._release(key[1], key[2])

    def _release(self, kind: str | None, path: Path) -> None:
        self._paths[kind][path] -= 1
        if not self._paths[kind][path]:
            del self._paths[kind][path]

    def of(self, row: ChangeRow, now: str) -> list[Subscription]:
        """The subscriptions to which the change is to be told, in the order in which they were added to the index."""
        likely: dict[str, Subscription] = {}
        for key in self._asked(row):
            if found := self._found.get(key):
                likely.update(found)
        return [subscription for subscription in likely.values() if matches(subscription, row, now)]

    def _asked(self, row: ChangeRow) -> Iterator[_Key]:
        doc = row.doc
        yield ("id", doc["id"])
        attributes = doc["attrs"] if row.kind == "deleted" else row.touched
        for kind in (None, *doc["type"]):
            yield ("type", kind)
            for name in attributes:
                yield ("attribute", kind, name)
            for path in self._paths.get(kind, ()):
                for value in values(doc, path):
                    if isinstance(value, Hashable):
                        yield ("value", kind, path, value)


def _keys(subscription: Subscription) -> list[_Key]:
    """The fewest changes among which this subscription is surely found."""
    selectors = subscription.selectors
    if selectors and all(selector.ids for selector in selectors):
        return [("id", id) for selector in selectors for id in selector.ids]
    kinds: set[str | None] = {together[0] for selector in selectors for together in selector.types}
    if not selectors or any(not selector.types for selector in selectors):
        kinds = {None}
    if pairs := _equalities(subscription.where):
        return [("value", kind, path, value) for kind in kinds for path, value in pairs]
    if subscription.watched:
        return [("attribute", kind, name) for kind in kinds for name in subscription.watched]
    return [("type", kind) for kind in kinds]


def _equalities(node: Node | None) -> list[tuple[Path, object]]:
    """Path and value pairs of which the tree needs one; empty when it cannot be told so."""
    match node:
        case And(parts):
            return next((pairs for part in parts if (pairs := _equalities(part))), [])
        case Or(parts):
            found = [_equalities(part) for part in parts]
            pairs = [pair for pairs in found for pair in pairs]
            return pairs if all(found) and len(pairs) <= _MANY else []
        case Compare(path, "==", value):
            return [(path, value)]
        case OneOf(path, options):
            return [(path, option) for option in options]
        case _:
            return []
