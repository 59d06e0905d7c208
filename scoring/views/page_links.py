"""The cards by which a page of a part leads to its pages."""

from dataclasses import dataclass

from django.utils.functional import Promise

from applicants.permissions import Capability


@dataclass(frozen=True, slots=True)
class PageLink:
    """One entry: where it leads, what it is for, and who may follow it."""

    url_name: str
    icon: str
    title: str | Promise
    text: str | Promise
    capability: Capability
