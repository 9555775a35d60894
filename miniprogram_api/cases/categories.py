"""What can be asked, how long it may take and who looks after it, set by managers of the whole city."""

from typing import Any

from sanic import Request

from backend.access import Actor
from backend.cases import errors
from backend.cases.intake import categories
from backend.cases.intake.categories import Route, Settings
from miniprogram_api.cases.category_schemas import (
    AddCategory,
    CategoriesOut,
    CategoryOut,
    CategorySavedOut,
    CategorySettings,
    SetRoutes,
)
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.reply import Reply

_CONFIGURE = "cases.configure"
_READ = "cases.read"
_COMMON = (errors.CategoryUnknown, errors.CategoryChanged, errors.SameAsBefore)


def _saved(key: str, version: int) -> Reply:
    return Reply(CategorySavedOut(key=key, version=version), headers={"ETag": f'"{version}"'})


@endpoint(auth=Auth.STAFF, permission=_READ, returns=CategoriesOut, summary="全部事项类别、期限和承办单位")
async def listed(request: Request, *, actor: Actor) -> CategoriesOut:  # noqa: ARG001
    return CategoriesOut.model_validate({"items": await categories.listed(actor)})


@endpoint(
    auth=Auth.STAFF,
    permission=_READ,
    returns=CategoryOut,
    errors=(errors.CategoryUnknown,),
    summary="一个事项类别",
)
async def show(request: Request, key: str, *, actor: Actor) -> Reply:  # noqa: ARG001
    found: dict[str, Any] = await categories.shown(actor, key)
    return Reply(found, headers={"ETag": f'"{found["version"]}"'})


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    body=AddCategory,
    returns=CategorySavedOut,
    status=201,
    errors=(errors.CategoryTaken, errors.CategoryWrong),
    summary="新增事项类别",
)
async def add(request: Request, *, actor: Actor, body: AddCategory) -> Reply:  # noqa: ARG001
    settings = Settings(**body.model_dump(exclude={"key", "parent"}))
    return _saved(body.key, await categories.add(body.key, body.parent, settings, actor=actor))


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    body=CategorySettings,
    returns=CategorySavedOut,
    errors=(*_COMMON, errors.CategoryWrong),
    summary="修改事项类别；在办事项仍按原期限",
)
async def edit(request: Request, key: str, *, actor: Actor, body: CategorySettings, version: int) -> Reply:  # noqa: ARG001
    settings = Settings(**body.model_dump())
    return _saved(key, await categories.edit(key, settings, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    returns=CategorySavedOut,
    errors=(*_COMMON, errors.CategoryInUse),
    summary="停用事项类别；在办事项不受影响",
)
async def close(request: Request, key: str, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _saved(key, await categories.close(key, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    returns=CategorySavedOut,
    errors=(*_COMMON, errors.CategoryInUse),
    summary="恢复已停用的事项类别",
)
async def reopen(request: Request, key: str, *, actor: Actor, version: int) -> Reply:  # noqa: ARG001
    return _saved(key, await categories.reopen(key, actor=actor, version=version))


@endpoint(
    auth=Auth.STAFF,
    permission=_CONFIGURE,
    body=SetRoutes,
    returns=CategorySavedOut,
    errors=(*_COMMON, errors.CategoryWrong),
    summary="设置各地的承办单位；已有承办单位的事项不变",
)
async def set_routes(request: Request, key: str, *, actor: Actor, body: SetRoutes, version: int) -> Reply:  # noqa: ARG001
    routes = [Route(one.district, one.unit_id) for one in body.routes]
    return _saved(key, await categories.set_routes(key, routes, actor=actor, version=version))
