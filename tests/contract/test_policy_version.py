"""The version of the policy that the record names says which rules a message was judged by."""

from hashlib import sha256
from pathlib import Path

from lofty_crm.policy import review
from lofty_crm.policy.review import POLICY_VERSION

RECORDED = ("2026-11-23.2", "4cb45f2ce05f47f1")


def test_another_rule_or_other_data_has_another_version() -> None:
    """Whoever changes the policy gives it a new version, and writes it down here with the digest of the sources."""
    sources = sorted(path for path in Path(review.__file__).parent.iterdir() if path.suffix in {".py", ".toml"})
    said = sha256(b"".join(path.read_bytes().replace(b"\r\n", b"\n") for path in sources)).hexdigest()[:16]
    assert (POLICY_VERSION, said) == RECORDED
