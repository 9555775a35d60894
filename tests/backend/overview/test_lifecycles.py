"""Every lifecycle tells its states in Chinese: what a refusal names is read by people."""

import re
import sys
from enum import StrEnum
from typing import Any, Final

import pytest

from backend.cases.lists.states import LIFECYCLE as PROBLEM
from backend.cases.lists.states import ProblemState
from backend.cases.states import LIFECYCLE as CASE
from backend.cases.states import CaseState
from backend.enterprises.contacts.states import APPROVAL, MERGE, ApprovalState, MergeState, PlanState
from backend.enterprises.contacts.states import PLAN as CONTACT_PLAN
from backend.enterprises.models import BindingState, ImportState
from backend.enterprises.uploads import IMPORT
from backend.financing.states import APPLICATION, REFERRAL, VERSION, ApplicationState, ReferralState
from backend.financing.states import VersionState as ProductState
from backend.foundation.states import Lifecycle, WrongState
from backend.identity.states import BINDING
from backend.moderation.states import LIFECYCLE as MODERATION
from backend.moderation.states import SubjectState
from backend.notifications.broadcasts.states import BROADCAST, BroadcastState
from backend.notifications.states import DELIVERY, DeliveryState
from backend.policies.states import LIFECYCLE, VersionState
from backend.questions.knowledge.states import CORRECTIONS, CorrectionState, EditionState
from backend.questions.knowledge.states import LIFECYCLE as ARTICLE
from backend.questions.states import LIFECYCLE as QUESTION
from backend.questions.states import PUBLICATION, PublicationState, QuestionState
from backend.questions.surveys.states import LIFECYCLE as SURVEY
from backend.questions.surveys.states import SurveyState
from backend.salons.states import LIFECYCLE as SALON
from backend.salons.states import SIGNUP, SalonState, SignupState
from backend.visits.campaigns.states import CAMPAIGN, TARGET, CampaignState, TargetState
from backend.visits.states import LIFECYCLE as VISIT
from backend.visits.states import VisitState
from backend.visits.waiting.states import OFFERING, WAITING, OfferState, WaitState

EVERY: Final[dict[Lifecycle[Any], type[StrEnum]]] = {
    IMPORT: ImportState,
    BINDING: BindingState,
    BROADCAST: BroadcastState,
    DELIVERY: DeliveryState,
    LIFECYCLE: VersionState,
    ARTICLE: EditionState,
    CORRECTIONS: CorrectionState,
    SURVEY: SurveyState,
    MODERATION: SubjectState,
    QUESTION: QuestionState,
    PUBLICATION: PublicationState,
    CASE: CaseState,
    PROBLEM: ProblemState,
    VISIT: VisitState,
    CAMPAIGN: CampaignState,
    TARGET: TargetState,
    APPLICATION: ApplicationState,
    REFERRAL: ReferralState,
    VERSION: ProductState,
    SALON: SalonState,
    SIGNUP: SignupState,
    WAITING: WaitState,
    OFFERING: OfferState,
    CONTACT_PLAN: PlanState,
    APPROVAL: ApprovalState,
    MERGE: MergeState,
}
_LATIN: Final = re.compile(r"[A-Za-z]")


def test_no_lifecycle_of_the_backend_is_missed_here() -> None:
    modules = [module for name, module in sys.modules.items() if name.startswith("backend.")]
    there = {one for module in modules for one in vars(module).values() if isinstance(one, Lifecycle)}
    assert there == set(EVERY)


@pytest.mark.parametrize("lifecycle", EVERY, ids=lambda one: one.name)
def test_a_move_that_cannot_be_is_refused_in_chinese(lifecycle: Lifecycle[Any]) -> None:
    states = list(EVERY[lifecycle])
    assert set(lifecycle.words) == set(states)
    for current in states:
        for wanted in (state for state in states if not lifecycle.allows(current, state)):
            with pytest.raises(WrongState) as refused:
                lifecycle.check(current, wanted)
            assert not _LATIN.search(str(refused.value))
