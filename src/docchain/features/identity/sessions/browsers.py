"""A browser that signs in: it may get tokens for its pages, or a cookie that no page can read; never both."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from docchain.features.identity.schemas import BrowserSession, SignedIn
from docchain.features.identity.sign_in import SignIn
from docchain.platform.provenance import present_caller
from docchain.platform.web.csrf import check_site
from docchain.platform.web.session_cookie import cookie_name, cookie_of, csrf_token, new_cookie


class BrowserContext:
    """One request's way to sign in and out."""

    def __init__(self, request: Request, response: Response) -> None:
        self.sign_in: SignIn = request.app.state.services.sign_in
        self._request = request
        self._response = response

    async def enter(self, user_id: UUID, method: str, *, cookies: bool) -> SignedIn | BrowserSession:
        """Begin a session for somebody who proved who they are; the one that the browser had ends."""
        if not cookies:
            return await self.sign_in.admit(user_id, method, present_caller())
        check_site(self._request)
        return await self.keep(user_id, method)

    async def keep(self, user_id: UUID, method: str, proved_at: datetime | None = None) -> BrowserSession:
        """Begin a session that a cookie stands for, on a way that is safe by itself, such as an answer to our `state`.

        The value is always new: whoever planted a cookie before gets nothing by it.
        """
        if known := cookie_of(self._request):
            await self.sign_in.leave(known)
        cookie = new_cookie()
        grant = await self.sign_in.admit_browser(user_id, method, present_caller(), cookie, proved_at)
        self._set(cookie)
        assert grant.until is not None  # noqa: S101 - a new session has its end
        return BrowserSession(
            csrf_token=csrf_token(cookie), expires_at=grant.until, user=grant.user, workspace=grant.workspace
        )

    async def renew(self, session_id: UUID) -> str | None:
        """Change the cookie because its holder may do more now; the new CSRF token, if there is a cookie."""
        if cookie_of(self._request) is None:
            return None
        cookie = new_cookie()
        await self.sign_in.change_cookie(session_id, cookie)
        self._set(cookie)
        return csrf_token(cookie)

    def forget(self) -> None:
        self._response.delete_cookie(cookie_name(self._request), **self._marks)

    def _set(self, cookie: str) -> None:
        seconds = round(self.sign_in.lifetimes.absolute.total_seconds())
        self._response.set_cookie(cookie_name(self._request), cookie, max_age=seconds, **self._marks)

    @property
    def _marks(self) -> dict[str, Any]:
        secure = self.sign_in.secure_cookies
        return {"path": "/", "secure": secure, "httponly": True, "samesite": "strict"}


# The framework would send dependencies that are not coroutines to a thread and back: longer than they take.
async def _browser(request: Request, response: Response) -> BrowserContext:
    return BrowserContext(request, response)


Browser = Annotated[BrowserContext, Depends(_browser)]
