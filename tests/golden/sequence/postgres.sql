-- did buy in last 7 days then see within 24 hours then refund
WITH step_1 AS (
  SELECT
    e.pid,
    e.ts
  FROM events AS e
  WHERE
    e.event = %(p0)s AND e.ts >= %(p1)s AND e.ts < %(p2)s
), step_2 AS MATERIALIZED (
  SELECT
    e.pid,
    MIN(e.ts) AS ts
  FROM events AS e
  JOIN LATERAL (
    SELECT
      *
    FROM step_1 AS a
    WHERE
      e.pid = a.pid AND e.ts > a.ts
    ORDER BY
      a.ts DESC
    LIMIT 1
  ) AS a
    ON TRUE
  WHERE
    e.event = %(p3)s
    AND e.ts >= %(p1)s
    AND e.ts < %(p2)s
    AND e.ts <= a.ts + MAKE_INTERVAL(0, 0, 0, 1, 0, 0, 0)
  GROUP BY
    e.pid
)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy in last 7 days then see within 24 hours then refund */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    JOIN step_2 AS a
      ON e.pid = a.pid AND e.ts > a.ts
    WHERE
      e.event = %(p4)s AND e.ts >= %(p1)s AND e.ts < %(p2)s
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=-604800000000)
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = see
-- p4 = refund
