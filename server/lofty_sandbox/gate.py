"""The sandbox's front door: who may pass, how often, and what goes wrong on the way."""

import logging
from functools import partial
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, PlainTextResponse, Response

from lofty_sandbox.answers import Ask, RefusalError, no_endpoint
from lofty_sandbox.faults import Fault, FaultBook
from lofty_sandbox.rate import RateLimit
from lofty_sandbox.routing import Router
from lofty_sandbox.traffic import SeenRequest, Traffic
from lofty_sandbox.wire import Receive, Scope, Send, Wire, read_body
from lofty_sandbox.world import World

API_KEY = "sandbox-api-key"
ACCESS_TOKEN = "sandbox-access-token"  # noqa: S105 -- invented, and the same for everyone

_SEARCHES = frozenset({"/v1.0/agent/communication"})
_log = logging.getLogger(__name__)


class Gate:
    """The ASGI application that takes every request but the control ones."""

    def __init__(self, world: World, traffic: Traffic, faults: FaultBook) -> None:
        self._world = world
        self._traffic = traffic
        self._faults = faults
        self._rates = {ai: RateLimit(world.clock, world.quirks, ai=ai) for ai in (False, True)}
        self._router = Router(world.quirks.dialect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the request down, let it pass or fail as it must, answer it."""
        seen = SeenRequest(
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers={name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=await read_body(receive),
        )
        self._traffic.requests.append(seen)
        if not self._router.is_known(seen.method, seen.path):
            self._traffic.unknown.append(seen)
            _log.error("unknown route: %s %s", seen.method, seen.path)
        try:
            await self._serve(seen, Wire(scope, receive, send, seen))
        finally:
            seen.finished = True
            self._traffic.notify()

    async def _serve(self, seen: SeenRequest, wire: Wire) -> None:
        fault = self._faults.take(seen.method, seen.path)
        if fault is None:
            await wire.whole(self._answer(seen))
            return
        answer = self._answer(seen, fault) if fault.acts else None
        if fault.kind in {"delay", "hold"}:
            await self._traffic.hold(seen, at_most_s=fault.seconds if fault.kind == "delay" else None)
            await wire.whole(answer or self._answer(seen, fault))
        elif fault.kind == "wrong_destination":
            await wire.whole(answer or self._answer(seen, fault))
        elif replacement := fault.answer():
            status, headers, body = replacement
            await wire.whole(Response(body, status, self._rate(seen).headers() | headers))
        elif fault.kind == "drip":
            pause = partial(self._traffic.hold, seen, at_most_s=fault.seconds)
            await wire.drip(answer or self._answer(seen), pause)
        elif fault.kind == "cut":
            await wire.cut(answer or self._answer(seen))
        else:
            if fault.kind == "hang_after":
                await self._traffic.hold(seen)
            await wire.reset()

    def _answer(self, seen: SeenRequest, fault: Fault | None = None) -> Response:
        rate = self._rate(seen)
        try:
            rate.take()
            response = self._pass(seen, fault)
        except RefusalError as refusal:
            response = refusal.response(as_string=self._world.quirks.string_errors)
        seen.executed = seen.method != "GET" and seen.path not in _SEARCHES and response.status_code < 400
        response.headers.update(rate.headers())
        return response

    def _rate(self, seen: SeenRequest) -> RateLimit:
        return self._rates["/ai/" in seen.path]

    def _pass(self, seen: SeenRequest, fault: Fault | None) -> Response:
        self._check_credential(seen)
        found = self._router.find(seen.method, seen.path)
        if found is None:
            return no_endpoint()
        if seen.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return _no_content_type(seen)
        handler, variables = found
        divert_to = fault.destination(seen.path) if fault and fault.kind == "wrong_destination" else None
        return handler(Ask(variables, seen.query, seen.body, divert_to, world=self._world))

    def _check_credential(self, seen: SeenRequest) -> None:
        scheme, _, credential = seen.headers.get("authorization", "").partition(" ")
        if (scheme, credential) == ("Bearer", API_KEY):
            raise RefusalError(400, 200058, "User in token does not exist.", wrapped=False)
        if (scheme, credential) not in {("token", API_KEY), ("Bearer", ACCESS_TOKEN)}:
            raise RefusalError(401, None, "Bad credentials")
        if seen.path.startswith(self._world.quirks.missing_scope):
            raise RefusalError(403, 200100, "Sorry, the vendor does not have permission for this API.", wrapped=False)


def _no_content_type(seen: SeenRequest) -> Response:
    if seen.method == "DELETE":
        return JSONResponse({"code": 20001, "message": "Content-type must be: application/json"}, 400)
    return PlainTextResponse("Content-Type 'null' is not supported", 415)
