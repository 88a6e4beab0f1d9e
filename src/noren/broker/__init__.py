"""Entities as NGSI-LD means them: contexts, forms, rules of writing, query languages, time, subscriptions.

The larger half is plain functions on plain values. A payload is read by `forms` with a `Context` into a stored
document (IRIs for names), changed by `merge`, asked for by `languages` and shown by `forms` again; `evolution` shows
history, `interest` and `notification` say who hears of a change.
Names to know: `ContextRegistry`, `forms`, `languages`.

>>> from noren.broker import forms, merge
>>> from noren.broker.contexts import ContextRegistry
>>> context = ContextRegistry().get()
>>> payload = {"id": "urn:ngsi-ld:WaterObserved:town:1", "type": "WaterObserved", "waterLevel": 1.2}
>>> fragment = forms.parse_entity(payload, context)
>>> doc = merge.create(None, fragment, "2024-05-01T12:00:00Z")
>>> forms.render(doc, context, forms.Form(style="simplified"))
{'id': 'urn:ngsi-ld:WaterObserved:town:1', 'type': 'WaterObserved', 'waterLevel': 1.2}
"""
