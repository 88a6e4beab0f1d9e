"""Disaster prevention: watches rivers, warns before the water comes.

Pure modules on arrays (`forecast` with `methods` and `series`, `inundation`, `exposure`, `thresholds`, `decide`)
know no city; `watch` reads, lets them compute, and writes. Names to know: `watch_floods`, `forecast.fit`,
`inundation.fill`; `cap.document` for an alert in CAP 1.2.

>>> from noren.services.disaster import watch_floods
>>> watch_floods.declaration.writes
('FloodForecast', 'FloodRiskArea', 'Alert')
"""

from noren.services.disaster.watch import watch_floods

__all__ = ["watch_floods"]
