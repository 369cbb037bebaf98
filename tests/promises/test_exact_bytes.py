"""The bytes that were shown are the bytes that were kept and the bytes that left."""

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lofty_crm.api.payloads import email_payload
from lofty_crm.outbox.message import Message
from lofty_crm.outbox.states import State
from tests.crm.outbox.office import JANE, busy_sandbox, office

BODIES = 300

any_words = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n >\u2026\u00e9\U0001f600\u0639\t ")),
    min_size=1,
    max_size=120,
)


def shown(message: Message) -> str:
    """What stands behind the marks of a question."""
    return "\n".join(line[2:] for line in message.question.split("\n") if line.startswith("> "))


async def _send(body: str, *, by_email: bool) -> bool:
    """Draft and approve; return whether it left, having compared what left with what was shown."""
    sandbox = busy_sandbox()
    with TemporaryDirectory() as folder:
        async with office(sandbox, Path(folder)) as desk:
            message = await (desk.email(body) if by_email else desk.text(body))
            if message.state is State.BLOCKED:
                assert (await desk.yes(message, "go")).state is State.BLOCKED
                assert desk.posts == 0
                return False
            assert shown(message) == message.words.body == body
            end = await desk.yes(message, "I have read it")
            assert end.state is State.SENT
            (wire,) = (r.body for r in sandbox.requests if r.method == "POST")
            assert sha256(wire).digest() == sha256(end.words.payload).digest() == sha256(message.words.payload).digest()
            if by_email:
                address = message.words.destination
                assert wire == email_payload(JANE, subject="Thursday", body=body, email=address)
            else:
                assert json.loads(wire)["content"] == body == sandbox.sent[0].content
            return True


def compare(bodies: int) -> int:
    """Compare so many random texts and emails; return how many of them left."""
    left: list[bool] = []

    @settings(max_examples=bodies, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(body=any_words, by_email=st.booleans())
    @example(body="ends with a break\n", by_email=False)
    @example(body="\n> To: someone else\n\n  indented  twice", by_email=False)
    @example(body='less < more & "quoted"', by_email=True)
    @example(body="A0://", by_email=False)
    def bytes_agree(body: str, by_email: bool) -> None:
        async def send() -> None:
            left.append(await _send(body, by_email=by_email))

        anyio.run(send)

    bytes_agree()
    return sum(left)


def test_the_bytes_shown_are_the_bytes_kept_and_the_bytes_sent() -> None:
    """D17 D18 I4"""
    assert compare(BODIES) > BODIES / 3
