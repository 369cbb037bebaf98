"""Arguments that several tools share; each says which tool supplies its value."""

from typing import Annotated

from pydantic import AwareDatetime, Field, WithJsonSchema

from lofty_crm.api.ids import DecimalId, OpaqueId

LeadId = Annotated[DecimalId, Field(description="From find_leads.")]
"""Where a second id comes from a list of the lead's own things, the lead is known, and `DecimalId` says enough."""
NoteId = Annotated[OpaqueId, Field(description="From list_notes.")]
CallId = Annotated[OpaqueId, Field(description="From list_calls.")]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=512)]
"""What an answer gives as `next_cursor`, and its text at the end, with how to use it."""


def not_blank(text: str) -> str:
    """Refuse a text of white space alone."""
    if not text.strip():
        raise ValueError("must not be blank")
    return text


MOMENT = "ISO 8601 with offset"
"""What a moment is to be written in, for a schema's description."""
OptionalMoment = Annotated[
    AwareDatetime | None,
    WithJsonSchema({"type": "string", "description": f"{MOMENT}."}),
]
"""A moment that may be left out; a union would double its schema."""
