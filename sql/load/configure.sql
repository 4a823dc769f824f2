-- Settings of every opening: instants are UTC, and nothing that runs later can change a setting.
set global timezone = 'UTC';
set global lock_configuration = true;
