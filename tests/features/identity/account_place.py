"""The doors of accounts and workspaces over a real database, a mail server and a clock that the test moves."""

import re
from types import SimpleNamespace

import httpx

from docchain.entrypoints.web.app import create_app
from docchain.features.identity import Accounts, Factors, KeyReader, SignIn, Things
from docchain.platform.outbox import Postman
from docchain.platform.settings import AccountSettings, MailSettings, Settings

STRONG = "lluvia sobre tejado verde 7"
LINK = re.compile(r"(http\S+/account/(\w+)#(\S+))")


class Place:
    """Signed-in clients by name, and the mails that were sent."""

    def __init__(self, database, passwords, server, **accounts) -> None:
        host, port = server.address if server else ("", 587)
        mail = MailSettings(mail_host=host, mail_port=port, mail_security="none")
        self.settings = Settings(accounts=AccountSettings(**accounts), mail=mail)
        self.settings = self.settings.model_copy(
            update={"security": self.settings.security.model_copy(update={"registration": "open"})}
        )
        self.database, self.passwords, self.server = database, passwords, server
        self.sign_in = SignIn(database, passwords, self.settings.security)
        self.sign_in.reads("dck_", KeyReader(database).authenticate)
        self.accounts = Accounts(database, passwords, self.sign_in.passwords, self.settings)
        self.postman = Postman(database, self.accounts.postbox)
        services = SimpleNamespace(
            database=database,
            sign_in=self.sign_in,
            authenticate=self.sign_in.authenticate,
            accounts=self.accounts,
            factors=Factors(database, passwords, self.settings),
            things=Things({}),
            settings=self.settings,
            probes={},
        )
        self.services = services
        self.app = create_app(services, self.settings.limits)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://docchain.test/api/v3",
            headers={"If-Match": "*"},
        )

    async def signed_in(self, username: str, password: str) -> httpx.AsyncClient:
        client = self.client()
        answer = await client.post("/auth/login", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    async def registered(self, username: str, **more: str) -> httpx.AsyncClient:
        body = {"username": username, "password": STRONG, **more}
        answer = await self.client().post("/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        return await self.signed_in(username, STRONG)

    async def mailed(self) -> list[tuple[str, str, str]]:
        """Send what waits; to whom, about what, and the text of each mail there ever was."""
        await self.postman.round()
        return [(mail["To"], mail["Subject"], mail.get_content()) for mail in self.server.mails]

    async def token(self, page: str) -> str:
        """The token of the newest mailed link to a page."""
        await self.postman.round()
        found = LINK.search(self.server.text())
        assert found, self.server.text()
        assert found[2] == page
        return found[3]
