"""The recipe of the voice-emotion networks: what a base and a member are trained with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from media_processing.training.voice_corpora import Clip, VoiceSource
from media_processing.training.voice_features import Material, load_material
from media_processing.training.voice_network import Committee, VoiceEmotionNetwork
from media_processing.training.voice_phase import Phase, PhaseRules

MEMBER_SHARE = {"ravdess": 0.67, "nemo": 0.21, "emogator": 0.12}
WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"


@dataclass(frozen=True, slots=True)
class TrainingRules:
    """The recipe; without a base the members begin from chance.

    A third of what the members hear is not RAVDESS: with less, they forget what the base learnt.
    """

    base: PhaseRules | None = field(
        default_factory=lambda: PhaseRules({"emogator": 0.5, "nemo": 0.5}, epochs=24)
    )
    member: PhaseRules = field(default_factory=lambda: PhaseRules(dict(MEMBER_SHARE), epochs=20))
    # From the trial's weights, with the validation speakers.
    refinement: PhaseRules = field(
        default_factory=lambda: PhaseRules(dict(MEMBER_SHARE), epochs=10, learning_rate=7e-4)
    )
    refined: int = 1
    dropout: float = 0.15


def rules_for(source: VoiceSource) -> TrainingRules:
    """Return the rules of a training on one corpus alone: an epoch draws each clip about twice."""
    learnt_from = sum(clip.split == "train" for clip in source.clips())
    usual = TrainingRules().member
    member = PhaseRules(
        {source.corpus: 1.0},
        epochs=usual.epochs,
        clips_per_epoch=max(2 * learnt_from, usual.batch_clips),
    )
    refinement = replace(member, learning_rate=7e-4, epochs=max(1, member.epochs // 2))
    return TrainingRules(base=None, member=member, refinement=refinement)


@contextmanager
def training_thread() -> Iterator[None]:
    """Use one thread, and flush subnormal numbers, which are slow; both are of the process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


@dataclass(frozen=True, slots=True)
class Run:
    """One training: where its checkpoints lie, its seed, its recipe, what its members begin from.

    Without a ``base`` they begin from chance.
    """

    out: Path
    seed: int
    rules: TrainingRules
    base: Path | None = None

    def with_base(self, data: Path) -> "Run":
        """Teach a network to listen, where the recipe asks for it, and begin from that."""
        if self.rules.base is None:
            return self
        material = load_material(
            data, list(self.rules.base.corpus_share), self.out / "features", WEIGHTS_DIR
        )
        checkpoint = self.out / "base.pt"
        Phase(
            self._network(self.seed),
            chosen(material, lambda clip: clip.split == "train"),
            self.rules.base,
            checkpoint,
            seed=self.seed,
            validation=chosen(material, lambda clip: clip.split == "val"),
        ).run()
        return replace(self, base=checkpoint)

    def material(self, data: Path | VoiceSource) -> Material:
        """Return the clips of the corpora that the members learn from, of all splits."""
        corpora = list(self.rules.member.corpus_share)
        return load_material(data, corpora, self.out / "features", WEIGHTS_DIR)

    def member(self, name: str, taught: Material, validation: Material | None = None) -> Phase:
        """Return the finished phase of one member, which learnt from the clips of ``taught``."""
        network = self._network(self.seed)
        if self.base is not None:
            network.load_state_dict(torch.load(self.base, weights_only=True)["average"])
        checkpoint = self.out / f"{name}.pt"
        phase = Phase(
            network, taught, self.rules.member, checkpoint, seed=self.seed, validation=validation
        )
        phase.run()
        return phase

    def refine(self, trial: Phase, taught: Material, name: str = "refined") -> Committee:
        """Return the trial's network and what became of it on ``taught``, as a committee.

        Each refinement is another walk from the same point (Huang et al. 2017, "Snapshot
        ensembles").
        """
        members = [trial.average]
        for number in range(1, self.rules.refined + 1):
            network = self._network(self.seed)
            network.load_state_dict(trial.average.state_dict())
            checkpoint, rules = self.out / f"{name}-{number}.pt", self.rules.refinement
            phase = Phase(network, taught, rules, checkpoint, seed=self.seed + number)
            members.append(phase.run())
        return Committee(members)

    def _network(self, seed: int) -> VoiceEmotionNetwork:
        torch.manual_seed(seed)
        return VoiceEmotionNetwork(self.rules.dropout)


def chosen(material: Material, wanted: Callable[[Clip], bool]) -> Material:
    """Return the part of the material whose clips are wanted."""
    return material.select(np.array([wanted(clip) for clip in material.clips]))
