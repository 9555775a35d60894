"""Staff: accounts, units, grants, sign-in with two factors, sessions."""

from backend.staff.accounts import Credentials, change_password, create_staff, leave, reset
from backend.staff.grants import add as grant
from backend.staff.grants import create_unit
from backend.staff.grants import end as end_grant
from backend.staff.queries import me, names, people, units
from backend.staff.sessions import IDLE, Ends, Opened, by_token
from backend.staff.sessions import end as end_session
from backend.staff.sessions import ends as session_ends
from backend.staff.sign_in import sign_in

__all__ = [
    "IDLE",
    "Credentials",
    "Ends",
    "Opened",
    "by_token",
    "change_password",
    "create_staff",
    "create_unit",
    "end_grant",
    "end_session",
    "grant",
    "leave",
    "me",
    "names",
    "people",
    "reset",
    "session_ends",
    "sign_in",
    "units",
]
