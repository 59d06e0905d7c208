"""Reasons in another language, on pages and in the API; the stored rows stay English."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from applicants.models import Application, Officer
from applicants.templatetags import ui
from scoring import wording
from scoring.engine.flag_words import CONTRADICTION, DISAGREE, SENTENCES, TITLES
from scoring.engine.reasons import WITHOUT_DEBTS, WORDINGS
from scoring.models import ReviewFlag, ScoreRevision
from scoring.services.rescore import rescore
from scoring.wording import flag_text, flag_title
from tests.factories import ApplicationFactory, FinancialProfileFactory

CARD = {
    "code": "card_utilisation",
    "text": "Card balances use 92 % of the limits; a lower share scores better.",
    "characteristic": "card_utilisation_percent",
    "value": 92.0,
    "points": -78,
}
CARD_CHINESE = "信用卡欠款占额度的 92 %；比例越低得分越高。"


@pytest.fixture
def strained(officer: Officer) -> Application:
    application = ApplicationFactory(branch=officer.branch, created_by=officer, profile=None)
    FinancialProfileFactory(
        application=application, card_utilisation_percent=92, recent_enquiries=4
    )
    rescore(application, ScoreRevision.Cause.APPLICATION_CREATED)
    return application


def test_english_is_the_sentence_that_was_stored() -> None:
    assert wording.said({**CARD, "text": "As it was stored."}) == "As it was stored."


def test_chinese_is_said_from_code_and_value() -> None:
    with translation.override("zh-hans"):
        assert wording.said(CARD) == CARD_CHINESE
        assert wording.said({**CARD, "points": 12}) == "信用卡欠款仅占额度的 92 %。"


@pytest.mark.parametrize("characteristic", WORDINGS)
def test_a_value_that_was_not_given_is_said_so(characteristic: str) -> None:
    text = WORDINGS[characteristic].not_given
    reason = {"text": text, "characteristic": characteristic, "value": None, "points": -4}
    with translation.override("zh-hans"):
        assert wording.said(reason).startswith("未提供")
    with translation.override("zh-hans"):
        assert wording.said({**reason, "text": WITHOUT_DEBTS}) == "有资产而无债务。"


@pytest.mark.django_db
def test_a_page_in_chinese_holds_no_english_reason(
    strained: Application, officer: Officer, client_of: Callable[[Officer], Client]
) -> None:
    client = client_of(officer)
    for name in ("application_score", "what_if", "score_changes"):
        address = reverse(f"scoring:{name}", args=[strained.pk])
        page = client.get(address, headers={"Accept-Language": "zh-Hans"}).content.decode()
        english = client.get(address).content.decode()
        assert "scores better" not in page and "ard balances" in english
        assert CARD_CHINESE in page or name == "score_changes"
    assert "将信用卡欠款从额度的 92 %" in page


@pytest.mark.django_db
def test_the_switch_of_the_menu_keeps_the_language(
    strained: Application, officer: Officer, client_of: Callable[[Officer], Client]
) -> None:
    client = client_of(officer)
    address = reverse("scoring:application_score", args=[strained.pk])
    answer = client.post(reverse("set_language"), {"language": "zh-hans", "next": address})
    assert answer.url == address
    assert CARD_CHINESE in client.get(address).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "headers", "text"),
    [
        ("", {}, CARD["text"]),
        ("", {"Accept-Language": "zh-Hans"}, CARD_CHINESE),
        ("?language=zh-hans", {}, CARD_CHINESE),
        ("?language=en", {"Accept-Language": "zh-Hans"}, CARD["text"]),
        ("?language=xx", {}, CARD["text"]),
    ],
)
def test_the_api_answers_in_the_language_asked_for(
    query: str,
    headers: dict[str, str],
    text: str,
    strained: Application,
    officer: Officer,
    api_of: Callable[[Officer], Client],
) -> None:
    address = reverse("api_scores", args=[strained.pk]) + query
    reason = api_of(officer).get(address, headers=headers).json()["results"][0]["reasons"][0]
    assert (reason["text"], reason["code"]) == (text, "card_utilisation")
    assert strained.score_revisions.get().reasons[0]["text"] == CARD["text"]


def test_amounts_and_days_are_written_as_each_language_does() -> None:
    when = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
    assert ui.money(Decimal(1_234_567), "EUR") == "EUR\N{NO-BREAK SPACE}1,234,567"
    assert "26 Nov 2026, 09:05" in ui.moment(when)
    with translation.override("zh-hans"):
        assert ui.money(Decimal(1_234_567), "EUR") == "EUR\N{NO-BREAK SPACE}1,234,567"
        assert "2026年11月26日 09:05" in ui.moment(when)


@pytest.mark.parametrize("sentence", [*SENTENCES, *TITLES.values()])
def test_every_sentence_of_a_rule_is_said_in_chinese(sentence: str) -> None:
    with translation.override("zh-hans"):
        said = gettext(sentence)
    assert re.search(r"[\u4e00-\u9fff]", said)
    assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", sentence))


def test_a_stored_flag_is_said_with_its_figures() -> None:
    text = CONTRADICTION.format(face="+0.31", voice="-0.22")
    flag = ReviewFlag(title=TITLES["voice_face_contradiction"], text=text)
    assert (flag_title(flag), flag_text(flag)) == (flag.title, text)
    with translation.override("zh-hans"):
        assert flag_title(flag) == "语音与面部相互矛盾"
        assert flag_text(flag) == "面部（+0.31）与语音（-0.22）观察到的表情信号方向相反。"
        named = DISAGREE.format(low_name="boosting", low="2.0", high_name="scorecard", high="9.1")
        told = flag_text(ReviewFlag(text=named))
        assert "boosting" not in told and "9.1 %" in told
        assert flag_text(ReviewFlag(text="Of an older rule.")) == "Of an older rule."
