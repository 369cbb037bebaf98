"""What an assistant can do in a conversation, and the record of what it did."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from mcp import Client
from mcp.types import TextContent

from lofty_sandbox.sandbox import Sandbox

THINKING_S = 3.0
"""Between two calls; longer than Lofty takes to show what was written."""


class StuckError(Exception):
    """What the next step needs is not in what the tools answered."""


@dataclass(frozen=True)
class Called:
    """One call of a tool."""

    turn: int
    tool: str
    arguments: dict[str, Any]
    answer: str
    failed: bool

    @property
    def tokens(self) -> float:
        """About what the call and its answer cost a model that reads them once."""
        return len(f"{self.tool}{json.dumps(self.arguments, ensure_ascii=False)}{self.answer}".encode()) / 4


@dataclass
class Record:
    """A whole conversation."""

    heard: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    called: list[Called] = field(default_factory=list[Called])
    made_at: list[int] = field(default_factory=list[int])
    """For each turn, how many things had been made when it ended."""
    asked: list[str] = field(default_factory=list[str])
    """The questions that were put to the person who approves."""
    approved: int = 0
    """How many of them were answered with a yes."""


class Assistant:
    """One side of a conversation: it hears a user, calls tools, and answers."""

    def __init__(self, client: Client, sandbox: Sandbox, turns: tuple[str, ...], record: Record) -> None:
        self.client = client
        self.record = record
        self._sandbox = sandbox
        self._turns = list(turns)
        record.heard.append(self._turns.pop(0))

    async def call(self, tool: str, **arguments: Any) -> str:
        """Call a tool; return the text that a model would read."""
        result = await self.client.call_tool(tool, arguments)
        self._sandbox.clock.advance(THINKING_S)
        answer = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        turn = len(self.record.said)
        self.record.called.append(Called(turn, tool, arguments, answer, bool(result.is_error)))
        return answer

    async def says(self, words: str) -> str:
        """End a turn with an answer; return what the user says next, nothing at the end."""
        self.record.said.append(words)
        self.record.made_at.append(self.writes)
        if not self._turns:
            return ""
        self.record.heard.append(self._turns.pop(0))
        return self.record.heard[-1]

    @property
    def writes(self) -> int:
        """How many requests that change something have reached Lofty."""
        searches = "/v1.0/agent/communication"
        return sum(each.method != "GET" and not each.path.startswith(searches) for each in self._sandbox.requests)

    async def lead(self, name: str) -> str:
        """Look a lead up; return the id, which must be the only one found."""
        found = re.findall(r"lead_id (\d+)", await self.call("find_leads", query=name))
        if len(set(found)) != 1:
            raise StuckError(f"{len(found)} leads for {name}")
        return found[0]

    def brought(self, pattern: str) -> str:
        """Return what a pattern's first group matched in what the user's prompt brought along."""
        if match := re.search(pattern, self.record.heard[0], re.MULTILINE):
            return match[1]
        raise StuckError(f"the prompt brought no {pattern}")

    def seen(self, pattern: str) -> str:
        """Return what a pattern's first group matched, in the last answer of a tool that has it."""
        for called in reversed(self.record.called):
            if match := re.search(pattern, called.answer, re.MULTILINE):
                return match[1]
        raise StuckError(f"no answer has {pattern}")
