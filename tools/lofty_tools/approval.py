"""Asking the person: a question in the chat where the client can show one, and never an argument of a tool."""

from typing import Annotated, Any

from mcp.server.mcpserver import AcceptedElicitation, Context, DeclinedElicitation, Elicit, ElicitationResult
from mcp.types.version import LATEST_HANDSHAKE_VERSION
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from lofty_crm.outbox.config import ApprovalMode
from lofty_crm.outbox.message import Approver, Message
from lofty_crm.outbox.states import State
from lofty_tools.deps import deps


class Confirmation(BaseModel):
    """The form that a person fills in: one box to tick."""

    model_config = ConfigDict(extra="forbid")

    confirm: Annotated[
        StrictBool, Field(title="Yes, exactly this", description="Tick to approve; nothing happens otherwise.")
    ]


class NotAsked(BaseModel):
    """Stands for an answer where no question could be put; no client can produce it."""


Answer = ElicitationResult[Confirmation]


def can_ask(ctx: Context[Any, Any]) -> bool:
    """Return whether this client can be shown a form, whichever protocol it speaks."""
    declared = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    if declared is None or (declared.form is None and declared.url is not None):
        return False
    return (ctx.protocol_version or "") > LATEST_HANDSHAKE_VERSION or ctx.session.can_send_request


async def ask(message: Message, ctx: Context[Any, Any]) -> NotAsked | Elicit[Confirmation]:
    """Return the question for a waiting message, or that it is not to be asked here."""
    outbox = deps(ctx).outbox
    if not outbox.may_ask_in_chat(message) or not can_ask(ctx):
        return NotAsked()
    if not ctx.input_responses:
        await outbox.asked(message)
    return Elicit(message.question, Confirmation)


async def settle(message: Message, answer: Answer, ctx: Context[Any, Any]) -> Message:
    """Do what the person's answer says; anything but a clear yes sends nothing."""
    outbox = deps(ctx).outbox
    match answer:
        case AcceptedElicitation(data=Confirmation(confirm=True)):
            return await outbox.approve(message, by=Approver.CHAT)
        case AcceptedElicitation(data=Confirmation()) | DeclinedElicitation():
            return await outbox.reject(message, by=Approver.CHAT)
        case _ if message.state is State.PENDING and outbox.config.approval is ApprovalMode.HOST:
            return await outbox.approve(message, by=Approver.HOST)
        case _:
            waiting = await outbox.outcome(message.id)
            page = deps(ctx).page
            if page and waiting.state is State.PENDING:
                await page.show()
            return waiting
