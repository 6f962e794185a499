"""Every setting, its default, and what it is for: one frozen object, read once by `bootstrap`.

A value comes from the first of these that has it: arguments of the command line, the environment
(``STANDOUT_PORT``, ``STANDOUT_STORE__URL``), the config file, the default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ByteSize, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
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
        description="Observations between two snapshots of a stream (at least its window).",
    )


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
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        validation_alias=AliasChoices("log_level", "STANDOUT_LOG_LEVEL", "LOG_LEVEL"),
        description="Least severe log line that is written.",
    )
    max_upload_size: ByteSize = Field(
        default=ByteSize(100_000_000),
        ge=1_024,
        validation_alias=AliasChoices(
            "max_upload_size", "STANDOUT_MAX_UPLOAD_SIZE", "MAX_UPLOAD_SIZE"
        ),
        description='Largest body of an upload: bytes, or with a unit as in "100MB" or "64MiB".',
    )
    store: StoreSettings = StoreSettings()
    streams: StreamSettings = StreamSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, config file."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


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
