from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from applicants.models import Application, Officer
from scoring.models import Policy
from scoring.services import evidence
from tests.scoring.conftest import HandOverOf

pytestmark = pytest.mark.django_db
PROPOSE = "propose_centred_policy"
REASON = "Ninety days in shadow mode."


def test_a_centred_policy_is_proposed(
    consented: Application, hand_over: HandOverOf, analyst: Officer
) -> None:
    for _ in range(30):
        evidence.accept(consented, hand_over("neutral"))
    out = StringIO()
    call_command(PROPOSE, "analyst", reason=REASON, stdout=out)
    assert "Policy 2 waits" in out.getvalue()
    assert Policy.objects.get(version=2).author == analyst


@pytest.mark.parametrize(
    ("username", "message"), [("nobody", "nobody called nobody"), ("analyst", "No modality has 30")]
)
def test_what_cannot_be_proposed_is_told(analyst: Officer, username: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command(PROPOSE, username, reason=REASON)
    assert Policy.objects.filter(author__isnull=False).count() == 0
