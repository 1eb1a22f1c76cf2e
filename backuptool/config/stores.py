"""Where bundles go."""

from __future__ import annotations

import dataclasses
import math
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)

from backuptool.config.duration import Seconds
from backuptool.config.table import AbsolutePath, SecretPath, Table
from backuptool.errors import UsageError
from backuptool.stores import Proof, Store
from backuptool.stores.directory import DirectoryStore
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.certificate import ClientCertificate
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.pace import bytes_a_second


class DirectoryTable(Table):
    """A folder, of a mounted disk for instance: what is mounted on `mount_point`; made by nobody but with `create`."""

    type: Literal["directory"]
    path: AbsolutePath
    create: StrictBool = False
    mount_point: AbsolutePath | None = None

    @field_validator("mount_point")
    @classmethod
    def _holds_the_path(cls, mount_point: Path | None, others: ValidationInfo) -> Path | None:
        path = others.data.get("path")
        if mount_point is not None and path is not None and not path.is_relative_to(mount_point):
            raise ValueError(f"{path} is not below {mount_point}")
        return mount_point

    @property
    def label(self) -> str:
        return str(self.path)

    @property
    def place(self) -> str:
        """The same for the same folder."""
        return os.path.normpath(f"//{self.path}")  # of two slashes at the start it would keep both

    def open(self) -> Store:
        return DirectoryStore(self.path, create=self.create, mount_point=self.mount_point)


class WebDavTable(Table):
    """A WebDAV collection: Nextcloud, ownCloud, Apache and others; `patience`: how long the server may be away.

    `upload`, `verify`: as WebDavStore has them.
    """

    type: Literal["webdav"]
    url: str
    user: str = ""
    password_file: SecretPath | None = None
    token_file: SecretPath | None = None
    curl_config: SecretPath | None = None
    client_cert: SecretPath | None = None
    client_key: SecretPath | None = None
    ca_file: AbsolutePath | None = None
    proxy: str = ""
    patience: Seconds = Limits().patience
    upload: Way = "auto"
    verify: Proof | None = None
    limit_rate: Annotated[int | None, BeforeValidator(bytes_a_second, json_schema_input_type=int | str)] = None

    @property
    def label(self) -> str:
        return self.url

    @property
    def place(self) -> str:
        """The same for the same collection."""
        return Address.parse(self.url).url

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            Address.parse(url)
        except UsageError as error:
            raise ValueError(f"{error.message}: {error.hint}") from None
        return url

    @model_validator(mode="after")
    def _has_credentials(self) -> WebDavTable:
        own = bool(self.user), self.password_file is not None
        count = [all(own), bool(self.token_file), bool(self.curl_config)].count(True)
        if any(own) != all(own) or count > 1 or not (count or self.client_cert):
            raise ValueError("give either user and password_file, or token_file, or curl_config, or only a client_cert")
        return self

    @model_validator(mode="after")
    def _can_show_its_certificate(self) -> WebDavTable:
        if self.client_key and not self.client_cert:
            raise ValueError("client_key is there without client_cert")
        if self.client_cert and not Address.parse(self.url).is_tls:
            raise ValueError("a client_cert is shown to an https address only")
        return self

    def open(self) -> Store:
        # requests and tenacity load in 0.13 CPU s, all else of the configuration in 0.69: each command reads it first.
        from backuptool.stores.webdav.store import WebDavStore  # noqa: PLC0415

        rate = self.limit_rate or math.inf
        limits = dataclasses.replace(Limits.waiting(self.patience), rate=rate)
        return WebDavStore(
            self.url, self._credentials(), limits,
            ca_file=self.ca_file, proxy=self.proxy, upload=self.upload, verify=self.verify,
        )  # fmt: skip

    def _credentials(self) -> Credentials:
        own = self._password()
        if self.client_cert is None:
            return own
        return dataclasses.replace(own, certificate=ClientCertificate(self.client_cert, self.client_key))

    def _password(self) -> Credentials:
        if self.curl_config is not None:
            return Credentials.from_curl_config(self.curl_config)
        if self.token_file is not None:
            return Credentials.from_token_file(self.token_file)
        if self.password_file is not None:
            return Credentials.from_password_file(self.user, self.password_file)
        return Credentials.of_certificate()


AnyStore = Annotated[DirectoryTable | WebDavTable, Field(discriminator="type")]


def _each_once(stores: tuple[AnyStore, ...]) -> tuple[AnyStore, ...]:
    """A bundle that the first has put there is in the way of the second every night."""
    places = [store.place for store in stores]
    for index, store in enumerate(stores):
        if store.place in places[:index]:
            raise ValueError(f"{store.label} is there twice: name each store once")
    return stores


Stores = Annotated[tuple[AnyStore, ...], Field(min_length=1), AfterValidator(_each_once)]
