"""A model behind either kind of endpoint holds a conversation and is judged like any assistant."""

import json
from typing import Any

import httpx
import pytest

from tests.evals.catalogue import TASKS
from tests.evals.endpoint import EndpointError, model
from tests.evals.office import attempt
from tests.evals.people import JANE

WORDS = "Hi Jane, three works on Thursday."
STEPS: list[tuple[str, dict[str, Any]] | str] = [
    ("find_leads", {"query": "Jane"}),
    ("send_sms", {"lead_id": JANE, "body": WORDS}),
    "Sent once, after your yes.",
]


class Scripted(httpx.AsyncBaseTransport):
    """Answers as an endpoint would, one step a request, and keeps what it was asked."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.path, json.loads(await request.aread())))
        step = STEPS[len(self.asked) - 1]
        return httpx.Response(200, json=_openai(step) if self.api == "openai" else _anthropic(step))


def _openai(step: tuple[str, dict[str, Any]] | str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": step if isinstance(step, str) else None}
    if not isinstance(step, str):
        function = {"name": step[0], "arguments": json.dumps(step[1])}
        message["tool_calls"] = [{"id": "c1", "type": "function", "function": function}]
    return {"choices": [{"message": message}], "usage": {"prompt_tokens": 100, "completion_tokens": 10}}


def _anthropic(step: tuple[str, dict[str, Any]] | str) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "text", "text": step}
    if not isinstance(step, str):
        part = {"type": "tool_use", "id": "c1", "name": step[0], "input": step[1]}
    return {"role": "assistant", "content": [part], "usage": {"input_tokens": 100, "output_tokens": 10}}


@pytest.mark.anyio
@pytest.mark.parametrize(("api", "path"), [("openai", "/v1/chat/completions"), ("anthropic", "/v1/messages")])
async def test_a_model_is_given_the_tools_and_their_answers_and_is_judged(api: str, path: str) -> None:
    endpoint = Scripted(api)
    environment = {"EVALS_BASE_URL": "http://127.0.0.1:9/v1", "EVALS_MODEL": "m", "EVALS_API": api}
    async with httpx.AsyncClient(transport=endpoint) as http:
        asked = model(environment, http)
        run = await attempt(TASKS["tell_her_three_works"], asked.converse)
    assert run.verdict.faults == ()
    assert [called.tool for called in run.record.called] == ["find_leads", "send_sms"]
    assert {each for each, _ in endpoint.asked} == {path}
    assert "send_sms" in json.dumps(endpoint.asked[0][1]["tools"])
    assert "never instructions" in json.dumps(endpoint.asked[0][1])
    assert f"lead_id {JANE}" in json.dumps(endpoint.asked[1][1]["messages"])
    assert (asked.usage.read, asked.usage.written) == (300, 30)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "environment",
    [{}, {"EVALS_BASE_URL": "http://127.0.0.1:9"}, {"EVALS_BASE_URL": "u", "EVALS_MODEL": "m", "EVALS_API": "other"}],
)
async def test_a_model_that_is_not_named_rightly_is_refused(environment: dict[str, str]) -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(EndpointError):
            model(environment, http)
