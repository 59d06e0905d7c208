"""The card of a synthesiser and its report in Markdown, out of the files that lie beside it."""

from pathlib import Path
from typing import Any

from scoring.training import artifact_files
from scoring.training.private_noise import KeyedNoise
from scoring.training.synthesiser.exporting import CARD, COLUMNS, REPORT

FIGURES = "synthesiser_figures.json"
SHOWN = {
    "tstr_gap": "TSTR − TRTR",
    "tvd": "distance of marginals (TVD)",
    "association_difference": "difference of associations",
    "exact_copies": "exact copies",
    "distance_mia_auc": "distance attack, AUC",
}


def write(out: Path) -> None:
    """Write the card from the columns, the figures, and the report as far as there is one."""
    columns = artifact_files.read_json(out / COLUMNS)
    figures = artifact_files.read_json(out / FIGURES)
    report = artifact_files.read_json(out / REPORT) if (out / REPORT).is_file() else None
    parts = [_head(columns, figures), _own_figures(figures)]
    if report:
        parts += [_report(report)]
    parts.append(LIMITS)
    (out / CARD).write_text("\n".join(parts), encoding="utf-8")


def _head(columns: dict[str, Any], figures: dict[str, Any]) -> str:
    seed, steps, rows = columns["seed"], columns["steps"], columns["rows"]
    return f"""# Synthesiser

**What it is.** A generator of synthetic applicants: `synthesiser.onnx` draws rows,
`synthesiser.json` says what its outputs mean. A conditional WGAN-GP of this project (Gulrajani et
al. 2017; conditional vectors after an idea of Xu et al. 2019). It scores nobody.

**Trained by** `manage.py train_model synthesiser`, seed {seed}, {steps} steps, on {rows} rows of
{columns["trained_on"]}; licence as the data. {figures["test_rows"]} rows were never seen.

**Privacy.** {_privacy(columns)}
"""


def _privacy(columns: dict[str, Any]) -> str:
    account = columns["account"]
    if not account:
        return (
            "No differential privacy. The rows it draws are synthetic, **not anonymous**: the "
            "figures below say how well attacks tell who was learnt from."
        )
    return (
        f"Differentially private, ε = {account['epsilon']:g}, δ = {account['delta']:.2g}: "
        f"{account['epsilon_rdp']} for the critic by RDP ({account['epsilon_prv']} by PRV) and "
        f"{account['epsilon_of_coding']:g} for quantiles and class shares. State of the accountant "
        f"(noise multiplier, sample rate, steps): {account['history']}, clipping norm "
        f"{account['clipping_norm']:g}. The noise came from {KeyedNoise.source}: with the same "
        "seed another training finds another generator."
    )


def _own_figures(figures: dict[str, Any]) -> str:
    return f"""## This generator, on rows that it never saw

| figure | value |
|---|---|
| TSTR, trained on synthetic rows, tested on real ones (AUC) | {figures["tstr"]:.3f} |
| TRTR, trained on the real rows (AUC) | {figures["trtr"]:.3f} |
| distance of marginals, mean (TVD) | {figures["tvd"]:.3f} |
| difference of associations, mean | {figures["association_difference"]:.3f} |
| exact copies among 2,000 rows | {figures["exact_copies"]} |
| distance attack (AUC) | {figures["distance_mia_auc"]:.3f} |
| attack with the critic, were it kept (AUC) | {figures["white_box_critic_auc"]:.3f} |

The critic is deleted after training; only the generator is stored.
"""


def _report(report: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {SHOWN[bar['figure']]} | {bar['value']:g} | {'≥' if bar['at_least'] else '≤'} "
        f"{bar['limit']:g} | {'met' if bar['met'] else '**missed**'} |"
        for bar in report["bars"]
    )
    mean = report["mean"]
    return f"""## The training, over {report["seeds"]} seeds

Each seed leaves another fifth of the rows out. TSTR {mean["tstr"]:.3f} (sd {mean["tstr_sd"]:.3f}),
TRTR {mean["trtr"]:.3f}, means of logistic regression and boosting.

| figure | value | bar | |
|---|---|---|---|
{rows}

Attack with the critic: AUC {mean["white_box_critic_auc"]:.3f}. {_shadow_text(report)}

{_controls(report)}
{_privacy_curve(report)}
{_balancing(report)}"""


def _shadow_text(report: dict[str, Any]) -> str:
    shadow = report.get("shadow_attack") or {}
    if "auc" not in shadow:
        return "The attack with shadow generators has not been run yet."
    return (
        f"Attack with {shadow['shadows']} shadow generators (each on {shadow['rows_of_a_shadow']} "
        f"rows, {shadow['steps_of_a_shadow']} steps): AUC {shadow['auc']:.3f} (sd "
        f"{shadow['auc_sd']:.3f}, worst {shadow['auc_worst']:.3f}); "
        f"{100 * shadow['found_at_1_percent_false_alarms']:.1f} % of members found at 1 % false "
        f"alarms. Distance attack on the same: {shadow['distance_mia_auc']:.3f}; their marginals "
        f"are {shadow['tvd']:.3f} from the data (TVD)."
    )


def _controls(report: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {name} | {each['tstr']:.3f} | {each['exact_copies']} | "
        f"{each['distance_mia_auc']:.3f} | {', '.join(each['flags'])} |"
        for name, each in report["controls"].items()
    )
    return f"""## Controls that the report must flag

| control | TSTR | copies of 2,000 | distance attack | flagged for |
|---|---|---|---|---|
{rows}
"""


def _privacy_curve(report: dict[str, Any]) -> str:
    if not report.get("privacy_curve"):
        return ""
    rows = "\n".join(
        f"| {'∞ (none)' if each['epsilon'] is None else format(each['epsilon'], 'g')} | "
        f"{each['tstr']:.3f} | {each['tvd']:.3f} | {each['distance_mia_auc']:.3f} | "
        f"{each['white_box_critic_auc']:.3f} |"
        for each in report["privacy_curve"]
    )
    return f"""## Differential privacy, on the first fifth left out

| ε | TSTR | TVD | distance attack | critic attack |
|---|---|---|---|---|
{rows}
"""


def _balancing(report: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {name} | {way} | {each['auc']:.3f} | {100 * each['bad_rate']:.1f} % | "
        f"{100 * each['difference']:+.1f} (se {100 * (each['difference_se'] or 0):.1f}) |"
        for name, ways in report["balancing"].items()
        for way, each in ways.items()
    )
    return f"""## Whether balanced synthetic rows help

The rarer class filled up to the other; bad rate among the approved 70 % of rows never seen.

| estimator | training rows | AUC | bad among approved | against as they are, points |
|---|---|---|---|---|
{rows}
"""


LIMITS = """## What it is not

- Not anonymous without differential privacy, and no replacement for consent.
- The distance to the closest record (DCR) is shown in the report and proves nothing (Yao et al.
  2025); the attacks decide.
- The German data are of 1973 to 1975, with bad loans drawn up to 30 %: rows drawn from them say
  nothing about applicants of today. Their codes read as in the corrected table (Grömping 2019).
- Rows carry the column `synthetic`; a training refuses them unless it is told to take them.
"""
