"""The clocks of cases: pure readings of their logs, the alarms, and reading them all anew."""
