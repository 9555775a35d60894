"""Alibaba Cloud's short message service: one call of Dysmsapi's SendSms a message (version 2017-05-25)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import ClientConnectorError, ClientError, ClientSession, ConnectionTimeoutError
from yarl import URL

from backend.foundation import clock, ids
from backend.foundation.db import refuse_in_transaction
from backend.foundation.logging import get_logger
from backend.foundation.secrets import mask_phone
from backend.foundation.settings import Settings
from backend.gateways.sms import signing
from backend.gateways.sms.errors import SmsError, SmsRefused, SmsUnanswered, SmsUnavailable
from backend.gateways.sms.protocol import SmsReceipt

_TAKEN: Final = "OK"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_OUR_FAULT: Final = 500

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AliyunAccount:
    """Who sends: a RAM user's key that may do nothing but SendSms, the signature, and our templates' codes."""

    base_url: str
    key_id: str
    secret: str = field(repr=False)
    sign_name: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "AliyunAccount":
        """Return the account as the operator set it."""
        return cls(
            settings.sms_base_url,
            settings.sms_key_id,
            settings.sms_key_secret.get_secret_value(),
            settings.sms_sign_name,
            settings.sms_templates,
        )


class AliyunSms:
    """The SmsGateway that speaks HTTP."""

    is_live = True

    def __init__(self, account: AliyunAccount, http: ClientSession) -> None:
        self._account = account
        self._url = URL(account.base_url)
        self._http = http

    def carries(self, template: str) -> bool:
        return template in self._account.templates

    async def send(self, phone: str, template: str, params: Mapping[str, str], *, reference: str = "") -> SmsReceipt:
        refuse_in_transaction()
        told = {"phone": mask_phone(phone), "template": template, "reference": reference}
        try:
            answer = await self._call(self._query(phone, template, params, reference))
        except SmsError as error:
            log.info("sms.failed", **told, error=str(error))
            raise
        log.info("sms.taken", **told, request_id=answer.get("RequestId"))
        number = answer.get("BizId")
        return SmsReceipt(str(number) if number else None)

    def _query(self, phone: str, template: str, params: Mapping[str, str], reference: str) -> dict[str, str]:
        code = self._account.templates.get(template)
        if code is None:
            raise SmsRefused("isv.SMS_TEMPLATE_ILLEGAL", f"no code is set for {template}")
        query = {"PhoneNumbers": phone, "SignName": self._account.sign_name, "TemplateCode": code}
        if params:
            query["TemplateParam"] = orjson.dumps(dict(params)).decode()
        if reference:
            query["OutId"] = reference
        return query

    async def _call(self, query: Mapping[str, str]) -> dict[str, Any]:
        text = signing.canonical_query(query)
        url = URL(f"{self._url}?{text}", encoded=True)
        try:
            async with self._http.post(url, headers=self._headers(text), allow_redirects=False) as response:
                return _answer(response.status, await response.read())
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise SmsUnavailable(f"no connection to the provider ({type(error).__name__})") from None
        except (ClientError, TimeoutError, OSError) as error:
            # aiohttp's own messages may hold the URL and with it the number: they end here.
            raise SmsUnanswered(f"the provider did not answer ({type(error).__name__})") from None

    def _headers(self, query: str) -> dict[str, str]:
        headers = {
            "host": self._url.authority if self._url.explicit_port else str(self._url.host),
            "x-acs-action": "SendSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": ids.token(),
            "x-acs-content-sha256": _NOTHING,
        }
        request = signing.Request("POST", self._url.path, query, headers, _NOTHING)
        signed = signing.authorization(self._account.key_id, self._account.secret, request)
        return {**headers, "Authorization": signed}


def _answer(status: int, raw: bytes) -> dict[str, Any]:
    """Return an answer that says yes; a code is a refusal, anything else may hide that it was sent."""
    try:
        answer = orjson.loads(raw)
        code, message, request_id = answer["Code"], str(answer.get("Message", "")), str(answer.get("RequestId", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SmsUnanswered(f"no answer of the provider's (HTTP {status})") from None
    if code == _TAKEN and status < _OUR_FAULT:
        return answer  # type: ignore[no-any-return]
    raise SmsRefused(str(code), message, request_id)
