"""What can go wrong between this server and Lofty, cut by who can act.

LoftyError
├── RefusedError              the caller can do something about it
│   ├── NotFoundError         no such lead, note, call ... (or not ours to see)
│   ├── NoEndpointError       this account has no such endpoint at all
│   └── RateLimitedError      carries how long to wait
├── ConnectionSetupError      the person who runs this server must act
│   ├── NoCredentialError     none is configured, or the login has ended
│   └── CredentialError       Lofty does not accept the one that is
└── LoftyFailedError          Lofty, or the way to it, failed
    ├── NotConnectedError     no connection: Lofty has not seen the request
    ├── NoAnswerError         the request may have arrived, no whole answer came back
    ├── ServerError           Lofty answered 5xx
    └── BrokenAnswerError     an answer that does not fit the model
"""


class LoftyError(Exception):
    """Anything that went wrong between this server and Lofty.

    Its text is ours, safe to show: it holds no word of Lofty's answer, no address and no key.
    """

    def __init__(self, message: str, *, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status, when an answer came."""
        self.code = code
        """Lofty's business code, when the answer held one."""


class RefusedError(LoftyError):
    """Lofty understood and said no; it did nothing."""


class NotFoundError(RefusedError):
    """There is no such thing, or this user may not see it: Lofty answers both alike."""


class NoEndpointError(RefusedError):
    """The path itself is unknown to Lofty: this account or dialect has no such endpoint."""


class RateLimitedError(RefusedError):
    """Too many requests; Lofty did nothing."""

    def __init__(self, message: str, *, wait_s: float, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message, status=status, code=code)
        self.wait_s = wait_s
        """Seconds to wait before the next request, clamped to a sane range."""


class ConnectionSetupError(LoftyError):
    """The person who runs this server has to change something."""


class NoCredentialError(ConnectionSetupError):
    """No Lofty credential is configured, or the login that gave one has ended; Lofty was not asked."""


class CredentialError(ConnectionSetupError):
    """Lofty does not accept the credential, or it lacks a permission."""


class LoftyFailedError(LoftyError):
    """Lofty, or the way to it, failed."""


class NotConnectedError(LoftyFailedError):
    """No connection was made (name look-up, TCP, TLS, no free connection): Lofty has not seen the request."""


class NoAnswerError(LoftyFailedError):
    """The request may have arrived, but no whole answer came back in time."""


class ServerError(LoftyFailedError):
    """Lofty answered with a 5xx status; it may have acted."""


class BrokenAnswerError(LoftyFailedError):
    """Lofty answered with something that is not JSON, or does not fit; it may have acted."""
