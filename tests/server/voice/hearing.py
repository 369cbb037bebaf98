"""A transcription server of OpenAI's form, on a real socket, as far as a client needs it."""

import email
import email.policy
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    key: str | None
    fields: dict[str, str]
    name: str
    kind: str
    memo: bytes


class Hearing(ThreadingHTTPServer):
    """Answers by a script: a status, a body, and how to send it."""

    def __init__(self, *, status: int, body: bytes, moved_to: str, holds: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = status, body
        self.moved_to = moved_to
        self.holds = holds
        self.asked: list[Asked] = []
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        hearing = cast("Hearing", self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        hearing.asked.append(_read(self.path, self.headers.get("authorization"), self.headers["content-type"], body))
        status, content = hearing.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if hearing.moved_to:
            self.send_header("Location", hearing.moved_to)
        self.end_headers()
        with suppress(OSError):  # who asked may be gone
            self.wfile.write(content[:1] if hearing.holds else content)
        if hearing.holds:
            hearing.let_go.wait()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""


def _read(path: str, key: str | None, kind: str, body: bytes) -> Asked:
    whole = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=email.policy.HTTP)
    fields: dict[str, str] = {}
    name, sort, memo = "", "", b""
    for part in whole.iter_parts():
        content = cast("bytes", part.get_payload(decode=True))
        if part.get_filename():
            name, sort, memo = str(part.get_filename()), part.get_content_type(), content
        else:
            fields[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return Asked(path, key, fields, name, sort, memo)


@contextmanager
def hearing(
    *, status: int = 200, text: str | None = None, body: bytes = b"", moved_to: str = "", holds: bool = False
) -> Generator[Hearing]:
    """Serve one answer, whatever is asked; `holds` stops after its first byte."""
    content = json.dumps({"text": text}).encode() if text is not None else body
    with Hearing(status=status, body=content, moved_to=moved_to, holds=holds) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield served
        finally:
            served.let_go.set()
            served.shutdown()
            thread.join()
