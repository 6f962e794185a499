"""Every setting, its default, and what it is for: one frozen object, read once by `bootstrap`.

A value comes from the first of these that has it: arguments of the command line, the environment
(``STANDOUT_PORT``, ``STANDOUT_STORE__URL``), the config file, the default.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

DEFAULT_CONFIG = Path("config/config.yaml")


class StoreSettings(BaseModel):
    """Where streams are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        default="sqlite",
        pattern=r"^(sqlite|memory)$",
        description='"sqlite" keeps a file in the data folder; "memory" keeps nothing.',
    )
    max_pending_rows: int = Field(
        default=200_000,
        ge=1,
        description="Rows that may wait for their commit before senders are made to wait.",
    )


class StreamSettings(BaseModel):
    """Live streams and their sockets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default_window: int = Field(
        default=100, ge=10, le=10_000, description="Window of a stream that names none."
    )
    max_frame_bytes: int = Field(
        default=1_048_576, ge=1_024, description="Largest WebSocket frame that is read."
    )
    max_in_flight: int = Field(
        default=1_024, ge=1, description="Frames of one socket that may wait for their answer."
    )
    snapshot_every: int = Field(
        default=1_024,
        ge=1,
        description="Observations between two snapshots of a stream: at least its window, and more "
        "where its state is large.",
    )
    retention_every_s: float = Field(
        default=10.0, gt=0, description="Seconds between two looks for what retention removes."
    )


class ModelSettings(BaseModel):
    """Models that are trained and asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_training_memory: ByteSize = Field(
        default=ByteSize(4_000_000_000),
        ge=256_000_000,
        description="Memory that a training may take; one that needs more is ended.",
    )
    max_cached: ByteSize = Field(
        default=ByteSize(500_000_000),
        ge=0,
        description="Memory for models that were asked; the longest unasked go first.",
    )
    trainings: int = Field(default=1, ge=1, description="Trainings that run at one time.")


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    table = path.endswith(".csv") and "\0" not in path
    # A table in a folder below: what a server keeps of itself lies above, or has other names.
    if not table or len(parts) < 3 or parts[0] != "data" or ".." in parts:  # noqa: PLR2004
        wanted = "a CSV file in a folder of the data folder was wanted, as data/output/found.csv"
        msg = f"{wanted}, got {path!r}"
        raise ValueError(msg)
    return path


OutputPath = Annotated[str, AfterValidator(_inside)]


class DataSettings(BaseModel):
    """Files that `/detect/`, `/simulate/` and their commands read and write.

    `data/…` is a path within the data folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    train_data_path: str | None = Field(
        default=None,
        description="File that a baseline is trained on; that of the tests if not given.",
    )
    test_data_path: str = Field(
        default="data/test/test.csv", description="File that is taken where none is sent."
    )
    output_path: OutputPath = Field(
        default="data/output/anomalies_batch.csv",
        description="What the newest detection in a file has found.",
    )
    anomaly_output_path: OutputPath = Field(
        default="data/output/anomalies_streaming.csv",
        description="What simulations find, one after the other.",
    )
    rolling_window_size: int | None = Field(
        default=None,
        ge=2,
        description="Newest values that a baseline is trained on; all if not given.",
    )


class BaselineSettings(BaseModel):
    """The baseline by which files are judged: mean ± multiplier times standard deviation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    normal_mean: float = Field(default=50.0, allow_inf_nan=False, description="Mean.")
    normal_std: float = Field(
        default=5.0, gt=0, allow_inf_nan=False, description="Standard deviation."
    )
    threshold_multiplier: float = Field(
        default=3.0,
        gt=0,
        allow_inf_nan=False,
        description="Standard deviations from the mean to each end of what is normal.",
    )


def _loudly(level: object) -> object:
    return level.upper() if isinstance(level, str) else level


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_loudly)]


class _Environment(EnvSettingsSource):
    """The environment, in which ``STANDOUT_DATA`` alone names a folder of labelled data."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        found = super().get_field_value(field, field_name)
        return (None, *found[1:]) if field_name == "data" else found


class Settings(BaseSettings):
    """All settings of a server."""

    model_config = SettingsConfigDict(
        env_prefix="STANDOUT_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port; 0 takes a free one.")
    data_dir: Path = Field(default=Path("data"), description="The one folder that holds it all.")
    log_level: LogLevel = Field(
        default="INFO",
        validation_alias=AliasChoices("log_level", "STANDOUT_LOG_LEVEL", "LOG_LEVEL"),
        description="Least severe log line that is written, in capitals or not.",
    )
    max_upload_size: ByteSize = Field(
        default=ByteSize(100_000_000),
        ge=1_024,
        validation_alias=AliasChoices(
            "max_upload_size", "STANDOUT_MAX_UPLOAD_SIZE", "MAX_UPLOAD_SIZE"
        ),
        description='Largest body of an upload: bytes, or with a unit as in "100MB" or "64MiB".',
    )
    model_storage_path: Path | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "model_storage_path", "STANDOUT_MODEL_STORAGE_PATH", "MODEL_STORAGE_PATH"
        ),
        description="Folder of the models' files; a folder in the data folder if not given.",
    )
    store: StoreSettings = StoreSettings()
    streams: StreamSettings = StreamSettings()
    models: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    model: BaselineSettings = BaselineSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours takes its place
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, config file."""
        environment = _Environment(settings_cls)
        return init_settings, environment, YamlConfigSettingsSource(settings_cls)


def load_settings(config: Path | None = None, **arguments: Any) -> Settings:
    """Read the settings.

    Parameters
    ----------
    config
        YAML file; ``config/config.yaml`` where there is one, if None.
    arguments
        Settings given on the command line; None means not given.

    Raises
    ------
    pydantic.ValidationError
        A value is of the wrong type or out of range.
    """
    path = config or DEFAULT_CONFIG
    given = {name: value for name, value in arguments.items() if value is not None}

    class FromFile(Settings):
        model_config = SettingsConfigDict(yaml_file=path)

    return FromFile(**given)
