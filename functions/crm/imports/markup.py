"""XML read as a stream, by local names; what declares entities or a document type is refused.

That is what defusedxml does, too; but with it either whole elements are kept or nothing can be asked for row by row.
Here expat is fed piece by piece, and memory holds one piece and what the listener keeps.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol
from xml.parsers import expat

from crm.imports.reading import FileRefused

_MOST_DEPTH = 100
_MOST_TOKEN = 1 << 23
_REMEDY = "open it in a spreadsheet program and save it anew"


class Listener(Protocol):
    """Is told of each tag and text, in their order."""

    def begin(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, read: str) -> None: ...


def heard(pieces: Iterable[bytes], listener: Listener) -> Iterator[None]:
    """Feed the document to the listener; stops after each piece, for its findings to be taken. Raises FileRefused."""
    parser = _parser(listener)
    fed = 0
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - max(parser.CurrentByteIndex, 0) > _MOST_TOKEN:
                raise FileRefused("damaged", "its XML has a tag larger than any table's", _REMEDY)
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as bad:
        raise FileRefused("damaged", f"its XML cannot be read (line {bad.lineno})", _REMEDY) from bad
    except (LookupError, ValueError) as bad:
        raise FileRefused("damaged", "its XML is in an unknown encoding", _REMEDY) from bad


def _parser(listener: Listener) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEPTH:
            raise FileRefused("damaged", "its XML is nested too deep", _REMEDY)
        listener.begin(name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        listener.end(name.rpartition(":")[2])

    def declared(*_: object) -> None:
        raise FileRefused("entities", "its XML declares a document type or entities", _REMEDY)

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    return parser


def local(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes by their local names."""
    return {name.rpartition(":")[2]: value for name, value in attributes.items()}
