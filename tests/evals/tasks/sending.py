"""Texts and emails, which leave after a person's yes."""

from tests.evals.assistant import Assistant
from tests.evals.outcome import Wanted
from tests.evals.people import AIKO, ELENA, GRACE, HUGO, JANE, JON, LEILA, MARCUS, PRIYA, SAM
from tests.evals.task import task


@task("Tell Jane three works on Thursday.", wants=(Wanted("text", JANE, (r"three|3", "Thursday")),), answer=("sent",))
async def tell_her_three_works(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("send_sms", lead_id=jane, body="Hi Jane, three works on Thursday.")
    agent.seen(r"(sent: )")
    await agent.says("Sent once to Jane, after your yes.")


@task(
    "Text Jane 'running ten minutes late'.",
    person="no",
    wants=(Wanted("draft", JANE, ("rejected", "ten minutes late")),),
    answer=(r"not sent|nothing was sent|said no|declined|wasn't sent",),
)
async def a_text_that_the_person_declines(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("send_sms", lead_id=jane, body="running ten minutes late")
    await agent.says(f"It was not sent: {agent.seen(r'rejected: (A person said no)')}.")


@task(
    "Text Jane that I'm at the house.",
    person="cannot be asked",
    wants=(Wanted("draft", JANE, ("pending", "house")),),
    answer=(r"approv|yes", "m-"),
)
async def a_text_that_waits(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("send_sms", lead_id=jane, body="I'm at the house.")
    waiting = agent.seen(r"message_id (m-\w+)")
    await agent.says(f"It waits for your yes and was not sent: `lofty-mcp approve --sandbox {waiting}` in a terminal.")


@task(
    "Text Jane that I'm at the house.",
    "Actually, forget it, don't text her.",
    person="cannot be asked",
    wants=(Wanted("draft", JANE, ("cancelled", "house")),),
    answer=(r"withdr|cancel",),
)
async def a_text_that_is_withdrawn(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("send_sms", lead_id=jane, body="I'm at the house.")
    await agent.says("It waits for your approval.")
    await agent.call("cancel_message", message_id=agent.seen(r"message_id (m-\w+)"))
    await agent.says("Withdrawn; nothing was sent.")


@task(
    "Text Jane that I'm at the house.",
    "Did it go out?",
    person="cannot be asked",
    wants=(Wanted("draft", JANE, ("pending", "house")),),
    answer=(r"\bno\b|not|waits|waiting",),
)
async def whether_it_went_out(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("send_sms", lead_id=jane, body="I'm at the house.")
    await agent.says("It waits for your approval.")
    await agent.call("get_message", message_id=agent.seen(r"message_id (m-\w+)"))
    agent.seen(r"(awaiting_approval)")
    await agent.says("No, it still waits for your yes.")


@task("Is anything waiting for me to approve?", answer=(r"nothing|\bno\b|none|not",))
async def whether_anything_waits(agent: Assistant) -> None:
    await agent.call("list_messages")
    await agent.says("Nothing waits.")


@task(
    "Email Sam about flood insurance: I'll have two quotes for him by Friday.",
    wants=(Wanted("email", SAM, ("flood", "Friday", "quotes")),),
    answer=("sent",),
)
async def an_email(agent: Assistant) -> None:
    sam = await agent.lead("Sam Delgado")
    words = "Hi Sam,\n\nI'll have two quotes for you by Friday.\n\nAlex"
    await agent.call("send_email", lead_id=sam, subject="Flood insurance", body=words)
    agent.seen(r"(sent: )")
    await agent.says("Sent to Sam by email, after your yes.")


@task(
    "Text Rafael Garcia on his own number that Saturday 10 works for the showing.",
    wants=(Wanted("text", ELENA, ("Saturday", "10")),),
)
async def to_the_second_number(agent: Assistant) -> None:
    elena = await agent.lead("Garcia")
    await agent.call("list_notes", lead_id=elena)
    await agent.call("get_lead", lead_id=elena)
    his = agent.seen(r"- (p-\w+): phone \+1 480")
    await agent.call("send_sms", lead_id=elena, body="Hi Rafael, Saturday at 10 works for the showing.", to=his)
    await agent.says(f"{agent.seen(r'(sent: The text to Elena Garcia)')} on the 480 number.")


@task(
    "Text Jon Smith that the appraisal is on Friday.",
    "The one under contract.",
    wants=(Wanted("text", JON, ("appraisal", "Friday")),),
    writes_from=1,
)
async def to_one_of_two(agent: Assistant) -> None:
    await agent.call("find_leads", query="Jon Smith")
    await agent.says("Which one: Jon Smith in Chicago (under contract), or Jon Smíth in Evanston?")
    jon = agent.seen(r'lead_id (\d+): Chicago, IL; stage "Under contract"')
    await agent.call("send_sms", lead_id=jon, body="Hi Jon, the appraisal is on Friday.")
    await agent.says("Sent to Jon Smith in Chicago.")


@task(
    "Thank Leila in Spanish by text for her time last night, two sentences at most.",
    wants=(Wanted("text", LEILA, ("gracias",)),),
)
async def in_spanish(agent: Assistant) -> None:
    leila = await agent.lead("Leila")
    await agent.call("send_sms", lead_id=leila, body="Leila, muchas gracias por tu tiempo anoche.")
    await agent.says("Sent in Spanish, after your yes.")


@task(
    "Send Aiko a text that the photos can wait until January.",
    wants=(Wanted("text", AIKO, ("January",)),),
)
async def across_time_zones(agent: Assistant) -> None:
    aiko = await agent.lead("Aiko")
    await agent.call("send_sms", lead_id=aiko, body="Hi Aiko, the photos can wait until January.")
    await agent.says("Sent; it is 9 AM in Honolulu.")


@task(
    "Tell Jane three works.",
    "Send that again please, I'm not sure it went.",
    wants=(Wanted("text", JANE, ("three",)),),
    answer=(r"already|once|not .{0,20}(again|twice)",),
)
async def what_was_sent_is_not_sent_again(agent: Assistant) -> None:
    jane = await agent.lead("Jane")
    await agent.call("send_sms", lead_id=jane, body="Hi Jane, three works on Thursday.")
    await agent.says("Sent after your yes.")
    await agent.call("get_message", message_id=agent.seen(r"message_id (m-\w+)"))
    await agent.says(f"It went out already, {agent.seen(r'was sent (once)')}; sending it again would be a second text.")


@task(
    "Tell Priya by email that the lease list is ready.",
    wants=(Wanted("draft", PRIYA, ("pending", "lease")),),
    answer=(r"terminal|approv", r"STOP|left alone|opted"),
)
async def an_email_that_is_held_for_a_second_look(agent: Assistant) -> None:
    priya = await agent.lead("Priya")
    words = "Hi Priya, the lease list is ready."
    await agent.call("send_email", lead_id=priya, subject="Your lease list", body=words)
    why = agent.seen(r"Held: (.+)")
    await agent.says(f"It was not sent yet. {why} If you still want it, approve it at a terminal.")


@task(
    "Yes, that's right, send it.",
    prompt="draft_reply",
    arguments={
        "lead": "Hugo Martin",
        "intent": "It has a carport only. I can show it Saturday at 11.",
        "channel": "text",
    },
    wants=(Wanted("text", HUGO, ("carport", "Saturday", "11")),),
    writes_from=1,
)
async def a_reply_that_is_drafted_first(agent: Assistant) -> None:
    hugo = await agent.lead("Hugo")
    await agent.call("get_lead", lead_id=hugo)
    await agent.call("get_timeline", lead_id=hugo)
    agent.seen(r"> (Does the Osage.+)")
    words = "Hugo, the Osage one has a carport only. I can show it to you Saturday at 11, does that work?"
    await agent.says(f"To Hugo Martin:\n> {words}\nIs that right?")
    await agent.call("send_sms", lead_id=hugo, body=words)
    await agent.says("Sent to Hugo, after your yes.")


@task(
    "Answer Marcus's last email: got it, I'll look at his edits tonight. Then note that I did.",
    wants=(Wanted("email", MARCUS, ("edits", "tonight")), Wanted("note", MARCUS, ("edits",))),
)
async def an_email_and_a_note(agent: Assistant) -> None:
    marcus = await agent.lead("Marcus Bell")
    await agent.call("get_timeline", lead_id=marcus, channels=["email"], limit=5)
    subject = agent.seen(r"email from Marcus\n> Subject: (Re: .+)")
    words = "Hi Marcus, got it. I'll look at your edits tonight."
    await agent.call("send_email", lead_id=marcus, subject=subject, body=words)
    agent.seen(r"(sent: )")
    await agent.call("create_note", lead_id=marcus, content="Answered his email: will look at his edits tonight.")
    await agent.says("Sent, and noted.")


@task(
    "Call Grace a reminder for tomorrow at ten, and text her that the estate people can come on the 21st.",
    wants=(Wanted("text", GRACE, ("21",)), Wanted("task", GRACE, ("2026-11-18T15:00Z",))),
)
async def a_reminder_and_a_text(agent: Assistant) -> None:
    grace = await agent.lead("Grace")
    due = "2026-11-18T10:00:00-05:00"
    await agent.call("create_task", lead_id=grace, content="Call Grace", due_at=due, kind="call")
    await agent.call("send_sms", lead_id=grace, body="Hi Grace, the estate sale people can come on the 21st.")
    await agent.says("The reminder is set for tomorrow at 10 AM, and the text was sent after your yes.")
