-- did buy then refund within 7 days with same code
WITH step_1 AS (
  SELECT
    e.pid,
    e.ts,
    e.code__str AS next_key
  FROM events AS e
  WHERE
    e.event = $p0 AND e.ts < $p1
)
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy then refund within 7 days with same code */
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    ASOF JOIN step_1 AS a
      ON e.pid = a.pid AND e.code__str = a.next_key AND e.ts > a.ts
    WHERE
      e.event = $p2 AND e.ts < $p1 AND e.ts <= a.ts + TO_DAYS(7)
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = refund
