-- A settle changes answers as a load does, so it counts as a commit.
update journal_position set commits = commits + 1;
