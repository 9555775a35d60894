"""Money and rates on the wire: text with the unit in the field's name, never a number that a client would round."""

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

_WAN: Final = r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,4})?$"
_PERCENT: Final = r"^(0|[1-9][0-9]?)(\.[0-9]{1,4})?$"


def _reader(pattern: str, sentence: str) -> Any:
    shape = re.compile(pattern, re.ASCII)

    def read(value: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise ValueError(sentence)
        return Decimal(value)

    return BeforeValidator(read)


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Wan = Annotated[
    Decimal,
    _reader(_WAN, '金额是文字，以万元计，至多四位小数，如 "50" 或 "12.5"'),
    Field(strict=False, gt=0),
    _schema(_WAN, "50"),
]
Percent = Annotated[
    Decimal,
    _reader(_PERCENT, '利率是文字，以 % 计，至多四位小数，如 "3.45"'),
    Field(strict=False, ge=0, le=36),
    _schema(_PERCENT, "3.45"),
]
"""A yearly rate."""
