"""What the assumptions about Kravia hold beyond plain values: paths, and words with a meaning."""

from __future__ import annotations

from clients.assumptions_document import Section


class PathsSection(Section):
    """A table of the document that may hold paths or words."""

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of strings; one string stands for a list of one, ``""`` for none."""
        value = self._get(key)
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise ValueError(f"{self._full(key)}: must be a text or a list of texts")
        texts = tuple(item for item in values if item)
        if required and not texts:
            raise ValueError(f"{self._full(key)}: must not be empty")
        return texts

    def fields(
        self, key: str, names: tuple[str, ...], *, required: set[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the table of paths that has exactly ``names`` as keys."""
        table = self.section(key)
        found = {name: table.texts(name, required=name in required) for name in names}
        table.finish()
        return found

    def words(self, key: str, meanings: frozenset[str]) -> dict[str, str]:
        """Return a table word -> meaning, in lower case; an empty meaning takes a word out."""
        table = self.section(key)
        words = {}
        for word in table._document:  # noqa: SLF001  its own kind
            meaning = table.optional_text(word, allowed=meanings)
            if meaning is not None:
                words[word.strip().lower()] = meaning
        table.finish()
        return words
