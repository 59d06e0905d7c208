"""Corpora of labelled sound files, in a folder or in the zip that their publisher offers."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from media_processing.analysis.audio import FloatArray
from media_processing.training.layouts.base import LayoutError, natural_key
from media_processing.training.voice_corpora import Clip, SoundError, decode


class Files(Protocol):
    """Named files, wherever they lie."""

    def names(self) -> list[str]:
        """Return the path of every file below the root, with slashes."""

    def read(self, name: str) -> bytes:
        """Return the content of one file."""


class FolderFiles:
    """The files of a folder and the folders in it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        return [path.relative_to(self._root).as_posix() for path in self._root.rglob("*.*")]

    def read(self, name: str) -> bytes:
        return (self._root / name).read_bytes()


class ZipFiles:
    """The files of a zip."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)

    def names(self) -> list[str]:
        return self._archive.namelist()

    def read(self, name: str) -> bytes:
        return self._archive.read(name)


def open_files(data: Path, archive: str) -> Files:
    """Return the files of a folder, of a zip, or of a folder that holds the zip ``archive``."""
    if zipfile.is_zipfile(data):
        return ZipFiles(data)
    if (data / archive).is_file():
        return ZipFiles(data / archive)
    return FolderFiles(data)


class SoundCorpus:
    """A corpus whose clips were read from the names of its files: a `voice_corpora.VoiceSource`.

    A file that is there twice, in a folder inside the folder, counts once.
    """

    corpus: str

    def __init__(self, files: Files, clips: Sequence[Clip], expected: str) -> None:
        if not clips:
            raise LayoutError(f"no sound file of {self.corpus} was found: expected {expected}")
        self._files = files
        unique = {self._identity(clip): clip for clip in reversed(clips)}
        self._clips = sorted(unique.values(), key=lambda clip: natural_key(clip.file))

    @staticmethod
    def _identity(clip: Clip) -> str:
        return PurePosixPath(clip.file).name

    def clips(self) -> list[Clip]:
        """Return every recording with its speaker, label and split."""
        return list(self._clips)

    def sounds(self, clips: Sequence[Clip]) -> Iterator[tuple[Clip, FloatArray]]:
        """Yield each clip with its (n,) samples at 16 kHz. Raises LayoutError for a broken file."""
        for clip in clips:
            yield clip, self._sound(clip.file)

    def _sound(self, name: str) -> FloatArray:
        try:
            samples = decode(self.content(name))
        except SoundError as error:
            raise LayoutError(f"{name} cannot be read: {error}") from error
        if not len(samples):
            raise LayoutError(f"{name} holds no sound")
        return samples

    def content(self, name: str) -> bytes:
        """Return the bytes of a clip's file."""
        return self._files.read(name)
