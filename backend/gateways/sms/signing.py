"""Alibaba Cloud's request signature ACS3-HMAC-SHA256 (its "V3" signature for every RPC product).

Source: 阿里云帮助中心「V3版本请求体&签名机制」; the page's own example is the test's vector.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def canonical_query(query: Mapping[str, str]) -> str:
    """Return a query as it is signed and as it must be sent: sorted, escaped by RFC 3986."""
    return "&".join(f"{_escaped(name)}={_escaped(query[name])}" for name in sorted(query))


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


@dataclass(frozen=True, slots=True)
class Request:
    """What is signed; header names in lower case, `query` as `canonical_query` made it, `payload_hash` in hex."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    payload_hash: str

    @property
    def signed_headers(self) -> str:
        return ";".join(sorted(self.headers))

    def canonical(self) -> str:
        headers = "".join(f"{name}:{self.headers[name].strip()}\n" for name in sorted(self.headers))
        return f"{self.method}\n{self.path}\n{self.query}\n{headers}\n{self.signed_headers}\n{self.payload_hash}"


def authorization(key_id: str, secret: str, request: Request) -> str:
    """Return the Authorization header over all of a request's headers."""
    text = f"{ALGORITHM}\n{hashlib.sha256(request.canonical().encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={request.signed_headers},Signature={signature}"
