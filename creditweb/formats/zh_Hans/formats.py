"""Simplified Chinese: amounts in groups of three, as banks write them."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
