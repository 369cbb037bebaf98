"""A long run, of which every log line, span and metric is read."""

import gzip
import io
import json
import logging
import re
import socket
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import anyio
import httpx
import pytest
import uvicorn
from mcp import Client, MCPError
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, TraceFlags
from opentelemetry.trace.span import TraceState
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lofty_mcp import logs
from lofty_mcp.app import build_server
from lofty_mcp.audience import Audience
from lofty_mcp.live import open_deps
from lofty_mcp.settings import TOOLSETS, Settings
from lofty_mcp.telemetry import CleanExporter, begin
from lofty_sandbox.seed.reading import seeded
from tests.contract.snapshots import EVERY_TOOL
from tests.crm.api.clients import answering
from tests.crm.api.script import ME, Script
from tests.crm.api.virtual_time import VIRTUAL_TIME
from tests.server.issuer import issuing
from tests.server.listening import Ear
from tests.server.over_http import client, served

pytestmark = pytest.mark.anyio

JANE = "480213577100001"
LEADS = [f"4802135771{number:05}" for number in range(1, 6)]
KEY = "sandbox-api-key"
WORDS = "Zanzibar bungalow viewing on Thursday, call me on +1 303 555 0101"
IDS = {"time", "lead_id", "message_id", "lofty.lead_id", "lofty.message_id"}
"""What may be told: the moment, and whose or which; never what or with whom."""
PERSONAL = f"Jane Hollis jane.hollis@example.com {WORDS}"


@dataclass
class Seen:
    """What left the process, other than over the protocol."""

    log: io.StringIO
    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def measured(self) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Yield each metric with its attributes and what was counted."""
        data = self.metrics.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    yield from ((metric.name, dict(point.attributes or {}), point) for point in metric.data.data_points)

    def told(self) -> str:
        spans = [span.to_json() for span in self.spans.get_finished_spans()]
        data = self.metrics.get_metrics_data()
        return "\n".join([self.log.getvalue(), *spans, data.to_json() if data else ""])


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    found = Seen(io.StringIO(), InMemorySpanExporter(), InMemoryMetricReader())
    logs.configure(level="debug", style="json", stream=found.log)
    telemetry = begin([SimpleSpanProcessor(CleanExporter(found.spans))], [found.metrics])
    yield found
    telemetry.shutdown()
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(False)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


async def say_yes(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    del context, params
    return ElicitResult(action="accept", content={"confirm": True})


async def work(folder: Path, mode: Literal["auto", "legacy"]) -> None:
    """Read, write, send, err and mislead, as a busy assistant would."""
    settings = Settings(state_dir=folder, sandbox=True, memo_dir=folder)
    opened, audience, ear = partial(open_deps, settings, None), Audience(look_every_s=60), Ear()
    server = build_server(opened, toolsets=[*TOOLSETS, "memos"], sandbox=True, audience=audience)
    async with (
        Client(server, mode=mode, elicitation_callback=say_yes, message_handler=ear) as connected,
        ear.listening(connected, "lofty://inbox", *(f"lofty://leads/{lead}/timeline" for lead in LEADS)),
    ):
        tools = (await connected.list_tools()).tools
        calls: list[tuple[str, dict[str, Any]]] = [("find_leads", {"query": "Jane Hollis"}), ("list_replies", {})]
        calls += [("get_lead", {"lead_id": lead}) for lead in LEADS]
        calls += [("get_timeline", {"lead_id": lead}) for lead in LEADS[:3]]
        calls += [
            ("create_note", {"lead_id": JANE, "content": PERSONAL}),
            ("log_call", {"lead_id": JANE, "direction": "outbound", "summary": PERSONAL, "outcome": "Talked"}),
            ("send_sms", {"lead_id": JANE, "body": "Three works. See you Thursday!"}),
            ("send_email", {"lead_id": JANE, "subject": "Zanzibar", "body": "A bungalow viewing, then?"}),
            ("send_sms", {"lead_id": JANE, "body": PERSONAL, "to": PERSONAL}),
            ("get_lead", {"lead_id": PERSONAL}),
            ("get_lead", {PERSONAL: PERSONAL}),
            ("get_call_transcript", {"lead_id": JANE, "call_id": "JaneHollis"}),
            (PERSONAL, {"Zanzibar": KEY}),
            ("Zanzibar", {}),
            ("list_messages", {}),
        ]
        calls += [(tool.name, dict.fromkeys(tool.input_schema["properties"], PERSONAL)) for tool in tools]
        calls += [(tool.name, dict.fromkeys(tool.input_schema["properties"], JANE)) for tool in tools]
        for name, arguments in calls:
            await connected.call_tool(name, arguments)
        for broken in (f"lofty://leads/{JANE}", "lofty://leads/JaneHollis", f"test://{KEY}"):
            try:
                await connected.read_resource(broken)
            except MCPError:
                continue
        for name in [*(prompt.name for prompt in (await connected.list_prompts()).prompts), "Zanzibar"]:
            try:
                await connected.get_prompt(name, {"lead": PERSONAL})
            except MCPError:
                continue
    ear.close()


def personal() -> set[str]:
    """Every word of five letters or more, and number of six digits or more, that a lead wrote or is known by."""
    world = seeded()
    rows = [*world.leads.values(), *world.texts.values(), *world.emails.values(), *world.notes.values()]
    ids = {str(lead) for lead in world.leads}
    return (
        words(" ".join(values([*rows, *world.calls.values(), *world.summaries.values()])) + PERSONAL)
        - ids
        - OURS_TO_SAY
    )


def values(row: object) -> Iterator[str]:
    """Yield what stands in a record, without the names of its fields."""
    if is_dataclass(row):
        row = vars(row)
    if isinstance(row, dict):
        row = [*cast("dict[str, object]", row).values()]
    if isinstance(row, list | tuple):
        for part in cast("list[object]", row):
            yield from values(part)
    else:
        yield str(row)


def words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]{5,}|\d{6,}", text)}


NAMES = " ".join([*logs.KEYS, *logs.OURS, *(spec.name for spec in EVERY_TOOL)])
EVENTS = (
    "answered approved calls client communication dialect email emails listen lofty message notes outbox request "
    "sending server source texts"
)
OURS_TO_SAY = words(
    NAMES.replace("_", " ") + EVENTS + " agent asked broken called moved other upstream warning withheld"
)
"""Words of our own names and events, which leads use too."""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_no_line_or_span_of_a_long_run_holds_a_name_number_address_word_or_key(
    mode: Literal["auto", "legacy"], seen: Seen, tmp_path: Path
) -> None:
    """D86, I7"""
    await work(tmp_path, mode)
    told = seen.told()
    assert {line["tool"] for line in seen.lines() if "tool" in line} == {spec.name for spec in EVERY_TOOL} | {"unknown"}
    assert len(seen.spans.get_finished_spans()) >= 60
    told_values = [str(value) for line in seen.lines() for key, value in line.items() if key not in IDS]
    for span in seen.spans.get_finished_spans():
        told_values += [span.name, *(str(value) for key, value in (span.attributes or {}).items() if key not in IDS)]
        assert not span.events
        assert not span.status.description
    measured = list(seen.measured())
    assert len(measured) > 40
    told_values += [str(value) for _, attributes, _ in measured for value in attributes.values()]
    assert len(told_values) > 400
    assert words(" ".join(told_values)) & personal() == set()
    for secret in (KEY, "Hollis", "example.com", "555 0101", "Zanzibar"):
        assert secret not in told
    # a longer number, such as a sum of nanoseconds, may hold anybody's by chance
    assert not re.search(r"(?<!\d)1?303555\d{4}(?!\d)", told)


async def test_each_kind_of_event_has_a_span_and_a_metric(seen: Seen, tmp_path: Path) -> None:
    await work(tmp_path, "auto")
    names = {span.name for span in seen.spans.get_finished_spans()}
    assert {"lofty request", "outbox move", *(f"tools/call {spec.name}" for spec in EVERY_TOOL)} <= names
    told = seen.told()
    for metric in ("lofty.tool.duration", "lofty.upstream.duration", "lofty.outbox.moves"):
        assert f'"{metric}"' in told
    moved = [span.attributes for span in seen.spans.get_finished_spans() if span.name == "outbox move"]
    assert {"approved", "sending", "sent"} <= {str(attributes["lofty.state"]) for attributes in moved if attributes}


async def test_a_request_to_lofty_is_told_within_the_call_that_made_it(seen: Seen, tmp_path: Path) -> None:
    await work(tmp_path, "auto")
    spans = seen.spans.get_finished_spans()
    calls = {span.context.span_id for span in spans if span.context and span.name == "tools/call get_lead"}
    asked = [span for span in spans if span.name == "lofty request" and span.parent and span.parent.span_id in calls]
    assert "v1.0.leads.id" in {str(span.attributes["lofty.route"]) for span in asked if span.attributes}


@pytest.mark.parametrize("anyio_backend", [VIRTUAL_TIME])
async def test_a_request_that_waits_for_its_turn_leaves_a_line_a_span_and_a_measurement(seen: Seen) -> None:
    lofty = answering(Script(httpx.Response(200, json=ME, headers={"x-ratelimit-limit": "10"})))
    for _ in range(9):
        await lofty.me()
    await anyio.sleep(50)
    await lofty.me()
    assert [line["wait_s"] for line in seen.lines() if line["event"] == "limiter_waited"] == [10.0]
    spans = [span for span in seen.spans.get_finished_spans() if span.name == "limiter wait"]
    assert [span.attributes for span in spans] == [{"lofty.wait_s": 10.0}]
    assert [(span.end_time or 0) - (span.start_time or 0) for span in spans] == [10_000_000_000]
    waits = [(told, point) for name, told, point in seen.measured() if name == "lofty.limiter.wait"]
    assert [(told, point.count, point.sum) for told, point in waits] == [({}, 1, 10.0)]


def test_what_a_client_writes_beside_a_span_does_not_leave() -> None:
    kept = InMemorySpanExporter()
    state = TraceState([("vendor", "jane-hollis")])
    context = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    span = ReadableSpan(
        f"tools/call {PERSONAL}",
        context,
        parent=context,
        attributes={
            "mcp.method.name": "jane/hollis",
            "gen_ai.tool.name": PERSONAL,
            "gen_ai.prompt.name": PERSONAL,
            "jsonrpc.request.id": PERSONAL,
            "lofty.route": PERSONAL,
            "lofty.words": "Zanzibar",
        },
    )
    CleanExporter(kept).export([span])
    (left,) = kept.get_finished_spans()
    assert left.name == "other"
    assert not left.attributes
    assert left.context
    assert not left.context.trace_state
    assert left.parent
    assert not left.parent.trace_state


@asynccontextmanager
async def collecting() -> AsyncGenerator[tuple[str, list[tuple[str, bytes]]]]:
    """Stand for a collector of OTLP, and keep what it is given."""
    kept: list[tuple[str, bytes]] = []

    async def keep(request: Request) -> Response:
        body = await request.body()
        kept.append((request.url.path, gzip.decompress(body) if "gzip" in request.headers.values() else body))
        return Response()

    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/{path:path}", keep, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", kept
        finally:
            server.should_exit = True


@pytest.mark.parametrize("asked", [False, True])
async def test_spans_and_metrics_leave_for_a_collector_only_when_asked_for(asked: bool, tmp_path: Path) -> None:
    async with collecting() as (url, kept):
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, **({"LOFTY_MCP_OTEL": "1"} if asked else {})}
        async with served(tmp_path, "--sandbox", **told) as server:
            async with client(server.url) as connected:
                await connected.call_tool("find_leads", {"query": "Jane Hollis"})
            server.process.terminate()
            assert await server.process.wait() == 0
    assert {path for path, _ in kept} == ({"/v1/traces", "/v1/metrics"} if asked else set())
    assert (b"tools/call find_leads" in b"".join(body for _, body in kept)) is asked
    assert b"Hollis" not in b"".join(body for _, body in kept)


async def test_prometheus_reads_metrics_only_when_asked_for_and_only_with_the_token(tmp_path: Path) -> None:
    token = "5550100-5550101-5550102-5550103-5550104"
    async with served(tmp_path, "--sandbox") as server:
        assert (await server.get("/metrics")).status_code == 404
    asked = {"LOFTY_MCP_METRICS": "1", "LOFTY_MCP_HTTP_TOKEN": token}
    async with served(tmp_path, "--sandbox", **asked) as server:
        assert (await server.get("/metrics")).status_code == 401
        body: dict[str, Any] = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {
                "name": "list_messages",
                "arguments": {},
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                },
            },
        }
        shown = {"Authorization": f"Bearer {token}"}
        called = await server.post(body, **shown, Mcp_Method="tools/call", Mcp_Name="list_messages")
        assert called.status_code == 200, json.dumps(called.text)
        page = await server.get("/metrics", **shown)
        assert page.status_code == 200
        counted = r'^lofty_tool_duration_seconds_count{[^}]*outcome="answered",tool="list_messages"} 1\.0$'
        assert re.search(counted, page.text, re.MULTILINE)


async def test_a_token_that_does_not_allow_this_server_reads_no_metrics(tmp_path: Path) -> None:
    here = "https://lofty.example.com/mcp"
    async with issuing() as issuer:
        settings = {"LOFTY_MCP_METRICS": "1", "LOFTY_MCP_PUBLIC_URL": here, "LOFTY_MCP_HTTP_ISSUER": issuer.url}
        async with served(tmp_path, "--sandbox", **settings) as server:
            for scope, status in (("openid", 403), ("lofty", 200)):
                token = issuer.token(aud=here, scope=scope)
                assert (await server.get("/metrics", Authorization=f"Bearer {token}")).status_code == status
