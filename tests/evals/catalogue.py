"""Every task, by name."""

from types import ModuleType

from tests.evals.task import Task
from tests.evals.tasks import calling, reading, refusing, sending, writing


def _of(module: ModuleType) -> list[Task]:
    return [each for each in vars(module).values() if isinstance(each, Task)]


TASKS = {each.name: each for module in (reading, calling, writing, sending, refusing) for each in _of(module)}
