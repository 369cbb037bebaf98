"""Who and what is refused before the page looks at it."""

from pathlib import Path

import httpx
import pytest

from lofty_crm.outbox.message import Message
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import busy_sandbox, office
from tests.server.console.visiting import Page, page

pytestmark = pytest.mark.anyio


async def unchanged(served: Page, message: Message) -> None:
    assert await served.desk.state(message) is State.PENDING
    assert served.desk.posts == 0


@pytest.mark.parametrize("host", ["attacker.example.com", "localhost:{port}", "127.0.0.1", "127.0.0.1:{port}."])
async def test_another_host_name_is_refused_before_routing(host: str, tmp_path: Path) -> None:
    """D88 D89"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        port = served.console.authority.rpartition(":")[2]
        for path in ("/", "/nowhere", "/static/page.css"):
            assert (await served.get(path, Host=host.format(port=port))).status_code == 421
        answer = await served.post(f"/message/{message.id}/yes", form, Host=host.format(port=port))
        assert answer.status_code == 421
        await unchanged(served, message)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://attacker.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Dest": "iframe"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_a_yes_from_another_page_changes_nothing(headers: dict[str, str], status: int, tmp_path: Path) -> None:
    """D88"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        answer = await served.post(f"/message/{message.id}/yes", await served.form(message), **headers)
        assert answer.status_code == status
        await unchanged(served, message)


async def test_a_reader_from_another_site_is_refused_as_well(tmp_path: Path) -> None:
    """D88"""
    async with page(busy_sandbox(), tmp_path) as served:
        assert (await served.get("/", **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
        assert (await served.get("/", **{"Sec-Fetch-Dest": "iframe"})).status_code == 403
        assert (await served.get("/", **{"Sec-Fetch-Site": "same-origin"})).status_code == 200


async def test_a_person_who_followed_a_link_from_elsewhere_is_shown_nothing_but_the_way_on(tmp_path: Path) -> None:
    """D88"""
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        answer = await served.get(f"/message/{message.id}", **followed)
        assert answer.status_code == 403
        assert '<a href="">' in answer.text
        assert message.id not in answer.text
        assert message.words.lead_name not in answer.text
        for other in ({"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": "empty"}):
            assert 'href=""' not in (await served.get("/", **{**followed, **other})).text


async def test_without_a_session_nothing_is_shown_or_done(tmp_path: Path) -> None:
    """D88"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        served.http.cookies.clear()
        shown = await served.get("/")
        assert shown.status_code == 401
        assert message.words.body not in shown.text
        assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 401
        await unchanged(served, message)


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_without_its_token_changes_nothing(token: str, tmp_path: Path) -> None:
    """D88"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = {**await served.form(message), "token": token}
        assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 403
        await unchanged(served, message)


async def test_the_token_of_one_session_opens_no_form_of_another(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = await served.form(message)
        served.http.cookies.clear()
        await served.enter()
        assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 403
        await unchanged(served, message)


@pytest.mark.parametrize("what", ["message/{id}/yes", "message/{id}/no", "message/{id}/undo", "stop", "resume"])
async def test_reading_never_changes_anything(what: str, tmp_path: Path) -> None:
    """D88"""
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        answer = await served.get("/" + what.format(id=message.id))
        assert answer.status_code == 405
        await unchanged(served, message)
        assert not await served.desk.outbox.stopped()


async def test_a_link_opens_the_page_once(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, entered=False) as served:
        link = served.console.new_link()
        assert (await served.http.get(link)).status_code == 303
        cookie = (await served.http.get(served.console.new_link())).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        served.http.cookies.clear()
        assert (await served.http.get(link)).status_code == 401
        assert (await served.http.get(f"{link}x")).status_code == 401


async def test_links_and_sessions_end_by_themselves(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path, entered=False) as served:
        late = served.console.new_link()
        served.sandbox.clock.advance(301)
        assert (await served.http.get(late)).status_code == 401
        await served.enter()
        assert (await served.get("/")).status_code == 200
        served.sandbox.clock.advance(12 * 3600)
        assert (await served.get("/")).status_code == 401


async def test_every_answer_forbids_frames_inline_scripts_and_caches(tmp_path: Path) -> None:
    """D88"""
    async with page(busy_sandbox(), tmp_path) as served:
        for path, status in (("/", 200), ("/nowhere", 404), ("/static/page.js", 200), ("/static/x", 404)):
            answer = await served.get(path)
            assert answer.status_code == status
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in (await served.get("/", Host="x")).headers["content-security-policy"]


async def test_a_form_that_is_too_long_is_refused(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        message = await served.desk.text()
        form = {**await served.form(message), "reason": "x" * 70_000}
        assert (await served.post(f"/message/{message.id}/yes", form)).status_code == 413
        await unchanged(served, message)


async def test_another_accounts_message_is_not_found(tmp_path: Path) -> None:
    """D90"""
    sandbox = busy_sandbox()
    async with page(sandbox, tmp_path) as served, office(sandbox, tmp_path, key="sandbox-access-token") as other:
        mine = await served.desk.text()
        sandbox.world.user = 1
        theirs = await other.text("Words of another account.")
        form = await served.form(mine)
        answers = [await served.get(f"/message/{each}") for each in (theirs.id, "m-22222222")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text == answers[1].text
        assert (await served.post(f"/message/{theirs.id}/yes", form)).status_code == 404
        assert await other.state(theirs) is State.PENDING
        assert "another account" not in (await served.get("/outbox")).text


async def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    async with page(busy_sandbox(), tmp_path) as served:
        host, _, port = served.console.authority.rpartition(":")
        assert host == "127.0.0.1"
        async with httpx.AsyncClient(trust_env=False) as http:
            with pytest.raises(httpx.ConnectError):
                await http.get(f"http://127.0.0.2:{port}/")
