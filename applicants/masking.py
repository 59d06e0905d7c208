"""What a page shows of personal data until an officer asks, on the record, to see it."""

HIDDEN = "\N{BULLET}" * 3
SHOWN_DIGITS = 2


def masked_email(value: str | None) -> str:
    """Return the first letter and the last label of the domain: m•••@•••.org."""
    if not value:
        return ""
    _, _, domain = value.partition("@")
    ending = domain.rpartition(".")[2]
    return f"{value[0]}{HIDDEN}@{HIDDEN}.{ending}"


def masked_ending(value: str | None) -> str:
    """Return the last characters of a number or id."""
    if not value:
        return ""
    return f"{HIDDEN} {value[-SHOWN_DIGITS:]}"
