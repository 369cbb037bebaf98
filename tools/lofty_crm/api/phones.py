"""Phone numbers, as E.164 where they can be read."""

import re

_NORTH_AMERICAN = re.compile(r"\+?1?([2-9]\d{2}[2-9]\d{6})")
_SEPARATORS = re.compile(r"[\s().-]")


def e164(raw: str) -> str:
    """Return a US or international number as E.164; else its digits as they are."""
    compact = _SEPARATORS.sub("", raw)
    if plain := _NORTH_AMERICAN.fullmatch(compact):
        return f"+1{plain[1]}"
    # here, since it costs start-up time and North American numbers do not need it
    import phonenumbers as pn  # noqa: PLC0415

    candidates = [raw] if compact.startswith("+") or len(compact) <= 10 else [raw, f"+{compact}"]
    for candidate in candidates:
        try:
            number = pn.parse(candidate, "US")
        except pn.NumberParseException:
            continue
        if pn.is_possible_number_with_reason(number) == pn.ValidationResult.IS_POSSIBLE:
            return pn.format_number(number, pn.PhoneNumberFormat.E164)
    return re.sub(r"\D", "", raw) or raw.strip()


def split_e164(number: str) -> tuple[str, str]:
    """Split an E.164 number into calling code and national digits, as Lofty's sends want them.

    Raises:
        ValueError: when it is no E.164 number.
    """
    import phonenumbers as pn  # noqa: PLC0415 - as above

    try:
        parsed = pn.parse(number)
    except pn.NumberParseException:
        raise ValueError("not an E.164 phone number") from None
    if not number.startswith("+") or not pn.is_possible_number(parsed):
        raise ValueError("not an E.164 phone number")
    return str(parsed.country_code), pn.national_significant_number(parsed)
