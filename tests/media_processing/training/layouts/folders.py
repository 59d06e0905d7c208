"""Tiny made-up folders in the layouts of published data sets. Nobody's face or voice is in them."""

import csv
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import soundfile

from media_processing.demo_media.synthetic_speech import FLAT, TENSE, babble
from tests.media_processing.training.face_pack import CLASSES, tile

FER_CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FER_PLUS_COLUMNS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "NF"),
)
AFFECTNET_COLUMNS = (
    *("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height"),
    *("facial_landmarks", "expression", "valence", "arousal"),
)


def picture(label: str, number: int, side: int = 100) -> np.ndarray:
    """A (side, side, 3) picture in which a bright row stands for the expression."""
    grey = cv2.resize(tile(CLASSES.index(label), number), (side, side))
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def write_picture(path: Path, content: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, content)[1].tobytes())


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([tuple(columns), *rows])


RAF_LABELS = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")


def rafdb(root: Path, train: int = 21, test: int = 7) -> Path:
    """RAF-DB's basic part with aligned pictures; codes go round from 1 to 7."""
    rows = []
    for part, count in (("train", train), ("test", test)):
        for n in range(count):
            name = f"{part}_{n + 1:05d}"
            rows.append(f"{name}.jpg {n % 7 + 1}")
            aligned = root / "basic/Image/aligned" / f"{name}_aligned.jpg"
            write_picture(aligned, picture(RAF_LABELS[n % 7], n))
    labels = root / "basic/EmoLabel/list_patition_label.txt"
    labels.parent.mkdir(parents=True)
    labels.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root


AFFECTNET_LABELS = (
    *("neutral", "happy", "sad", "surprise"),
    *("fear", "disgust", "angry", "contempt"),
)


def affectnet_arrays(root: Path, codes: Iterable[int] = range(11)) -> Path:
    """AffectNet with one array file per rating; pictures 8 to 10 have no expression."""
    for part in ("train_set", "val_set"):
        for n, code in enumerate(codes):
            label = AFFECTNET_LABELS[code] if code < 8 else "neutral"
            write_picture(root / part / "images" / f"{n}.jpg", picture(label, n, 112))
            annotations = root / part / "annotations"
            annotations.mkdir(exist_ok=True)
            np.save(annotations / f"{n}_exp.npy", np.array(str(code)))
            np.save(annotations / f"{n}_val.npy", np.array(str(-0.1 * n)))
            np.save(annotations / f"{n}_aro.npy", np.array(str(0.05 * n)))
    return root


def affectnet_tables(root: Path) -> Path:
    """The first AffectNet: tables with face boxes."""
    for table in ("training.csv", "validation.csv"):
        rows = []
        for n in range(11):
            file = f"{n}/{table[:2]}{n}.jpg"
            label = AFFECTNET_LABELS[n] if n < 8 else "neutral"
            path = root / "Manually_Annotated_Images" / file
            write_picture(path, picture(label, n, 150))
            rows.append((file, 20, 20, 110, 110, "1;2", n, 0.2, -0.3))
        write_table(root / table, AFFECTNET_COLUMNS, rows)
    return root


def fer_row(label: str, number: int, usage: str) -> tuple[int, str, str]:
    pixels = " ".join(map(str, tile(CLASSES.index(label), number).ravel()))
    return FER_CODES.index(label), pixels, usage


def fer2013(root: Path, *, votes: bool = False) -> Path:
    """FER2013's table: seven pictures of each part; one that tests is in the others as well."""
    rows = [
        fer_row(label, n + 10 * place, usage)
        for place, usage in enumerate(("Training", "PublicTest", "PrivateTest"))
        for n, label in enumerate(FER_CODES)
    ]
    rows += [fer_row("angry", 20, usage) for usage in ("Training", "PublicTest")]
    write_table(root / "fer2013.csv", ("emotion", "pixels", "Usage"), rows)
    if votes:
        write_votes(root / "fer2013new.csv", [fer_votes(row[0]) for row in rows])
    return root


def fer_votes(code: int) -> list[int]:
    """Seven raters agree, two see contempt, one sees no face."""
    names = {"happiness": "happy", "sadness": "sad", "anger": "angry"}
    leading = FER_CODES[code]
    given = [7 if names.get(name, name) == leading else 0 for name in FER_PLUS_COLUMNS]
    given[FER_PLUS_COLUMNS.index("contempt")] = 2
    given[FER_PLUS_COLUMNS.index("NF")] = 1
    return given


def write_votes(path: Path, votes: list[list[int]]) -> None:
    rows = [("Training", f"fer{n:07d}.png", *row) for n, row in enumerate(votes)]
    write_table(path, ("Usage", "Image name", *FER_PLUS_COLUMNS), rows)


def fer_folders(root: Path) -> Path:
    """FER2013 as folders of pictures; ten for training and two for testing per label."""
    for part, count in (("train", 10), ("test", 2)):
        for label in FER_CODES:
            for n in range(count):
                number = n + (100 if part == "test" else 0)
                content = picture(label, number, 48)
                write_picture(root / part / label / f"{label}_{n}.png", content)
    return root


def ckplus(root: Path, scene: np.ndarray, subjects: int = 5, frames: int = 5) -> Path:
    """CK+ with one labelled and one unlabelled sequence per subject; every frame is ``scene``."""
    for n in range(subjects):
        subject = f"S{5 * n + 5:03d}"
        for sequence in ("001", "002"):
            for frame in range(1, frames + 1):
                name = f"{subject}_{sequence}_{frame:08d}.png"
                write_picture(root / "cohn-kanade-images" / subject / sequence / name, scene)
        labels = root / "Emotion" / subject / "001"
        labels.mkdir(parents=True)
        (root / "Emotion" / subject / "002").mkdir()
        name = f"{subject}_001_{frames:08d}_emotion.txt"
        (labels / name).write_text(f"   {n % 7 + 1}.0000000e+00\n", encoding="utf-8")
    return root


def wav(label: str, seed: int, rate_hz: int = 16_000) -> bytes:
    """Speech of a synthesiser: flat where the label is sad, tense elsewhere."""
    buffer = io.BytesIO()
    speech = babble(FLAT if label == "sad" else TENSE, duration_s=1.5, seed=seed)
    soundfile.write(buffer, speech, rate_hz, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def ravdess_name(actor: int, emotion: int, number: int = 1) -> str:
    return f"Actor_{actor:02d}/03-01-{emotion:02d}-01-01-{number:02d}-{actor:02d}.wav"


def write_files(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def silhouette(frame: int, condition: str, width: int = 160, height: int = 120) -> np.ndarray:
    """A white walker on black: legs swing, a bag hangs behind, a coat is wide."""
    mask = np.zeros((height, width), np.uint8)
    x, hips, feet = 20 + frame, 62, 100
    cv2.circle(mask, (x, 26), 7, 255, cv2.FILLED)
    half = {"nm": 7, "bg": 7, "cl": 13}[condition]
    cv2.rectangle(mask, (x - half, 33), (x + half, hips), 255, cv2.FILLED)
    swing = round(14 * np.sin(frame / 3))
    for side in (swing, -swing):
        cv2.line(mask, (x, hips), (x + side, feet), 255, 5)
    if condition == "bg":
        cv2.rectangle(mask, (x - 18, 40), (x - 7, 56), 255, cv2.FILLED)
    return mask


def casia_b(
    root: Path,
    subjects: Iterable[int] = (1, 2, 63, 75),
    views: Iterable[str] = ("054", "090"),
    frames: int = 50,
) -> Path:
    """CASIA-B's silhouettes: one walk per condition and view of each subject."""
    for subject in subjects:
        for condition in ("nm", "bg", "cl"):
            for view in views:
                name = f"{subject:03d}-{condition}-01-{view}"
                folder = root / f"{subject:03d}" / f"{condition}-01" / view
                for frame in range(1, frames + 1):
                    mask = silhouette(frame, condition)
                    write_picture(folder / f"{name}-{frame:03d}.png", mask)
    return root
