"""Icons, numbers with units, times with their zone, and who sees what, for every template."""

import zoneinfo
from datetime import datetime
from decimal import Decimal

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext

from applicants.models import Officer
from applicants.permissions import Capability
from applicants.permissions import can as officer_can

register = template.Library()

MINUS = "\N{MINUS SIGN}"
SPRITE = "vendor/bootstrap-icons/icons.svg"
# Pages below another entry of the navigation that have an entry of their own.
OWN_ENTRIES = ("applicant_new",)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Draw a decorative icon of the sprite; the text beside it says what it means."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static(SPRITE),
        name,
    )


@register.inclusion_tag("_fragments/rail_link.html", takes_context=True)
def rail_link(context: Context, url_name: str, icon_name: str, label: str) -> dict[str, object]:
    """Draw one entry of the main navigation, marked where the page is its own or below it."""
    url = reverse(url_name)
    path = context["request"].path
    below = (reverse(other) for other in OWN_ENTRIES if other != url_name)
    here = path.startswith(url) and path not in below
    return {"url": url, "icon_name": icon_name, "label": label, "here": here}


@register.simple_tag
def own_languages() -> list[tuple[str, str]]:
    """Return each language of the site with its name in that language itself."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


@register.filter
def can(officer: Officer, capability: str) -> bool:
    """Return whether the officer has the capability of that name."""
    return officer_can(officer, Capability(capability))


@register.filter
def initials(person: object) -> str:
    """Return up to two capital letters for an avatar."""
    words = str(person).split()
    return "".join(
        word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)
    ).upper()


@register.filter
def money(amount: Decimal | float | None, currency: str = "") -> str:
    """Write an amount by locale with its currency code; whole amounts without decimals."""
    if amount is None:
        return "–"
    whole = amount == int(amount)
    number = formats.number_format(amount, decimal_pos=0 if whole else 2, force_grouping=True)
    return f"{currency}\N{NO-BREAK SPACE}{_with_minus(number)}" if currency else _with_minus(number)


@register.filter
def signed(points: float | None, decimals: int = 0) -> str:
    """Write a change with its sign: +12, −8, 0."""
    if points is None:
        return "–"
    rounded = round(points, decimals) + 0.0  # the sum turns a negative zero into zero
    number = formats.number_format(rounded, decimal_pos=decimals, force_grouping=True)
    return f"+{number}" if rounded > 0 else _with_minus(number)


@register.filter
def percent(share: float | None, decimals: int = 1) -> str:
    """Write a share of 0…1 in percent."""
    if share is None:
        return "–"
    number = formats.number_format(round(share * 100, decimals), decimal_pos=decimals)
    return f"{number}\N{NO-BREAK SPACE}%"


@register.filter
def minus(number: str) -> str:
    """Write a number that is a text already with the sign of a minus."""
    return _with_minus(str(number))


def _with_minus(number: str) -> str:
    return number.replace("-", MINUS)


@register.simple_tag
def moment(value: datetime | None, style: str = "both") -> SafeString | str:
    """Show a time in the zone in use, with the zone's name; ``style`` is both, date or ago."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    full = f"{formats.date_format(local, gettext('j M Y, H:i'))} {local.tzname()}"
    day = formats.date_format(local, gettext("j M Y"))
    shown = {"both": full, "date": day}.get(style) or _ago(value)
    # A day is one word: in a narrow column it would otherwise break over three lines.
    wraps = "" if style == "both" else "nowrap"
    return format_html(
        '<time datetime="{}" title="{}" class="{}">{}</time>', value.isoformat(), full, wraps, shown
    )


def _ago(value: datetime) -> str:
    seconds = (timezone.now() - value).total_seconds()
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= unit_s:
            return f"{int(abs(seconds) // unit_s)}\N{NO-BREAK SPACE}{unit}"
    return f"{int(abs(seconds))}\N{NO-BREAK SPACE}s"


@register.simple_tag
def zone_name() -> str:
    """Return the name of the time zone in use."""
    zone = timezone.get_current_timezone()
    return zone.key if isinstance(zone, zoneinfo.ZoneInfo) else str(zone)


@register.filter
def is_past(value: datetime) -> bool:
    """Return whether a moment lies behind us."""
    return value < timezone.now()
