"""`standout demo`: a server with mock clients that stream to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from standout.cli.options import server_options
from standout.errors import InvalidParameter

if TYPE_CHECKING:
    from standout.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not listened on
_HERE = {"127.0.0.1", "::1", "localhost"}


@click.command()
@server_options
@click.option("--clients-only", is_flag=True, help="Start the clients, but no server.")
@click.option("--url", help="Server that the clients stream to.  [default: that of --port]")
@click.option("--seed", type=int, default=7, help="Seed of the generated metrics.")
@click.option("--parent", type=int, hidden=True, help="Process without which the clients end.")
def demo(
    *,
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    config: Path | None,
    clients_only: bool,
    url: str | None,
    seed: int,
    parent: int | None,
) -> None:
    """Run a server and several clients that stream real and generated data to it."""
    from standout.cli.settings import read_settings

    settings = read_settings(config, host=host, port=port, data_dir=data_dir)
    folder = settings.data_dir / "demo"
    url = url or _address(settings)
    if clients_only:
        _run_clients(url, folder, seed, parent)
    else:
        _run_all(settings, url, folder, seed)


def _run_clients(url: str, folder: Path, seed: int, parent: int | None) -> None:
    import asyncio

    from standout.demo.process import stream_until_stopped
    from standout.demo.seed import seed_demo

    streams = seed_demo(folder, seed, say=_say)
    asyncio.run(stream_until_stopped(url, folder, streams, parent=parent, say=_say))


def _run_all(settings: Settings, url: str, folder: Path, seed: int) -> None:
    from standout.cli.stopping import stops_cleanly
    from standout.demo.process import clients_beside
    from standout.demo.seed import seed_demo

    with stops_cleanly():
        seed_demo(folder, seed, say=_say)
        with clients_beside(url, settings.data_dir, seed):
            from standout.server.run import serve

            click.echo(f"Open {_address(settings, name='localhost')}/")
            serve(settings)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _address(settings: Settings, *, name: str | None = None) -> str:
    """Return where the server answers; `name` stands for this machine."""
    if settings.port == 0:
        raise InvalidParameter("The demo needs a port that its clients know; port 0 was given.")
    host = _EVERYWHERE.get(settings.host, settings.host)
    if name is not None and host in _HERE:
        host = name
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
