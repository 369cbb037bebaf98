"""The ways in which one Lofty account differs from another."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal

Dialect = Literal["reference", "guide"]


@dataclass
class Quirks:
    """What to imitate; the defaults are Lofty as it was observed with a personal API key.

    Attributes:
        dialect: `reference` has the shapes of Lofty's own API reference, `guide` exactly the paths and shapes of the
            public communication guide.
        frozen: The clock stands still until it is moved.
        rate_limit: Requests a minute; 100 is Lofty's development tier, 10 was observed for an API key. `None`
            lifts this limit and the next.
        ai_rate_limit: Requests a minute to the AI endpoints, which count for themselves; Lofty says only that they are
            fewer, and 20 is what its sample of the headers shows.
        reset_as: What `X-RateLimit-Reset` holds: the text says epoch seconds, the printed sample is a delay.
        consistency_s: How long a write stays unseen by reads.
        linger_s: How long a deleted note still shows in its lead's list.
        generate_s: How long Lofty works on a call summary that was asked for.
        empty_timeline: The v2 timeline is always empty, as one account observed.
        string_errors: Errors are bare JSON strings, as the published specification declares.
        metadata_key: `_metadata` as observed, or `get_metadata` as specified.
        virtual_number: The agent has one, and so can text.
        missing_scope: Path prefixes that the app was not granted; they answer 403 with code 200100.
    """

    dialect: Dialect = "reference"
    _: KW_ONLY
    frozen: bool = False
    rate_limit: int | None = 100
    ai_rate_limit: int | None = 20
    reset_as: Literal["epoch", "delay"] = "epoch"
    consistency_s: float = 2.0
    linger_s: float = 10.0
    generate_s: float = 20.0
    empty_timeline: bool = False
    string_errors: bool = False
    metadata_key: Literal["_metadata", "get_metadata"] = "_metadata"
    virtual_number: bool = True
    missing_scope: tuple[str, ...] = ()
