-- Vectors of questions that contacts asked, so that none is embedded twice. Each lies under the key of the contact
-- who asked first, and goes with that contact (privacy.sweep).
create table if not exists knowledge.asked (
  -- HMAC of the model and of what it was given, under the tenant's key.
  question text primary key,
  tenant uuid not null,
  model text not null,
  contact uuid not null,
  -- A JWE of 32-bit floats.
  vector text not null
);

create index if not exists asked_contact on knowledge.asked (contact);
