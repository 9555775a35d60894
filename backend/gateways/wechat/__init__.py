"""Everything that talks to WeChat or understands what it sends; the only importer of wechatpy."""
