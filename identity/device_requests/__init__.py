"""Which enrolled device asks something over HTTP (SPEC §5.6)."""
