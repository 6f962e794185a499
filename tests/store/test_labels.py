"""Labels, in every store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from standout.domain.labels import Label
from standout.domain.ports import StreamStore
from standout.errors import StreamNotFound
from tests.store.build import a_stream


def label(key: int, from_us: int, word: str = "real", who: str = "mk") -> Label:
    return Label(stream=key, from_us=from_us, to_us=from_us + 10, word=word, who=who, created_us=5)


def test_labels_are_kept_in_the_order_in_which_they_were_given(store: StreamStore) -> None:
    made = store.create_stream(a_stream("a")).result()
    other = store.create_stream(a_stream("b")).result()
    kept = [store.add_label(label(made.key, t)).result() for t in (30, 10, 20)]
    store.add_label(label(other.key, 10)).result()
    assert [k.from_us for k in kept] == [30, 10, 20]
    assert store.labels(made, limit=10, after=0) == kept
    assert store.labels(made, limit=2, after=0) == kept[:2]
    assert store.labels(made, limit=10, after=kept[1].id) == kept[2:]


def test_a_second_word_on_the_same_stretch_takes_the_place_of_the_first(
    store: StreamStore,
) -> None:
    made = store.create_stream(a_stream("a")).result()
    first = store.add_label(label(made.key, 10)).result()
    second = store.add_label(label(made.key, 10, "false_alarm")).result()
    assert second == replace(first, word="false_alarm")
    by_another = store.add_label(label(made.key, 10, who="jo")).result()
    assert store.labels(made, limit=10, after=0) == [second, by_another]


def test_labels_go_with_their_stream(store: StreamStore) -> None:
    made = store.create_stream(a_stream("a")).result()
    store.add_label(label(made.key, 10)).result()
    store.delete_stream(made).result()
    with pytest.raises(StreamNotFound):
        store.add_label(label(made.key, 20)).result()
    again = store.create_stream(a_stream("a")).result()
    assert store.labels(again, limit=10, after=0) == []


def test_a_label_can_be_deleted_once(store: StreamStore) -> None:
    made = store.create_stream(a_stream("a")).result()
    other = store.create_stream(a_stream("b")).result()
    kept = [store.add_label(label(made.key, t)).result() for t in (10, 20)]
    assert not store.delete_label(other, kept[0].id).result()
    assert store.delete_label(made, kept[0].id).result()
    assert not store.delete_label(made, kept[0].id).result()
    assert store.labels(made, limit=10, after=0) == kept[1:]
