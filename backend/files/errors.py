"""Why a file is refused."""

from backend.foundation.errors import Invalid, NotFound, TooLarge, TooManyRequests, Unavailable


class TooBig(TooLarge):
    code = "files.too_big"
    sentence = "文件过大，请压缩后再上传。"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"文件不能超过 {max_bytes // (1024 * 1024)} MB，请压缩后再上传。")


class WrongKind(Invalid):
    code = "files.wrong_kind"
    sentence = "不支持这种文件，请换一种格式再上传。"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"不支持这种文件，请上传 {'、'.join(allowed)} 格式的文件。")


class Damaged(Invalid):
    code = "files.damaged"
    sentence = "文件不完整或夹带了其他内容，请重新导出或拍摄后再上传。"


class TooManyPixels(Invalid):
    code = "files.too_many_pixels"
    sentence = "图片的像素过大，请用手机重新拍摄或缩小后再上传。"


class Empty(Invalid):
    code = "files.empty"
    sentence = "文件是空的，请重新选择。"


class TooManyFiles(TooManyRequests):
    code = "files.too_many"
    sentence = "今天上传的文件已达上限，请明天再试，或到窗口办理。"

    def __init__(self) -> None:
        super().__init__(3600)


class NotStored(Unavailable):
    code = "files.not_stored"
    sentence = "文件暂时无法保存，请稍后再试；急用请到窗口办理。"


class LinkExpired(NotFound):
    code = "files.link_expired"
    title = "链接已失效"
    sentence = "文件链接已失效，请返回页面重新打开。"
