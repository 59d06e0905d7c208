"""The only command line of ffmpeg in the product."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

FORMATS = "mov,mp4,m4a,3gp,matroska,webm,avi,mpeg,mpegts,gif,wav,aiff,mp3,ogg,flac,amr"
VIDEO_CODECS = frozenset(
    {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg1video", "mpeg2video", "mjpeg", "gif"}
)
AUDIO_CODECS = frozenset(
    {"aac", "opus", "mp2", "mp3", "vorbis", "flac", "alac", "amr_nb", "amr_wb"}
)
# A codec is read by a decoder of another name here and there; PCM has one for each layout.
DECODERS = ",".join(
    (
        *sorted(VIDEO_CODECS | AUDIO_CODECS),
        "libdav1d,mp2float,mp3float,amrnb,amrwb",
        "pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be",
        "pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be",
    )
)
MAX_PIXELS = 8_294_400
# Bits per second: half an hour of noise stays below one gigabyte.
MAX_VIDEO_RATE = "4M"
PLAYBACK_NAME = "playback.mp4"
AUDIO_NAME = "audio.wav"
AUDIO_RATE_HZ = 16_000
# Stated in the canonical file for those who read it (analysis/video.py).
ANCHOR_TAG = "anchor_hz="
ANCHOR_RATE_HZ = 5


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """Which stream becomes the canonical video, and its upright size and constant rate.

    ``is_fitted``: the size and the rate are another recording's, and the picture keeps its own
    proportions within a border.
    """

    index: int
    width_px: int
    height_px: int
    rate: Fraction
    is_fitted: bool = False

    @property
    def anchor_step(self) -> int:
        """Return how many frames lie from one anchor frame to the next."""
        return max(1, int(self.rate / ANCHOR_RATE_HZ + Fraction(1, 50)))


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """Which stream becomes the canonical sound. ``is_float`` PCM may hold NaN and infinity.

    ``channel`` picks one channel, from 0, where each holds another person's voice; without it all
    are mixed. What is played back keeps them all.
    """

    index: int
    channels: int
    is_float: bool
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class TranscodePlan:
    """One run of ffmpeg: at least one of ``video`` and ``audio`` is given."""

    source: PurePath
    demuxer: str
    out_dir: PurePath
    max_duration_s: float
    video: VideoPlan | None
    audio: AudioPlan | None


def ffmpeg_argv(executable: str, plan: TranscodePlan) -> list[str]:
    """Return the command line that makes the canonical media of ``plan``.

    The demuxer is forced to the one that the signature named, so that no playlist, script or
    picture format can be guessed from the contents; progress goes to standard output.
    """
    return [executable, *_input(plan), *_filters(plan), *_playback(plan), *_speech_audio(plan)]


def input_options() -> dict[str, str]:
    """Return the demuxer options that every reader of an upload must set."""
    return {
        "protocol_whitelist": "file,pipe",
        "format_whitelist": FORMATS,
        "codec_whitelist": DECODERS,
    }


def _input(plan: TranscodePlan) -> list[str]:
    options = [part for key, value in input_options().items() for part in (f"-{key}", value)]
    return [
        *("-nostdin", "-hide_banner", "-y", "-loglevel", "error"),
        *("-progress", "pipe:1", "-stats_period", "0.5"),
        *options,
        *("-max_pixels", str(MAX_PIXELS), "-threads", "2"),
        *("-t", f"{plan.max_duration_s:g}", "-f", plan.demuxer, "-i", f"file:{plan.source}"),
    ]


def _filters(plan: TranscodePlan) -> list[str]:
    """Return one filter graph for all outputs.

    One graph, because one decoder that feeds two graphs can wait for itself for ever when the
    sound is damaged (seen with ffmpeg 9.0.2).
    """
    chains = [*_picture_chain(plan.video), *_sound_chains(plan)]
    return ["-filter_complex_threads", "2", "-filter_complex", ";".join(chains)]


def _picture_chain(video: VideoPlan | None) -> list[str]:
    if video is None:
        return []
    return [
        f"[0:{video.index}]fps=fps={video.rate.numerator}/{video.rate.denominator}:start_time=0,"
        f"scale={_size(video)},setsar=1,format=yuv420p[picture]"
    ]


def _size(video: VideoPlan) -> str:
    size = f"{video.width_px}:{video.height_px}"
    if not video.is_fitted:
        return f"{size}:flags=bicubic"
    return f"{size}:flags=bicubic:force_original_aspect_ratio=decrease,pad={size}:-1:-1"


def _sound_chains(plan: TranscodePlan) -> list[str]:
    if plan.audio is None:
        return []
    # Browsers play AAC at 48 kHz everywhere; the start offset against the picture is filled.
    speech = f"{_one_channel(plan.audio)}aresample={AUDIO_RATE_HZ}:async=1:first_pts=0[speech]"
    source = f"[0:{plan.audio.index}]{_finite(plan.audio)}"
    if plan.video is None:
        return [source + speech]
    playback = "aresample=48000:async=1:first_pts=0[sound]"
    return [f"{source}asplit=2[one][two]", f"[one]{playback}", f"[two]{speech}"]


def _one_channel(audio: AudioPlan) -> str:
    return "" if audio.channel is None else f"pan=mono|c0=c{audio.channel},"


def _finite(audio: AudioPlan) -> str:
    """Return the filter that replaces NaN and infinity by silence where they can occur."""
    if not audio.is_float:
        return ""
    # The comma separates filters of a chain, so inside an expression it is escaped.
    one = r"if(isnan(val({c}))+isinf(val({c}))\,0\,clip(val({c})\,-1\,1))"
    return "aeval=exprs=" + "|".join(one.format(c=c) for c in range(audio.channels)) + ":c=same,"


def _playback(plan: TranscodePlan) -> list[str]:
    if plan.video is None:
        return []
    sound = ["-map", "[sound]", "-c:a", "aac", "-ac", "2", "-b:a", "128k"] if plan.audio else []
    target = str(plan.out_dir / PLAYBACK_NAME)
    return [*_picture(plan.video), *sound, *_bare(), "-movflags", "+faststart", "-f", "mp4", target]


def _picture(video: VideoPlan) -> list[str]:
    return [
        *("-map", "[picture]", "-c:v", "libx264", "-preset", "superfast", "-crf", "20"),
        *("-maxrate", MAX_VIDEO_RATE, "-bufsize", MAX_VIDEO_RATE),
        # With more threads the rate limit takes effect a little differently on every run, and the
        # same upload would not give the same figures twice.
        *("-threads", "1", "-x264-params", _group_of_pictures(video)),
        *("-metadata", f"comment={ANCHOR_TAG}{float(video.rate / video.anchor_step):.4f}"),
    ]


def _group_of_pictures(video: VideoPlan) -> str:
    """Fix the frame types: an anchor frame every 1/5 s, nothing but droppable frames between.

    A reader that wants five pictures per second then decodes only those, and a reader that wants
    one takes the keyframes. CAVLC costs a tenth more bytes than CABAC and a quarter less decoding.
    """
    step = video.anchor_step
    key_interval = step * max(1, round(video.rate / step))
    return (
        f"keyint={key_interval}:min-keyint={key_interval}:scenecut=0:open-gop=0"
        f":bframes={step - 1}:b-adapt=0:b-pyramid=none:cabac=0"
    )


def _speech_audio(plan: TranscodePlan) -> list[str]:
    if plan.audio is None:
        return []
    return [
        *("-map", "[speech]", "-c:a", "pcm_s16le", "-ac", "1", "-ar", str(AUDIO_RATE_HZ)),
        *(*_bare(), "-f", "wav", str(plan.out_dir / AUDIO_NAME)),
    ]


def _bare() -> list[str]:
    """Drop everything that is not picture or sound: data, subtitles, chapters, every tag."""
    return ["-dn", "-sn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]
