"""The base of every table that is used through the ORM; lists and sets go by SQL instead."""

from tortoise import fields
from tortoise.models import Model as TortoiseModel

from backend.foundation.ids import new_id


class Model(TortoiseModel):
    """A row with a time-ordered id.

    Save with `update_fields`: a plain `save()` writes every column and would undo a neighbour's change.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)

    class Meta:
        abstract = True

    async def save_only(self, *names: str) -> None:
        """Write just the named columns."""
        await self.save(update_fields=names)
