"""Templates as they go in and out over HTTP."""

from typing import Literal

from pydantic import Field

from crm.core.fields import Document, Language, Line, Text
from crm.core.names import Name
from crm.templates.placeholders import Use


class WholeText(Document):
    """A mail in one language. `{name|dear friend}`: a value and what stands there without one; see docs/mail.md."""

    subject: Line
    heading: Line
    body: Text


class TextChange(Document):
    """Sections to change: absent stays, null takes the business's own away."""

    subject: Line | None = None
    heading: Line | None = None
    body: Text | None = None


class NewTemplate(Document):
    """A template of the business's own, for greetings and campaigns."""

    name: Name = Field(description="By this name a greeting rule asks for it.")
    texts: dict[Language, WholeText] = Field(min_length=1, description="By language tag, such as en, ur or bn-BD.")


class TemplateChange(Document):
    """Languages to change (RFC 7396): absent stays; null takes the business's own text away."""

    texts: dict[Language, TextChange | None]


class TextOut(WholeText):
    """A mail in one language, and which sections the business has written itself."""

    own: list[Literal["subject", "heading", "body"]]


class Placeholder(Document):
    """A value that the template's texts may ask for."""

    name: str
    kind: str
    may_be_missing: bool
    meaning: str


class TemplateSummary(Document):
    """A template. `version` 0: as it was shipped; `use`: what kind of mail it is for."""

    name: str
    use: Use
    shipped: bool
    languages: list[str]
    own_languages: list[str]
    version: int
    updated_at: str | None
    updated_by: str | None


class TemplateOut(TemplateSummary):
    texts: dict[str, TextOut]
    placeholders: list[Placeholder]


class TemplateList(Document):
    items: list[TemplateSummary]
    next: str | None
