"""The provider's own published example of its signature."""

import hashlib

from backend.gateways.sms.signing import Request, authorization, canonical_query

NOTHING = hashlib.sha256(b"").hexdigest()
PUBLISHED = Request(
    "POST",
    "/",
    "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
    {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": NOTHING,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    },
    NOTHING,
)


def test_the_published_request_has_the_published_signature() -> None:
    digest = hashlib.sha256(PUBLISHED.canonical().encode()).hexdigest()
    assert digest == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    assert authorization("YourAccessKeyId", "YourAccessKeySecret", PUBLISHED) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_query_is_escaped_as_it_is_signed() -> None:
    assert canonical_query({"b": "a+b *~", "a": "湖州/=&"}) == "a=%E6%B9%96%E5%B7%9E%2F%3D%26&b=a%2Bb%20%2A~"
