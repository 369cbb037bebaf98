"""What goes wrong, over a real socket where it concerns one."""

import json

import anyio
import httpx
import pytest

from lofty_sandbox.sandbox import Sandbox

from .calling import JANE, client, get, text

SEND = ("POST", "/v1.0/message/sms/send")


@pytest.mark.anyio
async def test_a_reset_before_acting_sends_nothing(sandbox: Sandbox, wire: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "reset_before")
    with pytest.raises(httpx.ReadError):
        await text(wire, "Hi")
    assert sandbox.sent == []
    assert (sandbox.requests[-1].executed, sandbox.requests[-1].status) == (False, None)


@pytest.mark.anyio
async def test_a_reset_after_acting_has_sent(sandbox: Sandbox, wire: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "reset_after")
    with pytest.raises(httpx.ReadError):
        await text(wire, "Hi")
    assert [sent.content for sent in sandbox.sent] == ["Hi"]
    assert (sandbox.requests[-1].executed, sandbox.requests[-1].status) == (True, None)


@pytest.mark.anyio
async def test_a_cut_answer_ends_in_the_middle(sandbox: Sandbox, wire: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "cut")
    with pytest.raises(httpx.RemoteProtocolError):
        await text(wire, "Hi")
    assert len(sandbox.sent) == 1


@pytest.mark.anyio
async def test_a_dripped_answer_comes_byte_by_byte_and_whole(sandbox: Sandbox, wire: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "drip", seconds=0)
    answer = await text(wire, "Hi")
    assert answer.json()["messageId"] == sandbox.sent[0].message_id


@pytest.mark.anyio
async def test_a_slow_drip_outlasts_a_deadline(sandbox: Sandbox, wire: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "drip", seconds=30)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(text, wire, "Hi")
        seen = await sandbox.arrived(*SEND)
        assert (seen.status, seen.executed) == (None, True)
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
@pytest.mark.parametrize(("then_act", "before"), [(False, 0), (True, 1)])
async def test_a_held_request_waits_for_its_release(
    sandbox: Sandbox, wire: httpx.AsyncClient, *, then_act: bool, before: int
) -> None:
    sandbox.fail(*SEND, "hold", then_act=then_act)
    answers: list[httpx.Response] = []
    while_held: list[tuple[int, bool, int | None]] = []

    async def send() -> None:
        answers.append(await text(wire, "Hi"))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send)
            seen = await sandbox.arrived(*SEND)
            while_held.append((len(sandbox.sent), seen.executed, seen.status))
            sandbox.release()
    assert while_held == [(before, bool(before), None)]
    assert answers[0].json()["messageId"] == sandbox.sent[0].message_id
    assert len(sandbox.sent) == 1


@pytest.mark.anyio
async def test_a_request_can_hang_after_acting(sandbox: Sandbox, wire: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "hang_after")
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:

            async def send() -> None:
                with pytest.raises(httpx.ReadError):
                    await text(wire, "Hi")

            tasks.start_soon(send)
            assert (await sandbox.arrived(*SEND)).executed
            sandbox.release()
    assert len(sandbox.sent) == 1


@pytest.mark.anyio
async def test_a_delay_ends_by_itself_and_answers(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "delay", seconds=0.001)
    assert (await text(lofty, "Hi")).status_code == 200
    assert len(sandbox.sent) == 1


@pytest.mark.anyio
async def test_a_status_is_answered_without_acting(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "status", status=429, headers={"Retry-After": "7"})
    sandbox.fail(*SEND, "status", status=503, body="busy")
    limited, busy = await text(lofty, "Hi"), await text(lofty, "Hi")
    assert (limited.status_code, limited.json(), limited.headers["Retry-After"]) == (
        429,
        {"message": "Too Many Requests"},
        "7",
    )
    assert (busy.status_code, busy.text) == (503, "busy")
    assert sandbox.sent == []


@pytest.mark.anyio
async def test_an_error_after_acting_has_sent(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "error_after")
    answer = await text(lofty, "Hi")
    words = "BaseApplicationException:errorCode=20005,errorMsg=There is an internal error happened"
    assert (answer.status_code, answer.json()) == (500, {"message": words})
    assert len(sandbox.sent) == 1
    assert sandbox.requests[-1].executed


@pytest.mark.anyio
@pytest.mark.parametrize("fault", ["malformed", "html"])
async def test_an_answer_can_be_unreadable_though_lofty_acted(
    sandbox: Sandbox, lofty: httpx.AsyncClient, fault: str
) -> None:
    sandbox.fail(*SEND, fault)  # pyright: ignore[reportArgumentType] -- the parameters are two of the kinds
    answer = await text(lofty, "Hi")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(sandbox.sent) == 1


@pytest.mark.anyio
async def test_an_answer_can_be_an_empty_object(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "empty_object", then_act=False)
    assert (await text(lofty, "Hi")).json() == {}
    assert sandbox.sent == []


@pytest.mark.anyio
async def test_a_business_code_can_come_with_200(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "business_code", code=200100, message="No package")
    answer = await text(lofty, "Hi")
    assert (answer.status_code, answer.json()) == (200, {"code": 200100, "message": "No package"})
    assert sandbox.sent == []


@pytest.mark.anyio
async def test_a_redirect_leads_elsewhere_without_acting(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail(*SEND, "redirect", location="https://thief.example.com/", status=308)
    answer = await text(lofty, "Hi")
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://thief.example.com/")
    assert sandbox.sent == []


@pytest.mark.anyio
async def test_a_message_can_go_to_the_wrong_destination(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail("POST", "/v1.0/message", "wrong_destination", times=2)
    texted = await text(lofty, "Hi")
    mailed = await lofty.post("/v1.0/message/email/send", json={"leadId": JANE, "subject": "Hi", "content": "Hi"})
    assert (texted.json()["phoneNumber"], mailed.json()["toEmail"]) == ("4045550199", "someone.else@example.com")
    assert [sent.to for sent in sandbox.sent] == ["+14045550199", "someone.else@example.com"]


@pytest.mark.anyio
async def test_a_fault_meets_as_many_requests_as_it_was_set_for(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail("*", "/v1.0/me", "status", times=2, status=500)
    statuses = [(await lofty.get("/v1.0/me")).status_code for _ in range(3)]
    sandbox.fail("GET", "/v1.0/me", "status", times=None, status=500)
    statuses += [(await lofty.get("/v1.0/me")).status_code for _ in range(2)]
    sandbox.clear_faults()
    statuses.append((await lofty.get("/v1.0/me")).status_code)
    assert statuses == [500, 500, 200, 500, 500, 200]


@pytest.mark.anyio
async def test_other_methods_and_paths_are_spared(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    sandbox.fail("POST", "/v1.0/notes", "status", status=500)
    assert (await get(lofty, "/v1.0/notes", leadId=JANE))["notes"] != []
    assert (await text(lofty, "Hi")).status_code == 200


def test_a_fault_that_does_not_exist_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        sandbox.fail("GET", "/", "earthquake")  # pyright: ignore[reportArgumentType] -- that is the point
    with pytest.raises(TypeError):
        sandbox.fail("GET", "/", "delay", minutes=3)


@pytest.mark.anyio
async def test_in_process_a_broken_connection_is_an_exception(sandbox: Sandbox) -> None:
    async with client(sandbox) as lofty:
        for fault in ("reset_before", "reset_after", "cut"):
            sandbox.fail(*SEND, fault)
            with pytest.raises(ConnectionResetError):
                await text(lofty, fault)
    assert [sent.content for sent in sandbox.sent] == ["reset_after", "cut"]


@pytest.mark.anyio
async def test_arrivals_are_counted_from_the_first(sandbox: Sandbox, lofty: httpx.AsyncClient) -> None:
    await text(lofty, "One")
    await text(lofty, "Two")
    with anyio.fail_after(5):
        second = await sandbox.arrived("POST", "/v1.0/message", times=2)
    assert json.loads(second.body)["content"] == "Two"
