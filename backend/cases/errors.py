"""Why something about a case is refused."""

from dataclasses import dataclass
from datetime import datetime

from backend.foundation.clock import SHANGHAI
from backend.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened since the reader looked: when, what, by whom."""

    at: datetime
    what: str
    who: str | None

    def told(self) -> str:
        return f"{self.at.astimezone(SHANGHAI):%m-%d %H:%M} {self.who or '系统'}{self.what}"


class CaseUnknown(NotFound):
    code = "cases.unknown"
    sentence = "没有找到该事项，可能编号有误或您无权查看。"


class CaseChanged(PreconditionFailed):
    """Somebody else acted in between; the sentence says what happened since the version that the reader saw."""

    code = "cases.changed"
    sentence = "该事项刚有新的办理动作，请刷新后再操作。"

    def __init__(self, changes: tuple[Change, ...] = ()) -> None:
        self.changes = changes
        told = "；".join(change.told() for change in changes)
        super().__init__(f"该事项刚有新的办理动作（{told}），请查看后再操作。" if told else None)


class CategoryUnknown(Invalid):
    code = "cases.category_unknown"
    sentence = "没有这个事项类别，或该类别已停用，请重新选择。"


class PlaceUnknown(Invalid):
    code = "cases.for_whom_unknown"
    sentence = "没有找到为其登记的企业或经营者，请核对后再试。"


class PhoneWrong(Invalid):
    code = "cases.phone_wrong"
    sentence = "电话号码有误，请填写 11 位手机号码，或带区号的座机。"


class ContactUnknown(NotFound):
    code = "cases.contact_unknown"
    sentence = "该事项没有登记联系人。"


class NotYours(Forbidden):
    code = "cases.not_yours"
    sentence = "该事项由其他同事办理，您可以协办或请其转交。"


class OwnMatter(Conflict):
    code = "cases.own_matter"
    sentence = "本人或本人企业的事项须回避，请由其他同事办理。"


class WordWanted(Invalid):
    """What is written over an answer may be an objection, which runs on the clock: its owner says which it is."""

    code = "cases.word_wanted"
    sentence = "该事项已答复，请说明这条留言是认为没有解决（将退回重办，继续计时），还是只作补充说明。"


class Unanswered(Conflict):
    code = "cases.unanswered"
    sentence = "经营者对答复有新的意见，请先回复，再记录送达。"


class AlreadyTaken(Conflict):
    code = "cases.already_taken"

    def __init__(self, name: str = "") -> None:
        super().__init__(f"该事项已由{name or '其他同事'}接办，请刷新后查看。")


class AskedBefore(Invalid):
    code = "cases.asked_before"
    sentence = "所缺材料应一次性告知；再次要求补充须写明理由，并计入统计。"


class NoCitation(Invalid):
    code = "cases.no_citation"
    sentence = "不予办理须写明理由和依据，请至少填写一条依据。"


class SourceUnknown(Invalid):
    code = "cases.source_unknown"
    sentence = "没有找到所引用的依据，或它还没有发布过，请重新选择。"


class TooManyPromises(Conflict):
    code = "cases.too_many_promises"
    sentence = "该事项已多次承诺日期，不能再改；请按已承诺的日期办理。"


class ExtendedBefore(Conflict):
    code = "cases.extended_before"
    sentence = "该事项已延长过一次办理期限，不能再次延长。"


class NotPausable(Conflict):
    code = "cases.not_pausable"
    sentence = "该事项的暂停时间已用完，或当前并未在计时，不能暂停。"


class PromiseTooLate(Invalid):
    code = "cases.promise_too_late"
    sentence = "承诺日期须为今后的工作日，且不晚于办理期限。"


class FileUnknown(Invalid):
    code = "cases.file_unknown"
    sentence = "没有找到要附上的文件，请重新上传。"


class TooLateToReopen(Conflict):
    code = "cases.too_late_to_reopen"
    sentence = "该事项办结已超过30日，不能再退回重办；如仍需办理，请重新提交。"


class NothingToDecide(Conflict):
    code = "cases.nothing_to_decide"
    sentence = "该事项目前没有等待上级决定的事项。"


class NeedsOther(Conflict):
    code = "cases.needs_other"
    sentence = "该决定须由经办人和申请人以外的人作出。"


class OwnersTurn(Conflict):
    code = "cases.owners_turn"
    sentence = "答复后应由经营者确认；答复满5个工作日仍未能送达的，才可以决定办结。"


class NeedsDecision(Conflict):
    code = "cases.needs_decision"
    sentence = "该事项正等待上级决定，决定前不能办理。"


class RatedBefore(Conflict):
    code = "cases.rated_before"
    sentence = "该事项已经评价过，可以追加评价一次。"


class NotRated(Conflict):
    code = "cases.not_rated"
    sentence = "该事项还没有评价。"


class AddedBefore(Conflict):
    code = "cases.added_before"
    sentence = "追加评价只能提交一次。"


class AppealedBefore(Conflict):
    code = "cases.appealed_before"
    sentence = "该评价已经提出过申诉。"


class TaskUnknown(NotFound):
    code = "cases.task_unknown"
    sentence = "该事项没有待完成的回访或整改。"


class HasOwner(Conflict):
    code = "cases.has_owner"
    sentence = "该事项已关联经营者账号，无需回执。"


class HasAccount(Conflict):
    code = "cases.has_account"
    sentence = "该经营者有账号，请由本人在小程序中办理。"


class ReceiptWrong(NotFound):
    code = "cases.receipt_wrong"
    sentence = "编号或取件码不正确，请核对后再试；遗失回执请到窗口重新打印。"


class ReceiptUsed(Conflict):
    code = "cases.receipt_used"
    sentence = "该回执已经使用过；如非本人认领，请联系窗口。"


class NotSameMatter(Invalid):
    code = "cases.not_same_matter"
    sentence = "两个事项不属于同一企业或同一人，并案须写明认定为同一事项的理由。"


class MergeTargetOver(Conflict):
    code = "cases.merge_target_over"
    sentence = "要并入的事项已答复、办结或已并入其他事项，不能再并入。"


class MergeOtherWay(Conflict):
    """What is merged stands still, so that nothing may be merged into what is due later."""

    code = "cases.merge_other_way"
    sentence = (
        "本事项的期限早于要并入的事项，不能因并案而推迟；请反过来把那个事项并入本事项，期限互有早晚的请分别办理。"
    )


class HasMerged(Conflict):
    code = "cases.has_merged"
    sentence = "该事项已有其他事项并入，请先撤销并案，或将其他事项并入本事项。"


class NotMerged(Conflict):
    code = "cases.not_merged"
    sentence = "该事项没有并入其他事项，请刷新后查看。"


class NotYetAnswered(Conflict):
    code = "cases.not_yet_answered"
    sentence = "一并办理的事项还没有答复，请等待答复后再确认。"


class NotSplittable(Conflict):
    code = "cases.not_splittable"
    sentence = "已答复、等待补充材料或已办结的事项不能拆分，请另行登记新的事项。"


class NotSplit(Conflict):
    code = "cases.not_split"
    sentence = "该事项没有可以撤销的拆分。"


class PartsTouched(Conflict):
    code = "cases.parts_touched"
    sentence = "拆分出的事项已有办理动作，不能再撤销拆分。"


class NotAble(Invalid):
    code = "cases.not_able"
    sentence = "该同事不能办理这个事项，请另选一人。"


class HasItAlready(Conflict):
    code = "cases.has_it_already"
    sentence = "该事项已经由这位同事办理。"


class OfferPending(Conflict):
    code = "cases.offer_pending"

    def __init__(self, name: str = "") -> None:
        super().__init__(f"该事项已转交{name or '一位同事'}、尚未接受，请等待其接受或退回。")


class NotOffered(Conflict):
    code = "cases.not_offered"
    sentence = "该事项没有转交给您，或转交已经失效。"


class NeedsSuperior(Forbidden):
    """The third time a case is passed on the superior names the handler."""

    code = "cases.needs_superior"

    def __init__(self) -> None:
        super().__init__("cases.decide", "该事项已转交两次，再次转交须由上级指定经办人。")


class CannotGiveBack(Forbidden):
    code = "cases.cannot_give_back"

    def __init__(self) -> None:
        super().__init__("cases.decide", "该事项由上级指定您办理，不能退回；确有困难请向上级说明。")


class UnitUnsuited(Invalid):
    code = "cases.unit_unsuited"
    sentence = "不能转交给这个单位，请另选单位。"


class NotTransferred(Conflict):
    code = "cases.not_transferred"
    sentence = "该事项没有待接办的转办，不能退回。"


class HelpsAlready(Conflict):
    code = "cases.helps_already"
    sentence = "这位同事已经在办理或协办该事项。"


class NotHelping(NotFound):
    code = "cases.not_helping"
    sentence = "这位同事没有协办该事项，请刷新后查看。"


class TooManyHelpers(Conflict):
    code = "cases.too_many_helpers"
    sentence = "一个事项至多 10 名协办人。"


class SameAsBefore(Conflict):
    code = "cases.same_as_before"
    sentence = "与当前内容相同，没有需要修改的。"


class CategoryWrong(Invalid):
    code = "cases.category_wrong"
    sentence = "类别设置有误，请按提示修改。"


class CategoryTaken(Conflict):
    code = "cases.category_taken"
    sentence = "已有相同代码的类别，请换一个代码。"


class CategoryChanged(PreconditionFailed):
    code = "cases.category_changed"
    sentence = "该类别刚被他人修改，请刷新核对后再保存。"


class CategoryInUse(Conflict):
    code = "cases.category_in_use"
    sentence = "该类别还有下级类别在用，或由其他业务固定使用，不能停用。"


class MacroUnknown(NotFound):
    code = "cases.macro_unknown"
    sentence = "没有找到该办理模板，可能已停用或不属于您的单位。"


class MacroWrong(Invalid):
    code = "cases.macro_wrong"
    sentence = "办理模板填写有误，请按提示修改。"


class MacroTaken(Conflict):
    code = "cases.macro_taken"
    sentence = "本单位已有同名的办理模板，请换一个名称。"


class MacroChanged(PreconditionFailed):
    code = "cases.macro_changed"
    sentence = "该办理模板刚被他人修改，请重新预览后再使用。"


class MacroValueMissing(Conflict):
    code = "cases.macro_value_missing"
    sentence = "该事项缺少模板要填入的内容。"


class MacroRefused(Conflict):
    """One step can't be done, so none is; the sentence names it."""

    code = "cases.macro_refused"
    sentence = "办理模板中有步骤不能办理，全部未执行。"


class MacroRunUnknown(NotFound):
    code = "cases.macro_run_unknown"
    sentence = "没有找到您的这次模板办理，或已经撤销。"


class UndoTooLate(Conflict):
    code = "cases.undo_too_late"
    sentence = "已超过10分钟，不能撤销，请按正常步骤更正。"
