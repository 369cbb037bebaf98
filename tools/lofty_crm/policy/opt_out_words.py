"""How people ask to be left alone, and how they take it back.

Sources: 47 CFR 64.1200(a)(10), in force since 2025-04-11: stop, quit, end, revoke, opt out, cancel, unsubscribe, and
whatever else a reasonable person understands so. CTIA, Messaging Principles and Best Practices (2023), 5.1.3: STOP and
what means the same in plain language. The carriers' keywords, as Twilio lists them: STOPALL, OPTOUT, START, UNSTOP.
"""

import re
from functools import lru_cache

from lofty_crm.policy.folding import fold

_CLAUSE_ENDS = re.compile(r"[.!?;,:\n]+")
_COURTESY = "(?:please|pls|plz|ok|okay|hi|hello|hey|thanks|thank you|thx|just|now|sir|maam|por favor|gracias)"
_PLAIN_KEYWORD = r"stop|stop ?all|unsub(?:scribe)?|opt ?out|alto|no mas"
_KEYWORD = re.compile(
    rf"(?:stop )+stop|{_PLAIN_KEYWORD}|quit|end|revoke|cancel|arret"
    r"|pare[nr]?|para|detener|detente|basta|cancelar|(?:darse de )?baja|salir|terminar|fin|desuscribir(?:me)?"
    r"|opt me out|remove(?: me| my number)?|(?:leave|let) me (?:alone|be)|go away|wrong number|numero equivocado"
    r"|(?:lose|delete) (?:my|this) number|no more|enough|(?:fuck|piss) off"
)
_CONTACTING = r"(?:text|txt|messag|message|contact|email|call|bother|spam|writ|write|reach)(?:t?ing|s)?(?: out)?"
_REQUEST = (
    rf"(?:(?:stop|quit) {_CONTACTING}"
    rf"|(?:do not|don t|dont|never) (?:ever )?{_CONTACTING}(?! (?:that|this|it)\b)"
    r"|(?:opt|opting|opted) out|unsubscribe|be removed"
    r"|(?:take|remove|delete) (?:me|us|my (?:number|name)|this number) (?:off|from|out of)"
    r"|no more (?:texts?|messages?|texting|emails?|calls?|contact)"
    r"|(?:deje|dejen|deja) de (?:escribir|mandar|enviar|contactar|molestar|textear)\w*"
    r"|no me (?:escrib|mand|contact|text|molest|llam|envi)[ae]n?s?"
    r"|(?:darme|deme|denme|dame) de baja)"
)
_WHOLE_REQUEST = re.compile(
    rf"(?:i )?(?:(?:want|wish|would like|need|d like|quiero) )?(?:to |you to )?{_REQUEST}"
    r"(?: (?:me|us|this number|my phone|your list|the list|this list|list|your lists?|tu lista|su lista))?"
    r"(?: (?:again|any ?more|any longer|ever|ever again|mas|mas mensajes|mensajes))?"
)
_OUTRIGHT = re.compile(  # wherever it stands, unless a condition follows, as in "stop texting me at work"
    rf"\b(?:(?:stop|quit) {_CONTACTING} (?:me|us)"
    rf"|(?:do not|don t|dont|never) (?:ever )?{_CONTACTING} (?:me|us) (?:again|any ?more|any longer|ever)"
    r"|(?:take|remove|delete) (?:me|us|my (?:number|name)|this number) (?:off|from|out of) (?:your|the|this|all)"
    r"(?: \w+)? lists?)\b(?! (?:at|before|after|on|until|till|during|while|when|in|from|about|so) )"
)
_TRACE = re.compile(
    rf"\b(?:{_REQUEST}|leave me alone|wrong number|numero equivocado|dnc"
    r"|(?:asked|asks|wants?|requested|told (?:me|us)) (?:me |us )?(?:not to|to stop|to be (?:removed|left alone))"
    r"|not (?:to )?be (?:contacted|texted|called|emailed))\b"
)
_LONE_KEYWORD = re.compile(_PLAIN_KEYWORD)
_NOT = r"\b(?:do not|don['\u2019]?t|never|stop|quit|no(?: more)?)"
_NO_CALLS = re.compile(
    rf"{_NOT}\s+(?:ever\s+)?(?:phone\s+)?call(?:ing|s)?\b"
    r"(?!\W+(?:(?:or|and|nor)\s+)?(?:text|txt|messag|e-?mail|contact|writ|reach))",
    re.IGNORECASE,
)
_NOT_THEN = re.compile(
    rf"{_NOT}\s+(?:ever\s+)?{_CONTACTING}(?:\s+(?:him|her|them))?\s+(?:before|after|until|till|during|between|while|at|on)\b",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")
_RESUMPTION = re.compile(r"start|unstop|opt ?in|resubscribe|empezar|comenzar|iniciar")

_REACTION = re.compile(
    r"\s*(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted \S+ to|le gustó|le encantó)"
    r"\s+[\"\u201c\u201d].*[\"\u201c\u201d]\s*",
    re.IGNORECASE | re.DOTALL,
)
"""What phones send for a reaction: it quotes our own words."""


@lru_cache(maxsize=2048)
def is_opt_out(words: str) -> bool:
    """Whether a message asks to be left alone.

    Case, accents, punctuation and courtesies do not matter. A word such as "stop" or "cancel" counts only when it is
    the whole message; a request such as "please stop texting me" may be a part of it.
    """
    if _REACTION.fullmatch(words):
        return False
    clauses = _clauses(words)
    return (
        bool(_KEYWORD.fullmatch(_bare(fold(words))) or _spelled_out(words))
        or bool(clauses and all(_KEYWORD.fullmatch(clause) for clause in clauses))
        or any(_WHOLE_REQUEST.fullmatch(clause) for clause in clauses)
        or bool(_OUTRIGHT.search(fold(words)))
    )


@lru_cache(maxsize=2048)
def resembles_opt_out(words: str) -> bool:
    """Whether words hold what may be such a request, or tell of one."""
    if _REACTION.fullmatch(words):
        return False
    return (
        is_opt_out(words)
        or bool(_TRACE.search(fold(words)))
        or any(_LONE_KEYWORD.fullmatch(clause) for clause in _clauses(words))
    )


def resembles_opt_out_in_a_note(words: str) -> bool:
    """Whether an agent's own words tell of such a request; "no calls before nine" and "do not call, text" do not."""
    return resembles_opt_out(_NO_CALLS.sub(" ", _NOT_THEN.sub(" ", words)))


def telling_part(words: str) -> str:
    """Return the first sentence of words that tells of such a request by itself, else all of them."""
    return next((sentence for sentence in _SENTENCE_ENDS.split(words) if resembles_opt_out(sentence)), words)


def is_resumption(words: str) -> bool:
    """Whether a whole message takes an earlier request back. YES does not: it may answer anything."""
    return bool(_RESUMPTION.fullmatch(_bare(fold(words))))


def _clauses(words: str) -> list[str]:
    bare = (_bare(fold(clause)) for clause in _CLAUSE_ENDS.split(words))
    return [clause for clause in bare if clause and not re.fullmatch(_COURTESY, clause)]


def _spelled_out(words: str) -> bool:
    letters = fold(words).split()
    return all(len(letter) == 1 for letter in letters) and bool(_KEYWORD.fullmatch("".join(letters)))


def _bare(folded: str) -> str:
    return re.sub(rf"^(?:{_COURTESY} )+|(?: {_COURTESY})+$", "", folded)
