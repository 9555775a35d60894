"""What owners answer: the one question worth asking, what a policy was to them, and their reminders."""

from typing import Any
from uuid import UUID

import orjson
from sanic import Request

from backend.access import Actor
from backend.enterprises.errors import FactInvalid, NotAskable
from backend.identity.errors import NotBound, OutOfScope, ReadOnly
from backend.policies import errors
from backend.policies.reading import asking, feedback
from backend.policies.telling import reminders
from miniprogram_api.endpoint import Auth, endpoint
from miniprogram_api.policies.answer_schemas import (
    AnswerIn,
    AskedOut,
    ClosingIn,
    FeedbackIn,
    FeedbackOut,
    MyRemindersOut,
    PutOffIn,
    PutOffOut,
    QuestionQuery,
    ReminderOut,
    SeenIn,
    SeenOut,
    SettledOut,
)

_HIS = (NotBound, OutOfScope)
_CHANGING = (*_HIS, ReadOnly)
_LIVE = (errors.PolicyUnknown, errors.PolicyOver)


@endpoint(auth=Auth.OWNER, query=QuestionQuery, returns=AskedOut, errors=_CHANGING, summary="最值得补充的一个问题")
async def question(request: Request, enterprise_id: UUID, *, actor: Actor, query: QuestionQuery) -> dict[str, Any]:  # noqa: ARG001
    asked = await asking.next_question(actor, enterprise_id, own_wish=query.own_wish)
    return {"question": asked and _told(asked)}


def _told(asked: asking.Asked) -> dict[str, Any]:
    fact = asked.fact
    return {
        "fact": fact.key,
        "title": fact.title,
        "question": fact.question,
        "type": fact.type,
        "unit": fact.unit,
        "choices": dict(fact.choices),
        "is_sensitive": fact.sensitive,
        "can_be_used_once": fact.sensitive,
        "settles": asked.settles,
        "policies": asked.policies,
    }


@endpoint(
    auth=Auth.OWNER,
    body=AnswerIn,
    returns=SettledOut,
    errors=(*_CHANGING, NotAskable, FactInvalid),
    summary="回答问题并保存为企业自行填报的信息",
)
async def answer(request: Request, enterprise_id: UUID, *, actor: Actor, body: AnswerIn) -> asking.Settled:  # noqa: ARG001
    return await asking.answer(actor, enterprise_id, body.fact, body.value)


# Changes nothing, so it needs no key; a remembered answer would be a trace of what was told.
@endpoint(
    auth=Auth.OWNER,
    body=AnswerIn,
    returns=SettledOut,
    idempotent=False,
    errors=(*_HIS, NotAskable, errors.OnlySensitive, FactInvalid),
    summary="敏感信息仅本次使用：只判断，不保存",
)
async def try_answer(request: Request, enterprise_id: UUID, *, actor: Actor, body: AnswerIn) -> asking.Settled:  # noqa: ARG001
    return await asking.try_answer(actor, enterprise_id, body.fact, body.value)


@endpoint(auth=Auth.OWNER, body=PutOffIn, returns=PutOffOut, errors=(*_HIS, NotAskable), summary="以后再说，或不想回答")
async def put_off(request: Request, enterprise_id: UUID, *, actor: Actor, body: PutOffIn) -> PutOffOut:  # noqa: ARG001
    until = await asking.put_off(actor, enterprise_id, body.fact, asking.PutOff(body.how))
    return PutOffOut(fact=body.fact, until=until)


@endpoint(auth=Auth.OWNER, body=SeenIn, returns=SeenOut, errors=_HIS, summary="上报看到和点开的政策（成批）")
async def seen(request: Request, enterprise_id: UUID, *, actor: Actor, body: SeenIn) -> SeenOut:  # noqa: ARG001
    policies = {**dict.fromkeys(body.shown, False), **dict.fromkeys(body.opened, True)}
    return SeenOut(noted=await feedback.seen(actor, enterprise_id, policies))


@endpoint(auth=Auth.OWNER, returns=FeedbackOut, errors=(*_HIS, errors.PolicyUnknown), summary="本企业对一项政策的反馈")
async def own_feedback(request: Request, enterprise_id: UUID, policy_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return await _feedback(actor, enterprise_id, policy_id)


@endpoint(
    auth=Auth.OWNER,
    body=FeedbackIn,
    returns=FeedbackOut,
    errors=(*_CHANGING, *_LIVE, errors.ClauseUnknown),
    summary="反馈：确实适合、已经申报，或不适用于我（逐条指出）",
)
async def give_feedback(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    policy_id: UUID,
    *,
    actor: Actor,
    body: FeedbackIn,
) -> dict[str, Any]:
    await feedback.say(
        actor,
        enterprise_id,
        policy_id,
        feedback.Said(body.answer),
        result=feedback.Result(body.result) if body.result else None,
        clauses=[feedback.Misfit(one.path, one.words) for one in body.clauses],
    )
    return await _feedback(actor, enterprise_id, policy_id)


@endpoint(auth=Auth.OWNER, status=204, errors=(*_CHANGING, *_LIVE), summary="撤回对一项政策的反馈")
async def take_back_feedback(request: Request, enterprise_id: UUID, policy_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await feedback.take_back(actor, enterprise_id, policy_id)


async def _feedback(actor: Actor, enterprise_id: UUID, policy_id: UUID) -> dict[str, Any]:
    said = await feedback.own(actor, enterprise_id, policy_id)
    return {"answer": said["answer"], "result": said["result"], "clauses": orjson.loads(said["clauses"])}


@endpoint(auth=Auth.OWNER, returns=MyRemindersOut, errors=_HIS, summary="我的提醒")
async def my_reminders(request: Request, enterprise_id: UUID, *, actor: Actor) -> dict[str, Any]:  # noqa: ARG001
    return {"items": await reminders.mine(actor, enterprise_id)}


@endpoint(
    auth=Auth.OWNER,
    body=ClosingIn,
    returns=ReminderOut,
    errors=(*_HIS, *_LIVE, errors.NoDeadline),
    summary="截止前提醒我",
)
async def remind_before_it_closes(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    policy_id: UUID,
    *,
    actor: Actor,
    body: ClosingIn,
) -> reminders.Reminder:
    return await reminders.before_it_closes(actor, enterprise_id, policy_id, days_before=body.days_before)


@endpoint(
    auth=Auth.OWNER,
    returns=ReminderOut,
    errors=(*_HIS, *_LIVE, errors.NotByTime, errors.ProfilingRefused),
    summary="到满足条件之日提醒我",
)
async def remind_when_reached(
    request: Request,  # noqa: ARG001
    enterprise_id: UUID,
    policy_id: UUID,
    *,
    actor: Actor,
) -> reminders.Reminder:
    return await reminders.when_reached(actor, enterprise_id, policy_id)


@endpoint(auth=Auth.OWNER, status=204, errors=(errors.ReminderUnknown,), summary="取消截止提醒")
async def cancel_closing(request: Request, enterprise_id: UUID, policy_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await reminders.cancel(actor, enterprise_id, policy_id, reminders.Kind.CLOSING)


@endpoint(auth=Auth.OWNER, status=204, errors=(errors.ReminderUnknown,), summary="取消满足条件之日的提醒")
async def cancel_reached(request: Request, enterprise_id: UUID, policy_id: UUID, *, actor: Actor) -> None:  # noqa: ARG001
    await reminders.cancel(actor, enterprise_id, policy_id, reminders.Kind.REACHED)
