"""What everybody reads of a salon promises nothing, wherever it stands."""

from datetime import timedelta
from typing import Any

import pytest

from backend.access import SYSTEM
from backend.foundation import clock
from backend.salons import errors, service
from tests.backend.salons.people import hall, written

SAID = "来了保证放款"


def _places() -> dict[str, dict[str, Any]]:
    starts_at = clock.now() + timedelta(days=14, hours=1)
    part = {"title": "讲解", "speaker": "", "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=30)}
    asked = {"type": "string", "title": "想问什么", "maxLength": 60}
    return {
        "title": {"title": SAID},
        "address": {"address": SAID},
        "organisers.1": {"organisers": ["市市场监管局", SAID]},
        "sessions.0.title": {"sessions": [part | {"title": SAID}]},
        "sessions.0.speaker": {"sessions": [part | {"speaker": SAID}]},
        "form.properties.asked": {"form": {"type": "object", "properties": {"asked": asked | {"title": SAID}}}},
        "quotas.0.title": {"quotas": [hall(1, title=SAID)]},
    }


@pytest.mark.parametrize(
    "path",
    [
        "title",
        "address",
        "organisers.1",
        "sessions.0.title",
        "sessions.0.speaker",
        "form.properties.asked",
        "quotas.0.title",
    ],
)
async def test_a_promise_is_found_wherever_it_is_read(path: str) -> None:
    made = await service.draft(written(**_places()[path]), actor=SYSTEM)
    with pytest.raises(errors.NotReady) as refused:
        await service.publish(made.id, actor=SYSTEM, version=made.version)
    assert [(one.path, one.code) for one in refused.value.fields] == [(path, "promise")]
    out = await service.draft(written(hall(1)), actor=SYSTEM)
    out = await service.publish(out.id, actor=SYSTEM, version=out.version)
    if not path.startswith("form"):  # that of one that is out stands as it is
        with pytest.raises(errors.NotReady):
            await service.edit(out.id, written(**_places()[path]), actor=SYSTEM, version=out.version)
