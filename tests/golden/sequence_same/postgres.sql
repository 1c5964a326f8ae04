-- did buy then refund within 7 days with same code
WITH step_1 AS (
  SELECT
    e.pid,
    e.ts,
    e.code__str AS next_key
  FROM events AS e
  WHERE
    e.event = %(p0)s AND e.ts < %(p1)s
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
    JOIN LATERAL (
      SELECT
        *
      FROM step_1 AS a
      WHERE
        e.pid = a.pid AND e.code__str = a.next_key AND e.ts > a.ts
      ORDER BY
        a.ts DESC
      LIMIT 1
    ) AS a
      ON TRUE
    WHERE
      e.event = %(p2)s AND e.ts < %(p1)s AND e.ts <= a.ts + MAKE_INTERVAL(0, 0, 0, 7, 0, 0, 0)
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = refund
