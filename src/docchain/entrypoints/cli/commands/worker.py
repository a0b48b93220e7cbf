"""`docchain worker`: an engine without the API, one of any number beside servers on PostgreSQL."""

import typer

from docchain.entrypoints.cli.console import DataDir, settings_for
from docchain.platform.memory import frugal, loading

app = typer.Typer(add_completion=False)


@app.command()
def worker(data_dir: DataDir = None) -> None:
    """Execute runs without serving the API; stand by while another process does.

    Needs PostgreSQL. One process executes at a time; when it stops or dies, another one takes over within seconds.
    With DOCCHAIN_WORKER_HEALTH_PORT it answers /health/live and /health/ready there, for an orchestrator's probes.
    """
    frugal()
    with loading():
        import uvloop  # noqa: PLC0415 (`--help` answers faster without all this)

        from docchain.entrypoints.cli.worker import work  # noqa: PLC0415 (the same)
        from docchain.platform.logging import configure_logging  # noqa: PLC0415 (the same)

    settings = settings_for(data_dir)
    configure_logging(settings.server.log_level, settings.server.log_format)
    uvloop.run(work(settings))
