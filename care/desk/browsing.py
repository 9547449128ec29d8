"""The way to a model: type, subtype, category, model (R26); and where its number stands (R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from care.catalogue import store as catalogue
from care.desk import shown
from care.desk.views import GroupList, GroupView, GuideView, ModelList, ModelView, StepView
from care.ports import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from care.catalogue.groups import Level
    from care.catalogue.models import Model
    from care.desk.ground import Ground


class Browsing:
    """What is under a code that there is not is an empty list."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def groups(self, level: Level, parent: str, *, language: str) -> GroupList:
        """The groups of a level under `parent`; types have the parent ""."""
        async with self._ground.storage.read() as conn:
            found = await catalogue.groups_under(conn, level, parent)
        return GroupList([GroupView(one.code, one.name(language), one.parent) for one in found])

    async def models(self, category: str, *, language: str) -> ModelList:
        """Also those that cannot be registered, so that their owners are told so (R12)."""
        async with self._ground.storage.read() as conn:
            found = await catalogue.models_of_category(conn, category)
        return ModelList([_model(one, language) for one in found])

    async def models_named(self, codes: Sequence[str], *, language: str) -> list[ModelView]:
        """Those of these models that there are, in that order."""
        async with self._ground.storage.read() as conn:
            found = await catalogue.models_by_codes(conn, codes)
        return [_model(found[code], language) for code in codes if code in found]

    async def name_of(self, model: str, *, language: str) -> str:
        """As people call it; a model that is not in the catalogue by its code."""
        async with self._ground.storage.read() as conn:
            return shown.model_name(model, await catalogue.model_by_code(conn, model), language).name

    async def path_of(self, model: str) -> tuple[str, str, str]:
        """Its category, subtype and type; each "" where it is not known."""
        async with self._ground.storage.read() as conn:
            return await catalogue.path_of(conn, model)

    async def guide(self, *, model: str, group: str, language: str) -> GuideView:
        """Where the number of a model stands, or of a type's products. Raises Refusal `not-found`."""
        codes: tuple[str, ...] = (group,)
        if model:
            async with self._ground.storage.read() as conn:
                codes = (model, *await catalogue.path_of(conn, model))
        guide = self._ground.maker.guides.of(codes)
        if guide is None:
            raise Refusal("not-found")
        steps = [StepView(text) for text in self._ground.maker.guides.steps(guide, language)]
        return GuideView(guide.applies_to, steps)


def _model(one: Model, language: str) -> ModelView:
    return ModelView(
        code=one.code,
        name=one.name(language),
        brand=one.brand,
        category=one.category,
        identifiers=sorted(kind.value for kind in one.rule.kinds),
        serial_length=one.rule.serial_length,
        why_not=one.why_not.value if one.why_not else "",
        by_qr=one.by_qr,
        tv_from=one.tv_from,
    )
