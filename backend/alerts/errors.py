"""Why an alert is not acknowledged."""

from backend.foundation.errors import NotFound


class AlertNotFound(NotFound):
    code = "alerts.not_found"
    title = "没有这条告警"
    sentence = "没有找到这条告警，请刷新列表后再试。"
