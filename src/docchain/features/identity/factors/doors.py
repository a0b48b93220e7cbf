"""What the HTTP doors of second factors share."""

from typing import Annotated

from fastapi import Depends, Request

from docchain.features.identity.factors.proving import Factors


async def _factors(request: Request) -> Factors:
    found: Factors = request.app.state.services.factors
    return found


FactorService = Annotated[Factors, Depends(_factors)]
