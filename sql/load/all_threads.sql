-- When loading leaves the cores free, a question may use both.
set global threads = 2;
