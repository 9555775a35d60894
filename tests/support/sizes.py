"""How much the property, race and kill tests do: one setting, WUWEI_TEST_EFFORT = quick | normal | thorough."""

import os

from hypothesis import HealthCheck, settings

EFFORT = os.environ.get("WUWEI_TEST_EFFORT", "normal")
FACTOR = {"quick": 0.2, "normal": 1.0, "thorough": 20.0}[EFFORT]


def scaled(count: int) -> int:
    """Return `count` examples, racers or rows as the chosen effort wants them, at least one."""
    return max(1, int(count * FACTOR))


settings.register_profile(
    "wuwei", max_examples=scaled(60), deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
settings.load_profile("wuwei")
