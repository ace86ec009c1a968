"""What a mail is judged by: the policy, and every name that it and the lists make known.

Answers: ``Rules``, ``build_rules``, and ``rules_of`` for a policy that is not in force.
Trusts: a configuration that was loaded.
Fails: ``ConfigError`` with every problem of every policy file; ``DataError`` for a list of
names that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.config import Config
from gateway.errors import DataError
from gateway.patterns import Pattern
from gateway.policy import Policy
from gateway.policy import load as load_policy
from gateway.recipients import Directory, TrustedName, list_files
from gateway.recipients.list_files import NameLists

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a mail is judged by: one policy and the names it makes known. Swapped whole."""

    policy: Policy
    directory: Directory
    patterns: tuple[Pattern, ...] = ()  # what to look for besides My Numbers


def build_rules(config: Config, also_trusted: Iterable[str] = ()) -> Rules:
    """Load the policy and index the names it makes known, and further ones to try out.

    Raises: ConfigError: with every problem of every policy file.
    """
    tried = tuple(also_trusted)
    policy = load_policy(config.policy.path)
    for warning in policy.warnings:
        log.warning("policy", problem=str(warning))
    return rules_of(config, policy, tried, keep=not tried)


def rules_of(
    config: Config, policy: Policy, also_trusted: Iterable[str] = (), *, keep: bool = False
) -> Rules:
    """Index the names that a policy makes known, and further ones to try out.

    Args:
        keep: what is made of many names; False for what is only tried out.
    """
    directory = Directory.build(
        internal=config.organisation.domains,
        trusted=[
            *(TrustedName(t.domain, t.may_receive, t.until) for t in policy.trusted),
            *map(TrustedName, also_trusted),
        ],
        name_lists=load_lists(config),
        cache=_beside_the_store(config) if keep else None,
    )
    return Rules(policy, directory, policy.patterns)


def load_lists(config: Config) -> NameLists:
    """Read the administrator's own lists of names; what is made of long ones is kept.

    Raises: DataError: a list cannot be read.
    """
    try:
        lists = list_files.load(config.policy.lists, _beside_the_store(config))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the lists of names in {config.policy.lists}") from error
    if lists.rejected:
        log.warning("lists", names_left_out=len(lists.rejected))
    return lists


def _beside_the_store(config: Config) -> Path | None:
    """Where what is made of many names is kept; nowhere before the first start."""
    directory = config.store.key_file.parent
    return directory if directory.is_dir() else None
