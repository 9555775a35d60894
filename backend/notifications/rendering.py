"""What a channel carries of a message: the fields of its template, fitted so that nobody can refuse them."""

from collections.abc import Mapping

import orjson

from backend.notifications.kinds import Channel, Kind
from backend.notifications.template_fields import fit, fit_parameter


def data(kind: Kind, channel: Channel, fields: Mapping[str, str]) -> str | None:
    """Return a channel's data as JSON, or None when some value can't be made to fit."""
    form = kind.forms[channel]
    if channel == "sms":
        fitted = {name: fit_parameter(fields[source]) for name, source in form.fields.items()}
    else:
        fitted = {name: fit(name, fields[source], form.listed.get(name, ())) for name, source in form.fields.items()}
    return None if None in fitted.values() else orjson.dumps(fitted).decode()
