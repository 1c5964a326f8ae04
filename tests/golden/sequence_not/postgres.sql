-- did buy in last 7 days then not refund within 24 hours
WITH step_1 AS (
  SELECT
    e.pid,
    e.ts
  FROM events AS e
  WHERE
    e.event = %(p0)s AND e.ts >= %(p1)s AND e.ts < %(p2)s
)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy in last 7 days then not refund within 24 hours */
  p.pid IN (
    SELECT
      a.pid
    FROM step_1 AS a
    LEFT JOIN LATERAL (
      SELECT
        *
      FROM (
        SELECT
          e.pid,
          e.ts
        FROM events AS e
        WHERE
          e.event = %(p3)s AND e.ts >= %(p1)s AND e.ts < %(p2)s
      ) AS b
      WHERE
        a.pid = b.pid AND a.ts < b.ts
      ORDER BY
        b.ts ASC
      LIMIT 1
    ) AS b
      ON TRUE
    WHERE
      a.ts < %(p4)s
      AND (
        b.ts IS NULL OR b.ts > a.ts + MAKE_INTERVAL(0, 0, 0, 1, 0, 0, 0)
      )
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=-604800000000)
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = refund
-- p4 = FromAsOf(months=0, micros=-86400000000)
