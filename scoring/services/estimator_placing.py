"""How an installation's own estimators come into force, whichever place they take."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from applicants.errors import ProblemError
from applicants.models import Officer
from applicants.permissions import Capability
from scoring.engine.artifacts import ArtifactError, verified_bytes
from scoring.engine.places import PLACES
from scoring.models import EstimatorProposal, ModelVersion
from scoring.services import estimator_shadow, estimators
from scoring.services.placing import Placing, State


class EstimatorPlacing(Placing):
    subject = "estimator"
    capability = Capability.PLACE_ESTIMATORS
    proposals = EstimatorProposal

    def can_be_shadowed(self, version: ModelVersion) -> bool:
        is_placeable = version.is_own and version.name in PLACES
        return is_placeable and version.state in {State.CANDIDATE, State.RETIRED}

    def can_be_proposed(self, version: ModelVersion) -> bool:
        return version.name in PLACES and super().can_be_proposed(version)

    def propose(
        self,
        version: ModelVersion,
        *,
        officer: Officer,
        reason: str,
        allow_synthetic: bool = False,
    ) -> Any:
        """Propose as any version; one that learnt from synthetic rows needs that said again."""
        if version.synthetic_rows and not allow_synthetic:
            text = _(
                "This estimator learnt from %(count)d synthetic rows. Confirm that such an "
                "estimator may be put in force."
            ) % {"count": version.synthetic_rows}
            raise ProblemError("trained_on_synthetic", text, status=409)
        return super().propose(version, officer=officer, reason=reason)

    def is_compared_enough(self, version: ModelVersion) -> bool:
        return estimator_shadow.compared(version).count() >= settings.SHADOW_MIN_SCORES

    def not_ready(self) -> str:
        return _(
            "A version comes into force from the shadow, once it was compared on "
            "%(count)d scores, or where it was in force before."
        ) % {"count": settings.SHADOW_MIN_SCORES}

    def check_file(self, version: ModelVersion) -> None:
        try:
            found = estimators.placed(version)
            verified_bytes(found.entry, found.folder)
        except ArtifactError as error:
            text = _("Its files are missing or altered; register it again.")
            raise ProblemError("estimator_unusable", text, status=409) from error

    def has_file(self, version: ModelVersion) -> bool:
        try:
            return estimators.placed(version).path.is_file()
        except ArtifactError:
            return False


PLACING = EstimatorPlacing()

start_shadow, stop_shadow = PLACING.start_shadow, PLACING.stop_shadow
propose, approve, refuse = PLACING.propose, PLACING.approve, PLACING.refuse
open_proposals = PLACING.open_proposals
can_be_shadowed, can_be_proposed = PLACING.can_be_shadowed, PLACING.can_be_proposed
