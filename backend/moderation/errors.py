"""Why a decision about what was held is refused."""

from backend.foundation.errors import Conflict, NotFound


class SubjectUnknown(NotFound):
    code = "moderation.unknown"
    title = "没有这项内容"
    sentence = "没有找到这项待查看的内容，可能已由他人处理，或者不在您的辖区。"


class OwnSubmission(Conflict):
    code = "moderation.own_submission"
    title = "须回避"
    sentence = "这是您本人或您的企业提交的，或由您办理的内容，请由其他同事处理。"


class AlreadyDecided(Conflict):
    code = "moderation.already_decided"
    title = "已处理"

    def __init__(self, standing: str) -> None:
        super().__init__(f"这项内容已有结果：{standing}，请刷新列表。")
