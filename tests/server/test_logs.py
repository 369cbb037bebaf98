import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from lofty_mcp import logs

WORDS = "Hi Jane, call +1 303 555 0101 or jane.hollis@example.com"


class Log:
    """What a process would have written to stderr."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def start(self, level: Literal["debug", "info", "warning", "error"], style: Literal["console", "json"]) -> None:
        logs.configure(level=level, style=style, stream=self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def line(self) -> dict[str, Any]:
        return json.loads(self.text)


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


@pytest.fixture
def log() -> Iterator[Log]:
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    yield Log()
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(False)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_an_event_carries_its_ids_and_numbers(log: Log) -> None:
    log.start("info", "json")
    logging.getLogger("lofty_crm.outbox").info(
        "message_sent", extra={"message_id": "m_81", "lead_id": "480213577100001", "duration_ms": 12.5, "attempt": 1}
    )
    line = log.line
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "message_sent",
        "message_id": "m_81",
        "lead_id": "480213577100001",
        "duration_ms": 12.5,
        "attempt": 1,
    }


def test_a_console_line_reads_from_left_to_right(log: Log) -> None:
    log.start("info", "console")
    logging.getLogger("lofty_crm").warning("slow", extra={"wait_s": 3, "tool": "get_lead"})
    assert log.text.partition(" ")[2] == "warning slow tool=get_lead wait_s=3\n"


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_words_reach_the_log_however_they_are_passed(log: Log, style: Literal["json", "console"]) -> None:
    """D86"""
    log.start("debug", style)
    ours = logging.getLogger("lofty_tools.messages")
    ours.info(WORDS)
    ours.info("sent %s", WORDS)
    ours.info(
        "sent", extra={"body": WORDS, "lead_id": WORDS, "tool": "jane.hollis@example.com", "source": "+13035550101"}
    )
    ours.info("sent", extra={"status": {"words": WORDS}, "code": [WORDS], "count": 10**30})
    ours.error("failed", exc_info=raised(ValueError(WORDS)))
    assert "303" not in log.text
    assert "jane" not in log.text.lower()
    assert log.text.count("\n") == 5
    assert "ValueError" in log.text


def test_the_sdk_tells_that_something_happened_but_not_what(log: Log) -> None:
    log.start("debug", "json")
    sdk = logging.getLogger("mcp.server.mcpserver.server")
    sdk.info("Tool %r failed: %r", "send_sms", WORDS)
    assert log.text == ""
    sdk.error("Tool %r raised an unexpected exception", "send_sms", exc_info=raised(RuntimeError(WORDS)))
    line = log.line
    assert line["event"] == "withheld"
    assert line["error"] == "RuntimeError"
    assert line["source"].startswith("mcp.server.mcpserver.server:")


@pytest.mark.parametrize("library", ["httpx", "httpx2", "httpcore", "uvicorn.error", "sqlalchemy.engine"])
def test_libraries_are_quiet_below_a_warning_even_at_debug(log: Log, library: str) -> None:
    log.start("debug", "json")
    logging.getLogger(library).info("HTTP Request: GET https://api.lofty.com/v1.0/leads?phone=3035550101")
    assert log.text == ""


def test_a_crash_names_its_kind_and_place_and_not_its_words(log: Log) -> None:
    log.start("warning", "json")
    error = raised(ExceptionGroup("several", [KeyError(WORDS)]))
    sys.excepthook(type(error), error, error.__traceback__)
    assert log.line["event"] == "crashed"
    assert log.line["error"] == "KeyError"
    assert "303" not in log.text


def test_a_failure_of_ours_says_where(log: Log) -> None:
    log.start("warning", "json")
    namespace = {"__name__": "lofty_crm.invented"}
    try:
        exec("def fail():\n    return {}['key']\nfail()", namespace)  # noqa: S102 -- a frame in a module of ours
    except KeyError:
        logging.getLogger("lofty_crm").exception("failed")
    assert log.line["at"] == "lofty_crm.invented:2"
