"""The card in a real browser, inside a host's sandboxed frame."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lofty_crm.outbox.message import Approver
from lofty_crm.outbox.states import State
from lofty_mcp.card.extension import META
from tests.crm.outbox.office import JANE, WORDS, busy_sandbox
from tests.promises.front import MODES, Mode
from tests.server.card.cards import Chat, chat
from tests.server.console.chromium import browser, needed
from tests.server.console.test_browser import CONTRAST

pytestmark = pytest.mark.anyio

T = TypeVar("T")
PATIENCE_S = 20
HOST = Path(__file__).parent / "host.html"
ABLE: dict[str, Any] = {"openLinks": {}, "serverTools": {}}
PAGE = "http://127.0.0.1:50123/message/{}"
HOSTILE = (
    "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>\n"
    "</script><svg onload=alert(1)> {{7*7}} [x](javascript:alert(1)) &lt;b&gt; \u202etxet  "
)


@pytest.fixture(autouse=True)
def _browser_is_here() -> None:
    needed()


class Host:
    """A host's window with a card in it. What it does runs in a thread, so that the server can answer."""

    def __init__(self, it: Chat, driver: Chrome) -> None:
        self.it = it
        self._driver = driver

    async def does(self, act: Callable[[Any], T]) -> T:
        """Act on the driver, whose own types are only partly known."""
        return await anyio.to_thread.run_sync(act, self._driver)

    async def starts(self, context: dict[str, Any], capabilities: dict[str, Any]) -> None:
        """Show the card's page, and go through the handshake."""
        page = await self.it.page()
        await self.does(lambda driver: driver.get(HOST.as_uri()))
        await self.does(lambda driver: driver.execute_script("start(...arguments)", page, context, capabilities))
        await self.asked("ui/notifications/initialized")

    async def tells(self, method: str, params: Any) -> None:
        """Send the card a notification."""
        message = {"method": method, "params": params}
        await self.does(lambda driver: driver.execute_script("tell(arguments[0])", message))

    async def shows(self, result: dict[str, Any]) -> None:
        """Hand the card a tool's result."""
        await self.tells("ui/notifications/tool-input", {"arguments": {}})
        await self.tells("ui/notifications/tool-result", result)

    async def answers(self, request: Any, **answer: Any) -> None:
        """Answer what the card has asked."""
        message = {"id": request["id"], **answer}
        await self.does(lambda driver: driver.execute_script("tell(arguments[0])", message))

    async def asked(self, method: str) -> Any:
        """Wait for the next such message of the card, and take it from the list."""
        find = "const i = asked.findIndex((each) => each.method === arguments[0]);"
        return await self.until(
            lambda driver: driver.execute_script(f"{find} return i < 0 ? null : asked.splice(i, 1)[0]", method)
        )

    async def until(self, condition: Callable[[Any], Any]) -> Any:
        """Wait until something is so in the browser."""
        wait = WebDriverWait(self._driver, PATIENCE_S, ignored_exceptions=[WebDriverException])
        return await anyio.to_thread.run_sync(wait.until, condition)

    async def inside(self, act: Callable[[Any], T]) -> T:
        """Act inside the card."""

        def within(driver: Any) -> T:
            driver.switch_to.frame("card")
            try:
                return act(driver)
            finally:
                driver.switch_to.default_content()

        return await self.does(within)

    async def reads(self, element: str = "card") -> str:
        """Return what an element of the card shows."""
        return await self.inside(lambda driver: driver.find_element(By.ID, element).text)

    async def clicks(self, element: str) -> None:
        """Click on an element of the card."""
        await self.inside(lambda driver: driver.find_element(By.ID, element).click())

    async def waits_for(self, words: str, element: str = "card") -> None:
        """Wait until the card shows some words."""

        def shown(driver: Any) -> bool:
            driver.switch_to.default_content()
            driver.switch_to.frame("card")
            try:
                return words in driver.find_element(By.ID, element).text
            finally:
                driver.switch_to.default_content()

        await self.until(shown)


@asynccontextmanager
async def host(
    folder: Path, *, mode: Mode = "auto", context: dict[str, Any] | None = None, able: dict[str, Any] | None = None
) -> AsyncGenerator[Host]:
    """Show a card in a host that can do what is wanted, before any result is there."""
    async with chat(busy_sandbox(), folder, mode=mode) as it:
        opened = browser(folder)
        driver = await anyio.to_thread.run_sync(opened.__enter__)
        try:
            someone = Host(it, driver)
            await someone.starts(context or {}, ABLE if able is None else able)
            yield someone
        finally:
            await anyio.to_thread.run_sync(opened.__exit__, None, None, None)


def with_page(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as it is while the approval page is open."""
    result["_meta"][META]["page"] = PAGE.format(result["_meta"][META]["id"])
    return result


@pytest.mark.parametrize("mode", MODES)
async def test_a_card_shows_a_message_and_what_becomes_of_it(tmp_path: Path, mode: Mode) -> None:
    async with host(tmp_path, mode=mode) as it:
        assert "being prepared" in await it.reads("pending")
        await it.shows(await it.it.result())
        await it.waits_for("waits for a person's yes; nothing was sent")
        shown = await it.reads()
        (message,) = await it.it.desk.outbox.listing()
        for part in ("Text Jane Hollis", "+1 303 555 0101", WORDS, "1 segment", f"lofty-mcp approve {message.id}"):
            assert part in shown
        await it.it.desk.outbox.approve(message, by=Approver.PAGE)
        request = await it.asked("tools/call")
        assert request["params"] == {"name": "get_message", "arguments": {"message_id": message.id}}
        await it.answers(request, result=await it.it.result("get_message", message_id=message.id))
        await it.waits_for("Sent", "title")
        assert "approve" not in await it.reads()


async def test_a_click_looks_again_and_a_refusal_leaves_what_was_shown(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        await it.shows(await it.it.result())
        await it.waits_for("Waiting", "title")
        await it.clicks("again")
        await it.answers(await it.asked("tools/call"), error={"code": -32000, "message": "<b>no</b>"})
        await it.until(
            lambda driver: driver.execute_script("return !asked.some((each) => each.method === 'tools/call')")
        )
        assert "Waiting" in await it.reads()
        await it.clicks("again")
        (message,) = await it.it.desk.outbox.listing()
        await it.it.desk.outbox.cancel(message.id)
        again = await it.asked("tools/call")
        await it.answers(again, result=await it.it.result("get_message", message_id=message.id))
        await it.waits_for("Withdrawn", "title")


async def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        result = await it.it.result("send_email", lead_id=JANE, subject="<b>bold</b>", body=HOSTILE)
        card = result["_meta"][META]
        for field in ("heading", "what", "to", "lead", "size", "hash", "title", "as_of", "command", "marked"):
            card[field] = f"{field} {HOSTILE}"
        card["findings"] = [{"weight": "warning", "label": HOSTILE, "text": HOSTILE}]
        card["tone"] = 'calm" onmouseover="alert(1)'
        await it.shows(result)
        await it.waits_for("document.title='run'", "words")
        shown = await it.reads("words")
        assert "{{7*7}} [x](javascript:alert(1)) &lt;b&gt;" in shown
        assert "U+202E" in shown
        assert await it.reads("subject") == "<b>bold</b>"
        planted = "return document.querySelectorAll('article img, article script, article svg, article b, a').length"
        assert await it.inside(lambda driver: driver.execute_script(planted)) == 0
        assert await it.inside(lambda driver: driver.execute_script("return document.title")) == "Message"
        assert await it.does(lambda driver: driver.title) == "A host"


async def test_a_script_that_got_in_would_not_run(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        planted = (
            "const made = document.createElement('script'); made.textContent = 'window.ran = 1';"
            "document.body.append(made);"
            "const image = new Image(); image.src = 'https://evil.example/x.png'; document.body.append(image);"
            "return fetch('https://evil.example/').then(() => 'left', () => window.ran ?? 'held')"
        )
        assert await it.inside(lambda driver: driver.execute_script(planted)) == "held"


async def test_nothing_on_the_card_leads_to_a_send(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        result = with_page(await it.it.result())
        await it.shows(result)
        await it.waits_for("Waiting", "title")
        (message,) = await it.it.desk.outbox.listing()
        buttons = "return [...document.querySelectorAll('button, a, input, form, [tabindex=\"0\"]')].map((b) => b.id)"
        assert await it.inside(lambda driver: driver.execute_script(buttons)) == ["open", "again"]
        await it.clicks("open")
        opened = await it.asked("ui/open-link")
        assert opened["params"] == {"url": PAGE.format(message.id)}
        await it.clicks("again")
        called = await it.asked("tools/call")
        assert called["params"]["name"] == "get_message"
        await it.answers(called, result=await it.it.result(**called["params"]["arguments"], name="get_message"))
        assert await it.it.desk.state(message) is State.PENDING
        assert it.it.desk.posts == 0
        assert it.it.desk.sandbox.sent == []


@pytest.mark.parametrize("answer", [{"result": {"isError": True}}, {"error": {"code": -32000, "message": "no"}}])
async def test_a_link_that_the_host_does_not_open_is_shown(tmp_path: Path, answer: dict[str, Any]) -> None:
    async with host(tmp_path) as it:
        result = with_page(await it.it.result())
        await it.shows(result)
        await it.waits_for("Waiting", "title")
        await it.clicks("open")
        await it.answers(await it.asked("ui/open-link"), **answer)
        await it.waits_for(PAGE.format(result["_meta"][META]["id"]), "address")
        assert await it.it.desk.state(await it.it.desk.outbox.get(result["_meta"][META]["id"])) is State.PENDING


async def test_a_host_that_opens_no_links_and_calls_no_tools_is_asked_for_neither(tmp_path: Path) -> None:
    async with host(tmp_path, able={}) as it:
        result = with_page(await it.it.result())
        await it.shows(result)
        await it.waits_for(PAGE.format(result["_meta"][META]["id"]), "address")
        seen = "return [...document.querySelectorAll('button')].filter((each) => each.offsetParent).length"
        assert await it.inside(lambda driver: driver.execute_script(seen)) == 0


@pytest.mark.parametrize(
    "page",
    [
        "javascript:alert(1)",
        "https://127.0.0.1:1/message/m-22222222",
        "http://evil.example/message/m-22222222",
        "http://127.0.0.1:5@evil.example/message/m-22222222",
        "http://127.0.0.1:50123/open/secret",
    ],
)
async def test_an_address_that_is_not_the_pages_is_not_offered(tmp_path: Path, page: str) -> None:
    async with host(tmp_path) as it:
        result = with_page(await it.it.result())
        result["_meta"][META]["page"] = page
        await it.shows(result)
        await it.waits_for("in a terminal", "decide")
        assert page not in await it.reads()
        assert "Open the approval page" not in await it.reads()


async def test_a_result_without_a_message_says_where_to_look(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        await it.shows(await it.it.result("send_sms", lead_id="999", body=WORDS))
        await it.waits_for("There is no message to show", "pending")
        assert WORDS not in await it.reads()


async def test_a_call_that_is_broken_off_is_not_shown_as_sent(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        await it.tells("ui/notifications/tool-cancelled", {"reason": "<b>sent</b>"})
        await it.waits_for("broken off", "pending")
        assert "<b>" not in await it.reads("pending")


async def test_the_card_takes_the_hosts_theme_and_colours_if_they_are_whole(tmp_path: Path) -> None:
    names = ("background-primary", "background-secondary", "text-primary", "text-secondary", "border-primary")
    whole = {f"--color-{name}": "rgb(1, 2, 3)" for name in names}
    sheet = "return getComputedStyle(document.getElementById('card')).backgroundColor"
    async with host(tmp_path, context={"theme": "dark"}) as it:
        await it.shows(await it.it.result())
        await it.waits_for("Waiting", "title")
        dark = await it.inside(lambda driver: driver.execute_script(sheet))
        await it.tells("ui/notifications/host-context-changed", {"theme": "light"})
        light = await it.inside(lambda driver: driver.execute_script(sheet))
        assert (dark, light) == ("rgb(29, 32, 38)", "rgb(255, 255, 255)")
        part = {"--color-text-primary": "rgb(255, 255, 255)", "--evil": "url(https://evil.example)"}
        await it.tells("ui/notifications/host-context-changed", {"styles": {"variables": part}})
        ink = "return getComputedStyle(document.body).color"
        assert await it.inside(lambda driver: driver.execute_script(ink)) == "rgb(29, 31, 35)"
        await it.tells("ui/notifications/host-context-changed", {"styles": {"variables": whole}})
        assert await it.inside(lambda driver: driver.execute_script(sheet)) == "rgb(1, 2, 3)"


async def test_the_card_fits_a_phone_and_is_used_by_keyboard(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        await it.does(lambda driver: driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size))
        result = with_page(await it.it.result("send_sms", lead_id=JANE, body="x" * 900))
        await it.shows(result)
        await it.waits_for("Waiting", "title")
        wide = "return document.documentElement.scrollWidth <= innerWidth"
        assert await it.inside(lambda driver: driver.execute_script(wide))
        high = "return Math.abs(document.getElementById('card').clientHeight - arguments[0]) <= 1"
        inner = await it.inside(
            lambda driver: driver.execute_script("return document.documentElement.getBoundingClientRect().height")
        )
        await it.until(lambda driver: driver.execute_script(high, inner))

        def tabs_to(driver: Any) -> str:
            driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
            return driver.switch_to.active_element.get_attribute("id")

        reached = {await it.inside(tabs_to) for _ in range(3)}
        assert {"open", "again"} <= reached


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tone", ["calm", "good", "bad", "alarm", "still"])
async def test_everything_on_the_card_can_be_read(tmp_path: Path, theme: str, tone: str) -> None:
    async with host(tmp_path, context={"theme": theme}) as it:
        result = with_page(await it.it.result("send_sms", lead_id=JANE, body="Wire the deposit.  "))
        card = result["_meta"][META]
        card["tone"], card["faithful"] = tone, False
        card["findings"] += [{**card["findings"][0], "weight": weight} for weight in ("stop", "warning", "info")]
        await it.shows(result)
        await it.waits_for("Waiting", "title")
        assert await it.inside(lambda driver: driver.execute_script(CONTRAST)) == []


async def test_what_another_window_says_is_not_heard(tmp_path: Path) -> None:
    async with host(tmp_path) as it:
        result = await it.it.result()
        message = {"jsonrpc": "2.0", "method": "ui/notifications/tool-result", "params": result}
        await it.inside(lambda driver: driver.execute_script("window.postMessage(arguments[0], '*')", message))
        await it.tells("ui/notifications/tool-cancelled", {})
        await it.waits_for("broken off", "pending")
        assert await it.reads() == ""


@pytest.mark.parametrize(("method", "known"), [("ping", True), ("ui/resource-teardown", True), ("tools/list", False)])
async def test_the_card_answers_its_host(tmp_path: Path, method: str, known: bool) -> None:
    async with host(tmp_path) as it:
        request: dict[str, Any] = {"id": "h1", "method": method, "params": {}}
        await it.does(lambda driver: driver.execute_script("tell(arguments[0])", request))
        answer = await it.until(lambda driver: driver.execute_script("return asked.find((each) => each.id === 'h1')"))
        assert ("result" in answer) is known
