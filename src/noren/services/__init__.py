"""What the city does with its data: one folder a function, each deletable without anything else noticing.

A service is a coroutine function under `@service` in a folder here, or comes from another package by the entry point
group `noren.services`. It is given a `View` made for its purpose and holds nothing else. Names to know:
`all_services`; `noren.contract.service` to declare one; `services/disaster` for one that runs.

>>> from noren.services import all_services
>>> {service.declaration.built for service in all_services()} <= {True, False}
True
"""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from noren.contract import Service

__all__ = ["all_services"]

_log = logging.getLogger(__name__)


def all_services() -> list[Service]:
    """Every service found, by name; one that cannot be imported is left out and logged, the others stand.

    Where two carry one name the first, from this package, counts.
    """
    found: dict[str, Service] = {}
    for module in _modules():
        for thing in vars(module).values():
            if isinstance(thing, Service):
                found.setdefault(thing.declaration.name, thing)
    return [found[name] for name in sorted(found)]


def _modules() -> Iterator[ModuleType]:
    here = [f"{__name__}.{each.name}" for each in pkgutil.iter_modules(__path__)]
    for name in here + [each.module for each in entry_points(group="noren.services")]:
        try:
            yield import_module(name)
        except Exception:
            _log.exception("The service module %s cannot be imported and is left out.", name)
