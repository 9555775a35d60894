"""Why something about the working calendar is refused."""

from backend.foundation.errors import Conflict, NotFound, PreconditionFailed


class YearChanged(PreconditionFailed):
    code = "worktime.year_changed"
    sentence = "这一年的工作日历刚被他人修改，请刷新后核对再操作。"


class HoursChanged(PreconditionFailed):
    code = "worktime.hours_changed"
    sentence = "办公时间刚被他人修改，请刷新后核对再操作。"


class YearUnknown(NotFound):
    code = "worktime.year_unknown"
    title = "没有这一年的日历"
    sentence = "只能查看 2004 年至 2099 年的工作日历。"


class YearPast(Conflict):
    code = "worktime.year_past"
    title = "年份已过"
    sentence = "只能调整上一年、今年和今后三年的工作日历。"


class NotAdjusted(Conflict):
    code = "worktime.not_adjusted"
    title = "没有调整"
    sentence = "所选日期中有的没有单独调整过，请刷新后核对再操作。"


class AlreadyKnown(Conflict):
    code = "worktime.already_known"
    title = "该年日历已确定"
    sentence = "这一年的放假调休安排已经确定，无需再次确认；个别日期可以单独调整。"


class NothingEntered(Conflict):
    code = "worktime.nothing_entered"
    title = "尚未录入安排"
    sentence = "确认全年日历前，请先录入这一年的放假和调休日期；已确认的，请先撤销确认再清空。"


class NotSettled(Conflict):
    code = "worktime.not_settled"
    title = "尚未确认"
    sentence = "这一年的日历没有由工作人员确认过，无需撤销。"


class HoursUnknown(NotFound):
    code = "worktime.hours_unknown"
    title = "没有这项办公时间"
    sentence = "没有找到这项办公时间，可能已被撤回。"


class HoursTaken(Conflict):
    code = "worktime.hours_taken"
    title = "该日已有安排"
    sentence = "从这一天起已有一项办公时间，请先撤回它，或另选日期。"


class HoursBegun(Conflict):
    code = "worktime.hours_begun"
    title = "已开始执行"
    sentence = "这项办公时间已开始执行，不能撤回；如需调整，请从新的日期起另设。"
