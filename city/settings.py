"""Read the settings: environment variables ``REDGRID_…`` first, then ``redgrid.toml`` in the working folder."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

HOME = Path(__file__).resolve().parent.parent
"""The project's own folder: code, data and what a demo writes lie under it."""


class Settings(BaseSettings):
    """What an installation may set. Every field has a default that works on one small machine."""

    model_config = SettingsConfigDict(env_prefix="REDGRID_", toml_file="redgrid.toml", extra="ignore")

    database_url: str = f"sqlite:///{HOME / 'var' / 'redgrid.db'}"
    data: Path = HOME / "data"
    lang: str = ""
    """``zh`` or ``en`` for everybody; empty follows the browser, and Chinese where the browser says neither."""
    basemap_url: str = ""
    """A tile address ``…/{z}/{x}/{y}.png`` on your own network; empty draws the city's own base alone."""
    demo_password: str = "redgrid-demo"
    """The password of the demo accounts that ``redgrid init`` makes."""
    refresh_seconds: int = 10
    """How often an open map asks for new counts."""
    sweep_seconds: int = 60
    """How often the running app lets the clock act; 0 leaves it to ``redgrid sweep``."""
    secure_cookie: bool = False
    """Set where people come over HTTPS: the sign-in cookie is then never sent in the clear."""
    public_url: str = ""
    """Where residents reach the public pages, for links and QR codes; empty takes the host that was asked."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
