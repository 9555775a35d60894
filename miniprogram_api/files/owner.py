"""The owner uploads what a command refers to afterwards, and looks at what he uploaded."""

from uuid import UUID

from sanic import Request

from backend import files
from backend.access import Actor
from backend.files import Kept, StoredFile
from backend.files.errors import Damaged, TooBig, TooManyFiles, TooManyPixels, WrongKind
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.files.links import link_for
from miniprogram_api.files.schemas import FileOut, UploadQuery
from miniprogram_api.uploads import Upload


def _shown(file: StoredFile) -> FileOut:
    return FileOut(
        id=file.id,
        purpose=file.purpose,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        created_at=file.created_at,
        link=link_for(file.id),
    )


async def _receive(*, actor: Actor, query: UploadQuery, file: Upload) -> Kept:
    """Look at the file and keep it: the store may be across the network."""
    return await files.receive(actor, query.purpose, file.body)


@endpoint(
    auth=Auth.OWNER,
    query=UploadQuery,
    upload=True,
    first=_receive,
    returns=FileOut,
    status=201,
    errors=(TooBig, WrongKind, Damaged, TooManyPixels, TooManyFiles),
    summary="上传文件，表单字段 file；之后办事时引用返回的编号",
)
async def upload(request: Request, *, actor: Actor, query: UploadQuery, file: Upload, ready: Kept) -> FileOut:  # noqa: ARG001  every handler is given its request
    return _shown(await files.enter(actor, file.name, ready))


@endpoint(auth=Auth.OWNER, returns=FileOut, summary="我上传的文件和新的打开链接")
async def show(request: Request, file_id: UUID, *, actor: Actor) -> FileOut:  # noqa: ARG001
    return _shown(await files.get(actor, file_id))
