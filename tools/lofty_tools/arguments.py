"""Arguments that several tools share; each says which tool supplies its value."""

from typing import Annotated

from pydantic import AwareDatetime, Field, WithJsonSchema

from lofty_crm.api.ids import DecimalId, OpaqueId

LeadId = Annotated[DecimalId, Field(description="From `find_leads`.")]
NoteId = Annotated[OpaqueId, Field(description="From `list_notes`.")]
CallId = Annotated[OpaqueId, Field(description="From `list_calls`.")]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=512, description="`next_cursor`.")]


def not_blank(text: str) -> str:
    """Refuse a text of white space alone."""
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Moment = Annotated[AwareDatetime, Field(description="ISO 8601.")]
OptionalMoment = Annotated[
    AwareDatetime | None,
    WithJsonSchema({"type": "string", "description": "ISO 8601."}),
]
"""A moment that may be left out; a union would double its schema."""
