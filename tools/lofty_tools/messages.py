"""Sending, with a person's yes, and the truth about what was sent."""

from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, Elicit, Resolve
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from pydantic import AfterValidator, Field, WithJsonSchema

from lofty_crm.outbox.message import Kind, Message, UnknownMessageError
from lofty_crm.outbox.states import NOT_SENT, UNCLEAR, WAITING, State
from lofty_tools.approval import Answer, Confirmation, NotAsked, ask, settle
from lofty_tools.arguments import LeadId, Limit, not_blank
from lofty_tools.deps import deps
from lofty_tools.receipts import EXCERPT, WORDS_SHOWN, MessageList, Receipt, receipt
from lofty_tools.tool import Effect, tool

DestinationId = Annotated[str, Field(max_length=64, description="From get_lead; else the primary.")]
MessageId = Annotated[str, Field(pattern=r"^m-[0-9a-z]{8}$", description="From list_messages.")]
SmsBody = Annotated[
    str,
    AfterValidator(not_blank),
    Field(max_length=1600, description="The exact words; no placeholders."),
]
EmailBody = Annotated[
    str,
    AfterValidator(not_blank),
    Field(max_length=50_000, description="Plain text; no placeholders."),
]
Subject = Annotated[str, AfterValidator(not_blank), Field(max_length=200)]


OneLead = Annotated[LeadId | Literal[""], WithJsonSchema({"type": "string", "description": "Only this lead's."})]
ListedState = Literal["waiting", "sent", "unclear", "ended", "all"]
LISTED: dict[ListedState, frozenset[State]] = {
    "waiting": WAITING,
    "sent": frozenset({State.SENT}),
    "unclear": UNCLEAR,
    "ended": NOT_SENT,
    "all": frozenset(),
}


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

    Nothing without that yes, nothing twice.
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

    Nothing without that yes, nothing twice.
    """
    del lead_id, subject, body, to
    return receipt(await settle(message, answer, ctx), ctx)


@tool(title="List messages", effect=Effect.READ)
async def list_messages(
    ctx: Context[Any, Any],
    state: Annotated[ListedState, Field(description="waiting needs a person.")] = "waiting",
    lead_id: OneLead = "",
    limit: Limit = 10,
) -> MessageList:
    """List messages drafted here, newest first.

    Approves nothing.
    """
    found = await deps(ctx).outbox.listing(LISTED[state], lead_id=lead_id, limit=limit + 1)
    shown = [receipt(message, ctx, words=EXCERPT) for message in found[:limit]]
    return MessageList(messages=shown, waiting=state == "waiting" and not lead_id, more=len(found) > limit)


@tool(title="Get a message", effect=Effect.READ)
async def get_message(message_id: MessageId, ctx: Context[Any, Any]) -> Receipt:
    """Say what became of one message, and on what evidence.

    Sends nothing.
    """
    return receipt(await deps(ctx).outbox.get(message_id), ctx, words=WORDS_SHOWN)


async def read_message(message_id: str, ctx: Context[Any, Any]) -> str:
    """What is true of one message of the outbox now."""
    known = message_id.partition(" ")[0]  # a completed value goes on with what the message is
    try:
        return receipt(await deps(ctx).outbox.get(known), ctx, words=WORDS_SHOWN).text()
    except UnknownMessageError as error:
        raise ResourceNotFoundError(str(error)) from None


@tool(title="Withdraw a message", effect=Effect.WRITE)
async def cancel_message(message_id: MessageId, ctx: Context[Any, Any]) -> Receipt:
    """Withdraw a message that still waits.

    Takes back nothing that was sent.
    """
    return receipt(await deps(ctx).outbox.cancel(message_id), ctx)
