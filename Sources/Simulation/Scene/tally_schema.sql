-- Of every stream the numbers of its events, in order. Bounded, so that no table for long values is made beside it.
create table tally (
  tenant uuid not null,
  stream varchar(40) collate "C" primary key,
  numbers varchar(400) not null
);
