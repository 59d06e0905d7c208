"""The factories make rows that the product's own validation takes."""

from tests.factories import ApplicationFactory, give_consents


def test_application_is_valid(db: None) -> None:
    application = ApplicationFactory()
    application.full_clean()
    application.applicant.full_clean()
    application.profiles.get().full_clean()
    assert application.applicant.branch == application.branch == application.created_by.branch


def test_consents_stand_for_every_scope(db: None) -> None:
    application = ApplicationFactory()
    give_consents(application.applicant)
    assert application.applicant.consents.count() == 4
