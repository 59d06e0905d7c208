"""The form of a correction: personal data, and the finances of one application beside it."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from applicants.errors import ProblemError
from applicants.forms import BusinessForm, ContactForm, PersonForm, StyledForm, profile_form_of
from applicants.models import Applicant, Application, Officer, SubjectRequest
from creditweb.subjects import rights

FORMS: dict[str, type[ContactForm]] = {
    Applicant.Kind.PERSON: PersonForm,
    Applicant.Kind.BUSINESS: BusinessForm,
}


class Correction:
    """Two forms that are saved together; only what was changed is corrected."""

    def __init__(
        self, asked: SubjectRequest, application: Application | None, data: Any = None
    ) -> None:
        self._asked, self._application = asked, application
        applicant, form = asked.applicant, FORMS[asked.applicant.kind]
        held = {name: getattr(applicant, name) for name in form.base_fields}
        self.personal = form(data, initial=held, prefix="personal")
        profile = application.profile() if application else None
        self.finances: StyledForm | None = None
        if profile is not None:
            known = {name: _plain(value) for name, value in profile.factors().items()}
            self.finances = profile_form_of(applicant.kind)(data, initial=known, prefix="finances")

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self._forms())

    def is_done(self, officer: Officer) -> bool:
        """Save the correction. False where something is wrong; the forms then say what."""
        if self.has_errors:
            return False
        try:
            rights.rectify(
                self._asked, officer=officer, personal=self._changed_data(),
                application=self._application,
                finances=_changed(self.finances) if self.finances else {},
            )  # fmt: skip
        except ProblemError as problem:
            self.personal.refuse({"": problem.message})
            return False
        except ValidationError as error:
            found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            self.personal.refuse(found)
            return False
        return True

    def _changed_data(self) -> dict[str, Any]:
        """Compare with what is held, since a form knows a date from its text only one way."""
        held, given = self.personal.initial, self.personal.cleaned_data
        return {name: value for name, value in given.items() if (held[name] or "") != (value or "")}

    def _forms(self) -> list[StyledForm]:
        return [form for form in (self.personal, self.finances) if form is not None]


def _changed(form: StyledForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.changed_data}


def _plain(value: object) -> object:
    """Return 39000 for a stored 39000.00, as a person would type it."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value
