"""How an installation's own network comes into force: seen in shadow, decided by two people."""

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.permissions import Capability
from media_processing.inference.manifest import WeightsError, verified_path
from media_processing.models import NetworkProposal, ShadowRun
from media_processing.selectors import placed
from scoring.models import ModelVersion
from scoring.services.placing import Placing, State


class NetworkPlacing(Placing):
    subject = "network"
    capability = Capability.PLACE_NETWORKS
    proposals = NetworkProposal

    def can_be_shadowed(self, version: ModelVersion) -> bool:
        return version.is_own and version.state in {State.CANDIDATE, State.RETIRED}

    def is_compared_enough(self, version: ModelVersion) -> bool:
        return compared_recordings(version) >= settings.SHADOW_MIN_RECORDINGS

    def not_ready(self) -> str:
        return _(
            "A version comes into force from the shadow, once it was compared with the "
            "network in force on %(count)d recordings in a row without a failure, or where "
            "it was in force before."
        ) % {"count": settings.SHADOW_MIN_RECORDINGS}

    def check_file(self, version: ModelVersion) -> None:
        try:
            found = placed(version)
            verified_path(found.entry, found.folder)
        except WeightsError as error:
            text = _("Its files are missing or altered; install it again.")
            raise ProblemError("weights_unusable", text, status=409) from error

    def has_file(self, version: ModelVersion) -> bool:
        try:
            return placed(version).path.is_file()
        except WeightsError:
            return False


def compared_recordings(version: ModelVersion) -> int:
    """Count the recordings compared without a failure since the last one that failed.

    Only what was compared with the network that is in force now counts: how a version differs
    from an earlier one does not say what would change.
    """
    in_force = ModelVersion.objects.filter(name=version.name, state=State.ACTIVE)
    runs = ShadowRun.objects.filter(version=version, beside_sha256__in=in_force.values("sha256"))
    failed = runs.exclude(error="").aggregate(last=Max("pk"))["last"] or 0
    return runs.filter(pk__gt=failed, compared__gt=0).count()


PLACING = NetworkPlacing()

start_shadow, stop_shadow = PLACING.start_shadow, PLACING.stop_shadow
propose, approve, refuse = PLACING.propose, PLACING.approve, PLACING.refuse
can_be_shadowed, can_be_proposed = PLACING.can_be_shadowed, PLACING.can_be_proposed
