"""A backup of the market: its database and its documents in one folder, with a digest of each file.

The dump is of one moment, and the manifest names the journal's head at that moment, so that a
restored market can be told from any other.
"""

import hashlib
import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from config import embedded
from openets.journal.chain import START
from openets.kernel.refusal import Refusal

FORMAT = {"format": "openets-backup", "version": 1}
MANIFEST, DUMP, DOCUMENTS = "manifest.json", "market.dump", "documents"
_HEAD = "select number, digest from journal_batch order by number desc limit 1"


class FolderTaken(Refusal):
    """A backup gets a folder of its own."""

    code = "backup_folder_taken"
    zh = "文件夹 {folder} 已存在且非空"
    en = "The folder {folder} exists and is not empty"
    remedy_zh = "请为备份指定新的文件夹"
    remedy_en = "Name a new folder for the backup"


class BackupDamaged(Refusal):
    """What is restored is what was backed up, to the byte."""

    code = "backup_damaged"
    article = "CQETS-5.4b"
    zh = "备份文件 {file} 与备份时的校验值不符：{why}"
    en = "The file {file} of the backup is not what was backed up: {why}"
    remedy_zh = "请使用另一份完整的备份"
    remedy_en = "Use another, whole backup"


class DatabaseNotEmpty(Refusal):
    """A restore replaces nothing."""

    code = "database_not_empty"
    zh = "目标数据库已有 {tables} 张表，恢复不会覆盖现有数据"
    en = "The database has {tables} tables; a restore replaces nothing"
    remedy_zh = "请使用空的数据库，或另设 OPENETS_HOME"
    remedy_en = "Restore into an empty database, or set another OPENETS_HOME"


class BackupTrouble(Refusal):
    """The server's own program gave up."""

    code = "backup_trouble"
    zh = "{program} 出错：{why}"
    en = "{program} failed: {why}"
    remedy_zh = "请核对数据库连接、版本和磁盘空间"
    remedy_en = "Check connection, version and disk space"


def back_up(*, url: str, documents: Path, folder: Path, at: datetime) -> dict[str, Any]:
    """Write a backup (备份) into a new folder while the market goes on; give its manifest.

    Source: CQETS-5.4b.

    Raises:
        FolderTaken, BackupTrouble.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderTaken(folder=folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        head = connection.execute(_HEAD).fetchone() or tuple(START)
        (snapshot,) = connection.execute("select pg_export_snapshot()").fetchone() or ("",)
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _run("pg_dump", *options, f"--file={folder / DUMP}", url)
    # After the dump: a document filed meanwhile is one too many, never one too few.
    if documents.is_dir():
        shutil.copytree(documents, folder / DOCUMENTS)
    manifest = {
        **FORMAT,
        "made_at": at.isoformat(),
        "journal": {"number": head[0], "head": head[1]},
        "files": {name: _digest(folder / name) for name in _files(folder)},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return manifest


def restore(*, url: str, documents: Path, folder: Path) -> dict[str, Any]:
    """Restore (恢复) a backup whose every file has its digest into an empty database, or nothing.

    Source: CQETS-5.4b.

    Raises:
        BackupDamaged, DatabaseNotEmpty, BackupTrouble.
    """
    manifest = _checked(folder)
    with psycopg.connect(url) as connection:
        query = "select count(*) from pg_tables where schemaname = 'public'"
        (tables,) = connection.execute(query).fetchone() or (0,)
    if tables:
        raise DatabaseNotEmpty(tables=tables)
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _run("pg_restore", *whole, f"--dbname={url}", str(folder / DUMP))
    if (folder / DOCUMENTS).is_dir():
        shutil.copytree(folder / DOCUMENTS, documents, dirs_exist_ok=True)
    with psycopg.connect(url) as connection:
        head = connection.execute(_HEAD).fetchone() or tuple(START)
    if head[1] != manifest["journal"]["head"]:
        raise BackupDamaged(file=DUMP, why=f"journal head {head[1]}")
    return manifest


def _checked(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        known = {name: manifest[name] for name in FORMAT}
        files, _ = dict(manifest["files"]), manifest["journal"]["head"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise BackupDamaged(file=MANIFEST, why=repr(fault)) from fault
    if known != FORMAT:
        raise BackupDamaged(file=MANIFEST, why=str(known))
    for name in sorted({*files, *_files(folder)}):
        found = _digest(folder / name) if (folder / name).is_file() else "no file"
        if found != files.get(name):
            raise BackupDamaged(file=name, why=found)
    return manifest


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if path.as_posix() != MANIFEST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(program: str, *arguments: str) -> None:
    own = embedded.find_binaries() / program
    command = str(own) if own.exists() else program
    result = subprocess.run(  # noqa: S603 - the server's own program on our own paths
        [command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    if result.returncode:
        raise BackupTrouble(program=program, why=result.stderr.strip()[-500:])
