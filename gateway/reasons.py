"""Reasons as constants, shared by log, metric, notice and page (floor 0).

Answers: the stable code of every reason that a detector, a recipient judgement or a
decision can give. Each has a sentence in Japanese and English in the catalogue of its room
(``gateway/messages/detect.toml``, ``recipients.toml``, ``policy.toml``); a test finds none
missing.
Fails: never.
"""

from __future__ import annotations

# --- why a string of digits is (or is not) thought to be a My Number (gateway/detect)
CHECK_DIGIT = "check-digit"  # 総務省令第85号第5条
LABEL_NEAR = "label-near"  # 個人番号, マイナンバー … on the line or just above
COLUMN_HEADER = "column-header"
LABEL_AROUND = "label-around"  # a label some lines or a sentence before
PERSONAL_DATA_NEAR = "personal-data-near"  # name, birth date, address beside it
CONTAINER_LABEL = "container-label"  # sheet, file name or subject says so
FIELD_LABEL = "field-label"  # form field or header labelled so
COLUMN_ALL_PASS = "column-all-pass"  # noqa: S105 - "pass" of a check digit; chance is excluded
GROUPED_4_4_4 = "grouped-4-4-4"
LEADING_ZERO_LOST = "leading-zero-lost"
CHECK_DIGIT_FAILS = "check-digit-fails"  # under a clear label: a slip, the person is exposed
COMPETING_LABEL = "competing-label"  # 送り状, 口座 … is nearer
UNLABELLED = "unlabelled"
KNOWN_STRUCTURE = "known-structure"  # a file for an office whose records hold numbers unnamed
DOCUMENT_ALL_PASS = "document-all-pass"  # noqa: S105 - over the whole document
DOCUMENT_LABEL = "document-label"  # a text of the same document names My Number
READ_AS_DIGITS = "read-as-digits"  # letters among them look like digits
ODD_GROUPING = "odd-grouping"
LOOKS_LIKE_CHANCE = "looks-like-chance"  # of a long list only so many pass as chance lets pass
COMPETING_STRUCTURE = "competing-structure"  # the list obeys another number's rule
CONSECUTIVE = "consecutive"  # the list counts up
NAMED_OTHERWISE = "named-otherwise"  # 会員番号, ID, No.
PART_OF_OTHER = "part-of-other"  # glued to letters, an amount, a time, a longer number

# --- why an administrator's own detector found something (gateway/patterns)
PATTERN = "pattern"
PATTERN_WORD = "pattern-word"
PATTERN_CHECKSUM = "pattern-checksum"
PATTERN_NEAR = "pattern-near"  # one of the words that must stand near it

# --- why a recipient is judged so (gateway/recipients)
OWN_DOMAIN = "own-domain"
TRUSTED_LIST = "trusted-list"
TRUST_EXPIRED = "trust-expired"
WRITTEN_BEFORE = "written-before"
NEVER_WRITTEN = "never-written"
FREEMAIL_PROVIDER = "freemail-provider"
SUFFIX_SWAP = "suffix-swap"
SUFFIX_IMPOSSIBLE = "suffix-impossible"
SUFFIX_GLUED = "suffix-glued"
SUFFIX_DOUBLED = "suffix-doubled"  # exp.co.jp.jp, gmail.com.com: the known name goes on
DOT_MISSING = "dot-missing"
SLIP_OMISSION = "slip-omission"
SLIP_INSERTION = "slip-insertion"
SLIP_SUBSTITUTION = "slip-substitution"
SLIP_TRANSPOSITION = "slip-transposition"
SLIP_ROMANISATION = "slip-romanisation"  # shi for si, tsu for tu: the same sounds
SLIP_TWICE = "slip-twice"  # two slips in one name
HYPHEN_ONLY = "hyphen-only"
ADDED_WORD = "added-word"  # exp-mail.com, expgroup.co.jp
CLOSED_SUFFIX = "closed-suffix"  # lg.jp, ac.jp, co.jp …: a slip there meets another office
OPEN_SUFFIX = "open-suffix"  # .com, .jp …: anybody can own the name
ADDRESS_NEAR = "address-near"  # the local part is a slip from a known one's, same domain
ADDRESS_ELSEWHERE = "address-elsewhere"  # the same local part is known at another domain
CONFUSABLE = "confusable"
FULL_WIDTH = "full-width"  # IME left on; read as the half-width name
KNOWN_BAD = "known-bad"  # on the administrator's list of names that were meant otherwise
ADDRESS_MALFORMED = "address-malformed"
DOMAIN_MALFORMED = "domain-malformed"

# --- what DNS adds to that (gateway/resolve)
DNS_NONEXISTENT = "dns-nonexistent"
DNS_NO_MAIL = "dns-no-mail"  # null MX (RFC 7505), or neither MX nor address
DNS_ADDRESS_ONLY = "dns-address-only"  # no MX: whoever runs its web server takes the mail
DNS_COLLECTOR = "dns-collector"  # its mail servers take mail to thousands of mistyped names
DNS_PARKED = "dns-parked"
DNS_SAME_OWNER = "dns-same-owner"  # servers that only the owner of the name meant has
DNS_VOUCHED = "dns-vouched"  # the name meant names this one in its own mail records

# --- why a decision fell so, beside the rule that matched (gateway/policy)
NO_RULE_FINDING = "no-rule-finding"
NO_RULE_UNREAD = "no-rule-unread"
NO_RULE_CLEAN = "no-rule-clean"
MONITOR_ONLY = "monitor-only"
