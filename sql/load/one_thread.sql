-- While large commits follow each other: two threads take twice the CPU for a settle and are no faster when the cores are busy.
set global threads = 1;
