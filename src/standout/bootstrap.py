"""The one place that chooses and wires."""

from __future__ import annotations

from dataclasses import dataclass

from standout.domain.files import output_path
from standout.domain.ports import StreamStore
from standout.service.backtests import KIND as BACKTEST
from standout.service.backtests import LIMITS as BACKTESTS
from standout.service.backtests import BacktestService
from standout.service.baseline import Baseline
from standout.service.datasets import DatasetService
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.files import FileService
from standout.service.heads import HeadReader
from standout.service.jobs import JobService, Limits
from standout.service.labels import LabelService
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.service.models import ModelService
from standout.service.overview import OverviewService
from standout.service.predicting import PredictionService
from standout.service.presence import Presence
from standout.service.repeats import Repeats
from standout.service.retention import Retention
from standout.service.runs import RunService
from standout.service.scored_datasets import DatasetScoring
from standout.service.serving import ModelCache
from standout.service.simulating import KIND as SIMULATE
from standout.service.simulating import RUNNING as SIMULATIONS
from standout.service.simulating import SimulationService
from standout.service.streams import StreamService
from standout.service.trainings import Trainings
from standout.service.windows import WindowService
from standout.settings import Settings
from standout.store.artefacts import FolderShelf
from standout.store.catalogue import Catalogue, MemoryCatalogue, SqliteCatalogue
from standout.store.datasets import SqlDatasets
from standout.store.folder import DataFolder
from standout.store.jobs import SqlJobs
from standout.store.memory import MemoryStore
from standout.store.models import SqlModels
from standout.store.repeats import SqlAnswers
from standout.store.runs import SqlRuns
from standout.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Services:
    """All that a server needs, wired."""

    settings: Settings
    store: StreamStore
    engine: StreamEngine
    loader: Loader
    retention: Retention
    feed: Feed
    presence: Presence
    streams: StreamService
    labels: LabelService
    windows: WindowService
    overview: OverviewService
    meters: Meters
    folder: DataFolder
    jobs: JobService
    repeats: Repeats
    datasets: DatasetService
    models: ModelService
    predictions: PredictionService
    scoring: DatasetScoring
    backtests: BacktestService
    runs: RunService
    files: FileService
    simulations: SimulationService

    def start(self) -> None:
        """Begin to score; needs a running event loop."""
        self.jobs.recover()
        self.datasets.recover()
        self.models.recover()
        self.engine.start()
        self.retention.start()

    async def stop(self) -> None:
        """Finish what was submitted, keep all states, and let go of the data folder."""
        try:
            await self.jobs.stop()
            await self.retention.stop()
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
        files = _files(settings, folder)
        store: StreamStore
        catalogue: Catalogue
        if settings.store.url == "memory":
            store, catalogue = MemoryStore(), MemoryCatalogue()
        else:
            store = sqlite = SqliteStore(folder.path / "standout.db")
            catalogue = SqliteCatalogue(sqlite)
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
    labels = LabelService(store)
    windows = WindowService(store)
    meters.watch("active_streams", "Streams with a client that may send.", presence.count)
    meters.watch("backlog", "Observations on their way to the store.", lambda: engine.backlog.rows)
    meters.watch("queue_depth", "Rows in the store's queue.", store.pending)
    limits = {"train": Limits(settings.models.trainings, 16), SIMULATE: Limits(SIMULATIONS, 0)}
    limits[BACKTEST] = BACKTESTS
    jobs = JobService(SqlJobs(catalogue), limits)
    streamed = output_path(settings.data.anomaly_output_path, folder.path)
    datasets, models, cache = _tables(settings, folder, catalogue, jobs)
    meters.watch("loaded_models", "Models in memory.", cache.count)
    meters.watch("jobs", "Jobs that run or wait.", jobs.count)
    meters.watch("loaded_streams", "Streams whose state is in memory.", loader.count)
    return Services(
        settings=settings,
        store=store,
        engine=engine,
        loader=loader,
        retention=Retention(store, engine, loader, every_s=settings.streams.retention_every_s),
        feed=feed,
        presence=presence,
        streams=StreamService(store, loader, presence),
        labels=labels,
        windows=windows,
        overview=OverviewService(store, windows, labels, HeadReader(store, loader)),
        meters=meters,
        folder=folder,
        jobs=jobs,
        repeats=Repeats(SqlAnswers(catalogue)),
        datasets=datasets,
        models=models,
        predictions=PredictionService(cache),
        scoring=DatasetScoring(models, cache, datasets),
        backtests=BacktestService(
            models, datasets, jobs, max_memory=settings.models.max_training_memory
        ),
        runs=RunService(SqlRuns(catalogue), folder.path / "runs"),
        files=files,
        simulations=SimulationService(engine, loader, presence, jobs, streamed),
    )


def _files(settings: Settings, folder: DataFolder) -> FileService:
    """Wire what is done with files, and make those that may be missing."""
    data, model = settings.data, settings.model
    baseline = Baseline(model.normal_mean, model.normal_std, model.threshold_multiplier)
    return FileService(folder.path, data.test_data_path, data.output_path, baseline)


def _tables(
    settings: Settings, folder: DataFolder, catalogue: Catalogue, jobs: JobService
) -> tuple[DatasetService, ModelService, ModelCache]:
    """Wire what is done with tables: datasets, and the models that are trained on them."""
    datasets = DatasetService(SqlDatasets(catalogue), FolderShelf(folder.path / "datasets"))
    shelf = FolderShelf(settings.model_storage_path or folder.path / "models")
    kept = SqlModels(catalogue)
    cache = ModelCache(kept, shelf, max_bytes=settings.models.max_cached)
    max_memory = settings.models.max_training_memory
    trainings = Trainings(kept, shelf, datasets, jobs, cache, max_memory=max_memory)
    models = ModelService(kept, shelf, datasets, jobs, cache, trainings=trainings)
    return datasets, models, cache
