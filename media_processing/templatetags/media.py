"""Lengths of recordings and measures, for the templates of sessions."""

from django import template
from django.utils import formats

from applicants.templatetags.ui import MINUS
from media_processing import question_wording

register = template.Library()


@register.filter
def duration(seconds: float | None) -> str:
    """Write a length or a time within a recording: 0:12.3, 14:05.0."""
    if seconds is None:
        return "–"
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


@register.filter
def measured(value: float, decimals: int) -> str:
    """Write a measure by locale, with a real minus sign."""
    # number_format cuts decimals off instead of rounding.
    rounded = round(value, decimals)
    return formats.number_format(rounded, decimal_pos=decimals).replace("-", MINUS)


@register.filter
def spoken_language(text: str) -> str:
    """Return the language tag of a question, for its voice and for screen readers."""
    return question_wording.spoken_language(text)
