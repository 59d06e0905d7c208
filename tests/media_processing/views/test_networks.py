"""The pages of networks and their pictures."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from applicants.models import Officer
from media_processing.views import networks

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Officer], Client]


def test_a_model_card_shows_weights_and_text(client_of: ClientOf, auditor: Officer) -> None:
    answer = client_of(auditor).get(reverse("media:model_card", args=["silero_vad"]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "silero_vad.onnx" in page
    assert re.search(r"[0-9a-f]{64}", page)


def test_an_unknown_network_has_no_card(client_of: ClientOf, auditor: Officer) -> None:
    assert client_of(auditor).get(reverse("media:model_card", args=["none"])).status_code == 404


def test_a_card_shows_its_pictures_and_sends_no_other_file(
    client_of: ClientOf, auditor: Officer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "silero_vad_curve.svg").write_text("<svg/>")
    (tmp_path / "silero_vad_secret.svg").write_text("<svg/>")
    (tmp_path / "silero_vad.md").write_text("# Title\n\n![Loss](pictures/silero_vad_curve.svg)\n")
    monkeypatch.setattr(networks, "WEIGHTS_DIR", tmp_path)
    client = client_of(auditor)
    card = reverse("media:model_card", args=["silero_vad"])
    assert 'src="pictures/silero_vad_curve.svg"' in client.get(card).content.decode()
    answer = client.get(f"{card}pictures/silero_vad_curve.svg")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Content-Security-Policy"].endswith("sandbox")
    for stranger in ("silero_vad_absent.svg", "..%2Fsilero_vad_secret.svg", "other_curve.svg"):
        assert client.get(f"{card}pictures/{stranger}").status_code == 404
