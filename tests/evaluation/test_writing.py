from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragqa.errors import RagqaError, ReportError
from ragqa.evaluation.writing import check_writable, write_report


def test_it_writes_utf8_with_line_feeds_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for text in ("ő\n→\n", "second\n"):
        write_report(tmp_path / "report.html", text)
        assert (tmp_path / "report.html").read_bytes() == text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_failure_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match=r"report\.html: can't write the report: No space left"):
        write_report(path, "new")
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_path_that_can_not_be_written_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "report.html"):
        with pytest.raises(ReportError, match="folder"):
            check_writable(path)
        with pytest.raises(RagqaError):
            write_report(path, "x")
    assert issubclass(ReportError, OSError)


@pytest.mark.skipif(os.name == "nt", reason="links and devices")
def test_links_are_followed_and_devices_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to("real.html")
    write_report(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"
    write_report(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()
