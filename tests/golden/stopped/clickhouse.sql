-- stopped buy for 30 days looking back 90 days
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* stopped buy for 30 days looking back 90 days */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = {p0: String}
      AND e.ts >= {p1: DateTime64(6, 'UTC')}
      AND e.ts < {p2: DateTime64(6, 'UTC')}
  )
  AND p.pid NOT IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = {p0: String}
      AND e.ts >= {p2: DateTime64(6, 'UTC')}
      AND e.ts < {p3: DateTime64(6, 'UTC')}
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=-7776000000000)
-- p2 = FromAsOf(months=0, micros=-2592000000000)
-- p3 = FromAsOf(months=0, micros=0)
