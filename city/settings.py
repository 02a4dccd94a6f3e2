"""Read the settings: environment variables ``REDGRID_…`` first, then ``redgrid.toml`` in the working folder."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from domain.said import BadInput, said

HOME = Path(__file__).resolve().parent.parent
"""The project's own folder: code, data and what a demo writes lie under it."""


Keepsake = Literal["inbox", "sweeps", "snapshots", "report_links"]
"""What may be removed when it is old: nobody works with it, and no figure of the tickets rests on it."""


def is_private_way(address: str) -> bool:
    """Can nobody on the way read or change what this address answers? Only so over TLS, or within this machine."""
    parts = urlsplit(address)
    if parts.scheme == "http":
        return parts.hostname in ("127.0.0.1", "::1", "localhost")
    return parts.scheme == "https" and bool(parts.hostname)


class SettingsFile(TomlConfigSettingsSource):
    """``redgrid.toml``, or one sentence on why it cannot be read."""

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        try:
            return super()._read_file(file_path)
        # What is no TOML, no UTF-8, or a number without end is a ValueError.
        except (ValueError, OSError, RecursionError) as error:
            why = str(error)[:160]
            raise BadInput(said("{file}: cannot be read ({why}).", file=file_path.name, why=why)) from error


class Settings(BaseSettings):
    """What an installation may set. Every field has a default that works on one small machine."""

    model_config = SettingsConfigDict(
        env_prefix="REDGRID_", toml_file="redgrid.toml", extra="ignore", hide_input_in_errors=True
    )

    database_url: str = f"sqlite:///{HOME / 'var' / 'redgrid.db'}"
    data: Path = HOME / "data"
    lang: str = ""
    """``zh`` or ``en`` for everybody; empty follows the browser, and Chinese where the browser says neither."""
    basemap_url: str = ""
    """A tile address ``…/{z}/{x}/{y}.png`` on your own network; empty draws the city's own base alone."""
    demo_password: str = "redgrid-demo"
    """The password of the demo accounts that ``redgrid init`` makes."""
    demo_mode: Literal["auto", "off"] = "auto"
    """``off`` when real work begins in a city that began as a demo: who has the demo password must change it first."""
    refresh_seconds: int = 10
    """How often an open map asks for new counts."""
    tiled_from: int = Field(default=2_000, ge=1)
    """A level with more grids is sent to maps in bundles, by where one looks and how closely."""
    sweep_seconds: int = 60
    """How often the running app lets the clock act; 0 leaves it to ``redgrid sweep``."""
    anchor_file: str | None = None
    """Where the day's digest of the log is kept beside the database: unset, next to the SQLite file (else
    ``var/anchors.txt``); empty, nowhere. Better a disk that the database's keeper cannot write."""
    sweep_limit_seconds: int = Field(default=0, ge=0)
    """After so long without a sweep ``/healthz`` fails; 0: after three times ``sweep_seconds``, or two hours by cron."""
    keep_years: int = Field(default=0, ge=0)
    """After so many years the app erases what residents said and left in ended tickets; 0 keeps it."""
    keep_days: dict[Keepsake, Annotated[int, Field(ge=60)]] = Field(default_factory=dict)
    """After so many days, sixty at least, what is named here is removed; what is not named is kept."""
    secure_cookie: bool = False
    """Set where people come over HTTPS: the sign-in cookie is then never sent in the clear."""
    trusted_proxies: str = "127.0.0.1"
    """The addresses of the proxies whose word on who comes, and whether over TLS, is taken: commas between them."""
    metrics_token: SecretStr = SecretStr("")
    """What a program shows that reads ``/metrics`` from elsewhere; empty: this machine alone may."""
    log: Literal["text", "json"] = "text"
    """How the program writes its log: lines for people, or a JSON object a line."""
    log_requests: Literal["all", "asked", "none"] = "asked"
    """Which requests have a line: ``asked`` leaves out files and the maps' own questions that went well."""
    log_file: str = ""
    """Where the log goes; empty: standard error, where systemd's journal picks it up."""
    log_megabytes: int = Field(default=50, ge=0)
    """A new file begins at this size; 0: at midnight."""
    log_kept: int = Field(default=14, ge=1)
    """So many former files are kept."""
    public_url: str = ""
    """Where residents reach the public pages, for links and QR codes; empty takes the host that was asked."""
    oidc_issuer: str = ""
    """The address of the city's own sign-in service (OpenID Connect); empty: none."""
    oidc_client_id: str = Field(default="", validate_default=True)
    """The name under which that service knows this program."""
    oidc_client_secret: SecretStr = SecretStr("")
    """What this program shows the service beside its name; empty where the service gave none."""
    oidc_name: str = ""
    """What people call the service: the button says “Sign in with …”."""
    oidc_claim: str = Field(default="sub", min_length=1)
    """The field of the service's ID token that is compared with an account's ``subject``."""
    oidc_only: bool = Field(default=False, validate_default=True)
    """No passwords, but for administrators at ``/login?local=1``."""

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer_is_safe(cls, issuer: str) -> str:
        if issuer and not is_private_way(issuer):
            raise ValueError("the sign-in service must be reached over https")
        return issuer

    @field_validator("oidc_client_id")
    @classmethod
    def _client_is_named(cls, client_id: str, known: ValidationInfo) -> str:
        if known.data.get("oidc_issuer") and not client_id:
            raise ValueError("the sign-in service needs it")
        return client_id

    @field_validator("oidc_only")
    @classmethod
    def _somebody_can_sign_in(cls, only: bool, known: ValidationInfo) -> bool:
        if only and not known.data.get("oidc_issuer"):
            raise ValueError("no sign-in service is set")
        return only

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SettingsFile(settings_cls)
