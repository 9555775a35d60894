"""The gateway's check of ACS3-HMAC-SHA256, read from the published description of the signature."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote

from sanic import Request

from sandbox import clock
from sandbox.sms.codes import SmsRefused
from sandbox.world import World

_HEADER = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})")
_NEEDED = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
_SKEW = 15 * clock.MINUTE


def check(world: World, request: Request, now: int) -> None:
    """Refuse as the gateway does: form, key, signature, time, nonce, in this order."""
    found = _HEADER.fullmatch(request.headers.get("authorization", ""))
    if found is None or not set(found[2].split(";")) >= _NEEDED:
        raise SmsRefused("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    if found[1] != world.settings.sms.key_id:
        raise SmsRefused("InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    ours = _signature(request, found[2].split(";"), world.settings.sms.key_secret)
    if not hmac.compare_digest(ours, found[3]):
        raise SmsRefused("SignatureDoesNotMatch", "Specified signature does not match our calculation.")
    if world.switches.sms_check_time and abs(_moment(request) - now) > _SKEW:
        raise SmsRefused("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
    if not world.sms.is_fresh(request.headers["x-acs-signature-nonce"]):
        raise SmsRefused("SignatureNonceUsed", "Specified signature nonce was used already.")


def _signature(request: Request, signed: list[str], secret: str) -> str:
    payload = hashlib.sha256(request.body).hexdigest()
    if request.headers["x-acs-content-sha256"] != payload:
        raise SmsRefused("SignatureDoesNotMatch", "The content's hash is not the content's.")
    lines = [f"{name}:{','.join(request.headers.getall(name, [''])).strip()}" for name in sorted(signed)]
    pairs = sorted((name, value) for name, values in request.args.items() for value in values)
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    told = "\n".join([request.method, request.path, query, *lines, "", ";".join(sorted(signed)), payload])
    digest = hashlib.sha256(told.encode()).hexdigest()
    return hmac.new(secret.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), hashlib.sha256).hexdigest()


def _moment(request: Request) -> int:
    try:
        moment = datetime.strptime(request.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return int(moment.timestamp()) * clock.SECOND
