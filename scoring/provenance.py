"""Where points come from: every bin of the scorecard that decided, with its source."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from scoring.engine.scorecard import Bin, Characteristic, Scale, Scorecard
from scoring.explanation import Text, label_of, written


@dataclass(frozen=True, slots=True)
class BinRow:
    """One bin; ``share_percent`` and ``bad_percent`` are None where no data set knows them."""

    range: Text
    points: int
    share_percent: float | None
    bad_percent: float | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class CharacteristicRows:
    """One characteristic with its bins, the applicant's own one marked."""

    name: str
    label: Text
    value: str
    is_trained: bool
    data_set: str
    rows: int
    licence: str
    bins: tuple[BinRow, ...]


def provenance_of(
    card: Scorecard, values: Mapping[str, float | None], scale: Scale
) -> list[CharacteristicRows]:
    """Return every characteristic of a scorecard on the scale of a policy."""
    return [_rows_of(each, values.get(each.name), scale) for each in card.characteristics]


def _rows_of(each: Characteristic, value: float | None, scale: Scale) -> CharacteristicRows:
    own, is_trained = each.bin_of(value), each.source.kind == "trained"
    named = [(one, _range(each.name, one)) for one in each.bins]
    named.append((each.missing, _("not given")))
    return CharacteristicRows(
        name=each.name,
        label=label_of(each.name),
        value=written(each.name, value) or _("not given"),
        is_trained=is_trained,
        data_set=each.source.data_set,
        rows=each.source.rows,
        licence=each.source.licence,
        bins=tuple(_row(one, text, is_trained, one is own, scale) for one, text in named),
    )


def _row(one: Bin, text: Text, is_trained: bool, is_own: bool, scale: Scale) -> BinRow:
    share = 100 * one.share if is_trained else None
    bad = 100 * one.bad_rate if one.bad_rate is not None and one.share else None
    return BinRow(text, round(scale.factor * one.log_odds), share, bad, is_own)


def _range(name: str, one: Bin) -> str:
    """Return a half-open range in words; of a yes or no the word itself."""
    if name in YES_OR_NO:
        return _("no") if one.lower is None else _("yes")
    low, high = _plain(one.lower), _plain(one.upper)
    if one.lower is None and one.upper is None:
        return _("any")
    if one.lower is None:
        return _("below %(high)s") % {"high": high}
    if one.upper is None:
        return _("%(low)s and more") % {"low": low}
    return _("%(low)s to below %(high)s") % {"low": low, "high": high}


def _plain(edge: float | None) -> str:
    return "" if edge is None else f"{edge:g}"


YES_OR_NO = frozenset({"income_stable", "real_estate_backed"})
