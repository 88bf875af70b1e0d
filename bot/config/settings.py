"""The whole configuration as one typed value, and the directory made of it."""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.problems import Problem
from bot.config.tables.chat import Discord, Slack
from bot.config.tables.clocks import Calendar, Sla
from bot.config.tables.desks import Desk
from bot.config.tables.intakes import Intake, Route, Rule
from bot.config.tables.mail import Mail
from bot.config.tables.oncall import Escalation, Schedule
from bot.config.tables.oncall import Service as Breakable
from bot.config.tables.people import Person
from bot.config.tables.retention import Retention
from bot.config.tables.saved import SavedReply
from bot.config.tables.service import Api, Console, Database, Http, Service
from bot.config.values import Key
from bot.domain.directory import Directory

PREFIX: Final = "DESKHAND_"
NESTING: Final = "__"


class Settings(BaseSettings):
    """What the operator configured; made by `bot.config.loading.load`, which merges the sources."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter=NESTING,
        hide_input_in_errors=True,
    )

    service: Service = Service()
    database: Database = Database()
    http: Http = Http()
    console: Console = Console()
    api: Api = Api()
    mail: Mail = Mail()
    retention: Retention = Retention()
    slack: Slack | None = None
    discord: Discord | None = None
    people: dict[Key, Person] = Field(default_factory=dict)
    desks: dict[Key, Desk] = Field(default_factory=dict)
    saved_replies: dict[Key, SavedReply] = Field(default_factory=dict)
    calendars: dict[Key, Calendar] = Field(default_factory=dict)
    slas: dict[Key, Sla] = Field(default_factory=dict)
    services: dict[Key, Breakable] = Field(default_factory=dict)
    schedules: dict[Key, Schedule] = Field(default_factory=dict)
    escalations: dict[Key, Escalation] = Field(default_factory=dict)
    intakes: dict[Key, Intake] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()

    _directory: Directory = PrivateAttr(default_factory=Directory)
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` merged counts: it knows where each value was written."""
        return (init_settings,)

    @property
    def public_url(self) -> str:
        """The address people reach the service at, without a slash at the end."""
        return self.service.public_url or f"http://{self.http.listen}"

    @property
    def database_url(self) -> str:
        """The database's address, which may hold a password; a file in data_dir by default."""
        given = self.database.url
        return (
            given.get_secret_value() if given else f"sqlite://{self.service.data_dir}/deskhand.db"
        )

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What works, but hardly as meant; shown by `check` and at the start."""
        return self._warnings

    def directory(self) -> Directory:
        """Desks, people, policies, schedules and intakes as the core sees them."""
        return self._directory

    def completed(self, directory: Directory, warnings: tuple[Problem, ...]) -> Self:
        """These settings together with what was made of them."""
        self._directory, self._warnings = directory, warnings
        return self
