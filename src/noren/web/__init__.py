"""To be described by its first names."""
