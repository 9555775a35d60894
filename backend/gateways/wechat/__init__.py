"""Everything that talks to WeChat or understands what it sends; the only importer of wechatpy."""

from backend.gateways.wechat.opening import open_wechat
from backend.gateways.wechat.protocol import WeChatGateway

__all__ = ["WeChatGateway", "open_wechat"]
