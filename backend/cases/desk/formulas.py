"""What is counted of cases: each figure beside the sentence that says how, and over which column."""

from dataclasses import dataclass
from typing import Final, Literal

Clock = Literal["accept", "answer", "solution", "promise"]


@dataclass(frozen=True, slots=True)
class Figure:
    """`counts` of the cases for which `of` holds; without `of` a plain number. `adds` sums a column instead.

    `clock`: by unit it counts where that clock stopped or ran out, and not where a case was transferred to since.
    """

    name: str
    word: str
    formula: str
    counts: str = "TRUE"
    of: str | None = None
    adds: str | None = None
    clock: Clock | None = None


_LIVE: Final = "NOT is_merged"
_BY_WORD: Final = "state IN ('closed_confirmed', 'closed_by_decision') AND (first_at IS NOT NULL OR is_over)"
_LATE_WORD: Final = "state IN ('answered', 'declined') AND is_over"
_BAD: Final = "不含被取消的任务；到期未完成的计入分母"

FIGURES: Final = (
    Figure(
        "received",
        "收到",
        "期间收到的事项数，含后来并入其他事项的；不含已撤销的拆分；分单位时，除注明的以外均计入现承办单位",
    ),
    Figure("merged", "并入其他事项", "其中已并入其他事项、或随其一并办结的；除评价外，以下各项均不含", "is_merged"),
    Figure("merged_late", "并案前已超期", "其中并入前办理期限已过的", "is_merged AND is_late"),
    Figure("open", "在办", "其中尚未办结、未并案的", "is_open"),
    Figure(
        "accepted_in_time",
        "按时接办",
        "在接办期限内接办的 ÷ 已接办的和接办期限已过的；调整类别前已过期限的仍计逾期，下同"
        "；分单位时计入接办时或期限届满时的承办单位",
        "accepted_at <= accept_due_at AND NOT was_late ? 'accept'",
        f"{_LIVE} AND (accepted_at IS NOT NULL OR accept_due_at <= coalesce(closed_at, now))",
        clock="accept",
    ),
    Figure(
        "answered_in_time",
        "按时首次答复",
        "第一次答复在首次答复期限内的 ÷ 已答复的和期限已过仍未答复的；撤销的答复不算"
        "；分单位时计入首次答复时或期限届满时的承办单位",
        "first_at <= answer_due_at AND NOT was_late ? 'answer'",
        f"{_LIVE} AND (first_at IS NOT NULL OR (is_open AND answer_due_at <= now))",
        clock="answer",
    ),
    Figure(
        "solved_in_time",
        "按时办结",
        "各轮均未超期的 ÷ 答复后由本人确认或上级决定办结的、超期答复或超期不予办理的和办理期限已过仍未答复的；"
        "不含逾期未确认的、按时不予办理的、按时答复尚待确认的、来源撤回的和未超期未答复即决定办结的"
        "；分单位时计入答复时或期限届满时的承办单位",
        "first_at IS NOT NULL AND NOT is_over",
        f"{_LIVE} AND (({_BY_WORD}) OR ({_LATE_WORD}) OR (is_unsolved AND solution_due_at <= now))",
        clock="solution",
    ),
    Figure(
        "silent_in_time",
        "逾期未确认办结中按时答复",
        "各轮均未超期的 ÷ 因本人逾期未确认而办结的；与按时办结分开统计；分单位时同按时办结",
        "solved_at <= solution_due_at AND NOT is_late",
        "state = 'closed_by_silence'",
        clock="solution",
    ),
    Figure(
        "promises_kept",
        "承诺兑现",
        "在承诺日期前答复的 ÷ 作过承诺且已答复或已过承诺日期的；有一次未兑现即为未兑现"
        "；分单位时计入兑现时或承诺日期届满时的承办单位",
        "NOT is_broken",
        f"{_LIVE} AND promised_on IS NOT NULL AND (kept_at IS NOT NULL OR is_broken)",
        clock="promise",
    ),
    Figure("closed_confirmed", "本人确认办结", "由本人确认办结的事项数", "state = 'closed_confirmed'"),
    Figure(
        "confirmed_heard",
        "代记的确认",
        "其中由工作人员按电话或窗口答复代记的，均非答复人所记",
        "state = 'closed_confirmed' AND is_heard",
    ),
    Figure(
        "closed_by_silence", "逾期未确认办结", "答复送达后本人逾期未表示意见而办结的", "state = 'closed_by_silence'"
    ),
    Figure("closed_by_decision", "决定办结", "由上级决定办结的事项数", "state = 'closed_by_decision'"),
    Figure("withdrawn", "来源撤回", "办结前由提出人或来源撤回的事项数，不计入办结", "state = 'withdrawn'"),
    Figure("declined", "不予办理", "不予办理的事项数，均有理由和依据", "state = 'declined'"),
    Figure(
        "told_once",
        "一次性告知",
        "只告知过一次所缺材料的 ÷ 告知过所缺材料的",
        "lists = 1",
        f"{_LIVE} AND lists >= 1",
    ),
    Figure(
        "second_lists", "再次要求补充", "第一次告知之后再次要求补充材料的次数合计", _LIVE, adds="greatest(lists - 1, 0)"
    ),
    Figure(
        "eased",
        "超期后或推迟期限的类别调整",
        "调整类别时期限已过、或使期限推迟的次数合计；有经办人的均须由他人调整并写明理由",
        _LIVE,
        adds="eased",
    ),
    Figure("hand_overs", "转交", "转交经办人的次数合计", _LIVE, adds="hand_overs"),
    Figure("handed_thrice", "转交三次以上", "转交三次及以上的事项数", f"{_LIVE} AND hand_overs >= 3"),
    Figure(
        "refused",
        "退回重办",
        "本人认为未解决而退回过的 ÷ 已答复的",
        "refusals > 0",
        f"{_LIVE} AND first_at IS NOT NULL",
    ),
    Figure("level_5", "非常满意", "评价为非常满意的；申诉成立的评价不计，追评另计", "level = 5"),
    Figure("level_4", "满意", "评价为满意的，口径同上", "level = 4"),
    Figure("level_3", "基本满意", "评价为基本满意的，口径同上", "level = 3"),
    Figure("level_2", "不满意", "评价为不满意的，口径同上", "level = 2"),
    Figure("level_1", "非常不满意", "评价为非常不满意的，口径同上", "level = 1"),
    Figure("satisfied", "满意率", "非常满意、满意和基本满意 ÷ 全部有效评价", "level >= 3", "level IS NOT NULL"),
    Figure("rated", "参评率", "有有效评价的 ÷ 已办结的", "level IS NOT NULL", "is_closed AND state <> 'withdrawn'"),
    Figure("set_aside", "申诉成立的评价", "因申诉成立不计入统计的评价数", "is_set_aside"),
    Figure("later_bad", "追评为差评", "追加评价为不满意或非常不满意的；申诉成立的不计", "later_level <= 2"),
    Figure(
        "called_back_in_time",
        "差评按时回访",
        f"1日内完成回访的 ÷ 应回访的；{_BAD}",
        "call_state = 'done' AND call_ended <= call_due",
        "call_state = 'done' OR (call_state = 'open' AND call_due <= now)",
    ),
    Figure(
        "rectified_in_time",
        "差评按时整改",
        f"15日内完成整改的 ÷ 应整改的；{_BAD}",
        "fix_state = 'done' AND fix_ended <= fix_due",
        "fix_state = 'done' OR (fix_state = 'open' AND fix_due <= now)",
    ),
)
