"""The librarian: what the city has, where it comes from, how good it is, and what it would be good for.

A card is an entity of type `Dataset`, written by whoever brings data in. Quality is told in findings; series of
different intervals are bridged by one rule each; readiness compares what services need with what is there.
Names to know: `quality.series_findings`, `bridging.bridge`, `readiness.matrix`.

>>> import numpy as np
>>> from noren.catalogue.quality import series_findings
>>> times = np.array([0, 1, 2, 3, 50, 51]) * 3600.0
>>> levels = np.array([1.0, 1.1, 1.2, 1.1, 1.3, 1.2])
>>> [(found.kind, found.count, found.examples[0]["from"]) for found in series_findings({"bridge": (times, levels)})]
[('gap', 1, '1970-01-01T03:00:00Z')]
"""
