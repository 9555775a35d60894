"""Who plans visits settles how each unit makes them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from sanic import Request

from backend.access import Actor
from backend.visits import errors
from backend.visits.availability import offices
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply
from miniprogram_api.schema import In, Out, Readable

_PLAN = "visits.plan"


class VisitUnitOut(Out):
    unit_id: UUID
    name: str = Field(description="单位名称", examples=["吴兴分局"])
    per_day: int = Field(description="每人每天最多走访几次", examples=[6])
    office_address: str = Field(description="窗口地址；没有填写时为空", examples=["吴兴区织里镇安康东路1号"])
    version: int = Field(description="版本，修改时放在 If-Match 中；没有设置过时为0")


class VisitUnitsOut(Out):
    items: list[VisitUnitOut]


class SettleUnit(In):
    per_day: int = Field(ge=1, le=30, description="每人每天最多走访几次", examples=[6])
    office_address: Annotated[Readable, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        description="窗口地址，经营者约到窗口时看到；不填则留空", examples=["吴兴区织里镇安康东路1号"]
    )


@endpoint(auth=Auth.STAFF, permission=_PLAN, returns=VisitUnitsOut, summary="各单位每人每天最多走访几次，以及窗口地址")
async def listed(request: Request, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await offices.listed(actor)}


@endpoint(
    auth=Auth.STAFF,
    permission=_PLAN,
    body=SettleUnit,
    returns=VisitUnitOut,
    errors=(errors.UnitUnknown, errors.OfficeChanged),
    summary="设置一个单位每人每天最多走访几次和窗口地址；已约的走访不变",
)
async def settle(request: Request, unit_id: UUID, *, actor: Actor, body: SettleUnit, version: int) -> Reply:  # noqa: ARG001
    made = await offices.keep(unit_id, body.per_day, body.office_address, actor=actor, version=version)
    return Reply(made, headers={"ETag": f'"{made["version"]}"'})
