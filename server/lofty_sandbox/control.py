"""/_sandbox: looking at the sandbox and steering it over HTTP, without a credential."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lofty_sandbox.faults import Fault, FaultBook
from lofty_sandbox.records import Json
from lofty_sandbox.traffic import Traffic
from lofty_sandbox.world import World


class Control:
    """The handlers of the control routes; what they cannot read they answer with 400."""

    def __init__(self, world: World, traffic: Traffic, faults: FaultBook) -> None:
        self._world = world
        self._traffic = traffic
        self._faults = faults

    def routes(self) -> list[Route]:
        """The control routes."""
        return [
            Route("/_sandbox/state", self.state, methods=["GET"]),
            Route("/_sandbox/faults", self.add_fault, methods=["POST"]),
            Route("/_sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_sandbox/release", self.release, methods=["POST"]),
            Route("/_sandbox/clock", self.set_clock, methods=["POST"]),
            Route("/_sandbox/inbound", self.receive_text, methods=["POST"]),
            Route("/_sandbox/leads/{lead_id:int}", self.edit_lead, methods=["POST"]),
        ]

    async def state(self, _request: Request) -> Response:
        """What the sandbox is and what happened in it; ids are strings."""
        return JSONResponse(
            {
                "dialect": self._world.quirks.dialect,
                "now": self._world.clock.now().isoformat(),
                "sent": [asdict(message) | {"lead_id": str(message.lead_id)} for message in self._world.sent],
                "counts": self._traffic.counts(),
                "unknown": [f"{seen.method} {seen.path}" for seen in self._traffic.unknown],
                "leads": {
                    str(lead_id): f"{lead['firstName']} {lead['lastName']}"
                    for lead_id, lead in self._world.data.leads.items()
                },
            }
        )

    async def add_fault(self, request: Request) -> Response:
        """`method`, `path_prefix`, `fault`, and the options of `Fault`."""
        fields = await _fields(request)
        try:
            self._faults.add(Fault(kind=fields.pop("fault"), **fields))
        except (KeyError, TypeError, ValueError) as error:
            return _bad(f"not a fault: {error}")
        return await self.state(request)

    async def clear_faults(self, request: Request) -> Response:
        """Forget all faults."""
        self._faults.clear()
        return await self.state(request)

    async def release(self, request: Request) -> Response:
        """Let go of the requests that are being held."""
        self._traffic.release()
        return await self.state(request)

    async def set_clock(self, request: Request) -> Response:
        """`now` sets the time, `advance_s` moves it on, `freeze` stops it."""
        match await _fields(request):
            case {"now": str(now)}:
                try:
                    self._world.clock.set(datetime.fromisoformat(now))
                except ValueError as error:
                    return _bad(str(error))
            case {"advance_s": int() | float() as seconds}:
                self._world.clock.advance(seconds)
            case {"freeze": True}:
                self._world.clock.freeze()
            case _:
                return _bad("say now, advance_s or freeze")
        return await self.state(request)

    async def receive_text(self, request: Request) -> Response:
        """`lead_id` and `text`: the lead writes now."""
        fields = await _fields(request)
        lead_id, text = str(fields.get("lead_id", "")), fields.get("text")
        if not lead_id.isdecimal() or int(lead_id) not in self._world.data.leads or not isinstance(text, str):
            return _bad("say lead_id, of a lead there is, and text")
        return JSONResponse({"id": str(self._world.receive_text(int(lead_id), text))})

    async def edit_lead(self, request: Request) -> Response:
        """Fields of the lead, as Lofty names them: the agent changes the CRM."""
        try:
            self._world.edit_lead(request.path_params["lead_id"], await _fields(request))
        except KeyError as error:
            return _bad(f"not there: {error}")
        return await self.state(request)


async def _fields(request: Request) -> Json:
    try:
        value: Any = json.loads(await request.body())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType] -- JSON has no narrower type


def _bad(why: str) -> Response:
    return JSONResponse({"error": why}, 400)
