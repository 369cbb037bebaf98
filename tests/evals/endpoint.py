"""An assistant that is a model behind an OpenAI- or Anthropic-compatible endpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import httpx
from mcp.types import Tool

from tests.evals.assistant import Assistant
from tests.evals.task import Task

Api = Literal["openai", "anthropic"]
MOST_STEPS = 30
SYSTEM = (
    "You are the assistant of Alex Morgan, a real-estate agent in New York. It is Tuesday, November 17, 2026, 2 PM EST."
)


class EndpointError(Exception):
    """The environment does not name a model."""


@dataclass
class Usage:
    """What the endpoint counted."""

    read: int = 0
    written: int = 0


@dataclass
class Model:
    """A model, and how it is asked; one call of `converse` holds one conversation."""

    http: httpx.AsyncClient
    url: str
    name: str
    api: Api
    usage: Usage = field(default_factory=Usage)

    async def converse(self, task: Task, assistant: Assistant) -> None:
        """Let the model talk and call tools until the user has nothing more to say."""
        del task
        tools = [_declared(each, self.api) for each in (await assistant.client.list_tools()).tools]
        system = f"{SYSTEM}\n{assistant.client.instructions or ''}"
        history: list[dict[str, Any]] = [{"role": "system", "content": system}] if self.api == "openai" else []
        heard = assistant.record.heard[0]
        for _ in range(MOST_STEPS):
            if heard:
                history.append({"role": "user", "content": heard})
                heard = ""
            message = await self._next(history, tools, system)
            calls = _calls(message, self.api)
            history.append(message if self.api == "openai" else {"role": "assistant", "content": message["content"]})
            if not calls:
                heard = await assistant.says(_words(message, self.api))
                if not heard:
                    return
                continue
            answers = [(id_, await assistant.call(tool, **arguments)) for id_, tool, arguments in calls]
            history += _answered(answers, self.api)

    async def _next(self, history: list[dict[str, Any]], tools: list[dict[str, Any]], system: str) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.name, "messages": history, "tools": tools, "temperature": 0}
        if self.api == "anthropic":
            body |= {"system": system, "max_tokens": 4096}
        answer = await self.http.post(self.url, json=body)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        usage = cast("dict[str, int]", told.get("usage") or {})
        self.usage.read += usage.get("prompt_tokens", usage.get("input_tokens", 0))
        self.usage.written += usage.get("completion_tokens", usage.get("output_tokens", 0))
        return told["choices"][0]["message"] if self.api == "openai" else told


def model(environment: Mapping[str, str], http: httpx.AsyncClient) -> Model:
    """Make the model that `EVALS_BASE_URL`, `EVALS_MODEL`, `EVALS_API_KEY` and `EVALS_API` name.

    Raises:
        EndpointError: one of them is missing or wrong.
    """
    missing = [name for name in ("EVALS_BASE_URL", "EVALS_MODEL") if not environment.get(name)]
    if missing:
        raise EndpointError(f"set {' and '.join(missing)}")
    api = environment.get("EVALS_API", "openai")
    key = environment.get("EVALS_API_KEY", "")
    base = environment["EVALS_BASE_URL"].rstrip("/")
    if api == "openai":
        http.headers["authorization"] = f"Bearer {key}"
        return Model(http, f"{base}/chat/completions", environment["EVALS_MODEL"], "openai")
    if api == "anthropic":
        http.headers.update({"x-api-key": key, "anthropic-version": "2023-06-01"})
        return Model(http, f"{base}/messages", environment["EVALS_MODEL"], "anthropic")
    raise EndpointError("EVALS_API is openai or anthropic")


def _declared(tool: Tool, api: Api) -> dict[str, Any]:
    if api == "anthropic":
        return {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": function}


def _calls(message: dict[str, Any], api: Api) -> list[tuple[str, str, dict[str, Any]]]:
    if api == "anthropic":
        return [(each["id"], each["name"], each["input"]) for each in message["content"] if each["type"] == "tool_use"]
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    return [(each["id"], each["function"]["name"], json.loads(each["function"]["arguments"] or "{}")) for each in calls]


def _words(message: dict[str, Any], api: Api) -> str:
    if api == "anthropic":
        return "\n".join(each["text"] for each in message["content"] if each["type"] == "text")
    return message.get("content") or ""


def _answered(answers: list[tuple[str, str]], api: Api) -> list[dict[str, Any]]:
    if api == "anthropic":
        results = [{"type": "tool_result", "tool_use_id": id_, "content": text} for id_, text in answers]
        return [{"role": "user", "content": results}]
    return [{"role": "tool", "tool_call_id": id_, "content": text} for id_, text in answers]
