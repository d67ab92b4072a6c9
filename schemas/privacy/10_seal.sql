-- How every compact JWE begins that this key sealed: the protected header as the engine writes it, in base64url.
create or replace function privacy.seal(key uuid) returns text
language sql immutable parallel safe
return rtrim(
  translate(
    encode(convert_to('{"alg":"dir","enc":"A256GCM","kid":"' || key || '"}', 'UTF8'), 'base64'),
    E'+/\n', '-_'),
  '=');

-- `text` without the ciphertexts that this key sealed. Their headers stay, by which readers see that the key is
-- gone.
create or replace function privacy.without(value bytea, key uuid) returns bytea
language sql immutable parallel safe
return convert_to(
  regexp_replace(
    convert_from(value, 'UTF8'),
    '(' || privacy.seal(key) || ')\.\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+', '\1....', 'g'),
  'UTF8');

-- A state of generate without the labels that it holds in the clear, from before they were sealed.
create or replace function privacy.without_labels(value bytea) returns bytea
language sql immutable parallel safe
return convert_to(
  regexp_replace(convert_from(value, 'UTF8'), '"labels":\["([^"\\]|\\.)*"(,"([^"\\]|\\.)*")*\]', '"labels":[]'),
  'UTF8');
