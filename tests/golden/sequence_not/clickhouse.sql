-- did buy in last 7 days then not refund within 24 hours
WITH step_1 AS (
  SELECT
    e.pid,
    e.ts
  FROM events AS e
  WHERE
    e.event = {p0: String}
    AND e.ts >= {p1: DateTime64(6, 'UTC')}
    AND e.ts < {p2: DateTime64(6, 'UTC')}
)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy in last 7 days then not refund within 24 hours */
  p.pid IN (
    SELECT
      a.pid AS pid
    FROM step_1 AS a
    LEFT ASOF JOIN (
      SELECT
        e.pid,
        e.ts,
        toNullable(e.ts) AS came_at
      FROM events AS e
      WHERE
        e.event = {p3: String}
        AND e.ts >= {p1: DateTime64(6, 'UTC')}
        AND e.ts < {p2: DateTime64(6, 'UTC')}
    ) AS b
      ON a.pid = b.pid AND a.ts < b.ts
    WHERE
      a.ts < {p4: DateTime64(6, 'UTC')}
      AND (
        b.came_at IS NULL OR b.ts > a.ts + toIntervalMicrosecond(86400000000)
      )
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=-604800000000)
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = refund
-- p4 = FromAsOf(months=0, micros=-86400000000)
