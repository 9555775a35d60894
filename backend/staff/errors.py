"""Why something about staff accounts is refused."""

from backend.foundation.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, Unauthenticated


class SignInFailed(Unauthenticated):
    """One answer for an unknown name, a wrong password, a wrong code and a locked account."""

    code = "staff.sign_in_failed"
    title = "登录失败"
    sentence = "账号、密码或动态码不正确。连续 5 次失败将锁定 30 分钟，如忘记密码请联系安全管理员重置。"


class AtTheBank(Forbidden):
    """Somebody of a bank stands at the bureau's door."""

    code = "staff.at_the_bank"
    title = "请从合作机构入口登录"
    sentence = "您的账号属于合作机构，请从合作机构入口登录。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class AtTheBureau(Forbidden):
    """Somebody of the bureau stands at the banks' door."""

    code = "staff.at_the_bureau"
    title = "请从工作人员入口登录"
    sentence = "您的账号不属于合作机构，请从工作人员入口登录。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class SessionEnded(Unauthenticated):
    code = "staff.session_ended"
    sentence = "登录已失效（30 分钟未操作或满 8 小时），请重新登录。"


class SeatUnknown(NotFound):
    code = "staff.session_unknown"
    sentence = "没有找到这处登录，它可能已经结束。"


class CsrfMismatch(Forbidden):
    code = "staff.csrf_mismatch"
    sentence = "页面已过期，请刷新后重试。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class WeakPassword(Invalid):
    code = "staff.password_weak"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, (FieldError("new_password", self.code, sentence),))


class LoginTaken(Conflict):
    code = "staff.login_taken"
    title = "登录名已被使用"
    sentence = "该登录名已被使用，请换一个。"


class UnitTaken(Conflict):
    code = "staff.unit_taken"
    title = "单位重名"
    sentence = "已有同名单位，请换一个名称。"


class UnitNotFound(NotFound):
    code = "staff.unit_not_found"
    sentence = "没有找到该单位，或它已关闭。"


class UnitClosed(Conflict):
    """Nothing is put below a unit that is closed."""

    code = "staff.unit_closed"
    title = "上级单位已关闭"
    sentence = "上级单位已经关闭，请另选一个在用的上级单位。"

    def __init__(self, name: str = "") -> None:
        super().__init__(f"“{name}”已经关闭，请另选一个在用的上级单位。" if name else None)


class UnitInUse(Conflict):
    """A unit is closed only when nothing rests on it any more."""

    code = "staff.unit_in_use"
    title = "单位还不能关闭"
    sentence = "该单位还有在岗人员、下级单位或授权，请先调整后再关闭。"

    def __init__(self, *, staff: int = 0, children: int = 0, grants: int = 0) -> None:
        super().__init__(
            f"该单位还有 {staff} 名在岗人员、{children} 个下级单位、{grants} 项以它为范围的授权，请先调整后再关闭。"
        )


class RolesExclude(Conflict):
    code = "staff.roles_exclude"
    title = "角色不能兼任"
    sentence = "系统管理员、安全管理员和审计员不能由同一人担任。"


class OwnAccount(Forbidden):
    """Nobody grants himself a role or takes his own away."""

    code = "staff.own_account"
    title = "须由他人办理"
    sentence = "不能为自己授权或停用自己的账号，请由另一位安全管理员办理。"

    def __init__(self) -> None:
        super().__init__(sentence=self.sentence)


class HasLeft(Conflict):
    code = "staff.has_left"
    sentence = "该账号已停用。"


class StaffNotFound(NotFound):
    code = "staff.not_found"
    sentence = "没有找到该工作人员。"


class AbsenceTaken(Conflict):
    code = "staff.absence_taken"
    sentence = "这几天中已登记过不在岗，请核对日期。"


class AbsenceUnknown(NotFound):
    code = "staff.absence_unknown"
    sentence = "没有找到这条不在岗登记，可能已经撤回。"


class AbsenceOver(Conflict):
    code = "staff.absence_over"
    sentence = "这段不在岗已经结束，不能再撤回。"
