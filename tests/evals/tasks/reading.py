"""Questions about leads and what was written; nothing changes."""

from tests.evals.assistant import Assistant
from tests.evals.task import task


@task("What's Jane Hollis's number?", answer=(r"303.?.?555.?0101",))
async def her_number(agent: Assistant) -> None:
    await agent.call("get_lead", lead_id=await agent.lead("Jane Hollis"))
    await agent.says(f"Jane's number is {agent.seen(r'phone ([+0-9 ]+)')}.")


@task("What did Jane write last?", answer=(r"three instead of two", r"Thursday"))
async def her_last_words(agent: Assistant) -> None:
    await agent.call("get_timeline", lead_id=await agent.lead("Jane"), limit=5)
    words = agent.seen(r"text from Jane\n> (.+)")
    await agent.says(f"She wrote: {words}")


@task("Who called me from 617-555-0111?", answer=("Ruth Abernathy",))
async def whose_number(agent: Assistant) -> None:
    await agent.call("find_leads", query="617-555-0111")
    await agent.says(f"That is {agent.seen(r'^- ([^,]+), lead_id')}.")


@task("Which lead uses sam.delgado@example.com?", answer=("Sam Delgado",))
async def whose_email(agent: Assistant) -> None:
    await agent.call("find_leads", query="sam.delgado@example.com")
    await agent.says(f"That is {agent.seen(r'^- ([^,]+), lead_id')}.")


@task("What time is it for Aiko right now? Can I ring her?", answer=(r"9:0\d (AM|a\.m\.)", "before 10"))
async def her_local_time(agent: Assistant) -> None:
    aiko = await agent.lead("Aiko")
    await agent.call("get_lead", lead_id=aiko)
    now = agent.seen(r"Local time: .*?(\d+:\d\d [AP]M)")
    await agent.call("list_notes", lead_id=aiko)
    await agent.says(f"It is {now} in Honolulu, and your note says: {agent.seen(r'(call before 10 AM hers)')}.")


@task("Who's waiting for me to answer them today?", answer=("Jane", "Hugo", "Dana"), never=("Walter",))
async def who_is_waiting(agent: Assistant) -> None:
    listed = await agent.call("list_replies")
    names = [line.removeprefix("- ").split(",")[0] for line in listed.splitlines() if line.startswith("- ")]
    await agent.says(f"These wait: {', '.join(names)}.")


@task("How long has Hugo been waiting for an answer, and what does he want?", answer=(r"\bday\b|yesterday", "garage"))
async def how_long_he_waits(agent: Assistant) -> None:
    await agent.call("list_replies")
    waits = agent.seen(r"Hugo Martin, lead_id \d+, waiting ([^,\n]+)")
    await agent.says(f"Hugo waits for {waits}: {agent.seen(r'> (Does the Osage.+)')}")


@task("Who's in my inbox since noon today?", answer=("Jane",), never=("Hugo", "Marcus"))
async def since_noon(agent: Assistant) -> None:
    await agent.call("list_replies", since="2026-11-17T12:00:00-05:00")
    await agent.says(f"Only {agent.seen(r'^- ([^,]+), lead_id')}.")


@task(
    "Any unanswered emails? What do they say?",
    answer=("Flood insurance", r"only.{0,40}subject|subjects? only|no body|not .{0,30}(words|body|text|content)"),
)
async def emails_without_words(agent: Assistant) -> None:
    await agent.call("list_replies", channels=["email"])
    sam = agent.seen(r"Sam Delgado[^>]*> Subject: (.+)")
    await agent.says(f"Sam Delgado wrote about '{sam}'. Lofty gives only subjects, not the words of an email.")


@task("When did I last talk to Tom on the phone, and about what?", answer=(r"Oct(ober)? 30", "cabinets", "March"))
async def last_talk(agent: Assistant) -> None:
    await agent.call("list_calls", lead_id=await agent.lead("Tom Okafor"), limit=3)
    when = agent.seen(r"inbound; (\w+ \w+ \d+)")
    await agent.says(f"On {when}: {agent.seen(r'> (Cabinets.+)')}")


@task("Did Carl get my email?", answer=("bounced",), never=(r"he (got|received|opened) it",))
async def an_email_that_bounced(agent: Assistant) -> None:
    await agent.call("get_timeline", lead_id=await agent.lead("Carl Dupree"), channels=["email"])
    await agent.says(f"No, it {agent.seen(r'email to Carl, (bounced)')}.")


@task("Has Jane opened the tour email?", answer=(r"opened|yes",))
async def an_email_that_was_opened(agent: Assistant) -> None:
    await agent.call("get_timeline", lead_id=await agent.lead("Jane"), channels=["email"], limit=5)
    words = agent.seen(r"(opened [^\n]+)\n> Subject: Thursday")
    await agent.says(f"Yes: {words}")


@task("What's in my notes on the Garcias?", answer=("nurse", "Rafael", "pool"))
async def notes_on_a_household(agent: Assistant) -> None:
    await agent.call("list_notes", lead_id=await agent.lead("Garcia"))
    await agent.says(f"{agent.seen(r'> (The Garcias.+)')} {agent.seen(r'> (Arcadia.+)')}")


@task("Which of the Garcias' numbers do I use for showings?", answer=("480",), never=("602.?555",))
async def which_of_two_numbers(agent: Assistant) -> None:
    elena = await agent.lead("Garcia")
    await agent.call("list_notes", lead_id=elena)
    await agent.call("get_lead", lead_id=elena)
    words = agent.seen(r"phone (\+1 480 [0-9 ]+)")
    await agent.says(f"Rafael's, {words}.")


@task("When does Jon Smith close, the one in Chicago?", answer=(r"Dec(ember)?\.? 15",), never=("Spring 2027",))
async def the_right_one_of_two(agent: Assistant) -> None:
    await agent.call("find_leads", query="Jon Smith")
    await agent.call("list_notes", lead_id=agent.seen(r"lead_id (\d+): Chicago"))
    await agent.says(f"Closing is on {agent.seen(r'Closing (Dec 15)')}.")


@task("When does Jon Smith close?", answer=("Chicago", "Evanston", r"\?"))
async def one_of_two_is_asked_for(agent: Assistant) -> None:
    await agent.call("find_leads", query="Jon Smith")
    places = f"{agent.seen(r'lead_id [0-9]+: (Chicago, IL)')} or {agent.seen(r'lead_id [0-9]+: (Evanston, IL)')}"
    await agent.says(f"Which Jon: the one in {places}?")


@task("What has Ben Carter said so far?", answer=(r"nothing|no (messages|contact|history|record)|not (said|written)",))
async def a_lead_without_history(agent: Assistant) -> None:
    await agent.call("get_timeline", lead_id=await agent.lead("Ben Carter"))
    agent.seen(r"(Nothing with Ben Carter)")
    await agent.says("Nothing yet: there is no text, email, call or note with him.")


@task("What's the story with Zelda Quimby?", answer=(r"no (lead|one|record|match)|not find|couldn't find|can't find",))
async def nobody_of_that_name(agent: Assistant) -> None:
    await agent.call("find_leads", query="Zelda Quimby")
    agent.seen(r"(No lead fits)")
    await agent.says("I find no lead of that name. Is it spelled differently?")


@task("What did Leila write in Arabic?", answer=("شكر",))
async def words_in_another_script(agent: Assistant) -> None:
    await agent.call("get_timeline", lead_id=await agent.lead("Leila"), channels=["sms"])
    await agent.says(agent.seen(r"> (شكر.+)"))


@task("What was the very first thing I wrote to Aiko?", answer=("Aloha",))
async def the_oldest_entry(agent: Assistant) -> None:
    await agent.call("get_timeline", lead_id=await agent.lead("Aiko"), limit=100)
    await agent.says(agent.seen(r"text to Aiko\n> (Aloha.+)"))


@task("What did Dana and I talk about in the first week of November 2025?", answer=(r"\w",), calls=8)
async def a_week_a_year_ago(agent: Assistant) -> None:
    dana = await agent.lead("Dana")
    span = {"since": "2025-11-01T00:00:00-05:00", "until": "2025-11-08T00:00:00-05:00"}
    page = await agent.call("get_timeline", lead_id=dana, channels=["sms", "call", "note"], limit=10, **span)
    await agent.says(page.split("> ")[1].splitlines()[0])


@task(
    "Catch me up on Jane.",
    answer=(r"700", "Thursday", r"roof"),
    prompt="catch_up",
    arguments={"lead": "Jane Hollis"},
)
async def where_things_stand(agent: Assistant) -> None:
    jane = await agent.lead("Jane Hollis")
    await agent.call("get_lead", lead_id=jane)
    await agent.call("get_timeline", lead_id=jane)
    await agent.call("list_notes", lead_id=jane)
    asks, money = agent.seen(r"> (Hi Alex! Could.+)"), agent.seen(r"> (Pre-approved.+)")
    reply = await agent.says(f"She waits for you: {asks} {money} {agent.seen(r'> (Ivanhoe: .+)')}")
    if reply:
        await agent.says("That was all.")


@task(
    prompt="morning_inbox",
    answer=("Jane", "Hugo", "Flood insurance", "subject"),
)
async def the_morning(agent: Assistant) -> None:
    listed = await agent.call("list_replies")
    leads = [line for line in listed.splitlines() if line.startswith(("- ", "> "))]
    await agent.says("\n".join([*leads, agent.seen(r"(Lofty gives subjects.+)")]))
