"""Estimators as canonical bytes: the same fitted estimator always gives the same file.

`skops.io.dumps` names objects and files by memory address, stamps the time, and writes sets in the order of
their hashes. Here its archive is rewritten: addresses become numbers in order of appearance, files are named
by their content, sets are sorted, unused bytes inside records are zeroed, and every file has the same date.
The result is a plain skops file.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pipeline.base.errors import DataError

# What scikit-learn's estimators hold beyond the types that skops trusts by itself.
TRUSTED = [
    "functools.partial",  # of a function that is trusted too
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
]
DATE = (1980, 1, 1, 0, 0, 0)
SCHEMA = "schema.json"
# Whether two of these are one object cannot be told from their use, and changes from process to process.
IMMUTABLE = {"JsonNode", "TypeNode", "FunctionNode", "TupleNode", "DTypeNode", "BytesNode", "SliceNode"}

Node = dict[str, Any]


def estimator_bytes(estimator: Any) -> bytes:
    """Return an estimator as a skops file whose bytes depend on the estimator's content alone."""
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator))) as archive:
        schema = json.loads(archive.read(SCHEMA))
        contents = {name: without_padding(archive.read(name)) for name in archive.namelist() if name != SCHEMA}
    names = {name: content_name(name, content) for name, content in contents.items()}
    for node in nodes(schema):
        if "file" in node:
            node["file"] = names[node["file"]]
    sort_sets(schema)
    renumber(schema)
    files = {names[name]: content for name, content in contents.items()}
    return archived({SCHEMA: json.dumps(schema, separators=(",", ":")).encode(), **files})


def estimator_from_bytes(content: bytes) -> Any:
    """Return the estimator in a skops file; raise DataError where it holds a type that is not in TRUSTED."""
    import skops.io

    if unknown := sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED)):
        found = ", ".join(unknown)
        raise DataError(f"model.skops holds {found}; add it to TRUSTED in skops_bytes.py if you trust that type")
    return skops.io.loads(content, trusted=TRUSTED)


def nodes(value: Any) -> Iterator[Node]:
    """Yield every node of a schema, outer ones first, in the order in which skops reads them back."""
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


def sort_sets(schema: Node) -> None:
    """Put the members of every set in the order of their spelling, addresses left out."""
    for node in nodes(schema):
        if node["__loader__"] == "SetNode":
            node["content"].sort(key=spelling)


def spelling(value: Any) -> str:
    """Return a schema's text without addresses."""
    return json.dumps(without_addresses(value), sort_keys=True)


def without_addresses(value: Any) -> Any:
    """Return a copy of part of a schema without its addresses."""
    if isinstance(value, dict):
        return {key: without_addresses(part) for key, part in value.items() if key != "__id__"}
    return [without_addresses(part) for part in value] if isinstance(value, list) else value


def renumber(schema: Node) -> None:
    """Replace addresses by numbers from 1; immutable nodes get one each, the others keep what they share."""
    seen: dict[int, int] = {}
    count = 0
    for node in nodes(schema):
        if "__id__" not in node:
            continue
        shared = node["__loader__"] not in IMMUTABLE and node["__id__"] in seen
        if not shared:
            count += 1
        number = seen[node["__id__"]] if shared else count
        if node["__loader__"] not in IMMUTABLE:
            seen[node["__id__"]] = number
        node["__id__"] = number


def without_padding(content: bytes) -> bytes:
    """Return an npy file with the bytes between the fields of its records zeroed; other files as they are."""
    if not content.startswith(b"\x93NUMPY"):
        return content
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, dtype=array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def content_name(name: str, content: bytes) -> str:
    """Return a file's name by its content, with the suffix it had."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}.{name.rpartition('.')[2]}"


def archived(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive, uncompressed, sorted by name, with one fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, DATE), files[name])
    return buffer.getvalue()
