"""Datasets, models and answers in the store: the same in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from standout.domain.datasets import Dataset
from standout.domain.models import FAILED, READY, TRAINING, Model, ModelVersion, file_of
from standout.domain.ports.repeats import KeptAnswer
from standout.errors import DataFolderUnwritable, ModelNotFound, TrainingUnderWay
from standout.store.artefacts import FolderShelf
from standout.store.catalogue import Catalogue, MemoryCatalogue, SqliteCatalogue
from standout.store.datasets import SqlDatasets
from standout.store.models import SqlModels
from standout.store.repeats import KEPT_US, SqlAnswers
from standout.store.sqlite import SqliteStore

VERSION = ModelVersion(
    state=TRAINING, algorithm="knn", dataset="d", job="j", asked={"a": [1]}, created_us=5
)
MODEL = Model(id="m", created_us=5)


@pytest.fixture(params=["memory", "sqlite"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    if request.param == "memory":
        yield MemoryCatalogue()
        return
    store = SqliteStore(tmp_path / "standout.db")
    yield SqliteCatalogue(store)
    store.close()


def test_datasets(catalogue: Catalogue) -> None:
    store = SqlDatasets(catalogue)
    made = Dataset(
        id="d1", name="t.csv", rows=3, bytes=9, sha256="ab", created_us=7,
        profile={"data_types": {"x": "number"}},
    )  # fmt: skip
    first = store.add(0, made).result()
    second = store.add(0, replace(made, id="d2")).result()
    assert store.find(0, "d1") == first == replace(made, number=first.number)
    assert store.find(1, "d1") is None
    assert store.page(0, limit=9, before=None) == [second, first]
    assert store.page(0, limit=9, before=second.number) == [first]
    assert store.delete(0, "d1").result() is True
    assert store.delete(0, "d1").result() is False
    assert store.page(0, limit=9, before=None) == [second]


def test_models_and_versions(catalogue: Catalogue) -> None:
    store = SqlModels(catalogue)
    first = store.create(0, MODEL, VERSION).result()
    assert first.version == 1
    found = store.find(0, "m")
    assert found is not None
    assert (found.live, found.versions) == (None, (first,))
    with pytest.raises(TrainingUnderWay, match="Version 1 of model 'm' is in training"):
        store.add_version(0, "m", VERSION).result()

    ready = replace(first, state=READY, stats={"n": 1}, sha256="ab", bytes=3, ready_us=9)
    store.update(0, "m", ready, live=True).result()
    second = store.add_version(0, "m", VERSION).result()
    found = store.find(0, "m")
    assert found is not None
    assert (found.live, found.shown, second.version) == (1, ready, 2)

    assert store.fail_unfinished("It ended.").result() == [file_of("m", 2)]
    found = store.find(0, "m")
    assert found is not None
    assert [(one.state, one.detail) for one in found.versions] == [
        (READY, ""),
        (FAILED, "It ended."),
    ]
    store.set_live(0, "m", 2).result()
    assert store.page(0, limit=9, before=None)[0].live == 2
    assert store.delete(0, "m").result() is True
    assert store.delete(0, "m").result() is False
    assert store.find(0, "m") is None
    for write in (
        store.update(0, "m", ready, live=True),
        store.set_live(0, "m", 1),
        store.add_version(0, "m", VERSION),
    ):
        with pytest.raises(ModelNotFound):
            write.result()


def test_a_new_model_of_an_old_name_has_no_old_versions(catalogue: Catalogue) -> None:
    store = SqlModels(catalogue)
    store.create(0, MODEL, VERSION).result()
    store.delete(0, "m").result()
    store.create(0, MODEL, VERSION).result()
    found = store.find(0, "m")
    assert found is not None
    assert [one.version for one in found.versions] == [1]


def test_answers_are_forgotten_after_a_day(catalogue: Catalogue) -> None:
    store = SqlAnswers(catalogue)
    answer = KeptAnswer("r", 200, "{}")
    store.put(0, "k", answer, 1_000).result()
    assert store.find(0, "k", 1_000 + KEPT_US - 1) == answer
    assert store.find(0, "k", 1_000 + KEPT_US) is None
    assert store.find(1, "k", 1_000) is None


def test_files_are_there_whole_or_not_at_all(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "deep" / "models")
    draft = shelf.draft()
    draft.write_bytes(b"one")
    assert shelf.publish(draft, "a").read_bytes() == b"one"
    assert not draft.exists()
    shelf.draft().write_bytes(b"left")
    mine = tmp_path / "deep" / "models" / "mine.txt"
    mine.write_text("not yours")
    shelf.sweep()
    assert {path.name for path in mine.parent.iterdir()} == {"a", "mine.txt"}
    shelf.remove(["a", "none"])
    assert {path.name for path in mine.parent.iterdir()} == {"mine.txt"}


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnwritable, match="cannot be written"):
        FolderShelf(tmp_path / "file" / "models").draft()
    shelf = FolderShelf(tmp_path)
    with pytest.raises(DataFolderUnwritable):
        shelf.publish(tmp_path / "missing", "a")
