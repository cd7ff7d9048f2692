-- Orders of the nights were stored as {"order": "nights", "wish": "save", ...}; each has a tag of its own now.
UPDATE jobs
SET wanted = json_remove(json_set(wanted, '$.order', json_extract(wanted, '$.wish') || '_nights'), '$.wish')
WHERE json_valid(wanted) AND json_extract(wanted, '$.order') = 'nights';

-- What an owner wants back of a backup was called an ask.
UPDATE jobs
SET wanted = json_remove(json_set(wanted, '$.request', json_extract(wanted, '$.ask')), '$.ask')
WHERE json_valid(wanted) AND json_type(wanted, '$.ask') = 'object';
