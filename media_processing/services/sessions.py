"""Opening a capture session."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Application, Officer
from applicants.services import audit, restrictions
from media_processing.models import CaptureSession
from media_processing.services import storage


@transaction.atomic
def open_session(application: Application, *, officer: Officer) -> CaptureSession:
    """Open a session with a data key of its own. Raises ProblemError on a decided application."""
    restrictions.check(application.applicant)
    if not application.is_open:
        raise ProblemError(
            "application_closed", _("A decided application takes no new session."), status=409
        )
    session = CaptureSession(id=uuid.uuid4(), application=application, created_by=officer)
    session.data_key = storage.new_wrapped_key(session)
    session.save(force_insert=True)
    audit.record("session.opened", actor=officer, obj=session, application=str(application.pk))
    return session
