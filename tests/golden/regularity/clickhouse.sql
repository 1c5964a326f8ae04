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
        e.event = {p1: String}
        AND e.ts >= {p2: DateTime64(6, 'UTC')}
        AND e.ts < {p0: DateTime64(6, 'UTC')}
      GROUP BY
        e.pid,
        intDiv(
          toUnixTimestamp64Micro({p0: DateTime64(6, 'UTC')}) - toUnixTimestamp64Micro(e.ts) - 1,
          604800000000
        )
    ) AS u
    GROUP BY
      u.pid
    HAVING
      COUNT(*) >= {p3: Int64}
  )
  /* did buy in at least 2 of the last 3 calendar months */
  AND p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = {p1: String}
      AND e.ts >= {p4: DateTime64(6, 'UTC')}
      AND e.ts < {p5: DateTime64(6, 'UTC')}
    GROUP BY
      e.pid
    HAVING
      CASE
        WHEN COUNT(*) FILTER(WHERE
          e.ts >= {p4: DateTime64(6, 'UTC')} AND e.ts < {p6: DateTime64(6, 'UTC')}) >= 1
        THEN 1
        ELSE 0
      END + CASE
        WHEN COUNT(*) FILTER(WHERE
          e.ts >= {p6: DateTime64(6, 'UTC')} AND e.ts < {p7: DateTime64(6, 'UTC')}) >= 1
        THEN 1
        ELSE 0
      END + CASE
        WHEN COUNT(*) FILTER(WHERE
          e.ts >= {p7: DateTime64(6, 'UTC')} AND e.ts < {p5: DateTime64(6, 'UTC')}) >= 1
        THEN 1
        ELSE 0
      END >= {p8: Decimal(38, 9)}
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
