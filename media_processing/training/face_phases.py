"""The recipe of the face-expression network: what each phase of its training does."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Phase:
    """The settings of one stretch of training; its epochs are counted on from ``first_epoch``."""

    # The schedule is drawn for ``epochs``; the run ends at ``last_epoch``, when little more comes.
    epochs: int
    last_epoch: int
    warm_up_epochs: float
    # The rate follows a cosine of this length, and from the given epoch a straight line to zero.
    cosine_epochs: int
    cool_down_from_epoch: int
    learning_rate: float
    averaging_decay: float
    # 0 draws as found; 1 draws every class equally often. Contempt and disgust are rare.
    balance: float
    mixup: bool
    # The share of the starting network's own opinion in each target: ten raters are a noisy vote,
    # and what the network learnt from all pictures smooths it (Furlanello et al. 2018, ICML,
    # "Born-Again Neural Networks").
    teacher_share: float = 0.0
    first_epoch: int = 0
    batch: int = 128
    momentum: float = 0.9
    weight_decay: float = 5e-4

    def stretched(self, epochs: int) -> "Phase":
        """Return the same schedule over another number of epochs."""
        share = epochs / self.epochs
        return replace(
            self,
            epochs=epochs,
            last_epoch=epochs,
            warm_up_epochs=self.warm_up_epochs * share,
            cosine_epochs=max(2, round(self.cosine_epochs * share)),
            cool_down_from_epoch=int(self.cool_down_from_epoch * share),
        )


LEARN = Phase(
    epochs=23,
    last_epoch=21,
    warm_up_epochs=1.5,
    cosine_epochs=30,
    cool_down_from_epoch=11,
    learning_rate=0.1,
    averaging_decay=0.998,
    balance=0.25,
    mixup=True,
)
# A second, lower arch of the rate (warm restart, Loshchilov & Hutter 2017, ICLR): without mixup,
# whose blends are no faces, and with more draws of the rare classes.
REFINE = Phase(
    first_epoch=21,
    epochs=6,
    last_epoch=5,
    warm_up_epochs=0.5,
    cosine_epochs=20,
    cool_down_from_epoch=2,
    learning_rate=0.05,
    averaging_decay=0.995,
    balance=0.5,
    mixup=False,
)
# A third arch like the second: validation was still rising at its end.
REFINE_AGAIN = replace(REFINE, first_epoch=26, epochs=7, last_epoch=6)
# What follows from given weights: a long arc in which the network they make teaches beside the
# raters. The shipped weights have not been through it.
SETTLE = Phase(
    epochs=14,
    last_epoch=14,
    warm_up_epochs=0.5,
    cosine_epochs=30,
    cool_down_from_epoch=6,
    learning_rate=0.05,
    averaging_decay=0.998,
    balance=0.5,
    mixup=False,
    teacher_share=0.4,
)
RECIPE = (LEARN, REFINE, REFINE_AGAIN)
FURTHER_RECIPE = (SETTLE,)


def fitted(recipe: tuple[Phase, ...], pictures: int, epochs: int | None) -> tuple[Phase, ...]:
    """Return the recipe for so many pictures, over ``epochs`` in all where given.

    Each phase keeps its share of the epochs and at least one.
    """
    small = tuple(replace(phase, batch=min(phase.batch, pictures)) for phase in recipe)
    if epochs is None:
        return small
    whole = sum(phase.last_epoch for phase in small)
    lengths = [max(1, round(epochs * phase.last_epoch / whole)) for phase in small]
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    return tuple(
        replace(phase.stretched(length), first_epoch=start)
        for phase, length, start in zip(small, lengths, starts, strict=True)
    )
