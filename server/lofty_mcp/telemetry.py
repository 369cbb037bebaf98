"""Spans and metrics, made from the lines that are logged, so that nothing leaves that a log line could not hold.

Needs the extra `otel`. Nothing is exported unless the operator asks: spans and metrics where the `OTEL_*` variables
say, metrics also to Prometheus.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from opentelemetry import trace
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, Tracer

from lofty_mcp.logs import KEYS, OURS, harmless
from lofty_tools.catalogue import ALL_TOOLS, MEMO_TOOLS

_TOOLS = frozenset(spec.name for spec in ALL_TOOLS + MEMO_TOOLS)
_METHODS = frozenset(
    {
        "completion/complete",
        "initialize",
        "notifications/initialized",
        "ping",
        "prompts/get",
        "prompts/list",
        "resources/list",
        "resources/read",
        "resources/templates/list",
        "server/discover",
        "subscriptions/listen",
        "tools/call",
        "tools/list",
    }
)
_SDK_KEYS = {
    "mcp.method.name": _METHODS.__contains__,
    "mcp.protocol.version": re.compile(r"\d{4}-\d\d-\d\d").fullmatch,
    "gen_ai.tool.name": _TOOLS.__contains__,
    "error.type": re.compile(r"-?\d{1,6}|[A-Za-z_]{1,40}").fullmatch,
}
"""What the SDK's own spans may carry on: the rest of them, and their names, hold what a client sent."""
_PREFIX = "lofty."
_OF_METRICS = ("tool", "outcome", "state", "status", "method", "route")
"""Keys with few values; an id would make a series of its own."""
_NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Telemetry:
    """What was started, to be ended before the process ends."""

    shutdown: Callable[[], None]
    page: Callable[[], bytes] | None
    """Gives the metrics as Prometheus reads them."""


class RecordedEvents(logging.Handler):
    """Turns log lines of ours into spans and metrics."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        super().__init__(logging.INFO)
        self._tracer = tracer
        self._tool_s = meter.create_histogram("lofty.tool.duration", "s", "Time in a call of a tool.")
        self._lofty_s = meter.create_histogram("lofty.upstream.duration", "s", "Time in a request to Lofty.")
        self._wait_s = meter.create_histogram("lofty.limiter.wait", "s", "Time that a request waited for its turn.")
        self._moves = meter.create_counter("lofty.outbox.moves", description="Messages that moved to a state.")

    def emit(self, record: logging.LogRecord) -> None:
        """Measure one line; a call of a tool has a span already, made by the SDK."""
        told: dict[str, Any] = {key: value for key in KEYS if harmless(value := getattr(record, key, None))}
        few = {key: value for key, value in told.items() if key in _OF_METRICS}
        match record.msg:
            case "tool_called":
                self._tool_s.record(told["duration_ms"] / 1000, few)
            case "lofty_answered":
                self._lofty_s.record(told["duration_ms"] / 1000, few)
                self._span("lofty request", told, told["duration_ms"], SpanKind.CLIENT)
            case "limiter_waited":
                self._wait_s.record(told["wait_s"])
                self._span("limiter wait", told, told["wait_s"] * 1000)
            case "message_moved":
                self._moves.add(1, few)
                self._span("outbox move", told, 0)
            case _:
                pass

    def _span(self, name: str, told: dict[str, Any], took_ms: float, kind: SpanKind = SpanKind.INTERNAL) -> None:
        ended = time.time_ns()
        attributes = {_PREFIX + key: value for key, value in told.items()}
        began = ended - int(took_ms * _NS_PER_MS)
        self._tracer.start_span(name, kind=kind, attributes=attributes, start_time=began).end(ended)


class CleanExporter(SpanExporter):
    """Hands on spans without anything that a client, a lead or Lofty may have written."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand on the cleaned spans."""
        return self._inner.export([_clean(span) for span in spans])

    def shutdown(self) -> None:
        """End what is under way."""
        self._inner.shutdown()


def _clean(span: ReadableSpan) -> ReadableSpan:
    told = {key: value for key, value in (span.attributes or {}).items() if _may_leave(key, value)}
    ours = span.instrumentation_scope is not None and span.instrumentation_scope.name == __name__
    parts = [str(told[key]) for key in ("mcp.method.name", "gen_ai.tool.name") if key in told]
    return ReadableSpan(
        span.name if ours else " ".join(parts) or "other",
        _untold(span.context),
        parent=_untold(span.parent),
        resource=span.resource,
        attributes=told,
        kind=span.kind,
        status=Status(span.status.status_code if span.status else StatusCode.UNSET),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _may_leave(key: str, value: object) -> bool:
    if key in _SDK_KEYS:
        return isinstance(value, str) and bool(_SDK_KEYS[key](value))
    return key.startswith(_PREFIX) and key.removeprefix(_PREFIX) in KEYS and harmless(value)


def _untold(context: SpanContext | None) -> SpanContext | None:
    """Return a context without its `tracestate`, in which a client can write what it likes."""
    return context and SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def start(*, otel: bool, prometheus: bool) -> Telemetry:
    """Begin to make spans and metrics.

    Args:
        otel: export both over OTLP, as the `OTEL_*` variables say.
        prometheus: keep metrics for a page that Prometheus reads.
    """
    processors: list[SpanProcessor] = []
    readers: list[MetricReader] = []
    page: Callable[[], bytes] | None = None
    if otel:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415 -- only when asked for
            OTLPMetricExporter,
        )
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415

        processors.append(BatchSpanProcessor(CleanExporter(OTLPSpanExporter())))
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
    if prometheus:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader  # noqa: PLC0415
        from prometheus_client import REGISTRY, generate_latest  # noqa: PLC0415

        readers.append(PrometheusMetricReader())
        page = partial(generate_latest, REGISTRY)
    return begin(processors, readers, page)


def begin(
    processors: Sequence[SpanProcessor], readers: Sequence[MetricReader], page: Callable[[], bytes] | None = None
) -> Telemetry:
    """Make spans for these processors and metrics for these readers; `start` chooses them for an operator."""
    resource = Resource.create({SERVICE_NAME: "lofty-mcp"})
    tracers, meters = TracerProvider(resource=resource), MeterProvider(readers, resource)
    for processor in processors:
        tracers.add_span_processor(processor)
    # the SDK's own spans go to the provider that is set here
    trace.set_tracer_provider(tracers)
    handler = RecordedEvents(tracers.get_tracer(__name__), meters.get_meter(__name__))
    for name in OURS:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(min(logging.getLogger(name).getEffectiveLevel(), logging.INFO))

    def shutdown() -> None:
        for name in OURS:
            logging.getLogger(name).removeHandler(handler)
        tracers.shutdown()
        meters.shutdown()

    return Telemetry(shutdown, page)
