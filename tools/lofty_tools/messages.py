"""Sending, with a person's yes, and the truth about what was sent."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, Elicit, Resolve
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from pydantic import AfterValidator, Field

from lofty_crm.outbox.message import Kind, Message, UnknownMessageError
from lofty_crm.outbox.states import State
from lofty_tools.approval import Answer, Confirmation, NotAsked, ask, settle
from lofty_tools.arguments import LeadId, Limit, not_blank
from lofty_tools.deps import deps
from lofty_tools.receipts import MessageList, Receipt, receipt
from lofty_tools.tool import Effect, tool

DestinationId = Annotated[
    str,
    Field(max_length=64, description="Destination id from `get_lead`; the primary one if left out."),
]
MessageId = Annotated[str, Field(pattern=r"^m-[0-9a-z]{8}$", description="From a receipt or `list_messages`.")]
SmsBody = Annotated[
    str,
    AfterValidator(not_blank),
    Field(max_length=1600, description="The exact words; no placeholders."),
]
EmailBody = Annotated[
    str,
    AfterValidator(not_blank),
    Field(max_length=50_000, description="The exact words, plain text; no placeholders."),
]
Subject = Annotated[str, AfterValidator(not_blank), Field(max_length=200)]


async def sms_draft(lead_id: str, body: str, to: str, ctx: Context[Any, Any]) -> Message:
    """Find or write the draft of this text."""
    return await deps(ctx).outbox.draft(Kind.SMS, lead_id=lead_id, body=body, to=to)


async def email_draft(lead_id: str, subject: str, body: str, to: str, ctx: Context[Any, Any]) -> Message:
    """Find or write the draft of this email."""
    return await deps(ctx).outbox.draft(Kind.EMAIL, lead_id=lead_id, subject=subject, body=body, to=to)


async def ask_about_sms(
    message: Annotated[Message, Resolve(sms_draft)], ctx: Context[Any, Any]
) -> NotAsked | Elicit[Confirmation]:
    """Put the question about a text."""
    return await ask(message, ctx)


async def ask_about_email(
    message: Annotated[Message, Resolve(email_draft)], ctx: Context[Any, Any]
) -> NotAsked | Elicit[Confirmation]:
    """Put the question about an email."""
    return await ask(message, ctx)


@tool(title="Send a text message", effect=Effect.SEND)
async def send_sms(
    lead_id: LeadId,
    body: SmsBody,
    ctx: Context[Any, Any],
    message: Annotated[Message, Resolve(sms_draft)],
    answer: Annotated[Answer, Resolve(ask_about_sms)],
    to: DestinationId = "",
) -> Receipt:
    """Text a lead these exact words, once a person has approved them.

    Sends nothing without that approval, to an opted-out lead, or twice: calling again reports on the same message.
    """
    del lead_id, body, to
    return receipt(await settle(message, answer, ctx), ctx)


@tool(title="Send an email", effect=Effect.SEND)
async def send_email(
    lead_id: LeadId,
    subject: Subject,
    body: EmailBody,
    ctx: Context[Any, Any],
    message: Annotated[Message, Resolve(email_draft)],
    answer: Annotated[Answer, Resolve(ask_about_email)],
    to: DestinationId = "",
) -> Receipt:
    """Email a lead this exact text, once a person has approved it.

    Sends nothing without that approval, to an unsubscribed lead, or twice.
    """
    del lead_id, subject, body, to
    return receipt(await settle(message, answer, ctx), ctx)


@tool(title="List messages in the outbox", effect=Effect.READ)
async def list_messages(
    ctx: Context[Any, Any],
    state: Annotated[Literal["waiting", "all"] | State, Field(description="`waiting` needs a person.")] = "waiting",
    lead_id: Annotated[str, Field(max_length=19)] = "",
    limit: Limit = 10,
) -> MessageList:
    """List texts and emails drafted here, newest first, with their true state.

    Does not approve anything: only a person can.
    """
    states = {"waiting": {State.PENDING, State.APPROVED}, "all": set[State]()}
    wanted = states[state] if state in states else {State(state)}
    found = await deps(ctx).outbox.listing(wanted, lead_id=lead_id, limit=limit + 1)
    shown = [receipt(message, ctx) for message in found[:limit]]
    return MessageList(messages=shown, more=len(found) > limit)


@tool(title="Get a message from the outbox", effect=Effect.READ)
async def get_message(message_id: MessageId, ctx: Context[Any, Any]) -> Receipt:
    """Say what is true of one message now: waiting, sent with what evidence, or why not.

    Does not approve or send anything.
    """
    return receipt(await deps(ctx).outbox.get(message_id), ctx, words=True)


async def read_message(message_id: str, ctx: Context[Any, Any]) -> str:
    """What is true of one message of the outbox now."""
    try:
        return receipt(await deps(ctx).outbox.get(message_id), ctx, words=True).text()
    except UnknownMessageError as error:
        raise ResourceNotFoundError(str(error)) from None


@tool(title="Withdraw a waiting message", effect=Effect.WRITE)
async def cancel_message(message_id: MessageId, ctx: Context[Any, Any]) -> Receipt:
    """Withdraw a message that still waits.

    Cannot take back what was sent: it then reports the true state.
    """
    return receipt(await deps(ctx).outbox.cancel(message_id), ctx)
