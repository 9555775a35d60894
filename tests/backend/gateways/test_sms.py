from structlog.testing import capture_logs

from backend.gateways.sms import LoggedSms, SmsGateway


async def test_log_only_hides_the_number_and_the_words() -> None:
    gateway: SmsGateway = LoggedSms()
    with capture_logs() as logs:
        await gateway.send("13800001234", "SMS_1", {"code": "998877"}, "湖州市监")
    written = str(logs)
    assert len(logs) == 1
    assert "138****1234" in written
    assert "SMS_1" in written
    assert "13800001234" not in written
    assert "998877" not in written
