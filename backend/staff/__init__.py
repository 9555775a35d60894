"""Staff: accounts, units, grants, sign-in with two factors, sessions."""

from backend.staff.accounts import Credentials, change_password, create_staff, leave, reset
from backend.staff.editing import edit, end_sessions, ending_with
from backend.staff.grants import add as grant
from backend.staff.grants import end as end_grant
from backend.staff.queries import Wanted, me, names, people, person
from backend.staff.sessions import IDLE, Ends, Opened, Seat, by_token, end_others, end_own, seats
from backend.staff.sessions import end as end_session
from backend.staff.sessions import ends as session_ends
from backend.staff.sign_in import sign_in
from backend.staff.units import close as close_unit
from backend.staff.units import create as create_unit
from backend.staff.units import edit as edit_unit
from backend.staff.units import tree as units

__all__ = [
    "IDLE",
    "Credentials",
    "Ends",
    "Opened",
    "Seat",
    "Wanted",
    "by_token",
    "change_password",
    "close_unit",
    "create_staff",
    "create_unit",
    "edit",
    "edit_unit",
    "end_grant",
    "end_others",
    "end_own",
    "end_session",
    "end_sessions",
    "ending_with",
    "grant",
    "leave",
    "me",
    "names",
    "people",
    "person",
    "reset",
    "seats",
    "session_ends",
    "sign_in",
    "units",
]
