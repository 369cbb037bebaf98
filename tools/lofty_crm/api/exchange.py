"""One HTTP exchange, and what each way to fail says about whether Lofty may have acted."""

from contextlib import aclosing
from dataclasses import dataclass

import httpx

from lofty_crm.api.answers import Answer
from lofty_crm.api.errors import BrokenAnswerError, NoAnswerError, NotConnectedError

MAX_BODY_BYTES = 64 * 1024 * 1024
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """A request, ready to leave. It has no representation, since it holds the credential."""

    method: str
    url: str
    headers: dict[str, str]
    params: dict[str, str]
    body: bytes | None
    deadline_s: float


async def exchange(http: httpx.AsyncClient, outgoing: Outgoing) -> Answer:
    """Send one request, follow no redirect, and read the answer to its end.

    Raises:
        NotConnectedError: Lofty has not seen the request.
        NoAnswerError: it may have.
        BrokenAnswerError: the answer cannot be decoded or is too large.
    """
    # connecting must fail before the caller's deadline: only then is it known that Lofty has not seen the request
    timeout = httpx.Timeout(outgoing.deadline_s, connect=min(_CONNECT_S, outgoing.deadline_s / 2))
    request = http.build_request(
        outgoing.method,
        outgoing.url,
        params=outgoing.params or None,
        content=outgoing.body,
        headers=outgoing.headers,
        timeout=timeout,
    )
    try:
        response = await http.send(request, stream=True, auth=None, follow_redirects=False)
        async with aclosing(response):
            return Answer(response.status_code, response.headers, await _body(response))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
        raise NotConnectedError("Lofty could not be reached. Check the network, then try again.") from None
    except httpx.TransportError:
        raise NoAnswerError("The connection to Lofty broke before a whole answer came.") from None
    except httpx.DecodingError:
        raise BrokenAnswerError("Lofty's answer could not be read.") from None


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BrokenAnswerError("Lofty's answer is too large.", status=response.status_code)
    return bytes(body)
