"""The one place that chooses and wires."""

from __future__ import annotations

from dataclasses import dataclass

from standout.domain.ports import StreamStore
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.labels import LabelService
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.service.presence import Presence
from standout.service.streams import StreamService
from standout.settings import Settings
from standout.store.folder import DataFolder
from standout.store.memory import MemoryStore
from standout.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Services:
    """All that a server needs, wired."""

    settings: Settings
    store: StreamStore
    engine: StreamEngine
    loader: Loader
    feed: Feed
    presence: Presence
    streams: StreamService
    labels: LabelService
    meters: Meters
    folder: DataFolder

    def start(self) -> None:
        """Begin to score; needs a running event loop."""
        self.engine.start()

    async def stop(self) -> None:
        """Finish what was submitted, keep all states, and let go of the data folder."""
        try:
            await self.engine.stop()
            await self.loader.stop()
        finally:
            self.store.close()
            self.folder.close()


def build(settings: Settings) -> Services:
    """Open the data folder and the store, and wire the services.

    Raises
    ------
    DataFolderUnwritable, DataFolderLocked
        The data folder cannot be used.
    StoreUnavailable
        The store cannot be opened.
    """
    folder = DataFolder(settings.data_dir)
    try:
        store: StreamStore
        if settings.store.url == "memory":
            store = MemoryStore()
        else:
            store = SqliteStore(folder.path / "standout.db")
    except BaseException:
        folder.close()
        raise
    feed = Feed()
    presence = Presence()
    meters = Meters()
    engine = StreamEngine(
        store,
        feed,
        meters,
        snapshot_every=settings.streams.snapshot_every,
        max_backlog=settings.store.max_pending_rows,
    )
    loader = Loader(store, engine, default_window=settings.streams.default_window)
    meters.watch("active_streams", "Streams with a client that may send.", presence.count)
    meters.watch("backlog", "Observations on their way to the store.", lambda: engine.backlog)
    meters.watch("queue_depth", "Rows in the store's queue.", store.pending)
    meters.watch("loaded_streams", "Streams whose state is in memory.", loader.count)
    return Services(
        settings=settings,
        store=store,
        engine=engine,
        loader=loader,
        feed=feed,
        presence=presence,
        streams=StreamService(store, loader, presence),
        labels=LabelService(store),
        meters=meters,
        folder=folder,
    )
