"""Lengths of recordings, for the templates of sessions."""

from django import template

register = template.Library()


@register.filter
def duration(seconds: float | None) -> str:
    """Write a length or a time within a recording: 0:12.3, 14:05.0."""
    if seconds is None:
        return "–"
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
