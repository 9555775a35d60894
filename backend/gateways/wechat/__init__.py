"""Everything that talks to WeChat or understands what it sends; the only importer of wechatpy."""

from backend.gateways.wechat.opening import open_service_account, open_wechat
from backend.gateways.wechat.protocol import WeChatGateway
from backend.gateways.wechat.service_account import ServiceGateway

__all__ = ["ServiceGateway", "WeChatGateway", "open_service_account", "open_wechat"]
