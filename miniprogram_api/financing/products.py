"""The product desk: drafted by one, published by another; and the shelf that anybody can read."""

from typing import Any, Final
from uuid import UUID

from sanic import Request

from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.financing import errors
from backend.financing.catalogue import products as service
from backend.financing.catalogue import shelf
from backend.financing.catalogue.products import FOREVER, Content, Handled
from backend.financing.consent import proof
from backend.foundation.paging import WrongCursor
from backend.foundation.states import WrongState
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.financing.staff_schemas import (
    DraftProduct,
    EditionOut,
    ProductHandledOut,
    ProductIn,
    ProductOut,
    ProductsQuery,
    ShelfOut,
    WithdrawProduct,
)
from miniprogram_api.reply import Reply
from miniprogram_api.schema import CountedPage, Out, Page, PageQuery

READ: Final = "financing.read"
EDIT: Final = "products.edit"
_COMMON: Final = (errors.ProductUnknown, errors.ProductChanged, WrongState)


class KeyOut(Out):
    public_key: str
    format: str


def _content(body: ProductIn) -> Content:
    told = body.model_dump(exclude={"institution_id", "valid_until", "fees"})
    lists = {name: tuple(told[name]) for name in ("collateral", "repayments", "materials")}
    fees = tuple(fee.model_dump() for fee in body.fees)
    return Content(**{**told, **lists, "fees": fees, "valid_until": body.valid_until or FOREVER})


def _done(made: Handled) -> Reply:
    told = ProductHandledOut(id=made.id, edition=made.edition, state=made.state, version=made.version)
    return Reply(told, headers={"ETag": f'"{made.version}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=READ,
    query=ProductsQuery,
    returns=CountedPage[EditionOut],
    errors=(WrongCursor,),
    summary="金融产品的各版",
)
async def listed(request: Request, *, actor: Actor, query: ProductsQuery) -> dict[str, Any]:  # noqa: ARG001
    wanted: dict[str, Any] = {"state": query.state, "institution_id": query.institution_id}
    return await shelf.listed(actor, **wanted, cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.STAFF, permission=READ, returns=ProductOut, errors=(errors.ProductUnknown,), summary="一个金融产品")
async def show(request: Request, product_id: UUID, *, actor: Actor) -> Reply:  # noqa: ARG001
    told = await shelf.editions(actor, product_id)
    return Reply(told, headers={"ETag": f'"{told["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=EDIT,
    body=DraftProduct,
    returns=ProductHandledOut,
    status=201,
    errors=(errors.InstitutionUnknown, errors.ContentWrong, RuleInvalid),
    summary="起草金融产品",
)
async def draft(request: Request, *, actor: Actor, body: DraftProduct) -> Reply:  # noqa: ARG001
    return _done(await service.draft(body.institution_id, _content(body), actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=EDIT,
    body=ProductIn,
    returns=ProductHandledOut,
    errors=(*_COMMON, errors.ContentWrong, RuleInvalid),
    summary="修改草稿，或者起草新的一版",
)
async def edit(request: Request, product_id: UUID, *, actor: Actor, body: ProductIn, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.edit(product_id, _content(body), actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=EDIT,
    returns=ProductHandledOut,
    errors=(*_COMMON, errors.NothingToPublish, errors.SameAuthor, errors.ProductOver, RuleInvalid),
    summary="发布草稿，须由起草人以外的人核对",
)
async def publish(request: Request, product_id: UUID, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.publish(product_id, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=EDIT,
    body=WithdrawProduct,
    returns=ProductHandledOut,
    errors=(*_COMMON, errors.ProductOver),
    summary="下架，已推送的对接照常办理",
)
async def withdraw(request: Request, product_id: UUID, *, actor: Actor, body: WithdrawProduct, version: int) -> Reply:  # noqa: ARG001
    return _done(await service.withdraw(product_id, body.reason, actor=actor, version=version))


@endpoint(
    auth=Auth.PUBLIC, query=PageQuery, returns=Page[ShelfOut], errors=(WrongCursor,), summary="可以申请的金融产品"
)
async def live(request: Request, *, query: PageQuery) -> dict[str, Any]:  # noqa: ARG001
    return await shelf.live(cursor=query.cursor, limit=query.limit)


@endpoint(auth=Auth.PUBLIC, returns=KeyOut, summary="验证授权证明的公钥")
async def key(request: Request) -> KeyOut:  # noqa: ARG001
    return KeyOut(public_key=proof.public_key(), format=proof.FORMAT)
