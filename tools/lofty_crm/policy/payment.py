"""Money and identity, which impostors ask for in an agent's name.

Sources: FBI Internet Crime Complaint Center, annual reports (real-estate wire fraud); FTC, gift-card and cryptocurrency
scam advice; ISO/IEC 7812 (card numbers), ABA routing-number check digit, ISO 13616 (IBAN), SSA rules for assigning
social-security numbers. As of November 2026.
"""

import re
from collections.abc import Iterable, Iterator

from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.folding import fold, unmask
from lofty_crm.policy.verdict import Finding, Weight

_DISGUISES = str.maketrans("0134578@$l", "oieastbasi")
_PHRASES = (
    *("wire transfer", "wire the", "wire your", "wire money", "wire funds", "wire it", "wire instructions"),
    *("wiring instructions", "wiring the", "wiring money", "bank transfer", "routing number", "account number"),
    *("bank account", "bank details", "western union", "moneygram", "gift card", "gift cards", "prepaid card"),
    *("bitcoin", "btc", "ethereum", "usdt", "crypto", "cryptocurrency", "crypto wallet", "wallet address"),
    *("zelle", "venmo", "cashapp", "cash app", "paypal", "credit card", "debit card", "card number", "cvv"),
    *("social security", "ssn", "passport number", "drivers license", "driver s license"),
    *("date of birth", "maiden name", "bank login", "online banking", "one time code"),
)
_RUN_PHRASES = (
    *("wiretransfer", "wireinstructions", "wiringinstructions", "routingnumber", "accountnumber", "giftcard"),
    *("bankaccount", "westernunion", "socialsecurity", "creditcard", "passportnumber", "walletaddress"),
)
"""Long enough to be told from chance when all spaces are gone."""
_DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS_BY_NAME = {name: str(digit) for digit, name in enumerate(_DIGIT_NAMES)} | {"oh": "0"}
_DIGIT_NAME = rf"(?:{'|'.join(_DIGITS_BY_NAME)})\b"
_SPELLED = re.compile(rf"\b{_DIGIT_NAME}(?:[\s,.-]+(?={_DIGIT_NAME}))?", re.IGNORECASE)
_GAP = r"[ .\-_*/]{1,3}"
_CARD = re.compile(
    rf"(?<!\d)(?:\d{{13,19}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?|\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{5}}"
    rf"|\d(?:{_GAP}\d){{12,18}})(?!\d)"
)
_SSN = re.compile(rf"(?<![\d-])(?:\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}}|\d(?:{_GAP}\d){{8}})(?![\d-])")
_ROUTING = re.compile(r"(?<![\d$#-])\d{9}(?![\d-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_WALLET = re.compile(
    r"\b(?:bc1[a-z0-9]{25,60}|0x[0-9a-fA-F]{40}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33})\b"
)
_ROUTED = re.compile(r"\b(?:routing|aba|acct|iban|swift)\b\W{0,3}(?:no|number|code)?\W{0,3}\d{3}", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"[.!?]\s|\n")


def payment_or_identity_data(facts: Facts) -> Iterable[Finding]:
    """Hold a message about payments or with identity data, also spaced out or disguised (sources: see the module)."""
    for words in (facts.body, facts.subject or ""):
        found = next(_found(unmask(words)), None)
        if found:
            yield Finding(
                "payment_or_identity_data",
                Weight.HELD,
                f"The message speaks of payment or identity data: {excerpt(found, 40)}.",
                "Leave such data to the phone or to the title company's own portal.",
            )
            return


def _found(words: str) -> Iterator[str]:
    yield from _phrases(words)
    spelled = _SPELLED.sub(lambda found: _DIGITS_BY_NAME[found[0].rstrip(" \t\n,.-").lower()], words)
    for digits in dict.fromkeys((words, spelled)):
        yield from ("a card number" for found in _CARD.finditer(digits) if _is_card(found[0]))
        yield from ("a social security number" for found in _SSN.finditer(digits) if _is_ssn(found[0]))
        yield from ("a bank routing number" for found in _ROUTING.finditer(digits) if _is_routing(found[0]))
    yield from ("an IBAN" for found in _IBAN.finditer(words) if _is_iban(found[0]))
    yield from ("a cryptocurrency address" for _ in _WALLET.finditer(words))
    yield from (found[0] for found in _ROUTED.finditer(words))


def _phrases(words: str) -> Iterator[str]:
    yield from (found[0] for found in _PLAIN.finditer(fold(words)))
    yield from (found[0] for found in _DISGUISED.finditer(_undisguised(words)))
    for sentence in filter(None, _SENTENCE_ENDS.split(words)):
        run = _undisguised(sentence).replace(" ", "")
        yield from (phrase for phrase, plain in _RUNS.items() if plain in run)


def _undisguised(words: str) -> str:
    """Read digits and signs as the letters that they stand in for, and join letters that stand alone."""
    letters = fold(words.lower().translate(_DISGUISES))
    return re.sub(r"\b\w(?: \w\b){2,}", lambda found: found[0].replace(" ", ""), letters)


_PLAIN = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b")
_RUNS = {phrase: _undisguised(phrase) for phrase in _RUN_PHRASES}
_DISGUISED = re.compile(rf"\b(?:{'|'.join(_undisguised(phrase).replace(' ', ' ?') for phrase in _PHRASES)})\b")


def _digits(found: str) -> list[int]:
    return [int(character) for character in found if character.isdigit()]


def _is_card(found: str) -> bool:
    digits = _digits(found)
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return digits[0] in {3, 4, 5, 6} and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_ssn(found: str) -> bool:
    digits = "".join(map(str, _digits(found)))
    return digits[:3] not in {"000", "666"} and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _is_routing(found: str) -> bool:
    first_two = int(found[:2])
    in_use = 1 <= first_two <= 12 or 21 <= first_two <= 32 or 61 <= first_two <= 72 or first_two == 80
    return in_use and sum(weight * digit for weight, digit in zip((3, 7, 1) * 3, _digits(found), strict=True)) % 10 == 0


def _is_iban(found: str) -> bool:
    compact = found.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1
