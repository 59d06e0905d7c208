"""Masks for personal data on pages."""

from django import template

from applicants.masking import masked_email, masked_ending

register = template.Library()
register.filter(masked_email)
register.filter(masked_ending)
