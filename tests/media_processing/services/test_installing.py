"""Taking own networks in: what is registered and copied, and that a refusal leaves nothing."""

import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

pytest.importorskip("onnx")

from applicants.models import AuditEvent
from media_processing.inference.fitting import UnfitError
from media_processing.inference.manifest import (
    WeightsError,
    read_manifest,
    write_manifest,
)
from media_processing.selectors import (
    WEIGHTS_DIR,
    check_weights,
    installed,
    own_folder,
    placed,
)
from media_processing.services import weights
from media_processing.services.installing import MAX_TEXT_BYTES, install
from scoring.models import ModelVersion
from tests.media_processing.own_networks import write_own_network

pytestmark = [pytest.mark.django_db, pytest.mark.training]
OWN = ModelVersion.objects.filter(is_own=True)


@pytest.fixture(autouse=True)
def own_weights(tmp_path: Path, settings: Any) -> Path:
    settings.OWN_WEIGHTS_DIR = tmp_path / "own_weights"
    return settings.OWN_WEIGHTS_DIR


def test_a_network_becomes_a_candidate_with_everything_that_belongs_to_it(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "given")
    (tmp_path / "given" / "pictures").mkdir()
    (tmp_path / "given" / "pictures" / "face_emotion_curve.svg").write_text("<svg/>")
    (version,) = install(tmp_path / "given")
    assert (version.state, version.is_own, version.commercial) == ("candidate", True, True)
    assert (version.version, version.licence) == ("bank-1", "Own data")
    found = placed(version)
    assert found.entry == entry
    assert (found.folder / "pictures" / "face_emotion_curve.svg").is_file()
    assert [each.entry for each in installed()] == [entry]
    shipped = read_manifest(WEIGHTS_DIR)["face_emotion"]
    assert ModelVersion.objects.get(sha256=shipped.sha256).state == "active"
    assert AuditEvent.objects.get(action="network.installed").detail["sha256"] == entry.sha256


def test_the_command_says_what_became_of_it_and_warns_of_the_licence(tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    write_own_network(tmp_path / "given", commercial=False, licence="CC-BY-NC-4.0")
    call_command("install_network", str(tmp_path / "given"), stdout=out, stderr=err)
    assert out.getvalue() == "face_emotion bank-1 is a candidate now. Licence: CC-BY-NC-4.0.\n"
    assert "may not be used commercially" in err.getvalue()


def test_a_network_without_a_place_is_refused_by_a_sentence(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path)
    write_manifest([replace(entry, name="silero_vad")], tmp_path)
    with pytest.raises(CommandError, match="There is no place 'silero_vad'; there are face_emotio"):
        call_command("install_network", str(tmp_path))
    with pytest.raises(CommandError, match="no manifest"):
        call_command("install_network", str(tmp_path / "absent"))


@pytest.mark.parametrize("text", ["", "[[network]]\nname = 'a'", "no toml"])
def test_a_manifest_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.toml").write_text(text)
    with pytest.raises(UnfitError, match=r"The manifest (names no|cannot be)"):
        install(tmp_path)


def test_one_that_does_not_fit_keeps_all_of_them_out(tmp_path: Path, own_weights: Path) -> None:
    fits = write_own_network(tmp_path)
    write_manifest([fits, replace(fits, name="voice_emotion")], tmp_path)
    with pytest.raises(UnfitError, match="Its input is"):
        install(tmp_path)
    assert not OWN.exists() and not own_weights.exists()


def test_a_link_to_another_file_of_the_server_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    entry = write_own_network(tmp_path / "a")
    card = tmp_path / "a" / entry.card
    card.unlink()
    card.symlink_to(secret)
    with pytest.raises(UnfitError, match="is a link"):
        install(tmp_path / "a")

    entry = write_own_network(tmp_path / "b")
    (tmp_path / "b" / "pictures").mkdir(exist_ok=True)
    (tmp_path / "b" / "pictures" / f"{entry.name}_x.png").symlink_to(secret)
    with pytest.raises(UnfitError, match="is a link"):
        install(tmp_path / "b")
    assert not ModelVersion.objects.filter(is_own=True).exists()


def test_another_meaning_of_the_outputs_is_another_network(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "a")
    (version,) = install(tmp_path / "a")
    folder = own_folder(entry.name, entry.sha256)
    swapped = replace(read_manifest(folder)[entry.name], classes=tuple(reversed(entry.classes)))
    write_manifest([swapped], folder)
    with pytest.raises(WeightsError, match="not the one that was installed"):
        placed(version)


def test_a_card_too_large_for_a_page_is_refused(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "a")
    (tmp_path / "a" / entry.card).write_bytes(b"x" * (MAX_TEXT_BYTES + 1))
    with pytest.raises(UnfitError, match="larger than 2 MiB"):
        install(tmp_path / "a")


def test_the_same_file_or_the_same_version_is_refused(tmp_path: Path) -> None:
    write_own_network(tmp_path / "a")
    install(tmp_path / "a")
    with pytest.raises(UnfitError, match="registered already"):
        install(tmp_path / "a")
    write_own_network(tmp_path / "b", leading="sad")
    with pytest.raises(UnfitError, match="There is another face_emotion bank-1"):
        install(tmp_path / "b")
    assert OWN.count() == 1


def test_lost_files_of_a_registered_version_come_back_and_its_state_stays(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "a")
    (version,) = install(tmp_path / "a")
    ModelVersion.objects.filter(name=version.name).update(state="retired")
    ModelVersion.objects.filter(pk=version.pk).update(state="active")
    folder = own_folder(entry.name, entry.sha256)
    for lose in (
        lambda: shutil.rmtree(folder),
        lambda: (folder / "own.onnx").write_bytes(b"altered"),
        lambda: (folder / "manifest.toml").write_text("no toml"),
        (folder / "own.md").unlink,
    ):
        lose()
        out = StringIO()
        call_command("install_network", str(tmp_path / "a"), stdout=out, stderr=StringIO())
        assert "has its files again; its state is: In force" in out.getvalue()
        check_weights()
        assert placed(version).entry == entry and (folder / "own.md").is_file()
    assert OWN.get().pk == version.pk
    assert AuditEvent.objects.filter(action="network.restored").count() == 4


def test_lost_files_come_back_with_no_other_meaning(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "a")
    install(tmp_path / "a")
    shutil.rmtree(own_folder(entry.name, entry.sha256))
    write_manifest([replace(entry, classes=entry.classes[::-1], licence="Free")], tmp_path / "a")
    with pytest.raises(UnfitError, match="registered with another licence, classes; its files"):
        install(tmp_path / "a")


def test_a_manifest_that_was_spoilt_is_weights_that_are_unusable(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "a")
    (version,) = install(tmp_path / "a")
    ModelVersion.objects.filter(name=version.name).update(state="retired")
    ModelVersion.objects.filter(pk=version.pk).update(state="active")
    (own_folder(entry.name, entry.sha256) / "manifest.toml").write_text("no toml")
    for read in (check_weights, weights.in_force):
        with pytest.raises(WeightsError, match="cannot be read"):
            read()


def test_readiness_looks_at_own_files_that_are_used(tmp_path: Path) -> None:
    entry = write_own_network(tmp_path / "a")
    (version,) = install(tmp_path / "a")
    own_folder(entry.name, entry.sha256).joinpath("own.onnx").write_bytes(b"altered")
    check_weights()
    ModelVersion.objects.filter(pk=version.pk).update(state="shadow")
    check_weights()  # a shadow tells of it by itself, and holds nothing up
    ModelVersion.objects.filter(name=version.name).update(state="retired")
    ModelVersion.objects.filter(pk=version.pk).update(state="active")
    with pytest.raises(WeightsError, match="not the file"):
        check_weights()
