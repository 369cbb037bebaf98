"""`lofty-mcp voice setup`: the one place where a speech model is fetched, and only because somebody asked."""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from lofty_mcp.stderr import CommandError
from lofty_mcp.voice.memos import MemoError, extra
from lofty_mcp.voice.models import FILES, REPOSITORIES, folder_of, is_whole

_ROOM = 1.1
"""Of a model's size: what has to be free on the disk."""
_CHUNK = 1 << 20


def setup(state_dir: Path, model: str, tell: Callable[[str], None]) -> None:
    """Fetch a model of faster-whisper into a folder of ours, with a progress bar; begun anew, it goes on.

    Args:
        state_dir: the state folder.
        model: its name.
        tell: is given what a person is to read.

    Raises:
        CommandError: there is no such model, no room for it, or it did not arrive whole.
    """
    repository = REPOSITORIES.get(model)
    if repository is None:
        raise CommandError(f"there is no model {model}; there is {', '.join(REPOSITORIES)}")
    target = folder_of(state_dir, model)
    if is_whole(target):
        tell(f"The model {model} is there already, in {target}.")
        return
    try:
        hub = extra("huggingface_hub")
    except MemoError as error:
        raise CommandError(str(error)) from None
    part = target.with_name(f".{model}.part")
    try:
        about = hub.HfApi().model_info(repository, files_metadata=True, token=False)
        files = [each for each in about.siblings if any(fnmatch(each.rfilename, name) for name in FILES)]
        size = sum(each.size or 0 for each in files)
        tell(f"{model}: {_megabytes(size)} from {hub.constants.ENDPOINT}/{repository}, into {target}")
        part.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (free := shutil.disk_usage(part).free) < size * _ROOM:
            raise CommandError(f"the model needs {_megabytes(size)}, and only {_megabytes(free)} are free")
        hub.snapshot_download(repository, revision=about.sha, local_dir=part, allow_patterns=list(FILES), token=False)
        _check(part, files)
    except (OSError, ValueError, RuntimeError, hub.errors.HTTPError) as error:
        status: object = getattr(getattr(error, "response", None), "status_code", None)
        why = f" (HTTP {status})" if status else ""
        raise CommandError(f"the model could not be fetched{why}; run it again to go on") from None
    shutil.rmtree(part / ".cache", ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)
    tell(f"Done: the model {model} is there.")


def _check(folder: Path, files: Iterable[Any]) -> None:
    """Compare what arrived with what the hub says it has: each file's size, and the digest of the large ones."""
    for each in files:
        path = folder / each.rfilename
        whole = path.is_file() and (each.size is None or path.stat().st_size == each.size)
        if whole and each.lfs is not None:
            whole = _digest(path) == each.lfs.sha256
        if not whole:
            path.unlink(missing_ok=True)
            raise CommandError(f"{each.rfilename} did not arrive whole; run it again")
    if not is_whole(folder):
        raise CommandError("the hub's model lacks files that are needed")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB" if size < 10_000_000 else f"{size / 1_000_000:,.0f} MB"
