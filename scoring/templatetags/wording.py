"""Reasons in the language of the page, for templates."""

from django import template

from scoring import wording

register = template.Library()
register.filter("said", wording.said)
