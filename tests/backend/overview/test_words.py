"""The dictionary of the console knows every code there is."""

from typing import Any, Final, get_args

from backend.access import PERMISSIONS, Role
from backend.cases.allowed import _ACTS as CASE_ACTS
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.contacts.states import ApprovalState, MergeState, PlanState, Side
from backend.enterprises.models import BindingBasis, BindingRole, BindingState, ImportState
from backend.enterprises.size import Tier
from backend.enterprises.timeline import Kind
from backend.notifications.broadcasts.allowed import _ACTS as BROADCAST_ACTS
from backend.notifications.broadcasts.states import BroadcastState
from backend.notifications.states import DeliveryState
from backend.overview import words as gathered
from backend.overview.words import words
from backend.policies.allowed import _ACTS as POLICY_ACTS
from backend.policies.states import VersionState
from backend.questions.knowledge.allowed import _ACTS as ARTICLE_ACTS
from backend.questions.knowledge.states import CorrectionState, EditionState
from backend.questions.surveys.allowed import _ACTS as SURVEY_ACTS
from backend.questions.surveys.content import Kind as SurveyQuestion
from backend.questions.surveys.states import SurveyState
from backend.staff.absences import Reason as AbsenceReason
from backend.staff.models import StaffState
from backend.staff.queries import OTHERS_ACTS
from backend.worktime.allowed import _ACTS as CALENDAR_ACTS
from backend.worktime.queries import DaySource, YearState

EVERY: Final[dict[str, set[Any]]] = {
    "role": set(Role),
    "permission": set(PERMISSIONS),
    "capability": {permission.partition(".")[0] for permission in PERMISSIONS},
    "staff_state": set(StaffState),
    "staff_act": {"edit", *OTHERS_ACTS},
    "absence_kind": set(AbsenceReason),
    "import_state": set(ImportState),
    "binding_role": set(BindingRole),
    "binding_state": set(BindingState),
    "binding_basis": set(BindingBasis),
    "timeline_kind": set(get_args(Kind)),
    "contact_side": set(Side),
    "contact_plan_state": set(PlanState),
    "contact_approval_state": set(ApprovalState),
    "contact_merge_state": set(MergeState),
    "policy_state": set(VersionState),
    "policy_act": {act for act, *_ in POLICY_ACTS},
    "survey_state": set(SurveyState),
    "survey_act": {act for act, *_ in SURVEY_ACTS},
    "survey_question": set(SurveyQuestion),
    "broadcast_state": set(BroadcastState),
    "broadcast_act": {act for act, *_ in BROADCAST_ACTS},
    "delivery_state": set(DeliveryState),
    "fact": set(CATALOGUE),
    "day_source": set(DaySource),
    "calendar_year_state": set(YearState),
    "calendar_act": {*(act for act, _ in CALENDAR_ACTS), "change_hours", "withdraw_hours"},
    "case_act": set(CASE_ACTS),
    "article_state": set(EditionState),
    "article_audience": {"public", "internal"},
    "article_act": {act for act, *_ in ARTICLE_ACTS},
    "correction_state": set(CorrectionState),
    "correction_change": {"superseded", "corrected", "withdrawn", "expired"},
    "size": {*(tier.value for tier in Tier), "undetermined", "not_applicable"},
}


def test_every_code_has_its_words_and_there_are_no_others() -> None:
    told = words()
    for group, codes in EVERY.items():
        assert set(told[group]) == {str(code) for code in codes}, group


def test_no_group_stands_in_two_vocabularies() -> None:
    groups = [group for part in gathered.PARTS for group in part]
    assert sorted(groups) == sorted(set(groups))
    assert set(groups) <= set(words())


def test_words_are_words() -> None:
    latin = [(group, code) for group, some in words().items() for code, told in some.items() if told.isascii()]
    assert latin == []
