"""What the tools are given by the server that runs them."""

from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from mcp.server.mcpserver import Context

from lofty_crm.api.client import Lofty
from lofty_crm.clock import Clock
from lofty_crm.outbox.outbox import Outbox
from lofty_tools.dictation import Memos


class ApprovalPage(Protocol):
    """A page outside the chat where the person says yes or no."""

    @property
    def is_open(self) -> bool:
        """Whether it has been brought before the person."""
        ...

    async def show(self) -> None:
        """Bring it before the person, as far as this machine can."""
        ...


@dataclass(frozen=True)
class Deps:
    """One account's view of the world."""

    lofty: Lofty
    outbox: Outbox
    clock: Clock
    zone: ZoneInfo
    """The agent's time zone."""
    sandbox: bool = False
    """True when nothing here is real; every receipt says so."""
    approve: str = "lofty-mcp approve"
    """What a person types in a terminal to decide about a message, to be followed by its id."""
    kept_note: str = "lofty-mcp audit note"
    """What a person types in a terminal to read what a note said before, to be followed by its id."""
    page: ApprovalPage | None = None
    """Where a waiting message can be shown when the chat cannot ask; None where no page is served."""
    memos: Memos | None = None
    """The voice memos that the user allowed; None where no folder was named."""


def deps(ctx: Context[Any, Any]) -> Deps:
    """Return what the running server handed to its tools."""
    given: Deps = ctx.request_context.lifespan_context
    return given
