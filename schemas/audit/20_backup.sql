-- The key that signs checkpoints as a line of a backup of the keyring.
create or replace view audit.backup as
select
  jsonb_build_object(
    'table', 'signing_key', 'public', encode(k.public, 'hex'), 'wrapped', encode(k.wrapped, 'hex'))::text as line
from audit.signing_key as k;
