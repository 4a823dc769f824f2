-- Settings of every opening: instants are UTC, and nothing that runs later can change a setting but the threads.
set global timezone = 'UTC';
set global allowed_configs = ['threads'];
set global lock_configuration = true;
