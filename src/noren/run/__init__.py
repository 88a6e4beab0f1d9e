"""A running city: opens it, starts web, feeds, services, delivery and compaction, and stops them cleanly.

Names to know: `running.running` (the city at work, as a block), `services.Services`, `up.serve` (what `noren up` does).
"""
