"""The stand-in for the Lofty API, with its controls.

It does not imitate: creating, changing, trashing or assigning leads, custom fields, ponds, tags and stages, pipelines,
transactions, the calendar, webhooks, system logs, smart plans, the list of working leads, the version 1 tasks, AI call
scripts and lead analysis, OAuth's token endpoint, `returnFields` and `otherFilters` of the lead search, delivery
failures, message packages, and the opt-out notice and quiet hours of Lofty's own platform. Where Lofty's behaviour is
not known it chooses one: histories and agent searches are newest first, a call's `id` is not its timeline id, either of
a call's ids asks for its summary, an inbound message has the type Manual, and a list of notes without a limit has ten.
It is stricter than Lofty in one thing: every request needs its Content-Type, not only those that Lofty was seen to
refuse.
"""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from lofty_sandbox.clock import Clock
from lofty_sandbox.control import Control
from lofty_sandbox.faults import Fault, FaultBook, FaultKind
from lofty_sandbox.gate import Gate
from lofty_sandbox.quirks import Quirks
from lofty_sandbox.records import SentMessage
from lofty_sandbox.seed.reading import seeded
from lofty_sandbox.traffic import SeenRequest, Traffic
from lofty_sandbox.world import World


@dataclass
class Sandbox(Quirks):
    """One imitated Lofty account with a seeded world of its own; the arguments are its `Quirks`.

    It belongs to one event loop. In process, mount `app` on an ASGI transport; for a real socket, use `serve`.

    Attributes:
        app: The ASGI application.
        clock: The account's time.
        world: The account's data.
    """

    app: Starlette = field(init=False)
    clock: Clock = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(frozen=self.frozen)
        self.world = World(seeded(), self.clock, self)
        self._traffic = Traffic()
        self._faults = FaultBook()
        control = Control(self.world, self._traffic, self._faults)
        gate = Gate(self.world, self._traffic, self._faults)
        self.app = Starlette(routes=[*control.routes(), Mount("/", gate)])

    @property
    def sent(self) -> list[SentMessage]:
        """The messages that it took for delivery, oldest first."""
        return self.world.sent

    @property
    def requests(self) -> list[SeenRequest]:
        """Everything that reached it, but for control requests."""
        return self._traffic.requests

    @property
    def unknown(self) -> list[SeenRequest]:
        """Requests for routes that neither dialect has."""
        return self._traffic.unknown

    def count(self, method: str, path_prefix: str) -> int:
        """How many requests came with this method (`*` for any) and beginning of a path."""
        return self._traffic.count(method, path_prefix)

    def fail(self, method: str, path_prefix: str, fault: FaultKind, *, times: int | None = 1, **options: Any) -> None:
        """Make the next `times` such requests meet a fault, or all of them; `options` are the fields of `Fault`.

        Raises:
            ValueError: no such fault.
            TypeError: no such option.
        """
        self._faults.add(Fault(fault, method, path_prefix, times, **options))

    def clear_faults(self) -> None:
        """Forget the faults that are set; what is held stays held."""
        self._faults.clear()

    async def arrived(self, method: str, path_prefix: str, *, times: int = 1) -> SeenRequest:
        """Wait until `times` such requests are in a fault's hands or answered; gives the last of them."""
        return await self._traffic.arrived(method, path_prefix, times=times)

    def release(self) -> None:
        """Let go of the requests that are being held, hung or delayed."""
        self._traffic.release()

    def inbound_text(self, lead_id: int, text: str) -> int:
        """A lead writes now; gives the text's timeline id.

        Raises:
            KeyError: no such lead.
        """
        return self.world.receive_text(lead_id, text)

    def edit_lead(self, lead_id: int, **fields: Any) -> None:
        """The agent changes a lead in the CRM: `phones=[...]`, `cannotText=True`, `trashed=True`.

        Raises:
            KeyError: no such lead, or no such field.
        """
        self.world.edit_lead(lead_id, fields)
