"""The query languages of NGSI-LD, each a function from text to a predicate tree of `store.query`.

Names to know: `parse_q`, `parse_geo`, `attributes_of`.

>>> from noren.broker.contexts import ContextRegistry
>>> context = ContextRegistry().get()
>>> parse_q("waterLevel>=2.5", context).value
2.5
>>> parse_types("(WaterObserved;Device),Building", context)[1]
('https://smartdatamodels.org/dataModel.Building/Building',)
"""

from collections.abc import Iterable

from noren.broker.languages.geo import parse_geo, parse_shape
from noren.broker.languages.patterns import safe_pattern
from noren.broker.languages.q import parse_q
from noren.broker.languages.selection import parse_order, parse_projection, parse_scope, parse_types
from noren.store.query import Exists, Node, Or, Order, paths

__all__ = [
    "attributes_of",
    "attributes_of_order",
    "has_any",
    "parse_geo",
    "parse_order",
    "parse_projection",
    "parse_q",
    "parse_scope",
    "parse_shape",
    "parse_types",
    "safe_pattern",
]


def attributes_of(node: Node) -> frozenset[str]:
    """IRIs of the attributes that the tree looks at."""
    return frozenset(path[1] for path in paths(node) if path[0] == "attrs" and len(path) > 1)


def attributes_of_order(orders: Iterable[Order]) -> frozenset[str]:
    """IRIs of the attributes by which entities are sorted."""
    return frozenset(order.path[1] for order in orders if order.path[0] == "attrs")


def has_any(attributes: Iterable[str]) -> Node:
    """The tree that asks for entities with at least one of these attributes (IRIs)."""
    return Or(tuple(Exists(("attrs", attribute)) for attribute in sorted(attributes)))
