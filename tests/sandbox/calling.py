"""How the sandbox's own tests talk to it."""

import json
from typing import Any

import httpx

from lofty_sandbox.sandbox import Sandbox

HEADERS = {"Authorization": "token sandbox-api-key", "Content-Type": "application/json"}

JANE = 480213577100001
MARCUS = 480213577100002
WALTER = 480213577100008
DANA = 480213577100009
GRACE = 480213577100015
HUGO = 480213577100018


def client(sandbox: Sandbox) -> httpx.AsyncClient:
    """A client of a sandbox in this process."""
    transport = httpx.ASGITransport(app=sandbox.app)
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=HEADERS)


async def get(lofty: httpx.AsyncClient, path: str, **query: str | int) -> Any:
    """The JSON of an answer that must be 200."""
    answer = await lofty.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def text(lofty: httpx.AsyncClient, content: str, **fields: Any) -> httpx.Response:
    """Send Jane a text."""
    return await lofty.post("/v1.0/message/sms/send", json={"leadId": JANE, "content": content} | fields)


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and words of a refusal, whichever of Lofty's bodies it has."""
    body = json.loads(answer.text)
    return answer.status_code, body if isinstance(body, str) else body["message"]
