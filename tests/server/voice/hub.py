"""A model hub on this machine, as far as `huggingface_hub` asks for it."""

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves the files of one model under any repository's name, and keeps what was asked."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.seen: list[tuple[str, str, str | None]] = []
        self.broken = ""
        """The file whose last byte is wrong."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def about(self) -> dict[str, Any]:
        """The model as the hub describes it."""
        siblings = [self._entry(name, content) for name, content in self.files.items()]
        return {"id": "Systran/model", "modelId": "Systran/model", "sha": SHA, "siblings": siblings}

    def tree(self) -> list[dict[str, Any]]:
        """The files as the hub lists them."""
        return [
            {"type": "file", "path": name, "size": len(content), "oid": _blob(content), **_large(name, content, "oid")}
            for name, content in self.files.items()
        ]

    def _entry(self, name: str, content: bytes) -> dict[str, Any]:
        plain = {"rfilename": name, "size": len(content), "blobId": _blob(content)}
        return plain | _large(name, content, "sha256")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""

    def _answer(self, *, body: bool) -> None:
        hub = cast("Hub", self.server)
        path = self.path.partition("?")[0]
        hub.seen.append((self.command, path, self.headers.get("authorization")))
        if path.startswith("/api/models/") and hub.files:
            self._send(json.dumps(hub.tree() if "/tree/" in path else hub.about()).encode(), {}, body=body)
            return
        name = path.rpartition("/")[2]
        content = hub.files.get(name)
        if content is None or "/resolve/" not in path:
            self.send_error(404)
            return
        served = content[:-1] + b"?" if name == hub.broken else content
        mark = hashlib.sha256(content).hexdigest() if name.endswith(".bin") else _blob(content)
        self._send(served, {"ETag": f'"{mark}"', "X-Repo-Commit": SHA}, body=body)

    def _send(self, content: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(200)
        for name, value in (headers | {"Content-Length": str(len(content)), "Accept-Ranges": "none"}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _large(name: str, content: bytes, digest: str) -> dict[str, Any]:
    if not name.endswith(".bin"):
        return {}
    return {"lfs": {digest: hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}}


@contextmanager
def hub(files: dict[str, bytes]) -> Generator[Hub]:
    """Serve a model."""
    with Hub(files) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield served
        finally:
            served.shutdown()
            thread.join()
