"""The seeded people: invented, complete, and never after the clock."""

import re
from importlib import resources

from lofty_sandbox.sandbox import Sandbox

from .calling import DANA

NUMBER = re.compile(r"[0-9]{3}555[0-9]{4}")


def test_everybody_is_there(sandbox: Sandbox) -> None:
    names = [f"{lead['firstName']} {lead['lastName']}" for lead in sandbox.world.data.leads.values()]
    assert names == [
        "Jane Hollis",
        "Marcus Bell",
        "Priya Raman",
        "Tom Okafor",
        "Elena Garcia",
        "Jon Smith",
        "Jon Smíth",
        "Walter Nguyen",
        "Dana Kowalski",
        "Aiko Tanaka",
        "Ruth Abernathy",
        "Sam Delgado",
        "Leila Haddad",
        "Ben Carter",
        "Grace Lindqvist",
        "Carl Dupree",
        "Nora Voss",
        "Hugo Martin",
    ]


def test_every_number_is_a_555_number_and_every_address_is_an_example(sandbox: Sandbox) -> None:
    for lead in sandbox.world.data.leads.values():
        assert all(NUMBER.fullmatch(phone) for phone in lead["phones"])
        assert all(email.endswith("@example.com") for email in lead["emails"])
        assert len(lead["phones"]) == len(lead["phoneStatuses"])
    calls = [call.phone for call in sandbox.world.all_calls()]
    assert all(phone.startswith("+1") and NUMBER.fullmatch(phone[2:]) for phone in calls)


def test_nothing_written_in_the_seed_points_to_a_real_site() -> None:
    seed = resources.files("lofty_sandbox.seed")
    files = [entry for folder in ("people", "transcripts") for entry in (seed / folder).iterdir()]
    hosts = {host for file in files for host in re.findall(r"https?://([^/\s\"')?]+)", file.read_text("utf-8"))}
    assert len(files) >= 20
    assert all(host.endswith("example.com") for host in hosts)


def test_the_people_have_what_they_are_there_for(sandbox: Sandbox) -> None:
    leads = {lead["firstName"] + lead["lastName"][0]: lead for lead in sandbox.world.data.leads.values()}
    texts = {lead["firstName"]: sandbox.world.texts(lead_id) for lead_id, lead in sandbox.world.data.leads.items()}
    assert [leads[name]["cannotText"] for name in ("PriyaR", "TomO", "JaneH")] == [False, True, False]
    assert texts["Priya"][0].content == "STOP"
    assert (leads["RuthA"]["phoneStatuses"], leads["RuthA"]["unsubscription"], leads["RuthA"]["cannotEmail"]) == (
        [5],
        True,
        True,
    )
    assert (leads["CarlD"]["phoneStatuses"], leads["SamD"]["phones"]) == ([1], [])
    assert (leads["NoraV"]["state"], leads["NoraV"]["phones"]) == ("", ["8005550117"])
    assert (leads["LeilaH"]["state"], leads["LeilaH"]["phones"]) == ("CA", ["2125550113"])
    assert texts["Ben"] == []
    assert (texts["Hugo"][0].kind, texts["Hugo"][1].direction) == ("Auto", "Inbound")
    assert {email.event for email in sandbox.world.emails(480213577100016)} == {"Sent", "Bounced"}


def test_nothing_happened_after_the_clock(sandbox: Sandbox) -> None:
    data, now = sandbox.world.data, sandbox.clock.now()
    rows = [row.at for group in (data.texts, data.emails, data.calls) for rows in group.values() for row in rows]
    rows += [note.edited_at for note in data.notes.values()]
    rows += [log.created_at for logs in data.logs.values() for log in logs]
    assert max(rows) <= now


def test_every_id_is_used_once(sandbox: Sandbox) -> None:
    data = sandbox.world.data
    timeline = [
        row.timeline_id
        for group in (data.texts, data.emails, data.calls, data.logs)
        for rows in group.values()
        for row in rows
    ]
    timeline += [note.timeline_id for note in data.notes.values()]
    calls = [name for call in sandbox.world.all_calls() for name in (call.call_id, call.dialer_id)]
    assert len(timeline) == len(set(timeline))
    assert len(calls) == len(set(calls))
    assert {len(str(one)) for one in timeline} == {19}


def test_the_investors_history_is_the_same_each_time(sandbox: Sandbox) -> None:
    other = Sandbox(frozen=True)
    assert sandbox.world.texts(DANA) == other.world.texts(DANA)
    assert (
        sum(len(rows) for rows in (other.world.texts(DANA), other.world.emails(DANA), other.world.calls(DANA))) == 5000
    )
