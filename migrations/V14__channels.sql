-- Messages that go elsewhere than by mail; '' is mail.
ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_by_channel ON outbox (channel, id);
