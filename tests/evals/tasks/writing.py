"""Notes, logged contacts and follow-ups."""

from tests.evals.assistant import Assistant
from tests.evals.outcome import Wanted
from tests.evals.people import AIKO, BEN, ELENA, GRACE, HUGO, JANE, JON, LEILA, MARCUS, SAM, TOM
from tests.evals.task import task


@task("Note for Jane: her dad is coming on Thursday, he knows roofs.", wants=(Wanted("note", JANE, ("dad", "roof")),))
async def a_note(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("create_note", lead_id=jane, content="Her dad is coming on Thursday; he knows roofs.")
    await agent.says("Noted on Jane Hollis.")


@task(
    "Pin a note on Leila: mother-in-law needs a ground-floor bedroom and a walk-in shower.",
    wants=(Wanted("note", LEILA, ("shower", "pinned True")),),
)
async def a_pinned_note(agent: Assistant) -> None:
    leila = await agent.lead("Leila")
    words = "Mother-in-law needs a ground-floor bedroom and a walk-in shower."
    await agent.call("create_note", lead_id=leila, content=words, pinned=True)
    await agent.says("Pinned on Leila Haddad.")


@task(
    "Log that I called the Garcias yesterday at three for ten minutes, they want to wait until spring.",
    wants=(Wanted("logCall", ELENA, ("outbound", "spring", "10 min", r"Nov 16")),),
)
async def a_call_that_the_agent_made(agent: Assistant) -> None:
    garcia = await agent.lead("Garcia")
    await agent.call(
        "log_call",
        lead_id=garcia,
        direction="outbound",
        summary="They want to wait until spring.",
        outcome="Talked",
        started_at="2026-11-16T15:00:00-05:00",
        duration_s=600,
    )
    await agent.says("Logged with Elena Garcia: outbound, yesterday at 3 PM, 10 minutes.")


@task(
    "Tom rang my cell this morning at 9, I didn't pick up. Log it.",
    wants=(Wanted("logCall", TOM, ("inbound", "NoAnswer|Missed", "Nov 17")),),
)
async def a_call_that_was_not_answered(agent: Assistant) -> None:
    tom = await agent.lead("Tom")
    when = "2026-11-17T09:00:00-05:00"
    await agent.call(
        "log_call", lead_id=tom, direction="inbound", summary="Missed call.", outcome="NoAnswer", started_at=when
    )
    await agent.says("Logged as a missed inbound call at 9 AM.")


@task(
    "I left Jon in Chicago a voicemail ten minutes ago about the appraisal on Friday, put that on record.",
    wants=(Wanted("logCall", JON, ("outbound", "VoiceMessage", "appraisal", r"Nov 17")),),
)
async def a_voicemail(agent: Assistant) -> None:
    await agent.call("find_leads", query="Jon Smith")
    await agent.call(
        "log_call",
        lead_id=agent.seen(r"lead_id (\d+): Chicago"),
        direction="outbound",
        summary="Left a voicemail about the appraisal on Friday.",
        outcome="VoiceMessage",
        started_at="2026-11-17T13:50:00-05:00",
    )
    await agent.says("Logged with Jon Smith in Chicago: a voice message.")


@task(
    "Hugo texted me on WhatsApp: 'can we see Osage on Saturday?' Put it on his record.",
    wants=(Wanted("logText", HUGO, ("inbound", "Osage on Saturday")),),
)
async def a_text_from_elsewhere(agent: Assistant) -> None:
    hugo = await agent.lead("Hugo")
    words = "can we see Osage on Saturday?"
    await agent.call("log_message", lead_id=hugo, channel="sms", direction="inbound", content=words)
    await agent.says("It is on Hugo's record. No message was sent to him.")


@task(
    "I emailed Sam from my own address yesterday at noon, subject Flood quotes, with two insurers. Log it.",
    wants=(Wanted("logEmail", SAM, ("outbound", "Flood quotes", "insurers")),),
)
async def an_email_from_elsewhere(agent: Assistant) -> None:
    sam = await agent.lead("Sam Delgado")
    await agent.call(
        "log_message",
        lead_id=sam,
        channel="email",
        direction="outbound",
        content="From my own address: two insurers.",
        subject="Flood quotes",
        occurred_at="2026-11-16T12:00:00-05:00",
    )
    await agent.says("Logged on Sam's record.")


@task(
    "Remind me to call Jane tomorrow at 9.",
    wants=(Wanted("task", JANE, ("Call", r"2026-11-18T14:00Z")),),
)
async def a_reminder(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    due = "2026-11-18T09:00:00-05:00"
    await agent.call("create_task", lead_id=jane, content="Call Jane", due_at=due, kind="call")
    await agent.says("You will be reminded tomorrow at 9 AM.")


@task(
    "Remind me to ring Aiko Thursday at 9 her time.",
    wants=(Wanted("task", AIKO, ("Call", r"2026-11-19T19:00Z")),),
)
async def a_reminder_in_her_time(agent: Assistant) -> None:
    aiko = await agent.lead("Aiko")
    await agent.call("get_lead", lead_id=aiko)
    agent.seen(r"(Pacific/Honolulu)")
    due = "2026-11-19T09:00:00-10:00"
    await agent.call("create_task", lead_id=aiko, content="Ring Aiko", due_at=due, kind="call")
    await agent.says("Thursday, 9 AM in Honolulu, which is 2 PM for you.")


@task(
    "Put on my list to email Marcus the spreadsheet on Friday at noon.",
    wants=(Wanted("task", MARCUS, ("Email", "spreadsheet", r"2026-11-20T17:00Z")),),
)
async def a_reminder_to_email(agent: Assistant) -> None:
    marcus = await agent.lead("Marcus")
    words, due = "Email the spreadsheet", "2026-11-20T12:00:00-05:00"
    await agent.call("create_task", lead_id=marcus, content=words, due_at=due, kind="email")
    await agent.says("It is on your list for Friday at noon.")


@task(
    "Change the Ivanhoe note on Jane: the quote was 19.5k, not 18.5k.",
    wants=(Wanted("edited", JANE, (r"19\.5k", "she loves it"), (r"18\.5k",)),),
)
async def a_correction_of_a_note(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("list_notes", lead_id=jane)
    note, version = agent.seen(r"^note (\d+), version .*\n> Ivanhoe"), agent.seen(r"version (\w+);.*\n> Ivanhoe")
    words = agent.seen(r"> (Ivanhoe.+)").replace("18.5k", "19.5k")
    await agent.call("update_note", lead_id=jane, note_id=note, content=words, version=version)
    await agent.says("Changed to $19.5k; the rest of the note is as it was.")


@task(
    "Delete the note about Carl's list company on Carl Dupree.",
    wants=(Wanted("deleted", "480213577100016"),),
)
async def a_deletion(agent: Assistant) -> None:
    carl = await agent.lead("Carl")
    await agent.call("list_notes", lead_id=carl)
    await agent.call("delete_note", lead_id=carl, note_id=agent.seen(r"^note (\d+), version .*\n> Number is dead"))
    await agent.says("The note was deleted after your yes; its text is kept here.")


@task("Delete all of my notes on Jane.", person="no", answer=(r"not deleted|nothing|no note|still|declined|said no",))
async def a_deletion_that_the_person_declines(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("list_notes", lead_id=jane)
    await agent.call("delete_note", lead_id=jane, note_id=agent.seen(r"^note (\d+), version .*\n> Ivanhoe"))
    agent.seen(r"(said no)")
    await agent.says("You said no to the first, so nothing was deleted.")


@task(
    "Yes, write it.",
    prompt="voice_note",
    arguments={
        "dictation": "Okay just got off the phone with Grace, um, about five minutes, she called me on my cell at ten "
        "to two. She's fine with six thirty five for the Beaumont house if they leave the washer. I said I'd send "
        "her the disclosures, remind me tomorrow at nine.",
    },
    wants=(
        Wanted("note", GRACE, (r"635|six thirty.five", "washer", "Beaumont"), ("700",)),
        Wanted("logCall", GRACE, ("inbound", "5 min")),
        Wanted("task", GRACE, ("disclosures", r"2026-11-18T14:00Z")),
    ),
    writes_from=1,
)
async def dictated_words(agent: Assistant) -> None:
    grace = await agent.lead("Grace")
    note = "Fine with $635,000 for the Beaumont house if they leave the washer."
    shown = f"Note: {note} Call: inbound, 1:50 PM, 5 minutes. Task: send the disclosures, tomorrow 9 AM EST. Shall I?"
    await agent.says(f"Grace Lindqvist, Portland.\n{shown}")
    await agent.call("create_note", lead_id=grace, content=note)
    at = "2026-11-17T13:50:00-05:00"
    await agent.call(
        "log_call", lead_id=grace, direction="inbound", summary=note, outcome="Talked", started_at=at, duration_s=300
    )
    due = "2026-11-18T09:00:00-05:00"
    await agent.call("create_task", lead_id=grace, content="Send the disclosures", due_at=due, kind="email")
    await agent.says("The note, the call and the reminder are in Lofty.")


@task(
    "Yes.",
    prompt="voice_note",
    arguments={"dictation": "grace.m4a"},
    wants=(
        Wanted("note", GRACE, (r"^Dictated on Tue Nov 17, 1:55 PM", r"635|six thirty.five", "washer"), ("700",)),
        Wanted("logCall", GRACE, ("inbound", "5 min")),
        Wanted("task", GRACE, ("disclosures", r"2026-11-18T14:00Z")),
    ),
    writes_from=1,
)
async def a_memo(agent: Assistant) -> None:
    await agent.call("transcribe_memo", file="grace.m4a")
    grace = await agent.lead(agent.seen(r"hung up with (Grace \w+)"))
    begins = agent.seen(r"A note of it begins with: (.+)")
    note = f"{begins}\nFine with $635,000 for the Beaumont house if they leave the washer."
    await agent.says(f"Grace Lindqvist, Portland.\n{note}\nCall: inbound, 1:50 PM, 5 minutes. Task: tomorrow 9 AM. OK?")
    await agent.call("create_note", lead_id=grace, content=note)
    words, at = "Price and washer.", "2026-11-17T13:50:00-05:00"
    await agent.call(
        "log_call", lead_id=grace, direction="inbound", summary=words, outcome="Talked", started_at=at, duration_s=300
    )
    due = "2026-11-18T09:00:00-05:00"
    await agent.call("create_task", lead_id=grace, content="Send the disclosures", due_at=due, kind="email")
    await agent.says("The note, the call and the reminder are in Lofty.")


@task("What did I say in the memo holiday.m4a?", answer=(r"no (such )?memo|not there|is no|grace\.m4a",))
async def a_memo_that_is_not_there(agent: Assistant) -> None:
    await agent.call("transcribe_memo", file="holiday.m4a")
    await agent.says(agent.seen(r"(There is no memo.+)"))


@task(
    "Put what I say in market.m4a on Jon's record.",
    answer=("Chicago", "Evanston"),
)
async def a_memo_about_one_of_two(agent: Assistant) -> None:
    await agent.call("transcribe_memo", file="market.m4a")
    await agent.call("find_leads", query=agent.seen(r"Bumped into (Jon Smith)"))
    await agent.says("Which Jon Smith is it, Chicago or Evanston? Nothing is written yet.")


@task(
    "The one in Evanston.",
    "Yes.",
    prompt="voice_note",
    arguments={"dictation": "Bumped into Jon Smith at the farmers market, he says his landlord is selling in June."},
    wants=(Wanted("note", "480213577100007", ("landlord", "June")),),
    answer=("Evanston",),
    writes_from=2,
)
async def dictated_words_about_one_of_two(agent: Assistant) -> None:
    await agent.call("find_leads", query="Jon Smith")
    await agent.says("Which Jon Smith: Chicago or Evanston?")
    jon = agent.seen(r"lead_id (\d+): Evanston")
    note = "Met at the farmers market: his landlord is selling in June."
    await agent.says(f"Jon Smíth, Evanston. Note: {note} Shall I write it?")
    await agent.call("create_note", lead_id=jon, content=note)
    await agent.says("The note is on Jon Smíth in Evanston.")


@task(
    "No, leave it.",
    prompt="voice_note",
    arguments={"dictation": "Ben Carter wants three bedrooms near East Nashville.", "lead": "Ben Carter"},
    answer=(r"nothing|not written|left|won't|no note",),
)
async def dictated_words_that_are_left(agent: Assistant) -> None:
    await agent.lead("Ben Carter")
    await agent.says("Note on Ben Carter, Nashville: Wants three bedrooms near East Nashville. Shall I write it?")
    await agent.says("Nothing was written.")


@task(
    "Yes.",
    prompt="log_outside_call",
    arguments={"lead": "Ben Carter", "what_happened": "He called at 1 pm, four minutes, wants to see East Nashville."},
    wants=(Wanted("logCall", BEN, ("inbound", "4 min", "East Nashville")),),
    writes_from=1,
)
async def an_outside_call_by_prompt(agent: Assistant) -> None:
    ben = await agent.lead("Ben Carter")
    await agent.says("Inbound call from Ben Carter, today 1 PM EST, 4 minutes: wants to see East Nashville. Log it?")
    words, at = "Wants to see East Nashville.", "2026-11-17T13:00:00-05:00"
    await agent.call(
        "log_call",
        lead_id=ben,
        direction="inbound",
        summary=words,
        outcome="Talked",
        started_at=at,
        duration_s=240,
    )
    await agent.says("Logged.")
