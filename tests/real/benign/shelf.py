"""Where artifacts are put and how they are listed: `OUT/CLASS/NAME/FILE…` and one line each in `OUT/labels.tsv`."""

from __future__ import annotations

import shutil
from pathlib import Path

HEADER = "label\tclass\tname\tsubject\n"


class Shelf:
    """The output folder with its index. A case is a folder; its subject is the file that a scanner is judged on."""

    def __init__(self, root: Path, era: str = "") -> None:
        self.root = root
        self.era = era  # put before every class, so that older libraries may make the same cases beside the others
        self.lines: list[tuple[str, str, str]] = []

    def file(self, kind: str, name: str, file: str) -> Path:
        """The path to write a case of one file to."""
        path = self.folder(kind, name) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        self.list(kind, name, path)
        return path

    def folder(self, kind: str, name: str) -> Path:
        """The folder of a case of many files; the caller lists its subjects."""
        folder = self.root / (self.era + kind) / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def list(self, kind: str, name: str, subject: Path) -> None:
        """Records one subject of a case."""
        self.lines.append((self.era + kind, name, subject.relative_to(self.root).as_posix()))

    def list_all(self, kind: str, name: str) -> None:
        """Records every file of a case's folder as a subject of its own, named after the file."""
        folder = self.folder(kind, name)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.list(kind, f"{name}/{path.relative_to(folder).as_posix()}", path)

    def write_index(self) -> int:
        """Writes `labels.tsv` and returns how many subjects it names."""
        rows = sorted(set(self.lines))
        names = [(kind, name) for kind, name, _ in rows]
        assert len(names) == len(set(names)), "two cases share one name"
        missing = [subject for _, _, subject in rows if not (self.root / subject).is_file()]
        assert not missing, f"listed but not written: {missing}"
        text = HEADER + "".join(f"benign\t{kind}\t{name}\t{subject}\n" for kind, name, subject in rows)
        (self.root / "labels.tsv").write_text(text, encoding="utf-8")
        return len(rows)


def opened(root: Path) -> Shelf:
    """The shelf of an earlier run, to add to."""
    shelf = Shelf(root)
    rows = (root / "labels.tsv").read_text(encoding="utf-8").splitlines()[1:]
    shelf.lines = [(kind, name, subject) for _, kind, name, subject in (row.split("\t") for row in rows)]
    return shelf


def fresh(root: Path) -> Shelf:
    """An empty shelf. Only a folder that is empty or holds an earlier run's index is cleared."""
    if root.exists() and any(root.iterdir()):
        if not (root / "labels.tsv").is_file():
            raise SystemExit(f"{root} is not empty and was not made by this program")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "labels.tsv").write_text(HEADER, encoding="utf-8")  # so that a run that broke off may be repeated
    return Shelf(root)
