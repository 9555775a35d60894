"""Sessions of whoever signs in with password and code, at the bureau's door or a bank's: their cookie, their end."""

from dataclasses import dataclass
from typing import Final

from sanic import Request

from backend import runtime, staff
from backend.access import Actor
from backend.staff import errors
from miniprogram_api.auth import PARTNER_COOKIE, STAFF_COOKIE
from miniprogram_api.reply import Reply
from miniprogram_api.schema import Out
from miniprogram_api.staff.schemas import SessionEndsOut

_LONGEST: Final = 8 * 3600


@dataclass(frozen=True, slots=True)
class Door:
    """Where a session is good: its cookie goes to one path, so that no door is ever shown another's."""

    cookie: str
    path: str

    def opened(self, out: Out, token: str) -> Reply:
        """Answer a sign-in; the token is kept where no script and no other site can use it."""
        return Reply(out, headers=self._headers(token, _LONGEST))

    async def sign_out(self, actor: Actor) -> Reply:
        """End the session, if it has not ended, and take its cookie back."""
        if actor.session_id is not None:
            await staff.end_session(actor.session_id)
        return Reply(None, headers=self._headers("", 0))

    def _headers(self, token: str, seconds: int) -> dict[str, str]:
        secure = "; Secure" if runtime.current().settings.secure_cookies else ""
        value = f"{self.cookie}={token}; Path={self.path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        return {"Set-Cookie": value, "Cache-Control": "no-store"}


BUREAU: Final = Door(STAFF_COOKIE, "/api/staff")
BANK: Final = Door(PARTNER_COOKIE, "/api/partner")


def browser(request: Request) -> str:
    """Return what the browser calls itself, as text that can be kept whatever bytes it sent."""
    told = request.headers.get("user-agent", "")
    return told.encode(errors="replace").decode().replace("\x00", "")


async def ends(actor: Actor) -> SessionEndsOut:
    """Tell when the session ends by its age and by nobody's doing anything; raises SessionEnded."""
    if actor.session_id is None:
        raise errors.SessionEnded
    told = await staff.session_ends(actor.session_id)
    return SessionEndsOut(
        ends_at=told.ends_at,
        idle_at=told.idle_at,
        seconds_left=int(told.left.total_seconds()),
        idle_seconds_left=int(told.idle_left.total_seconds()),
        idle_seconds=int(staff.IDLE.total_seconds()),
    )
