"""Made-up applicants for the page that shows a round trip; none of them is anybody."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scoring.german_forms import worded
from scoring.privacy.german_credit import SCORED


@dataclass(frozen=True, slots=True)
class SampleApplicant:
    """A row in the names and codes of German credit, without the protected attributes."""

    key: str
    title: str | Promise
    row: Mapping[str, str]

    def worded(self) -> list[tuple[str, str]]:
        """Return attributes and values in corrected words, in the language of the page."""
        pairs = []
        for attribute in SCORED:
            text = self.row[attribute.name]
            value = text if attribute.is_code else float(text)
            pairs.append((gettext(attribute.label), worded(attribute, value)))
        return pairs


def _row(text: str) -> dict[str, str]:
    return dict(zip((each.name for each in SCORED), text.split(), strict=True))


SAMPLES: Mapping[str, SampleApplicant] = {
    each.key: each
    for each in (
        SampleApplicant(
            "steady", _("Steady job, savings, small loan"),
            _row("A14 12 A34 A42 1800 A65 A75 2 A101 4 A124 A143 A153 1 A173 1 A192"),
        ),
        SampleApplicant(
            "between", _("Account overdrawn, two years, medium loan"),
            _row("A12 24 A32 A43 2500 A62 A73 3 A101 2 A122 A143 A152 1 A173 1 A191"),
        ),
        SampleApplicant(
            "strained", _("No checking account, four years, large loan"),
            _row("A11 48 A31 A40 7500 A61 A72 4 A101 1 A121 A141 A152 2 A172 2 A191"),
        ),
    )
}  # fmt: skip
