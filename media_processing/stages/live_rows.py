"""The rows that the live pass writes, and what the score is told of them."""

import time

from django.conf import settings

from media_processing.analysis.types import Modality, Observation
from media_processing.inference import face_emotion, gait_i3d, voice_emotion
from media_processing.inference.manifest import read_manifest
from media_processing.modalities.live_watch import LiveWatch, Measures
from media_processing.services import observations, weights
from media_processing.services.applicability import MODALITIES_OF_KIND, allowed
from media_processing.services.live import watching
from media_processing.stages.base import StageContext

NETWORKS = {
    Modality.FACE: face_emotion.NETWORK_NAME,
    Modality.VOICE: voice_emotion.NETWORK,
    Modality.GAIT: gait_i3d.NETWORK,
}


class Rows:
    """The rows of the live pass, and what the score is told of them."""

    def __init__(self, context: StageContext) -> None:
        self._context, self._recording = context, context.recording
        kind = MODALITIES_OF_KIND[self._recording.kind]
        self.modalities = {
            modality for modality in NETWORKS if modality in kind and self._is_allowed(modality)
        }
        self.weights_dir = weights.in_force()
        manifest = read_manifest(self.weights_dir)
        self._networks = {name: manifest[network].sha256 for name, network in NETWORKS.items()}
        self._observed: dict[Modality, dict[float, Observation]] = {}
        self._handed_s: dict[Modality, float] = {}

    def known(self) -> dict[Modality, list[Observation]]:
        """Return what an earlier worker observed."""
        known = {
            modality: observations.observed(self._recording, modality)
            for modality in self.modalities
        }
        for modality, rows in known.items():
            self._observed[modality] = {row.t_start_s: row for row in rows}
        return known

    def write(self, watch: LiveWatch) -> None:
        """Write what is new, and now and then let the score move."""
        found = watch.take_new()
        if found.observations or found.void:
            watching.keep(self._context.claim, self._recording, found.observations, found.void,
                          self._networks)  # fmt: skip
        for modality in found.void:
            self._observed[modality] = {}
        for modality, observed in found.observations.items():
            kept = self._observed.setdefault(modality, {})
            kept.update({one.t_start_s: one for one in observed})
            self._hand_over(modality, kept, watch.measures_of(modality))

    def _hand_over(
        self, modality: Modality, kept: dict[float, Observation], measures: Measures
    ) -> None:
        now_s = time.monotonic()
        handed_s = self._handed_s.setdefault(modality, now_s)
        if now_s - handed_s < settings.LIVE_PROVISIONAL_EVERY_S:
            return
        self._handed_s[modality] = now_s
        ordered = sorted(kept.values(), key=lambda one: one.t_start_s)
        watching.hand_over(self._context.claim, self._recording, modality, ordered, measures)

    def _is_allowed(self, modality: Modality) -> bool:
        return allowed(self._recording, modality)
