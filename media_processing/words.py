"""What codes, labels and measures are called on a page.

Of a person only "observed expression signals" are told, never what he or she is or feels.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

EXPRESSIONS: dict[str, Text] = {
    "angry": _("Angry"),
    "disgust": _("Disgust"),
    "fear": _("Fear"),
    "happy": _("Happy"),
    "neutral": _("Neutral"),
    "sad": _("Sad"),
    "surprise": _("Surprise"),
}

REASONS: dict[str, Text] = {
    "no_consent": _("The applicant has not agreed to this analysis"),
    "not_this_kind": _("Not part of this kind of recording"),
    "no_video": _("The file has no moving pictures"),
    "no_audio": _("The file has no sound"),
    "no_face": _("No face was seen for a second or longer"),
    "face_unusable": _("A face was seen, but too small, dark or turned to be read"),
    "face_not_confirmed": _("Nobody confirmed which face is the applicant's"),
    "voice_not_confirmed": _("Nobody confirmed which voice is the applicant's"),
    "applicant_not_heard": _("Nothing of the speech was sure enough to be the applicant's"),
    "one_channel": _("The recording has one sound channel, so no side of it could be chosen"),
    "no_speech": _("No speech was heard"),
    "speech_too_short": _("There was too little speech to be read"),
    "no_person": _("Nobody was seen with the whole body in the picture"),
    "no_walking": _("Nobody was seen walking"),
    "walker_not_confirmed": _("Nobody confirmed which body is the applicant's"),
    "not_prepared": _("The recording could not be prepared"),
    "worker_lost": _("The worker stopped; the step was taken up again"),
}

# What helps while somebody is being recorded, by the code of a finding.
LIVE_HINTS: dict[str, Text] = {
    "FACE_NONE": _("No face is seen. Turn the camera towards the applicant."),
    "FACE_SMALL": _("The face is small. Move the camera closer."),
    "FACE_BLURRED": _("The face is blurred. Hold the camera still and clean the lens."),
    "FACE_TURNED": _("The face is turned away. Put the camera beside you."),
    "FACE_SELDOM": _("The face is often out of the picture."),
    "VIDEO_DARK": _("It is too dark. Switch on a light in front of the applicant."),
    "NO_PERSON": _("Nobody is seen with the whole body. Step back or tilt the camera."),
    "BODY_CUT_OFF": _("Head or feet are out of the picture."),
    "BODY_SMALL": _("The person is small in the picture. Move the camera closer."),
    "RUNNING": _("The person is running; only walking is read."),
    "NO_WALKING": _("Nobody is walking yet."),
    "WALK_SHORT": _("The walk is short; a few more steps help."),
    "AUDIO_SILENT": _("There is no sound. Look at the microphone."),
    "NO_SPEECH": _("No speech is heard yet."),
    "SPEECH_SHORT": _("There is little speech so far."),
    "AUDIO_NOISY": _("It is noisy. Close the door or move the microphone closer."),
    "AUDIO_CLIPPED": _("The sound is too loud and breaks. Move the microphone away."),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """How one measure is shown: its name, its unit, and how many decimals mean something."""

    name: str
    label: Text
    unit: Text = ""
    decimals: int = 1
    factor: float = 1.0


MEASURES: dict[str, tuple[Measure, ...]] = {
    "face": (
        Measure("people", _("People whose face was seen"), decimals=0),
        Measure("face_seen_s", _("Face in the picture"), "s"),
        Measure("face_height_px", _("Median height of the face"), "px", 0),
    ),
    "voice": (
        Measure("speech_s", _("Speech"), "s"),
        Measure("pitch_hz", _("Median pitch"), "Hz", 0),
        Measure("pitch_range_semitones", _("Range of pitch"), _("semitones")),
        Measure("energy_db", _("Level of speech"), "dBFS"),
        Measure("speech_rate_hz", _("Rate of speech"), _("syllables/s")),
        Measure("snr_db", _("Speech above noise"), "dB"),
        Measure("clipped_share", _("Clipped samples"), "%", 2, 100.0),
    ),
    "gait": (
        Measure("walking_s", _("Walking"), "s"),
        Measure("running_s", _("Running, not analysed"), "s"),
        Measure("steps", _("Steps"), decimals=0),
        Measure("cadence_spm", _("Cadence"), _("steps/min"), 0),
        Measure("symmetry", _("Symmetry of left and right steps"), "%", 0, 100.0),
        Measure("step_regularity", _("Regularity of steps"), "%", 0, 100.0),
        Measure("speed_mps", _("Speed, from a measured height"), "m/s", 2),
        Measure("speed_heights_per_s", _("Speed"), _("body heights/s"), 2),
        Measure("stoop_deg", _("Forward lean of the trunk"), "°"),
        Measure("sway", _("Sway of the trunk"), _("body lengths"), 3),
        Measure("arm_swing", _("Swing of the arms"), _("body lengths"), 2),
        Measure("smoothness", _("Smoothness, nearer to 0 is smoother"), "", 2),
    ),
}


def reason(code: str) -> Text:
    """Return the sentence for a reason's code; an unknown code stands for itself."""
    return REASONS.get(code, code)
