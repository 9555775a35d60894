"""Delivers events to the callback URL as WeChat does: secure mode, five seconds, three tries."""

import asyncio
import contextlib
import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import orjson

from sandbox import clock, crypto, events
from sandbox.pushed import Outcome, Push
from sandbox.settings import AccountSettings
from sandbox.wire import Wire
from sandbox.world import World

_TRIES = 3
_ANSWERS = frozenset({b"", b"success"})
_MEDIA_LIMIT = 10 * 1024 * 1024
_MEDIA_SECONDS = 10
_DOWNLOAD_FAILED = -1008


def original_id(account: AccountSettings) -> str:
    """The gh_… name of an account, made up from its appid."""
    return f"gh_{account.appid[2:14]}"


def _is_taken(push: Push, told: bytes) -> bool:
    """WeChat wants `success` or nothing, the SMS provider an object with a number as its code."""
    if push.account != "sms":
        return told.strip() in _ANSWERS
    try:
        return isinstance(orjson.loads(told)["code"], int)
    except (ValueError, TypeError, LookupError):
        return False


class Pusher:
    """A few tasks that empty the queue; sends only append to it, so a slow callback never slows them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue: asyncio.Queue[Push] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._generation = 0
        self._http: aiohttp.ClientSession | None = None
        self._wire = Wire()

    def start(self) -> None:
        """Take up what the last run left, then whatever comes."""
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._world.on_push = self.put
        for push in list(self._world.pushes.pending.values()):
            self.put(push)
        self.resize()

    def resize(self) -> None:
        """Have as many workers as the switch says; called again when it changes."""
        wanted = self._world.switches.push_concurrency
        while len(self._workers) < wanted:
            self._workers.append(asyncio.create_task(self._work()))
        for worker in self._workers[wanted:]:
            worker.cancel()
        del self._workers[wanted:]

    async def stop(self) -> None:
        """End without waiting for what is under way; the journal still has it."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._wire.close()
        if self._http is not None:
            await self._http.close()

    def forget(self) -> None:
        """Drop everything queued (a reset)."""
        self._generation += 1
        self._queue = asyncio.Queue()
        for index, worker in enumerate(self._workers):
            worker.cancel()
            self._workers[index] = asyncio.create_task(self._work())

    def put(self, push: Push) -> None:
        """Queue one event, at its time."""
        wait = (push.at - self._world.clock.now()) / clock.SECOND
        if wait <= 0:
            self._queue.put_nowait(push)
            return
        asyncio.get_running_loop().call_later(wait, self._due, push, self._generation)

    def _due(self, push: Push, generation: int) -> None:
        if generation == self._generation:
            self._queue.put_nowait(push)

    async def _work(self) -> None:
        queue = self._queue
        while True:
            await self._deliver(await queue.get())

    async def _deliver(self, push: Push) -> None:
        url = self._world.callback_url(push.account)
        if not url:
            self._settle(Outcome(push, "nowhere", 0, "no callback URL"))
            return
        push = await self._with_media(push)
        answer = ""
        for number in range(1, _TRIES + 1):
            answer = await self._try(url, push)
            if not answer:
                self._settle(Outcome(push, "delivered", number, ""))
                return
            await asyncio.sleep(self._world.switches.push_retry_wait_ms / clock.SECOND)
        self._settle(Outcome(push, "given_up", _TRIES, answer))

    def _settle(self, outcome: Outcome) -> None:
        world = self._world
        if outcome.push.number in world.pushes.pending:
            world.commit("push_settled", outcome.push.number, outcome.outcome)
        world.pushes.remember(outcome)

    async def _try(self, url: str, push: Push) -> str:
        """One delivery; "" when the callback took it, else what it did instead."""
        parameters, body, content_type = self._sealed(push)
        seconds = self._world.switches.push_timeout_ms / clock.SECOND
        try:
            status, told = await self._wire.post(url, urlencode(parameters), body, content_type, seconds=seconds)
        except (OSError, ValueError) as error:
            return type(error).__name__
        taken = status == HTTPStatus.OK and _is_taken(push, told)
        return "" if taken else f"{status} {told.decode(errors='replace')}"

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the pusher was not started")
        return self._http

    def _sealed(self, push: Push) -> tuple[dict[str, str], bytes, str]:
        """Query, body and content type of one try; each try is signed anew."""
        if push.account == "sms":
            return {}, orjson.dumps([push.body]), "application/json;charset=UTF-8"
        world = self._world
        account = world.account(push.account)
        own_id = original_id(account)
        plain = events.encode(push, own_id, world.switches)
        key = crypto.aes_key(account.callback_aes_key)
        encrypted = crypto.encrypt(key, account.appid, plain, secrets.token_bytes(16))
        timestamp, nonce = self._stamp()
        token = account.callback_token
        parameters = {
            "signature": crypto.sign(token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": push.openid,
            "encrypt_type": "aes",
            "msg_signature": crypto.sign(token, timestamp, nonce, encrypted),
        }
        return parameters, *events.wrap(own_id, encrypted, world.switches)

    def _stamp(self) -> tuple[str, str]:
        return str(self._world.clock.now() // clock.SECOND), str(secrets.randbelow(10**10))

    async def _with_media(self, push: Push) -> Push:
        """A media check downloads the file first; what can't be had is errcode -1008."""
        if "media_url" not in push.body:
            return push
        body: dict[str, Any] = dict(push.body)
        if not await self._can_download(body.pop("media_url")):
            body |= {"errcode": _DOWNLOAD_FAILED, "errmsg": "download failed", "detail": []}
            body["result"] = {"suggest": "review", "label": 100}
        return msgspec.structs.replace(push, body=body)

    async def _can_download(self, url: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=_MEDIA_SECONDS)
        try:
            async with self._session.get(url, timeout=timeout) as response:
                if response.status != 200:  # noqa: PLR2004
                    return False
                size = 0
                async for part in response.content.iter_chunked(65_536):
                    size += len(part)
                    if size > _MEDIA_LIMIT:
                        return False
                return size > 0
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False

    async def verify(self, url: str, account: AccountSettings) -> bool:
        """WeChat's check when a URL is saved in its console: a signed GET that must answer the echostr."""
        timestamp, nonce = self._stamp()
        echo = secrets.token_hex(8)
        signature = crypto.sign(account.callback_token, timestamp, nonce)
        parameters = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self._session.get(url, params=parameters, timeout=aiohttp.ClientTimeout(total=5)) as answer:
                return answer.status == 200 and (await answer.text()).strip() == echo  # noqa: PLR2004
        return False
