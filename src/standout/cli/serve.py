"""`standout serve`: run a server."""

from __future__ import annotations

from pathlib import Path

import click

from standout.cli.options import server_options


@click.command()
@server_options
def serve(host: str | None, port: int | None, data_dir: Path | None, config: Path | None) -> None:
    """Run a server until it is stopped by Ctrl-C or SIGTERM."""
    from standout.cli.settings import read_settings
    from standout.cli.stopping import stops_cleanly

    settings = read_settings(config, host=host, port=port, data_dir=data_dir)
    with stops_cleanly():
        from standout.server.run import serve as run

        run(settings)
