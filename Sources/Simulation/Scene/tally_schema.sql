-- Of every stream the numbers of its events, in order.
create table tally (
  tenant uuid not null,
  stream text collate "C" primary key,
  numbers text not null
);
