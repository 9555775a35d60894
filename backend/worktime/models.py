"""Tables, all used by plain SQL."""

TABLES = ("worktime_state", "worktime_years", "workday_overrides", "office_hours")
