"""Whom a policy reaches and when: at its publication, by the night, by the week, at a date."""
