"""`docchain serve`: migrate, recover, and serve API and engine from one process."""

from typing import Annotated

import typer

from docchain.entrypoints.cli.console import DataDir, settings_for
from docchain.entrypoints.serving import serve as serve_with

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: DOCCHAIN_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default: DOCCHAIN_PORT).")] = None,
) -> None:
    """Serve the API and execute runs; stop with Ctrl+C."""
    settings = settings_for(data_dir)
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    serve_with(settings.model_copy(update={"server": settings.server.model_copy(update=changes)}))
