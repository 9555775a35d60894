"""Enterprises: what is known of them, from whom and since when; their owners; the city's registry."""
