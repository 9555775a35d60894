"""Identity: owners sign in, verify their phone, and prove for whom they may act."""

from backend.identity.account import me, withdraw
from backend.identity.acting import acting_for, each_acting_for
from backend.identity.binding import Claimed, claim
from backend.identity.ending import leave, object_to, remove
from backend.identity.invitations import Invitation, accept, invite
from backend.identity.personal import PERSONAL
from backend.identity.phones import BoundPhone, bind_phone, phone_of
from backend.identity.proving import contacts_changed, end_lapsed, enterprises_closed, reprove
from backend.identity.queries import colleagues, expected, my_bindings, reviews_visible_to
from backend.identity.reviewing import Wanted, open_licence, review, review_list
from backend.identity.reviews import approve, refuse
from backend.identity.sessions import Device, devices, owner_by_token, staff_by_token
from backend.identity.sessions import end as sign_out
from backend.identity.signing_in import SignedIn, sign_in

__all__ = [
    "PERSONAL",
    "BoundPhone",
    "Claimed",
    "Device",
    "Invitation",
    "SignedIn",
    "Wanted",
    "accept",
    "acting_for",
    "approve",
    "bind_phone",
    "claim",
    "colleagues",
    "contacts_changed",
    "devices",
    "each_acting_for",
    "end_lapsed",
    "enterprises_closed",
    "expected",
    "invite",
    "leave",
    "me",
    "my_bindings",
    "object_to",
    "open_licence",
    "owner_by_token",
    "phone_of",
    "refuse",
    "remove",
    "reprove",
    "review",
    "review_list",
    "reviews_visible_to",
    "sign_in",
    "sign_out",
    "staff_by_token",
    "withdraw",
]
