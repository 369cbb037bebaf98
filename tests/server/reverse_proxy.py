"""A reverse proxy as operators put in front: another host and path, streams passed on as they come."""

import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

OF_ONE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
METHODS = ["GET", "POST", "DELETE"]


@asynccontextmanager
async def proxying(target: str, *, prefix: str, host: str) -> AsyncGenerator[str]:
    """Pass `prefix` on to `target`, which is told that clients asked for `host`; yields the proxy's origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=target, trust_env=False, timeout=60) as upstream:

        async def forward(request: Request) -> Response:
            kept = {name: value for name, value in request.headers.items() if name not in OF_ONE_CONNECTION}
            told = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
            asked = upstream.build_request(
                request.method,
                f"/{request.path_params['rest']}",
                headers={**kept, **told},
                content=await request.body(),
            )
            answer = await upstream.send(asked, stream=True)
            headers = {name: value for name, value in answer.headers.items() if name not in OF_ONE_CONNECTION}

            async def body() -> AsyncIterator[bytes]:
                async for chunk in answer.aiter_raw():
                    yield chunk

            return StreamingResponse(body(), answer.status_code, headers, background=BackgroundTask(answer.aclose))

        app = Starlette(routes=[Route(f"{prefix}/{{rest:path}}", forward, methods=METHODS)])
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listener])
            try:
                yield origin
            finally:
                server.should_exit = True
