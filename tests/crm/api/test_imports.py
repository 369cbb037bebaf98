import subprocess
import sys


def test_the_client_is_imported_without_what_is_slow_to_import() -> None:
    slow = "httpx", "stamina", "phonenumbers", "sqlalchemy"
    look = f"import sys, lofty_crm.api.client; print([name for name in {slow!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
