"""What can be made to go wrong, and for which requests."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

FaultKind = Literal[
    "delay",
    "hold",
    "hang_after",
    "reset_before",
    "reset_after",
    "cut",
    "drip",
    "status",
    "error_after",
    "malformed",
    "html",
    "empty_object",
    "business_code",
    "redirect",
    "wrong_destination",
]

_ACT_FIRST = {"hang_after", "reset_after", "cut", "drip", "error_after", "malformed", "html", "empty_object"}
_HTML = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Fault:
    """One fault, for requests whose method and path fit.

    Kinds: `delay` waits `seconds` and then answers properly. `hold` waits for a release, before acting or, with
    `then_act`, after it, and then answers properly. `hang_after` acts, waits for a release and then cuts the
    connection. `reset_before` and `reset_after` abort the connection, `cut` does so in the middle of the body. `drip`
    sends a byte every `seconds`. `status` and `error_after` answer `status`; `malformed`, `html`, `empty_object` and
    `business_code` answer 200 with that in the body; `redirect` answers 307 to `location`. `wrong_destination` sends to
    `to` instead.

    Attributes:
        method: The HTTP method, or `*`.
        path_prefix: How the path begins.
        times: How many more requests it meets; `None` is all.
        then_act: Whether the action behind the request is done before the fault shows. By default it is for
            `error_after`, `reset_after`, `hang_after`, `cut`, `drip`, `malformed`, `html` and `empty_object`, and not
            for the others.
    """

    kind: FaultKind
    method: str
    path_prefix: str
    times: int | None = 1
    seconds: float = 0.5
    status: int | None = None
    code: int = 20005
    message: str = "There is an internal error happened"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str | None = None
    location: str = "https://elsewhere.example.com/"
    to: str | None = None
    then_act: bool | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"no such fault: {self.kind}")

    @property
    def acts(self) -> bool:
        """Whether Lofty acts before the fault shows."""
        return self.kind in _ACT_FIRST if self.then_act is None else self.then_act

    def fits(self, method: str, path: str) -> bool:
        """Whether the fault meets this request."""
        return self.times != 0 and self.method in {"*", method} and path.startswith(self.path_prefix)

    def destination(self, path: str) -> str:
        """Whom a `wrong_destination` reaches."""
        return self.to or ("4045550199" if "/sms/" in path else "someone.else@example.com")

    def answer(self) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body of the kinds that replace the answer; `None` for the others."""
        wrapped = {"message": f"BaseApplicationException:errorCode={self.code},errorMsg={self.message}"}
        coded = {"code": self.code, "message": self.message}
        replies: dict[str, tuple[int, str, Any]] = {
            "status": (500, "application/json", {"message": "Too Many Requests"} if self.status == 429 else wrapped),
            "error_after": (500, "application/json", wrapped),
            "malformed": (200, "application/json", '{"messageId": "48021357'),
            "html": (200, "text/html", _HTML),
            "empty_object": (200, "application/json", {}),
            "business_code": (200, "application/json", coded),
            "redirect": (307, "text/plain", ""),
        }
        if self.kind not in replies:
            return None
        status, kind, content = replies[self.kind]
        text = content if isinstance(content, str) else json.dumps(content)
        headers = {"content-type": kind} | ({"location": self.location} if self.kind == "redirect" else {})
        return self.status or status, headers | self.headers, (self.body if self.body is not None else text).encode()


class FaultBook:
    """The faults that are set; the one set first comes first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set one more."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget all."""
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that meets this request, used up by one."""
        for fault in self._faults:
            if fault.fits(method, path):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
