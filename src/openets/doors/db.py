"""The door `openets db`: the embedded PostgreSQL of the home folder; backup and restore of any."""

import argparse
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from config import embedded
from config.environment import ENVIRONMENT
from openets.doors.backup import DOCUMENTS, back_up, restore
from openets.doors.refusals import DONE, BadArguments, answer
from openets.kernel.refusal import Refusal

COPIES = ("backup", "restore")
ACTIONS = ("start", "stop", "status", "psql", *COPIES)


class OwnServer(Refusal):
    """DATABASE_URL names a server that is not ours to start or stop."""

    code = "own_server"
    zh = "已通过 DATABASE_URL 使用外部数据库，本命令不管理该服务器"
    en = "DATABASE_URL names a server of your own; this command does not manage it"
    remedy_zh = "如需使用内置数据库，请取消 DATABASE_URL"
    remedy_en = "Unset DATABASE_URL to use the embedded server"


class ServerTrouble(Refusal):
    """The embedded server would not start or stop."""

    code = "server_trouble"
    zh = "内置数据库出错：{why}"
    en = "The embedded database is in trouble: {why}"
    remedy_zh = "请查看日志，或设置 DATABASE_URL 使用外部数据库"
    remedy_en = "Read its log, or set DATABASE_URL to a server of your own"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `openets db`."""
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("folder", type=Path, nargs="?", help="of the backup")


def run(options: argparse.Namespace) -> int:
    """Do the action and say how the server stands; 0, or a refusal.

    Raises:
        OwnServer, ServerTrouble, BadArguments, and the refusals of backup and restore.
    """
    if (options.action in COPIES) != (options.folder is not None):
        problem = "backup and restore need a folder, nothing else takes one"
        raise BadArguments(problem=problem, command="openets db")
    if ENVIRONMENT.database_url and options.action not in {"psql", *COPIES}:
        raise OwnServer
    try:
        if options.folder:
            return _copy(options.action, options.folder)
        return _do(options.action)
    except embedded.ServerFault as fault:
        raise ServerTrouble(why=str(fault)) from fault


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command by itself."""
    return answer(
        prog="openets db",
        description="The embedded database server.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _copy(action: str, folder: Path) -> int:
    """Back up the configured database and the documents, or restore both."""
    url = ENVIRONMENT.database_url
    if not url:
        url = embedded.start(ENVIRONMENT.home, durable=ENVIRONMENT.durable).url()
    documents = ENVIRONMENT.home / DOCUMENTS
    if action == "backup":
        made = back_up(url=url, documents=documents, folder=folder, at=datetime.now(UTC))
    else:
        made = restore(url=url, documents=documents, folder=folder)
    print(json.dumps({"folder": str(folder), **made["journal"], "files": len(made["files"])}))
    return DONE


def _do(action: str) -> int:
    if action == "psql":
        if ENVIRONMENT.database_url:
            os.execvp("psql", ["psql", ENVIRONMENT.database_url])  # noqa: S606, S607 - a shell
        command = embedded.psql_command(embedded.start(ENVIRONMENT.home))
        os.execvp(command[0], command)  # noqa: S606 - a shell for the operator
    if action == "start":
        embedded.start(ENVIRONMENT.home, durable=ENVIRONMENT.durable)
    elif action == "stop":
        embedded.stop(ENVIRONMENT.home)
    place = embedded.place_of(ENVIRONMENT.home)
    running = embedded.is_running(place)
    print(json.dumps({"running": running, "data": str(place.data), "url": place.url()}))
    return DONE
