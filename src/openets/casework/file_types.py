"""What kinds of files are, by their first bytes: facts of the formats, not of the law."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
FIRST_BYTES = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
}


def is_what_it_says(extension: str, content: bytes) -> bool:
    """Whether content begins as a file of that extension does; a text is UTF-8 without nought."""
    if extension in FIRST_BYTES:
        return content.startswith(FIRST_BYTES[extension])
    if extension not in MEDIA_TYPES:
        return False
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
