-- Where an archive was made. Programs of one that was not made here are restored only on request.
ALTER TABLE archives ADD COLUMN origin TEXT NOT NULL DEFAULT '"elsewhere"';
