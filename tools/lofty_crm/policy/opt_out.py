"""Whether the lead has asked to be left alone.

Sources of the words: 47 CFR 64.1200(a)(10) as in force since 2025-04-11 (stop, quit, end, revoke, opt out, cancel,
unsubscribe, and any wording that a reasonable person understands so); CTIA Messaging Principles and Best Practices
(2023), 5.1.3; the carriers' keywords as Twilio lists them (STOPALL, OPTOUT, START, UNSTOP).
Nothing here is legal advice.
"""

import re
import unicodedata
from collections.abc import Iterable

from lofty_crm.api.models import Channel, Text
from lofty_crm.policy.characters import without_hidden
from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.verdict import Finding, Weight

# The FCC's and the carriers', Spanish, and what people write.
_WORDS = re.compile(
    r"(?:stop )*stop|stop ?all|quit|end|revoke|opt ?out|cancel|unsub(?:scribe)?(?: me)?|arret"
    r"|alto|pare[nr]?|para|detener|detente|basta|cancelar|(?:darse de )?baja|no mas|salir|terminar|fin"
    r"|desuscribir(?:me)?"
    r"|opt me out|remove(?: me| my number)?|(?:leave|let) me (?:alone|be)|go away|wrong number|numero equivocado"
    r"|(?:lose|delete) (?:my|this) number|no more|enough|(?:fuck|piss) off"
)
_COURTESY = "(?:please|pls|plz|ok|okay|hi|hello|hey|thanks|thank you|thx|just|now|sir|maam|por favor|gracias)"
_VERBS = r"(?:text|message|messag|txt|contact|email|call|bother|spam|write)"
_PHRASE = re.compile(
    rf"(?:(?:stop|quit) {_VERBS}(?:ing)?(?: (?:me|us|this number|my phone))?"
    rf"|(?:do not|don t|dont|never|stop) (?:ever )?{_VERBS}(?: (?:me|us|this number))?"
    r"|(?:i )?(?:want to |wish to |would like to )?(?:opt out|unsubscribe|unsubscribe me|be removed)"
    r"|(?:take|remove|delete) (?:me|us|my number|this number|my name) (?:off|from|out of) .{1,40}"
    r"|no more (?:texts?|messages?|texting|contact)"
    r"|(?:deje|dejen|deja) de (?:escribir|mandar|enviar|contactar|molestar|textear).{0,40}"
    r"|no me (?:escriba|escriban|escribas|mande|manden|mandes|contacte|contacten|contactes|texte|moleste|molesten)"
    r".{0,30}"
    r"|(?:quiero )?(?:darme|deme|denme) de baja)"
    r"(?: (?:again|anymore|any more|any longer|ever|ever again|mas|mas mensajes))?"
)
_RESUMPTION = re.compile(r"start|unstop|opt ?in|resubscribe|empezar|comenzar|iniciar")


def is_opt_out(words: str) -> bool:
    """Whether a whole message, or one sentence of it, asks to be left alone.

    Case, accents, punctuation and courtesies do not matter. A word such as "stop" or "cancel" counts only when it is
    the whole message.
    """
    clauses = re.split(r"[.!?;,\n]+", words)
    return bool(_WORDS.fullmatch(_bare(fold(words)))) or any(_PHRASE.fullmatch(_bare(fold(each))) for each in clauses)


def is_resumption(words: str) -> bool:
    """Whether a whole message takes an earlier opt-out back. YES does not: it may answer anything."""
    return bool(_RESUMPTION.fullmatch(_bare(fold(words))))


def fold(words: str) -> str:
    """Return words in lower case, without accents, punctuation and hidden characters, singly spaced."""
    plain = unicodedata.normalize("NFKD", without_hidden(words)[0].casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]|_", " ", kept).split())


def standing(texts: Iterable[Text]) -> Text | None:
    """Return the opt-out that stands after a lead's texts, by their true times, or None.

    Only a later resumption that the lead sent lifts it: one without a time, or one that somebody logged, does not.
    Of a request and a resumption at the same moment the request counts.
    """
    inbound = [text for text in texts if text.direction == "inbound" and text.body]
    requests = [text for text in inbound if is_opt_out(text.body or "")]
    resumptions = [
        text.at for text in inbound if text.at and text.origin != "logged" and is_resumption(text.body or "")
    ]
    last = max(resumptions, default=None)
    return next((text for text in requests if not (text.at and last and text.at < last)), None)


def opted_out(facts: Facts) -> Iterable[Finding]:
    """Stop texts, and hold emails, to a lead who has texted an opt-out (sources: see the module)."""
    request = standing(facts.texts or ())
    if request is None:
        return
    when = f" on {request.at:%Y-%m-%d}" if request.at else ""
    yield Finding(
        "opted_out",
        Weight.STOP if facts.channel is Channel.SMS else Weight.HELD,
        f"The lead asked by text to be left alone{when}: {excerpt(request.body or '')}.",
        "Only the lead can take this back, by texting START.",
    )


def history_unread(facts: Facts) -> Iterable[Finding]:
    """Stop a text when the lead's texts could not be read, as an opt-out may be among them; warn of it for an email."""
    if facts.texts is None:
        yield Finding(
            "history_unread",
            Weight.STOP if facts.channel is Channel.SMS else Weight.WARNING,
            "Whether the lead has opted out could not be checked: the text history could not be read.",
            "Try again when Lofty answers.",
        )


def _bare(folded: str) -> str:
    return re.sub(rf"^(?:{_COURTESY} )+|(?: {_COURTESY})+$", "", folded)
