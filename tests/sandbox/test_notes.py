"""Notes, with Lofty's ways of losing and keeping them."""

from typing import Any

import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import GRACE, JANE, error, get

NOTE: dict[str, Any] = {"leadId": JANE, "content": "Bring a flashlight for the attic.", "isPin": False}


async def contents(lofty: httpx.AsyncClient) -> list[str]:
    return [note["content"] for note in (await get(lofty, "/v1.0/notes", leadId=JANE, limit=100))["notes"]]


@pytest.mark.anyio
async def test_a_new_note_is_missed_by_reads_for_a_moment(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    note_id = (await lofty.post("/v1.0/notes", json=NOTE)).json()["noteId"]
    path = f"/v1.0/notes/{note_id}"
    early = [(await lofty.get(path)).status_code, (await lofty.put(path, json=NOTE)).status_code]
    unseen = await contents(lofty)
    sandbox.clock.advance(2)
    note = (await get(lofty, path))["note"]
    assert early == [404, 404]
    assert NOTE["content"] not in unseen
    assert NOTE["content"] in await contents(lofty)
    assert (note["noteId"], note["createTime"], note["creatorName"]) == (note_id, "2026-11-17 19:00:00", "Alex Morgan")
    assert len(str(note["id"])) == 19


@pytest.mark.anyio
async def test_a_note_is_cut_without_a_word(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    answer = await lofty.post("/v1.0/notes", json=NOTE | {"content": "x" * 2001})
    sandbox.clock.advance(2)
    note = (await get(lofty, f"/v1.0/notes/{answer.json()['noteId']}"))["note"]
    assert (answer.status_code, note["content"]) == (200, "x" * 2000)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "fields", [{"content": "  "}, {"content": None}, {"leadId": str(JANE)}, {"leadId": 5}, {"content": 7}]
)
async def test_a_note_needs_words_and_a_lead(
    sandbox: Sandbox, lofty: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    before = len(sandbox.world.data.notes)
    assert (await lofty.post("/v1.0/notes", json=NOTE | fields)).status_code in {400, 404}
    assert len(sandbox.world.data.notes) == before


@pytest.mark.anyio
async def test_an_update_needs_words_pin_and_the_notes_own_lead(lofty: httpx.AsyncClient) -> None:
    path = "/v1.0/notes/480213577300101"
    refused = [
        (await lofty.put(path, json=fields)).status_code
        for fields in ({"content": "New"}, {"isPin": True}, {"content": "New", "isPin": True, "leadId": GRACE})
    ]
    done = await lofty.put(path, json={"content": "New", "isPin": True})
    note = (await get(lofty, path))["note"]
    assert refused == [400, 400, 400]
    assert (done.status_code, done.content) == (200, b"")
    assert (note["content"], note["isPin"], note["lastUpdate"]) == ("New", True, "2026-11-17 19:00:00")


@pytest.mark.anyio
async def test_a_deleted_note_lingers_in_the_list_and_nowhere_else(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    path = "/v1.0/notes/480213577300101"
    done = await lofty.delete(path)
    again = await lofty.delete(path)
    lingering = len(await contents(lofty))
    sandbox.clock.advance(10)
    assert (done.status_code, done.content) == (200, b"")
    assert error(again) == (404, "BaseApplicationException:errorCode=20007,errorMsg=Resource not exist")
    assert (await lofty.get(path)).status_code == 404
    assert (lingering, len(await contents(lofty))) == (3, 2)


@pytest.mark.anyio
async def test_a_note_can_be_deleted_before_it_can_be_read(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    note_id = (await lofty.post("/v1.0/notes", json=NOTE)).json()["noteId"]
    assert (await lofty.delete(f"/v1.0/notes/{note_id}")).status_code == 200
    sandbox.clock.advance(12)
    assert NOTE["content"] not in await contents(lofty)


@pytest.mark.anyio
async def test_old_notes_are_missing_until_a_limit_is_given(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    for number in range(12):
        await lofty.post("/v1.0/notes", json=NOTE | {"content": f"Note {number}"})
    sandbox.clock.advance(2)
    some = (await get(lofty, "/v1.0/notes", leadId=JANE))["notes"]
    ids = [note["noteId"] for note in some]
    assert len(some) == 10
    assert {note["content"] for note in some} == {f"Note {number}" for number in range(2, 12)}
    assert ids != sorted(ids)
    assert ids != sorted(ids, reverse=True)
    assert len(await contents(lofty)) == 15


@pytest.mark.anyio
async def test_system_notes_are_shown_only_when_asked_for(lofty: httpx.AsyncClient) -> None:
    plain = (await get(lofty, "/v1.0/notes", leadId=GRACE))["notes"]
    everything = (await get(lofty, "/v1.0/notes", leadId=GRACE, includeSystemNote="true"))["notes"]
    assert [note["systemNote"] for note in plain] == [False]
    assert len(everything) == 2
