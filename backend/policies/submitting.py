"""What must hold before a reviewer is asked: nothing in the text promises what only the law can give."""

from backend.eligibility import Rule
from backend.foundation.errors import FieldError
from backend.policies.errors import NotReady
from backend.policies.models import PolicyVersion
from backend.policies.promises import WORDED, promises


def check(current: PolicyVersion, rule: Rule) -> None:
    """Raise NotReady with every wrong place of a version; `rule` is its own, parsed."""
    told = {name: getattr(current, name) for name in WORDED}
    wrong = tuple(FieldError(one.path, one.code, one.sentence) for one in promises(told, rule))
    if wrong:
        raise NotReady(fields=wrong)
