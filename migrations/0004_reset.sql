-- A month that was taken out of its table again is an entry of the ledger too.
alter table fareflow.loads
  drop constraint loads_status_check,
  add constraint loads_status_check check (status in ('loaded', 'reset')),
  drop constraint loads_mode_check,
  add constraint loads_mode_check check (mode in ('load', 'force', 'replace', 'reset')),
  add constraint loads_reset_check check ((status = 'reset') = (mode = 'reset'));
