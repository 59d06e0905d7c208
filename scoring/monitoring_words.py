"""How the pages name what monitoring and the fairness report look at."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scoring.explanation import MODALITY_NAMES, label_of
from scoring.models import DeclaredGroup, MonitoringAlarm
from scoring.services.alarms import OF_BUSINESSES

PARTS: dict[str, str | Promise] = {
    "financial": _("Financial score"),
    "adjustment": _("Adjustment"),
    "final": _("Final score"),
    "decision": _("Decision of a person"),
}
FAVOURED: dict[str, str | Promise] = {
    "financial": _("at or above the cut-off"),
    "adjustment": _("not lowered"),
    "final": _("at or above the cut-off"),
    "decision": _("approved"),
}


def subject_of(alarm: MonitoringAlarm) -> str:
    """Return what an alarm is about: a score, a characteristic, or a group and a part."""
    if alarm.subject.startswith(OF_BUSINESSES):
        subject = _named(alarm.figure, alarm.subject.removeprefix(OF_BUSINESSES))
        return gettext("%(subject)s, businesses") % {"subject": subject}
    return _named(alarm.figure, alarm.subject)


def _named(figure: str, subject: str) -> str:
    if figure == MonitoringAlarm.Figure.CHARACTERISTIC_STABILITY:
        return str(label_of(subject))
    if figure == MonitoringAlarm.Figure.ADVERSE_IMPACT:
        part, attribute, group = subject.split(":")
        return f"{group_name(attribute, group)} · {PARTS[part]}"
    if figure == MonitoringAlarm.Figure.EXPRESSION_SHARES:
        modality, version = subject.split(":")
        name = MODALITY_NAMES[modality]
        return gettext("%(name)s, network version %(version)s") % {
            "name": name,
            "version": version,
        }
    if figure == MonitoringAlarm.Figure.CALIBRATION:
        return gettext("Expected and observed defaults")
    return str(PARTS.get(subject, subject))


def group_name(attribute: str, group: str) -> str:
    label = DeclaredGroup.Attribute(attribute).label
    return f"{label}: {DeclaredGroup.VALUES[attribute].get(group, group)}"
