"""Where there is no account, an answer costs what it costs where there is one."""

from __future__ import annotations

from argon2 import PasswordHasher, extract_parameters

from gateway.operations import passwords


async def test_nobodys_hash_costs_what_a_new_one_costs() -> None:
    new = await passwords.hashed("four words, none secret")

    assert extract_parameters(passwords.NOBODYS) == extract_parameters(new)
    assert not PasswordHasher().check_needs_rehash(passwords.NOBODYS)


async def test_nobodys_hash_lets_nobody_in() -> None:
    assert not await passwords.matches("nobody's password", None)
