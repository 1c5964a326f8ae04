-- did buy in last 7 days then see within 24 hours then refund
WITH step_1 AS (
  SELECT
    e.pid,
    e.ts
  FROM events AS e
  WHERE
    e.event = $p0 AND e.ts >= $p1 AND e.ts < $p2
), step_2 AS (
  SELECT
    e.pid,
    MIN(e.ts) AS ts
  FROM events AS e
  ASOF JOIN step_1 AS a
    ON e.pid = a.pid AND e.ts > a.ts
  WHERE
    e.event = $p3 AND e.ts >= $p1 AND e.ts < $p2 AND e.ts <= a.ts + TO_DAYS(1)
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
      e.event = $p4 AND e.ts >= $p1 AND e.ts < $p2
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=-604800000000)
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = see
-- p4 = refund
