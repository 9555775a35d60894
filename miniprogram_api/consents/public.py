"""The texts, for everybody: they must be read before anybody is known."""

from sanic import Request

from backend import consents
from miniprogram_api.consents.schemas import TextOut, TextQuery
from miniprogram_api.endpoint import Auth, endpoint


@endpoint(auth=Auth.PUBLIC, query=TextQuery, returns=TextOut, summary="告知文本")
async def text(request: Request, purpose: str, *, query: TextQuery) -> TextOut:  # noqa: ARG001  every handler is given its request
    shown = consents.text(purpose, query.version)
    return TextOut(
        purpose=shown.purpose,
        version=shown.version,
        body=shown.body,
        sha256=shown.digest.hex(),
        is_current=shown == consents.text(purpose),
    )
