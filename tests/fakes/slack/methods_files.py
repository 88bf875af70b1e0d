"""files.*: the three steps of an upload, and what a file is"""

from __future__ import annotations

import mimetypes
from dataclasses import replace

from tests.fakes.slack.limits import TIER_3, TIER_4
from tests.fakes.slack.methods import Method, required, writable
from tests.fakes.slack.refusal import Refusal
from tests.fakes.slack.values import BOT_USER, File, Json, Message
from tests.fakes.slack.workspace import Workspace


def get_upload_url(workspace: Workspace, arguments: Json) -> Json:
    """files.getUploadURLExternal"""
    name, length = required(arguments, "filename", "length")
    if not length.isdigit():
        raise Refusal("invalid_arguments")
    file = stored(workspace, name, BOT_USER)
    return {"upload_url": f"{workspace.address}/upload/{file.id}", "file_id": file.id}


def stored(workspace: Workspace, name: str, user: str, content: bytes = b"") -> File:
    """A file that somebody begins to share."""
    id_ = workspace.new_id("F")
    file = File(
        id=id_,
        name=name,
        user=user,
        content=content,
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        url=f"{workspace.address}/files-pri/{id_}/{name}",
    )
    workspace.files[id_] = file
    return file


def complete_upload(workspace: Workspace, arguments: Json) -> Json:
    """files.completeUploadExternal: shares what was uploaded, as one message"""
    items = arguments.get("files")
    if not isinstance(items, list) or not items:
        raise Refusal("invalid_arguments")
    files = tuple(_completed(workspace, item) for item in items)
    if arguments.get("channel_id"):
        _share(workspace, files, arguments)
    return {"files": [file.as_json() for file in files]}


def _completed(workspace: Workspace, item: Json) -> File:
    file = workspace.files.get(str(item.get("id")))
    if file is None or not file.content:
        raise Refusal("file_not_found")
    done = replace(file, title=str(item.get("title") or file.name), complete=True)
    workspace.files[file.id] = done
    return done


def _share(workspace: Workspace, files: tuple[File, ...], arguments: Json) -> None:
    channel = writable(workspace, arguments["channel_id"])
    thread = str(arguments.get("thread_ts") or "")
    if thread and workspace.messages.get(channel.id, thread) is None:
        raise Refusal("thread_not_found")
    message = Message(
        channel=channel.id,
        ts=workspace.next_ts(),
        user=BOT_USER,
        text=str(arguments.get("initial_comment") or ""),
        thread_ts=thread,
        files=files,
        by_app=True,
    )
    workspace.post(message)


def files_info(workspace: Workspace, arguments: Json) -> Json:
    """files.info"""
    (id_,) = required(arguments, "file")
    file = workspace.files.get(id_)
    if file is None:
        raise Refusal("file_not_found")
    return {"file": file.as_json(), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete_file(workspace: Workspace, arguments: Json) -> Json:
    """files.delete: a bot may delete its own; messages show it no more"""
    (id_,) = required(arguments, "file")
    file = workspace.files.get(id_)
    if file is None:
        raise Refusal("file_not_found")
    if file.user != BOT_USER:
        raise Refusal("cant_delete_file")
    del workspace.files[id_]
    for message in list(workspace.messages):
        left = tuple(each for each in message.files if each.id != id_)
        if left != message.files:
            workspace.messages.put(replace(message, files=left))
    return {}


FILES = {
    "files.getUploadURLExternal": Method(
        handler=get_upload_url, scopes=("files:write",), tier=TIER_4
    ),
    "files.completeUploadExternal": Method(
        handler=complete_upload, scopes=("files:write",), tier=TIER_4
    ),
    "files.delete": Method(handler=delete_file, scopes=("files:write",), tier=TIER_3),
    "files.info": Method(handler=files_info, scopes=("files:read",), tier=TIER_4),
}
