-- did buy in at least 3 of the last 4 weeks and did buy in at least 2 of the last 3 calendar months
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* did buy in at least 3 of the last 4 weeks */
  p.pid IN (
    SELECT
      u.pid
    FROM (
      SELECT
        e.pid
      FROM events AS e
      WHERE
        e.event = $p1 AND e.ts >= $p2 AND e.ts < $p0
      GROUP BY
        e.pid,
        (
          EPOCH_US($p0) - EPOCH_US(e.ts) - 1
        ) // 604800000000
    ) AS u
    GROUP BY
      u.pid
    HAVING
      COUNT(*) >= $p3
  )
  /* did buy in at least 2 of the last 3 calendar months */
  AND p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = $p1 AND e.ts >= $p4 AND e.ts < $p5
    GROUP BY
      e.pid
    HAVING
      CASE WHEN COUNT(*) FILTER(WHERE
        e.ts >= $p4 AND e.ts < $p6) >= 1 THEN 1 ELSE 0 END + CASE WHEN COUNT(*) FILTER(WHERE
        e.ts >= $p6 AND e.ts < $p7) >= 1 THEN 1 ELSE 0 END + CASE WHEN COUNT(*) FILTER(WHERE
        e.ts >= $p7 AND e.ts < $p5) >= 1 THEN 1 ELSE 0 END >= $p8
  )
ORDER BY
  p.external_id;
-- p0 = FromAsOf(months=0, micros=0)
-- p1 = buy
-- p2 = FromAsOf(months=0, micros=-2419200000000)
-- p3 = 3
-- p4 = PeriodStart(unit='month', shift=-3)
-- p5 = PeriodStart(unit='month', shift=0)
-- p6 = PeriodStart(unit='month', shift=-2)
-- p7 = PeriodStart(unit='month', shift=-1)
-- p8 = 2
