"""A Lofty that answers by a script."""

import anyio
import httpx

ME = {"id": 213577, "firstName": "Alex", "lastName": "Morgan"}


class Script:
    """Answers one after the other, the last one for ever, and keeps what was asked and when."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.at: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.at.append(anyio.current_time())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def good() -> httpx.Response:
    return httpx.Response(200, json=ME)
