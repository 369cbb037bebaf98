"""The page in a real browser, as a person uses it."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
import pytest
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lofty_crm.outbox.message import Kind
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import AIKO, ELENA, HUGO, JANE, JON, WALTER, WORDS, busy_sandbox
from tests.server.console.chromium import browser, needed
from tests.server.console.visiting import Page, page

pytestmark = pytest.mark.anyio

T = TypeVar("T")
PATIENCE_S = 20
YES = "button.yes"


@pytest.fixture(autouse=True)
def _browser_is_here() -> None:
    needed()


class Person:
    """Someone in front of a browser. What they do runs in a thread, so that the page can answer."""

    def __init__(self, served: Page, driver: Chrome) -> None:
        self.served = served
        self.driver = driver

    async def does(self, act: Callable[[Any], T]) -> T:
        """Act on the driver, whose own types are only partly known."""
        return await anyio.to_thread.run_sync(act, self.driver)

    async def goes(self, path: str = "/") -> None:
        await self.does(lambda driver: driver.get(f"http://{self.served.console.authority}{path}"))

    async def clicks(self, selector: str) -> None:
        await self.does(lambda driver: driver.find_element(By.CSS_SELECTOR, selector).click())

    async def types(self, selector: str, words: str) -> None:
        await self.does(lambda driver: driver.find_element(By.CSS_SELECTOR, selector).send_keys(words))

    async def reads(self, selector: str = "body") -> str:
        return await self.does(lambda driver: driver.find_element(By.CSS_SELECTOR, selector).text)

    async def counts(self, selector: str) -> int:
        return await self.does(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, selector)))

    async def waits_for(self, words: str, selector: str = "main") -> None:
        """Wait until the page shows some words."""

        def shown(driver: Chrome) -> bool:
            try:
                return words in driver.find_element(By.CSS_SELECTOR, selector).text
            except StaleElementReferenceException:
                return False

        wait = WebDriverWait(self.driver, PATIENCE_S, ignored_exceptions=[WebDriverException])
        await anyio.to_thread.run_sync(wait.until, shown)


@asynccontextmanager
async def person(
    folder: Path, *, script: bool = True, undo_s: float = 10, evening: bool = False, **config: Any
) -> AsyncGenerator[Person]:
    """Open the page with its one-time link."""
    sandbox = busy_sandbox()
    if evening:
        sandbox.clock.advance(8 * 3600)
    async with page(sandbox, folder, undo_s=undo_s, **config) as served:
        opened = browser(folder, script=script)
        driver = await anyio.to_thread.run_sync(opened.__enter__)
        try:
            someone = Person(served, driver)
            await someone.does(lambda each: each.get(served.console.new_link()))
            yield someone
        finally:
            await anyio.to_thread.run_sync(opened.__exit__, None, None, None)


async def test_a_person_reads_approves_and_sees_it_sent(tmp_path: Path) -> None:
    async with person(tmp_path) as someone:
        assert "Nothing is waiting" in await someone.reads()
        message = await someone.served.desk.text()
        await someone.waits_for(WORDS)
        assert await someone.does(lambda driver: driver.title) == "(1) Messages for approval"
        await someone.clicks(YES)
        await someone.waits_for("It goes out in")
        someone.served.sandbox.clock.advance(10)
        await someone.served.console.outbox.tick()
        await someone.waits_for("was sent once", "[role=status][data-outcome]")
        await someone.waits_for("It was sent; Lofty's answer names message", "[data-history]")
        assert await someone.counts("[data-undo]") == 0
        assert await someone.served.desk.state(message) is State.SENT
        assert someone.served.desk.posts == 1


async def test_a_person_says_no(tmp_path: Path) -> None:
    async with person(tmp_path) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        await someone.clicks("button.no")
        await someone.waits_for("You said no")
        assert await someone.served.desk.state(message) is State.REJECTED


async def test_a_person_takes_a_yes_back(tmp_path: Path) -> None:
    async with person(tmp_path) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        await someone.clicks(YES)
        await someone.waits_for("It goes out in")
        await someone.clicks(".undo-button")
        await someone.waits_for("Withdrawn")
        someone.served.sandbox.clock.advance(60)
        await someone.served.console.outbox.tick()
        assert await someone.served.desk.state(message) is State.CANCELLED
        assert someone.served.desk.posts == 0


@pytest.mark.parametrize("script", [True, False])
async def test_a_held_message_is_not_approved_without_a_typed_reason(script: bool, tmp_path: Path) -> None:
    async with person(tmp_path, script=script, undo_s=0, evening=True) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        await someone.clicks(YES)
        assert await someone.counts("textarea:invalid") == 1
        await someone.types("textarea", "   ")
        await someone.clicks(YES)
        await someone.waits_for("needs a reason")
        assert await someone.served.desk.state(message) is State.PENDING
        await someone.types("textarea", "She asked for it tonight.")
        await someone.clicks(YES)
        await someone.waits_for("was sent once")
        assert await someone.served.desk.state(message) is State.SENT


async def test_without_a_script_a_person_can_still_approve_and_undo(tmp_path: Path) -> None:
    async with person(tmp_path, script=False) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        await someone.clicks(YES)
        await someone.waits_for("Approved")
        await someone.clicks(".undo-button")
        await someone.waits_for("Withdrawn")
        assert await someone.served.desk.state(message) is State.CANCELLED


async def test_the_second_of_two_tabs_is_shown_what_became_of_it(tmp_path: Path) -> None:
    """D12"""
    async with person(tmp_path, undo_s=0) as someone:
        await someone.served.desk.text()
        await someone.goes()
        first = await someone.does(lambda driver: driver.current_window_handle)
        await someone.does(lambda driver: driver.switch_to.new_window("tab"))
        await someone.goes()
        await someone.clicks(YES)
        await someone.waits_for("was sent once")
        await someone.does(lambda driver: driver.switch_to.window(first))
        await someone.waits_for("Something has changed", "[data-fresh]")
        await someone.clicks(YES)
        await someone.waits_for("was sent once")
        assert someone.served.desk.posts == 1


async def test_a_stale_page_cannot_approve_and_shows_the_new_text(tmp_path: Path) -> None:
    """D12 D20"""
    async with person(tmp_path) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        someone.served.sandbox.world.lead(int(JANE))["firstName"] = "Joan"
        await someone.clicks(YES)
        await someone.waits_for("This changed since you looked at it")
        assert "Text Joan Hollis" in await someone.reads("article")
        assert await someone.served.desk.state(message) is State.PENDING


async def test_a_double_click_and_a_reload_send_once(tmp_path: Path) -> None:
    """D61"""
    async with person(tmp_path, undo_s=0) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        double = "const b = document.querySelector('button.yes'); b.click(); b.click();"
        await someone.does(lambda driver: driver.execute_script(double))
        await someone.waits_for("was sent once")
        await someone.does(lambda driver: driver.refresh())
        await someone.does(lambda driver: driver.back())
        await someone.waits_for("Nothing is waiting")
        assert someone.served.desk.posts == 1
        assert (await someone.served.desk.events(message)).count("approved") == 1


async def test_a_reload_that_posts_again_approves_nothing_more(tmp_path: Path) -> None:
    """D61"""
    async with person(tmp_path, undo_s=0, evening=True) as someone:
        message = await someone.served.desk.text()
        await someone.goes()
        await someone.types("textarea", " ")
        await someone.clicks(YES)
        await someone.waits_for("needs a reason")
        await someone.does(lambda driver: driver.execute_cdp_cmd("Page.reload", {}))
        await someone.waits_for("needs a reason")
        assert await someone.served.desk.state(message) is State.PENDING


async def test_hostile_words_stay_text_and_fetch_nothing(tmp_path: Path) -> None:
    """D18 D24"""
    words = (
        "Hi\nTo: Jane Doe (+1 303 555 0199)\n<img src=http://tracker.example.com/x onerror=document.title=1>"
        "<script>document.title=2</script></div></article>"
    )
    async with person(tmp_path) as someone:
        await someone.served.desk.text(words, WALTER)
        mail = await someone.served.desk.email(words, JANE, subject="<b>Hi</b> --><script>1</script>")
        blocked = await someone.served.desk.text("<a href=javascript:alert(1)>x</a>", JANE)
        await someone.goes(f"/message/{blocked.id}")
        assert "<a href=javascript:alert(1)>x</a>" in await someone.reads(".words")
        assert await someone.counts("a[href^=javascript]") == 0
        await someone.goes(f"/message/{mail.id}")
        assert "<b>Hi</b> --><script>1</script>" in await someone.reads(".subject")
        await someone.goes("/outbox")
        await someone.goes()
        assert "<script>document.title=2</script>" in await someone.reads("article")
        assert await someone.counts("article img, article script, article [onerror]") == 0
        assert await someone.does(lambda driver: driver.title) == "(1) Messages for approval"
        log: Any = await someone.does(lambda driver: driver.get_log("performance"))
        events = [json.loads(entry["message"])["message"] for entry in log]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        assert len(asked) > 3
        assert {url.split("/")[2] for url in asked if url.startswith("http")} == {someone.served.console.authority}


async def test_the_browser_itself_refuses_what_the_policy_forbids(tmp_path: Path) -> None:
    """D24"""
    async with person(tmp_path) as someone:
        inject = (
            "const s = document.createElement('script'); s.textContent = 'document.title = 99';"
            "document.body.append(s);"
            "const i = new Image(); i.onerror = () => document.body.dataset.blocked = 1;"
            "i.src = 'http://127.0.0.1:9/x'; document.body.append(i);"
        )
        await someone.does(lambda driver: driver.execute_script(inject))
        assert await someone.does(lambda driver: driver.title) == "Messages for approval"
        log: Any = await someone.does(lambda driver: driver.get_log("browser"))
        said = " ".join(entry["message"] for entry in log)
        assert "script-src" in said
        assert "violates" in said


async def test_twenty_that_wait_are_all_there_and_none_can_be_approved_together(tmp_path: Path) -> None:
    """D16"""
    async with person(tmp_path, max_waiting=20) as someone:
        desk = someone.served.desk
        for number, lead in enumerate((JANE, ELENA, JON, WALTER, AIKO)):
            await desk.text(f"Words number {number}.", lead)
        for number in range(15):
            note_id = await desk.lofty.create_note(HUGO, content=f"Note number {number}.", pinned=False)
            someone.served.sandbox.clock.advance(11)
            await desk.outbox.draft(Kind.NOTE_DELETION, lead_id=HUGO, note_id=note_id)
        await someone.goes()
        assert await someone.counts("article.card") == 20
        assert await someone.counts(YES) == 20
        assert await someone.counts(".jump li") == 20
        assert "Delete a note about Hugo Martin\nNote number 14." in await someone.reads(".jump")
        assert await someone.counts("main form[action$='/yes']") == 20
        assert await someone.does(lambda driver: driver.title) == "(20) Messages for approval"


async def test_the_keyboard_alone_is_enough(tmp_path: Path) -> None:
    async with person(tmp_path) as someone:
        message = await someone.served.desk.text()
        await someone.goes()

        def tab_to_yes(driver: Any) -> bool:
            for _ in range(20):
                focused = driver.switch_to.active_element
                if "yes" in (focused.get_attribute("class") or ""):
                    outline = focused.value_of_css_property("outline-style")
                    focused.send_keys(Keys.ENTER)
                    return outline == "solid"
                focused.send_keys(Keys.TAB)
            return False

        assert await someone.does(tab_to_yes)
        await someone.waits_for("It goes out in")
        assert await someone.served.desk.state(message) is State.APPROVED


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(scheme: str, tmp_path: Path) -> None:
    async with person(tmp_path, evening=True) as someone:
        await someone.served.desk.text("Look: https://www.example.com/oak\t")
        features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        await someone.does(lambda driver: driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features))
        for path in ("/", "/outbox"):
            await someone.goes(path)
            weak: Any = await someone.does(lambda driver: driver.execute_script(CONTRAST))
            assert weak == []


async def test_a_link_from_another_site_leads_to_the_message_after_one_more_click(tmp_path: Path) -> None:
    async with person(tmp_path) as someone:
        message = await someone.served.desk.text()
        address = f"http://{someone.served.console.authority}/message/{message.id}"
        elsewhere = tmp_path / "elsewhere.html"
        elsewhere.write_text(f'<!doctype html><title>x</title><a href="{address}">the card</a>', encoding="utf-8")
        await someone.does(lambda driver: driver.get(elsewhere.as_uri()))
        await someone.clicks("a")
        await someone.waits_for("another site")
        assert WORDS not in await someone.reads()
        await someone.clicks("main a")
        await someone.waits_for(WORDS)
        assert await someone.does(lambda driver: driver.current_url) == address


async def test_it_fits_a_phone(tmp_path: Path) -> None:
    async with person(tmp_path) as someone:
        await someone.served.desk.email("x" * 300 + "\nwide", subject="y" * 190)
        metrics = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        await someone.does(lambda driver: driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics))
        wide = "return document.documentElement.scrollWidth"
        for path in ("/", "/outbox"):
            await someone.goes(path)
            assert await someone.does(lambda driver: driver.execute_script(wide)) == 360
        await someone.goes()
        small = (
            "return [...document.querySelectorAll('main button')]"
            ".filter(b => b.getBoundingClientRect().height < 44).length"
        )
        assert await someone.does(lambda driver: driver.execute_script(small)) == 0


CONTRAST = """
const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
const parse = s => s.match(/[\\d.]+/g).map(Number);
const ground = e => {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll('body *')].filter(e =>
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.getClientRects().length
  && !e.matches('.unseen, .skip, noscript')
).map(e => {
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
  return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className || e.tagName, e.textContent.slice(0, 30)];
}).filter(([ratio]) => ratio < 4.5);
"""
