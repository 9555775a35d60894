"""Why something about an enterprise is refused."""

from backend.foundation.errors import Conflict, Invalid, NotFound


class EnterpriseUnknown(NotFound):
    code = "enterprises.unknown"
    sentence = "没有找到该企业，或您无权查看。"


class FactInvalid(Invalid):
    code = "enterprises.fact_invalid"
    sentence = "填写的企业信息有误，请按提示修改。"


class NotAskable(Invalid):
    code = "enterprises.not_askable"
    sentence = "该项信息由主管部门登记，不能自行填报；如有出入，请联系登记机关更正。"


class FileRefused(Invalid):
    """The file as a whole can't be a registry file; single bad rows go to the error file instead."""

    code = "enterprises.file_refused"
    sentence = "无法导入此文件，请按模板整理后再试。"


class ImportRunning(Conflict):
    code = "enterprises.import_running"
    sentence = "同一文件正由另一进程导入，请等待其完成。"


class ImportWaiting(Conflict):
    code = "enterprises.import_waiting"
    sentence = "内容相同的文件已在导入或等待导入，请查看该次导入的进度。"


class ImportUnknown(NotFound):
    code = "enterprises.import_unknown"
    sentence = "没有找到这次导入。"


class NotStoppable(Conflict):
    code = "enterprises.import_not_stoppable"
    sentence = "这次导入已结束，或由命令行执行，不能在此取消。"

    def __init__(self, state: str | None = None) -> None:
        super().__init__(
            f"这次导入的状态是“{state}”，不能在此取消；命令行执行的导入请由执行人停止。" if state else None
        )


class NoErrorFile(NotFound):
    code = "enterprises.no_error_file"
    sentence = "这次导入没有被退回的行，或错误文件已不在服务器上。"


class CodeValid(Conflict):
    code = "enterprises.code_valid"
    sentence = "该统一社会信用代码校验无误，无需特别准入。"


class PhoneUnknown(NotFound):
    code = "enterprises.phone_unknown"
    sentence = "该企业没有登记联系电话。"
