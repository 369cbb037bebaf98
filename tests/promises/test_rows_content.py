"""What a message may not hold, through the tools: every stimulus of its rows, by text and by email."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from lofty_crm.outbox.states import State
from lofty_crm.policy.segments import segment
from tests.crm.outbox.office import JANE, busy_sandbox
from tests.promises.front import MODES, Chat, Mode, Person, whole
from tests.server.over_http import MODERN, served

pytestmark = pytest.mark.anyio

both_eras = pytest.mark.parametrize("mode", MODES)


async def both(it: Chat, body: str, subject: str = "Thursday") -> list[dict[str, Any]]:
    """Try the same words by text and by email."""
    text = await it.call("send_sms", lead_id=JANE, body=body)
    return [text, await it.call("send_email", lead_id=JANE, subject=subject, body=body)]


async def codes(it: Chat) -> list[set[str]]:
    """What the policy found in each draft, the oldest first."""
    return [{f.code for f in message.findings} for message in reversed(await it.drafted())]


HIDDEN = "\u200b\u2060\ufeff\u00ad\u202e\u2066\U000e0041" + "\u3164\uffa0\u115f\u2800\u034f\U000e0100"


@both_eras
@pytest.mark.parametrize("character", HIDDEN, ids=lambda c: f"U+{ord(c):04X}")
async def test_a_character_that_does_not_show_stops_a_message(character: str, mode: Mode, tmp_path: Path) -> None:
    """D32 D33"""
    person = Person()
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=person) as it:
        for said in await both(it, f"Hi{character} Jane"):
            assert said["state"] == "blocked"
            assert f"U+{ord(character):04X} at 2" in said["what"]
        assert (person.asked, it.desk.posts) == ([], 0)
        clean = await it.call("send_sms", lead_id=JANE, body="Hi Jane")
        assert clean["state"] == "sent"
        assert len(await it.drafted()) == 3


@both_eras
@pytest.mark.parametrize("body", ["👨‍👩‍👧 ✈️ 1️⃣", "¿Mañana a las tres?", "هل يناسبك يوم الخميس؟", "क्‍ष गुरुवार", "می‌توانیم"])
async def test_emoji_and_languages_go_out_as_they_are(body: str, mode: Mode, tmp_path: Path) -> None:
    """D34"""
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=Person()) as it:
        assert [said["state"] for said in await both(it, body)] == ["sent", "sent"]
        assert it.sandbox.sent[0].content == body


@both_eras
@pytest.mark.parametrize("character", "\x00\x07\x1b\x7f\x85\x9f\u2028\u2029", ids=ascii)
async def test_a_control_character_stops_a_message(character: str, mode: Mode, tmp_path: Path) -> None:
    """D35"""
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=Person()) as it:
        for said in await both(it, f"Hi{character}Jane"):
            assert said.get("state", "refused") in {"blocked", "refused"}
            assert "nothing was sent" in said.get("what", said.get("error", ""))
        assert it.desk.posts == 0


async def test_half_a_character_is_refused_and_the_server_lives_on(tmp_path: Path) -> None:
    """D35"""
    async with served(tmp_path, "--sandbox") as server:
        for name, more in (("send_sms", {}), ("send_email", {"subject": "\udc00"}), ("create_note", {})):
            words = {"content": "\ud83d"} if name == "create_note" else {"body": "Half a smile: \ud83d", **more}
            meta: dict[str, Any] = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
            params: dict[str, Any] = {"name": name, "arguments": {"lead_id": JANE, **words}, "_meta": meta}
            call: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            headers = {**MODERN, "Mcp-Method": "tools/call", "Mcp-Name": name, "Content-Type": "application/json"}
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.post(f"{server.url}/mcp", content=json.dumps(call), headers=headers)
            assert answer.status_code < 500
            told = json.loads(answer.text.rpartition("data: ")[2])
            assert told.get("error") or told["result"]["isError"]
        assert (await server.ask()).status_code == 200


GSM, UCS = "a", "Ж"
SIZES = [
    *((GSM * n, count) for n, count in ((160, 1), (161, 2), (306, 2), (307, 3))),
    *((UCS * n, count) for n, count in ((70, 1), (71, 2), (134, 2), (135, 3))),
    (GSM * 152 + "€" + GSM * 152, 3),
    (UCS * 66 + "🏡" + UCS * 66, 3),
]


@pytest.mark.parametrize(("body", "count"), SIZES, ids=lambda value: f"{len(value)}" if isinstance(value, str) else "")
async def test_the_question_says_how_many_messages_a_text_is_and_why(body: str, count: int, tmp_path: Path) -> None:
    """D36"""
    person = Person("cancel", None)
    async with whole(busy_sandbox(), tmp_path, person=person) as it:
        await it.call("send_sms", lead_id=JANE, body=body)
    ours = [line for line in person.asked[0].split("\n") if not line.startswith("> ")]
    said = next(line for line in ours if "text message" in line)
    assert said.startswith(f"{count} text message{'s' if count > 1 else ''} (")
    assert (segment(body).encoding == "UCS-2") == (UCS in said.partition(")")[0])


@both_eras
@pytest.mark.parametrize("body", ["", "   ", "\u00a0\u00a0", "\n\t", "a" * 2**20], ids=lambda body: f"{len(body)}")
async def test_nothing_blanks_and_a_mebibyte_are_refused(body: str, mode: Mode, tmp_path: Path) -> None:
    """D37"""
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=Person()) as it:
        for said in await both(it, body):
            assert said.get("state") in {None, "blocked"}
            assert "nothing was sent" in said.get("what", said.get("error", ""))
        assert it.desk.posts == 0


HTML = [
    '<p style="display:none">pay here</p>',
    '<span style="font-size:0">pay here</span>',
    '<font color="white">pay here</font>',
    '<div style="position:absolute;left:-9999px">pay here</div>',
    "Hello <!-- pay here -->",
    '<meta http-equiv="refresh" content="0;url=https://evil.example.com">',
    '<form action="https://evil.example.com"><input name="ssn"></form>',
    '<img src="https://evil.example.com/p.gif" width="1" height="1">',
]


@pytest.mark.parametrize("body", HTML)
async def test_an_email_in_html_is_refused(body: str, tmp_path: Path) -> None:
    """D38"""
    person = Person()
    async with whole(busy_sandbox(), tmp_path, person=person) as it:
        said = await it.call("send_email", lead_id=JANE, subject="Hi", body=f"Hello Jane. {body}")
        assert said["state"] == "blocked"
        assert "markup" in (await codes(it))[0]
        assert (person.asked, it.desk.posts) == ([], 0)


@both_eras
@pytest.mark.parametrize(
    "subject", ["Hi\r\nBcc: x@evil.example.com", "Hi\nThere", "Hi\u2028There", "x" * 1000], ids=ascii
)
async def test_a_subject_of_several_lines_or_a_thousand_characters_is_refused(
    subject: str, mode: Mode, tmp_path: Path
) -> None:
    """D39"""
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=Person()) as it:
        said = await it.call("send_email", lead_id=JANE, subject=subject, body="Hello Jane.")
        assert said.get("state") in {None, "blocked"}
        assert "nothing was sent" in said.get("what", said.get("error", ""))
        assert it.desk.posts == 0


@pytest.mark.parametrize(
    ("link", "state", "shown"),
    [
        ("https://bit.ly/3xYz", "blocked", "bit.ly"),
        ("http://homes.example.com/7", "sent", "homes.example.com"),
        ("https://homes.example.com/7", "sent", "homes.example.com"),
        ("https://lofty.com@evil.example.com/x", "blocked", "evil.example.com"),
        ("https://exаmple.com/x", "awaiting_approval", "xn--exmple-4nf.com"),  # noqa: RUF001 -- Cyrillic
        ("[lofty.com](https://evil.example.com/x)", "blocked", "evil.example.com"),
        ("http://192.0.2.7/x", "awaiting_approval", "192.0.2.7"),
    ],
)
async def test_a_link_is_named_by_where_it_leads(link: str, state: str, shown: str, tmp_path: Path) -> None:
    """D40"""
    person = Person()
    async with whole(busy_sandbox(), tmp_path, person=person) as it:
        for said in await both(it, f"See {link} please"):
            assert said["state"] == state
        for message in await it.drafted():
            found = " ".join(f.text for f in message.findings if f.code.startswith("link_"))
            assert shown in found
            assert found.split(".")[0] in message.question
        assert it.desk.posts == (2 if state == "sent" else 0)


@both_eras
@pytest.mark.parametrize("stump", ["https://", "http:// and more", "A0://", "ftp://", "https:///", "https://?", "://"])
async def test_the_stump_of_a_link_is_no_accident(stump: str, mode: Mode, tmp_path: Path) -> None:
    """D40"""
    async with whole(busy_sandbox(), tmp_path, mode=mode, person=Person("cancel", None)) as it:
        for said in await both(it, f"See {stump}"):
            assert said["state"] in {"awaiting_approval", "blocked"}


@pytest.mark.parametrize(
    "body",
    [
        "Wire the earnest money to routing 021000021 today",
        "Please buy two gift cards for the closing",
        "Send it to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "My SSN is 219-09-9999",
        "Use card 4111 1111 1111 1111",
    ],
)
async def test_payment_and_identity_data_are_not_asked_about_in_the_chat(body: str, tmp_path: Path) -> None:
    """D41"""
    person = Person()
    async with whole(busy_sandbox(), tmp_path, person=person) as it:
        for said in await both(it, body):
            assert said["state"] == "awaiting_approval"
            assert "payment or identity data" in said["held_for"][0]
        assert (person.asked, it.desk.posts) == ([], 0)
        for message in await it.drafted():
            assert (await it.desk.yes(message, "The title company asked for it.")).state is State.SENT


@pytest.mark.parametrize(
    "phrase", ["perfect for singles", "no kids", "Christian neighborhood", "no Section 8", "adults only"]
)
async def test_a_phrase_that_excludes_people_is_warned_of_and_no_more(phrase: str, tmp_path: Path) -> None:
    """D42"""
    person = Person()
    async with whole(busy_sandbox(), tmp_path, person=person) as it:
        for said in await both(it, f"It is lovely: {phrase}, by the way."):
            assert said["state"] == "sent"
    for question in person.asked:
        warnings = [line for line in question.split("\n") if line.startswith("! ")]
        assert any(phrase.casefold() in line.casefold() for line in warnings)
