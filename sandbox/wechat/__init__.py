"""WeChat's own endpoints, one file a family; the list of them is ROUTES."""

from sandbox.call import Handler
from sandbox.wechat import followers, login, moderation, operation, service, subscribe, token, wxacode

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/sns/jscode2session", login.code_to_session),
    ("POST", "/wxa/business/getuserphonenumber", login.phone_number),
    ("GET", "/cgi-bin/token", token.plain),
    ("POST", "/cgi-bin/stable_token", token.stable),
    ("POST", "/cgi-bin/message/subscribe/send", subscribe.send),
    ("GET", "/wxaapi/newtmpl/gettemplate", subscribe.list_templates),
    ("POST", "/cgi-bin/message/template/send", service.send),
    ("GET", "/cgi-bin/template/get_all_private_template", service.list_templates),
    ("GET", "/cgi-bin/user/get", followers.list_openids),
    ("GET", "/cgi-bin/user/info", followers.show),
    ("POST", "/cgi-bin/user/info/batchget", followers.show_batch),
    ("POST", "/wxa/msg_sec_check", moderation.check_text),
    ("POST", "/wxa/media_check_async", moderation.check_media),
    ("POST", "/wxa/getwxacodeunlimit", wxacode.draw),
    ("POST", "/cgi-bin/openapi/quota/get", operation.quota),
    ("POST", "/cgi-bin/openapi/rid/get", operation.rid),
)
