"""Speech models of faster-whisper: which there are, and where they lie once `lofty-mcp voice setup` has fetched one."""

from pathlib import Path

REPOSITORIES = {
    "tiny": "Systran/faster-whisper-tiny",
    "tiny.en": "Systran/faster-whisper-tiny.en",
    "base": "Systran/faster-whisper-base",
    "base.en": "Systran/faster-whisper-base.en",
    "small": "Systran/faster-whisper-small",
    "small.en": "Systran/faster-whisper-small.en",
    "medium": "Systran/faster-whisper-medium",
    "medium.en": "Systran/faster-whisper-medium.en",
    "large-v3": "Systran/faster-whisper-large-v3",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
"""By the names that faster-whisper 1.2 gives them."""
FILES = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")
"""What faster-whisper reads of a repository."""
_NEEDED = ("config.json", "model.bin", "tokenizer.json")


def folder_of(state_dir: Path, model: str) -> Path:
    """Return where a model lies, or would."""
    return state_dir / "speech-models" / model


def is_whole(folder: Path) -> bool:
    """Return whether a model can be loaded without fetching anything."""
    return all((folder / name).is_file() for name in _NEEDED)


def installed(state_dir: Path, wanted: str) -> Path | None:
    """Return the folder of the wanted model, else of the one that was fetched last; None where there is none."""
    if is_whole(folder := folder_of(state_dir, wanted)):
        return folder
    others = [each for each in folder.parent.glob("[!.]*") if is_whole(each)]
    return max(others, key=lambda each: each.stat().st_mtime, default=None)
