"""Templates as the API shows them."""

from collections.abc import Mapping

from crm.core.errors import NotFound
from crm.core.paging import Page, PageRequest
from crm.templates import service, shipped
from crm.templates.models import Edition, Template
from crm.templates.rules import LANGUAGES
from crm.templates.schemas import Placeholder, TemplateOut, TemplateSummary, TextOut


def page(request: PageRequest) -> Page[TemplateSummary]:
    """All templates by name, shipped and own."""
    stored = {one.name: one for one in Template.read_all()}
    own = [name for name, one in stored.items() if not one.removed]
    after = request.after or ""
    names = [name for name in sorted({*shipped.USES, *own}) if name > after]
    shown = names[: request.limit]
    more = shown[-1] if len(names) > len(shown) else None
    return Page([_summary(name, stored.get(name)) for name in shown], request.cursor_at(more))


def one(*, name: str, version: int | None = None) -> TemplateOut:
    """A template with its texts, now or in an earlier version. Raises NotFound."""
    kept = shipped.by_its_name(name)
    stored = Template.read(kept)
    if version is None and kept not in shipped.USES and (stored is None or stored.removed):
        raise NotFound(f"there is no template {name[:60]!a}")
    if version is not None:
        return _earlier(kept, version)
    return shown(kept, stored)


def shown(name: str, stored: Template | None) -> TemplateOut:
    """A template with its texts."""
    return _whole(_summary(name, stored), stored.texts if stored else {})


def _earlier(name: str, version: int) -> TemplateOut:
    edition = Edition.read(name, version)
    if edition is None and (version != 0 or name not in shipped.USES):
        raise NotFound(f"the template {name[:60]!a} has no version {version}")
    texts = edition.texts if edition else {}
    by = {"updated_at": edition.written_at, "updated_by": edition.written_by} if edition else {}
    return _whole(_described(name, texts, version=version, **by), texts)


def _summary(name: str, stored: Template | None) -> TemplateSummary:
    if stored is None:
        return _described(name, {}, version=0)
    by = {"updated_at": stored.updated_at, "updated_by": stored.updated_by}
    return _described(name, stored.texts, version=stored.version, **by)


def _described(
    name: str,
    texts: Mapping[str, service.Sections],
    *,
    version: int,
    updated_at: str | None = None,
    updated_by: str | None = None,
) -> TemplateSummary:
    return TemplateSummary(
        name=name,
        use=shipped.USES.get(name, "greeting"),
        shipped=name in shipped.USES,
        languages=_languages(name, texts),
        own_languages=sorted(texts),
        version=version,
        updated_at=updated_at,
        updated_by=updated_by,
    )


def _whole(summary: TemplateSummary, texts: Mapping[str, service.Sections]) -> TemplateOut:
    return TemplateOut(
        **summary.model_dump(),
        texts={tag: _text(summary.name, texts, tag) for tag in summary.languages},
        placeholders=[
            Placeholder(name=name, kind=known.kind, may_be_missing=known.may_be_missing, meaning=known.meaning)
            for name, known in sorted(service.askable(summary.name).items())
        ],
    )


def _text(name: str, texts: Mapping[str, service.Sections], tag: str) -> TextOut:
    found = service.in_language(name, texts, tag) or {}
    own = {**texts.get(tag.partition("-")[0], {}), **texts.get(tag, {})}
    written = [section for section in service.SECTIONS if section in own]
    return TextOut.model_validate({**found, "own": written})


def _languages(name: str, texts: Mapping[str, service.Sections]) -> list[str]:
    return [tag for tag in sorted({*LANGUAGES, *texts}) if service.in_language(name, texts, tag)]
