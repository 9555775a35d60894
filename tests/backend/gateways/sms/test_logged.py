from structlog.testing import capture_logs

from backend.gateways.sms import LoggedSms, SmsGateway


async def test_log_only_hides_the_number_and_the_words() -> None:
    gateway: SmsGateway = LoggedSms()
    with capture_logs() as logs:
        receipt = await gateway.send("13800001234", "binding_result", {"code": "998877"})
    written = str(logs)
    assert len(logs) == 1
    assert "138****1234" in written
    assert "binding_result" in written
    assert "13800001234" not in written
    assert "998877" not in written
    assert (receipt.id, gateway.is_live) == (None, False)
