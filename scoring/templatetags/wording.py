"""Reasons and names of estimators in the language of the page, for templates."""

from django import template

from scoring import wording
from scoring.explanation import name_of

register = template.Library()
register.filter("said", wording.said)
register.filter("flag_title", wording.flag_title)
register.filter("flag_text", wording.flag_text)
register.filter("estimator_name", name_of)
