"""What tests do with a page: sign in, look for faults of accessibility, take its picture."""

import os
import re
import shutil
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Locator, Page, ViewportSize, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.console.desk import Desk, Session
from tests.support.watching import ROOT

# the shell needs half the processor's time of the whole browser
CHROMIUM: Final = shutil.which("chromium-headless-shell") or shutil.which("chromium") or "chromium"
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # what a test costs most is its pages: they share a process instead of starting one each
    "--renderer-process-limit=1",
    "--in-process-gpu",
)
WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
PATIENCE: Final = 15_000
"""Milliseconds: what a page waits for comes later where several browsers share two cores."""
_AXE: Final = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
_WCAG: Final = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# what another scheme changes are colours alone
_COLOURS: Final = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# what axe would fetch beforehand is for media that play by themselves, and there are none
_RUN_AXE: Final = """
async ([runOnly, exclude]) => {
  const options = { runOnly, resultTypes: ['violations'], preload: false }
  const found = await axe.run({ include: [['html']], exclude }, options)
  return found.violations.map((one) => `${one.id}: ${one.help}: ` +
    one.nodes.map((node) => `${node.html.slice(0, 200)} (${node.failureSummary})`).join(' | '))
}
"""
_OVERFLOW: Final = "document.documentElement.scrollWidth - innerWidth"
# which salon, case or day a page is about, and what narrows it down, change none of its colours
_NAMED: Final = re.compile(r"//[^/]*|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]{4}-[0-9-]+|[?#].*")
_DIALOG: Final = "() => [...document.querySelectorAll('[role=dialog]')].map((one) => one.ariaLabel).join()"
_seen_in_dark: set[str] = set()
# the bar and the menu are a third of most pages; which of the entries is current is not in their words
_SHELL: Final = [".shell > header", ".shell > aside"]
_WORDS: Final = "of => [...document.querySelectorAll(of)].map((one) => one.textContent).join()"
_seen_shells: set[tuple[str, str]] = set()
_IS_SHOWN: Final = "dark => document.documentElement.classList.contains('dark') === dark"
_WATCH: Final = """
globalThis.underWay = 0
const asked = globalThis.fetch
globalThis.fetch = (...given) => {
  globalThis.underWay += 1
  return asked(...given).finally(() => { globalThis.underWay -= 1 })
}
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))
"""

# half a second without a request, as Playwright's own "networkidle" waits, is most of a test
_QUIET: Final = 60  # ms
_IS_SETTLED: Final = """
quiet => {
  const now = performance.now()
  const isBusy = underWay > 0 || !document.querySelector('#app h1') ||
    document.querySelector('#app .el-skeleton, #app [aria-busy="true"]')
  if (isBusy || !globalThis.quietSince) globalThis.quietSince = now
  return now - globalThis.quietSince >= quiet
}
"""


class Faults:
    """What went wrong in a page that nobody saw: errors, warnings of Vue, breaches of the policy."""

    def __init__(self) -> None:
        self.found: list[str] = []

    async def watch(self, page: Page) -> None:
        await page.add_init_script(_WATCH)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("console", lambda told: self._note(told.type, told.text))

    def _note(self, kind: str, text: str) -> None:
        # a refusal of the API is told to the reader; that the browser logs it too is no fault
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.found.append(f"{kind}: {text}")


async def sign_in(page: Page, desk: Desk, login: str, path: str = "/") -> Session:
    """Be a member of staff, `desk.account()`'s or one of the demo's, and open a page of the console."""
    session = await desk.session(login)
    # as the server sets it, so that signing in again replaces it
    await page.context.add_cookies(
        [{"name": "wuwei_staff", "value": session.token, "httpOnly": True, "domain": "127.0.0.1", "path": "/api/staff"}]
    )
    await page.goto(f"{desk.url}/icon.svg")
    await page.evaluate("token => localStorage.setItem('wuwei.csrf', token)", session.csrf)
    await page.goto(desk.url + path)
    await settled(page)
    return session


async def settled(page: Page) -> None:
    """Wait until nothing is loading any more."""
    await page.wait_for_function(_IS_SETTLED, arg=_QUIET)


async def axe(page: Page) -> None:
    """Fail for any breach of WCAG 2 A and AA that axe finds.

    In dark, where colours alone are others, once for each page and each dialog over it; the bar and the menu once for
    each that offers something else.
    """
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_AXE.read_text())
    # under a header that stays, whatever a click scrolled there is half of its size
    await page.evaluate("() => scrollTo(0, 0)")
    found: list[str] = []
    schemes: list[tuple[Literal["light", "dark"], dict[str, Any]]] = [("light", _WCAG)]
    kind = f"{_NAMED.sub('…', page.url)} {await page.evaluate(_DIALOG)}"
    if kind not in _seen_in_dark:
        _seen_in_dark.add(kind)
        schemes.append(("dark", _COLOURS))
    shell = await page.evaluate(_WORDS, ",".join(_SHELL))
    for scheme, rules in schemes:
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_function(_IS_SHOWN, arg=scheme == "dark")
        known = _SHELL if (scheme, shell) in _seen_shells else []
        _seen_shells.add((scheme, shell))
        found += [f"{scheme}: {one}" for one in await page.evaluate(_RUN_AXE, [rules, [[one] for one in known]])]
    await page.emulate_media(color_scheme="light")
    assert found == [], f"{page.url}\n" + "\n".join(found)


async def fits(page: Page) -> None:
    """Fail where a phone would have to scroll sideways, once what draws itself has heard of the new width."""
    await page.set_viewport_size(PHONE)
    try:
        await page.wait_for_function(f"() => {_OVERFLOW} <= 0", timeout=PATIENCE)
    except PlaywrightTimeout:
        raise AssertionError(f"{page.url} is {await page.evaluate(_OVERFLOW)} px wider than a phone") from None
    await page.set_viewport_size(WIDE)


def _folder() -> Path | None:
    name = os.environ.get("WUWEI_TEST_SCREENSHOTS")
    if not name:
        return None
    Path(name).mkdir(parents=True, exist_ok=True)
    return Path(name)


async def drawn(image: Locator) -> None:
    """Wait until a picture is there and can be seen, whichever of its addresses it came from."""
    await expect(image).not_to_have_js_property("naturalWidth", 0)


async def shot(page: Page, name: str) -> None:
    """Keep pictures of the page, wide in both themes and on a phone, where WUWEI_TEST_SCREENSHOTS says; else none."""
    target = _folder()
    if target is None:
        return
    await page.wait_for_load_state("networkidle")  # charts and photos too
    scenes: tuple[tuple[str, Any, ViewportSize], ...] = (
        ("light", "light", WIDE),
        ("dark", "dark", WIDE),
        ("phone", "light", PHONE),
    )
    for suffix, scheme, size in scenes:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size(size)
        await page.screenshot(path=target / f"{name}-{suffix}.png", full_page=True)
    await page.set_viewport_size(WIDE)
