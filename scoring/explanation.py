"""A score revision told in rows: what the page's tables hold and its charts draw."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applicants.models import Application, FinancialProfile
from scoring.engine.places import SHADOW_SUFFIX
from scoring.engine.types import FinancialFactors
from scoring.models import ScoreRevision

Text = str | Promise


def _percent(value: float) -> str:
    return f"{value:.0f} %"


def _years(value: float) -> str:
    return _("%(years)s years") % {"years": f"{value:.1f}".removesuffix(".0")}


def _times(value: float) -> str:
    return f"{value:.2f} ×"


def _count(value: float) -> str:
    return f"{value:.0f}"


def _yes_no(value: float) -> str:
    return _("yes") if value else _("no")


@dataclass(frozen=True, slots=True)
class Characteristic:
    """How a characteristic is named and its value written."""

    label: Text
    write: Callable[[float], str]


CHARACTERISTICS: Mapping[str, Characteristic] = {
    "card_utilisation_percent": Characteristic(gettext_lazy("Card utilisation"), _percent),
    "overdue_payments": Characteristic(gettext_lazy("Overdue payments"), _count),
    "debt_to_income_percent": Characteristic(gettext_lazy("Debt to income"), _percent),
    "open_accounts": Characteristic(gettext_lazy("Open credit accounts"), _count),
    "credit_history_years": Characteristic(gettext_lazy("Credit history"), _years),
    "income_stable": Characteristic(gettext_lazy("Regular income"), _yes_no),
    "assets_to_liabilities": Characteristic(gettext_lazy("Assets to debts"), _times),
    "recent_enquiries": Characteristic(gettext_lazy("Recent enquiries"), _count),
    "loan_to_income": Characteristic(gettext_lazy("Loan to income"), _times),
    "guaranteed_share_percent": Characteristic(gettext_lazy("Guaranteed share"), _percent),
    "employees": Characteristic(gettext_lazy("Employees"), _count),
    "jobs_created": Characteristic(gettext_lazy("Jobs created"), _count),
    "real_estate_backed": Characteristic(gettext_lazy("Secured by real estate"), _yes_no),
}


def label_of(characteristic: str) -> Text:
    """Return the name of a characteristic as a page writes it."""
    known = CHARACTERISTICS.get(characteristic)
    return known.label if known else characteristic.replace("_", " ").capitalize()


def written(characteristic: str, value: float | None) -> str:
    """Return a characteristic's value with its unit; empty where it is not known or unbounded."""
    known = CHARACTERISTICS.get(characteristic)
    if known is None or value is None or not math.isfinite(value):
        return ""
    return known.write(value)


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the waterfall; ``kind`` is base, characteristic, behaviour or total."""

    label: Text
    kind: str
    points: int
    total: int
    value: str = ""

    @property
    def is_total(self) -> bool:
        return self.kind == "total"


def parts_of(revision: ScoreRevision) -> list[Part]:
    """Return the steps from the base points to the final score; they sum exactly."""
    values = characteristics_of(revision.application, revision.profile)
    total = revision.base_points
    parts = [Part(_("Base points"), "base", total, total)]
    for contribution in sorted(revision.contributions, key=lambda each: -abs(each["points"])):
        name, points = contribution["characteristic"], contribution["points"]
        total += points
        value = written(name, values.get(name)) or (_("not given") if name in values else "")
        parts.append(Part(label_of(name), "characteristic", points, total, value))
    final = revision.final_score
    return [
        *parts,
        Part(_("Financial score"), "total", total, total),
        Part(_("Behavioural adjustment"), "behaviour", revision.adjustment, final),
        Part(_("Final score"), "total", final, final),
    ]


def characteristics_of(
    application: Application, profile: FinancialProfile
) -> dict[str, float | None]:
    """Return the values that the estimators read from a profile."""
    factors = FinancialFactors(**profile.factors(), amount=application.amount)
    return factors.characteristics()


@dataclass(frozen=True, slots=True)
class Step:
    """One revision in the history of a score; ``change`` is against the revision before."""

    revision: ScoreRevision
    change: int | None


def steps_of(revisions: Iterable[ScoreRevision]) -> list[Step]:
    """Return the history, newest first, from revisions in the order of their sequence."""
    steps: list[Step] = []
    before: ScoreRevision | None = None
    for revision in revisions:
        change = revision.final_score - before.final_score if before else None
        steps.append(Step(revision, change))
        before = revision
    return steps[::-1]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one estimator says; only the deciding one is explained point by point."""

    name: Text
    version: str
    probability_of_default: float
    credit_class: str
    score: int | None = None
    decides: bool = False


ESTIMATOR_NAMES: Mapping[str, Text] = {
    "scorecard": gettext_lazy("Scorecard"),
    "business_scorecard": gettext_lazy("Business scorecard"),
    "points_table": gettext_lazy("Points table"),
    "boosting": gettext_lazy("Gradient boosting"),
    "ebm": gettext_lazy("Explainable boosting"),
    "neural": gettext_lazy("Neural network"),
    "logistic": gettext_lazy("Logistic regression"),
    "tree": gettext_lazy("Decision tree"),
}


def name_of(estimator: str) -> Text:
    """Return the name of an estimator as a page writes it, also of one in shadow."""
    if estimator.endswith(SHADOW_SUFFIX):
        return _("%(name)s in shadow") % {"name": name_of(estimator.removesuffix(SHADOW_SUFFIX))}
    return ESTIMATOR_NAMES.get(estimator, estimator.replace("_", " ").capitalize())


def estimates_of(revision: ScoreRevision) -> list[Estimate]:
    """Return every estimator's word on the same finances, the deciding one first."""
    policy = revision.policy.parsed
    rows = [(revision.estimator, "", revision.probability_of_default, revision.financial_score)]
    if other := revision.comparison:
        rows += [(other["estimator"], "", other["probability_of_default"], other["score_points"])]
    rows += [
        (each.estimator, each.version, each.probability_of_default, None)
        for each in revision.challengers.all()
    ]
    return [
        Estimate(name_of(name), version, p, policy.credit_class(p).value, points, decides=not rank)
        for rank, (name, version, p, points) in enumerate(rows)
    ]


def estimators_disagree(estimates: Iterable[Estimate]) -> bool:
    """Return whether the estimators put the same finances into different classes."""
    return len({each.credit_class for each in estimates}) > 1


@dataclass(frozen=True, slots=True)
class Preview:
    """What a score means for the decision that a person takes."""

    score: int
    reaches_cut_off: bool
    text: str


def preview(score: int, cut_off_points: int) -> Preview:
    """Say on which side of the cut-off a score lies."""
    reaches = score >= cut_off_points
    text = (
        _("reaches the cut-off of %(points)d points; a person may approve")
        if reaches
        else _("lies below the cut-off of %(points)d points; a person decides, with a reason")
    )
    return Preview(score, reaches, text % {"points": cut_off_points})


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of where a score comes from."""

    label: Text
    value: Text
    is_code: bool = False


def trace_of(revision: ScoreRevision) -> list[Trace]:
    """Return what an auditor needs to find every input again."""
    lines = [
        Trace(_("Policy"), _("version %(number)d") % {"number": revision.policy.version}),
        Trace(
            _("Financial profile"), _("version %(number)d") % {"number": revision.profile.version}
        ),
        Trace(_("Scored as of"), revision.as_of.isoformat()),
    ]
    for used in revision.models_used:
        version = _("version %(number)s") % {"number": used["version"]}
        lines.append(Trace(name_of(used["name"]), version))
        lines.append(Trace("sha256", used["sha256"][:16], is_code=True))
    return [*lines, Trace(_("Inputs, sha256"), revision.inputs_sha256[:16], is_code=True)]


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """What one modality of one session gave the adjustment, or why it gave nothing."""

    session_id: str
    modality: Text
    observed_at: datetime | None = None
    weight_percent: float | None = None
    signal: float | None = None
    age_days: int | None = None
    note: Text = ""
    simulated: bool = False


MODALITY_NAMES: Mapping[str, Text] = {
    "face": gettext_lazy("Face"),
    "voice": gettext_lazy("Voice"),
    "gait": gettext_lazy("Gait"),
}
WITHHELD_NOTES: Mapping[str, Text] = {
    "too_little_material": gettext_lazy("too little usable material: no evidence"),
    "low_coverage": gettext_lazy("too much of the recording is unusable: no evidence"),
    "low_quality": gettext_lazy("too poor a picture or sound: no evidence"),
    "modalities_disagree": gettext_lazy("face and voice disagree: the session counts nothing"),
    "no_consent": gettext_lazy("no consent: not looked at"),
}


def evidence_of(revision: ScoreRevision) -> list[EvidenceLine]:
    """Return the sessions behind the adjustment, heaviest first; empty after an erasure."""
    simulated = _simulated_sessions(revision)
    observed = _observed_at(revision)
    used = revision.behaviour.get("used", [])
    whole = math.fsum(row["weight"] for row in used)
    lines = [
        EvidenceLine(
            row["session_id"],
            MODALITY_NAMES[row["modality"]],
            observed.get(row["session_id"]),
            100 * row["weight"] / whole if whole else 0.0,
            row["signal"],
            row["age_days"],
            simulated=row["session_id"] in simulated,
        )
        for row in used
    ]
    lines.sort(key=lambda line: -(line.weight_percent or 0.0))
    return lines + [
        EvidenceLine(
            row["session_id"],
            MODALITY_NAMES[row["modality"]],
            observed.get(row["session_id"]),
            note=_note(row["reason"]),
            simulated=row["session_id"] in simulated,
        )
        for row in revision.behaviour.get("withheld", [])
    ]


def _observed_at(revision: ScoreRevision) -> dict[str, datetime]:
    rows = revision.application.evidence.values_list("session_id", "observed_at")
    return {str(session_id): observed_at for session_id, observed_at in rows}


def _simulated_sessions(revision: ScoreRevision) -> set[str]:
    rows = revision.application.evidence.filter(simulated=True)
    return {str(session_id) for session_id in rows.values_list("session_id", flat=True)}


def _note(reason: str) -> Text:
    return WITHHELD_NOTES.get(reason, reason.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Mapped:
    """One part of the mapped total, which is for display only."""

    label: Text
    points: float | None
    weight: float


def mapped_of(revision: ScoreRevision) -> list[Mapped]:
    """Return the parts of the mapped total; empty where no session adds to it."""
    total = revision.mapped_total
    if not total or (total["voice_points"] is None and total["face_points"] is None):
        return []
    names = (("voice", _("Voice")), ("face", _("Face")), ("history", _("Financial history")))
    return [
        Mapped(label, total[f"{name}_points"], total[f"{name}_weight"]) for name, label in names
    ]
