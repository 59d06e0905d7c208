"""False alarms on the videos of CASIA-B: who is read, and what counts as an alarm."""

import json
from io import StringIO
from pathlib import Path

import av
import pytest
from django.core.management import CommandError, call_command

from media_processing.demo_media.rendered_walker import Stage, walker_frames
from media_processing.demo_media.walker_motion import WalkingStyle
from media_processing.training.layouts import casia_b_alarms
from media_processing.training.layouts.casia_b import CasiaB
from media_processing.training.layouts.casia_b_alarms import WalkReading, alarms, find_videos
from media_processing.training.manifest_entries import write_entries

RATE_HZ = 12


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A rendered walk of four seconds as an AVI."""
    path = tmp_path_factory.mktemp("walk") / "walk.avi"
    stage = Stage(width_px=960, rate_hz=float(RATE_HZ))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = stage.width_px, stage.height_px, "yuvj420p"
        for picture in walker_frames(WalkingStyle(cadence_spm=104), 4.0, stage=stage):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame.reformat(format="yuvj420p")))
        container.mux(stream.encode())
    return path.read_bytes()


def measure(root: Path, *options: str) -> dict[str, object]:
    out = StringIO()
    source = ("--layout", "casia-b", "--root", str(root), *options)
    call_command("evaluate_model", "gait", *source, "--json", stdout=out)
    figures: dict[str, object] = json.loads(out.getvalue())
    return figures


def test_the_videos_of_the_test_subjects_are_found(tmp_path: Path) -> None:
    (tmp_path / "video").mkdir()
    for name in ("075-nm-01-090", "124-cl-02-180", "074-bg-01-000", "075-xx-01-090"):
        (tmp_path / "video" / f"{name}.avi").touch()
    found = [(walk.subject, walk.condition) for walk in find_videos(tmp_path, "test")]
    assert found == [(75, "nm"), (124, "cl")]


def test_a_walk_is_read_as_the_product_reads_it_and_a_broken_file_has_failed(
    walk: bytes, tmp_path: Path
) -> None:
    (tmp_path / "075-nm-01-090.avi").write_bytes(walk)
    (tmp_path / "075-cl-01-090.avi").write_bytes(b"RIFF, and then nothing")
    figures = measure(tmp_path)
    assert (figures["n"], figures["n_failed"]) == (2, 1)
    assert figures["conditions"]["nm"]["n"] == 1
    assert figures["thresholds"] == {"agitation": 0.55, "instability": 0.6}


def test_shares_count_either_alarm_once() -> None:
    rows = [(True, True), (True, False), (False, True), (False, False)]
    figures = alarms([WalkReading("bg", agitated, uneven) for agitated, uneven in rows])
    assert (figures["agitation"], figures["instability"], figures["either"]) == (0.5, 0.5, 0.75)
    low, high = figures["either_ci"]
    assert 0.28 < low < 0.32 and 0.94 < high < 0.96


def test_what_raises_an_alarm_is_the_policys_threshold(
    walk: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "075-bg-01-090.avi").write_bytes(walk)
    monkeypatch.setattr(casia_b_alarms, "AGITATION", -1.0)
    monkeypatch.setattr(casia_b_alarms, "INSTABILITY", -1.0)
    figures = measure(tmp_path)["conditions"]["bg"]
    assert (figures["agitation"], figures["instability"]) == (1.0, 0.0)


@pytest.mark.training
def test_a_trunk_from_silhouettes_ends_in_a_network_that_the_product_measures(
    walk: bytes, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch", reason="needs the training requirements")
    gait_export = pytest.importorskip("media_processing.training.gait_export")
    gait_network = pytest.importorskip("media_processing.training.gait_network")
    torch.manual_seed(0)
    taught = gait_network.InflatedInception({"condition": 3, "view": 11})
    torch.save({"network": taught.state_dict()}, tmp_path / "gait_trunk.pt")
    network = gait_network.InflatedInception({"emotion": 5, "known": 2, "arousal": 3})
    gait_network.load_trunk(network, tmp_path / "gait_trunk.pt")
    gait_export.export_network(network, tmp_path / "gait_i3d.onnx")
    [entry] = write_entries(tmp_path, "casia-b", 0, CasiaB.terms)
    assert (entry.name, entry.commercial) == ("gait_i3d", False)

    (tmp_path / "075-nm-01-090.avi").write_bytes(walk)
    figures = measure(tmp_path, "--weights", str(tmp_path))
    assert (figures["n"], figures["n_failed"]) == (1, 0)


def test_a_folder_without_such_videos_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no video 001-nm-01-090\.avi of a subject of the test"):
        measure(tmp_path)
    with pytest.raises(CommandError, match="no layout 'ou-mvlp' for gait; known are casia-b"):
        call_command("evaluate_model", "gait", "--layout", "ou-mvlp", "--root", str(tmp_path))
