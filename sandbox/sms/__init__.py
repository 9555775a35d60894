"""The SMS provider's stand-in: Alibaba Cloud's SendSms under /sms, on the same port as WeChat's."""
