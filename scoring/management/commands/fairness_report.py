"""``manage.py fairness_report [--json] [--store]``: figures by declared group, as of now."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from scoring.services import alarms, fairness
from scoring.services.monitoring import as_plain


class Command(BaseCommand):
    help = "Compare scores and decisions by declared group; too small groups are not compared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--store", action="store_true", help="keep it as this month's report")

    def handle(self, *args: object, **options: Any) -> None:
        if options["store"]:
            fairness.fairness_report()
        content = as_plain(fairness.compute(alarms.thresholds()))
        if options["json"]:
            self.stdout.write(json.dumps(content))
            return
        if not content["attributes"]:
            self.stdout.write("Nobody has declared a group yet.")
        for attribute, parts in content["attributes"].items():
            for part in parts:
                for group in part["groups"]:
                    self.stdout.write(_line(attribute, part, group))


def _line(attribute: str, part: dict[str, Any], group: dict[str, Any]) -> str:
    start = f"{attribute} {group['group']}, {part['name']}: "
    if group["is_too_few"]:
        return start + "too few"
    rate = f"{100 * group['favourable_rate']:.1f} % of {group['rows']}"
    ratio = group["adverse_impact_ratio"]
    if ratio is None:
        return start + rate + (" (reference)" if group["is_reference"] else "")
    interval = f"{ratio['low']:.2f} to {ratio['high']:.2f}"
    return start + rate + f", impact ratio {ratio['value']:.2f} ({interval})"
