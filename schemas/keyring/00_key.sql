-- Keys that seal personal data, each wrapped under the master key. Destroying a row makes everything that it
-- sealed unreadable, in the log, its archives and their backups. Backed up apart from everything else.
create schema if not exists keyring;

create table if not exists keyring.key (
  id uuid primary key,
  tenant uuid not null,
  subject text not null check (subject in ('tenant', 'contact', 'user')),
  wrapped bytea not null
);

-- One key per inbound event, dropped with its day.
create table if not exists keyring.inbound_key (
  id uuid primary key,
  day date not null,
  wrapped bytea not null
);

-- Whose it is; keys of earlier releases do not say.
alter table keyring.inbound_key add column if not exists tenant uuid;

create index if not exists inbound_key_day on keyring.inbound_key using brin (day);

-- Proves that the master key of this process is the one that wrapped these keys.
create table if not exists keyring.master_check (
  only_row boolean primary key default true check (only_row),
  wrapped bytea not null
);

-- Statistics would keep samples of keys that were destroyed since.
alter table keyring.key alter column wrapped set statistics 0;
alter table keyring.inbound_key alter column wrapped set statistics 0;

-- Whom an inbound event concerned, as far as normalize could tell: erasing that contact destroys its key, too.
create table if not exists keyring.concern (
  contact uuid not null,
  -- Of `keyring.inbound_key`.
  key uuid not null,
  primary key (contact, key)
);

create index if not exists concern_key on keyring.concern (key);
