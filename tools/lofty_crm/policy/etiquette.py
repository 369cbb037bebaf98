"""What a person should think of before saying yes."""

import re
from collections.abc import Iterable

from lofty_crm.policy.excerpts import excerpt
from lofty_crm.policy.facts import Facts
from lofty_crm.policy.folding import fold
from lofty_crm.policy.verdict import Finding, Weight

_PEOPLE = (
    r"(?:singles?|couples?|famil(?:y|ies)|adults?|students?|professionals?|retirees?|seniors?|empty nesters?|men|women)"
)
_FAITHS = r"(?:christian|catholic|jewish|muslim|hindu|mormon|protestant|evangelical)"
_ORIGINS = r"(?:white|black|asian|hispanic|latino|latina|african american|indian|chinese|mexican|arab|caucasian)"
_AREA = r"(?:neighbou?rhood|area|community|building|block|street|school district|town|suburb|families|people|residents)"
_FAIR_HOUSING = re.compile(
    rf"\b(?:(?:perfect|ideal|great|best|suited|suitable|good) for (?:a |an )?(?:\w+ )?{_PEOPLE}"
    r"|no (?:kids|children|families with children|teenagers)|adults? only|mature (?:couple|person|adults?|tenants?)"
    r"|(?:not|un)(?: )?suitable for (?:kids|children|families)|child ?free|empty nesters? only|bachelor pad"
    rf"|{_FAITHS} (?:home|{_AREA})|(?:near|close to) (?:the |a )?(?:church|synagogue|mosque|temple) (?:people|families)"
    rf"|(?:predominantly |mostly |traditionally |all |mainly )?{_ORIGINS} {_AREA}|integrated {_AREA}|exclusive {_AREA}"
    r"|no (?:section 8|section eight|vouchers?|immigrants?|foreigners|wheelchairs?|handicapped|disabled)"
    r"|(?:english|spanish) speak(?:ers|ing) only|able bodied|no (?:service|support) animals"
    r"|safe (?:neighbou?rhood|area|community)|(?:good|bad|rough|sketchy) (?:neighbou?rhood|part of town)"
    r"|(?:people|families|neighbors|neighbours) like you|your (?:kind|type) of people)\b"
)


def fair_housing(facts: Facts) -> Iterable[Finding]:
    """Warn of phrases that prefer or exclude people, or that steer them.

    Sources: Fair Housing Act, 42 USC 3604(c); 24 CFR 100.75 and 100.70 (steering); many states and cities protect the
    source of income too. A phrase may be innocent: HUD's memorandum of 1995-01-09 names several that are.
    As of November 2026.
    """
    found = _FAIR_HOUSING.search(fold(f"{facts.subject or ''}\n{facts.body}"))
    if found:
        yield Finding(
            "fair_housing",
            Weight.WARNING,
            f"The phrase {excerpt(found[0])} may prefer or exclude people whom fair-housing law protects.",
            "Describe the property, not who should live there.",
        )


def namesakes(facts: Facts) -> Iterable[Finding]:
    """Warn that other leads have the same name, accents and case apart (the house, 2026-11)."""
    if facts.namesakes:
        others = "is another lead" if facts.namesakes == 1 else f"are {facts.namesakes} other leads"
        yield Finding("namesakes", Weight.WARNING, f"There {others} with a similar name: check the destination.")


def sales_assistant(facts: Facts) -> Iterable[Finding]:
    """Warn that Lofty's own sales assistant is working the lead, so that two voices would answer.

    Source: Lofty's reference, `/v2.0/sales-agents/working-leads` and `mute-status` (August 2026).
    """
    if facts.sales_assistant:
        yield Finding(
            "sales_assistant",
            Weight.WARNING,
            "Lofty's sales assistant is working this lead and may answer as well.",
            "The agent can mute it for this lead in Lofty.",
        )
