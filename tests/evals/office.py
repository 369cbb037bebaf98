"""A whole server in memory, an invented CRM behind it, and a person who approves what was asked for."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import httpx
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import (
    ContentBlock,
    ElicitRequestParams,
    ElicitResult,
    EmbeddedResource,
    TextContent,
    TextResourceContents,
)

from lofty_crm.api.client import Lofty
from lofty_crm.api.config import ApiConfig
from lofty_crm.api.credentials import Credential
from lofty_crm.api.dialect import Dialect
from lofty_crm.outbox.config import OutboxConfig
from lofty_crm.outbox.outbox import Outbox
from lofty_mcp.app import build_server
from lofty_mcp.settings import TOOLSETS
from lofty_sandbox.sandbox import Sandbox
from lofty_tools.deps import Deps
from tests.evals.assistant import Assistant, Record
from tests.evals.judge import Verdict, judge
from tests.evals.memos import KnownMemos
from tests.evals.outcome import Before, Wanted, found
from tests.evals.task import Task

Conversation = Callable[[Task, Assistant], Awaitable[None]]
MakeAssistant = Callable[[Client, Sandbox, tuple[str, ...], Record], Assistant]


@dataclass(frozen=True)
class Run:
    """A task that was tried."""

    task: Task
    record: Record
    verdict: Verdict

    @property
    def calls(self) -> int:
        return len(self.record.called)

    @property
    def tokens(self) -> float:
        """About what all calls and answers cost a model that reads each once."""
        return sum(each.tokens for each in self.record.called)


@dataclass
class Person:
    """Reads each question, and says yes to what the task wants and to nothing else."""

    task: Task
    record: Record

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        self.record.asked.append(params.message)
        if self.task.person != "yes" or not any(_is(wanted, params.message) for wanted in self.task.wants):
            return ElicitResult(action="decline")
        self.record.approved += 1
        return ElicitResult(action="accept", content={"confirm": True})


async def attempt(task: Task, converse: Conversation, make: MakeAssistant = Assistant) -> Run:
    """Have an assistant try a task in a world of its own, and judge it."""
    sandbox = Sandbox(frozen=True, rate_limit=5_000, generate_s=0.0)
    record = Record()
    before = Before(sandbox)
    async with opened(sandbox, task, record) as (client, outbox):
        turns = task.turns
        if task.prompt:
            rendered = await client.get_prompt(task.prompt, task.arguments)
            turns = ("\n".join(_words(each.content) for each in rendered.messages), *turns)
        await converse(task, make(client, sandbox, turns, record))
        made = await before.made(outbox)
    return Run(task, record, judge(task, record, made, len(sandbox.unknown)))


def _words(content: ContentBlock) -> str:
    match content:
        case TextContent():
            return content.text
        case EmbeddedResource(resource=TextResourceContents() as resource):
            return f"{resource.uri}\n{resource.text}"
        case _:
            return ""


async def by_reference(task: Task, assistant: Assistant) -> None:
    """Follow the task's own solution."""
    await task.solve(assistant)


@asynccontextmanager
async def opened(sandbox: Sandbox, task: Task, record: Record) -> AsyncGenerator[tuple[Client, Outbox]]:
    person = None if task.person == "cannot be asked" else Person(task, record)
    with TemporaryDirectory() as folder:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox.app)) as http:
            credential = Credential.api_key("sandbox-api-key")
            config = ApiConfig(credential=credential, dialect=Dialect.REFERENCE, in_flight=16)
            lofty = Lofty(http, config, clock=sandbox.clock)
            outbox = Outbox(lofty, sandbox.clock, OutboxConfig(folder=Path(folder)))

            zone, approve = ZoneInfo("America/New_York"), "lofty-mcp approve --sandbox"

            @asynccontextmanager
            async def open_deps() -> AsyncGenerator[Deps]:
                yield Deps(lofty, outbox, sandbox.clock, zone, sandbox=True, approve=approve, memos=KnownMemos())

            server = build_server(open_deps, toolsets={*TOOLSETS, "memos"}, sandbox=True)
            async with Client(server, elicitation_callback=person) as client:
                yield client, outbox


def _is(wanted: Wanted, question: str) -> bool:
    heads = {"text": "Text ", "email": "Email ", "deleted": "Delete "}
    head = heads.get(wanted.kind)
    return (
        head is not None
        and head in question
        and f"lead {wanted.lead_id}" in question
        and all(found(each, question) for each in wanted.has)
        and not any(found(each, question) for each in wanted.lacks)
    )
