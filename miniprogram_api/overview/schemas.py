"""What is told of the running service, and the words of the console."""

from uuid import UUID

from pydantic import Field

from miniprogram_api.schema import At, Out


class WordsOut(Out):
    words: dict[str, dict[str, str]] = Field(description="各组代码的中文；企业信息的可选值在 fact.<信息项> 一组")


class ConnectionsOut(Out):
    application: str = Field(description="连接数据库的进程种类")
    connections: int = Field(description="连接数")
    active: int = Field(description="正在执行语句的连接数")


class DatabaseOut(Out):
    milliseconds: float = Field(description="查询用时")
    version: str = Field(description="PostgreSQL 版本")
    bytes: int = Field(description="数据库大小，字节")
    migration: str | None = Field(description="最新的数据库结构版本")
    connections: list[ConnectionsOut] = Field(description="当前连接")


class AnsweringOut(Out):
    is_there: bool = Field(description="是否有应答")
    milliseconds: float | None = Field(description="应答用时")
    problem: str | None = Field(description="没有应答的原因")


class TokenOut(Out):
    account: str = Field(description="微信账号：miniprogram 小程序、service 服务号")
    seconds_left: int = Field(description="共用凭证的剩余秒数；0 表示下次调用时重新获取")


class OutboxOut(Out):
    due: int = Field(description="到时未办的待办数")
    oldest_seconds: int = Field(description="其中最早的已等待的秒数")
    dead: int = Field(description="多次失败、已搁置的待办数")


class MessagesOut(Out):
    waiting: int = Field(description="到时未发的消息数")
    oldest_seconds: int = Field(description="其中最早的已等待的秒数")
    last_hour: dict[str, int] = Field(description="近一小时产生的发送，按送达状态")


class WaitingOut(Out):
    waiting: int = Field(description="待处理的微信推送数")
    oldest_seconds: int = Field(description="其中最早的已等待的秒数")


class ImportsOut(Out):
    waiting: int = Field(description="等待导入的文件数")
    running: int = Field(description="正在导入的文件数")


class WorkerOut(Out):
    name: str = Field(description="进程")
    seconds_ago: int = Field(description="多少秒前报告过存活")
    is_alive: bool = Field(description="是否存活")


class ChannelOut(Out):
    channel: str = Field(description="消息通道")
    state: str
    troubles: int = Field(description="连续失败次数")
    openings: int = Field(description="连续暂停次数")
    until_at: At | None = Field(description="暂停到何时")
    reason: str | None
    changed_at: At = Field(description="状态变化的时间")


class TemplateOut(Out):
    channel: str = Field(description="消息通道")
    title: str
    state: str
    reason: str | None


class OpenAlertsOut(Out):
    critical: int = Field(description="需立即处理的告警数")
    warning: int = Field(description="可在工作时间处理的告警数")


class SealsOut(Out):
    unsealed: int = Field(description="未封存的审计记录数，最多数到 10001")
    lag_seconds: int = Field(description="其中最早的一条距今的秒数")
    sealed_at: At | None = Field(description="最近一次封存的时间")


class FollowedPolicyOut(Out):
    policy_id: UUID
    title: str
    opened: int | None = Field(description="打开过该政策的到场企业数；为空表示数量过少，不显示")
    applied: int | None = Field(description="表示已申报该政策的到场企业数；为空表示数量过少，不显示")


class FollowThroughOut(Out):
    days: int = Field(description="统计沙龙开始后多少天", examples=[30])
    since: At = Field(description="从何时起统计，即沙龙开始时间")
    until: At = Field(description="统计到何时")
    is_over: bool = Field(description="统计期是否已满；未满时不显示数字")
    came: int | None = Field(description="到场企业数；为空表示统计期未满，或数量过少不显示")
    opened: int | None = Field(description="在统计期内首次打开任一政策的到场企业数；为空表示不显示")
    applied: int | None = Field(description="在统计期内表示已申报任一政策的到场企业数；为空表示不显示")
    policies: list[FollowedPolicyOut] = Field(description="各政策；没有可显示数字的不列出")


class HealthOut(Out):
    release: str = Field(description="程序版本")
    at: At
    database: DatabaseOut = Field(description="数据库")
    redis: AnsweringOut = Field(description="缓存和唤醒")
    wechat_tokens: list[TokenOut] = Field(description="微信接口凭证")
    outbox: OutboxOut = Field(description="待办队列")
    messages: MessagesOut = Field(description="消息")
    callbacks: WaitingOut = Field(description="微信推送")
    imports: ImportsOut = Field(description="登记数据导入")
    workers: list[WorkerOut] = Field(description="本机的后台进程")
    channels: list[ChannelOut] = Field(description="暂停中的消息通道")
    templates: list[TemplateOut] = Field(description="不能使用的消息模板")
    alerts: OpenAlertsOut = Field(description="未结束的告警")
    seals: SealsOut = Field(description="审计封存")
