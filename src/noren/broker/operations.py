"""Operations as the store runs them: each kind of request with the rule of `merge` that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from noren.broker import merge
from noren.broker.requests import Operation, is_selected
from noren.errors import BadInput, NotFound
from noren.store import Apply
from noren.store.query import Doc

Rule = Callable[[Operation, Doc | None, str], Doc | None]


_MAKING = frozenset({"create", "upsert", "update_or_create"})


def work(operation: Operation, now: str) -> Apply:
    """The operation as a function from the stored document to the next, with the view's check inside."""
    rule, check = RULES[operation.kind], operation.check
    if check is None and not operation.selection:
        return lambda stored: rule(operation, stored, now)

    def checked(stored: Doc | None) -> Doc | None:
        if stored is None and operation.kind not in _MAKING:
            raise NotFound("There is no such entity.", where=operation.id)
        if stored is not None and not is_selected(stored, operation.selection):
            raise NotFound("There is no such entity of this type.", where=operation.id)
        after = rule(operation, stored, now)
        if check is not None:
            check(stored, after)
        return after

    return checked


def _fragment(operation: Operation) -> Doc:
    if operation.fragment is None:
        raise BadInput(f"The operation “{operation.kind}” needs a fragment.", where=operation.id)
    return operation.fragment


def _coming(operation: Operation) -> Any:
    return _fragment(operation)["attrs"][operation.attribute]


def _append(operation: Operation, stored: Doc | None, now: str) -> Doc:
    fragment = _fragment(operation)
    if stored is not None and not operation.overwrite:
        operation.skipped = dict.fromkeys(merge.skipped(stored, fragment), "It exists, and noOverwrite was asked for.")
    return merge.append(stored, fragment, now, overwrite=operation.overwrite)


def _patch(operation: Operation, stored: Doc | None, now: str) -> Doc:
    observed, lang = operation.observed_at or "", operation.language
    return merge.patch(stored, _fragment(operation), now, observed=observed, lang=lang)


def _delete(operation: Operation, stored: Doc | None, now: str) -> None:
    if stored is None:
        raise NotFound("There is no such entity.")


def _delete_attribute(operation: Operation, stored: Doc | None, now: str) -> Doc:
    dataset, every = operation.dataset, operation.every_dataset
    return merge.delete_attribute(stored, operation.attribute, now, dataset=dataset, every=every)


RULES: dict[str, Rule] = {
    "create": lambda one, stored, now: merge.create(stored, _fragment(one), now),
    "upsert": lambda one, stored, now: merge.put(stored, _fragment(one), now),
    "update_or_create": lambda one, stored, now: merge.upsert(stored, _fragment(one), now),
    "replace": lambda one, stored, now: merge.replace(stored, _fragment(one), now),
    "append": _append,
    "update": lambda one, stored, now: merge.update(stored, _fragment(one), now),
    "merge": _patch,
    "delete": _delete,
    "replace_attribute": lambda one, stored, now: merge.replace_attribute(stored, one.attribute, _coming(one), now),
    "update_attribute": lambda one, stored, now: merge.partial(stored, one.attribute, _coming(one), now),
    "delete_attribute": _delete_attribute,
}
