"""Hints, waits and sums of the recorder, each module for itself, on made-up signals."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.recorder.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.services]
Ask = Callable[[str, str, Any], Any]

# A module's address carries the digest of its content; the page has loaded it already.
ADDRESS = """(name) => performance.getEntriesByType("resource").map((each) => each.name)
  .find((each) => each.includes(`/js/live/${name}.`))"""
LIGHT = """({ lightMeasures, lightHints, motionOf }, { middle, around, grain, moved }) => {
  const picture = (shift) => Float32Array.from({ length: 64 * 48 }, (_, i) => {
    const isMiddle = Math.abs((i % 64) - 32) < 16 && Math.abs(Math.floor(i / 64) - 24) < 16;
    return (isMiddle ? middle : around) + ((i + shift) % 2 ? grain : -grain);
  });
  return lightHints({ ...lightMeasures(picture(0)), motion: motionOf(picture(0), picture(moved)) });
}"""
FACES = """({ faceHints }, boxes) => faceHints(boxes, { videoWidth: 1000, videoHeight: 1000 })"""
SOUND = """({ levelOf, problemOfLevels }, amplitude) => {
  const samples = Float32Array.from({ length: 2048 }, (_, i) =>
    Math.max(-1, Math.min(1, amplitude * Math.sin(i / 10))));
  return problemOfLevels(Array.from({ length: 40 }, () => levelOf(samples)));
}"""


@pytest.fixture
def ask(recorder: Open) -> Ask:
    """Call a function with a module of the page and an argument."""
    tab = recorder()
    tab.expect_state("notice")
    page = tab.page

    def asked(module: str, function: str, argument: Any) -> Any:
        call = f"async ([address, argument]) => ({function})(await import(address), argument)"
        return page.evaluate(call, [page.evaluate(ADDRESS, module), argument])

    return asked


def test_hints_on_light_face_and_sound(ask: Ask) -> None:
    def light(middle: float, around: float, grain: float = 0.1, moved: int = 0) -> Any:
        scene = {"middle": middle, "around": around, "grain": grain, "moved": moved}
        return ask("framing", LIGHT, scene)

    assert light(0.5, 0.5) == []
    assert light(0.1, 0.1) == ["too_dark"]
    assert light(0.9, 0.9) == ["too_bright"]
    assert light(0.3, 0.8) == ["backlit"]
    assert light(0.5, 0.5, grain=0.01) == ["flat"]
    assert light(0.5, 0.5, moved=1) == ["shaking"]

    box = {"x": 350, "y": 300, "width": 300, "height": 400}
    assert ask("framing", FACES, None) == []
    assert ask("framing", FACES, []) == ["no_face"]
    assert ask("framing", FACES, [box]) == []
    assert ask("framing", FACES, [box, box | {"height": 300}]) == ["several_faces"]
    assert ask("framing", FACES, [box | {"height": 100}]) == ["small_face"]
    assert ask("framing", FACES, [box | {"x": 0}]) == ["off_centre"]

    heard = {amplitude: ask("level", SOUND, amplitude) for amplitude in (0, 0.005, 0.2, 3)}
    assert heard == {0: "no_sound", 0.005: "quiet", 0.2: None, 3: "too_loud"}


def test_waits_meanings_of_answers_and_what_is_saved(ask: Ask) -> None:
    wait = "({ waitAfter }, [failures, retry, chance]) => waitAfter(failures, retry, chance)"
    assert [ask("sender", wait, [n, None, 0]) for n in (1, 2, 3, 9)] == [250, 500, 1000, 7500]
    assert [ask("sender", wait, [n, None, 1]) for n in (1, 2, 3, 9)] == [500, 1000, 2000, 15000]
    assert ask("sender", wait, [1, 30, 0.5]) == 30500

    kind = "({ kindOf }, [status, code]) => kindOf(status, code)"
    meanings = {
        (0, "no_connection"): "passing", (502, ""): "passing", (507, "storage_full"): "passing",
        (429, "throttled"): "passing", (460, "checksum_mismatch"): "passing",
        (403, "consent_missing"): "withdrawn", (403, "not_authenticated"): "signed_out",
        (401, ""): "signed_out", (404, "not_found"): "over", (410, "capture_ended"): "over",
        (409, "application_closed"): "over", (409, "chunk_missing"): "conflict",
        (415, "unknown_format"): "refused", (413, "too_long"): "refused",
    }  # fmt: skip
    assert {each: ask("api", kind, list(each)) for each in meanings} == meanings

    saved = """({ Saved }, steps) => {
      const saved = new Saved();
      for (const [what, take, t_end_ms] of steps) saved[what](take, t_end_ms);
      return [saved.recorded_s, saved.saved_s, saved.unsent_s];
    }"""
    steps = [["confirmed", 1, 2000], ["recorded", 1, 5000], ["confirmed", 2, 4000]]
    assert ask("saved", saved, steps) == [9, 2, 3]
    assert ask("saved", saved, [*steps, ["confirmed", 1, 5000]]) == [9, 9, 0]
