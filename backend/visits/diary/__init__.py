"""Visits as calendars and days: of a unit, of a visitor on his way, and for other programs."""
